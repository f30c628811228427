//! int8 operators: the arithmetic of TensorFlow Lite for Microcontrollers, without an allocator.
//!
//! *Shapes are checked once, when an operator is made.* An operator borrows its weights and runs on slices;
//! the one error that running can return is [`Error::Length`](crate::Error::Length), for a buffer whose
//! length is not the one that the operator names. Activations are row-major, images `[batch, height, width,
//! channels]`. With [`Double`](crate::Double) or [`Single`](crate::Single) rounding no float is touched while
//! an operator runs.
//!
//! Operators on one value at a time (relu, logistic, requantize and the like) are a [`Table`] of 256 bytes:
//! exact by construction, and faster than what it replaces.

mod arithmetic;
mod blockwise;
mod conv;
mod depthwise;
mod fully_connected;
pub(crate) mod images;
pub mod int16;
pub(crate) mod kernel;
mod lstm;
mod matmul;
mod movement;
mod pool;
mod reduce;
mod requantize;
mod softmax;
mod table;
mod transpose_conv;
mod unary;
mod window;

pub use arithmetic::{Add, AddFactors, Binary, Extremum, Mul, Sub, XnnAdd};
pub use blockwise::{BlockFactors, BlockwiseFullyConnected};
pub use conv::Conv2d;
pub use depthwise::DepthwiseConv2d;
pub use fully_connected::FullyConnected;
pub use lstm::{Gate, Lstm, LstmSizes};
pub use matmul::BatchMatMul;
pub use movement::{Concat, Pad, Transpose, reshape};
pub use pool::{AveragePool2d, MaxPool2d};
pub use reduce::{Mean, Sum};
pub use requantize::Requantize;
pub use softmax::Softmax;
pub use table::Table;
pub use transpose_conv::TransposeConv2d;
pub use unary::{Prelu, hard_swish, leaky_relu, logistic, relu, relu6, relu6_clamp, requantize, tanh};
pub use window::{Padding, Window};
