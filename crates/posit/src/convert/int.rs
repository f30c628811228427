//! Integers, clause 6.4, in two manners that must not be mixed.
//!
//! The standard's: [`IntConvert`], where the word `100..0` stands for NaR, for unsigned integers too.
//! Rust's: `TryFrom` and `From`, where every integer is a number and what does not fit is an error.

#![allow(clippy::cast_lossless, reason = "one body for twelve types")]

use core::fmt::{self, Display, Formatter};

use crate::kernel::int::{self, Integer, Rounding};
use crate::{Posit, Storage};

/// Why a posit is no integer of the type asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TryFromPositError {
    /// The posit is NaR.
    NaR,
    /// Without its fraction, the posit is below the least or above the greatest value of the type.
    OutOfRange,
    /// The posit has a fraction, and fits without it.
    Inexact,
}

impl Display for TryFromPositError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NaR => "NaR is not an integer",
            Self::OutOfRange => "the posit is out of the range of the integer type",
            Self::Inexact => "the posit has a fraction",
        })
    }
}

impl core::error::Error for TryFromPositError {}

/// Why an integer is no posit of the format asked for: it would be rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TryFromIntError {
    /// The integer is above `maxPos` or below `-maxPos`.
    OutOfRange,
    /// The integer lies between two posits.
    Inexact,
}

impl Display for TryFromIntError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfRange => "the integer is out of the range of the posit format",
            Self::Inexact => "the integer lies between two posits",
        })
    }
}

impl core::error::Error for TryFromIntError {}

/// Conversions of clause 6.4 with one Rust integer type; implemented for all twelve. Sealed.
///
/// The same as the inherent `from_i32`, `to_i32` and so on, for code that is generic over the integer.
pub trait IntConvert: Copy + sealed::Sealed {
    /// The posit nearest to the integer; `100..0` is NaR.
    fn to_posit<const N: u32, const ES: u32, S: Storage>(self) -> Posit<N, ES, S>;
    /// The integer nearest to the posit, half to even; `100..0` for NaR and out of range.
    fn from_posit<const N: u32, const ES: u32, S: Storage>(x: Posit<N, ES, S>) -> Self;
}

mod sealed {
    pub trait Sealed {}
}

/// An integer that is exactly `x`, by sign and magnitude.
const fn exact<const N: u32, const ES: u32, S: Storage>(
    x: Posit<N, ES, S>,
) -> Result<Integer, TryFromPositError> {
    match int::from_posit::<N, ES>(x.word(), Rounding::Truncate) {
        _ if x.is_nar() => Err(TryFromPositError::NaR),
        None => Err(TryFromPositError::OutOfRange),
        Some(i) => Ok(i),
    }
}

/// A posit that is exactly the integer.
const fn same<const N: u32, const ES: u32, S: Storage>(
    negative: bool,
    magnitude: u128,
) -> Result<Posit<N, ES, S>, TryFromIntError> {
    let x = Posit::pattern(int::to_posit::<N, ES>(negative, magnitude));
    match int::from_posit::<N, ES>(x.word(), Rounding::Truncate) {
        Some(i) if i.exact && i.magnitude == magnitude => Ok(x),
        // An integer above maxPos saturates; one that rounds up to 2^128 is below it.
        _ if x.abs().word() == Posit::<N, ES, S>::MAX.word() && Posit::<N, ES, S>::MAX_EXP < 128 => {
            if magnitude >> Posit::<N, ES, S>::MAX_EXP != 0 {
                Err(TryFromIntError::OutOfRange)
            } else {
                Err(TryFromIntError::Inexact)
            }
        }
        _ => Err(TryFromIntError::Inexact),
    }
}

