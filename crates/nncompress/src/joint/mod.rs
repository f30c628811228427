//! The joint search: format, scale, offset, sparsity and storage of every layer chosen together.
//!
//! Each layer is written under each choice once, which gives its bytes and the error of its outputs. How much a
//! layer's error counts at the network's output is measured, by compressing it alone. Prices of a byte then give a
//! front of plans, and a limit of bytes the best plan that fits, improved by swaps that are judged by the output
//! error itself: the sum of the layers' errors alone mis-ranks plans.

mod budget;
mod candidates;
mod choices;
mod limit;
mod trial;

pub use candidates::{Candidates, Key, Worth};
pub use choices::choices;
pub use trial::{Shard, try_choices};

use self::budget::WEIGHTS;
use crate::allocate::{Offer, at_price, lower_hull, undominated};
use crate::compensate::Prepared;
use crate::data::Samples;
use crate::error::Error;
use crate::image::layer_size;
use crate::network::Network;
use crate::plan::Choice;
use crate::quantize::Layer;
use crate::reference::Reference;
use crate::study::Study;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The layer errors near which a layer's weight at the output is measured.
const PROBES: [f64; 3] = [0.001, 0.01, 0.1];

/// A choice of a layer, tried.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Tried {
    /// What was tried.
    pub choice: Choice,
    /// The bytes that the layer takes so.
    pub bytes: usize,
    /// The mean square error of the layer's outputs, in parts of their mean square.
    pub error: f64,
    /// The instructions that it takes for one sample, by the estimate of [`cost`](crate::cost); 0 where unknown.
    pub instructions: u64,
}

/// A choice for each layer, by its place among what was tried for that layer.
pub type Places = Vec<usize>;

/// A plan that was measured.
#[derive(Clone, PartialEq, Debug)]
pub struct Planned {
    /// The choices.
    pub places: Places,
    /// The length of the image.
    pub bytes: usize,
    /// The output error on the calibration samples; without samples the sum of the layers' errors.
    pub error: f64,
    /// The instructions that the weight layers take for one sample, by the estimate of [`cost`](crate::cost); 0 where
    /// unknown.
    pub instructions: u64,
}

/// The search over one network.
#[derive(Debug)]
pub struct Joint {
    study: Study,
    reference: Option<Reference>,
    /// For each layer all that was tried, in the order of the choices.
    all: Vec<Vec<Tried>>,
    /// For each layer what is worth a look: no other is smaller, better and faster. The smallest first.
    tried: Vec<Vec<Tried>>,
    /// Of these, the places that no other beats in both bytes and error.
    smallest: Vec<Vec<usize>>,
    /// For each layer its weight at the output, at each of its probes, by rising layer error.
    weights: Vec<Vec<(f64, f64)>>,
    /// The bytes of an image that no choice changes.
    base: usize,
    /// Layers that plans have asked for.
    written: Mutex<Written>,
}

/// Layers by their number and place, and how many weights they have in all.
#[derive(Debug, Default)]
struct Written {
    layers: HashMap<(usize, usize), Arc<Layer>>,
    weights: usize,
}

/// The most weights that are kept written; each takes about four bytes.
const WRITTEN: usize = 1 << 26;

