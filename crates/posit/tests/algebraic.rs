//! Roots, fused operations, remainders and integers against the exact oracle.

use core::cmp::Ordering;
use oracle::{Dyadic, Generator};
use posit::{P64, Posit, Storage};

/// `1 / sqrt(x)`: the border T is below it exactly if `T^2 x < 1`.
fn rsqrt(n: u32, es: u32, x: u64) -> u64 {
    let nar = oracle::nar(n);
    if x == 0 || x >= nar {
        return nar;
    }
    let value = oracle::value(n, es, x).unwrap();
    let one = Dyadic::new(1, 0).to_rational();
    oracle::nearest_by(n, es, |t| {
        if *t <= Dyadic::new(0, 0).to_rational() {
            return Ordering::Greater;
        }
        one.cmp(&(t * t * &value))
    })
}

fn unary<const N: u32, const ES: u32, S: Storage>(p: u64) {
    let x = Posit::<N, ES, S>::from_word(p);
    assert_eq!(x.sqrt().to_word(), oracle::ops::sqrt(N, ES, p), "sqrt {x:?}");
    assert_eq!(x.rsqrt().to_word(), rsqrt(N, ES, p), "rsqrt {x:?}");
    let Some(value) = oracle::value(N, ES, p) else {
        for y in
            [x.floor(), x.ceil(), x.trunc(), x.round(), x.nearest_int(), x.fract(), x.abs(), -x, x.sign()]
        {
            assert!(y.is_nar());
        }
        return;
    };
    let exactly = |y: Posit<N, ES, S>| oracle::value(N, ES, y.to_word()).unwrap();
    let half = Dyadic::new(1, -1).to_rational();
    assert_eq!(exactly(x.floor()), value.floor(), "floor {x:?}");
    assert_eq!(exactly(x.ceil()), value.ceil(), "ceil {x:?}");
    assert_eq!(exactly(x.trunc()), value.trunc(), "trunc {x:?}");
    assert_eq!(exactly(x.round()), value.round(), "round {x:?}");
    let nearest = if (&value - value.floor()) == half {
        let floor = value.floor();
        let two = Dyadic::new(2, 0).to_rational();
        if (&floor / &two).is_integer() { floor } else { value.ceil() }
    } else {
        value.round()
    };
    assert_eq!(exactly(x.nearest_int()), nearest, "nearest_int {x:?}");
    assert_eq!(x.fract().to_word(), oracle::nearest(N, ES, &value.fract()), "fract {x:?}");
    assert_eq!(exactly(-x), -&value);
    assert_eq!(x.to_f32().to_bits(), oracle::ieee::posit_to_f32(N, ES, p).to_bits(), "to_f32 {x:?}");
    assert_eq!(x.to_f64().to_bits(), oracle::ieee::posit_to_f64(N, ES, p).to_bits(), "to_f64 {x:?}");
}

fn pairs<const N: u32, const ES: u32, S: Storage>(a: u64, b: u64) {
    let (x, y) = (Posit::<N, ES, S>::from_word(a), Posit::<N, ES, S>::from_word(b));
    assert_eq!((x + y).to_word(), oracle::ops::add(N, ES, a, b), "{x:?} + {y:?}");
    assert_eq!((x - y).to_word(), oracle::ops::sub(N, ES, a, b), "{x:?} - {y:?}");
    assert_eq!((x * y).to_word(), oracle::ops::mul(N, ES, a, b), "{x:?} * {y:?}");
    assert_eq!((x / y).to_word(), oracle::ops::div(N, ES, a, b), "{x:?} / {y:?}");
}

fn remainder<const N: u32, const ES: u32, S: Storage>(a: u64, b: u64) {
    let (x, y) = (Posit::<N, ES, S>::from_word(a), Posit::<N, ES, S>::from_word(b));
    let expected = match (oracle::value(N, ES, a), oracle::value(N, ES, b)) {
        (Some(v), Some(w)) if b != 0 => oracle::nearest(N, ES, &(&v - (&v / &w).trunc() * &w)),
        _ => oracle::nar(N),
    };
    assert_eq!((x % y).to_word(), expected, "{x:?} % {y:?}");
}

fn triple<const N: u32, const ES: u32, S: Storage>(a: u64, b: u64, c: u64) {
    let [x, y, z] = [a, b, c].map(Posit::<N, ES, S>::from_word);
    assert_eq!(x.mul_add(y, z).to_word(), oracle::ops::fma(N, ES, a, b, c), "{x:?} * {y:?} + {z:?}");
}

fn product<const N: u32, const ES: u32, S: Storage>(a: u64, b: u64, c: u64) {
    let [x, y, z] = [a, b, c].map(Posit::<N, ES, S>::from_word);
    let expected = match [a, b, c].map(|p| oracle::value(N, ES, p)) {
        [Some(u), Some(v), Some(w)] => oracle::nearest(N, ES, &(u * v * w)),
        _ => oracle::nar(N),
    };
    assert_eq!(x.mul_mul(y, z).to_word(), expected, "{x:?} * {y:?} * {z:?}");
}

