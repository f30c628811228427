//! Second-order compensation for any grid: what rounding or pruning one weight does to a layer's outputs, the
//! weights that follow make up for as well as they can.
//!
//! The order is that of OBC and GPTQ (Frantar and others, 2022). [`Factor`] is computed once a layer, [`sweep`]
//! runs once a candidate, and what a weight becomes is decided by the caller: a grid, a mask, or a grid under a
//! price of bits.

mod factor;
mod layer;
mod offset;
mod rate;
mod sweep;

pub use factor::Factor;
pub use layer::{Candidate, Prepared};
pub use offset::offset_grid;
pub use sweep::{Visit, sweep};
