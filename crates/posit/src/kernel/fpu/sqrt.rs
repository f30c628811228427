//! The square root from a table of lines, in `f64`: `core` has none of floats, and this is `const fn`.

use super::float::{self, End};
use super::{nar, undecided};
use crate::kernel::lane::significant;

/// Formats whose roots are computed here: the regime of a root leaves room for all exponent bits, so that no
/// border is a power of two that a root could hit. A run is at most 2 longer than half of `N - 2`.
pub(in crate::kernel) const fn roots(n: u32, es: u32) -> bool {
    n <= 32 && n >= 1 + n.div_ceil(2) + 1 + es
}

/// `1 / sqrt(m)` for `m` in `[1/2, 2)` with a relative error below 2^-16.4: `c + d m` in 64 intervals below one and 64
/// above. A chord of a convex function, lowered by half of what it is too high in the middle, `h^2 f'' / 8` of
/// `h = 1/64` and `f'' = 3/4` at one, errs by half of that.
const LINES: [(f64, f64); 128] = {
    let mut lines = [(0.0, 0.0); 128];
    let mut i = 0;
    while i < 128 {
        let (below, h) =
            if i < 64 { (0.5 + i as f64 / 128.0, 0.5 / 64.0) } else { (i as f64 / 64.0, 1.0 / 64.0) };
        let (at, middle) = (inverse(below), inverse(below + h / 2.0));
        let slope = (inverse(below + h) - at) / h;
        let high = at + slope * h / 2.0 - middle;
        lines[i] = (at - slope * below - high / 2.0, slope);
        i += 1;
    }
    lines
};

/// `1 / sqrt(x)` by Newton's steps, for the table.
const fn inverse(x: f64) -> f64 {
    // Half of the exponent and a straight line in the fraction: five bits, and twice as many with every step.
    let mut y = f64::from_bits(0x5FE6_EB50_C7B5_37A9 - (x.to_bits() >> 1));
    let mut step = 0;
    while step < 5 {
        y *= 1.5 - 0.5 * x * y * y;
        step += 1;
    }
    y
}

/// `sqrt(a)`; NaR for NaR and below zero.
///
/// With `y = (1 + e) / sqrt(m)` and `s = m y`, `s + (m - s^2) y / 2` has a relative error of `3/2 e^2`, 2^-32.2, and
/// once more with the same `y` the product of both, 2^-48.6.
///
/// No root is a border. A border `t` in `[1, 2)` with `f + 1` bits behind the point, the last of them set, has a square
/// with `2f + 2`, and posits of twice its exponent have `f` at most. With `p` bits of significand `|x - t^2|` is a
/// multiple of `2^(-2p)`, so that a root is at least `2^(-2p-3)`, relatively, from a border: 2^-31 for `p = 14`,
/// farther than one correction errs.
///
/// For wider formats the second leaves less than 32 units of an `f64`: what is not farther from a border is left
/// to the integer kernel.
#[inline(always)]
pub(super) const fn sqrt<const N: u32, const ES: u32>(a: u64) -> u64 {
    let magnitude = a & (nar(N) - 1);
    if magnitude == 0 {
        return a;
    }
    let x = float::to_f64::<N, ES>(magnitude).to_bits();
    // x = m 2^(2k); an odd field of the exponent is that of m in [1, 2).
    let m = f64::from_bits((x & ((1 << 53) - 1)) | 1022 << 52);
    let k = (x >> 53).wrapping_sub(511);
    let (constant, slope) = const { &LINES }[(x >> 46) as usize & 127];
    let y = constant + slope * m;
    let s = m * y;
    let s = s + (m - s * s) * (0.5 * y);
    let pattern = if const { significant(N, ES) <= 14 } {
        float::from_beside_borders::<N, ES>(scaled(s, k), End::Within)
    } else {
        let root = scaled(s + (m - s * s) * (0.5 * y), k);
        if !float::is_beside_borders::<N, ES>(root, 32) {
            return undecided::sqrt::<N, ES>(a);
        }
        float::from_beside_borders::<N, ES>(root, End::Within)
    };
    // Signs are as good as random, so that no branch is taken on them.
    let negative = ((a << (64 - N)) as i64 >> 63) as u64;
    (pattern & !negative) | (nar(N) & negative)
}

/// `s 2^k`, a normal float.
#[inline(always)]
const fn scaled(s: f64, k: u64) -> f64 {
    // The compiler does not know the sign.
    f64::from_bits(s.to_bits().wrapping_add(k << 52) & (u64::MAX >> 1))
}
