//! `f32` to posit and back, one value at a time.
//!
//! The random floats are those nearest to random 32-bit posits: as many exponents as that format has, and
//! fractions to be rounded. `half` is no rival, as its formats are others; it is there as a scale.

use benches::data::{COUNT, TOTAL, patterns, weights};
use benches::row::{Bits, Reach, Row, Run, Suite};
use half::f16;
use oracle::ieee;
use posit::{P8, P16, P32, P64};

use crate::number::Number;

macro_rules! convert {
    ($suite:ident, $n:literal: $from:expr, $to:expr; $ours:ty, $($rival:ty),*) => {
        for (inputs, floats) in [("random", random()), ("weights", normal())] {
            let floats = floats.as_slice();
            let asked = |reach| if inputs == "random" { reach } else { Reach::Open };
            let name = concat!("f32 to posit P", $n);
            if $suite.wants(name) {
                $suite.row(Row {
                    name: name.to_owned(),
                    inputs,
                    elements: COUNT,
                    reach: asked($from),
                    expected: floats.iter().take(COUNT).map(|x| ieee::posit_of_f64($n, 2, f64::from(*x))).collect(),
                    ours: convert!(@ from $ours, floats),
                    rivals: vec![$(convert!(@ from $rival, floats)),*],
                    scale: None,
                });
            }
            let name = concat!("posit to f32 P", $n);
            if $suite.wants(name) {
                let posits: Vec<_> = match inputs {
                    "random" => patterns(4, $n, TOTAL).into_iter().map(|x| <$ours>::from_word(x).to_bits()).collect(),
                    _ => floats.iter().map(|x| <$ours>::from_f32(*x).to_bits()).collect(),
                };
                let posits = posits.as_slice();
                $suite.row(Row {
                    name: name.to_owned(),
                    inputs,
                    elements: COUNT,
                    reach: asked($to),
                    expected: posits.iter().take(COUNT).map(|x| ieee::posit_to_f32($n, 2, x.bits()).bits()).collect(),
                    ours: convert!(@ to $ours, posits),
                    rivals: vec![$(convert!(@ to $rival, posits)),*],
                    scale: None,
                });
            }
        }
    };
    (@ from $t:ty, $floats:expr) => {
        Run::each1(<$t>::LIBRARY, $floats, |x| <$t>::of_f32(x).word())
    };
    (@ to $t:ty, $posits:expr) => {
        Run::each1(<$t>::LIBRARY, $posits, |x| <$t>::of(x).f32())
    };
}

fn random() -> Vec<f32> {
    patterns(5, 32, TOTAL).into_iter().map(|x| P32::from_word(x).to_f32()).collect()
}

fn normal() -> Vec<f32> {
    weights(5, TOTAL).into_iter().map(|x| x as f32).collect()
}

/// All rows of this file.
pub fn rows(suite: &mut Suite) {
    use Reach::{Open, Ratio};
    convert!(suite, 8: Open, Open; P8, fast_posit::p8);
    convert!(suite, 16: Ratio(3.0), Ratio(1.7); P16, fast_posit::p16);
    convert!(suite, 32: Ratio(1.4), Ratio(1.7); P32, fast_posit::p32, softposit::P32E2);
    convert!(suite, 64: Open, Open; P64, fast_posit::p64);
    half(suite);
}

/// `half`'s `f16` beside our P16: both are 16 bits in memory.
fn half(suite: &mut Suite) {
    for (inputs, floats) in [("random", random()), ("weights", normal())] {
        let floats = floats.as_slice();
        if suite.wants("f32 to P16, f16 as rival") {
            suite.row(Row {
                name: "f32 to P16, f16 as rival".to_owned(),
                inputs,
                elements: COUNT,
                reach: Reach::Open,
                expected: floats.iter().take(COUNT).map(|x| P16::from_f32(*x).to_bits().bits()).collect(),
                ours: Run::each1("posit", floats, |x| P16::from_f32(x).to_bits()),
                rivals: vec![Run::each1("half f16", floats, |x| f16::from_f32(x).to_bits())],
                scale: None,
            });
        }
    }
}
