//! How a layer reads its weights: one trait, so that a convolution exists once however they are stored.

/// A row-major tensor of integer weights with zero point 0.
///
/// Plain int8 weights are a slice. Packed codes, look-up tables and pruned rows implement this too; weights
/// may be wider than int8 as long as the sums fit an `i32`, beyond which they wrap.
pub trait Weights {
    /// The number of weights.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The weight at `index`; 0 beyond the end.
    fn get(&self, index: usize) -> i32;

    /// `Σ weight[start + i] · (x[i] − zero_point)`; weights beyond the end count as 0.
    fn dot(&self, start: usize, x: &[i8], zero_point: i32) -> i32 {
        let terms =
            x.iter().enumerate().map(|(i, &x)| self.get(start + i).wrapping_mul(i32::from(x) - zero_point));
        terms.fold(0, i32::wrapping_add)
    }
}

impl Weights for &[i8] {
    fn len(&self) -> usize {
        <[i8]>::len(self)
    }

    #[inline]
    fn get(&self, index: usize) -> i32 {
        <[i8]>::get(self, index).copied().map_or(0, i32::from)
    }

    #[inline]
    fn dot(&self, start: usize, x: &[i8], zero_point: i32) -> i32 {
        let row = <[i8]>::get(self, start..).unwrap_or(&[]);
        let terms = row.iter().zip(x).map(|(&w, &x)| i32::from(w) * (i32::from(x) - zero_point));
        terms.fold(0, i32::wrapping_add)
    }
}
