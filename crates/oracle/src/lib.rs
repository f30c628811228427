//! Exact posit arithmetic from the definition, to test against.
//!
//! *A result is never computed here, it is only compared.* Rounding is a question put to the definition:
//! "is the real result above the border between this posit and the next?", where the border between the
//! `N`-bit patterns `p` and `p + 1` is the `(N + 1)`-bit posit whose pattern is `p` followed by a 1
//! (Standard for Posit Arithmetic 2022, section 4.1). No guard bit, no sticky bit, no rounding addition
//! exists in this crate, and it shares no line with the crate that it checks.
//!
//! Worked example, posit⟨8, 2⟩: `0x7E` is 2^20 and `0x7F` is 2^24. The border is the 9-bit posit `0x0FD`,
//! which is 2^22, so 2^22 (a tie) goes to the even pattern `0x7E` and 2^23 goes to `0x7F`, although 2^20 is
//! nearer on the real line:
//!
//! ```
//! let two_to = |k: u32| oracle::Dyadic::new(1 << k, 0);
//! assert_eq!(oracle::nearest_dyadic(8, 2, two_to(22)), 0x7E);
//! assert_eq!(oracle::nearest_dyadic(8, 2, two_to(23)), 0x7F);
//! ```
//!
//! Reading order: [`mod@dyadic`] (numbers `m · 2^e`), [`decode`] (two decoders that must agree), [`mod@nearest`]
//! (the rounding question), [`ops`] (arithmetic on patterns), [`ieee`] (floats), [`generate`] (inputs that
//! find bugs).
//!
//! Formats: `N` in `2..=64`, `ES` in `0..=4`. Patterns are `u64` with the posit in the low `N` bits; bits
//! above are ignored on input and 0 on output. Functions panic on a format outside this range: this is a
//! test tool, and a wrong format is a wrong test.

pub mod decode;
pub mod dyadic;
pub mod generate;
pub mod ieee;
pub mod nearest;
pub mod ops;

pub use decode::{dyadic, nar, value};
pub use dyadic::Dyadic;
pub use generate::Generator;
pub use nearest::{nearest, nearest_by, nearest_by_dyadic, nearest_decimal, nearest_dyadic};
pub use num_rational::BigRational;
