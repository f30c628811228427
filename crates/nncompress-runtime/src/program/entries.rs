//! What a code of a weight is worth.

use super::layout;
use crate::reader::Reader;

/// What a code is worth.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entries<'a> {
    /// Its own two's complement value.
    Integers,
    /// The entry of its number, one byte each; 0 beyond.
    Bytes(&'a [u8]),
    /// The entry of its number, two bytes little-endian; 0 beyond.
    Words(&'a [u8]),
}

impl<'a> Entries<'a> {
    /// Reads what codes of `bits` bits are worth.
    pub(super) fn read(reader: &mut Reader<'a>, bits: u32) -> Self {
        let offset = reader.offset();
        match reader.u8() {
            layout::INTEGERS => Self::Integers,
            layout::SHARED => {
                let start = reader.size();
                let mut earlier = Reader::new(reader.at(start), 0);
                let kind = earlier.u8();
                let entries = Self::read_table(&mut earlier, bits, kind, offset);
                if let Err(error) = earlier.result() {
                    reader.fail(error);
                }
                entries
            }
            kind => Self::read_table(reader, bits, kind, offset),
        }
    }

    #[inline(never)]
    fn read_table(reader: &mut Reader<'a>, bits: u32, kind: u8, offset: usize) -> Self {
        if kind != layout::BYTES && kind != layout::WORDS {
            reader.unknown("entries of a layer", kind, offset);
        }
        let entries = reader.take(usize::from(kind) << bits);
        if kind == layout::WORDS { Self::Words(entries) } else { Self::Bytes(entries) }
    }

    /// The worth of a code of `bits` bits.
    #[inline(never)]
    pub(super) fn value(self, bits: u32, code: usize) -> i16 {
        match self {
            // The top bit of the code becomes the sign.
            Self::Integers => (((code as u32) << (32 - bits)) as i32 >> (32 - bits)) as i16,
            Self::Bytes(entries) => entries.get(code).map_or(0, |&entry| i16::from(entry as i8)),
            Self::Words(entries) => {
                let pair = entries.get(2 * code..).and_then(<[u8]>::first_chunk);
                pair.map_or(0, |&pair| i16::from_le_bytes(pair))
            }
        }
    }

    /// The worth of all codes of `bits` bits, which are at most eight.
    pub(super) fn all(self, bits: u32) -> [i16; 256] {
        let mut all = [0; 256];
        for (code, to) in all.iter_mut().enumerate().take(1 << bits) {
            *to = self.value(bits, code);
        }
        all
    }

    /// A magnitude that no code of `bits` bits exceeds.
    pub(super) fn largest(self, bits: u32) -> usize {
        match self {
            Self::Integers | Self::Bytes(_) => 128,
            Self::Words(_) => {
                let magnitudes = (0..1usize << bits).map(|code| self.value(bits, code).unsigned_abs());
                magnitudes.max().map_or(0, usize::from)
            }
        }
    }
}
