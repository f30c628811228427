//! Test inputs that find bugs: uniformly random patterns practically never do.
//!
//! A pattern is drawn field by field: the length of the regime uniformly, the exponent with weight on its
//! ends, the fraction as zero, all ones, one bit, random, or random with its low bits cleared or set. A
//! *partner* is drawn so that the result of an operation falls next to a border between two posits.

use crate::decode::{mask, nar, read};
use crate::nearest::{nearest_by_dyadic, nearest_dyadic, nearest_sum};
use crate::{Dyadic, dyadic};

/// A seeded source of patterns; the same seed gives the same sequence.
#[derive(Clone, Debug)]
#[expect(missing_copy_implementations, reason = "a copy would repeat the sequence unnoticed")]
pub struct Generator {
    state: u64,
}

impl Generator {
    /// A source with this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 uniformly random bits (SplitMix64).
    pub const fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`, for small bounds; 0 if `bound` is 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next_u64() % bound }
    }

    /// A directed pattern of posit⟨n, es⟩.
    ///
    /// # Panics
    /// If `n` is not in `2..=64`.
    pub fn pattern(&mut self, n: u32, es: u32) -> u64 {
        let bits = match self.below(16) {
            0 => self.next_u64(),
            1 => {
                // Neighbours of 0, 1, maxPos and NaR.
                let centre = [0, 1 << (n - 2), nar(n)][self.below(3) as usize];
                centre.wrapping_add(self.below(7)).wrapping_sub(3)
            }
            _ => self.fields(n, es),
        };
        let bits = if self.below(2) == 0 { bits } else { bits.wrapping_neg() };
        bits & mask(n)
    }

    /// Regime, exponent and fraction, each drawn by itself.
    fn fields(&mut self, n: u32, es: u32) -> u64 {
        let run = 1 + self.below(u64::from(n - 1)) as u32;
        let ones = self.below(2) == 1;
        // The body below the sign, built in 128 bits with its top at bit 127.
        let mut body: u128 = if ones { !(u128::MAX >> run) } else { 1 << (127 - run) };
        let exponent = match self.below(4) {
            0 => 0,
            1 => u64::MAX,
            _ => self.next_u64(),
        } & ((1 << es) - 1);
        body |= u128::from(exponent) << (127 - run - es);
        let width = (n - 1).saturating_sub(run + 1 + es);
        if width > 0 {
            let full = u64::MAX >> (64 - width);
            let low = u64::MAX >> (63 - self.below(u64::from(width)));
            let fraction = match self.below(8) {
                0 => 0,
                1 => full,
                2 => 1,
                3 => 1 << self.below(u64::from(width)),
                4 => self.next_u64() & !low,
                5 => self.next_u64() | low,
                _ => self.next_u64(),
            } & full;
            body |= u128::from(fraction) << (127 - run - es - width);
        }
        (body >> (129 - n)) as u64
    }

    /// A border of posit⟨n, es⟩: the value of a directed pattern with a 1 appended.
    ///
    /// # Panics
    /// If `n` is not in `2..=64` or `es` not in `0..=4`.
    pub fn border(&mut self, n: u32, es: u32) -> Dyadic {
        let pattern = 2 * u128::from(self.pattern(n, es)) + 1;
        read(n + 1, es, pattern).unwrap_or(Dyadic::ZERO)
    }

    /// A `b` such that `a + b` falls within a few patterns of a border.
    ///
    /// # Panics
    /// If `n` is not in `2..=64` or `es` not in `0..=4`.
    pub fn addend(&mut self, n: u32, es: u32, a: u64) -> u64 {
        let border = self.border(n, es);
        let b = dyadic(n, es, a).map_or(0, |a| nearest_sum(n, es, &[border, -a]));
        self.nearby(n, b)
    }

    /// A `b` such that `a · b` falls within a few patterns of a border.
    ///
    /// # Panics
    /// If `n` is not in `2..=64` or `es` not in `0..=4`.
    pub fn factor(&mut self, n: u32, es: u32, a: u64) -> u64 {
        let border = self.border(n, es);
        let b = dyadic(n, es, a).map_or(0, |a| quotient(n, es, border, a));
        self.nearby(n, b)
    }

    /// A `b` such that `a / b` falls within a few patterns of a border.
    ///
    /// # Panics
    /// If `n` is not in `2..=64` or `es` not in `0..=4`.
    pub fn divisor(&mut self, n: u32, es: u32, a: u64) -> u64 {
        let border = self.border(n, es);
        let b = dyadic(n, es, a).map_or(0, |a| quotient(n, es, a, border));
        self.nearby(n, b)
    }

    /// A `c` such that `a · b + c` falls within a few patterns of a border.
    ///
    /// # Panics
    /// If `n` is not in `2..=64` or `es` not in `0..=4`.
    pub fn third(&mut self, n: u32, es: u32, a: u64, b: u64) -> u64 {
        let (Some(a), Some(b)) = (dyadic(n, es, a), dyadic(n, es, b)) else { return 0 };
        let c = match self.below(3) {
            0 => nearest_dyadic(n, es, -(a * b)),
            1 => self.pattern(n, es),
            _ => nearest_sum(n, es, &[self.border(n, es), -(a * b)]),
        };
        self.nearby(n, c)
    }

    /// At most three patterns away.
    fn nearby(&mut self, n: u32, bits: u64) -> u64 {
        bits.wrapping_add(self.below(7)).wrapping_sub(3) & mask(n)
    }
}

/// The pattern nearest to `a / b`, 0 if `b` is 0.
fn quotient(n: u32, es: u32, a: Dyadic, b: Dyadic) -> u64 {
    if b.sign().is_eq() {
        return 0;
    }
    nearest_by_dyadic(n, es, |y| if b.sign().is_gt() { a.cmp(&(y * b)) } else { a.cmp(&(y * b)).reverse() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reaches_every_pattern_of_small_formats() {
        for es in 0..=4 {
            let mut g = Generator::new(2);
            let mut seen = [false; 256];
            for _ in 0..100_000 {
                seen[g.pattern(8, es) as usize] = true;
            }
            assert!(seen.iter().all(|&s| s), "es = {es}");
        }
    }

    #[test]
    fn stays_inside_the_width() {
        let mut g = Generator::new(4);
        for es in 0..=4 {
            for n in 2..=64 {
                for _ in 0..50 {
                    let a = g.pattern(n, es);
                    let b = g.addend(n, es, a) | g.factor(n, es, a) | g.divisor(n, es, a);
                    let c = g.third(n, es, a, b);
                    assert_eq!((a | b | c) & !mask(n), 0);
                }
            }
        }
    }
}
