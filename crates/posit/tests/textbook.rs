//! The crate against a decoder written from the definition, in `f64` where `f64` is exact.

use posit::{P16, P32, Posit, Storage};

/// Value of an `n`-bit pattern by the formula of clause 3, on the bits as they stand. Exact in `f64`
/// for up to 53 significant bits.
fn value(pattern: u64, n: u32, es: u32) -> f64 {
    let bit = |i: i64| if i < 0 { 0 } else { (pattern >> i) & 1 };
    let top = i64::from(n) - 1;
    let s = bit(top) as i32;
    if pattern == 0 {
        return 0.0;
    }
    if pattern == 1 << top {
        return f64::NAN;
    }
    let first = bit(top - 1);
    let mut at = top - 1;
    let mut k = 0;
    while at >= 0 && bit(at) == first {
        k += 1;
        at -= 1;
    }
    let r = if first == 1 { k - 1 } else { -k };
    at -= 1;
    let mut e = 0;
    for _ in 0..es {
        e = 2 * e + bit(at) as i32;
        at -= 1;
    }
    let (mut f, mut weight) = (0.0, 0.5);
    while at >= 0 {
        f += weight * bit(at) as f64;
        weight /= 2.0;
        at -= 1;
    }
    let exponent = (1 - 2 * s) * ((1 << es) * r + e + s);
    (f64::from(1 - 3 * s) + f) * f64::from_bits(((exponent + 1023) as u64) << 52)
}

/// Nearest pattern by clause 4.1, from the value of the pattern with one more bit.
fn nearest(x: f64, n: u32, es: u32) -> u64 {
    if x == 0.0 {
        return 0;
    }
    if !x.is_finite() {
        return 1 << (n - 1);
    }
    let (mut low, mut high) = (1u64, (1u64 << (n - 1)) - 1);
    let a = x.abs();
    // The largest pattern not above a, saturated.
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if value(middle, n, es) <= a { low = middle } else { high = middle - 1 }
    }
    let top = low == (1 << (n - 1)) - 1;
    if !top && a > value(low, n, es) {
        let tie = value(2 * low + 1, n + 1, es);
        if a > tie || (a == tie && low % 2 == 1) {
            low += 1;
        }
    }
    if x < 0.0 { (1 << n) - low } else { low }
}

/// A positive float some steps away.
fn ulps(x: f64, steps: i64) -> f64 {
    f64::from_bits(x.to_bits().wrapping_add_signed(steps))
}

fn patterns(n: u32) -> core::ops::Range<u64> {
    0..1 << n
}

fn unary<const N: u32, const ES: u32, S: Storage>() {
    for p in patterns(N) {
        let x = Posit::<N, ES, S>::from_word(p);
        let v = value(p, N, ES);
        assert!(x.to_f64() == v || (x.is_nar() && x.to_f64().is_nan()), "{x:?} is {v}, not {}", x.to_f64());
        assert_eq!(Posit::<N, ES, S>::from_f64(v), x);
        assert!(x.to_f32() == v as f32 || x.is_nar(), "{x:?} {v}");
        if x.to_f32().is_finite() && x.to_f32() != 0.0 {
            assert_eq!(
                Posit::<N, ES, S>::from_f32(x.to_f32()).to_word(),
                nearest(f64::from(x.to_f32()), N, ES)
            );
        }
        if v > 0.0 && p + 1 < 1 << (N - 1) {
            let tie = value(2 * p + 1, N + 1, ES);
            for y in [tie, ulps(tie, -1), ulps(tie, 1), ulps(v, -1), ulps(v, 1)] {
                for y in [y, -y] {
                    assert_eq!(Posit::<N, ES, S>::from_f64(y).to_word(), nearest(y, N, ES), "{y} {y:e}");
                }
            }
        }
    }
}

