//! The nearest posit of a real number that can only be compared.
//!
//! The standard's rule (section 4.1), word for word: an exact value stays; beyond maxPos and below minPos in
//! absolute value the result is ±maxPos and ±minPos; otherwise, with U and W the neighbouring patterns, above
//! the posit "U followed by a 1" take W, below it U, on it the one whose pattern is even.
//!
//! So one bisection over the positive patterns suffices: which borders does |x| lie above? Nothing has to be
//! known about x except how it compares with a rational number, so the same function rounds sums, quotients,
//! square roots and decimal text.

use crate::decode::{check_format, mask, nar, read};
use crate::dyadic::cmp_rational;
use crate::{Dyadic, dyadic::Sum};
use core::cmp::Ordering;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Pow;

/// The pattern nearest to a real `x`, where `compare(y)` answers how `x` compares with the number `y`.
///
/// The answers must belong to one real number; it need not be rational.
///
/// # Panics
/// If `n` is not in `2..=64` or `es` not in `0..=4`.
pub fn nearest_by_dyadic(n: u32, es: u32, mut compare: impl FnMut(Dyadic) -> Ordering) -> u64 {
    check_format(n, es);
    let sign = compare(Dyadic::ZERO);
    if sign.is_eq() {
        return 0;
    }
    // Largest p in 1..=maxPos such that |x| rounds to p or above.
    let (mut low, mut high) = (1, nar(n) - 1);
    while low < high {
        let p = low + (high - low).div_ceil(2);
        let border = read(n + 1, es, 2 * u128::from(p) - 1).unwrap_or(Dyadic::ZERO);
        let side = match sign {
            Ordering::Less => compare(-border).reverse(),
            _ => compare(border),
        };
        let reached = match side {
            Ordering::Greater => true,
            Ordering::Equal => p % 2 == 0,
            Ordering::Less => false,
        };
        if reached { low = p } else { high = p - 1 }
    }
    if sign.is_lt() { low.wrapping_neg() & mask(n) } else { low }
}

/// As [`nearest_by_dyadic`], with the borders given as fractions.
///
/// # Panics
/// If `n` is not in `2..=64` or `es` not in `0..=4`.
pub fn nearest_by(n: u32, es: u32, mut compare: impl FnMut(&BigRational) -> Ordering) -> u64 {
    nearest_by_dyadic(n, es, |y| compare(&y.to_rational()))
}

/// The pattern nearest to a fraction.
///
/// # Panics
/// If `n` is not in `2..=64` or `es` not in `0..=4`.
#[must_use]
pub fn nearest(n: u32, es: u32, x: &BigRational) -> u64 {
    nearest_by_dyadic(n, es, |y| cmp_rational(y, x).reverse())
}

/// The pattern nearest to a dyadic number.
///
/// # Panics
/// If `n` is not in `2..=64` or `es` not in `0..=4`.
#[must_use]
pub fn nearest_dyadic(n: u32, es: u32, x: Dyadic) -> u64 {
    nearest_by_dyadic(n, es, |y| x.cmp(&y))
}

/// The pattern nearest to a sum of dyadic numbers.
///
/// # Panics
/// If `n` is not in `2..=64` or `es` not in `0..=4`.
#[must_use]
pub fn nearest_sum(n: u32, es: u32, terms: &[Dyadic]) -> u64 {
    let sum = Sum::new(terms);
    nearest_by_dyadic(n, es, |y| sum.compare(y))
}

