//! Exhaustive checks by a sweep: a sorted input gives a sorted result, so a pointer into the sorted borders
//! between patterns only moves forward. Every comparison is exact in a machine type.
//!
//! The tests that are not ignored are a part of each; the whole is run by
//! `cargo test --release -p posit --test sweep -- --ignored --nocapture --test-threads 2`.

use core::ops::RangeInclusive;
use posit::{P8, P8E0, P16, P16E1, P32, Posit, Storage};
use std::time::Instant;

/// Values in order, from `-maxPos` to `maxPos`, and the borders between them, from the oracle.
struct Grid {
    top: i64,
    value: Vec<f64>,
    border: Vec<f64>,
}

impl Grid {
    fn new(n: u32, es: u32) -> Self {
        let top = (1i64 << (n - 1)) - 1;
        let at = |p: i64, n: u32| {
            let bits = p as u64 & oracle::decode::mask(n);
            oracle::ieee::posit_to_f64(n, es, bits)
        };
        Self {
            top,
            value: (-top..=top).map(|p| at(p, n)).collect(),
            border: (-top..top).map(|p| at(2 * p + 1, n + 1)).collect(),
        }
    }

    /// The signed pattern at an index into `value`.
    fn pattern(&self, index: usize) -> i64 {
        index as i64 - self.top
    }

    /// Moves `k` forward to the pattern nearest to x, given how x compares with 0 and with a border.
    #[inline]
    fn advance(&self, k: &mut usize, sign: f64, mut above: impl FnMut(f64) -> Option<bool>) {
        while *k < self.border.len() {
            let crossed = match self.pattern(*k) {
                -1 => sign >= 0.0,
                0 => sign > 0.0,
                // None is a tie, which goes to the even pattern.
                p => above(self.border[*k]).unwrap_or(p & 1 != 0),
            };
            if !crossed {
                return;
            }
            *k += 1;
        }
    }
}

fn above<T: PartialOrd>(x: T, border: T) -> Option<bool> {
    if x == border { None } else { Some(x > border) }
}

fn posit<const N: u32, const ES: u32, S: Storage>(pattern: i64) -> Posit<N, ES, S> {
    Posit::from_word(pattern as u64 & oracle::decode::mask(N))
}

/// `a + b` as the nearest `f64` and what it lacks, exactly (Knuth). A border is an `f64`, and rounding is
/// monotone, so the nearest `f64` decides on which side of the border the sum lies unless it is the border;
/// then the rest does.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let c = sum - a;
    (sum, (a - (sum - c)) + (b - c))
}

fn sum_above((sum, rest): (f64, f64), border: f64) -> Option<bool> {
    above(sum, border).or_else(|| above(rest, 0.0))
}

/// All `b` for every `step`th `a`.
fn binary<const N: u32, const ES: u32, S: Storage>(step: usize) {
    let start = Instant::now();
    let grid = Grid::new(N, ES);
    let mut pairs = 0u64;
    for i in (0..grid.value.len()).step_by(step) {
        let (a, v) = (posit::<N, ES, S>(grid.pattern(i)), grid.value[i]);
        let [mut plus, mut times, mut by] = [0; 3];
        for (j, &w) in grid.value.iter().enumerate() {
            let b = posit::<N, ES, S>(grid.pattern(j));
            let exact = two_sum(v, w);
            grid.advance(&mut plus, exact.0, |border| sum_above(exact, border));
            let sum = posit(grid.pattern(plus));
            assert_eq!(a + b, sum, "{a:?} + {b:?}");
            assert_eq!(a - (-b), sum, "{a:?} - {:?}", -b);

            // The product rises with b for a > 0, and with -b for a < 0.
            let (c, u) = if v < 0.0 { (-b, -w) } else { (b, w) };
            grid.advance(&mut times, v * u, |border| above(v * u, border));
            assert_eq!(a * c, posit(if v == 0.0 { 0 } else { grid.pattern(times) }), "{a:?} * {c:?}");

            // The quotient c / a likewise; compare c with border * a.
            if v == 0.0 {
                assert!((c / a).is_nar());
            } else {
                grid.advance(&mut by, u * v, |border| above(u * v.signum(), border * v.abs()));
                assert_eq!(c / a, posit(grid.pattern(by)), "{c:?} / {a:?}");
            }
            pairs += 1;
        }
    }
    println!("<{N}, {ES}> + - * /: {pairs} pairs, 0 wrong, {:.0?}", start.elapsed());
}

#[test]
fn binary_operations_on_all_pairs_up_to_10_bits() {
    macro_rules! formats {
        ($($s:ty: $($n:literal)*;)*) => {$($(
            binary::<$n, 0, $s>(1);
            binary::<$n, 1, $s>(1);
            binary::<$n, 2, $s>(1);
            binary::<$n, 3, $s>(1);
            binary::<$n, 4, $s>(1);
        )*)*};
    }
    formats! { u8: 3 4 5 6 7 8; u16: 9 10; }
}

