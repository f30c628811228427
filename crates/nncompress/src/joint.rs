//! The joint search: format, scale, offset, sparsity and storage of every layer chosen together.
//!
//! Each layer is written under each choice once, which gives its bytes and the error of its outputs. How much a
//! layer's error counts at the network's output is measured, by compressing it alone. Prices of a byte then give a
//! front of plans, and a limit of bytes the best plan that fits, improved by swaps that are judged by the output
//! error itself: the sum of the layers' errors alone mis-ranks plans.

use crate::allocate::{Offer, at_price, knapsack, lower_hull, undominated};
use crate::data::Samples;
use crate::error::Error;
use crate::format::Format;
use crate::grid::Rounding;
use crate::image::layer_bytes;
use crate::network::Network;
use crate::plan::{Choice, Pattern};
use crate::quantize::Layer;
use crate::reference::Reference;
use crate::scale::{Fit, Granularity, ScaleRule};
use crate::study::Study;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The layer errors near which a layer's weight at the output is measured.
const PROBES: [f64; 3] = [0.001, 0.01, 0.1];

/// Rounds of re-weighing the layers by what each adds to the error of a plan.
const ROUNDS: usize = 3;

/// The most swaps that are tried on a plan.
const SWAPS: usize = 24;

/// A choice of a layer, tried.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Tried {
    /// What was tried.
    pub choice: Choice,
    /// The bytes that the layer takes so.
    pub bytes: usize,
    /// The mean square error of the layer's outputs, in parts of their mean square.
    pub error: f64,
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
    /// The output error on the calibration samples.
    pub error: f64,
}

/// The search over one network.
#[derive(Debug)]
pub struct Joint {
    study: Study,
    reference: Reference,
    /// For each layer all that was tried, in the order of the choices.
    all: Vec<Vec<Tried>>,
    /// For each layer what is worth a look: no other is both smaller and better.
    tried: Vec<Vec<Tried>>,
    /// For each layer its weight at the output, at each of its probes, by rising layer error.
    weights: Vec<Vec<(f64, f64)>>,
    /// The bytes of an image that no choice changes.
    base: usize,
    /// Layers that plans have asked for, by layer and place.
    written: Mutex<HashMap<(usize, usize), Arc<Layer>>>,
}

/// The choices that a layer is tried under when nobody says otherwise, for these families of formats: uniform steps
/// for entropy coding with and without a price of bits; each format with a least-squares factor for each channel
/// and for the tensor, and a power of two; and, at each sparsity, narrow formats with and without an offset.
#[must_use]
pub fn choices(formats: &[Format], sparsities: &[f64], patterns: &[Pattern]) -> Vec<Choice> {
    let mut all = Vec::new();
    let least = ScaleRule::Real(Fit::LeastSquares);
    if formats.iter().any(|format| matches!(format, Format::Int { .. })) {
        for granularity in [Granularity::Tensor, Granularity::Input] {
            for rate in [0.0, 0.7] {
                let step = |quarters| Choice {
                    scale: ScaleRule::Step(quarters),
                    granularity,
                    rate,
                    ..Choice::usual(Format::Int { bits: 8 })
                };
                all.extend((-20..=8).map(step));
            }
        }
    }
    for &format in formats {
        let usual = Choice::usual(format);
        match format {
            Format::Float => all.push(usual),
            Format::Codebook { .. } => {
                all.push(usual);
                all.push(Choice { granularity: Granularity::Channel, ..usual });
            }
            _ => {
                let power = ScaleRule::PowerOfTwo(Fit::LeastSquares);
                all.extend([
                    Choice { scale: least, granularity: Granularity::Channel, ..usual },
                    Choice { scale: least, granularity: Granularity::Tensor, ..usual },
                    Choice { scale: power, granularity: Granularity::Tensor, ..usual },
                ]);
                if matches!(format, Format::Posit { es: 2.., .. }) {
                    all.push(Choice { scale: ScaleRule::None, rounding: Rounding::Standard, ..usual });
                }
            }
        }
        if matches!(format, Format::Int { bits: 3..=5 } | Format::Posit { n: 3..=5, es: 0 }) {
            let masks = sparsities.iter().filter(|s| **s > 0.0).map(|&sparsity| Choice { sparsity, ..usual });
            let masks =
                masks.chain(patterns.iter().map(|&pattern| Choice { pattern: Some(pattern), ..usual }));
            for masked in masks {
                let masked = Choice { scale: least, granularity: Granularity::Channel, ..masked };
                all.extend([masked, Choice { offset: true, ..masked }]);
            }
        }
    }
    all
}