impl Joint {
    /// Puts together what was tried of every layer under every choice. `samples` are those that the output error is
    /// measured on; without them a plan's error is the sum of its layers' errors.
    ///
    /// # Errors
    /// Those of the engine and of the encoder; [`Error::PlanLength`] if there are no choices,
    /// [`Error::MissingCandidates`] if some were not tried.
    pub fn new(
        study: Study,
        samples: Option<&Samples>,
        choices: &[Choice],
        candidates: &Candidates,
    ) -> Result<Self, Error> {
        let reference = samples.map(|samples| Reference::new(study.network(), samples)).transpose()?;
        let layers = study.layers().len();
        if choices.is_empty() || layers == 0 {
            return Err(Error::PlanLength { expected: layers, found: choices.len().min(layers) });
        }
        let one = |layer: usize| {
            let worth = |(place, &choice): (usize, &Choice)| {
                let Worth { bytes, error, instructions } = candidates.get(layer, place)?;
                Some(Tried { choice, bytes, error, instructions })
            };
            choices.iter().enumerate().map(worth).collect::<Option<Vec<_>>>()
        };
        let missing = Error::MissingCandidates { missing: candidates.missing() };
        let all: Vec<Vec<Tried>> = (0..layers).map(one).collect::<Option<_>>().ok_or(missing)?;
        let tried: Vec<Vec<Tried>> = all.iter().map(|tried| worth_a_look(tried)).collect();
        let offer = |t: &Tried| Offer { bytes: t.bytes, error: t.error };
        let offers = tried.iter().map(|tried| tried.iter().map(offer).collect::<Vec<_>>());
        let smallest = offers.map(|offers| undominated(&offers)).collect();
        let (weights, written) = (vec![Vec::new(); layers], Mutex::default());
        let mut joint = Self { study, reference, all, tried, smallest, weights, base: 0, written };
        let first = vec![0; layers];
        let contents = joint.contents(&first);
        let taken: usize = contents.iter().map(|content| layer_size(content).bytes).sum();
        joint.base = joint.image(&first)?.len() - taken;
        drop(contents);
        if let Some(reference) = &joint.reference {
            joint.weights = joint.probe(reference)?;
        }
        Ok(joint)
    }

    /// What was tried for each layer and is worth a look, the smallest first.
    #[must_use]
    pub fn tried(&self) -> &[Vec<Tried>] {
        &self.tried
    }

    /// All that was tried for each layer, in the order of the choices.
    #[must_use]
    pub fn all(&self) -> &[Vec<Tried>] {
        &self.all
    }

    /// The network and its layers.
    #[must_use]
    pub const fn study(&self) -> &Study {
        &self.study
    }

    /// The float outputs on the calibration samples, if there are any.
    #[must_use]
    pub const fn reference(&self) -> Option<&Reference> {
        self.reference.as_ref()
    }

    /// A layer under a choice, from memory if a plan asked for it before.
    fn content(&self, layer: usize, place: usize) -> Arc<Layer> {
        let written = || self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = written().layers.get(&(layer, place)) {
            return Arc::clone(known);
        }
        let made = Arc::new(self.study.candidate(layer, &self.tried[layer][place].choice).layer);
        let mut written = written();
        let count = self.study.layers()[layer].count();
        if written.weights + count > WRITTEN {
            *written = Written::default();
        }
        written.weights += count;
        written.layers.insert((layer, place), Arc::clone(&made));
        made
    }

    /// The contents of the layers under a plan.
    #[must_use]
    pub fn contents(&self, places: &[usize]) -> Vec<Arc<Layer>> {
        places.par_iter().enumerate().map(|(layer, &place)| self.content(layer, place)).collect()
    }

