//! Sums over the rows of inputs that one layer saw.

use crate::matrix::{Matrix, Part};
use nalgebra::{DMatrix, DMatrixView};

/// How often inputs of each magnitude were seen, by powers of two.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Magnitudes {
    /// Exact zeros.
    pub zeros: u64,
    /// `counts[i]`: inputs whose magnitude is at least 2^(i − 32) and below twice that; the first and the last
    /// also count what lies beyond them.
    pub counts: [u64; 64],
}

/// What one layer saw.
#[derive(Clone, PartialEq, Debug)]
pub struct Moments {
    parts: Vec<Part>,
    /// For each part, `columns × columns`, the sum of the products of two columns.
    products: Vec<Vec<f64>>,
    /// For each part, the sum of each column.
    sums: Vec<Vec<f64>>,
    /// How many rows each part saw.
    rows: u64,
    /// The smallest and the largest input.
    pub range: (f32, f32),
    /// The magnitudes of the inputs.
    pub magnitudes: Magnitudes,
}

impl Moments {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(matrix: &Matrix) -> Self {
        let parts = matrix.parts();
        Self {
            products: parts.iter().map(|part| vec![0.0; part.columns * part.columns]).collect(),
            sums: parts.iter().map(|part| vec![0.0; part.columns]).collect(),
            parts,
            rows: 0,
            range: (f32::INFINITY, f32::NEG_INFINITY),
            magnitudes: Magnitudes { zeros: 0, counts: [0; 64] },
        }
    }

    /// The parts of the layer's matrix, each with its moments.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// How many rows of inputs were seen.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds rows of inputs: for each part `count` rows of its columns, row-major.
    pub(super) fn add(&mut self, count: usize, of_part: impl Fn(&Part) -> Vec<f32>) {
        for ((part, products), sums) in self.parts.iter().zip(&mut self.products).zip(&mut self.sums) {
            let rows = of_part(part);
            if part.columns == 0 || rows.len() != count * part.columns {
                continue;
            }
            // Row-major rows are column-major columns: `x` is columns × count.
            let x = DMatrixView::from_slice(&rows, part.columns, count);
            let mut product = DMatrix::<f32>::zeros(part.columns, part.columns);
            product.gemm(1.0, &x, &x.transpose(), 0.0);
            products.iter_mut().zip(product.iter()).for_each(|(sum, value)| *sum += f64::from(*value));
            for row in rows.chunks_exact(part.columns) {
                sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
            }
        }
        self.rows += count as u64;
    }

    /// Adds inputs to range and magnitudes.
    pub(super) fn observe(&mut self, inputs: &[f32]) {
        for &x in inputs {
            self.range = (self.range.0.min(x), self.range.1.max(x));
            if x == 0.0 {
                self.magnitudes.zeros += 1;
            } else {
                // The biased exponent of f32 less 127 is floor(log2 |x|).
                let exponent = (x.to_bits() >> 23 & 0xFF) as i32 - 127;
                let bin = usize::try_from((exponent + 32).clamp(0, 63)).unwrap_or(0);
                self.magnitudes.counts[bin] += 1;
            }
        }
    }

    /// Adds what another run saw of the same layer.
    pub fn merge(&mut self, other: &Self) {
        let pairs =
            self.products.iter_mut().zip(&other.products).chain(self.sums.iter_mut().zip(&other.sums));
        for (own, other) in pairs {
            own.iter_mut().zip(other).for_each(|(sum, value)| *sum += value);
        }
        self.rows += other.rows;
        self.range = (self.range.0.min(other.range.0), self.range.1.max(other.range.1));
        self.magnitudes.zeros += other.magnitudes.zeros;
        let counts = self.magnitudes.counts.iter_mut().zip(&other.magnitudes.counts);
        counts.for_each(|(sum, value)| *sum += value);
    }

    /// The mean of each column of a part.
    #[must_use]
    pub fn mean(&self, part: usize) -> Vec<f64> {
        let count = (self.rows as f64).max(1.0);
        self.sums[part].iter().map(|sum| sum / count).collect()
    }

    /// The second moment of a part, `columns × columns`.
    #[must_use]
    pub fn second(&self, part: usize) -> Vec<f64> {
        let count = (self.rows as f64).max(1.0);
        self.products[part].iter().map(|sum| sum / count).collect()
    }

    /// The second moment about the mean: what remains of a change of weights where a bias absorbs its mean.
    #[must_use]
    pub fn covariance(&self, part: usize) -> Vec<f64> {
        let mean = self.mean(part);
        let mut second = self.second(part);
        for (row, a) in second.chunks_exact_mut(mean.len().max(1)).zip(&mean) {
            row.iter_mut().zip(&mean).for_each(|(value, b)| *value -= a * b);
        }
        second
    }
}
