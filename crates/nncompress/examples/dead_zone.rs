//! What scale, granularity, format and the dead-zone offset are worth on synthetic weights: signal-to-noise ratios in dB
//! of 64 channels of 512 weights, beside those of an independent implementation. Ours are over 24 samples, from the
//! least to the largest: rows that few large weights decide differ by a decibel or two from sample to sample. Factors are
//! fitted as in the library, then finely around that.
//!
//! `cargo run --release -p nncompress --example dead_zone`

use nncompress::compensate::offset_grid;
use nncompress::format::Format;
use nncompress::grid::{Grid, Rounding};
use nncompress::prune::{Scope, magnitude_masks};
use nncompress::scale::{Fit, ScaleRule, Scales, Weighted, fit, squared_error};

const CHANNELS: usize = 64;
const LENGTH: usize = 512;

/// Uniform numbers from a linear congruential generator.
struct Random(u64);

impl Random {
    /// In (0, 1).
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Of mean 0 and deviation 1 (Box and Muller).
    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (core::f64::consts::TAU * self.uniform()).cos()
    }

    /// Of mean 0 and mean magnitude 1.
    fn laplace(&mut self) -> f64 {
        let u = self.uniform() - 0.5;
        -u.signum() * (1.0 - 2.0 * u.abs()).ln()
    }
}

fn samples(draw: impl Fn(&mut Random) -> f64) -> Vec<Vec<f32>> {
    let sample = |seed| {
        let mut random = Random(seed);
        (0..CHANNELS * LENGTH).map(|_| (0.05 * draw(&mut random)) as f32).collect()
    };
    (1..=24).map(sample).collect()
}

/// The least and the largest value of a figure over samples.
struct Range(f64, f64);

impl Range {
    fn over(samples: &[Vec<f32>], figure: impl Fn(&[f32]) -> f64) -> Self {
        let figures = samples.iter().map(|weights| figure(weights));
        figures.fold(Self(f64::INFINITY, f64::NEG_INFINITY), |range, x| Self(range.0.min(x), range.1.max(x)))
    }

    /// How far a figure lies outside.
    fn off(&self, figure: f64) -> f64 {
        (self.0 - figure).max(figure - self.1).max(0.0)
    }
}

impl core::fmt::Display for Range {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:.1}..{:.1}", self.0, self.1)
    }
}

fn decibels(pairs: impl Iterator<Item = (f32, f32)>) -> f64 {
    let (signal, noise) = pairs.fold((0.0, 0.0), |(signal, noise), (w, q)| {
        (signal + f64::from(w).powi(2), noise + (f64::from(w) - f64::from(q)).powi(2))
    });
    10.0 * (signal / noise).log10()
}

/// The library's factors; least-squares ones then in steps of a 32nd octave around them.
fn fitted(groups: &[Vec<f32>], grid: &Grid, rule: ScaleRule) -> Scales {
    match fit(groups, grid, rule) {
        Scales::Real(factors) if rule == LEAST => {
            let refined = |(weights, factor): (&Vec<f32>, &f32)| {
                let around = (-16..=16).map(|k| factor * (k as f32 / 32.0).exp2());
                let tried = around.map(|factor| (squared_error(weights, grid, factor), factor));
                tried.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(*factor, |best| best.1)
            };
            Scales::Real(groups.iter().zip(&factors).map(refined).collect())
        }
        scales => scales,
    }
}

/// Weights in groups, each with its own factor.
fn sqnr(groups: &[Vec<f32>], grid: &Grid, rule: ScaleRule) -> f64 {
    let scales = fitted(groups, grid, rule);
    decibels(groups.iter().enumerate().flat_map(|(group, weights)| {
        let factor = scales.factor(group);
        let value = move |w: &f32| (*w, grid.nearest(f64::from(*w) / f64::from(factor)).1 * factor);
        weights.iter().map(value).collect::<Vec<_>>()
    }))
}

fn channels(weights: &[f32]) -> Vec<Vec<f32>> {
    weights.chunks(LENGTH).map(<[f32]>::to_vec).collect()
}

fn grid(format: Format) -> Grid {
    Grid::of(format, Rounding::ToZero).unwrap_or_else(|| Grid::codebook(&[]))
}

const LEAST: ScaleRule = ScaleRule::Real(Fit::LeastSquares);

