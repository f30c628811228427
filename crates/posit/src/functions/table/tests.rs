//! Every constant again, by other formulas and in plain fixed point: vectors of limbs, the first the whole
//! part, the others a fraction of 704 bits. Divisions by small numbers only.

extern crate std;

use super::{
    ARCTANGENT, Constant, FACTORIAL, LN_2, LN_10, LOG2_E, LOG10_2, LOG10_E, LOGARITHM, ODD, ONE_OVER_PI, PI,
    TWO_OVER_PI,
};
use std::vec;
use std::vec::Vec;

/// A number below 2^64: whole part, then fraction, highest limb first.
#[derive(Clone)]
struct Fixed(Vec<u64>);

impl Fixed {
    fn whole(x: u64, limbs: usize) -> Self {
        let mut v = vec![0; limbs + 1];
        v[0] = x;
        Self(v)
    }

    fn is_zero(&self) -> bool {
        self.0.iter().all(|&x| x == 0)
    }

    fn add(&self, other: &Self) -> Self {
        let mut sum = self.clone();
        let mut carry = 0;
        for (a, &b) in sum.0.iter_mut().zip(&other.0).rev() {
            let x = u128::from(*a) + u128::from(b) + carry;
            (*a, carry) = (x as u64, x >> 64);
        }
        sum
    }

    fn sub(&self, other: &Self) -> Self {
        let mut rest = self.clone();
        let mut borrow = 0;
        for (a, &b) in rest.0.iter_mut().zip(&other.0).rev() {
            let x = i128::from(*a) - i128::from(b) - borrow;
            (*a, borrow) = (x as u64, i128::from(x < 0));
        }
        rest
    }

    fn over(&self, by: u64) -> Self {
        let mut quotient = self.clone();
        let mut rest = 0;
        for a in &mut quotient.0 {
            let x = (rest << 64) | u128::from(*a);
            (*a, rest) = ((x / u128::from(by)) as u64, x % u128::from(by));
        }
        quotient
    }

    fn times(&self, by: u64) -> Self {
        let mut product = self.clone();
        let mut carry = 0;
        for a in product.0.iter_mut().rev() {
            let x = u128::from(*a) * u128::from(by) + carry;
            (*a, carry) = (x as u64, x >> 64);
        }
        product
    }

    /// The product, cut.
    fn product(&self, other: &Self) -> Self {
        let mut sum = Self::whole(0, self.0.len() - 1);
        for (i, &limb) in other.0.iter().enumerate() {
            let mut part = self.times(limb);
            // Overflow of the whole part only happens where a limb of fraction multiplies, and is kept here.
            let carry = ((u128::from(self.0[0]) * u128::from(limb)) >> 64) as u64;
            assert!(i > 0 || carry == 0);
            let over = overflow(self, limb);
            part.0.truncate(self.0.len() - i);
            let mut shifted = vec![0; i];
            shifted.extend(part.0);
            if i > 0 {
                shifted[i - 1] = over;
            }
            sum = sum.add(&Self(shifted));
        }
        sum
    }

    /// `sum of (sign)^k / ((2 k + 1) n^(2 k + 1))`: `atan(1 / n)` for a sign of -1, `atanh(1 / n)` for 1.
    /// The argument is `p / q`.
    fn inverse_tangent(p: u64, q: u64, alternating: bool, limbs: usize) -> Self {
        let mut power = Self::whole(p, limbs).over(q);
        let mut sum = power.clone();
        let mut k = 1;
        while !power.is_zero() {
            power = power.times(p).over(q).times(p).over(q);
            let term = power.over(2 * k + 1);
            sum = if alternating && k % 2 == 1 { sum.sub(&term) } else { sum.add(&term) };
            k += 1;
        }
        sum
    }

    /// Whether a constant is this number cut to 384 bits, but for the errors of the last limb here.
    fn check(&self, constant: &Constant, name: &str) {
        let zeros = self.0.iter().take_while(|&&x| x == 0).count();
        let bits = self.0[zeros].leading_zeros();
        let exponent = 63 - 64 * zeros as i32 - bits as i32;
        let mut limbs = [0; super::WIDTH];
        for (i, limb) in limbs.iter_mut().enumerate() {
            let next = self.0[zeros + i + 1];
            *limb = if bits == 0 {
                self.0[zeros + i]
            } else {
                (self.0[zeros + i] << bits) | (next >> (64 - bits))
            };
        }
        assert_eq!(constant.exponent, exponent, "{name}");
        assert_eq!(constant.limbs, limbs, "{name}");
    }
}

/// What leaves at the top when a number is multiplied by a limb.
fn overflow(x: &Fixed, by: u64) -> u64 {
    let mut carry = 0;
    for &a in x.0.iter().rev() {
        carry = (u128::from(a) * u128::from(by) + carry) >> 64;
    }
    carry as u64
}

const LIMBS: usize = 11;

