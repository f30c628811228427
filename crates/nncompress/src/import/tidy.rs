//! Removes what computes nothing from a network.

use nncompress_runtime::Operator;

use crate::network::{Network, Source, ValueId};

/// Removes `Identity` and (inference) `Dropout` nodes: their readers read what they read.
///
/// If the output of such a node is a network output, the value before it takes over its name; a node
/// between a network input or constant and a network output stays.
pub(super) fn bypass(mut network: Network) -> Network {
    // What each value stands for; nodes are in topological order, so one pass follows chains.
    let mut stands_for: Vec<ValueId> = (0..network.values.len()).map(|index| ValueId(index as u32)).collect();
    let nodes = core::mem::take(&mut network.nodes);
    for mut node in nodes {
        for input in node.inputs.iter_mut().flatten() {
            *input = stands_for[input.index()];
        }
        if let (Operator::Identity | Operator::Dropout, Some(&Some(from)), Some(&to)) =
            (node.operator, node.inputs.first(), node.outputs.first())
        {
            let is_output = |id| network.outputs.contains(&id);
            let renamed = is_output(to);
            if !renamed {
                stands_for[to.index()] = from;
                continue;
            }
            if matches!(network.values[from.index()].source, Source::Node) && !is_output(from) {
                let name = core::mem::take(&mut network.values[to.index()].name);
                let inner = core::mem::replace(&mut network.values[from.index()].name, name);
                network.values[to.index()].name = inner;
                for output in &mut network.outputs {
                    if *output == to {
                        *output = from;
                    }
                }
                stands_for[to.index()] = from;
                continue;
            }
        }
        network.nodes.push(node);
    }
    network
}

/// Drops values that no node computes or reads and that are neither input nor output.
pub(crate) fn compact(mut network: Network) -> Network {
    let mut used = vec![false; network.values.len()];
    let of_nodes =
        network.nodes.iter().flat_map(|node| node.inputs.iter().flatten().chain(&node.outputs)).copied();
    for id in of_nodes.chain(network.inputs.iter().copied()).chain(network.outputs.iter().copied()) {
        used[id.index()] = true;
    }
    let mut next = 0;
    let new: Vec<ValueId> = used
        .iter()
        .map(|&used| {
            next += u32::from(used);
            ValueId(next.saturating_sub(1))
        })
        .collect();
    let mut keep = used.iter();
    network.values.retain(|_| keep.next() == Some(&true));
    let ids =
        network.nodes.iter_mut().flat_map(|node| node.inputs.iter_mut().flatten().chain(&mut node.outputs));
    for id in ids.chain(&mut network.inputs).chain(&mut network.outputs) {
        *id = new[id.index()];
    }
    network
}
