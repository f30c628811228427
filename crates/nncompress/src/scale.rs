//! The factor between a weight and its grid: none, a power of two, or a real; one for a tensor, for each output
//! channel, or for each block of its inputs; chosen by the largest magnitude or by least squares.

use crate::grid::Grid;
use core::fmt;
use core::num::NonZeroU16;
use core::str::FromStr;

/// How a factor is chosen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Fit {
    /// The largest magnitude falls on the largest value of the grid (for a power of two: not above it).
    AbsMax,
    /// The factor with the least sum of squared errors.
    LeastSquares,
}

/// What factors are allowed, and how they are chosen. Names: `none`, `pow2` (least squares),
/// `pow2-absmax`, `absmax`, `mse`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ScaleRule {
    /// Factor 1.
    None,
    /// A power of two, from 2^-126 to 2^127.
    PowerOfTwo(Fit),
    /// Any positive `f32`.
    Real(Fit),
    /// The root of the mean square of the weights times 2^(k/4), whatever the grid covers: the step of a uniform
    /// grid whose codes are entropy-coded, where a wide range costs nothing.
    Step(i8),
}

/// What shares one factor. Names: `tensor`, `channel`, `input`, `block32` and the like.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Granularity {
    /// The whole tensor.
    Tensor,
    /// One output channel.
    Channel,
    /// One input channel.
    Input,
    /// So many consecutive inputs of one output channel; the last block of a channel may be shorter.
    Block(NonZeroU16),
}

impl Granularity {
    /// Blocks of 32 inputs.
    pub const BLOCK32: Self = Self::Block(NonZeroU16::new(32).unwrap());
    /// Blocks of 128 inputs.
    pub const BLOCK128: Self = Self::Block(NonZeroU16::new(128).unwrap());
}

/// A text that names no member of an enumeration.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{found}` is no {what}: {expected}")]
pub struct UnknownName {
    /// What was asked for.
    pub what: &'static str,
    /// What was given.
    pub found: String,
    /// The names that exist.
    pub expected: &'static str,
}

/// `Display` and `FromStr` from one table of names.
macro_rules! names {
    ($kind:ty, $what:literal, $expected:literal, $($text:literal => $member:expr,)*) => {
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let table: &[(&str, Self)] = &[$(($text, $member)),*];
                f.pad(table.iter().find(|(_, member)| member == self).map_or("?", |(text, _)| text))
            }
        }
        impl FromStr for $kind {
            type Err = UnknownName;
            fn from_str(text: &str) -> Result<Self, UnknownName> {
                let table: &[(&str, Self)] = &[$(($text, $member)),*];
                let found = table.iter().find(|(name, _)| *name == text).map(|(_, member)| *member);
                found.ok_or_else(|| UnknownName { what: $what, found: text.to_owned(), expected: $expected })
            }
        }
    };
}
pub(crate) use names;

const RULES: [(&str, ScaleRule); 5] = [
    ("none", ScaleRule::None),
    ("pow2", ScaleRule::PowerOfTwo(Fit::LeastSquares)),
    ("pow2-absmax", ScaleRule::PowerOfTwo(Fit::AbsMax)),
    ("absmax", ScaleRule::Real(Fit::AbsMax)),
    ("mse", ScaleRule::Real(Fit::LeastSquares)),
];

impl fmt::Display for ScaleRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(quarters) => f.pad(&format!("step{quarters:+}")),
            _ => f.pad(RULES.iter().find(|(_, rule)| rule == self).map_or("?", |(text, _)| text)),
        }
    }
}

impl FromStr for ScaleRule {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let named = RULES.iter().find(|(name, _)| *name == text).map(|(_, rule)| *rule);
        let step = || text.strip_prefix("step").and_then(|quarters| quarters.parse().ok()).map(Self::Step);
        named.or_else(step).ok_or_else(|| UnknownName {
            what: "scale rule",
            found: text.to_owned(),
            expected: "none, pow2, pow2-absmax, absmax, mse, step-8 and the like",
        })
    }
}

impl fmt::Display for Granularity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tensor => f.pad("tensor"),
            Self::Channel => f.pad("channel"),
            Self::Input => f.pad("input"),
            Self::Block(length) => f.pad(&format!("block{length}")),
        }
    }
}

impl FromStr for Granularity {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let block = || text.strip_prefix("block").and_then(|length| length.parse().ok()).map(Self::Block);
        match text {
            "tensor" => Some(Self::Tensor),
            "channel" => Some(Self::Channel),
            "input" => Some(Self::Input),
            _ => block(),
        }
        .ok_or_else(|| UnknownName {
            what: "granularity",
            found: text.to_owned(),
            expected: "tensor, channel, input, block32 and the like",
        })
    }
}

/// Factors as an image stores them.
#[derive(Clone, PartialEq, Debug)]
pub enum Scales {
    /// Factor 1.
    None,
    /// Exponents of two, one for each group.
    PowerOfTwo(Vec<i8>),
    /// Factors, one for each group; each finite and above 0.
    Real(Vec<f32>),
}

