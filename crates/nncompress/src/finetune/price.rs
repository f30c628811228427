//! What codes cost: an estimate of the entropy coder's bits by row, column and magnitude.
//!
//! The coder sees how long a column has been zero and what stands to the left, so a weight among zeros costs more than
//! one in company. Here the log-odds of "not zero" are those of the row plus those of the column less those of the
//! layer: in a layer with 5 % survivors, one more in a column that has none of 300 costs about 9 bits, in one that has
//! 60 of 300 about 3. So columns and rows empty, and what they belong to can be taken out of the network.

/// The most that a magnitude may be: 8 bits, symmetric.
pub(super) const TOP: i32 = 127;

/// How much of what row and column say beyond the layer is believed.
const TRUST: f32 = 0.7;

/// Prices of the codes of one layer, in bits beyond those of a zero.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Prices {
    rows: Vec<f32>,
    columns: Vec<f32>,
    /// For each magnitude from 1 on.
    magnitudes: Vec<f32>,
}

impl Prices {
    /// The prices that the frequencies of `levels` imply; `columns` levels a row.
    pub fn of(levels: &[i16], columns: usize) -> Self {
        let columns = columns.clamp(1, levels.len().max(1));
        let rows = levels.len() / columns;
        let (mut in_row, mut in_column) = (vec![0.5f32; rows], vec![0.5f32; columns]);
        let mut counts = vec![0.2f32; TOP as usize];
        for (row, levels) in levels.chunks_exact(columns).enumerate() {
            for (column, level) in levels.iter().enumerate().filter(|(_, level)| **level != 0) {
                in_row[row] += 1.0;
                in_column[column] += 1.0;
                counts[(usize::from(level.unsigned_abs()) - 1).min(TOP as usize - 1)] += 1.0;
            }
        }
        let all: f32 = in_row.iter().sum();
        let log_odds = |count: f32, of: f32| (count / (of + 1.0 - count)).log2();
        let mean = log_odds(all.min(levels.len() as f32), levels.len() as f32);
        // The price of "not zero" over "zero" is the log-odds turned round.
        let side = |counts: Vec<f32>, of: usize| {
            counts.into_iter().map(|count| -TRUST * (log_odds(count, of as f32) - mean)).collect::<Vec<_>>()
        };
        let rows = side(in_row, columns).into_iter().map(|price| price - mean).collect();
        let columns = side(in_column, levels.len() / columns);
        let total: f32 = counts.iter().sum();
        let magnitudes = counts.iter().map(|count| 1.0 + (total / count).log2()).collect();
        Self { rows, columns, magnitudes }
    }

    /// All prices: of rows, columns and magnitudes.
    pub fn to_vec(&self) -> Vec<f32> {
        [&self.rows[..], &self.columns, &self.magnitudes].concat()
    }

    /// These prices with the numbers of [`to_vec`](Self::to_vec); `None` if there are more or fewer.
    pub fn with(&self, prices: &[f32]) -> Option<Self> {
        let (rows, rest) = prices.split_at_checked(self.rows.len())?;
        let (columns, magnitudes) = rest.split_at_checked(self.columns.len())?;
        let whole = magnitudes.len() == self.magnitudes.len();
        whole.then(|| Self { rows: rows.into(), columns: columns.into(), magnitudes: magnitudes.into() })
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns.len()
    }

    /// Bits of a level beyond those of a zero, at a place of the layer.
    pub fn bits(&self, row: usize, column: usize, level: i32) -> f32 {
        match level.unsigned_abs() as usize {
            0 => 0.0,
            magnitude => {
                self.rows[row]
                    + self.columns[column]
                    + self.magnitudes[magnitude.min(self.magnitudes.len()) - 1]
            }
        }
    }

    /// The cheapest of the nearest integer, the next one towards zero, and zero, where a bit is worth `worth` squares
    /// of a step: the rule of the search's encoder.
    pub fn cheapest(&self, row: usize, column: usize, x: f32, worth: f32) -> i32 {
        let nearest = (x.round() as i32).clamp(-TOP, TOP);
        if nearest == 0 {
            return 0;
        }
        let cost = |level: i32| {
            let error = x - level as f32;
            error * error + worth * self.bits(row, column, level)
        };
        let mut best = (x * x, 0);
        for level in [nearest - nearest.signum(), nearest] {
            let cost = cost(level);
            if level != 0 && cost < best.0 {
                best = (cost, level);
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::Prices;

    #[test]
    fn company_is_cheap_and_common_magnitudes_are() {
        // Ten rows of ten: the first column is full, the others have a single one.
        let mut levels = vec![0i16; 100];
        (0..10).for_each(|row| levels[row * 10] = 1);
        levels[55] = -3;
        let prices = Prices::of(&levels, 10);
        assert!(prices.bits(3, 0, 1) + 3.0 < prices.bits(3, 7, 1));
        assert!(prices.bits(3, 0, 1) < prices.bits(3, 0, 3));
        assert!(prices.bits(5, 5, 1) < prices.bits(5, 6, 1));
        assert_eq!(prices.bits(0, 0, 0), 0.0);
    }

    #[test]
    fn without_a_price_the_nearest_code_wins() {
        let prices = Prices::of(&[0, 1, 0, -2], 2);
        for x in [-3.4f32, -0.6, -0.4, 0.0, 0.4, 0.6, 1.6] {
            assert_eq!(prices.cheapest(0, 0, x, 0.0), x.round() as i32);
        }
        assert_eq!(prices.cheapest(0, 0, 1.2, 100.0), 0);
    }
}
