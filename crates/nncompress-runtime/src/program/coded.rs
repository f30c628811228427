//! Rows of packed codes, of which blocks may be left out: weights are worked out while they are multiplied.

use super::layout;
use crate::cursor::Cursor;
use crate::{Codes, ImageError, packed_bytes};

/// What a code is worth.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entries<'a> {
    /// Its own two's complement value.
    Integers,
    /// The entry of its number, one for each code.
    Bytes(&'a [i8]),
    /// The entry of its number, two bytes little-endian, one for each code.
    Words(&'a [u8]),
}

impl<'a> Entries<'a> {
    fn read(cursor: &mut Cursor<'a>, bits: u32) -> Result<Self, ImageError> {
        let offset = cursor.offset();
        match cursor.u8()? {
            layout::INTEGERS => Ok(Self::Integers),
            layout::SHARED => {
                let start = cursor.size()?;
                let mut earlier = cursor.at(start);
                let kind = earlier.u8()?;
                Self::read_table(&mut earlier, bits, kind, offset)
            }
            kind => Self::read_table(cursor, bits, kind, offset),
        }
    }

    fn read_table(cursor: &mut Cursor<'a>, bits: u32, kind: u8, offset: usize) -> Result<Self, ImageError> {
        match kind {
            layout::BYTES => Ok(Self::Bytes(bytemuck::cast_slice(cursor.take(1 << bits)?))),
            layout::WORDS => Ok(Self::Words(cursor.take(2 << bits)?)),
            code => Err(ImageError::Unknown { what: "entries of a layer", code, offset }),
        }
    }

    /// A magnitude that no code of `bits` bits exceeds.
    pub(super) fn largest(self, bits: u32) -> usize {
        match self {
            Self::Integers | Self::Bytes(_) => 128,
            Self::Words(entries) => {
                let mut values = entries.chunks_exact(2).map(|pair| match *pair {
                    [low, high] => usize::from(i16::from_le_bytes([low, high]).unsigned_abs()),
                    _ => 0,
                });
                values.by_ref().take(1 << bits).max().unwrap_or(0)
            }
        }
    }

    /// The worth of a code of `bits` bits.
    #[inline]
    pub(super) fn value(self, bits: u32, code: u16) -> i16 {
        match self {
            // The top bit of the code becomes the sign.
            Self::Integers => (code << (16 - bits)) as i16 >> (16 - bits),
            Self::Bytes(entries) => entries.get(usize::from(code)).copied().map_or(0, i16::from),
            Self::Words(entries) => match entries.chunks_exact(2).nth(usize::from(code)) {
                Some(&[low, high]) => i16::from_le_bytes([low, high]),
                _ => 0,
            },
        }
    }
}

/// Which weights have a code.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kept {
    /// All of them.
    All,
    /// Those in blocks of so many that the bitmap of the row names.
    Blocks(usize),
}

/// Rows of codes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coded<'a> {
    pub(super) bits: u32,
    pub(super) entries: Entries<'a>,
    pub(super) kept: Kept,
    rows: usize,
    length: usize,
    bytes: &'a [u8],
    /// From the first row to the end of the image.
    pub(super) beyond: &'a [u8],
}

/// The codes of one row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    /// A bit for each block, or nothing where all weights are kept.
    pub(super) mask: &'a [u8],
    /// The codes of what is kept.
    pub(super) codes: &'a [u8],
}

impl<'a> Coded<'a> {
    /// Reads `rows` rows of `length` weights, whose product fits, and checks every bitmap.
    pub(super) fn read(cursor: &mut Cursor<'a>, [rows, length]: [usize; 2]) -> Result<Self, ImageError> {
        let offset = cursor.offset();
        let bits = u32::from(cursor.u8()?);
        if !(2..=8).contains(&bits) {
            return Err(ImageError::OutOfRange { what: "bits of a weight", found: bits, offset });
        }
        let entries = Entries::read(cursor, bits)?;
        let kind = cursor.offset();
        let (kept, size) = match cursor.u8()? {
            layout::ALL => {
                let row = packed_bytes(length, bits).ok_or(ImageError::Truncated { offset })?;
                (Kept::All, row.checked_mul(rows).ok_or(ImageError::Truncated { offset })?)
            }
            layout::BLOCKS => match cursor.u8()? {
                block @ 1..=128 => (Kept::Blocks(usize::from(block)), cursor.size()?),
                block => {
                    let (what, found) = ("length of a block", u32::from(block));
                    return Err(ImageError::OutOfRange { what, found, offset: kind });
                }
            },
            code => return Err(ImageError::Unknown { what: "kept weights", code, offset: kind }),
        };
        let beyond = cursor.rest();
        Ok(Self { bits, entries, kept, rows, length, bytes: cursor.take(size)?, beyond })
    }

