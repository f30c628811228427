//! The output error: how far a compressed network's outputs are from the float network's, on samples without labels.

use crate::batch_norm::{BatchNorm, Channels};
use crate::data::Samples;
use crate::engine::{BATCH, Engine, RtenEngine};
use crate::error::Error;
use crate::network::{Network, Tensor, ValueId};
use nncompress_runtime::Operator;
use rayon::prelude::*;

/// What the distance of two outputs is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measure {
    /// The sum of squared differences over the sum of squares of the float outputs. For outputs that are no
    /// probabilities.
    Squares,
    /// The mean Kullback-Leibler divergence of the compressed from the float outputs, in nats a sample. For
    /// outputs that a `Softmax` computes.
    Divergence,
}

/// A network on the engine, with samples and what the float network says of them.
#[derive(Debug)]
pub struct Reference {
    engine: RtenEngine,
    parameters: Vec<ValueId>,
    inputs: Vec<Tensor>,
    outputs: Vec<Tensor>,
    measure: Measure,
    /// The batch normalisations, with what they see in the float network.
    norms: Vec<(BatchNorm, Channels)>,
}

/// Batches on which batch normalisations are estimated anew: at most 256 samples.
const NORM_BATCHES: usize = 256 / BATCH;

impl Reference {
    /// Runs the float network on `samples`, which have been brought to its input by [`Samples::fit`].
    ///
    /// # Errors
    /// Those of the engine.
    pub fn new(network: &Network, samples: &Samples) -> Result<Self, Error> {
        let parameters = network.parameters();
        let engine = RtenEngine::new(network, &parameters)?;
        let starts: Vec<usize> = (0..samples.len()).step_by(BATCH).collect();
        let inputs: Vec<Tensor> = starts.iter().map(|start| samples.range(*start, start + BATCH)).collect();
        let softmax = network.nodes.last().is_some_and(|node| {
            node.operator == Operator::Softmax && node.outputs.first() == network.outputs.first()
        });
        let measure = if softmax { Measure::Divergence } else { Measure::Squares };
        let (outputs, norms) = (Vec::new(), Vec::new());
        let mut reference = Self { engine, parameters, inputs, outputs, measure, norms };
        let constants = constants(network, &reference.parameters);
        reference.outputs = reference.run(&constants)?;
        for norm in BatchNorm::all(network) {
            let channels = reference.channels(&constants, &norm)?;
            reference.norms.push((norm, channels));
        }
        Ok(reference)
    }

    /// How outputs are compared.
    #[must_use]
    pub const fn measure(&self) -> Measure {
        self.measure
    }

    /// The samples, by batches.
    #[must_use]
    pub fn batches(&self) -> usize {
        self.inputs.len()
    }

    fn run(&self, constants: &[Tensor]) -> Result<Vec<Tensor>, Error> {
        let first = |input: &Tensor| {
            let outputs = self.engine.run(input, constants, &[])?;
            outputs.into_iter().next().ok_or_else(|| Error::EngineRun { reason: "there is no output".into() })
        };
        self.inputs.par_iter().map(first).collect()
    }

    /// What a batch normalisation sees.
    fn channels(&self, constants: &[Tensor], norm: &BatchNorm) -> Result<Channels, Error> {
        let seen = |input: &Tensor| {
            let values = self.engine.run(input, constants, &[norm.input])?;
            values.into_iter().next().ok_or_else(|| Error::EngineRun { reason: "there is no value".into() })
        };
        let seen: Vec<Tensor> =
            self.inputs.par_iter().take(NORM_BATCHES).map(seen).collect::<Result<_, Error>>()?;
        Ok(Channels::of(&seen))
    }

    /// Estimates the statistics of every batch normalisation of a compressed network anew, one after the other, so that
    /// what they give keeps the mean and variance that it has in the float network. Nothing happens where there is none.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn renormalize(&self, network: &mut Network) -> Result<(), Error> {
        for (norm, float) in &self.norms {
            let compressed = self.channels(&constants(network, &self.parameters), norm)?;
            norm.follow(network, float, &compressed);
        }
        Ok(())
    }

    /// The error of `network`, which differs from the float one in its [parameters](Network::parameters) at most.
    ///
    /// # Errors
    /// Those of the engine; [`Error::PlanLength`] if it is another network.
    pub fn error(&self, network: &Network) -> Result<f64, Error> {
        self.error_under(network, self.measure, usize::MAX)
    }

    /// The signal-to-noise ratio of the outputs in dB; infinite if they are equal.
    ///
    /// # Errors
    /// As [`error`](Self::error).
    pub fn output_sqnr(&self, network: &Network) -> Result<f64, Error> {
        Ok(-10.0 * self.error_under(network, Measure::Squares, usize::MAX)?.log10())
    }

    /// The error on the first `batches` batches.
    ///
    /// # Errors
    /// As [`error`](Self::error).
    pub fn error_on(&self, network: &Network, batches: usize) -> Result<f64, Error> {
        self.error_under(network, self.measure, batches)
    }

    fn error_under(&self, network: &Network, measure: Measure, batches: usize) -> Result<f64, Error> {
        let constants = constants(network, &network.parameters());
        if constants.len() != self.parameters.len() {
            return Err(Error::PlanLength { expected: self.parameters.len(), found: constants.len() });
        }
        let one = |(input, float): (&Tensor, &Tensor)| {
            let output = self.engine.run(input, &constants, &[])?;
            let output = output.first().map_or(&[][..], |output| output.data.as_slice());
            Ok(distance(measure, &float.data, output, input.shape.first().copied().unwrap_or(1)))
        };
        let sums: Vec<(f64, f64)> =
            self.inputs.par_iter().zip(&self.outputs).take(batches).map(one).collect::<Result<_, Error>>()?;
        // In the order of the batches, whatever the threads did.
        let (difference, whole) = sums.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
        Ok(if whole > 0.0 { difference / whole } else { 0.0 })
    }
}

/// The values of constants.
fn constants(network: &Network, ids: &[ValueId]) -> Vec<Tensor> {
    ids.iter().filter_map(|id| network.float_constant(*id).cloned()).collect()
}

/// Numerator and denominator of a measure over one batch.
fn distance(measure: Measure, float: &[f32], other: &[f32], samples: usize) -> (f64, f64) {
    let pairs = float.iter().zip(other).map(|(a, b)| (f64::from(*a), f64::from(*b)));
    match measure {
        Measure::Squares => pairs.fold((0.0, 0.0), |sum, (a, b)| (sum.0 + (a - b) * (a - b), sum.1 + a * a)),
        Measure::Divergence => {
            // A probability that underflowed to 0 still gives a finite divergence.
            let term = |(p, q): (f64, f64)| if p > 0.0 { p * (p / q.max(1e-12)).ln() } else { 0.0 };
            (pairs.map(term).sum(), samples as f64)
        }
    }
}
