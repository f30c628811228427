//! Slices of every format against single posits: what one argument has to do with to 16 bits, all pairs to 8.
//! Not built by `cargo test`, as a hundred formats take minutes to compile; `scripts/campaign-slices` does.

#[path = "slices/check.rs"]
#[expect(dead_code, reason = "shared with the tests of the slices")]
mod check;

use std::time::Instant;

use check::{all, binary, borders, floats, formats, on_every_backend, unary};
use posit::Storage;

#[test]
fn all_patterns_up_to_16_bits() {
    fn at<const N: u32, const ES: u32, S: Storage>() {
        unary(&all::<N, ES, S>());
        floats::<N, ES, S>(&borders::<N, ES>(1..(1 << (N - 1)) - 1));
    }
    let start = Instant::now();
    on_every_backend(|| {
        formats! {
            at: u8, 0: 3 4 5 6 7 8; u8, 1: 3 4 5 6 7 8; u8, 2: 3 4 5 6 7 8; u8, 3: 3 4 5 6 7 8; u8, 4: 3 4 5 6 7 8;
            u16, 0: 9 10 11 12 13 14 15 16; u16, 1: 9 10 11 12 13 14 15 16; u16, 2: 9 10 11 12 13 14 15 16;
            u16, 3: 9 10 11 12 13 14 15 16; u16, 4: 9 10 11 12 13 14 15 16;
        }
    });
    println!(
        "| slices of `N` 3..=16, `ES` 0..=4: neg, abs, sqrt, to and from f32, f64, f16, bf16 | all patterns, \
         all borders and their neighbours; forced portable, forced AVX2 | 0 | {} s |",
        start.elapsed().as_secs()
    );
}

#[test]
fn all_pairs_up_to_8_bits() {
    fn at<const N: u32, const ES: u32, S: Storage>() {
        let patterns = all::<N, ES, S>();
        for turn in 0..patterns.len() {
            let mut turned = patterns.clone();
            turned.rotate_left(turn);
            binary(&turned, &patterns);
        }
    }
    let start = Instant::now();
    on_every_backend(|| {
        formats! {
            at: u8, 0: 3 4 5 6 7 8; u8, 1: 3 4 5 6 7 8; u8, 2: 3 4 5 6 7 8; u8, 3: 3 4 5 6 7 8; u8, 4: 3 4 5 6 7 8;
        }
    });
    println!(
        "| slices of `N` 3..=8, `ES` 0..=4: add, sub, mul, div, min, max, order, scale | all pairs; forced \
         portable, forced AVX2 | 0 | {} s |",
        start.elapsed().as_secs()
    );
}
