//! Batch normalisation that was not folded away, brought back to what it saw before compression.
//!
//! At inference `y = scale · (x − mean) / √(variance + ε) + b`, with statistics of `x` from training. Compressed weights
//! move and stretch `x`. On the calibration samples, channel by channel, let `x` have mean 2 and variance 4 in the float
//! network, 3 and 5 in the compressed one: with `mean + 1` and `(variance + ε) · 5/4 − ε`, `y` has the mean and variance
//! that it had. Where nothing was compressed nothing changes, however few the samples are.

use crate::network::{Constant, Network, Source, Tensor, ValueId};
use crate::scale::to_bfloat16;
use nncompress_runtime::{AttributeName, Operator};

/// A `BatchNormalization` whose statistics are constants that nothing else reads.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct BatchNorm {
    /// What it normalises.
    pub input: ValueId,
    mean: ValueId,
    variance: ValueId,
    epsilon: f64,
}

/// Mean and variance of each channel.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Channels {
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl BatchNorm {
    /// Those of a network, in the order of its nodes.
    pub fn all(network: &Network) -> Vec<Self> {
        let mut readers = vec![0u32; network.values.len()];
        let inputs = network.nodes.iter().flat_map(|node| node.inputs.iter().flatten());
        inputs.for_each(|id| readers[id.index()] += 1);
        let norms = network.nodes.iter().filter(|node| node.operator == Operator::BatchNormalization);
        let own = |id: ValueId| {
            Some(id).filter(|id| readers[id.index()] == 1 && network.float_constant(*id).is_some())
        };
        norms
            .filter_map(|node| {
                let id = |slot: usize| node.inputs.get(slot).copied().flatten();
                Some(Self {
                    input: id(0)?,
                    mean: own(id(3)?)?,
                    variance: own(id(4)?)?,
                    epsilon: f64::from(node.float(AttributeName::Epsilon, 1e-5)),
                })
            })
            .collect()
    }

    /// The constants that re-estimation changes.
    pub const fn statistics(&self) -> [ValueId; 2] {
        [self.mean, self.variance]
    }

    /// Moves the statistics in `network` by what compression did to the channels. They are rounded to numbers whose lower
    /// half is 0, as biases are. A channel that never varied keeps its variance.
    pub fn follow(&self, network: &mut Network, float: &Channels, compressed: &Channels) {
        let moved = float.mean.iter().zip(&compressed.mean).map(|(before, after)| after - before);
        update(network, self.mean, moved, |mean, by| mean + by);
        let grown = float.variance.iter().zip(&compressed.variance);
        let grown = grown.map(|(before, after)| if *before > 0.0 { after / before } else { 1.0 });
        update(network, self.variance, grown, |variance, by| {
            ((variance + self.epsilon) * by - self.epsilon).max(0.0)
        });
    }
}

fn update(network: &mut Network, id: ValueId, by: impl Iterator<Item = f64>, new: impl Fn(f64, f64) -> f64) {
    let Some(value) = network.values.get_mut(id.index()) else { return };
    let Source::Constant(Constant::Float(tensor)) = &mut value.source else { return };
    for (element, by) in tensor.data.iter_mut().zip(by) {
        *element = to_bfloat16(new(f64::from(*element), by) as f32);
    }
}

impl Channels {
    /// The channels, on the second axis, of a value over all batches.
    pub fn of(batches: &[Tensor]) -> Self {
        let count = batches.first().and_then(|batch| batch.shape.get(1)).copied().unwrap_or(0);
        let mut sums = vec![(0.0f64, 0.0f64); count];
        let mut seen = 0usize;
        for batch in batches {
            let inner = batch.shape.iter().skip(2).product::<usize>();
            for (row, elements) in batch.data.chunks_exact(inner.max(1)).enumerate() {
                let (sum, square) = &mut sums[row % count.max(1)];
                for element in elements {
                    *sum += f64::from(*element);
                    *square += f64::from(*element).powi(2);
                }
            }
            seen += batch.data.len() / count.max(1);
        }
        let seen = seen.max(1) as f64;
        let mean: Vec<f64> = sums.iter().map(|(sum, _)| sum / seen).collect();
        let variance = sums
            .iter()
            .zip(&mean)
            .map(|((_, square), mean)| (square / seen - mean * mean).max(0.0))
            .collect();
        Self { mean, variance }
    }
}

#[cfg(test)]
mod tests {
    use super::Channels;
    use crate::network::Tensor;

    #[test]
    fn channels_by_hand() {
        let batch = |data: &[f32]| Tensor { shape: vec![data.len() / 4, 2, 2], data: data.to_vec() };
        let batches = [batch(&[1.0, 3.0, -1.0, -1.0]), batch(&[1.0, 3.0, 1.0, -3.0, 1.0, 3.0, 1.0, -3.0])];
        let Channels { mean, variance } = Channels::of(&batches);
        assert_eq!(mean, [2.0, -1.0]);
        assert!((variance[0] - 1.0).abs() < 1e-12 && (variance[1] - 8.0 / 3.0).abs() < 1e-12, "{variance:?}");
    }
}
