//! Attributes written out where ONNX lets a file leave them away.
//!
//! Readers of ONNX files differ in how well they fill in the defaults of convolutions and pools; a file
//! that gives them leaves nothing to fill in.

use nncompress_runtime::{AttributeName, Operator};

use crate::network::{Attribute, Network, Node};

/// The attributes of a node, with those of its kernel made explicit.
pub(super) fn explicit(network: &Network, node: &Node) -> Vec<(AttributeName, Attribute)> {
    let mut attributes = node.attributes.clone();
    let mut default = |name: AttributeName, values: Vec<i64>| {
        if !attributes.iter().any(|(given, _)| *given == name) {
            attributes.push((name, Attribute::Ints(values)));
        }
    };
    let convolution = matches!(node.operator, Operator::Conv | Operator::ConvTranspose);
    let kernel = if convolution {
        let weight = node.inputs.get(1).copied().flatten().and_then(|id| network.float_constant(id));
        weight
            .and_then(|weight| weight.shape.get(2..))
            .map(|kernel| kernel.iter().map(|&k| k as i64).collect())
    } else if matches!(node.operator, Operator::MaxPool | Operator::AveragePool) {
        match node.attribute(AttributeName::KernelShape) {
            Some(Attribute::Ints(kernel)) => Some(kernel.clone()),
            _ => None,
        }
    } else {
        None
    };
    let Some(kernel): Option<Vec<i64>> = kernel else { return attributes };
    let axes = kernel.len();
    default(AttributeName::KernelShape, kernel);
    default(AttributeName::Strides, vec![1; axes]);
    if convolution {
        default(AttributeName::Dilations, vec![1; axes]);
    }
    let padded_by_rule = match node.attribute(AttributeName::AutoPad) {
        Some(Attribute::Text(rule)) => rule != "NOTSET",
        _ => false,
    };
    if !padded_by_rule {
        default(AttributeName::Pads, vec![0; 2 * axes]);
    }
    attributes
}
