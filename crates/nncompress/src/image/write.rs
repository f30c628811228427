//! Network and plan to image bytes.

use super::bytes::{finish, leb128};
use crate::entropy;
use crate::error::Error;
use crate::format::Format;
use crate::network::{Attribute, Constant, Network, Node, Source, Tensor, ValueId};
use crate::plan::{Plan, Storage};
use crate::prune::Scope;
use crate::prune::magnitude_masks;
use crate::quantize::{Layer, Quantized, pruned, quantize};
use crate::scale::Scales;
use nncompress_runtime::{layout, packed_bytes};
use std::collections::HashMap;

/// Writes `network` with its weight layers as `plan` says. Constants that no node reads are left out.
///
/// # Errors
/// [`Error::PlanLength`] if the plan is for another network, [`Error::ImageTooLarge`] if a length does
/// not fit the format, [`Error::Sparsity`] if a sparsity is not between 0 and 1.
pub fn encode(network: &Network, plan: &Plan) -> Result<Vec<u8>, Error> {
    encode_layers(network, &quantize_layers(network, plan)?.iter().collect::<Vec<_>>())
}

/// Writes `network` with these contents of its weight layers, in the order of
/// [`Network::weight_layers`]. Constants that no node reads are left out.
///
/// # Errors
/// [`Error::PlanLength`] if there are more or fewer layers than the network has, [`Error::ImageTooLarge`]
/// if a length does not fit the format.
pub fn encode_layers(network: &Network, layers: &[&Layer]) -> Result<Vec<u8>, Error> {
    let places = network.weight_layers();
    if places.len() != layers.len() {
        return Err(Error::PlanLength { expected: places.len(), found: layers.len() });
    }
    let contents = places.iter().map(|place| place.value).zip(layers.iter().copied()).collect();
    let order = values_in_use(network);
    let mut body = Writer::default();
    body.graph(network, &order)?;
    body.constants(network, &order, &contents)?;
    body.finish()
}

/// How the codes of a layer are stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stored {
    /// One code for each weight.
    Packed,
    /// A bit for each weight, and the codes of those that are not zero.
    Bitmap,
    /// Range-coded levels.
    Entropy,
}

/// What a layer takes in an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// The bytes of its elements: kind, format, scales, storage and codes, without its place and shape. An image is as
    /// long as the sum of these over its layers, and what is the same under every plan.
    pub bytes: usize,
    /// How its codes are stored; packed for floats.
    pub stored: Stored,
}

/// What a layer takes in an image.
#[must_use]
pub fn layer_size(layer: &Layer) -> Size {
    let mut writer = Writer::default();
    let stored = writer.layer(layer);
    Size { bytes: writer.bytes.len(), stored }
}

/// Prunes and quantises each layer as `plan` says, without calibration.
///
/// # Errors
/// [`Error::PlanLength`] if the plan is for another network, [`Error::Sparsity`] if a sparsity is not
/// between 0 and 1.
pub fn quantize_layers(network: &Network, plan: &Plan) -> Result<Vec<Layer>, Error> {
    let layers = network.weight_layers();
    if layers.len() != plan.choices.len() {
        return Err(Error::PlanLength { expected: layers.len(), found: plan.choices.len() });
    }
    let tensors: Vec<&Tensor> =
        layers.iter().filter_map(|layer| network.float_constant(layer.value)).collect();
    let masks = masks(&tensors, plan)?;
    let work = layers.iter().zip(&tensors).zip(&plan.choices).zip(masks);
    Ok(work
        .map(|(((layer, tensor), choice), mask)| match quantize(tensor, layer.channel_axis, choice, &mask) {
            Some(quantized) => Layer::Coded(quantized),
            None => Layer::Float(pruned(tensor, &mask)),
        })
        .collect())
}

