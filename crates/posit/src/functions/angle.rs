//! Angles to quadrants: `x = (q + f) pi / 2` with an integer `q` and `|f| <= 1/2`.

use super::ball::{Ball, Bound};
use super::table::{PI, TWO_OVER_PI};
use super::{limbs, series};
use crate::kernel::unpacked::Unpacked;

/// An angle: the quadrant modulo 4, and the rest of at most `pi / 4` in magnitude.
pub(super) struct Angle<const L: usize> {
    quadrant: u32,
    rest: Ball<L>,
}

/// Limbs of a product with the digits of `2 / pi`: the widest ball, and three more.
const WINDOW: usize = 9;

/// Limb `k` of the digits of `2 / pi` from bit `start` on (bit 0 is worth 1/2); zeros before the first.
pub(super) const fn digits(start: i32, k: usize) -> u64 {
    let at = start + 64 * k as i32;
    let (limb, bits) = (at.div_euclid(64), at.rem_euclid(64) as u32);
    (digit(limb) << bits) | ((digit(limb + 1) >> 1) >> (63 - bits))
}

/// Limb `i` of the digits of `2 / pi`. The last one asked for is bit `992 - 65 + 64 * 9`, in limb 24.
const fn digit(i: i32) -> u64 {
    if 0 <= i && (i as usize) < TWO_OVER_PI.len() { TWO_OVER_PI[i as usize] } else { 0 }
}

/// The angle of `x` radian.
///
/// Payne and Hanek: with `x = m 2^s`, those digits of `2 / pi` that make multiples of 4 in the product with
/// `m 2^s` are left out, and `L + 3` limbs from there on are used. The digits behind those are worth less
/// than one unit of the lowest limb but one of the product, so `64 (L + 2) - 2` bits of the fraction are good.
/// No posit comes nearer than about `2^-80` to a multiple of `pi / 2`: 48 bits to spare.
pub(super) const fn radian<const L: usize>(x: Unpacked) -> Angle<L> {
    if x.exponent < -1 {
        return Angle { quadrant: 0, rest: Ball::exact(x) };
    }
    let count = L + 3;
    // m is an integer and s = exponent - 63: bits below s - 2 of the digits make multiples of 4.
    let start = x.exponent - 65;
    let mut product = [0; WINDOW];
    let mut carry = 0;
    let mut i = count;
    while i > 0 {
        i -= 1;
        // product[0] is the lowest limb; what leaves at the top is a multiple of 4.
        let at = count - 1 - i;
        if at < WINDOW {
            (carry, product[at]) = limbs::multiply(x.significand, digits(start, i), carry, 0);
        }
    }
    let top = product[(count - 1) % WINDOW];
    // The upper two bits are the quadrant. The rest is rounded to the nearest quadrant.
    let quadrant = (top >> 62) as u32 + ((top >> 61) & 1) as u32;
    let below = (top >> 61) & 1 != 0;
    // Drop the two bits, and take the two's complement of a fraction above one half.
    let mut fraction = [0; WINDOW];
    let mut borrow = false;
    let mut i = 0;
    while i < count && i < WINDOW {
        let beneath = if i == 0 { 0 } else { product[i - 1] >> 62 };
        let limb = (product[i] << 2) | beneath;
        if below {
            let (a, u) = 0u64.overflowing_sub(limb);
            let (a, v) = a.overflowing_sub(borrow as u64);
            (fraction[i], borrow) = (a, u | v);
        } else {
            fraction[i] = limb;
        }
        i += 1;
    }
    let f = normalised::<L>(&fraction, count);
    let f = f.neg_if(below != x.negative);
    let quadrant = if x.negative { quadrant.wrapping_neg() } else { quadrant };
    Angle { quadrant: quadrant & 3, rest: f.mul(PI.ball()).scale(-1) }
}

