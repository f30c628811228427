//! `nncompress demo`: the bundled networks, compressed in front of one's eyes.

use super::Answer;
use crate::arguments::{Common, Demo};
use crate::demo::{Bundled, NETWORKS, Set};
use crate::failure::Failure;
use crate::output::{check_free, prepare_folder, write_file, write_files};
use crate::progress::Progress;
use crate::report::{Section, layers, page};
use crate::table::table;
use nncompress::evaluate::Evaluator;
use nncompress::fold::fold_batch_norm;
use nncompress::format::Format;
use nncompress::grid::Rounding;
use nncompress::image::encode;
use nncompress::network::Network;
use nncompress::plan::{Choice, Plan};
use nncompress::prune::Scope;
use nncompress::scale::{Fit, Granularity, ScaleRule};
use nncompress::search::{Constraint, Point, front, pick, run as try_all};
use serde_json::json;
use std::path::Path;

pub fn run(flags: &Demo, common: &Common) -> Result<Answer, Failure> {
    check_free(&flags.output, true)?;
    let choices = choices();
    let progress = Progress::new("compressing", NETWORKS.len() * choices.len(), common);
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    let mut sections = Vec::new();
    for bundled in &NETWORKS {
        let section = compress(bundled, &choices, &progress)?;
        for point in &section.points {
            rows.push(row(&section, point));
            objects.push(object(&section, point));
        }
        sections.push(section);
    }
    drop(progress);
    write_file(&flags.output, page("nncompress demo", &sections)?.as_bytes(), true)?;
    if let Some(folder) = &flags.export {
        export(folder)?;
    }
    let header = ["network", "format", "bits", "scale", "pruned", "bytes", "ratio", "accuracy", "difference"];
    let text = format!(
        "{}bytes: the whole image, with scales, bitmaps, biases and graph; ratio: to the float image\n\
         digits: 450 test images, MNIST: the first 1,000 test images; no retraining, no calibration\n{}\
         report: {}\n",
        table(&header, &rows),
        flags
            .export
            .as_ref()
            .map_or(String::new(), |folder| format!("networks and samples: {}\n", folder.display())),
        flags.output.display()
    );
    let json = json!({"schema": 1, "rows": objects, "report": flags.output.display().to_string()});
    Ok(Answer { text, json })
}

/// What the demo shows: wide and narrow, posit and int and codebook, whole and pruned.
fn choices() -> Vec<Choice> {
    let usual = |format| Choice::usual(format);
    let int = |bits| usual(Format::Int { bits });
    let posit = |n, es| usual(Format::Posit { n, es });
    let fitted = |choice| Choice {
        scale: ScaleRule::Real(Fit::LeastSquares),
        granularity: Granularity::Channel,
        ..choice
    };
    vec![
        Choice::FLOAT,
        int(8),
        posit(8, 0),
        Choice { scale: ScaleRule::None, rounding: Rounding::Standard, ..posit(8, 2) },
        posit(6, 0),
        int(5),
        posit(5, 0),
        usual(Format::Codebook { bits: 4 }),
        fitted(int(4)),
        fitted(posit(4, 0)),
        Choice { sparsity: 0.5, ..int(8) },
        Choice { sparsity: 0.5, ..posit(5, 0) },
    ]
}

fn compress(bundled: &Bundled, choices: &[Choice], progress: &Progress) -> Result<Section, Failure> {
    let network = fold_batch_norm(bundled.network()?);
    let (samples, labels) = bundled.samples(&network)?;
    let evaluator = Evaluator::new(&network, &samples, &labels)?;
    let float_accuracy = evaluator.score(&network)?.accuracy();
    let points = try_all(&network, &evaluator, choices, Scope::Layer, &|_| progress.step())?;
    let front = front(&points);
    let picked =
        pick(&points, &front, Constraint { min_accuracy: Some(float_accuracy - 0.5), max_bytes: None });
    Ok(Section {
        title: bundled.name.to_owned(),
        subtitle: bundled.description().to_owned(),
        float_bytes: float_bytes(&network)?,
        float_accuracy,
        layers: picked.map_or(Vec::new(), |index| layers(&network, &points[index].choice)),
        command: None,
        points,
        front,
        picked,
    })
}

fn float_bytes(network: &Network) -> Result<usize, Failure> {
    Ok(encode(network, &Plan::uniform(network, Choice::FLOAT, Scope::Layer))?.len())
}

fn row(section: &Section, point: &Point) -> Vec<String> {
    let choice = &point.choice;
    let scale = match (choice.format, choice.scale) {
        (Format::Float, _) | (_, ScaleRule::None) => "none".to_owned(),
        _ => format!("{} {}", choice.scale, choice.granularity),
    };
    vec![
        section.title.clone(),
        choice.format.to_string(),
        choice.format.bits().to_string(),
        scale,
        format!("{:.0} %", choice.sparsity * 100.0),
        point.bytes.to_string(),
        format!("{:.2}", section.float_bytes as f64 / point.bytes as f64),
        format!("{:.2} %", point.score.accuracy()),
        format!("{:+.2}", point.score.accuracy() - section.float_accuracy),
    ]
}

fn object(section: &Section, point: &Point) -> serde_json::Value {
    json!({
        "network": section.title, "format": point.choice.format.to_string(),
        "bits": point.choice.format.bits(), "scale": point.choice.scale.to_string(),
        "granularity": point.choice.granularity.to_string(), "sparsity": point.choice.sparsity,
        "bytes": point.bytes, "ratio": section.float_bytes as f64 / point.bytes as f64,
        "correct": point.score.correct, "total": point.score.total,
        "accuracy": point.score.accuracy(),
        "difference": point.score.accuracy() - section.float_accuracy,
    })
}

/// Writes the networks (batch norm kept) and the samples into a new folder.
fn export(folder: &Path) -> Result<(), Failure> {
    prepare_folder(folder, &[], false)?;
    let mut files = Vec::new();
    for bundled in &NETWORKS {
        let model = nncompress::onnx::to_onnx(&bundled.network()?, &[]);
        files.push((folder.join(format!("{}.onnx", bundled.name)), model));
    }
    for set in [Set::Digits, Set::Mnist] {
        files.extend(set.files().map(|(name, bytes)| (folder.join(name), bytes.to_vec())));
    }
    let files: Vec<_> = files.iter().map(|(path, bytes)| (path.clone(), bytes.as_slice())).collect();
    Ok(write_files(&files, false)?)
}
