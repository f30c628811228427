//! The offers that are worth a look.

use super::Offer;

/// The places of the offers that no other beats in both bytes and error, the smallest first.
#[must_use]
pub fn undominated(offers: &[Offer]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..offers.len()).filter(|i| offers[*i].error.is_finite()).collect();
    order.sort_by(|&a, &b| {
        let (x, y) = (&offers[a], &offers[b]);
        x.bytes.cmp(&y.bytes).then(x.error.total_cmp(&y.error)).then(a.cmp(&b))
    });
    let mut kept: Vec<usize> = Vec::new();
    for place in order {
        if kept.last().is_none_or(|last| offers[place].error < offers[*last].error) {
            kept.push(place);
        }
    }
    kept
}

/// The places of the corners of the lower convex hull of bytes against error: what some price of a byte asks for.
#[must_use]
pub fn lower_hull(offers: &[Offer]) -> Vec<usize> {
    let mut hull: Vec<usize> = Vec::new();
    for place in undominated(offers) {
        let at = |place: usize| (offers[place].bytes as f64, offers[place].error);
        while let [.., first, second] = hull.as_slice() {
            let ((x0, y0), (x1, y1), (x2, y2)) = (at(*first), at(*second), at(place));
            // The middle one stays only below the line between its neighbours.
            if (y1 - y0) * (x2 - x0) >= (y2 - y0) * (x1 - x0) {
                hull.pop();
            } else {
                break;
            }
        }
        hull.push(place);
    }
    hull
}

#[cfg(test)]
mod tests {
    use super::{Offer, lower_hull, undominated};
    use proptest::prelude::*;

    fn offers(raw: &[(usize, f64)]) -> Vec<Offer> {
        raw.iter().map(|&(bytes, error)| Offer { bytes, error }).collect()
    }

    #[test]
    fn by_hand() {
        let offers = offers(&[(4, 1.0), (1, 8.0), (2, 6.0), (3, 2.0), (3, 3.0), (9, 1.0)]);
        assert_eq!(undominated(&offers), [1, 2, 3, 0]);
        assert_eq!(lower_hull(&offers), [1, 3, 0]);
    }

    proptest! {
        #[test]
        fn every_price_is_met_by_a_corner(raw in prop::collection::vec((1usize..50, 0f64..9.0), 1..30), price in 0.001f64..9.0) {
            let offers = offers(&raw);
            let cost = |offer: &Offer| offer.error + price * offer.bytes as f64;
            let best = offers.iter().map(cost).fold(f64::INFINITY, f64::min);
            let corner = lower_hull(&offers).into_iter().map(|place| cost(&offers[place])).fold(f64::INFINITY, f64::min);
            prop_assert!(corner <= best + 1e-9);
        }
    }
}
