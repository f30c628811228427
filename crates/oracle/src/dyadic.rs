//! Numbers `m · 2^e` with integers `m` and `e`: every posit and every finite float is one, exactly.
//!
//! Comparison and the sign of a sum are exact at any distance of the exponents: in an `i128` where all terms
//! fit, in a big integer where they do not.

use core::cmp::Ordering;
use core::ops::{Mul, Neg};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

/// The number `mantissa · 2^exponent`.
///
/// Not normalised: 4 · 2^0 and 1 · 2^2 are the same number and compare equal.
#[derive(Clone, Copy, Debug)]
pub struct Dyadic {
    mantissa: i128,
    exponent: i32,
}

impl Dyadic {
    /// Zero.
    pub const ZERO: Self = Self::new(0, 0);

    /// `mantissa · 2^exponent`.
    #[must_use]
    pub const fn new(mantissa: i128, exponent: i32) -> Self {
        Self { mantissa, exponent }
    }

    /// The integer `m` of `m · 2^e`.
    #[must_use]
    pub const fn mantissa(self) -> i128 {
        self.mantissa
    }

    /// The integer `e` of `m · 2^e`.
    #[must_use]
    pub const fn exponent(self) -> i32 {
        self.exponent
    }

    /// The sign: how the number compares with zero.
    #[must_use]
    pub fn sign(self) -> Ordering {
        self.mantissa.cmp(&0)
    }

    /// The absolute value.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self::new(self.mantissa.abs(), self.exponent)
    }

    /// The same number as a fraction.
    #[must_use]
    pub fn to_rational(self) -> BigRational {
        let power = BigInt::one() << self.exponent.unsigned_abs() as usize;
        if self.exponent >= 0 {
            BigRational::from_integer(BigInt::from(self.mantissa) * power)
        } else {
            BigRational::new(BigInt::from(self.mantissa), power)
        }
    }

    /// Position of the highest bit of the absolute value: `2^top <= |x| < 2^(top + 1)`. Meaningless for zero.
    fn top(self) -> i64 {
        127 - i64::from(self.mantissa.unsigned_abs().leading_zeros()) + i64::from(self.exponent)
    }
}

impl Neg for Dyadic {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.mantissa, self.exponent)
    }
}

impl Mul for Dyadic {
    type Output = Self;
    /// The exact product.
    ///
    /// # Panics
    /// If the product of the mantissas leaves an `i128`: two 63-bit significands always fit.
    fn mul(self, other: Self) -> Self {
        let mantissa = self.mantissa.checked_mul(other.mantissa);
        let exponent = self.exponent.checked_add(other.exponent);
        Self::new(
            mantissa.expect("mantissas of more than 127 bits"),
            exponent.expect("exponents beyond an i32"),
        )
    }
}

impl PartialEq for Dyadic {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Dyadic {}

impl PartialOrd for Dyadic {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Dyadic {
    /// Comparison of values: sign, then highest bit, then the mantissas shifted to the same highest bit.
    fn cmp(&self, other: &Self) -> Ordering {
        let signs = self.sign().cmp(&other.sign());
        if signs.is_ne() || self.mantissa == 0 {
            return signs;
        }
        let (a, b) = (self.mantissa.unsigned_abs(), other.mantissa.unsigned_abs());
        let magnitudes = self
            .top()
            .cmp(&other.top())
            .then_with(|| (a << a.leading_zeros()).cmp(&(b << b.leading_zeros())));
        if self.mantissa > 0 { magnitudes } else { magnitudes.reverse() }
    }
}

/// The sign of an exact sum of dyadic numbers.
#[must_use]
pub fn sign_of_sum(terms: &[Dyadic]) -> Ordering {
    match small_sum(terms) {
        Some(sum) => sum.sign(),
        None => integer_sum(terms).0.cmp(&BigInt::zero()),
    }
}

/// The exact sum, if it fits: up to 16 terms whose bits lie within 120 places of each other.
fn small_sum(terms: &[Dyadic]) -> Option<Dyadic> {
    let present = || terms.iter().filter(|t| t.mantissa != 0);
    let low = present().map(|t| t.exponent).min().unwrap_or(0);
    let high = present().map(|t| t.top()).max().unwrap_or(0);
    // Each shifted term is below 2^(high - low + 1), so 16 of them stay below 2^126.
    if terms.len() > 16 || high - i64::from(low) > 120 {
        return None;
    }
    Some(Dyadic::new(present().map(|t| t.mantissa << (t.exponent - low)).sum(), low))
}

/// An exact sum of dyadic numbers, to be compared many times.
#[derive(Clone, Debug)]
pub enum Sum {
    /// All of its bits lie close together.
    Small(Dyadic),
    /// `integer · 2^exponent` of any width.
    Wide {
        /// The integer.
        integer: BigInt,
        /// The exponent.
        exponent: i32,
    },
}

impl Sum {
    /// The sum of these terms.
    #[must_use]
    pub fn new(terms: &[Dyadic]) -> Self {
        small_sum(terms).map_or_else(
            || {
                let (integer, exponent) = integer_sum(terms);
                Self::Wide { integer, exponent }
            },
            Self::Small,
        )
    }

