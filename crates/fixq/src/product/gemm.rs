//! Matrix by packed matrix.
//!
//! *The left side is only copied*: its rows become bytes of a lane, row after row, and the inner loop reads one lane of
//! each of up to twelve rows. Rows lie an odd number of cache lines apart, so that those of a tile share no cache set
//! whatever the depth. A band of rows stays in the second level of cache while the panels of the right side go past, a
//! panel in the first level while it meets all rows of the band.

use super::pack::{copy_left, header, largest_sum, steps, width};
use super::{Matrix, Packed, Source};
use crate::error::check_length;
use crate::output::Channels;
use crate::simd::{END, Line, Strip, TILE, Tile, prefetch, vectorised};
use crate::{Error, Rounding};

/// Bytes of the left matrix that are packed at a time: a part of a small second-level cache.
const BAND: usize = 128 * 1024;
/// Bytes in front of a packed row: the sum of its codes.
const SUM: usize = size_of::<i32>();
/// Lines of the widest tile.
const LINES: usize = TILE[1] / 16;

/// The number of bytes of scratch memory that a product of `rows` rows uses at most; it can do with less.
#[must_use]
pub fn scratch_len(right: &Packed<'_>, rows: usize) -> usize {
    let row = row_len(right);
    let tiles = (BAND / row).max(1) / right.backend.rows();
    rows.min(tiles.max(1) * right.backend.rows()).saturating_mul(row)
}

/// Bytes of a packed row, an odd number of cache lines.
const fn row_len(right: &Packed<'_>) -> usize {
    let lines = steps(right.backend, right.depth).saturating_mul(4).saturating_add(SUM).div_ceil(64) | 1;
    lines.saturating_mul(64)
}

/// `sums[i, j] = Σ (left[i, k] − zero_point) · (right[k, j] − zero_point)`.
///
/// # Errors
/// [`Error::BadBroadcast`] if the inner dimensions differ, [`Error::Length`] unless `sums` has rows times columns
/// elements or if `scratch` cannot hold one tile of rows ([`scratch_len`] of that many).
pub fn gemm<S: Source>(
    left: &Matrix<S>,
    right: &Packed<'_>,
    scratch: &mut [u8],
    sums: &mut [i32],
) -> Result<(), Error> {
    check(left, right, sums.len())?;
    multiply(left, 0..left.rows, right, scratch, &mut Sums { columns: right.columns, sums })
}

/// As [`gemm`], with the bias, factor and output of each column.
///
/// # Errors
/// As [`gemm`], and [`Error::Length`] unless there are as many channels as columns.
pub fn gemm_codes<S: Source, R: Rounding>(
    left: &Matrix<S>,
    right: &Packed<'_>,
    channels: &Channels<'_, R>,
    scratch: &mut [u8],
    codes: &mut [i8],
) -> Result<(), Error> {
    check(left, right, codes.len())?;
    check_length(right.columns, channels.count())?;
    multiply(left, 0..left.rows, right, scratch, &mut CodesOf::new(right, channels, codes))
}

pub(super) fn check<S: Source>(left: &Matrix<S>, right: &Packed<'_>, output: usize) -> Result<(), Error> {
    if left.columns != right.depth {
        return Err(Error::BadBroadcast { a: left.columns, b: right.depth });
    }
    check_length(left.rows.checked_mul(right.columns).ok_or(Error::TooLarge)?, output)
}

/// Writes the first `count` sums of each row of a tile to `row` and `column` of a matrix of `columns` columns.
#[inline(always)]
pub(super) fn write_sums(
    tile: &Tile,
    rows: usize,
    [row, column, count]: [usize; 3],
    columns: usize,
    sums: &mut [i32],
) {
    let to = sums.get_mut(row * columns + column..).unwrap_or(&mut []);
    for (to, sums) in to.chunks_mut(columns.max(1)).zip(tile.iter().take(rows)) {
        // Whole lines have a length that the compiler knows.
        let (to, sums) = (to.get_mut(..count).unwrap_or(&mut []), sums.get(..count).unwrap_or(&[]));
        let (mut lines, mut from) = (to.chunks_exact_mut(16), sums.chunks_exact(16));
        for (to, from) in (&mut lines).zip(&mut from) {
            to.copy_from_slice(from);
        }
        lines.into_remainder().iter_mut().zip(from.remainder()).for_each(|(to, &sum)| *to = sum);
    }
}

