//! Roots, fused operations, remainders and integers: exact or rounded once, all `const fn`.

use crate::kernel::{at_width, scalar};
use crate::{Posit, Storage};

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// `sqrt` (clause 5.5): correctly rounded; NaR for NaR and below zero.
    #[inline]
    #[must_use]
    pub const fn sqrt(self) -> Self {
        Self::pattern(scalar::sqrt::<N, ES>(self.word()))
    }

    /// `rSqrt` (clause 5.5): `1 / sqrt(self)` with one rounding; NaR for NaR, zero and below zero.
    #[inline]
    #[must_use]
    pub const fn rsqrt(self) -> Self {
        Self::pattern(at_width!(rsqrt(self.word())))
    }

    /// `self * b + c` with one rounding; NaR if any is. Beyond the standard, whose way is the quire.
    ///
    /// ```
    /// # use posit::P16;
    /// // 52800 + 2^-56 is above the tie between two posits.
    /// let (a, b, c) = (P16::from_bits(0x7680), P16::from_bits(0x6128), P16::MIN_POSITIVE);
    /// assert_eq!(a.mul_add(b, c).to_bits(), 0x7B9D);
    /// assert_eq!((a * b + c).to_bits(), 0x7B9C);
    /// ```
    #[inline]
    #[must_use]
    pub const fn mul_add(self, b: Self, c: Self) -> Self {
        Self::pattern(scalar::fma::<N, ES>(self.word(), b.word(), c.word()))
    }

    /// `fMM` (clause 5.7): `self * b * c` with one rounding; NaR if any is.
    ///
    /// ```
    /// # use posit::P16;
    /// assert_eq!(P16::MAX.mul_mul(P16::MAX, P16::MIN_POSITIVE), P16::MAX);
    /// ```
    #[doc(alias = "fMM")]
    #[inline]
    #[must_use]
    pub const fn mul_mul(self, b: Self, c: Self) -> Self {
        Self::pattern(at_width!(fmm(self.word(), b.word(), c.word())))
    }

    /// The remainder of the division that truncates, with the sign of `self`, as Rust's `%` on `f32`.
    ///
    /// Exact but where exponent bits are cut off near the ends of the range; there it rounds once. NaR if
    /// either is or if `rhs` is zero.
    #[inline]
    #[must_use]
    pub const fn rem(self, rhs: Self) -> Self {
        Self::pattern(at_width!(rem(self.word(), rhs.word())))
    }

    /// The least nonnegative remainder, as `f32::rem_euclid`: [`rem`](Self::rem), plus `|rhs|` if that is
    /// below zero.
    #[inline]
    #[must_use]
    pub const fn rem_euclid(self, rhs: Self) -> Self {
        let r = self.rem(rhs);
        if r.is_negative() { r.add(rhs.abs()) } else { r }
    }

    /// The quotient that goes with [`rem_euclid`](Self::rem_euclid), as `f32::div_euclid`.
    #[inline]
    #[must_use]
    pub const fn div_euclid(self, rhs: Self) -> Self {
        let q = self.div(rhs).trunc();
        if !self.rem(rhs).is_negative() {
            q
        } else if rhs.is_positive() {
            q.sub(Self::ONE)
        } else {
            q.add(Self::ONE)
        }
    }

    /// `nearestInt` (clause 5.2): the nearest integer, half to even; exact. NaR for NaR.
    #[doc(alias = "nearestInt")]
    #[inline]
    #[must_use]
    pub const fn nearest_int(self) -> Self {
        Self::pattern(at_width!(nearest_int(self.word())))
    }

    /// `f32`'s name for [`nearest_int`](Self::nearest_int).
    #[inline]
    #[must_use]
    pub const fn round_ties_even(self) -> Self {
        self.nearest_int()
    }

    /// The nearest integer, half away from zero, as `f32::round`; exact. NaR for NaR.
    #[inline]
    #[must_use]
    pub const fn round(self) -> Self {
        Self::pattern(at_width!(round(self.word())))
    }

    /// `floor` (clause 5.2): the largest integer not above; exact. NaR for NaR.
    #[inline]
    #[must_use]
    pub const fn floor(self) -> Self {
        Self::pattern(at_width!(floor(self.word())))
    }

    /// `ceil` (clause 5.2): the least integer not below; exact. NaR for NaR.
    #[inline]
    #[must_use]
    pub const fn ceil(self) -> Self {
        Self::pattern(at_width!(ceil(self.word())))
    }

    /// The integer part, towards zero; exact. NaR for NaR.
    #[inline]
    #[must_use]
    pub const fn trunc(self) -> Self {
        Self::pattern(at_width!(trunc(self.word())))
    }

    /// What [`trunc`](Self::trunc) leaves, with the sign of `self`; rounded once. NaR for NaR.
    #[inline]
    #[must_use]
    pub const fn fract(self) -> Self {
        self.sub(self.trunc())
    }

    /// The magnitude of `self` with the sign of `sign`; zero and NaR stay, and a `sign` of zero or NaR
    /// counts as positive.
    #[inline]
    #[must_use]
    pub const fn copysign(self, sign: Self) -> Self {
        if sign.is_negative() { self.abs().neg() } else { self.abs() }
    }
}
