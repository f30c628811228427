//! The layout in which the inner loop reads a matrix.
//!
//! *A step is as many codes of the depth as fit a 32-bit lane*: two of 16 bits, or four bytes. The right matrix is
//! cut into panels of 16 or 32 columns; a panel is a sequence of steps, a step a line or two with a lane for each
//! column. Where lanes hold bytes, a panel starts with the sums of its columns, since there the zero point of the
//! left side is taken off afterwards.

use super::{Matrix, Source};
use crate::Error;
use crate::error::check_length;
use crate::shape::Shape;
use crate::simd::{Backend, Line, TILE, vectorised};
use core::ops::Range;

/// How many codes of a row are packed at a time; a multiple of every lane.
const RUN: usize = 256;

/// A right matrix, `depth × columns`, in the layout of one backend.
#[derive(Clone, Copy, Debug)]
pub struct Packed<'a> {
    pub(super) backend: Backend,
    pub(super) lines: &'a [Line],
    pub(super) depth: usize,
    pub(super) columns: usize,
    /// What is still to be taken off: 0 where lanes hold differences.
    pub(super) zero_point: i32,
}

/// The number of lines that a packed matrix of this shape takes.
///
/// # Errors
/// [`Error::TooLarge`] if the shape is too large.
pub fn packed_len(backend: Backend, depth: usize, columns: usize) -> Result<usize, Error> {
    let panels = columns.div_ceil(backend.lines() * 16);
    let panel = [steps(backend, depth) + header(backend), backend.lines()];
    // The number of bytes fits an `isize`, too.
    let bytes = Shape::new(&[panels, panel[0], panel[1], size_of::<Line>()])?.len();
    Ok(bytes / size_of::<Line>())
}

/// Steps of a depth.
pub(super) const fn steps(backend: Backend, depth: usize) -> usize {
    depth.div_ceil(backend.lane())
}

/// Steps in front of a panel, for the sums of its columns.
pub(super) const fn header(backend: Backend) -> usize {
    if backend.lane() == 4 { 1 } else { 0 }
}

/// Bytes of a code on the left: a lane has four codes of a byte, or two of 16 bits.
pub(super) const fn width(backend: Backend) -> usize {
    4 / backend.lane()
}

/// Codes of the left side as the inner loops read them: bytes raised by 128, or differences of 16 bits from the zero
/// point.
#[inline(always)]
pub(super) fn copy_left(codes: &[i8], width: usize, zero_point: i16, to: &mut [u8]) {
    if width == 1 {
        for (to, &code) in to.iter_mut().zip(codes) {
            *to = code as u8 ^ 0x80;
        }
    } else {
        for (to, &code) in to.chunks_exact_mut(2).zip(codes) {
            to.copy_from_slice(&(i16::from(code) - zero_point).to_le_bytes());
        }
    }
}

/// The largest sum of so many products of two differences of codes.
pub(super) const fn largest_sum(depth: usize) -> u64 {
    (depth as u64).saturating_mul(255 * 255)
}

/// How codes on the right become lanes.
#[derive(Clone, Copy)]
pub(super) struct Lanes {
    /// Codes of a lane.
    count: usize,
    /// Subtracted from codes that are widened to 16 bits.
    zero_point: i16,
}

impl Lanes {
    pub(super) fn right(backend: Backend, zero_point: i32) -> Self {
        Self { count: backend.lane(), zero_point: zero_point as i16 }
    }

    /// The code beyond the depth: it adds nothing to a sum.
    fn padding(self) -> i8 {
        if self.count == 2 { self.zero_point as i8 } else { 0 }
    }

    #[inline(always)]
    fn pair(self, codes: [i8; 2]) -> i32 {
        let [a, b] = codes.map(|code| u32::from(i16::from(code).wrapping_sub(self.zero_point) as u16));
        (a | b << 16) as i32
    }

    #[inline(always)]
    fn four(self, codes: [i8; 4]) -> i32 {
        let [a, b, c, d] = codes.map(|code| u32::from(code as u8));
        (a | b << 8 | c << 16 | d << 24) as i32
    }

    /// The lane of at most as many codes as it holds.
    pub(super) fn lane(self, codes: &[i8]) -> i32 {
        let mut lane = [self.padding(); 4];
        for (to, &code) in lane.iter_mut().zip(codes) {
            *to = code;
        }
        let [a, b, ..] = lane;
        if self.count == 2 { self.pair([a, b]) } else { self.four(lane) }
    }

    /// The lanes of a run of the source; what is beyond `count` codes adds nothing.
    #[inline(always)]
    fn run<S: Source>(self, source: &S, at: usize, count: usize, to: &mut [i32; RUN / 2]) {
        let mut codes = [self.padding(); RUN];
        source.load(at, codes.get_mut(..count).unwrap_or(&mut []));
        if self.count == 2 {
            for (to, codes) in to.iter_mut().zip(codes.chunks_exact(2)) {
                *to = codes.first_chunk().map_or(0, |&codes| self.pair(codes));
            }
        } else {
            for (to, codes) in to.iter_mut().zip(codes.chunks_exact(4)) {
                *to = codes.first_chunk().map_or(0, |&codes| self.four(codes));
            }
        }
    }

    /// Packs at most a tile of rows of the source, the lanes of a step side by side: `put` gets the lanes of every
    /// row, run by run, with the first step and the number of steps.
    #[inline(always)]
    pub(super) fn rows<S: Source>(
        self,
        source: &S,
        rows: Range<usize>,
        depth: usize,
        mut put: impl FnMut(usize, usize, &[[i32; RUN / 2]]),
    ) {
        let mut lanes = [[0; RUN / 2]; TILE[1]];
        for at in (0..depth).step_by(RUN) {
            let count = (depth - at).min(RUN);
            for (row, lanes) in rows.clone().zip(&mut lanes) {
                self.run(source, row * depth + at, count, lanes);
            }
            put(at / self.count, count.div_ceil(self.count), lanes.get(..rows.len()).unwrap_or(&[]));
        }
    }

