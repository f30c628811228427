//! Accuracy of a network whose weight factors are moved: one power of two for each layer, fitted by least squares, times
//! 2^k. Prints one JSON object a row.
//!
//! `scales MODEL --data FILE --labels FILE --formats posit8_0 posit8_2 --shifts 4`

use anyhow::Context;
use clap::Parser;
use nncompress::evaluate::Evaluator;
use nncompress::format::Format;
use nncompress::grid::{Grid, Rounding};
use nncompress::network::{Constant, Network, Source};
use nncompress::scale::{Fit, ScaleRule, fit};
use serde_json::json;
use studies::case::CaseFlags;

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    case: CaseFlags,
    /// Formats that have a grid: posit and int.
    #[arg(long, num_args = 1.., required = true)]
    formats: Vec<Format>,
    /// The largest |k|.
    #[arg(long, default_value_t = 6)]
    shifts: i8,
}

/// The network with its weights on the grid.
fn moved(network: &Network, grid: &Grid, shift: i8) -> anyhow::Result<Network> {
    let mut moved = network.clone();
    for layer in network.weight_layers() {
        let weights = network.float_constant(layer.value).context("weights that are no floats")?;
        let fitted =
            fit(core::slice::from_ref(&weights.data), grid, ScaleRule::PowerOfTwo(Fit::LeastSquares));
        let factor = fitted.factor(0) * f32::from(shift).exp2();
        let mut tensor = weights.clone();
        tensor.data.iter_mut().for_each(|w| *w = grid.nearest(f64::from(*w) / f64::from(factor)).1 * factor);
        moved.values[layer.value.index()].source = Source::Constant(Constant::Float(tensor));
    }
    Ok(moved)
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let case = arguments.case.load()?;
    let evaluator = Evaluator::new(&case.network, &case.samples, &case.labels)?;
    let classes = evaluator.classify(&case.network)?;
    println!("{}", json!({"format": "float", "shift": 0, "classes": classes}));
    for format in &arguments.formats {
        let grid = Grid::of(*format, Rounding::ToZero).with_context(|| format!("{format} has no grid"))?;
        for shift in -arguments.shifts..=arguments.shifts {
            let classes = evaluator.classify(&moved(&case.network, &grid, shift)?)?;
            println!("{}", json!({"format": format.to_string(), "shift": shift, "classes": classes}));
        }
    }
    Ok(())
}
