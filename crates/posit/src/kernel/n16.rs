//! The kernel for `N <= 16`: patterns and significands in `u32`, products in `u32`.

/// A pattern or a significand.
pub(crate) type Word = u32;
/// [`Word`] with a sign, for the arithmetic shift that writes a regime.
pub(crate) type Signed = i32;
/// Holds the product of two significands.
pub(crate) type Double = u32;
/// [`Double`] with a sign.
pub(crate) type SignedDouble = i32;
use super::root::root32 as root;

#[path = "word/mod.rs"]
mod word;
pub(crate) use word::*;
