//! The best plan under a limit of bytes.

use super::{Joint, Places, Planned};
use crate::allocate::{Offer, knapsack};
use crate::error::Error;
use crate::quantize::Layer;

/// Rounds of re-weighing the layers by what each adds to the error of a plan.
const ROUNDS: usize = 3;

/// The most swaps that are tried on a plan.
const SWAPS: usize = 24;

impl Joint {
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
            let Some(places) = self.filled(&offers, room) else { return Ok(best) };
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

    /// The knapsack over what no other beats in bytes and error.
    fn filled(&self, offers: &[Vec<Offer>], room: usize) -> Option<Places> {
        let pick = |(offers, places): (&Vec<Offer>, &Vec<usize>)| {
            places.iter().map(|place| offers[*place]).collect()
        };
        let smallest: Vec<Vec<Offer>> = offers.iter().zip(&self.smallest).map(pick).collect();
        let found = knapsack(&smallest, room)?;
        Some(found.iter().zip(&self.smallest).map(|(place, places)| places[*place]).collect())
    }

    /// What each layer adds to the output error of a plan: the difference to the plan with that layer in float.
    /// Without samples its own error.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn additions(&self, places: &[usize]) -> Result<Vec<f64>, Error> {
        let Some(reference) = self.reference() else {
            return Ok(places.iter().zip(self.tried()).map(|(place, tried)| tried[*place].error).collect());
        };
        let contents = self.contents(places);
        let all: Vec<Option<&Layer>> = contents.iter().map(|content| Some(&**content)).collect();
        let whole = reference.error(&self.study.network_with(&all))?;
        let without = |&layer: &usize| {
            let mut rest = all.clone();
            rest[layer] = None;
            Ok((whole - reference.error(&self.study.network_with(&rest))?).max(0.0))
        };
        self.in_parts(&(0..all.len()).collect::<Vec<_>>(), without)
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
            let measured = self.in_parts(&round, |places| self.measure(places.clone()))?;
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
            let (smallest, place) = (&self.smallest[layer], places[layer]);
            let at = smallest.partition_point(|other| *other < place);
            let span = at.saturating_sub(3)..(at + 4).min(smallest.len());
            span.map(|at| smallest[at]).filter(move |other| *other != place)
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
