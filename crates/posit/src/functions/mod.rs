//! The functions of clauses 5.5, 5.6 and 5.8, each correctly rounded for every format.
//!
//! # The plan of every function
//!
//! 1. NaR, zero and arguments outside the domain are answered first.
//! 2. So are results that are *exact*: there the real result may lie on a border between two posits, and no
//!    finite number of bits would decide. Which results these are is said, with the reason, at each function.
//! 3. For `N <= 32` the result is evaluated in words of 64 bits, in [`fast`], with one bound for all functions.
//!    If everything within the bound rounds to the same posit, that is the answer.
//! 4. Otherwise the result is evaluated as a [`Ball`](ball::Ball): a number with a proved bound of its error.
//!    If both ends round to the same posit, that is the answer. This is the first phase, with one limb of
//!    64 bits for `N <= 32` and two above.
//! 5. If not, the second phase does the same with 256 or 384 bits (Ziv's strategy).
//!
//! # Why the second phase is wide enough
//!
//! A border has at most `N` significant bits, so results that are not exact come about as near to a border
//! as `2^-2N` for one argument and `2^-3N` for two: 96 and 192 bits, and the widths leave 150 more for what
//! an evaluation loses. That is a statement about chance. What is nearer by *structure* is treated as an
//! exact case: a power of two plus or minus a huge power of two (`exp2_m1`, `compound`), an angle that is
//! the quotient itself (`atan2`).
//!
//! A result near a *posit* needs no care however near it is, as `sin x` is to `x`, `cosh x` to 1, `tanh x` to 1:
//! the border is far away, so both ends of the ball round to that posit.
//!
//! # Reading order
//!
//! `limbs.rs`, `ball/`, `table/`: numbers. `series.rs`, then `exponential.rs`, `logarithm.rs`, `angle.rs`,
//! `arctangent.rs`: the four evaluations from which all others follow, as `const fn` on balls. The other
//! files hold methods of [`Posit`](crate::Posit), one family a file. `fast/` repeats the evaluations in short.

mod angle;
mod arctangent;
mod arctangent2;
mod ball;
mod exponential;
mod fast;
mod hyperbolic;
mod hypot;
mod inverse_hyperbolic;
mod inverse_trigonometric;
mod limbs;
mod logarithm;
mod power;
mod root;
mod series;
mod table;
#[cfg(test)]
mod tests;
mod trigonometric;

use crate::kernel::unpacked::{Unpacked, decode, encode};
use crate::{Posit, Storage};

/// Evaluates a function, generic in the limbs of its balls, as often as it takes.
///
/// With a second evaluation, that of [`fast`], it is tried first.
macro_rules! settle {
    ($f:ident($($x:expr),*), $fast:expr) => {
        if N > 32 {
            settle!($f($($x),*))
        } else {
            match $fast.round::<N, ES>() {
                Some(pattern) => pattern,
                None => settle!($f($($x),*)),
            }
        }
    };
    ($f:ident($($x:expr),*)) => {
        if N <= 32 {
            match $f::<1>($($x),*).round::<N, ES>() {
                Some(pattern) => pattern,
                None => $f::<4>($($x),*).nearest::<N, ES>(),
            }
        } else {
            match $f::<2>($($x),*).round::<N, ES>() {
                Some(pattern) => pattern,
                None => $f::<6>($($x),*).nearest::<N, ES>(),
            }
        }
    };
}
use settle;

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// The parts of a posit that is neither zero nor NaR.
    #[inline]
    const fn parts(self) -> Option<Unpacked> {
        decode::<N, ES>(self.word())
    }

    /// The posit nearest to an exact `(-1)^negative * 2^exponent * significand`, for a nonzero `significand`.
    #[inline]
    const fn nearest(negative: bool, exponent: i32, significand: u64) -> Self {
        Self::beside(negative, exponent, significand, Side::Exact)
    }

    /// The posit nearest to a number that is less than `2^-64` of itself away from
    /// `(-1)^negative * 2^exponent * significand`, for a nonzero `significand`: at it, nearer to zero, or
    /// farther from zero.
    const fn beside(negative: bool, exponent: i32, significand: u64, side: Side) -> Self {
        let zeros = significand.leading_zeros();
        let (top, exponent) = (significand << zeros, exponent + 63 - zeros as i32);
        Self::pattern(match side {
            Side::Exact => encode::<N, ES>(negative, exponent, top, false),
            Side::Outside => encode::<N, ES>(negative, exponent, top, true),
            // Just below a power of two all bits are set.
            Side::Inside if top == 1 << 63 => encode::<N, ES>(negative, exponent - 1, u64::MAX, true),
            Side::Inside => encode::<N, ES>(negative, exponent, top - 1, true),
        })
    }
}

/// Where a real number is, seen from a number of 64 bits next to it.
#[derive(Clone, Copy)]
enum Side {
    /// Nearer to zero.
    Inside,
    /// At it.
    Exact,
    /// Farther from zero.
    Outside,
}

/// A posit as `±odd * 2^exponent`.
#[derive(Clone, Copy)]
struct Dyadic {
    negative: bool,
    odd: u64,
    exponent: i32,
}

/// The odd part and the power of two of a posit.
#[inline]
const fn dyadic(x: Unpacked) -> Dyadic {
    let zeros = x.significand.trailing_zeros();
    Dyadic { negative: x.negative, odd: x.significand >> zeros, exponent: x.exponent - 63 + zeros as i32 }
}

/// The value of a posit that is an integer below `2^62`.
#[inline]
const fn integer(x: Unpacked) -> Option<i64> {
    let Dyadic { negative, odd, exponent } = dyadic(x);
    if exponent < 0 || x.exponent >= 62 {
        return None;
    }
    let magnitude = (odd << exponent) as i64;
    Some(if negative { -magnitude } else { magnitude })
}

/// A nonzero integer.
const fn unpacked(n: i32) -> Unpacked {
    let magnitude = n.unsigned_abs() as u64;
    let zeros = magnitude.leading_zeros();
    Unpacked { negative: n < 0, exponent: 63 - zeros as i32, significand: magnitude << (zeros & 63) }
}

/// `base^exponent` if it is below `2^64`.
const fn power(base: u64, exponent: u64) -> Option<u64> {
    if base <= 1 || exponent == 0 {
        return Some(if exponent == 0 { 1 } else { base });
    }
    if exponent >= 64 {
        return None;
    }
    let mut product: u64 = 1;
    let mut i = 0;
    while i < exponent {
        product = match product.checked_mul(base) {
            Some(next) => next,
            None => return None,
        };
        i += 1;
    }
    Some(product)
}

/// An exponent of two within the range that still tells saturation: every format ends at `2^±992`.
const fn saturated(k: i64) -> i32 {
    if k > HUGE as i64 {
        HUGE
    } else if k < -(HUGE as i64) {
        -HUGE
    } else {
        k as i32
    }
}

/// Far beyond every format.
const HUGE: i32 = 2048;
