//! From sums to codes: bias, factor, zero point, clamp.
//!
//! Where a layer's sums are below 2^30 and its factors below a half, as nearly all are, gemmlowp's two roundings take
//! five instructions. With `s` the sum and its bias, doubled, and the factor `m · 2^(e - 31)`:
//!
//! ```text
//! x = (s · m + 2^31) >> 32           the high product, rounded half up
//! y = (x - (x < 0)) >> (-e - 1)      halves of the quotient x / 2^-e, which rounds half away from zero
//! code = (y + 1 + 2 · zero point) >> 1
//! ```
//!
//! Example in small numbers: x = -6 and e = -2. Half away from zero, -6 / 4 is -2. Here y = -7 >> 1 = -4, and
//! (-4 + 1) >> 1 = -2. The factor 0 has the exponent 0; its x is 0, which every shift leaves alone.

use super::dsp;
use fixq::multiplier::rounding_divide_by_power_of_two;
use fixq::{Multiplier, Output};

/// What ends the sums of a layer.
#[derive(Clone, Copy, Debug)]
pub(in crate::program) struct Ends<'m> {
    biases: &'m [i32],
    factors: &'m [Multiplier],
    output: Output,
    /// Whether the biases are doubled, and the sums with them lie below 2^30.
    doubled: bool,
    /// Whether, beyond that, no factor reaches a half.
    below_half: bool,
}

impl<'m> Ends<'m> {
    /// Ends with these biases and factors. If the biases are doubled, no sum reaches 2^30; if the sums end below a
    /// half, they are, and no factor reaches one.
    pub(in crate::program) fn new(
        biases: &'m [i32],
        factors: &'m [Multiplier],
        output: Output,
        [doubled, below_half]: [bool; 2],
    ) -> Self {
        Self { biases, factors, output, doubled, below_half }
    }

    /// The codes of the sums of neighbouring channels, from `first` on, as far as there is room.
    #[inline(never)]
    pub(super) fn codes(&self, first: usize, sums: &[i32], to: &mut [i8]) {
        let (Some(biases), Some(factors), Some(to)) =
            (self.biases.get(first..), self.factors.get(first..), to.get_mut(first..))
        else {
            return;
        };
        if !self.below_half {
            for (((&sum, &bias), &factor), to) in sums.iter().zip(biases).zip(factors).zip(to) {
                let bias = bias >> u32::from(self.doubled);
                *to = self.output.code(times(sum.wrapping_add(bias), factor));
            }
            return;
        }
        let zero_point = 1 + 2 * i32::from(self.output.zero_point());
        let done = dsp::ends(sums, biases, factors, zero_point, to);
        let rest = (sums.get(done..), biases.get(done..), factors.get(done..), to.get_mut(done..));
        if let (Some(sums), Some(biases), Some(factors), Some(to)) = rest {
            for (((&sum, &bias), &factor), to) in sums.iter().zip(biases).zip(factors).zip(to) {
                *to = code(sum, bias, factor, zero_point, [-128, 127]);
            }
        }
        let (low, high) = (self.output.low(), self.output.high());
        if (low, high) != (i8::MIN, i8::MAX) {
            for code in to.iter_mut().take(sums.len()) {
                *code = (*code).max(low).min(high);
            }
        }
    }
}

/// `Double::apply` of a mantissa that is not negative, as all are: the product that saturates does not occur.
#[inline(never)]
pub(in crate::program) fn times(sum: i32, factor: Multiplier) -> i32 {
    let exponent = factor.exponent();
    let shifted = sum.wrapping_shl(exponent.max(0).unsigned_abs());
    let product = (i64::from(shifted) * i64::from(factor.mantissa()) + (1 << 30)) >> 31;
    rounding_divide_by_power_of_two(product as i32, exponent.min(0).unsigned_abs() & 31)
}

/// The code of a sum, whose bias and zero point are doubled, 1 added to the latter.
#[inline(always)]
pub(super) fn code(sum: i32, bias: i32, factor: Multiplier, zero_point: i32, [low, high]: [i32; 2]) -> i8 {
    let product = high_product(sum.wrapping_mul(2).wrapping_add(bias), factor.mantissa());
    // Of an exponent below 0 the complement is one less than its magnitude: 0 to 30.
    let halves = product.wrapping_add(product >> 31) >> (!factor.exponent() & 31);
    let code = halves.wrapping_add(zero_point) >> 1;
    code.max(low).min(high) as i8
}

