//! A grid is a grid: int5, `posit<5,0>` and a codebook are each a finite sorted set of reals with a
//! `nearest`. Pruning, scale search and encoding are written once against [`Grid`].
//!
//! Worked example, `posit<3,0>` under [`Rounding::Standard`]: the values are -2, -1, -0.5, 0, 0.5,
//! 1, 2 (patterns 101 110 111 000 001 010 011; 100 is NaR and left out). The border between 0.5 and 1 is 0.75, the posit
//! of four bits in the middle; the borders around 0 are 0 itself, since the standard never rounds to
//! zero. Under [`Rounding::ToZero`] those two borders are -0.25 and 0.25.

use crate::format::Format;
use core::cmp::Ordering;
use posit::Posit;

/// What becomes of a weight that lies between zero and the smallest posit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub enum Rounding {
    /// The Posit Standard (2022), §4.1: a non-zero number never becomes zero.
    Standard,
    /// Numbers up to half of the smallest posit become zero; the rest as in the standard. (Integers
    /// and codebooks round so in either mode.)
    #[default]
    ToZero,
}

/// Half way between two neighbours, and which of them takes the tie.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Border {
    at: f64,
    tie_goes_up: bool,
}

/// A finite sorted set of reals, zero among them, each with the code that an image stores.
#[derive(Clone, PartialEq, Debug)]
pub struct Grid {
    /// Ascending.
    values: Vec<f32>,
    codes: Vec<u16>,
    /// `borders[i]` lies between `values[i]` and `values[i + 1]`.
    borders: Vec<Border>,
}

impl Grid {
    /// The symmetric integers of `bits` bits, 2 to 8: ±(2^(bits-1) - 1). Ties go away from zero, as in
    /// TFLite.
    #[must_use]
    pub fn int(bits: u32) -> Self {
        let bits = bits.clamp(2, 8);
        let top = (1i16 << (bits - 1)) - 1;
        let mask = u16::MAX >> (16 - bits);
        let integers = || -top..=top;
        Self {
            values: integers().map(f32::from).collect(),
            codes: integers().map(|q| q.cast_unsigned() & mask).collect(),
            borders: (-top..top).map(|q| Border { at: f64::from(q) + 0.5, tie_goes_up: q >= 0 }).collect(),
        }
    }

    /// The posits `<n, es>` without NaR, enumerated by the `posit` crate. `n` is 3 to 16.
    ///
    /// The border between two neighbours is the posit of one bit more between them (§4.1), which is
    /// their arithmetic mean only where no exponent bit is cut off; ties go to the even pattern.
    #[must_use]
    pub fn posit(n: u32, es: u32, rounding: Rounding) -> Self {
        let n = n.clamp(3, 16);
        let top = (1i32 << (n - 1)) - 1;
        let smallest = widened(1, n, es);
        let border = |pattern: i32| match pattern {
            // Between -minPos and 0, and between 0 and minPos.
            -1 if rounding == Rounding::ToZero => Border { at: -smallest / 2.0, tie_goes_up: true },
            0 if rounding == Rounding::ToZero => Border { at: smallest / 2.0, tie_goes_up: false },
            -1 => Border { at: 0.0, tie_goes_up: true },
            0 => Border { at: 0.0, tie_goes_up: false },
            _ => Border { at: widened(2 * pattern + 1, n + 1, es), tie_goes_up: pattern & 1 != 0 },
        };
        let mask = u32::from(u16::MAX >> (16 - n));
        #[allow(clippy::cast_possible_truncation, reason = "each value is a normal f32 with at most 13 bits")]
        Self {
            values: (-top..=top).map(|pattern| widened(pattern, n, es) as f32).collect(),
            codes: (-top..=top).map(|pattern| (pattern.cast_unsigned() & mask) as u16).collect(),
            borders: (-top..top).map(border).collect(),
        }
    }

    /// A codebook: the codes count the entries in ascending order. Duplicates and non-finite entries
    /// are dropped, zero is added if it is missing. Ties go to the entry nearer to zero.
    #[must_use]
    pub fn codebook(entries: &[f32]) -> Self {
        // An entry of -0 would be the first of two equal ones, and stay: adding 0 makes it +0.
        let mut values: Vec<f32> =
            entries.iter().filter(|value| value.is_finite()).map(|value| value + 0.0).collect();
        values.push(0.0);
        values.sort_by(f32::total_cmp);
        values.dedup_by(|a, b| a == b);
        let borders = values
            .windows(2)
            .map(|pair| {
                let (low, high) = (f64::from(pair[0]), f64::from(pair[1]));
                Border { at: low + (high - low) / 2.0, tie_goes_up: high <= 0.0 }
            })
            .collect();
        let codes = (0..=u16::MAX).take(values.len()).collect();
        Self { values, codes, borders }
    }

    /// The grid of a format that needs no fitting; `None` for `float` and codebooks.
    #[must_use]
    pub fn of(format: Format, rounding: Rounding) -> Option<Self> {
        match format {
            Format::Int { bits } => Some(Self::int(bits)),
            Format::Posit { n, es } => Some(Self::posit(n, es, rounding)),
            Format::Float | Format::Codebook { .. } => None,
        }
    }

    /// The values, ascending.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The value of each code, indexed by the code; 0 for codes that the grid does not have.
    #[must_use]
    pub fn decode_table(&self) -> Vec<f32> {
        let length = self.codes.iter().max().map_or(0, |code| usize::from(*code) + 1);
        let mut table = vec![0.0; length];
        for (code, value) in self.codes.iter().zip(&self.values) {
            table[usize::from(*code)] = *value;
        }
        table
    }

    /// The largest value.
    #[must_use]
    pub fn max(&self) -> f32 {
        self.values.last().copied().unwrap_or(0.0)
    }

