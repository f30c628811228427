//! The quire: exact sums of products, its range, its conversions.

use oracle::{BigRational, Dyadic, Generator};
use posit::{Limbs, P8, P16, P32, P64, Posit, Quire, ShapeError, Storage};
use std::time::Instant;

/// Random operations on a quire and on an exact rational side by side.
fn random_walk<const N: u32, const ES: u32, S: Storage, L: Limbs>(_: Quire<N, ES, L>, rounds: u32) {
    let mut g = Generator::new(u64::from(N * 7 + ES));
    for _ in 0..rounds {
        let mut q = Quire::<N, ES, L>::ZERO;
        let mut exact = Dyadic::new(0, 0).to_rational();
        for step in 0..12 {
            let mut next = || loop {
                let p = g.pattern(N, ES);
                if p != oracle::nar(N) {
                    return p;
                }
            };
            let (a, b) = (next(), next());
            let (x, y) = (Posit::<N, ES, S>::from_word(a), Posit::<N, ES, S>::from_word(b));
            let (v, w) = (oracle::value(N, ES, a).unwrap(), oracle::value(N, ES, b).unwrap());
            match step % 6 {
                0 => {
                    q.add_product(x, y);
                    exact += v * w;
                }
                1 => {
                    q.sub_product(x, y);
                    exact -= v * w;
                }
                2 => {
                    q += x;
                    exact += v;
                }
                3 => {
                    q -= x;
                    exact -= v;
                }
                4 => {
                    q = -q;
                    q += Quire::from_posit(x);
                    exact = v - exact;
                }
                _ => {
                    let mut p = Quire::from_posit(x);
                    p.add_product(x, y);
                    q -= p;
                    exact -= &v + &v * w;
                }
            }
            assert_eq!(q.to_posit::<S>().to_word(), oracle::nearest(N, ES, &exact), "{q:?}");
            assert_eq!(q.abs().to_posit::<S>(), q.to_posit::<S>().abs());
            assert_eq!(q.is_zero(), exact == Dyadic::new(0, 0).to_rational());
            assert_eq!(Quire::from_limbs(q.to_limbs()), q);
        }
    }
}

macro_rules! every_es {
    ($($s:ty: $($n:literal)*;)*) => {$($(
        random_walk::<$n, 0, $s, _>(Quire::<$n, 0>::ZERO, 50);
        random_walk::<$n, 1, $s, _>(Quire::<$n, 1>::ZERO, 50);
        random_walk::<$n, 2, $s, _>(Quire::<$n, 2>::ZERO, 50);
        random_walk::<$n, 3, $s, _>(Quire::<$n, 3>::ZERO, 50);
        random_walk::<$n, 4, $s, _>(Quire::<$n, 4>::ZERO, 50);
    )*)*};
}

#[test]
fn sums_are_exact_in_every_kind_of_format() {
    every_es! { u8: 3 5 8; u16: 9 16; u32: 17 32; u64: 33 47 64; }
}

/// The words as a number.
fn value_of<const N: u32, const ES: u32, L: Limbs + AsRef<[u64]>>(q: &Quire<N, ES, L>) -> BigRational {
    let unit = -2 * ((N as i32 - 2) << ES);
    let words = q.to_limbs();
    let (top, rest) = words.as_ref().split_last().unwrap();
    let exponent = |i: usize| 64 * i as i32 + unit;
    let mut terms = vec![Dyadic::new((*top as i64).into(), exponent(rest.len()))];
    terms.extend(rest.iter().enumerate().map(|(i, word)| Dyadic::new((*word).into(), exponent(i))));
    oracle::dyadic::sum(&terms)
}

/// A pattern that is not NaR; the smallest and the largest often.
fn pattern<const N: u32, const ES: u32>(g: &mut Generator) -> u64 {
    match g.below(16) {
        0 => 1,
        1 => oracle::decode::mask(N),
        2 => oracle::nar(N) - 1,
        _ => loop {
            let p = g.pattern(N, ES);
            if p != oracle::nar(N) {
                return p;
            }
        },
    }
}

