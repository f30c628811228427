//! The weight layers of an image as it codes them: what [`encode_layers`](super::encode_layers) was given.

use super::decode;
use crate::error::Error;
use crate::format::Format;
use crate::grid::{Grid, Rounding};
use crate::network::{Network, ValueId};
use crate::plan::Storage;
use crate::quantize::{Groups, Layer, Quantized};
use crate::scale::{Granularity, Scales};
use core::num::NonZeroU16;
use nncompress_runtime::{CodeFormat, Coded, Content, Image, Scale};
use std::collections::HashMap;
use std::path::Path;

/// The network of an image, as [`decode`] gives it, and its layers with their grids, factors and codes, in the order of
/// [`Network::weight_layers`]. A layer's mask marks the weights that are not zero; posits round to the nearest value, to
/// zero where it is nearest. `file` is named in errors.
///
/// # Errors
/// Those of [`decode`].
pub fn decode_layers(bytes: &[u8], file: &Path) -> Result<(Network, Vec<Layer>), Error> {
    let network = decode(bytes, file)?;
    let image = Image::parse(bytes).map_err(|source| Error::Image { file: file.to_owned(), source })?;
    let mut coded: HashMap<ValueId, Coded<'_>> = HashMap::new();
    for constant in image.constants() {
        if let Content::Coded(content) = constant.content {
            coded.insert(ValueId(constant.value), content);
        }
    }
    let layer = |id: ValueId| {
        let tensor = network.float_constant(id)?;
        Some(match coded.get(&id) {
            Some(content) => Layer::Coded(quantized(content, &tensor.shape, &tensor.data)),
            None => Layer::Float(tensor.clone()),
        })
    };
    let layers = network.weight_layers().iter().filter_map(|place| layer(place.value)).collect();
    Ok((network, layers))
}

fn quantized(coded: &Coded<'_>, shape: &[usize], values: &[f32]) -> Quantized {
    let (format, grid) = match coded.format {
        CodeFormat::Int { bits } => (Format::Int { bits }, Grid::int(bits)),
        CodeFormat::Posit { n, es } => (Format::Posit { n, es }, Grid::posit(n, es, Rounding::ToZero)),
        CodeFormat::Codebook { bits, entries } => {
            let entries: Vec<f32> =
                entries.as_chunks().0.iter().map(|entry| f32::from_le_bytes(*entry)).collect();
            (Format::Codebook { bits }, Grid::codebook(&entries))
        }
    };
    let axis = coded.scale.axis();
    let block = coded.block().and_then(|length| NonZeroU16::new(u16::try_from(length).ok()?));
    let groups = Groups::new(shape, axis, block.map_or(Granularity::Channel, Granularity::Block));
    let count = if axis.is_some() { groups.count } else { 1 };
    let scales = match coded.scale {
        Scale::None => Scales::None,
        Scale::PowerOfTwo { exponents, .. } => {
            Scales::PowerOfTwo(exponents.iter().map(|exponent| exponent.cast_signed()).collect())
        }
        scale => Scales::Real((0..count).map(|index| scale.factor(index)).collect()),
    };
    // The quotient is off by less than any distance of two values of a grid, so the nearest is the one it came from.
    let code = |(index, value): (usize, &f32)| {
        grid.nearest(f64::from(*value) / f64::from(scales.factor(groups.of(index)))).0
    };
    let codes = values.iter().enumerate().map(code).collect();
    let row = shape.iter().skip(1).product();
    let mask = values.iter().map(|value| *value != 0.0).collect();
    Quantized { format, grid, scales, axis, mask, codes, row, storage: Storage::Smallest, groups }
}

#[cfg(test)]
mod tests {
    use super::decode_layers;
    use crate::image::{encode_layers, quantize_layers};
    use crate::network::{Constant, Network, Node, Source, Tensor, Value, ValueId};
    use crate::plan::{Choice, Plan};
    use crate::prune::Scope;
    use nncompress_runtime::Operator;
    use std::path::Path;

    /// One product of 12 inputs and 10 outputs.
    fn network() -> Network {
        let data = (0..120).map(|i| (f64::from(i) * 0.7).sin() as f32).collect();
        let value = |name: &str, source| Value { name: name.to_owned(), source };
        Network {
            name: "product".to_owned(),
            values: vec![
                value("x", Source::Input { shape: vec![None, Some(12)] }),
                value("w", Source::Constant(Constant::Float(Tensor { shape: vec![12, 10], data }))),
                value("y", Source::Node),
            ],
            nodes: vec![Node {
                name: "product".to_owned(),
                operator: Operator::MatMul,
                inputs: vec![Some(ValueId(0)), Some(ValueId(1))],
                outputs: vec![ValueId(2)],
                attributes: Vec::new(),
            }],
            inputs: vec![ValueId(0)],
            outputs: vec![ValueId(2)],
            opset: 13,
        }
    }

    #[test]
    fn an_image_of_its_layers_is_the_image() {
        let network = network();
        for (format, scale, granularity) in [
            ("int4", "absmax", "channel"),
            ("int8", "none", "tensor"),
            ("posit<5,1>", "pow2", "tensor"),
            ("posit<6,0>", "mse", "block4"),
            ("codebook3", "absmax", "tensor"),
            ("float", "none", "tensor"),
        ] {
            let choice = Choice {
                scale: scale.parse().unwrap(),
                granularity: granularity.parse().unwrap(),
                sparsity: 0.4,
                ..Choice::usual(format.parse().unwrap())
            };
            let plan = Plan::uniform(&network, choice, Scope::Layer);
            let layers = quantize_layers(&network, &plan).unwrap();
            let image = encode_layers(&network, &layers.iter().collect::<Vec<_>>()).unwrap();
            let (decoded, found) = decode_layers(&image, Path::new("x.ncm")).unwrap();
            let again = encode_layers(&decoded, &found.iter().collect::<Vec<_>>()).unwrap();
            assert!(again == image, "{format}: {} and {} bytes", again.len(), image.len());
        }
    }
}
