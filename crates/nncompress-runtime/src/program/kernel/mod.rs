//! Layers as patches times rows: what a device runs.
//!
//! A patch is the input codes under one output pixel, less the zero point, with zeros under padding and behind its end
//! up to a multiple of eight: 16 bits each for the kernels of `dsp`, 32 for the others, which then have nothing to unpack. It is made once and multiplied with the rows of all outputs, several at
//! a time. Rows are read as they are stored, whether bytes or codes; what lies behind the end of a row meets zeros.
//!
//! Reading order: `layer` (which patches, which rows), `patch` (from codes to a patch), `depthwise`, `ends` (from sums
//! to codes), then the inner loops, `dsp` for ARMv7E-M, `thumb` for other ARMs and `portable`.

mod depthwise;
mod dsp;
mod ends;
mod layer;
mod patch;
mod portable;
mod sum;
mod thumb;
mod unpack;

pub(super) use depthwise::depthwise;
pub(super) use ends::{Ends, times};
pub(super) use layer::{Scratch, needs, products};
pub(super) use sum::sum;
pub(super) use unpack::{biases, factors};

/// A number of a patch.
#[cfg(feature = "dsp")]
type Term = i16;
/// A number of a patch.
#[cfg(not(feature = "dsp"))]
type Term = i32;

/// The words that eight numbers of a patch take.
const EIGHT: usize = 8 * Term::BITS as usize / 32;

/// The entries of two neighbouring codes as two halves of a word, for every pair of codes of so many bits.
pub(super) const fn pairs(bits: u32) -> usize {
    1 << (2 * bits)
}