fn pairs<const N: u32, const ES: u32, S: Storage>() {
    let round = |x: f64| Posit::<N, ES, S>::from_word(nearest(x, N, ES));
    for a in patterns(N) {
        let x = Posit::<N, ES, S>::from_word(a);
        let v = value(a, N, ES);
        for b in patterns(N) {
            let y = Posit::<N, ES, S>::from_word(b);
            let w = value(b, N, ES);
            // posit.md conditions: exact products, quotients and sums within the exponent of f64.
            assert_eq!(x * y, round(v * w), "{x:?} * {y:?}");
            assert_eq!(x / y, if w == 0.0 { Posit::NAR } else { round(v / w) }, "{x:?} / {y:?}");
            if ES <= 2 {
                assert_eq!(x + y, round(v + w), "{x:?} + {y:?}");
                assert_eq!(x - y, round(v - w), "{x:?} - {y:?}");
            }
            let order = v.partial_cmp(&w).unwrap_or_else(|| w.is_nan().cmp(&v.is_nan()));
            assert_eq!(x.cmp(&y), order);
        }
    }
}

#[test]
fn every_pattern_and_border_up_to_12_bits() {
    fn at<const N: u32, const ES: u32, S: Storage>() {
        unary::<N, ES, S>();
        pairs_of_small::<N, ES, S>();
    }
    fn pairs_of_small<const N: u32, const ES: u32, S: Storage>() {
        if N <= 7 {
            pairs::<N, ES, S>();
        }
    }
    macro_rules! formats {
        ($($s:ty: $($n:literal)*;)*) => {$($(
            at::<$n, 0, $s>(); at::<$n, 1, $s>(); at::<$n, 2, $s>(); at::<$n, 3, $s>(); at::<$n, 4, $s>();
        )*)*};
    }
    formats! { u8: 3 4 5 6 7 8; u16: 9 10 11 12; }
}

#[test]
fn the_wide_kernels_agree_with_the_narrow_one() {
    // Widening with equal ES appends zero bits, so a short pattern in a wide format has the same value.
    fn at<const ES: u32>() {
        for a in 0..256u64 {
            for b in 0..256u64 {
                let narrow = |f: fn(Posit<16, ES, u16>, Posit<16, ES, u16>) -> Posit<16, ES, u16>| {
                    f(Posit::from_word(a << 8), Posit::from_word(b << 8)).to_f64()
                };
                let wide = |f: fn(Posit<64, ES, u64>, Posit<64, ES, u64>) -> Posit<64, ES, u64>| {
                    f(Posit::from_word(a << 56), Posit::from_word(b << 56))
                };
                let middle = |f: fn(Posit<32, ES, u32>, Posit<32, ES, u32>) -> Posit<32, ES, u32>| {
                    f(Posit::from_word(a << 24), Posit::from_word(b << 24))
                };
                let same = |n: f64, m: Posit<32, ES, u32>, w: Posit<64, ES, u64>| {
                    // Rounded to 16 bits in one step from 64 and from 32 bits would be double rounding, so
                    // compare where 32 bits are exact: the 64-bit result ends in 32 zeros.
                    assert_eq!(w.to_f64().is_nan(), m.is_nar());
                    if w.to_word() & 0xFFFF_FFFF == 0 {
                        assert_eq!(m.to_word(), w.to_word() >> 32);
                    }
                    if w.to_word() & 0xFFFF_FFFF_FFFF == 0 && !m.is_nar() {
                        assert_eq!(n, w.to_f64());
                    }
                };
                same(narrow(Posit::add), middle(Posit::add), wide(Posit::add));
                same(narrow(Posit::sub), middle(Posit::sub), wide(Posit::sub));
                same(narrow(Posit::mul), middle(Posit::mul), wide(Posit::mul));
                same(narrow(Posit::div), middle(Posit::div), wide(Posit::div));
            }
        }
    }
    at::<0>();
    at::<1>();
    at::<2>();
    at::<3>();
    at::<4>();
}

#[test]
fn lossless_floats_are_from() {
    let x: f32 = P16::MIN_POSITIVE.into();
    assert_eq!(f64::from(x), P16::MIN_POSITIVE.into());
    assert_eq!(f64::from(P32::MAX), 2f64.powi(120));
}
