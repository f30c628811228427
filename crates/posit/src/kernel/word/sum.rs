//! The sum of two signed fractions with exponents, exact or with a sticky bit.

use super::{DOUBLE, Double, Signed, SignedDouble};

/// `2^exponent * fraction / 2^(DOUBLE-2)`, with `fraction` as `01.f` or `10.f` in the top bits.
#[derive(Clone, Copy)]
pub(super) struct Wide {
    /// All ones for `10.f`, zero for `01.f`.
    pub(super) sign: Signed,
    pub(super) exponent: i32,
    pub(super) fraction: SignedDouble,
}

/// `a + b`, normalised, and whether it is a little more: by less than one in the last bit. The low bit of
/// each fraction is zero. Meaningless if the sum is zero, which its fraction then is.
///
/// Bits are lost only if the summands are at least three binades apart, as the low three bits of a product
/// and of a significand are zero. Then at most one leading bit cancels, and at least `DOUBLE - 3` bits of
/// the fraction are exact.
#[inline(always)]
pub(super) const fn sum(a: Wide, b: Wide) -> (Wide, bool) {
    let difference = a.exponent - b.exponent;
    // All ones if b is the larger: an exchange by masks, as the branch of a comparison would be foretold
    // wrongly every other time.
    let exchange = difference >> 31;
    let change = (a.fraction ^ b.fraction) & exchange as SignedDouble;
    let (large, small) = (a.fraction ^ change, b.fraction ^ change);
    let exponent = a.exponent - (difference & exchange);
    let distance = difference.unsigned_abs();
    let distance = if distance < DOUBLE { distance } else { DOUBLE - 1 };
    // One bit of room for a carry.
    let addend = small >> 1;
    let shifted = addend >> distance;
    let sticky = shifted << distance != addend;
    let sum = (large >> 1) + shifted;
    // The first bit that differs from the sign becomes bit DOUBLE - 2.
    let redundant = DOUBLE - 1 - ((sum ^ (sum << 1)) as Double | 1).ilog2();
    let exponent = exponent + 1 - redundant as i32;
    (Wide { sign: (sum >> (DOUBLE - 1)) as Signed, exponent, fraction: sum << redundant }, sticky)
}
