//! The square root by Newton's steps in `f64`: `core` has none of floats, and these are `const fn`.

use super::{float, nar, undecided};
use crate::kernel::lane::significant;

/// Formats whose roots are computed here: the regime of a root leaves room for all exponent bits, so that no
/// border is a power of two that a root could hit. A run is at most 2 longer than half of `N - 2`.
pub(in crate::kernel) const fn roots(n: u32, es: u32) -> bool {
    n <= 32 && n >= 1 + n.div_ceil(2) + 1 + es
}

/// `1 / sqrt(x)` with a relative error below 2^-34.8; `x` is normal, positive and below 2^1000.
///
/// Half of the exponent and a straight line in the fraction are off by 2^-4.86 at most; each step makes `3/2 e^2` of an
/// error `e`: 2^-9.1, 2^-17.7, 2^-34.8.
#[inline(always)]
const fn inverse(x: f64) -> f64 {
    let half = 0.5 * x;
    let y = f64::from_bits(0x5FE6_EB50_C7B5_37A9 - (x.to_bits() >> 1));
    let y = y * (1.5 - half * y * y);
    let y = y * (1.5 - half * y * y);
    y * (1.5 - half * y * y)
}

/// `sqrt(a)`; NaR for NaR and below zero.
///
/// No root is a border. A border `t` in `[1, 2)` with `f + 1` bits behind the point, the last of them set, has a square
/// with `2f + 2`, and posits of twice its exponent have `f` at most. With `p` bits of significand `|x - t^2|` is a
/// multiple of `2^(-2p)`, so that a root is at least `2^(-2p-3)`, relatively, from a border: 2^-31 for `p = 14`,
/// farther than three steps err.
///
/// For wider formats one more step, as a correction by `x - s^2`, leaves less than 4 units of an `f64`: what is not
/// farther from a border is left to the integer kernel.
#[inline(always)]
pub(super) const fn sqrt<const N: u32, const ES: u32>(a: u64) -> u64 {
    let magnitude = a & (nar(N) - 1);
    if magnitude == 0 {
        return a;
    }
    let x = float::to_f64::<N, ES>(magnitude);
    let inverse = inverse(x);
    let s = x * inverse;
    let pattern = if const { significant(N, ES) <= 14 } {
        float::from_beside_borders::<N, ES>(s)
    } else {
        let root = s + (x - s * s) * (0.5 * inverse);
        if !float::is_beside_borders::<N, ES>(root, 8) {
            return undecided::sqrt::<N, ES>(a);
        }
        float::from_beside_borders::<N, ES>(root)
    };
    // Signs are as good as random, so that no branch is taken on them.
    let negative = ((a << (64 - N)) as i64 >> 63) as u64;
    (pattern & !negative) | (nar(N) & negative)
}
