//! The constants of an image: floats, integers, and weights as codes with a scale.

use crate::cursor::{Cursor, Dims, little_endian};
use crate::entropy::LevelDecoder;
use crate::{CodeFormat, Codes, ImageError, layout, packed_bytes};

/// One constant tensor.
#[derive(Clone, Copy, Debug)]
pub struct ConstantView<'a> {
    /// The value that it is.
    pub value: u32,
    /// How many elements it has: the product of `dims`.
    pub elements: usize,
    /// Lengths, outermost first.
    pub dims: Dims<'a>,
    /// Its elements.
    pub content: Content<'a>,
}

/// The elements of a constant, row-major.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// `f32` elements.
    Float(Floats<'a>),
    /// Elements that are the upper halves of `f32`.
    Bfloat16(Bfloat16s<'a>),
    /// Integer elements.
    Int(Ints<'a>),
    /// Codes of a number format.
    Coded(Coded<'a>),
}

/// `f32` elements in the image.
#[derive(Clone, Copy, Debug)]
pub struct Floats<'a> {
    bytes: &'a [u8],
}

impl<'a> Floats<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }
}

impl Iterator for Floats<'_> {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        let (first, rest) = self.bytes.split_at_checked(4)?;
        self.bytes = rest;
        Some(f32::from_bits(little_endian(first)))
    }
}

/// Elements in the image that are the upper halves of `f32`: sign, 8 bits of exponent, 7 of fraction.
#[derive(Clone, Copy, Debug)]
pub struct Bfloat16s<'a> {
    bytes: &'a [u8],
}

impl<'a> Bfloat16s<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }
}

impl Iterator for Bfloat16s<'_> {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        let (first, rest) = self.bytes.split_at_checked(2)?;
        self.bytes = rest;
        Some(upper_half(first))
    }
}

/// The `f32` whose upper half are these two bytes, little-endian, and whose lower half is 0: `[0x80, 0x3F]`
/// is 1.
fn upper_half(bytes: &[u8]) -> f32 {
    f32::from_bits(little_endian(bytes) << 16)
}

/// Integer elements in the image.
#[derive(Clone, Copy, Debug)]
pub struct Ints<'a> {
    rest: Cursor<'a>,
    left: usize,
}

impl<'a> Ints<'a> {
    pub(crate) fn read(cursor: &mut Cursor<'a>, count: usize) -> Result<Self, ImageError> {
        let ints = Self { rest: *cursor, left: count };
        for _ in 0..count {
            cursor.sint()?;
        }
        Ok(ints)
    }
}

impl Iterator for Ints<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        self.left = self.left.checked_sub(1)?;
        self.rest.sint().ok()
    }
}

/// The factor between the value of a code and the weight.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Scale<'a> {
    /// Factor 1.
    None,
    /// `2^exponent`, one exponent (`i8`) for each group.
    PowerOfTwo {
        /// The axis whose indices or blocks are the groups; `None` for one group.
        axis: Option<usize>,
        /// The exponents, one byte each, two's complement.
        exponents: &'a [u8],
    },
    /// One `f32` for each group.
    Real {
        /// The axis whose indices or blocks are the groups; `None` for one group.
        axis: Option<usize>,
        /// The factors, `f32` little-endian.
        factors: &'a [u8],
    },
    /// The upper half of one `f32` for each group.
    RealBfloat16 {
        /// The axis whose indices or blocks are the groups; `None` for one group.
        axis: Option<usize>,
        /// The factors, two bytes each, little-endian.
        factors: &'a [u8],
    },
}

impl Scale<'_> {
    /// The factor of group `index`; 1 where there is none.
    #[must_use]
    pub fn factor(self, index: usize) -> f32 {
        match self {
            Self::None => 1.0,
            Self::PowerOfTwo { exponents, .. } => exponents.get(index).map_or(1.0, |&e| power_of_two(e)),
            Self::Real { factors, .. } => factors
                .get(index * 4..index * 4 + 4)
                .map_or(1.0, |bytes| f32::from_bits(little_endian(bytes))),
            Self::RealBfloat16 { factors, .. } => {
                factors.get(index * 2..index * 2 + 2).map_or(1.0, upper_half)
            }
        }
    }

    /// The axis whose indices or blocks are the groups; `None` for one group.
    #[must_use]
    pub const fn axis(self) -> Option<usize> {
        match self {
            Self::None => None,
            Self::PowerOfTwo { axis, .. } | Self::Real { axis, .. } | Self::RealBfloat16 { axis, .. } => axis,
        }
    }
}

