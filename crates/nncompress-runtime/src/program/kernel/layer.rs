//! Which patches a layer makes, and which rows they meet.

use super::patch::{Field, Order, words};
use super::{Ends, dsp, pairs, portable, thumb};
use crate::program::coded::{Coded, Entries, Kept};
use crate::program::weights::Stored;

/// How the rows of a layer are multiplied.
#[derive(Clone, Copy, Debug)]
enum Way<'a> {
    /// Bytes, by `dsp`.
    Bytes(&'a [u8]),
    /// All codes of four or five bits, by `dsp`.
    Pairs(Coded<'a>),
    /// Blocks of eight codes of four or five bits, by `dsp`.
    Blocks(Coded<'a>),
    /// Bytes in plain Rust.
    PortableBytes(&'a [u8]),
    /// Codes in plain Rust.
    PortableCodes(Coded<'a>),
    /// Indices without gaps in plain Rust.
    Dictionary { entries: &'a [i8], bits: u32, codes: &'a [u8] },
}

impl<'a> Way<'a> {
    const fn of(weights: Stored<'a>) -> Self {
        match weights {
            Stored::Dense { beyond, .. } => {
                if dsp::ACTIVE {
                    Self::Bytes(beyond)
                } else {
                    Self::PortableBytes(beyond)
                }
            }
            Stored::Dictionary { entries, bits, codes, .. } => Self::Dictionary { entries, bits, codes },
            Stored::Coded(coded) => match (dsp::ACTIVE && (coded.bits == 4 || coded.bits == 5), coded.kept) {
                (true, Kept::All) => Self::Pairs(coded),
                (true, Kept::Blocks(8)) => Self::Blocks(coded),
                _ => Self::PortableCodes(coded),
            },
        }
    }

    /// The bits of the codes whose pairs have a table.
    const fn paired(&self) -> Option<u32> {
        match self {
            Self::Pairs(coded) | Self::Blocks(coded) => Some(coded.bits),
            _ => None,
        }
    }

    /// How many patches are made at once, and their order.
    const fn patches(&self) -> (usize, Order) {
        match self {
            Self::Bytes(_) => (2, Order::Crossed),
            Self::Pairs(_) => (2, Order::Neighbours),
            _ => (1, Order::Neighbours),
        }
    }
}

/// The words that a layer with patches of `length` codes needs, whatever kernels there are: for patches, and for a
/// table of pairs.
pub(in crate::program) const fn needs(weights: Stored<'_>, length: usize) -> [usize; 2] {
    let table = match weights {
        Stored::Coded(Coded { bits: bits @ (4 | 5), kept: Kept::All | Kept::Blocks(8), .. }) => pairs(bits),
        _ => 0,
    };
    [words(length), table]
}

/// A convolution, or, as one of 1 by 1, a fully connected layer: `outputs` rows.
pub(in crate::program) fn products(
    weights: Stored<'_>,
    outputs: usize,
    field: &Field,
    ends: &Ends<'_>,
    (words, Scratch { built, sums }): (&mut [u32], &mut Scratch),
    input: &[i8],
    output: &mut [i8],
) {
    let (way, length) = (Way::of(weights), field.length());
    let padded = length.next_multiple_of(8);
    let behind = words.len().saturating_sub(way.paired().map_or(0, pairs));
    let Some((words, table)) = words.split_at_mut_checked(behind) else { return };
    if let Way::Pairs(coded) | Way::Blocks(coded) = way {
        built.table(table, coded.bits, coded.entries);
    }
    let table = &*table;
    let Some((patches, spare)) = words.split_at_mut_checked(padded) else { return };
    let spare: &mut [i8] = bytemuck::cast_slice_mut(spare);
    let per_group = outputs.checked_div(field.groups).unwrap_or(0);
    let ([rows, columns], (together, order)) = (field.output, way.patches());
    for group in 0..field.groups {
        let channels = [group * per_group, (group + 1) * per_group];
        let block = Block { way, table, length, channels, ends };
        let (mut at, mut index, mut left) = ([0; 3], 0, field.image[0] * rows * columns);
        let mut pixels = output.chunks_exact_mut(outputs.max(1));
        while left > 0 {
            let count = together.min(left);
            left -= count;
            for pixel in 0..count {
                let place = [pixel, count];
                if field.is_straight() || !cfg!(feature = "images") {
                    let codes = input.get(index * length..(index + 1) * length).unwrap_or(&[]);
                    field.widen(codes, order, place, patches);
                    index += 1;
                    continue;
                }
                field.fill(input, (at, group), order, place, patches, spare);
                at[2] += 1;
                if at[2] == columns {
                    at = if at[1] + 1 == rows { [at[0] + 1, 0, 0] } else { [at[0], at[1] + 1, 0] };
                }
            }
            let Some(patches) = patches.get(..count * padded / 2) else { return };
            let Some(first) = pixels.next() else { return };
            let second = if count == 2 { pixels.next() } else { None };
            block.run(patches, count, sums, &mut [first, second.unwrap_or(&mut [])]);
        }
    }
}

/// The rows of one group, and what ends them.
struct Block<'a> {
    way: Way<'a>,
    table: &'a [u32],
    length: usize,
    /// The first, and the one behind the last.
    channels: [usize; 2],
    ends: &'a Ends<'a>,
}

impl Block<'_> {
    /// Writes the codes of one or two pixels.
    fn run(&self, patches: &[u32], count: usize, sums: &mut [dsp::Sums; 2], to: &mut [&mut [i8]; 2]) {
        let [first, last] = self.channels;
        let [to, other] = to;
        match self.way {
            Way::Bytes(beyond) => self.rows((beyond, 8), (patches, count), sums, [to, other]),
            Way::Pairs(coded) if cfg!(feature = "packed") => {
                self.rows((coded.beyond, coded.bits), (patches, count), sums, [to, other])
            }
            Way::Blocks(coded) if cfg!(feature = "packed") => {
                let [sums, _] = sums;
                let mut rest = coded.behind(first);
                for channel in (first..last).step_by(dsp::ROWS) {
                    let Some(sums) = sums.get_mut(..dsp::ROWS.min(last - channel)) else { return };
                    let Some(behind) = dsp::rows_of_blocks(&coded, rest, self.table, patches, sums) else {
                        return;
                    };
                    rest = behind;
                    self.put(channel, sums, to);
                }
            }
            Way::PortableBytes(bytes) => {
                let [sums, _] = sums;
                for channel in (first..last).step_by(dsp::ROWS) {
                    let count = (last - channel).min(dsp::ROWS);
                    let bytes = bytes.get(channel * self.length..).unwrap_or(&[]);
                    let rows = dsp::Rows { bytes, size: self.length, count };
                    if !thumb::rows_of_bytes(rows, patches, sums) {
                        let patch: &[i16] = bytemuck::cast_slice(patches);
                        let patch = patch.get(..self.length).unwrap_or(&[]);
                        for (index, pair) in sums.chunks_exact_mut(2).enumerate().take(count.div_ceil(2)) {
                            let row = |next: usize| rows.from(2 * index + next);
                            pair.copy_from_slice(&portable::bytes([row(0), row(1)], patch));
                        }
                    }
                    self.put(channel, sums.get(..count).unwrap_or(&[]), to);
                }
            }
            Way::Dictionary { entries, bits, codes } if cfg!(feature = "packed") => {
                let patch: &[i16] = bytemuck::cast_slice(patches);
                let patch = patch.get(..self.length).unwrap_or(&[]);
                for channel in first..last {
                    let sum = portable::dictionary(bits, entries, codes, channel * self.length, patch);
                    self.put(channel, &[sum], to);
                }
            }
            Way::PortableCodes(coded) if cfg!(feature = "packed") => {
                let patch: &[i16] = bytemuck::cast_slice(patches);
                let patch = patch.get(..self.length).unwrap_or(&[]);
                for (channel, row) in (0..last).zip(coded.rows()).skip(first) {
                    let sum = match coded.kept {
                        Kept::All => portable::codes(coded.bits, coded.entries, row.codes, patch, 0),
                        Kept::Blocks(block) => portable::blocks(coded.bits, coded.entries, block, row, patch),
                    };
                    self.put(channel, &[sum], to);
                }
            }
            // What is left out is never read.
            _ => {}
        }
    }

    /// Rows of bytes, or of codes of so many bits, by `dsp`.
    fn rows(
        &self,
        (bytes, bits): (&[u8], u32),
        patches: (&[u32], usize),
        sums: &mut [dsp::Sums; 2],
        to: [&mut [i8]; 2],
    ) {
        let [first, last] = self.channels;
        let size = if bits == 8 { self.length } else { crate::packed_bytes(self.length, bits).unwrap_or(0) };
        let [to, other] = to;
        for channel in (first..last).step_by(dsp::ROWS) {
            let count = (last - channel).min(dsp::ROWS);
            let rows = dsp::Rows { bytes: bytes.get(channel * size..).unwrap_or(&[]), size, count };
            dsp::rows(rows, bits, self.table, patches, sums);
            let [of_first, of_second] = &*sums;
            self.put(channel, of_first, to);
            if patches.1 == 2 {
                self.put(channel, of_second, other);
            }
        }
    }

    /// Writes the codes of the sums of channels from `channel` on, but none behind the group.
    fn put(&self, channel: usize, sums: &[i32], to: &mut [i8]) {
        let left = self.channels[1].saturating_sub(channel).min(sums.len());
        self.ends.codes(channel, sums.get(..left).unwrap_or(&[]), to);
    }
}

/// What layers of a program leave to the next, or only need not make again.
#[derive(Clone, Copy, Debug)]
pub(in crate::program) struct Scratch {
    built: Built,
    sums: [dsp::Sums; 2],
}

impl Scratch {
    /// For the first layer.
    pub(in crate::program) const NEW: Self = Self { built: Built(None), sums: [[0; dsp::ROWS]; 2] };
}

/// The table of all pairs of codes that stands at the end of the words: the place of its entries, 0 for integers, and
/// the bits of a code.
#[derive(Clone, Copy, Debug)]
struct Built(Option<(usize, u32)>);

impl Built {
    /// Makes the table, unless the last layer had the same.
    fn table(&mut self, words: &mut [u32], bits: u32, entries: Entries<'_>) {
        let place = match entries {
            Entries::Integers => 0,
            Entries::Bytes(entries) => entries.as_ptr().addr(),
            Entries::Words(entries) => entries.as_ptr().addr(),
        };
        if self.0.replace((place, bits)) == Some((place, bits)) {
            return;
        }
        let (codes, mut seconds) = (1 << bits, words.chunks_exact_mut(1 << bits));
        let Some(first) = seconds.next() else { return };
        for (code, word) in first.iter_mut().enumerate() {
            *word = u32::from(entries.value(bits, code as u16) as u16);
        }
        for (word, second) in first.iter().skip(1).zip(&mut seconds) {
            let high = word << 16;
            second.iter_mut().zip(&*first).for_each(|(to, low)| *to = high | low);
        }
        // The first code may be worth something, too.
        let high = first.first().map_or(0, |word| word << 16);
        first.iter_mut().take(codes).for_each(|word| *word |= high);
    }
}
