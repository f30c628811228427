//! A weight layer in training: the weights that move, and the codes that the network runs with.

use super::adam::{Adam, Moments};
use super::price::Prices;
use crate::format::Format;
use crate::grid::Grid;
use crate::network::{Tensor, ValueId};
use crate::plan::{Choice, Storage};
use crate::quantize::{Groups, Layer, Quantized};
use crate::scale::{Granularity, Scales, to_bfloat16};

/// A layer in training.
#[derive(Clone, Debug)]
pub(super) struct Trained {
    pub value: ValueId,
    pub shape: Vec<usize>,
    /// What the gradients move.
    pub latent: Vec<f32>,
    pub moments: Moments,
    pub coding: Coding,
    /// The root mean square of the first weights: steps of the training are in parts of it.
    pub size: f32,
    /// What the network runs with: exactly what an image of the codes decodes to.
    pub values: Vec<f32>,
}

/// Where the values may lie.
#[derive(Clone, Debug)]
pub(super) enum Coding {
    /// Multiples of a step that is trained too, under a price of bits.
    Steps(Steps),
    /// The grid, factors and, if they are held, zeros of a plan.
    Plan { layer: Quantized, masks: bool },
    /// Any float; zeros of a plan stay.
    Float { mask: Vec<bool> },
}

#[derive(Clone, Debug)]
pub(super) struct Steps {
    /// The logarithm of the step.
    pub log: f32,
    pub moments: Moments,
    pub levels: Vec<i16>,
    pub prices: Prices,
    /// What a bit is worth, in squares of the step.
    pub worth: f32,
    /// What a square error of a weight costs in loss.
    pub curvature: f64,
    /// The bits of a usual survivor.
    pub rarity: f32,
}

/// How fast weights whose code is zero fall: in so many parts of a step as the learning rate is.
const ZEROS_FALL: f32 = 0.05;

impl Steps {
    /// The step, as an image stores it.
    pub fn step(&self) -> f32 {
        to_bfloat16(self.log.exp())
    }
}

/// The root mean square.
pub(super) fn size(data: &[f32]) -> f32 {
    let energy: f64 = data.iter().map(|x| f64::from(*x).powi(2)).sum();
    (energy / data.len().max(1) as f64).sqrt() as f32
}

impl Trained {
    /// Begins at `tensor`, with a step of its root mean square times 2^(quarters/4).
    pub fn with_steps(value: ValueId, tensor: &Tensor, quarters: f64) -> Self {
        let root = f64::from(size(&tensor.data)).max(1e-12);
        let log = (root.ln() + quarters / 4.0 * core::f64::consts::LN_2) as f32;
        let levels = vec![0; tensor.data.len()];
        let prices = Prices::of(&levels, tensor.row());
        let steps =
            Steps { log, moments: Moments::new(1), levels, prices, worth: 0.0, curvature: 0.0, rarity: 2.0 };
        Self::new(value, tensor, Coding::Steps(steps))
    }

    pub fn new(value: ValueId, tensor: &Tensor, coding: Coding) -> Self {
        let count = tensor.data.len();
        let mut made = Self {
            value,
            shape: tensor.shape.clone(),
            latent: tensor.data.clone(),
            moments: Moments::new(count),
            size: size(&tensor.data),
            coding,
            values: vec![0.0; count],
        };
        made.code();
        made
    }

    /// Chooses the codes of the weights as they are.
    pub fn code(&mut self) {
        match &mut self.coding {
            Coding::Steps(steps) => {
                let (step, columns) = (steps.step(), steps.prices.columns());
                let inverse = step.recip();
                let rows = self.latent.chunks(columns).zip(steps.levels.chunks_mut(columns));
                for (row, (weights, levels)) in rows.enumerate() {
                    for (column, (weight, level)) in weights.iter().zip(levels).enumerate() {
                        *level = steps.prices.cheapest(row, column, weight * inverse, steps.worth) as i16;
                    }
                }
                let values = self.values.iter_mut().zip(&steps.levels);
                values.for_each(|(value, level)| *value = step * f32::from(*level));
            }
            Coding::Plan { layer, masks } => {
                let zero = layer.grid.nearest(0.0).0;
                for (index, weight) in self.latent.iter().enumerate() {
                    let factor = layer.scales.factor(layer.groups.of(index));
                    let free = !*masks || layer.mask[index];
                    let (code, value) = layer.grid.nearest(f64::from(*weight) / f64::from(factor));
                    layer.codes[index] = if free { code } else { zero };
                    self.values[index] = if free { factor * value } else { 0.0 };
                }
            }
            Coding::Float { mask } => {
                let kept = self.latent.iter().zip(mask.iter());
                let kept = kept.map(|(weight, kept)| if *kept { *weight } else { 0.0 });
                self.values.iter_mut().zip(kept).for_each(|(value, weight)| *value = weight);
            }
        }
    }