/// `2^e` for an `i8` in a byte: biased by 127, -126 and above are normal; -127 and -128 are the
/// subnormals with bit 22 or 21 set.
fn power_of_two(exponent: u8) -> f32 {
    #[allow(clippy::cast_possible_wrap, reason = "the byte is an i8")]
    let biased = i32::from(exponent as i8) + 127;
    #[allow(clippy::cast_sign_loss, reason = "1 to 254 here")]
    f32::from_bits(if biased > 0 { (biased as u32) << 23 } else { 1 << (22 + biased) })
}

/// How the codes of a constant are stored.
#[derive(Clone, Copy, Debug)]
pub enum Storage<'a> {
    /// One code for each element, packed.
    Packed {
        /// The packed codes.
        codes: &'a [u8],
    },
    /// Codes for some elements; the others are 0.
    Bitmap {
        /// One bit an element, lowest first, 1 where a code is stored.
        bitmap: &'a [u8],
        /// The packed codes of those.
        codes: &'a [u8],
    },
    /// Range-coded levels.
    Entropy {
        /// What [`LevelDecoder`] reads.
        stream: &'a [u8],
    },
}

/// Weights as codes.
#[derive(Clone, Copy, Debug)]
pub struct Coded<'a> {
    /// What a code is worth.
    pub format: CodeFormat<'a>,
    /// The factor behind it.
    pub scale: Scale<'a>,
    /// The codes.
    pub storage: Storage<'a>,
    /// Elements under one index of the first axis.
    row: usize,
    groups: Groups,
    elements: usize,
}

/// Which scale an element has. A tensor of scales is lines of `line` elements, `inner` apart.
#[derive(Clone, Copy, Debug)]
struct Groups {
    count: usize,
    inner: usize,
    line: usize,
    /// The elements of a block along a line; 0 where each place of a line has a scale, the same one in every line.
    block: usize,
}

impl Groups {
    const fn of(self, index: usize) -> usize {
        // No divisor is 0 in a tensor that has elements; the checks keep a panic out of the binary.
        let Some(block) = index.checked_div(self.inner) else { return 0 };
        let (Some(lines), Some(place)) = (block.checked_div(self.line), block.checked_rem(self.line)) else {
            return 0;
        };
        let (Some(in_line), Some(side)) = (place.checked_div(self.block), index.checked_rem(self.inner))
        else {
            return place;
        };
        // Lines count the elements over the length of one, so the product is at most the count of blocks.
        (lines * self.inner + side) * self.line.div_ceil(self.block) + in_line
    }
}

impl<'a> Coded<'a> {
    pub(crate) fn read(cursor: &mut Cursor<'a>, dims: Dims<'a>, elements: usize) -> Result<Self, ImageError> {
        let format = CodeFormat::read(cursor)?;
        let (scale, groups) = read_scale(cursor, dims, elements)?;
        let storage = read_storage(cursor, elements, format.bits())?;
        let mut rest = dims;
        rest.next();
        // A divisor of `elements`, which fits, unless a length is 0.
        let row = rest.fold(1usize, |product, length| product.saturating_mul(length as usize));
        Ok(Self { format, scale, storage, row, groups, elements })
    }

