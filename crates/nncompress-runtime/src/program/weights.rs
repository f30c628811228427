//! Weights as an image stores them, and how an operator of `fixq` reads them.

use super::entries::Entries;
use super::layer::Check;
use super::layout;
use crate::packed_bytes;
use crate::reader::Reader;
use fixq::Weights;

/// Rows of packed codes, of which blocks may be left out. Plain bytes are codes of eight bits that are integers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored<'a> {
    pub(super) bits: u32,
    pub(super) entries: Entries<'a>,
    /// Of how many weights all or none have a code; 0 where all have one.
    pub(super) block: usize,
    rows: usize,
    length: usize,
    /// From one row to the next, where all weights have a code.
    row_bits: usize,
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
    /// The bits before the first code.
    pub(super) skip: usize,
}

impl<'a> Stored<'a> {
    /// Reads `rows` rows of `length` weights, whose product fits, and checks every bitmap unless that was done before.
    pub(super) fn read(reader: &mut Reader<'a>, [rows, length]: [usize; 2], check: Check) -> Self {
        let offset = reader.offset();
        let storage = reader.u8();
        let packed = cfg!(feature = "packed") && (storage == layout::DICTIONARY || storage == layout::CODED);
        if storage != layout::DENSE && !packed {
            reader.unknown("storage of weights", storage, offset);
        }
        let (mut bits, mut entries, mut block) = (8, Entries::Integers, 0);
        if packed {
            bits = u32::from(reader.u8());
            let lowest = if storage == layout::DICTIONARY { 1 } else { 2 };
            if !(lowest..=8).contains(&bits) {
                reader.out_of_range("bits of a weight", bits, offset);
                bits = 8;
            }
            if storage == layout::DICTIONARY {
                let count = match usize::from(reader.u8()) {
                    0 => 256,
                    count => count,
                };
                entries = Entries::Bytes(reader.take(count));
            } else {
                entries = Entries::read(reader, bits);
            }
        }
        // Rows of a dictionary follow each other without gaps.
        let mut row_bits = length.saturating_mul(bits as usize);
        if storage == layout::CODED {
            row_bits = row_bits.saturating_add(7) & !7;
        }
        let mut size = (row_bits / 8).saturating_mul(rows);
        if storage == layout::DICTIONARY {
            size = packed_bytes(rows * length, bits).unwrap_or(usize::MAX);
        }
        if packed && storage == layout::CODED {
            let offset = reader.offset();
            match reader.u8() {
                layout::ALL => {}
                layout::BLOCKS => {
                    block = usize::from(reader.u8());
                    size = reader.size();
                    if block == 0 || block > 128 {
                        reader.out_of_range("length of a block", block as u32, offset);
                    }
                }
                code => reader.unknown("kept weights", code, offset),
            }
        }
        let beyond = reader.rest();
        let stored = Self { bits, entries, block, rows, length, row_bits, bytes: reader.take(size), beyond };
        if cfg!(feature = "packed")
            && block != 0
            && check == Check::All
            && reader.is_ok()
            && !stored.is_sound()
        {
            reader.malformed("bitmap of a layer", offset);
        }
        stored
    }

    /// Whether the bitmaps tell as many bytes as there are, and no block behind a row.
    fn is_sound(&self) -> bool {
        let blocks = self.blocks();
        // A row without weights takes no byte, so any number of them may be claimed.
        let rows = if blocks == 0 { 0 } else { self.rows };
        let mut rest = self.bytes;
        for _ in 0..rows {
            let Some((row, behind)) = self.split(rest) else { return false };
            let last = row.mask.last().copied().unwrap_or(0);
            if blocks & 7 != 0 && last >> (blocks & 7) != 0 {
                return false;
            }
            rest = behind;
        }
        rest.is_empty()
    }

    /// The row of blocks at the start of `bytes`, and what follows it; `None` if it ends behind them.
    #[inline(never)]
    pub(super) fn split(&self, bytes: &'a [u8]) -> Option<(Row<'a>, &'a [u8])> {
        let (mask, rest) = bytes.split_at_checked(self.blocks().div_ceil(8))?;
        let kept: usize = mask.iter().map(|bits| bits.count_ones() as usize).sum();
        let (codes, rest) = rest.split_at_checked(packed_bytes(kept.checked_mul(self.block)?, self.bits)?)?;
        Some((Row { mask, codes, skip: 0 }, rest))
    }