/// What becomes of tiles; a place is a row, a column and a number of columns.
pub(super) trait Sink {
    /// A tile for this place is about to be computed.
    fn expect(&mut self, _rows: usize, _place: [usize; 3]) {}

    /// Takes the first columns of the first rows of a tile.
    fn write(&mut self, tile: &Tile, rows: usize, place: [usize; 3]);
}

/// Keeps the sums.
pub(super) struct Sums<'a> {
    pub(super) columns: usize,
    pub(super) sums: &'a mut [i32],
}

impl Sink for Sums<'_> {
    fn expect(&mut self, rows: usize, [row, column, count]: [usize; 3]) {
        let to = self.sums.get(row * self.columns + column..).unwrap_or(&[]);
        for to in to.chunks(self.columns.max(1)).take(rows) {
            prefetch(to.get(..count).unwrap_or(&[]));
        }
    }

    fn write(&mut self, tile: &Tile, rows: usize, place: [usize; 3]) {
        write_sums(tile, rows, place, self.columns, self.sums);
    }
}

/// Keeps the codes: with the bias, factor and output of each column.
pub(super) struct CodesOf<'a, R: Rounding> {
    right: &'a Packed<'a>,
    channels: &'a Channels<'a, R>,
    codes: &'a mut [i8],
    /// What ends the sums of the columns from `first` on, if the backend can.
    lines: [Line; LINES * END],
    first: Option<usize>,
    fused: bool,
}

impl<'a, R: Rounding> CodesOf<'a, R> {
    pub(super) fn new(right: &'a Packed<'a>, channels: &'a Channels<'a, R>, codes: &'a mut [i8]) -> Self {
        let fused = right.backend.finishes() && channels.has_end();
        Self { right, channels, codes, lines: [Line::ZERO; LINES * END], first: None, fused }
    }
}

impl<R: Rounding> Sink for CodesOf<'_, R> {
    fn write(&mut self, tile: &Tile, rows: usize, [row, column, count]: [usize; 3]) {
        let columns = self.right.columns;
        let to = self.codes.get_mut(row * columns + column..).unwrap_or(&mut []);
        if self.fused {
            if self.first != Some(column) {
                self.first = Some(column);
                self.channels.lines_of_end(column, largest_sum(self.right.depth), &mut self.lines);
            }
            let end = self.channels.end(&self.lines);
            self.right.backend.finish(&end, tile, rows, [count, columns], to);
        } else {
            for (to, sums) in to.chunks_mut(columns.max(1)).zip(tile.iter().take(rows)) {
                self.channels.codes(column, sums.get(..count).unwrap_or(&[]), to);
            }
        }
    }
}

/// Passes the finished tiles of the rows `range` of the product to `sink`; rows of a place are counted in the range.
pub(super) fn multiply<S: Source>(
    left: &Matrix<S>,
    range: core::ops::Range<usize>,
    right: &Packed<'_>,
    scratch: &mut [u8],
    sink: &mut impl Sink,
) -> Result<(), Error> {
    let (backend, length) = (right.backend, row_len(right));
    let height = backend.rows();
    // As many rows as fit: all of them, or a multiple of a tile's.
    let fit = (scratch.len() / length).min((BAND / length).max(height));
    let band = if fit >= range.len() { range.len() } else { fit - fit % height };
    if band == 0 {
        let expected = range.len().min(height).saturating_mul(length);
        return if range.is_empty() { Ok(()) } else { check_length(expected, scratch.len()) };
    }
    let mut start = range.start;
    while start < range.end {
        let rows = start..range.end.min(start + band);
        start = rows.end;
        let above = rows.start - range.start;
        pack_band(left, rows.clone(), right, &mut *scratch);
        multiply_band(left.zero_point, above..above + rows.len(), right, &*scratch, sink);
    }
    Ok(())
}

