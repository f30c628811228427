//! Slices against the methods of one posit, bit for bit, on every backend of the machine.
//!
//! `cargo test -p posit --test slices`.

use core::fmt::Debug;
use core::ops::RangeInclusive;
use std::sync::Mutex;

use posit::slice::{self, Backend};
use posit::{P8, P16, P16E1, P32, P64, Posit, ShapeError, Storage};

/// Runs a check on every backend that the machine has; one test at a time, as the choice is global.
fn on_every_backend(check: impl Fn()) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock();
    for backend in [Backend::Portable, Backend::Avx2] {
        if slice::force(Some(backend)) {
            check();
        } else {
            println!("skipped: the machine has no {backend:?}");
        }
    }
    assert!(slice::force(None));
}

/// xorshift64*, from a fixed seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}

fn same<T: PartialEq + Debug>(
    out: &[T],
    what: &str,
    inputs: impl Fn(usize) -> String,
    expected: impl Fn(usize) -> T,
) {
    for (i, x) in out.iter().enumerate() {
        let e = expected(i);
        assert!(*x == e, "{what} of {}: {x:?}, not {e:?}", inputs(i));
    }
}

type Unary<T> = (&'static str, fn(&[T], &mut [T]) -> Result<(), ShapeError>, fn(T) -> T);
type Binary<T> = (&'static str, fn(&[T], &[T], &mut [T]) -> Result<(), ShapeError>, fn(T, T) -> T);
type P<const N: u32, const ES: u32, S> = Posit<N, ES, S>;

fn unary<const N: u32, const ES: u32, S: Storage>(x: &[P<N, ES, S>]) {
    let mut out = vec![P::<N, ES, S>::ONE; x.len()];
    let operations: [Unary<P<N, ES, S>>; 3] =
        [("neg", slice::neg, P::neg), ("abs", slice::abs, P::abs), ("sqrt", slice::sqrt, P::sqrt)];
    for (name, on_slices, on_one) in operations {
        on_slices(x, &mut out).unwrap();
        same(&out, name, |i| format!("{:?}", x[i]), |i| on_one(x[i]));
    }
    let (mut f, mut d) = (vec![0f32; x.len()], vec![0f64; x.len()]);
    slice::to_f32(x, &mut f).unwrap();
    slice::to_f64(x, &mut d).unwrap();
    for (i, x) in x.iter().enumerate() {
        assert!(f[i].to_bits() == x.to_f32().to_bits(), "f32 of {x:?}: {:e}, not {:e}", f[i], x.to_f32());
        assert!(d[i].to_bits() == x.to_f64().to_bits(), "f64 of {x:?}: {:e}, not {:e}", d[i], x.to_f64());
    }
    #[cfg(feature = "half")]
    {
        use half::{bf16, f16};
        let (mut h, mut b) = (vec![f16::ZERO; x.len()], vec![bf16::ZERO; x.len()]);
        slice::to_f16(x, &mut h).unwrap();
        slice::to_bf16(x, &mut b).unwrap();
        for (i, x) in x.iter().enumerate() {
            assert!(h[i].to_bits() == x.to_f16().to_bits(), "f16 of {x:?}: {:?}, not {:?}", h[i], x.to_f16());
            assert!(
                b[i].to_bits() == x.to_bf16().to_bits(),
                "bf16 of {x:?}: {:?}, not {:?}",
                b[i],
                x.to_bf16()
            );
        }
    }
}

fn floats<const N: u32, const ES: u32, S: Storage>(x: &[f64]) {
    let mut out = vec![P::<N, ES, S>::ONE; x.len()];
    slice::from_f64(x, &mut out).unwrap();
    same(&out, "from_f64", |i| format!("{:e}", x[i]), |i| P::from_f64(x[i]));
    let x: Vec<f32> = x.iter().map(|x| *x as f32).collect();
    slice::from_f32(&x, &mut out).unwrap();
    same(&out, "from_f32", |i| format!("{:e}", x[i]), |i| P::from_f32(x[i]));
}

fn binary<const N: u32, const ES: u32, S: Storage>(a: &[P<N, ES, S>], b: &[P<N, ES, S>]) {
    let mut out = vec![P::<N, ES, S>::ONE; a.len()];
    let operations: [Binary<P<N, ES, S>>; 6] = [
        ("add", slice::add, P::add),
        ("sub", slice::sub, P::sub),
        ("mul", slice::mul, P::mul),
        ("div", slice::div, P::div),
        ("min", slice::min, P::min),
        ("max", slice::max, P::max),
    ];
    for (name, on_slices, on_one) in operations {
        on_slices(a, b, &mut out).unwrap();
        same(&out, name, |i| format!("{:?} {:?}", a[i], b[i]), |i| on_one(a[i], b[i]));
    }
    let mut order = vec![core::cmp::Ordering::Equal; a.len()];
    slice::total_cmp(a, b, &mut order).unwrap();
    same(&order, "total_cmp", |i| format!("{:?} {:?}", a[i], b[i]), |i| a[i].total_cmp(b[i]));
    if let Some(factor) = b.first() {
        slice::scale(a, *factor, &mut out).unwrap();
        same(&out, "scale", |i| format!("{:?} {factor:?}", a[i]), |i| a[i].mul(*factor));
    }
}

fn ternary<const N: u32, const ES: u32, S: Storage>(a: &[P<N, ES, S>], b: &[P<N, ES, S>], c: &[P<N, ES, S>]) {
    let mut out = vec![P::<N, ES, S>::ONE; a.len()];
    slice::mul_add(a, b, c, &mut out).unwrap();
    same(&out, "mul_add", |i| format!("{:?} {:?} {:?}", a[i], b[i], c[i]), |i| a[i].mul_add(b[i], c[i]));
}

fn all<const N: u32, const ES: u32, S: Storage>() -> Vec<P<N, ES, S>> {
    (0..1 << N).map(P::from_word).collect()
}

/// Every border between patterns, the floats beside it and beside the patterns, and the ends of the floats.
fn borders<const N: u32, const ES: u32>(patterns: impl Iterator<Item = u64>) -> Vec<f64> {
    let mut out = vec![
        0.0,
        -0.0,
        f64::NAN,
        -f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        5e-324,
        1e-310,
        1e-40,
        f64::MAX,
    ];
    for pattern in patterns {
        // The pattern with a one appended, as a wider posit; and the pattern itself. For 64 bits there is no
        // wider one, and these are two others.
        for wide in [2 * pattern, 2 * pattern + 1] {
            let x = Posit::<64, ES, u64>::from_word(wide << 63u32.saturating_sub(N)).to_f64();
            let bits = x.to_bits();
            let single = (x as f32).to_bits();
            out.extend([x, -x, f64::from_bits(bits - 1), f64::from_bits(bits + 1)]);
            // Below the least f32 it is zero, and the float before that a NaN.
            out.extend([single.wrapping_sub(1), single + 1].map(|bits| f64::from(f32::from_bits(bits))));
        }
    }
    out
}

/// A check of formats: storage, then widths for an exponent width.
macro_rules! formats {
    ($f:ident: $($s:ty, $es:literal: $($n:literal)*;)*) => {$($(
        $f::<$n, $es, $s>();
    )*)*};
}

#[test]
fn all_patterns_up_to_16_bits() {
    fn at<const N: u32, const ES: u32, S: Storage>() {
        unary(&all::<N, ES, S>());
        floats::<N, ES, S>(&borders::<N, ES>(1..(1 << (N - 1)) - 1));
    }
    on_every_backend(|| {
        formats! { at: u8, 0: 5; u8, 2: 3 8; u16, 2: 9 16; u16, 1: 16; u16, 4: 16; }
        // Storage that is wider than it has to be.
        at::<5, 1, u16>();
    });
}

#[test]
fn all_pairs_up_to_8_bits() {
    fn at<const N: u32, const ES: u32, S: Storage>() {
        let patterns = all::<N, ES, S>();
        for turn in 0..patterns.len() {
            let mut turned = patterns.clone();
            turned.rotate_left(turn);
            binary(&turned, &patterns);
            let mut reversed = patterns.clone();
            reversed.reverse();
            ternary(&patterns, &turned, &reversed);
        }
    }
    on_every_backend(|| {
        formats! { at: u8, 0: 5 8; u8, 2: 8; u8, 4: 8; }
    });
}

/// Patterns with long runs: of regime, and of fraction bits, where sums carry and ties are near.
fn structured<const N: u32, const ES: u32, S: Storage>(
    random: &mut Random,
    count: usize,
) -> Vec<P<N, ES, S>> {
    let special = [0, 1, 2, 3]
        .map(|x: u64| [x, (1 << (N - 1)) + x, (1 << (N - 1)) - x, (1 << (N - 2)) + x, x.wrapping_neg()]);
    let mut out: Vec<_> = special.as_flattened().iter().map(|x| P::from_word(*x)).collect();
    while out.len() < count {
        let (run, tail, r) = (random.next() % u64::from(N), random.next() % u64::from(N), random.next());
        let ones = u64::MAX << run;
        let x = match r % 4 {
            0 => random.next(),
            1 => ones ^ (random.next() & ((1 << run) - 1)),
            2 => (random.next() & (u64::MAX << tail)) ^ if r & 8 == 0 { 0 } else { (1 << tail) - 1 },
            _ => ((1 << run) ^ (random.next() >> 40)) << (tail / 2),
        };
        out.push(P::from_word(if r & 16 == 0 { x } else { x.wrapping_neg() }));
    }
    out
}

fn sampled<const N: u32, const ES: u32, S: Storage>() {
    const COUNT: usize = 6000;
    let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ u64::from(N * 8 + ES));
    let a = structured::<N, ES, S>(&mut random, COUNT);
    let mut b = structured::<N, ES, S>(&mut random, COUNT);
    let mut c = structured::<N, ES, S>(&mut random, COUNT);
    unary(&a);
    floats::<N, ES, S>(&borders::<N, ES>(
        a.iter().map(|x| x.to_word() & ((1 << (N - 1)) - 1)).filter(|x| *x > 0),
    ));
    for _ in 0..4 {
        binary(&a, &b);
        ternary(&a, &b, &c);
        b.rotate_left(1 + random.next() as usize % 1000);
        c.rotate_left(1 + random.next() as usize % 1000);
    }
    // Sums that cancel, products next to a border, quotients next to one, squares.
    let near = |x: &P<N, ES, S>, r: u64| {
        P::from_word(x.to_word().wrapping_neg().wrapping_add(r % 5).wrapping_sub(2))
    };
    let negated: Vec<_> = a.iter().map(|x| near(x, random.next())).collect();
    binary(&a, &negated);
    let product: Vec<_> = a.iter().zip(&b).map(|(a, b)| near(&a.mul(*b), random.next())).collect();
    ternary(&a, &b, &product);
    binary(&product, &b);
    unary(&a.iter().map(|x| near(&x.mul(*x).neg(), random.next())).collect::<Vec<_>>());
}

#[test]
fn structured_patterns_of_9_to_64_bits() {
    on_every_backend(|| {
        // The lanes change at 17 and 33 bits, and with the exponent bits of 32.
        formats! { sampled: u16, 1: 16; u16, 2: 16; u32, 0: 32; u32, 2: 17 32; u32, 3: 32; u64, 2: 64; }
    });
}

/// The inputs on which one float operation rounds twice.
#[test]
fn near_ties_of_the_lanes() {
    on_every_backend(|| {
        let p32 = |x: &[u32]| x.iter().map(|x| P32::from_bits(*x)).collect::<Vec<_>>();
        let mut out = [P32::ZERO; 2];
        slice::mul(&p32(&[0x4297_35A3, 0x4134_F06B]), &p32(&[0x440C_59F5, 0x4364_3C43]), &mut out).unwrap();
        assert_eq!(out.as_slice(), p32(&[0x47F3_2A5B, 0x451C_25AB]));
        slice::div(&p32(&[0x4252_6A3F, 0x47FE_EDB8]), &p32(&[0x40C5_C7FD, 0x40C5_C7FD]), &mut out).unwrap();
        assert_eq!(out.as_slice(), p32(&[0x4169_B3FF, 0x4696_4C01]));
        slice::sqrt(&p32(&[0x1663_8A9A]), &mut out[..1]).unwrap();
        assert_eq!(out[0].to_bits(), 0x264C_605B);
        slice::add(&p32(&[0xFFFF_FFFD]), &p32(&[0xFFFF_FFFE]), &mut out[..1]).unwrap();
        assert_eq!(out[0].to_bits(), 0xFFFF_FFFD);
        let mut out = [P16::ZERO; 4];
        slice::sqrt(&[0x2FFF, 0x3FFF, 0x4FFF, 0x5FFF].map(P16::from_bits), &mut out).unwrap();
        assert_eq!(out.map(P16::to_bits), [0x37FF, 0x3FFF, 0x47FF, 0x4FFF]);
        let mut out = [P16E1::ZERO];
        slice::mul(&[P16E1::from_bits(0x2829)], &[P16E1::from_bits(0x2419)], &mut out).unwrap();
        assert_eq!(out[0].to_bits(), 0x172D);
        slice::div(&[P16E1::from_bits(0x0A0B)], &[P16E1::from_bits(0x123F)], &mut out).unwrap();
        assert_eq!(out[0].to_bits(), 0x22DF);
        let (a, b, c) = ([P16::from_bits(0x7680)], [P16::from_bits(0x6128)], [P16::from_bits(1)]);
        let mut out = [P16::ZERO];
        slice::mul_add(&a, &b, &c, &mut out).unwrap();
        assert_eq!(out[0].to_bits(), 0x7B9D);
    });
}

#[test]
fn every_length_and_every_start() {
    fn at<const N: u32, const ES: u32, S: Storage>(lengths: RangeInclusive<usize>) {
        let mut random = Random(77);
        let a = structured::<N, ES, S>(&mut random, 220);
        let b = structured::<N, ES, S>(&mut random, 220);
        let mut single = vec![0f32; 220];
        slice::to_f32(&a, &mut single).unwrap();
        for length in lengths {
            for start in 0..=32 {
                let (x, y) = (&a[start..start + length], &b[33 - start..][..length]);
                binary(x, y);
                ternary(x, y, &a[..length]);
                unary(x);
                // What stands around the output is left alone.
                let mut out = [P::<N, ES, S>::NAR; 220];
                slice::from_f32(&single[start..start + length], &mut out[7..7 + length]).unwrap();
                same(
                    &out[7..7 + length],
                    "from_f32",
                    |i| format!("{:e}", single[start + i]),
                    |i| P::from_f32(single[start + i]),
                );
                assert!(out[..7].iter().chain(&out[7 + length..]).all(|x| x.is_nar()));
            }
        }
    }
    on_every_backend(|| {
        at::<8, 2, u8>(0..=70);
        at::<16, 2, u16>(0..=70);
        at::<32, 2, u32>(0..=70);
        at::<16, 2, u16>(126..=130);
        at::<5, 0, u8>(63..=66);
    });
}

#[test]
fn lengths_that_differ_are_errors_and_change_nothing() {
    let a = [P16::ONE; 3];
    let mut out = [P16::PI; 2];
    assert_eq!(slice::add(&a, &a, &mut out), Err(ShapeError::Length { left: 3, right: 2 }));
    assert_eq!(slice::add(&a, &a[1..], &mut out), Err(ShapeError::Length { left: 3, right: 2 }));
    assert_eq!(slice::mul_add(&a, &a, &a[2..], &mut out), Err(ShapeError::Length { left: 3, right: 1 }));
    assert_eq!(slice::from_f32(&[0.0; 4], &mut out), Err(ShapeError::Length { left: 4, right: 2 }));
    assert_eq!(slice::to_f64(&a, &mut []), Err(ShapeError::Length { left: 3, right: 0 }));
    assert_eq!(out, [P16::PI; 2]);
    assert_eq!(slice::add::<8, 2, u8>(&[], &[], &mut []), Ok(()));
}

#[test]
#[cfg(feature = "half")]
fn every_half_float() {
    use half::{bf16, f16};
    fn at<const N: u32, const ES: u32, S: Storage>() {
        let (h, b): (Vec<_>, Vec<_>) =
            (0..=u16::MAX).map(|x| (f16::from_bits(x), bf16::from_bits(x))).unzip();
        let mut out = vec![P::<N, ES, S>::ONE; 1 << 16];
        slice::from_f16(&h, &mut out).unwrap();
        same(&out, "from_f16", |i| format!("{:?}", h[i]), |i| P::from_f16(h[i]));
        slice::from_bf16(&b, &mut out).unwrap();
        same(&out, "from_bf16", |i| format!("{:?}", b[i]), |i| P::from_bf16(b[i]));
    }
    on_every_backend(|| {
        formats! { at: u8, 2: 3 8; u16, 2: 16; u16, 4: 16; u32, 2: 27 32; u64, 2: 40; }
    });
}

/// Bits of all results of 64-bit posits and of 8-bit ones are those of the methods; here that a forced
/// backend is a real choice.
#[test]
fn the_portable_backend_is_always_there() {
    on_every_backend(|| {
        let mut out = [P64::ZERO];
        slice::div(&[P64::ONE], &[P64::from_f64(3.0)], &mut out).unwrap();
        assert_eq!(out[0], P64::ONE.div(P64::from_f64(3.0)));
        let mut out = [P8::ZERO];
        slice::div(&[P8::ONE], &[P8::ZERO], &mut out).unwrap();
        assert!(out[0].is_nar());
    });
}

#[test]
fn sums_in_f32_are_the_documented_ones() {
    fn at<const N: u32, const ES: u32, S: Storage>() {
        let mut random = Random(5);
        for (rows, columns) in [(1, 1), (3, 64), (2, 200), (5, 63), (4, 0), (0, 7)] {
            let weights = structured::<N, ES, S>(&mut random, 40 + rows * columns)[40..].to_vec();
            let x: Vec<f32> = (0..columns).map(|_| (random.next() >> 40) as f32 / 4096.0 - 2048.0).collect();
            let expected = |row: usize| {
                let mut sums = [0f32; 64];
                for (i, (w, x)) in weights[row * columns..].iter().zip(&x).enumerate() {
                    sums[i % 64] += w.to_f32() * x;
                }
                for half in [32, 16, 8, 4, 2, 1] {
                    (0..half).for_each(|i| sums[i] += sums[half + i]);
                }
                sums[0]
            };
            let mut out = vec![1f32; rows];
            slice::mat_vec_f32(&weights, &x, &mut out).unwrap();
            for (row, y) in out.iter().enumerate() {
                assert!(
                    *y == expected(row) || (y.is_nan() && expected(row).is_nan()),
                    "{y} {}",
                    expected(row)
                );
            }
            if rows == 1 {
                assert_eq!(slice::dot_f32(&weights, &x).map(f32::to_bits), Ok(out[0].to_bits()));
            }
            assert!(slice::mat_vec_f32(&weights, &x, &mut vec![0.0; rows + 1]).is_err() || columns == 0);
        }
    }
    on_every_backend(|| {
        at::<8, 2, u8>();
        at::<16, 1, u16>();
    });
}
