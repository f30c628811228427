//! num-traits: the number itself. Each method calls the inherent one.

#![allow(clippy::cast_lossless, reason = "one body for twelve integer types")]

mod float;
mod float_core;

use num_traits::{
    AsPrimitive, Bounded, ConstOne, ConstZero, Euclid, FromPrimitive, Inv, MulAdd, MulAddAssign, Num,
    NumCast, One, Signed, ToPrimitive, Zero,
};

use crate::{ParsePositError, Posit, Storage};

impl<const N: u32, const ES: u32, S: Storage> Zero for Posit<N, ES, S> {
    #[inline]
    fn zero() -> Self {
        Self::ZERO
    }
    #[inline]
    fn is_zero(&self) -> bool {
        Self::is_zero(*self)
    }
}

impl<const N: u32, const ES: u32, S: Storage> ConstZero for Posit<N, ES, S> {
    const ZERO: Self = Self::ZERO;
}

impl<const N: u32, const ES: u32, S: Storage> One for Posit<N, ES, S> {
    #[inline]
    fn one() -> Self {
        Self::ONE
    }
}

impl<const N: u32, const ES: u32, S: Storage> ConstOne for Posit<N, ES, S> {
    const ONE: Self = Self::ONE;
}

impl<const N: u32, const ES: u32, S: Storage> Num for Posit<N, ES, S> {
    type FromStrRadixErr = ParsePositError;

    /// As `FromStr`, in radix ten.
    ///
    /// # Errors
    ///
    /// [`ParsePositError`]; any other radix is [`ParsePositError::Radix`].
    fn from_str_radix(text: &str, radix: u32) -> Result<Self, ParsePositError> {
        if radix == 10 { text.parse() } else { Err(ParsePositError::Radix) }
    }
}

/// From `-maxPos` to `maxPos`; NaR is outside.
impl<const N: u32, const ES: u32, S: Storage> Bounded for Posit<N, ES, S> {
    #[inline]
    fn min_value() -> Self {
        Self::MIN
    }
    #[inline]
    fn max_value() -> Self {
        Self::MAX
    }
}

impl<const N: u32, const ES: u32, S: Storage> Signed for Posit<N, ES, S> {
    #[inline]
    fn abs(&self) -> Self {
        Self::abs(*self)
    }
    /// `self - other`, or zero if that is not positive; NaR if either is.
    #[inline]
    fn abs_sub(&self, other: &Self) -> Self {
        let difference = *self - *other;
        if difference.is_negative() { Self::ZERO } else { difference }
    }
    /// `sign` of the standard: 1, 0, -1 or NaR.
    #[inline]
    fn signum(&self) -> Self {
        self.sign()
    }
    #[inline]
    fn is_positive(&self) -> bool {
        Self::is_positive(*self)
    }
    #[inline]
    fn is_negative(&self) -> bool {
        Self::is_negative(*self)
    }
}

/// The nearest posit; every integer is a number here, and NaN and the infinities become NaR.
impl<const N: u32, const ES: u32, S: Storage> FromPrimitive for Posit<N, ES, S> {
    #[inline]
    fn from_i64(i: i64) -> Option<Self> {
        Some(nearest_integer(i < 0, i.unsigned_abs().into()))
    }
    #[inline]
    fn from_u64(i: u64) -> Option<Self> {
        Some(nearest_integer(false, i.into()))
    }
    #[inline]
    fn from_i128(i: i128) -> Option<Self> {
        Some(nearest_integer(i < 0, i.unsigned_abs()))
    }
    #[inline]
    fn from_u128(i: u128) -> Option<Self> {
        Some(nearest_integer(false, i))
    }
    #[inline]
    fn from_f32(x: f32) -> Option<Self> {
        Some(Self::from_f32(x))
    }
    #[inline]
    fn from_f64(x: f64) -> Option<Self> {
        Some(Self::from_f64(x))
    }
}

fn nearest_integer<const N: u32, const ES: u32, S: Storage>(
    negative: bool,
    magnitude: u128,
) -> Posit<N, ES, S> {
    Posit::pattern(crate::kernel::int::to_posit::<N, ES>(negative, magnitude))
}