    /// Packs one line of a step from as many rows of the source as a lane has codes.
    #[inline(always)]
    fn line(self, rows: &[[i8; 16]; 4]) -> Line {
        let [a, b, c, d] = rows;
        if self.count == 2 {
            Line(core::array::from_fn(|i| self.pair([a[i], b[i]])))
        } else {
            Line(core::array::from_fn(|i| self.four([a[i], b[i], c[i], d[i]])))
        }
    }
}

impl<'a> Packed<'a> {
    /// Packs a matrix as it stands, `depth × columns`.
    ///
    /// # Errors
    /// [`Error::BadBackend`] if the CPU cannot run the backend, [`Error::Length`] unless `lines` has
    /// [`packed_len`] lines, [`Error::TooLarge`] if the shape is too large.
    pub fn new<S: Source>(
        backend: Backend,
        matrix: &Matrix<S>,
        lines: &'a mut [Line],
    ) -> Result<Self, Error> {
        let shape = [matrix.rows, matrix.columns];
        Self::with(backend, matrix.zero_point, shape, lines, |lanes, first, panel| {
            pack_panel(matrix, backend, lanes, first, panel);
        })
    }

    /// Packs a matrix given as `columns × depth`: the weights of a layer, outputs by inputs.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn transposed<S: Source>(
        backend: Backend,
        matrix: &Matrix<S>,
        lines: &'a mut [Line],
    ) -> Result<Self, Error> {
        let shape = [matrix.columns, matrix.rows];
        Self::with(backend, matrix.zero_point, shape, lines, |lanes, first, panel| {
            pack_panel_transposed(matrix, backend, lanes, first, panel);
        })
    }

    fn with(
        backend: Backend,
        zero_point: i32,
        [depth, columns]: [usize; 2],
        lines: &'a mut [Line],
        mut pack: impl FnMut(Lanes, usize, &mut [Line]),
    ) -> Result<Self, Error> {
        if !backend.is_available() {
            return Err(Error::BadBackend);
        }
        check_length(packed_len(backend, depth, columns)?, lines.len())?;
        let lanes = Lanes::right(backend, zero_point);
        let (header, width) = (header(backend), backend.lines());
        let panels = lines.chunks_exact_mut(((steps(backend, depth) + header) * width).max(1));
        for (index, panel) in panels.enumerate() {
            let Some((sums, panel)) = panel.split_at_mut_checked(header * width) else { continue };
            panel.fill(Line::ZERO);
            pack(lanes, index * width * 16, panel);
            sum_columns(&*panel, sums);
        }
        // Lanes of 16 bits hold differences already.
        let zero_point = if backend.lane() == 2 { 0 } else { zero_point };
        Ok(Self { backend, lines, depth, columns, zero_point })
    }

    /// The number of rows of the matrix.
    #[must_use]
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// The number of columns.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns
    }
}

vectorised! {
    /// Packs the columns from `first` on.
    fn pack_panel<S: Source>(matrix: &Matrix<S>, backend: Backend, lanes: Lanes, first: usize, panel: &mut [Line]) {
        let (depth, columns) = (matrix.rows, matrix.columns);
        for (step, lines) in panel.chunks_exact_mut(backend.lines()).enumerate() {
            for (line, column) in lines.iter_mut().zip((first..columns).step_by(16)) {
                let mut rows = [[lanes.padding(); 16]; 4];
                for (row, k) in rows.iter_mut().zip((step * lanes.count..depth).take(lanes.count)) {
                    let at = k * columns + column;
                    match matrix.source.sixteen(at) {
                        Some(codes) if column + 16 <= columns => *row = codes,
                        _ => matrix.source.load(at, row.get_mut(..(columns - column).min(16)).unwrap_or(&mut [])),
                    }
                }
                *line = lanes.line(&rows);
            }
        }
    }
}

vectorised! {
    /// Packs the columns from `first` on, which are rows of the matrix.
    fn pack_panel_transposed<S: Source>(matrix: &Matrix<S>, backend: Backend, lanes: Lanes, first: usize, panel: &mut [Line]) {
        let rows = first..matrix.rows.min(first + backend.lines() * 16);
        lanes.rows(&matrix.source, rows, matrix.columns, |start, steps, rows| {
            let panel = panel.chunks_exact_mut(backend.lines()).skip(start).take(steps);
            for (step, lines) in panel.enumerate() {
                for (line, rows) in lines.iter_mut().zip(rows.chunks(16)) {
                    for (to, row) in line.0.iter_mut().zip(rows) {
                        *to = row.get(step).copied().unwrap_or(0);
                    }
                }
            }
        });
    }
}

vectorised! {
    /// The sum of the four bytes of every lane, over all steps; nothing if there is no place for sums.
    pub(super) fn sum_columns(panel: &[Line], sums: &mut [Line]) {
        let width = sums.len().max(1);
        for (i, sums) in sums.iter_mut().enumerate() {
            let mut totals = [0i32; 16];
            for Line(lanes) in panel.iter().skip(i).step_by(width) {
                for (sum, &lane) in totals.iter_mut().zip(lanes) {
                    let [a, b, c, d] = [lane << 24 >> 24, lane << 16 >> 24, lane << 8 >> 24, lane >> 24];
                    *sum = sum.wrapping_add(a + b + c + d);
                }
            }
            *sums = Line(totals);
        }
    }
}
