//! The direction of a point: the inverse tangent of a quotient.
//!
//! With `0 < y <= x` and the centre `c = i / 32` nearest to `y / x`,
//! `atan(y / x) = atan c + atan((y - c x) / (x + c y))`; the second quotient is below `2^-5.9` and `atan c` is
//! in a table. At `c = 0` nothing is added, so small angles keep their relative error.

use super::ball::Ball;
use super::series;
use super::table::{ARCTANGENT, PI, entry};

/// `atan(y / x)` for `y > 0` and `x >= 0`, in `(0, pi / 2]`.
pub(super) const fn first_quadrant<const L: usize>(y: Ball<L>, x: Ball<L>) -> Ball<L> {
    let steep = x.is_zero() || y.exponent > x.exponent || (y.exponent == x.exponent && y.top() > x.top());
    if !steep {
        return octant(y, x);
    }
    let half = PI.ball().scale(-1);
    if x.is_zero() { half } else { half.sub(octant(x, y)) }
}

/// `atan(y / x)` for `0 < y`, at most a few units of the last place above `x`.
const fn octant<const L: usize>(y: Ball<L>, x: Ball<L>) -> Ball<L> {
    // 32 y / x from 32 bits of each, rounded; wrong by less than 2^-20, so the second quotient stays small.
    let distance = x.exponent - y.exponent;
    // The top bit of a significand is set; saying so once more keeps the division free of a check.
    let divisor = (x.top() >> 32) | (1 << 31);
    let double = if distance > 8 { 0 } else { (((y.top() >> 32) << 6) / divisor) >> distance };
    let i = (double + 1) >> 1;
    if i == 0 {
        return series::atan(y.div(x));
    }
    let i = if i > 32 { 32 } else { i };
    let c = Ball::integer(i as i64).scale(-5);
    let z = y.sub(c.mul(x)).div(x.add(c.mul(y)));
    series::atan(z).add(entry(&ARCTANGENT, i as usize).ball())
}

/// The angle of the point `(x, y)` in `(-pi, pi]`, for `y != 0`.
pub(super) const fn direction<const L: usize>(y: Ball<L>, x: Ball<L>) -> Ball<L> {
    let angle = first_quadrant(y.abs(), x.abs());
    let angle = if x.negative { PI.ball().sub(angle) } else { angle };
    angle.neg_if(y.negative)
}
