//! The page of a joint search.

use super::Layer;
use super::histogram::histogram;
use super::page::{escape, figure, frame};
use core::fmt::Write;
use nncompress::evaluate::Score;
use nncompress::joint::{Planned, Tried};
use nncompress::reference::Measure;
use plotters::prelude::*;

/// A plan and what was measured of it.
pub struct PlanRow {
    /// The plan.
    pub plan: Planned,
    /// The signal-to-noise ratio of the outputs on the calibration samples, in dB.
    pub sqnr: Option<f64>,
    /// The accuracy, where there are labels.
    pub score: Option<Score>,
}

/// What another family of formats would have cost.
pub struct Alternative {
    /// Its name.
    pub family: &'static str,
    /// The smallest that is as good as what was chosen, or the best if none is.
    pub tried: Tried,
}

/// A layer of the picked plan.
pub struct LayerChoice {
    pub name: String,
    /// Operator and shape.
    pub what: String,
    pub chosen: Tried,
    /// Whether the error is that of the outputs; else it is that of the weights.
    pub calibrated: bool,
    /// The format in the image.
    pub written: String,
    /// The share of weights that are zero.
    pub zeros: f64,
    /// The share of the output error.
    pub share: f64,
    pub alternatives: Vec<Alternative>,
    pub weights: Vec<f32>,
    /// Factor times value of the group with the largest factor.
    pub grid: Vec<f32>,
    pub groups: usize,
}

/// What the page shows.
pub struct Page {
    pub title: String,
    pub float_bytes: usize,
    pub float: Option<Score>,
    /// `None` without samples.
    pub measure: Option<Measure>,
    /// The front and the picked plan, the smallest first.
    pub rows: Vec<PlanRow>,
    pub picked: usize,
    pub layers: Vec<LayerChoice>,
    /// How many candidates were tried.
    pub tried: usize,
}

/// The whole page.
pub fn page(title: &str, page: &Page) -> anyhow::Result<String> {
    let mut body = format!(
        "<h2>{}</h2>\n<p>{} candidates were tried over {} layers; {} plans were measured. Float: {} bytes{}. Error: {}. \
         Instructions: an estimate for the weight layers and one sample on a Cortex-M4 without SIMD, in plain \
         loops.</p>\n<figure>{}<figcaption>Bytes against the signal-to-noise ratio; \
         the ring is the plan that was picked.</figcaption></figure>\n",
        escape(&page.title),
        page.tried,
        page.layers.len(),
        page.rows.len(),
        page.float_bytes,
        page.float.map_or(String::new(), |score| format!(", {:.2} %", score.accuracy())),
        match page.measure {
            Some(Measure::Squares) => {
                "squared difference of the outputs over their squares, on the calibration samples"
            }
            Some(Measure::Divergence) => {
                "Kullback-Leibler divergence of the outputs in nats, on the calibration samples"
            }
            None => "squared difference of the weights over their squares, summed over the layers",
        },
        plot(page)?
    );
    body.push_str(&plans(page));
    body.push_str(&layers(page));
    body.push_str("<h3>Weights and their values</h3>\n");
    for layer in &page.layers {
        let drawn = Layer {
            name: layer.name.clone(),
            what: layer.what.clone(),
            weights: layer.weights.clone(),
            grid: layer.grid.clone(),
            groups: layer.groups,
            sqnr: Some(decibels(layer.chosen.error)),
        };
        body.push_str(&figure(&drawn, &histogram(&drawn)));
    }
    Ok(frame(title, &body))
}

fn decibels(error: f64) -> f64 {
    -10.0 * error.max(1e-30).log10()
}

/// An estimate in thousands, if there is one.
fn estimate(instructions: u64) -> String {
    match instructions {
        0 => "–".to_owned(),
        count => format!("{} k", count.div_ceil(1000)),
    }
}

fn plans(page: &Page) -> String {
    let mut html =
        "<table>\n<tr><th>bytes</th><th>ratio</th><th>error</th><th>output SQNR, dB</th><th>instructions</th><th>accuracy</th>\
        <th>± s.e.</th></tr>\n"
            .to_owned();
    for (index, row) in page.rows.iter().enumerate() {
        let class = if page.picked == index { " class=\"picked\"" } else { "" };
        let (accuracy, deviation) = row.score.map_or_else(
            || ("–".to_owned(), String::new()),
            |score| (format!("{:.2} %", score.accuracy()), format!("{:.2}", score.standard_error())),
        );
        let _ = writeln!(
            html,
            "<tr{class}><td>{}</td><td>{:.2}</td><td>{:.5}</td><td>{}</td><td>{}</td><td>{accuracy}</td><td>{deviation}</td></tr>",
            row.plan.bytes,
            page.float_bytes as f64 / row.plan.bytes as f64,
            row.plan.error,
            row.sqnr.map_or("–".to_owned(), |sqnr| format!("{sqnr:.1}")),
            estimate(row.plan.instructions),
        );
    }
    html + "</table>\n"
}

