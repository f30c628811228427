//! An image for training elsewhere: weights, masks and grids as safetensors, and the way back.
//!
//! For each weight layer, called by its operator and place such as `Gemm_2`, the file holds
//!
//! - `Gemm_2.weight`, `f32`: the weights that the image stands for, in the shape that ONNX gives them;
//! - `Gemm_2.mask`, `u8`, the same shape: 1 where a weight is not zero;
//! - `Gemm_2.grid`, `f32`: the values of the format, ascending, and `Gemm_2.factor`, `f32`, what multiplies them: one
//!   number for the layer, or one for each index along an axis, or for each block of one; neither where the layer is float;
//! - `Gemm_2.bias`, `f32`, where it has one.
//!
//! A weight may be `factor · value` for any value of the grid where the mask is 1, and 0 elsewhere. What comes back needs
//! `weight` and may have `bias`; weights go to the nearest value of the grid, biases that changed to 16 bits.

use crate::error::Error;
use crate::image::{decode_layers, encode_layers};
use crate::network::{Constant, Network, Source, ValueId, WeightLayer};
use crate::quantize::Layer;
use crate::scale::to_bfloat16;
use bytemuck::cast_slice;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use std::path::Path;

/// What there is to say about a layer beside its tensors.
#[derive(Clone, PartialEq, Debug)]
pub struct Description {
    /// What its tensors are called by.
    pub name: String,
    /// Its operator, as ONNX calls it.
    pub operator: &'static str,
    /// The lengths of its weights.
    pub shape: Vec<usize>,
    /// Weights that are zero.
    pub zeros: usize,
    /// Its number format.
    pub format: String,
    /// The axis along which factors lie; `None` for one factor.
    pub axis: Option<usize>,
    /// The length of the blocks along that axis that have a factor each; `None` where each index has one.
    pub block: Option<usize>,
    /// Whether it has a bias.
    pub bias: bool,
}

/// What an import came to.
#[derive(Clone, PartialEq, Debug)]
pub struct Imported {
    /// The image.
    pub image: Vec<u8>,
    /// Weights that lay on no value of their grid, by more than a millionth of the largest.
    pub moved: usize,
    /// All weights.
    pub weights: usize,
}

/// The name of a layer, and its bias.
fn names(network: &Network, place: &WeightLayer) -> (String, Option<ValueId>) {
    let node = &network.nodes[place.node];
    let bias = node.inputs.get(2).copied().flatten().filter(|id| network.float_constant(*id).is_some());
    (node.name.clone(), bias)
}

