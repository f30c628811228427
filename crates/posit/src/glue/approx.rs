//! approx: comparison within a distance. NaR is near nothing but itself.

use approx::{AbsDiffEq, RelativeEq, UlpsEq};

use crate::kernel::signed;
use crate::{Posit, Storage};

/// The distance, or `None` if it says nothing: one of the two is NaR.
fn distance<const N: u32, const ES: u32, S: Storage>(
    a: Posit<N, ES, S>,
    b: Posit<N, ES, S>,
) -> Option<Posit<N, ES, S>> {
    Some((a - b).abs()).filter(|d| !d.is_nar())
}

impl<const N: u32, const ES: u32, S: Storage> AbsDiffEq for Posit<N, ES, S> {
    type Epsilon = Self;

    #[inline]
    fn default_epsilon() -> Self {
        Self::EPSILON
    }

    #[inline]
    fn abs_diff_eq(&self, other: &Self, epsilon: Self) -> bool {
        self == other || distance(*self, *other).is_some_and(|d| d <= epsilon)
    }
}

impl<const N: u32, const ES: u32, S: Storage> RelativeEq for Posit<N, ES, S> {
    #[inline]
    fn default_max_relative() -> Self {
        Self::EPSILON
    }

    #[inline]
    fn relative_eq(&self, other: &Self, epsilon: Self, max_relative: Self) -> bool {
        let largest = self.abs().max(other.abs());
        self == other || distance(*self, *other).is_some_and(|d| d <= epsilon || d <= largest * max_relative)
    }
}

/// A unit in the last place is the step from one pattern to the next.
impl<const N: u32, const ES: u32, S: Storage> UlpsEq for Posit<N, ES, S> {
    #[inline]
    fn default_max_ulps() -> u32 {
        4
    }

    #[inline]
    fn ulps_eq(&self, other: &Self, epsilon: Self, max_ulps: u32) -> bool {
        if self.abs_diff_eq(other, epsilon) {
            return true;
        }
        if self.is_nar() || other.is_nar() || self.is_negative() != other.is_negative() {
            return false;
        }
        signed(self.to_word(), N).abs_diff(signed(other.to_word(), N)) <= u64::from(max_ulps)
    }
}
