//! Matrix by packed matrix.

use super::pack::{Lanes, header, steps};
use super::{Matrix, Packed, Source};
use crate::error::check_length;
use crate::output::Channels;
use crate::simd::{Line, TILE, vectorised};
use crate::{Error, Rounding};

/// Words of the left matrix that are packed at a time: half of a small first-level cache, so that the right matrix
/// streams past them and the sums are written row by row.
const BAND: usize = 16 * 1024 / 4;

/// The number of words of scratch memory that a product of `rows` rows uses at most; it can do with less.
#[must_use]
pub fn scratch_len(right: &Packed<'_>, rows: usize) -> usize {
    let row = row_len(right);
    let tiles = (BAND / row).max(1) / right.backend.rows();
    rows.min(tiles.max(1) * right.backend.rows()) * row
}

/// Words of a packed row: its steps, and the sum of its codes in front.
const fn row_len(right: &Packed<'_>) -> usize {
    steps(right.backend, right.depth) + 1
}

/// `sums[i, j] = Σ (left[i, k] − zero_point) · (right[k, j] − zero_point)`.
///
/// # Errors
/// [`Error::BadBroadcast`] if the inner dimensions differ, [`Error::Length`] unless `sums` has rows times columns
/// elements or if `scratch` cannot hold one tile of rows ([`scratch_len`] of that many).
pub fn gemm<S: Source>(
    left: &Matrix<S>,
    right: &Packed<'_>,
    scratch: &mut [i32],
    sums: &mut [i32],
) -> Result<(), Error> {
    check(left, right, sums.len())?;
    multiply(left, 0..left.rows, right, scratch, |row, column, tile| {
        let at = row * right.columns + column;
        if let Some(to) = sums.get_mut(at..at + tile.len()) {
            to.copy_from_slice(tile);
        }
    })
}

/// As [`gemm`], with the bias, factor and output of each column.
///
/// # Errors
/// As [`gemm`], and [`Error::Length`] unless there are as many channels as columns.
pub fn gemm_codes<S: Source, R: Rounding>(
    left: &Matrix<S>,
    right: &Packed<'_>,
    channels: &Channels<'_, R>,
    scratch: &mut [i32],
    codes: &mut [i8],
) -> Result<(), Error> {
    check(left, right, codes.len())?;
    check_length(right.columns, channels.count())?;
    multiply(left, 0..left.rows, right, scratch, |row, column, tile| {
        let at = row * right.columns + column;
        if let Some(to) = codes.get_mut(at..at + tile.len()) {
            channels.codes(column, tile, to);
        }
    })
}

pub(super) fn check<S: Source>(left: &Matrix<S>, right: &Packed<'_>, output: usize) -> Result<(), Error> {
    if left.columns != right.depth {
        return Err(Error::BadBroadcast { a: left.columns, b: right.depth });
    }
    check_length(left.rows.checked_mul(right.columns).ok_or(Error::TooLarge)?, output)
}

/// Passes the finished parts of the rows `range` of the product to `sink`: row within the range, column, sums.
pub(super) fn multiply<S: Source>(
    left: &Matrix<S>,
    range: core::ops::Range<usize>,
    right: &Packed<'_>,
    scratch: &mut [i32],
    mut sink: impl FnMut(usize, usize, &[i32]),
) -> Result<(), Error> {
    let (backend, length) = (right.backend, row_len(right));
    let height = backend.rows();
    // As many rows as fit: all of them, or a multiple of a tile's.
    let fit = (scratch.len() / length).min((BAND / length).max(height));
    let band = if fit >= range.len() { range.len() } else { fit - fit % height };
    if band == 0 {
        let expected = range.len().min(height) * length;
        return if range.is_empty() { Ok(()) } else { check_length(expected, scratch.len()) };
    }
    let mut start = range.start;
    while start < range.end {
        let rows = start..range.end.min(start + band);
        start = rows.end;
        let above = rows.start - range.start;
        let mut sink = |row: usize, column: usize, sums: &[i32]| sink(above + row, column, sums);
        pack_band(left, rows.clone(), right, &mut *scratch);
        multiply_band(left.zero_point, rows.len(), right, &*scratch, &mut sink);
    }
    Ok(())
}