/// Integers towards zero, `None` for NaR and out of range; floats to the nearest, NaN for NaR.
impl<const N: u32, const ES: u32, S: Storage> ToPrimitive for Posit<N, ES, S> {
    #[inline]
    fn to_i64(&self) -> Option<i64> {
        i64::try_from(self.trunc()).ok()
    }
    #[inline]
    fn to_u64(&self) -> Option<u64> {
        u64::try_from(self.trunc()).ok()
    }
    #[inline]
    fn to_i128(&self) -> Option<i128> {
        i128::try_from(self.trunc()).ok()
    }
    #[inline]
    fn to_u128(&self) -> Option<u128> {
        u128::try_from(self.trunc()).ok()
    }
    #[inline]
    fn to_f32(&self) -> Option<f32> {
        Some(Self::to_f32(*self))
    }
    #[inline]
    fn to_f64(&self) -> Option<f64> {
        Some(Self::to_f64(*self))
    }
}

/// Through `f64` where that is exact, and through an integer where the source is one. `None` never occurs
/// for Rust's own types; NaN and the infinities become NaR.
///
/// A source that is a posit of more than 53 significant bits is rounded twice; `from_posit` is not.
impl<const N: u32, const ES: u32, S: Storage> NumCast for Posit<N, ES, S> {
    fn from<T: ToPrimitive>(n: T) -> Option<Self> {
        let float = n.to_f64();
        if let Some(x) = float {
            // A float beyond 2^53 is an integer, and an integer there need not be a float.
            if x.abs() < 9_007_199_254_740_992.0 || !x.is_finite() {
                return Some(Self::from_f64(x));
            }
        }
        match (n.to_i128(), n.to_u128(), float) {
            (Some(i), ..) => FromPrimitive::from_i128(i),
            (None, Some(u), _) => FromPrimitive::from_u128(u),
            (None, None, x) => x.map(Self::from_f64),
        }
    }
}

macro_rules! as_primitive {
    ($($t:ident $to:ident;)*) => {$(
        /// As Rust's `as`: integers towards zero and saturating, NaR to 0; floats to the nearest.
        impl<const N: u32, const ES: u32, S: Storage> AsPrimitive<$t> for Posit<N, ES, S> {
            #[inline]
            fn as_(self) -> $t {
                self.$to()
            }
        }
    )*};
}
as_primitive! {
    i8 truncate_to_i8; i16 truncate_to_i16; i32 truncate_to_i32; i64 truncate_to_i64; i128 truncate_to_i128;
    u8 truncate_to_u8; u16 truncate_to_u16; u32 truncate_to_u32; u64 truncate_to_u64; u128 truncate_to_u128;
    isize truncate_to_isize; usize truncate_to_usize; f32 to_f32; f64 to_f64;
}

macro_rules! from_integer {
    ($($t:ident)*) => {$(
        /// The nearest posit; every integer is a number here.
        impl<const N: u32, const ES: u32, S: Storage> AsPrimitive<Posit<N, ES, S>> for $t {
            #[inline]
            fn as_(self) -> Posit<N, ES, S> {
                #[allow(unused_comparisons, reason = "one body for signed and unsigned")]
                let negative = self < 0;
                let wide = self as u128;
                nearest_integer(negative, if negative { wide.wrapping_neg() } else { wide })
            }
        }
    )*};
}
from_integer!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

/// The nearest posit; NaN and the infinities become NaR.
impl<const N: u32, const ES: u32, S: Storage> AsPrimitive<Posit<N, ES, S>> for f32 {
    #[inline]
    fn as_(self) -> Posit<N, ES, S> {
        Posit::from_f32(self)
    }
}

/// The nearest posit; NaN and the infinities become NaR.
impl<const N: u32, const ES: u32, S: Storage> AsPrimitive<Posit<N, ES, S>> for f64 {
    #[inline]
    fn as_(self) -> Posit<N, ES, S> {
        Posit::from_f64(self)
    }
}

impl<const N: u32, const ES: u32, S: Storage> Inv for Posit<N, ES, S> {
    type Output = Self;
    #[inline]
    fn inv(self) -> Self {
        self.recip()
    }
}

/// Rounded once.
impl<const N: u32, const ES: u32, S: Storage> MulAdd for Posit<N, ES, S> {
    type Output = Self;
    #[inline]
    fn mul_add(self, a: Self, b: Self) -> Self {
        Self::mul_add(self, a, b)
    }
}

/// Rounded once.
impl<const N: u32, const ES: u32, S: Storage> MulAddAssign for Posit<N, ES, S> {
    #[inline]
    fn mul_add_assign(&mut self, a: Self, b: Self) {
        *self = Self::mul_add(*self, a, b);
    }
}

impl<const N: u32, const ES: u32, S: Storage> Euclid for Posit<N, ES, S> {
    #[inline]
    fn div_euclid(&self, v: &Self) -> Self {
        Self::div_euclid(*self, *v)
    }
    #[inline]
    fn rem_euclid(&self, v: &Self) -> Self {
        Self::rem_euclid(*self, *v)
    }
}
