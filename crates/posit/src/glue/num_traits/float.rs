//! num-traits: `Float`, which implies `Real`, and `Pow`. See `float_core` for what posits do not have.

use core::num::FpCategory;

use num_traits::{Float, Pow};

use crate::{Posit, Storage};

macro_rules! same {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method(self) -> Self {
            Self::$method(self)
        }
    )*};
}

/// Every function rounds once, but for [`log`](Float::log), the quotient of two logarithms.
///
/// `infinity()`, `neg_infinity()` and `nan()` are NaR, which compares *below* every number; `min` and `max`
/// pass over it, as they do over NaN.
impl<const N: u32, const ES: u32, S: Storage> Float for Posit<N, ES, S> {
    /// NaR.
    fn nan() -> Self {
        Self::NAR
    }
    /// NaR: there is no infinity. It is below every number.
    fn infinity() -> Self {
        Self::NAR
    }
    /// NaR.
    fn neg_infinity() -> Self {
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
    /// One for zero, as for floats.
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
    fn copysign(self, sign: Self) -> Self {
        Self::copysign(self, sign)
    }
    fn mul_add(self, a: Self, b: Self) -> Self {
        Self::mul_add(self, a, b)
    }
    fn powi(self, n: i32) -> Self {
        Self::powi(self, n)
    }
    fn powf(self, y: Self) -> Self {
        self.pow(y)
    }
    /// `ln(self) / ln(base)`: three roundings. Bases 2 and 10 have functions of their own.
    fn log(self, base: Self) -> Self {
        self.ln().div(base.ln())
    }
    fn max(self, other: Self) -> Self {
        self.max_number(other)
    }
    fn min(self, other: Self) -> Self {
        self.min_number(other)
    }
    /// Never panics; if `max < min` the result is `max`.
    fn clamp(self, min: Self, max: Self) -> Self {
        if self.is_nar() { self } else { Self::clamp(self, min, max) }
    }
    fn abs_sub(self, other: Self) -> Self {
        num_traits::Signed::abs_sub(&self, &other)
    }
    fn hypot(self, other: Self) -> Self {
        Self::hypot(self, other)
    }
    /// `f32`'s order of arguments: `self` is the ordinate.
    fn atan2(self, other: Self) -> Self {
        Self::atan2(self, other)
    }
    fn sin_cos(self) -> (Self, Self) {
        Self::sin_cos(self)
    }
    fn integer_decode(self) -> (u64, i16, i8) {
        self.decoded()
    }

    same! {
        floor ceil round trunc fract abs recip sqrt cbrt exp exp2 exp_m1 ln log2 log10 ln_1p sin cos tan asin
        acos atan sinh cosh tanh asinh acosh atanh to_degrees to_radians
    }
}

/// `pow` of the standard.
impl<const N: u32, const ES: u32, S: Storage> Pow<Self> for Posit<N, ES, S> {
    type Output = Self;
    #[inline]
    fn pow(self, y: Self) -> Self {
        Self::pow(self, y)
    }
}

/// An integer power.
impl<const N: u32, const ES: u32, S: Storage> Pow<i32> for Posit<N, ES, S> {
    type Output = Self;
    #[inline]
    fn pow(self, n: i32) -> Self {
        self.powi(n)
    }
}