/// Machin: `pi = 16 atan(1/5) - 4 atan(1/239)`.
fn pi(limbs: usize) -> Fixed {
    let a = Fixed::inverse_tangent(1, 5, true, limbs).times(16);
    a.sub(&Fixed::inverse_tangent(1, 239, true, limbs).times(4))
}

/// `ln 2 = 18 atanh(1/26) - 2 atanh(1/4801) + 8 atanh(1/8749)`.
fn ln_2(limbs: usize) -> Fixed {
    let t = |q| Fixed::inverse_tangent(1, q, false, limbs);
    t(26).times(18).sub(&t(4801).times(2)).add(&t(8749).times(8))
}

#[test]
fn factorials_and_odd_numbers() {
    // 1 / 83! is about 2^-413: 384 bits of it need 800.
    let mut x = Fixed::whole(1, 15);
    for (k, constant) in FACTORIAL.iter().enumerate() {
        if k > 0 {
            x = x.over(k as u64);
        }
        x.check(constant, "1 / k!");
    }
    for (k, constant) in ODD.iter().enumerate() {
        Fixed::whole(1, LIMBS).over(2 * k as u64 + 1).check(constant, "1 / (2 k + 1)");
    }
}

#[test]
fn logarithms() {
    ln_2(LIMBS).check(&LN_2, "ln 2");
    // ln(i / 64) = 2 atanh((i - 64) / (i + 64)).
    for (k, constant) in LOGARITHM.iter().enumerate() {
        let i = 45 + k as i64;
        assert_eq!(constant.negative, i < 64);
        if i == 64 {
            assert_eq!(constant.limbs, [0; super::WIDTH]);
        } else {
            let (p, q) = ((i - 64).unsigned_abs(), (i + 64).unsigned_abs());
            Fixed::inverse_tangent(p, q, false, LIMBS).times(2).check(constant, "ln (i / 64)");
        }
    }
    // ln 10 = 3 ln 2 + 2 atanh(1/9).
    let ln_10 = ln_2(LIMBS).times(3).add(&Fixed::inverse_tangent(1, 9, false, LIMBS).times(2));
    ln_10.check(&LN_10, "ln 10");
}

#[test]
fn arctangents() {
    pi(LIMBS).check(&PI, "pi");
    // Euler: atan(p/q) = sum of 2^2k (k!)^2 / (2 k + 1)! * (p/q) / (1 + p^2/q^2) * (p^2 / (p^2 + q^2))^k.
    for (k, constant) in ARCTANGENT.iter().enumerate().skip(1) {
        let (p, q) = (k as u64, 32);
        let mut term = Fixed::whole(p * q, LIMBS).over(p * p + q * q);
        let mut sum = term.clone();
        let mut j = 1;
        while !term.is_zero() {
            term = term.times(2 * j).over(2 * j + 1).times(p * p).over(p * p + q * q);
            sum = sum.add(&term);
            j += 1;
        }
        sum.check(constant, "atan(k / 32)");
    }
    assert_eq!(ARCTANGENT[0].limbs, [0; super::WIDTH]);
}

/// The number that a constant is cut from is within one unit above it, so `constant * other` and
/// `(constant + 1) * other` enclose `expected`.
fn check_product(constant: &Constant, other: &Fixed, expected: &Fixed, name: &str) {
    let limbs = other.0.len() - 1;
    let mut digits = vec![0];
    digits.extend(constant.limbs);
    digits.resize(limbs + 1, 0);
    // The limbs as a fraction are the constant times 2^-(exponent + 1).
    let fraction = Fixed(digits);
    let mut unit = Fixed::whole(0, limbs);
    unit.0[super::WIDTH] = 1;
    let scaled = if constant.exponent >= -1 {
        other.times(1 << (constant.exponent + 1))
    } else {
        other.over(1 << -(constant.exponent + 1))
    };
    let low = fraction.product(&scaled);
    let high = fraction.add(&unit).product(&scaled);
    assert!(low.0 <= expected.0 && expected.0 < high.0, "{name}");
}

#[test]
fn reciprocals() {
    let ln_10 = ln_2(LIMBS).times(3).add(&Fixed::inverse_tangent(1, 9, false, LIMBS).times(2));
    let one = Fixed::whole(1, LIMBS);
    check_product(&LOG2_E, &ln_2(LIMBS), &one, "1 / ln 2");
    check_product(&LOG10_E, &ln_10, &one, "1 / ln 10");
    check_product(&LOG10_2, &ln_10, &ln_2(LIMBS), "log10 2");
    check_product(&ONE_OVER_PI, &pi(LIMBS), &one, "1 / pi");
}

#[test]
fn two_over_pi() {
    let limbs = TWO_OVER_PI.len() + 2;
    let mut digits = vec![0];
    digits.extend(TWO_OVER_PI);
    digits.resize(limbs + 1, 0);
    let mut unit = Fixed::whole(0, limbs);
    unit.0[TWO_OVER_PI.len()] = 1;
    let (low, two, pi) = (Fixed(digits), Fixed::whole(2, limbs), pi(limbs));
    assert!(low.product(&pi).0 <= two.0 && two.0 < low.add(&unit).product(&pi).0);
}
