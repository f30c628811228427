//! `nncompress eval`: the accuracy of a model or an image, and how far its outputs are from a reference.

use super::{Answer, int8};
use crate::arguments::{Common, Data, Eval};
use crate::failure::Failure;
use crate::model::{labelled, load, unlabelled};
use crate::output::write_file;
use nncompress::evaluate::{Evaluator, Score};
use nncompress::reference::Reference;
use serde_json::{Value, json};

pub fn run(flags: &Eval, common: &Common) -> Result<Answer, Failure> {
    if let Some(int8) = int8::open(&flags.file)? {
        return int8::eval(&int8, flags, common);
    }
    let loaded = load(&flags.file, flags.model, common)?;
    let mut text = format!("{}: {} bytes", flags.file.display(), loaded.bytes);
    let mut json = json!({"schema": 1, "file": flags.file.display().to_string(), "bytes": loaded.bytes});
    if let Some(labels) = &flags.labels {
        let data =
            Data { data: flags.data.clone(), labels: labels.clone(), preprocess: flags.preprocess.clone() };
        let data = labelled(&loaded.network, &data, common)?;
        let evaluator = Evaluator::new(&loaded.network, &data.samples, &data.labels)?;
        let classes = evaluator.classify(&loaded.network)?;
        add_classes(&classes, &data.labels, flags, &mut text, &mut json)?;
    }
    if let Some(file) = &flags.reference {
        let float = load(file, flags.model, common)?.network;
        let samples = unlabelled(&float, &flags.data, &flags.preprocess, usize::MAX)?;
        let sqnr = Reference::new(&float, &samples)?.output_sqnr(&loaded.network)?;
        add_sqnr(sqnr, samples.len(), &mut text, &mut json);
    }
    Ok(Answer { text: text + "\n", json })
}

/// Says how many samples got the right class, and writes all classes where that is asked for.
pub(super) fn add_classes(
    classes: &[u32],
    labels: &[u32],
    flags: &Eval,
    text: &mut String,
    json: &mut Value,
) -> Result<(), Failure> {
    let correct = classes.iter().zip(labels).filter(|(class, label)| class == label).count();
    let score = Score { correct, total: labels.len() };
    text.push_str(&format!(
        ", {} of {} correct, {:.2} % (standard error {:.2})",
        score.correct,
        score.total,
        score.accuracy(),
        score.standard_error()
    ));
    json["correct"] = json!(score.correct);
    json["total"] = json!(score.total);
    json["accuracy"] = json!(score.accuracy());
    json["standard_error"] = json!(score.standard_error());
    if let Some(file) = &flags.predictions {
        let lines: String = classes.iter().map(|class| format!("{class}\n")).collect();
        write_file(file, lines.as_bytes(), true)?;
    }
    Ok(())
}

/// Says how far the outputs are from those of the reference.
pub(super) fn add_sqnr(sqnr: f64, samples: usize, text: &mut String, json: &mut Value) {
    text.push_str(&format!(", output SQNR {sqnr:.2} dB over {samples} samples"));
    json["output_sqnr"] = json!(sqnr);
    json["samples"] = json!(samples);
}
