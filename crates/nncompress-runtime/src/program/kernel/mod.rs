//! Layers as patches times rows: what a device runs.
//!
//! A patch is the input codes under one output pixel, less the zero point, 16 bits each, with zeros under padding and
//! behind its end up to a multiple of eight. It is made once and multiplied with the rows of all outputs, several at
//! a time. Rows are read as they are stored, whether bytes or codes; what lies behind the end of a row meets zeros.
//!
//! Reading order: `layer` (which patches, which rows), `patch` (from codes to a patch), `depthwise`, `ends` (from sums
//! to codes), then the inner loops, `dsp` for ARMv7E-M and `portable`.

mod depthwise;
mod dsp;
mod ends;
mod layer;
mod patch;
mod portable;
#[cfg(any(not(target_arch = "x86_64"), feature = "dsp", test))]
mod sum;
mod thumb;

pub(super) use depthwise::depthwise;
pub(super) use ends::Ends;
pub(super) use layer::{Scratch, needs, products};
pub(super) use patch::Field;
#[cfg(any(not(target_arch = "x86_64"), feature = "dsp"))]
pub(super) use sum::sum;

/// The entries of two neighbouring codes as two halves of a word, for every pair of codes of so many bits.
pub(super) const fn pairs(bits: u32) -> usize {
    1 << (2 * bits)
}