/// The pattern nearest to a decimal number such as `-12.5e-3`; `None` if the text is not one.
///
/// Accepted: an optional sign, digits with at most one point and at least one digit, an optional exponent
/// of up to five digits. `NaR` and other words are not numbers.
///
/// # Panics
/// If `n` is not in `2..=64` or `es` not in `0..=4`.
#[must_use]
pub fn nearest_decimal(n: u32, es: u32, text: &str) -> Option<u64> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok().filter(|e| e.abs() < 100_000)?),
        None => (text, 0),
    };
    let (negative, digits) = match number.as_bytes().first()? {
        b'-' => (true, &number[1..]),
        b'+' => (false, &number[1..]),
        _ => (false, number),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + fraction.len() == 0
        || !(whole.bytes().chain(fraction.bytes())).all(|c| c.is_ascii_digit())
    {
        return None;
    }
    let all: BigInt = format!("{whole}{fraction}").parse().ok()?;
    let scale = exponent - i32::try_from(fraction.len()).ok()?;
    let magnitude =
        BigRational::from_integer(all) * Pow::pow(BigRational::from_integer(BigInt::from(10)), scale);
    Some(nearest(n, es, &if negative { -magnitude } else { magnitude }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dyadic, value};

    #[test]
    fn every_pattern_is_its_own_nearest() {
        for es in 0..=4 {
            for n in 2..=12 {
                for bits in (0..1 << n).filter(|&b| b != nar(n)) {
                    let x = dyadic(n, es, bits).unwrap();
                    assert_eq!(nearest_dyadic(n, es, x), bits, "<{n},{es}> {bits:#x}");
                }
            }
            let mut g = crate::Generator::new(3);
            for n in 13..=64 {
                for _ in 0..100 {
                    let bits = g.pattern(n, es);
                    if let Some(x) = value(n, es, bits) {
                        assert_eq!(nearest(n, es, &x), bits, "<{n},{es}> {bits:#x}");
                    }
                }
            }
        }
    }

    #[test]
    fn borders_go_to_the_even_pattern_and_their_sides_to_their_sides() {
        for (n, es) in [(3, 0), (5, 1), (8, 0), (8, 2), (8, 4), (10, 3)] {
            for p in 1..nar(n) - 1 {
                let border = read(n + 1, es, 2 * u128::from(p) + 1).unwrap();
                let even = if p % 2 == 0 { p } else { p + 1 };
                assert_eq!(nearest_dyadic(n, es, border), even);
                let hair = Dyadic::new(1, -2000);
                assert_eq!(nearest_sum(n, es, &[border, hair]), p + 1);
                assert_eq!(nearest_sum(n, es, &[border, -hair]), p);
                assert_eq!(nearest_sum(n, es, &[-border, hair]), p.wrapping_neg() & mask(n));
            }
        }
    }

    #[test]
    fn saturates_and_never_vanishes() {
        for es in 0..=4 {
            for n in 2..=64 {
                let (min, max) = (1, nar(n) - 1);
                assert_eq!(nearest_dyadic(n, es, Dyadic::new(1, 5000)), max);
                assert_eq!(nearest_dyadic(n, es, Dyadic::new(1, -5000)), min);
                assert_eq!(nearest_dyadic(n, es, Dyadic::new(-1, 5000)), (nar(n) + 1) & mask(n));
                assert_eq!(nearest_dyadic(n, es, Dyadic::new(-1, -5000)), mask(n));
            }
        }
    }

    #[test]
    fn decimal_text() {
        // Texts that a detour through f64 rounds wrongly.
        assert_eq!(nearest_decimal(8, 0, "-0.8828125000000000000000000000000000000001"), Some(0xC7));
        assert_eq!(nearest_decimal(16, 1, "92160.0000000000000001"), Some(0x7FC7));
        assert_eq!(nearest_decimal(32, 2, "28.198364377021789550781250000001"), Some(0x630C_B201));
        assert_eq!(nearest_decimal(16, 1, "1e0"), Some(0x4000));
        assert_eq!(nearest_decimal(16, 1, "+.5"), nearest_decimal(16, 1, "5E-1"));
        for bad in ["", "-", ".", "1.2.3", "0x1", "1e", "e5", "NaR", "--1", "1-"] {
            assert_eq!(nearest_decimal(16, 1, bad), None, "{bad}");
        }
    }
}
