//! `nncompress search` for each layer: format, scale, offset, sparsity and storage together, on calibration samples or
//! without any.

use super::Answer;
use super::search::{FILES, data_name};
use crate::arguments::{Common, Search};
use crate::candidates::{Store, command_line};
use crate::failure::Failure;
use crate::layers::layer_rows;
use crate::model::{Labelled, load_model, optionally_labelled, unlabelled};
use crate::output::write_files;
use crate::progress::Progress;
use crate::report::joint::{Alternative, LayerChoice, Page, PlanRow};
use crate::table::table;
use core::fmt::Write;
use nncompress::calibrate::calibrate;
use nncompress::cost::Work;
use nncompress::data::Samples;
use nncompress::evaluate::{Evaluator, Score};
use nncompress::format::Format;
use nncompress::image::encode;
use nncompress::joint::{Candidates, Joint, Key, Planned, Shard, Tried, choices, try_choices};
use nncompress::network::Network;
use nncompress::plan::{Choice, Plan};
use nncompress::prune::Scope;
use nncompress::quantize::Layer;
use nncompress::reference::Reference;
use nncompress::study::Study;
use serde_json::json;

/// Plans on the front.
const FRONT: usize = 24;

/// Halvings of the gap between the smallest plan of the front that keeps to a floor and the largest that does not.
const HALVINGS: usize = 4;

/// The network, its layers, and what they are tried under.
struct Task {
    study: Study,
    samples: Option<Samples>,
    offered: Vec<Choice>,
    work: Work,
    none: Candidates,
}

impl Task {
    fn new(flags: &Search, network: Network) -> Result<Self, Failure> {
        let calibration = &flags.calibration;
        let read = |file| unlabelled(&network, file, &flags.data.preprocess, calibration.calibration_samples);
        let samples = calibration.calibrate.as_deref().map(read).transpose()?;
        let statistics = samples.as_ref().map(|samples| calibrate(&network, samples)).transpose()?;
        let offered = choices(&formats(flags), &flags.sparsities, &flags.patterns);
        let key = Key::new(&network, samples.as_ref(), &offered)?;
        let work = Work::of(&network);
        let study = Study::new(network, statistics.as_ref());
        let none = Candidates::new(key, study.layers().len(), offered.len(), &command_line());
        Ok(Self { study, samples, offered, work, none })
    }

    /// Tries what `store` does not know yet.
    fn candidates(&self, store: &Store, shard: Shard, common: &Common) -> Candidates {
        let known = store.load(&self.none, common);
        let progress =
            Progress::new("trying", shard.share(self.none.missing()).saturating_sub(known.len()), common);
        let done = |candidates: &Candidates| {
            progress.step();
            store.save_at_times(candidates);
        };
        try_choices(&self.study, &self.offered, &self.work, known, shard, &done)
    }
}

/// Tries one part of the candidates and writes them.
pub(super) fn shard(flags: &Search, shard: Shard, common: &Common) -> Result<Answer, Failure> {
    let network = load_model(&flags.file, flags.model, common)?.network;
    let task = Task::new(flags, network)?;
    let store =
        Store::new(flags.output.join(format!("candidates-{}.txt", shard.to_string().replace('/', "-of-"))));
    let candidates = task.candidates(&store, shard, common);
    store.save(&candidates)?;
    let file = store.file().display();
    let text = format!(
        "{file}: shard {shard}, {} candidates; `nncompress merge` ends the search when all shards are there\n",
        candidates.len()
    );
    let json = json!({
        "schema": 1, "model": flags.file.display().to_string(), "shard": shard.to_string(),
        "candidates": candidates.len(), "output": file.to_string(),
    });
    Ok(Answer { text, json })
}