fn masks(tensors: &[&Tensor], plan: &Plan) -> Result<Vec<Vec<bool>>, Error> {
    if let Some(choice) = plan.choices.iter().find(|choice| !(0.0..=1.0).contains(&choice.sparsity)) {
        return Err(Error::Sparsity { found: choice.sparsity });
    }
    let alone = |(tensor, sparsity): (&&Tensor, f64)| {
        magnitude_masks(&[&tensor.data], sparsity, Scope::Layer).pop().unwrap_or_default()
    };
    let sparsities = plan.choices.iter().map(|choice| choice.sparsity);
    if plan.scope == Scope::Layer {
        return Ok(tensors.iter().zip(sparsities).map(alone).collect());
    }
    let together: Vec<usize> = (0..tensors.len()).filter(|&i| plan.choices[i].sparsity > 0.0).collect();
    let data: Vec<&[f32]> = together.iter().map(|&i| tensors[i].data.as_slice()).collect();
    let count: f64 = data.iter().map(|weights| weights.len() as f64).sum();
    let wanted: f64 = together.iter().map(|&i| plan.choices[i].sparsity * tensors[i].data.len() as f64).sum();
    let share = if count > 0.0 { wanted / count } else { 0.0 };
    let mut masks: Vec<Vec<bool>> = tensors.iter().map(|tensor| vec![true; tensor.data.len()]).collect();
    for (place, mask) in together.into_iter().zip(magnitude_masks(&data, share, Scope::Global)) {
        masks[place] = mask;
    }
    Ok(masks)
}

/// The values that nodes read or write, inputs and outputs first: their new numbers are their places.
fn values_in_use(network: &Network) -> Vec<ValueId> {
    let mut order = Vec::new();
    let mut seen = vec![false; network.values.len()];
    let nodes = network.nodes.iter().flat_map(|node| node.inputs.iter().flatten().chain(&node.outputs));
    for &id in network.inputs.iter().chain(&network.outputs).chain(nodes) {
        if !core::mem::replace(&mut seen[id.index()], true) {
            order.push(id);
        }
    }
    order
}

/// The bytes behind the header, as they grow.
#[derive(Debug, Default)]
struct Writer {
    bytes: Vec<u8>,
    numbers: HashMap<ValueId, u32>,
}

impl Writer {
    fn finish(self) -> Result<Vec<u8>, Error> {
        finish(&self.bytes, layout::VERSION)
    }

    fn graph(&mut self, network: &Network, order: &[ValueId]) -> Result<(), Error> {
        for (number, id) in order.iter().enumerate() {
            self.numbers.insert(*id, small("values", number)?);
        }
        self.text(&network.name)?;
        self.uint(network.opset.try_into().unwrap_or(0));
        self.length("values", order.len())?;
        self.length("inputs", network.inputs.len())?;
        for &id in &network.inputs {
            self.value(id);
            let Source::Input { shape } = &network.value(id).source else {
                self.uint(0);
                continue;
            };
            self.shape(&shape.iter().map(|length| length.unwrap_or(0)).collect::<Vec<_>>())?;
        }
        self.length("outputs", network.outputs.len())?;
        for &id in &network.outputs {
            self.value(id);
        }
        self.length("nodes", network.nodes.len())?;
        network.nodes.iter().try_for_each(|node| self.node(node))
    }

    fn node(&mut self, node: &Node) -> Result<(), Error> {
        self.bytes.push(node.operator.code());
        self.length("inputs of a node", node.inputs.len())?;
        for input in &node.inputs {
            self.uint(input.map_or(0, |id| self.numbers[&id] + 1));
        }
        self.length("outputs of a node", node.outputs.len())?;
        for &output in &node.outputs {
            self.value(output);
        }
        self.length("attributes", node.attributes.len())?;
        for (name, attribute) in &node.attributes {
            self.bytes.push(name.code());
            self.attribute(attribute)?;
        }
        Ok(())
    }

