//! The one error type of the crate: a variant a cause.

/// Why parameters or an operator could not be made, or a buffer not be used.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A range was asked for, but no value was seen.
    #[error("no value to take a range from: pass at least one, or skip empty tensors")]
    Empty,
    /// A value is NaN or infinite.
    #[error("value {index} is NaN or infinite: replace or drop such values before quantizing")]
    NotFinite {
        /// Position of the first such value in the slice that was passed.
        index: usize,
    },
    /// A range whose low end lies above its high end, or with an end that is NaN or infinite.
    #[error("range [{low}, {high}] is not finite and ascending: swap or replace its ends")]
    BadRange {
        /// The low end as given.
        low: f32,
        /// The high end as given.
        high: f32,
    },
    /// A scale that is not a positive normal number.
    #[error("scale {scale} is not a positive normal number: use 1 for a tensor of zeros")]
    BadScale {
        /// The scale as given.
        scale: f32,
    },
    /// A zero point that is not a code.
    #[error("zero point {zero_point} is not a code of {low}..={high}")]
    BadZeroPoint {
        /// The zero point as given.
        zero_point: i32,
        /// The lowest code.
        low: i32,
        /// The highest code.
        high: i32,
    },
    /// A bit width outside 2..=8, or one that cannot be packed.
    #[error("{bits} bits: codes have 2 to 8 bits, packed ones 2 or 4")]
    BadBits {
        /// The bit width as given.
        bits: u32,
    },
    /// A weight that does not fit the bits it is to be packed into.
    #[error("weight {index} does not fit the bits it is packed into: quantize to fewer codes")]
    BadCode {
        /// Position of the first such weight.
        index: usize,
    },
    /// A slice that has another length than its partner.
    #[error("a slice has {found} elements, expected {expected}")]
    Length {
        /// The length that fits.
        expected: usize,
        /// The length of the slice.
        found: usize,
    },
    /// An axis that the shape does not have.
    #[error("axis {axis} of a shape with {rank} dimensions")]
    BadAxis {
        /// The axis as given.
        axis: usize,
        /// The number of dimensions.
        rank: usize,
    },
    /// Blocks of no elements.
    #[error("blocks of {size} elements: use the length of the axis for one scale a row")]
    BadBlock {
        /// The size as given.
        size: usize,
    },
    /// A factor that the rounding in use cannot express.
    #[error("factor {real} is negative, not finite or too large: check the scales it comes from")]
    BadFactor {
        /// The factor as computed.
        real: f64,
    },
    /// A mantissa or exponent that no multiplier has.
    #[error(
        "multiplier {mantissa} · 2^({exponent} − 31): the mantissa must not be negative, the exponent in -31..=31"
    )]
    BadMultiplier {
        /// The mantissa as given.
        mantissa: i32,
        /// The exponent as given.
        exponent: i32,
    },
    /// A window with a size of 0, or one that does not fit the image.
    #[error(
        "the window does not fit axis {axis} of size {input}: check kernel, stride, dilation and padding"
    )]
    BadWindow {
        /// 0 for the height, 1 for the width.
        axis: usize,
        /// The size of the image along it.
        input: usize,
    },
    /// Groups that do not divide the channels.
    #[error("{groups} groups do not divide {inputs} input and {outputs} output channels")]
    BadGroups {
        /// The number of groups.
        groups: usize,
        /// The number of input channels.
        inputs: usize,
        /// The number of output channels.
        outputs: usize,
    },
    /// Two dimensions that should be equal.
    #[error("dimensions {a} and {b} do not fit each other")]
    BadBroadcast {
        /// The dimension of the first tensor.
        a: usize,
        /// The dimension of the second tensor.
        b: usize,
    },
    /// A shape of too many dimensions.
    #[error("a shape with {rank} dimensions: 6 are supported")]
    BadRank {
        /// The number of dimensions.
        rank: usize,
    },
    /// A shape with more elements than the operator or the address space allows.
    #[error("the product of the dimensions is too large for the operator or the address space")]
    TooLarge,
    /// A share that is none.
    #[error("share {share} is not in 0..=1: 0.99999 keeps all but one in 100000 values")]
    BadShare {
        /// The share as given.
        share: f64,
    },
    /// Instructions that this CPU does not have.
    #[error("the CPU does not have these instructions: ask for `Backend::best()`")]
    BadBackend,
}

/// An error unless the slice has the expected length.
pub(crate) const fn check_length(expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Length { expected, found }) }
}
