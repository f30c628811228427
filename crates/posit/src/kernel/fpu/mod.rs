//! The scalar arithmetic of 64-bit machines with floating point in hardware (x86-64, aarch64), `N <= 32`.
//!
//! An operation reads both patterns as floats, does one operation there and rounds the float to the pattern.
//! Reading and rounding are integer operations: a count, a rotation and two tables of four entries; one shift
//! and one addition. Multiplication needs no float. Everything is `const fn`. [`super::lane`] says, per
//! operation and format, why the result is that of one rounding; where it is not, the integer kernel computes
//! it, which also serves all other machines.
//!
//! Square roots have a table of 2 KiB (`sqrt`), short posits on their way to a quire one of 512 bytes (`fixed`).
//!
//! Where the compiler may use instructions that count zeros in vectors, multiplication has a form without
//! branches and tables (`vector`): loops over posits then become vector code by themselves.
//!
//! Reading order: `float`, then [`round`], `mul`, and the operations at the end of this file.

mod fixed;
mod float;
mod mul;
mod sqrt;
#[cfg(test)]
mod tests;
mod vector;

use super::lane::{Lane, f64_holds, product, sum};
use super::{integer, mask, nar};
use float::End;

/// Whether the compiler makes vector code of counting zeros.
pub(super) const VECTORS: bool = cfg!(target_feature = "avx512cd");

/// Zero or NaR. Rare, so that a branch on it costs nothing.
const fn is_special<const N: u32>(x: u64) -> bool {
    x & !nar(N) == 0
}

/// `±maxPos`, or `±minPos` for a result that is too small; `sign` is all ones below zero.
#[inline(always)]
const fn saturated<const N: u32>(small: bool, sign: u64) -> u64 {
    let magnitude = if small { 1 } else { nar(N) - 1 };
    ((magnitude ^ sign).wrapping_sub(sign)) & mask(N)
}

/// An exponent and a fraction as one number, `l = exponent * 2^f + fraction`, and how often the regime repeats
/// its first bit beyond the first: `r` or `-r - 1`.
#[inline(always)]
const fn run<const ES: u32>(l: i64, f: u32) -> u32 {
    ((l >> (f + ES)) ^ (l >> 63)) as u32
}

/// Bits at the low end of the string of [`round`] that are below the guard for every run, where one of them
/// could leave the word: they are cut off and count as sticky. None if no run is long enough.
const fn cut<const N: u32, const ES: u32>(f: u32) -> u32 {
    if N > 63 - f - ES && N < 63 { 63 - N } else { 0 }
}

/// Whether something nonzero is cut off; `field` has the low bits of `l`.
#[inline(always)]
const fn sticky<const N: u32, const ES: u32>(field: u64, f: u32) -> bool {
    let spare = 61 - f - ES;
    let cut = cut::<N, ES>(f);
    cut > spare && field & !(u64::MAX << (cut - spare)) != 0
}

/// The pattern nearest to `±2^e (1 + fraction / 2^f)`, where `l = e * 2^f + fraction` and `sign` is all ones
/// below zero. `field` has the low `f + ES` bits of `l`; `sticky` is what [`sticky`] says. `N <= 32`, and
/// [`run`] at most `N - 2`.
///
/// The string behind the sign is made with one bit more of run, `11 0 e fraction` or `00 1 e fraction` at the
/// top of the word, inverted below zero, as the negation is, but for one unit. An arithmetic shift lengthens
/// the run. The bit more is where the sign of the pattern stands; it is wrong for a run of ones.
///
/// `Posit<8, 2>` of 60: `r = 1`, `e = 01`, fraction `.111`; the seed `110 01 111` shifted by 1 is `1110 01 11|1`
/// with a tie behind 8 bits. The odd pattern moves up to `1110 10 00`, and the sign to 0: `0110 10 00`, 64.
#[inline(always)]
const fn round<const N: u32, const ES: u32>(l: i64, f: u32, field: u64, sign: u64, sticky: bool) -> u64 {
    let cut = cut::<N, ES>(f);
    let seed = (field << (61 - f - ES)) & ((1 << 61) - 1) & (u64::MAX << cut);
    let lead = if l < 0 { 1 << 61 } else { 6 << 61 };
    let string = ((seed ^ (lead ^ sign)) as i64 >> (run::<ES>(l, f) & 63)) as u64;
    // [64-N, 64) is kept.
    let dropped = 64_u32.wrapping_sub(N);
    let half = 1_u64 << (dropped.wrapping_sub(1) & 63);
    // Half a unit less one, and one more for an odd pattern. A sticky bit is one more, too: zeros are cut, so
    // that at least the lowest bit of a string is zero and no carry reaches the guard. Below zero a sticky
    // bit is the one that the negation lacks.
    // Both arms say the same of `top`, each in the way that is shorter in machine code.
    let (negation, top) = if cut == 0 {
        (sign.wrapping_neg(), !(l >> 63) as u64 & 1 << 63)
    } else {
        (sticky as u64 ^ (sign & 1), if l < 0 { 0 } else { 1 << 63 })
    };
    let addend = (half - 1).wrapping_add(negation).wrapping_add(top);
    string.wrapping_add(addend).wrapping_add((string >> (dropped & 63)) & 1) >> (dropped & 63)
}

