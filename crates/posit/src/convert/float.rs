//! Floats, clause 6.5: rounded once, with NaN and both infinities as NaR.

use crate::kernel::{ieee, scalar};
use crate::{Posit, Storage};

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// The posit nearest to an `f32`, ties to the even pattern, saturating (clauses 4.1 and 6.5).
    ///
    /// NaN and both infinities become NaR; both zeros become zero.
    #[inline]
    #[must_use]
    pub const fn from_f32(x: f32) -> Self {
        Self::pattern(ieee::to_posit::<N, ES>(x.to_bits() as u64, ieee::F32))
    }

    /// The posit nearest to an `f64`, ties to the even pattern, saturating (clauses 4.1 and 6.5).
    ///
    /// NaN and both infinities become NaR; both zeros become zero.
    ///
    /// ```
    /// # use posit::P8;
    /// assert_eq!(P8::from_f64(57.5).to_f64(), 56.0);
    /// assert_eq!(P8::from_f64(1e300), P8::MAX);
    /// assert_eq!(P8::from_f64(-1e-300), -P8::MIN_POSITIVE);
    /// assert!(P8::from_f64(f64::INFINITY).is_nar());
    /// ```
    #[inline]
    #[must_use]
    pub const fn from_f64(x: f64) -> Self {
        Self::pattern(ieee::to_posit::<N, ES>(x.to_bits(), ieee::F64))
    }

    /// The `f32` nearest to this posit, ties to even, as IEEE 754 rounds: subnormal below `2^-126`, zero or
    /// infinite outside the range. NaR becomes the quiet NaN (clause 6.5).
    ///
    /// Exact for at most 24 significant bits and exponents within `f32`, so for every `N <= 16` with
    /// `ES <= 3`. Rounded directly, not through `f64`.
    #[inline]
    #[must_use]
    pub const fn to_f32(self) -> f32 {
        if const { scalar::converts(N, ES) } {
            return scalar::to_f32::<N, ES>(self.word());
        }
        f32::from_bits(ieee::from_posit::<N, ES>(self.word(), ieee::F32) as u32)
    }

    /// The `f64` nearest to this posit, ties to even. NaR becomes the quiet NaN (clause 6.5).
    ///
    /// Exact for `N - ES - 2 <= 53`; no format leaves the range of normal `f64` numbers.
    #[inline]
    #[must_use]
    pub const fn to_f64(self) -> f64 {
        f64::from_bits(ieee::from_posit::<N, ES>(self.word(), ieee::F64))
    }
}

/// Lossless conversions of the named formats.
macro_rules! exact {
    ($($float:ident $to:ident: $(<$n:literal, $es:literal>)*;)*) => {$($(
        impl From<Posit<$n, $es>> for $float {
            /// Exact; NaR becomes the quiet NaN.
            #[inline]
            fn from(x: Posit<$n, $es>) -> Self {
                x.$to()
            }
        }
    )*)*};
}
exact! {
    f32 to_f32: <8, 0> <8, 2> <16, 1> <16, 2>;
    f64 to_f64: <8, 0> <8, 2> <16, 1> <16, 2> <32, 2>;
}
