//! How a layer is written: of each part the shortest of its forms.

use super::{Layer, Storage};
use crate::error::Error;
use crate::image::bytes::leb128;
use fixq::{Multiplier, Output};
use nncompress_runtime::layout as runtime_layout;
use nncompress_runtime::program::layout;

/// Writes weights, biases and factors. `rows` is how many rows of weights there are, `input` and `output` are the
/// scales of the layer's tensors; `tables` are those of the layers before, each with its offset in the image.
///
/// # Errors
/// [`Error::WeightStorage`] if a weight is not an entry of its table.
pub(super) fn write(
    bytes: &mut Vec<u8>,
    layer: &Layer,
    node: &str,
    rows: usize,
    [input, output]: [f32; 2],
    tables: &mut Vec<Table>,
) -> Result<(), Error> {
    write_weights(bytes, layer, node, rows, tables)?;
    bytes.extend(biases(&layer.biases));
    bytes.extend(factors(layer, f64::from(input) / f64::from(output)));
    Ok(())
}

/// The bytes that the weights of a layer take, with a table of their own.
///
/// # Errors
/// [`Error::WeightStorage`] if a weight is not an entry of its table.
pub(crate) fn weight_bytes(layer: &Layer, rows: usize, node: &str) -> Result<usize, Error> {
    let mut bytes = Vec::new();
    write_weights(&mut bytes, layer, node, rows, &mut Vec::new())?;
    Ok(bytes.len())
}

fn write_weights(
    bytes: &mut Vec<u8>,
    layer: &Layer,
    node: &str,
    rows: usize,
    tables: &mut Vec<Table>,
) -> Result<(), Error> {
    let failed = |reason: String| Error::WeightStorage { node: node.into(), reason };
    match &layer.storage {
        Storage::Shortest | Storage::Bytes => {
            let int8 = |&weight: &i16| {
                i8::try_from(weight).map_err(|_| failed(format!("the weight {weight} needs 16 bits")))
            };
            let codes = layer.weights.iter().map(int8).collect::<Result<Vec<_>, _>>()?;
            if layer.storage == Storage::Bytes {
                bytes.extend(dense(&codes))
            } else {
                bytes.extend(weights(&codes))
            }
        }
        Storage::Coded { bits, entries, block } => {
            if !(2..=8).contains(bits) || *block == Some(0) || block.is_some_and(|block| block > 128) {
                return Err(failed(format!(
                    "{bits} bits in blocks of {block:?}; 2 to 8 and 1 to 128 are possible"
                )));
            }
            bytes.extend([layout::CODED, bits.to_le_bytes()[0]]);
            entry_table(bytes, *bits, entries.as_deref(), tables);
            coded(bytes, layer, rows, *bits, entries.as_deref(), *block).map_err(failed)?;
        }
    }
    Ok(())
}

/// A table of an image: where it stands, the bits of its codes, its entries.
#[derive(Clone, Debug)]
pub(super) struct Table {
    offset: usize,
    bits: u32,
    entries: Vec<i16>,
}

/// Writes what codes are worth: nothing, the offset of an earlier table, or the table.
fn entry_table(bytes: &mut Vec<u8>, bits: u32, entries: Option<&[i16]>, tables: &mut Vec<Table>) {
    let Some(entries) = entries else { return bytes.push(layout::INTEGERS) };
    if let Some(known) = tables.iter().find(|table| table.bits == bits && table.entries == entries) {
        bytes.push(layout::SHARED);
        // The length of an image fits 32 bits, or it is not written.
        return leb128(bytes, known.offset as u64);
    }
    let offset = runtime_layout::HEADER + bytes.len();
    tables.push(Table { offset, bits, entries: entries.to_vec() });
    if entries.iter().all(|&entry| i8::try_from(entry).is_ok()) {
        bytes.push(layout::BYTES);
        bytes.extend(entries.iter().map(|entry| entry.to_le_bytes()[0]));
    } else {
        bytes.push(layout::WORDS);
        bytes.extend(entries.iter().flat_map(|entry| entry.to_le_bytes()));
    }
}

