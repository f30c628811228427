//! A network in `f32` whose activations are rounded to few bits wherever a device stores them; weights stay float. Prints
//! one JSON object a row.
//!
//! `activations MODEL --data FILE --labels FILE --calibrate FILE --formats int8 posit8_0 posit8_1 posit8_2`

use clap::Parser;
use nncompress::data::Samples;
use nncompress::format::Format;
use nncompress::network::Network;
use rayon::prelude::*;
use serde_json::json;
use std::path::PathBuf;
use studies::accumulate::Rounded;
use studies::case::CaseFlags;
use studies::forward::Forward;
use studies::stored::{Stored, stored};

/// At most so many values of each tensor decide its factor.
const MOST_SEEN: usize = 1 << 17;

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    case: CaseFlags,
    /// Samples that show what values the activations have.
    #[arg(long)]
    calibrate: PathBuf,
    /// How many of them, the first.
    #[arg(long, default_value_t = 64)]
    calibration_samples: usize,
    /// Formats: float, int and posit.
    #[arg(long, num_args = 1.., required = true)]
    formats: Vec<Format>,
}

/// Runs every sample; each stored value passes through `round`, by its id.
fn outputs(
    network: &Network,
    samples: &Samples,
    round: impl Fn(usize, &mut [f32]) + Sync,
) -> anyhow::Result<Vec<Vec<f32>>> {
    let forward = Forward::<f32>::new(network);
    let shape: Vec<usize> = core::iter::once(1).chain(samples.shape.iter().skip(1).copied()).collect();
    let one = |index: usize| {
        let sample = samples.range(index, index + 1).data;
        forward.run_through::<Rounded>(&shape, &sample, |id, values| round(id.index(), values))
    };
    (0..samples.len()).into_par_iter().map(one).collect()
}

/// Values of each stored tensor: those of every sample in turn, thinned evenly; the least and the largest are kept.
fn seen(network: &Network, samples: &Samples, kept: &[bool]) -> anyhow::Result<Vec<Vec<f32>>> {
    let forward = Forward::<f32>::new(network);
    let shape: Vec<usize> = core::iter::once(1).chain(samples.shape.iter().skip(1).copied()).collect();
    let mut seen = vec![Vec::new(); kept.len()];
    for index in 0..samples.len() {
        let sample = samples.range(index, index + 1).data;
        forward.run_through::<Rounded>(&shape, &sample, |id, values| {
            if kept[id.index()] {
                let step = (values.len() * samples.len()).div_ceil(MOST_SEEN).max(1);
                let ends = [f32::min, f32::max].map(|end| values.iter().copied().fold(0.0, end));
                seen[id.index()].extend(values.iter().step_by(step).copied().chain(ends));
            }
        })?;
    }
    Ok(seen)
}

/// The first of the largest outputs.
fn class(outputs: &[f32]) -> usize {
    (1..outputs.len()).fold(0, |best, index| if outputs[best] < outputs[index] { index } else { best })
}

/// The signal-to-noise ratio of all outputs in dB.
fn decibels(float: &[Vec<f32>], other: &[Vec<f32>]) -> f64 {
    let pairs = float.iter().flatten().zip(other.iter().flatten());
    let (signal, noise) = pairs.fold((0.0, 0.0), |(signal, noise), (a, b)| {
        (signal + f64::from(*a).powi(2), noise + (f64::from(*a) - f64::from(*b)).powi(2))
    });
    10.0 * (signal / noise).log10()
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let case = arguments.case.load()?;
    let shown = arguments.case.samples(&case.network, &arguments.calibrate, arguments.calibration_samples)?;
    let kept = stored(&case.network);
    let seen = seen(&case.network, &shown, &kept)?;
    let float = outputs(&case.network, &case.samples, |_, _| {})?;
    for format in core::iter::once(&Format::Float).chain(&arguments.formats) {
        let rules: Vec<Stored> =
            seen.iter().map(|seen| Stored::new(*format, seen)).collect::<anyhow::Result<_>>()?;
        let rounded = outputs(&case.network, &case.samples, |id, values| {
            if kept[id] {
                rules[id].round(values);
            }
        })?;
        let classes: Vec<usize> = rounded.iter().map(|outputs| class(outputs)).collect();
        let sqnr = Some(decibels(&float, &rounded)).filter(|sqnr| sqnr.is_finite());
        println!("{}", json!({"format": format.to_string(), "classes": classes, "output_sqnr": sqnr}));
    }
    Ok(())
}
