//! What a layer with weights holds: its weights, and the bias and factor of each output.

use super::bits::Bits;
use super::kernel::Ends;
use super::layout;
use super::weights::Stored;
use crate::cursor::Cursor;
use crate::{ImageError, packed_bytes};
use fixq::{Channels, Double, Error, Multiplier, Output, Weights};

/// Whether what takes time to check is checked: only when an image is first read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Check {
    All,
    Done,
}

/// Biases, packed; none of 0 bits.
#[derive(Clone, Copy, Debug)]
struct Biases<'a> {
    bits: u32,
    packed: &'a [u8],
}

/// Factors as the image stores them.
#[derive(Clone, Copy, Debug)]
enum Factors<'a> {
    One(Multiplier),
    Each { lowest: i32, bits: u32, packed: &'a [u8] },
    Scaled { base: u64, lowest: i32, bits: u32, packed: &'a [u8] },
    Raw(Cursor<'a>),
}

/// A layer with weights.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    pub(super) weights: Stored<'a>,
    pub(super) outputs: usize,
    end: Output,
    biases: Biases<'a>,
    factors: Factors<'a>,
}

impl<'a> Layer<'a> {
    /// Reads a layer of `outputs` outputs and `rows[0]` rows of `rows[1]` weights, whose product fits, and checks
    /// each of its factors and bitmaps unless they were checked before.
    pub(super) fn read(
        cursor: &mut Cursor<'a>,
        outputs: usize,
        rows: [usize; 2],
        end: Output,
        check: Check,
    ) -> Result<Self, ImageError> {
        let weights = Stored::read(cursor, rows, check)?;
        let offset = cursor.offset();
        let bits = u32::from(cursor.u8()?);
        if bits > 32 {
            return Err(ImageError::OutOfRange { what: "bits of a bias", found: bits, offset });
        }
        let packed = take_packed(cursor, outputs, bits)?;
        let layer = Self {
            weights,
            outputs,
            end,
            biases: Biases { bits, packed },
            factors: Factors::read(cursor, outputs)?,
        };
        // One factor for all was checked when it was read; all others take bytes of the image.
        let apart =
            if check == Check::Done || matches!(layer.factors, Factors::One(_)) { 0 } else { outputs };
        for factor in layer.multipliers().take(apart) {
            factor.map_err(|_| ImageError::Malformed { what: "factor of a layer", offset })?;
        }
        Ok(layer)
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
        let (width, mut bits) = (self.biases.bits, Bits::new(self.biases.packed));
        (0..self.outputs).map(move |_| if width == 0 { 0 } else { bits.signed(width, 0) })
    }

    /// The factor of every output.
    pub fn factors(&self) -> impl Iterator<Item = Multiplier> + use<'a> {
        // Each was checked when the layer was read.
        self.multipliers().take(self.outputs).map(|factor| factor.unwrap_or(Multiplier::ZERO))
    }

    /// What ends its sums.
    #[must_use]
    pub const fn end(&self) -> Output {
        self.end
    }

    /// What ends the layer's sums in the operators of fixq, with biases and factors unpacked into these slices, which
    /// hold as many as there are outputs.
    #[cfg(all(target_arch = "x86_64", not(feature = "dsp")))]
    pub(super) fn channels<'m>(
        &self,
        biases: &'m mut [i32],
        factors: &'m mut [Multiplier],
    ) -> Result<Channels<'m, Double>, Error> {
        let length = |found| Error::Length { expected: self.outputs, found };
        let (room, room_of_factors) = (biases.len(), factors.len());
        let biases = biases.get_mut(..self.outputs).ok_or(length(room))?;
        let factors = factors.get_mut(..self.outputs).ok_or(length(room_of_factors))?;
        for (bias, read) in biases.iter_mut().zip(self.biases()) {
            *bias = read;
        }
        for (factor, read) in factors.iter_mut().zip(self.multipliers()) {
            *factor = read?;
        }
        Channels::new(self.outputs, Some(biases), factors, self.end)
    }

    /// The same for the kernels of this crate, which look at a bias and a factor of each output, and whose sums are of
    /// `terms` products.
    pub(super) fn ends<'m>(
        &self,
        terms: usize,
        biases: &'m mut [i32],
        factors: &'m mut [Multiplier],
    ) -> Result<Ends<'m>, Error> {
        let length = |found| Error::Length { expected: self.outputs, found };
        let (room, room_of_factors) = (biases.len(), factors.len());
        let biases = biases.get_mut(..self.outputs).ok_or(length(room))?;
        let factors = factors.get_mut(..self.outputs).ok_or(length(room_of_factors))?;
        // |code - zero point| <= 255.
        let most = self.weights.largest().saturating_mul(255).saturating_mul(terms);
        let (width, mut packed) = (self.biases.bits, Bits::new(self.biases.packed));
        let doubled = most < 1 << 29 && width <= 30;
        if width == 0 {
            biases.fill(0);
        } else {
            packed.fill(width, u32::from(doubled), biases);
        }
        let mut highest = -1;
        match self.factors {
            Factors::One(one) => {
                factors.fill(one);
                highest = one.exponent();
            }
            // What the parts say was checked when the image was first read.
            Factors::Each { lowest, bits, packed } => {
                let mut packed = Bits::new(packed);
                let mask = (1 << bits) - 1;
                for factor in &mut *factors {
                    let [low, high] = packed.next(30 + bits);
                    let exponent = lowest.wrapping_add(((low >> 30 | high << 2) & mask) as i32);
                    highest = highest.max(exponent);
                    *factor = Multiplier::from_parts((1 << 30 | low & 0x3FFF_FFFF) as i32, exponent)?;
                }
            }
            Factors::Scaled { base, lowest, bits, packed } => {
                let mut packed = Bits::new(packed);
                let mask = (1 << bits) - 1;
                for factor in &mut *factors {
                    let [low, _] = packed.next(23 + bits);
                    let (mantissa, carry) = layout::scaled(base, 1 << 23 | low & 0x7F_FFFF);
                    let exponent = lowest.wrapping_add(carry + (low >> 23 & mask) as i32);
                    highest = highest.max(exponent);
                    *factor = Multiplier::from_parts(mantissa, exponent)?;
                }
            }
            Factors::Raw(_) => {
                for (factor, read) in factors.iter_mut().zip(self.multipliers()) {
                    *factor = read?;
                    highest = highest.max(factor.exponent());
                }
            }
        }
        Ok(Ends::new(biases, factors, self.end, [doubled, doubled && highest < 0]))
    }

    /// The same without biases, and with a factor of 0: for checks that look at shapes only.
    pub(super) const fn shapes(&self) -> Result<Channels<'static, Double>, Error> {
        const NONE: &[Multiplier] = &[Multiplier::ZERO];
        Channels::new(self.outputs, None, NONE, self.end)
    }

    /// The factor of every output, without end where there is one for all.
    fn multipliers(&self) -> impl Iterator<Item = Result<Multiplier, Error>> + use<'a> {
        let factors = self.factors;
        let mut packed = Bits::new(match factors {
            Factors::Each { packed, .. } | Factors::Scaled { packed, .. } => packed,
            _ => &[],
        });
        let mut raw = match factors {
            Factors::Raw(cursor) => Some(cursor),
            _ => None,
        };
        core::iter::repeat_with(move || match factors {
            Factors::One(factor) => Ok(factor),
            Factors::Each { lowest, bits, .. } => {
                let mantissa = 1 << 30 | packed.field(30) as i32;
                Multiplier::from_parts(mantissa, lowest.saturating_add(packed.field(bits) as i32))
            }
            Factors::Scaled { base, lowest, bits, .. } => {
                let (mantissa, carry) = layout::scaled(base, 1 << 23 | packed.field(23));
                Multiplier::from_parts(mantissa, lowest + carry + packed.field(bits) as i32)
            }
            Factors::Raw(_) => {
                let read = raw.as_mut().and_then(|cursor| read_factor(cursor).ok());
                read.ok_or(Error::BadMultiplier { mantissa: 0, exponent: 0 })
            }
        })
    }
}