/// The whole search; with candidates that shards have tried, the end of it.
pub(super) fn search(flags: &Search, merged: Option<Candidates>, common: &Common) -> Result<Answer, Failure> {
    let network = load_model(&flags.file, flags.model, common)?.network;
    let labelled = optionally_labelled(&network, &flags.data, common)?;
    let evaluator = match &labelled {
        Some(Labelled { samples, labels }) => Some(Evaluator::new(&network, samples, labels)?),
        None => None,
    };
    let float = evaluator.as_ref().map(|evaluator| evaluator.score(&network)).transpose()?;
    if evaluator.is_none() && (flags.max_drop.is_some() || flags.min_accuracy.is_some()) {
        return Err(Failure::Usage("--max-drop and --min-accuracy need --data and --labels".into()));
    }
    let plan = Plan::uniform(&network, Choice::FLOAT, Scope::Layer);
    let float_bytes = encode(&network, &plan)?.len();
    let task = Task::new(flags, network)?;
    let candidates = match merged {
        Some(merged) => {
            let mut own = task.none.clone();
            own.merge(&merged, &flags.file)?;
            own
        }
        None => task.candidates(&Store::new(flags.output.join("candidates.txt")), Shard::WHOLE, common),
    };
    let count = task.samples.as_ref().map_or(0, Samples::len);
    let joint = Joint::new(task.study, task.samples.as_ref(), &task.offered, &candidates)?;
    let progress = Progress::new("measuring", FRONT, common);
    let front = joint.front(FRONT, &|| progress.step())?;
    drop(progress);
    let judge =
        Judge { joint: &joint, evaluator: evaluator.as_ref(), max_instructions: flags.max_instructions };
    let mut rows = front.into_iter().map(|plan| judge.row(plan)).collect::<Result<Vec<_>, Failure>>()?;
    let floor = flags.max_drop.zip(float).map(|(drop, float)| float.accuracy() - drop).or(flags.min_accuracy);
    let picked = judge.pick(&mut rows, flags.max_bytes, floor)?;
    let image = joint.image(&rows[picked].plan.places)?;
    let page = describe(flags, &joint, rows, picked, float, float_bytes)?;
    let json = run_json(flags, common, &page, count, image.len());
    let report = crate::report::joint::page("nncompress search", &page)?;
    let csv = csv(&page);
    let contents = [format!("{json:#}\n").into_bytes(), csv.into_bytes(), report.into_bytes(), image];
    let files: Vec<_> =
        FILES.iter().map(|name| flags.output.join(name)).zip(contents.iter().map(Vec::as_slice)).collect();
    write_files(&files, flags.force)?;
    Ok(Answer { text: text(flags, &page), json })
}

fn formats(flags: &Search) -> Vec<Format> {
    if !flags.formats.is_empty() {
        return flags.formats.clone();
    }
    let ints = (2..=8).map(|bits| Format::Int { bits });
    let posits = (0..=1).flat_map(|es| (3..=8).map(move |n| Format::Posit { n, es }));
    let codebooks = (2..=5).map(|bits| Format::Codebook { bits });
    ints.chain(posits).chain([Format::Posit { n: 8, es: 2 }]).chain(codebooks).collect()
}

/// What is known of a plan: on calibration samples always, accuracy where there are labels.
struct Judge<'a> {
    joint: &'a Joint,
    evaluator: Option<&'a Evaluator>,
    max_instructions: Option<u64>,
}

