//! The two kinds of inputs: patterns without preference, and numbers like the weights of a network.

/// Elements of an array, the inputs of one pass.
pub const COUNT: usize = 4096;
/// Arrays that passes take in turn. A branch predictor learns one array of random numbers by heart, which it
/// could not do with numbers that are used once.
pub const ARRAYS: usize = 16;
/// Elements of all arrays: with 4 bytes each and two arguments they fit the second level of cache.
pub const TOTAL: usize = ARRAYS * COUNT;

/// xorshift64*, so that every run sees the same inputs.
#[derive(Clone, Copy, Debug)]
pub struct Random(u64);

impl Random {
    /// From a nonzero seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// 64 bits; the upper ones are the better ones.
    pub const fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Uniform in `[0, 1)`.
    pub const fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// `count` patterns of `bits` bits, all but NaR, uniformly.
#[must_use]
pub fn patterns(seed: u64, bits: u32, count: usize) -> Vec<u64> {
    let mut random = Random::new(seed);
    let nar = 1 << (bits - 1);
    core::iter::repeat_with(|| random.next() >> (64 - bits)).filter(|x| *x != nar).take(count).collect()
}

/// `count` numbers of normal distribution, mean 0, standard deviation 0.5.
#[must_use]
pub fn weights(seed: u64, count: usize) -> Vec<f64> {
    let mut random = Random::new(seed);
    // Box and Muller; 1 - u is in (0, 1].
    let mut normal =
        || (-2.0 * (1.0 - random.uniform()).ln()).sqrt() * (core::f64::consts::TAU * random.uniform()).cos();
    core::iter::repeat_with(|| 0.5 * normal()).take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::{patterns, weights};

    #[test]
    fn no_nar_among_the_patterns() {
        for bits in [3, 8, 16, 32, 64] {
            let patterns = patterns(7, bits, 500);
            assert_eq!(patterns.len(), 500);
            assert!(patterns.iter().all(|x| *x != 1 << (bits - 1) && x >> (bits - 1) <= 1));
        }
    }

    #[test]
    fn mean_and_deviation_of_the_weights() {
        let weights = weights(7, 10_000);
        let mean = weights.iter().sum::<f64>() / 1e4;
        let variance = weights.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1e4;
        assert!(mean.abs() < 0.02 && (variance.sqrt() - 0.5).abs() < 0.02, "{mean} {variance}");
    }
}
