//! Slices against the methods of one posit, bit for bit, on every backend of the machine.
//!
//! `cargo test -p posit --test slices`.

mod check;

use core::ops::RangeInclusive;

use check::{P, Random, all, binary, borders, floats, formats, on_every_backend, same, ternary, unary};
use posit::{P8, P16, P16E1, P32, P64, Packed, ShapeError, Storage, slice};

#[test]
fn all_patterns_up_to_16_bits() {
    fn at<const N: u32, const ES: u32, S: Storage>() {
        unary(&all::<N, ES, S>());
        floats::<N, ES, S>(&borders::<N, ES>(1..(1 << (N - 1)) - 1));
    }
    on_every_backend(|| {
        formats! { at: u8, 0: 5 8; u8, 1: 4 8; u8, 2: 3 8; u8, 3: 6 8; u16, 2: 9 16; u16, 1: 16; u16, 4: 16; }
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
        formats! { at: u8, 0: 5 8; u8, 2: 7 8; u8, 3: 8; u8, 4: 8; }
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
        // Rows that end within a vector and within a byte, and one beyond what is laid out at a time.
        for (rows, columns) in
            [(1, 1), (3, 64), (2, 200), (5, 63), (4, 0), (0, 7), (3, 8), (2, 40), (7, 32), (2, 4232)]
        {
            let mut weights: Vec<P<N, ES, S>> =
                (0..rows * columns).map(|_| P::from_word(random.next())).collect();
            // NaR in the last row alone.
            let last = weights.len().saturating_sub(columns);
            weights.iter_mut().take(last).filter(|x| x.is_nar()).for_each(|x| *x = P::ZERO);
            let x: Vec<f32> = (0..columns).map(|_| (random.next() >> 40) as f32 / 4096.0 - 2048.0).collect();
            let expected: Vec<f32> = (0..rows)
                .map(|row| {
                    let mut sums = [0f32; 32];
                    for (i, (w, x)) in weights[row * columns..].iter().zip(&x).enumerate() {
                        sums[i % 32] += w.to_f32() * x;
                    }
                    for half in [16, 8, 4, 2, 1] {
                        (0..half).for_each(|i| sums[i] += sums[half + i]);
                    }
                    sums[0]
                })
                .collect();
            let is_expected = |out: &[f32]| {
                for (y, expected) in out.iter().zip(&expected) {
                    let same = y.to_bits() == expected.to_bits() || y.is_nan() && expected.is_nan();
                    assert!(same, "Posit<{N}, {ES}>, {rows} rows of {columns}: {y}, not {expected}");
                }
            };
            let mut out = vec![1f32; rows];
            slice::mat_vec_f32(&weights, &x, &mut out).unwrap();
            is_expected(&out);
            if rows == 1 {
                assert_eq!(slice::dot_f32(&weights, &x).map(f32::to_bits), Ok(out[0].to_bits()));
            }
            let mut bytes = vec![0; Packed::<N, ES, S>::bytes(weights.len()).unwrap()];
            Packed::pack(&weights, &mut bytes).unwrap();
            out.fill(1.0);
            Packed::<N, ES, S>::new(&bytes, weights.len()).unwrap().mat_vec_f32(&x, &mut out).unwrap();
            is_expected(&out);
            assert!(slice::mat_vec_f32(&weights, &x, &mut vec![0.0; rows + 1]).is_err() || columns == 0);
        }
    }
    on_every_backend(|| {
        formats! { at: u8, 0: 4 5 8; u8, 1: 3 8; u8, 2: 6 7 8; u8, 4: 5 8; u16, 1: 13 16; }
        at::<5, 1, u16>();
    });
}

#[test]
fn sums_in_f64_are_the_documented_ones() {
    fn at<const N: u32, const ES: u32, S: Storage>() {
        let mut random = Random(6);
        for len in [0, 1, 31, 64, 200] {
            let weights: Vec<P<N, ES, S>> = (0..len).map(|_| P::from_word(random.next() >> 1 | 1)).collect();
            let x: Vec<f64> = (0..len).map(|_| (random.next() >> 11) as f64 - 2e15).collect();
            let mut sums = [0f64; 32];
            (0..len).for_each(|i| sums[i % 32] += weights[i].to_f64() * x[i]);
            for half in [16, 8, 4, 2, 1] {
                (0..half).for_each(|i| sums[i] += sums[half + i]);
            }
            let nar = weights.iter().any(|x| x.is_nar());
            assert!(nar || slice::dot_f64(&weights, &x).map(f64::to_bits) == Ok(sums[0].to_bits()));
            assert_eq!(nar, slice::dot_f64(&weights, &x).is_ok_and(f64::is_nan));
            assert!(slice::dot_f64(&weights, &[0.0; 7]).is_err());
        }
    }
    on_every_backend(|| {
        formats! { at: u8, 2: 8; u16, 1: 16; u32, 2: 32; u64, 2: 50; }
    });
}

/// One product against three plain loops.
fn product_of_matrices<const N: u32, const ES: u32, S: Storage>(
    random: &mut Random,
    [rows, inner, columns]: [usize; 3],
) {
    // NaR in the last row alone.
    let mut weights: Vec<P<N, ES, S>> = (0..rows * inner).map(|_| P::from_word(random.next())).collect();
    let last = weights.len().saturating_sub(inner);
    weights.iter_mut().take(last).filter(|x| x.is_nar()).for_each(|x| *x = P::ONE);
    let floats: Vec<f32> = weights.iter().map(|x| x.to_f32()).collect();
    let x: Vec<f32> = (0..inner * columns).map(|_| (random.next() >> 40) as f32 / 4096.0 - 2048.0).collect();
    let mut out = vec![1f32; rows * columns];
    slice::mat_mul_f32(&weights, &x, inner, &mut out).unwrap();
    for row in 0..rows {
        for column in 0..columns {
            let expected =
                (0..inner).fold(0f32, |sum, k| sum + floats[row * inner + k] * x[k * columns + column]);
            let y = out[row * columns + column];
            assert!(
                y.to_bits() == expected.to_bits() || y.is_nan() && expected.is_nan(),
                "Posit<{N}, {ES}>, {rows} × {inner} × {columns}, {row}, {column}: {y}, not {expected}"
            );
        }
    }
    assert!(slice::mat_mul_f32(&weights, &x, 0, &mut out).is_err());
    assert!(slice::mat_mul_f32(&weights, &x, inner, &mut [0.0; 1000]).is_err());
}

#[test]
fn products_of_matrices_are_sums_in_order() {
    fn at<const N: u32, const ES: u32, S: Storage>() {
        let mut random = Random(8);
        // Around the blocks of 24 rows, 64 weights and 16 columns; none of some.
        for sizes in [
            [4, 64, 16],
            [5, 65, 17],
            [3, 130, 41],
            [25, 63, 15],
            [49, 129, 33],
            [23, 191, 7],
            [0, 3, 5],
            [2, 2, 0],
        ] {
            product_of_matrices::<N, ES, S>(&mut random, sizes);
        }
    }
    on_every_backend(|| {
        formats! { at: u8, 2: 8; u8, 0: 5; u16, 2: 16; u64, 2: 64; }
        let mut random = Random(9);
        for size in 0..20 * 20 * 20 {
            let sizes = [1 + size % 20, 1 + size / 20 % 20, 1 + size / 400];
            product_of_matrices::<8, 2, u8>(&mut random, sizes);
        }
    });
}
