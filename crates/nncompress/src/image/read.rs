//! Image bytes to a float network with the weights that the image stands for.

use crate::error::Error;
use crate::network::{Attribute, Constant, Network, Node, Source, Tensor, Value, ValueId};
use nncompress_runtime::{AttributeView, ConstantView, Content, Image, NodeView};
use std::path::Path;

/// Reads an image. Images hold no names: values are called `v0`, `v1`, ... and nodes by operator and
/// place, `Conv_0`. `file` is named in errors.
///
/// # Errors
/// [`Error::Image`] if the bytes are not a sound image, [`Error::ImageGraph`] if two sources claim one
/// value.
pub fn decode(bytes: &[u8], file: &Path) -> Result<Network, Error> {
    let image = Image::parse(bytes).map_err(|source| Error::Image { file: file.to_owned(), source })?;
    let mut sources: Vec<Option<Source>> = vec![None; bounded_values(&image, file)?];
    let mut claim = |index: u32, source: Source| match sources.get_mut(index as usize) {
        Some(slot) if slot.is_none() => {
            *slot = Some(source);
            Ok(())
        }
        _ => Err(Error::ImageGraph { file: file.to_owned(), value: index }),
    };
    let mut network =
        Network { name: image.name.to_owned(), opset: i64::from(image.opset), ..Network::default() };
    for input in image.inputs() {
        let length = |length: u32| if length == 0 { None } else { Some(length as usize) };
        claim(input.value, Source::Input { shape: input.dims.map(length).collect() })?;
        network.inputs.push(ValueId(input.value));
    }
    for constant in image.constants() {
        claim(constant.value, Source::Constant(content(&constant)))?;
    }
    for (index, view) in image.nodes().enumerate() {
        let node = node(&view, index);
        for output in &node.outputs {
            claim(output.0, Source::Node)?;
        }
        network.nodes.push(node);
    }
    network.outputs = image.outputs.map(ValueId).collect();
    network.values = sources
        .into_iter()
        .enumerate()
        .map(|(index, source)| {
            let value = u32::try_from(index).unwrap_or(u32::MAX);
            let source = source.ok_or_else(|| Error::ImageGraph { file: file.to_owned(), value })?;
            Ok(Value { name: format!("v{index}"), source })
        })
        .collect::<Result<_, Error>>()?;
    Ok(network)
}

/// The number of values, which is believed only as far as the file has bytes to define them: an input,
/// a constant or a node takes at least two bytes.
fn bounded_values(image: &Image<'_>, file: &Path) -> Result<usize, Error> {
    let values = image.values as usize;
    if values <= image.byte_len() {
        Ok(values)
    } else {
        Err(Error::ImageGraph { file: file.to_owned(), value: image.values })
    }
}

fn content(constant: &ConstantView<'_>) -> Constant {
    let shape = constant.dims.map(|length| length as usize).collect();
    match constant.content {
        Content::Float(floats) => Constant::Float(Tensor { shape, data: floats.collect() }),
        Content::Bfloat16(halves) => Constant::Float(Tensor { shape, data: halves.collect() }),
        Content::Coded(coded) => {
            let mut memory = vec![0; coded.memory()];
            let data = coded.values(&mut memory).into_iter().flatten().collect();
            Constant::Float(Tensor { shape, data })
        }
        Content::Int(ints) => Constant::Int { shape, data: ints.collect() },
    }
}

fn node(view: &NodeView<'_>, index: usize) -> Node {
    let attribute = |view| match view {
        AttributeView::Int(value) => Attribute::Int(value),
        AttributeView::Float(value) => Attribute::Float(value),
        AttributeView::Ints(values) => Attribute::Ints(values.collect()),
        AttributeView::Floats(values) => Attribute::Floats(values.collect()),
        AttributeView::Text(text) => Attribute::Text(text.to_owned()),
    };
    Node {
        name: format!("{}_{index}", view.operator.name()),
        operator: view.operator,
        inputs: view.inputs.map(|input| input.map(ValueId)).collect(),
        outputs: view.outputs.map(ValueId).collect(),
        attributes: view.attributes.map(|(name, view)| (name, attribute(view))).collect(),
    }
}
