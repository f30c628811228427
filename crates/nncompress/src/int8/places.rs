//! Where tensors lie in the codes: an offset for each, so that tensors that live at once do not meet.
//!
//! *The largest tensors are placed first, each at the lowest offset that is free for the whole of its life.*
//! That greedy order is within a few per cent of the largest sum of living tensors on the networks we tried.

use super::{Int8Network, Operation};
use nncompress_runtime::program::Place;

/// The tensors' places, and how many codes there are.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Places {
    pub(super) tensors: Vec<Place>,
    pub(super) codes: usize,
}

/// Steps from the first in which something is written to the last in which it is read.
#[derive(Clone, Copy, Debug)]
struct Life {
    from: usize,
    to: usize,
}

/// The tensor whose codes each tensor shares: its own, or, of a reshape, those of what is reshaped.
pub(super) fn roots(network: &Int8Network) -> Vec<usize> {
    let mut roots: Vec<usize> = (0..network.tensors.len()).collect();
    for node in &network.nodes {
        if node.operation == Operation::Reshape {
            roots[node.output] = roots[node.inputs[0]];
        }
    }
    roots
}

/// Places all tensors of a network.
pub(super) fn places(network: &Int8Network) -> Places {
    let roots = roots(network);
    // Inputs live from the start; outputs, to the end. Step 0 is before the first node.
    let mut lives: Vec<Option<Life>> = vec![None; network.tensors.len()];
    let mut live = |tensor: usize, step: usize| {
        let life = lives[roots[tensor]].get_or_insert(Life { from: step, to: step });
        life.to = life.to.max(step);
    };
    network.inputs.iter().for_each(|&input| live(input, 0));
    for (step, node) in (1..).zip(&network.nodes) {
        node.inputs.iter().for_each(|&input| live(input, step));
        live(node.output, step);
    }
    network.outputs.iter().for_each(|&output| live(output, network.nodes.len() + 1));
    let mut order: Vec<(usize, Life)> =
        lives.iter().enumerate().filter_map(|(tensor, life)| life.map(|life| (tensor, life))).collect();
    order.sort_by_key(|&(tensor, life)| {
        (core::cmp::Reverse(network.tensors[tensor].len()), life.from, tensor)
    });
    let mut placed: Vec<(Place, Life)> = Vec::new();
    let mut tensors = vec![Place::default(); network.tensors.len()];
    for (tensor, life) in order {
        let length = network.tensors[tensor].len();
        let mut busy: Vec<Place> = placed
            .iter()
            .filter(|(_, other)| other.from <= life.to && life.from <= other.to)
            .map(|(place, _)| *place)
            .collect();
        busy.sort_by_key(|place| place.offset);
        let offset = busy.iter().fold(0, |offset, place| {
            if (Place { offset, length }).meets(*place) { place.range().end.max(offset) } else { offset }
        });
        tensors[tensor] = Place { offset, length };
        placed.push((tensors[tensor], life));
    }
    let own = tensors.clone();
    for (place, &root) in tensors.iter_mut().zip(&roots) {
        *place = own[root];
    }
    let codes = placed.iter().map(|(place, _)| place.range().end).max().unwrap_or(0);
    Places { tensors, codes }
}