impl<'a> Factors<'a> {
    fn read(cursor: &mut Cursor<'a>, outputs: usize) -> Result<Self, ImageError> {
        let offset = cursor.offset();
        let kind = cursor.u8()?;
        let base = if kind == layout::SCALED { cursor.u64()? } else { 0 };
        match kind {
            layout::ONE => Ok(Self::One(read_factor(cursor)?)),
            layout::EACH | layout::SCALED => {
                let lowest = i32::from(cursor.i8()?);
                let bits = u32::from(cursor.u8()?);
                // Exponents lie in -31..=31.
                if bits > 6 {
                    return Err(ImageError::OutOfRange { what: "bits of an exponent", found: bits, offset });
                }
                if kind == layout::EACH {
                    return Ok(Self::Each { lowest, bits, packed: take_packed(cursor, outputs, 30 + bits)? });
                }
                if base >> 63 == 0 {
                    return Err(ImageError::Malformed { what: "base of the factors", offset });
                }
                Ok(Self::Scaled { base, lowest, bits, packed: take_packed(cursor, outputs, 23 + bits)? })
            }
            layout::RAW => {
                let factors = *cursor;
                cursor.take(outputs.checked_mul(5).ok_or(ImageError::Truncated { offset })?)?;
                Ok(Self::Raw(factors))
            }
            code => Err(ImageError::Unknown { what: "kind of factors", code, offset }),
        }
    }
}

/// Packed fields, with what follows them in the image, so that the last ones are read as the others.
fn take_packed<'a>(cursor: &mut Cursor<'a>, count: usize, bits: u32) -> Result<&'a [u8], ImageError> {
    let bytes = packed_bytes(count, bits).ok_or(ImageError::Truncated { offset: cursor.offset() })?;
    let rest = cursor.rest();
    cursor.take(bytes)?;
    Ok(rest)
}

/// A mantissa and an exponent.
pub(super) fn read_factor(cursor: &mut Cursor<'_>) -> Result<Multiplier, ImageError> {
    let offset = cursor.offset();
    let mantissa = cursor.u32()? as i32;
    let exponent = i32::from(cursor.i8()?);
    Multiplier::from_parts(mantissa, exponent).map_err(|_| ImageError::Malformed { what: "factor", offset })
}
