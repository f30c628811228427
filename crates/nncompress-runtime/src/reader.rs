//! Reading that fails once: after the first error every read gives 0 or nothing, and the error is asked for at the end.
//!
//! So a reader of many fields has no branch after each. Whoever loops by a number that was read asks
//! [`Reader::is_ok`], and nothing that was read counts before [`Reader::result`] did.

use crate::ImageError;
use crate::cursor::{Cursor, Dims};
use fixq::{Error, Multiplier};

/// A position in the bytes of an image, and the first thing that was wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
    /// The number of the step that is read.
    pub(crate) step: u32,
    error: Option<ImageError>,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, offset, step: 0, error: None }
    }

    /// The error, if there was one.
    pub(crate) const fn result(&self) -> Result<(), ImageError> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    pub(crate) const fn is_ok(&self) -> bool {
        self.error.is_none()
    }

    /// Notes an error, unless there is one.
    #[cold]
    #[inline(never)]
    pub(crate) fn fail(&mut self, error: ImageError) {
        if self.error.is_none() {
            (self.error, self.bytes) = (Some(error), &[]);
        }
    }

    /// Notes that `what` at this offset is malformed.
    #[cold]
    #[inline(never)]
    pub(crate) fn malformed(&mut self, what: &'static str, offset: usize) {
        self.fail(ImageError::Malformed { what, offset });
    }

    /// Notes that `what` at this offset is out of its range.
    #[cold]
    #[inline(never)]
    pub(crate) fn out_of_range(&mut self, what: &'static str, found: u32, offset: usize) {
        self.fail(ImageError::OutOfRange { what, found, offset });
    }

    /// Notes that `what` at this offset has a code that is not known.
    #[cold]
    #[inline(never)]
    pub(crate) fn unknown(&mut self, what: &'static str, code: u8, offset: usize) {
        self.fail(ImageError::Unknown { what, code, offset });
    }

    /// Notes that the operator of the step cannot be made.
    #[cold]
    #[inline(never)]
    pub(crate) fn refuse(&mut self, source: Error) {
        self.fail(ImageError::Operator { step: self.step, source });
    }

    pub(crate) const fn offset(&self) -> usize {
        self.offset
    }

    /// All bytes that follow.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.offset..).unwrap_or(&[])
    }

    /// The bytes from another offset on.
    pub(crate) fn at(&self, offset: usize) -> &'a [u8] {
        self.bytes.get(offset..).unwrap_or(&[])
    }

    /// The next `count` bytes. The bound is checked by subtraction: `count` may be any number.
    #[inline(never)]
    pub(crate) fn take(&mut self, count: usize) -> &'a [u8] {
        if let Some(taken) = self.rest().get(..count) {
            self.offset += count;
            return taken;
        }
        self.fail(ImageError::Truncated { offset: self.offset });
        &[]
    }

    /// The next byte.
    #[inline(never)]
    pub(crate) fn u8(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    pub(crate) fn i8(&mut self) -> i8 {
        self.u8() as i8
    }

    /// The next two bytes.
    pub(crate) fn u16(&mut self) -> u16 {
        self.take(2).first_chunk().map_or(0, |&two| u16::from_le_bytes(two))
    }

    /// The next four bytes.
    #[inline(never)]
    pub(crate) fn u32(&mut self) -> u32 {
        self.take(4).first_chunk().map_or(0, |&four| u32::from_le_bytes(four))
    }

    /// A number of at most 32 bits, seven bits a byte, lowest first, bit 7 set on all but the last.
    #[inline(never)]
    pub(crate) fn uint(&mut self) -> u32 {
        let (offset, mut value, mut shift) = (self.offset, 0, 0);
        loop {
            let byte = u32::from(self.u8());
            // Four bits are left for the fifth byte, and it is the last.
            if shift == 28 && byte > 0xF {
                self.malformed("number", offset);
                return 0;
            }
            value |= (byte & 0x7F) << shift;
            if byte < 0x80 {
                return value;
            }
            shift += 7;
        }
    }

    /// A length or an offset.
    pub(crate) fn size(&mut self) -> usize {
        self.uint() as usize
    }

    /// A mantissa and an exponent.
    #[inline(never)]
    pub(crate) fn factor(&mut self) -> Multiplier {
        let offset = self.offset;
        let (mantissa, exponent) = (self.u32() as i32, self.i8());
        Multiplier::from_parts(mantissa, exponent.into()).unwrap_or_else(|_| {
            self.malformed("factor", offset);
            Multiplier::ZERO
        })
    }

    /// The product of sizes. Zeros count as ones in the check, so that no product of some of them overflows either.
    #[inline(never)]
    pub(crate) fn product(&mut self, sizes: &[usize]) -> usize {
        let (mut checked, mut product) = (1usize, 1usize);
        for &size in sizes {
            let next = checked.checked_mul(size.max(1)).filter(|&next| next <= isize::MAX as usize);
            let Some(next) = next else {
                self.refuse(Error::TooLarge);
                return 0;
            };
            (checked, product) = (next, product.wrapping_mul(size));
        }
        product
    }

    /// The lengths of a tensor as they stand, and their product.
    pub(crate) fn dims(&mut self) -> (Dims<'a>, usize) {
        let start = self.offset;
        let rank = self.uint();
        if rank as usize > crate::layout::MAX_RANK {
            self.out_of_range("rank", rank, start);
            return (Dims::new(Cursor::new(&[], 0), 0), 0);
        }
        let dims = Dims::new(Cursor::new(self.bytes, self.offset), rank);
        let mut elements = 1usize;
        for _ in 0..rank {
            let (offset, length) = (self.offset, self.uint());
            elements = elements.checked_mul(length as usize).unwrap_or_else(|| {
                self.out_of_range("number of elements, at length", length, offset);
                0
            });
        }
        (dims, elements)
    }
}

