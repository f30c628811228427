//! Campaigns: the functions of `posit` against MPFR. Each prints one line per function and format:
//! `function | format | inputs | mismatches | seconds`. `scripts/campaign-functions` runs them all.

mod border;
mod directed;
mod filter;
mod formats;
mod generate;
mod golden;
mod reference;
mod speed;

use core::fmt::LowerHex;
use formats::{Integer, One, Two};
use generate::Random;
use reference::{binary, number, unary, verdict, with_integer};
use std::time::Instant;

/// Counts the verdicts of one function and prints the line.
pub struct Tally {
    name: String,
    start: Instant,
    inputs: u64,
    wrong: u64,
}

impl Tally {
    pub fn new(name: &str, n: u32, es: u32) -> Self {
        Self { name: format!("{name} | <{n},{es}>"), start: Instant::now(), inputs: 0, wrong: 0 }
    }

    pub fn count(&mut self, right: bool, input: impl LowerHex, other: impl LowerHex, result: u64) {
        self.inputs += 1;
        if !right {
            self.wrong += 1;
            if self.wrong <= 5 {
                eprintln!("{}: {input:#x} {other:#x} gives {result:#x}", self.name);
            }
        }
    }

    pub fn finish(self) {
        println!(
            "{} | {} | {} | {:.1}",
            self.name,
            self.inputs,
            self.wrong,
            self.start.elapsed().as_secs_f64()
        );
    }
}

/// The precision of the first try.
fn first(n: u32) -> u32 {
    2 * n + 64
}

fn all_of_one(n: u32, es: u32, functions: &[One]) {
    for &(name, ours, theirs) in functions {
        let mut tally = Tally::new(name, n, es);
        for x in 0..1u64 << n {
            let result = ours(x);
            let right = verdict(n, es, result, first(n), &mut unary(theirs, &number(n, es, x))).0;
            tally.count(right, x, 0, result);
        }
        tally.finish();
    }
}

fn all_of_two(n: u32, es: u32, functions: &[Two]) {
    for &(name, ours, theirs) in functions {
        let mut tally = Tally::new(name, n, es);
        for x in 0..1u64 << n {
            let a = number(n, es, x);
            for y in 0..1u64 << n {
                let result = ours(x, y);
                let right = verdict(n, es, result, first(n), &mut binary(theirs, &a, &number(n, es, y))).0;
                tally.count(right, x, y, result);
            }
        }
        tally.finish();
    }
}

fn all_of_integer(n: u32, es: u32, functions: &[Integer]) {
    for &(name, ours, theirs) in functions {
        let mut tally = Tally::new(name, n, es);
        for x in 0..1u64 << n {
            let a = number(n, es, x);
            let far = [1000, -1000, 65535, -65536, i32::MAX, i32::MIN];
            for k in (-40..=40).chain(far) {
                let result = ours(x, k);
                let right = verdict(n, es, result, first(n), &mut with_integer(theirs, &a, k)).0;
                tally.count(right, x, k, result);
            }
        }
        tally.finish();
    }
}

fn random(n: u32, es: u32, one: &[One], two: &[Two], integers: &[Integer], count: u64, seed: u64) {
    let mut random = Random(seed);
    for &(name, ours, theirs) in one {
        let mut tally = Tally::new(name, n, es);
        for _ in 0..count {
            let x = random.pattern(n);
            let result = ours(x);
            let right = verdict(n, es, result, first(n), &mut unary(theirs, &number(n, es, x))).0;
            tally.count(right, x, 0, result);
        }
        tally.finish();
    }
    for &(name, ours, theirs) in two {
        let mut tally = Tally::new(name, n, es);
        for _ in 0..count {
            let (x, y) = (random.pattern(n), random.pattern(n));
            let result = ours(x, y);
            let (a, b) = (number(n, es, x), number(n, es, y));
            let right = verdict(n, es, result, first(n), &mut binary(theirs, &a, &b)).0;
            tally.count(right, x, y, result);
        }
        tally.finish();
    }
    for &(name, ours, theirs) in integers {
        let mut tally = Tally::new(name, n, es);
        for _ in 0..count {
            let x = random.pattern(n);
            // Magnitudes of every length.
            let k = random.next() as i32 >> random.below(32);
            let result = ours(x, k);
            let right = verdict(n, es, result, first(n), &mut with_integer(theirs, &number(n, es, x), k)).0;
            tally.count(right, x, k, result);
        }
        tally.finish();
    }
}

