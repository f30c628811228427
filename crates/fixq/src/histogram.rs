//! Ranges from a histogram that streams and merges.
//!
//! *The width of a bin is a power of two and 0 is an edge.* When a value does not fit, neighbouring bins are joined
//! and the width doubles; the floor of `x / 2^e` halved is the floor of `x / 2^(e+1)`, so nothing is lost by having
//! been finer before. The histogram depends on the values only, not on their order, nor on how they were shared
//! out among threads.
//!
//! Worked example with 8 bins: after `[0.3, -0.2]` a bin is 1/8 wide, for 0.3 < 4/8; the value 2.5 needs 4 bins of
//! at least 2.5/4, so of width 1. Then 0.3 is in bin 0, −0.2 in bin −1 and 2.5 in bin 2.

use crate::divergence::{least_divergent_bins, ln};
use crate::{Codes, Error, HalfToEven, MinMax, Params, Range};

/// How many shares of the observed range are tried as clips.
const CLIPS: u32 = 200;

/// Counts in `BINS` bins of equal width around 0; `BINS` is even.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram<const BINS: usize> {
    counts: [u64; BINS],
    /// A bin is 2^exponent wide.
    exponent: i32,
    seen: MinMax,
}

/// How a range becomes parameters, and so which clips are tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Symmetry {
    /// Zero point 0, as for weights.
    Symmetric,
    /// Any zero point, as for activations.
    #[default]
    Asymmetric,
}

impl<const BINS: usize> Histogram<BINS> {
    const HALF: usize = {
        assert!(
            BINS >= 2 && BINS & 1 == 0 && BINS <= 1 << 24,
            "Histogram<BINS>: BINS must be even, 2..=2^24"
        );
        BINS / 2
    };
    /// The finest width: 2^-149 is the smallest positive `f32`.
    const FINEST: i32 = -149;