impl Joint {
    /// Tries every layer under every choice, on all threads; `done` is called after each. `samples` are those that
    /// the output error is measured on.
    ///
    /// # Errors
    /// Those of the engine and of the encoder; [`Error::PlanLength`] if there are no choices.
    pub fn new(
        study: Study,
        samples: &Samples,
        choices: &[Choice],
        done: &(dyn Fn() + Sync),
    ) -> Result<Self, Error> {
        let reference = Reference::new(study.network(), samples)?;
        let layers = study.layers().len();
        if choices.is_empty() || layers == 0 {
            return Err(Error::PlanLength { expected: layers, found: choices.len().min(layers) });
        }
        // Large layers first: the threads end together.
        let mut jobs: Vec<(usize, usize)> =
            (0..layers).flat_map(|layer| (0..choices.len()).map(move |choice| (layer, choice))).collect();
        jobs.sort_by_key(|&(layer, choice)| {
            (core::cmp::Reverse(study.layers()[layer].count()), layer, choice)
        });
        let try_one = |&(layer, place): &(usize, usize)| {
            let choice = choices[place];
            let candidate = study.candidate(layer, &choice);
            let tried = Tried { choice, bytes: layer_bytes(&candidate.layer), error: candidate.error };
            done();
            (layer, tried)
        };
        let mut all: Vec<Vec<Tried>> = vec![Vec::new(); layers];
        for (layer, tried) in jobs.par_iter().with_max_len(1).map(try_one).collect::<Vec<_>>() {
            all[layer].push(tried);
        }
        let kept = |tried: &Vec<Tried>| {
            let offers: Vec<Offer> = tried.iter().map(|t| Offer { bytes: t.bytes, error: t.error }).collect();
            undominated(&offers).into_iter().map(|place| tried[place]).collect::<Vec<_>>()
        };
        let tried: Vec<Vec<Tried>> = all.iter().map(kept).collect();
        let mut joint =
            Self { study, reference, all, tried, weights: Vec::new(), base: 0, written: Mutex::default() };
        let first = vec![0; layers];
        let contents = joint.contents(&first);
        let taken: usize = contents.iter().map(|content| layer_bytes(content)).sum();
        let whole: Vec<Layer> = contents.iter().map(|content| Layer::clone(content)).collect();
        joint.base = joint.study.image(&whole)?.len() - taken;
        joint.weights = joint.probe()?;
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

    /// The float outputs on the calibration samples.
    #[must_use]
    pub const fn reference(&self) -> &Reference {
        &self.reference
    }

    /// A layer under a choice, from memory if a plan asked for it before.
    fn content(&self, layer: usize, place: usize) -> Arc<Layer> {
        let written = || self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = written().get(&(layer, place)) {
            return Arc::clone(known);
        }
        let made = Arc::new(self.study.candidate(layer, &self.tried[layer][place].choice).layer);
        written().insert((layer, place), Arc::clone(&made));
        made
    }

    /// The contents of the layers under a plan.
    #[must_use]
    pub fn contents(&self, places: &[usize]) -> Vec<Arc<Layer>> {
        places.par_iter().enumerate().map(|(layer, &place)| self.content(layer, place)).collect()
    }

    /// The network under a plan: what decoding its image gives.
    #[must_use]
    pub fn network(&self, places: &[usize]) -> Network {
        let contents = self.contents(places);
        self.study.network_with(&contents.iter().map(|content| Some(&**content)).collect::<Vec<_>>())
    }

    /// The image of a plan.
    ///
    /// # Errors
    /// Those of the encoder.
    pub fn image(&self, places: &[usize]) -> Result<Vec<u8>, Error> {
        let contents: Vec<Layer> =
            self.contents(places).iter().map(|content| Layer::clone(content)).collect();
        self.study.image(&contents)
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
        let error = self.reference.error(&self.network(&places))?;
        Ok(Planned { bytes: self.bytes(&places), places, error })
    }

    /// What each layer's error counts at the output, with that layer compressed alone.
    fn probe(&self) -> Result<Vec<Vec<(f64, f64)>>, Error> {
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
            let error = self.reference.error(&self.study.network_with(&contents))?;
            Ok((layer, (tried.error, error / tried.error)))
        };
        let measured: Vec<(usize, (f64, f64))> =
            jobs.par_iter().map(measure).collect::<Result<_, Error>>()?;
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

    /// Plans over the whole range of prices, the smallest first, each measured; `done` is called after each. At
    /// most `count` plans.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn front(&self, count: usize, done: &(dyn Fn() + Sync)) -> Result<Vec<Planned>, Error> {
        let offers = self.offers(&vec![1.0; self.tried.len()]);
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
        // Evenly spread over the logarithm of the bytes.
        let sizes: Vec<f64> = plans.iter().map(|places| (self.bytes(places) as f64).ln()).collect();
        let (low, high) = sizes.iter().fold((f64::INFINITY, 0.0f64), |(l, h), s| (l.min(*s), h.max(*s)));
        let mut kept = Vec::new();
        for step in 0..count.max(2) {
            let wanted = low + (high - low) * step as f64 / (count.max(2) - 1) as f64;
            let off = |place: &usize| (sizes[*place] - wanted).abs();
            kept.extend((0..plans.len()).min_by(|a, b| off(a).total_cmp(&off(b))));
        }
        kept.dedup();
        let measure = |place: &usize| {
            let planned = self.measure(plans[*place].clone());
            done();
            planned
        };
        kept.iter().map(measure).collect()
    }

