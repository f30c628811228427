//! What a layer costs to run: an estimate of instructions on a Cortex-M4 without SIMD, for the third axis of a front.
//!
//! The model: each row of weights is decoded once a sample into numbers of 16 bits, then multiplied at every position
//! that it serves, so that
//!
//! ```text
//! instructions = weights · decode(storage, format) + min(DENSE · multiply-adds, SPARSE · those of survivors)
//! ```
//!
//! A convolution of 16 weights at 100 positions, 5-bit codes packed: 16 · 4.15 + 1,600 · 5.05 = 8,146.
//!
//! `DENSE`, `TABLE`, `UNPACK` and `FLOAT` come from instructions counted in an emulator for plain C loops at
//! `-O2`: int8 by int8 takes 5.05 a multiply-add, one byte through a table 6.05, 5-bit codes packed in words through a
//! table 9.2, float with an FPU 6.04. `SPARSE`, `BITMAP` and `DECISION` are counted by hand from the loops that
//! they stand for. None was measured on the kernels of the runtime: the figures order plans, they do not predict time.
//! What no choice changes (activations, requantisation, pooling) is left out.

use crate::engine::{Engine, RtenEngine};
use crate::format::Format;
use crate::image::{Stored, layer_size};
use crate::network::{Network, Source, Tensor, WeightLayer};
use crate::quantize::{Layer, Quantized};
use nncompress_runtime::Operator;

/// A multiply-add of a decoded weight.
const DENSE: f64 = 5.05;
/// A multiply-add of a weight that stands in a list with its place.
const SPARSE: f64 = 7.05;
/// A multiply-add in float, with an FPU.
const FLOAT: f64 = 6.04;
/// A code to its value.
const TABLE: f64 = 1.0;
/// A code of fewer than 8 bits out of a word, and to its value.
const UNPACK: f64 = 4.15;
/// A bit of a bitmap.
const BITMAP: f64 = 3.0;
/// A binary decision of the range decoder, with its two estimates of the probability.
const DECISION: f64 = 30.0;

/// The multiply-adds of each weight layer for one sample.
#[derive(Clone, PartialEq, Debug)]
pub struct Work {
    multiply_adds: Vec<Option<u64>>,
}

impl Work {
    /// Runs the network once on zeros to see how large the layers' outputs are. Where it does not run, nothing is
    /// known.
    #[must_use]
    pub fn of(network: &Network) -> Self {
        let layers = network.weight_layers();
        let known = shapes(network, &layers).unwrap_or_default();
        let work = |(index, layer): (usize, &WeightLayer)| {
            let weights = &network.float_constant(layer.value)?.shape;
            multiply_adds(network.nodes[layer.node].operator, weights, known.get(index)?)
        };
        Self { multiply_adds: layers.iter().enumerate().map(work).collect() }
    }

    /// Those of a layer, if they are known.
    #[must_use]
    pub fn multiply_adds(&self, layer: usize) -> Option<u64> {
        self.multiply_adds.get(layer).copied().flatten()
    }

    /// The instructions that a layer takes for one sample as it is written; `None` if its multiply-adds are not known.
    #[must_use]
    pub fn instructions(&self, layer: usize, content: &Layer) -> Option<u64> {
        let multiply_adds = self.multiply_adds(layer)? as f64;
        let estimate = match content {
            Layer::Float(_) => FLOAT * multiply_adds,
            Layer::Coded(coded) => {
                let zero = coded.grid.nearest(0.0).0;
                let survivors = coded.codes.iter().filter(|code| **code != zero).count() as f64;
                let share = survivors / coded.codes.len().max(1) as f64;
                let products = (DENSE * multiply_adds).min(SPARSE * multiply_adds * share);
                products + decoding(coded, layer_size(content).stored, survivors)
            }
        };
        Some(estimate.round() as u64)
    }
}