macro_rules! integers {
    ($($t:ident $signed:literal $from:ident $to:ident $truncate:ident;)*) => {
        impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {$(
            #[doc = concat!("The posit nearest to an `", stringify!($t), "`, ties to the even pattern, saturating")]
            #[doc = "(clauses 4.1 and 6.4). By the standard's rule the word `100..0` is NaR, for unsigned"]
            #[doc = "integers too; `TryFrom` has no such word."]
            #[inline]
            #[must_use]
            pub const fn $from(i: $t) -> Self {
                if i == 1 << ($t::BITS - 1) {
                    return Self::NAR;
                }
                #[allow(unused_comparisons, reason = "one body for signed and unsigned")]
                let negative = i < 0;
                let magnitude = if negative { (i as u128).wrapping_neg() } else { i as u128 };
                Self::pattern(int::to_posit::<N, ES>(negative, magnitude))
            }

            #[doc = concat!("The `", stringify!($t), "` nearest to this posit, half to even (clause 6.4).")]
            #[doc = "By the standard's rule NaR and everything out of range, after rounding, is the word"]
            #[doc = "`100..0`."]
            #[inline]
            #[must_use]
            pub const fn $to(self) -> $t {
                match int::from_posit::<N, ES>(self.word(), Rounding::Nearest) {
                    Some(i) if i.magnitude <= $t::MAX as u128 && ($signed || !i.negative || i.magnitude == 0) => {
                        let magnitude = i.magnitude as $t;
                        if i.negative { magnitude.wrapping_neg() } else { magnitude }
                    }
                    _ => 1 << ($t::BITS - 1),
                }
            }

            #[doc = concat!("This posit as an `", stringify!($t), "` as Rust's `as` converts floats: towards zero,")]
            #[doc = "saturating, NaR to 0."]
            #[inline]
            #[must_use]
            pub const fn $truncate(self) -> $t {
                match int::from_posit::<N, ES>(self.word(), Rounding::Truncate) {
                    Some(i) if i.negative && !$signed => 0,
                    Some(i) if i.magnitude <= $t::MAX as u128 => {
                        let magnitude = i.magnitude as $t;
                        if i.negative { magnitude.wrapping_neg() } else { magnitude }
                    }
                    _ if self.is_nar() => 0,
                    _ if self.is_negative() => $t::MIN,
                    _ => $t::MAX,
                }
            }
        )*}
        $(
            impl sealed::Sealed for $t {}
            impl IntConvert for $t {
                #[inline]
                fn to_posit<const N: u32, const ES: u32, S: Storage>(self) -> Posit<N, ES, S> {
                    Posit::$from(self)
                }
                #[inline]
                fn from_posit<const N: u32, const ES: u32, S: Storage>(x: Posit<N, ES, S>) -> Self {
                    x.$to()
                }
            }

            impl<const N: u32, const ES: u32, S: Storage> TryFrom<Posit<N, ES, S>> for $t {
                type Error = TryFromPositError;

                /// The integer that the posit is.
                ///
                /// # Errors
                ///
                /// [`TryFromPositError`]: NaR, out of range, or with a fraction.
                fn try_from(x: Posit<N, ES, S>) -> Result<Self, TryFromPositError> {
                    let i = exact(x)?;
                    // A signed type reaches one further below zero, an unsigned one not at all.
                    let limit = match (i.negative, $signed) {
                        (false, _) => $t::MAX as u128,
                        (true, true) => ($t::MAX as u128).saturating_add(1),
                        (true, false) => 0,
                    };
                    if i.magnitude > limit {
                        return Err(TryFromPositError::OutOfRange);
                    }
                    if !i.exact {
                        return Err(TryFromPositError::Inexact);
                    }
                    let magnitude = i.magnitude as $t;
                    Ok(if i.negative { magnitude.wrapping_neg() } else { magnitude })
                }
            }

            impl<const N: u32, const ES: u32, S: Storage> TryFrom<$t> for Posit<N, ES, S> {
                type Error = TryFromIntError;

                /// The posit that the integer is. No word stands for NaR.
                ///
                /// # Errors
                ///
                /// [`TryFromIntError`]: out of range, or between two posits.
                fn try_from(i: $t) -> Result<Self, TryFromIntError> {
                    #[allow(unused_comparisons, reason = "one body for signed and unsigned")]
                    let negative = i < 0;
                    same(negative, if negative { (i as u128).wrapping_neg() } else { i as u128 })
                }
            }
        )*
    };
}
integers! {
    i8 true from_i8 to_i8 truncate_to_i8;
    i16 true from_i16 to_i16 truncate_to_i16;
    i32 true from_i32 to_i32 truncate_to_i32;
    i64 true from_i64 to_i64 truncate_to_i64;
    i128 true from_i128 to_i128 truncate_to_i128;
    isize true from_isize to_isize truncate_to_isize;
    u8 false from_u8 to_u8 truncate_to_u8;
    u16 false from_u16 to_u16 truncate_to_u16;
    u32 false from_u32 to_u32 truncate_to_u32;
    u64 false from_u64 to_u64 truncate_to_u64;
    u128 false from_u128 to_u128 truncate_to_u128;
    usize false from_usize to_usize truncate_to_usize;
}
