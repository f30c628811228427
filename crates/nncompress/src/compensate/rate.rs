//! Codes chosen under a price of bits: a slightly larger error for a more common code.

use super::Visit;

/// What each integer code costs, in units of square error.
#[derive(Clone, PartialEq, Debug)]
pub struct Prices {
    /// `costs[q + top]` for the integers −top ..= top.
    costs: Vec<f64>,
    top: i32,
    mask: u16,
}

impl Prices {
    /// The prices that the frequencies of `codes` of `bits` bits imply, a bit being worth `worth`. A code that does
    /// not occur counts as half an occurrence.
    #[must_use]
    pub fn of(codes: &[u16], bits: u32, worth: f64) -> Self {
        let bits = bits.clamp(2, 8);
        let top = (1i32 << (bits - 1)) - 1;
        let mut counts = vec![0.5; 2 * top as usize + 1];
        for &code in codes {
            let value = i32::from((code << (16 - bits)).cast_signed() >> (16 - bits));
            if let Some(count) = usize::try_from(value + top).ok().and_then(|place| counts.get_mut(place)) {
                *count += 1.0;
            }
        }
        let total: f64 = counts.iter().sum();
        let costs = counts.iter().map(|count| worth * (total / count).log2()).collect();
        Self { costs, top, mask: u16::MAX >> (16 - bits) }
    }

    fn of_integer(&self, q: i32) -> f64 {
        self.costs[(q + self.top) as usize]
    }
}

/// The cheapest of the nearest integer, the next one towards zero, and zero.
pub(super) fn cheapest(prices: &Prices, visit: Visit, factor: f32) -> (u16, f32) {
    let x = f64::from(visit.weight) / f64::from(factor);
    let unit = f64::from(visit.cost) * f64::from(factor).powi(2);
    let nearest = x.round().clamp(f64::from(-prices.top), f64::from(prices.top)) as i32;
    let price = |q: i32| (x - f64::from(q)).powi(2) * unit + prices.of_integer(q);
    let mut best = (price(nearest), nearest);
    for q in [nearest - nearest.signum(), 0] {
        let tried = price(q);
        if tried < best.0 {
            best = (tried, q);
        }
    }
    (best.1 as i16 as u16 & prices.mask, best.1 as f32)
}
