//! `{}`, `{:.n}`, `{:e}` and `{:.ne}`, clause 6.3: as `f64` prints, but exact for every precision.

use core::fmt::{self, Alignment, Display, Formatter, LowerExp, UpperExp, Write};

use super::decimal::Decimal;
use super::magnitude::Magnitude;
use super::shortest::shortest;
use crate::{Posit, Storage};

/// The decimal number, never in scientific notation.
///
/// Without a precision, the shortest digits that read back to the same posit: of these, the nearest to the
/// value. Precision tapers, so `P8::MAX`, which is 16777216, prints as `20000000`: nothing larger exists.
/// With a precision, the exact value rounded half to even. NaR prints as `NaR`.
///
/// ```
/// # use posit::P16;
/// let x = P16::from_f64(0.1);
/// assert_eq!(x.to_string(), "0.1");
/// assert_eq!(format!("{x:.20}"), "0.10000610351562500000");
/// assert_eq!("0.1".parse(), Ok(x));
/// assert_eq!(format!("{:+08.2}", P16::ONE), "+0001.00");
/// ```
impl<const N: u32, const ES: u32, S: Storage> Display for Posit<N, ES, S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        fixed(self.is_negative(), magnitude(*self), f)
    }
}

/// Scientific notation: the shortest digits that read back, or with a precision the exact value rounded.
///
/// ```
/// # use posit::P32;
/// assert_eq!(format!("{:e}", P32::from_f64(1234.5)), "1.2345e3");
/// assert_eq!(format!("{:.2e}", P32::from_f64(1234.5)), "1.23e3");
/// ```
impl<const N: u32, const ES: u32, S: Storage> LowerExp for Posit<N, ES, S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        scientific(self.is_negative(), magnitude(*self), 'e', f)
    }
}

/// As [`LowerExp`], with `E`.
impl<const N: u32, const ES: u32, S: Storage> UpperExp for Posit<N, ES, S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        scientific(self.is_negative(), magnitude(*self), 'E', f)
    }
}

/// What is printed behind the sign.
enum Kind {
    Nar,
    Zero,
    Finite(Magnitude),
}

fn magnitude<const N: u32, const ES: u32, S: Storage>(x: Posit<N, ES, S>) -> Kind {
    if x.is_nar() {
        Kind::Nar
    } else if x.is_zero() {
        Kind::Zero
    } else {
        Kind::Finite(Magnitude { pattern: x.abs().to_word(), n: N, es: ES })
    }
}

/// The digits `from..to` of a number whose digits are zero outside of those that it has.
struct Digits<'a> {
    digits: &'a [u8],
    from: i32,
    to: i32,
}

impl Digits<'_> {
    fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for i in self.from..self.to {
            let digit = usize::try_from(i).ok().and_then(|i| self.digits.get(i)).copied();
            f.write_char(char::from(digit.unwrap_or(b'0')))?;
        }
        Ok(())
    }
}

fn fixed(negative: bool, x: Kind, f: &mut Formatter<'_>) -> fmt::Result {
    let decimal = match x {
        Kind::Nar => return nar(f),
        Kind::Zero => None,
        Kind::Finite(x) => Some(match f.precision() {
            None => shortest(x),
            Some(precision) => {
                let mut exact = x.value();
                // Digits before the point and `precision` behind it; a number that starts further down
                // than the first dropped digit is less than half a unit.
                match usize::try_from(precision as i64 + i64::from(exact.point)) {
                    Ok(count) => exact.round(count),
                    Err(_) => exact.truncate(0),
                }
                exact
            }
        }),
    };
    let (digits, point) = decimal.as_ref().map_or((&[][..], 0), |d| (d.digits(), d.point));
    let point = if digits.is_empty() { 0 } else { point };
    let shown = (digits.len() as i32 - point).max(0);
    let places = f.precision().map_or(shown, |p| i32::try_from(p).unwrap_or(i32::MAX / 2));
    // A number below 1 shows one zero before the point.
    let integer = if point <= 0 {
        Digits { digits: &[], from: 0, to: 1 }
    } else {
        Digits { digits, from: 0, to: point }
    };
    let fraction = Digits { digits, from: point, to: point + places };
    let length = integer.to - integer.from + if places > 0 { places + 1 } else { 0 };
    padded(negative, length as usize, f, |f| {
        integer.write(f)?;
        if places > 0 {
            f.write_char('.')?;
            fraction.write(f)?;
        }
        Ok(())
    })
}

fn scientific(negative: bool, x: Kind, e: char, f: &mut Formatter<'_>) -> fmt::Result {
    let decimal: Option<Decimal> = match x {
        Kind::Nar => return nar(f),
        Kind::Zero => None,
        Kind::Finite(x) => Some(match f.precision() {
            None => shortest(x),
            Some(precision) => {
                let mut exact = x.value();
                exact.round(precision.saturating_add(1));
                exact
            }
        }),
    };
    let (digits, point) = decimal.as_ref().map_or((&[][..], 1), |d| (d.digits(), d.point));
    let exponent = point - 1;
    let shown = (digits.len() as i32 - 1).max(0);
    let places = f.precision().map_or(shown, |p| i32::try_from(p).unwrap_or(i32::MAX / 2));
    let mut length = 2 + if places > 0 { places as usize + 1 } else { 0 };
    length += usize::from(exponent < 0);
    length += exponent.unsigned_abs().checked_ilog10().map_or(1, |n| n as usize + 1);
    padded(negative, length, f, |f| {
        Digits { digits, from: 0, to: 1 }.write(f)?;
        if places > 0 {
            f.write_char('.')?;
            Digits { digits, from: 1, to: 1 + places }.write(f)?;
        }
        write!(f, "{e}{exponent}")
    })
}

/// `NaR`, with the fill that width and alignment ask for; `0` and precision say nothing here.
fn nar(f: &mut Formatter<'_>) -> fmt::Result {
    let missing = f.width().unwrap_or(0).saturating_sub(3);
    let fill = if f.sign_aware_zero_pad() { ' ' } else { f.fill() };
    filled(missing, fill, f, |f| f.write_str("NaR"))
}

/// Sign, and the fill that width, alignment and `0` ask for, around `length` characters.
fn padded(
    negative: bool,
    length: usize,
    f: &mut Formatter<'_>,
    body: impl FnOnce(&mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    let sign = if negative {
        "-"
    } else if f.sign_plus() {
        "+"
    } else {
        ""
    };
    let missing = f.width().unwrap_or(0).saturating_sub(length + sign.len());
    if f.sign_aware_zero_pad() {
        f.write_str(sign)?;
        repeat(missing, '0', f)?;
        return body(f);
    }
    filled(missing, f.fill(), f, |f| {
        f.write_str(sign)?;
        body(f)
    })
}

/// `missing` times `fill` around the body, numbers to the right unless told otherwise.
fn filled(
    missing: usize,
    fill: char,
    f: &mut Formatter<'_>,
    body: impl FnOnce(&mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    let (before, after) = match f.align() {
        Some(Alignment::Left) => (0, missing),
        Some(Alignment::Center) => (missing / 2, missing - missing / 2),
        Some(Alignment::Right) | None => (missing, 0),
    };
    repeat(before, fill, f)?;
    body(f)?;
    repeat(after, fill, f)
}

fn repeat(count: usize, fill: char, f: &mut Formatter<'_>) -> fmt::Result {
    (0..count).try_for_each(|_| f.write_char(fill))
}
