//! The sum of two significands with signs and exponents, exact or with a sticky bit.
//!
//! Both have their leading one in the top bit of a [`Double`], and at least two low bits zero.

use super::{DOUBLE, Double};

/// One finite nonzero summand, or a normalised sum.
#[derive(Clone, Copy)]
pub(super) struct Term {
    pub(super) negative: bool,
    pub(super) exponent: i32,
    pub(super) significand: Double,
}

/// `a + b` as a normalised term and a sticky bit; `None` if the sum is exactly zero.
///
/// At least `DOUBLE - 1` leading bits of the result are exact, the sticky bit stands for what is below:
/// enough for `p + 1 <= DOUBLE - 1` bits of significand and guard.
#[inline]
pub(super) const fn sum(a: Term, b: Term) -> Option<(Term, bool)> {
    let b_larger = b.exponent > a.exponent || (b.exponent == a.exponent && b.significand > a.significand);
    let (large, small) = if b_larger { (b, a) } else { (a, b) };
    let distance = (large.exponent - small.exponent) as u32;
    let (shifted, sticky) = if distance >= DOUBLE {
        (0, true)
    } else {
        let back = (small.significand >> distance) << distance;
        (small.significand >> distance, back != small.significand)
    };
    if large.negative == small.negative {
        let (sum, carry) = large.significand.overflowing_add(shifted);
        let term = if carry {
            Term { exponent: large.exponent + 1, significand: (1 << (DOUBLE - 1)) | (sum >> 1), ..large }
        } else {
            Term { significand: sum, ..large }
        };
        Some((term, sticky | (carry & (sum & 1 != 0))))
    } else {
        // `large - shifted - t` with 0 < t < 1 is `large - shifted - 1` and a sticky bit. Bits are lost
        // only for distance >= 3, since two low bits are zero; then at most one leading bit cancels, and
        // the shift below brings in one unknown bit.
        let difference = large.significand - shifted - sticky as Double;
        if difference == 0 {
            return None;
        }
        let zeros = difference.leading_zeros();
        let term =
            Term { exponent: large.exponent - zeros as i32, significand: difference << zeros, ..large };
        Some((term, sticky))
    }
}