/// Writes rows of codes.
fn coded(
    bytes: &mut Vec<u8>,
    layer: &Layer,
    rows: usize,
    bits: u32,
    entries: Option<&[i16]>,
    block: Option<u8>,
) -> Result<(), String> {
    let code = |weight: i16| -> Result<(u64, u32), String> {
        let code = match entries {
            Some(entries) => entries.iter().position(|&entry| entry == weight).map(|code| code as u64),
            None => (weight >> (bits - 1) == weight >> 15).then_some(u64::from(weight.cast_unsigned())),
        };
        code.filter(|_| entries.is_none_or(|entries| entries.len() == 1 << bits))
            .map(|code| (code, bits))
            .ok_or_else(|| format!("no code of {bits} bits is worth {weight}"))
    };
    let length = layer.weights.len().checked_div(rows).unwrap_or(0);
    let mut body = Vec::new();
    for row in layer.weights.chunks(length.max(1)) {
        let mut codes = Vec::with_capacity(length);
        let Some(block) = block.map(usize::from) else {
            for &weight in row {
                codes.push(code(weight)?);
            }
            body.extend(pack(codes.into_iter()));
            continue;
        };
        let blocks = || row.chunks(block).map(|weights| (weights, weights.iter().any(|&weight| weight != 0)));
        body.extend(pack(blocks().map(|(_, kept)| (u64::from(kept), 1))));
        for (weights, _) in blocks().filter(|(_, kept)| *kept) {
            for &weight in weights {
                codes.push(code(weight)?);
            }
            codes.extend(core::iter::repeat_n((0, bits), block - weights.len()));
        }
        body.extend(pack(codes.into_iter()));
    }
    match block {
        None => bytes.push(layout::ALL),
        Some(block) => {
            bytes.extend([layout::BLOCKS, block]);
            leb128(bytes, body.len() as u64);
        }
    }
    bytes.extend(body);
    Ok(())
}

/// Zero point and range.
pub(super) fn end(output: Output) -> [u8; 3] {
    [output.zero_point(), output.low(), output.high()].map(i8::cast_unsigned)
}

/// A mantissa and an exponent.
pub(super) fn factor(factor: Multiplier) -> [u8; 5] {
    let [a, b, c, d] = factor.mantissa().to_le_bytes();
    [a, b, c, d, exponent(factor.exponent())]
}

/// An exponent as a byte: it lies in -31..=31.
fn exponent(exponent: i32) -> u8 {
    exponent.to_le_bytes()[0]
}

fn dense(weights: &[i8]) -> Vec<u8> {
    core::iter::once(layout::DENSE).chain(weights.iter().map(|code| code.cast_unsigned())).collect()
}

fn weights(weights: &[i8]) -> Vec<u8> {
    let mut entries: Vec<i8> = weights.to_vec();
    entries.sort_unstable();
    entries.dedup();
    // Indices of 0 bits do not exist; 256 entries save nothing.
    let bits = usize::BITS - entries.len().saturating_sub(1).max(1).leading_zeros();
    let packed = (weights.len() * bits as usize).div_ceil(8);
    if weights.is_empty() || entries.len() > 128 || 2 + entries.len() + packed >= weights.len() {
        return dense(weights);
    }
    let mut bytes = vec![layout::DICTIONARY, bits.to_le_bytes()[0], entries.len().to_le_bytes()[0]];
    bytes.extend(entries.iter().map(|code| code.cast_unsigned()));
    let index = |code| entries.binary_search(code).unwrap_or(0) as u64;
    bytes.extend(pack(weights.iter().map(|code| (index(code), bits))));
    bytes
}

fn biases(biases: &[i32]) -> Vec<u8> {
    // Two's complement: the bits of the magnitude, and one for the sign.
    let width = |&bias: &i32| 33 - (bias ^ (bias >> 31)).leading_zeros();
    let bits = biases.iter().filter(|bias| **bias != 0).map(width).max().unwrap_or(0);
    let mut bytes = vec![bits.to_le_bytes()[0]];
    bytes.extend(pack(biases.iter().map(|&bias| (u64::from(bias.cast_unsigned()), bits))));
    bytes
}

fn factors(layer: &Layer, ratio: f64) -> Vec<u8> {
    let factors = &layer.factors;
    if let Some(first) = factors.first()
        && factors.iter().all(|other| other == first)
    {
        return core::iter::once(layout::ONE).chain(factor(*first)).collect();
    }
    let raw = core::iter::once(layout::RAW).chain(factors.iter().flat_map(|f| factor(*f))).collect();
    let forms = [scaled(layer, ratio), each(factors), Some(raw)];
    forms.into_iter().flatten().min_by_key(Vec::len).unwrap_or_default()
}

