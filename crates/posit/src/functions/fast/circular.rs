//! Sine, cosine and tangent: an angle to quadrants, and two series up to `pi / 4`.

use super::{Real, down, high};
use crate::functions::angle::{Turn, digits, turn};
use crate::functions::limbs;
use crate::kernel::unpacked::Unpacked;

/// `pi / 2` in units of `2^-63`.
const HALF_PI: u64 = 0xC90F_DAA2_2168_C235;

/// `1 / (2 k + 1)!` for `k = 1..=7`, in units of `2^-64`.
const SIN: [u64; 7] = [
    0x2AAA_AAAA_AAAA_AAAB,
    0x222_2222_2222_2222,
    0xD_00D0_0D00_D00D,
    0x2E3B_C74A_AD8E,
    0x6B_9915_9FD5,
    0xB092_309D,
    0xD7_3F9F,
];
/// `1 / (2 k)!` for `k = 1..=8`, in units of `2^-64`.
const COS: [u64; 8] = [
    0x8000_0000_0000_0000,
    0xAAA_AAAA_AAAA_AAAB,
    0x5B_05B0_5B05_B05B,
    0x1_A01A_01A0_1A02,
    0x49F_93ED_DE28,
    0x8_F76C_77FC,
    0xC9C_BA54,
    0xD_73FA,
];

/// The quadrant modulo 4, and the rest of at most `pi / 4` in magnitude.
#[derive(Clone, Copy)]
struct Angle {
    quadrant: u32,
    rest: Real,
}

/// The angle of `x` radian, for a significand of 32 bits.
///
/// As in [`radian`](crate::functions::angle::radian), with `x = m 2^s`, `m < 2^32`, and 128 digits of `2 / pi`
/// from the first that matters on: the digits behind are worth less than `2^32` units of `2^-126`. A fraction
/// below `2^-42` is not known; elsewhere it is off by `2^-52` of itself.
#[inline(always)]
const fn radian(x: Unpacked) -> Angle {
    if x.exponent < -1 {
        return Angle { quadrant: 0, rest: Real::exact(x) };
    }
    let m = x.significand >> 32;
    let start = x.exponent - 33;
    let (carry, low) = limbs::multiply(m, digits(start, 1), 0, 0);
    let top = m.wrapping_mul(digits(start, 0)).wrapping_add(carry);
    // Two bits of quadrant and 126 of fraction, rounded to the nearest quadrant.
    let quadrant = (top.wrapping_add(1 << 61) >> 62) as u32;
    let signed = top.wrapping_sub((quadrant as u64) << 62);
    let below = signed >> 63 != 0;
    let (low, high) = if below {
        let (low, borrow) = 0u64.overflowing_sub(low);
        (low, 0u64.wrapping_sub(signed).wrapping_sub(borrow as u64))
    } else {
        (low, signed)
    };
    let zeros = high.leading_zeros();
    let fraction = if zeros > 43 {
        Real::UNKNOWN
    } else {
        let significand = (high << zeros) | ((low >> 1) >> (63 - zeros));
        Real { negative: below != x.negative, exponent: 1 - zeros as i32, significand }
    };
    let quadrant = if x.negative { quadrant.wrapping_neg() } else { quadrant };
    Angle { quadrant: quadrant & 3, rest: fraction.times(HALF_PI, 0) }
}

/// The angle of `x pi`.
#[inline(always)]
const fn multiple(x: Unpacked) -> Angle {
    let Turn { quadrant, negative, fraction, tiny } = turn(x);
    let rest = match tiny {
        Some(x) => Real::exact(x).scale(1),
        None => Real::normalised(negative, -1, fraction),
    };
    Angle { quadrant, rest: rest.times(HALF_PI, 0) }
}

/// `sum of (-1)^(k - 1) * table[k - 1] * u^k` over `k >= 1`; each product cuts less than a unit.
#[inline(always)]
const fn alternating<const TERMS: usize>(table: &[u64; TERMS], u: u64) -> u64 {
    let mut sum = 0;
    let mut k = TERMS;
    while k > 0 {
        k -= 1;
        sum = high(u, table[k] - sum);
    }
    sum
}

impl Angle {
    /// The sine.
    ///
    /// With `u <= 0.617` the first terms left out are `u^8 / 17! < 2^-53` and `u^9 / 18! < 2^-58`. Where the rest
    /// is not known it is below `2^-41`, and the cosine is 1 within the bound.
    #[inline(always)]
    const fn sin(self) -> Real {
        let t = down(self.rest.significand, -1 - self.rest.exponent);
        let u = high(t, t);
        let result = if self.quadrant & 1 == 0 {
            self.rest.times((1 << 63) - (alternating(&SIN, u) >> 1), 0)
        } else {
            Real::normalised(false, 0, (1 << 63) - (alternating(&COS, u) >> 1))
        };
        result.neg_if(self.quadrant & 2 != 0)
    }

    /// The cosine: the sine of the next quadrant.
    #[inline(always)]
    const fn cos(self) -> Real {
        Self { quadrant: self.quadrant + 1, rest: self.rest }.sin()
    }
}

/// `sin x`.
#[inline(always)]
pub(in crate::functions) const fn sin(x: Unpacked) -> Real {
    radian(x).sin()
}

/// `cos x`.
#[inline(always)]
pub(in crate::functions) const fn cos(x: Unpacked) -> Real {
    radian(x).cos()
}

/// `tan x`.
#[inline(always)]
pub(in crate::functions) const fn tan(x: Unpacked) -> Real {
    let angle = radian(x);
    angle.sin().over(angle.cos())
}

/// `sin(pi x)`.
#[inline(always)]
pub(in crate::functions) const fn sin_pi(x: Unpacked) -> Real {
    multiple(x).sin()
}

/// `cos(pi x)`.
#[inline(always)]
pub(in crate::functions) const fn cos_pi(x: Unpacked) -> Real {
    multiple(x).cos()
}

/// `tan(pi x)`.
#[inline(always)]
pub(in crate::functions) const fn tan_pi(x: Unpacked) -> Real {
    let angle = multiple(x);
    angle.sin().over(angle.cos())
}
