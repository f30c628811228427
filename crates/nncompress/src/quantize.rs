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
    /// The axis whose indices have a factor each; `None` for one factor.
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
    let group = Groups::new(&weights.shape, axis);
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

/// The axis whose indices have a factor each. Of a layer with two sides the input side is the axis that is
/// not the output's.
pub(crate) fn scale_axis(choice: &Choice, channel_axis: usize, shape: &[usize]) -> Option<usize> {
    match choice.granularity {
        _ if choice.scale == crate::scale::ScaleRule::None => None,
        Granularity::Tensor => None,
        Granularity::Channel => Some(channel_axis),
        Granularity::Input => Some(usize::from(channel_axis == 0)).filter(|axis| *axis < shape.len()),
    }
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

/// Which factor an element has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Groups {
    pub count: usize,
    inner: usize,
}

impl Groups {
    pub fn new(shape: &[usize], axis: Option<usize>) -> Self {
        match axis.filter(|axis| *axis < shape.len()) {
            None => Self { count: 1, inner: shape.iter().product::<usize>().max(1) },
            Some(axis) => {
                Self { count: shape[axis], inner: shape[axis + 1..].iter().product::<usize>().max(1) }
            }
        }
    }

    pub const fn of(&self, index: usize) -> usize {
        index / self.inner % self.count
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

    #[test]
    fn the_pruned_do_not_count_for_the_scale() {
        let weights = Tensor { shape: vec![1, 3], data: vec![9.0, 1.27, -0.1] };
        let choice = Choice::usual(Format::Int { bits: 8 });
        let layer = quantize(&weights, 0, &choice, &[false, true, true]).unwrap();
        assert_eq!(layer.codes, [0, 127, 256 - 10]);
        assert!(quantize(&weights, 0, &Choice::FLOAT, &[true; 3]).is_none());
    }
}
