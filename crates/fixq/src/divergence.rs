//! The range whose quantized histogram says most about the original one: calibration by relative entropy.
//!
//! *Clipping loses the outliers, not clipping loses resolution.* For every symmetric slice of the histogram the
//! clipped distribution `p` (outliers counted in its end bins) is compared with `q`, the slice merged into as
//! many groups as there are codes and spread again; the slice with the smallest `Σ p ln(p/q)` wins. This is
//! the procedure of ONNX Runtime's calibrator, bin for bin.
//!
//! The result depends on the number of bins more than on the data: with as many bins as codes there is one
//! candidate only, the whole range. Use 2048 bins or more.

use crate::Error;
use core::ops::Range;

/// What an empty bin counts as, taken evenly from the others.
const EPSILON: f64 = 0.0001;

/// The bins `start..end` to keep, of a histogram centred on zero, for `groups` quantized bins (128 for int8).
///
/// The ends of the range are the lower edge of bin `start` and the lower edge of bin `end`; clip them to the
/// observed minimum and maximum. Of equal candidates the narrowest wins.
///
/// # Errors
/// [`Error::Empty`] if all counts are 0; [`Error::Length`] if there are fewer bins than groups, or no groups.
pub fn least_divergent_bins(counts: &[u64], groups: usize) -> Result<Range<usize>, Error> {
    let (centre, half) = (counts.len() / 2, groups / 2);
    if groups == 0 || centre < half {
        return Err(Error::Length { expected: groups.max(1), found: counts.len() });
    }
    if counts.iter().all(|&c| c == 0) {
        return Err(Error::Empty);
    }
    let mut best = (f32::INFINITY, 0..0);
    for reach in half..=centre {
        let slice = centre - reach..counts.len().min(centre + reach + 1);
        let divergence = Candidate::new(counts, &slice, groups).divergence();
        if divergence < best.0 || best.1.is_empty() {
            best = (divergence, slice);
        }
    }
    Ok(best.1)
}

/// A slice of the histogram, with what lies outside of it.
struct Candidate<'a> {
    inside: &'a [u64],
    outliers: [u64; 2],
    groups: usize,
    /// Bins of a group; the bins beyond the last group belong to none, but count in the last.
    merged: usize,
}

impl<'a> Candidate<'a> {
    fn new(counts: &'a [u64], slice: &Range<usize>, groups: usize) -> Self {
        let sum =
            |part: Option<&[u64]>| part.unwrap_or(&[]).iter().fold(0u64, |sum, &c| sum.saturating_add(c));
        let inside = counts.get(slice.clone()).unwrap_or(&[]);
        let outliers = [sum(counts.get(..slice.start)), sum(counts.get(slice.end..))];
        Self { inside, outliers, groups, merged: inside.len().checked_div(groups).unwrap_or(0) }
    }

    /// A count of p: outliers stand in the end bins.
    fn clipped(&self, i: usize) -> u64 {
        let left = if i == 0 { self.outliers[0] } else { 0 };
        let right = if i + 1 == self.inside.len() { self.outliers[1] } else { 0 };
        self.inside.get(i).map_or(0, |&count| count.saturating_add(left).saturating_add(right))
    }

    /// A count of q: the mean of the group over its bins that are not empty in p, cut to an integer.
    fn spread(&self, i: usize) -> u64 {
        let group = i.checked_div(self.merged).unwrap_or(0);
        if group >= self.groups {
            return 0;
        }
        let bins = group * self.merged..(group + 1) * self.merged;
        let end = if group + 1 == self.groups { self.inside.len() } else { bins.end };
        let members = self.inside.get(bins.start..end).unwrap_or(&[]);
        let sum = members.iter().fold(0u64, |sum, &c| sum.saturating_add(c));
        let filled = bins.filter(|&i| self.clipped(i) != 0).count();
        sum.checked_div(filled as u64).unwrap_or(0)
    }

