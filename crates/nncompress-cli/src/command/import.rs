//! `nncompress import`: weights that were trained elsewhere come back to the image that they were exported from.

use super::Answer;
use crate::arguments::Import;
use crate::failure::Failure;
use crate::output::{check_free, write_file};
use anyhow::Context;
use nncompress::exchange::from_safetensors;
use serde_json::json;

pub fn run(flags: &Import) -> Result<Answer, Failure> {
    check_free(&flags.output, flags.force)?;
    let read = |file: &std::path::Path| {
        std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
    };
    let (image, weights) = (read(&flags.file)?, read(&flags.weights)?);
    let made = from_safetensors(&image, &flags.file, &weights, &flags.weights, flags.free_zeros)?;
    write_file(&flags.output, &made.image, flags.force)?;
    let text = format!(
        "{}: {} bytes; {} of {} weights lay on no value of their layer and went to the nearest\n",
        flags.output.display(),
        made.image.len(),
        made.moved,
        made.weights
    );
    let json = json!({
        "schema": 1, "image": flags.file.display().to_string(), "weights": flags.weights.display().to_string(),
        "output": flags.output.display().to_string(), "bytes": made.image.len(), "moved": made.moved,
        "count": made.weights,
    });
    Ok(Answer { text, json })
}
