//! The dead-zone offset: values that leave a gap around zero, |w| = t + s·u.
//!
//! After pruning no survivor is smaller than the threshold, so the codes of a plain grid near zero are wasted. With
//! survivors of magnitude 0.5 to 1 and int3 (u = 1, 2, 3), s = 1/3 offers 0.33, 0.67, 1; t = 1/3, s = 2/9 offers
//! 0.56, 0.78, 1: half the error. Zero keeps its code.

use crate::grid::Grid;
use crate::scale::Weighted;

/// Survivors that the fit looks at.
const FITTED: usize = 4096;

/// The values 0 and ±(t + s·u) for the positive values `u` of `base`, with `t` and `s` of the least weighted square
/// error on `survivors`, which are given in units of a factor that suits `base`; never worse on them than `base`.
#[must_use]
pub fn offset_grid(base: &Grid, survivors: &[Weighted]) -> Grid {
    let positive: Vec<f32> = base.values().iter().copied().filter(|value| *value > 0.0).collect();
    let (Some(&first), Some(&last)) = (positive.first(), positive.last()) else { return base.clone() };
    let step = survivors.len().div_ceil(FITTED).max(1);
    let magnitudes = |w: &Weighted| Weighted { weight: w.weight.abs(), cost: w.cost };
    let fitted: Vec<Weighted> = survivors.iter().step_by(step).map(magnitudes).collect();
    let error = |low: f32, high: f32| {
        let grid = Grid::codebook(&values(&positive, low, high));
        let square = |w: &Weighted| {
            let difference = f64::from(w.weight) - f64::from(grid.nearest(f64::from(w.weight)).1);
            difference * difference * f64::from(w.cost)
        };
        (fitted.iter().map(square).sum::<f64>(), low, high)
    };
    // Where the smallest and the largest value go: sought around the best so far, coarsely, then finely.
    let mut best = error(first, last);
    for spread in [1.0f32, 0.6, 0.4, 0.15, 0.06] {
        let (_, low, high) = best;
        for i in -4i32..=4 {
            for j in -4i32..=4 {
                let high = high * (1.0 + 0.12 * spread * j as f32);
                let low = (low + high * 0.15 * spread * i as f32).clamp(1e-6 * high, 0.98 * high);
                best = less(best, error(low, high));
            }
        }
    }
    let mut entries = values(&positive, best.1, best.2);
    entries.extend(entries.clone().iter().map(|value| -value));
    Grid::codebook(&entries)
}

fn less(a: (f64, f32, f32), b: (f64, f32, f32)) -> (f64, f32, f32) {
    if b.0 < a.0 { b } else { a }
}

/// t + s·u for each `u`, the first at `low`, the last at `high`.
fn values(positive: &[f32], low: f32, high: f32) -> Vec<f32> {
    let (first, last) = (positive[0], positive[positive.len() - 1]);
    let slope = if last > first { (high - low) / (last - first) } else { 0.0 };
    positive.iter().map(|u| low + slope * (u - first)).collect()
}

#[cfg(test)]
mod tests {
    use super::offset_grid;
    use crate::grid::{Grid, Rounding};
    use crate::scale::{Fit, ScaleRule, Weighted, fit_weighted};

    /// Magnitudes 0.5 to 1 of either sign: the offset must be worth more than half a bit on any grid.
    #[test]
    fn survivors_of_pruning_are_met_better_with_an_offset() {
        let weight = |i: i32| f64::from(i % 2 * 2 - 1) * (0.5 + f64::from(i) / 1000.0);
        let survivors: Vec<Weighted> =
            (0..500).map(|i| Weighted { weight: weight(i) as f32, cost: 1.0 }).collect();
        for base in [Grid::int(3), Grid::int(4), Grid::posit(4, 0, Rounding::ToZero)] {
            let error = |grid: &Grid, factor: f32| -> f64 {
                let square = |w: &Weighted| {
                    let value = grid.nearest(f64::from(w.weight) / f64::from(factor)).1 * factor;
                    (f64::from(w.weight) - f64::from(value)).powi(2)
                };
                survivors.iter().map(square).sum()
            };
            let plain =
                fit_weighted(core::slice::from_ref(&survivors), &base, ScaleRule::Real(Fit::LeastSquares))
                    .factor(0);
            let in_units = |w: &Weighted| Weighted { weight: w.weight / plain, cost: w.cost };
            let grid = offset_grid(&base, &survivors.iter().map(in_units).collect::<Vec<_>>());
            assert!(
                error(&grid, plain) < 0.5 * error(&base, plain),
                "{} {}",
                error(&grid, plain),
                error(&base, plain)
            );
            assert_eq!(grid.nearest(0.0).1, 0.0);
            assert_eq!(grid.values().len(), base.values().len());
        }
    }
}