    /// The smallest value above zero, if there is one.
    #[must_use]
    pub fn min_positive(&self) -> Option<f32> {
        self.values.iter().copied().find(|&value| value > 0.0)
    }

    /// The code and the value that `x` rounds to. Zero goes to zero; NaN goes to the lowest value.
    #[must_use]
    pub fn nearest(&self, x: f64) -> (u16, f32) {
        let index = self.borders.partition_point(|border| match x.partial_cmp(&border.at) {
            Some(Ordering::Greater) => true,
            Some(Ordering::Equal) => border.tie_goes_up,
            _ => false,
        });
        (self.codes[index], self.values[index])
    }
}

/// The value of an `n`-bit pattern (as a signed integer) of exponent width `es`, `n` at most 17. A posit
/// followed by zeros is the wider posit with the same value.
fn widened(pattern: i32, n: u32, es: u32) -> f64 {
    let bits = pattern.cast_unsigned() << (32 - n);
    match es {
        0 => Posit::<32, 0>::from_bits(bits).to_f64(),
        1 => Posit::<32, 1>::from_bits(bits).to_f64(),
        2 => Posit::<32, 2>::from_bits(bits).to_f64(),
        3 => Posit::<32, 3>::from_bits(bits).to_f64(),
        _ => Posit::<32, 4>::from_bits(bits).to_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Grid, Rounding};
    use crate::format::Format;
    use nncompress_runtime::CodeFormat;
    use posit::Posit;
    use proptest::prelude::*;

    #[test]
    fn the_worked_example() {
        let grid = Grid::posit(3, 0, Rounding::Standard);
        assert_eq!(grid.values(), [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]);
        assert_eq!(grid.nearest(0.74).1, 0.5);
        assert_eq!(grid.nearest(0.75).1, 1.0);
        assert_eq!(grid.nearest(1e-30).1, 0.5);
        assert_eq!(grid.nearest(-1e-30).1, -0.5);
        assert_eq!(grid.nearest(0.0), (0, 0.0));
        let grid = Grid::posit(3, 0, Rounding::ToZero);
        assert_eq!((grid.nearest(0.25).1, grid.nearest(0.26).1), (0.0, 0.5));
        assert_eq!((grid.nearest(-0.25).1, grid.nearest(-0.26).1), (0.0, -0.5));
    }

    #[test]
    fn zero_stays_zero_in_every_format() {
        for format in Format::all() {
            for rounding in [Rounding::Standard, Rounding::ToZero] {
                let grid = Grid::of(format, rounding).unwrap_or_else(|| Grid::codebook(&[-1.0, 0.5, 2.0]));
                assert_eq!(grid.nearest(0.0).1.to_bits(), 0, "{format}");
                assert_eq!(grid.nearest(-0.0).1.to_bits(), 0, "{format}");
            }
        }
    }

    #[test]
    fn a_negative_zero_is_no_entry() {
        let grid = Grid::codebook(&[-0.0, 1.0]);
        assert_eq!(grid.nearest(0.0).1.to_bits(), 0);
        assert_eq!(grid.values().len(), 2);
    }

    #[test]
    fn integers_are_symmetric_and_round_half_away() {
        let grid = Grid::int(5);
        assert_eq!((grid.max(), grid.values().len()), (15.0, 31));
        assert_eq!([0.5, -0.5, 1.49, 99.0, -99.0].map(|x| grid.nearest(x).1), [1.0, -1.0, 1.0, 15.0, -15.0]);
        assert_eq!(grid.nearest(-1.0).0, 31);
    }

    #[test]
    fn codes_decode_to_their_values() {
        for format in Format::all() {
            let (grid, code) = match format {
                Format::Int { bits } => (Grid::int(bits), CodeFormat::Int { bits }),
                Format::Posit { n, es } => {
                    (Grid::posit(n, es, Rounding::Standard), CodeFormat::Posit { n, es })
                }
                _ => continue,
            };
            for &value in grid.values() {
                let (stored, back) = grid.nearest(f64::from(value));
                assert_eq!(back, value, "{format}");
                assert_eq!(code.value(stored), value, "{format} code {stored}");
            }
        }
    }

    /// The library's own rounding is the second opinion on the borders.
    fn agrees<const N: u32, const ES: u32, S: posit::Storage>(x: f64, library: Posit<N, ES, S>) {
        let grid = Grid::posit(N, ES, Rounding::Standard);
        assert_eq!(f64::from(grid.nearest(x).1), library.to_f64(), "{x} in posit<{N},{ES}>");
    }

    proptest! {
        #[test]
        fn posit_grids_round_as_the_library_does(mantissa in -4096i32..=4096, exponent in -30i32..30, nudge in -1i32..=1) {
            let x = f64::from(mantissa) * f64::from(exponent).exp2() + f64::from(nudge) * 1e-17;
            agrees(x, Posit::<3, 0>::from_f64(x));
            agrees(x, Posit::<5, 0>::from_f64(x));
            agrees(x, Posit::<5, 1>::from_f64(x));
            agrees(x, Posit::<6, 2>::from_f64(x));
            agrees(x, Posit::<8, 0>::from_f64(x));
            agrees(x, Posit::<8, 2>::from_f64(x));
            agrees(x, Posit::<9, 3>::from_f64(x));
            agrees(x, Posit::<8, 4>::from_f64(x));
        }

        #[test]
        fn no_other_entry_of_a_codebook_is_nearer(entries in prop::collection::vec(-9f32..9.0, 1..16), x in -12f64..12.0) {
            let grid = Grid::codebook(&entries);
            let (_, value) = grid.nearest(x);
            let distance = (x - f64::from(value)).abs();
            for &other in grid.values() {
                prop_assert!(distance <= (x - f64::from(other)).abs());
            }
        }
    }
}