#[test]
fn binary_operations_on_a_part_of_the_pairs_of_16_bits() {
    binary::<12, 2, u16>(31);
    binary::<16, 0, u16>(2003);
    binary::<16, 1, u16>(997);
    binary::<16, 2, u16>(1009);
    binary::<16, 3, u16>(2011);
    binary::<16, 4, u16>(2017);
}

#[test]
#[ignore = "minutes: all 2^32 pairs"]
fn binary_operations_on_all_pairs_of_p16() {
    binary::<16, 2, u16>(1);
}

#[test]
#[ignore = "minutes: all 2^32 pairs"]
fn binary_operations_on_all_pairs_of_p16e1() {
    binary::<16, 1, u16>(1);
}

/// All triples of an 8-bit format; products of two and of three are exact in `f64`.
fn triples<const ES: u32>() {
    let grid = Grid::new(8, ES);
    for (i, &v) in grid.value.iter().enumerate() {
        let a = posit::<8, ES, u8>(grid.pattern(i));
        for (j, &w) in grid.value.iter().enumerate() {
            let b = posit::<8, ES, u8>(grid.pattern(j));
            let [mut plus, mut times] = [0; 2];
            for (k, &u) in grid.value.iter().enumerate() {
                let c = posit::<8, ES, u8>(grid.pattern(k));
                let exact = two_sum(v * w, u);
                grid.advance(&mut plus, exact.0, |border| sum_above(exact, border));
                assert_eq!(a.mul_add(b, c), posit(grid.pattern(plus)), "{a:?} * {b:?} + {c:?}");
                let (d, u) = if v * w < 0.0 { (-c, -u) } else { (c, u) };
                grid.advance(&mut times, v * w * u, |border| above(v * w * u, border));
                let expected = if v * w == 0.0 { 0 } else { grid.pattern(times) };
                assert_eq!(a.mul_mul(b, d), posit(expected), "{a:?} * {b:?} * {d:?}");
            }
            assert!(a.mul_add(b, Posit::NAR).is_nar() && a.mul_add(Posit::NAR, b).is_nar());
            assert!(a.mul_mul(b, Posit::NAR).is_nar() && Posit::NAR.mul_mul(a, b).is_nar());
        }
    }
}

#[test]
fn fused_operations_on_all_triples_of_8_bits() {
    triples::<0>();
    triples::<1>();
    triples::<2>();
    triples::<3>();
    triples::<4>();
}

/// A 32-bit pattern as `m 2^e`, with `m` below `2^33`, exact; from `f64`, which holds 29 bits.
fn parts(x: f64) -> (u128, i32) {
    let bits = x.to_bits();
    let m = (bits & ((1 << 52) - 1)) | (1 << 52);
    (u128::from(m >> 20), (bits >> 52) as i32 - 1023 - 32)
}

/// `x > border^2` and `1 > border^2 x`, exactly: 30 bits each.
fn square_above(x: f64, border: f64) -> Option<bool> {
    let ((m, e), (b, f)) = (parts(x), parts(border));
    let (left, right, shift) = (m << 33, b * b, e - 33 - 2 * f);
    compare(left, right, shift)
}

fn reciprocal_above(x: f64, border: f64) -> Option<bool> {
    let ((m, e), (b, f)) = (parts(x), parts(border));
    compare(1, b * b * m, -e - 2 * f)
}

/// `left 2^shift > right` for nonzero numbers below 2^100.
fn compare(left: u128, right: u128, shift: i32) -> Option<bool> {
    let magnitude = |x: u128| 128 - x.leading_zeros() as i32;
    let (l, r) = (magnitude(left) + shift, magnitude(right));
    if l != r {
        return Some(l > r);
    }
    // Align both to the top.
    above(left << left.leading_zeros(), right << right.leading_zeros())
}

/// The border above a positive 32-bit pattern, by the bits of the 33-bit posit, and the value.
fn value32(pattern: u64, n: u32) -> f64 {
    // Exact in f64: at most 29 significant bits. From the definition, with shifts of an f64 exponent.
    let body = pattern << (64 - n) << 1;
    let ones = body >> 63 != 0;
    let run = if ones { body.leading_ones() } else { body.leading_zeros() };
    let r = if ones { run as i32 - 1 } else { -(run as i32) };
    let rest = body.checked_shl(run + 1).unwrap_or(0);
    let exponent = 4 * r + (rest >> 62) as i32;
    let fraction = (rest << 2) >> 12;
    f64::from_bits((((exponent + 1023) as u64) << 52) | fraction)
}

