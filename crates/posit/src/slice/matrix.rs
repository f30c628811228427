//! Posit weights times `f32` activations, and sums of products in floats: fast, and rounded at every step.

use core::ops::AddAssign;

use super::lane::block::{self, BLOCK, each};
use super::lane::condition;
use super::map::same_length;
use super::simd::{SUMS, Task, Vectors, run};
use crate::storage::bytes;
use crate::{Packed, Posit, ShapeError, Storage};

/// A row: copies weights from column `at` on into `weights`, which ends where the row ends or before.
trait Row<P>: Fn(usize, &mut [P]) {}
impl<P, F: Fn(usize, &mut [P])> Row<P> for F {}

/// The products of a row, added up: element `i` belongs to sum `i % SUMS`.
#[inline(always)]
fn product<const N: u32, const ES: u32, S: Storage>(
    vectors: impl Vectors,
    row: impl Row<Posit<N, ES, S>>,
    x: &[f32],
) -> f32 {
    let mut sums = [0.0; SUMS];
    for (at, x) in x.chunks(BLOCK).enumerate() {
        // At the end zeros, which add nothing.
        let (mut weights, mut factors) = ([Posit::ZERO; BLOCK], [0.0; BLOCK]);
        row(at * BLOCK, weights.get_mut(..x.len()).unwrap_or_default());
        factors.iter_mut().zip(x).for_each(|(a, b)| *a = *b);
        let mut values = [0.0; BLOCK];
        block::to_f32(vectors, &weights, &mut values);
        for (values, x) in values.chunks_exact(SUMS).zip(factors.chunks_exact(SUMS)) {
            for ((sum, value), x) in sums.iter_mut().zip(values).zip(x) {
                *sum += value * x;
            }
        }
    }
    total(sums)
}

/// The upper half is added to the lower one until one is left.
#[inline(always)]
fn total<T: Copy + AddAssign>(mut sums: [T; SUMS]) -> T {
    let mut rest = sums.as_mut_slice();
    while rest.len() > 1 {
        let (lower, upper) = rest.split_at_mut(rest.len() / 2);
        lower.iter_mut().zip(upper).for_each(|(a, b)| *a += *b);
        rest = lower;
    }
    sums[0]
}

struct MatVec<'a, T>(T, &'a [f32], &'a mut [f32]);

impl<const N: u32, const ES: u32, S: Storage> Task for MatVec<'_, &[Posit<N, ES, S>]> {
    type Output = ();
    #[inline(always)]
    fn run(self, vectors: impl Vectors) {
        let Self(matrix, x, out) = self;
        if x.is_empty() {
            out.fill(0.0);
            return;
        }
        if bytes(matrix).is_some_and(|bytes| vectors.byte_mat_vec::<N, ES, false>(bytes, x, out)) {
            return;
        }
        for (row, out) in matrix.chunks_exact(x.len()).zip(out) {
            let copy = |at: usize, weights: &mut [_]| {
                weights.iter_mut().zip(row.iter().skip(at)).for_each(|(a, b)| *a = *b);
            };
            *out = product(vectors, copy, x);
        }
    }
}

impl<const N: u32, const ES: u32, S: Storage> Task for MatVec<'_, Packed<'_, N, ES, S>> {
    type Output = ();
    #[inline(always)]
    fn run(self, vectors: impl Vectors) {
        let Self(matrix, x, out) = self;
        if !x.is_empty() && vectors.byte_mat_vec::<N, ES, true>(matrix.as_bytes(), x, out) {
            return;
        }
        for (row, out) in out.iter_mut().enumerate() {
            let copy = |at: usize, weights: &mut [_]| matrix.copy(row * x.len() + at, weights);
            *out = product(vectors, copy, x);
        }
    }
}

/// Whether a matrix has as many rows as `out` and columns as `x` elements.
fn check_shape(elements: usize, x: &[f32], out: &[f32]) -> Result<(), ShapeError> {
    if out.len().checked_mul(x.len()) == Some(elements) {
        Ok(())
    } else {
        Err(ShapeError::Matrix { elements, rows: out.len(), columns: x.len() })
    }
}