/// The lowest exponent, and the bits of the others less it; `None` if one mantissa has less than 31 bits.
fn exponents(exponents: impl Iterator<Item = i32> + Clone) -> Option<(i32, u32)> {
    let (lowest, highest) = (exponents.clone().min()?, exponents.max()?);
    Some((lowest, 32 - (highest - lowest).leading_zeros()))
}

fn each(factors: &[Multiplier]) -> Option<Vec<u8>> {
    if factors.iter().any(|factor| factor.mantissa() >> 30 == 0) {
        return None;
    }
    let (lowest, bits) = exponents(factors.iter().map(|factor| factor.exponent()))?;
    let mut bytes = vec![layout::EACH, exponent(lowest), bits.to_le_bytes()[0]];
    bytes.extend(pack(factors.iter().flat_map(|factor| {
        let below = factor.mantissa().cast_unsigned() & ((1 << 30) - 1);
        let above = (factor.exponent() - lowest).cast_unsigned();
        [(u64::from(below), 30), (u64::from(above), bits)]
    })));
    Some(bytes)
}

/// Each factor as the base of the layer times the scale of its weights, if that gives every one exactly.
fn scaled(layer: &Layer, ratio: f64) -> Option<Vec<u8>> {
    // The 53 bits of a normal ratio, at the top of 64. Its neighbours make up for the two roundings in f64.
    let fraction = ratio.to_bits() & ((1 << 52) - 1);
    let near = (1 << 63) | fraction << 11;
    let significands: Vec<u32> =
        layer.scales.iter().map(|scale| 1 << 23 | (scale.to_bits() & ((1 << 23) - 1))).collect();
    let exact = |base: &u64| {
        let pairs = significands.iter().zip(&layer.factors);
        pairs.clone().all(|(&s, factor)| layout::scaled(*base, s).0 == factor.mantissa())
    };
    let neighbours = (0..256u64).flat_map(|i| [near.wrapping_add(i << 8), near.wrapping_sub(i << 8)]);
    let base = neighbours.filter(|base| base >> 63 == 1).find(exact)?;
    // What the device adds by itself is taken off here.
    let rest = significands
        .iter()
        .zip(&layer.factors)
        .map(|(&significand, factor)| factor.exponent() - layout::scaled(base, significand).1);
    let (lowest, bits) = exponents(rest.clone())?;
    let mut bytes = vec![layout::SCALED];
    bytes.extend(base.to_le_bytes());
    bytes.extend([exponent(lowest), bits.to_le_bytes()[0]]);
    bytes.extend(pack(significands.iter().zip(rest).flat_map(|(&significand, rest)| {
        let below = significand & ((1 << 23) - 1);
        [(u64::from(below), 23), (u64::from((rest - lowest).cast_unsigned()), bits)]
    })));
    Some(bytes)
}

/// Packs fields `(value, bits)` without gaps, lowest bits first; of a value only its lowest bits count.
fn pack(fields: impl Iterator<Item = (u64, u32)>) -> Vec<u8> {
    let (mut bytes, mut buffer, mut filled) = (Vec::new(), 0u64, 0);
    for (value, bits) in fields {
        // At most 7 bits wait, and a field has at most 32.
        buffer |= (value & ((1 << bits) - 1)) << filled;
        filled += bits;
        while filled >= 8 {
            bytes.push(buffer.to_le_bytes()[0]);
            buffer >>= 8;
            filled -= 8;
        }
    }
    if filled > 0 {
        bytes.push(buffer.to_le_bytes()[0]);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{biases, weights};

    #[test]
    fn the_shortest_form_by_hand() {
        assert_eq!(biases(&[0, 0]), [0]);
        assert_eq!(biases(&[1, -2]), [2, 0b1001]);
        assert_eq!(biases(&[i32::MIN])[0], 32);
        assert_eq!(weights(&[5, -5]), [0, 5, 0xFB]);
        // Two entries, one bit an element.
        assert_eq!(weights(&[0, 7, 0, 0, 0, 0, 0, 0]), [1, 1, 2, 0, 7, 0b10]);
        assert_eq!(weights(&[3; 64])[..4], [1, 1, 1, 3]);
    }
}