fn unary32(patterns: RangeInclusive<u64>) {
    let start = Instant::now();
    let (low, high) = (*patterns.start(), *patterns.end());
    // Where the sweep starts, by the crate itself; wrong values are found by the first comparison.
    let mut root = P32::from_word(low).sqrt().to_word().saturating_sub(3).max(1);
    let mut inverse = P32::from_word(high).rsqrt().to_word().saturating_sub(3).max(1);
    let top = (1u64 << 31) - 1;
    for p in patterns {
        let x = P32::from_word(p);
        let v = value32(p, 32);
        assert_eq!(x.to_f64(), v, "{x:?}");
        assert_eq!(P32::from_f64(v), x);
        assert_eq!(P32::from_f64(-v), -x);
        assert_eq!(x.to_f32(), v as f32);
        assert_eq!(P32::from_f32(v as f32).to_f64() == v, f64::from(v as f32) == v);
        assert_eq!(x.next().to_word(), p + 1);
        assert_eq!(x.prior().to_word(), p - 1);
        assert_eq!((-x).abs(), x);
        for (y, w) in [
            (x.floor(), v.floor()),
            (x.ceil(), v.ceil()),
            (x.trunc(), v.trunc()),
            (x.round(), v.round()),
            (x.nearest_int(), v.round_ties_even()),
            ((-x).floor(), (-v).floor()),
            ((-x).ceil(), (-v).ceil()),
        ] {
            assert_eq!(y.to_f64(), w, "{x:?}");
        }
        while root < top && square_above(v, value32(2 * root + 1, 33)).unwrap_or(root & 1 != 0) {
            root += 1;
        }
        assert_eq!(x.sqrt().to_word(), root, "{x:?}");
        // rSqrt falls while the pattern rises: run it over the mirrored range.
        let q = high - (p - low);
        let y = value32(q, 32);
        while inverse < top && reciprocal_above(y, value32(2 * inverse + 1, 33)).unwrap_or(inverse & 1 != 0) {
            inverse += 1;
        }
        assert_eq!(P32::from_word(q).rsqrt().to_word(), inverse, "{:?}", P32::from_word(q));
    }
    println!(
        "<32, 2> sqrt rSqrt neg abs next prior floor ceil trunc round nearestInt f32 f64: {} patterns and \
         their negatives, 0 wrong, {:.0?}",
        high - low + 1,
        start.elapsed()
    );
}

#[test]
fn unary_operations_on_a_part_of_p32() {
    unary32(1..=100_000);
    unary32(0x3FFF_0000..=0x4002_0000);
    unary32(0x7FFE_0000..=0x7FFF_FFFF);
}

#[test]
#[ignore = "minutes: all 2^32 patterns"]
fn unary_operations_on_all_of_p32() {
    unary32(1..=0x7FFF_FFFF);
}

/// Positive floats in order, in steps, to one format; negative ones by symmetry.
fn floats<const N: u32, const ES: u32, S: Storage>(step: usize) {
    let start = Instant::now();
    let border = |p: u64| {
        if N == 32 { value32(2 * p + 1, 33) } else { oracle::ieee::posit_to_f64(N + 1, ES, 2 * p + 1) }
    };
    let top = (1u64 << (N - 1)) - 1;
    let mut k = 1u64;
    let mut next = border(k);
    for bits in (1..f32::INFINITY.to_bits()).step_by(step) {
        let x = f32::from_bits(bits);
        let wide = f64::from(x);
        while k < top && (wide > next || (wide == next && k & 1 != 0)) {
            k += 1;
            next = if k < top { border(k) } else { f64::INFINITY };
        }
        let y = Posit::<N, ES, S>::from_f32(x);
        assert_eq!(y.to_word(), k, "{x:e}");
        assert_eq!(Posit::<N, ES, S>::from_f32(-x), -y);
        assert_eq!(Posit::<N, ES, S>::from_f64(wide), y);
    }
    println!("f32 to <{N}, {ES}>: every {step}th of 2^32 floats, 0 wrong, {:.0?}", start.elapsed());
}

#[test]
fn every_1009th_float() {
    floats::<8, 0, u8>(1009);
    floats::<8, 2, u8>(1009);
    floats::<16, 1, u16>(1009);
    floats::<16, 2, u16>(1009);
    floats::<32, 2, u32>(1009);
}

#[test]
#[ignore = "minutes: all 2^32 floats, five formats"]
fn every_float() {
    floats::<8, 0, u8>(1);
    floats::<8, 2, u8>(1);
    floats::<16, 1, u16>(1);
    floats::<16, 2, u16>(1);
    floats::<32, 2, u32>(1);
}

#[test]
fn zero_and_nar_with_everything() {
    for p in 0..=u16::MAX {
        let x = P16::from_bits(p);
        assert!((x + P16::NAR).is_nar() && (P16::NAR - x).is_nar() && (x * P16::NAR).is_nar());
        assert!((x / P16::NAR).is_nar() && (P16::NAR / x).is_nar() && (x / P16::ZERO).is_nar());
        assert!(x.is_nar() || (x * P16::ZERO).is_zero() && x + P16::ZERO == x);
        assert_eq!(P16E1::from_bits(p) - P16E1::ZERO, P16E1::from_bits(p));
    }
    assert!(P8::NAR.sqrt().is_nar() && P8E0::NEG_ONE.sqrt().is_nar() && P8::ZERO.rsqrt().is_nar());
}
