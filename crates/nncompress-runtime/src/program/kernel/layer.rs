//! Which patches a layer makes, and which rows they meet.

use super::patch::{Field, Order, words};
use super::{dsp, pairs, portable};
use crate::program::coded::{Coded, Entries, Kept};
use crate::program::weights::Stored;
use fixq::multiplier::rounding_divide_by_power_of_two;
use fixq::{Multiplier, Output};

/// What ends the sums of a layer.
#[derive(Clone, Copy, Debug)]
pub(in crate::program) struct Ends<'m> {
    pub(in crate::program) biases: &'m [i32],
    pub(in crate::program) factors: &'m [Multiplier],
    pub(in crate::program) output: Output,
}

impl Ends<'_> {
    /// The codes of the sums of neighbouring channels, from `first` on, as far as there is room.
    #[inline(never)]
    fn codes(&self, first: usize, sums: &[i32], to: &mut [i8]) {
        let behind = |slice: usize| first.min(slice);
        let biases = self.biases.get(behind(self.biases.len())..).unwrap_or(&[]);
        let factors = self.factors.get(behind(self.factors.len())..).unwrap_or(&[]);
        let to = to.get_mut(behind(to.len())..).unwrap_or(&mut []);
        for (((&sum, &bias), &factor), to) in sums.iter().zip(biases).zip(factors).zip(to) {
            *to = self.output.code(times(sum.wrapping_add(bias), factor));
        }
    }
}

/// `Double::apply` of a mantissa that is not negative, as all are: the product that saturates does not occur.
#[inline]
fn times(sum: i32, factor: Multiplier) -> i32 {
    let exponent = factor.exponent();
    let shifted = sum.wrapping_shl(exponent.max(0).unsigned_abs());
    let product = (i64::from(shifted) * i64::from(factor.mantissa()) + (1 << 30)) >> 31;
    rounding_divide_by_power_of_two(product as i32, exponent.min(0).unsigned_abs() & 31)
}

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
    ends: Ends<'_>,
    (words, built): (&mut [u32], &mut Built),
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
        let (mut at, mut left) = ([0; 3], field.image[0] * rows * columns);
        let mut pixels = output.chunks_exact_mut(outputs.max(1));
        while left > 0 {
            let count = together.min(left);
            left -= count;
            for pixel in 0..count {
                field.fill(input, (at, group), order, [pixel, count], patches, spare);
                at[2] += 1;
                if at[2] == columns {
                    at = if at[1] + 1 == rows { [at[0] + 1, 0, 0] } else { [at[0], at[1] + 1, 0] };
                }
            }
            let Some(patches) = patches.get(..count * padded / 2) else { return };
            let Some(first) = pixels.next() else { return };
            let second = if count == 2 { pixels.next() } else { None };
            let mut to = [first, second.unwrap_or(&mut [])];
            let block =
                Block { way, table, length, channels: [group * per_group, (group + 1) * per_group], ends };
            block.run(patches, count, &mut to);
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
    ends: Ends<'a>,
}

/// How many sums of a pixel are ended at once.
const ENDED: usize = 32;

impl Block<'_> {
    /// Writes the codes of one or two pixels.
    fn run(&self, patches: &[u32], count: usize, to: &mut [&mut [i8]; 2]) {
        let [first, last] = self.channels;
        let padded = self.length.next_multiple_of(8);
        let [to, other] = to;
        match self.way {
            Way::Bytes(bytes) if count == 1 => {
                for channel in (first..last).step_by(4) {
                    // Beyond the last row it is taken again.
                    let row = |next: usize| row(bytes, (channel + next).min(last - 1) * self.length, padded);
                    let sums = dsp::bytes_of_four([row(0), row(1), row(2), row(3)], patches);
                    self.put(channel, &sums, to);
                }
            }
            Way::Bytes(bytes) => {
                for from in (first..last).step_by(ENDED) {
                    let (mut sums, mut others) = ([0; ENDED], [0; ENDED]);
                    let pairs = sums.chunks_exact_mut(2).zip(others.chunks_exact_mut(2));
                    for (channel, pair) in (from..last).step_by(2).zip(pairs) {
                        let row =
                            |next: usize| row(bytes, (channel + next).min(last - 1) * self.length, padded);
                        let [a, b, c, d] = dsp::bytes_of_two([row(0), row(1)], patches);
                        pair.0.copy_from_slice(&[a, c]);
                        pair.1.copy_from_slice(&[b, d]);
                    }
                    self.put(from, &sums, to);
                    self.put(from, &others, other);
                }
            }
            Way::Pairs(coded) => {
                let size = crate::packed_bytes(self.length, coded.bits).unwrap_or(0);
                let read = padded / 8 * coded.bits as usize;
                for channel in (first..last).step_by(2) {
                    let row = |next: usize| row(coded.beyond, (channel + next).min(last - 1) * size, read);
                    let rows = [row(0), row(1)];
                    if count == 1 {
                        let sums = match coded.bits {
                            4 => dsp::pairs_of_one::<4>(rows, self.table, patches),
                            _ => dsp::pairs_of_one::<5>(rows, self.table, patches),
                        };
                        self.put(channel, &sums, to);
                        continue;
                    }
                    let [a, b, c, d] = match coded.bits {
                        4 => dsp::pairs_of_two::<4>(rows, self.table, patches),
                        _ => dsp::pairs_of_two::<5>(rows, self.table, patches),
                    };
                    self.put(channel, &[a, c], to);
                    self.put(channel, &[b, d], other);
                }
            }
            Way::Blocks(coded) => {
                for (channel, row) in (0..last).zip(coded.rows()).skip(first) {
                    let (mut sum, mut codes) = (0, row.codes);
                    for (mask, patch) in row.mask.chunks(4).zip(patches.chunks(128)) {
                        let mask = mask.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
                        sum = match coded.bits {
                            4 => dsp::blocks::<4>(mask, codes, self.table, patch, sum),
                            _ => dsp::blocks::<5>(mask, codes, self.table, patch, sum),
                        };
                        codes = codes.get(mask.count_ones() as usize * coded.bits as usize..).unwrap_or(&[]);
                    }
                    self.put(channel, &[sum], to);
                }
            }
            Way::PortableBytes(bytes) => {
                let patch: &[i16] = bytemuck::cast_slice(patches);
                for channel in (first..last).step_by(2) {
                    let row =
                        |next: usize| row(bytes, (channel + next).min(last - 1) * self.length, self.length);
                    self.put(channel, &portable::bytes([row(0), row(1)], patch), to);
                }
            }
            Way::Dictionary { entries, bits, codes } => {
                let patch: &[i16] = bytemuck::cast_slice(patches);
                let patch = patch.get(..self.length).unwrap_or(&[]);
                for channel in first..last {
                    let sum = portable::dictionary(bits, entries, codes, channel * self.length, patch);
                    self.put(channel, &[sum], to);
                }
            }
            Way::PortableCodes(coded) => {
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
        }
    }

    /// Writes the codes of the sums of channels from `channel` on, but none behind the group.
    fn put(&self, channel: usize, sums: &[i32], to: &mut [i8]) {
        let left = self.channels[1].saturating_sub(channel).min(sums.len());
        self.ends.codes(channel, sums.get(..left).unwrap_or(&[]), to);
    }
}

