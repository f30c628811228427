//! A real factor as an integer and a power of two, and the two rounding steps of fixed-point arithmetic.
//!
//! Worked example, the factor 0.3: `0.3 = 0.6 · 2^-1`, and `0.6 · 2^31` rounds to `1288490189`, so
//! `Multiplier { mantissa: 1288490189, exponent: -1 }`. A device multiplies an accumulator by it without a
//! float: 1000 · 0.3 is a high product (`1000 · 1288490189 / 2^31 = 600`) and a shift (`600 / 2 = 300`).
//!
//! The names and the rounding are those of gemmlowp, on which TensorFlow Lite for Microcontrollers and
//! CMSIS-NN rest.

use crate::Error;

/// The real number `mantissa · 2^(exponent − 31)`: what an image stores and a device multiplies by.
///
/// Either both fields are 0, or the mantissa is in `1..2^31` and the exponent in `-31..=31`.
/// [`from_real`](Self::from_real) makes mantissas of at least 2^30; folding a division in (as the mean over
/// `n` values does) makes smaller ones.
///
/// Eight bytes in memory: the mantissa, then the exponent, then three that are not used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(C)]
pub struct Multiplier {
    mantissa: i32,
    exponent: i8,
}

impl Multiplier {
    /// The factor 0.
    pub const ZERO: Self = Self { mantissa: 0, exponent: 0 };

    /// The nearest multiplier of a real factor: TensorFlow Lite's `QuantizeMultiplier`.
    ///
    /// The mantissa is rounded to 31 bits, half up. A factor below 2^-32 gives [`Multiplier::ZERO`].
    ///
    /// # Errors
    /// [`Error::BadFactor`] if `real` is negative, NaN, or 2^31 and more.
    pub const fn from_real(real: f64) -> Result<Self, Error> {
        if !(real >= 0.0 && real < 2_147_483_648.0) {
            return Err(Error::BadFactor { real });
        }
        if real == 0.0 {
            return Ok(Self::ZERO); // of either sign
        }
        let (significand, exponent) = frexp(real);
        // Half away from zero, of a number that is not negative.
        let rounded = (significand + (1 << 21)) >> 22;
        let (mantissa, exponent) =
            if rounded == 1 << 31 { (1 << 30, exponent + 1) } else { (rounded, exponent) };
        if exponent < -31 {
            return Ok(Self::ZERO);
        }
        if exponent > 31 {
            return Err(Error::BadFactor { real }); // rounded up to 2^31
        }
        Ok(Self { mantissa: mantissa as i32, exponent: exponent as i8 })
    }

    /// A multiplier from its two fields, as stored in an image: `mantissa · 2^(exponent − 31)`.
    ///
    /// # Errors
    /// [`Error::BadMultiplier`] unless the mantissa is not negative and the exponent in `-31..=31`.
    pub const fn from_parts(mantissa: i32, exponent: i32) -> Result<Self, Error> {
        if mantissa < 0 || exponent < -31 || exponent > 31 {
            return Err(Error::BadMultiplier { mantissa, exponent });
        }
        if mantissa == 0 {
            return Ok(Self::ZERO);
        }
        Ok(Self { mantissa, exponent: exponent as i8 })
    }

    /// The integer `m` of `m · 2^(e − 31)`.
    #[must_use]
    pub const fn mantissa(self) -> i32 {
        self.mantissa
    }

    /// The exponent `e` of `m · 2^(e − 31)`: positive shifts left, negative right.
    #[must_use]
    pub const fn exponent(self) -> i32 {
        self.exponent as i32
    }

    /// `accumulator · factor` for the 64-bit accumulators of 16-bit activations, with 16 bits of the mantissa, rounded
    /// once, half up.
    ///
    /// Bits beyond 32 are lost, as they are on the device. Worked example: 0.3 has the mantissa 1288490189, so 19661
    /// in 16 bits, and 10 · 0.3 is `(10 · 19661 + 2^15) >> 16 = 3`.
    #[must_use]
    #[inline]
    pub const fn apply_wide(self, accumulator: i64) -> i32 {
        let mantissa = if self.mantissa < 0x7FFF_0000 { (self.mantissa + (1 << 15)) >> 16 } else { 0x7FFF };
        let product = accumulator.wrapping_mul(mantissa as i64);
        let shift = 15 - self.exponent();
        if shift <= 0 {
            return product.wrapping_shl(shift.unsigned_abs()) as i32;
        }
        (product.wrapping_add(1 << (shift - 1)) >> shift) as i32
    }