macro_rules! every_es {
    ($f:ident $args:tt; $($s:ty: $($n:literal)*;)*) => {$($(
        $f::<$n, 0, $s>$args;
        $f::<$n, 1, $s>$args;
        $f::<$n, 2, $s>$args;
        $f::<$n, 3, $s>$args;
        $f::<$n, 4, $s>$args;
    )*)*};
}

#[test]
fn unary_operations_on_every_pattern_up_to_12_bits() {
    fn all<const N: u32, const ES: u32, S: Storage>() {
        (0..1 << N).for_each(unary::<N, ES, S>);
    }
    every_es!(all (); u8: 3 4 5 6 7 8; u16: 9 10 11 12;);
}

#[test]
fn unary_operations_on_every_pattern_of_13_to_16_bits() {
    fn all<const N: u32, const ES: u32, S: Storage>() {
        (0..1 << N).for_each(unary::<N, ES, S>);
    }
    every_es!(all (); u16: 13 14 15 16;);
}

#[test]
fn remainder_on_every_pair_up_to_6_bits() {
    fn all<const N: u32, const ES: u32, S: Storage>() {
        for a in 0..1 << N {
            (0..1 << N).for_each(|b| remainder::<N, ES, S>(a, b));
        }
    }
    every_es!(all (); u8: 3 4 5 6;);
}

#[test]
fn fused_operations_on_every_triple_up_to_5_bits() {
    fn all<const N: u32, const ES: u32, S: Storage>() {
        for a in 0..1 << N {
            for b in 0..1 << N {
                for c in 0..1 << N {
                    triple::<N, ES, S>(a, b, c);
                    if a <= b && b <= c {
                        product::<N, ES, S>(a, b, c);
                        product::<N, ES, S>(b, c, a);
                    }
                }
            }
        }
    }
    every_es!(all (); u8: 3 4 5;);
}

#[test]
fn directed_operands_at_every_width() {
    fn all<const N: u32, const ES: u32, S: Storage>(count: u32) {
        let mut g = Generator::new(u64::from(N * 8 + ES));
        for _ in 0..count {
            let a = g.pattern(N, ES);
            unary::<N, ES, S>(a);
            let b = g.addend(N, ES, a);
            pairs::<N, ES, S>(a, b);
            let b = g.factor(N, ES, a);
            pairs::<N, ES, S>(a, b);
            let b = g.divisor(N, ES, a);
            pairs::<N, ES, S>(a, b);
            remainder::<N, ES, S>(a, b);
            let b = g.pattern(N, ES);
            pairs::<N, ES, S>(a, b);
            let c = g.third(N, ES, a, b);
            triple::<N, ES, S>(a, b, c);
            let c = g.pattern(N, ES);
            triple::<N, ES, S>(a, b, c);
            product::<N, ES, S>(a, b, c);
        }
    }
    every_es!(all (60); u8: 7 8; u16: 13 15; u32: 17 24 31; u64: 33 48 63;);
    every_es!(all (300); u16: 16; u32: 32; u64: 64;);
}

#[test]
fn conversions_between_formats() {
    fn from<const N: u32, const ES: u32, S: Storage>(g: &mut Generator) {
        fn to<const N: u32, const ES: u32, S: Storage, const M: u32, const FS: u32, T: Storage>(p: u64) {
            let x = Posit::<N, ES, S>::from_word(p);
            let y = Posit::<M, FS, T>::from_posit(x);
            assert_eq!(y.to_word(), oracle::ops::convert(M, FS, N, ES, p), "{x:?} to {y:?}");
        }
        for i in 0..2000 {
            let p = if N <= 10 { i & oracle::decode::mask(N) } else { g.pattern(N, ES) };
            to::<N, ES, S, 3, 0, u8>(p);
            to::<N, ES, S, 8, 0, u8>(p);
            to::<N, ES, S, 8, 2, u8>(p);
            to::<N, ES, S, 8, 4, u32>(p);
            to::<N, ES, S, 16, 1, u16>(p);
            to::<N, ES, S, 16, 2, u16>(p);
            to::<N, ES, S, 32, 2, u32>(p);
            to::<N, ES, S, 64, 2, u64>(p);
            to::<N, ES, S, 64, 4, u64>(p);
        }
    }
    let mut g = Generator::new(9);
    from::<5, 0, u8>(&mut g);
    from::<8, 2, u8>(&mut g);
    from::<10, 4, u16>(&mut g);
    from::<16, 1, u16>(&mut g);
    from::<32, 2, u32>(&mut g);
    from::<64, 0, u64>(&mut g);
    from::<64, 2, u64>(&mut g);
    from::<64, 4, u64>(&mut g);
}

