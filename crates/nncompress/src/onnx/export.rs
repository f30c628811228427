//! A [`Network`] as an ONNX model.

use prost::Message as _;

use super::messages::{
    Dimension, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorShapeProto, TensorType,
    TypeProto, ValueInfoProto, data_type,
};
use super::{attribute, defaults, rank, tensor};
use crate::network::{Constant, Network, Source, ValueId};

/// The bytes of an ONNX file that computes `network`; see [`to_model`].
#[must_use]
pub fn to_onnx(network: &Network, as_inputs: &[ValueId]) -> Vec<u8> {
    to_model(network, as_inputs).encode_to_vec()
}

/// An ONNX model that computes `network`.
///
/// Constants in `as_inputs` become inputs of the graph, behind the network's own and in that order, so
/// that whoever runs the model feeds them; an empty list gives an ordinary model. Lengths that are chosen
/// at run time are named `N` on the first axis and `D1`, `D2`, … on the others. The kernels, strides and pads
/// of convolutions and pools are written out even where they are ONNX's defaults.
#[must_use]
pub fn to_model(network: &Network, as_inputs: &[ValueId]) -> ModelProto {
    let name =
        |id: ValueId| network.values.get(id.index()).map_or_else(String::new, |value| value.name.clone());
    let nodes = network.nodes.iter().map(|node| NodeProto {
        input: node.inputs.iter().map(|input| input.map_or_else(String::new, name)).collect(),
        output: node.outputs.iter().map(|&output| name(output)).collect(),
        name: Some(node.name.clone()),
        op_type: Some(node.operator.name().into()),
        attribute: defaults::explicit(network, node)
            .iter()
            .map(|(name, value)| attribute::proto(node.operator, *name, value))
            .collect(),
        ..NodeProto::default()
    });
    let constants = network.values.iter().enumerate().filter_map(|(index, value)| match &value.source {
        Source::Constant(constant) if !as_inputs.iter().any(|id| id.index() == index) => {
            Some(tensor::proto(&value.name, constant))
        }
        _ => None,
    });
    let ranks = rank::ranks(network);
    let graph = GraphProto {
        node: nodes.collect(),
        name: Some(if network.name.is_empty() { "network".into() } else { network.name.clone() }),
        initializer: constants.collect(),
        input: network.inputs.iter().chain(as_inputs).map(|&id| input(network, id)).collect(),
        output: network
            .outputs
            .iter()
            .map(|&id| {
                let rank = ranks.get(id.index()).copied().flatten();
                let shape = rank.map(|rank| TensorShapeProto { dim: vec![Dimension::default(); rank] });
                value_info(&name(id), data_type::FLOAT, shape)
            })
            .collect(),
        ..GraphProto::default()
    };
    ModelProto {
        ir_version: Some(8),
        producer_name: Some("nncompress".into()),
        producer_version: Some(env!("CARGO_PKG_VERSION").into()),
        graph: Some(Box::new(graph)),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(network.opset) }],
        ..ModelProto::default()
    }
}

/// The declaration of a network input, or of a constant that is to be fed.
fn input(network: &Network, id: ValueId) -> ValueInfoProto {
    let Some(value) = network.values.get(id.index()) else { return ValueInfoProto::default() };
    let fixed = |shape: &[usize]| Some(shape.iter().map(|&length| Some(length)).collect());
    let (number, shape) = match &value.source {
        Source::Input { shape } => (data_type::FLOAT, Some(shape.clone())),
        Source::Constant(Constant::Float(tensor)) => (data_type::FLOAT, fixed(&tensor.shape)),
        Source::Constant(Constant::Int { shape, .. }) => (data_type::INT64, fixed(shape)),
        Source::Node => (data_type::FLOAT, None),
    };
    let dimension = |(axis, length): (usize, Option<usize>)| match length {
        Some(length) => Dimension { dim_value: Some(length as i64), ..Dimension::default() },
        None => {
            let name = if axis == 0 { "N".into() } else { format!("D{axis}") };
            Dimension { dim_param: Some(name), ..Dimension::default() }
        }
    };
    let shape = shape
        .map(|lengths| TensorShapeProto { dim: lengths.into_iter().enumerate().map(dimension).collect() });
    value_info(&value.name, number, shape)
}

/// A name with the type of a tensor.
fn value_info(name: &str, number: i32, shape: Option<TensorShapeProto>) -> ValueInfoProto {
    ValueInfoProto {
        name: Some(name.into()),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorType { elem_type: Some(number), shape }),
            ..TypeProto::default()
        }),
        ..ValueInfoProto::default()
    }
}
