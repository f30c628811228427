//! The arithmetics that are compared.

use crate::accumulate::{Accumulate, Fused, Rounded};
use crate::fixed::Fixed;
use crate::forward::Forward;
use crate::number::Number;
use half::{bf16, f16};
use nncompress::data::Samples;
use nncompress::evaluate::Score;
use nncompress::network::Network;
use posit::Posit;
use rayon::prelude::*;

/// Scores a network whose batch norm has been folded.
pub type Run = fn(&Network, &Samples, &[u32]) -> anyhow::Result<Score>;

/// One arithmetic.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// As tables name it: `posit<8,2>`, `fixed<8,5>`, `bf16`.
    pub name: &'static str,
    /// Rows of one family show the best of its members; it is the name where there is one member.
    pub family: &'static str,
    /// Every operation rounds.
    pub rounded: Run,
    /// A sum of products rounds once.
    pub fused: Run,
}

fn score<T: Number, A: Accumulate<T>>(
    network: &Network,
    samples: &Samples,
    labels: &[u32],
) -> anyhow::Result<Score> {
    let forward = Forward::<T>::new(network);
    let shape: Vec<usize> = core::iter::once(1).chain(samples.shape.iter().skip(1).copied()).collect();
    let right = |(index, label): (usize, &u32)| {
        let outputs = forward.run::<A>(&shape, &samples.range(index, index + 1).data)?;
        // The first of equal outputs, as ONNX's ArgMax; a NaR or NaN is never the largest.
        let mut best = 0;
        for (class, output) in outputs.iter().enumerate() {
            if outputs[best] < *output {
                best = class;
            }
        }
        Ok(u32::try_from(best)? == *label)
    };
    let right: anyhow::Result<Vec<bool>> = labels.par_iter().enumerate().map(right).collect();
    let right = right?;
    Ok(Score { correct: right.iter().filter(|right| **right).count(), total: labels.len() })
}

macro_rules! kinds {
    ($($family:literal: $($name:literal $t:ty),+;)*) => {
        /// Every arithmetic, by families.
        pub const KINDS: &[Kind] = &[$($(
            Kind { name: $name, family: $family, rounded: score::<$t, Rounded>, fused: score::<$t, Fused> },
        )+)*];
    };
}
kinds! {
    "f32": "f32" f32;
    "f16": "f16" f16;
    "bf16": "bf16" bf16;
    "posit, 16 bits": "posit<16,2>" Posit<16, 2>, "posit<16,1>" Posit<16, 1>;
    "posit, 8 bits": "posit<8,2>" Posit<8, 2>, "posit<8,1>" Posit<8, 1>, "posit<8,0>" Posit<8, 0>;
    "fixed, 8 bits": "fixed<8,0>" Fixed<8, 0>, "fixed<8,1>" Fixed<8, 1>, "fixed<8,2>" Fixed<8, 2>,
        "fixed<8,3>" Fixed<8, 3>, "fixed<8,4>" Fixed<8, 4>, "fixed<8,5>" Fixed<8, 5>, "fixed<8,6>" Fixed<8, 6>,
        "fixed<8,7>" Fixed<8, 7>;
    "posit, 7 bits": "posit<7,2>" Posit<7, 2>, "posit<7,1>" Posit<7, 1>, "posit<7,0>" Posit<7, 0>;
    "posit, 6 bits": "posit<6,2>" Posit<6, 2>, "posit<6,1>" Posit<6, 1>, "posit<6,0>" Posit<6, 0>;
    "fixed, 6 bits": "fixed<6,1>" Fixed<6, 1>, "fixed<6,2>" Fixed<6, 2>, "fixed<6,3>" Fixed<6, 3>,
        "fixed<6,4>" Fixed<6, 4>, "fixed<6,5>" Fixed<6, 5>;
    "posit, 5 bits": "posit<5,2>" Posit<5, 2>, "posit<5,1>" Posit<5, 1>, "posit<5,0>" Posit<5, 0>;
    "fixed, 5 bits": "fixed<5,1>" Fixed<5, 1>, "fixed<5,2>" Fixed<5, 2>, "fixed<5,3>" Fixed<5, 3>,
        "fixed<5,4>" Fixed<5, 4>;
}
