//! Slices against single posits: all pairs of 16 bits, and a thousand million random pairs of 32 bits an operation.
//! Ignored; `scripts/campaign-slices` runs them.

use std::time::Instant;

use posit::slice;
use posit::{P16, P32, ShapeError};

type Slices<T> = fn(&[T], &[T], &mut [T]) -> Result<(), ShapeError>;

/// All pairs, on what the machine has.
fn all_pairs(name: &str, on_slices: Slices<P16>, on_one: fn(P16, P16) -> P16) {
    let start = Instant::now();
    let b: Vec<P16> = (0..=u16::MAX).map(P16::from_bits).collect();
    let mut out = b.clone();
    let mut wrong = 0u64;
    for x in 0..=u16::MAX {
        let a = vec![P16::from_bits(x); b.len()];
        on_slices(&a, &b, &mut out).unwrap();
        wrong += out.iter().zip(&b).filter(|(out, b)| **out != on_one(a[0], **b)).count() as u64;
    }
    println!("| `P16` slices: {name} | all 2^32 pairs | {wrong} | {} s |", start.elapsed().as_secs());
    assert_eq!(wrong, 0);
}

/// Random pairs, a quarter of them with the same length of regime, where sums cancel and products are long.
fn random_pairs(name: &str, on_slices: Slices<P32>, on_one: fn(P32, P32) -> P32) {
    const LENGTH: usize = 1 << 16;
    const ROUNDS: usize = 15_259;
    let start = Instant::now();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    };
    let (mut a, mut b) = (vec![P32::ZERO; LENGTH], vec![P32::ZERO; LENGTH]);
    let mut out = a.clone();
    let mut wrong = 0u64;
    for _ in 0..ROUNDS {
        for (a, b) in a.iter_mut().zip(&mut b) {
            let (x, y) = (next(), next());
            *a = P32::from_bits((x >> 32) as u32);
            *b = P32::from_bits(if x & 3 == 0 {
                // The leading bits of `a`, or of its negation.
                (x >> 32) as u32 ^ ((y >> 40) as u32) ^ if x & 4 == 0 { u32::MAX } else { 0 }
            } else {
                (y >> 32) as u32
            });
        }
        on_slices(&a, &b, &mut out).unwrap();
        let expected = a.iter().zip(&b).map(|(a, b)| on_one(*a, *b));
        wrong += out.iter().zip(expected).filter(|(out, expected)| **out != *expected).count() as u64;
    }
    let pairs = LENGTH * ROUNDS;
    println!("| `P32` slices: {name} | {pairs} random pairs | {wrong} | {} s |", start.elapsed().as_secs());
    assert_eq!(wrong, 0);
}

#[test]
#[ignore = "minutes"]
fn p16() {
    all_pairs("a + b", slice::add, P16::add);
    all_pairs("a * b", slice::mul, P16::mul);
    all_pairs("a / b", slice::div, P16::div);
}

#[test]
#[ignore = "minutes"]
fn p32() {
    random_pairs("a + b", slice::add, P32::add);
    random_pairs("a - b", slice::sub, P32::sub);
    random_pairs("a * b", slice::mul, P32::mul);
    random_pairs("a / b", slice::div, P32::div);
}
