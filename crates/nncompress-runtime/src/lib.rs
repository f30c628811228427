#![no_std]
#![deny(unsafe_code)]
//! Reads compressed network images (`.ncm`) from flash: `no_std`, no heap, no panic.
//!
//! An image is one self-contained file: the graph, the weights as packed codes with their scales,
//! the biases. [`Image::parse`] checks all of it once (checksum, bounds, every index, every shape);
//! after that the iterators cannot fail.
//!
//! ```
//! use nncompress_runtime::{Image, ImageError};
//!
//! assert_eq!(Image::parse(b"").unwrap_err(), ImageError::Truncated { offset: 0 });
//! ```
//!
//! Reading order: [`mod@layout`] (the bytes), `cursor` and `reader` (bounded reading), `image` (header and
//! verification), `graph` (nodes), `constant` (weights), `codes` (bits), [`mod@entropy`] (shorter
//! than bits) and `table` (what a code is worth). int8 programs stand in [`mod@program`].

mod codes;
mod constant;
mod cursor;
pub mod entropy;
mod error;
mod graph;
mod image;
pub mod layout;
mod operator;
pub mod program;
mod reader;
mod table;

pub use codes::{Codes, packed_bytes};
pub use constant::{
    Bfloat16s, Coded, ConstantView, Content, Floats, Ints, Scale, Storage, Values, least_bytes,
};
pub use cursor::{Dims, Ids};
pub use error::ImageError;
pub use graph::{AttributeView, Attributes, Input, Inputs, NodeView, Nodes};
pub use image::{Constants, Image};
pub use operator::{AttributeName, Operator};
pub use program::{Memory, Program};
pub use table::CodeFormat;