/// What it takes to decode all weights of a layer once.
fn decoding(coded: &Quantized, stored: Stored, survivors: f64) -> f64 {
    let code = match coded.format {
        Format::Int { bits: 8 } => 0.0,
        format if format.bits() == 8 => TABLE,
        _ => UNPACK,
    };
    let weights = coded.codes.len() as f64;
    match stored {
        Stored::Packed => weights * code,
        Stored::Bitmap => weights * BITMAP + survivors * code,
        Stored::Entropy => coded.levels().into_iter().map(|level| DECISION * decisions(level) + TABLE).sum(),
    }
}

/// Is it zero; if not its sign, its length one by one, and the bits below the leading one.
fn decisions(level: i16) -> f64 {
    match level.unsigned_abs() {
        0 => 1.0,
        magnitude => f64::from(2 * (u16::BITS - magnitude.leading_zeros()) + 1),
    }
}

/// The shapes of each layer's input and output for one sample.
fn shapes(network: &Network, layers: &[WeightLayer]) -> Option<Vec<[Vec<usize>; 2]>> {
    let input = network.inputs.first()?;
    let Source::Input { shape } = &network.value(*input).source else { return None };
    let shape: Vec<usize> = shape.iter().map(|length| length.unwrap_or(1)).collect();
    let zeros = Tensor { data: vec![0.0; shape.iter().product()], shape };
    let mut wanted = Vec::new();
    for layer in layers {
        let node = &network.nodes[layer.node];
        wanted.extend([*node.inputs.first()?.as_ref()?, *node.outputs.first()?]);
    }
    let values = RtenEngine::new(network, &[]).ok()?.run(&zeros, &[], &wanted).ok()?;
    let samples = zeros.shape.first().copied().unwrap_or(1).max(1);
    let of_one = |value: &Tensor| {
        let mut shape = value.shape.clone();
        if let Some(first) = shape.first_mut() {
            *first = first.div_ceil(samples);
        }
        shape
    };
    Some(values.chunks_exact(2).map(|pair| [of_one(&pair[0]), of_one(&pair[1])]).collect())
}

/// Every weight is used once at each position: of the output, or for what goes the other way, of the input.
fn multiply_adds(operator: Operator, weights: &[usize], [input, output]: &[Vec<usize>; 2]) -> Option<u64> {
    let count = |shape: &[usize]| shape.iter().product::<usize>();
    let positions = match operator {
        Operator::Conv => count(output) / (*weights.first()?).max(1),
        Operator::ConvTranspose => count(input) / (*weights.first()?).max(1),
        Operator::Lstm | Operator::Gru => *input.first()?,
        _ => count(output) / (*output.last()?).max(1),
    };
    Some((count(weights) * positions) as u64)
}

#[cfg(test)]
mod tests {
    use super::{decisions, multiply_adds};
    use nncompress_runtime::Operator;

    #[test]
    fn by_hand() {
        let of = |operator, weights: &[usize], input: &[usize], output: &[usize]| {
            multiply_adds(operator, weights, &[input.to_vec(), output.to_vec()])
        };
        // The first layer of ResNet-8: 432 weights at 1,024 positions.
        assert_eq!(of(Operator::Conv, &[16, 3, 3, 3], &[1, 3, 32, 32], &[1, 16, 32, 32]), Some(442_368));
        // Depthwise: 9 weights a channel.
        assert_eq!(of(Operator::Conv, &[8, 1, 3, 3], &[1, 8, 10, 10], &[1, 8, 5, 5]), Some(72 * 25));
        assert_eq!(of(Operator::Gemm, &[10, 64], &[1, 64], &[1, 10]), Some(640));
        assert_eq!(of(Operator::MatMul, &[64, 10], &[1, 7, 64], &[1, 7, 10]), Some(4480));
        assert_eq!(of(Operator::ConvTranspose, &[4, 2, 3, 3], &[1, 4, 5, 5], &[1, 2, 11, 11]), Some(72 * 25));
        // Level -6: not zero, negative, longer than one bit, than two, not than three, and the bits 1 and 0.
        assert_eq!((decisions(-6), decisions(0), decisions(1)), (7.0, 1.0, 3.0));
    }
}
