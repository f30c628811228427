//! One layer under one choice, with what calibration knows of it.

use super::offset::offset_grid;
use super::rate::{Prices, cheapest};
use super::{Factor, Visit, sweep};
use crate::calibrate::Moments;
use crate::codebook::k_means_beside_zero;
use crate::format::Format;
use crate::grid::Grid;
use crate::matrix::{Matrix, Part};
use crate::network::{Network, Tensor, WeightLayer};
use crate::plan::{Choice, Pattern};
use crate::quantize::{Groups, Layer, Quantized, scale_axis};
use crate::scale::{Fit, ScaleRule, Scales, Weighted, fit_weighted};

/// Weights of a group beyond which the fit of its factor looks at every second, third, … only.
const FITTED: usize = 8192;

/// A weight layer ready to be tried under many choices.
#[derive(Clone, Debug)]
pub struct Prepared {
    weights: Tensor,
    channel_axis: usize,
    matrix: Matrix,
    parts: Vec<Part>,
    factors: Vec<Factor>,
    /// The mean input of each column of each part; empty where nothing is known.
    means: Vec<Vec<f64>>,
    /// The mean square of the layer's outputs, less their mean where a bias absorbs it, in the same measure as errors.
    energy: f64,
}

/// A layer written under a choice.
#[derive(Clone, PartialEq, Debug)]
pub struct Candidate {
    /// What an image holds.
    pub layer: Layer,
    /// The mean square error of the layer's outputs over the mean square of the outputs.
    pub error: f64,
}

impl Prepared {
    /// Prepares a layer. `moments` is what calibration saw, `None` if nothing did: then every input counts the same
    /// and nothing is compensated. With `absorbed` the layer has a bias that will be corrected, so that only
    /// deviations from the mean count.
    ///
    /// `None` if the layer's constant is no float tensor.
    #[must_use]
    pub fn new(
        network: &Network,
        layer: &WeightLayer,
        moments: Option<&Moments>,
        absorbed: bool,
    ) -> Option<Self> {
        let weights = network.float_constant(layer.value)?.clone();
        let known = Matrix::of(network, layer).zip(moments).filter(|(_, moments)| moments.rows() > 0);
        let mut energy: f64 = weights.data.iter().map(|w| f64::from(*w).powi(2)).sum();
        let (matrix, parts, factors, means) = match known {
            Some((matrix, moments)) => {
                let parts = moments.parts().to_vec();
                energy = 0.0;
                let mut factors = Vec::with_capacity(parts.len());
                for (index, part) in parts.iter().enumerate() {
                    let second = if absorbed { moments.covariance(index) } else { moments.second(index) };
                    energy += quadratic(&weights.data, &matrix, part, &second);
                    factors.push(Factor::new(&second, part.columns));
                }
                let means = (0..parts.len()).map(|index| moments.mean(index)).collect();
                (matrix, parts, factors, means)
            }
            None => {
                let matrix = Matrix::elements(weights.data.len());
                (matrix, matrix.parts(), vec![Factor::independent(vec![1.0])], Vec::new())
            }
        };
        let energy = energy.max(f64::MIN_POSITIVE);
        Some(Self { weights, channel_axis: layer.channel_axis, matrix, parts, factors, means, energy })
    }

    /// The mean square of the outputs, summed over the rows; less their mean where a bias absorbs it.
    #[must_use]
    pub const fn energy(&self) -> f64 {
        self.energy
    }

    /// Whether calibration saw the layer's inputs. If not, its errors are those of its weights, in parts of their mean
    /// square, and nothing is compensated.
    #[must_use]
    pub const fn is_calibrated(&self) -> bool {
        !self.means.is_empty()
    }