    /// The weights, row-major: `scale * value(code)`, one `f32` product, or exactly 0. `None` if `memory` is shorter
    /// than [`memory`](Self::memory); its content does not matter.
    #[must_use]
    pub fn values<'m>(self, memory: &'m mut [u8]) -> Option<Values<'a, 'm>> {
        let memory = memory.get_mut(..self.memory())?;
        memory.fill(0);
        let source = match self.storage {
            Storage::Packed { codes } => Source::Packed(Codes::new(codes, self.format.bits())),
            Storage::Bitmap { bitmap, codes } => {
                Source::Bitmap(bitmap, Codes::new(codes, self.format.bits()))
            }
            Storage::Entropy { stream } => {
                Source::Entropy { decoder: LevelDecoder::new(stream), memory, column: 0 }
            }
        };
        Some(Values { coded: self, zero: self.format.zero(), source, index: 0 })
    }

    /// The bytes of memory that reading the values takes: one for each element of a row where they are
    /// entropy-coded, else none.
    #[must_use]
    pub const fn memory(&self) -> usize {
        match self.storage {
            Storage::Entropy { .. } => self.row,
            _ => 0,
        }
    }

    /// The group of scales that element `index` belongs to.
    #[must_use]
    pub const fn group(&self, index: usize) -> usize {
        self.groups.of(index)
    }

    /// The length of the blocks of consecutive inputs that share a scale; `None` where scales are not by blocks.
    #[must_use]
    pub const fn block(&self) -> Option<usize> {
        if self.groups.block == 0 { None } else { Some(self.groups.block) }
    }

    /// The bytes that scale, codebook and codes take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let scales = match self.scale {
            Scale::None => 0,
            Scale::PowerOfTwo { exponents, .. } => exponents.len(),
            Scale::Real { factors, .. } | Scale::RealBfloat16 { factors, .. } => factors.len(),
        };
        let entries = match self.format {
            CodeFormat::Codebook { entries, .. } => entries.len(),
            _ => 0,
        };
        let codes = match self.storage {
            Storage::Packed { codes } => codes.len(),
            Storage::Bitmap { bitmap, codes } => bitmap.len() + codes.len(),
            Storage::Entropy { stream } => stream.len(),
        };
        scales + entries + codes
    }
}

/// The bytes that a stream of so many levels has at least: a decision costs `2^-15` of a bit or more, and so a
/// length that no stream can have is refused before anybody allocates it.
#[must_use]
pub const fn least_bytes(levels: usize) -> usize {
    (levels >> 18).saturating_sub(4)
}

fn read_storage<'a>(cursor: &mut Cursor<'a>, elements: usize, bits: u32) -> Result<Storage<'a>, ImageError> {
    let offset = cursor.offset();
    let length = |stored| packed_bytes(stored, bits).ok_or(ImageError::Truncated { offset });
    match cursor.u8()? {
        layout::PACKED => Ok(Storage::Packed { codes: cursor.take(length(elements)?)? }),
        layout::BITMAP => {
            let bitmap = cursor.take(elements.div_ceil(8))?;
            let stored: usize = bitmap.iter().map(|byte| byte.count_ones() as usize).sum();
            if stored > elements {
                let what = "bitmap: bits are set behind the last element";
                return Err(ImageError::Malformed { what, offset });
            }
            Ok(Storage::Bitmap { bitmap, codes: cursor.take(length(stored)?)? })
        }
        layout::ENTROPY => {
            let bytes = cursor.uint()? as usize;
            let stream = cursor.take(bytes)?;
            if stream.len() < least_bytes(elements) {
                let what = "entropy-coded levels: more elements than the stream can hold";
                return Err(ImageError::Malformed { what, offset });
            }
            Ok(Storage::Entropy { stream })
        }
        code => Err(ImageError::Unknown { what: "storage", code, offset }),
    }
}

/// Reads the scale, and which element belongs to which of its groups.
fn read_scale<'a>(
    cursor: &mut Cursor<'a>,
    dims: Dims<'a>,
    elements: usize,
) -> Result<(Scale<'a>, Groups), ImageError> {
    let offset = cursor.offset();
    let code = cursor.u8()?;
    if code == layout::NO_SCALE {
        return Ok((Scale::None, Groups { count: 1, inner: elements.max(1), line: 1, block: 0 }));
    }
    let axis = match cursor.u8()? {
        layout::WHOLE_TENSOR => None,
        axis => Some(usize::from(axis)),
    };
    let by_blocks = code & layout::BY_BLOCKS != 0;
    let groups = match axis {
        Some(axis) if by_blocks => blocks(cursor, dims, elements, axis, offset)?,
        _ if by_blocks => return Err(ImageError::Unknown { what: "scale", code, offset }),
        None => Groups { count: 1, inner: elements.max(1), line: 1, block: 0 },
        Some(axis) => {
            let (count, inner) = split(dims, axis, offset)?;
            Groups { count, inner: inner.max(1), line: count, block: 0 }
        }
    };
    let count = groups.count;
    let scale = match code & !layout::BY_BLOCKS {
        layout::POWER_OF_TWO => Scale::PowerOfTwo { axis, exponents: cursor.take(count)? },
        layout::REAL => {
            let bytes = count.checked_mul(4).ok_or(ImageError::Truncated { offset })?;
            Scale::Real { axis, factors: cursor.take(bytes)? }
        }
        layout::REAL_BFLOAT16 => {
            let bytes = count.checked_mul(2).ok_or(ImageError::Truncated { offset })?;
            Scale::RealBfloat16 { axis, factors: cursor.take(bytes)? }
        }
        _ => return Err(ImageError::Unknown { what: "scale", code, offset }),
    };
    Ok((scale, groups))
}

