//! `nncompress finetune`: weights learn to lie on the codes of an image.

use super::Answer;
use crate::arguments::{Common, Data, Finetune};
use crate::failure::Failure;
use crate::model::{Labelled, Loaded, labelled, load};
use crate::output::{check_free, write_file};
use crate::progress::{Progress, note};
use anyhow::Context;
use nncompress::finetune::{Augmentation, Epoch, Options, Task, Trainer};
use nncompress::image::{decode_layers, encode};
use nncompress::network::Network;
use nncompress::plan::{Choice, Plan};
use nncompress::prune::Scope;
use nncompress::quantize::Layer;
use serde_json::json;
use std::path::{Path, PathBuf};

pub fn run(flags: &Finetune, common: &Common) -> Result<Answer, Failure> {
    check_free(&flags.output, flags.force)?;
    let Loaded { network, .. } = load(&flags.file, flags.model, common)?;
    let teacher = match &flags.teacher {
        Some(file) => load(file, flags.model, common)?.network,
        None => network.clone(),
    };
    let plan = flags.plan.as_deref().map(plan).transpose()?;
    let float = encode(&teacher, &Plan::uniform(&teacher, Choice::FLOAT, Scope::Layer))?.len();
    let mut trainer = Trainer::new(task(flags, network, teacher, plan, common)?, options(flags, common))?;
    let checkpoint = checkpoint_of(flags);
    if checkpoint.exists() {
        let bytes =
            std::fs::read(&checkpoint).with_context(|| format!("cannot read {}", checkpoint.display()))?;
        trainer.restore(&bytes, &checkpoint)?;
        note(common, &format!("{}: going on after epoch {}", checkpoint.display(), trainer.epochs()));
    }
    while !trainer.is_finished() {
        let epoch = one_epoch(&mut trainer, common)?;
        tell(&epoch, flags.epochs, common);
        write_file(&checkpoint, &trainer.checkpoint()?, true)?;
    }
    let Some(best) = trainer.best() else {
        let most = flags.max_bytes.unwrap_or(0);
        return Err(Failure::Unreachable(format!(
            "no image of at most {most} bytes was found in {} epochs; nothing was written. More epochs or a larger \
             --max-bytes may help",
            trainer.epochs()
        )));
    };
    write_file(&flags.output, &best.image, flags.force)?;
    // What is left of it would only be gone on with by mistake.
    let _ = std::fs::remove_file(&checkpoint);
    let [train, held] = trainer.samples();
    let (bytes, score) = (best.image.len(), best.score);
    let ratio = float as f64 / bytes as f64;
    let text = format!(
        "{}: {bytes} bytes, {ratio:.1} times smaller than float ({float} bytes), from epoch {} of {}\n\
         held out: {} of {} correct, {:.2} % (standard error {:.2}); trained on {train} samples\n",
        flags.output.display(),
        best.epoch,
        trainer.epochs(),
        score.correct,
        score.total,
        score.accuracy(),
        score.standard_error()
    );
    let json = json!({
        "schema": 1, "model": flags.file.display().to_string(), "output": flags.output.display().to_string(),
        "bytes": bytes, "float_bytes": float, "ratio": ratio, "epoch": best.epoch, "epochs": trainer.epochs(),
        "train_samples": train, "held_out_samples": held, "held_out_correct": score.correct,
        "held_out_accuracy": score.accuracy(), "held_out_standard_error": score.standard_error(),
    });
    Ok(Answer { text, json })
}

fn task(
    flags: &Finetune,
    network: Network,
    teacher: Network,
    plan: Option<Vec<Layer>>,
    common: &Common,
) -> Result<Task, Failure> {
    let data = Data {
        data: flags.train_data.clone(),
        labels: flags.labels.clone(),
        preprocess: flags.preprocess.clone(),
    };
    let Labelled { samples, labels } = labelled(&network, &data, common)?;
    Ok(Task { network, teacher, plan, masks: !flags.free_zeros, samples, labels })
}

fn options(flags: &Finetune, common: &Common) -> Options {
    Options {
        epochs: flags.epochs,
        batch: flags.batch,
        learning_rate: flags.learning_rate,
        max_bytes: flags.max_bytes,
        ramp: flags.ramp,
        quarters: flags.step,
        distill: flags.distill,
        temperature: flags.temperature,
        hold_out: flags.hold_out,
        patience: flags.patience,
        augmentation: Augmentation { shift: flags.shift, mirror: flags.mirror },
        seed: common.seed,
    }
}

/// The layers of a plan: an image, or the folder of a search, whose picked image counts.
fn plan(file: &Path) -> Result<Vec<Layer>, Failure> {
    let file = if file.is_dir() { file.join("best.ncm") } else { file.to_owned() };
    let image = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(decode_layers(&image, &file)?.1)
}

fn checkpoint_of(flags: &Finetune) -> PathBuf {
    let beside = || {
        let mut name = flags.output.clone().into_os_string();
        name.push(".checkpoint");
        PathBuf::from(name)
    };
    flags.checkpoint.clone().unwrap_or_else(beside)
}

/// An epoch under a bar.
fn one_epoch(trainer: &mut Trainer, common: &Common) -> Result<Epoch, Failure> {
    let steps = trainer.steps_of_epoch();
    let progress = Progress::new("training", usize::try_from(steps).unwrap_or(usize::MAX), common);
    Ok(trainer.epoch(&mut |_| progress.step())?)
}

fn tell(epoch: &Epoch, epochs: usize, common: &Common) {
    note(
        common,
        &format!(
            "epoch {} of {epochs}: loss {:.4}, {} bytes, held out {:.2} %{}",
            epoch.epoch,
            epoch.loss,
            epoch.bytes,
            epoch.score.accuracy(),
            if epoch.best { ", the best so far" } else { "" }
        ),
    );
}
