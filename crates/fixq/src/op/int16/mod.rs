//! Activations of 16 bits beside weights of 8 bits, "16x8" in TensorFlow Lite.
//!
//! *Activations are symmetric: their zero point is 0.* Sums of a layer have 64 bits where its bias has, and their
//! factor keeps 16 bits of its mantissa ([`Multiplier::apply_wide`](crate::Multiplier::apply_wide)); with a bias of
//! 32 bits they wrap in 32 bits and are rounded twice, as int8 is. The pools of [`crate::op`] take `i16` as they are.

mod arithmetic;
mod lookup;
mod softmax;
mod tables;
mod weighted;

pub use arithmetic::{Add, Mul};
pub use lookup::{Logistic, Tanh};
pub use softmax::Softmax;
pub use weighted::{Bias, Channels, Conv2d, DepthwiseConv2d, FullyConnected};