fn layers(page: &Page) -> String {
    let mut html = "<h3>The picked plan, layer by layer</h3>\n<table>\n<tr><th>layer</th><th>choice</th><th>written as</th>\
        <th>zero</th><th>bytes</th><th>bits a weight</th><th>SQNR, dB</th><th>instructions</th><th>share of error</th><th>not chosen</th></tr>\n"
        .to_owned();
    for layer in &page.layers {
        let others: Vec<String> = layer
            .alternatives
            .iter()
            .map(|other| {
                let more = other.tried.bytes as f64 / layer.chosen.bytes.max(1) as f64 * 100.0 - 100.0;
                let note = if other.tried.error > layer.chosen.error {
                    format!(", {:.1} dB at best", decibels(other.tried.error))
                } else {
                    String::new()
                };
                format!("{}: {} B ({more:+.0} %{note})", other.tried.choice, other.tried.bytes)
            })
            .collect();
        let _ = writeln!(
            html,
            "<tr><td>{} <small>{}</small></td><td>{}</td><td>{}</td><td>{:.0} %</td><td>{}</td><td>{:.2}</td><td>{:.1}{}</td>\
             <td>{}</td><td>{:.0} %</td><td><small>{}</small></td></tr>",
            escape(&layer.name),
            escape(&layer.what),
            escape(&layer.chosen.choice.to_string()),
            escape(&layer.written),
            100.0 * layer.zeros,
            layer.chosen.bytes,
            8.0 * layer.chosen.bytes as f64 / layer.weights.len().max(1) as f64,
            decibels(layer.chosen.error),
            if layer.calibrated || page.measure.is_none() { "" } else { " of the weights" },
            estimate(layer.chosen.instructions),
            100.0 * layer.share,
            escape(&others.join("; "))
        );
    }
    html + "</table>\n<p class=\"note\">Not chosen: of each other family the fewest bytes at which it is as good for \
        this layer, or the best that it reaches. Of the weights: calibration does not see what these weights multiply, so \
        their own error stands for that of the outputs, and nothing is compensated.</p>\n"
}

fn plot(page: &Page) -> anyhow::Result<String> {
    let mut svg = String::new();
    draw(page, &mut svg).map_err(|error| anyhow::anyhow!("cannot draw the plot: {error}"))?;
    Ok(svg)
}

fn draw(page: &Page, svg: &mut String) -> Result<(), Box<dyn core::error::Error>> {
    let at = |row: &PlanRow| {
        (row.plan.bytes as f64, row.sqnr.unwrap_or_else(|| decibels(row.plan.error)).clamp(-10.0, 120.0))
    };
    let bytes = || page.rows.iter().map(|row| row.plan.bytes as f64);
    let (low, high) = (bytes().fold(f64::INFINITY, f64::min) * 0.9, bytes().fold(1.0, f64::max) * 1.1);
    let top = page.rows.iter().map(|row| at(row).1).fold(10.0, f64::max);
    let root = SVGBackend::with_string(svg, (860, 400)).into_drawing_area();
    let mut chart = ChartBuilder::on(&root)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d((low..high).log_scale(), 0.0..top + 3.0)?;
    chart
        .configure_mesh()
        .x_desc("bytes of the image (logarithmic)")
        .y_desc(if page.measure.is_some() { "output SQNR, dB" } else { "SQNR of the weights, dB" })
        .x_label_formatter(&|bytes| format!("{bytes:.0}"))
        .label_style(("sans-serif", 14))
        .light_line_style(RGBColor(235, 235, 235))
        .draw()?;
    chart.draw_series(LineSeries::new(page.rows.iter().map(at), BLACK))?;
    chart
        .draw_series(page.rows.iter().map(|row| Circle::new(at(row), 3, RGBColor(31, 119, 180).filled())))?;
    if let Some(row) = page.rows.get(page.picked) {
        chart.draw_series([Circle::new(at(row), 8, BLACK.stroke_width(2))])?;
    }
    root.present()?;
    Ok(())
}