    /// The network under a plan: what decoding its image gives.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn network(&self, places: &[usize]) -> Result<Network, Error> {
        let contents = self.contents(places);
        self.study.compressed(&borrowed(&contents), self.reference.as_ref())
    }

    /// The image of a plan.
    ///
    /// # Errors
    /// Those of the engine and of the encoder.
    pub fn image(&self, places: &[usize]) -> Result<Vec<u8>, Error> {
        let contents = self.contents(places);
        self.study.image(&borrowed(&contents), self.reference.as_ref())
    }

    /// The length of the image of a plan, from the lengths of its layers.
    #[must_use]
    pub fn bytes(&self, places: &[usize]) -> usize {
        self.base + places.iter().zip(&self.tried).map(|(place, tried)| tried[*place].bytes).sum::<usize>()
    }

    /// Measures a plan.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn measure(&self, places: Places) -> Result<Planned, Error> {
        let chosen = || places.iter().zip(&self.tried).map(|(place, tried)| &tried[*place]);
        let error = match &self.reference {
            Some(reference) => reference.error(&self.network(&places)?)?,
            None => chosen().map(|tried| tried.error).sum(),
        };
        let instructions = chosen().map(|tried| tried.instructions).sum();
        Ok(Planned { bytes: self.bytes(&places), places, error, instructions })
    }

    /// Does jobs that each hold a copy of the network on all threads, but no more of them at a time than
    /// [`WEIGHTS`] allow.
    fn in_parts<J: Sync, T: Send>(
        &self,
        jobs: &[J],
        job: impl Fn(&J) -> Result<T, Error> + Sync,
    ) -> Result<Vec<T>, Error> {
        let whole: usize = self.study.layers().iter().map(Prepared::count).sum();
        let mut done = Vec::with_capacity(jobs.len());
        for part in jobs.chunks((WEIGHTS / whole.max(1)).max(1)) {
            done.extend(part.par_iter().map(&job).collect::<Result<Vec<T>, Error>>()?);
        }
        Ok(done)
    }

    /// What each layer's error counts at the output, with that layer compressed alone.
    fn probe(&self, reference: &Reference) -> Result<Vec<Vec<(f64, f64)>>, Error> {
        let mut jobs: Vec<(usize, usize)> = Vec::new();
        for (layer, tried) in self.tried.iter().enumerate() {
            for wanted in PROBES {
                let off = |place: &usize| (tried[*place].error.max(1e-12) / wanted).ln().abs();
                let nearest = (0..tried.len()).filter(|place| tried[*place].error > 0.0);
                let nearest = nearest.min_by(|a, b| off(a).total_cmp(&off(b)));
                jobs.extend(nearest.map(|place| (layer, place)).filter(|job| !jobs.contains(job)));
            }
        }
        let measure = |&(layer, place): &(usize, usize)| {
            let tried = &self.tried[layer][place];
            let content = self.content(layer, place);
            let mut contents = vec![None; self.tried.len()];
            contents[layer] = Some(&*content);
            let error = reference.error(&self.study.network_with(&contents))?;
            Ok((layer, (tried.error, error / tried.error)))
        };
        let measured: Vec<(usize, (f64, f64))> = self.in_parts(&jobs, measure)?;
        let mut weights = vec![Vec::new(); self.tried.len()];
        measured.into_iter().for_each(|(layer, weight)| weights[layer].push(weight));
        for of_layer in &mut weights {
            of_layer.sort_by(|a: &(f64, f64), b: &(f64, f64)| a.0.total_cmp(&b.0));
        }
        Ok(weights)
    }

    /// The offers of every layer, with errors as they count at the output.
    fn offers(&self, factors: &[f64]) -> Vec<Vec<Offer>> {
        let of_layer = |(layer, tried): (usize, &Vec<Tried>)| {
            let offer = |t: &Tried| {
                let weight = interpolated(&self.weights[layer], t.error);
                Offer { bytes: t.bytes, error: t.error * weight * factors[layer] }
            };
            tried.iter().map(offer).collect()
        };
        self.tried.iter().enumerate().map(of_layer).collect()
    }

    /// Plans over the whole range of prices of a byte, and a few in which instructions have a price too, the smallest
    /// first, each measured; `done` is called after each. At most `count` plans, and no two of which one is smaller,
    /// better and faster than the other.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn front(&self, count: usize, done: &(dyn Fn() + Sync)) -> Result<Vec<Planned>, Error> {
        let fastest = |tried: &Vec<Tried>| tried.iter().map(|t| t.instructions).min().unwrap_or(0);
        let (bytes, instructions) =
            (self.bytes(&vec![0; self.tried.len()]), self.tried.iter().map(fastest).sum::<u64>());
        // The second rate weighs all instructions of the fastest plan like all bytes of the smallest.
        let rate = bytes as f64 / (instructions as f64).max(1.0);
        let with_price = if instructions > 0 { count / 4 } else { 0 };
        let mut plans = self.at_prices(count - with_price, 0.0);
        plans.extend(self.at_prices(with_price, rate));
        let mut measured = Vec::with_capacity(plans.len());
        for places in plans {
            measured.push(self.measure(places)?);
            done();
        }
        measured.sort_by(|a, b| a.bytes.cmp(&b.bytes).then(a.error.total_cmp(&b.error)));
        measured.dedup();
        let beats = |a: &Planned, b: &Planned| {
            let (bytes, fast) = (a.bytes <= b.bytes, a.instructions <= b.instructions);
            bytes && fast && a.error <= b.error && (a.bytes, a.instructions) != (b.bytes, b.instructions)
        };
        let kept = measured.iter().filter(|plan| !measured.iter().any(|other| beats(other, plan)));
        Ok(kept.cloned().collect())
    }

    /// At most `count` plans over the range of prices of a byte, where an instruction is worth `rate` bytes; evenly
    /// spread over the logarithm of bytes and instructions together.
    fn at_prices(&self, count: usize, rate: f64) -> Vec<Places> {
        let mut offers = self.offers(&vec![1.0; self.tried.len()]);
        for (offers, tried) in offers.iter_mut().zip(&self.tried) {
            for (offer, tried) in offers.iter_mut().zip(tried) {
                offer.bytes += (rate * tried.instructions as f64).round() as usize;
            }
        }
        let size = |places: &[usize]| {
            places.iter().zip(&offers).map(|(place, offers)| offers[*place].bytes).sum::<usize>() + self.base
        };
        let slopes = offers.iter().flat_map(|offers| {
            let hull = lower_hull(offers);
            let slope = |pair: &[usize]| {
                let (a, b) = (offers[pair[0]], offers[pair[1]]);
                (a.error - b.error) / (b.bytes - a.bytes).max(1) as f64
            };
            hull.windows(2).map(slope).collect::<Vec<_>>()
        });
        let mut prices: Vec<f64> = slopes.filter(|price| *price > 0.0).collect();
        prices.sort_by(|a, b| b.total_cmp(a));
        let mut plans: Vec<Places> = prices.iter().map(|price| at_price(&offers, price * 0.999)).collect();
        plans.dedup();
        if plans.is_empty() && count > 0 {
            plans.push(at_price(&offers, 0.0));
        }
        let sizes: Vec<f64> = plans.iter().map(|places| (size(places) as f64).ln()).collect();
        let (low, high) = sizes.iter().fold((f64::INFINITY, 0.0f64), |(l, h), s| (l.min(*s), h.max(*s)));
        let mut kept = Vec::new();
        for step in 0..count {
            let wanted = low + (high - low) * step as f64 / (count.max(2) - 1) as f64;
            let off = |place: &usize| (sizes[*place] - wanted).abs();
            kept.extend((0..plans.len()).min_by(|a, b| off(a).total_cmp(&off(b))));
        }
        kept.dedup();
        kept.into_iter().map(|place| plans[place].clone()).collect()
    }
}

