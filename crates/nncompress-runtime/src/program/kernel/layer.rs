//! Which patches a layer makes, and which rows they meet.

use super::patch::{Order, Patch, words};
use super::{EIGHT, Ends, Term, dsp, pairs, portable, thumb};
use crate::program::entries::Entries;
use crate::program::field::Field;
use crate::program::weights::Stored;

/// How the rows of a layer are multiplied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    /// Bytes.
    Bytes,
    /// All codes of four or five bits, two at a time.
    Pairs,
    /// Blocks of eight codes of four or five bits, two at a time.
    Blocks,
    /// Codes one by one.
    Codes,
}

impl Way {
    const fn of(weights: &Stored<'_>) -> Self {
        if weights.is_plain() {
            return Self::Bytes;
        }
        match (weights.bits, weights.block, weights.row_size()) {
            (4 | 5, 0, Some(_)) => Self::Pairs,
            (4 | 5, 8, _) => Self::Blocks,
            _ => Self::Codes,
        }
    }

    /// The words of the table of all pairs.
    const fn table(self, weights: &Stored<'_>) -> usize {
        match self {
            Self::Pairs | Self::Blocks => pairs(weights.bits),
            Self::Bytes | Self::Codes => 0,
        }
    }
}

/// The words that a layer with patches of `length` codes needs, whatever kernels there are: for patches, and for a
/// table of pairs.
pub(in crate::program) const fn needs(weights: &Stored<'_>, length: usize) -> [usize; 2] {
    [words(length), Way::of(weights).table(weights)]
}

/// A convolution, or, as one of 1 by 1, a fully connected layer: `outputs` rows.
#[inline(never)]
pub(in crate::program) fn products(
    weights: &Stored<'_>,
    outputs: usize,
    field: &Field,
    ends: &Ends<'_>,
    (words, Scratch { built, sums }): (&mut [u32], &mut Scratch),
    input: &[i8],
    output: &mut [i8],
) {
    let (way, length) = (Way::of(weights), field.length());
    let padded = length.next_multiple_of(8);
    let behind = words.len().saturating_sub(way.table(weights));
    let Some((words, table)) = words.split_at_mut_checked(behind) else { return };
    let all;
    let mut values: &[i16] = &[];
    match way {
        Way::Pairs | Way::Blocks => built.table(table, weights.bits, weights.entries),
        Way::Codes => {
            all = weights.entries.all(weights.bits);
            values = &all;
        }
        Way::Bytes => {}
    }
    let Some((patches, spare)) = words.split_at_mut_checked(padded) else { return };
    let order = if way == Way::Bytes { Order::Crossed } else { Order::Neighbours };
    let together =
        if dsp::ACTIVE && matches!(way, Way::Bytes | Way::Pairs) && cfg!(feature = "images") { 2 } else { 1 };
    let mut patch = Patch {
        order,
        pixel: 0,
        pixels: 1,
        zero_point: field.zero_point,
        patch: patches,
        spare: bytemuck::cast_slice_mut(spare),
    };
    let per_group = outputs.checked_div(field.groups).unwrap_or(0);
    let [rows, columns] = field.axes.map(|axis| axis.output);
    let straight = !cfg!(feature = "images") || field.is_straight();
    for group in 0..field.groups {
        let channels = [group * per_group, (group + 1) * per_group];
        let block = Block { weights, way, table, values, length, channels, ends };
        let (mut at, mut index, mut left) = ([0; 3], 0, field.batch * rows * columns);
        let mut pixels = output.chunks_exact_mut(outputs.max(1));
        while left > 0 {
            patch.pixels = together.min(left);
            left -= patch.pixels;
            for pixel in 0..patch.pixels {
                patch.pixel = pixel;
                if straight {
                    let start = index * length;
                    patch.write(input.get(start..start + length).unwrap_or(&[]));
                    index += 1;
                    continue;
                }
                field.fill(input, at, group, &mut patch);
                at[2] += 1;
                if at[2] == columns {
                    at = if at[1] + 1 == rows { [at[0] + 1, 0, 0] } else { [at[0], at[1] + 1, 0] };
                }
            }
            let Some(words) = patch.patch.get(..patch.pixels * padded / 8 * EIGHT) else { return };
            let Some(first) = pixels.next() else { return };
            let second = if patch.pixels == 2 { pixels.next() } else { None };
            block.run(words, patch.pixels, sums, &mut [first, second.unwrap_or(&mut [])]);
        }
    }
}

