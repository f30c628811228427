//! Operations on whole slices: the results of the methods of [`Posit`](crate::Posit), many at a time.
//!
//! Every function takes slices of equal length and writes into one that the caller owns; nothing is
//! allocated. Each element is what the method of the same name gives, bit for bit, on every machine. Up to
//! `N = 32` the work is done in vectors, wider posits go one by one.
//!
//! ```
//! use posit::{P8, slice};
//!
//! let weights = [0.75f32, -0.1, 3.0, 100.0];
//! let mut codes = [P8::ZERO; 4];
//! slice::from_f32(&weights, &mut codes)?;
//! let mut twice = [P8::ZERO; 4];
//! slice::scale(&codes, P8::from_f32(2.0), &mut twice)?;
//!
//! let mut back = [0.0f32; 4];
//! slice::to_f32(&twice, &mut back)?;
//! assert_eq!(back, [1.5, -0.203125, 6.0, 192.0]);
//! # Ok::<(), posit::ShapeError>(())
//! ```
//!
//! # Instructions
//!
//! With the feature `std`, x86-64 machines with AVX2, and for matrices with AVX-512 VBMI, are found when the
//! program runs, and nobody sets `target-cpu`. On aarch64 NEON is part of the target and always used. Without
//! `std` and elsewhere the code is what the compiler's target allows. Targets without hardware `f64` use the
//! integer arithmetic of the scalars.

mod arithmetic;
mod convert;
mod lane;
mod map;
mod mat_mul;
mod matrix;
mod simd;

pub use arithmetic::{abs, add, div, max, min, mul, mul_add, neg, scale, sqrt, sub, total_cmp};
#[cfg(feature = "half")]
pub use convert::{from_bf16, from_f16, to_bf16, to_f16};
pub use convert::{from_f32, from_f64, to_f32, to_f64};
pub use mat_mul::mat_mul_f32;
pub(crate) use matrix::packed_mat_vec;
pub use matrix::{dot_f32, dot_f64, mat_vec_f32};
#[doc(hidden)]
#[cfg(feature = "std")]
pub use simd::{Backend, force};