    /// The plan of the least output error that takes at most `limit` bytes, as far as it was found; `None` if
    /// none is that small.
    ///
    /// A knapsack over the layers, in rounds that re-weigh each layer by what it adds to the output error of the
    /// plan, then swaps of one layer's bytes for another's that are kept where the output error falls.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn at_most(&self, limit: usize, done: &(dyn Fn() + Sync)) -> Result<Option<Planned>, Error> {
        let Some(room) = limit.checked_sub(self.base) else { return Ok(None) };
        let mut factors = vec![1.0; self.tried.len()];
        let mut best: Option<Planned> = None;
        for _ in 0..ROUNDS {
            let offers = self.offers(&factors);
            let Some(places) = knapsack(&offers, room) else { return Ok(best) };
            let added = self.additions(&places)?;
            let planned = self.measure(places)?;
            done();
            for (layer, (factor, added)) in factors.iter_mut().zip(added).enumerate() {
                let predicted = offers[layer][planned.places[layer]].error;
                if predicted > 0.0 {
                    // Half of the way, on a logarithmic scale: what layers add is not independent.
                    *factor *= (added / predicted).clamp(0.25, 4.0).sqrt();
                }
            }
            if best.as_ref().is_none_or(|best| planned.error < best.error) {
                best = Some(planned);
            }
        }
        let Some(best) = best else { return Ok(None) };
        self.swapped(best, limit, &self.offers(&factors), done).map(Some)
    }

    /// What each layer adds to the output error of a plan: the difference to the plan with that layer in float.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn additions(&self, places: &[usize]) -> Result<Vec<f64>, Error> {
        let contents = self.contents(places);
        let all: Vec<Option<&Layer>> = contents.iter().map(|content| Some(&**content)).collect();
        let whole = self.reference.error(&self.study.network_with(&all))?;
        let without = |layer: usize| {
            let mut rest = all.clone();
            rest[layer] = None;
            Ok((whole - self.reference.error(&self.study.network_with(&rest))?).max(0.0))
        };
        (0..all.len()).into_par_iter().map(without).collect()
    }

    /// Greedy swaps: the likeliest first, each measured, until none of a round helps or [`SWAPS`] were tried.
    fn swapped(
        &self,
        mut best: Planned,
        limit: usize,
        offers: &[Vec<Offer>],
        done: &(dyn Fn() + Sync),
    ) -> Result<Planned, Error> {
        let mut left = SWAPS;
        let mut seen: Vec<Places> = vec![best.places.clone()];
        while left > 0 {
            let mut swaps = self.neighbours(&best.places, limit, offers);
            swaps.retain(|(_, places)| !seen.contains(places));
            let round: Vec<Places> = swaps.into_iter().map(|(_, places)| places).take(left.min(8)).collect();
            if round.is_empty() {
                break;
            }
            left -= round.len();
            seen.extend(round.iter().cloned());
            let measured: Vec<Planned> =
                round.into_par_iter().map(|places| self.measure(places)).collect::<Result<_, Error>>()?;
            done();
            let better = measured.into_iter().min_by(|a, b| a.error.total_cmp(&b.error));
            match better.filter(|found| found.error < best.error) {
                Some(found) => best = found,
                None if left == 0 => break,
                None => {}
            }
        }
        Ok(best)
    }

    /// Plans that differ in one or two layers by a few places and fit, by their predicted error.
    fn neighbours(&self, places: &[usize], limit: usize, offers: &[Vec<Offer>]) -> Vec<(f64, Places)> {
        let moves = |layer: usize| {
            let place = places[layer];
            let span = place.saturating_sub(3)..(place + 4).min(self.tried[layer].len());
            span.filter(move |other| *other != place)
        };
        let mut found: Vec<(f64, Places)> = Vec::new();
        let mut add = |changed: Places| {
            if self.bytes(&changed) <= limit {
                let error = changed.iter().zip(offers).map(|(place, offers)| offers[*place].error).sum();
                found.push((error, changed));
            }
        };
        for first in 0..places.len() {
            for up in moves(first) {
                let mut one = places.to_vec();
                one[first] = up;
                add(one.clone());
                for second in 0..first {
                    for other in moves(second) {
                        let mut two = one.clone();
                        two[second] = other;
                        add(two);
                    }
                }
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        found
    }
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
