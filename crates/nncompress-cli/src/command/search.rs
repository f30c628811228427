//! `nncompress search`: many settings, the front, one picked image.

use super::Answer;
use crate::arguments::{Common, Search};
use crate::failure::Failure;
use crate::model::{load_model, optionally_labelled};
use crate::output::{prepare_folder, write_files};
use crate::progress::Progress;
use crate::report::{Section, layers, page};
use crate::table::table;
use core::fmt::Write;
use nncompress::evaluate::Evaluator;
use nncompress::format::Format;
use nncompress::image::encode;
use nncompress::network::Network;
use nncompress::plan::{Choice, Plan};
use nncompress::search::{Constraint, Point, default_choices, front, pick, run as try_all};
use serde_json::json;

/// The files that a search writes.
pub(super) const FILES: [&str; 4] = ["run.json", "front.csv", "report.html", "best.ncm"];

pub fn run(flags: &Search, common: &Common) -> Result<Answer, Failure> {
    let for_each_layer = flags.calibration.calibrate.is_some() || flags.data.data.is_none();
    if flags.shard.is_some() && !for_each_layer {
        return Err(Failure::Usage("--shard needs --calibrate, or no samples at all".into()));
    }
    let files = if flags.shard.is_some() { &[][..] } else { &FILES[..] };
    let created = prepare_folder(&flags.output, files, flags.force)?;
    let answer = match (for_each_layer, flags.shard) {
        (true, Some(shard)) => super::joint::shard(flags, shard, common),
        (true, None) => super::joint::search(flags, None, common),
        (false, _) => search(flags, common),
    };
    if answer.is_err() && created {
        // Nothing was written into it yet; a folder that is not empty is left alone.
        let _ = std::fs::remove_dir(&flags.output);
    }
    answer
}

fn search(flags: &Search, common: &Common) -> Result<Answer, Failure> {
    let loaded = load_model(&flags.file, flags.model, common)?;
    let data = optionally_labelled(&loaded.network, &flags.data, common)?.ok_or_else(|| {
        Failure::Usage(
            "without --calibrate, settings for all layers are judged by --data and --labels".into(),
        )
    })?;
    let evaluator = Evaluator::new(&loaded.network, &data.samples, &data.labels)?;
    let float = evaluator.score(&loaded.network)?;
    let choices = choices(flags);
    let progress = Progress::new("searching", choices.len(), common);
    let points = try_all(&loaded.network, &evaluator, &choices, flags.prune, &|_| progress.step())?;
    drop(progress);
    let front = front(&points);
    let floor = flags.max_drop.map(|drop| float.accuracy() - drop).or(flags.min_accuracy);
    let constraint = Constraint { max_bytes: flags.max_bytes, min_accuracy: floor };
    let picked = pick(&points, &front, constraint)
        .ok_or_else(|| Failure::Unreachable(unreachable_text(&points, &front, constraint)))?;

    let plan = |choice| Plan::uniform(&loaded.network, choice, flags.prune);
    let image = encode(&loaded.network, &plan(points[picked].choice))?;
    let section = Section {
        title: flags.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        subtitle: format!("{}, {} samples", data_name(flags), data.labels.len()),
        float_bytes: encode(&loaded.network, &plan(Choice::FLOAT))?.len(),
        float_accuracy: float.accuracy(),
        command: Some(command(flags, &points[picked].choice)),
        layers: layers(&loaded.network, &points[picked].choice),
        picked: Some(picked),
        points,
        front,
    };
    let run = run_json(flags, common, &section, &loaded.network);
    let report = page("nncompress search", core::slice::from_ref(&section))?;
    let csv = csv(&section);
    let contents = [format!("{run:#}\n").into_bytes(), csv.into_bytes(), report.into_bytes(), image];
    let files: Vec<_> =
        FILES.iter().map(|name| flags.output.join(name)).zip(contents.iter().map(Vec::as_slice)).collect();
    write_files(&files, flags.force)?;
    Ok(Answer { text: text(flags, &section), json: run })
}

/// The file of the labelled samples; empty if there is none.
pub(super) fn data_name(flags: &Search) -> String {
    flags.data.data.as_ref().map_or_else(String::new, |file| file.display().to_string())
}

fn choices(flags: &Search) -> Vec<Choice> {
    if !flags.formats.is_empty() {
        return default_choices(&flags.formats, &flags.sparsities);
    }
    let ints = (3..=8).map(|bits| Format::Int { bits });
    let posits = (3..=8).map(|n| Format::Posit { n, es: 0 });
    let wide = (6..=8).map(|n| Format::Posit { n, es: 1 });
    let codebooks = (2..=5).map(|bits| Format::Codebook { bits });
    let formats: Vec<Format> =
        [Format::Float].into_iter().chain(ints).chain(posits).chain(wide).chain(codebooks).collect();
    default_choices(&formats, &flags.sparsities)
}

