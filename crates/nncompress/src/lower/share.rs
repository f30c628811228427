//! Scales and zero points: one for each value, except where an operator only moves codes.

use super::Options;
use super::function::Function;
use super::fuse::Chain;
use super::observe::{Observer, Seen};
use super::{RangeRule, graph::refuse};
use crate::error::Error;
use crate::network::{Network, Node, ValueId};
use fixq::{Codes, Params};
use nncompress_runtime::Operator;
use std::collections::BTreeMap;

/// The parameters of each value that is fed, or that a chain computes.
pub(super) fn params(
    network: &Network,
    chains: &[Option<Chain>],
    observer: &Observer<'_>,
    options: &Options,
) -> Result<BTreeMap<ValueId, Params>, Error> {
    let mut classes = Classes { parent: network.inputs.iter().map(|&input| (input, input)).collect() };
    // Values whose range is their own: what is fed, and what an operator rounds.
    let mut sources: Vec<ValueId> = network.inputs.clone();
    let mut fixed: BTreeMap<ValueId, (Params, &Node)> = BTreeMap::new();
    for (node, chain) in network.nodes.iter().zip(chains) {
        let Some(chain) = chain else { continue };
        let inputs = node.inputs.iter().flatten().copied().filter(|input| classes.parent.contains_key(input));
        let inputs: Vec<ValueId> = inputs.collect();
        classes.parent.insert(chain.last, chain.last);
        match node.operator {
            _ if moves(node.operator) => {
                inputs.iter().take(1).for_each(|&input| classes.join(chain.last, input));
            }
            Operator::Concat => inputs.iter().for_each(|&input| classes.join(chain.last, input)),
            _ => {
                sources.push(chain.last);
                let known = match node.operator {
                    Operator::Softmax => Some((1.0 / 256.0, -128)),
                    _ => Function::of(network, node).and_then(|function| function.fixed),
                };
                if let Some((scale, zero_point)) = known {
                    let params = Params::new(scale, zero_point, Codes::INT8);
                    let params = params.map_err(|error| refuse(node, error.to_string()))?;
                    fixed.insert(chain.last, (params, node));
                }
            }
        }
    }
    let seen = observer.histograms(&sources)?;
    let mut merged: BTreeMap<ValueId, (Seen, usize)> = BTreeMap::new();
    for (&source, seen) in sources.iter().zip(seen) {
        let entry = merged.entry(classes.root(source)).or_default();
        entry.0.merge(&seen);
        entry.1 += 1;
    }
    let mut of_class = BTreeMap::new();
    for (root, (seen, count)) in merged {
        let fed = network.inputs.iter().any(|&input| classes.root(input) == root);
        let rule = if fed { RangeRule::MinMax } else { options.range };
        let bounded = fixed.iter().find(|(value, _)| classes.root(**value) == root);
        let params = match bounded {
            Some((_, (params, _))) if count == 1 => Ok(*params),
            Some((_, (_, node))) if node.operator == Operator::Softmax => {
                return Err(refuse(node, "its output is joined with other tensors, which have other scales"));
            }
            _ => seen.params(rule),
        };
        let node = || network.value(root).name.clone();
        of_class.insert(root, params.map_err(|source| Error::Int8 { node: node(), source })?);
    }
    let values: Vec<ValueId> = classes.parent.keys().copied().collect();
    let found = |value: ValueId| of_class.get(&classes.root(value)).map(|params| (value, *params));
    Ok(values.into_iter().filter_map(found).collect())
}

/// Whether the output's codes are codes of the input.
const fn moves(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::MaxPool
            | Operator::GlobalMaxPool
            | Operator::AveragePool
            | Operator::Pad
            | Operator::Identity
            | Operator::Dropout
            | Operator::Flatten
            | Operator::Reshape
            | Operator::Squeeze
            | Operator::Unsqueeze
            | Operator::Transpose
    )
}

/// Values that share their parameters.
struct Classes {
    parent: BTreeMap<ValueId, ValueId>,
}

impl Classes {
    fn root(&self, value: ValueId) -> ValueId {
        match self.parent.get(&value) {
            Some(&parent) if parent != value => self.root(parent),
            _ => value,
        }
    }

    fn join(&mut self, a: ValueId, b: ValueId) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent.insert(a, b);
    }
}