fn main() {
    let int = |bits| Format::Int { bits };
    let posit = |n, es| Format::Posit { n, es };
    let (gauss, laplace) = (samples(Random::normal), samples(Random::laplace));

    println!(
        "| format | scale | Gauss dB | independent | Laplace dB | independent |\n|---|---|---:|---:|---:|---:|"
    );
    let whole = ScaleRule::PowerOfTwo(Fit::LeastSquares);
    let rows = [
        (posit(4, 0), whole, false, 18.2, 16.3),
        (posit(5, 0), whole, false, 23.7, 21.6),
        (posit(8, 0), whole, false, 41.2, 39.2),
        (posit(5, 0), LEAST, false, 23.7, 22.0),
        (posit(8, 0), LEAST, false, 41.6, 39.8),
        (posit(5, 1), LEAST, false, 19.7, 19.5),
        (posit(8, 2), LEAST, false, 31.6, 31.6),
        (posit(4, 0), LEAST, true, 18.5, 17.1),
        (posit(5, 0), LEAST, true, 24.2, 22.8),
        (posit(8, 0), LEAST, true, 42.1, 40.8),
        (int(4), ScaleRule::Real(Fit::AbsMax), true, 17.2, 14.1),
        (int(5), ScaleRule::Real(Fit::AbsMax), true, 23.9, 20.7),
        (int(4), LEAST, true, 18.9, 16.0),
        (int(5), LEAST, true, 24.6, 21.4),
        (int(8), LEAST, true, 42.5, 39.2),
    ];
    let mut apart = Vec::new();
    for (format, rule, by_channel, expected, expected_laplace) in rows {
        let of = |weights: &[f32]| {
            let groups = if by_channel { channels(weights) } else { vec![weights.to_vec()] };
            sqnr(&groups, &grid(format), rule)
        };
        let (a, b) = (Range::over(&gauss, of), Range::over(&laplace, of));
        apart.push(a.off(expected).max(b.off(expected_laplace)));
        let granularity = if by_channel { "channel" } else { "tensor" };
        println!("| {format} | {rule} {granularity} | {a} | {expected:.1} | {b} | {expected_laplace:.1} |");
    }

    println!("\n| weights | pruned | format | no offset dB | independent | offset dB | independent |");
    println!("|---|---:|---|---:|---:|---:|---:|");
    let rows = [
        ("Gauss", &gauss, 0.5, posit(4, 0), 19.7, 22.1),
        ("Gauss", &gauss, 0.5, int(4), 21.4, 22.7),
        ("Gauss", &gauss, 0.9, int(3), 19.3, 22.5),
        ("Gauss", &gauss, 0.9, posit(4, 0), 21.1, 27.9),
        ("Gauss", &gauss, 0.9, int(4), 24.3, 28.5),
        ("Gauss", &gauss, 0.9, posit(5, 0), 26.4, 33.3),
        ("Gauss", &gauss, 0.9, int(5), 29.7, 33.5),
        ("Laplace", &laplace, 0.9, posit(4, 0), 19.9, 23.9),
        ("Laplace", &laplace, 0.9, int(4), 20.7, 22.1),
        ("Laplace", &laplace, 0.9, posit(5, 0), 25.6, 29.5),
        ("Laplace", &laplace, 0.9, int(5), 25.9, 26.9),
    ];
    for (name, weights, sparsity, format, expected, expected_offset) in rows {
        let base = grid(format);
        let survivors = |weights: &[f32]| -> Vec<Vec<f32>> {
            let mask = magnitude_masks(&[weights], sparsity, Scope::Layer).remove(0);
            vec![weights.iter().zip(&mask).filter(|(_, kept)| **kept).map(|(w, _)| *w).collect()]
        };
        let plain = Range::over(weights, |weights| sqnr(&survivors(weights), &base, LEAST));
        let offset = Range::over(weights, |weights| {
            let groups = survivors(weights);
            let factor = fitted(&groups, &base, LEAST).factor(0);
            let unit = |w: &f32| Weighted { weight: w / factor, cost: 1.0 };
            let gap = offset_grid(&base, &groups[0].iter().map(unit).collect::<Vec<_>>());
            decibels(groups[0].iter().map(|w| (*w, gap.nearest(f64::from(*w / factor)).1 * factor)))
        });
        apart.push(plain.off(expected).max(offset.off(expected_offset)));
        println!(
            "| {name} | {:.0} % | {format} | {plain} | {expected:.1} | {offset} | {expected_offset:.1} |",
            100.0 * sparsity
        );
    }
    let within = apart.iter().filter(|off| **off <= 0.3).count();
    println!("\n{within} of {} rows within 0.3 dB of the range of ours", apart.len());
}