/// [`Packed::mat_vec_f32`].
pub(crate) fn packed_mat_vec<const N: u32, const ES: u32, S: Storage>(
    matrix: Packed<'_, N, ES, S>,
    x: &[f32],
    out: &mut [f32],
) -> Result<(), ShapeError> {
    check_shape(matrix.len(), x, out)?;
    run(MatVec(matrix, x, out));
    Ok(())
}

/// A matrix of posit weights, row by row in a slice, times a vector of `f32`, **in `f32`**: the weights are
/// converted on the way, products and sums are rounded.
///
/// `matrix` has `out.len()` rows of `x.len()` elements. An `f32` result has 32 partial sums, element `i` of
/// a row in sum `i % 32`, which are then added, the upper half to the lower, until one is left: the same
/// bits on every machine. NaR makes its row NaN. For exact sums in posits see [`Posit::mat_vec`].
///
/// # Errors
///
/// [`ShapeError::Matrix`] if the lengths do not fit; `out` is left alone then.
///
/// ```
/// use posit::{P8, slice};
///
/// let weights = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(P8::from_f64);
/// let mut y = [0.0; 2];
/// slice::mat_vec_f32(&weights, &[1.0, 10.0, 100.0], &mut y)?;
/// assert_eq!(y, [321.0, 654.0]);
/// # Ok::<(), posit::ShapeError>(())
/// ```
pub fn mat_vec_f32<const N: u32, const ES: u32, S: Storage>(
    matrix: &[Posit<N, ES, S>],
    x: &[f32],
    out: &mut [f32],
) -> Result<(), ShapeError> {
    check_shape(matrix.len(), x, out)?;
    run(MatVec(matrix, x, out));
    Ok(())
}

/// The sum of the products of posits and floats, **in `f32`**, as one row of [`mat_vec_f32`]. For an exact
/// sum see [`Posit::dot`].
///
/// # Errors
///
/// [`ShapeError::Length`] if the slices differ in length.
pub fn dot_f32<const N: u32, const ES: u32, S: Storage>(
    weights: &[Posit<N, ES, S>],
    x: &[f32],
) -> Result<f32, ShapeError> {
    same_length(weights, x)?;
    let mut out = [0.0];
    run(MatVec(weights, x, &mut out));
    Ok(out[0])
}

struct DotF64<'a, T>(&'a [T], &'a [f64]);

impl<const N: u32, const ES: u32, S: Storage> Task for DotF64<'_, Posit<N, ES, S>> {
    type Output = f64;
    #[inline(always)]
    fn run(self, _: impl Vectors) -> f64 {
        let Self(weights, x) = self;
        let mut sums = [0.0; SUMS];
        for (weights, x) in weights.chunks(BLOCK).zip(x.chunks(BLOCK)) {
            // At the end zeros, which add nothing.
            let (mut block, mut factors) = ([Posit::ZERO; BLOCK], [0.0; BLOCK]);
            block.iter_mut().zip(weights).for_each(|(a, b)| *a = *b);
            factors.iter_mut().zip(x).for_each(|(a, b)| *a = *b);
            let mut values = [0.0; BLOCK];
            if condition::f64_holds(N) {
                values = block::to_f64(&block);
            } else {
                each(&block, &mut values, Posit::to_f64);
            }
            for (values, x) in values.chunks_exact(SUMS).zip(factors.chunks_exact(SUMS)) {
                for ((sum, value), x) in sums.iter_mut().zip(values).zip(x) {
                    *sum += value * x;
                }
            }
        }
        total(sums)
    }
}

/// The sum of the products of posits and floats, **in `f64`**: products and sums are rounded to 53 bits, in
/// 32 partial sums as [`mat_vec_f32`] has them. NaR makes it NaN. For an exact sum see [`Posit::dot`].
///
/// # Errors
///
/// [`ShapeError::Length`] if the slices differ in length.
///
/// ```
/// use posit::{P16, slice};
///
/// let weights = [1.0, 2.0, 0.5].map(P16::from_f64);
/// assert_eq!(slice::dot_f64(&weights, &[1e10, 1.0, 2.0]), Ok(10_000_000_003.0));
/// ```
pub fn dot_f64<const N: u32, const ES: u32, S: Storage>(
    weights: &[Posit<N, ES, S>],
    x: &[f64],
) -> Result<f64, ShapeError> {
    same_length(weights, x)?;
    Ok(run(DotF64(weights, x)))
}
