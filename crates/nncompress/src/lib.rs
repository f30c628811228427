//! Compresses trained networks.

pub mod codebook;
pub mod format;
pub mod grid;
pub mod network;
pub mod plan;
pub mod prune;
pub mod quantize;
pub mod scale;

pub use nncompress_runtime as runtime;