    fn attribute(&mut self, attribute: &Attribute) -> Result<(), Error> {
        match attribute {
            Attribute::Int(value) => {
                self.bytes.push(layout::ATTRIBUTE_INT);
                self.sint(*value);
            }
            Attribute::Float(value) => {
                self.bytes.push(layout::ATTRIBUTE_FLOAT);
                self.bytes.extend(value.to_le_bytes());
            }
            Attribute::Ints(values) => {
                self.bytes.push(layout::ATTRIBUTE_INTS);
                self.length("attribute", values.len())?;
                values.iter().for_each(|value| self.sint(*value));
            }
            Attribute::Floats(values) => {
                self.bytes.push(layout::ATTRIBUTE_FLOATS);
                self.length("attribute", values.len())?;
                self.floats(values);
            }
            Attribute::Text(text) => {
                self.bytes.push(layout::ATTRIBUTE_TEXT);
                self.text(text)?;
            }
        }
        Ok(())
    }

    fn constants(
        &mut self,
        network: &Network,
        order: &[ValueId],
        layers: &HashMap<ValueId, &Layer>,
    ) -> Result<(), Error> {
        let constants = order.iter().filter_map(|id| match &network.value(*id).source {
            Source::Constant(constant) => Some((*id, constant)),
            _ => None,
        });
        self.length("constants", constants.clone().count())?;
        for (id, constant) in constants {
            self.value(id);
            match (constant, layers.get(&id)) {
                (Constant::Float(tensor), Some(layer)) => {
                    self.shape(&tensor.shape)?;
                    self.layer(layer);
                }
                (Constant::Float(tensor), None) => {
                    self.shape(&tensor.shape)?;
                    self.float(&tensor.data);
                }
                (Constant::Int { shape, data }, _) => {
                    self.shape(shape)?;
                    self.bytes.push(layout::INT);
                    data.iter().for_each(|value| self.sint(*value));
                }
            }
        }
        Ok(())
    }

    fn layer(&mut self, layer: &Layer) -> Stored {
        match layer {
            Layer::Coded(coded) => self.coded(coded),
            Layer::Float(tensor) => {
                self.float(&tensor.data);
                Stored::Packed
            }
        }
    }

    /// Elements whose lower halves are all 0 take two bytes each, others four.
    fn float(&mut self, data: &[f32]) {
        if data.iter().all(|value| is_bfloat16(*value)) {
            self.bytes.push(layout::BFLOAT16);
            self.upper_halves(data);
        } else {
            self.bytes.push(layout::FLOAT);
            self.floats(data);
        }
    }

    fn coded(&mut self, layer: &Quantized) -> Stored {
        self.bytes.push(layout::CODED);
        self.format(layer);
        self.scales(layer);
        let bits = layer.format.bits();
        let (zero, _) = layer.grid.nearest(0.0);
        if layer.storage == Storage::Packed {
            self.bytes.push(layout::PACKED);
            self.packed(&layer.codes, bits);
            return Stored::Packed;
        }
        let stored: Vec<u16> = layer.codes.iter().copied().filter(|code| *code != zero).collect();
        let all = packed_bytes(layer.codes.len(), bits);
        let kept = packed_bytes(stored.len(), bits).map(|bytes| bytes + layer.codes.len().div_ceil(8));
        let stream = entropy::encode(&layer.levels(), layer.row);
        if Some(stream.len() + LONGEST_UINT) < all.min(kept) {
            self.bytes.push(layout::ENTROPY);
            leb128(&mut self.bytes, stream.len() as u64);
            self.bytes.extend(stream);
            Stored::Entropy
        } else if kept < all {
            self.bytes.push(layout::BITMAP);
            let bitmap = layer.codes.chunks(8).map(|codes| {
                codes.iter().enumerate().fold(0, |byte, (bit, code)| byte | u8::from(*code != zero) << bit)
            });
            self.bytes.extend(bitmap);
            self.packed(&stored, bits);
            Stored::Bitmap
        } else {
            self.bytes.push(layout::PACKED);
            self.packed(&layer.codes, bits);
            Stored::Packed
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "bits and counts of a format are at most 256")]
    fn format(&mut self, layer: &Quantized) {
        match layer.format {
            Format::Int { bits } => self.bytes.extend([layout::INT_GRID, bits as u8]),
            Format::Posit { n, es } => self.bytes.extend([layout::POSIT, n as u8, es as u8]),
            Format::Codebook { .. } | Format::Float => {
                self.bytes.extend([layout::CODEBOOK, layer.format.bits() as u8]);
                self.bytes.extend((layer.grid.values().len() as u16).to_le_bytes());
                self.floats(layer.grid.values());
            }
        }
    }

