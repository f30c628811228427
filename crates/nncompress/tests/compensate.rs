//! Compensation against a naive second opinion: the inverse of the whole matrix, updated weight by weight.

use nncompress::compensate::{Factor, Visit, sweep};
use nncompress::grid::{Grid, Rounding};

/// A small generator, so that every run sees the same problems.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

/// `XᵀX / n` of inputs that depend on each other.
fn second_moment(columns: usize, random: &mut Random) -> Vec<f64> {
    let samples = 4 * columns;
    let mix: Vec<f64> = (0..columns * columns).map(|_| random.normal()).collect();
    let mut second = vec![0.0; columns * columns];
    for _ in 0..samples {
        let source: Vec<f64> = (0..columns).map(|k| random.normal() / (1.0 + k as f64)).collect();
        let x: Vec<f64> = (0..columns)
            .map(|j| (0..columns).map(|k| mix[j * columns + k] * source[k]).sum::<f64>())
            .collect();
        for i in 0..columns {
            for j in 0..columns {
                second[i * columns + j] += x[i] * x[j] / samples as f64;
            }
        }
    }
    second
}

fn quadratic(d: &[f64], h: &[f64]) -> f64 {
    let n = d.len();
    (0..n).map(|i| (0..n).map(|j| d[i] * h[i * n + j] * d[j]).sum::<f64>()).sum()
}

/// Gauss-Jordan, with pivoting.
fn inverse(h: &[f64], n: usize) -> Vec<f64> {
    let mut a = h.to_vec();
    let mut b: Vec<f64> = (0..n * n).map(|i| if i / n == i % n { 1.0 } else { 0.0 }).collect();
    for column in 0..n {
        let pivot =
            (column..n).max_by(|x, y| a[x * n + column].abs().total_cmp(&a[y * n + column].abs())).unwrap();
        for k in 0..n {
            a.swap(column * n + k, pivot * n + k);
            b.swap(column * n + k, pivot * n + k);
        }
        let scale = a[column * n + column];
        for k in 0..n {
            a[column * n + k] /= scale;
            b[column * n + k] /= scale;
        }
        for row in (0..n).filter(|row| *row != column) {
            let times = a[row * n + column];
            for k in 0..n {
                a[row * n + k] -= times * a[column * n + k];
                b[row * n + k] -= times * b[column * n + k];
            }
        }
    }
    b
}

/// Optimal brain compression as its paper states it: fix a weight, move all others by the row of the inverse,
/// strike its row and column from the inverse.
fn naive(weights: &[f64], damped: &[f64], order: &[usize], grid: &Grid, factor: f64) -> Vec<f64> {
    let n = weights.len();
    let mut w = weights.to_vec();
    let mut inv = inverse(damped, n);
    for &q in order {
        let value = f64::from(grid.nearest(w[q] / factor).1) * factor;
        let error = (w[q] - value) / inv[q * n + q];
        for k in 0..n {
            w[k] -= error * inv[q * n + k];
        }
        w[q] = value;
        let (row, pivot) = (inv[q * n..(q + 1) * n].to_vec(), inv[q * n + q]);
        for i in 0..n {
            for j in 0..n {
                if i != q && j != q {
                    inv[i * n + j] -= row[i] * row[j] / pivot;
                }
            }
        }
        for k in 0..n {
            inv[q * n + k] = 0.0;
            inv[k * n + q] = 0.0;
        }
        inv[q * n + q] = 1.0;
    }
    w
}