    /// How many weights the layer has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.weights.data.len()
    }

    /// The weights.
    #[must_use]
    pub const fn weights(&self) -> &Tensor {
        &self.weights
    }

    /// What each row's bias must grow by when the weights become `values`, so that its mean output stays.
    #[must_use]
    pub fn bias_correction(&self, values: &[f32]) -> Option<Vec<f64>> {
        if self.means.is_empty() {
            return None;
        }
        let mut correction = vec![0.0; self.matrix.all_rows()];
        for (part, means) in self.parts.iter().zip(&self.means) {
            let rows = correction.iter_mut().enumerate().skip(part.first_row).take(part.rows);
            for (row, sum) in rows {
                for (column, mean) in means.iter().enumerate() {
                    let index = self.matrix.index(row, part.first_column + column);
                    *sum += (f64::from(self.weights.data[index]) - f64::from(values[index])) * mean;
                }
            }
        }
        Some(correction)
    }

    /// Sweeps all parts: `choose` is given the element's place in the tensor. Gives the values and their error.
    fn swept(&self, mut choose: impl FnMut(usize, Visit) -> f32) -> (Vec<f32>, f64) {
        let mut values = vec![0.0; self.count()];
        let mut total = 0.0;
        for (index, part) in self.parts.iter().enumerate() {
            let factor = &self.factors[index % self.factors.len()];
            let place = |row: usize, column: usize| {
                self.matrix.index(part.first_row + row, part.first_column + column)
            };
            let mut rows: Vec<f32> = (0..part.rows)
                .flat_map(|row| (0..part.columns).map(move |column| (row, column)))
                .map(|(row, column)| self.weights.data[place(row, column)])
                .collect();
            let errors = sweep(&mut rows, factor, |visit| choose(place(visit.row, visit.column), visit));
            total += errors.iter().sum::<f64>();
            for (row, swept) in rows.chunks_exact(part.columns.max(1)).enumerate() {
                for (column, value) in swept.iter().enumerate() {
                    values[place(row, column)] = *value;
                }
            }
        }
        (values, total)
    }

    /// Writes the layer as `choice` says.
    #[must_use]
    pub fn quantize(&self, choice: &Choice) -> Candidate {
        let mask = self.mask(choice);
        let survives = |index: usize| mask.as_ref().is_none_or(|mask| mask[index]);
        if choice.format == Format::Float {
            let (data, error) = self.swept(|index, visit| if survives(index) { visit.weight } else { 0.0 });
            let layer = Layer::Float(Tensor { shape: self.weights.shape.clone(), data });
            return Candidate { layer, error: error / self.energy };
        }
        let axis = scale_axis(choice, self.channel_axis, &self.weights.shape);
        let groups = Groups::new(&self.weights.shape, axis, choice.granularity);
        // Where weights were pruned, the survivors as they will be when they have made up for it.
        let moved = mask
            .as_ref()
            .map(|mask| self.swept(|index, visit| if mask[index] { visit.weight } else { 0.0 }).0);
        let weights = moved.as_deref().unwrap_or(&self.weights.data);
        let survivors = self.survivors(weights, &groups, survives);
        let (format, grid, scales) = self.grid(choice, &survivors, &groups);
        let (zero, _) = grid.nearest(0.0);
        let factors: Vec<f32> =
            (0..groups.count).map(|group| scales.factor(group.min(scales.count() - 1))).collect();
        let mut codes = vec![zero; self.count()];
        let mut run = |prices: Option<&Prices>| {
            let (_, error) = self.swept(|index, visit| {
                if !survives(index) {
                    return 0.0;
                }
                let factor = factors[groups.of(index)];
                let (code, value) = match prices {
                    Some(prices) => cheapest(prices, visit, factor),
                    None => grid.nearest(f64::from(visit.weight) / f64::from(factor)),
                };
                codes[index] = code;
                factor * value
            });
            (codes.clone(), error)
        };
        let (mut chosen, mut error) = run(None);
        if let (Format::Int { bits }, true) = (choice.format, choice.rate > 0.0 && !choice.offset) {
            let worth = self.bit_worth(&factors, &groups) * choice.rate;
            for _ in 0..2 {
                let prices = Prices::of(&chosen, bits, worth);
                (chosen, error) = run(Some(&prices));
            }
        }
        let mask = mask.unwrap_or_else(|| vec![true; self.count()]);
        let (row, storage) = (self.weights.row(), choice.storage);
        let quantized = Quantized { format, grid, scales, axis, mask, codes: chosen, row, storage, groups };
        Candidate { layer: Layer::Coded(quantized.narrowed()), error: error / self.energy }
    }

    /// What a bit is worth in square error where a uniform step is right: the slope of Δ²/12 against −log2 Δ,
    /// which is (ln 2 / 6)·Δ², at the mean cost of a weight.
    fn bit_worth(&self, factors: &[f32], groups: &Groups) -> f64 {
        let mut sum = 0.0;
        for (index, part) in self.parts.iter().enumerate() {
            let factor = &self.factors[index % self.factors.len()];
            for row in part.first_row..part.first_row + part.rows {
                for (column, cost) in factor.order.iter().zip(&factor.costs) {
                    let step = factors[groups.of(self.matrix.index(row, part.first_column + column))];
                    sum += f64::from(step).powi(2) * f64::from(*cost);
                }
            }
        }
        core::f64::consts::LN_2 / 6.0 * sum / self.count().max(1) as f64
    }

    /// The weights that survive, by group, each with the cost of its square error; of a group of more than
    /// [`FITTED`] every second, third, … and the largest.
    fn survivors(
        &self,
        weights: &[f32],
        groups: &Groups,
        survives: impl Fn(usize) -> bool,
    ) -> Vec<Vec<Weighted>> {
        let each = |visit: &mut dyn FnMut(usize, Weighted)| {
            for (index, part) in self.parts.iter().enumerate() {
                let diagonal = &self.factors[index % self.factors.len()].diagonal;
                for row in part.first_row..part.first_row + part.rows {
                    for (column, &cost) in diagonal.iter().enumerate() {
                        let index = self.matrix.index(row, part.first_column + column);
                        if survives(index) {
                            visit(groups.of(index), Weighted { weight: weights[index], cost });
                        }
                    }
                }
            }
        };
        let mut counts = vec![0usize; groups.count];
        each(&mut |group, _| counts[group] += 1);
        let mut survivors: Vec<Vec<Weighted>> =
            counts.iter().map(|count| Vec::with_capacity(count.min(&FITTED) + 1)).collect();
        let mut seen = vec![0usize; groups.count];
        let mut largest: Vec<Option<Weighted>> = vec![None; groups.count];
        each(&mut |group, one| {
            if seen[group].is_multiple_of(counts[group].div_ceil(FITTED)) {
                survivors[group].push(one);
            }
            seen[group] += 1;
            let magnitude = |one: Weighted| one.weight.abs();
            // The last of equals.
            if largest[group].is_none_or(|known| magnitude(known).total_cmp(&magnitude(one)).is_le()) {
                largest[group] = Some(one);
            }
        });
        for ((group, count), largest) in survivors.iter_mut().zip(counts).zip(largest) {
            group.extend(largest.filter(|_| count > FITTED));
        }
        survivors
    }

    /// The format, values and factors of a choice.
    fn grid(&self, choice: &Choice, survivors: &[Vec<Weighted>], groups: &Groups) -> (Format, Grid, Scales) {
        let bits = choice.format.bits();
        match (choice.scale, Grid::of(choice.format, choice.rounding)) {
            (_, Some(base)) if choice.offset => {
                let scales = fit_weighted(survivors, &base, choice.scale).short();
                let grid = offset_grid(&base, &normalised(survivors, &scales));
                (Format::Codebook { bits }, grid, scales)
            }
            (ScaleRule::Step(quarters), Some(grid)) => {
                (choice.format, grid, self.steps(quarters, survivors, groups))
            }
            (_, Some(grid)) => {
                let scales = fit_weighted(survivors, &grid, choice.scale).short();
                (choice.format, grid, scales)
            }
            (_, None) => {
                let scales = unit_scales(survivors, choice.scale);
                let weights: Vec<f32> = normalised(survivors, &scales).iter().map(|w| w.weight).collect();
                (choice.format, Grid::codebook(&k_means_beside_zero(&weights, 1 << bits)), scales)
            }
        }
    }

    /// Uniform steps: the same for all, or powers of two that are larger where errors count less.
    fn steps(&self, quarters: i8, survivors: &[Vec<Weighted>], groups: &Groups) -> Scales {
        let all: Vec<Weighted> = survivors.iter().flatten().copied().collect();
        let Scales::Real(step) = fit_weighted(&[all], &Grid::int(8), ScaleRule::Step(quarters)) else {
            return Scales::None;
        };
        if groups.count == 1 {
            return Scales::Real(step).short();
        }
        // The mean logarithm of the costs in each group: the step goes with the inverse root of the cost.
        let mut logs = vec![(0.0, 0usize); groups.count];
        for (index, part) in self.parts.iter().enumerate() {
            let factor = &self.factors[index % self.factors.len()];
            for row in part.first_row..part.first_row + part.rows {
                for (column, cost) in factor.order.iter().zip(&factor.costs) {
                    let group = groups.of(self.matrix.index(row, part.first_column + column));
                    logs[group].0 += f64::from(*cost).max(1e-30).log2();
                    logs[group].1 += 1;
                }
            }
        }
        let mean = logs.iter().map(|log| log.0).sum::<f64>() / self.count().max(1) as f64;
        let base = f64::from(step[0]).log2();
        let exponents = logs.iter().map(|&(sum, count)| base - (sum / count.max(1) as f64 - mean) / 2.0);
        Scales::PowerOfTwo(exponents.map(|e| e.round().clamp(-126.0, 127.0) as i8).collect())
    }

    /// Which weights survive; `None`: all.
    #[must_use]
    pub fn mask(&self, choice: &Choice) -> Option<Vec<bool>> {
        match choice.pattern {
            Some(pattern) => Some(self.pattern_mask(pattern)),
            None if choice.sparsity > 0.0 => Some(self.saliency_mask(choice.sparsity)),
            None => None,
        }
    }

    /// The weights of the least saliency `w²·cost` go, each judged when its turn comes in the sweep, after it has
    /// been moved by those before it. The threshold is found by bisection, to a thousandth of the weights.
    fn saliency_mask(&self, sparsity: f64) -> Vec<bool> {
        let count = self.count();
        let wanted = (sparsity.min(1.0) * count as f64).round() as usize;
        let marked = |threshold: f32| {
            let mut mask = vec![true; count];
            let choose = |index: usize, visit: Visit| {
                mask[index] = visit.weight * visit.weight * visit.cost > threshold;
                if mask[index] { visit.weight } else { 0.0 }
            };
            self.swept(choose);
            mask
        };
        let mut saliencies = Vec::with_capacity(count);
        self.swept(|_, visit| {
            saliencies.push(visit.weight * visit.weight * visit.cost);
            visit.weight
        });
        saliencies.sort_by(f32::total_cmp);
        // Places in the sorted list of uncompensated saliencies between which the threshold lies.
        let (mut low, mut high) = (0usize, count);
        let mut best: (usize, Vec<bool>) = (usize::MAX, Vec::new());
        let mut place = wanted;
        for _ in 0..10 {
            let threshold = place.checked_sub(1).map_or(-1.0, |last| saliencies[last]);
            let mask = marked(threshold);
            let removed = mask.iter().filter(|kept| !**kept).count();
            let off = removed.abs_diff(wanted);
            if off < best.0 {
                best = (off, mask);
            }
            if off * 1000 <= count || low + 1 >= high {
                break;
            }
            if removed < wanted {
                low = place;
            } else {
                high = place;
            }
            place = usize::midpoint(low, high);
        }
        best.1
    }

    /// Of every `of` neighbouring columns of a row the `keep` of the greatest saliency survive.
    fn pattern_mask(&self, pattern: Pattern) -> Vec<bool> {
        let mut saliency = vec![0.0f32; self.count()];
        self.swept(|index, visit| {
            saliency[index] = visit.weight * visit.weight * visit.cost;
            visit.weight
        });
        let mut mask = vec![false; self.count()];
        for row in 0..self.matrix.all_rows() {
            for start in (0..self.matrix.columns).step_by(usize::from(pattern.of.max(1))) {
                let end = self.matrix.columns.min(start + usize::from(pattern.of));
                let mut block: Vec<usize> =
                    (start..end).map(|column| self.matrix.index(row, column)).collect();
                block.sort_by(|a, b| saliency[*b].total_cmp(&saliency[*a]).then(a.cmp(b)));
                block.iter().take(usize::from(pattern.keep)).for_each(|index| mask[*index] = true);
            }
        }
        mask
    }
}

