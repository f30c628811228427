//! Bounded reading: a position in a slice that no length in the file can push past the end.

use crate::ImageError;

/// A position in the bytes of an image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, offset }
    }

    pub(crate) const fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.offset)
    }

    /// The next `count` bytes. The bound is checked by subtraction: `count` may be any number.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], ImageError> {
        let rest = self.bytes.get(self.offset..).unwrap_or(&[]);
        let taken = rest.get(..count).ok_or(ImageError::Truncated { offset: self.offset })?;
        self.offset += count;
        Ok(taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, ImageError> {
        let taken = self.take(1)?;
        Ok(taken.first().copied().unwrap_or(0))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, ImageError> {
        let taken = self.take(2)?;
        Ok(taken.iter().rev().fold(0, |sum, &byte| sum << 8 | u16::from(byte)))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, ImageError> {
        Ok(little_endian(self.take(4)?))
    }

    pub(crate) fn f32(&mut self) -> Result<f32, ImageError> {
        self.u32().map(f32::from_bits)
    }

    /// LEB128 of at most 64 bits: seven bits a byte, lowest first, bit 7 set on all but the last.
    fn leb128(&mut self, bits: u32, what: &'static str) -> Result<u64, ImageError> {
        let offset = self.offset;
        let mut value = 0u64;
        let mut shift = 0;
        loop {
            let byte = self.u8()?;
            let part = u64::from(byte & 0x7F);
            if shift >= bits || part >> (bits - shift).min(7) != 0 {
                return Err(ImageError::Malformed { what, offset });
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    pub(crate) fn uint(&mut self) -> Result<u32, ImageError> {
        #[allow(clippy::cast_possible_truncation, reason = "leb128 refuses more than 32 bits")]
        self.leb128(32, "number").map(|value| value as u32)
    }

    /// Zigzag: 0, -1, 1, -2, ... are stored as 0, 1, 2, 3, ...
    pub(crate) fn sint(&mut self) -> Result<i64, ImageError> {
        let zigzag = self.leb128(64, "signed number")?;
        #[allow(clippy::cast_possible_wrap, reason = "the shift leaves 63 bits")]
        let half = (zigzag >> 1) as i64;
        Ok(if zigzag & 1 == 0 { half } else { !half })
    }

    /// An index below `values`.
    pub(crate) fn value(&mut self, values: u32) -> Result<u32, ImageError> {
        let offset = self.offset;
        let index = self.uint()?;
        if index < values { Ok(index) } else { Err(ImageError::ValueIndex { index, values, offset }) }
    }

    /// A shape: its lengths as they stand, and their product.
    pub(crate) fn shape(&mut self) -> Result<(Dims<'a>, usize), ImageError> {
        let start = self.offset;
        let rank = self.uint()?;
        if rank as usize > crate::layout::MAX_RANK {
            return Err(ImageError::OutOfRange { what: "rank", found: rank, offset: start });
        }
        let dims = Dims::new(*self, rank);
        let mut elements = 1usize;
        for _ in 0..rank {
            let offset = self.offset;
            let length = self.uint()?;
            elements = elements.checked_mul(length as usize).ok_or(ImageError::OutOfRange {
                what: "number of elements, at length",
                found: length,
                offset,
            })?;
        }
        Ok((dims, elements))
    }
}

pub(crate) fn little_endian(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, &byte| sum << 8 | u32::from(byte))
}

/// The lengths of a tensor, outermost first.
#[derive(Clone, Copy, Debug)]
pub struct Dims<'a> {
    rest: Cursor<'a>,
    left: u32,
}

impl<'a> Dims<'a> {
    /// `left` lengths from a position on.
    pub(crate) const fn new(rest: Cursor<'a>, left: u32) -> Self {
        Self { rest, left }
    }
}

impl Iterator for Dims<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        self.rest.uint().ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for Dims<'_> {}

/// Indices of values.
#[derive(Clone, Copy, Debug)]
pub struct Ids<'a> {
    rest: Cursor<'a>,
    left: u32,
}

impl<'a> Ids<'a> {
    /// Reads and checks a list of indices.
    pub(crate) fn read(cursor: &mut Cursor<'a>, values: u32) -> Result<Self, ImageError> {
        let left = cursor.uint()?;
        let ids = Self { rest: *cursor, left };
        for _ in 0..left {
            cursor.value(values)?;
        }
        Ok(ids)
    }
}

impl Iterator for Ids<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        self.rest.uint().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;
    use crate::ImageError;

    #[test]
    fn leb128_by_hand() {
        assert_eq!(Cursor::new(&[0xE5, 0x8E, 0x26], 0).uint(), Ok(624_485));
        assert_eq!(Cursor::new(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F], 0).uint(), Ok(u32::MAX));
        let malformed = Err(ImageError::Malformed { what: "number", offset: 0 });
        assert_eq!(Cursor::new(&[0xFF, 0xFF, 0xFF, 0xFF, 0x1F], 0).uint(), malformed);
        assert_eq!(Cursor::new(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x00], 0).uint(), malformed);
        assert_eq!(Cursor::new(&[0x03], 0).sint(), Ok(-2));
        let lowest = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01];
        assert_eq!(Cursor::new(&lowest, 0).sint(), Ok(i64::MIN));
    }

    #[test]
    fn no_length_reaches_past_the_end() {
        let mut cursor = Cursor::new(&[1, 2, 3], 1);
        assert_eq!(cursor.take(usize::MAX), Err(ImageError::Truncated { offset: 1 }));
        assert_eq!(cursor.take(2), Ok(&[2u8, 3][..]));
        assert_eq!(Cursor::new(&[1], 7).u8(), Err(ImageError::Truncated { offset: 7 }));
    }
}