    /// How the sum compares with a number: sign, then highest bit, then all bits.
    #[must_use]
    pub fn compare(&self, y: Dyadic) -> Ordering {
        let (integer, exponent) = match self {
            Self::Small(x) => return x.cmp(&y),
            Self::Wide { integer, exponent } => (integer, *exponent),
        };
        let sign = integer.cmp(&BigInt::zero());
        if sign != y.sign() || sign.is_eq() {
            return sign.cmp(&y.sign());
        }
        let tops = (integer.bits() as i64 - 1 + i64::from(exponent)).cmp(&y.top());
        if tops.is_ne() {
            return if sign.is_gt() { tops } else { tops.reverse() };
        }
        let shift = i64::from(y.exponent) - i64::from(exponent);
        let other = BigInt::from(y.mantissa);
        if shift >= 0 { integer.cmp(&(other << shift)) } else { (integer << -shift).cmp(&other) }
    }
}

/// The exact sum as a fraction.
#[must_use]
pub fn sum(terms: &[Dyadic]) -> BigRational {
    let (total, low) = integer_sum(terms);
    let power = BigInt::one() << low.unsigned_abs() as usize;
    if low >= 0 { BigRational::from_integer(total * power) } else { BigRational::new(total, power) }
}

/// The exact sum as `integer · 2^exponent`.
fn integer_sum(terms: &[Dyadic]) -> (BigInt, i32) {
    let low = terms.iter().map(|t| t.exponent).min().unwrap_or(0);
    (terms.iter().map(|t| BigInt::from(t.mantissa) << (t.exponent - low) as usize).sum(), low)
}

/// How a dyadic number compares with a fraction, by cross multiplication.
#[must_use]
pub fn cmp_rational(x: Dyadic, y: &BigRational) -> Ordering {
    debug_assert!(y.denom().is_positive());
    let left = BigInt::from(x.mantissa) * y.denom();
    let shift = x.exponent.unsigned_abs() as usize;
    if x.exponent >= 0 { (left << shift).cmp(y.numer()) } else { left.cmp(&(y.numer() << shift)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_as_fractions_do() {
        let mut g = crate::Generator::new(1);
        for _ in 0..20_000 {
            let mut draw = || {
                Dyadic::new(
                    i128::from(g.next_u64() as i64) >> (g.next_u64() % 64),
                    (g.next_u64() % 300) as i32 - 150,
                )
            };
            let (a, b, c) = (draw(), draw(), draw());
            assert_eq!(a.cmp(&b), a.to_rational().cmp(&b.to_rational()), "{a:?} {b:?}");
            assert_eq!(cmp_rational(a, &b.to_rational()), a.cmp(&b), "{a:?} {b:?}");
            let exact = a.to_rational() + b.to_rational() + c.to_rational();
            assert_eq!(sign_of_sum(&[a, b, c]), exact.cmp(&BigRational::zero()), "{a:?} {b:?} {c:?}");
            assert_eq!(sum(&[a, b, c]), exact);
            let partial = a.to_rational() + b.to_rational();
            assert_eq!(Sum::new(&[a, b]).compare(c), partial.cmp(&c.to_rational()), "{a:?} {b:?} {c:?}");
        }
        assert_eq!(Dyadic::new(4, 0), Dyadic::new(1, 2));
        assert_eq!(Dyadic::new(0, 7), Dyadic::ZERO);
    }

    #[test]
    fn sums_see_terms_far_below_the_rest() {
        let (big, tiny) = (Dyadic::new(1, 900), Dyadic::new(1, -900));
        assert_eq!(sign_of_sum(&[big, -big, tiny]), Ordering::Greater);
        assert_eq!(sign_of_sum(&[big, -big, -tiny]), Ordering::Less);
        assert_eq!(sign_of_sum(&[big, -big]), Ordering::Equal);
        assert_eq!(sign_of_sum(&[]), Ordering::Equal);
    }
}