/// Sums of many products, beside a rational: products come, come again with the other sign, and what the sum
/// rounds to is taken away, so that the rest is small and has either sign. In the end all are taken back.
fn long_sum<const N: u32, const ES: u32, S: Storage, L: Limbs + AsRef<[u64]>>(
    _: Quire<N, ES, L>,
    steps: u64,
    seed: u64,
) -> u64 {
    let mut g = Generator::new(seed ^ u64::from(N * 7 + ES));
    let mut q = Quire::<N, ES, L>::ZERO;
    let mut exact = value_of(&q);
    let mut terms = Vec::new();
    for _ in 0..steps {
        let (a, b, back) = match g.below(8) {
            0..=2 if !terms.is_empty() => {
                let (a, b) = terms.swap_remove(g.below(terms.len() as u64) as usize);
                (a, b, true)
            }
            3 => ((-q.to_posit::<S>()).to_word(), Posit::<N, ES, S>::ONE.to_word(), false),
            _ => (pattern::<N, ES>(&mut g), pattern::<N, ES>(&mut g), false),
        };
        let product = oracle::value(N, ES, a).unwrap() * oracle::value(N, ES, b).unwrap();
        let (x, y) = (Posit::<N, ES, S>::from_word(a), Posit::<N, ES, S>::from_word(b));
        if back {
            q.sub_product(x, y);
            exact -= product;
        } else {
            q.add_product(x, y);
            exact += product;
            terms.push((a, b));
        }
        assert_eq!(value_of(&q), exact, "{x:?} {y:?} {back}");
    }
    assert_eq!(q.to_posit::<S>().to_word(), oracle::nearest(N, ES, &exact));
    for (a, b) in terms {
        q.sub_product(Posit::<N, ES, S>::from_word(a), Posit::<N, ES, S>::from_word(b));
    }
    assert!(q.is_zero(), "{q:?}");
    steps
}

/// A product is added to a sum next to the ends of the range, and taken back.
fn ends<const N: u32, const ES: u32, S: Storage, L: Limbs + AsRef<[u64]> + AsMut<[u64]>>(
    _: Quire<N, ES, L>,
    rounds: u64,
    seed: u64,
) -> u64 {
    let mut g = Generator::new(seed ^ u64::from(N * 7 + ES));
    let end = Dyadic::new(1, Quire::<N, ES, L>::BITS as i32 - 1 - 2 * ((N as i32 - 2) << ES)).to_rational();
    let minus_end = -end.clone();
    for _ in 0..rounds {
        let (a, b) = (pattern::<N, ES>(&mut g), pattern::<N, ES>(&mut g));
        let (x, y) = (Posit::<N, ES, S>::from_word(a), Posit::<N, ES, S>::from_word(b));
        let product = oracle::value(N, ES, a).unwrap() * oracle::value(N, ES, b).unwrap();
        // The product away from an end, or a word of it, give or take a unit.
        let mut start = Quire::<N, ES, L>::ZERO;
        start.add_product(x, y);
        let mut words = start.to_limbs();
        let bits = Quire::<N, ES, L>::BITS;
        words.as_mut()[(bits as usize - 1) / 64] ^= 1 << ((bits - 1) % 64);
        if g.below(2) == 0 {
            words.as_mut()[0] ^= g.below(4);
        }
        let start = Quire::<N, ES, L>::from_limbs(words);
        if start.is_nar() {
            continue;
        }
        for subtract in [false, true] {
            let mut q = start;
            let before = value_of(&q);
            let after = if subtract {
                q.sub_product(x, y);
                &before - &product
            } else {
                q.add_product(x, y);
                &before + &product
            };
            if after >= end || after <= minus_end {
                assert_eq!(q, Quire::NAR, "{start:?} {x:?} {y:?} {subtract}");
                q.sub_product(x, y);
                assert_eq!(q, Quire::NAR);
            } else {
                assert_eq!(value_of(&q), after, "{start:?} {x:?} {y:?} {subtract}");
                if subtract {
                    q.add_product(x, y)
                } else {
                    q.sub_product(x, y)
                }
                assert_eq!(q, start, "{x:?} {y:?} {subtract}");
            }
        }
    }
    rounds
}

macro_rules! every_way {
    ($check:ident $x:tt: $($s:ty: $($n:literal $es:literal),*;)*) => {
        0 $($(+ every_way!(@ $check $x $n $es $s))*)*
    };
    (@ $check:ident ($steps:expr, $seed:expr) $n:literal $es:literal $s:ty) => {
        $check::<$n, $es, $s, _>(Quire::<$n, $es>::ZERO, $steps, $seed)
    };
}

/// One and two words, spare bits and none, by table, by products of 64 and of 128 bits.
macro_rules! every_way_of_products {
    ($check:ident $x:tt) => {
        every_way!($check $x: u8: 3 0, 5 3, 6 4, 8 0, 8 2; u16: 9 1, 13 2, 16 0, 16 1, 16 2;
            u32: 17 1, 24 3, 32 0, 32 1, 32 2, 32 4; u64: 33 3, 47 1, 64 2;)
    };
}

#[test]
fn long_sums_are_exact() {
    println!("{}", every_way_of_products!(long_sum(300, 1)));
}

#[test]
fn the_ends_of_the_range_are_exact() {
    println!("{}", every_way_of_products!(ends(100, 2)));
}

#[test]
#[ignore = "minutes"]
fn campaign_long_sums() {
    let start = Instant::now();
    let n = every_way_of_products!(long_sum(100_000, 3)) + every_way_of_products!(ends(50_000, 4));
    println!(
        "| 19 formats: quires, products added and taken back, against rationals | {n} | 0 | {} s |",
        start.elapsed().as_secs()
    );
}

