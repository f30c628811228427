//! The factor of a layer's second moment that a sweep needs, computed once and shared by every candidate.

use nalgebra::DMatrix;

/// What is added to the diagonal, in parts of its mean: keeps the inverse bounded where inputs depend on each
/// other, at an error that is far below that of any grid.
const DAMPING: f64 = 0.01;

/// The upper triangle `U` with `UᵀU = H⁻¹`, for columns in falling order of their second moment.
///
/// Column `j` of that order, once it has been moved by `e`, is made up for best by moving each later column `k` by
/// `−e·U[j,k]/U[j,j]`; what then remains of the square error is `(e/U[j,j])²`.
#[derive(Clone, PartialEq, Debug)]
pub struct Factor {
    /// The columns in the order of the sweep.
    pub order: Vec<usize>,
    /// `U[j,k] / U[j,j]`, row-major; empty where columns do not depend on each other.
    ratios: Vec<f32>,
    /// `1 / U[j,j]²` in the order of the sweep: what a square error of the column costs once the later columns
    /// have made up for it.
    pub costs: Vec<f32>,
    /// The damped diagonal of `H`, in the order of the tensor.
    pub diagonal: Vec<f32>,
}

impl Factor {
    /// Factors `second`, the symmetric second moment of `columns` columns, row-major. Where it has no
    /// finite factor even with a thousandfold damping, its diagonal is used alone.
    #[must_use]
    pub fn new(second: &[f64], columns: usize) -> Self {
        let diagonal: Vec<f64> = (0..columns).map(|j| second[j * columns + j].max(0.0)).collect();
        let mean = diagonal.iter().sum::<f64>() / columns.max(1) as f64;
        if !(mean > 0.0 && mean.is_finite()) {
            return Self::independent(vec![1.0; columns]);
        }
        for damping in [DAMPING, 10.0 * DAMPING, 1000.0 * DAMPING] {
            let added = damping * mean;
            let damped: Vec<f64> = diagonal.iter().map(|value| value + added).collect();
            if let Some(factor) = Self::factored(second, &damped) {
                return factor;
            }
        }
        Self::independent(diagonal.iter().map(|value| (value + DAMPING * mean) as f32).collect())
    }

    /// Columns that do not depend on each other, with these second moments.
    #[must_use]
    pub fn independent(diagonal: Vec<f32>) -> Self {
        Self { order: falling(&diagonal), ratios: Vec::new(), costs: sorted(&diagonal), diagonal }
    }

    fn factored(second: &[f64], damped: &[f64]) -> Option<Self> {
        let n = damped.len();
        let narrow: Vec<f32> = damped.iter().map(|value| *value as f32).collect();
        let order = falling(&narrow);
        // H = V·Vᵀ with V upper makes H⁻¹ = UᵀU with U = V⁻¹ upper. V is the Cholesky factor of H with its rows
        // and columns reversed, reversed again.
        let reversed = |i: usize| order[n - 1 - i];
        let matrix = DMatrix::from_fn(n, n, |i, j| {
            let (i, j) = (reversed(i), reversed(j));
            if i == j { damped[i] } else { second[i * n + j] }
        });
        let lower = nalgebra::Cholesky::new(matrix)?.unpack();
        // The inverse of the lower triangle, reversed, is U: U[j, k] = inverse[n−1−j, n−1−k].
        let inverse = lower.solve_lower_triangular(&DMatrix::identity(n, n))?;
        let u = |j: usize, k: usize| inverse[(n - 1 - j, n - 1 - k)];
        let costs: Vec<f32> = (0..n).map(|j| (1.0 / (u(j, j) * u(j, j))) as f32).collect();
        let mut ratios = vec![0.0; n * n];
        for (j, row) in ratios.chunks_exact_mut(n).enumerate() {
            for (k, ratio) in row.iter_mut().enumerate().skip(j + 1) {
                *ratio = (u(j, k) / u(j, j)) as f32;
            }
        }
        let finite = ratios.iter().chain(&costs).all(|value| value.is_finite());
        finite.then_some(Self { order, ratios, costs, diagonal: narrow })
    }

    /// How many columns there are.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.order.len()
    }

    /// `U[j,k] / U[j,j]` for the columns `k` after `j`; empty where columns do not depend on each other.
    #[must_use]
    pub(super) fn after(&self, j: usize) -> &[f32] {
        let n = self.columns();
        self.ratios.get(j * n + j + 1..(j + 1) * n).unwrap_or(&[])
    }
}

fn falling(diagonal: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..diagonal.len()).collect();
    order.sort_by(|a, b| diagonal[*b].total_cmp(&diagonal[*a]).then(a.cmp(b)));
    order
}

fn sorted(diagonal: &[f32]) -> Vec<f32> {
    falling(diagonal).into_iter().map(|column| diagonal[column]).collect()
}