    /// Checks that the bitmaps tell as many bytes as there are, and no block behind a row.
    pub(super) fn is_sound(&self) -> bool {
        let Kept::Blocks(block) = self.kept else { return true };
        // A row without weights takes no byte, so any number of them may be claimed.
        let (rows, blocks) = if self.length == 0 { (0, 0) } else { (self.rows, self.length.div_ceil(block)) };
        let mut rest = self.bytes;
        for _ in 0..rows {
            let Some((row, behind)) = self.split(rest) else { return false };
            let last = row.mask.last().copied().unwrap_or(0);
            if blocks % 8 != 0 && last >> (blocks % 8) != 0 {
                return false;
            }
            rest = behind;
        }
        rest.is_empty()
    }

    /// The row at the start of `bytes`, and what follows it; `None` if it ends behind them.
    #[inline]
    pub(super) fn split(&self, bytes: &'a [u8]) -> Option<(Row<'a>, &'a [u8])> {
        match self.kept {
            Kept::All => {
                let (codes, rest) = bytes.split_at_checked(packed_bytes(self.length, self.bits)?)?;
                Some((Row { mask: &[], codes }, rest))
            }
            Kept::Blocks(block) => {
                let (mask, rest) = bytes.split_at_checked(self.length.div_ceil(block).div_ceil(8))?;
                let kept: usize = mask.iter().map(|bits| bits.count_ones() as usize).sum();
                let (codes, rest) =
                    rest.split_at_checked(packed_bytes(kept.checked_mul(block)?, self.bits)?)?;
                Some((Row { mask, codes }, rest))
            }
        }
    }

    /// The blocks of a row; 0 where all weights are kept.
    pub(super) fn blocks(&self) -> usize {
        self.block().map_or(0, |block| self.length.div_ceil(block))
    }

    /// The bytes behind the first `rows` rows.
    pub(super) fn behind(&self, rows: usize) -> &'a [u8] {
        let mut rest = self.bytes;
        for _ in 0..rows {
            rest = self.split(rest).map_or(&[][..], |(_, behind)| behind);
        }
        rest
    }

    /// The rows in their order.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'a>> + use<'a> {
        let (coded, mut rest) = (*self, self.bytes);
        (0..self.rows).map_while(move |_| {
            let (row, behind) = coded.split(rest)?;
            rest = behind;
            Some(row)
        })
    }

    /// The number of weights.
    pub(super) const fn len(&self) -> usize {
        // Checked when the shape was read.
        self.rows * self.length
    }

    /// The weights from that of number `index` to the end of its row.
    pub(super) fn from(&self, index: usize) -> impl Iterator<Item = i32> + use<'a> {
        let (number, column) = match index.checked_div(self.length) {
            Some(number) => (number, index % self.length),
            None => (0, 0),
        };
        let row = match self.kept {
            Kept::All => {
                let size = packed_bytes(self.length, self.bits).unwrap_or(0);
                let codes = self.bytes.get(number.saturating_mul(size)..).unwrap_or(&[]);
                Row { mask: &[], codes }
            }
            Kept::Blocks(_) => self.rows().nth(number).unwrap_or(Row { mask: &[], codes: &[] }),
        };
        let (bits, entries, block) = (self.bits, self.entries, self.block());
        let mut codes = Codes::new(row.codes, bits);
        let weight = move |i: usize| {
            let kept = match block {
                Some(block) => {
                    row.mask.get(i / block / 8).is_some_and(|mask| mask >> (i / block % 8) & 1 == 1)
                }
                None => true,
            };
            if kept { i32::from(entries.value(bits, codes.next_code())) } else { 0 }
        };
        (0..self.length).map(weight).skip(column)
    }

    fn block(&self) -> Option<usize> {
        match self.kept {
            Kept::All => None,
            Kept::Blocks(block) => Some(block),
        }
    }
}
