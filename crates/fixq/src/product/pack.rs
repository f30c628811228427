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
use crate::simd::{Backend, Line, TILE};

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

/// How codes become lanes.
#[derive(Clone, Copy)]
pub(super) struct Lanes {
    /// Codes of a lane.
    count: usize,
    /// Subtracted from codes that are widened to 16 bits.
    zero_point: i16,
    /// Turns signed bytes into unsigned ones on the left.
    flip: u32,
}

impl Lanes {
    pub(super) fn left(backend: Backend, zero_point: i32) -> Self {
        Self { count: backend.lane(), zero_point: zero_point as i16, flip: 0x8080_8080 }
    }

    fn right(backend: Backend, zero_point: i32) -> Self {
        Self { count: backend.lane(), zero_point: zero_point as i16, flip: 0 }
    }

    /// The code beyond the depth: it adds nothing to a sum.
    fn padding(self) -> i8 {
        if self.count == 2 { self.zero_point as i8 } else { 0 }
    }

    #[inline]
    fn pair(self, codes: [i8; 2]) -> i32 {
        let [a, b] = codes.map(|code| u32::from(i16::from(code).wrapping_sub(self.zero_point) as u16));
        (a | b << 16) as i32
    }

    #[inline]
    fn four(self, codes: [i8; 4]) -> i32 {
        (u32::from_le_bytes(codes.map(|code| code as u8)) ^ self.flip) as i32
    }

    /// Packs a row of the source that is `depth` long: `put` gets the step and the lane.
    #[inline]
    pub(super) fn row<S: Source>(
        self,
        source: &S,
        start: usize,
        depth: usize,
        mut put: impl FnMut(usize, i32),
    ) {
        let mut at = 0;
        let mut step = 0;
        while at < depth {
            let count = (depth - at).min(RUN);
            let mut run = [self.padding(); RUN];
            source.load(start + at, run.get_mut(..count).unwrap_or(&mut []));
            let run = run.get(..count.next_multiple_of(self.count)).unwrap_or(&[]);
            if self.count == 2 {
                for (i, &codes) in run.as_chunks().0.iter().enumerate() {
                    put(step + i, self.pair(codes));
                }
            } else {
                for (i, &codes) in run.as_chunks().0.iter().enumerate() {
                    put(step + i, self.four(codes));
                }
            }
            (at, step) = (at + RUN, step + RUN / self.count);
        }
    }

    /// Packs one step of a panel from as many rows of the source as a lane has codes.
    #[inline]
    fn step(self, rows: &[[i8; TILE[1]]; 4], line: usize, to: &mut Line) {
        let part =
            |row: usize| rows.get(row).and_then(|r| r.as_chunks::<16>().0.get(line)).unwrap_or(&[0; 16]);
        if self.count == 2 {
            for ((to, &a), &b) in to.0.iter_mut().zip(part(0)).zip(part(1)) {
                *to = self.pair([a, b]);
            }
        } else {
            let (low, high) = (part(0).iter().zip(part(1)), part(2).iter().zip(part(3)));
            for ((to, (&a, &b)), (&c, &d)) in to.0.iter_mut().zip(low).zip(high) {
                *to = self.four([a, b, c, d]);
            }
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
        let (depth, columns) = (matrix.rows, matrix.columns);
        Self::with(backend, matrix.zero_point, [depth, columns], lines, |lanes, first, panel| {
            let width = (columns - first).min(backend.lines() * 16);
            let mut rows = [[lanes.padding(); TILE[1]]; 4];
            for (step, lines) in panel.chunks_exact_mut(backend.lines()).enumerate() {
                for (i, row) in rows.iter_mut().enumerate().take(lanes.count) {
                    let at = step * lanes.count + i;
                    if at < depth {
                        let row = row.get_mut(..width).unwrap_or(&mut []);
                        matrix.source.load(at * columns + first, row);
                    } else {
                        row.fill(lanes.padding());
                    }
                }
                for (i, line) in lines.iter_mut().enumerate() {
                    lanes.step(&rows, i, line);
                }
            }
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
        let (depth, columns) = (matrix.columns, matrix.rows);
        Self::with(backend, matrix.zero_point, [depth, columns], lines, |lanes, first, panel| {
            for column in 0..(columns - first).min(backend.lines() * 16) {
                lanes.row(&matrix.source, (first + column) * depth, depth, |step, lane| {
                    let line = panel.get_mut(step * backend.lines() + column / 16);
                    if let Some(to) = line.and_then(|line| line.0.get_mut(column % 16)) {
                        *to = lane;
                    }
                });
            }
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
        let (header, panel) = (header(backend), steps(backend, depth) + header(backend));
        let width = backend.lines();
        let panels = lines.chunks_exact_mut((panel * width).max(1));
        crate::simd::vectorised(|| {
            for (index, panel) in panels.enumerate() {
                let Some((sums, panel)) = panel.split_at_mut_checked(header * width) else { continue };
                panel.fill(Line::ZERO);
                pack(lanes, index * width * 16, panel);
                sums.fill(Line::ZERO);
                if header == 0 {
                    continue;
                }
                for step in panel.chunks_exact(width) {
                    for (Line(sums), Line(lanes)) in sums.iter_mut().zip(step) {
                        for (sum, &lane) in sums.iter_mut().zip(lanes) {
                            let [a, b, c, d] =
                                [lane << 24 >> 24, lane << 16 >> 24, lane << 8 >> 24, lane >> 24];
                            *sum = sum.wrapping_add(a + b + c + d);
                        }
                    }
                }
            }
        });
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
