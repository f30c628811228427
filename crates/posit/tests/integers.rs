//! Integers both ways, in the standard's manner and in Rust's.

#![allow(clippy::cast_lossless, reason = "one macro for twelve types")]

use oracle::{Dyadic, Generator};
use posit::{IntConvert, P8, P8E0, P16, P16E1, P32, Posit, Storage, TryFromIntError, TryFromPositError};
use proptest::prelude::*;

/// Nearest posit of a sum of two integers that fit the oracle's.
fn nearest<const N: u32, const ES: u32>(i: i128) -> u64 {
    oracle::nearest::nearest_sum(N, ES, &[Dyadic::new(i >> 60, 60), Dyadic::new(i & ((1 << 60) - 1), 0)])
}

macro_rules! check_from {
    ($n:literal $es:literal $($t:ident)*; $i:expr) => {$(
        let i = $i as $t;
        if i != 1 << ($t::BITS - 1) {
            let x: Posit<$n, $es> = i.to_posit();
            if i128::try_from(i).is_ok() && $t::BITS < 128 {
                assert_eq!(x.to_word(), nearest::<$n, $es>(i as i128), "{i} {}", stringify!($t));
            }
            // TryFrom accepts exactly the integers that come back.
            let back = $t::try_from(x);
            match Posit::<$n, $es>::try_from(i) {
                Ok(y) => assert_eq!((x, back), (y, Ok(i))),
                Err(_) => assert_ne!(back, Ok(i)),
            }
        }
    )*};
}

proptest! {
    #[test]
    fn integers_round_once(seed in any::<u128>(), shift in 0u32..128, low in -3i128..4) {
        let i = ((seed >> shift) as i128).wrapping_add(low);
        check_from!(8 0 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize; i);
        check_from!(16 1 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize; i);
        check_from!(16 2 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize; i);
        check_from!(32 2 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize; i);
        check_from!(64 2 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize; i);
        check_from!(64 4 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize; i);
    }
}

/// The integer nearest to an `f64` that is exact, half to even, or what the standard says.
macro_rules! check_to {
    ($x:expr, $v:expr; $($t:ident)*) => {$(
        let (x, v) = ($x, $v);
        let rounded = v.round_ties_even();
        let word = 1 << ($t::BITS - 1);
        // Limits as powers of two, so that they are exact.
        let above = ($t::MAX >> 1) as f64 + 1.0;
        let (min, max) = ($t::MIN as f64, 2.0 * above);
        let expected = if rounded.is_nan() || rounded < min || rounded >= max { word } else { rounded as $t };
        assert_eq!($t::from_posit(x), expected, "{x:?} {}", stringify!($t));
        let exact = if v.is_nan() {
            Err(TryFromPositError::NaR)
        } else if v.trunc() < min || v >= max {
            Err(TryFromPositError::OutOfRange)
        } else if v.fract() != 0.0 {
            Err(TryFromPositError::Inexact)
        } else {
            Ok(v as $t)
        };
        assert_eq!($t::try_from(x), exact, "{x:?} {}", stringify!($t));
    )*};
}

fn to_integers<const N: u32, const ES: u32, S: Storage>(x: Posit<N, ES, S>) {
    let v = x.to_f64();
    check_to!(x, v; i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);
    assert_eq!(x.truncate_to_i8(), v as i8);
    assert_eq!(x.truncate_to_u8(), v as u8);
    assert_eq!(x.truncate_to_i32(), v as i32);
    assert_eq!(x.truncate_to_u64(), v as u64);
    assert_eq!(x.truncate_to_i128(), v as i128);
    assert_eq!(x.truncate_to_u128(), v as u128);
}

#[test]
fn every_posit_of_16_bits_and_directed_ones_of_50_become_integers() {
    for p in 0..1 << 16 {
        to_integers(Posit::<16, 0>::from_word(p));
        to_integers(P16E1::from_word(p));
        to_integers(P16::from_word(p));
        to_integers(Posit::<16, 4>::from_word(p));
        to_integers(P8E0::from_word(p));
        to_integers(P8::from_word(p));
    }
    let mut generator = Generator::new(1);
    for _ in 0..100_000 {
        to_integers(P32::from_word(generator.pattern(32, 2)));
        to_integers(Posit::<50, 2>::from_word(generator.pattern(50, 2)));
        to_integers(Posit::<50, 4>::from_word(generator.pattern(50, 4)));
    }
}

#[test]
fn the_word_with_only_the_top_bit_is_nar_in_the_standards_manner_only() {
    assert_eq!(P16::from_u8(128), P16::NAR);
    assert_eq!(P16::from_i8(-128), P16::NAR);
    assert_eq!(P16::try_from(128u8), Ok(P16::from_f64(128.0)));
    assert_eq!(P16::try_from(-128i8), Ok(P16::from_f64(-128.0)));
    assert_eq!(P16::NAR.to_u8(), 128);
    assert_eq!(P16::from_f64(-0.25).to_u8(), 0);
    assert_eq!(P16::from_f64(-1.0).to_u8(), 128);
    assert_eq!(P8E0::try_from(65u8), Err(TryFromIntError::OutOfRange));
    assert_eq!(P8E0::try_from(63u8), Err(TryFromIntError::Inexact));
}

/// Class 6 and 8 of the peers' bugs.
#[test]
fn regression_integers() {
    for (i, bits) in [(9, 0x6900), (851, 0x7DAA), (842, 0x7DA5), (3004, 0x7EBC)] {
        assert_eq!(P16E1::from_u64(i), P16E1::from_bits(bits));
        assert_eq!(P16E1::from_i64(i as i64), P16E1::from_bits(bits));
    }
    assert_eq!(P32::from_bits(0x7FB1_39AE).to_u32(), 2_311_942_144);
    assert_eq!(P8::from_i64(1_000_000_000), P8::MAX);
}
