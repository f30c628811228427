//! The bytes of an image, version 0.
//!
//! Fixed-width numbers are little-endian. *uint* is an unsigned LEB128 of at most 5 bytes, *sint* a
//! zigzag LEB128 of at most 10.
//!
//! ```text
//! header     "NCM" 0x1A | version u16 | flags u16 = 0 | length u32 of the whole file | CRC-32 u32 of all that follows
//! graph      name: uint length, UTF-8 | opset uint | values uint
//!            inputs:  uint count, each: value uint, rank uint, length uint (0: chosen at run time)
//!            outputs: uint count, each: value uint
//!            nodes:   uint count, each: operator u8
//!                     inputs uint count, each: uint (0: left out, else value + 1)
//!                     outputs uint count, each: value uint
//!                     attributes uint count, each: name u8, kind u8, payload
//! constants  uint count, each: value uint, rank uint, length uint ..., kind u8, payload
//!   FLOAT    elements f32
//!   INT      elements sint
//!   BFLOAT16 elements, the upper halves of f32, u16
//!   CODED    format: INT_GRID bits u8 | POSIT n u8, es u8 | CODEBOOK bits u8, count u16, entries f32 ascending
//!            scale:  NO_SCALE | POWER_OF_TWO axis u8, exponents i8 | REAL axis u8, factors f32
//!                    | REAL_BFLOAT16 axis u8, factors u16, the upper halves of f32
//!                    (axis 255: one for the tensor, else one for each index along that axis)
//!                    with BY_BLOCKS added to the kind, a length uint follows the axis: see below
//!            storage: PACKED codes | BITMAP one bit an element (1: kept), then the codes of those kept
//!                     | ENTROPY bytes uint, then the range-coded levels (see `entropy`)
//! ```
//!
//! Codes are packed without gaps, the first one in the lowest bits. Example: the 3-bit codes 5, 1, 7
//! are the bits `111 001 101`, that is the bytes `0xCD 0x01`. An element that the bitmap leaves out
//! is exactly 0. The worth of an element is `scale * value(code)`, one `f32` product.
//!
//! Scales by blocks: the elements are cut into lines, and a line into blocks of `length` elements, of which the last may
//! be shorter. On axis 0 a line runs along that axis, one line for each element under an index of it; on a later axis a
//! line is all the elements from that axis on. Scales stand line by line. So a matrix of outputs by inputs has its
//! blocks on axis 1, one of inputs by outputs on axis 0, and both have the same scales in the same order. Example: a
//! tensor of 2 by 5 with blocks of 2 on axis 1 has the scales `a a b b c` for its first row and `d d e e f` for its second.
//!
//! A release reads every image of its version that an earlier one wrote. Kinds, operators and attributes are added
//! without another version: a reader refuses one that it does not know, and names it. The version changes when bytes that
//! earlier readers accept get another meaning.

/// The first four bytes of a file.
pub const MAGIC: [u8; 4] = *b"NCM\x1A";
/// The version that this crate reads and writes.
pub const VERSION: u16 = 0;
/// The length of the header in bytes.
pub const HEADER: usize = 16;

/// Constant kind: `f32` elements.
pub const FLOAT: u8 = 0;
/// Constant kind: integer elements.
pub const INT: u8 = 1;
/// Constant kind: codes of a number format.
pub const CODED: u8 = 2;
/// Constant kind: elements that are the upper halves of `f32`, the lower ones 0.
pub const BFLOAT16: u8 = 3;

/// Format kind: two's complement integers.
pub const INT_GRID: u8 = 0;
/// Format kind: posits.
pub const POSIT: u8 = 1;
/// Format kind: a table of values in the image.
pub const CODEBOOK: u8 = 2;

/// Scale kind: none.
pub const NO_SCALE: u8 = 0;
/// Scale kind: powers of two.
pub const POWER_OF_TWO: u8 = 1;
/// Scale kind: `f32` factors.
pub const REAL: u8 = 2;
/// Scale kind: factors that are the upper halves of `f32`, the lower ones 0.
pub const REAL_BFLOAT16: u8 = 3;
/// Added to a scale kind: the scales are those of blocks.
pub const BY_BLOCKS: u8 = 0x10;
/// The axis that stands for "one scale for the whole tensor".
pub const WHOLE_TENSOR: u8 = 255;

/// Storage kind: one code for each element.
pub const PACKED: u8 = 0;
/// Storage kind: a bitmap, and codes for the elements that it keeps.
pub const BITMAP: u8 = 1;
/// Storage kind: range-coded levels, row by row; a row is the elements under one index of the first axis.
pub const ENTROPY: u8 = 2;

/// Attribute kind: one integer.
pub const ATTRIBUTE_INT: u8 = 0;
/// Attribute kind: one `f32`.
pub const ATTRIBUTE_FLOAT: u8 = 1;
/// Attribute kind: several integers.
pub const ATTRIBUTE_INTS: u8 = 2;
/// Attribute kind: several `f32`.
pub const ATTRIBUTE_FLOATS: u8 = 3;
/// Attribute kind: UTF-8 text.
pub const ATTRIBUTE_TEXT: u8 = 4;

/// The largest rank of a tensor.
pub const MAX_RANK: usize = 8;

/// The CRC-32 of ISO-HDLC (the one of gzip and PNG) of `body`, the bytes behind the header.
#[must_use]
pub fn checksum(body: &[u8]) -> u32 {
    const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    if cfg!(target_os = "none") { checksum_by_nibbles(body) } else { CRC.checksum(body) }
}

/// The same with a table of 64 bytes instead of 1,024, for devices.
fn checksum_by_nibbles(body: &[u8]) -> u32 {
    // What four bits, the lowest of the register, become in four steps.
    const TABLE: [u32; 16] = {
        let (mut table, mut nibble) = ([0; 16], 0);
        while nibble < 16 {
            let (mut rest, mut bit) = (nibble, 0);
            while bit < 4 {
                rest = (rest >> 1) ^ if rest & 1 == 1 { 0xEDB8_8320 } else { 0 };
                bit += 1;
            }
            table[nibble as usize] = rest;
            nibble += 1;
        }
        table
    };
    let step = |sum: u32| (sum >> 4) ^ TABLE[(sum & 0xF) as usize];
    !body.iter().fold(!0, |sum, &byte| step(step(sum ^ u32::from(byte))))
}

#[cfg(test)]
mod tests {
    use super::{checksum, checksum_by_nibbles};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_checksums_are_one(body in prop::collection::vec(any::<u8>(), 0..99)) {
            prop_assert_eq!(checksum_by_nibbles(&body), checksum(&body));
        }
    }
}