fn borrowed(contents: &[Arc<Layer>]) -> Vec<&Layer> {
    contents.iter().map(|content| &**content).collect()
}

/// What no other beats in bytes, error and instructions together, the smallest first; of equals the first.
fn worth_a_look(tried: &[Tried]) -> Vec<Tried> {
    let mut order: Vec<&Tried> = tried.iter().filter(|tried| tried.error.is_finite()).collect();
    order.sort_by(|a, b| {
        let bytes = a.bytes.cmp(&b.bytes).then(a.error.total_cmp(&b.error));
        bytes.then(a.instructions.cmp(&b.instructions))
    });
    let mut kept: Vec<Tried> = Vec::new();
    for one in order {
        if !kept.iter().any(|other| other.error <= one.error && other.instructions <= one.instructions) {
            kept.push(*one);
        }
    }
    kept
}

/// The weight at a layer error: linear between probes over the logarithm of the error, constant beyond them.
fn interpolated(probes: &[(f64, f64)], error: f64) -> f64 {
    let place = probes.partition_point(|probe| probe.0 < error);
    let below = place.checked_sub(1).map(|below| probes[below]);
    match (below, probes.get(place).copied()) {
        (None, None) => 1.0,
        (None, Some(only)) | (Some(only), None) => only.1,
        (Some(below), Some(above)) => {
            let share = (error / below.0).ln() / (above.0 / below.0).ln();
            below.1 + share * (above.1 - below.1)
        }
    }
}
