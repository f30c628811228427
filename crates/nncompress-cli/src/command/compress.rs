//! `nncompress compress`: one setting, one image.

use super::joint::uncalibrated;
use super::{Answer, int8};
use crate::arguments::{Common, Compress};
use crate::failure::Failure;
use crate::model::{load_model, optionally_labelled, unlabelled};
use crate::output::{check_free, write_file};
use nncompress::calibrate::calibrate;
use nncompress::evaluate::Evaluator;
use nncompress::format::Format;
use nncompress::image::encode;
use nncompress::network::Network;
use nncompress::plan::{Choice, Plan};
use nncompress::prune::Scope;
use nncompress::quantize::Layer;
use nncompress::reference::Reference;
use nncompress::study::Study;
use rayon::prelude::*;
use serde_json::json;
use wildmatch::WildMatch;

pub fn run(flags: &Compress, common: &Common) -> Result<Answer, Failure> {
    if let Some(int8) = int8::open(&flags.file)? {
        return int8::compress(&int8, flags, common);
    }
    if !flags.dry_run {
        check_free(&flags.output, flags.force)?;
    }
    let loaded = load_model(&flags.file, flags.model, common)?;
    let plan = plan(flags, &loaded.network)?;
    let data = optionally_labelled(&loaded.network, &flags.data, common)?;
    let (image, blind) = image(flags, &loaded.network, &plan)?;
    let scores = match data {
        Some(data) => {
            let evaluator = Evaluator::new(&loaded.network, &data.samples, &data.labels)?;
            Some((evaluator.score(&loaded.network)?, evaluator.score_image(&image)?))
        }
        None => None,
    };
    if !flags.dry_run {
        write_file(&flags.output, &image, flags.force)?;
    }
    let float = encode(&loaded.network, &Plan::uniform(&loaded.network, Choice::FLOAT, plan.scope))?.len();
    let ratio = float as f64 / image.len() as f64;
    let mut text = format!(
        "{}: {} bytes, {ratio:.2} times smaller than float ({float} bytes)\n",
        flags.output.display(),
        image.len()
    );
    if let Some((before, after)) = scores {
        text.push_str(&format!(
            "accuracy {:.2} % ({} of {}), float {:.2} %, difference {:+.2} points (standard error {:.2})\n",
            after.accuracy(),
            after.correct,
            after.total,
            before.accuracy(),
            after.accuracy() - before.accuracy(),
            after.standard_error()
        ));
    }
    text.push_str(&uncalibrated(&blind.iter().map(String::as_str).collect::<Vec<_>>()));
    if flags.dry_run {
        text.push_str("dry run: nothing was written\n");
    }
    let after = scores.map(|(_, after)| after);
    let json = json!({
        "schema": 1, "model": flags.file.display().to_string(), "output": flags.output.display().to_string(),
        "written": !flags.dry_run, "bytes": image.len(), "float_bytes": float, "ratio": ratio,
        "correct": after.map(|score| score.correct), "total": after.map(|score| score.total),
        "accuracy": after.map(|score| score.accuracy()),
        "float_accuracy": scores.map(|(before, _)| before.accuracy()),
        "uncalibrated": blind,
        "layers": plan.choices.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    Ok(Answer { text, json })
}

/// The image of a plan; with calibration, or with a choice that only it knows, each layer is swept. Beside it the layers
/// whose inputs calibration does not see.
fn image(flags: &Compress, network: &Network, plan: &Plan) -> Result<(Vec<u8>, Vec<String>), Failure> {
    let count = flags.calibration.calibration_samples;
    let read = |file| unlabelled(network, file, &flags.data.preprocess, count);
    let samples = flags.calibration.calibrate.as_deref().map(read).transpose()?;
    let statistics = samples.as_ref().map(|samples| calibrate(network, samples)).transpose()?;
    let plain = |choice: &Choice| !choice.offset && choice.pattern.is_none() && choice.rate == 0.0;
    if statistics.is_none() && plan.choices.iter().all(plain) {
        return Ok((encode(network, plan)?, Vec::new()));
    }
    if plan.scope != Scope::Layer {
        return Err(Failure::Usage(
            "--prune global does not go with --calibrate, --offset, --pattern or --rate; leave it out".into(),
        ));
    }
    let study = Study::new(network.clone(), statistics.as_ref());
    let layers: Vec<Layer> = plan
        .choices
        .par_iter()
        .enumerate()
        .map(|(layer, choice)| study.candidate(layer, choice).layer)
        .collect();
    let blind = network.weight_layers().into_iter().zip(study.layers());
    let blind = blind.filter(|(_, layer)| statistics.is_some() && !layer.is_calibrated());
    let names = blind.map(|(place, _)| network.nodes[place.node].name.clone()).collect();
    let reference = samples.map(|samples| Reference::new(network, &samples)).transpose()?;
    Ok((study.image(&layers.iter().collect::<Vec<_>>(), reference.as_ref())?, names))
}

/// The flags as a plan: the common choice, the exceptions by name, then the exclusions.
fn plan(flags: &Compress, network: &Network) -> Result<Plan, Failure> {
    let choice = |format: Format| {
        let usual = Choice::usual(format);
        Choice {
            scale: flags.choice.scale_rule.unwrap_or(usual.scale),
            granularity: flags.choice.granularity.unwrap_or(usual.granularity),
            rounding: flags.choice.rounding,
            sparsity: flags.sparsity,
            pattern: flags.pattern,
            offset: flags.choice.offset,
            rate: flags.choice.rate,
            storage: usual.storage,
            format,
        }
    };
    let mut plan = Plan::uniform(network, choice(flags.format), flags.prune);
    let excluded = flags.exclude.iter().map(|name| (name, Choice::FLOAT));
    let named = flags.layer.iter().map(|(name, format)| (name, choice(*format)));
    for (name, choice) in named.chain(excluded) {
        let places = matching(network, name);
        if places.is_empty() {
            return Err(Failure::Usage(format!(
                "no weight layer matches `{name}`; `nncompress inspect {}` lists them",
                flags.file.display()
            )));
        }
        places.into_iter().for_each(|place| plan.choices[place] = choice);
    }
    Ok(plan)
}

fn matching(network: &Network, name: &str) -> Vec<usize> {
    let pattern = WildMatch::new(name);
    let layers = network.weight_layers();
    let matches = |place: &usize| {
        let layer = &layers[*place];
        pattern.matches(&network.nodes[layer.node].name) || pattern.matches(&network.value(layer.value).name)
    };
    (0..layers.len()).filter(matches).collect()
}
