//! Posits: the number format of the Standard for Posit Arithmetic (2022), every `Posit<N, ES>` from 3 to 64
//! bits, correctly rounded, `const`, without `std` and without allocation.
//!
//! ```
//! use posit::{P16, Posit};
//!
//! let x = P16::from_f64(3.0);
//! assert_eq!(x * x + P16::ONE, P16::from_f64(10.0));
//!
//! // Any width, any exponent size, at compile time.
//! const THIRD: Posit<8, 0> = Posit::ONE.div(Posit::from_f64(3.0));
//! assert_eq!(THIRD.to_f64(), 0.328125);
//! ```
//!
//! # A posit, worked in 8 bits
//!
//! The pattern `0 110 01 11` of a [`P8`] (8 bits, 2 of them exponent) reads from left to right:
//!
//! - the sign, 0: positive. A negative number is the two's complement of its positive one.
//! - the regime, a run of equal bits and the bit that ends it: two ones, so `r = 1`. A run of `k` zeros
//!   would be `r = -k`.
//! - the exponent, `ES = 2` bits: `e = 1`.
//! - the fraction, what is left: `.11`, three quarters.
//!
//! The value is `2^(4 r + e) * 1.75 = 2^5 * 1.75 = 56`. Numbers near 1 have a short regime and so a long
//! fraction; far away the regime eats the fraction and then the exponent.
//!
//! ```
//! # use posit::P8;
//! let x = P8::from_bits(0b0_110_01_11);
//! assert_eq!(x.to_f64(), 56.0);
//! assert_eq!((-x).to_bits(), 0b1_001_10_01);
//! assert_eq!(format!("{x:?}"), "Posit<8, 2>(0x67 = 56)");
//! // The fields, in the alternate form.
//! assert!(format!("{x:#?}").contains("regime: 110"));
//! ```
//!
//! # Rounding
//!
//! There is one rule (clause 4.1): the nearest *pattern*, a tie to the even one. Where the fraction is cut
//! this is the nearest number; where exponent bits are cut, patterns are whole binades apart, and the border
//! between two of them is the pattern of one more bit, not the middle. The ends saturate, and nothing but
//! zero becomes zero:
//!
//! ```
//! # use posit::P8;
//! assert_eq!(P8::MAX.to_f64(), 16_777_216.0); // 2^24
//! assert_eq!(P8::MAX + P8::MAX, P8::MAX);
//! assert_eq!(P8::MIN_POSITIVE * P8::MIN_POSITIVE, P8::MIN_POSITIVE);
//! // 0x7E is 2^20, 0x7F is 2^24, and the border is 2^22: from there, 2^23 goes up.
//! assert_eq!(P8::from_f64(4_194_304.0).to_bits(), 0x7E);
//! assert_eq!(P8::from_f64(8_388_608.0).to_bits(), 0x7F);
//! ```
//!
//! # NaR and order
//!
//! One pattern, `10..0`, is Not a Real. It comes out of what has no real result, and every operation hands
//! it on. It is equal to itself and less than every number, so posits are [`Ord`], [`Eq`] and
//! [`Hash`](core::hash::Hash): they sort, and they are keys of maps.
//!
//! ```
//! # use posit::P16;
//! let nar = P16::ONE / P16::ZERO;
//! assert!(nar.is_nar() && nar == P16::NAR);
//! assert!(nar < P16::MIN);
//! assert!(P16::from_f64(f64::INFINITY).is_nar());
//!
//! let mut v = [2.0, f64::NAN, -1.0].map(P16::from_f64);
//! v.sort();
//! assert_eq!(v, [P16::NAR, P16::NEG_ONE, P16::from_f64(2.0)]);
//! ```
//!
//! # The quire
//!
//! A [`Quire`] adds products exactly and rounds once, at the end: `16 N` bits for `ES = 2`, room for
//! `2^31 - 1` products of any size. [`Posit::dot`], [`Posit::mat_vec`] and `sum()` work on it.
//!
//! ```
//! # use posit::{P16, Quire};
//! let a = [4096.0, 1.0, -4096.0].map(P16::from_f64);
//! let b = [1.0, 0.5, 1.0].map(P16::from_f64);
//! assert_eq!(P16::dot(&a, &b), Ok(P16::from_f64(0.5)));
//!
//! let mut q = Quire::<16, 2>::ZERO;
//! q.add_product(a[0], b[0]);
//! q += a[1];
//! assert_eq!(q.to_posit::<u16>().to_f64(), 4096.0);
//! q.sub_product(a[0], b[0]); // exact: the 1 is still there
//! assert_eq!(q.to_posit::<u16>(), P16::ONE);
//! ```
//!
//! # Functions
//!
//! Roots, exponentials, logarithms, circular and hyperbolic functions and their inverses, powers: the whole
//! list of the standard, each rounded once, without `std` and without tables of results. The names are those
//! of `f32`, and the documentation of each gives that of the standard.
//!
//! ```
//! # use posit::P32;
//! assert_eq!(P32::ONE.exp(), P32::E);
//! assert_eq!(P32::from_f64(-1.0).acos(), P32::PI);
//! // The Pi forms multiply exactly: no multiple of π is ever rounded.
//! assert_eq!(P32::from_f64(1e6).sin_pi(), P32::ZERO);
//! // One rounding at the end: 1 + 2^-30 would be 1.
//! assert!(P32::from_f64(2f64.powi(-30)).ln_1p().is_positive());
//! ```
//!
//! # Beside `f16` and `bf16`
//!
//! | | `f16` | `bf16` | [`P16`] |
//! |---|---|---|---|
//! | significant bits at 1 | 11 | 8 | 12 |
//! | significant bits at 10^4, 10^-4 | 11, 11 | 8, 8 | 9, 9 |
//! | largest | 65504 | 3.4e38 | 7.2e16 |
//! | least positive | 6.0e-8 (1 bit) | 9.2e-41 (1 bit) | 1.4e-17 |
//! | overflow | infinite | infinite | saturates |
//! | patterns of NaN or NaR | 2046 | 254 | 1 |
//! | order of the bits | with care | with care | that of integers |
//!
//! A posit is better where numbers gather around 1, as weights and activations do after scaling: more bits
//! there, a wide range behind it. It is worse where a constant relative error is wanted over the whole range,
//! and on hardware with float units.
//!
//! # Text
//!
//! `{}` prints the shortest decimal that reads back, `{:.n}` and `{:e}` are exact, `parse` rounds once from
//! any number of digits. Because precision tapers, the shortest decimal can be short:
//!
//! ```
//! # use posit::{P8, P32};
//! assert_eq!(P8::MAX.to_string(), "20000000"); // nothing larger exists
//! assert_eq!(format!("{:.3}", P8::MAX), "16777216.000");
//! assert_eq!("3.14159265358979323846".parse(), Ok(P32::PI));
//! ```
//!
//! # Conversions
//!
//! [`from_f64`](Posit::from_f64), [`to_f32`](Posit::to_f32) and their like round once. Integers come in two
//! manners that must not be mixed: `from_i32`, `to_u8` and so on are the standard's, where the word `100..0`
//! stands for NaR, and `TryFrom` is Rust's, where it is a number like any other:
//!
//! ```
//! # use posit::{P8, P16, P32};
//! assert_eq!(P16::from_u8(128), P16::NAR);
//! assert_eq!(P16::try_from(128u8), Ok(P16::from_f64(128.0)));
//! assert_eq!(i32::try_from(P16::from_f64(-3.0)), Ok(-3));
//! // Posits of other formats: `From` where nothing is lost, `from_posit` everywhere.
//! let wide: P32 = P16::PI.into();
//! assert_eq!(P8::from_posit(wide).to_f64(), 3.25);
//! ```
//!
//! # Generic code
//!
//! Name the storage, or know nothing about posits at all:
//!
//! ```
//! use posit::{Posit, Storage};
//!
//! fn square<const N: u32, const ES: u32, S: Storage>(x: Posit<N, ES, S>) -> Posit<N, ES, S> {
//!     x * x
//! }
//!
//! fn scale<T: Copy + core::ops::Mul<Output = T>>(v: &mut [T], by: T) {
//!     v.iter_mut().for_each(|x| *x = *x * by);
//! }
//!
//! let mut v = [Posit::<10, 1>::ONE; 3];
//! scale(&mut v, square(Posit::from_f64(3.0)));
//! assert_eq!(v[2].to_f64(), 9.0);
//! ```
//!
//! # Features
//!
//! All are off by default, and none changes a result.
//!
//! | feature | gives |
//! |---|---|
//! | `num-traits` | the traits of that crate, `Float` among them |
//! | `bytemuck` | `Pod` where `N` fills the storage, checked bit patterns elsewhere |
//! | `half` | `f16` and `bf16` both ways |
//! | `approx` | comparison within a distance |
//! | `arbitrary`, `proptest` | arbitrary posits for fuzzing and property tests; need `std` |
//! | `ndarray` | posits as scalars beside arrays, `NdFloat`; needs `std` |
//! | `rand` | uniform posits |
//! | `serde` | decimal text in formats for people, bits in others |
//! | `simba` | the fields that nalgebra computes in |
//! | `tables` | `+ - * /` of `Posit<8, ES>` by tables that the compiler makes, 64 KiB for each operation in use; for hosts: without effect on bare metal, where it would be flash |
//! | `std` | [`mod@slice`] finds the instructions of the machine; passes `std` on to the crates above |
#![no_std]
#![allow(
    clippy::collapsible_if,
    clippy::manual_is_multiple_of,
    reason = "Rust 1.85 is enough but for AVX-512"
)]
#![allow(clippy::duplicate_mod, reason = "the kernel folder `word` is compiled at three widths")]

#[cfg(feature = "std")]
extern crate std;

mod algebraic;
mod angle;
mod consts;
mod convert;
mod exact;
mod functions;
mod glue;
#[doc(hidden)]
pub mod integer;
mod kernel;
mod ops;
mod order;
mod packed;
mod posit;
mod quire;
pub mod slice;
mod storage;
#[cfg(all(feature = "tables", not(target_os = "none")))]
mod tables;
mod text;

pub use convert::{IntConvert, TryFromIntError, TryFromPositError};
pub use exact::ShapeError;
#[cfg(feature = "rand")]
pub use glue::UniformPosit;
pub use packed::{Packed, PackedIter, PackedLengthError};
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
