//! How far the outputs of an int8 image are from those of the float network.

use super::order::Order;
use super::{Codings, Options, RangeRule, lower};
use crate::data::Samples;
use crate::engine::{BATCH, Engine, RtenEngine};
use crate::error::Error;
use crate::int8::{Int8Network, Session, encode, quantize_input};
use crate::network::Network;
use rayon::prelude::*;
use std::path::Path;

/// Lowers under each of the rules [`RangeRule::MinMax`], [`RangeRule::Percentile`] and [`RangeRule::LeastSquares`], and
/// gives the network whose outputs are nearest to those of the float network on the samples, with its rule.
///
/// # Errors
/// Those of [`lower`] and [`output_sqnr`].
pub fn lower_nearest(
    network: &Network,
    codings: &Codings,
    samples: &Samples,
    options: &Options,
) -> Result<(RangeRule, Int8Network), Error> {
    let mut best: Option<(f64, RangeRule, Int8Network)> = None;
    for range in [RangeRule::MinMax, RangeRule::Percentile, RangeRule::LeastSquares] {
        let lowered = lower(network, codings, samples, &Options { range, ..*options })?;
        let sqnr = output_sqnr(network, &encode(&lowered)?, samples)?;
        if best.as_ref().is_none_or(|(most, ..)| sqnr > *most) {
            best = Some((sqnr, range, lowered));
        }
    }
    let nothing = || Error::EngineRun { reason: "the outputs are no numbers".into() };
    best.map(|(_, range, lowered)| (range, lowered)).ok_or_else(nothing)
}

/// The signal-to-noise ratio in dB of the first output of an int8 image, which the runtime runs, against that of the
/// float network; infinite if they are equal. `samples` have been brought to the network's input.
///
/// # Errors
/// Those of the engine, of [`Session::new`] and of [`quantize_input`]; [`Error::EngineLoad`] if the image has not one
/// input and an output.
pub fn output_sqnr(network: &Network, image: &[u8], samples: &Samples) -> Result<f64, Error> {
    let file = Path::new("image");
    let engine = RtenEngine::new(network, &[])?;
    let session = Session::new(image, file)?;
    let program = session.program();
    let (Some(input), Some(output)) = (program.inputs().next(), program.outputs().next()) else {
        return Err(Error::EngineLoad { reason: "it has not one input and an output".into() });
    };
    let codes = quantize_input(samples, &input, file)?;
    let dims: Vec<usize> = output.dims.map(|length| length as usize).collect();
    let batch = |session: &mut Session<'_>, start: usize| {
        let float = engine.run(&samples.range(start, start + BATCH), &[], &[])?;
        let float = float.into_iter().next().unwrap_or_default();
        let mut shape = float.shape.clone();
        shape.first_mut().into_iter().for_each(|batch| *batch = 1);
        let order = if dims == shape { Order::plain(&shape) } else { Order::channels_last(&shape) };
        let (mut noise, mut signal) = (0.0, 0.0);
        let sample = codes.chunks_exact(input.place.length).skip(start);
        for (float, codes) in float.data.chunks_exact(output.place.length.max(1)).zip(sample) {
            let found = session.run(&[codes])?.swap_remove(0);
            for (code, &number) in found.iter().zip(&order.numbers) {
                let real = f64::from(output.scale) * (f64::from(*code) - f64::from(output.zero_point));
                let expected = f64::from(float.get(number).copied().unwrap_or(0.0));
                noise += (real - expected).powi(2);
                signal += expected.powi(2);
            }
        }
        Ok::<(f64, f64), Error>((noise, signal))
    };
    let starts: Vec<usize> = (0..samples.len()).step_by(BATCH).collect();
    let sums = starts.into_par_iter().map_init(|| session.clone(), batch).collect::<Result<Vec<_>, _>>()?;
    // In the order of the batches, whatever the threads did.
    let (noise, signal) = sums.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    Ok(10.0 * (signal / noise).log10())
}