    /// The factor divided by `count`, with as many bits kept as the exponent leaves room for.
    ///
    /// The mantissa is truncated, as the mean of TensorFlow Lite does; a `count` of 0 divides by nothing.
    #[must_use]
    pub const fn divided_by(self, count: u32) -> Self {
        if count == 0 {
            return self;
        }
        let mut shift = 31 - count.leading_zeros() as i32;
        if shift > 31 + self.exponent() {
            shift = 31 + self.exponent();
        }
        let mantissa = ((self.mantissa as i64) << shift) / count as i64;
        if mantissa == 0 {
            return Self::ZERO;
        }
        Self { mantissa: mantissa as i32, exponent: self.exponent - shift as i8 }
    }
}

/// `real = significand · 2^(exponent − 53)` with a significand of exactly 53 bits; (0, 0) for zero.
///
/// For a finite number that is not negative.
pub(crate) const fn frexp(real: f64) -> (u64, i32) {
    let bits = real.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    match (bits >> 52) as i32 {
        0 if fraction == 0 => (0, 0),
        0 => {
            let shift = fraction.leading_zeros() - 11;
            (fraction << shift, -1021 - shift as i32)
        }
        field => (fraction | 1 << 52, field - 1022),
    }
}

/// `a · b / 2^31`, rounded half up; the one product that does not fit, of two `-2^31`, saturates.
///
/// gemmlowp writes this with a nudge that depends on the sign and a truncating division; for every pair the
/// result is the same.
#[must_use]
#[inline]
pub const fn saturating_rounding_doubling_high_mul(a: i32, b: i32) -> i32 {
    if a == i32::MIN && b == i32::MIN {
        return i32::MAX;
    }
    ((a as i64 * b as i64 + (1 << 30)) >> 31) as i32
}