/// The sum of w·H·wᵀ over the rows of a part.
fn quadratic(weights: &[f32], matrix: &Matrix, part: &Part, second: &[f64]) -> f64 {
    let of_row = |row: usize| -> f64 {
        let place = |column: usize| matrix.index(row, part.first_column + column);
        let w: Vec<f64> = (0..part.columns).map(|column| f64::from(weights[place(column)])).collect();
        let lines = second.chunks_exact(part.columns.max(1)).zip(&w);
        lines.map(|(line, own)| own * line.iter().zip(&w).map(|(h, w)| h * w).sum::<f64>()).sum()
    };
    (part.first_row..part.first_row + part.rows).map(of_row).sum()
}

/// Factors that bring the largest magnitude of each group to 1 (for a power of two: to at most 1).
fn unit_scales(survivors: &[Vec<Weighted>], rule: ScaleRule) -> Scales {
    let rule = match rule {
        ScaleRule::PowerOfTwo(_) => ScaleRule::PowerOfTwo(Fit::AbsMax),
        ScaleRule::None => ScaleRule::None,
        ScaleRule::Real(_) | ScaleRule::Step(_) => ScaleRule::Real(Fit::AbsMax),
    };
    fit_weighted(survivors, &Grid::codebook(&[-1.0, 1.0]), rule).short()
}

/// Weights over their group's factor.
fn normalised(survivors: &[Vec<Weighted>], scales: &Scales) -> Vec<Weighted> {
    let over = |(group, weights): (usize, &Vec<Weighted>)| {
        let factor = scales.factor(group.min(scales.count() - 1));
        let divided = |w: &Weighted| Weighted { weight: w.weight / factor, cost: w.cost * factor * factor };
        weights.iter().map(divided).collect::<Vec<_>>()
    };
    survivors.iter().enumerate().flat_map(over).collect()
}