macro_rules! formats {
    ($n:expr, $es:expr, $f:ident: $($N:literal)*) => {
        match ($n, $es) {
            $(($N, 0) => formats::$f::<$N, 0>(), ($N, 1) => formats::$f::<$N, 1>(), ($N, 2) => formats::$f::<$N, 2>(),
              ($N, 3) => formats::$f::<$N, 3>(), ($N, 4) => formats::$f::<$N, 4>(),)*
            (n, es) => panic!("<{n},{es}> is not among the formats of the campaigns"),
        }
    };
}

fn of_one(n: u32, es: u32) -> Vec<One> {
    formats!(n, es, unary: 3 4 5 6 7 8 9 10 11 12 13 14 15 16 20 24 31 32 33 40 48 56 63 64)
}

fn of_two(n: u32, es: u32) -> Vec<Two> {
    formats!(n, es, binary: 3 4 5 6 7 8 9 10 11 12 13 14 15 16 20 24 31 32 33 40 48 56 63 64)
}

fn of_integer(n: u32, es: u32) -> Vec<Integer> {
    formats!(n, es, integer: 3 4 5 6 7 8 9 10 11 12 13 14 15 16 20 24 31 32 33 40 48 56 63 64)
}

const USAGE: &str = "campaigns unary|binary|integer FROM TO, for all inputs of N in FROM..=TO and all ES
campaigns random N ES COUNT SEED [FUNCTION], for all functions
campaigns directed N ES COUNT SEED, inputs whose results are next to a border
campaigns p32 FUNCTION|all STRIDE START, for every STRIDE-th input, through a filter in f64
campaigns pairs N ES COUNT SEED [FUNCTION], random pairs of two arguments, for N <= 32 and ES <= 2, through that filter
campaigns golden, writes the tables of crates/posit/tests
campaigns speed";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let text = |i: usize| arguments.get(i).map_or("", String::as_str);
    let at =
        |i: usize| text(i).parse::<u64>().unwrap_or_else(|_| panic!("a number as argument {i}\n{USAGE}"));
    match text(1) {
        kind @ ("unary" | "binary" | "integer") => {
            for n in at(2) as u32..=at(3) as u32 {
                for es in 0..=4 {
                    match kind {
                        "unary" => all_of_one(n, es, &of_one(n, es)),
                        "binary" => all_of_two(n, es, &of_two(n, es)),
                        _ => all_of_integer(n, es, &of_integer(n, es)),
                    }
                }
            }
        }
        "random" => {
            let (n, es) = (at(2) as u32, at(3) as u32);
            let (mut one, mut two, mut integers) = (of_one(n, es), of_two(n, es), of_integer(n, es));
            if !text(6).is_empty() {
                one.retain(|f| f.0 == text(6));
                two.retain(|f| f.0 == text(6));
                integers.retain(|f| f.0 == text(6));
            }
            random(n, es, &one, &two, &integers, at(4), at(5));
        }
        "directed" => {
            let (n, es) = (at(2) as u32, at(3) as u32);
            directed::run(n, es, &of_one(n, es), at(4), at(5));
            directed::run_two(n, es, &of_two(n, es), &of_integer(n, es), at(4));
        }
        "p32" => filter::run(text(2), at(3), at(4)),
        "pairs" => filter::run_pairs(at(2) as u32, at(3) as u32, text(6), at(4), at(5)),
        "golden" => golden::print(),
        "speed" => speed::run(),
        _ => eprintln!("{USAGE}"),
    }
}
