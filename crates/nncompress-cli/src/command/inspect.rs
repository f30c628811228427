//! `nncompress inspect`: the layers of a model or an image.

use super::{Answer, int8};
use crate::arguments::{Common, Inspect};
use crate::failure::Failure;
use crate::layers::{format_name, layer_rows};
use crate::model::{Loaded, load};
use crate::table::table;
use nncompress::runtime::{Content, Image, Storage};
use serde_json::{Value, json};

pub fn run(flags: &Inspect, common: &Common) -> Result<Answer, Failure> {
    if let Some(int8) = int8::open(&flags.file)? {
        return int8::inspect(&int8, flags);
    }
    let loaded = load(&flags.file, flags.model, common)?;
    let layers = layer_rows(&loaded.network);
    let stored = stored(&loaded);
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let (format, bytes) = stored.get(index).cloned().unwrap_or(("float".to_owned(), layer.count * 4));
        let shape = layer.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
        rows.push(vec![
            layer.node.clone(),
            layer.operator.to_owned(),
            shape,
            layer.count.to_string(),
            format!("{:.4}", layer.min),
            format!("{:.4}", layer.max),
            format!("{:.1} %", layer.zeros * 100.0),
            format!("{:.2}", layer.entropy),
            format.clone(),
            bytes.to_string(),
        ]);
        let mut object = serde_json::to_value(layer).map_err(anyhow::Error::from)?;
        object["format"] = json!(format);
        object["bytes"] = json!(bytes);
        objects.push(object);
    }
    let header = ["node", "operator", "shape", "weights", "min", "max", "zero", "entropy", "format", "bytes"];
    let weights: usize = layers.iter().map(|layer| layer.count).sum();
    let text = format!(
        "{}{} nodes, {} weight layers, {weights} weights, {} bytes in the file\n",
        table(&header, &rows),
        loaded.network.nodes.len(),
        layers.len(),
        loaded.bytes
    );
    let json: Value = json!({
        "schema": 1, "file": flags.file.display().to_string(), "bytes": loaded.bytes,
        "name": loaded.network.name, "nodes": loaded.network.nodes.len(), "weights": weights,
        "layers": objects,
    });
    Ok(Answer { text, json })
}

/// For an image, the format and the bytes of each weight layer, in their order.
fn stored(loaded: &Loaded) -> Vec<(String, usize)> {
    let Some(image) = loaded.image.as_deref().and_then(|bytes| Image::parse(bytes).ok()) else {
        return Vec::new();
    };
    let describe = |id: u32, count: usize| match image.constants().find(|c| c.value == id).map(|c| c.content)
    {
        Some(Content::Coded(coded)) => {
            let storage = match coded.storage {
                Storage::Packed { .. } => "",
                Storage::Bitmap { .. } => " + bitmap",
                Storage::Entropy { .. } => " + entropy",
            };
            (format!("{}{storage}", format_name(coded.format)), coded.bytes())
        }
        _ => ("float".to_owned(), count * 4),
    };
    let layers = loaded.network.weight_layers();
    let count = |id| loaded.network.float_constant(id).map_or(0, |tensor| tensor.data.len());
    layers.iter().map(|layer| describe(layer.value.0, count(layer.value))).collect()
}
