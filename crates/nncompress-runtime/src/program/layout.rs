//! The bytes of an int8 program, image version 1. Numbers as in [`crate::layout`].
//!
//! ```text
//! header     as version 0, but with version 1
//! memory     codes uint | channels uint
//! inputs     uint count, each: offset uint, rank uint, length uint ..., scale f32, zero point i8
//! outputs    the same
//! steps      uint count, each: operator u8, offset of the output uint, offsets of the inputs (one uint; two for
//!            ADD, SUB and MUL; CONCAT: uint count, each uint), then
//!   CONV            image, outputs uint, kernel, groups uint, zero point i8, end, layer
//!   DEPTHWISE       image, outputs uint, kernel, zero point i8, end, layer
//!   FULLY_CONNECTED batch uint, inputs uint, outputs uint, zero point i8, end, layer
//!   ADD SUB         shape, shape, zero points i8 i8, factors of a, b, sum, end
//!   MUL             shape, shape, zero points i8 i8, factor, end
//!   AVERAGE_POOL    image, kernel, end
//!   MAX_POOL        image, kernel, end
//!   SOFTMAX         shape, factor
//!   TABLE           length uint, 256 entries i8 from that of the code -128 upwards
//!   MEAN            shape, axes u8 (bit i: dimension i), factor, zero point i8, end
//!   PAD             shape, for each dimension: before uint, after uint; code i8
//!   CONCAT          outer uint, for each input: length uint
//!
//! image      batch uint, height uint, width uint, channels uint
//! kernel     for height and width: size uint, stride uint, dilation uint, padding before uint, after uint
//! shape      rank uint, length uint ...
//! factor     mantissa u32, exponent i8: mantissa * 2^(exponent - 31)
//! end        zero point i8, lowest code i8, highest code i8
//! layer      weights, biases, factors
//! weights    DENSE      elements i8
//!            DICTIONARY bits u8, count u8 (0: 256), entries i8, codes of that many bits
//!            CODED      bits u8 (2 to 8), entries, kept, rows
//! entries    INTEGERS   none: a code is its own two's complement value
//!            BYTES      2^bits entries i8
//!            WORDS      2^bits entries i16
//!            SHARED     offset uint, where BYTES or WORDS of an earlier layer of as many bits stand
//! kept       ALL        every weight
//!            BLOCKS     length u8 (1 to 128), bytes of all rows uint: of each block of so many weights of a row,
//!                       all or none
//! row        ALL        the codes of its weights, from a byte of its own
//!            BLOCKS     a bit for each block (1: kept), then the codes of the blocks that are kept, `length`
//!                       of each, also where the row ends within; both from a byte of their own
//! biases     bits u8 (0: none), two's complement of that many bits for each output
//! factors    ONE        factor, for all outputs
//!            EACH       lowest exponent i8, bits u8, for each output: 30 bits, the mantissa below its
//!                       leading bit, then the exponent less the lowest one
//!            SCALED     base u64, lowest exponent i8, bits u8, for each output: 23 bits, a significand
//!                       below its leading bit, then its exponent less the lowest one
//!            RAW        factor for each output
//! ```
//!
//! Every tensor lies in one array of codes, at an offset that is fixed when the image is written: the largest
//! offset that is used is the `codes` of the header. `channels` is the largest number of outputs of a layer.
//! Packed fields follow each other without gaps, lowest bits first, each array from a byte of its own.
//!
//! A row is the weights of one output of a convolution or fully connected layer, and those of one tap of a
//! depthwise convolution. A weight that is not kept is 0. Posits stand here as
//! integers: every posit<n, es> is a multiple of minpos = 2^-((n - 2) 2^es), so the entry of a code is
//! `value / minpos` where that fits 16 bits, and the power of two is part of the layer's factors. posit<5, 0>
//! needs BYTES (its largest is 64), posit<8, 0> and posit<5, 1> WORDS (4096). Sums are taken in 32 bits and wrap,
//! so they do not depend on their order, and no device rounds differently.
//!
//! Example: a row of 3 weights in 3 bits, INTEGERS, ALL: the codes 5, 1, 7 are the weights -3, 1, -1 and the
//! bytes `0xCD 0x01`. With BLOCKS of 2 and the last block kept: `0x02`, then the codes 7 and 0: `0x07`.
//!
//! A factor that is SCALED is the product of the base, common to the layer, and the scale of the output's
//! weights, which is an `f32` in the file that the network came from: 23 bits instead of 30.

/// The version of an image that holds an int8 program.
pub const VERSION: u16 = 1;

/// Step: convolution with groups.
pub const CONV: u8 = 1;
/// Step: depthwise convolution.
pub const DEPTHWISE: u8 = 2;
/// Step: fully connected layer.
pub const FULLY_CONNECTED: u8 = 3;
/// Step: sum of two tensors.
pub const ADD: u8 = 4;
/// Step: difference of two tensors.
pub const SUB: u8 = 5;
/// Step: product of two tensors, element by element.
pub const MUL: u8 = 6;
/// Step: average pool.
pub const AVERAGE_POOL: u8 = 7;
/// Step: max pool.
pub const MAX_POOL: u8 = 8;
/// Step: softmax.
pub const SOFTMAX: u8 = 9;
/// Step: a function of one code.
pub const TABLE: u8 = 10;
/// Step: mean over some dimensions.
pub const MEAN: u8 = 11;
/// Step: surrounds a tensor with one code.
pub const PAD: u8 = 12;
/// Step: joins tensors.
pub const CONCAT: u8 = 13;

/// Weights: one byte each.
pub const DENSE: u8 = 0;
/// Weights: packed indices into a table.
pub const DICTIONARY: u8 = 1;
/// Weights: packed codes, row by row.
pub const CODED: u8 = 2;

/// Entries: codes are numbers.
pub const INTEGERS: u8 = 0;
/// Entries: one byte each.
pub const BYTES: u8 = 1;
/// Entries: two bytes each.
pub const WORDS: u8 = 2;
/// Entries: those at an offset of the image.
pub const SHARED: u8 = 3;

/// Kept: every weight.
pub const ALL: u8 = 0;
/// Kept: blocks of weights that a bitmap names.
pub const BLOCKS: u8 = 1;

/// Factors: one for the layer.
pub const ONE: u8 = 0;
/// Factors: mantissas of 31 bits, packed.
pub const EACH: u8 = 1;
/// Factors: products of a base and significands of 24 bits, packed.
pub const SCALED: u8 = 2;
/// Factors: as they are.
pub const RAW: u8 = 3;

/// The mantissa and exponent of `base * significand`, where `significand` has 24 bits, the highest of them
/// set, and `base` 64, the highest set: 31 bits, rounded half up, and 1 or 0 to add to the exponent.
///
/// Example with `base = 2^63`, 1.0: a significand of 1.5 (`3 << 22`) gives the mantissa `3 << 29` and 1.
#[must_use]
pub const fn scaled(base: u64, significand: u32) -> (i32, i32) {
    // The upper 56 of 88 bits: below 2^32 * 2^24, at least 2^31 * 2^23.
    let product = (base >> 32) * significand as u64 + (((base & 0xFFFF_FFFF) * significand as u64) >> 32);
    let carry = (product >> 55 != 0) as i32;
    let shift = 24 + carry;
    let mantissa = (product + (1 << (shift - 1))) >> shift;
    if mantissa >> 31 == 0 { (mantissa as i32, carry) } else { (1 << 30, carry + 1) }
}
