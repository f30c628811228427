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
        low: i8,
        /// The highest code.
        high: i8,
    },
    /// A bit width outside 2..=8.
    #[error("{bits} bits cannot be kept in an int8: use 2 to 8")]
    BadBits {
        /// The bit width as given.
        bits: u32,
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
    /// A shape whose number of elements does not fit a `usize`.
    #[error("the product of the dimensions does not fit the address space")]
    TooLarge,
}

/// An error unless the slice has the expected length.
pub(crate) const fn check_length(expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Length { expected, found }) }
}
