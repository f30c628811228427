//! Which candidate each layer takes: the least error in all for the bytes there are.

mod hull;
mod knapsack;

pub use hull::{lower_hull, undominated};
pub use knapsack::knapsack;

/// What a candidate of one layer costs and does.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Offer {
    /// The bytes that it takes in an image.
    pub bytes: usize,
    /// What it adds to the error.
    pub error: f64,
}

/// For each layer the place of the offer with the least `error + price · bytes`; of equal ones the first.
#[must_use]
pub fn at_price(layers: &[Vec<Offer>], price: f64) -> Vec<usize> {
    let cost = |offer: &Offer| price.mul_add(offer.bytes as f64, offer.error);
    let best = |offers: &Vec<Offer>| {
        let costs = offers.iter().map(cost).enumerate();
        costs.min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0))).map_or(0, |(place, _)| place)
    };
    layers.iter().map(best).collect()
}
