//! Posits of other formats, clause 6: widening is exact, everything else rounds once.

use crate::kernel::unpacked;
use crate::{Posit, Storage};

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// The posit of this format nearest to one of any other (clause 6), rounded once; NaR for NaR.
    ///
    /// Exact if the other format has the same `ES` and is not wider.
    ///
    /// ```
    /// # use posit::{P8, P16, P64};
    /// let x = P16::from_f64(3.141);
    /// assert_eq!(P8::from_posit(x).to_f64(), 3.25);
    /// assert_eq!(P16::from_posit(P64::from_posit(x)), x);
    /// ```
    #[inline]
    #[must_use]
    pub const fn from_posit<const M: u32, const FS: u32, T: Storage>(x: Posit<M, FS, T>) -> Self {
        match unpacked::decode::<M, FS>(x.word()) {
            Some(u) => Self::pattern(unpacked::encode::<N, ES>(u.negative, u.exponent, u.significand, false)),
            None if x.is_zero() => Self::ZERO,
            None => Self::NAR,
        }
    }
}

/// Lossless conversions between the named formats of the 2022 standard.
macro_rules! widen {
    ($($from:literal => $($to:literal)*;)*) => {$($(
        impl From<Posit<$from, 2>> for Posit<$to, 2> {
            /// Exact: the pattern with zeros appended.
            #[inline]
            fn from(x: Posit<$from, 2>) -> Self {
                Self::from_posit(x)
            }
        }
    )*)*};
}
widen! { 8 => 16 32 64; 16 => 32 64; 32 => 64; }
