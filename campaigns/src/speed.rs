//! Time per call, the least of 21 batches.

use crate::generate::Random;
use crate::{of_one, of_two};
use core::hint::black_box;
use std::time::Instant;

fn least(mut batch: impl FnMut()) -> f64 {
    let mut least = f64::MAX;
    for _ in 0..21 {
        let start = Instant::now();
        batch();
        least = least.min(start.elapsed().as_secs_f64());
    }
    least
}

/// All functions on posits of the size of a weight: `2^-8` to `2^8`, both signs where that is in the domain.
pub fn run() {
    let mut random = Random(1);
    for n in [16, 32, 64] {
        let mut inputs = Vec::new();
        while inputs.len() < 1024 {
            let x = random.next() >> (64 - n);
            let regime = (x >> (n - 4)) & 7;
            if (1..7).contains(&regime) {
                inputs.push(x);
            }
        }
        for (name, f, _) in of_one(n, 2) {
            let domain: Vec<u64> = inputs.iter().copied().filter(|&x| f(x) != 1 << (n - 1)).collect();
            let time = least(|| {
                domain.iter().for_each(|&x| {
                    black_box(f(black_box(x)));
                })
            });
            println!("{name} | <{n},2> | {:.0} ns", time * 1e9 / domain.len() as f64);
        }
        for (name, f, _) in of_two(n, 2) {
            let pairs: Vec<(u64, u64)> = inputs
                .iter()
                .zip(inputs.iter().rev())
                .map(|(&x, &y)| (x, y))
                .filter(|&(x, y)| f(x, y) != 1 << (n - 1))
                .collect();
            let time = least(|| {
                pairs.iter().for_each(|&(x, y)| {
                    black_box(f(black_box(x), black_box(y)));
                })
            });
            println!("{name} | <{n},2> | {:.0} ns", time * 1e9 / pairs.len() as f64);
        }
    }
}
