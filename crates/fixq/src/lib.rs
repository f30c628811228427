//! int8 affine quantization: `real = scale · (code − zero_point)`.
//!
//! *What this crate computes on the host is what the microcontroller computes.* It needs neither `std` nor an
//! allocator. The feature `std` finds the best instructions of the CPU at run time, `rayon` adds products on
//! several threads.
//!
//! A tensor is measured, gets parameters, and becomes codes:
//!
//! ```
//! use fixq::{Codes, HalfAwayFromZero, MinMax, Params};
//!
//! let tensor = [-1.0f32, 0.0, 0.3, 2.0];
//! let mut seen = MinMax::new();
//! seen.update(&tensor)?;
//! let params = Params::asymmetric::<HalfAwayFromZero>(seen.range()?, Codes::INT8);
//!
//! let mut codes = [0i8; 4];
//! fixq::quantize::<HalfAwayFromZero, _>(&tensor, params, &mut codes)?;
//! assert_eq!(codes, [-128, -43, -17, 127]);
//!
//! let mut back = [0.0f32; 4];
//! fixq::dequantize(&codes, params, &mut back)?;
//! assert_eq!(back[1], 0.0); // zero is always exact
//! assert!(tensor.iter().zip(&back).all(|(x, y)| (x - y).abs() <= params.scale() / 2.0 + 1e-6));
//! # Ok::<(), fixq::Error>(())
//! ```
//!
//! Reading order: [`round`] (floats to integers, exactly), [`params`] (scale, zero point, code range),
//! [`mod@quantize`] (slices), [`channel`] (one scale a channel), [`block`] (one a block), [`calibrate`], [`histogram`] and [`divergence`] (ranges from
//! data). For
//! arithmetic on codes: [`multiplier`], [`rounding`] (the four arithmetics that are called "exact"),
//! [`ratio`] (the width behind a factor), [`fixed_point`] (exp, logistic, tanh), [`output`], [`op`], [`packed`] (four and two bits), [`product`] (matrices).
#![no_std]

#[cfg(feature = "std")]
extern crate std;

pub mod block;
pub mod calibrate;
pub mod channel;
pub mod codes;
pub mod divergence;
mod error;
pub mod fixed_point;
pub mod histogram;
pub mod multiplier;
pub mod op;
pub mod output;
pub mod packed;
pub mod params;
pub mod product;
pub mod quantize;
pub mod ratio;
pub mod round;
pub mod rounding;
pub mod shape;
mod simd;
mod weights;

pub use block::Blocks;
pub use calibrate::{MeanMinMax, MinMax, Range};
pub use channel::Axis;
pub use codes::{Code, Codes};
pub use error::Error;
pub use histogram::{Histogram, Symmetry};
pub use multiplier::Multiplier;
pub use output::{Activation, Channels, Output};
pub use packed::{Int2, Int4};
pub use params::Params;
pub use quantize::{dequantize, fake_quantize, quantize};
pub use ratio::{Ratio, Width};
pub use round::{HalfAwayFromZero, HalfToEven, Round};
pub use rounding::{Double, F32HalfEven, F64Away, Rounding, Single};
pub use shape::Shape;
pub use simd::{Backend, Line};
pub use weights::Weights;
