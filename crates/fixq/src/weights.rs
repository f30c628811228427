//! How a layer reads its weights: one trait, so that a convolution exists once however they are stored.

use crate::Backend;
use crate::simd::vectorised;

/// A row-major tensor of integer weights with zero point 0.
///
/// Plain int8 weights are a slice. Packed codes, look-up tables and pruned rows implement this too: `len` and
/// `get` suffice, the other methods are there to be made fast. Weights may be wider than int8 as long as the
/// sums fit an `i32`, beyond which they wrap. Weights beyond the end count as 0.
pub trait Weights {
    /// The number of weights.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The weight at `index`; 0 beyond the end.
    fn get(&self, index: usize) -> i32;

    /// `Σ weight[start + i] · (x[i] − zero_point)`: a row of a dense layer.
    #[inline]
    fn dot(&self, start: usize, x: &[i8], zero_point: i8) -> i32 {
        let terms = (start..).zip(x).map(|(i, &x)| self.get(i).wrapping_mul(difference(x, zero_point)));
        terms.fold(0, i32::wrapping_add)
    }

    /// `sums[r] += Σ weight[start + r · stride + i] · (x[i] − zero_point)`: one input against the rows of several
    /// outputs.
    #[inline]
    fn dots(&self, [start, stride]: [usize; 2], x: &[i8], zero_point: i8, sums: &mut [i32]) {
        for (r, sum) in sums.iter_mut().enumerate() {
            let start = start.saturating_add(r.saturating_mul(stride));
            *sum = sum.wrapping_add(self.dot(start, x, zero_point));
        }
    }

    /// `Σ weight[start + i] · x[i]` for activations of 16 bits, whose zero point is 0.
    #[inline]
    fn dot_int16(&self, start: usize, x: &[i16]) -> i64 {
        (start..)
            .zip(x)
            .fold(0i64, |sum, (i, &x)| sum.wrapping_add(i64::from(self.get(i)).wrapping_mul(i64::from(x))))
    }

    /// `sums[i] += weight[start + i] · (x[i] − zero_point)`: one tap of a depthwise layer.
    #[inline]
    fn accumulate(&self, start: usize, x: &[i8], zero_point: i8, sums: &mut [i32]) {
        for (i, (sum, &x)) in (start..).zip(sums.iter_mut().zip(x)) {
            *sum = sum.wrapping_add(self.get(i).wrapping_mul(difference(x, zero_point)));
        }
    }
}

#[inline]
fn difference(x: i8, zero_point: i8) -> i32 {
    // In 16 bits, so that compilers see a product of 16-bit numbers and pair them.
    i32::from(i16::from(x) - i16::from(zero_point))
}

impl Weights for &[i8] {
    #[inline]
    fn len(&self) -> usize {
        <[i8]>::len(self)
    }

    #[inline]
    fn get(&self, index: usize) -> i32 {
        <[i8]>::get(self, index).copied().map_or(0, i32::from)
    }

    #[inline]
    fn dot(&self, start: usize, x: &[i8], zero_point: i8) -> i32 {
        let row = <[i8]>::get(self, start..).unwrap_or(&[]);
        let terms = row.iter().zip(x).map(|(&w, &x)| i32::from(i16::from(w)) * difference(x, zero_point));
        terms.fold(0, i32::wrapping_add)
    }

    #[inline]
    fn dot_int16(&self, start: usize, x: &[i16]) -> i64 {
        // 2^8 products of at most 2^7 · 2^15 are at most 2^30.
        const RUN: usize = 256;
        let row = <[i8]>::get(self, start..).unwrap_or(&[]);
        row.chunks(RUN).zip(x.chunks(RUN)).fold(0, |sum, (row, x)| {
            let terms = row.iter().zip(x).map(|(&w, &x)| i32::from(i16::from(w)) * i32::from(x));
            sum + i64::from(terms.sum::<i32>())
        })
    }

    #[inline]
    fn dots(&self, places: [usize; 2], x: &[i8], zero_point: i8, sums: &mut [i32]) {
        Backend::best().dots(self, places, x, i32::from(zero_point), sums);
    }

    #[inline]
    fn accumulate(&self, start: usize, x: &[i8], zero_point: i8, sums: &mut [i32]) {
        accumulate(<[i8]>::get(self, start..).unwrap_or(&[]), x, zero_point, sums);
    }
}

vectorised! {
    fn accumulate(weights: &[i8], x: &[i8], zero_point: i8, sums: &mut [i32]) {
        for (sum, (&w, &x)) in sums.iter_mut().zip(weights.iter().zip(x)) {
            *sum = sum.wrapping_add(i32::from(i16::from(w)) * difference(x, zero_point));
        }
    }
}
