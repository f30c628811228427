//! Binary floats: their exact values, and the nearest float of a dyadic number, again as a question.
//!
//! A float pattern without its sign is a counter: pattern + 1 is the next value, through the subnormals and
//! up to infinity, which stands where the next power of two would be. So the nearest float is found like the
//! nearest posit, only with the arithmetic midpoint as the border and with zero as a legal result.

use crate::Dyadic;
use crate::decode::{dyadic, nar};
use crate::nearest::nearest_dyadic;
use core::cmp::Ordering;

/// The exact value of an `f64`; `None` for infinities and NaN.
#[must_use]
pub fn of_f64(x: f64) -> Option<Dyadic> {
    x.is_finite().then(|| {
        let magnitude = binary_value(52, 1023, x.to_bits() & (u64::MAX >> 1));
        if x.is_sign_negative() { -magnitude } else { magnitude }
    })
}

/// The posit nearest to an `f64`; infinities and NaN give NaR, both zeros give 0 (standard, section 6.5).
///
/// # Panics
/// On a format outside `N` in `2..=64`, `ES` in `0..=4`.
#[must_use]
pub fn posit_of_f64(n: u32, es: u32, x: f64) -> u64 {
    of_f64(x).map_or(nar(n), |x| nearest_dyadic(n, es, x))
}

/// The `f64` nearest to a posit, ties to even, through subnormals to zero; NaR gives NaN.
///
/// # Panics
/// On a format outside `N` in `2..=64`, `ES` in `0..=4`.
#[must_use]
pub fn posit_to_f64(n: u32, es: u32, bits: u64) -> f64 {
    dyadic(n, es, bits).map_or(f64::NAN, to_f64)
}

/// The `f32` nearest to a posit, ties to even, through subnormals to zero; NaR gives NaN.
///
/// # Panics
/// On a format outside `N` in `2..=64`, `ES` in `0..=4`.
#[must_use]
pub fn posit_to_f32(n: u32, es: u32, bits: u64) -> f32 {
    dyadic(n, es, bits).map_or(f32::NAN, to_f32)
}

/// The `f64` nearest to a dyadic number, ties to even; beyond the range the infinities.
#[must_use]
pub fn to_f64(x: Dyadic) -> f64 {
    let magnitude = f64::from_bits(nearest_binary(52, 1023, x.abs()));
    if x.sign().is_lt() { -magnitude } else { magnitude }
}

/// The `f32` nearest to a dyadic number, ties to even; beyond the range the infinities.
#[must_use]
pub fn to_f32(x: Dyadic) -> f32 {
    let magnitude = f32::from_bits(nearest_binary(23, 127, x.abs()) as u32);
    if x.sign().is_lt() { -magnitude } else { magnitude }
}

/// The value of a sign-free float pattern; the pattern of infinity reads as the next power of two.
fn binary_value(fraction_bits: u32, bias: i32, bits: u64) -> Dyadic {
    let (field, fraction) = (bits >> fraction_bits, bits & ((1 << fraction_bits) - 1));
    let unit = 1 - bias - fraction_bits as i32;
    match field {
        0 => Dyadic::new(i128::from(fraction), unit),
        _ => Dyadic::new(i128::from(fraction | 1 << fraction_bits), unit + field as i32 - 1),
    }
}

/// The sign-free float pattern nearest to a number that is not negative.
fn nearest_binary(fraction_bits: u32, bias: i32, x: Dyadic) -> u64 {
    let infinity = (2 * bias as u64 + 1) << fraction_bits;
    let (mut low, mut high) = (0, infinity);
    while low < high {
        let p = low + (high - low).div_ceil(2);
        // Midpoint of p - 1 and p: both have the step of p - 1, so it is p - 1 and half that step.
        let below = binary_value(fraction_bits, bias, p - 1);
        let midpoint = Dyadic::new(2 * below.mantissa() + 1, below.exponent() - 1);
        let reached = match x.cmp(&midpoint) {
            Ordering::Greater => true,
            Ordering::Equal => p % 2 == 0,
            Ordering::Less => false,
        };
        if reached { low = p } else { high = p - 1 }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_their_own_nearest() {
        let mut g = crate::Generator::new(5);
        for x in [0.0, -0.0, 1.0, -1.5, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e300, -1e-310] {
            assert_eq!(to_f64(of_f64(x).unwrap()), x);
        }
        for _ in 0..20_000 {
            let x = f64::from_bits(g.next_u64());
            if let Some(exact) = of_f64(x) {
                assert_eq!(to_f64(exact), x);
                assert_eq!(to_f32(exact), x as f32, "{x:e}"); // the cast rounds to nearest even
            }
        }
        for _ in 0..20_000 {
            let x = f32::from_bits(g.next_u64() as u32);
            if let Some(exact) = of_f64(f64::from(x)) {
                assert_eq!(to_f32(exact), x);
            }
        }
    }

    #[test]
    fn integers_round_as_casts_do() {
        let mut g = crate::Generator::new(6);
        for _ in 0..20_000 {
            let x = g.next_u64() >> (g.next_u64() % 64);
            assert_eq!(to_f64(Dyadic::new(i128::from(x), 0)), x as f64);
            assert_eq!(to_f32(Dyadic::new(i128::from(x), 0)), x as f32);
        }
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!(to_f64(Dyadic::new(1, 1024)), f64::INFINITY);
        assert_eq!(to_f64(Dyadic::new((1 << 54) - 1, 970)), f64::INFINITY); // halfway to 2^1024 goes up
        assert_eq!(to_f64(Dyadic::new((1 << 55) - 3, 969)), f64::MAX);
        assert_eq!(to_f64(Dyadic::new(1, -1075)), 0.0); // tie to even
        assert_eq!(to_f64(Dyadic::new(3, -1076)), 5e-324);
        assert_eq!(to_f64(Dyadic::new(-1, -5000)).to_bits(), (-0.0f64).to_bits());
    }

    #[test]
    fn known_patterns() {
        let from = |n, es, bits: u64| posit_of_f64(n, es, f64::from_bits(bits));
        assert_eq!(from(16, 1, 0xBECD_0000_0000_0001), 0xFFE1);
        assert_eq!(from(16, 1, 0x3E92_0000_0000_0001), 0x0009);
        assert_eq!(from(16, 1, 0x3EC1_0000_0000_0001), 0x0019);
        assert_eq!(from(32, 2, 0x398A_0000_0000_0001), 0x17);
        assert_eq!(from(32, 2, 0x4750_0000_0000_0001), 0x7FFF_FFFF);
        assert_eq!(from(32, 2, 0x433F_FFA0_0000_0001), 0x7FFE_3FFF);
        assert_eq!(posit_of_f64(16, 1, 134_221_168.0), 0x7FFF);
        assert_eq!(posit_of_f64(16, 1, f64::INFINITY), 0x8000);
        assert_eq!(posit_of_f64(16, 1, 1e300), 0x7FFF);
        assert_eq!(posit_to_f64(64, 2, 0x57FF_FFFF_FFFF_FFFE), 8.0);
        assert_eq!(posit_to_f64(64, 2, 0x47FF_FFFF_FFFF_FFFF), 2.0);
        assert_eq!(posit_to_f64(64, 2, 0x7F5F_FFFF_FFFF_FFFF), (1u64 << 27) as f64);
        assert_eq!(posit_to_f64(64, 3, 0xEE00_0000_0000_0002), -(0.5f64.powi(15)));
        assert!(posit_to_f64(16, 1, 0x8000).is_nan());
    }
}