/// `a + b`; NaR if either is.
#[inline(always)]
pub(super) const fn add<const N: u32, const ES: u32>(a: u64, b: u64) -> u64 {
    let lane = const { sum(N, ES) };
    if !matches!(lane, Lane::F32 | Lane::F64) {
        return integer::add::<N, ES>(a, b);
    }
    if is_special::<N>(a) | is_special::<N>(b) {
        return if a == nar(N) || b == nar(N) { nar(N) } else { a | b };
    }
    // A sum is a multiple of minPos, and at most 2 maxPos, whose run is N - 1 without exponent bits.
    let end = if ES == 0 { End::Beyond } else { End::Within };
    if matches!(lane, Lane::F32) {
        let sum = float::to_f32::<N, ES>(a) + float::to_f32::<N, ES>(b);
        if sum.to_bits() == 0 { 0 } else { float::from_f32::<N, ES>(sum, end) }
    } else {
        let sum = float::to_f64::<N, ES>(a) + float::to_f64::<N, ES>(b);
        if sum.to_bits() == 0 { 0 } else { float::from_f64::<N, ES>(sum, end) }
    }
}

/// `a * b`; NaR if either is.
#[inline(always)]
pub(super) const fn mul<const N: u32, const ES: u32>(a: u64, b: u64) -> u64 {
    let lane = const { product(N, ES) };
    if VECTORS && N <= 16 && matches!(lane, Lane::F32) {
        vector::narrow::<N, ES>(a as u32, b as u32) as u64
    } else if VECTORS && N <= 32 && N > ES + 3 {
        vector::wide::<N, ES>(a as u32, b as u32) as u64
    } else if const { mul::fits::<N, ES>() } {
        mul::mul::<N, ES>(a, b)
    } else {
        integer::mul::<N, ES>(a, b)
    }
}

/// Whether [`exact_product`] is there for the format.
pub(super) const fn has_products<const N: u32, const ES: u32>() -> bool {
    f64_holds(N) && mul::fits::<N, ES>()
}

pub(super) use fixed::{fixed, is_fixed};
pub(super) use mul::{exact_product, fraction};

/// `a / b`; NaR if either is or if `b` is zero.
#[inline(always)]
pub(super) const fn div<const N: u32, const ES: u32>(a: u64, b: u64) -> u64 {
    let lane = const { product(N, ES) };
    if matches!(lane, Lane::Scalar) {
        return integer::div::<N, ES>(a, b);
    }
    if is_special::<N>(a) | is_special::<N>(b) {
        return if a == nar(N) || b == nar(N) || b == 0 { nar(N) } else { 0 };
    }
    match lane {
        Lane::F32 => {
            float::from_f32::<N, ES>(float::to_f32::<N, ES>(a) / float::to_f32::<N, ES>(b), End::Beyond)
        }
        Lane::F64 => {
            float::from_f64::<N, ES>(float::to_f64::<N, ES>(a) / float::to_f64::<N, ES>(b), End::Beyond)
        }
        _ => {
            let quotient = float::to_f64::<N, ES>(a) / float::to_f64::<N, ES>(b);
            if float::may_be_border::<N, ES>(quotient) {
                return undecided::div::<N, ES>(a, b);
            }
            float::from_beside_borders::<N, ES>(quotient, End::Beyond)
        }
    }
}

/// `a b + c`, rounded once; NaR if any is.
///
/// Of formats whose products are exact in `f64`, the nearest `f64` of the sum decides unless it can be a border.
/// Of the others, product and sum are each rounded by half a unit, which of a product below twice the sum is
/// at most one unit of the sum: three steps of the float's pattern at most, even where the unit halves. So a
/// sum farther than that from all borders decides.
#[inline(always)]
pub(super) const fn fma<const N: u32, const ES: u32>(a: u64, b: u64, c: u64) -> u64 {
    // Sums of short numbers are often borders.
    if N <= 8 || is_special::<N>(a) | is_special::<N>(b) | is_special::<N>(c) {
        return undecided::fma::<N, ES>(a, b, c);
    }
    let lane = const { product(N, ES) };
    let product = float::to_f64::<N, ES>(a) * float::to_f64::<N, ES>(b);
    let sum = product + float::to_f64::<N, ES>(c);
    let decided = match lane {
        Lane::F32 | Lane::F64 => !float::may_be_border::<N, ES>(sum),
        _ => product.abs() <= 2.0 * sum.abs() && float::is_beside_borders::<N, ES>(sum, 4),
    };
    if decided {
        float::from_beside_borders::<N, ES>(sum, End::Beyond)
    } else {
        undecided::fma::<N, ES>(a, b, c)
    }
}

/// `sqrt(a)`; NaR for NaR and below zero.
#[inline(always)]
pub(super) const fn sqrt<const N: u32, const ES: u32>(a: u64) -> u64 {
    if const { sqrt::roots(N, ES) } { sqrt::sqrt::<N, ES>(a) } else { integer::sqrt::<N, ES>(a) }
}

/// The nearest `f32`, half to even; NaR is the quiet NaN. Of the formats within the range of `f32`.
#[inline(always)]
pub(super) const fn to_f32<const N: u32, const ES: u32>(pattern: u64) -> f32 {
    if is_special::<N>(pattern) {
        return f32::from_bits(if pattern == 0 { 0 } else { 0x7FC0_0000 });
    }
    // The hardware rounds the exact value.
    if N <= 16 { float::to_f32::<N, ES>(pattern) } else { float::to_f64::<N, ES>(pattern) as f32 }
}

/// What the nearest `f64` does not decide: rare, and kept out of the way of what is common.
mod undecided {
    use super::integer;

    #[cold]
    #[inline(never)]
    pub(super) const fn div<const N: u32, const ES: u32>(a: u64, b: u64) -> u64 {
        integer::div::<N, ES>(a, b)
    }

    #[cold]
    #[inline(never)]
    pub(super) const fn sqrt<const N: u32, const ES: u32>(a: u64) -> u64 {
        integer::sqrt::<N, ES>(a)
    }

    #[cold]
    #[inline(never)]
    pub(super) const fn fma<const N: u32, const ES: u32>(a: u64, b: u64, c: u64) -> u64 {
        integer::fma::<N, ES>(a, b, c)
    }
}
