//! Logistic and tanh by one table: `tanh(x) = 2 / (1 + e^(-2x)) - 1`.

use super::tables::SIGMOID;
use crate::Error;
use crate::error::check_length;

/// How a code gets to the table's unit, in which 2^17 is 10 2/3: `(x · multiplier + half) >> shift`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unit {
    multiplier: i32,
    shift: u32,
}

impl Unit {
    /// From the scale of the codes. A power of two that is at most `exact` shifts above 2^-12 needs no rounding.
    ///
    /// # Errors
    /// [`Error::BadScale`] if the scale is above 2.66, for which codes do not fit the unit.
    fn new(scale: f32, exact: u32) -> Result<Self, Error> {
        for shift in 0..=exact {
            // Logarithms of the scale and of a power of two that differ by less than 0.001 count as equal.
            let ratio = f64::from(scale) * 4096.0 / f64::from(1 << shift);
            if 0.999_307_1 < ratio && ratio < 1.000_693_3 {
                return Ok(Self { multiplier: 3 << shift, shift: 0 });
            }
        }
        let (mut multiplier, mut shift) = (f64::from(scale) * 4096.0 * 3.0, 0);
        if multiplier >= 32768.0 {
            return Err(Error::BadScale { scale });
        }
        while multiplier <= 32767.0 / 2.0 && shift <= 30 {
            (multiplier, shift) = (multiplier * 2.0, shift + 1);
        }
        Ok(Self { multiplier: multiplier as i32, shift })
    }

    /// From a scale of `2^exponent`, exact or by a shift to the right.
    const fn power_of_two(exponent: i32) -> Self {
        let shift = exponent + 12;
        if shift < 0 {
            Self { multiplier: 3, shift: shift.unsigned_abs() }
        } else {
            Self { multiplier: 3 << shift, shift: 0 }
        }
    }

    #[inline]
    fn of(self, x: i16) -> i32 {
        let half = if self.shift > 0 { 1i32.wrapping_shl(self.shift - 1) } else { 0 };
        i32::from(x).wrapping_mul(self.multiplier).wrapping_add(half) >> self.shift.min(31)
    }

    /// `1 / (1 + e^-|x|)` in units of 2^-(16 + bits), a step of the table being `2^bits`.
    #[inline]
    fn sigmoid(x: i32, bits: u32) -> i32 {
        let magnitude = x.unsigned_abs();
        let index = (magnitude >> bits) as usize;
        let entry = |i: usize| SIGMOID.get(i).copied().map_or(65535, i32::from);
        let between = (magnitude & ((1 << bits) - 1)) as i32;
        (entry(index) << bits) + between * (entry(index + 1) - entry(index))
    }
}

/// 1 / (1 + e^-x); the output has scale 2^-15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logistic(Unit);

/// tanh; the output has scale 2^-15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tanh(Unit);

impl Logistic {
    /// For codes of this scale.
    ///
    /// # Errors
    /// [`Error::BadScale`] if it is above 2.66.
    pub fn new(scale: f32) -> Result<Self, Error> {
        Unit::new(scale, 0).map(Self)
    }

    /// For codes of scale 2^-12, as the gates of an LSTM have it.
    pub(crate) const GATE: Self = Self(Unit::power_of_two(-12));

    /// The function of one code.
    #[must_use]
    #[inline]
    pub fn code(self, x: i16) -> i16 {
        let x = self.0.of(x);
        // 255 steps and more are 1 - 2^-15.
        let value = if x.unsigned_abs() >> 9 >= 255 { 0x7FFF << 10 } else { Unit::sigmoid(x, 9) };
        let value = if x >= 0 { value + (1 << 9) } else { (1 << 25) - value + (1 << 9) - 1 };
        (value >> 10) as i16
    }

    /// The function of every code.
    ///
    /// # Errors
    /// [`Error::Length`] if the slices differ in length.
    pub fn run(self, input: &[i16], output: &mut [i16]) -> Result<(), Error> {
        each(input, output, |x| self.code(x))
    }
}

impl Tanh {
    /// For codes of this scale.
    ///
    /// # Errors
    /// [`Error::BadScale`] if it is above 2.66.
    pub fn new(scale: f32) -> Result<Self, Error> {
        Unit::new(scale, 1).map(Self)
    }

    /// For codes of scale `2^exponent`.
    pub(crate) const fn power_of_two(exponent: i32) -> Self {
        Self(Unit::power_of_two(exponent))
    }

    /// The function of one code.
    #[must_use]
    #[inline]
    pub fn code(self, x: i16) -> i16 {
        let x = self.0.of(x);
        let value = if x.unsigned_abs() >> 8 >= 255 { 0xFFFF << 8 } else { Unit::sigmoid(x, 8) };
        let one = value - (1 << 23);
        ((if x >= 0 { one + (1 << 7) } else { -one + (1 << 7) - 1 }) >> 8) as i16
    }

    /// The function of every code.
    ///
    /// # Errors
    /// [`Error::Length`] if the slices differ in length.
    pub fn run(self, input: &[i16], output: &mut [i16]) -> Result<(), Error> {
        each(input, output, |x| self.code(x))
    }
}

fn each(input: &[i16], output: &mut [i16], f: impl Fn(i16) -> i16) -> Result<(), Error> {
    check_length(input.len(), output.len())?;
    for (out, &x) in output.iter_mut().zip(input) {
        *out = f(x);
    }
    Ok(())
}
