//! One layer, one choice: the codes and factors that an image stores for it.

use crate::codebook::k_means_beside_zero;
use crate::format::Format;
use crate::grid::Grid;
use crate::network::Tensor;
use crate::plan::{Choice, Storage};
use crate::scale::{Granularity, Scales, fit};

/// The codes of one layer. The worth of element `i` is one `f32` product,
/// `scales.factor(group of i) * value(codes[i])`.
#[derive(Clone, PartialEq, Debug)]
pub struct Quantized {
    /// The number format; never [`Format::Float`].
    pub format: Format,
    /// The values and codes of the format.
    pub grid: Grid,
    /// The factors.
    pub scales: Scales,
    /// The axis whose indices or [blocks](Self::block) have a factor each; `None` for one factor.
    pub axis: Option<usize>,
    /// Which weights survive; the others are exactly zero.
    pub mask: Vec<bool>,
    /// A code for each element; that of a pruned one is the code of zero.
    pub codes: Vec<u16>,
    /// Elements under one index of the first axis: the rows of the entropy coder.
    pub row: usize,
    /// How the codes are to be stored.
    pub storage: Storage,
    pub(crate) groups: Groups,
}

impl Quantized {
    /// The weights that an image with these codes stands for.
    #[must_use]
    pub fn values(&self) -> Vec<f32> {
        let table = self.grid.decode_table();
        let value = |(index, code): (usize, &u16)| {
            self.scales.factor(self.groups.of(index)) * table[usize::from(*code)]
        };
        self.codes.iter().enumerate().map(value).collect()
    }
}

impl Quantized {
    /// The length of the blocks along the axis that have a factor each; `None` if each index has one.
    #[must_use]
    pub const fn block(&self) -> Option<usize> {
        self.groups.block
    }

    /// Codes as steps above the one that stands for 0.
    #[must_use]
    pub(crate) fn levels(&self) -> Vec<i16> {
        match self.format {
            // Two's complement: the top bit of the code becomes the sign.
            Format::Int { .. } | Format::Posit { .. } => {
                let shift = 16 - self.format.bits();
                self.codes.iter().map(|code| (code << shift).cast_signed() >> shift).collect()
            }
            Format::Codebook { .. } | Format::Float => {
                let zero = self.grid.values().partition_point(|value| *value < 0.0);
                self.codes.iter().map(|code| code.wrapping_sub(zero as u16).cast_signed()).collect()
            }
        }
    }

    /// Integer codes in as few bits as they need.
    #[must_use]
    pub(crate) fn narrowed(mut self) -> Self {
        let Format::Int { bits } = self.format else { return self };
        let value = |code: u16| (code << (16 - bits)).cast_signed() >> (16 - bits);
        let largest = self.codes.iter().map(|code| value(*code).unsigned_abs()).max().unwrap_or(0);
        // ±(2^(b−1) − 1) in b bits: 3 needs 3, 4 needs 4.
        let needed = (u16::BITS - largest.leading_zeros() + 1).max(2);
        if needed < bits {
            let mask = u16::MAX >> (16 - needed);
            self.codes.iter_mut().for_each(|code| *code &= mask);
            self.format = Format::Int { bits: needed };
            self.grid = Grid::int(needed);
        }
        self
    }
}

/// A weight layer as an image holds it.
#[derive(Clone, PartialEq, Debug)]
pub enum Layer {
    /// Codes and factors.
    Coded(Quantized),
    /// Floats, zeros among them where weights were pruned.
    Float(Tensor),
}

impl Layer {
    /// The weights that it stands for.
    #[must_use]
    pub fn values(&self) -> Vec<f32> {
        match self {
            Self::Coded(coded) => coded.values(),
            Self::Float(tensor) => tensor.data.clone(),
        }
    }
}

/// The weights with those that `mask` does not mark set to zero.
#[must_use]
pub fn pruned(weights: &Tensor, mask: &[bool]) -> Tensor {
    let data = weights.data.iter().zip(mask).map(|(weight, kept)| if *kept { *weight } else { 0.0 });
    Tensor { shape: weights.shape.clone(), data: data.collect() }
}

/// Writes `weights` as `choice` says, `None` where it says float. `mask` marks the survivors;
/// `channel_axis` is the axis of the output channels.
#[must_use]
pub fn quantize(weights: &Tensor, channel_axis: usize, choice: &Choice, mask: &[bool]) -> Option<Quantized> {
    let axis = scale_axis(choice, channel_axis, &weights.shape);
    let group = Groups::new(&weights.shape, axis, choice.granularity);
    let mut survivors = vec![Vec::new(); group.count];
    for (index, weight) in weights.data.iter().enumerate().filter(|(index, _)| mask[*index]) {
        survivors[group.of(index)].push(*weight);
    }
    let (grid, scales) = match (choice.format, Grid::of(choice.format, choice.rounding)) {
        (Format::Codebook { bits }, _) => codebook(&survivors, bits, choice),
        (_, Some(grid)) => {
            let scales = fit(&survivors, &grid, choice.scale);
            (grid, scales)
        }
        (_, None) => return None,
    };
    let (zero, _) = grid.nearest(0.0);
    let code = |(index, weight): (usize, &f32)| {
        if !mask[index] {
            return zero;
        }
        let factor = scales.factor(group.of(index));
        grid.nearest(f64::from(*weight) / f64::from(factor)).0
    };
    let codes = weights.data.iter().enumerate().map(code).collect();
    Some(Quantized {
        format: choice.format,
        grid,
        scales,
        axis,
        mask: mask.to_vec(),
        codes,
        row: weights.row(),
        storage: choice.storage,
        groups: group,
    })
}