/// `(a · b + 2^31) >> 32` for `b` that is not negative.
#[inline(always)]
pub(super) fn high_product(a: i32, b: i32) -> i32 {
    // Among ARM cores those without a 64-bit product, of ARMv6-M, are those without an atomic exchange.
    if cfg!(all(target_arch = "arm", not(target_has_atomic = "32"))) {
        return by_halves(a, b);
    }
    dsp::high_product(a, b).unwrap_or_else(|| ((i64::from(a) * i64::from(b) + (1 << 31)) >> 32) as i32)
}

/// The same in products of 16 bits.
///
/// With `a = a1 · 2^16 + a0` and `b` alike, the lower 16 bits of `a0 · b0` carry nothing.
#[inline(always)]
const fn by_halves(a: i32, b: i32) -> i32 {
    let ([a1, b1], [a0, b0]) = ([a >> 16, b >> 16], [a & 0xFFFF, b & 0xFFFF]);
    let (first, second) = (a1 * b0, a0 * b1);
    let low = (a0 as u32 * b0 as u32) >> 16;
    let middle = low + (first as u32 & 0xFFFF) + (second as u32 & 0xFFFF) + 0x8000;
    a1 * b1 + (first >> 16) + (second >> 16) + (middle >> 16) as i32
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{Ends, by_halves, times};
    use fixq::{Multiplier, Output};
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        /// Both ways against gemmlowp's words, as `fixq` has them, for sums up to the bound and beyond it.
        #[test]
        fn codes_are_those_of_double_rounding(
            rows in prop::collection::vec((any::<i32>(), 0u32..31, any::<i32>(), 2u32..31, 1 << 30..=i32::MAX), 1..9),
            exponents in prop_oneof![-31i32..=-1, -31i32..=31, Just(-1i32), -12i32..=-4],
            ends in any::<[i8; 3]>(), whole: bool,
        ) {
            let (zero_point, low, high) = if whole { (ends[0], -128, 127) } else { (ends[0], ends[1], ends[2]) };
            let output = Output::from_codes(zero_point, low, high);
            let sums: Vec<i32> = rows.iter().map(|row| row.0 >> (row.1 % 30 + 2)).collect();
            let mut biases: Vec<i32> = rows.iter().map(|row| row.2 >> row.3).collect();
            let factors: Vec<Multiplier> = rows.iter().enumerate().map(|(i, row)| {
                let mantissa = if row.0 % 7 == 0 { 0 } else { row.4 };
                Multiplier::from_parts(mantissa, (exponents + i as i32 % 3).clamp(-31, 31)).unwrap()
            }).collect();
            let expected: Vec<i8> = sums.iter().zip(&biases).zip(&factors)
                .map(|((&sum, &bias), &factor)| output.code(<fixq::Double as fixq::Rounding>::apply(sum + bias, factor)))
                .collect();
            let most = sums.iter().map(|sum| sum.unsigned_abs() as usize).max().unwrap_or(0);
            let doubled = most < 1 << 29 && biases.iter().all(|bias| bias.unsigned_abs() < 1 << 29);
            if doubled {
                biases.iter_mut().for_each(|bias| *bias *= 2);
            }
            let small = |factor: &Multiplier| factor.exponent() < 0 || factor.mantissa() == 0;
            let below_half = doubled && factors.iter().all(small);
            let ends = Ends::new(&biases, &factors, output, [doubled, below_half]);
            let mut codes = vec![0i8; sums.len()];
            ends.codes(0, &sums, &mut codes);
            prop_assert_eq!(&codes, &expected);
            let last = sums.len() - 1;
            codes[last] = codes[last].wrapping_add(1);
            ends.codes(last, &sums[last..], &mut codes);
            prop_assert_eq!(&codes, &expected);
        }
    }

    proptest! {
        #[test]
        fn halves_make_the_product(a: i32, b in 0..=i32::MAX, small in 0u32..31) {
            for (a, b) in [(a, b), (a >> small, b), (a, b >> small), (i32::MIN, b), (i32::MAX, i32::MAX)] {
                prop_assert_eq!(by_halves(a, b), ((i64::from(a) * i64::from(b) + (1 << 31)) >> 32) as i32);
            }
        }
    }

    #[test]
    fn a_half_of_each_sign() {
        for (sum, exponent, steps) in [(4, -2, 1), (-4, -2, -1), (3, 0, 2), (-3, 0, -1)] {
            let factor = Multiplier::from_parts(1 << 30, exponent).unwrap();
            assert_eq!(times(sum, factor), steps, "{sum} {exponent}");
        }
    }
}
