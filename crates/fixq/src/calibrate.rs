//! Ranges from data, streaming: feed batches in any order, merge what threads have seen.

use crate::Error;
use crate::simd::vectorised;

/// A closed range of finite reals, `low <= high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    low: f32,
    high: f32,
}

impl Range {
    /// The range `[low, high]`.
    ///
    /// # Errors
    /// [`Error::BadRange`] if an end is NaN or infinite, or if `low > high`.
    pub const fn new(low: f32, high: f32) -> Result<Self, Error> {
        // Comparisons with NaN are false, so NaN is refused here too.
        if low >= f32::MIN && low <= high && high <= f32::MAX {
            Ok(Self { low, high })
        } else {
            Err(Error::BadRange { low, high })
        }
    }

    /// The range between two finite numbers in any order.
    pub(crate) const fn spanning(a: f32, b: f32) -> Self {
        if a <= b { Self { low: a, high: b } } else { Self { low: b, high: a } }
    }

    /// The low end.
    #[must_use]
    pub const fn low(self) -> f32 {
        self.low
    }

    /// The high end.
    #[must_use]
    pub const fn high(self) -> f32 {
        self.high
    }

    /// The larger absolute value of the two ends.
    #[must_use]
    pub const fn absolute_maximum(self) -> f32 {
        if -self.low > self.high { -self.low } else { self.high }
    }
}

/// The smallest and largest value seen so far.
///
/// Merging and updating commute: the result depends on the values only, not on their order or grouping.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MinMax {
    low: f32,
    high: f32,
    count: u64,
}

impl MinMax {
    /// Nothing seen yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { low: f32::INFINITY, high: f32::NEG_INFINITY, count: 0 }
    }

    /// Takes in a batch. An empty one changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFinite`] with the first index of a NaN or an infinity; nothing is taken in then.
    pub fn update(&mut self, batch: &[f32]) -> Result<(), Error> {
        let (low, high) = ends(batch)?;
        (self.low, self.high) = (self.low.min(low), self.high.max(high));
        self.count = self.count.saturating_add(batch.len() as u64);
        Ok(())
    }

    /// Takes in what another has seen.
    pub const fn merge(&mut self, other: &Self) {
        if other.low < self.low {
            self.low = other.low;
        }
        if other.high > self.high {
            self.high = other.high;
        }
        self.count = self.count.saturating_add(other.count);
    }

    /// How many values were seen.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The range of the values seen.
    ///
    /// # Errors
    /// [`Error::Empty`] if there were none.
    pub const fn range(&self) -> Result<Range, Error> {
        if self.count == 0 { Err(Error::Empty) } else { Range::new(self.low, self.high) }
    }
}

/// The smallest and the largest of finite values; infinite if there are none.
fn ends(batch: &[f32]) -> Result<(f32, f32), Error> {
    let (low, high, finite) = scan(batch);
    match batch.iter().position(|x| !finite && !x.is_finite()) {
        Some(index) => Err(Error::NotFinite { index }),
        None => Ok((low, high)),
    }
}

/// The mean of the smallest and of the largest values of batches: one outlier moves it by its share only.
///
/// ONNX Runtime's moving average takes this mean over a collection of batches, and blends collections.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeanMinMax {
    low: f64,
    high: f64,
    batches: u64,
}

impl MeanMinMax {
    /// Nothing seen yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { low: 0.0, high: 0.0, batches: 0 }
    }

    /// Takes in a batch. An empty one changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFinite`] with the first index of a NaN or an infinity; nothing is taken in then.
    pub fn update(&mut self, batch: &[f32]) -> Result<(), Error> {
        let (low, high) = ends(batch)?;
        if !batch.is_empty() {
            (self.low, self.high) = (self.low + f64::from(low), self.high + f64::from(high));
            self.batches = self.batches.saturating_add(1);
        }
        Ok(())
    }

    /// Takes in what another has seen.
    pub const fn merge(&mut self, other: &Self) {
        self.low += other.low;
        self.high += other.high;
        self.batches = self.batches.saturating_add(other.batches);
    }

    /// The mean range of the batches.
    ///
    /// # Errors
    /// [`Error::Empty`] if there were none.
    pub fn range(&self) -> Result<Range, Error> {
        if self.batches == 0 {
            return Err(Error::Empty);
        }
        let count = self.batches as f64;
        Range::new((self.low / count) as f32, (self.high / count) as f32)
    }
}

impl Range {
    /// The moving average: this range, moved towards a newer one by the share `weight`, 0 to 1.
    ///
    /// ONNX Runtime's weight is 0.01. A weight outside is taken for the nearest one, NaN for 0.
    #[must_use]
    pub fn blend(self, newer: Self, weight: f32) -> Self {
        let weight = f64::from(if weight > 0.0 { weight.min(1.0) } else { 0.0 });
        let step = |old: f32, new: f32| (f64::from(old) + weight * (f64::from(new) - f64::from(old))) as f32;
        Self::spanning(step(self.low, newer.low), step(self.high, newer.high))
    }
}

vectorised! {
    /// The smallest, the largest, and whether all are finite.
    fn scan(batch: &[f32]) -> (f32, f32, bool) {
        const LANES: usize = 32;
        let (mut low, mut high) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
        // x · 0 is 0, unless x is NaN or infinite; a NaN stays in the sum.
        let mut spoilt = [0.0f32; LANES];
        let blocks = batch.chunks_exact(LANES);
        let rest = blocks.remainder();
        for block in blocks {
            for (((&x, low), high), spoilt) in block.iter().zip(&mut low).zip(&mut high).zip(&mut spoilt) {
                *low = if x < *low { x } else { *low };
                *high = if x > *high { x } else { *high };
                *spoilt += x * 0.0;
            }
        }
        let finite = spoilt.iter().all(|&s| s == 0.0) && rest.iter().all(|x| x.is_finite());
        let smallest = low.iter().chain(rest).fold(f32::INFINITY, |a, &b| a.min(b));
        (smallest, high.iter().chain(rest).fold(f32::NEG_INFINITY, |a, &b| a.max(b)), finite)
    }
}

impl Default for MinMax {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_seen_is_named() {
        let mut seen = MinMax::new();
        assert_eq!(seen.range(), Err(Error::Empty));
        assert_eq!(seen.update(&[]), Ok(()));
        assert_eq!(seen.range(), Err(Error::Empty));
    }

    #[test]
    fn a_bad_batch_leaves_no_trace() {
        let mut seen = MinMax::new();
        seen.update(&[1.0, 2.0]).unwrap();
        let before = seen;
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(seen.update(&[9.0, bad, bad]), Err(Error::NotFinite { index: 1 }));
            assert_eq!(seen, before);
        }
    }

    #[test]
    fn ranges_are_checked() {
        for (low, high) in
            [(1.0, 0.0), (f32::NAN, 1.0), (0.0, f32::NAN), (0.0, f32::INFINITY), (f32::NEG_INFINITY, 0.0)]
        {
            assert!(matches!(Range::new(low, high), Err(Error::BadRange { .. })), "{low} {high}");
        }
        assert_eq!(Range::new(-3.0, 2.0).unwrap().absolute_maximum(), 3.0);
    }
}
