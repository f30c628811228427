//! Compresses trained networks.

pub mod allocate;
mod batch_norm;
pub mod calibrate;
pub mod codebook;
pub mod compensate;
pub mod cost;
pub mod data;
pub mod engine;
pub mod entropy;
pub mod error;
pub mod evaluate;
pub mod exchange;
pub mod export;
#[cfg(feature = "finetune")]
pub mod finetune;
pub mod fold;
pub mod format;
pub mod grid;
pub mod image;
pub mod import;
pub mod int8;
pub mod joint;
pub mod lower;
pub mod matrix;
pub mod network;
pub mod onnx;
pub mod plan;
pub mod preprocess;
pub mod prune;
pub mod quantize;
pub mod reference;
pub mod scale;
pub mod search;
pub mod study;
pub mod tflite;

pub use error::Error;
pub use nncompress_runtime as runtime;
