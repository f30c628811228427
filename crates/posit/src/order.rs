//! Comparison, clause 5.3: the order of the patterns as signed integers.
//!
//! In `Posit<8, 2>`: `NaR = 0x80 < -maxPos = 0x81 < -1 = 0xC0 < 0 = 0x00 < 1 = 0x40 < maxPos = 0x7F`.
//! Every pair is ordered, NaR is equal to itself and less than every number.

use core::cmp::Ordering;

use crate::kernel;
use crate::{Posit, Storage};

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    const fn key(self) -> i64 {
        kernel::signed(self.word(), N)
    }

    /// The order of `self` and `other`, which is total; NaR is less than every number (clause 5.3).
    #[inline]
    #[must_use]
    pub const fn total_cmp(self, other: Self) -> Ordering {
        if self.key() < other.key() {
            Ordering::Less
        } else if self.key() > other.key() {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    }

    /// `compareEqual` (clause 5.3): true also for NaR and NaR.
    #[doc(alias = "compareEqual")]
    #[inline]
    #[must_use]
    pub const fn compare_equal(self, other: Self) -> bool {
        self.key() == other.key()
    }

    /// `compareNotEqual` (clause 5.3).
    #[doc(alias = "compareNotEqual")]
    #[inline]
    #[must_use]
    pub const fn compare_not_equal(self, other: Self) -> bool {
        self.key() != other.key()
    }

    /// `compareGreater` (clause 5.3).
    #[doc(alias = "compareGreater")]
    #[inline]
    #[must_use]
    pub const fn compare_greater(self, other: Self) -> bool {
        self.key() > other.key()
    }

    /// `compareGreaterEqual` (clause 5.3).
    #[doc(alias = "compareGreaterEqual")]
    #[inline]
    #[must_use]
    pub const fn compare_greater_equal(self, other: Self) -> bool {
        self.key() >= other.key()
    }

    /// `compareLess` (clause 5.3): NaR is less than every number.
    #[doc(alias = "compareLess")]
    #[inline]
    #[must_use]
    pub const fn compare_less(self, other: Self) -> bool {
        self.key() < other.key()
    }

    /// `compareLessEqual` (clause 5.3).
    #[doc(alias = "compareLessEqual")]
    #[inline]
    #[must_use]
    pub const fn compare_less_equal(self, other: Self) -> bool {
        self.key() <= other.key()
    }

    /// The greater of two, in the order of clause 5.3: a number before NaR.
    #[inline]
    #[must_use]
    pub const fn max(self, other: Self) -> Self {
        if self.key() < other.key() { other } else { self }
    }

    /// The lesser of two, in the order of clause 5.3: NaR before any number.
    #[inline]
    #[must_use]
    pub const fn min(self, other: Self) -> Self {
        if other.key() < self.key() { other } else { self }
    }

    /// `self` held within `[low, high]`. If `high < low`, the result is `high`; a NaR becomes `low`.
    #[inline]
    #[must_use]
    pub const fn clamp(self, low: Self, high: Self) -> Self {
        self.max(low).min(high)
    }
}

impl<const N: u32, const ES: u32, S: Storage> PartialOrd for Posit<N, ES, S> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<const N: u32, const ES: u32, S: Storage> Ord for Posit<N, ES, S> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.total_cmp(*other)
    }

    #[inline]
    fn max(self, other: Self) -> Self {
        Self::max(self, other)
    }

    #[inline]
    fn min(self, other: Self) -> Self {
        Self::min(self, other)
    }

    /// As the inherent `clamp`: never panics.
    #[inline]
    fn clamp(self, low: Self, high: Self) -> Self {
        Self::clamp(self, low, high)
    }
}