fn row(bytes: &[u8], start: usize, length: usize) -> &[u8] {
    bytes.get(start..start + length).unwrap_or(&[])
}

/// How many channels of a depthwise convolution are summed at once.
const BLOCK: usize = 64;

/// A depthwise convolution with as many outputs as inputs or a multiple of them.
pub(in crate::program) fn depthwise(
    weights: Stored<'_>,
    outputs: usize,
    field: &Field,
    ends: Ends<'_>,
    input: &[i8],
    output: &mut [i8],
) {
    let [batch, height, width, channels] = field.image;
    let ([rows, columns], window, [top, left]) = (field.output, &field.window, field.before());
    let multiplier = outputs.checked_div(channels).unwrap_or(0).max(1);
    let mut pixels = output.chunks_exact_mut(outputs.max(1));
    let places = (0..batch).flat_map(|n| (0..rows).flat_map(move |y| (0..columns).map(move |x| (n, y, x))));
    for (n, y, x) in places {
        let Some(pixel) = pixels.next() else { return };
        for first in (0..outputs).step_by(BLOCK) {
            let mut sums = [0i32; BLOCK];
            let sums = sums.get_mut(..BLOCK.min(outputs - first)).unwrap_or(&mut []);
            for ky in 0..window.kernel[0] {
                let row = (y * window.stride[0] + ky * window.dilation[0])
                    .checked_sub(top)
                    .filter(|&row| row < height);
                let Some(row) = row else { continue };
                for kx in 0..window.kernel[1] {
                    let column = (x * window.stride[1] + kx * window.dilation[1]).checked_sub(left);
                    let Some(column) = column.filter(|&column| column < width) else { continue };
                    let start = ((n * height + row) * width + column) * channels;
                    let at = (ky * window.kernel[1] + kx) * outputs + first;
                    let Some(under) = input.get(start..start + channels) else { continue };
                    add_tap(weights, at, under, [first, multiplier], field.zero_point, sums);
                }
            }
            ends.codes(first, sums, pixel);
        }
    }
}

/// Adds one tap: the weights from number `at` on, with the channels `under` it from output `first` on.
fn add_tap(
    weights: Stored<'_>,
    at: usize,
    under: &[i8],
    [first, multiplier]: [usize; 2],
    zero_point: i8,
    sums: &mut [i32],
) {
    match weights {
        Stored::Dense { weights, .. } if multiplier == 1 => {
            let weights = weights.get(at..at + sums.len()).unwrap_or(&[]);
            let x = under.get(first..).unwrap_or(&[]);
            if dsp::ACTIVE {
                dsp::tap(bytemuck::cast_slice(weights), x, zero_point, sums);
            } else {
                portable::tap(bytemuck::cast_slice(weights), x, zero_point, sums);
            }
        }
        Stored::Coded(coded) => {
            let channels = (first..).map(|output| {
                under.get(output.checked_div(multiplier).unwrap_or(0)).copied().unwrap_or(zero_point)
            });
            for ((sum, weight), x) in sums.iter_mut().zip(coded.from(at)).zip(channels) {
                *sum = sum.wrapping_add(weight.wrapping_mul(i32::from(x) - i32::from(zero_point)));
            }
        }
        _ => {
            for ((index, sum), output) in (at..).zip(sums.iter_mut()).zip(first..) {
                let x = under.get(output.checked_div(multiplier).unwrap_or(0)).copied().unwrap_or(zero_point);
                let weight = fixq::Weights::get(&weights, index);
                *sum = sum.wrapping_add(weight.wrapping_mul(i32::from(x) - i32::from(zero_point)));
            }
        }
    }
}

/// The table of all pairs of codes that stands at the end of the words: the place of its entries, 0 for integers, and
/// the bits of a code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::program) struct Built(Option<(usize, u32)>);

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
        let half = |code: usize| u32::from(entries.value(bits, code as u16) as u16);
        for (second, words) in words.chunks_exact_mut(1 << bits).enumerate() {
            let high = half(second) << 16;
            for (first, word) in words.iter_mut().enumerate() {
                *word = high | half(first);
            }
        }
    }
}
