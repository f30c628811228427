//! The sweep: column by column, each weight takes its value and the later columns make up for the error.

use super::Factor;

/// Rows that are swept side by side, so that a row of the factor is read once for all of them.
const ROWS: usize = 8;

/// A weight on its way to a value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Visit {
    /// The row, counted within the part.
    pub row: usize,
    /// The column of the tensor, counted within the part.
    pub column: usize,
    /// The weight, moved by what earlier columns left behind.
    pub weight: f32,
    /// What a square error of this weight costs.
    pub cost: f32,
}

/// Sweeps `weights`, row-major rows of the factor's columns, and replaces each by what `choose` says. Returns
/// the square error of each row, after compensation, under the damped second moment.
///
/// For a row (1, 1) under H = [[1, 1], [1, 2]], swept from the second column: rounding its 1 to 0 is made up for
/// by moving the first to 1 + 1·H₁₂/H₁₁ = 2, and costs 1 (2 − 1·1/1) where 2 would be lost without.
pub fn sweep(weights: &mut [f32], factor: &Factor, mut choose: impl FnMut(Visit) -> f32) -> Vec<f64> {
    let n = factor.columns();
    let mut errors = Vec::new();
    if n == 0 {
        return errors;
    }
    let mut block = vec![0.0; ROWS * n];
    for (index, rows) in weights.chunks_mut(ROWS * n).enumerate() {
        let count = rows.len() / n;
        for (ordered, row) in block.chunks_exact_mut(n).zip(rows.chunks_exact(n)) {
            ordered.iter_mut().zip(&factor.order).for_each(|(weight, column)| *weight = row[*column]);
        }
        let mut sums = [0.0f64; ROWS];
        for (j, (&column, &cost)) in factor.order.iter().zip(&factor.costs).enumerate() {
            let after = factor.after(j);
            for (r, (ordered, sum)) in block.chunks_exact_mut(n).zip(&mut sums).take(count).enumerate() {
                let weight = ordered[j];
                let value = choose(Visit { row: index * ROWS + r, column, weight, cost });
                let error = weight - value;
                rows[r * n + column] = value;
                if error != 0.0 {
                    *sum += f64::from(error) * f64::from(error) * f64::from(cost);
                    let later = ordered[j + 1..].iter_mut().zip(after);
                    later.for_each(|(weight, ratio)| *weight -= error * ratio);
                }
            }
        }
        errors.extend(&sums[..count]);
    }
    errors
}
