//! Whole networks in posits, floats and fixed point, with one rounding a sum and with a rounding an operation.
//!
//! `arithmetic FOLDER` reads what `tabular.py` wrote, and with `--mnist DATA` two networks on MNIST.

use anyhow::Context;
use clap::Parser;
use nncompress::evaluate::Score;
use nncompress::preprocess::Preprocess;
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};
use studies::case::Case;
use studies::kinds::{KINDS, Run};

/// Accuracy of whole networks by the arithmetic that they run in.
#[derive(Parser)]
struct Arguments {
    /// The folder that `tabular.py` wrote.
    folder: PathBuf,
    /// The folder with `models` and `mnist`, for two networks on MNIST.
    #[arg(long)]
    mnist: Option<PathBuf>,
    /// Test samples of MNIST to take.
    #[arg(long, default_value_t = 1000)]
    samples: usize,
    /// Write the rows as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// A task: one network for each split.
struct Task {
    name: String,
    cases: Vec<Case>,
}

#[derive(Serialize)]
struct Row {
    task: String,
    arithmetic: &'static str,
    best: &'static str,
    sums: &'static str,
    accuracy: f64,
    standard_error: f64,
    n: usize,
}

fn tabular(folder: &Path) -> anyhow::Result<Vec<Task>> {
    let mut tasks = Vec::new();
    for name in ["iris", "wdbc", "mushroom"] {
        for kind in ["scaled", "raw"] {
            let mut cases = Vec::new();
            for split in 0.. {
                let stem = format!("{name}-{split}");
                let model = folder.join(format!("{stem}-{kind}.onnx"));
                if !model.exists() {
                    break;
                }
                let inputs = folder.join(format!("{stem}-{kind}.idx"));
                let labels = folder.join(format!("{stem}-labels.idx"));
                let preprocess = Preprocess::default();
                cases.push(Case::load(&model, &inputs, Some(&labels), usize::MAX, &preprocess)?);
            }
            anyhow::ensure!(
                !cases.is_empty(),
                "{} holds no network of {name}: run tabular.py",
                folder.display()
            );
            tasks.push(Task { name: format!("{name}, {kind}"), cases });
        }
    }
    Ok(tasks)
}

fn mnist(data: &Path, limit: usize) -> anyhow::Result<Vec<Task>> {
    let file = |name: &str| data.join("mnist").join(name);
    let task = |name: &str| {
        let model = data.join("models").join(format!("{name}.onnx"));
        let (images, labels) = (file("t10k-images-idx3-ubyte.gz"), file("t10k-labels-idx1-ubyte.gz"));
        let preprocess = Preprocess { scale: 1.0 / 255.0, ..Preprocess::default() };
        let case = Case::load(&model, &images, Some(&labels), limit, &preprocess)?;
        Ok(Task { name: name.into(), cases: vec![case] })
    };
    ["mnist_bnmlp", "mnist_lenet5"].into_iter().map(task).collect()
}

/// Per cent over all splits, its standard error in points, and how many samples were judged. With several splits the
/// error is that of the mean of their accuracies, else the binomial one.
fn accuracy(task: &Task, run: Run) -> anyhow::Result<(f64, f64, usize)> {
    let scores: anyhow::Result<Vec<Score>> =
        task.cases.iter().map(|case| run(&case.network, &case.samples, &case.labels)).collect();
    let scores = scores?;
    let sum = |of: fn(&Score) -> usize| scores.iter().map(of).sum();
    let all = Score { correct: sum(|score| score.correct), total: sum(|score| score.total) };
    let count = scores.len() as f64;
    let squares: f64 = scores.iter().map(|score| (score.accuracy() - all.accuracy()).powi(2)).sum();
    let error =
        if scores.len() > 1 { (squares / (count - 1.0) / count).sqrt() } else { all.standard_error() };
    Ok((all.accuracy(), error, all.total))
}

/// The best member of each family, as the literature reports it.
fn rows(task: &Task) -> anyhow::Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    for sums in ["fused", "rounded"] {
        for kind in KINDS {
            let run = if sums == "fused" { kind.fused } else { kind.rounded };
            let (accuracy, standard_error, n) =
                accuracy(task, run).with_context(|| format!("{} in {}", task.name, kind.name))?;
            let row = Row {
                task: task.name.clone(),
                arithmetic: kind.family,
                best: kind.name,
                sums,
                accuracy,
                standard_error,
                n,
            };
            match rows.last_mut().filter(|last| last.arithmetic == kind.family && last.sums == sums) {
                Some(last) if last.accuracy >= row.accuracy => {}
                Some(last) => *last = row,
                None => rows.push(row),
            }
        }
    }
    Ok(rows)
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut tasks = tabular(&arguments.folder)?;
    if let Some(data) = &arguments.mnist {
        tasks.extend(mnist(data, arguments.samples)?);
    }
    let mut all = Vec::new();
    println!("| task | n | arithmetic | one rounding a sum | s.e. | a rounding an operation |");
    println!("|---|---:|---|---:|---:|---:|");
    for task in &tasks {
        let rows = rows(task)?;
        let (fused, rounded) = rows.split_at(rows.len() / 2);
        for (fused, rounded) in fused.iter().zip(rounded) {
            println!(
                "| {} | {} | {} | {:.1} ({}) | {:.1} | {:.1} ({}) |",
                fused.task,
                fused.n,
                fused.arithmetic,
                fused.accuracy,
                fused.best,
                fused.standard_error,
                rounded.accuracy,
                rounded.best
            );
        }
        all.extend(rows);
    }
    if let Some(file) = arguments.json {
        fs::write(&file, serde_json::to_vec_pretty(&all)?).with_context(|| file.display().to_string())?;
    }
    Ok(())
}
