//! Multiplication, clause 5.4, in integers of 64 bits.

use super::{is_special, nar, round, run, saturated, sticky};

/// Fraction bits of a posit, at most.
pub(in crate::kernel) const fn fraction<const N: u32, const ES: u32>() -> u32 {
    (N - 3).saturating_sub(ES)
}

/// Bits behind the point of a product.
const fn behind<const N: u32, const ES: u32>() -> u32 {
    2 * fraction::<N, ES>() + 1
}

/// Whether exponents, within `±(2 (N-2) 2^ES + 1)`, and the bits behind the point fit one word. Not so for
/// `Posit<32, 0>` and `Posit<32, 1>`.
pub(in crate::kernel) const fn fits<const N: u32, const ES: u32>() -> bool {
    N <= 32 && N > ES + 3 && 2 * (N - ES - 3) + 1 + (((2 * (N - 2)) << ES) + 1).ilog2() + 2 <= 64
}

/// By the sign and the first bit of the regime.
struct Table<const N: u32, const ES: u32>;

impl<const N: u32, const ES: u32> Table<N, ES> {
    /// The bits before the point of a signed significand: `01` or `10`.
    const LEAD: [i64; 4] = {
        let f = fraction::<N, ES>();
        [1 << f, 1 << f, -2 << f, -2 << f]
    };
    const FLIP: [i64; 4] = Self::flip(64);
    const FLIP_OF_PLACES: [i64; 4] = Self::flip(Self::PLACES);

    /// Not less than the bits behind the sign, and a power of two.
    const PLACES: u32 = (N - 1).next_power_of_two();

    /// What turns `places - 1 - n`, where the run of the regime is `n + 1`, and `e` behind it, into `r e`, and
    /// below zero into its complement. `places` is a power of two.
    const fn flip(places: u32) -> [i64; 4] {
        let f = fraction::<N, ES>();
        let (ones, zeros) = (places as i64 - 1, -(places as i64));
        let e = ((1 << ES) - 1) << f;
        [zeros << (f + ES), ones << (f + ES), ones << (f + ES) | e, zeros << (f + ES) | e]
    }
}

/// The exponent in units of `2^-f`, and `01.f` or `10.f` with `f` bits behind the point; what is read of zero and
/// NaR has no meaning. This one takes the least time from the pattern to the result.
#[inline(always)]
const fn term<const N: u32, const ES: u32>(pattern: u64) -> (i64, i64) {
    let f = fraction::<N, ES>();
    let body = pattern << (65 - N);
    // As in `float`: the last bit of the run, and what stands two places lower.
    let last = (body ^ (body << 1 | 1)).ilog2();
    let fields = body.rotate_left(f + ES + 1).rotate_right(last);
    assemble::<N, ES>(pattern, last, fields, &Table::<N, ES>::FLIP)
}

/// As [`term`], and `None` for zero and NaR. This one takes the fewest instructions.
#[inline(always)]
const fn finite<const N: u32, const ES: u32>(pattern: u64) -> Option<(i64, i64)> {
    let places = Table::<N, ES>::PLACES;
    let spare = places - (N - 1);
    let behind_sign = ((1 << (N - 1)) - 1) << spare;
    let changes = ((pattern << spare) ^ (pattern << (spare + 1))) & behind_sign;
    if changes == 0 {
        return None;
    }
    let last = changes.ilog2();
    // Nothing leaves the word: at most 63 bits.
    let fields = (pattern << (places - 1)) >> last;
    Some(assemble::<N, ES>(pattern, last, fields, &Table::<N, ES>::FLIP_OF_PLACES))
}

/// From the place of the last bit of the run, and `e fraction` in the low bits of `fields`.
#[inline(always)]
const fn assemble<const N: u32, const ES: u32>(
    pattern: u64,
    last: u32,
    fields: u64,
    flip: &[i64; 4],
) -> (i64, i64) {
    let (f, fields) = (fraction::<N, ES>(), fields as i64);
    let at = (pattern >> (N - 2)) as usize & 3;
    let e = fields & (((1 << ES) - 1) << f);
    let exponent = (e | (last as i64) << (f + ES)) ^ flip[at];
    (exponent, (fields & ((1 << f) - 1)) | Table::<N, ES>::LEAD[at])
}

/// The exact product: its exponent in units of `2^-f`, and with `2 f` bits behind the point a number in `[1, 4]`
/// or `(-4, -1)`. `None` if a factor is zero or NaR.
#[inline(always)]
pub(in crate::kernel) const fn exact_product<const N: u32, const ES: u32>(
    a: u64,
    b: u64,
) -> Option<(i64, i64)> {
    let (Some(a), Some(b)) = (finite::<N, ES>(a), finite::<N, ES>(b)) else { return None };
    Some((a.0 + b.0, a.1 * b.1))
}

/// `a * b`; NaR if either is.
///
/// With `f + 1` bits behind the point the magnitude `P` of the product, in `[1, 4]`, is an integer. As an
/// exponent and a fraction it is `P - 1` below two and `1 + (P/2 - 1)` from there on, the lesser of the two
/// each time; `P = 4` gives 2 and is right. For `Posit<8, 2>`, `1.75 * 1.5 = 2.625`: the lesser of 1.625 and
/// 1.3125 is an exponent of 1 and a fraction of `.3125`: `2 * 1.3125`.
#[inline(always)]
pub(in crate::kernel) const fn mul<const N: u32, const ES: u32>(a: u64, b: u64) -> u64 {
    if is_special::<N>(a) | is_special::<N>(b) {
        return if a == nar(N) || b == nar(N) { nar(N) } else { 0 };
    }
    let (f, behind) = (fraction::<N, ES>(), behind::<N, ES>());
    let sign = ((a ^ b) << (64 - N)) as i64 >> 63;
    let (a, b) = (term::<N, ES>(a), term::<N, ES>(b));
    // 2 f bits behind the point; the complement is one unit less than the magnitude.
    let product = (a.1 * b.1) ^ sign;
    // In units of 2^-behind: P/2, and P - 1.
    let (high, low) = (product - sign, 2 * product - 2 * sign - (1 << behind));
    let l = ((a.0 + b.0) << (behind - f)).wrapping_add(if high < low { high } else { low });
    let sign = sign as u64;
    if run::<ES>(l, behind) >= N - 2 {
        return saturated::<N>(l < 0, sign);
    }
    round::<N, ES>(l, behind, l as u64, sign, sticky::<N, ES>(l as u64, behind))
}
