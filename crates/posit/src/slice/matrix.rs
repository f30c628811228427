//! Posit weights times `f32` activations, and sums of products in floats: fast, and rounded at every step.

use super::lane::block::{self, BLOCK, Block, each2};
use super::map::same_length;
use super::simd::{Task, run};
use crate::{Posit, ShapeError, Storage};

/// The sums of one row: element `i` of a row goes to sum `i % BLOCK`.
#[inline(always)]
fn row<const N: u32, const ES: u32, S: Storage>(weights: &[Posit<N, ES, S>], x: &[f32]) -> f32 {
    let mut sums = [0.0; BLOCK];
    for (weights, x) in weights.chunks(BLOCK).zip(x.chunks(BLOCK)) {
        let (mut weights_end, mut x_end) = ([Posit::ZERO; BLOCK], [0.0; BLOCK]);
        let (weights, x): (&Block<_>, &Block<_>) = match (weights.try_into(), x.try_into()) {
            (Ok(weights), Ok(x)) => (weights, x),
            _ => {
                weights_end.iter_mut().zip(weights).for_each(|(a, b)| *a = *b);
                x_end.iter_mut().zip(x).for_each(|(a, b)| *a = *b);
                (&weights_end, &x_end)
            }
        };
        let mut values = [0.0; BLOCK];
        block::to_f32(weights, &mut values);
        let before = sums;
        let mut products = [0.0; BLOCK];
        each2(&values, x, &mut products, |value, x| value * x);
        each2(&before, &products, &mut sums, |sum, product| sum + product);
    }
    total(&mut sums)
}

/// The upper half of the sums is added to the lower one until one is left.
#[inline(always)]
fn total(sums: &mut Block<f32>) -> f32 {
    let mut rest = sums.as_mut_slice();
    while rest.len() > 1 {
        let (lower, upper) = rest.split_at_mut(rest.len() / 2);
        lower.iter_mut().zip(upper).for_each(|(a, b)| *a += *b);
        rest = lower;
    }
    sums[0]
}

struct MatVec<'a, T>(&'a [T], &'a [f32], &'a mut [f32]);

impl<const N: u32, const ES: u32, S: Storage> Task for MatVec<'_, Posit<N, ES, S>> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self(matrix, x, out) = self;
        if x.is_empty() {
            out.fill(0.0);
            return;
        }
        for (weights, out) in matrix.chunks_exact(x.len()).zip(out) {
            *out = row(weights, x);
        }
    }
}

/// A matrix of posit weights, row by row in a slice, times a vector of `f32`, **in `f32`**: the weights are
/// converted on the way, products and sums are rounded.
///
/// `matrix` has `out.len()` rows of `x.len()` elements. An `f32` result has 64 partial sums, element `i` of
/// a row in sum `i % 64`, which are then added, the upper half to the lower, until one is left: the same
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
    if out.len().checked_mul(x.len()) != Some(matrix.len()) {
        return Err(ShapeError::Matrix { elements: matrix.len(), rows: out.len(), columns: x.len() });
    }
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
