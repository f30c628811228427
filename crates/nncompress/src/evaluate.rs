//! Accuracy on labelled data: always that of an image, never of weights on their way into one.

use crate::data::{Samples, check_labels};
use crate::engine::{BATCH, Engine, RtenEngine};
use crate::error::Error;
use crate::image::decode;
use crate::network::{Network, Tensor, ValueId};
use rayon::prelude::*;
use std::path::Path;

/// How many samples got the right class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Score {
    /// Samples whose largest output is that of their label.
    pub correct: usize,
    /// All samples.
    pub total: usize,
}

impl Score {
    /// Per cent.
    #[must_use]
    pub fn accuracy(self) -> f64 {
        100.0 * self.correct as f64 / self.total.max(1) as f64
    }

    /// The binomial standard error of [`accuracy`](Self::accuracy), in points.
    #[must_use]
    pub fn standard_error(self) -> f64 {
        let share = self.accuracy() / 100.0;
        100.0 * (share * (1.0 - share) / self.total.max(1) as f64).sqrt()
    }
}

/// A network on the engine, with labelled samples.
#[derive(Debug)]
pub struct Evaluator {
    engine: RtenEngine,
    weights: Vec<ValueId>,
    batches: Vec<(Tensor, Vec<u32>)>,
}

impl Evaluator {
    /// Loads `network` so that its weight layers can be exchanged, and cuts the samples, which have been
    /// brought to its input by [`Samples::fit`], into batches.
    ///
    /// # Errors
    /// Those of the engine; [`Error::LabelCount`] if there are more or fewer labels than samples.
    pub fn new(network: &Network, samples: &Samples, labels: &[u32]) -> Result<Self, Error> {
        check_labels(samples, Path::new("samples"), labels, Path::new("labels"))?;
        let weights = network.parameters();
        let engine = RtenEngine::new(network, &weights)?;
        let batch = |(index, labels): (usize, &[u32])| {
            (samples.range(index * BATCH, (index + 1) * BATCH), labels.to_vec())
        };
        Ok(Self { engine, weights, batches: labels.chunks(BATCH).enumerate().map(batch).collect() })
    }

    /// Scores `network`, which differs from the loaded one in its weights and their biases at most.
    ///
    /// # Errors
    /// Those of the engine; [`Error::LabelRange`] if a label is not below the number of classes.
    pub fn score(&self, network: &Network) -> Result<Score, Error> {
        let classes = self.classify(network)?;
        let labels = self.batches.iter().flat_map(|(_, labels)| labels);
        let correct = classes.iter().zip(labels).filter(|(class, label)| class == label).count();
        Ok(Score { correct, total: classes.len() })
    }

    /// The class of each sample, in their order: the index of the largest output, the first of equal ones. `network`
    /// differs from the loaded one in its weights and their biases at most.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn classify(&self, network: &Network) -> Result<Vec<u32>, Error> {
        let weights: Vec<Tensor> =
            network.parameters().iter().filter_map(|id| network.float_constant(*id).cloned()).collect();
        if weights.len() != self.weights.len() {
            return Err(Error::PlanLength { expected: self.weights.len(), found: weights.len() });
        }
        let run = |(input, labels): &(Tensor, Vec<u32>)| self.batch(input, labels, &weights);
        let batches: Vec<Vec<u32>> = self.batches.par_iter().map(run).collect::<Result<_, Error>>()?;
        Ok(batches.concat())
    }

    /// Scores the weights that an image of this network stands for.
    ///
    /// # Errors
    /// Those of [`decode`] and [`score`](Self::score).
    pub fn score_image(&self, image: &[u8]) -> Result<Score, Error> {
        self.score(&decode(image, Path::new("image"))?)
    }

    fn batch(&self, input: &Tensor, labels: &[u32], weights: &[Tensor]) -> Result<Vec<u32>, Error> {
        let outputs = self.engine.run(input, weights, &[])?;
        let scores = outputs.first().map_or(&[][..], |output| output.data.as_slice());
        let classes = scores.len() / labels.len().max(1);
        if let Some(&label) = labels.iter().find(|label| **label as usize >= classes) {
            return Err(Error::LabelRange { label, classes });
        }
        Ok(scores.chunks(classes.max(1)).map(|scores| arg_max(scores) as u32).collect())
    }
}

/// The index of the largest score; the first of equal ones. NaN never wins.
fn arg_max(scores: &[f32]) -> usize {
    let better = |best: usize, index: usize| {
        if scores[index] > scores[best] || scores[best].is_nan() { index } else { best }
    };
    (0..scores.len()).reduce(better).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Score, arg_max};

    #[test]
    fn the_first_of_equal_scores_wins_and_nan_never_does() {
        assert_eq!(arg_max(&[1.0, 3.0, 3.0]), 1);
        assert_eq!(arg_max(&[f32::NAN, -1.0, 0.0]), 2);
        assert_eq!(arg_max(&[]), 0);
    }

    #[test]
    fn a_score_in_per_cent() {
        let score = Score { correct: 881, total: 1000 };
        assert!((score.accuracy() - 88.1).abs() < 1e-9);
        assert!((score.standard_error() - 1.024).abs() < 1e-3);
        assert_eq!(Score { correct: 0, total: 0 }.accuracy(), 0.0);
    }
}
