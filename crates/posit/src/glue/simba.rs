//! simba: the fields that nalgebra computes in. A posit is a real field, and the complex field of its own.
#![expect(unsafe_code, reason = "two methods of SimdValue are declared unsafe; nothing unsafe is done")]

use num_traits::{Float, FromPrimitive};
use simba::scalar::{ComplexField, Field, RealField, SubsetOf};
use simba::simd::{PrimitiveSimdValue, SimdValue};

use crate::{Posit, Storage};

impl<const N: u32, const ES: u32, S: Storage> Field for Posit<N, ES, S> {}
impl<const N: u32, const ES: u32, S: Storage> PrimitiveSimdValue for Posit<N, ES, S> {}

/// One lane; its index is not looked at.
impl<const N: u32, const ES: u32, S: Storage> SimdValue for Posit<N, ES, S> {
    const LANES: usize = 1;
    type Element = Self;
    type SimdBool = bool;

    #[inline]
    fn splat(value: Self) -> Self {
        value
    }
    #[inline]
    fn extract(&self, _: usize) -> Self {
        *self
    }
    #[inline]
    unsafe fn extract_unchecked(&self, _: usize) -> Self {
        *self
    }
    #[inline]
    fn replace(&mut self, _: usize, value: Self) {
        *self = value;
    }
    #[inline]
    unsafe fn replace_unchecked(&mut self, _: usize, value: Self) {
        *self = value;
    }
    #[inline]
    fn select(self, condition: bool, other: Self) -> Self {
        if condition { self } else { other }
    }
}

/// All posits of all formats are each other's elements as far as rounding allows.
impl<const N: u32, const ES: u32, S: Storage, const M: u32, const FS: u32, T: Storage>
    SubsetOf<Posit<M, FS, T>> for Posit<N, ES, S>
{
    fn to_superset(&self) -> Posit<M, FS, T> {
        Posit::from_posit(*self)
    }
    fn from_superset_unchecked(element: &Posit<M, FS, T>) -> Self {
        Self::from_posit(*element)
    }
    fn is_in_subset(element: &Posit<M, FS, T>) -> bool {
        Posit::from_posit(Self::from_posit(*element)) == *element
    }
}

macro_rules! floats {
    ($($t:ident $from:ident $to:ident;)*) => {$(
        /// As between `f64` and `f32`: every posit becomes a float and the reverse, rounded.
        impl<const N: u32, const ES: u32, S: Storage> SubsetOf<Posit<N, ES, S>> for $t {
            fn to_superset(&self) -> Posit<N, ES, S> {
                Posit::$from(*self)
            }
            fn from_superset_unchecked(element: &Posit<N, ES, S>) -> Self {
                element.$to()
            }
            fn is_in_subset(_: &Posit<N, ES, S>) -> bool {
                true
            }
        }
        /// As between `f64` and `f32`: every posit becomes a float and the reverse, rounded.
        impl<const N: u32, const ES: u32, S: Storage> SubsetOf<$t> for Posit<N, ES, S> {
            fn to_superset(&self) -> $t {
                self.$to()
            }
            fn from_superset_unchecked(element: &$t) -> Self {
                Self::$from(*element)
            }
            fn is_in_subset(_: &$t) -> bool {
                true
            }
        }
    )*};
}
floats! {
    f32 from_f32 to_f32;
    f64 from_f64 to_f64;
}

macro_rules! same {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method(self) -> Self {
            Self::$method(self)
        }
    )*};
}

impl<const N: u32, const ES: u32, S: Storage> ComplexField for Posit<N, ES, S>
where
    Self: FromPrimitive,
{
    type RealField = Self;

    fn from_real(re: Self) -> Self {
        re
    }
    fn real(self) -> Self {
        self
    }
    fn imaginary(self) -> Self {
        Self::ZERO
    }
    fn modulus(self) -> Self {
        self.abs()
    }
    fn modulus_squared(self) -> Self {
        self * self
    }
    /// Zero or π.
    fn argument(self) -> Self {
        if self.is_negative() { Self::PI } else { Self::ZERO }
    }
    fn norm1(self) -> Self {
        self.abs()
    }
    fn scale(self, factor: Self) -> Self {
        self * factor
    }
    fn unscale(self, factor: Self) -> Self {
        self / factor
    }
    /// One for zero, as for floats.
    fn signum(self) -> Self {
        Float::signum(self)
    }
    fn mul_add(self, a: Self, b: Self) -> Self {
        Self::mul_add(self, a, b)
    }
    fn hypot(self, other: Self) -> Self {
        Self::hypot(self, other)
    }
    fn conjugate(self) -> Self {
        self
    }
    fn sin_cos(self) -> (Self, Self) {
        Self::sin_cos(self)
    }
    fn log(self, base: Self) -> Self {
        Float::log(self, base)
    }
    fn powi(self, n: i32) -> Self {
        Self::powi(self, n)
    }
    fn powf(self, n: Self) -> Self {
        Self::pow(self, n)
    }
    fn powc(self, n: Self) -> Self {
        Self::pow(self, n)
    }
    fn is_finite(&self) -> bool {
        Self::is_finite(*self)
    }
    fn try_sqrt(self) -> Option<Self> {
        Some(self.sqrt()).filter(|root| !root.is_nar())
    }

    same! {
        floor ceil round trunc fract abs recip sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh log2
        log10 ln ln_1p sqrt exp exp2 exp_m1 cbrt
    }
}

macro_rules! constants {
    ($($method:ident $name:ident;)*) => {$(
        #[inline]
        fn $method() -> Self {
            Self::$name
        }
    )*};
}

impl<const N: u32, const ES: u32, S: Storage> RealField for Posit<N, ES, S> {
    fn is_sign_positive(&self) -> bool {
        !self.is_negative()
    }
    fn is_sign_negative(&self) -> bool {
        self.is_negative()
    }
    fn copysign(self, sign: Self) -> Self {
        Self::copysign(self, sign)
    }
    /// Passes over NaR.
    fn max(self, other: Self) -> Self {
        Float::max(self, other)
    }
    /// Passes over NaR.
    fn min(self, other: Self) -> Self {
        Float::min(self, other)
    }
    fn clamp(self, min: Self, max: Self) -> Self {
        Float::clamp(self, min, max)
    }
    fn atan2(self, other: Self) -> Self {
        Self::atan2(self, other)
    }
    /// `-maxPos`, as simba has the least `f64`.
    fn min_value() -> Option<Self> {
        Some(Self::MIN)
    }
    fn max_value() -> Option<Self> {
        Some(Self::MAX)
    }

    constants! {
        pi PI;
        two_pi TAU;
        frac_pi_2 FRAC_PI_2;
        frac_pi_3 FRAC_PI_3;
        frac_pi_4 FRAC_PI_4;
        frac_pi_6 FRAC_PI_6;
        frac_pi_8 FRAC_PI_8;
        frac_1_pi FRAC_1_PI;
        frac_2_pi FRAC_2_PI;
        frac_2_sqrt_pi FRAC_2_SQRT_PI;
        e E;
        log2_e LOG2_E;
        log10_e LOG10_E;
        ln_2 LN_2;
        ln_10 LN_10;
    }
}
