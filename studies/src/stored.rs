//! Which values of a network a device keeps between its operators, and what is left of them in few bits.

use anyhow::Context;
use fixq::{Codes, HalfToEven, Params, Range};
use nncompress::format::Format;
use nncompress::grid::{Grid, Rounding};
use nncompress::network::Network;
use nncompress::runtime::Operator;
use nncompress::scale::{Fit, ScaleRule, fit};

/// Marks the values that are kept, by their ids: the input, and what a node computes unless a `Relu` alone reads it (which
/// is part of the operator before it) or the node moves nothing (`Flatten`, `Reshape`, and a `Softmax` at the end, which
/// keeps the order of classes).
#[must_use]
pub fn stored(network: &Network) -> Vec<bool> {
    let mut kept = vec![false; network.values.len()];
    network.inputs.iter().for_each(|input| kept[input.index()] = true);
    for node in &network.nodes {
        let moves = matches!(node.operator, Operator::Flatten | Operator::Reshape | Operator::Softmax);
        for output in &node.outputs {
            let mut readers = network.nodes.iter().filter(|reader| reader.inputs.contains(&Some(*output)));
            let fused = readers.clone().count() == 1
                && readers.all(|reader| reader.operator == Operator::Relu)
                && !network.outputs.contains(output);
            kept[output.index()] = !moves && !fused;
        }
    }
    kept
}

/// How the values of one tensor are rounded.
#[derive(Clone, Debug)]
pub enum Stored {
    /// Not at all.
    Float,
    /// To a scaled grid: factor, grid.
    Grid(f32, Grid),
    /// To integer codes with a zero point.
    Affine(Params),
}

impl Stored {
    /// A rule for what was seen of a tensor. Posits get the one power of two with the least square error; integers the
    /// range from the least to the largest value, zero included, as TFLite chooses it.
    ///
    /// # Errors
    /// The format is none of float, posit and int, or the values are not finite.
    pub fn new(format: Format, seen: &[f32]) -> anyhow::Result<Self> {
        let (low, high) = seen.iter().fold((0.0f32, 0.0f32), |(low, high), x| (low.min(*x), high.max(*x)));
        match format {
            Format::Float => Ok(Self::Float),
            Format::Posit { .. } => {
                let grid = Grid::of(format, Rounding::ToZero).context("no grid")?;
                let scales = fit(&[seen.to_vec()], &grid, ScaleRule::PowerOfTwo(Fit::LeastSquares));
                Ok(Self::Grid(scales.factor(0), grid))
            }
            Format::Int { bits } => {
                let range = Range::new(low, high)?;
                Ok(Self::Affine(Params::asymmetric::<HalfToEven>(range, Codes::signed(bits)?)))
            }
            _ => anyhow::bail!("{format} has no form here"),
        }
    }

    /// Rounds values in place.
    pub fn round(&self, values: &mut [f32]) {
        let one = |x: f32| match self {
            Self::Float => x,
            Self::Grid(factor, grid) => grid.nearest(f64::from(x / factor)).1 * factor,
            Self::Affine(params) => params.dequantize(params.quantize::<HalfToEven>(x)),
        };
        values.iter_mut().for_each(|x| *x = one(*x));
    }
}

#[cfg(test)]
mod tests {
    use super::{Stored, stored};
    use nncompress::format::Format;
    use nncompress::network::{Network, Node, Source, Value, ValueId};
    use nncompress::runtime::Operator;

    fn network(operators: &[(Operator, usize)]) -> Network {
        let value = |source| Value { name: String::new(), source };
        let mut values = vec![value(Source::Input { shape: vec![None, Some(4)] })];
        values.extend(operators.iter().map(|_| value(Source::Node)));
        let id = |index: usize| ValueId(u32::try_from(index).unwrap());
        let node = |(index, (operator, input)): (usize, &(Operator, usize))| Node {
            name: index.to_string(),
            operator: *operator,
            inputs: vec![Some(id(*input))],
            outputs: vec![id(index + 1)],
            attributes: Vec::new(),
        };
        let nodes = operators.iter().enumerate().map(node).collect();
        let outputs = vec![id(operators.len())];
        Network { values, nodes, inputs: vec![id(0)], outputs, ..Network::default() }
    }

    #[test]
    fn a_relu_is_part_of_the_operator_before_it_unless_another_reads_that() {
        use Operator::{Flatten, Gemm, MaxPool, Relu};
        let chain = network(&[(Gemm, 0), (Relu, 1), (Flatten, 2), (Gemm, 3)]);
        assert_eq!(stored(&chain), [true, false, true, false, true]);
        let fork = network(&[(Gemm, 0), (Relu, 1), (MaxPool, 1)]);
        assert_eq!(stored(&fork), [true, true, true, true]);
    }

    /// -1..3 in four codes: a step of 4/3, the zero point moves the ends to -4/3 and 8/3.
    #[test]
    fn rounding_by_hand() {
        let int2 = Stored::new(Format::Int { bits: 2 }, &[-1.0, 3.0]).unwrap();
        let mut values = [-1.0, 0.0, 0.6, 2.0, 3.0];
        int2.round(&mut values);
        assert_eq!(values, [-4.0 / 3.0, 0.0, 0.0, 8.0 / 3.0, 8.0 / 3.0]);
        // posit<3,0> has 0.5, 1 and 2; the factor is 2.
        let posit3 = Stored::new(Format::Posit { n: 3, es: 0 }, &[1.0, 2.0, 4.0]).unwrap();
        let mut values = [0.4, 0.9, 2.2, 9.0, -3.5];
        posit3.round(&mut values);
        assert_eq!(values, [0.0, 1.0, 2.0, 4.0, -4.0]);
    }
}