/// A fraction of `count = L + 3` limbs, wrong by less than four units of limb 1, as a ball.
const fn normalised<const L: usize>(fraction: &[u64; WINDOW], count: usize) -> Ball<L> {
    let mut zeros = 0;
    let mut i = count;
    while i > 0 {
        i -= 1;
        let limb = fraction[i % WINDOW];
        zeros += limb.leading_zeros();
        if limb != 0 {
            break;
        }
    }
    // The error is 4 * 2^-64(L + 2): below one unit of `2^-64 L - zeros` if zeros is at most 126.
    if zeros > 126 {
        return Ball::lost();
    }
    let (whole, bits) = ((zeros / 64) as usize, zeros % 64);
    let mut limbs = [0; L];
    let mut i = 0;
    while i < L {
        // Limb L - 1 of the ball comes from limb count - 1 - whole of the fraction.
        let from = (i + 3).wrapping_sub(whole);
        let beneath = fraction[from.wrapping_sub(1) % WINDOW];
        limbs[i] = (fraction[from % WINDOW] << bits) | ((beneath >> 1) >> (63 - bits));
        i += 1;
    }
    Ball { negative: false, exponent: -1 - zeros as i32, limbs, bound: Bound::units(2) }
}

/// The exact quadrant and fraction of `x pi`: `2 x = q + f`.
pub(super) struct Turn {
    /// Modulo 4.
    pub(super) quadrant: u32,
    /// `f` is below zero.
    pub(super) negative: bool,
    /// `|f|` in units of `2^-64`, at most `2^63`; for `|x| < 1/4` it is `2 x` itself, in `tiny`.
    pub(super) fraction: u64,
    /// `x`, where `|x| < 1/4`: the quadrant is 0.
    pub(super) tiny: Option<Unpacked>,
}

/// Splits `2 x`.
pub(super) const fn turn(x: Unpacked) -> Turn {
    if x.exponent < -2 {
        return Turn { quadrant: 0, negative: x.negative, fraction: 1, tiny: Some(x) };
    }
    // 2 x = significand * 2^(exponent - 62). Two bits of the integer part matter; a large enough x has none.
    let (whole, fraction) = if x.exponent > 63 {
        (0, 0)
    } else if x.exponent == 63 {
        (x.significand << 1, 0)
    } else if x.exponent == -2 {
        (0, x.significand)
    } else {
        (x.significand >> (62 - x.exponent), x.significand << ((x.exponent + 2) % 64))
    };
    // Exponent 62 has no fraction: the shift by 64 is one by 0 there.
    let fraction = if x.exponent == 62 { 0 } else { fraction };
    let below = fraction > 1 << 63;
    let quadrant = (whole & 3) as u32 + below as u32;
    let quadrant = if x.negative { quadrant.wrapping_neg() } else { quadrant };
    let fraction = if below { fraction.wrapping_neg() } else { fraction };
    Turn { quadrant: quadrant & 3, negative: below != x.negative, fraction, tiny: None }
}

impl Turn {
    /// As an angle.
    pub(super) const fn angle<const L: usize>(&self) -> Angle<L> {
        let f = match self.tiny {
            Some(x) => Ball::exact(x).scale(1),
            None if self.fraction == 0 => Ball::ZERO,
            None => {
                let zeros = self.fraction.leading_zeros();
                Ball::of_top(self.negative, -1 - zeros as i32, self.fraction << zeros)
            }
        };
        Angle { quadrant: self.quadrant, rest: f.mul(PI.ball()).scale(-1) }
    }
}

impl<const L: usize> Angle<L> {
    /// The sine.
    pub(super) const fn sin(&self) -> Ball<L> {
        let y = if self.quadrant & 1 == 0 { series::sin(self.rest) } else { series::cos(self.rest) };
        y.neg_if(self.quadrant & 2 != 0)
    }

    /// The cosine: the sine of the next quadrant.
    pub(super) const fn cos(&self) -> Ball<L> {
        Self { quadrant: self.quadrant + 1, rest: self.rest }.sin()
    }
}