impl Judge<'_> {
    fn row(&self, plan: Planned) -> Result<PlanRow, Failure> {
        let network = self.joint.network(&plan.places)?;
        let sqnr = self.joint.reference().map(|reference| reference.output_sqnr(&network)).transpose()?;
        let score = self.evaluator.map(|evaluator| evaluator.score(&network)).transpose()?;
        Ok(PlanRow { plan, sqnr, score })
    }

    fn fast(&self, row: &PlanRow) -> bool {
        self.max_instructions.is_none_or(|limit| row.plan.instructions <= limit)
    }

    /// The place of the plan to take; plans that are made for it join the rows.
    fn pick(
        &self,
        rows: &mut Vec<PlanRow>,
        limit: Option<usize>,
        floor: Option<f64>,
    ) -> Result<usize, Failure> {
        let keeps = |row: &PlanRow| {
            let accurate =
                floor.is_none_or(|floor| row.score.is_some_and(|score| score.accuracy() >= floor - 1e-9));
            accurate && self.fast(row)
        };
        let unreachable = |rows: &[PlanRow]| {
            let smallest = rows.first().map_or(0, |row| row.plan.bytes);
            Failure::Unreachable(format!(
                "no plan that was tried keeps to the constraint; the smallest has {smallest} bytes; nothing was written"
            ))
        };
        match (limit, floor) {
            (_, Some(_)) => {
                let fits = |row: &PlanRow| limit.is_none_or(|limit| row.plan.bytes <= limit);
                let first = rows.iter().position(|row| keeps(row) && fits(row));
                let mut high = first.ok_or_else(|| unreachable(rows))?;
                let mut low = high.checked_sub(1).map_or(0, |below| rows[below].plan.bytes);
                for _ in 0..HALVINGS {
                    let middle = usize::midpoint(low, rows[high].plan.bytes);
                    let Some(plan) = self.joint.at_most(middle, &|| ())? else { break };
                    let row = self.row(plan)?;
                    if keeps(&row) {
                        rows.push(row);
                        high = rows.len() - 1;
                    } else {
                        low = middle;
                    }
                }
                Ok(sorted(rows, high))
            }
            (Some(limit), None) => {
                let plan = self.joint.at_most(limit, &|| ())?.ok_or_else(|| unreachable(rows))?;
                rows.push(self.row(plan)?);
                // The plan for this limit, unless it is too slow: then the best of the front.
                let fits = |row: &PlanRow| row.plan.bytes <= limit && self.fast(row);
                let places = (0..rows.len()).rev().filter(|place| fits(&rows[*place]));
                let best = places.min_by(|a, b| rows[*a].plan.error.total_cmp(&rows[*b].plan.error));
                let best = best.ok_or_else(|| unreachable(rows))?;
                Ok(sorted(rows, best))
            }
            (None, None) => {
                // The smallest within one standard error of the best accuracy, or of 30 dB at the output, or, without
                // samples, of 30 dB in the mean of the layers.
                let layers = self.joint.tried().len() as f64;
                let best = rows.iter().filter_map(|row| row.score).max_by_key(|score| score.correct);
                let enough = |row: &PlanRow| match (best, row.score) {
                    (Some(best), Some(score)) => score.accuracy() >= best.accuracy() - best.standard_error(),
                    _ => row.sqnr.map_or(row.plan.error <= 0.001 * layers, |sqnr| sqnr >= 30.0),
                };
                let place = rows.iter().position(|row| enough(row) && self.fast(row));
                let fastest = || rows.iter().rposition(|row| self.fast(row));
                place.or_else(fastest).ok_or_else(|| unreachable(rows))
            }
        }
    }
}

/// Sorts rows by bytes; gives the new place of row `picked`.
fn sorted(rows: &mut [PlanRow], picked: usize) -> usize {
    let places = rows[picked].plan.places.clone();
    rows.sort_by(|a, b| a.plan.bytes.cmp(&b.plan.bytes).then(b.plan.error.total_cmp(&a.plan.error)));
    rows.iter().position(|row| row.plan.places == places).unwrap_or(0)
}

/// A line about the layers whose inputs calibration does not see; nothing if there are none.
pub(super) fn uncalibrated(names: &[&str]) -> String {
    if names.is_empty() {
        return String::new();
    }
    format!("by the error of the weights, without compensation: {}\n", names.join(", "))
}

fn family(choice: &Choice) -> &'static str {
    match choice.format {
        Format::Int { .. } => "int",
        Format::Posit { .. } => "posit",
        Format::Codebook { .. } => "codebook",
        _ => "float",
    }
}

