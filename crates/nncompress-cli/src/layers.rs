//! What there is to say about each weight layer.

use nncompress::network::{Network, WeightLayer};
use nncompress::runtime::CodeFormat;
use serde::Serialize;

/// One weight layer.
#[derive(Serialize, Debug)]
pub struct LayerRow {
    /// The node that reads the weights.
    pub node: String,
    /// The operator.
    pub operator: &'static str,
    /// The weights' name.
    pub weight: String,
    /// The weights' lengths.
    pub shape: Vec<usize>,
    /// How many weights there are.
    pub count: usize,
    /// The smallest weight.
    pub min: f32,
    /// The largest weight.
    pub max: f32,
    /// The share of exact zeros.
    pub zeros: f64,
    /// Zero-order entropy in bits a weight, of the values as they are.
    pub entropy: f64,
}

/// Describes every weight layer.
pub fn layer_rows(network: &Network) -> Vec<LayerRow> {
    network.weight_layers().iter().filter_map(|layer| row(network, layer)).collect()
}

fn row(network: &Network, layer: &WeightLayer) -> Option<LayerRow> {
    let tensor = network.float_constant(layer.value)?;
    let node = &network.nodes[layer.node];
    let zeros = tensor.data.iter().filter(|weight| **weight == 0.0).count();
    Some(LayerRow {
        node: node.name.clone(),
        operator: node.operator.name(),
        weight: network.value(layer.value).name.clone(),
        shape: tensor.shape.clone(),
        count: tensor.data.len(),
        min: tensor.data.iter().copied().fold(f32::INFINITY, f32::min),
        max: tensor.data.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        zeros: zeros as f64 / tensor.data.len().max(1) as f64,
        entropy: entropy(&tensor.data),
    })
}

/// Zero-order entropy: the bits a weight that no code without context goes below.
fn entropy(weights: &[f32]) -> f64 {
    let mut sorted: Vec<f32> = weights.to_vec();
    sorted.sort_by(f32::total_cmp);
    let total = weights.len() as f64;
    sorted
        .chunk_by(|a, b| a == b)
        .map(|run| {
            let share = run.len() as f64 / total;
            -share * share.log2()
        })
        .sum()
}

/// A code format by its name.
pub fn format_name(format: CodeFormat<'_>) -> String {
    match format {
        CodeFormat::Int { bits } => format!("int{bits}"),
        CodeFormat::Posit { n, es } => format!("posit<{n},{es}>"),
        CodeFormat::Codebook { bits, .. } => format!("codebook{bits}"),
    }
}

#[cfg(test)]
mod tests {
    use super::entropy;

    #[test]
    fn entropy_by_hand() {
        assert_eq!(entropy(&[1.0, 1.0]), 0.0);
        assert_eq!(entropy(&[0.0, 1.0, 2.0, 3.0]), 2.0);
        assert_eq!(entropy(&[0.0, 0.0, 1.0, 2.0]), 1.5);
        assert_eq!(entropy(&[]), 0.0);
    }
}