#[test]
fn floats_near_every_kind_of_border() {
    fn all<const N: u32, const ES: u32, S: Storage>() {
        let mut g = Generator::new(u64::from(N * 5 + ES));
        for _ in 0..2000 {
            let border = oracle::ieee::to_f64(g.border(N, ES));
            for step in [-1, 0, 1] {
                let x = f64::from_bits(border.to_bits().wrapping_add_signed(step));
                let y = Posit::<N, ES, S>::from_f64(x);
                assert_eq!(y.to_word(), oracle::ieee::posit_of_f64(N, ES, x), "{x:e}");
                let single = f32::from_bits((x as f32).to_bits().wrapping_add_signed(step as i32));
                let y = Posit::<N, ES, S>::from_f32(single);
                assert_eq!(y.to_word(), oracle::ieee::posit_of_f64(N, ES, f64::from(single)), "{single:e}");
            }
        }
    }
    every_es!(all (); u8: 3 5 8; u16: 9 16; u32: 24 32; u64: 33 50 64;);
}

/// A product that fills the double word to its last bit but four, under an addend 16 times as large: the
/// sum carries, and its lowest bit, which alone decides a tie, leaves the word. `A B = 1 mod 2^22`, where
/// A and B are the 14-bit significands of two posits of `[1/2, 1)`.
#[test]
fn the_bit_that_a_carry_pushes_out_is_sticky() {
    let mut decided = 0;
    for a in ((1u64 << 13) + 1..1 << 14).step_by(2) {
        // Newton doubles the correct bits of the inverse: 3, 6, 12, 24.
        let inverse = (0..3).fold(a, |b, _| b.wrapping_mul(2u64.wrapping_sub(a.wrapping_mul(b)))) & 0x3F_FFFF;
        if !(1 << 13..1 << 14).contains(&inverse) || a * inverse < 1 << 27 {
            continue;
        }
        let [x, y] = [a, inverse].map(|m| Posit::<16, 0>::from_f64(m as f64 / 16384.0));
        for c in 0x7800..0x7C00 {
            triple::<16, 0, u16>(x.to_word(), y.to_word(), c);
            triple::<16, 0, u16>((-x).to_word(), y.to_word(), 0x10000 - c);
            decided += 1;
        }
    }
    assert_eq!(decided, 8 * 1024);
}

/// Products of three 14-bit significands that differ from a tie in their lowest 8 bits only: these leave
/// the double word, and decide.
#[test]
fn the_lowest_bits_of_a_product_of_three_are_sticky() {
    let mut decided = 0;
    let mut state = 1u64;
    for _ in 0..1 << 25 {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        let [a, b, c] = [20, 34, 48].map(|at| ((state >> at) & 0x1FFF) | 0x2001);
        let exact = a * b * c;
        // 40 bits are [1, 2), with 14 of them kept; each binade above keeps one less.
        let length = 64 - exact.leading_zeros();
        let below = length - (14 - (length - 40));
        let rest = exact & ((1 << below) - 1);
        if rest.wrapping_sub(1 << (below - 1)).wrapping_sub(1) < 0xFF {
            let [x, y, z] = [a, b, c].map(|m| Posit::<16, 0>::from_f64(m as f64 / 8192.0).to_word());
            product::<16, 0, u16>(x, y, z);
            product::<16, 0, u16>(z, x, y);
            decided += 1;
        }
    }
    assert!(decided > 10, "{decided}");
}

/// The long run: `cargo test --release -p posit --test algebraic -- --ignored --nocapture`.
#[test]
#[ignore = "minutes: 10^8 operations"]
fn directed_operands_of_posit64_by_the_hundred_million() {
    let start = std::time::Instant::now();
    let mut g = Generator::new(64);
    let rounds = 6_250_000;
    for _ in 0..rounds {
        let a = g.pattern(64, 2);
        let [b, c, d, e] = [g.addend(64, 2, a), g.factor(64, 2, a), g.divisor(64, 2, a), g.pattern(64, 2)];
        for b in [b, c, d, e] {
            pairs::<64, 2, u64>(a, b);
        }
    }
    println!("<64, 2> + - * /: {} operations, 0 wrong, {:.0?}", 16 * rounds, start.elapsed());
}

#[test]
#[ignore = "minutes: 10^7 quotients"]
fn directed_quotients_of_posit64_by_the_ten_million() {
    let start = std::time::Instant::now();
    let mut g = Generator::new(65);
    let rounds = 3_400_000;
    for _ in 0..rounds {
        let a = g.pattern(64, 2);
        for b in [g.divisor(64, 2, a), g.divisor(64, 2, a), g.next_u64()] {
            let quotient = P64::from_word(a) / P64::from_word(b);
            assert_eq!(quotient.to_word(), oracle::ops::div(64, 2, a, b), "{a:#x} / {b:#x}");
        }
    }
    println!("<64, 2> /: {} quotients, 0 wrong, {:.0?}", 3 * rounds, start.elapsed());
}
