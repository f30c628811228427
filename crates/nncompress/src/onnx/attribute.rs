//! Attributes of nodes, in both directions.

use nncompress_runtime::{AttributeName, Operator};

use super::messages::{AttributeProto, attribute_type as kind};
use super::tensor;
use crate::network::{Attribute, Constant, Tensor};

/// Reads an attribute; the error says what about it is not supported.
pub(super) fn read(proto: &AttributeProto) -> Result<(AttributeName, Attribute), String> {
    let text = proto.name.as_deref().unwrap_or_default();
    let Some(name) = AttributeName::from_name(text) else {
        return Err(format!("the attribute {text:?} is not supported"));
    };
    if proto.ref_attr_name.as_deref().is_some_and(|reference| !reference.is_empty()) {
        return Err(format!("the attribute {text:?} refers to one of a function, which is not supported"));
    }
    let missing = || format!("the attribute {text:?} has no value of the type that it names");
    let value = match proto.r#type.unwrap_or_else(|| guess(proto)) {
        kind::FLOAT => Attribute::Float(proto.f.unwrap_or_default()),
        kind::INT => Attribute::Int(proto.i.unwrap_or_default()),
        kind::STRING => {
            let bytes = proto.s.clone().ok_or_else(missing)?;
            Attribute::Text(
                String::from_utf8(bytes).map_err(|_| format!("the attribute {text:?} is not UTF-8"))?,
            )
        }
        kind::FLOATS => Attribute::Floats(proto.floats.clone()),
        kind::INTS => Attribute::Ints(proto.ints.clone()),
        kind::TENSOR => number(proto)
            .ok_or_else(|| format!("the attribute {text:?} is a tensor of more than one number"))?,
        other => return Err(format!("the attribute {text:?} is of type {other}, which is not supported")),
    };
    Ok((name, value))
}

/// Whether an attribute names the activations that the operator has without it.
pub(super) fn says_the_usual(operator: Operator, proto: &AttributeProto) -> bool {
    let usual: &[&[u8]] = match operator {
        Operator::Lstm => &[b"Sigmoid", b"Tanh", b"Tanh"],
        Operator::Gru => &[b"Sigmoid", b"Tanh"],
        _ => return false,
    };
    proto.name.as_deref() == Some("activations")
        && !proto.strings.is_empty()
        && proto.strings.chunks(usual.len()).all(|one_direction| one_direction == usual)
}

/// The one number of a tensor, as `ConstantOfShape` has it.
fn number(proto: &AttributeProto) -> Option<Attribute> {
    match tensor::constant(proto.t.as_deref()?).ok()? {
        Constant::Float(Tensor { data, .. }) if data.len() == 1 => Some(Attribute::Float(data[0])),
        Constant::Int { data, .. } if data.len() == 1 => Some(Attribute::Int(data[0])),
        _ => None,
    }
}

/// The type of an attribute in a file that is too old to name it.
fn guess(proto: &AttributeProto) -> i32 {
    if proto.f.is_some() {
        kind::FLOAT
    } else if proto.i.is_some() {
        kind::INT
    } else if proto.s.is_some() {
        kind::STRING
    } else if !proto.floats.is_empty() {
        kind::FLOATS
    } else {
        kind::INTS
    }
}

/// Writes an attribute of a node.
pub(super) fn proto(operator: Operator, name: AttributeName, value: &Attribute) -> AttributeProto {
    let mut proto = AttributeProto { name: Some(name.name().into()), ..AttributeProto::default() };
    if operator == Operator::ConstantOfShape {
        let constant = match value {
            Attribute::Float(number) => Some(Constant::Float(Tensor { shape: vec![1], data: vec![*number] })),
            Attribute::Int(number) => Some(Constant::Int { shape: vec![1], data: vec![*number] }),
            _ => None,
        };
        if let Some(constant) = constant {
            proto.t = Some(Box::new(tensor::proto("", &constant)));
            proto.r#type = Some(kind::TENSOR);
            return proto;
        }
    }
    proto.r#type = Some(match value {
        Attribute::Int(value) => {
            proto.i = Some(*value);
            kind::INT
        }
        Attribute::Float(value) => {
            proto.f = Some(*value);
            kind::FLOAT
        }
        Attribute::Ints(values) => {
            proto.ints.clone_from(values);
            kind::INTS
        }
        Attribute::Floats(values) => {
            proto.floats.clone_from(values);
            kind::FLOATS
        }
        Attribute::Text(text) => {
            proto.s = Some(text.clone().into_bytes());
            kind::STRING
        }
    });
    proto
}
