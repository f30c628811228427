//! Posits: `Posit<N, ES>`, correctly rounded, `no_std`, `const`.
//!
//! ```
//! use posit::{P16, Posit};
//!
//! let x = P16::from_f64(3.0);
//! assert_eq!((x * x + P16::ONE).to_f64(), 10.0);
//!
//! const THIRD: Posit<8, 0> = Posit::ONE.div(Posit::from_f64(3.0));
//! assert_eq!(THIRD.to_f64(), 0.328125);
//! ```
#![no_std]
#![allow(clippy::duplicate_mod, reason = "the kernel folder `word` is compiled at three widths")]

mod algebraic;
mod angle;
mod consts;
mod convert;
mod exact;
mod glue;
mod kernel;
mod ops;
mod order;
mod posit;
mod quire;
mod storage;
mod text;

pub use convert::{IntConvert, TryFromIntError, TryFromPositError};
pub use exact::ShapeError;
pub use posit::Posit;
pub use quire::Quire;
pub use storage::{Exponent, Format, Limbs, QuireFormat, Storage, Supported, SupportedExponent};
pub use text::ParsePositError;

/// `posit8` of the 2022 standard: 8 bits, 2 exponent bits.
pub type P8 = Posit<8, 2>;
/// `posit16` of the 2022 standard: 16 bits, 2 exponent bits.
pub type P16 = Posit<16, 2>;
/// `posit32` of the 2022 standard: 32 bits, 2 exponent bits.
pub type P32 = Posit<32, 2>;
/// `posit64` of the 2022 standard: 64 bits, 2 exponent bits.
pub type P64 = Posit<64, 2>;
/// The 8-bit posit of the 2018 draft: no exponent bits.
pub type P8E0 = Posit<8, 0>;
/// The 16-bit posit of the 2018 draft: 1 exponent bit.
pub type P16E1 = Posit<16, 1>;
/// The 32-bit posit of the 2018 draft, the same format as [`P32`].
pub type P32E2 = Posit<32, 2>;