/// The rows of one group, and what ends them.
struct Block<'a> {
    weights: &'a Stored<'a>,
    way: Way,
    /// Of all pairs of codes.
    table: &'a [u32],
    /// Of all codes.
    values: &'a [i16],
    length: usize,
    /// The first, and the one behind the last.
    channels: [usize; 2],
    ends: &'a Ends<'a>,
}

impl Block<'_> {
    /// Writes the codes of one or two pixels.
    fn run(&self, patches: &[u32], count: usize, sums: &mut [dsp::Sums; 2], to: &mut [&mut [i8]; 2]) {
        let ([first, last], weights, bits) = (self.channels, self.weights, self.weights.bits);
        let terms: &[Term] = bytemuck::cast_slice(patches);
        let mut rest = weights.behind(first);
        for channel in (first..last).step_by(dsp::ROWS) {
            let left = (last - channel).min(dsp::ROWS);
            match self.way {
                Way::Bytes | Way::Pairs => {
                    let size = weights.row_size().unwrap_or(0);
                    let rows = dsp::Rows { bytes: rest, size, count: left };
                    rest = rest.get(size * left..).unwrap_or(&[]);
                    if dsp::ACTIVE {
                        dsp::rows(rows, bits, self.table, (patches, count), sums);
                    } else if !thumb::rows(rows, bits, self.table, terms, &mut sums[0]) {
                        for (index, sums) in sums[0].chunks_exact_mut(2).enumerate().take(left.div_ceil(2)) {
                            let [a, b] = [rows.from(2 * index), rows.from(2 * index + 1)];
                            let found = match self.way {
                                Way::Pairs if cfg!(feature = "packed") => {
                                    [a, b].map(|row| portable::pairs(bits, row, self.table, terms))
                                }
                                _ => portable::bytes([a, b], terms.get(..self.length).unwrap_or(&[])),
                            };
                            sums.copy_from_slice(&found);
                        }
                    }
                }
                Way::Blocks if cfg!(feature = "packed") => {
                    let Some(sums) = sums[0].get_mut(..left) else { return };
                    let behind = if dsp::ACTIVE {
                        dsp::rows_of_blocks(weights, rest, self.table, patches, sums)
                    } else {
                        portable::rows_of_blocks(weights, rest, self.table, terms, sums)
                    };
                    let Some(behind) = behind else { return };
                    rest = behind;
                }
                _ if cfg!(feature = "packed") => {
                    for (index, sum) in sums[0].iter_mut().enumerate().take(left) {
                        let row = if weights.block == 0 {
                            weights.row(channel + index)
                        } else {
                            let Some((row, behind)) = weights.split(rest) else { return };
                            rest = behind;
                            row
                        };
                        *sum = portable::packed(weights, row, self.values, terms);
                    }
                }
                // What is left out is never read.
                _ => {}
            }
            for ((sums, to), _) in sums.iter().zip(to.iter_mut()).zip(0..count) {
                self.ends.codes(channel, sums.get(..left).unwrap_or(&[]), to);
            }
        }
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
            Entries::Bytes(entries) | Entries::Words(entries) => entries.as_ptr().addr(),
        };
        if self.0.replace((place, bits)) == Some((place, bits)) {
            return;
        }
        let mut seconds = words.chunks_exact_mut(1 << bits);
        let Some(first) = seconds.next() else { return };
        for (code, word) in first.iter_mut().enumerate() {
            *word = u32::from(entries.value(bits, code) as u16);
        }
        for (word, second) in first.iter().skip(1).zip(&mut seconds) {
            let high = word << 16;
            second.iter_mut().zip(&*first).for_each(|(to, low)| *to = high | low);
        }
        // The first code may be worth something, too.
        let high = first.first().map_or(0, |word| word << 16);
        first.iter_mut().for_each(|word| *word |= high);
    }
}