vectorised! {
    /// Packs rows, a tile at a time.
    fn pack_band<S: Source>(left: &Matrix<S>, rows: core::ops::Range<usize>, right: &Packed<'_>, scratch: &mut [i32]) {
        let height = right.backend.rows();
        let tiles = rows.clone().step_by(height).zip(scratch.chunks_mut(height * row_len(right)));
        for (first, part) in tiles {
            pack_left(left, first..rows.end.min(first + height), right, part);
        }
    }
}

/// Packs at most a tile of rows: their sums, then the lanes of each step side by side.
#[inline(always)]
fn pack_left<S: Source>(left: &Matrix<S>, rows: core::ops::Range<usize>, right: &Packed<'_>, to: &mut [i32]) {
    let lanes = Lanes::left(right.backend, left.zero_point);
    let count = rows.len();
    let Some((sums, to)) = to.split_at_mut_checked(count) else { return };
    // Beyond the depth a byte is 0, so 128 here.
    let padding = (steps(right.backend, left.columns) * right.backend.lane() - left.columns) as i32;
    sums.fill(-128 * padding);
    lanes.rows(&left.source, rows, left.columns, |start, steps, rows| {
        // A full tile has a length that the compiler knows.
        if let Ok(rows) = <&[_; TILE[0]]>::try_from(rows) {
            for (step, to) in to.chunks_exact_mut(TILE[0]).skip(start).take(steps).enumerate() {
                for (to, row) in to.iter_mut().zip(rows) {
                    *to = row.get(step).copied().unwrap_or(0);
                }
            }
        } else {
            for (step, to) in to.chunks_exact_mut(count.max(1)).skip(start).take(steps).enumerate() {
                for (to, row) in to.iter_mut().zip(rows) {
                    *to = row.get(step).copied().unwrap_or(0);
                }
            }
        }
        // The right side has no zero point of its own unless lanes are four unsigned bytes.
        if right.zero_point != 0 {
            for (sum, row) in sums.iter_mut().zip(rows) {
                let bytes = row.iter().take(steps).flat_map(|lane| lane.to_le_bytes());
                *sum = bytes.fold(*sum, |sum, byte| sum.wrapping_add(i32::from(byte)));
            }
        }
    });
}

vectorised! {
    /// The product of a packed band with all panels.
    fn multiply_band<F: FnMut(usize, usize, &[i32])>(zero_point: i32, rows: usize, right: &Packed<'_>, packed: &[i32], sink: &mut F) {
        let backend = right.backend;
        let (height, width) = (backend.rows(), backend.lines());
        let (length, header) = (row_len(right), header(backend));
        // Σ (a − za)(b − zb) = Σ ab − za Σ b − zb Σ a + za zb k, with a and za raised by 128.
        let raised = zero_point + 128;
        let product = raised.wrapping_mul(right.zero_point).wrapping_mul(right.depth as i32);
        let panel_len = (steps(backend, right.depth) + header) * width;
        let mut tile = [[0; TILE[1]]; TILE[0]];
        for index in 0..right.columns.div_ceil(width * 16) {
            let column = index * width * 16;
            let columns = (right.columns - column).min(width * 16);
            let panel = right.lines.get(index * panel_len..(index + 1) * panel_len).unwrap_or(&[]);
            let Some((totals, panel)) = panel.split_at_checked(header * width) else { continue };
            let mut corrections = [0i32; TILE[1]];
            for (to, &total) in corrections.iter_mut().zip(totals.iter().flat_map(|Line(line)| line)) {
                *to = product.wrapping_sub(raised.wrapping_mul(total));
            }
            for (first, part) in (0..rows).step_by(height).zip(packed.chunks(height * length)) {
                let count = (rows - first).min(height);
                let Some((sums_left, lanes)) = part.split_at_checked(count) else { continue };
                let lanes = lanes.get(..count * (length - 1)).unwrap_or(&[]);
                backend.tile(count, lanes, panel, &mut tile);
                for (r, (sums, &left)) in tile.iter_mut().zip(sums_left).enumerate() {
                    let sums = sums.get_mut(..columns).unwrap_or(&mut []);
                    if header != 0 {
                        let left = left.wrapping_mul(right.zero_point);
                        for (sum, correction) in sums.iter_mut().zip(corrections) {
                            *sum = sum.wrapping_add(correction).wrapping_sub(left);
                        }
                    }
                    sink(first + r, column, sums);
                }
            }
        }
    }
}
