//! Power series of small arguments; everything transcendental comes from one of these.
//!
//! Each is cut where the first term left out is below `2^-(64 L + 2)`. Terms shrink at least by half from
//! there on, so all that is left out is below `2^-(64 L + 1)`. The sums are between 1/2 and 2, so this is at
//! most one unit of their last place; [`sum`] adds it to the bound.

use super::ball::Ball;
use super::table::{Constant, FACTORIAL, ODD, entry};

/// `sum of table[start + step k] * u^k` over `k >= 0`, for `|u| < 1`.
const fn sum<const L: usize>(table: &[Constant], start: usize, step: usize, u: Ball<L>) -> Ball<L> {
    // |u| < 2^magnitude, and a coefficient is below 2^(exponent + 1).
    let magnitude = u.magnitude();
    let last = -(Ball::<L>::BITS as i32) - 3;
    let mut k = 1;
    if !u.is_zero() {
        while k as i32 * magnitude + entry(table, start + step * k).exponent() > last {
            k += 1;
        }
    }
    k -= 1;
    let mut sum = entry(table, start + step * k).ball::<L>();
    while k > 0 {
        k -= 1;
        sum = sum.mul(u).add(entry(table, start + step * k).ball());
    }
    sum.blur(1)
}

/// `e^x - 1` for `|x| < 1/2`, with the relative error of a few units: small arguments lose nothing.
///
/// The argument is halved until the series is short; `e^(2 t) - 1 = m (2 + m)` with `m = e^t - 1` doubles
/// it again.
pub(super) const fn exp_m1<const L: usize>(x: Ball<L>) -> Ball<L> {
    if x.is_zero() {
        return x;
    }
    let target = 2 * L as i32 + 2;
    let halvings = if x.magnitude() > -target { x.magnitude() + target } else { 0 };
    let t = x.scale(-halvings);
    let mut m = sum(&FACTORIAL, 1, 1, t).mul(t);
    let two = Ball::power_of_two(1);
    let mut i = 0;
    while i < halvings {
        m = m.mul(m.add(two));
        i += 1;
    }
    m
}

/// `sin x` for `|x| < 1`.
pub(super) const fn sin<const L: usize>(x: Ball<L>) -> Ball<L> {
    sum(&FACTORIAL, 1, 2, x.square().neg()).mul(x)
}

/// `cos x` for `|x| < 1`.
pub(super) const fn cos<const L: usize>(x: Ball<L>) -> Ball<L> {
    sum(&FACTORIAL, 0, 2, x.square().neg())
}

/// `atanh z` for `|z| < 2^-6`.
pub(super) const fn atanh<const L: usize>(z: Ball<L>) -> Ball<L> {
    sum(&ODD, 0, 1, z.square()).mul(z)
}

/// `atan z` for `|z| < 2^-5`.
pub(super) const fn atan<const L: usize>(z: Ball<L>) -> Ball<L> {
    sum(&ODD, 0, 1, z.square().neg()).mul(z)
}
