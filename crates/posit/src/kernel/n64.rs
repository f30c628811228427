//! The kernel for `N <= 64`: patterns and significands in `u64`, products in `u128`.

/// A pattern or a significand.
pub(crate) type Word = u64;
/// [`Word`] with a sign, for the arithmetic shift that writes a regime.
pub(crate) type Signed = i64;
/// Holds the product of two significands.
pub(crate) type Double = u128;
/// [`Double`] with a sign.
pub(crate) type SignedDouble = i128;
use super::root::root128 as root;

#[path = "word/mod.rs"]
mod word;
pub(crate) use word::*;
