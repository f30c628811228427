//! The kernel for `16 < N <= 32` on machines with 32-bit words: patterns and significands in `u32`, products in `u64`.

/// A pattern or a significand.
pub(crate) type Word = u32;
/// [`Word`] with a sign, for the arithmetic shift that writes a regime.
pub(crate) type Signed = i32;
/// Holds the product of two significands.
pub(crate) type Double = u64;
/// [`Double`] with a sign.
pub(crate) type SignedDouble = i64;
use super::root::root64 as root;

#[path = "word/mod.rs"]
mod word;
pub(crate) use word::*;

#[cfg(test)]
mod tests {
    use crate::kernel::n32;

    /// From a linear congruence; every other operand is near the other's magnitude, or a pattern next to zero, one or NaR.
    fn operands(count: u32, n: u32) -> impl Iterator<Item = [u32; 3]> {
        let mut state = 2022u64;
        (0..count).map(move |index| {
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 32) as u32
            };
            let mask = u32::MAX >> (32 - n);
            let (a, near) = (next(), next() >> (next() % 32));
            let b = match index % 4 {
                0 => a ^ near,
                1 => (a ^ near).wrapping_neg(),
                2 => ((next() % 4) << (n - 2)).wrapping_add(near % 8).wrapping_sub(4),
                _ => next(),
            };
            [a & mask, b & mask, next() & mask]
        })
    }

    fn agrees<const N: u32, const ES: u32>() {
        for [a, b, c] in operands(20_000, N) {
            let [wide_a, wide_b, wide_c] = [a, b, c].map(u64::from);
            for (name, narrow, wide) in [
                ("add", super::add::<N, ES>(a, b), n32::add::<N, ES>(wide_a, wide_b)),
                ("mul", super::mul::<N, ES>(a, b), n32::mul::<N, ES>(wide_a, wide_b)),
                ("div", super::div::<N, ES>(a, b), n32::div::<N, ES>(wide_a, wide_b)),
                ("rem", super::rem::<N, ES>(a, b), n32::rem::<N, ES>(wide_a, wide_b)),
                ("sqrt", super::sqrt::<N, ES>(a), n32::sqrt::<N, ES>(wide_a)),
                ("rsqrt", super::rsqrt::<N, ES>(a), n32::rsqrt::<N, ES>(wide_a)),
                ("fma", super::fma::<N, ES>(a, b, c), n32::fma::<N, ES>(wide_a, wide_b, wide_c)),
                ("fmm", super::fmm::<N, ES>(a, b, c), n32::fmm::<N, ES>(wide_a, wide_b, wide_c)),
                ("floor", super::floor::<N, ES>(a), n32::floor::<N, ES>(wide_a)),
                ("ceil", super::ceil::<N, ES>(a), n32::ceil::<N, ES>(wide_a)),
                ("round", super::round::<N, ES>(a), n32::round::<N, ES>(wide_a)),
                ("nearest_int", super::nearest_int::<N, ES>(a), n32::nearest_int::<N, ES>(wide_a)),
                ("trunc", super::trunc::<N, ES>(a), n32::trunc::<N, ES>(wide_a)),
            ] {
                assert_eq!(u64::from(narrow), wide, "{name} of Posit<{N}, {ES}> {a:#x} {b:#x} {c:#x}");
            }
        }
    }

    #[test]
    fn words_of_32_bits_give_the_patterns_of_64() {
        agrees::<32, 2>();
        agrees::<32, 0>();
        agrees::<32, 4>();
        agrees::<31, 1>();
        agrees::<24, 2>();
        agrees::<18, 3>();
        agrees::<17, 0>();
    }
}