    /// `Σ p ln(p/q)` of the smoothed and normalised distributions; infinite if one of them is empty.
    fn divergence(&self) -> f32 {
        let bins = 0..self.inside.len();
        let p = Smooth::new(bins.clone(), |i| self.clipped(i));
        let (Some(p), Some(q)) = (p, Smooth::new(bins.clone(), |i| self.spread(i))) else {
            return f32::INFINITY;
        };
        pairwise_sum(bins, &|i| {
            let (a, b) = (p.share(self.clipped(i)), q.share(self.spread(i)));
            a * ln(f64::from(a / b)) as f32
        })
    }
}

/// Counts without zeros, as shares of their sum, in `f32` as the original has them.
struct Smooth {
    taken: f32,
    sum: f32,
}

impl Smooth {
    fn new(bins: Range<usize>, count: impl Fn(usize) -> u64) -> Option<Self> {
        let zeros = bins.clone().filter(|&i| count(i) == 0).count();
        let filled = bins.len() - zeros;
        if filled == 0 {
            return None;
        }
        let taken = (EPSILON * zeros as f64 / filled as f64) as f32;
        let unscaled = Self { taken, sum: 1.0 };
        let sum = pairwise_sum(bins, &|i| unscaled.share(count(i)));
        Some(Self { taken, sum })
    }

    fn share(&self, count: u64) -> f32 {
        let value = if count == 0 { EPSILON as f32 } else { count as f32 - self.taken };
        value / self.sum
    }
}

/// A sum in `f32` in the order of NumPy: halves down to 128 terms, those in eight interleaved sums.
///
/// Neighbouring candidates differ by less than the rounding of a sum, so the order decides between them.
fn pairwise_sum(terms: Range<usize>, term: &impl Fn(usize) -> f32) -> f32 {
    let n = terms.len();
    if n < 8 {
        return terms.fold(0.0, |sum, i| sum + term(i));
    }
    if n > 128 {
        let middle = terms.start + (n / 2 - n / 2 % 8);
        return pairwise_sum(terms.start..middle, term) + pairwise_sum(middle..terms.end, term);
    }
    let whole = terms.start + (n - n % 8);
    let lane = |k: usize| (terms.start + k..whole).step_by(8).fold(0.0, |sum, i| sum + term(i));
    let sum = ((lane(0) + lane(1)) + (lane(2) + lane(3))) + ((lane(4) + lane(5)) + (lane(6) + lane(7)));
    (whole..terms.end).fold(sum, |sum, i| sum + term(i))
}

/// The natural logarithm of a positive normal number, to a few units of 2^-52.
///
/// `x = m · 2^e` with `m` in `[√½, √2)`, and `ln m = 2 artanh s` with `s = (m − 1)/(m + 1)`, `|s| < 0.172`: the
/// series in `s²` has 11 terms before it falls below 2^-55.
pub(crate) fn ln(x: f64) -> f64 {
    let (significand, exponent) = crate::multiplier::frexp(x);
    let half = significand as f64 / 9_007_199_254_740_992.0;
    let below = half < core::f64::consts::FRAC_1_SQRT_2;
    let (m, e) = if below { (2.0 * half, exponent - 1) } else { (half, exponent) };
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    let series = (0..11).rev().fold(0.0, |sum, k| sum * square + 1.0 / f64::from(2 * k + 1));
    2.0 * s * series + f64::from(e) * core::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms() {
        for i in 1..100_000u32 {
            let x = f64::from(i) / 317.0;
            assert!((ln(x) - x.ln()).abs() <= 4e-16 * x.ln().abs().max(1.0), "{x}");
        }
    }

    #[test]
    fn as_many_bins_as_codes_leave_one_candidate() {
        let counts = [1u64; 128];
        assert_eq!(least_divergent_bins(&counts, 128), Ok(0..128));
    }

    #[test]
    fn degenerate_histograms_are_named() {
        assert_eq!(least_divergent_bins(&[0; 256], 128), Err(Error::Empty));
        assert_eq!(least_divergent_bins(&[1; 64], 128), Err(Error::Length { expected: 128, found: 64 }));
        assert_eq!(least_divergent_bins(&[1; 64], 0), Err(Error::Length { expected: 1, found: 64 }));
        assert!(least_divergent_bins(&[], 128).is_err());
    }
}
