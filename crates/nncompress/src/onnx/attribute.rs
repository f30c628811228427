//! Attributes of nodes, in both directions.

use nncompress_runtime::AttributeName;

use super::messages::{AttributeProto, attribute_type as kind};
use crate::network::Attribute;

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
        other => return Err(format!("the attribute {text:?} is of type {other}, which is not supported")),
    };
    Ok((name, value))
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

/// Writes an attribute.
pub(super) fn proto(name: AttributeName, value: &Attribute) -> AttributeProto {
    let mut proto = AttributeProto { name: Some(name.name().into()), ..AttributeProto::default() };
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
