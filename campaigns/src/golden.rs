//! Writes `crates/posit/tests/functions_golden/table.rs`: what MPFR says, for a test without MPFR.

use crate::border::nearness;
use crate::generate::Random;
use crate::reference::{binary, with_integer};
use crate::reference::{number, unary, verdict};
use crate::{of_integer, of_one, of_two};

/// FNV-1a over the results, 8 bytes each.
fn hash(state: u64, result: u64) -> u64 {
    result.to_le_bytes().iter().fold(state, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3))
}

const START: u64 = 0xCBF2_9CE4_8422_2325;

/// One hash a function and format, of the results for all inputs; each result checked by MPFR first.
fn hashes() {
    println!("/// The hash of all results: function, N, ES.");
    println!("pub const ONE: &[(&str, u32, u32, u64)] = &[");
    for (n, es) in [(8, 0), (8, 2), (10, 3), (12, 1), (16, 1), (16, 2)] {
        for (name, ours, theirs) in of_one(n, es) {
            let mut state = START;
            for x in 0..1u64 << n {
                let result = ours(x);
                assert!(verdict(n, es, result, 128, &mut unary(theirs, &number(n, es, x))).0);
                state = hash(state, result);
            }
            println!("    (\"{name}\", {n}, {es}, {state:#018X}),");
        }
    }
    println!("];\n");
    println!("/// The same for pairs of posits.");
    println!("pub const TWO: &[(&str, u32, u32, u64)] = &[");
    for (n, es) in [(5, 4), (6, 4), (8, 0), (8, 2)] {
        for (name, ours, theirs) in of_two(n, es) {
            let mut state = START;
            for x in 0..1u64 << n {
                let a = number(n, es, x);
                for y in 0..1u64 << n {
                    let result = ours(x, y);
                    assert!(verdict(n, es, result, 128, &mut binary(theirs, &a, &number(n, es, y))).0);
                    state = hash(state, result);
                }
            }
            println!("    (\"{name}\", {n}, {es}, {state:#018X}),");
        }
    }
    println!("];\n");
    println!("/// The same for posits and the integers from -40 to 40.");
    println!("pub const INTEGER: &[(&str, u32, u32, u64)] = &[");
    for (n, es) in [(5, 4), (8, 0), (8, 2), (10, 1)] {
        for (name, ours, theirs) in of_integer(n, es) {
            let mut state = START;
            for x in 0..1u64 << n {
                let a = number(n, es, x);
                for k in -40..=40 {
                    let result = ours(x, k);
                    assert!(verdict(n, es, result, 128, &mut with_integer(theirs, &a, k)).0);
                    state = hash(state, result);
                }
            }
            println!("    (\"{name}\", {n}, {es}, {state:#018X}),");
        }
    }
    println!("];\n");
}

/// The hardest of many random inputs: those whose results are nearest to a border.
fn hard() {
    println!(
        "/// Inputs whose results are within `2^-nearness` of a border: function, N, input, result, nearness."
    );
    println!("pub const HARD: &[(&str, u32, u64, u64, u32)] = &[");
    for n in [32, 64] {
        let mut random = Random(u64::from(n));
        for (name, ours, theirs) in of_one(n, 2) {
            let mut found = Vec::new();
            for _ in 0..30_000 {
                let x = random.pattern(n);
                let result = ours(x);
                let (right, v) = verdict(n, 2, result, 256, &mut unary(theirs, &number(n, 2, x)));
                assert!(right);
                if !v.is_nan() && !v.is_infinite() && !v.is_zero() {
                    found.push((nearness(n, 2, result, &v), x, result));
                }
            }
            found.sort();
            found.dedup();
            for (near, x, result) in found.into_iter().filter(|f| f.0 > -1000).take(4) {
                println!("    (\"{name}\", {n}, {x:#X}, {result:#X}, {}),", -near);
            }
        }
    }
    println!("];");
}

pub fn print() {
    println!("//! Results that MPFR has confirmed. Written by `campaigns golden`.\n");
    hashes();
    hard();
}
