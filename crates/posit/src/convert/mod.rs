//! Conversions, clause 6: floats, integers, and posits of other formats.

mod float;
mod int;
mod posit;

pub use int::{IntConvert, TryFromIntError, TryFromPositError};