fn unreachable_text(points: &[Point], front: &[usize], constraint: Constraint) -> String {
    let mut text = "no setting that was tried keeps to".to_owned();
    if let Some(bytes) = constraint.max_bytes {
        let _ = write!(text, " at most {bytes} bytes");
    }
    if let Some(floor) = constraint.min_accuracy {
        let _ = write!(text, " at least {floor:.2} %");
    }
    let describe = |index: &usize| {
        let point = &points[*index];
        format!("{} with {} bytes and {:.2} %", point.choice, point.bytes, point.score.accuracy())
    };
    if let (Some(smallest), Some(best)) = (front.first(), front.last()) {
        let _ =
            write!(text, "; the smallest was {}, the most accurate {}", describe(smallest), describe(best));
    }
    text + "; nothing was written"
}

/// The `compress` command that makes the picked image again.
fn command(flags: &Search, choice: &Choice) -> String {
    let mut text =
        format!("nncompress compress '{}' -o best.ncm --format '{}'", flags.file.display(), choice.format);
    if choice.format != Format::Float {
        let _ = write!(
            text,
            " --scale-rule {} --granularity {} --rounding {}",
            choice.scale, choice.granularity, choice.rounding
        );
    }
    if choice.sparsity > 0.0 {
        let _ = write!(text, " --sparsity {} --prune {}", choice.sparsity, flags.prune);
    }
    if flags.model.keep_batch_norm {
        text.push_str(" --keep-batch-norm");
    }
    if flags.model.allow_nonfinite {
        text.push_str(" --allow-nonfinite");
    }
    text
}

fn point_json(point: &Point, section: &Section, index: usize) -> serde_json::Value {
    json!({
        "format": point.choice.format.to_string(), "scale": point.choice.scale.to_string(),
        "granularity": point.choice.granularity.to_string(), "rounding": point.choice.rounding.to_string(),
        "sparsity": point.choice.sparsity, "bytes": point.bytes, "correct": point.score.correct,
        "total": point.score.total, "accuracy": point.score.accuracy(),
        "front": section.front.contains(&index), "picked": section.picked == Some(index),
    })
}

fn run_json(flags: &Search, common: &Common, section: &Section, network: &Network) -> serde_json::Value {
    let points: Vec<_> =
        section.points.iter().enumerate().map(|(index, point)| point_json(point, section, index)).collect();
    let picked = section.picked.map(|index| &section.points[index]);
    json!({
        "schema": 1, "version": env!("CARGO_PKG_VERSION"), "model": flags.file.display().to_string(),
        "network": network.name, "data": data_name(flags), "seed": common.seed,
        "prune": flags.prune.to_string(), "float_bytes": section.float_bytes,
        "float_accuracy": section.float_accuracy, "points": points,
        "bytes": picked.map(|point| point.bytes), "correct": picked.map(|point| point.score.correct),
        "total": picked.map(|point| point.score.total), "accuracy": picked.map(|point| point.score.accuracy()),
        "command": section.command, "output": flags.output.display().to_string(),
    })
}

fn csv(section: &Section) -> String {
    let mut csv = "format,scale,granularity,sparsity,bytes,ratio,accuracy,standard_error\n".to_owned();
    for point in section.front.iter().map(|index| &section.points[*index]) {
        let _ = writeln!(
            csv,
            "\"{}\",{},{},{},{},{:.4},{:.4},{:.4}",
            point.choice.format,
            point.choice.scale,
            point.choice.granularity,
            point.choice.sparsity,
            point.bytes,
            section.float_bytes as f64 / point.bytes as f64,
            point.score.accuracy(),
            point.score.standard_error()
        );
    }
    csv
}

fn text(flags: &Search, section: &Section) -> String {
    let row = |index: &usize| {
        let point = &section.points[*index];
        vec![
            if section.picked == Some(*index) { "*" } else { "" }.to_owned(),
            point.choice.to_string(),
            point.bytes.to_string(),
            format!("{:.2}", section.float_bytes as f64 / point.bytes as f64),
            format!("{:.2} %", point.score.accuracy()),
            format!("{:+.2}", point.score.accuracy() - section.float_accuracy),
        ]
    };
    let rows: Vec<Vec<String>> = section.front.iter().map(row).collect();
    format!(
        "{}float: {} bytes, {:.2} %; {} settings tried; * picked: {}\n{}\nreport: {}\n",
        table(&["", "setting", "bytes", "ratio", "accuracy", "difference"], &rows),
        section.float_bytes,
        section.float_accuracy,
        section.points.len(),
        flags.output.join("best.ncm").display(),
        section.command.as_deref().unwrap_or_default(),
        flags.output.join("report.html").display()
    )
}