    fn scales(&mut self, layer: &Quantized) {
        let (kind, short) = match &layer.scales {
            Scales::None => return self.bytes.push(layout::NO_SCALE),
            Scales::PowerOfTwo(_) => (layout::POWER_OF_TWO, false),
            Scales::Real(factors) if factors.iter().all(|factor| is_bfloat16(*factor)) => {
                (layout::REAL_BFLOAT16, true)
            }
            Scales::Real(_) => (layout::REAL, false),
        };
        let axis = layer.axis.and_then(|axis| u8::try_from(axis).ok()).unwrap_or(layout::WHOLE_TENSOR);
        match layer.block() {
            None => self.bytes.extend([kind, axis]),
            Some(length) => {
                self.bytes.extend([kind | layout::BY_BLOCKS, axis]);
                leb128(&mut self.bytes, length as u64);
            }
        }
        match &layer.scales {
            Scales::None => {}
            Scales::PowerOfTwo(exponents) => {
                self.bytes.extend(exponents.iter().map(|exponent| exponent.cast_unsigned()));
            }
            Scales::Real(factors) if short => self.upper_halves(factors),
            Scales::Real(factors) => self.floats(factors),
        }
    }

    /// Packs codes of `bits` bits without gaps, the first one in the lowest bits.
    fn packed(&mut self, codes: &[u16], bits: u32) {
        let (mut buffer, mut filled) = (0u32, 0);
        for &code in codes {
            buffer |= u32::from(code) << filled;
            filled += bits;
            while filled >= 8 {
                self.bytes.push(buffer.to_le_bytes()[0]);
                buffer >>= 8;
                filled -= 8;
            }
        }
        if filled > 0 {
            self.bytes.push(buffer.to_le_bytes()[0]);
        }
    }

    fn floats(&mut self, values: &[f32]) {
        self.bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }

    /// Bytes 2 and 3 of each number: 1 is 0x3F80_0000, written `80 3F`.
    fn upper_halves(&mut self, values: &[f32]) {
        self.bytes.extend(values.iter().flat_map(|value| {
            let [_, _, low, high] = value.to_le_bytes();
            [low, high]
        }));
    }

    fn text(&mut self, text: &str) -> Result<(), Error> {
        self.length("text", text.len())?;
        self.bytes.extend(text.as_bytes());
        Ok(())
    }

    fn shape(&mut self, shape: &[usize]) -> Result<(), Error> {
        self.length("rank", shape.len())?;
        shape.iter().try_for_each(|length| self.length("shape", *length))
    }

    fn value(&mut self, id: ValueId) {
        self.uint(self.numbers[&id]);
    }

    fn length(&mut self, what: &'static str, length: usize) -> Result<(), Error> {
        self.uint(small(what, length)?);
        Ok(())
    }

    fn uint(&mut self, value: u32) {
        leb128(&mut self.bytes, u64::from(value));
    }

    fn sint(&mut self, value: i64) {
        leb128(&mut self.bytes, ((value << 1) ^ (value >> 63)).cast_unsigned());
    }
}

/// The bytes of the longest uint.
const LONGEST_UINT: usize = 5;

/// Whether the lower half of a number is 0, so that its upper half says all.
const fn is_bfloat16(value: f32) -> bool {
    value.to_bits() & 0xFFFF == 0
}

fn small(what: &'static str, length: usize) -> Result<u32, Error> {
    u32::try_from(length).map_err(|_| Error::ImageTooLarge { what, length })
}
