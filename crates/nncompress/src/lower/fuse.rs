//! Which nodes disappear into the one before: biases and clamps.
//!
//! An int8 operator adds a bias to its sums and clamps its codes at no cost. So an `Add` of one constant for each output
//! behind a convolution or a product of matrices becomes its bias, and a `Relu` or `Clip` behind an operator that rounds
//! its output becomes its range, where nothing else reads what stands between.

use super::function::clamp;
use crate::network::{Network, Node, Tensor, ValueId};
use nncompress_runtime::Operator;

/// A node with what disappears into it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Chain {
    /// What the last of the nodes computes.
    pub last: ValueId,
    /// A constant that is added to the outputs.
    pub bias: Option<ValueId>,
    /// The ends of the output.
    pub clamp: Option<(f64, f64)>,
}

/// For each node that stays, what disappears into it.
pub(super) fn chains(network: &Network) -> Vec<Option<Chain>> {
    let mut gone = vec![false; network.nodes.len()];
    let mut chains = Vec::with_capacity(network.nodes.len());
    for (index, node) in network.nodes.iter().enumerate() {
        let chain = match node.outputs.first() {
            Some(&last) if !gone[index] => Some(chain(network, node, last, &mut gone)),
            _ => None,
        };
        chains.push(chain);
    }
    chains
}

fn chain(network: &Network, node: &Node, last: ValueId, gone: &mut [bool]) -> Chain {
    let mut chain = Chain { last, bias: None, clamp: None };
    let linear = matches!(node.operator, Operator::Conv | Operator::Gemm | Operator::MatMul);
    while let Some(index) = only_reader(network, chain.last) {
        let reader = &network.nodes[index];
        let Some(&next) = reader.outputs.first() else { break };
        if linear && chain.bias.is_none() && reader.operator == Operator::Add {
            let Some(bias) = added(network, reader, chain.last, node.operator) else { break };
            (chain.bias, chain.last) = (Some(bias), next);
        } else if linear || rounds(network, node) {
            let Some(ends) = clamp(network, reader) else { break };
            (chain.clamp, chain.last) = (Some(ends), next);
            gone[index] = true;
            break;
        } else {
            break;
        }
        gone[index] = true;
    }
    chain
}

/// The node that reads a value, if nothing else does.
fn only_reader(network: &Network, value: ValueId) -> Option<usize> {
    let mut readers = network.nodes.iter().enumerate().filter(|(_, node)| node.inputs.contains(&Some(value)));
    let (index, _) = readers.next()?;
    let alone = readers.next().is_none() && !network.outputs.contains(&value);
    alone.then_some(index)
}

/// The constant that an `Add` adds to a value, if it has one number, or one for each output of an operator.
fn added(network: &Network, add: &Node, value: ValueId, operator: Operator) -> Option<ValueId> {
    let [Some(a), Some(b)] = *add.inputs else { return None };
    let other = if a == value { b } else { a };
    let Tensor { shape, data } = network.float_constant(other)?;
    // `[outputs, 1, 1]` behind a convolution of images, `[outputs]` behind a product.
    let behind = shape.iter().rev().take_while(|length| **length == 1).count();
    let positions = if operator == Operator::Conv { behind >= 1 } else { true };
    let fits = data.len() == 1 || (positions && shape.iter().filter(|length| **length != 1).count() == 1);
    let aligned = operator == Operator::Conv || behind == 0 || data.len() == 1;
    (fits && aligned).then_some(other)
}

/// Whether an operator's codes are clamped when they are made; one of an activation and a constant may become a table.
fn rounds(network: &Network, node: &Node) -> bool {
    let constant = |id: &Option<ValueId>| id.is_some_and(|id| network.float_constant(id).is_some());
    match node.operator {
        Operator::Add | Operator::Sub | Operator::Mul => !node.inputs.iter().any(constant),
        Operator::AveragePool
        | Operator::MaxPool
        | Operator::GlobalAveragePool
        | Operator::GlobalMaxPool
        | Operator::ReduceMean => true,
        _ => false,
    }
}