/// The tensors of an image as a file of safetensors, and what they are of. `file` is named in errors.
///
/// # Errors
/// Those of [`decode_layers`]; [`Error::Model`] if the tensors cannot be written down.
pub fn to_safetensors(image: &[u8], file: &Path) -> Result<(Vec<u8>, Vec<Description>), Error> {
    let (network, layers) = decode_layers(image, file)?;
    let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    let mut descriptions = Vec::new();
    for (place, layer) in network.weight_layers().iter().zip(&layers) {
        let (name, bias) = names(&network, place);
        let shape =
            network.float_constant(place.value).map(|tensor| tensor.shape.clone()).unwrap_or_default();
        let values = layer.values();
        let mask: Vec<u8> = values.iter().map(|value| u8::from(*value != 0.0)).collect();
        let floats = |data: &[f32]| cast_slice::<f32, u8>(data).to_vec();
        let zeros = mask.iter().filter(|kept| **kept == 0).count();
        tensors.push((format!("{name}.weight"), Dtype::F32, shape.clone(), floats(&values)));
        tensors.push((format!("{name}.mask"), Dtype::U8, shape.clone(), mask));
        let (mut format, mut axis, mut block) = ("float".to_owned(), None, None);
        if let Layer::Coded(coded) = layer {
            let grid = coded.grid.values();
            let factors: Vec<f32> =
                (0..coded.scales.count()).map(|index| coded.scales.factor(index)).collect();
            tensors.push((format!("{name}.grid"), Dtype::F32, vec![grid.len()], floats(grid)));
            tensors.push((format!("{name}.factor"), Dtype::F32, vec![factors.len()], floats(&factors)));
            (format, axis, block) = (coded.format.to_string(), coded.axis, coded.block());
        }
        if let Some(tensor) = bias.and_then(|id| network.float_constant(id)) {
            tensors.push((format!("{name}.bias"), Dtype::F32, tensor.shape.clone(), floats(&tensor.data)));
        }
        let operator = network.nodes[place.node].operator.name();
        descriptions.push(Description {
            name,
            operator,
            shape,
            zeros,
            format,
            axis,
            block,
            bias: bias.is_some(),
        });
    }
    let unwritten = |error: safetensors::SafeTensorError| Error::Model {
        file: file.to_owned(),
        reason: format!("its tensors cannot be written down: {error}"),
    };
    let views: Vec<(&str, TensorView<'_>)> = tensors
        .iter()
        .map(|(name, kind, shape, data)| Ok((name.as_str(), TensorView::new(*kind, shape.clone(), data)?)))
        .collect::<Result<_, _>>()
        .map_err(unwritten)?;
    Ok((serialize(views, None).map_err(unwritten)?, descriptions))
}

/// The image with weights and biases of a file of safetensors: weights on the nearest values of the image's grids, zeros
/// where the image has zeros unless `free_zeros` says that they need not stay. `image_file` and `file` are named in errors.
///
/// # Errors
/// Those of [`decode_layers`] and of the encoder; [`Error::Model`] if the bytes are no safetensors, [`Error::Tensor`] if a
/// tensor is missing, of another type or shape, or not finite.
pub fn from_safetensors(
    image: &[u8],
    image_file: &Path,
    bytes: &[u8],
    file: &Path,
    free_zeros: bool,
) -> Result<Imported, Error> {
    let (mut network, mut layers) = decode_layers(image, image_file)?;
    let found = SafeTensors::deserialize(bytes)
        .map_err(|error| Error::Model { file: file.to_owned(), reason: error.to_string() })?;
    let (mut moved, mut weights) = (0, 0);
    for (place, layer) in network.weight_layers().iter().zip(&mut layers) {
        let (name, bias) = names(&network, place);
        let shape =
            network.float_constant(place.value).map(|tensor| tensor.shape.clone()).unwrap_or_default();
        let data = read(&found, &format!("{name}.weight"), &shape, file)?;
        weights += data.len();
        moved += snap(layer, &data, free_zeros);
        let values = layer.values();
        set(&mut network, place.value, values);
        let Some(bias) = bias else { continue };
        let name = format!("{name}.bias");
        if found.names().contains(&name.as_str()) {
            let shape = network.float_constant(bias).map(|tensor| tensor.shape.clone()).unwrap_or_default();
            let data = read(&found, &name, &shape, file)?;
            if network.float_constant(bias).is_some_and(|tensor| tensor.data != data) {
                set(&mut network, bias, data.into_iter().map(to_bfloat16).collect());
            }
        }
    }
    let image = encode_layers(&network, &layers.iter().collect::<Vec<_>>())?;
    Ok(Imported { image, moved, weights })
}

/// Puts weights on the nearest values of a layer; how many lay on none.
fn snap(layer: &mut Layer, data: &[f32], free_zeros: bool) -> usize {
    let near = 1e-6 * data.iter().fold(0.0f32, |top, weight| top.max(weight.abs()));
    let kept = |zero: bool| free_zeros || !zero;
    match layer {
        Layer::Float(tensor) => {
            let old = tensor.data.iter_mut().zip(data);
            old.for_each(|(old, weight)| *old = if kept(*old == 0.0) { *weight } else { 0.0 });
            tensor.data.iter().zip(data).filter(|(new, weight)| (*new - *weight).abs() > near).count()
        }
        Layer::Coded(coded) => {
            let zero = coded.grid.nearest(0.0).0;
            for (index, weight) in data.iter().enumerate() {
                let factor = f64::from(coded.scales.factor(coded.groups.of(index)));
                let (code, value) = coded.grid.nearest(f64::from(*weight) / factor);
                let free = kept(!coded.mask[index]);
                coded.codes[index] = if free { code } else { zero };
                coded.mask[index] = free && value != 0.0;
            }
            coded.values().iter().zip(data).filter(|(new, weight)| (*new - *weight).abs() > near).count()
        }
    }
}

fn set(network: &mut Network, id: ValueId, data: Vec<f32>) {
    if let Some(value) = network.values.get_mut(id.index())
        && let Source::Constant(Constant::Float(tensor)) = &mut value.source
    {
        tensor.data = data;
    }
}

/// A tensor of `f32` of this shape, all of it finite.
fn read(found: &SafeTensors<'_>, name: &str, shape: &[usize], file: &Path) -> Result<Vec<f32>, Error> {
    let refuse = |reason: String| Error::Tensor { file: file.to_owned(), tensor: name.to_owned(), reason };
    let tensor = found.tensor(name).map_err(|_| refuse("it is missing".into()))?;
    if tensor.dtype() != Dtype::F32 || tensor.shape() != shape {
        return Err(refuse(format!(
            "it is {:?} of shape {:?}, where F32 of shape {shape:?} belongs",
            tensor.dtype(),
            tensor.shape()
        )));
    }
    let data: Vec<f32> = tensor.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    match data.iter().position(|weight| !weight.is_finite()) {
        Some(place) => Err(refuse(format!("element {place} is {}; weights must be finite", data[place]))),
        None => Ok(data),
    }
}
