//! `nncompress lower`: a float network becomes an int8 image, which devices run.

use super::Answer;
use crate::arguments::{Common, Lower};
use crate::failure::Failure;
use crate::model::{load, optionally_labelled, unlabelled};
use crate::output::{check_free, write_file};
use nncompress::evaluate::Evaluator;
use nncompress::int8::{encode, score, shrink};
use nncompress::lower::{Codings, Options, lower, lower_nearest, output_sqnr};
use serde_json::json;

pub fn run(flags: &Lower, common: &Common) -> Result<Answer, Failure> {
    check_free(&flags.output, flags.force)?;
    let loaded = load(&flags.file, flags.model, common)?;
    let codings = match &loaded.image {
        Some(image) => Codings::of_image(image, &flags.file)?,
        None => Codings::default(),
    };
    let network = &loaded.network;
    let data = optionally_labelled(network, &flags.data, common)?;
    let samples = unlabelled(network, &flags.calibrate, &flags.data.preprocess, flags.calibration_samples)?;
    let options = Options { storage: flags.storage, ..Options::default() };
    let (range, lowered) = match flags.range {
        Some(range) => (range, lower(network, &codings, &samples, &Options { range, ..options })?),
        None => lower_nearest(network, &codings, &samples, &options)?,
    };
    let lowered = shrink(&lowered);
    let image = encode(&lowered.network)?;
    let sqnr = output_sqnr(network, &image, &samples)?;
    let scores = match &data {
        Some(data) => {
            let float = Evaluator::new(network, &data.samples, &data.labels)?.score(network)?;
            Some((float, score(&image, &data.samples, &data.labels, &flags.output)?))
        }
        None => None,
    };
    write_file(&flags.output, &image, flags.force)?;
    let mut text = format!(
        "{}: {} bytes, output SQNR {sqnr:.2} dB over {} samples against {} ({} bytes), ranges by {}\n",
        flags.output.display(),
        image.len(),
        samples.len(),
        flags.file.display(),
        loaded.bytes,
        range.name()
    );
    if lowered.removed > 0 {
        text.push_str(&format!(
            "{} of {} channels carry nothing and are left out\n",
            lowered.removed, lowered.channels
        ));
    }
    if let Some((before, after)) = scores {
        text.push_str(&format!(
            "accuracy {:.2} % ({} of {}), with float activations {:.2} %, difference {:+.2} points (standard error \
             {:.2})\n",
            after.accuracy(),
            after.correct,
            after.total,
            before.accuracy(),
            after.accuracy() - before.accuracy(),
            after.standard_error()
        ));
    }
    let after = scores.map(|(_, after)| after);
    let json = json!({
        "schema": 1, "file": flags.file.display().to_string(), "output": flags.output.display().to_string(),
        "bytes": image.len(), "range": range.name(), "output_sqnr": sqnr, "samples": samples.len(),
        "channels": lowered.channels, "removed_channels": lowered.removed,
        "weights": lowered.network.weights(), "multiply_adds": lowered.network.multiply_adds(),
        "correct": after.map(|score| score.correct), "total": after.map(|score| score.total),
        "accuracy": after.map(|score| score.accuracy()),
        "float_accuracy": scores.map(|(before, _)| before.accuracy()),
    });
    Ok(Answer { text, json })
}
