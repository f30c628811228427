//! Magnitude pruning: which weights become exactly zero.

use crate::scale::{UnknownName, names};
use core::fmt;
use core::str::FromStr;

/// Where magnitudes are compared. Names: `layer`, `global`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub enum Scope {
    /// Within each layer: every layer loses the same share.
    #[default]
    Layer,
    /// Over all layers: the layers with the smaller weights lose more.
    Global,
}

names! { Scope, "pruning scope", "layer, global",
    "layer" => Scope::Layer,
    "global" => Scope::Global,
}

/// A mask for each layer, `true` where the weight survives. `sparsity`, 0 to 1, is the share that goes:
/// `round(sparsity * count)` weights, those of the smallest magnitude; of equal ones the later goes.
#[must_use]
pub fn magnitude_masks(layers: &[&[f32]], sparsity: f64, scope: Scope) -> Vec<Vec<bool>> {
    match scope {
        Scope::Layer => layers.iter().flat_map(|layer| masks_over(&[layer], sparsity)).collect(),
        Scope::Global => masks_over(layers, sparsity),
    }
}

fn masks_over(layers: &[&[f32]], sparsity: f64) -> Vec<Vec<bool>> {
    let count: usize = layers.iter().map(|layer| layer.len()).sum();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and count")]
    let removed = (sparsity.clamp(0.0, 1.0) * count as f64).round() as usize;
    let mut masks: Vec<Vec<bool>> = layers.iter().map(|layer| vec![true; layer.len()]).collect();
    if removed == 0 {
        return masks;
    }
    let mut order: Vec<(f32, usize, usize)> = layers
        .iter()
        .enumerate()
        .flat_map(|(layer, weights)| weights.iter().enumerate().map(move |(i, w)| (w.abs(), layer, i)))
        .collect();
    // Ascending magnitude, later places first: the total order makes the choice reproducible.
    let by_magnitude = |a: &(f32, usize, usize), b: &(f32, usize, usize)| {
        a.0.total_cmp(&b.0).then((b.1, b.2).cmp(&(a.1, a.2)))
    };
    order.select_nth_unstable_by(removed - 1, by_magnitude);
    for &(_, layer, index) in &order[..removed] {
        masks[layer][index] = false;
    }
    masks
}

#[cfg(test)]
mod tests {
    use super::{Scope, magnitude_masks};
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        let layers: [&[f32]; 2] = [&[0.1, -0.3, 0.2, 0.3], &[1.0, -2.0]];
        assert_eq!(
            magnitude_masks(&layers, 0.5, Scope::Layer),
            [vec![false, true, false, true], vec![false, true]]
        );
        assert_eq!(
            magnitude_masks(&layers, 0.5, Scope::Global),
            [vec![false, true, false, false], vec![true, true]]
        );
    }

    proptest! {
        #[test]
        fn survivors_are_never_smaller_than_the_pruned(weights in prop::collection::vec(-1f32..1.0, 0..200), sparsity in 0f64..=1.0) {
            let mask = magnitude_masks(&[&weights], sparsity, Scope::Layer).remove(0);
            let kept = mask.iter().filter(|kept| **kept).count();
            prop_assert_eq!(weights.len() - kept, (sparsity * weights.len() as f64).round() as usize);
            let side = |wanted: bool| {
                let magnitudes = weights.iter().zip(&mask).filter(move |(_, kept)| **kept == wanted);
                magnitudes.map(|(weight, _)| weight.abs())
            };
            let smallest_kept = side(true).fold(f32::INFINITY, f32::min);
            let largest_pruned = side(false).fold(0.0, f32::max);
            prop_assert!(largest_pruned <= smallest_kept);
        }
    }
}
