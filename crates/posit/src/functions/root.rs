//! Roots of any degree.

use super::ball::Ball;
use super::exponential::exp;
use super::fast::{self, Real};
use super::logarithm::ln;
use super::{dyadic, power, settle, unpacked};
use crate::kernel::unpacked::Unpacked;
use crate::{Posit, Storage};

/// `|x|^(1/n)`.
const fn root_of<const L: usize>(x: Unpacked, n: i32) -> Ball<L> {
    exp(ln(Ball::exact(x).abs()).div(Ball::integer(n as i64)))
}

/// The integer whose power `n >= 2` is `x`, if there is one.
const fn exact_root(x: u64, n: u64) -> Option<u64> {
    // Bisection: low^n <= x < high^n.
    let (mut low, mut high) = (1, 1 << 32);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match power(middle, n) {
            Some(y) if y <= x => low = middle,
            _ => high = middle,
        }
    }
    match power(low, n) {
        Some(y) if y == x => Some(low),
        _ => None,
    }
}

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// `rootN` (clause 5.8): `self^(1/n)`, correctly rounded. An odd root has the sign of `self`. NaR for
    /// `n = 0`, for an even root of a negative number, for a negative degree at zero, and for NaR.
    ///
    /// ```
    /// # use posit::P16;
    /// assert_eq!(P16::from_f64(-27.0).root_n(3).to_f64(), -3.0);
    /// ```
    #[must_use]
    pub const fn root_n(self, n: i32) -> Self {
        if self.is_nar() || n == 0 {
            return Self::NAR;
        }
        let Some(x) = self.parts() else {
            return if n > 0 { self } else { Self::NAR };
        };
        if x.negative && n & 1 == 0 {
            return Self::NAR;
        }
        // With x = odd * 2^e the root is rational only if n divides e and odd is a perfect power; and dyadic
        // only if n > 0 or odd = 1.
        let d = dyadic(x);
        let exact = match d.exponent.checked_rem(n) {
            Some(0) if d.odd == 1 => Some(1),
            Some(0) if n == 1 => Some(d.odd),
            Some(0) if n > 1 => exact_root(d.odd, n as u64),
            _ => None,
        };
        let result = match exact {
            Some(root) => Self::nearest(false, d.exponent / n, root),
            None => {
                Self::pattern(settle!(root_of(x, n), fast::root_n(Real::exact(x), Real::exact(unpacked(n)))))
            }
        };
        if x.negative { result.neg() } else { result }
    }

    /// The cube root, correctly rounded: [`root_n(3)`](Self::root_n), under the name that `f32` has for it.
    #[must_use]
    pub const fn cbrt(self) -> Self {
        self.root_n(3)
    }
}
