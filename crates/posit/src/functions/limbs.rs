//! Unsigned numbers of `L` limbs of 64 bits, limb 0 the lowest: the digits of a [`Ball`](super::ball::Ball).
//!
//! Everything here is exact: what does not fit is handed back as a carry, a second half or a flag.

/// The high and the low half of `a * b + c + d`, which is at most `2^128 - 1`.
#[inline]
pub(super) const fn multiply(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    #[cfg(target_pointer_width = "64")]
    {
        let x = a as u128 * b as u128 + c as u128 + d as u128;
        ((x >> 64) as u64, x as u64)
    }
    #[cfg(not(target_pointer_width = "64"))]
    multiply_by_halves(a, b, c, d)
}

/// [`multiply`] from four products of 32 bits, as a microcontroller has them.
#[inline]
#[cfg(any(test, not(target_pointer_width = "64")))]
const fn multiply_by_halves(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    const LOW: u64 = 0xFFFF_FFFF;
    let (a1, a0, b1, b0) = (a >> 32, a & LOW, b >> 32, b & LOW);
    // Each column is a product of two 32-bit numbers and two more such numbers: at most 2^64 - 1.
    let column = a0 * b0 + (c & LOW) + (d & LOW);
    let left = a1 * b0 + (c >> 32) + (column >> 32);
    let right = a0 * b1 + (d >> 32) + (left & LOW);
    (a1 * b1 + (left >> 32) + (right >> 32), (right << 32) | (column & LOW))
}

/// `a + b` and the carry.
#[inline]
pub(super) const fn add<const L: usize>(a: [u64; L], b: [u64; L]) -> ([u64; L], bool) {
    let mut sum = [0; L];
    let mut carry = false;
    let mut i = 0;
    while i < L {
        let (x, over) = a[i].overflowing_add(b[i]);
        let (x, again) = x.overflowing_add(carry as u64);
        sum[i] = x;
        carry = over | again;
        i += 1;
    }
    (sum, carry)
}

/// `a - b` modulo `2^(64 L)` and the borrow.
#[inline]
pub(super) const fn sub<const L: usize>(a: [u64; L], b: [u64; L]) -> ([u64; L], bool) {
    let mut difference = [0; L];
    let mut borrow = false;
    let mut i = 0;
    while i < L {
        let (x, under) = a[i].overflowing_sub(b[i]);
        let (x, again) = x.overflowing_sub(borrow as u64);
        difference[i] = x;
        borrow = under | again;
        i += 1;
    }
    (difference, borrow)
}

/// A number of one limb.
#[inline]
pub(super) const fn low<const L: usize>(x: u64) -> [u64; L] {
    let mut limbs = [0; L];
    limbs[0] = x;
    limbs
}

/// Whether all limbs are zero.
#[inline]
pub(super) const fn is_zero<const L: usize>(a: &[u64; L]) -> bool {
    let mut any = 0;
    let mut i = 0;
    while i < L {
        any |= a[i];
        i += 1;
    }
    any == 0
}

/// The zeros above the top bit, `64 L` for zero.
#[inline]
pub(super) const fn leading_zeros<const L: usize>(a: &[u64; L]) -> u32 {
    let mut zeros = 0;
    let mut i = L;
    while i > 0 {
        i -= 1;
        zeros += a[i].leading_zeros();
        if a[i] != 0 {
            break;
        }
    }
    zeros
}

/// `a * 2^by` modulo `2^(64 L)`, for `by < 64 L`.
#[inline]
pub(super) const fn shift_left<const L: usize>(a: [u64; L], by: u32) -> [u64; L] {
    let (limbs, bits) = ((by / 64) as usize, by % 64);
    let mut shifted = [0; L];
    let mut i = 0;
    while i < L {
        let from = i.wrapping_sub(limbs);
        shifted[i] = (limb(&a, from) << bits) | ((limb(&a, from.wrapping_sub(1)) >> 1) >> (63 - bits));
        i += 1;
    }
    shifted
}

/// `floor(a / 2^by)` for `by < 64 L`, and whether that lost anything.
#[inline]
pub(super) const fn shift_right<const L: usize>(a: [u64; L], by: u32) -> ([u64; L], bool) {
    let (limbs, bits) = ((by / 64) as usize, by % 64);
    let mut shifted = [0; L];
    let mut lost = limb(&a, limbs) & !(u64::MAX << bits);
    let mut i = 0;
    while i < L {
        if i < limbs {
            lost |= a[i];
        }
        let from = i + limbs;
        shifted[i] = (limb(&a, from) >> bits) | ((limb(&a, from + 1) << 1) << (63 - bits));
        i += 1;
    }
    (shifted, lost != 0)
}

