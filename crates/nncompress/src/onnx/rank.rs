//! The number of axes of every value, as far as it follows from the operators alone.

use nncompress_runtime::{AttributeName, Operator};

use crate::network::{Attribute, Constant, Network, Node, Source, ValueId};

/// The number of axes of each value, by index; `None` where it cannot be told.
pub(crate) fn ranks(network: &Network) -> Vec<Option<usize>> {
    let mut ranks: Vec<Option<usize>> = network
        .values
        .iter()
        .map(|value| match &value.source {
            Source::Input { shape } => Some(shape.len()),
            Source::Constant(Constant::Float(tensor)) => Some(tensor.shape.len()),
            Source::Constant(Constant::Int { shape, .. }) => Some(shape.len()),
            Source::Node => None,
        })
        .collect();
    for node in &network.nodes {
        let rank = output_rank(network, node, &ranks);
        for (slot, output) in node.outputs.iter().enumerate() {
            // Further outputs: a mask or indices of the same shape, or the last state of an LSTM or GRU.
            let state = matches!(node.operator, Operator::Lstm | Operator::Gru) && slot > 0;
            if let Some(entry) = ranks.get_mut(output.index()) {
                *entry = if state { Some(3) } else { rank };
            }
        }
    }
    ranks
}

/// The number of axes of a node's first output.
fn output_rank(network: &Network, node: &Node, ranks: &[Option<usize>]) -> Option<usize> {
    let rank = |slot: usize| -> Option<usize> {
        let id = node.inputs.get(slot).copied().flatten()?;
        ranks.get(id.index()).copied().flatten()
    };
    let broadcast = || (0..node.inputs.len()).map(rank).try_fold(0, |most, rank| Some(most.max(rank?)));
    match node.operator {
        Operator::Gemm | Operator::Flatten => Some(2),
        Operator::Lstm | Operator::Gru => Some(4),
        Operator::MatMul => match (rank(0)?, rank(1)?) {
            (1, 1) => Some(0),
            (1, b) => Some(b - 1),
            (a, 1) => Some(a - 1),
            (a, b) => Some(a.max(b)),
        },
        Operator::Add | Operator::Sub | Operator::Mul | Operator::Div | Operator::Pow | Operator::Mod => {
            broadcast()
        }
        Operator::Equal | Operator::Greater | Operator::Less | Operator::Where => broadcast(),
        Operator::Min | Operator::Max | Operator::Sum | Operator::Mean => broadcast(),
        Operator::Shape | Operator::Range => Some(1),
        Operator::Gather => (rank(0)? + rank(1)?).checked_sub(1),
        Operator::Expand | Operator::ConstantOfShape => {
            let slot = usize::from(node.operator == Operator::Expand);
            let (shape, _) = int_constant(network, node, slot)?;
            Some(shape.first().copied().unwrap_or(1).max(if slot == 1 { rank(0)? } else { 0 }))
        }
        Operator::Reshape => match int_constant(network, node, 1)? {
            (shape, _) if shape.len() == 1 => Some(shape[0]),
            _ => None,
        },
        Operator::Squeeze => rank(0)?.checked_sub(axes(network, node)?),
        Operator::Unsqueeze => rank(0)?.checked_add(axes(network, node)?),
        Operator::ReduceMean
        | Operator::ReduceSum
        | Operator::ReduceMax
        | Operator::ReduceMin
        | Operator::ReduceL2 => {
            if node.int(AttributeName::Keepdims, 1) == 1 {
                rank(0)
            } else {
                let all = node.inputs.len() < 2;
                rank(0)?.checked_sub(axes(network, node).or_else(|| rank(0).filter(|_| all))?)
            }
        }
        _ => rank(0),
    }
}

/// How many axes a `Squeeze`, `Unsqueeze` or reduction names, in an attribute or a second input.
fn axes(network: &Network, node: &Node) -> Option<usize> {
    if let Some(Attribute::Ints(axes)) = node.attribute(AttributeName::Axes) {
        return Some(axes.len());
    }
    Some(int_constant(network, node, 1)?.1.len())
}

/// The integer constant at an input: its shape and elements.
fn int_constant<'a>(network: &'a Network, node: &Node, slot: usize) -> Option<(&'a [usize], &'a [i64])> {
    let ValueId(id) = node.inputs.get(slot).copied().flatten()?;
    match &network.values.get(id as usize)?.source {
        Source::Constant(Constant::Int { shape, data }) => Some((shape, data)),
        _ => None,
    }
}