/// `x / 2^n`, rounded half away from zero. `n` above 31 is legal: the quotient is what it is, −1 or 0.
#[must_use]
#[inline]
pub const fn rounding_divide_by_power_of_two(x: i32, n: u32) -> i32 {
    if n > 31 {
        // |x| <= 2^31, so |x| / 2^32 is a half at most, and that only for -2^31.
        return if n == 32 && x == i32::MIN { -1 } else { 0 };
    }
    // In 32 bits: the remainder against half of 2^n, a tie counting for negative numbers only as "below".
    let mask = ((1u32 << n) - 1) as i32;
    let threshold = (mask >> 1) + (x < 0) as i32;
    (x >> n) + ((x & mask) > threshold) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::println;

    /// SplitMix64, with a share of values near the powers of two.
    fn draw(state: &mut u64) -> i32 {
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        match z % 4 {
            0 => (1i32.wrapping_shl((z >> 8) as u32 % 32)).wrapping_add((z >> 16) as i32 % 3),
            1 => (z >> 32) as i32 >> ((z >> 8) as u32 % 32),
            _ => (z >> 32) as i32,
        }
    }

    /// `round_half_up(numerator / 2^n)` and `round_half_away`, in i128 from the definition.
    fn half_up(numerator: i128, n: u32) -> i128 {
        (2 * numerator + (1 << n)).div_euclid(2 << n)
    }

    fn half_away(numerator: i128, n: u32) -> i128 {
        half_up(numerator.abs(), n) * numerator.signum()
    }

    #[test]
    fn high_product_is_its_definition() {
        let mut state = 1;
        let edges = [i32::MIN, i32::MIN + 1, -(1 << 30), -1, 0, 1, 1 << 30, i32::MAX - 1, i32::MAX];
        let random = (0..3_000_000).map(|_| (draw(&mut state), draw(&mut state)));
        let pairs = edges.into_iter().flat_map(|a| edges.map(|b| (a, b))).chain(random);
        let mut count = 0;
        for (a, b) in pairs {
            let want = half_up(i128::from(a) * i128::from(b), 31).min(i128::from(i32::MAX));
            assert_eq!(i128::from(saturating_rounding_doubling_high_mul(a, b)), want, "{a} {b}");
            count += 1;
        }
        println!("high product: {count} pairs, 0 mismatches");
    }

    /// gemmlowp's own words: a nudge by the sign of the product, then a division that truncates.
    #[test]
    fn high_product_is_gemmlowps() {
        let mut state = 2;
        for _ in 0..1_000_000 {
            let (a, b) = (draw(&mut state), draw(&mut state));
            if (a, b) != (i32::MIN, i32::MIN) {
                let product = i64::from(a) * i64::from(b);
                let nudge = if product >= 0 { 1 << 30 } else { 1 - (1 << 30) };
                let want = ((product + nudge) / (1 << 31)) as i32;
                assert_eq!(saturating_rounding_doubling_high_mul(a, b), want, "{a} {b}");
            }
        }
    }

    #[test]
    fn division_is_its_definition() {
        let mut state = 3;
        let mut count = 0;
        for n in 0..=40 {
            // All of 16 bits, then all magnitudes, then the ends.
            let small = (-70_000..70_000).chain([i32::MIN, i32::MIN + 1, i32::MAX, i32::MAX - 1]);
            for x in small.chain((0..20_000).map(|_| draw(&mut state))) {
                let want = half_away(i128::from(x), n);
                assert_eq!(i128::from(rounding_divide_by_power_of_two(x, n)), want, "{x} / 2^{n}");
                count += 1;
            }
        }
        println!("division: {count} cases, 0 mismatches");
    }

    #[test]
    fn multipliers_of_known_factors() {
        let of = |real| Multiplier::from_real(real).map(|m| (m.mantissa(), m.exponent()));
        assert_eq!(of(0.3), Ok((1_288_490_189, -1)));
        assert_eq!(of(1.0), Ok((1 << 30, 1)));
        assert_eq!(of(0.5), Ok((1 << 30, 0)));
        assert_eq!(of(0.0), Ok((0, 0)));
        assert_eq!(of(-0.0), Ok((0, 0)));
        assert_eq!(of(f64::from_bits(0x3FEF_FFFF_FFFF_FFFF)), Ok((1 << 30, 1))); // carries into the exponent
        assert_eq!(of(2f64.powi(-32)), Ok((1 << 30, -31)));
        assert_eq!(of(2f64.powi(-33)), Ok((0, 0)));
        assert_eq!(of(5e-324), Ok((0, 0)));
        assert_eq!(of(2_147_483_647.0), Ok((i32::MAX, 31)));
        for bad in [-1.0, f64::NAN, f64::INFINITY, 2_147_483_648.0, 2_147_483_647.9] {
            assert!(matches!(Multiplier::from_real(bad), Err(Error::BadFactor { .. })), "{bad}");
        }
    }

    #[test]
    fn multipliers_are_nearest() {
        let mut state = 4;
        for _ in 0..200_000 {
            let real = f64::from(draw(&mut state).unsigned_abs()) * 2f64.powi(draw(&mut state) % 30);
            let real = real + f64::from(draw(&mut state).unsigned_abs()) * real * 1e-12;
            let Ok(m) = Multiplier::from_real(real) else { continue };
            let back = f64::from(m.mantissa()) * 2f64.powi(m.exponent() - 31);
            assert!(
                m == Multiplier::ZERO || (back - real).abs() <= 2f64.powi(m.exponent() - 32),
                "{real:e} {m:?}"
            );
        }
    }

    #[test]
    fn parts_are_checked() {
        for (mantissa, exponent) in [(-1, 0), (i32::MIN, 0), (1, 32), (1, -32)] {
            assert_eq!(
                Multiplier::from_parts(mantissa, exponent),
                Err(Error::BadMultiplier { mantissa, exponent })
            );
        }
        assert_eq!(Multiplier::from_parts(0, 9), Ok(Multiplier::ZERO));
    }
}