#[test]
fn every_posit_goes_in_and_comes_back() {
    for p in 0..=u16::MAX {
        let x = P16::from_bits(p);
        assert_eq!(Quire::<16, 2>::from_posit(x).to_posit::<u16>(), x);
        let y = Posit::<13, 0>::from_bits(p);
        assert_eq!(Quire::<13, 0>::from(y).to_posit::<u16>(), y);
    }
}

#[test]
fn sizes_are_those_of_the_standard() {
    assert_eq!(Quire::<8, 2>::BITS, 128);
    assert_eq!(size_of::<Quire<8, 2>>(), 16);
    assert_eq!(Quire::<16, 2>::BITS, 256);
    assert_eq!(size_of::<Quire<16, 2>>(), 32);
    assert_eq!(Quire::<32, 2>::BITS, 512);
    assert_eq!(Quire::<64, 2>::BITS, 1024);
    assert_eq!(size_of::<Quire<64, 2>>(), 128);
}

/// Doubling reaches `2^31` products of `maxPos^2` in 31 steps: one unit too many. `2^31 - 1` fit.
fn capacity<const N: u32, const ES: u32, S: Storage, L: Limbs>(_: Quire<N, ES, L>) {
    let product = |a: Posit<N, ES, S>, b: Posit<N, ES, S>| {
        let mut q = Quire::<N, ES, L>::ZERO;
        q.add_product(a, b);
        q
    };
    for (a, b) in [(Posit::MAX, Posit::MAX), (Posit::MAX, Posit::MIN)] {
        let one = product(a, b);
        let mut doubled = one;
        let mut most = one;
        for _ in 1..31 {
            let copy = doubled;
            doubled += copy;
            let copy = most;
            most += copy;
            most += one;
        }
        // 2^30 and 2^31 - 1 products.
        assert!(!doubled.is_nar() && !most.is_nar());
        assert_eq!(most.to_posit::<S>().abs(), Posit::MAX);
        let mut sum = most;
        sum += one;
        assert!(sum.is_nar(), "{most:?}");
        let copy = doubled;
        doubled += copy;
        assert!(doubled.is_nar());
        // Back from the edge, exactly.
        for _ in 0..3 {
            most -= one;
        }
        assert!(!most.is_nar());
    }
}

#[test]
fn two_to_the_31_less_one_products_fit_and_one_more_is_nar() {
    capacity::<3, 0, u8, _>(Quire::<3, 0>::ZERO);
    capacity::<8, 0, u8, _>(Quire::<8, 0>::ZERO);
    capacity::<8, 2, u8, _>(Quire::<8, 2>::ZERO);
    capacity::<9, 1, u16, _>(Quire::<9, 1>::ZERO);
    capacity::<16, 2, u16, _>(Quire::<16, 2>::ZERO);
    capacity::<32, 2, u32, _>(Quire::<32, 2>::ZERO);
    capacity::<61, 3, u64, _>(Quire::<61, 3>::ZERO);
    capacity::<64, 2, u64, _>(Quire::<64, 2>::ZERO);
}

#[test]
fn nar_stays() {
    let mut q = Quire::<8, 2>::from_posit(P8::NAR);
    assert_eq!(q, Quire::NAR);
    q += P8::ONE;
    q.add_product(P8::ZERO, P8::ONE);
    q += Quire::ZERO;
    assert_eq!((q.to_posit::<u8>(), -q, q.abs()), (P8::NAR, Quire::NAR, Quire::NAR));
    assert!(!q.is_negative() && q.is_nar());
    let mut q = Quire::<8, 2>::ZERO;
    q.add_product(P8::ZERO, P8::NAR);
    assert!(q.is_nar());
    // Five bits without exponent: 44 bits in one word of 64.
    assert_eq!(Quire::<5, 0>::from_limbs([1 << 43]), Quire::NAR);
}

#[test]
fn vectors() {
    let a = [1e10, 1.0, -1e10, 3.0].map(P32::from_f64);
    assert_eq!(P32::dot(&a, &[P32::ONE; 4]), Ok(P32::from_f64(4.0)));
    assert_eq!(a.iter().sum::<P32>(), P32::from_f64(4.0));
    assert_eq!(P32::dot(&a, &[]), Err(ShapeError::Length { left: 4, right: 0 }));
    assert_eq!(P64::dot(&[], &[]), Ok(P64::ZERO));
    let mut y = [P32::ZERO; 3];
    assert!(P32::mat_vec(&a, &a, &mut y).is_err());
    P32::mat_vec(&a, &[P32::ONE; 2], &mut y[..2]).unwrap();
    assert_eq!(y[1], P32::from_f64(-1e10) + P32::from_f64(3.0));
    P32::mat_vec(&[], &[], &mut y).unwrap();
    assert_eq!(y, [P32::ZERO; 3]);
    const SUM: P16 = match P16::dot(&[P16::ONE; 3], &[P16::ONE; 3]) {
        Ok(x) => x,
        Err(_) => P16::NAR,
    };
    assert_eq!(SUM.to_f64(), 3.0);
}
