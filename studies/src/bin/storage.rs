//! What the weight layers of a network take in an image, by how their codes are stored and by what shares a factor, without
//! calibration. Prints one JSON object a layer.
//!
//! `storage MODEL --formats int5 posit5_0 --sparsities 0 0.5 0.9`

use clap::Parser;
use nncompress::fold::fold_batch_norm;
use nncompress::format::Format;
use nncompress::image::{Stored, layer_size, quantize_layers};
use nncompress::import::{ImportOptions, import_model};
use nncompress::network::{Network, WeightLayer};
use nncompress::plan::{Choice, Plan, Storage};
use nncompress::prune::Scope;
use nncompress::quantize::Layer;
use nncompress::runtime::{AttributeName, packed_bytes};
use nncompress::scale::Granularity;
use serde_json::json;
use std::path::PathBuf;

#[derive(Parser)]
struct Arguments {
    /// The model (.onnx).
    model: PathBuf,
    /// Formats.
    #[arg(long, num_args = 1.., required = true)]
    formats: Vec<Format>,
    /// Shares of weights that become zero.
    #[arg(long, num_args = 1.., default_values_t = [0.0])]
    sparsities: Vec<f64>,
    /// What shares a factor, in place of what serves the format best.
    #[arg(long)]
    granularity: Option<Granularity>,
}

/// Whether each output of a convolution reads one channel.
fn is_depthwise(network: &Network, layer: &WeightLayer) -> bool {
    let group = network.nodes[layer.node].int(AttributeName::Group, 1);
    let lone = network.float_constant(layer.value).is_some_and(|weights| weights.shape.get(1) == Some(&1));
    group > 1 && lone
}

/// The bytes of a bitmap and of the packed codes of what is not zero, in place of `packed` codes for all.
fn with_bitmap(layer: &Layer, packed: usize) -> Option<usize> {
    let Layer::Coded(coded) = layer else { return None };
    let (zero, _) = coded.grid.nearest(0.0);
    let stored = coded.codes.iter().filter(|code| **code != zero).count();
    let bits = coded.format.bits();
    let codes = packed_bytes(coded.codes.len(), bits)?;
    Some(packed - codes + packed_bytes(stored, bits)? + coded.codes.len().div_ceil(8))
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let network = fold_batch_norm(import_model(&arguments.model, &ImportOptions::default())?.network);
    let places = network.weight_layers();
    for format in &arguments.formats {
        for sparsity in &arguments.sparsities {
            let usual = Choice::usual(*format);
            let granularity = arguments.granularity.unwrap_or(usual.granularity);
            let choice = Choice { sparsity: *sparsity, granularity, ..usual };
            let layers = |storage| {
                let plan = Plan::uniform(&network, Choice { storage, ..choice }, Scope::Layer);
                quantize_layers(&network, &plan)
            };
            let (fixed, smallest) = (layers(Storage::Packed)?, layers(Storage::Smallest)?);
            for (place, (fixed, smallest)) in places.iter().zip(fixed.iter().zip(&smallest)) {
                let Layer::Coded(coded) = fixed else { continue };
                let packed = layer_size(fixed).bytes;
                let size = layer_size(smallest);
                println!(
                    "{}",
                    json!({
                        "format": format.to_string(), "sparsity": sparsity, "granularity": granularity.to_string(),
                        "node": network.nodes[place.node].name, "depthwise": is_depthwise(&network, place),
                        "weights": coded.codes.len(), "factors": coded.scales.count(), "packed": packed,
                        "bitmap": with_bitmap(fixed, packed), "smallest": size.bytes,
                        "entropy": size.stored == Stored::Entropy,
                    })
                );
            }
        }
    }
    Ok(())
}
