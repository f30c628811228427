//! The quire, clauses 3.2 and 5.11, as a slice of words, lowest first.
//!
//! Two's complement of `B = 32 + 4 (N-2) 2^ES` bits in units of `minPos^2 = 2^-u`, `u = 2 (N-2) 2^ES`, kept
//! sign-extended in `quire_limbs` words. A product of two posits is a multiple of the unit and at most
//! `maxPos^2 = 2^u = 2^(2u)` units; above that lie 31 bits for carries and the sign, so that `2^31 - 1`
//! products fit. The pattern `10..0` of `B` bits is NaR; as words it is only the top bit.
//!
//! `Posit<8, 2>`: 128 bits, unit `2^-48`. The product `56 * 56 = 2^10 * 3.0625` is 49 at bit `48 + 6`.

mod product;

use super::nar;
use super::unpacked::{decode, encode};
pub(crate) use product::add_product;

/// Bits of the quire.
pub(crate) const fn bits(n: u32, es: u32) -> u32 {
    32 + ((4 * (n - 2)) << es)
}

/// The unit is `2^-unit`.
const fn unit(n: u32, es: u32) -> i32 {
    ((2 * (n - 2)) << es) as i32
}

/// Sets NaR.
pub(crate) const fn set_nar(q: &mut [u64]) {
    let mut i = 0;
    while i < q.len() {
        q[i] = if i + 1 == q.len() { 1 << 63 } else { 0 };
        i += 1;
    }
}

/// Whether this is NaR.
pub(crate) const fn is_nar(q: &[u64]) -> bool {
    match q.split_last() {
        Some((top, rest)) => *top == 1 << 63 && all_zero(rest),
        None => false,
    }
}

/// Whether all words are zero.
pub(crate) const fn all_zero(q: &[u64]) -> bool {
    let mut i = 0;
    while i < q.len() {
        if q[i] != 0 {
            return false;
        }
        i += 1;
    }
    true
}

/// The highest word.
const fn top(q: &[u64]) -> u64 {
    match q.last() {
        Some(top) => *top,
        None => 0,
    }
}

/// Whether the top bit is set: below zero, or NaR.
pub(crate) const fn is_negative(q: &[u64]) -> bool {
    top(q) >> 63 != 0
}

/// Two's complement. NaR stays NaR, in wrapping arithmetic.
pub(crate) const fn negate(q: &mut [u64]) {
    let mut carry = true;
    let mut i = 0;
    while i < q.len() {
        (q[i], carry) = (!q[i]).overflowing_add(carry as u64);
        i += 1;
    }
}

/// `q + x`; NaR if either is, or if the sum leaves the range.
pub(crate) const fn add_posit<const N: u32, const ES: u32>(q: &mut [u64], x: u64, negate: bool) {
    if is_nar(q) || x == 0 {
        return;
    }
    let Some(x) = decode::<N, ES>(x) else { return set_nar(q) };
    let before = top(q);
    let negative = x.negative != negate;
    add_word(q, x.significand, x.exponent - 63 + unit(N, ES), negative);
    settle::<N, ES>(q, before, (negative as u64) << 63);
}

/// `q ± word 2^shift`, modulo the words. A negative shift drops bits, which are zero: every posit and every
/// product is a multiple of the unit.
const fn add_word(q: &mut [u64], word: u64, shift: i32, negative: bool) {
    let (word, shift) = match shift {
        ..=-64 => (0, 0),
        -63..=-1 => (word >> -shift, 0),
        _ => (word, shift as usize),
    };
    let (mut i, offset) = (shift / 64, shift % 64);
    // Two words, the upper without the bits that stay in the lower.
    let pair = [word << offset, (word >> 1) >> (63 - offset)];
    let mut carry = false;
    let mut at = 0;
    while i < q.len() && (at < 2 || carry) {
        let addend = if at < 2 { pair[at] } else { 0 };
        let (sum, first) = if negative { q[i].overflowing_sub(addend) } else { q[i].overflowing_add(addend) };
        let (sum, second) =
            if negative { sum.overflowing_sub(carry as u64) } else { sum.overflowing_add(carry as u64) };
        q[i] = sum;
        carry = first | second;
        i += 1;
        at += 1;
    }
}

/// `q + p`; NaR if either is, or if the sum leaves the range.
pub(crate) const fn add_quire<const N: u32, const ES: u32>(q: &mut [u64], p: &[u64]) {
    if is_nar(q) {
        return;
    }
    if is_nar(p) {
        return set_nar(q);
    }
    let before = top(q);
    let mut carry = false;
    let mut i = 0;
    while i < q.len() && i < p.len() {
        let (sum, first) = q[i].overflowing_add(p[i]);
        let (sum, second) = sum.overflowing_add(carry as u64);
        q[i] = sum;
        carry = first | second;
        i += 1;
    }
    settle::<N, ES>(q, before, top(p));
}

/// Turns a sum that left the range into NaR: two summands of one sign whose sum, at bit `B - 1`, has the
/// other, or `-2^(B-1)`, whose pattern is that of NaR. The summands are given by words with their signs on
/// top; both sums of unlike signs and of like ones are common, so that no branch tells them apart.
#[inline(always)]
const fn settle<const N: u32, const ES: u32>(q: &mut [u64], before: u64, addend: u64) {
    let spare = 64 * q.len() as u32 - bits(N, ES);
    let Some((top, rest)) = q.split_last() else { return };
    let aligned = *top << spare;
    let left = (before ^ aligned) & (addend ^ aligned);
    // Without spare bits the pattern is all there is of NaR.
    if left >> 63 != 0 || (spare != 0 && aligned == 1 << 63 && all_zero(rest)) {
        set_nar(q);
    }
}

/// The posit nearest to the quire, rounded once.
pub(crate) const fn to_posit<const N: u32, const ES: u32>(q: &[u64]) -> u64 {
    if is_nar(q) {
        return nar(N);
    }
    let negative = is_negative(q);
    // The lowest nonzero word is negated, those above it are inverted, those below are zero.
    let mut lowest = 0;
    while lowest < q.len() && q[lowest] == 0 {
        lowest += 1;
    }
    let mut i = q.len();
    while i > lowest {
        i -= 1;
        let word = magnitude(q, i, lowest, negative);
        if word != 0 {
            let zeros = word.leading_zeros();
            let below = if i > lowest { magnitude(q, i - 1, lowest, negative) } else { 0 };
            let significand = (word << zeros) | ((below >> 1) >> (63 - zeros));
            let sticky = below << zeros != 0 || i > lowest + 1;
            let exponent = 64 * i as i32 + 63 - zeros as i32 - unit(N, ES);
            return encode::<N, ES>(negative, exponent, significand, sticky);
        }
    }
    0
}

/// Word `i` of the magnitude.
const fn magnitude(q: &[u64], i: usize, lowest: usize, negative: bool) -> u64 {
    if i >= q.len() {
        0
    } else if !negative {
        q[i]
    } else if i == lowest {
        q[i].wrapping_neg()
    } else {
        !q[i]
    }
}