fn describe(
    flags: &Search,
    joint: &Joint,
    rows: Vec<PlanRow>,
    picked: usize,
    float: Option<Score>,
    float_bytes: usize,
) -> Result<Page, Failure> {
    let places = rows[picked].plan.places.clone();
    let added = joint.additions(&places)?;
    let whole: f64 = added.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let contents = joint.contents(&places);
    let about = layer_rows(joint.study().network());
    let mut layers = Vec::with_capacity(places.len());
    for (index, (&place, row)) in places.iter().zip(about).enumerate() {
        let chosen = joint.tried()[index][place];
        let values = contents[index].values();
        let weights = joint.study().layers()[index].weights().data.clone();
        let zeros = values.iter().filter(|value| **value == 0.0).count();
        let (grid, groups) = match &*contents[index] {
            Layer::Coded(coded) => {
                let factors = (0..coded.scales.count()).map(|group| coded.scales.factor(group));
                let factor = factors.fold(0.0, f32::max);
                (coded.grid.values().iter().map(|value| value * factor).collect(), coded.scales.count())
            }
            Layer::Float(_) => (Vec::new(), 0),
        };
        layers.push(LayerChoice {
            name: row.node,
            what: format!(
                "{} {}",
                row.operator,
                row.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ")
            ),
            written: match &*contents[index] {
                Layer::Coded(coded) => coded.format.to_string(),
                Layer::Float(_) => "float".to_owned(),
            },
            zeros: zeros as f64 / values.len().max(1) as f64,
            share: added[index] / whole,
            alternatives: alternatives(&joint.all()[index], &chosen),
            calibrated: joint.study().layers()[index].is_calibrated(),
            chosen,
            weights,
            grid,
            groups,
        });
    }
    Ok(Page {
        title: flags.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        float_bytes,
        float,
        measure: joint.reference().map(Reference::measure),
        rows,
        picked,
        layers,
        tried: joint.all().iter().map(Vec::len).sum(),
    })
}

/// For each family that was not chosen, the fewest bytes at which it is as good as what was chosen.
fn alternatives(all: &[Tried], chosen: &Tried) -> Vec<Alternative> {
    let best = |name: &'static str| {
        let members = || all.iter().filter(move |tried| family(&tried.choice) == name);
        let as_good = members().filter(|tried| tried.error <= chosen.error).min_by_key(|tried| tried.bytes);
        let nearest = || members().min_by(|a, b| a.error.total_cmp(&b.error));
        as_good.or_else(nearest).map(|tried| Alternative { family: name, tried: *tried })
    };
    ["int", "posit", "codebook"]
        .into_iter()
        .filter(|name| *name != family(&chosen.choice))
        .filter_map(best)
        .collect()
}

/// An estimate, if there is one.
fn some(instructions: u64) -> Option<u64> {
    Some(instructions).filter(|count| *count > 0)
}

fn row_json(page: &Page, index: usize) -> serde_json::Value {
    let row = &page.rows[index];
    json!({
        "bytes": row.plan.bytes, "error": row.plan.error, "output_sqnr": row.sqnr,
        "instructions": some(row.plan.instructions),
        "correct": row.score.map(|s| s.correct), "total": row.score.map(|s| s.total),
        "accuracy": row.score.map(Score::accuracy), "picked": page.picked == index,
    })
}