impl Scales {
    /// How many factors there are; 1 for none.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::None => 1,
            Self::PowerOfTwo(exponents) => exponents.len(),
            Self::Real(factors) => factors.len(),
        }
    }

    /// The factor of group `index`.
    #[must_use]
    pub fn factor(&self, index: usize) -> f32 {
        match self {
            Self::None => 1.0,
            Self::PowerOfTwo(exponents) => f32::from(exponents[index]).exp2(),
            Self::Real(factors) => factors[index],
        }
    }
}

/// Chooses a factor for each group of weights (pruned ones left out by the caller). A group that is
/// empty or all zeros gets factor 1: its codes are exact zeros.
#[must_use]
pub fn fit(groups: &[Vec<f32>], grid: &Grid, rule: ScaleRule) -> Scales {
    let alike =
        |weights: &Vec<f32>| weights.iter().map(|weight| Weighted { weight: *weight, cost: 1.0 }).collect();
    fit_weighted(&groups.iter().map(alike).collect::<Vec<_>>(), grid, rule)
}

/// A weight, and what its square error counts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Weighted {
    /// The weight.
    pub weight: f32,
    /// At least 0.
    pub cost: f32,
}

/// As [`fit`], where "least squares" counts the square error of each weight as often as its cost says.
#[must_use]
pub fn fit_weighted(groups: &[Vec<Weighted>], grid: &Grid, rule: ScaleRule) -> Scales {
    match rule {
        ScaleRule::None => Scales::None,
        ScaleRule::PowerOfTwo(fit) => {
            Scales::PowerOfTwo(groups.iter().map(|weights| power_of_two(weights, grid, fit)).collect())
        }
        ScaleRule::Real(fit) => Scales::Real(groups.iter().map(|weights| real(weights, grid, fit)).collect()),
        ScaleRule::Step(quarters) => {
            Scales::Real(groups.iter().map(|weights| step(weights, quarters)).collect())
        }
    }
}

fn step(weights: &[Weighted], quarters: i8) -> f32 {
    let energy: f64 = weights.iter().map(|w| f64::from(w.weight).powi(2)).sum();
    let root = (energy / weights.len().max(1) as f64).sqrt();
    if root > 0.0 { normal(root * (f64::from(quarters) / 4.0).exp2()) } else { 1.0 }
}

/// The sum of squared errors of `weights` on `factor * grid`, in the `f32` arithmetic of the image.
#[must_use]
pub fn squared_error(weights: &[f32], grid: &Grid, factor: f32) -> f64 {
    weights.iter().map(|weight| error(*weight, grid, factor)).sum()
}

fn error(weight: f32, grid: &Grid, factor: f32) -> f64 {
    let (_, value) = grid.nearest(f64::from(weight) / f64::from(factor));
    let difference = f64::from(weight) - f64::from(factor * value);
    difference * difference
}

fn weighted_error(weights: &[Weighted], grid: &Grid, factor: f32) -> f64 {
    weights.iter().map(|w| f64::from(w.cost) * error(w.weight, grid, factor)).sum()
}

fn abs_max(weights: &[Weighted]) -> f64 {
    f64::from(weights.iter().fold(0.0f32, |max, w| max.max(w.weight.abs())))
}

fn power_of_two(weights: &[Weighted], grid: &Grid, fit: Fit) -> i8 {
    let largest = abs_max(weights);
    if largest == 0.0 || grid.max() == 0.0 {
        return 0;
    }
    // The smallest exponent at which the grid covers the largest weight.
    let covering = (largest / f64::from(grid.max())).log2().ceil();
    match fit {
        Fit::AbsMax => exponent(covering),
        Fit::LeastSquares => {
            let coarsest = (largest / smallest_step(grid)).log2().ceil();
            let candidates = exponent(covering - 4.0)..=exponent(coarsest);
            let error = |&e: &i8| weighted_error(weights, grid, f32::from(e).exp2());
            candidates.map(|e| (error(&e), e)).min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0, |(_, e)| e)
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "clamped to the normal range of f32")]
fn exponent(log2: f64) -> i8 {
    log2.clamp(-126.0, 127.0) as i8
}

fn smallest_step(grid: &Grid) -> f64 {
    f64::from(grid.min_positive().unwrap_or_else(|| grid.max()))
}

/// The search for a real factor. Candidates: the one at which the largest weight falls on the largest
/// value, times 0.5 to 1 in steps of 0.05 (clipping), and times 2^(k/4) up to everything on the smallest
/// step. Steps are no finer, since the squared error of a posit grid is flat over octaves and a lower
/// minimum says nothing about accuracy.
fn real(weights: &[Weighted], grid: &Grid, fit: Fit) -> f32 {
    let largest = abs_max(weights);
    if largest == 0.0 || grid.max() == 0.0 {
        return 1.0;
    }
    let covering = largest / f64::from(grid.max());
    if fit == Fit::AbsMax {
        return normal(covering);
    }
    let quarters = (4.0 * (f64::from(grid.max()) / smallest_step(grid)).log2()).ceil().max(0.0);
    let clipped = (10..=20).map(|twentieths| f64::from(twentieths) / 20.0);
    #[allow(clippy::cast_possible_truncation, reason = "at most 4 * 252 quarter octaves")]
    let wider = (0..=quarters as i32).map(|quarter| (f64::from(quarter) / 4.0).exp2());
    let candidates = clipped.chain(wider).map(|times| normal(covering * times));
    let tried = candidates.map(|factor| (weighted_error(weights, grid, factor), factor));
    tried.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(1.0, |(_, factor)| factor)
}