    /// Straight through: the gradient of the values moves the weights behind them. Weights whose code is zero fall back
    /// slowly, so that only gradients that agree over many steps bring one back; steps learn from the gradient along
    /// their codes, a tenth as fast.
    pub fn step(&mut self, gradient: &[f32], adam: &Adam) {
        adam.step(&mut self.latent, gradient, &mut self.moments, self.size);
        let Coding::Steps(steps) = &mut self.coding else { return };
        let kept = 1.0 - (ZEROS_FALL * adam.rate() * self.size / steps.step()).min(0.5);
        let zeros = self.latent.iter_mut().zip(&steps.levels).filter(|(_, level)| **level == 0);
        zeros.for_each(|(weight, _)| *weight *= kept);
        let along: f32 = gradient.iter().zip(&self.values).map(|(gradient, value)| gradient * value).sum();
        let mut log = [steps.log];
        adam.step(&mut log, &[along], &mut steps.moments, 0.1);
        steps.log = log[0];
    }

    /// Looks at the codes again: prices of their frequencies, and what the loss makes of an error in them.
    pub fn reprice(&mut self, adam: &Adam) {
        let Coding::Steps(steps) = &mut self.coding else { return };
        steps.prices = Prices::of(&steps.levels, self.shape.iter().skip(1).product());
        let survivors = steps.levels.iter().zip(&self.moments.square).filter(|(level, _)| **level != 0);
        let (count, sum) = survivors.fold((0usize, 0.0f64), |(count, sum), (_, square)| {
            (count + 1, sum + f64::from(adam.mean_square(*square)))
        });
        // The mean square of the gradient stands for the curvature of the loss.
        steps.curvature = sum / count.max(1) as f64;
        let share = count.max(1) as f32 / steps.levels.len().max(1) as f32;
        steps.rarity = 2.0 + ((1.0 - share).max(1e-3) / share).log2().max(0.0);
    }

    /// What a bit is worth in squares of the step, at a price in units of loss. At most what makes a survivor of the
    /// usual bits as dear as an error of two steps and a half.
    pub fn set_price(&mut self, price: f64) {
        let Coding::Steps(steps) = &mut self.coding else { return };
        let square = f64::from(steps.step()).powi(2);
        let worth = price / (steps.curvature * square).max(1e-30);
        steps.worth = (worth as f32).min(4.0 / steps.rarity);
    }

    /// The layer as an image holds it.
    pub fn layer(&self) -> Layer {
        match &self.coding {
            Coding::Steps(steps) => {
                let choice = Choice { storage: Storage::Smallest, ..Choice::FLOAT };
                let codes = steps.levels.iter().map(|level| level.cast_unsigned() & 0xFF).collect();
                let quantized = Quantized {
                    format: Format::Int { bits: 8 },
                    grid: Grid::int(8),
                    scales: Scales::Real(vec![steps.step()]),
                    axis: None,
                    mask: steps.levels.iter().map(|level| *level != 0).collect(),
                    codes,
                    row: self.shape.iter().skip(1).product(),
                    storage: choice.storage,
                    groups: Groups::new(&self.shape, None, Granularity::Tensor),
                };
                Layer::Coded(quantized.narrowed())
            }
            Coding::Plan { layer, .. } => Layer::Coded(layer.clone()),
            Coding::Float { .. } => {
                Layer::Float(Tensor { shape: self.shape.clone(), data: self.values.clone() })
            }
        }
    }
}
