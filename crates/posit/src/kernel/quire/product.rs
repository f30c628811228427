//! Products of two posits, exactly.
//!
//! A product is a few bits at some place of the quire, zeros below and copies of its sign above. Two words, or
//! three of wide posits, are added where they belong. What is left for the words above is the sign and a carry,
//! together 0 as a rule: a carry beside no sign, or a sign beside no carry, comes when the sum below changes
//! its sign, or in few words of random ones.

use super::super::lane::FLOATS;
use super::super::unpacked::{Unpacked, decode};
use super::super::{fpu, mask, n16, n32, nar};
use super::{add_word, bits, is_nar, set_nar, settle, top, unit};

/// `q + a b`, exactly; NaR if any is, or if the sum leaves the range.
#[cfg_attr(any(target_arch = "x86_64", target_arch = "aarch64"), inline(always))]
pub(crate) const fn add_product<const N: u32, const ES: u32>(q: &mut [u64], a: u64, b: u64, negate: bool) {
    if top(q) == 1 << 63 && rest_is_zero(q) {
        return;
    }
    let a = if negate { a.wrapping_neg() & mask(N) } else { a };
    if const { fpu::is_fixed(N, ES) } {
        if a == nar(N) || b == nar(N) {
            return special::<N>(q, a, b);
        }
        add_fixed::<N, ES>(q, fpu::fixed::<N, ES>(a), fpu::fixed::<N, ES>(b));
    } else if const { fpu::has_products::<N, ES>() } {
        let Some((exponent, product)) = fpu::exact_product::<N, ES>(a, b) else {
            return special::<N>(q, a, b);
        };
        let f = const { fpu::fraction::<N, ES>() };
        let place = exponent + ((unit(N, ES) as i64 - 2 * f as i64) << f);
        add_short::<N, ES>(q, place, f, product);
    } else if a & !nar(N) == 0 || b & !nar(N) == 0 {
        special::<N>(q, a, b);
    } else if N <= 16 {
        let (exponent, product) = n16::quire::product::<N, ES>(a as u32, b as u32);
        add_short::<N, ES>(q, (exponent + unit(N, ES) - 60) as i64, 0, (product as i64) << 32);
    } else if N <= 32 {
        let (exponent, product) = n32::quire::product::<N, ES>(a, b);
        add_short::<N, ES>(q, (exponent + unit(N, ES) - 60) as i64, 0, product);
    } else if let (Some(a), Some(b)) = (decode::<N, ES>(a), decode::<N, ES>(b)) {
        add_long::<N, ES>(q, a, b);
    }
}

#[cold]
const fn rest_is_zero(q: &[u64]) -> bool {
    is_nar(q)
}

/// One of the posits is zero or NaR.
#[cold]
const fn special<const N: u32>(q: &mut [u64], a: u64, b: u64) {
    if a == nar(N) || b == nar(N) {
        set_nar(q);
    }
}

/// `q + a b` of multiples of minPos.
///
/// `Posit<8, 2>`: 56 is `7 * 2^27` units of 2^-24, and its square `49 * 2^54` units of 2^-48.
#[inline(always)]
const fn add_fixed<const N: u32, const ES: u32>(q: &mut [u64], a: i64, b: i64) {
    add_pair::<N, ES>(q, a as i128 * b as i128);
}

/// `q + x` for quires of at most two words.
#[inline(always)]
const fn add_pair<const N: u32, const ES: u32>(q: &mut [u64], x: i128) {
    let before = top(q);
    match q {
        [word] => *word = word.wrapping_add(x as u64),
        [first, second] => {
            let sum = ((*second as u128) << 64 | *first as u128).wrapping_add(x as u128);
            (*first, *second) = (sum as u64, (sum >> 64) as u64);
        }
        _ => {}
    }
    settle::<N, ES>(q, before, (x >> 64) as u64);
}

/// `-x 2^offset`; `|x| <= 2^62` and `offset` is below 64.
#[inline(always)]
const fn negated(x: i64, offset: u32) -> i128 {
    if FLOATS {
        // Two instructions, where a shift of two words is eight.
        x as i128 * (-1_i64 << offset) as i128
    } else {
        let (low, high) = ((-x << offset) as u64, (-x >> 1) >> (63 - offset));
        (high as i128) << 64 | low as i128
    }
}

/// `q + x 2^(place / 2^f)`, the exponent rounded down; `|x| <= 2^62`, and what of it would be below the quire is
/// zero.
#[inline(always)]
const fn add_short<const N: u32, const ES: u32>(q: &mut [u64], place: i64, f: u32, x: i64) {
    let offset = (place >> f) as u32 % 64;
    if q.len() <= 2 {
        let shifted = negated(-x, offset);
        let x = match place >> (f + 6) {
            ..=-1 => shifted >> 64,
            0 => shifted,
            1.. => shifted << 64,
        };
        return add_pair::<N, ES>(q, x);
    }
    // The lower one of two words below the highest.
    let at = (place as u64 >> (f + 6)) as usize;
    if at >= q.len() - 2 {
        return anywhere::<N, ES>(q, (place >> f) as i32, x);
    }
    let negated = negated(x, offset);
    let pair = (q[at + 1] as u128) << 64 | q[at] as u128;
    let (sum, borrow) = pair.overflowing_sub(negated as u128);
    (q[at], q[at + 1]) = (sum as u64, (sum >> 64) as u64);
    let above = -((negated >> 127) as i64 + borrow as i64);
    let spare = 64 * q.len() as u32 - bits(N, ES);
    if above != 0 {
        ripple::<N, ES>(q, at + 2, above);
    } else if spare != 0 && top(q) << spare == 1 << 63 {
        // Perhaps the pattern of NaR.
        settle::<N, ES>(q, top(q), 0);
    }
}

/// 1 or -1 is added at a word.
#[cold]
#[inline(never)]
const fn ripple<const N: u32, const ES: u32>(q: &mut [u64], mut at: usize, unit: i64) {
    let before = top(q);
    let mut carry = unit > 0;
    while at < q.len() && carry == (unit > 0) {
        (q[at], carry) = q[at].overflowing_add(unit as u64);
        at += 1;
    }
    settle::<N, ES>(q, before, unit as u64);
}

/// `q + x 2^place`.
#[cold]
#[inline(never)]
const fn anywhere<const N: u32, const ES: u32>(q: &mut [u64], place: i32, x: i64) {
    let before = top(q);
    add_word(q, x.unsigned_abs(), place, x < 0);
    settle::<N, ES>(q, before, x as u64);
}

/// `q + a b`.
const fn add_long<const N: u32, const ES: u32>(q: &mut [u64], a: Unpacked, b: Unpacked) {
    let before = top(q);
    let negative = a.negative != b.negative;
    let exponent = a.exponent + b.exponent + unit(N, ES);
    let product = a.significand as u128 * b.significand as u128;
    add_word(q, product as u64, exponent - 126, negative);
    add_word(q, (product >> 64) as u64, exponent - 62, negative);
    settle::<N, ES>(q, before, (negative as u64) << 63);
}
