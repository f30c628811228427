//! `nncompress eval`: the accuracy of a model or an image.

use super::Answer;
use crate::arguments::{Common, Eval};
use crate::failure::Failure;
use crate::model::{labelled, load};
use nncompress::evaluate::Evaluator;
use serde_json::json;

pub fn run(flags: &Eval, common: &Common) -> Result<Answer, Failure> {
    let loaded = load(&flags.file, flags.model, common)?;
    let data = labelled(&loaded.network, &flags.data, common)?;
    let score = Evaluator::new(&loaded.network, &data.samples, &data.labels)?.score(&loaded.network)?;
    let text = format!(
        "{}: {} of {} correct, {:.2} % (standard error {:.2}), {} bytes\n",
        flags.file.display(),
        score.correct,
        score.total,
        score.accuracy(),
        score.standard_error(),
        loaded.bytes
    );
    let json = json!({
        "schema": 1, "file": flags.file.display().to_string(), "correct": score.correct,
        "total": score.total, "accuracy": score.accuracy(), "standard_error": score.standard_error(),
        "bytes": loaded.bytes,
    });
    Ok(Answer { text, json })
}