#[test]
fn the_sweep_is_optimal_brain_compression() {
    let mut random = Random(1);
    for round in 0..40 {
        let n = 2 + round % 9;
        let second = second_moment(n, &mut random);
        let factor = Factor::new(&second, n);
        let mut damped = second.clone();
        for j in 0..n {
            damped[j * n + j] = f64::from(factor.diagonal[j]);
        }
        let weights: Vec<f64> = (0..n).map(|_| f64::from(random.normal() as f32)).collect();
        let grid = if round % 2 == 0 { Grid::int(3) } else { Grid::posit(4, 0, Rounding::ToZero) };
        let step = 0.5;
        let mut swept: Vec<f32> = weights.iter().map(|w| *w as f32).collect();
        let errors =
            sweep(&mut swept, &factor, |v: Visit| grid.nearest(f64::from(v.weight) / step).1 * step as f32);
        let expected = naive(&weights, &damped, &factor.order, &grid, step);
        let difference: Vec<f64> = weights.iter().zip(&swept).map(|(w, q)| w - f64::from(*q)).collect();
        for (ours, theirs) in swept.iter().zip(&expected) {
            assert!((f64::from(*ours) - theirs).abs() < 1e-4, "{swept:?} {expected:?}");
        }
        // The error that the sweep reports is the error that there is.
        let real = quadratic(&difference, &damped);
        assert!((real - errors[0]).abs() <= 1e-4 * real.max(1e-6), "{real} {}", errors[0]);
    }
}

/// Over many problems compensation wins by far; on a single one nothing is guaranteed.
#[test]
fn compensation_beats_the_nearest_value() {
    let mut random = Random(7);
    for grid in [
        Grid::int(3),
        Grid::int(4),
        Grid::posit(4, 0, Rounding::ToZero),
        Grid::codebook(&[-1.2, -0.4, 0.4, 1.2]),
    ] {
        let (mut plain, mut compensated, mut wins) = (0.0, 0.0, 0);
        for _ in 0..60 {
            let n = 16;
            let second = second_moment(n, &mut random);
            let factor = Factor::new(&second, n);
            let weights: Vec<f32> = (0..n).map(|_| random.normal() as f32).collect();
            let step = 3.0 / grid.max();
            let nearest = |w: f32| grid.nearest(f64::from(w / step)).1 * step;
            let mut swept = weights.clone();
            sweep(&mut swept, &factor, |v: Visit| nearest(v.weight));
            let error = |values: &mut dyn Iterator<Item = f32>| {
                let d: Vec<f64> =
                    weights.iter().zip(values).map(|(w, q)| f64::from(*w) - f64::from(q)).collect();
                quadratic(&d, &second)
            };
            let before = error(&mut weights.iter().map(|w| nearest(*w)));
            let after = error(&mut swept.iter().copied());
            plain += before;
            compensated += after;
            wins += u32::from(after <= before);
        }
        assert!(compensated < 0.7 * plain && wins > 45, "{compensated} {plain} {wins}");
    }
}

#[test]
fn columns_that_know_nothing_of_each_other_just_round() {
    let factor = Factor::independent(vec![1.0, 4.0, 2.0]);
    let mut weights = [0.6, -0.6, 1.4, 0.2, 0.0, -1.6];
    let errors = sweep(&mut weights, &factor, |v: Visit| v.weight.round());
    assert_eq!(weights, [1.0, -1.0, 1.0, 0.0, 0.0, -2.0]);
    assert!((errors[0] - (0.16 + 0.16 * 4.0 + 0.16 * 2.0)).abs() < 1e-6);
}

/// Zero stays zero under a mask, and a dead input does not break the factor.
#[test]
fn dead_inputs_are_no_trouble() {
    let second = vec![1.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.5, 0.0, 1.0];
    let factor = Factor::new(&second, 3);
    let mut weights = [0.7, 5.0, -0.3];
    sweep(&mut weights, &factor, |v: Visit| if v.column == 0 { 0.0 } else { v.weight });
    assert_eq!(weights[0], 0.0);
    assert!(weights.iter().all(|w| w.is_finite()));
    assert_eq!(Factor::new(&[0.0; 4], 2).costs, [1.0, 1.0]);
    assert_eq!(Factor::new(&[f64::NAN; 4], 2).costs, [1.0, 1.0]);
}