vectorised! {
    /// Copies rows, the sum of each in front where it is needed.
    fn pack_band<S: Source>(left: &Matrix<S>, rows: core::ops::Range<usize>, right: &Packed<'_>, scratch: &mut [u8]) {
        /// Codes that are copied at a time.
        const RUN: usize = 256;
        let (depth, width) = (right.depth, width(right.backend));
        for (row, to) in rows.zip(scratch.chunks_exact_mut(row_len(right))) {
            let Some((sum, to)) = to.split_first_chunk_mut::<SUM>() else { continue };
            let mut total = 0i32;
            for (at, to) in (0..depth).step_by(RUN).zip(to.chunks_mut(RUN * width)) {
                let mut codes = [0; RUN];
                let codes = codes.get_mut(..(depth - at).min(RUN)).unwrap_or(&mut []);
                left.source.load(row * depth + at, codes);
                copy_left(codes, width, left.zero_point as i16, to);
                // The right side has no zero point of its own where lanes hold differences.
                if right.zero_point != 0 {
                    total = codes.iter().fold(total, |sum, &code| sum.wrapping_add(i32::from(code) + 128));
                }
            }
            *sum = total.to_le_bytes();
        }
    }
}

vectorised! {
    /// The product of a packed band with all panels.
    fn multiply_band<S: Sink>(zero_point: i32, rows: core::ops::Range<usize>, right: &Packed<'_>, packed: &[u8], sink: &mut S) {
        let backend = right.backend;
        let (height, width) = (backend.rows(), backend.lines());
        let (length, header, steps) = (row_len(right), header(backend), steps(backend, right.depth));
        // Σ (a − za)(b − zb) = Σ ab − za Σ b − zb Σ a + za zb k, with a and za raised by 128.
        let raised = zero_point + 128;
        let product = raised.wrapping_mul(right.zero_point).wrapping_mul(right.depth as i32);
        let panel_len = (steps + header) * width;
        let mut tile = [[0; TILE[1]]; TILE[0]];
        for index in 0..right.columns.div_ceil(width * 16) {
            let column = index * width * 16;
            let columns = (right.columns - column).min(width * 16);
            let panel = right.lines.get(index * panel_len..(index + 1) * panel_len).unwrap_or(&[]);
            let Some((totals, panel)) = panel.split_at_checked(header * width) else { continue };
            let mut start = [Line::ZERO; LINES];
            for (Line(to), Line(totals)) in start.iter_mut().zip(totals) {
                *to = totals.map(|total| product.wrapping_sub(raised.wrapping_mul(total)));
            }
            for (first, rows_of) in rows.clone().step_by(height).zip(packed.chunks(height * length)) {
                let count = (rows.end - first).min(height);
                sink.expect(count, [first, column, columns]);
                let bytes = rows_of.get(SUM..).unwrap_or(&[]);
                let strip =
                    Strip { bytes, pixel: length, segment: 0, segments: 1, steps, start: &start, right: panel };
                backend.strip(&strip, count, width, &mut tile);
                if right.zero_point != 0 {
                    for (sums, row) in tile.iter_mut().zip(rows_of.chunks(length)).take(count) {
                        let left = row.first_chunk().map_or(0, |&sum| i32::from_le_bytes(sum));
                        let left = left.wrapping_mul(right.zero_point);
                        sums.iter_mut().for_each(|sum| *sum = sum.wrapping_sub(left));
                    }
                }
                sink.write(&tile, count, [first, column, columns]);
            }
        }
    }
}