impl Scales {
    /// The same factors, real ones rounded to numbers whose lower half is 0: an image writes those in two bytes.
    #[must_use]
    pub fn short(self) -> Self {
        match self {
            Self::Real(factors) => Self::Real(factors.into_iter().map(to_bfloat16).collect()),
            other => other,
        }
    }
}

/// The nearest number whose lower half is 0; ties go away from zero. 1.0 + 2^-8 becomes 1.0 + 2^-7.
#[must_use]
pub fn to_bfloat16(value: f32) -> f32 {
    let rounded = f32::from_bits(value.to_bits().saturating_add(0x8000) & 0xFFFF_0000);
    if rounded.is_finite() { rounded } else { value }
}

/// Rounds to `f32`, kept within the positive normal numbers.
#[allow(clippy::cast_possible_truncation, reason = "clamped to the normal range of f32")]
fn normal(factor: f64) -> f32 {
    factor.clamp(f64::from(f32::MIN_POSITIVE), f64::from(f32::MAX)) as f32
}

#[cfg(test)]
mod tests {
    use super::{Fit, Granularity, ScaleRule, Scales, fit, squared_error};
    use crate::grid::{Grid, Rounding};
    use proptest::prelude::*;

    const LEAST: ScaleRule = ScaleRule::Real(Fit::LeastSquares);

    #[test]
    fn names_lead_back() {
        for name in ["none", "pow2", "pow2-absmax", "absmax", "mse", "step-12", "step+0", "step+7"] {
            assert_eq!(name.parse::<ScaleRule>().unwrap().to_string(), name);
        }
        for name in ["tensor", "channel", "input", "block32", "block1"] {
            assert_eq!(name.parse::<Granularity>().unwrap().to_string(), name);
        }
        for name in ["row", "block", "block0", "block70000"] {
            assert!(name.parse::<Granularity>().is_err(), "{name}");
        }
    }

    #[test]
    fn degenerate_groups_get_factor_one() {
        let grid = Grid::int(8);
        for rule in [LEAST, ScaleRule::Real(Fit::AbsMax)] {
            assert_eq!(fit(&[vec![], vec![0.0, -0.0]], &grid, rule), Scales::Real(vec![1.0, 1.0]));
        }
        let rule = ScaleRule::PowerOfTwo(Fit::LeastSquares);
        assert_eq!(fit(&[vec![0.0]], &grid, rule), Scales::PowerOfTwo(vec![0]));
    }

    #[test]
    fn subnormal_and_huge_weights_get_a_normal_factor() {
        for weight in [1e-45, f32::MIN_POSITIVE, f32::MAX] {
            for rule in [LEAST, ScaleRule::Real(Fit::AbsMax), ScaleRule::PowerOfTwo(Fit::LeastSquares)] {
                let factor = fit(&[vec![weight]], &Grid::int(4), rule).factor(0);
                assert!(factor.is_normal(), "{weight} {rule}: {factor}");
            }
        }
    }

    #[test]
    fn absmax_of_int8_is_the_tflite_scale() {
        let scales = fit(&[vec![0.5, -2.54]], &Grid::int(8), ScaleRule::Real(Fit::AbsMax));
        assert_eq!(scales, Scales::Real(vec![2.54 / 127.0]));
    }

    proptest! {
        /// Least squares is never worse than the largest magnitude, and never worse than any factor of a
        /// sweep sixteen times as fine by more than what a quarter octave can hide.
        #[test]
        fn least_squares_beats_a_brute_force_sweep(weights in prop::collection::vec(-1f32..1.0, 1..80), bits in 3u32..6) {
            for grid in [Grid::int(bits), Grid::posit(bits, 0, Rounding::ToZero)] {
                let found = squared_error(&weights, &grid, fit(core::slice::from_ref(&weights), &grid, LEAST).factor(0));
                let absmax = fit(core::slice::from_ref(&weights), &grid, ScaleRule::Real(Fit::AbsMax)).factor(0);
                prop_assert!(found <= squared_error(&weights, &grid, absmax));
                let energy: f64 = weights.iter().map(|w| f64::from(*w).powi(2)).sum();
                let sweep = (-640..256).map(|k| (f64::from(k) / 64.0).exp2() as f32);
                let brute = sweep.map(|factor| squared_error(&weights, &grid, factor)).fold(f64::INFINITY, f64::min);
                prop_assert!(found <= brute * 2.0 + energy * 2e-2, "{found} against {brute}");
            }
        }
    }
}
