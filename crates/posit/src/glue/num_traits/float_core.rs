//! num-traits: what generic code asks of a float, with the posit's answer where there is no such thing.
//!
//! There is no infinity: `infinity`, `neg_infinity` and `nan` are NaR, nothing `is_infinite`, and negative
//! zero is zero. NaR compares *below* every number, so `min` and `max` of these traits pass over it, as they
//! do over NaN: a search for a minimum that starts from `infinity()` finds the minimum. A plain `<` against
//! `infinity()` does not; start such a loop from `Bounded::max_value()`.

use core::num::FpCategory;

use num_traits::float::{FloatConst, FloatCore};

use crate::kernel::unpacked::decode;
use crate::{Posit, Storage};

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// The lesser number; NaR only if both are.
    pub(super) fn min_number(self, other: Self) -> Self {
        if self.is_nar() || (other.is_finite() && other < self) { other } else { self }
    }

    /// The greater number; NaR only if both are.
    pub(super) fn max_number(self, other: Self) -> Self {
        self.max(other)
    }

    /// One for zero too, as for floats; NaR for NaR.
    pub(super) fn float_signum(self) -> Self {
        if self.is_zero() { Self::ONE } else { self.sign() }
    }

    pub(super) fn category(self) -> FpCategory {
        if self.is_nar() {
            FpCategory::Nan
        } else if self.is_zero() {
            FpCategory::Zero
        } else {
            FpCategory::Normal
        }
    }

    /// `sign * mantissa * 2^exponent`, exactly. Zero is `(0, 0, 1)`, NaR the largest exponent.
    pub(super) fn decoded(self) -> (u64, i16, i8) {
        match decode::<N, ES>(self.to_word()) {
            // The exponent is within ±992.
            Some(x) => (x.significand, (x.exponent - 63) as i16, if x.negative { -1 } else { 1 }),
            None if self.is_zero() => (0, 0, 1),
            None => (0, i16::MAX, -1),
        }
    }
}

/// As `Float`, without functions.
impl<const N: u32, const ES: u32, S: Storage> FloatCore for Posit<N, ES, S> {
    /// NaR: there is no infinity. It is below every number.
    fn infinity() -> Self {
        Self::NAR
    }
    /// NaR.
    fn neg_infinity() -> Self {
        Self::NAR
    }
    /// NaR.
    fn nan() -> Self {
        Self::NAR
    }
    /// Zero, of which there is one.
    fn neg_zero() -> Self {
        Self::ZERO
    }
    fn min_value() -> Self {
        Self::MIN
    }
    fn min_positive_value() -> Self {
        Self::MIN_POSITIVE
    }
    fn epsilon() -> Self {
        Self::EPSILON
    }
    fn max_value() -> Self {
        Self::MAX
    }
    fn is_nan(self) -> bool {
        self.is_nar()
    }
    /// False.
    fn is_infinite(self) -> bool {
        false
    }
    fn is_finite(self) -> bool {
        Self::is_finite(self)
    }
    fn is_normal(self) -> bool {
        self.is_finite() && !self.is_zero()
    }
    fn is_subnormal(self) -> bool {
        false
    }
    fn classify(self) -> FpCategory {
        self.category()
    }
    fn floor(self) -> Self {
        Self::floor(self)
    }
    fn ceil(self) -> Self {
        Self::ceil(self)
    }
    fn round(self) -> Self {
        Self::round(self)
    }
    fn trunc(self) -> Self {
        Self::trunc(self)
    }
    fn fract(self) -> Self {
        Self::fract(self)
    }
    fn abs(self) -> Self {
        Self::abs(self)
    }
    fn signum(self) -> Self {
        self.float_signum()
    }
    fn is_sign_positive(self) -> bool {
        !self.is_negative()
    }
    /// False for NaR.
    fn is_sign_negative(self) -> bool {
        self.is_negative()
    }
    fn min(self, other: Self) -> Self {
        self.min_number(other)
    }
    fn max(self, other: Self) -> Self {
        self.max_number(other)
    }
    /// Never panics; if `max < min` the result is `max`.
    fn clamp(self, min: Self, max: Self) -> Self {
        if self.is_nar() { self } else { Self::clamp(self, min, max) }
    }
    fn recip(self) -> Self {
        Self::recip(self)
    }
    fn to_degrees(self) -> Self {
        Self::to_degrees(self)
    }
    fn to_radians(self) -> Self {
        Self::to_radians(self)
    }
    fn integer_decode(self) -> (u64, i16, i8) {
        self.decoded()
    }
}

macro_rules! constants {
    ($($name:ident)*) => {
        /// Each rounded once.
        #[allow(non_snake_case, reason = "the names of the trait")]
        impl<const N: u32, const ES: u32, S: Storage> FloatConst for Posit<N, ES, S> {$(
            #[inline]
            fn $name() -> Self {
                Self::$name
            }
        )*}
    };
}
constants! {
    E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8 LN_10
    LN_2 LOG10_E LOG2_E PI SQRT_2 TAU LOG10_2 LOG2_10
}
