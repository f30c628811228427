//! Fixed point as the literature compares it with posits: `BITS` bits, `FRACTION` of them behind the point, saturating.

use core::ops::{Add, Mul};
use num_traits::{ToPrimitive, Zero};

/// `code · 2^-FRACTION`, with `code` in `-2^(BITS-1) ..= 2^(BITS-1) - 1`. `Fixed<8, 6>` reaches from -2 to 1.984.
///
/// Rounds half to even and saturates.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Fixed<const BITS: u32, const FRACTION: u32>(i32);

impl<const BITS: u32, const FRACTION: u32> Fixed<BITS, FRACTION> {
    const MAX: i64 = (1 << (BITS - 1)) - 1;

    /// Codes in one.
    fn units() -> f64 {
        f64::from(1_u32 << FRACTION)
    }

    fn saturate(code: i64) -> Self {
        Self(code.clamp(-Self::MAX - 1, Self::MAX) as i32)
    }

    /// The exact product, in units of `2^(-2 FRACTION)`.
    pub(crate) fn product(self, other: Self) -> i64 {
        i64::from(self.0) * i64::from(other.0)
    }

    /// The same number in units of `2^(-2 FRACTION)`.
    pub(crate) fn to_product(self) -> i64 {
        i64::from(self.0) << FRACTION
    }

    /// The nearest number, half to even: `0b0110.10` with two bits of fraction to drop is 6, `0b0111.10` is 8.
    pub(crate) fn from_product(units: i64) -> Self {
        if FRACTION == 0 {
            return Self::saturate(units);
        }
        let odd = (units >> FRACTION) & 1;
        Self::saturate((units + (1 << (FRACTION - 1)) - 1 + odd) >> FRACTION)
    }
}

impl<const BITS: u32, const FRACTION: u32> Add for Fixed<BITS, FRACTION> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::saturate(i64::from(self.0) + i64::from(other.0))
    }
}

impl<const BITS: u32, const FRACTION: u32> Mul for Fixed<BITS, FRACTION> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self::from_product(self.product(other))
    }
}

impl<const BITS: u32, const FRACTION: u32> Zero for Fixed<BITS, FRACTION> {
    fn zero() -> Self {
        Self(0)
    }

    fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

impl<const BITS: u32, const FRACTION: u32> ToPrimitive for Fixed<BITS, FRACTION> {
    fn to_i64(&self) -> Option<i64> {
        Some(i64::from(self.0) >> FRACTION)
    }

    fn to_u64(&self) -> Option<u64> {
        self.to_i64()?.to_u64()
    }

    fn to_f64(&self) -> Option<f64> {
        Some(f64::from(self.0) / Self::units())
    }
}

impl<const BITS: u32, const FRACTION: u32> num_traits::NumCast for Fixed<BITS, FRACTION> {
    fn from<T: ToPrimitive>(n: T) -> Option<Self> {
        let scaled = n.to_f64()? * Self::units();
        // The cast saturates; a NaN has no nearest number.
        (!scaled.is_nan()).then(|| Self::saturate(scaled.round_ties_even() as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every product of `Fixed<6, 4>` against the nearest multiple of 2^-4 found by search.
    #[test]
    fn products_are_nearest() {
        for a in -32..32 {
            for b in -32..32 {
                let exact = f64::from(a * b) / 256.0;
                let nearest = (-32..32)
                    .min_by(|x: &i32, y: &i32| {
                        let away = |x: i32| (f64::from(x) / 16.0 - exact).abs();
                        away(*x).total_cmp(&away(*y)).then((x & 1).cmp(&(y & 1)))
                    })
                    .expect("there are numbers");
                assert_eq!((Fixed::<6, 4>(a) * Fixed::<6, 4>(b)).0, nearest, "{a} {b}");
            }
        }
    }

    #[test]
    fn saturates_and_refuses_nan() {
        let max: Fixed<8, 6> = num_traits::cast(9.0).expect("a number");
        assert_eq!((max.0, (max + max).0), (127, 127));
        assert!(num_traits::cast::<f32, Fixed<8, 6>>(f32::NAN).is_none());
    }
}
