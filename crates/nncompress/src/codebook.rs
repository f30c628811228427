//! k-means in one dimension: the codebook that fits a layer best, the control for every fixed format.

/// Fits `entries - 1` values to `weights`, to stand beside zero, which stays an entry of its own.
///
/// Lloyd's iteration from the quantiles; deterministic. Zero takes part as a centre that does not move,
/// so a weight near zero pulls no other entry. Returns fewer values where there are fewer distinct
/// weights.
#[must_use]
pub fn k_means_beside_zero(weights: &[f32], entries: usize) -> Vec<f32> {
    let mut sorted: Vec<f64> = weights.iter().filter(|w| **w != 0.0).map(|w| f64::from(*w)).collect();
    sorted.sort_by(f64::total_cmp);
    let free = entries.saturating_sub(1).min(sorted.len());
    if free == 0 {
        return Vec::new();
    }
    // sums[i] is the sum of the first i weights: the mean of a cluster is one subtraction.
    let mut sums = vec![0.0];
    let mut total = 0.0;
    sums.extend(sorted.iter().map(|weight| {
        total += weight;
        total
    }));
    let quantile = |k: usize| sorted[(2 * k + 1) * sorted.len() / (2 * free)];
    let mut centers: Vec<f64> = (0..free).map(quantile).collect();
    for _ in 0..100 {
        let moved = lloyd_step(&sorted, &sums, &mut centers);
        if !moved {
            break;
        }
    }
    #[allow(clippy::cast_possible_truncation, reason = "a mean of f32 weights")]
    let mut values: Vec<f32> = centers.iter().map(|center| *center as f32).collect();
    values.dedup();
    values
}

/// Moves each centre to the mean of the weights nearest to it; says whether any moved.
fn lloyd_step(sorted: &[f64], sums: &[f64], centers: &mut [f64]) -> bool {
    centers.sort_by(f64::total_cmp);
    let old = centers.to_vec();
    let mut moved = false;
    for (index, center) in centers.iter_mut().enumerate() {
        let below = index.checked_sub(1).map(|i| old[i]).unwrap_or(f64::NEG_INFINITY);
        let above = old.get(index + 1).copied().unwrap_or(f64::INFINITY);
        // Zero is a centre too: it bounds the clusters on either side of it.
        let below = if old[index] > 0.0 { below.max(0.0) } else { below };
        let above = if old[index] < 0.0 { above.min(0.0) } else { above };
        let middle = |other: f64| if other.is_finite() { (other + old[index]) / 2.0 } else { other };
        let first = sorted.partition_point(|weight| *weight < middle(below));
        let last = sorted.partition_point(|weight| *weight < middle(above));
        if last > first {
            let mean = (sums[last] - sums[first]) / (last - first) as f64;
            moved |= mean != *center;
            *center = mean;
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::k_means_beside_zero;
    use proptest::prelude::*;

    #[test]
    fn finds_separate_clusters() {
        let weights = [-1.0, -1.1, -0.9, 2.0, 2.2, 1.8, 0.0, 0.0];
        assert_eq!(k_means_beside_zero(&weights, 3), [-1.0, 2.0]);
        assert_eq!(k_means_beside_zero(&[0.0, 0.0], 4), [0.0f32; 0]);
        assert_eq!(k_means_beside_zero(&[], 4), [0.0f32; 0]);
        assert_eq!(k_means_beside_zero(&[0.5, 0.5], 4), [0.5]);
    }

    proptest! {
        #[test]
        fn more_entries_never_hurt_much(weights in prop::collection::vec(-1f32..1.0, 1..120)) {
            let error = |entries: usize| -> f64 {
                let grid = crate::grid::Grid::codebook(&k_means_beside_zero(&weights, entries));
                let distance = |w: &f32| f64::from(*w) - f64::from(grid.nearest(f64::from(*w)).1);
                weights.iter().map(|w| distance(w).powi(2)).sum()
            };
            let energy: f64 = weights.iter().map(|w| f64::from(*w).powi(2)).sum();
            prop_assert!(error(2) <= energy);
            prop_assert!(error(128) <= error(2) + 1e-9);
            prop_assert!(k_means_beside_zero(&weights, 16).len() <= 15);
        }
    }
}
