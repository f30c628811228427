//! What samples tell about the values of a network: its shapes, and a histogram of each value.

use super::RangeRule;
use crate::data::Samples;
use crate::engine::{BATCH, Engine, RtenEngine};
use crate::error::Error;
use crate::network::{Network, Source, ValueId};
use fixq::{Codes, HalfToEven, Histogram, Params, Range, Symmetry};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Bins of a histogram: those that the divergence is known to work with.
const BINS: usize = 2048;

/// Batches that run before their values are counted: bounds the memory that captured values take.
const WINDOW: usize = 4;

/// The network on the engine, with what it computes of one sample.
pub(super) struct Observer<'n> {
    engine: RtenEngine,
    samples: &'n Samples,
}

impl<'n> Observer<'n> {
    pub fn new(network: &'n Network, samples: &'n Samples) -> Result<Self, Error> {
        Ok(Self { engine: RtenEngine::new(network, &[])?, samples })
    }

    /// The shape of the input and of every value that a node computes, with a batch of 1.
    pub fn shapes(&self, network: &Network) -> Result<BTreeMap<ValueId, Vec<usize>>, Error> {
        let computed = |(index, value): (usize, &crate::network::Value)| {
            let id = ValueId(u32::try_from(index).ok()?);
            (!matches!(value.source, Source::Constant(_))).then_some(id)
        };
        let read = |id: &ValueId| {
            let used = network.nodes.iter().any(|node| node.inputs.contains(&Some(*id)));
            used || network.outputs.contains(id)
        };
        let ids: Vec<ValueId> = network.values.iter().enumerate().filter_map(computed).filter(read).collect();
        let values = self.engine.run(&self.samples.range(0, 1), &[], &ids)?;
        Ok(ids.into_iter().zip(values.into_iter().map(|value| value.shape)).collect())
    }

    /// A histogram of each of these values over all samples.
    pub fn histograms(&self, ids: &[ValueId]) -> Result<Vec<Seen>, Error> {
        let mut seen: Vec<Seen> = ids.iter().map(|_| Seen::default()).collect();
        let starts: Vec<usize> = (0..self.samples.len()).step_by(BATCH).collect();
        for window in starts.chunks(WINDOW) {
            let run = |start: &usize| self.engine.run(&self.samples.range(*start, start + BATCH), &[], ids);
            let batches = window.par_iter().map(run).collect::<Result<Vec<_>, Error>>()?;
            let count = |(index, seen): (usize, &mut Seen)| {
                batches.iter().try_for_each(|values| {
                    let refused = |source| Error::Int8 { node: format!("value {index}"), source };
                    seen.0.update(&values[index].data).map_err(refused)
                })
            };
            seen.par_iter_mut().enumerate().try_for_each(count)?;
        }
        Ok(seen)
    }
}

/// How often a value was seen where.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen(Box<Histogram<BINS>>);

impl Seen {
    pub fn merge(&mut self, other: &Self) {
        self.0.merge(&other.0);
    }

    /// The parameters of an int8 tensor that holds what was seen.
    pub fn params(&self, rule: RangeRule) -> Result<Params, fixq::Error> {
        Ok(Params::asymmetric::<HalfToEven>(self.range(rule)?, Codes::INT8))
    }

    fn range(&self, rule: RangeRule) -> Result<Range, fixq::Error> {
        match rule {
            RangeRule::MinMax => self.0.seen().range(),
            RangeRule::Percentile => self.0.percentile(0.9999),
            RangeRule::LeastDivergent => self.0.least_divergent(128),
            RangeRule::LeastSquares => self.0.least_squares(Codes::INT8, Symmetry::Asymmetric),
        }
    }
}