/// Limb `i`, zero beyond both ends.
#[inline]
const fn limb<const L: usize>(a: &[u64; L], i: usize) -> u64 {
    if i < L { a[i] } else { 0 }
}

/// The high and the low half of `a * b`.
#[inline]
pub(super) const fn product<const L: usize>(a: &[u64; L], b: &[u64; L]) -> ([u64; L], [u64; L]) {
    let (mut high, mut low) = ([0; L], [0; L]);
    let mut i = 0;
    while i < L {
        let mut carry = 0;
        let mut j = 0;
        while j < L {
            let k = i + j;
            if k < L {
                (carry, low[k]) = multiply(a[i], b[j], low[k], carry);
            } else {
                (carry, high[k - L]) = multiply(a[i], b[j], high[k - L], carry);
            }
            j += 1;
        }
        high[i] = carry;
        i += 1;
    }
    (high, low)
}

/// `floor(a * 2^(64 L) / b)` and whether there is a remainder, for `a < b` and the top bit of `b` set.
///
/// Long division by limbs (Knuth, volume 2, 4.3.1, algorithm D): the quotient of the top two limbs by the
/// top limb of `b` is at most two above the digit, because that limb is at least `2^63`.
#[inline]
pub(super) const fn quotient<const L: usize>(a: [u64; L], b: [u64; L]) -> ([u64; L], bool) {
    let top = b[L - 1];
    let mut rest = a;
    let mut digits = [0; L];
    let mut at = L;
    while at > 0 {
        at -= 1;
        // rest * 2^64 is `head` above L limbs; rest < b, so the digit is below 2^64.
        let head = rest[L - 1];
        let mut next = [0; L];
        let mut i = L - 1;
        while i > 0 {
            next[i] = rest[i - 1];
            i -= 1;
        }
        let mut digit = if head >= top { u64::MAX } else { divide(head, next[L - 1], top) };
        // Subtract digit * b; `head` goes below zero when the digit was too large, then b is added back.
        let mut borrow = 0;
        let mut i = 0;
        while i < L {
            let (high, low) = multiply(digit, b[i], borrow, 0);
            let (x, under) = next[i].overflowing_sub(low);
            next[i] = x;
            borrow = high + under as u64;
            i += 1;
        }
        let mut head = head.wrapping_sub(borrow);
        while head != 0 {
            let (sum, carry) = add(next, b);
            next = sum;
            head = head.wrapping_add(carry as u64);
            digit = digit.wrapping_sub(1);
        }
        digits[at] = digit;
        rest = next;
    }
    (digits, !is_zero(&rest))
}

/// `floor((high * 2^64 + low) / by)` for `high < by`.
#[inline]
const fn divide(high: u64, low: u64, by: u64) -> u64 {
    if by == 0 { 0 } else { ((((high as u128) << 64) | low as u128) / by as u128) as u64 }
}

#[cfg(test)]
mod tests {
    use super::{multiply, multiply_by_halves, product, quotient};

    const EDGES: [u64; 9] = [
        0,
        1,
        0xFFFF_FFFF,
        1 << 32,
        1 << 63,
        u64::MAX,
        u64::MAX - 1,
        0x8000_0000_7FFF_FFFF,
        0x1234_5678_9ABC_DEF1,
    ];

    #[test]
    fn products_by_halves() {
        for a in EDGES {
            for b in EDGES {
                for c in EDGES {
                    for d in EDGES {
                        assert_eq!(multiply_by_halves(a, b, c, d), multiply(a, b, c, d));
                    }
                }
            }
        }
    }

    #[test]
    fn quotients_undo_products() {
        // The digits q of high * 2^192 / b leave a rest high * 2^192 - q b below b.
        for top in EDGES {
            for middle in EDGES {
                for low in EDGES {
                    let b = [low, middle, top | (1 << 63)];
                    for a in [[low, top, middle], [top, middle, low], [0, 0, middle], [u64::MAX; 3]] {
                        let (high, _) = product(&a, &b);
                        let (digits, remainder) = quotient(high, b);
                        let (back, cut) = product(&digits, &b);
                        let (rest, borrow) = super::sub([0; 3], cut);
                        assert_eq!(super::sub(high, back).0, [u64::from(borrow), 0, 0]);
                        assert_eq!(super::is_zero(&rest), !remainder);
                        assert!(rest.iter().rev().lt(b.iter().rev()));
                    }
                }
            }
        }
    }
}
