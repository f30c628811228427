//! What a layer with weights holds: its weights, and the bias and factor of each output.

use super::bits::Bits;
use super::kernel::{self, Ends};
use super::layout;
use super::weights::Stored;
use crate::packed_bytes;
use crate::reader::Reader;
use fixq::{Error, Multiplier, Output, Weights};

/// Whether what takes time to check is checked: only when an image is first read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Check {
    All,
    Done,
}

/// Factors as the image stores them.
#[derive(Clone, Copy, Debug)]
enum Factors<'a> {
    One(Multiplier),
    /// A mantissa of 31 bits, or of 24 that is multiplied with the base, and an exponent of so many bits; or both raw.
    Packed {
        base: Option<u64>,
        raw: bool,
        lowest: i32,
        bits: u32,
        packed: &'a [u8],
    },
}

/// A layer with weights.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    pub(super) weights: Stored<'a>,
    pub(super) outputs: usize,
    end: Output,
    /// The bits of a bias, 0 where there is none, and the biases.
    biases: (u32, &'a [u8]),
    factors: Factors<'a>,
}

impl<'a> Layer<'a> {
    /// Reads a layer of `outputs` outputs and `rows[0]` rows of `rows[1]` weights, whose product fits, and checks
    /// each of its factors and bitmaps unless they were checked before.
    pub(super) fn read(
        reader: &mut Reader<'a>,
        outputs: usize,
        rows: [usize; 2],
        end: Output,
        check: Check,
    ) -> Self {
        let weights = Stored::read(reader, rows, check);
        let offset = reader.offset();
        let bits = u32::from(reader.u8());
        if bits > 32 {
            reader.out_of_range("bits of a bias", bits, offset);
        }
        let biases = (bits, take_packed(reader, outputs, bits));
        let factors = Factors::read(reader, outputs);
        // One factor for all was checked when it was read; all others take bytes of the image.
        if check == Check::All && reader.is_ok() && matches!(factors, Factors::Packed { .. }) {
            let mut some = [Multiplier::ZERO; 16];
            let mut left = outputs;
            while left > 0 {
                let count = left.min(some.len());
                if factors.fill(outputs - left, some.get_mut(..count).unwrap_or(&mut [])).is_none() {
                    reader.malformed("factor of a layer", offset);
                    break;
                }
                left -= count;
            }
        }
        Self { weights, outputs, end, biases, factors }
    }

    /// How many outputs it has.
    #[must_use]
    pub const fn outputs(&self) -> usize {
        self.outputs
    }

    /// Its weights, in the order of its operator.
    #[must_use]
    pub fn weights(&self) -> impl Weights + use<'a> {
        self.weights
    }

    /// The bias of every output.
    pub fn biases(&self) -> impl Iterator<Item = i32> + use<'a> {
        let (bits, packed) = self.biases;
        let mut packed = Bits::new(packed);
        (0..self.outputs).map(move |_| if bits == 0 { 0 } else { packed.signed(bits, 0) })
    }

    /// The factor of every output.
    pub fn factors(&self) -> impl Iterator<Item = Multiplier> + use<'a> {
        let factors = self.factors;
        (0..self.outputs).map(move |output| {
            let mut one = [Multiplier::ZERO];
            factors.fill(output, &mut one);
            one[0]
        })
    }

    /// What ends its sums.
    #[must_use]
    pub const fn end(&self) -> Output {
        self.end
    }

    /// Unpacks biases, times 2 where that is asked for, and factors into these slices; tells the part of them that
    /// belongs to the outputs, and the highest exponent of a factor.
    pub(super) fn unpack<'m>(
        &self,
        doubled: bool,
        biases: &'m mut [i32],
        factors: &'m mut [Multiplier],
    ) -> Result<(&'m [i32], &'m [Multiplier], i32), Error> {
        let found = biases.len().min(factors.len());
        let (Some(biases), Some(factors)) = (biases.get_mut(..self.outputs), factors.get_mut(..self.outputs))
        else {
            return Err(Error::Length { expected: self.outputs, found });
        };
        let (width, packed) = self.biases;
        if !(1..=25).contains(&width) || !kernel::biases(packed, width, u32::from(doubled), biases) {
            Bits::new(packed).fill(width, u32::from(doubled), biases);
        }
        // Each was checked when the layer was first read.
        let (mut highest, mut done) = (-1, 0);
        if let Factors::Packed { base: None, raw: false, lowest, bits, packed } = self.factors {
            (highest, done) = kernel::factors(packed, bits, lowest, factors);
        }
        if let Some(rest) = factors.get_mut(done..) {
            highest = self.factors.fill(done, rest).unwrap_or(0).max(highest);
        }
        Ok((biases, factors, highest))
    }

    /// What ends the layer's sums of `terms` products, with biases and factors unpacked into these slices.
    pub(super) fn ends<'m>(
        &self,
        terms: usize,
        biases: &'m mut [i32],
        factors: &'m mut [Multiplier],
    ) -> Result<Ends<'m>, Error> {
        // |code - zero point| <= 255.
        let most = self.weights.entries.largest(self.weights.bits).saturating_mul(255).saturating_mul(terms);
        let doubled = most < 1 << 29 && self.biases.0 <= 30;
        let (biases, factors, highest) = self.unpack(doubled, biases, factors)?;
        Ok(Ends::new(biases, factors, self.end, [doubled, doubled && highest < 0]))
    }
}

