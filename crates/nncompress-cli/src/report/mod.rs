//! The report: one self-contained HTML page, readable without scripts, with plots as inline SVG.

mod histogram;
pub mod joint;
mod page;
mod pareto;

pub use page::page;

use crate::layers::layer_rows;
use nncompress::network::Network;
use nncompress::plan::{Choice, Plan};
use nncompress::quantize::quantize;
use nncompress::search::Point;

/// One network in the report.
pub struct Section {
    /// The network's name.
    pub title: String,
    /// Where it and its samples came from.
    pub subtitle: String,
    /// The length of the image with all weights in float.
    pub float_bytes: usize,
    /// The accuracy of the float network, in per cent.
    pub float_accuracy: f64,
    /// Everything that was tried.
    pub points: Vec<Point>,
    /// Indices of the Pareto front, the smallest image first.
    pub front: Vec<usize>,
    /// The index of the point that was picked.
    pub picked: Option<usize>,
    /// The command that makes the picked image, if there is one.
    pub command: Option<String>,
    /// The weight layers under the picked choice.
    pub layers: Vec<Layer>,
}

/// One weight layer: its weights and the grid they are put on.
pub struct Layer {
    /// The node's name.
    pub name: String,
    /// Operator and shape.
    pub what: String,
    /// The weights before compression.
    pub weights: Vec<f32>,
    /// Factor times value, ascending, of the group with the largest factor; empty for float.
    pub grid: Vec<f32>,
    /// How many factors the layer has.
    pub groups: usize,
    /// The signal-to-noise ratio of the written weights in dB; `None` if they are exact.
    pub sqnr: Option<f64>,
}

/// The layers of `network` as `choice` writes them. (Pruning is drawn as the share within each layer.)
pub fn layers(network: &Network, choice: &Choice) -> Vec<Layer> {
    let plan = Plan::uniform(network, *choice, nncompress::prune::Scope::Layer);
    let rows = layer_rows(network);
    let work = network.weight_layers().into_iter().zip(rows).zip(plan.choices);
    work.filter_map(|((layer, row), choice)| {
        let tensor = network.float_constant(layer.value)?;
        let mask = nncompress::prune::magnitude_masks(&[&tensor.data], choice.sparsity, plan.scope).pop()?;
        let shape = row.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ");
        let quantized = quantize(tensor, layer.channel_axis, &choice, &mask);
        let (grid, groups) = quantized.as_ref().map_or((Vec::new(), 0), |quantized| {
            let groups = quantized.scales.count();
            let factor = (0..groups).map(|group| quantized.scales.factor(group)).fold(0.0, f32::max);
            (quantized.grid.values().iter().map(|value| value * factor).collect(), groups)
        });
        let written = quantized.map(|quantized| quantized.values());
        Some(Layer {
            name: row.node,
            what: format!("{} {shape}", row.operator),
            sqnr: written.and_then(|written| sqnr(&tensor.data, &written)),
            weights: tensor.data.clone(),
            grid,
            groups,
        })
    })
    .collect()
}

/// 10 log10(sum w^2 / sum (w - q)^2).
fn sqnr(weights: &[f32], written: &[f32]) -> Option<f64> {
    let signal: f64 = weights.iter().map(|w| f64::from(*w).powi(2)).sum();
    let noise: f64 = weights.iter().zip(written).map(|(w, q)| (f64::from(*w) - f64::from(*q)).powi(2)).sum();
    (noise > 0.0 && signal > 0.0).then(|| 10.0 * (signal / noise).log10())
}
