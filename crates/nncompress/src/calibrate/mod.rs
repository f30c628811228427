//! What a network's weight layers see when samples run through it: for each column of a layer's matrix the mean,
//! for each pair of columns the second moment `H = XᵀX / n`, and the range and magnitudes of the inputs.
//!
//! `H` is all that a change of weights needs: rows `w` that become `w + d` change the outputs by a mean square of
//! `d H dᵀ`. With inputs (1, 0) and (1, 2), `H` is [[1, 1], [1, 2]], and d = (1, −1) changes the outputs by 1 and
//! −1: a mean square of 1 = 1 − 1 − 1 + 2.

mod gather;
mod moments;

pub use moments::{Magnitudes, Moments};

use crate::data::Samples;
use crate::engine::{BATCH, Engine, RtenEngine};
use crate::error::Error;
use crate::matrix::{Matrix, is_recurrence};
use crate::network::{Network, Tensor, ValueId, WeightLayer};
use rayon::prelude::*;

/// Batches that run before their inputs are gathered: bounds the memory that captured values take.
const WINDOW: usize = 8;

/// The fewest rows of inputs that a layer gathers, if it has as many; for wide layers [`ROWS_A_COLUMN`] a column.
const ROWS: usize = 16_384;
const ROWS_A_COLUMN: usize = 32;

/// What each weight layer saw, in the order of [`Network::weight_layers`]; `None` where the inputs of a layer
/// cannot be told (see [`Matrix::of`]).
#[derive(Clone, Debug)]
pub struct Statistics {
    /// One for each weight layer.
    pub layers: Vec<Option<Moments>>,
    /// How many samples ran.
    pub samples: usize,
}

impl Statistics {
    /// Adds what another run saw, of the same network and as many samples in all.
    pub fn merge(&mut self, other: &Self) {
        for (own, other) in self.layers.iter_mut().zip(&other.layers) {
            if let (Some(own), Some(other)) = (own, other) {
                own.merge(other);
            }
        }
        self.samples += other.samples;
    }
}

/// Runs `samples`, which have been brought to the network's input, and gathers the statistics.
///
/// Layers with many positions a sample gather some of them, evenly spread, shifted from sample to sample. The
/// result is the same for any number of threads.
///
/// # Errors
/// Those of the engine.
pub fn calibrate(network: &Network, samples: &Samples) -> Result<Statistics, Error> {
    let engine = RtenEngine::new(network, &[])?;
    calibrate_on(&engine, network, &[], samples)
}

/// As [`calibrate`], on an engine that has been loaded, with these values of its variable constants.
///
/// # Errors
/// Those of the engine.
pub fn calibrate_on(
    engine: &RtenEngine,
    network: &Network,
    variable: &[Tensor],
    samples: &Samples,
) -> Result<Statistics, Error> {
    let layers = network.weight_layers();
    let matrices: Vec<Option<Matrix>> = layers.iter().map(|layer| Matrix::of(network, layer)).collect();
    let mut moments: Vec<Option<Moments>> =
        matrices.iter().map(|matrix| matrix.as_ref().map(Moments::new)).collect();
    let inputs: Vec<Option<ValueId>> = layers
        .iter()
        .zip(&matrices)
        .map(|(layer, matrix)| matrix.and_then(|_| input(network, layer)))
        .collect();
    let mut capture: Vec<ValueId> = inputs.iter().flatten().copied().collect();
    capture.sort_unstable();
    capture.dedup();
    let batches: Vec<usize> = (0..samples.len()).step_by(BATCH).collect();
    for window in batches.chunks(WINDOW) {
        let run = |start: &usize| {
            if capture.is_empty() {
                return Ok(Vec::new());
            }
            engine.run(&samples.range(*start, start + BATCH), variable, &capture)
        };
        let captured: Vec<Vec<Tensor>> = window.par_iter().map(run).collect::<Result<_, Error>>()?;
        // Layers side by side, batches in order: sums do not depend on the number of threads.
        let work = moments.par_iter_mut().zip(&layers).zip(&matrices).zip(&inputs);
        work.try_for_each(|(((moments, layer), matrix), input)| {
            let (Some(moments), Some(matrix), Some(input)) = (moments, matrix, input) else { return Ok(()) };
            let place = capture.binary_search(input).unwrap_or(0);
            let wanted = ROWS.max(ROWS_A_COLUMN * matrix.columns).div_ceil(samples.len().max(1));
            for (start, values) in window.iter().zip(&captured) {
                let rows =
                    gather::Gather { node: &network.nodes[layer.node], matrix, first_sample: *start, wanted };
                rows.add_to(moments, &values[place], network.float_constant(layer.value))?;
            }
            Ok(())
        })?;
    }
    Ok(Statistics { layers: moments, samples: samples.len() })
}

/// The value that a layer's weights multiply; for those of a recurrence the states, which are its outputs.
fn input(network: &Network, layer: &WeightLayer) -> Option<ValueId> {
    let node = &network.nodes[layer.node];
    if is_recurrence(network, layer) {
        return node.outputs.first().copied();
    }
    node.inputs.first().copied().flatten()
}