    /// The blocks of a row; 0 where all weights are kept.
    pub(super) const fn blocks(&self) -> usize {
        match self.block {
            0 => 0,
            block => self.length.div_ceil(block),
        }
    }

    /// The bytes behind the first `number` rows.
    pub(super) fn behind(&self, number: usize) -> &'a [u8] {
        if self.block == 0 {
            return self.beyond.get(number.saturating_mul(self.row_bits) / 8..).unwrap_or(&[]);
        }
        (0..number).fold(self.bytes, |rest, _| self.split(rest).map_or(&[], |(_, behind)| behind))
    }

    /// A row.
    pub(super) fn row(&self, number: usize) -> Row<'a> {
        if self.block == 0 {
            let skip = number.saturating_mul(self.row_bits) % 8;
            return Row { mask: &[], codes: self.behind(number), skip };
        }
        self.split(self.behind(number)).map_or(Row { mask: &[], codes: &[], skip: 0 }, |(row, _)| row)
    }

    /// The bytes from one row to the next, where rows start with a byte and all weights are kept.
    pub(super) const fn row_size(&self) -> Option<usize> {
        if self.block == 0 && self.row_bits & 7 == 0 { Some(self.row_bits / 8) } else { None }
    }

    /// Calls `each` with the weights of a row and their columns, from column `from` on, as long as it says so.
    #[inline(always)]
    pub(super) fn each(
        &self,
        row: Row<'_>,
        table: &[i16],
        from: usize,
        mut each: impl FnMut(usize, i32) -> bool,
    ) {
        let (bits, mask) = (self.bits, (1u32 << self.bits) - 1);
        let mut codes = row.codes.iter();
        let mut next = || codes.next().map_or(0, |&byte| u32::from(byte));
        // Fewer than 8 bits wait when a byte is added: at most 15 in use.
        let (mut buffer, mut filled) = (0, 0);
        if row.skip > 0 {
            (buffer, filled) = (next() >> row.skip, 8 - row.skip as u32);
        }
        let block = if self.block == 0 { self.length } else { self.block };
        let (mut column, mut index) = (0, 0);
        while column < self.length {
            let kept =
                self.block == 0 || row.mask.get(index / 8).is_some_and(|mask| mask >> (index % 8) & 1 == 1);
            let end = (column + block).min(self.length);
            while column < end {
                let mut weight = 0;
                if kept {
                    if filled < bits {
                        buffer |= next() << filled;
                        filled += 8;
                    }
                    weight = table.get((buffer & mask) as usize).copied().unwrap_or(0);
                    buffer >>= bits;
                    filled -= bits;
                }
                if column >= from && !each(column, i32::from(weight)) {
                    return;
                }
                column += 1;
            }
            index += 1;
        }
    }

    /// Whether they are bytes as they are.
    pub(super) const fn is_plain(&self) -> bool {
        self.bits == 8 && self.block == 0 && matches!(self.entries, Entries::Integers)
    }

    /// The plain bytes.
    #[cfg(all(target_arch = "x86_64", not(feature = "dsp")))]
    pub(super) fn plain(&self) -> &'a [i8] {
        bytemuck::cast_slice(self.bytes)
    }

    /// The plain bytes from number `index` on.
    pub(super) fn plain_from(&self, index: usize) -> &'a [i8] {
        bytemuck::cast_slice(self.bytes.get(index..).unwrap_or(&[]))
    }
}

impl Weights for Stored<'_> {
    #[inline]
    fn len(&self) -> usize {
        // Checked when the shape was read.
        self.rows * self.length
    }

    fn get(&self, index: usize) -> i32 {
        let Some(number) = index.checked_div(self.length) else { return 0 };
        let (column, row) = (index % self.length, self.row(number));
        if self.block == 0 {
            let bit = row.skip + column * self.bits as usize;
            let byte = |next: usize| row.codes.get(bit / 8 + next).map_or(0, |&byte| u32::from(byte));
            let code = (byte(0) | byte(1) << 8) >> (bit % 8) & ((1 << self.bits) - 1);
            return self.entries.value(self.bits, code as usize).into();
        }
        let mut found = 0;
        self.each(row, &self.entries.all(self.bits), column, |_, weight| {
            found = weight;
            false
        });
        found
    }
}