fn run_json(flags: &Search, common: &Common, page: &Page, samples: usize, bytes: usize) -> serde_json::Value {
    let layer = |layer: &LayerChoice| {
        let others = layer.alternatives.iter().map(|other| {
            json!({
                "family": other.family, "choice": other.tried.choice.to_string(), "bytes": other.tried.bytes,
                "error": other.tried.error,
            })
        });
        json!({
            "node": layer.name, "layer": layer.what, "choice": layer.chosen.choice.to_string(),
            "written": layer.written, "bytes": layer.chosen.bytes, "error": layer.chosen.error,
            "error_of": if layer.calibrated { "outputs" } else { "weights" },
            "instructions": some(layer.chosen.instructions),
            "zeros": layer.zeros, "share": layer.share, "alternatives": others.collect::<Vec<_>>(),
        })
    };
    let picked = row_json(page, page.picked);
    json!({
        "schema": 1, "version": env!("CARGO_PKG_VERSION"), "model": flags.file.display().to_string(),
        "calibration": flags.calibration.calibrate.as_ref().map(|file| file.display().to_string()),
        "calibration_samples": samples, "data": data_name(flags), "seed": common.seed,
        "float_bytes": page.float_bytes, "float_accuracy": page.float.map(Score::accuracy),
        "measure": page.measure.map_or("Layers".to_owned(), |measure| format!("{measure:?}")), "tried": page.tried, "bytes": bytes,
        "error": picked["error"], "output_sqnr": picked["output_sqnr"], "instructions": picked["instructions"],
        "correct": picked["correct"],
        "total": picked["total"], "accuracy": picked["accuracy"],
        "points": (0..page.rows.len()).map(|index| row_json(page, index)).collect::<Vec<_>>(),
        "layers": page.layers.iter().map(layer).collect::<Vec<_>>(),
        "output": flags.output.display().to_string(),
    })
}

fn csv(page: &Page) -> String {
    let mut csv = "bytes,ratio,error,output_sqnr,instructions,accuracy,picked\n".to_owned();
    for (index, row) in page.rows.iter().enumerate() {
        let _ = writeln!(
            csv,
            "{},{:.4},{:.6e},{},{},{},{}",
            row.plan.bytes,
            page.float_bytes as f64 / row.plan.bytes as f64,
            row.plan.error,
            row.sqnr.map_or(String::new(), |sqnr| format!("{sqnr:.3}")),
            some(row.plan.instructions).map_or(String::new(), |count| count.to_string()),
            row.score.map_or(String::new(), |score| format!("{:.4}", score.accuracy())),
            page.picked == index
        );
    }
    csv
}

fn text(flags: &Search, page: &Page) -> String {
    let row = |index: usize| {
        let row = &page.rows[index];
        vec![
            if page.picked == index { "*" } else { "" }.to_owned(),
            row.plan.bytes.to_string(),
            format!("{:.2}", page.float_bytes as f64 / row.plan.bytes as f64),
            format!("{:.5}", row.plan.error),
            row.sqnr.map_or("-".to_owned(), |sqnr| format!("{sqnr:.1}")),
            some(row.plan.instructions).map_or("-".to_owned(), |count| count.to_string()),
            row.score.map_or("-".to_owned(), |score| format!("{:.2} %", score.accuracy())),
        ]
    };
    let rows: Vec<Vec<String>> = (0..page.rows.len()).map(row).collect();
    let layer = |layer: &LayerChoice| {
        vec![
            layer.name.clone(),
            layer.what.clone(),
            layer.chosen.choice.to_string(),
            layer.chosen.bytes.to_string(),
            format!("{:.1}", -10.0 * layer.chosen.error.log10()),
            format!("{:.0} %", 100.0 * layer.share),
        ]
    };
    let layers: Vec<Vec<String>> = page.layers.iter().map(layer).collect();
    let blind = page.layers.iter().filter(|layer| page.measure.is_some() && !layer.calibrated);
    let blind = uncalibrated(&blind.map(|layer| layer.name.as_str()).collect::<Vec<_>>());
    format!(
        "{}{}{blind}float: {} bytes{}; {} candidates; * picked: {}\nreport: {}\n",
        table(&["", "bytes", "ratio", "error", "SQNR dB", "instructions", "accuracy"], &rows),
        table(&["node", "layer", "choice", "bytes", "SQNR dB", "share"], &layers),
        page.float_bytes,
        page.float.map_or(String::new(), |score| format!(", {:.2} %", score.accuracy())),
        page.tried,
        flags.output.join("best.ncm").display(),
        flags.output.join("report.html").display()
    )
}
