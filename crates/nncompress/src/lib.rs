//! Compresses trained networks.

pub mod codebook;
pub mod data;
pub mod engine;
pub mod error;
pub mod format;
pub mod grid;
pub mod import;
pub mod network;
pub mod onnx;
pub mod plan;
pub mod preprocess;
pub mod prune;
pub mod quantize;
pub mod scale;

pub use error::Error;
pub use nncompress_runtime as runtime;