#[cfg(test)]
mod tests {
    use super::Reader;
    use crate::ImageError;

    #[test]
    fn the_first_error_stays() {
        let mut reader = Reader::new(&[1, 2, 3], 1);
        assert_eq!(
            (reader.take(usize::MAX), reader.result()),
            (&[][..], Err(ImageError::Truncated { offset: 1 }))
        );
        assert_eq!((reader.u8(), reader.uint(), reader.take(2).len()), (0, 0, 0));
        reader.malformed("number", 9);
        assert_eq!(reader.result(), Err(ImageError::Truncated { offset: 1 }));
    }

    #[test]
    fn numbers_by_hand() {
        let read = |bytes: &[u8]| {
            let mut reader = Reader::new(bytes, 0);
            let value = reader.uint();
            reader.result().map(|()| value)
        };
        assert_eq!(read(&[0xE5, 0x8E, 0x26]), Ok(624_485));
        assert_eq!(read(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F]), Ok(u32::MAX));
        let malformed = Err(ImageError::Malformed { what: "number", offset: 0 });
        assert_eq!(read(&[0xFF, 0xFF, 0xFF, 0xFF, 0x1F]), malformed);
        assert_eq!(read(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x00]), malformed);
        assert_eq!(read(&[0x80]), Err(ImageError::Truncated { offset: 1 }));
    }

    #[test]
    fn products_of_zeros_are_checked() {
        let product = |sizes: &[usize]| {
            let mut reader = Reader::new(&[], 0);
            let product = reader.product(sizes);
            reader.is_ok().then_some(product)
        };
        assert_eq!(product(&[2, 3, 4]), Some(24));
        assert_eq!(product(&[2, 0, 4]), Some(0));
        assert_eq!(product(&[usize::MAX, 0]), None);
        assert_eq!(product(&[usize::MAX, 0, 2]), None);
        assert_eq!(product(&[isize::MAX as usize, 2]), None);
        assert_eq!(product(&[]), Some(1));
    }
}