/// The axis whose indices or blocks have a factor each. Of a layer with two sides the input side is the axis that is
/// not the output's; blocks of a stack of matrices with their inputs last, as in an `LSTM`, lie along the last.
pub(crate) fn scale_axis(choice: &Choice, channel_axis: usize, shape: &[usize]) -> Option<usize> {
    let input = match choice.granularity {
        _ if choice.scale == crate::scale::ScaleRule::None => return None,
        Granularity::Tensor => return None,
        Granularity::Channel => return Some(channel_axis),
        Granularity::Block(_) if channel_axis > 0 && shape.len() == 3 => 2,
        Granularity::Input | Granularity::Block(_) => usize::from(channel_axis == 0),
    };
    Some(input).filter(|axis| *axis < shape.len())
}

/// A codebook has no range of its own: its factors bring the largest magnitude of a group to 1, then
/// one table is fitted to all of the layer.
fn codebook(survivors: &[Vec<f32>], bits: u32, choice: &Choice) -> (Grid, Scales) {
    let unit = Grid::codebook(&[-1.0, 1.0]);
    let scales = fit(survivors, &unit, choice.scale);
    let normalised: Vec<f32> = survivors
        .iter()
        .enumerate()
        .flat_map(|(group, weights)| {
            let factor = scales.factor(group);
            weights.iter().map(move |weight| weight / factor)
        })
        .collect();
    (Grid::codebook(&k_means_beside_zero(&normalised, 1 << bits)), scales)
}

/// Which factor an element has: the layout is that of [`nncompress_runtime::layout`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Groups {
    pub count: usize,
    inner: usize,
    line: usize,
    block: Option<usize>,
}

impl Groups {
    pub fn new(shape: &[usize], axis: Option<usize>, granularity: Granularity) -> Self {
        let elements = shape.iter().product::<usize>();
        let Some(axis) = axis.filter(|axis| *axis < shape.len()) else {
            return Self { count: 1, inner: elements.max(1), line: 1, block: None };
        };
        let behind = shape[axis + 1..].iter().product::<usize>();
        let Granularity::Block(length) = granularity else {
            return Self { count: shape[axis], inner: behind.max(1), line: shape[axis].max(1), block: None };
        };
        let (line, inner) = if axis == 0 { (shape[0], behind) } else { (shape[axis] * behind, 1) };
        let (length, line) = (usize::from(length.get()), line.max(1));
        let count = elements / line * line.div_ceil(length);
        Self { count, inner: inner.max(1), line, block: Some(length) }
    }

    pub const fn of(&self, index: usize) -> usize {
        let place = index / self.inner % self.line;
        match self.block {
            None => place,
            Some(length) => {
                let line = index / (self.inner * self.line) * self.inner + index % self.inner;
                line * self.line.div_ceil(length) + place / length
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::quantize;
    use crate::format::Format;
    use crate::network::Tensor;
    use crate::plan::Choice;
    use crate::scale::{Granularity, Scales};

    #[test]
    fn int8_by_channel_by_hand() {
        let weights = Tensor { shape: vec![2, 2], data: vec![1.27, -0.64, 0.0, 0.254] };
        let choice = Choice::usual(Format::Int { bits: 8 });
        let layer = quantize(&weights, 0, &choice, &[true; 4]).unwrap();
        assert_eq!(layer.scales, Scales::Real(vec![1.27 / 127.0, 0.254 / 127.0]));
        assert_eq!(layer.codes, [127, 256 - 64, 0, 127]);
        let layer =
            quantize(&weights, 1, &Choice { granularity: Granularity::Channel, ..choice }, &[true; 4])
                .unwrap();
        assert_eq!(layer.codes, [127, 256 - 127, 0, 50]);
    }

    /// A matrix and the same on its side: five inputs of two outputs in blocks of two.
    #[test]
    fn blocks_by_hand() {
        let block = "block2".parse().unwrap();
        let choice = Choice { granularity: block, ..Choice::usual(Format::Int { bits: 8 }) };
        let rows = [1.27, 0.0, 2.54, -0.02, 12.7, 0.127, 0.127, 0.254, 0.0, 0.0];
        let upright = Tensor { shape: vec![2, 5], data: rows.to_vec() };
        let aside = Tensor { shape: vec![5, 2], data: (0..10).map(|i| rows[i % 2 * 5 + i / 2]).collect() };
        let scales = [0.01, 0.02, 0.1, 0.001, 0.002, 1.0].map(|factor: f32| factor);
        for (weights, channel) in [(upright, 0), (aside, 1)] {
            let layer = quantize(&weights, channel, &choice, &[true; 10]).unwrap();
            let Scales::Real(found) = &layer.scales else { panic!() };
            assert!(found.iter().zip(&scales).all(|(a, b)| (a / b - 1.0).abs() < 1e-6), "{found:?}");
            assert_eq!((layer.axis, layer.block()), (Some(1 - channel), Some(2)));
            let values = layer.values();
            assert!(values.iter().zip(&weights.data).all(|(a, b)| (a - b).abs() < 1e-6), "{values:?}");
        }
    }

    #[test]
    fn the_pruned_do_not_count_for_the_scale() {
        let weights = Tensor { shape: vec![1, 3], data: vec![9.0, 1.27, -0.1] };
        let choice = Choice::usual(Format::Int { bits: 8 });
        let layer = quantize(&weights, 0, &choice, &[false, true, true]).unwrap();
        assert_eq!(layer.codes, [0, 127, 256 - 10]);
        assert!(quantize(&weights, 0, &Choice::FLOAT, &[true; 3]).is_none());
    }
}
