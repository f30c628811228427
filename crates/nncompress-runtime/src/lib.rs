#![no_std]
#![forbid(unsafe_code)]
//! Reads compressed network images (`.ncm`) from flash: `no_std`, no heap.

mod operator;

pub use operator::{AttributeName, Operator};
