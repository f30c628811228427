//! The image (`.ncm`): what is shipped, and the only thing whose size and accuracy are reported.
//!
//! The bytes are described in [`nncompress_runtime::layout`]. [`encode`] writes them, [`decode`] reads
//! them back into a float network that holds exactly the weights the image stands for.

pub(crate) mod bytes;
mod layers;
mod read;
mod write;

pub use layers::decode_layers;
pub use read::decode;
pub use write::{Size, Stored, encode, encode_layers, layer_size, quantize_layers};
