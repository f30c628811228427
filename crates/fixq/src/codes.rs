//! The integers that stand for reals: their type and the range of them in use.

use crate::Error;
use core::fmt::Debug;
use core::marker::PhantomData;

mod sealed {
    pub trait Sealed {}
    impl Sealed for i8 {}
    impl Sealed for u8 {}
    impl Sealed for i16 {}
}

/// An integer that stands for a real: `i8`, `u8` or `i16`. Sealed.
pub trait Code:
    sealed::Sealed + Copy + Debug + Default + PartialEq + Into<i32> + Send + Sync + 'static
{
    /// The lowest integer of the type.
    const LOWEST: i32;
    /// The highest integer of the type.
    const HIGHEST: i32;

    /// The code of an integer; the lowest or highest one if it is none.
    fn saturating_from(code: i32) -> Self;

    /// The low bits of an integer.
    #[doc(hidden)]
    fn from_i32(code: i32) -> Self;
}

macro_rules! code {
    ($($t:ty)*) => {$(
        impl Code for $t {
            const LOWEST: i32 = <$t>::MIN as i32;
            const HIGHEST: i32 = <$t>::MAX as i32;

            #[inline]
            fn saturating_from(code: i32) -> Self {
                code.max(Self::LOWEST).min(Self::HIGHEST) as $t
            }

            #[inline]
            fn from_i32(code: i32) -> Self {
                code as $t
            }
        }
    )*};
}
code!(i8 u8 i16);

/// The codes in use, `low..=high`, kept in a `T`. Zero is always among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Codes<T = i8> {
    low: i32,
    high: i32,
    kept: PhantomData<T>,
}

impl Codes {
    /// All int8 codes, −128..=127: activations.
    pub const INT8: Self = Self::between(-128, 127);
    /// −127..=127: symmetric weights, so that negation is exact and sums of products stay small.
    pub const INT8_RESTRICTED: Self = Self::between(-127, 127);

    /// All codes of a signed integer of `bits` bits: −2^(bits−1) ..= 2^(bits−1) − 1.
    ///
    /// # Errors
    /// [`Error::BadBits`] unless `bits` is in 2..=8.
    pub const fn signed(bits: u32) -> Result<Self, Error> {
        if bits < 2 || bits > 8 {
            return Err(Error::BadBits { bits });
        }
        Ok(Self::between(-128 >> (8 - bits), 127 >> (8 - bits)))
    }

    /// The symmetric codes of a signed integer of `bits` bits, without its lowest: ±(2^(bits−1) − 1).
    ///
    /// # Errors
    /// [`Error::BadBits`] unless `bits` is in 2..=8.
    pub const fn restricted(bits: u32) -> Result<Self, Error> {
        match Self::signed(bits) {
            Ok(all) => Ok(Self::between(all.low + 1, all.high)),
            error => error,
        }
    }
}

impl Codes<u8> {
    /// All uint8 codes, 0..=255: activations of older models.
    pub const UINT8: Self = Self::between(0, 255);
}

impl Codes<i16> {
    /// All int16 codes, −32768..=32767: activations beside int8 weights. Their zero point is 0.
    pub const INT16: Self = Self::between(-32768, 32767);
}

impl<T> Codes<T> {
    const fn between(low: i32, high: i32) -> Self {
        Self { low, high, kept: PhantomData }
    }

    /// Whether `code` is one of them.
    #[must_use]
    pub const fn contains(self, code: i32) -> bool {
        self.low <= code && code <= self.high
    }

    /// Both ends.
    pub(crate) const fn ends(self) -> [i32; 2] {
        [self.low, self.high]
    }
}

impl<T: Code> Codes<T> {
    /// The lowest code.
    #[must_use]
    pub fn low(self) -> T {
        T::saturating_from(self.low)
    }

    /// The highest code.
    #[must_use]
    pub fn high(self) -> T {
        T::saturating_from(self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_each_width() {
        let ends = |c: Codes| (c.low(), c.high());
        assert_eq!(Codes::signed(8), Ok(Codes::INT8));
        assert_eq!(Codes::restricted(8), Ok(Codes::INT8_RESTRICTED));
        assert_eq!(Codes::signed(4).map(ends), Ok((-8, 7)));
        assert_eq!(Codes::restricted(4).map(ends), Ok((-7, 7)));
        assert_eq!(Codes::signed(2).map(ends), Ok((-2, 1)));
        assert_eq!(Codes::restricted(2).map(ends), Ok((-1, 1)));
        for bits in [0, 1, 9, u32::MAX] {
            assert_eq!(Codes::signed(bits), Err(Error::BadBits { bits }));
            assert_eq!(Codes::restricted(bits), Err(Error::BadBits { bits }));
        }
        assert_eq!((Codes::UINT8.low(), Codes::UINT8.high()), (u8::MIN, u8::MAX));
        assert_eq!((Codes::INT16.low(), Codes::INT16.high()), (i16::MIN, i16::MAX));
    }
}