impl<'a> Factors<'a> {
    fn read(reader: &mut Reader<'a>, outputs: usize) -> Self {
        let offset = reader.offset();
        let kind = reader.u8();
        let (mut base, mut lowest, mut bits, mut width) = (None, 0, 0, 40);
        match kind {
            layout::ONE => return Self::One(reader.factor()),
            layout::RAW => {}
            layout::EACH | layout::SCALED => {
                width = 30;
                if kind == layout::SCALED {
                    let (low, high) = (reader.u32(), reader.u32());
                    if high >> 31 == 0 {
                        reader.malformed("base of the factors", offset);
                    }
                    (base, width) = (Some(u64::from(high) << 32 | u64::from(low)), 23);
                }
                lowest = i32::from(reader.i8());
                bits = u32::from(reader.u8());
                // Exponents lie in -31..=31.
                if bits > 6 {
                    reader.out_of_range("bits of an exponent", bits, offset);
                }
            }
            code => reader.unknown("kind of factors", code, offset),
        }
        let packed = take_packed(reader, outputs, width + bits);
        Self::Packed { base, raw: kind == layout::RAW, lowest, bits, packed }
    }

    /// Writes the factors from number `from` on; tells the highest exponent, of -1 and more, or nothing if one of them
    /// is no factor.
    #[inline(never)]
    fn fill(&self, from: usize, to: &mut [Multiplier]) -> Option<i32> {
        let mut highest = -1;
        match *self {
            Self::One(one) => {
                to.fill(one);
                highest = one.exponent();
            }
            Self::Packed { base, raw, lowest, bits, packed } => {
                let mask = (1 << bits) - 1;
                let width = if raw {
                    40
                } else if base.is_some() {
                    23
                } else {
                    30
                };
                let mut packed = Bits::at(packed, from * (width + bits) as usize);
                for to in to {
                    let [low, high] = packed.next(width + bits);
                    let (mut mantissa, mut exponent) = (low as i32, i32::from(high as i8));
                    if !raw {
                        // Of width + bits <= 36 bits the exponent's are behind the mantissa's.
                        exponent = lowest.wrapping_add(((low >> width | high << (32 - width)) & mask) as i32);
                        mantissa = (1 << 30 | low & 0x3FFF_FFFF) as i32;
                        if let Some(base) = base {
                            let (scaled, carry) = layout::scaled(base, 1 << 23 | low & 0x7F_FFFF);
                            (mantissa, exponent) = (scaled, exponent.wrapping_add(carry));
                        }
                    }
                    highest = highest.max(exponent);
                    *to = Multiplier::from_parts(mantissa, exponent).ok()?;
                }
            }
        }
        Some(highest)
    }
}

/// Packed fields, with what follows them in the image, so that the last ones are read as the others.
fn take_packed<'a>(reader: &mut Reader<'a>, count: usize, bits: u32) -> &'a [u8] {
    let rest = reader.rest();
    reader.take(packed_bytes(count, bits).unwrap_or(usize::MAX));
    rest
}
