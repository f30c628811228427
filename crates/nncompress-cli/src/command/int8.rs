//! int8 models and images: what `inspect`, `eval` and `compress` do with them.

use super::Answer;
use super::eval::{add_classes, add_sqnr};
use crate::arguments::{Common, Compress, Data, Eval, Inspect};
use crate::failure::Failure;
use crate::model::{Labelled, labelled_as_is, load, optionally_labelled_as_is, unlabelled};
use crate::output::{check_free, write_file};
use crate::table::table;
use anyhow::Context;
use nncompress::format::Format;
use nncompress::int8::{Int8Network, Session, classify, encode, import, score, shrink};
use nncompress::lower::output_sqnr;
use nncompress::runtime::{layout, program};
use nncompress::tflite;
use serde_json::json;
use std::path::Path;

/// An int8 model or image.
pub struct Int8 {
    /// The network; an image has none.
    network: Option<Int8Network>,
    /// As an image, with every channel.
    image: Vec<u8>,
    /// The length of the file.
    bytes: usize,
}

/// Reads `file` if its first bytes are those of a TensorFlow Lite model or of an int8 image.
pub fn open(file: &Path) -> Result<Option<Int8>, Failure> {
    let content = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let bytes = content.len();
    if tflite::Model::recognizes(&content) {
        let network = import(&content, file)?;
        let image = encode(&network)?;
        return Ok(Some(Int8 { network: Some(network), image, bytes }));
    }
    let version = program::layout::VERSION.to_le_bytes();
    if content.starts_with(&layout::MAGIC) && content.get(4..6) == Some(&version) {
        return Ok(Some(Int8 { network: None, image: content, bytes }));
    }
    Ok(None)
}

pub fn eval(int8: &Int8, flags: &Eval, common: &Common) -> Result<Answer, Failure> {
    let mut text = format!("{}: {} bytes", flags.file.display(), int8.bytes);
    let mut json = json!({"schema": 1, "file": flags.file.display().to_string(), "bytes": int8.bytes});
    if let Some(labels) = &flags.labels {
        let data =
            Data { data: flags.data.clone(), labels: labels.clone(), preprocess: flags.preprocess.clone() };
        let Labelled { samples, labels } = labelled_as_is(&data, common)?;
        let classes = classify(&int8.image, &samples, &labels, &data.data)?;
        add_classes(&classes, &labels, flags, &mut text, &mut json)?;
    }
    if let Some(file) = &flags.reference {
        let float = load(file, flags.model, common)?.network;
        let samples = unlabelled(&float, &flags.data, &flags.preprocess, usize::MAX)?;
        add_sqnr(output_sqnr(&float, &int8.image, &samples)?, samples.len(), &mut text, &mut json);
    }
    Ok(Answer { text: text + "\n", json })
}

pub fn inspect(int8: &Int8, flags: &Inspect) -> Result<Answer, Failure> {
    let session = Session::new(&int8.image, &flags.file)?;
    let program = session.program();
    let steps = program.steps().count();
    let memory = format!(
        "{steps} steps as an image, {} bytes of codes and {} biases and factors in memory, {} bytes in the file\n",
        program.codes(),
        program.channels(),
        int8.bytes
    );
    let mut json = json!({
        "schema": 1, "file": flags.file.display().to_string(), "bytes": int8.bytes, "steps": steps,
        "codes": program.codes(), "channels": program.channels(),
    });
    let Some(network) = &int8.network else { return Ok(Answer { text: memory, json }) };
    let (mut rows, mut objects) = (Vec::new(), Vec::new());
    for node in &network.nodes {
        let output = &network.tensors[node.output];
        let weights = node.operation.layer().map(|layer| &layer.weights);
        let count = weights.map_or(0, Vec::len);
        let zeros = weights.map_or(0, |weights| weights.iter().filter(|weight| **weight == 0).count());
        let shape = output.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
        let share =
            if count == 0 { String::new() } else { format!("{:.1} %", 100.0 * zeros as f64 / count as f64) };
        let (scale, zero_point) = (output.params.scale(), output.params.zero_point());
        rows.push(vec![
            node.name.clone(),
            shape,
            format!("{scale:.6}"),
            zero_point.to_string(),
            count.to_string(),
            share,
        ]);
        objects.push(json!({
            "node": node.name, "operator": node.operation.name(), "shape": output.shape, "scale": scale,
            "zero_point": zero_point, "weights": count, "zeros": zeros,
        }));
    }
    let header = ["node", "output", "scale", "zero point", "weights", "zero"];
    let text = format!(
        "{}{} nodes, {} weights, {} multiply-adds\n{memory}",
        table(&header, &rows),
        network.nodes.len(),
        network.weights(),
        network.multiply_adds()
    );
    json["weights"] = json!(network.weights());
    json["multiply_adds"] = json!(network.multiply_adds());
    json["nodes"] = json!(objects);
    Ok(Answer { text, json })
}

/// Writes a model without the channels that carry nothing: the same outputs, bit for bit.
pub fn compress(int8: &Int8, flags: &Compress, common: &Common) -> Result<Answer, Failure> {
    let Some(network) = &int8.network else {
        let text = "is an image already; give the model that it was made from";
        return Err(Failure::Usage(format!("{} {text}", flags.file.display())));
    };
    let lossy = flags.sparsity != 0.0
        || flags.pattern.is_some()
        || flags.calibration.calibrate.is_some()
        || flags.format != (Format::Int { bits: 8 })
        || !(flags.layer.is_empty() && flags.exclude.is_empty());
    if lossy {
        return Err(Failure::Usage(
            "an int8 model is compressed without loss: leave out --format, --layer, --exclude, --sparsity, \
             --pattern and --calibrate"
                .to_owned(),
        ));
    }
    if !flags.dry_run {
        check_free(&flags.output, flags.force)?;
    }
    let smaller = shrink(network);
    let image = encode(&smaller.network)?;
    let scored = optionally_labelled_as_is(&flags.data, common)?
        .map(|data| score(&image, &data.samples, &data.labels, &flags.file))
        .transpose()?;
    if !flags.dry_run {
        write_file(&flags.output, &image, flags.force)?;
    }
    let (weights, multiply_adds) = (smaller.network.weights(), smaller.network.multiply_adds());
    let mut text = format!(
        "{}: {} bytes, {:.2} times smaller than the model ({} bytes), the same outputs bit for bit\n\
         {} of {} channels carry nothing and are left out: {weights} of {} weights, {multiply_adds} of {} \
         multiply-adds remain\n",
        flags.output.display(),
        image.len(),
        int8.bytes as f64 / image.len() as f64,
        int8.bytes,
        smaller.removed,
        smaller.channels,
        network.weights(),
        network.multiply_adds(),
    );
    if let Some(score) = scored {
        text.push_str(&format!(
            "accuracy {:.2} % ({} of {}, standard error {:.2})\n",
            score.accuracy(),
            score.correct,
            score.total,
            score.standard_error()
        ));
    }
    if flags.dry_run {
        text.push_str("dry run: nothing was written\n");
    }
    let json = json!({
        "schema": 1, "model": flags.file.display().to_string(), "output": flags.output.display().to_string(),
        "written": !flags.dry_run, "bytes": image.len(), "model_bytes": int8.bytes,
        "channels": smaller.channels, "removed_channels": smaller.removed,
        "weights": weights, "model_weights": network.weights(),
        "multiply_adds": multiply_adds, "model_multiply_adds": network.multiply_adds(),
        "correct": scored.map(|score| score.correct), "total": scored.map(|score| score.total),
        "accuracy": scored.map(|score| score.accuracy()),
    });
    Ok(Answer { text, json })
}
