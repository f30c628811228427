//! Why a file is not an image.

/// Why [`Image::parse`](crate::Image::parse) refused a file. Offsets count bytes from its start.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The file ends within a field.
    #[error("the image ends early: a field at offset {offset} runs past the end; copy the file again")]
    Truncated {
        /// Where the field starts.
        offset: usize,
    },
    /// The first four bytes are not those of an image.
    #[error(
        "not an image: it does not start with the bytes \"NCM\" 0x1A; write one with `nncompress compress`"
    )]
    NotAnImage,
    /// The image is of a version that this reader does not know.
    #[error(
        "image version {found} is not supported here: float networks are version 0, int8 programs version 1"
    )]
    Version {
        /// The version in the header.
        found: u16,
    },
    /// The length in the header is not that of the file.
    #[error("the image should have {declared} bytes but has {actual}; copy the file again")]
    Length {
        /// The length in the header.
        declared: u32,
        /// The length of the file.
        actual: usize,
    },
    /// The checksum in the header is not that of the bytes behind it.
    #[error(
        "the image is damaged: its CRC-32 is {actual:08x}, the header says {declared:08x}; copy the file again"
    )]
    Checksum {
        /// The checksum in the header.
        declared: u32,
        /// The checksum of the bytes.
        actual: u32,
    },
    /// A number is longer than its type, or a text is not UTF-8.
    #[error("malformed {what} at offset {offset}")]
    Malformed {
        /// What was read.
        what: &'static str,
        /// Where it starts.
        offset: usize,
    },
    /// A kind, an operator or an attribute that this version does not have.
    #[error("unknown {what} {code} at offset {offset}; read it with a newer release")]
    Unknown {
        /// What was read.
        what: &'static str,
        /// Its code.
        code: u8,
        /// Where it stands.
        offset: usize,
    },
    /// An index that points at no value.
    #[error("value {index} at offset {offset} does not exist, there are {values} values")]
    ValueIndex {
        /// The index.
        index: u32,
        /// How many values there are.
        values: u32,
        /// Where it stands.
        offset: usize,
    },
    /// A parameter outside of its range.
    #[error("{what} {found} at offset {offset} is out of range")]
    OutOfRange {
        /// What was read.
        what: &'static str,
        /// The number that was found.
        found: u32,
        /// Where it stands.
        offset: usize,
    },
    /// A step of a program whose operator cannot be made.
    #[error("step {step}: {source}")]
    Operator {
        /// The number of the step, from 0.
        step: u32,
        /// What the operator says.
        source: fixq::Error,
    },
    /// Bytes behind the last constant or step.
    #[error("{count} bytes are left over at offset {offset}")]
    Trailing {
        /// How many.
        count: usize,
        /// Where they start.
        offset: usize,
    },
}