    /// Nothing seen yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { counts: [0; BINS], exponent: Self::FINEST, seen: MinMax::new() }
    }

    /// Takes in a batch. An empty one changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFinite`] with the first index of a NaN or an infinity; nothing is taken in then.
    pub fn update(&mut self, batch: &[f32]) -> Result<(), Error> {
        self.seen.update(batch)?;
        let Ok(range) = self.seen.range() else { return Ok(()) };
        while f64::from(range.absolute_maximum()) >= power_of_two(self.exponent) * Self::HALF as f64 {
            self.coarsen();
        }
        let scale = power_of_two(-self.exponent);
        for &x in batch {
            // Exact: a product with a power of two. The cast cuts towards zero.
            let steps = f64::from(x) * scale;
            let cut = steps as i32;
            let floor = cut - i32::from(f64::from(cut) > steps);
            if let Some(count) = self.counts.get_mut(floor.wrapping_add(Self::HALF as i32) as usize) {
                *count = count.saturating_add(1);
            }
        }
        Ok(())
    }

    /// Takes in what another has seen.
    pub fn merge(&mut self, other: &Self) {
        if other.seen.count() == 0 {
            return;
        }
        let mut other = other.clone();
        while self.exponent < other.exponent {
            self.coarsen();
        }
        while other.exponent < self.exponent {
            other.coarsen();
        }
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count = count.saturating_add(more);
        }
        self.seen.merge(&other.seen);
    }

    /// Doubles the width of the bins.
    fn coarsen(&mut self) {
        let old = core::mem::replace(&mut self.counts, [0; BINS]);
        for (i, count) in old.into_iter().enumerate() {
            // The floor of half the distance from 0.
            let bin = (i as isize - Self::HALF as isize).div_euclid(2) + Self::HALF as isize;
            if let Some(sum) = self.counts.get_mut(bin as usize) {
                *sum = sum.saturating_add(count);
            }
        }
        self.exponent += 1;
    }

    /// The counts, from the most negative bin on; 0 is the lower edge of bin `BINS / 2`.
    #[must_use]
    pub const fn counts(&self) -> &[u64; BINS] {
        &self.counts
    }

    /// The width of a bin.
    #[must_use]
    pub fn width(&self) -> f64 {
        power_of_two(self.exponent)
    }

    /// What was seen: count, smallest and largest value.
    #[must_use]
    pub const fn seen(&self) -> &MinMax {
        &self.seen
    }

    /// The lower edge of a bin.
    fn edge(&self, bin: usize) -> f64 {
        (bin as f64 - Self::HALF as f64) * self.width()
    }

    /// The middle of every bin that is not empty, and its count.
    fn filled(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let bins = self.counts.iter().enumerate().filter(|(_, count)| **count != 0);
        bins.map(|(bin, &count)| (self.edge(bin) + self.width() / 2.0, count))
    }

    /// The range between two edges, clipped to what was seen.
    fn between(&self, low: f64, high: f64) -> Result<Range, Error> {
        let seen = self.seen.range()?;
        let clip = |edge: f64| (edge as f32).clamp(seen.low(), seen.high());
        Range::new(clip(low), clip(high))
    }

    /// The range that holds a share of the values, as much cut off at either end.
    ///
    /// The ends are edges of bins, rounded outwards, and never beyond what was seen. A share of 0.99999 is common.
    ///
    /// # Errors
    /// [`Error::Empty`] if no value was seen, [`Error::BadShare`] unless the share is in 0..=1.
    pub fn percentile(&self, share: f64) -> Result<Range, Error> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::BadShare { share });
        }
        let cut = (1.0 - share) / 2.0 * self.seen.count() as f64;
        // The first bin with which more than the cut has been passed.
        let passed = |counts: &mut dyn Iterator<Item = &u64>| {
            let mut sum = 0.0;
            counts
                .take_while(|&&count| {
                    sum += count as f64;
                    sum <= cut
                })
                .count()
        };
        let (below, above) = (passed(&mut self.counts.iter()), passed(&mut self.counts.iter().rev()));
        let (low, high) = (self.edge(below.min(BINS)), self.edge(BINS - above.min(BINS)));
        // At a share of 0 the two may pass each other by a bin.
        self.between(low.min(high), low.max(high))
    }

    /// The range with the smallest `Σ p ln(p/q)`: see [`crate::divergence`]. Use 2048 bins or more.
    ///
    /// # Errors
    /// [`Error::Empty`] if no value was seen, [`Error::Length`] if there are fewer bins than groups, or no groups.
    pub fn least_divergent(&self, groups: usize) -> Result<Range, Error> {
        let bins = least_divergent_bins(&self.counts, groups)?;
        self.between(self.edge(bins.start), self.edge(bins.end))
    }

    /// The clip with the smallest squared error of the values.
    ///
    /// Tried are 200 shares of the range that was seen; the values of a bin stand in its middle. The error of the
    /// result is never above that of the whole range, by this measure.
    ///
    /// # Errors
    /// [`Error::Empty`] if no value was seen.
    pub fn least_squares(&self, codes: Codes, symmetry: Symmetry) -> Result<Range, Error> {
        self.best(codes, symmetry, |params| self.squared_error(params))
    }

    /// The clip with the greatest entropy of the codes: no code is wasted.
    ///
    /// The same clips are tried as in [`least_squares`](Self::least_squares).
    ///
    /// # Errors
    /// [`Error::Empty`] if no value was seen.
    pub fn greatest_entropy(&self, codes: Codes, symmetry: Symmetry) -> Result<Range, Error> {
        self.best(codes, symmetry, |params| -self.entropy(params))
    }

    /// The sum of the squared differences between the values and the reals of their codes, as of the middles of bins.
    #[must_use]
    pub fn squared_error(&self, params: Params) -> f64 {
        let term = |(x, count): (f64, u64)| {
            let error = x - f64::from(params.dequantize(params.quantize::<HalfToEven>(x as f32)));
            error * error * count as f64
        };
        self.filled().map(term).sum()
    }

    /// The entropy of the codes, in bits: what an ideal coder spends on each.
    #[must_use]
    pub fn entropy(&self, params: Params) -> f64 {
        let mut counts = [0u64; 256];
        for (x, count) in self.filled() {
            let code = params.quantize::<HalfToEven>(x as f32) as u8;
            if let Some(sum) = counts.get_mut(usize::from(code)) {
                *sum = sum.saturating_add(count);
            }
        }
        let total = self.seen.count() as f64;
        let shares = counts.iter().filter(|&&count| count != 0).map(|&count| count as f64 / total);
        -shares.map(|p| p * ln(p)).sum::<f64>() / core::f64::consts::LN_2
    }

    /// The clip with the least cost; of equal ones the widest.
    fn best(&self, codes: Codes, symmetry: Symmetry, cost: impl Fn(Params) -> f64) -> Result<Range, Error> {
        let seen = self.seen.range()?;
        let mut best = (f64::INFINITY, seen);
        for share in (1..=CLIPS).rev() {
            let share = share as f32 / CLIPS as f32;
            let range = Range::new(seen.low() * share, seen.high() * share)?;
            let params = match symmetry {
                Symmetry::Symmetric => Params::symmetric(range, codes),
                Symmetry::Asymmetric => Params::asymmetric::<HalfToEven>(range, codes),
            };
            let cost = cost(params);
            if cost < best.0 {
                best = (cost, range);
            }
        }
        Ok(best.1)
    }
}

impl<const BINS: usize> Default for Histogram<BINS> {
    fn default() -> Self {
        Self::new()
    }
}

/// 2^exponent, for exponents of normal numbers.
const fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}
