//! How a layer is written: of each part the shortest of its forms.

use super::Layer;
use fixq::{Multiplier, Output};
use nncompress_runtime::program::layout;

/// Writes weights, biases and factors. `input` and `output` are the scales of the layer's tensors.
pub(super) fn write(bytes: &mut Vec<u8>, layer: &Layer, [input, output]: [f32; 2]) {
    bytes.extend(weights(&layer.weights));
    bytes.extend(biases(&layer.biases));
    bytes.extend(factors(layer, f64::from(input) / f64::from(output)));
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

fn weights(weights: &[i8]) -> Vec<u8> {
    let dense = || core::iter::once(layout::DENSE).chain(weights.iter().map(|code| code.cast_unsigned()));
    let mut entries: Vec<i8> = weights.to_vec();
    entries.sort_unstable();
    entries.dedup();
    // Indices of 0 bits do not exist; 256 entries save nothing.
    let bits = usize::BITS - entries.len().saturating_sub(1).max(1).leading_zeros();
    let packed = (weights.len() * bits as usize).div_ceil(8);
    if weights.is_empty() || entries.len() > 128 || 2 + entries.len() + packed >= weights.len() {
        return dense().collect();
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
