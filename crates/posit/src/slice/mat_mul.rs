//! Posit weights times a matrix of `f32`: blocks of both are laid out once and used many times.
//!
//! `BAND` rows of `BLOCK` weights become floats (6 KiB), and meet all columns of as many rows of `x`, of which
//! `COLUMNS` at a time are copied side by side (4 KiB). A sum goes on from block to block where it stopped, so
//! that blocks do not show in results.

use super::lane::block::{self, BLOCK, Block};
use super::simd::{Task, Vectors, run};
use crate::{Posit, ShapeError, Storage};

/// Rows of weights that are floats at a time.
const BAND: usize = 4 * ROWS;
/// Rows and columns of results that are in registers at a time: eight vectors of 256 bits.
const ROWS: usize = 6;
const COLUMNS: usize = 16;

struct MatMul<'a, T> {
    matrix: &'a [T],
    x: &'a [f32],
    inner: usize,
    columns: usize,
    out: &'a mut [f32],
}

impl<const N: u32, const ES: u32, S: Storage> Task for MatMul<'_, Posit<N, ES, S>> {
    type Output = ();
    #[inline(always)]
    fn run(self, vectors: impl Vectors) {
        let Self { matrix, x, inner, columns, out } = self;
        out.fill(0.0);
        // In a band that ends early the last rows are those of another, and meet no results.
        let mut values = [[0.0; BLOCK]; BAND];
        for (matrix, out) in matrix.chunks(BAND * inner).zip(out.chunks_mut(BAND * columns)) {
            for (at, x) in x.chunks(BLOCK * columns).enumerate() {
                for (row, values) in matrix.chunks(inner).zip(&mut values) {
                    let mut weights = [Posit::ZERO; BLOCK];
                    weights.iter_mut().zip(row.iter().skip(at * BLOCK)).for_each(|(a, b)| *a = *b);
                    block::to_f32(vectors, &weights, values);
                }
                for start in (0..columns).step_by(COLUMNS) {
                    let panel = panel(x, columns, start);
                    let depth = x.len() / columns;
                    for (values, out) in values.chunks_exact(ROWS).zip(out.chunks_mut(ROWS * columns)) {
                        if let Some(values) = values.first_chunk() {
                            tile(values, &panel, depth, columns, start, out);
                        }
                    }
                }
            }
        }
    }
}

/// `COLUMNS` columns of at most `BLOCK` rows, from `start` on, filled up with zeros.
#[inline(always)]
fn panel(x: &[f32], columns: usize, start: usize) -> Block<[f32; COLUMNS]> {
    let mut panel = [[0.0; COLUMNS]; BLOCK];
    for (x, row) in x.chunks(columns).zip(&mut panel) {
        let x = x.get(start..).unwrap_or_default();
        match x.first_chunk() {
            Some(x) => *row = *x,
            None => row.iter_mut().zip(x).for_each(|(a, b)| *a = *b),
        }
    }
    panel
}

/// Adds the products of `ROWS` rows with the first `depth` rows of a panel to their sums.
#[inline(always)]
fn tile(
    values: &[Block<f32>; ROWS],
    panel: &Block<[f32; COLUMNS]>,
    depth: usize,
    columns: usize,
    start: usize,
    out: &mut [f32],
) {
    let mut sums = [[0.0; COLUMNS]; ROWS];
    for (sums, out) in sums.iter_mut().zip(out.chunks(columns)) {
        let out = out.get(start..).unwrap_or_default();
        match out.first_chunk() {
            Some(out) => *sums = *out,
            None => sums.iter_mut().zip(out).for_each(|(a, b)| *a = *b),
        }
    }
    for k in 0..depth.min(BLOCK) {
        for (sums, values) in sums.iter_mut().zip(values) {
            sums.iter_mut().zip(&panel[k]).for_each(|(sum, x)| *sum += values[k] * x);
        }
    }
    for (sums, out) in sums.iter().zip(out.chunks_mut(columns)) {
        let out = out.get_mut(start..).unwrap_or_default();
        match out.first_chunk_mut() {
            Some(out) => *out = *sums,
            None => out.iter_mut().zip(sums).for_each(|(a, b)| *a = *b),
        }
    }
}

/// A matrix of posit weights times a matrix of `f32`, both row by row in slices, **in `f32`**.
///
/// Products and sums are rounded one by one, never fused. An element is the sum of its products in the order
/// of the columns of `matrix`, begun at 0: the same bits on every machine, and those of three plain loops.
///
/// `inner` is the number of columns of `matrix` and of rows of `x`. NaR makes its row NaN. For exact sums in
/// posits take [`Posit::dot`].
///
/// # Errors
///
/// [`ShapeError::Matrix`] if the lengths do not fit together or `inner` is zero; `out` is left alone then.
///
/// ```
/// use posit::{P8, slice};
///
/// let weights = [1.0, 2.0, 3.0, 4.0].map(P8::from_f64);
/// let mut y = [0.0; 6];
/// slice::mat_mul_f32(&weights, &[1.0, 0.0, 10.0, 0.0, 1.0, 1.0], 2, &mut y)?;
/// assert_eq!(y, [1.0, 2.0, 12.0, 3.0, 4.0, 34.0]);
/// # Ok::<(), posit::ShapeError>(())
/// ```
pub fn mat_mul_f32<const N: u32, const ES: u32, S: Storage>(
    matrix: &[Posit<N, ES, S>],
    x: &[f32],
    inner: usize,
    out: &mut [f32],
) -> Result<(), ShapeError> {
    let rows = matrix.len().checked_div(inner).unwrap_or_default();
    let columns = x.len().checked_div(inner).unwrap_or_default();
    let fits = |length: usize, a: usize, b: usize| a.checked_mul(b) == Some(length);
    if inner == 0 || !fits(matrix.len(), rows, inner) {
        return Err(ShapeError::Matrix { elements: matrix.len(), rows, columns: inner });
    }
    if !fits(x.len(), inner, columns) {
        return Err(ShapeError::Matrix { elements: x.len(), rows: inner, columns });
    }
    if !fits(out.len(), rows, columns) {
        return Err(ShapeError::Matrix { elements: out.len(), rows, columns });
    }
    if columns > 0 {
        run(MatMul { matrix, x, inner, columns, out });
    }
    Ok(())
}
