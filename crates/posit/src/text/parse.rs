//! Decimal text to the nearest posit, clause 6.3, for any number of digits.
//!
//! The text is never converted, only compared. The nearest `f64`, which `core` finds exactly, gives two
//! patterns between which the result lies; a bisection then compares the digits of the text with the exact
//! digits of the border between two patterns. Up to 32 bits the two patterns are nearly always the same.

use core::cmp::Ordering;
use core::fmt::{self, Display, Formatter};
use core::str::FromStr;

use super::decimal::Decimal;
use super::magnitude::Magnitude;
use crate::{Posit, Storage};

/// Why a text is no posit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParsePositError {
    /// The text is empty.
    Empty,
    /// There is no digit before the exponent.
    NoDigits,
    /// There is no digit in the exponent.
    NoExponent,
    /// The byte at this offset is neither part of a decimal number nor of `NaR`.
    Unexpected {
        /// Bytes before the offending one.
        offset: usize,
    },
    /// `from_str_radix` of num-traits was asked for another radix than ten.
    Radix,
}

impl Display for ParsePositError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("cannot parse a posit from an empty text"),
            Self::NoDigits => f.write_str("no digits in the number"),
            Self::NoExponent => f.write_str("no digits in the exponent"),
            Self::Unexpected { offset } => write!(f, "unexpected character at byte {offset}"),
            Self::Radix => f.write_str("posits are read in radix ten only"),
        }
    }
}

impl core::error::Error for ParsePositError {}

/// Reads `NaR` (in any case) or a decimal number `[+-] digits [. digits] [e [+-] digits]`, rounded once
/// (clauses 4.1 and 6.3), however many digits there are.
///
/// A nonzero number never becomes zero, a large one saturates. The texts `inf` and `nan` are refused.
///
/// # Errors
///
/// [`ParsePositError`] names the cause.
///
/// ```
/// # use posit::{P8, ParsePositError};
/// assert_eq!("-1.5e0".parse(), Ok(P8::from_f64(-1.5)));
/// assert_eq!("1e-999".parse(), Ok(P8::MIN_POSITIVE));
/// assert_eq!("nar".parse(), Ok(P8::NAR));
/// assert_eq!("1.5x".parse::<P8>(), Err(ParsePositError::Unexpected { offset: 3 }));
/// ```
impl<const N: u32, const ES: u32, S: Storage> FromStr for Posit<N, ES, S> {
    type Err = ParsePositError;

    fn from_str(text: &str) -> Result<Self, ParsePositError> {
        if text.eq_ignore_ascii_case("nar") {
            return Ok(Self::NAR);
        }
        let number = Number::parse(text.as_bytes())?;
        let x = if number.is_zero() {
            Self::ZERO
        } else {
            // The value lies between the neighbours of the nearest f64.
            let (low, high) = match text.trim_start_matches(['+', '-']).parse::<f64>() {
                Ok(x) => (x.to_bits().saturating_sub(1), (x.to_bits() + 1).min(f64::MAX.to_bits())),
                Err(_) => (0, f64::MAX.to_bits()),
            };
            let low = Self::from_f64(f64::from_bits(low)).to_word().max(1);
            let high = Self::from_f64(f64::from_bits(high)).to_word();
            Self::pattern(number.nearest(low, high, N, ES))
        };
        Ok(if number.negative { x.neg() } else { x })
    }
}

/// A decimal number as it stands in the text.
struct Number<'a> {
    negative: bool,
    integer: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

impl<'a> Number<'a> {
    fn parse(text: &'a [u8]) -> Result<Self, ParsePositError> {
        if text.is_empty() {
            return Err(ParsePositError::Empty);
        }
        let (negative, rest) = sign(text);
        let (integer, rest) = digits(rest);
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => digits(rest),
            _ => (&[][..], rest),
        };
        let unexpected = |rest: &[u8]| ParsePositError::Unexpected { offset: text.len() - rest.len() };
        if integer.is_empty() && fraction.is_empty() {
            return Err(if rest.is_empty() { ParsePositError::NoDigits } else { unexpected(rest) });
        }
        let (exponent, rest) = match rest {
            [b'e' | b'E', rest @ ..] => {
                let (negative, rest) = sign(rest);
                let (exponent, rest) = digits(rest);
                if exponent.is_empty() {
                    return Err(if rest.is_empty() { ParsePositError::NoExponent } else { unexpected(rest) });
                }
                // Saturates far beyond any number of digits.
                let e = exponent.iter().fold(0i64, |e, &d| (10 * e + i64::from(d - b'0')).min(1 << 58));
                (if negative { -e } else { e }, rest)
            }
            _ => (0, rest),
        };
        if rest.is_empty() {
            Ok(Self { negative, integer, fraction, exponent })
        } else {
            Err(unexpected(rest))
        }
    }

    fn digits(&self) -> impl Iterator<Item = u8> + '_ {
        self.integer.iter().chain(self.fraction).copied()
    }

    fn is_zero(&self) -> bool {
        self.digits().all(|d| d == b'0')
    }

    /// The nearest pattern in `[low, high]`, for a nonzero number whose nearest pattern is among them.
    fn nearest(&self, mut low: u64, mut high: u64, n: u32, es: u32) -> u64 {
        while low < high {
            let middle = low + (high - low) / 2;
            let border = Magnitude { pattern: middle, n, es }.border();
            let above = match self.compare(&border) {
                Ordering::Less => false,
                Ordering::Equal => middle % 2 == 1,
                Ordering::Greater => true,
            };
            if above {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The order of this nonzero number, without its sign, and `other`.
    fn compare(&self, other: &Decimal) -> Ordering {
        let zeros = self.digits().take_while(|&d| d == b'0').count();
        let point = self.integer.len() as i64 - zeros as i64 + self.exponent;
        point.cmp(&i64::from(other.point)).then_with(|| {
            let mut digits = self.digits().skip(zeros);
            for &d in other.digits() {
                let order = digits.next().unwrap_or(b'0').cmp(&d);
                if order != Ordering::Equal {
                    return order;
                }
            }
            if digits.all(|d| d == b'0') { Ordering::Equal } else { Ordering::Greater }
        })
    }
}

/// A sign, if there is one.
fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// The leading decimal digits.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let count = text.iter().take_while(|b| b.is_ascii_digit()).count();
    text.split_at_checked(count).unwrap_or((text, &[]))
}