/// The length of an axis, and the product of those behind it.
fn split(dims: Dims<'_>, axis: usize, offset: usize) -> Result<(usize, usize), ImageError> {
    let mut rest = dims;
    let length = rest.nth(axis).ok_or(ImageError::OutOfRange {
        what: "axis of the scales",
        found: u32::try_from(axis).unwrap_or(u32::MAX),
        offset,
    })?;
    // The product of the lengths divides `elements`, which fits, unless a length is 0.
    let inner = rest.fold(1usize, |product, length| product.saturating_mul(length as usize));
    Ok((length as usize, inner))
}

/// Reads the length of blocks on an axis, and lays them out.
fn blocks<'a>(
    cursor: &mut Cursor<'a>,
    dims: Dims<'a>,
    elements: usize,
    axis: usize,
    offset: usize,
) -> Result<Groups, ImageError> {
    let (length, behind) = split(dims, axis, offset)?;
    let block = cursor.uint()?;
    if block == 0 {
        return Err(ImageError::OutOfRange { what: "block of the scales", found: 0, offset });
    }
    let block = block as usize;
    let (line, inner) = if axis == 0 { (length, behind) } else { (length.saturating_mul(behind), 1) };
    let lines = elements.checked_div(line).unwrap_or(0);
    // At most one block an element.
    Ok(Groups { count: lines.saturating_mul(line.div_ceil(block)), inner: inner.max(1), line, block })
}

/// The weights of a [`Coded`] constant.
#[derive(Debug)]
pub struct Values<'a, 'm> {
    coded: Coded<'a>,
    /// The code on level 0.
    zero: u16,
    source: Source<'a, 'm>,
    index: usize,
}

#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "the decoder's model has nowhere else to live without a heap")]
enum Source<'a, 'm> {
    Packed(Codes<'a>),
    Bitmap(&'a [u8], Codes<'a>),
    Entropy { decoder: LevelDecoder<'a>, memory: &'m mut [u8], column: usize },
}

impl Iterator for Values<'_, '_> {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if self.index >= self.coded.elements {
            return None;
        }
        let index = self.index;
        self.index += 1;
        let format = self.coded.format;
        let code = match &mut self.source {
            Source::Packed(codes) => codes.next_code(),
            Source::Bitmap(bitmap, codes) => {
                let kept = bitmap.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1);
                if !kept {
                    return Some(0.0);
                }
                codes.next_code()
            }
            Source::Entropy { decoder, memory, column } => {
                if *column >= memory.len() {
                    decoder.start_row();
                    *column = 0;
                }
                let level = decoder.next_level(memory.get_mut(*column)?);
                *column += 1;
                format.code(self.zero, level)
            }
        };
        Some(self.coded.scale.factor(self.coded.group(index)) * format.value(code))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.coded.elements - self.index;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Values<'_, '_> {}

#[cfg(test)]
mod tests {
    use super::power_of_two;

    #[test]
    fn every_power_of_two() {
        let mut expected = 1.0f32;
        for exponent in 0..=127u8 {
            assert_eq!(power_of_two(exponent), expected);
            expected *= 2.0;
        }
        expected = 0.5;
        for exponent in (128..=255u8).rev() {
            assert_eq!(power_of_two(exponent), expected, "{}", exponent as i8);
            expected /= 2.0;
        }
    }
}
