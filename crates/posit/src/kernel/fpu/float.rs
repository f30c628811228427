//! Patterns as floats, and floats rounded to patterns. `F` is the number of stored fraction bits of the float,
//! 23 or 52.

use super::{round, run, saturated, sticky};

/// The exponent field of 1.
const fn one<const F: u32>() -> u64 {
    if F == 23 { 127 << F } else { 1023 << F }
}

/// The sign bit.
const fn minus<const F: u32>() -> u64 {
    if F == 23 { 1 << 31 } else { 1 << 63 }
}

/// By the sign and the first bit of the regime.
struct Table<const ES: u32, const F: u32>;

impl<const ES: u32, const F: u32> Table<ES, F> {
    /// What turns `63 - n`, where the run of the regime is `n + 1`, and `e fraction` behind it, into
    /// `r e fraction`, and below zero into its complement: `r` is `n` for ones and the complement for zeros.
    const FLIP: [u64; 4] = {
        let (ones, zeros) = (63 << (F + ES), !63 << (F + ES));
        [zeros, ones, !zeros, !ones]
    };
    /// The exponent field of 1, and below zero also the sign and the unit between complement and negation.
    const BIAS: [u64; 4] = {
        let below = one::<F>().wrapping_add(minus::<F>() + 1);
        [one::<F>(), one::<F>(), below, below]
    };
}

/// The bits of the value, which is exact; what is read of zero and NaR has no meaning.
///
/// `r`, `e` and fraction are read off the pattern itself, as in the integer kernel. Behind each other they are,
/// but for the bias, the exponent and fraction of the float, as one number. Below zero this number is negated:
/// `2^(~s) (-2 + f)` is `-2^(~s) (2 - f)`, and `~s` with `1 - f` behind it is the negation of `s` with `f`
/// behind it, `f = 0` included.
///
/// `Posit<8, 2>` pattern `0b1_001_10_01`, -56: `r = -2`, `e = 2`, `f = 0.25` is -6 + 0.25, whose negation is
/// 5 + 0.75: `2^5 * 1.75`.
#[inline(always)]
const fn bits<const N: u32, const ES: u32, const F: u32>(pattern: u64) -> u64 {
    let body = pattern << (65 - N);
    // The last bit of the run; the low bit spares the count a case of its own.
    let last = (body ^ (body << 1 | 1)).ilog2();
    // Behind the terminator, two places lower, stand e and the fraction, at most N - 3 bits. They are moved to
    // their place in the float; all else that comes along is masked off.
    let fields = ((1 << (N - 3)) - 1) << (F + ES + 3 - N);
    let fraction = body.rotate_left(F + ES + 1).rotate_right(last) & fields;
    let read = fraction | (last as u64) << (F + ES);
    let at = (pattern >> (N - 2)) as usize & 3;
    (read ^ Table::<ES, F>::FLIP[at]).wrapping_add(Table::<ES, F>::BIAS[at])
}

/// The value as `f32`; `N <= 16` and `(N-2) 2^ES <= 126`.
#[inline(always)]
pub(super) const fn to_f32<const N: u32, const ES: u32>(pattern: u64) -> f32 {
    f32::from_bits(bits::<N, ES, 23>(pattern) as u32)
}

/// The value as `f64`; `N <= 32`.
#[inline(always)]
pub(super) const fn to_f64<const N: u32, const ES: u32>(pattern: u64) -> f64 {
    f64::from_bits(bits::<N, ES, 52>(pattern))
}

/// The pattern nearest to a finite float that is not zero, given sign-extended. `Some` if the caller knows
/// that the float is none of `+-maxPos` and beyond, and [`sticky`].
#[inline(always)]
const fn nearest<const N: u32, const ES: u32, const F: u32>(bits: u64, end: End, sticky: bool) -> u64 {
    let sign = (bits as i64 >> 63) as u64;
    let l = (bits & (minus::<F>() - 1)).wrapping_sub(one::<F>()) as i64;
    if matches!(end, End::Beyond) && run::<ES>(l, F) >= N - 2 {
        return saturated::<N>(l < 0, sign);
    }
    // One more than the bias is a multiple of 2^ES, so that e is what the field shows.
    round::<N, ES>(l, F, bits.wrapping_add(1 << F), sign, sticky)
}

/// How large and how small a result may be.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// Its run is at most `N - 2`: not below minPos, and below `2^((N-1) 2^ES)`.
    Within,
    /// Anything.
    Beyond,
}

/// The nearest pattern; the float is finite and not zero. `N <= 16`.
#[inline(always)]
pub(super) const fn from_f32<const N: u32, const ES: u32>(x: f32, end: End) -> u64 {
    nearest::<N, ES, 23>(x.to_bits() as i32 as i64 as u64, end, false)
}

/// The nearest pattern; the float is finite and not zero. `N <= 32`.
#[inline(always)]
pub(super) const fn from_f64<const N: u32, const ES: u32>(x: f64, end: End) -> u64 {
    nearest::<N, ES, 52>(x.to_bits(), end, sticky::<N, ES>(x.to_bits(), 52))
}

/// The bits of an `f64` that are zero in all borders between two posits, and in all posits: a border has at
/// most `N - ES - 1` significant bits.
const fn below_borders<const N: u32, const ES: u32>() -> u64 {
    u64::MAX >> (10 + N - ES)
}

/// Whether an `f64` can be a border.
#[inline(always)]
pub(super) const fn may_be_border<const N: u32, const ES: u32>(x: f64) -> bool {
    x.to_bits() & below_borders::<N, ES>() == 0
}

/// Whether no `f64` less than `steps` steps from this one can be a border.
#[inline(always)]
pub(super) const fn is_beside_borders<const N: u32, const ES: u32>(x: f64, steps: u64) -> bool {
    x.to_bits().wrapping_add(steps) & below_borders::<N, ES>() > 2 * steps
}

/// The pattern nearest to an exact result of which `x` is the nearest `f64` and no border, or one not far from
/// it with no border between.
///
/// Rounding is monotone: the exact result and a nearest `f64` that is no border lie on the same side of each.
#[inline(always)]
pub(super) const fn from_beside_borders<const N: u32, const ES: u32>(x: f64, end: End) -> u64 {
    nearest::<N, ES, 52>(x.to_bits(), end, true)
}
