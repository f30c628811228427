//! The exact answer for a limit of bytes, in buckets.

use super::Offer;

/// The most buckets: bounds time and memory to `layers · offers · BUCKETS`.
const BUCKETS: usize = 4096;

/// For each layer the place of an offer, with the least sum of errors among all whose bytes, each rounded up to
/// whole buckets of `limit / 4096`, sum to at most `limit`. `None` if no choice fits.
#[must_use]
pub fn knapsack(layers: &[Vec<Offer>], limit: usize) -> Option<Vec<usize>> {
    let bucket = limit.div_ceil(BUCKETS).max(1);
    let capacity = limit / bucket;
    // least[c]: the least error of the layers so far in at most c buckets; took[layer][c]: the offer behind it.
    let mut least = vec![0.0f64; capacity + 1];
    let mut took = Vec::with_capacity(layers.len());
    for offers in layers {
        let mut next = vec![f64::INFINITY; capacity + 1];
        let mut chosen = vec![u32::MAX; capacity + 1];
        for (place, offer) in (0u32..).zip(offers) {
            let size = offer.bytes.div_ceil(bucket);
            for filled in size..=capacity {
                let error = least[filled - size] + offer.error;
                if error < next[filled] {
                    next[filled] = error;
                    chosen[filled] = place;
                }
            }
        }
        least = next;
        took.push(chosen);
    }
    let mut filled = capacity;
    let mut plan = vec![0; layers.len()];
    for (layer, chosen) in took.iter().enumerate().rev() {
        let place = usize::try_from(chosen[filled]).ok().filter(|place| *place < layers[layer].len())?;
        plan[layer] = place;
        filled -= layers[layer][place].bytes.div_ceil(bucket);
    }
    Some(plan)
}

#[cfg(test)]
mod tests {
    use super::{Offer, knapsack};
    use proptest::prelude::*;

    proptest! {
        /// Against every combination.
        #[test]
        fn nothing_that_fits_is_better(layers in prop::collection::vec(prop::collection::vec((0usize..30, 0f64..9.0), 1..5), 1..5), limit in 0usize..90) {
            let layers: Vec<Vec<Offer>> = layers.iter().map(|offers| offers.iter().map(|&(bytes, error)| Offer { bytes, error }).collect()).collect();
            let mut best = f64::INFINITY;
            let combinations: usize = layers.iter().map(Vec::len).product();
            for mut number in 0..combinations {
                let (mut bytes, mut error) = (0, 0.0);
                for offers in &layers {
                    let offer = offers[number % offers.len()];
                    number /= offers.len();
                    bytes += offer.bytes;
                    error += offer.error;
                }
                if bytes <= limit && error < best {
                    best = error;
                }
            }
            match knapsack(&layers, limit) {
                None => prop_assert!(best.is_infinite()),
                Some(plan) => {
                    let taken = plan.iter().zip(&layers).map(|(place, offers)| offers[*place]);
                    prop_assert!(taken.clone().map(|offer| offer.bytes).sum::<usize>() <= limit);
                    prop_assert!((taken.map(|offer| offer.error).sum::<f64>() - best).abs() < 1e-9);
                }
            }
        }
    }
}
