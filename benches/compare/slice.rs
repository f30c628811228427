//! Whole slices. No rival has such operations, so each is called in a loop over the same arrays.

use benches::data::{COUNT, TOTAL, patterns, weights};
use benches::row::{Bits, Reach, Row, Run, Suite, Turn};
use core::hint::black_box;
use oracle::{ieee, ops};
use posit::{P8, P16, P32, Posit, ShapeError, Storage, slice};

use crate::inputs::inputs;
use crate::number::Number;

type Binary<const N: u32, S> =
    fn(&[Posit<N, 2, S>], &[Posit<N, 2, S>], &mut [Posit<N, 2, S>]) -> Result<(), ShapeError>;

/// A slice operation of two arguments, an array a pass.
fn ours2<'a, const N: u32, S: Storage>(
    a: &'a [Posit<N, 2, S>],
    b: &'a [Posit<N, 2, S>],
    f: Binary<N, S>,
) -> Run<'a> {
    let mut out = vec![Posit::ZERO; COUNT];
    let run =
        move |turn: Turn, out: &mut [Posit<N, 2, S>]| f(turn.of(a), turn.of(b), out).unwrap_or_default();
    let mut turn = Turn::default();
    run(turn, &mut out);
    let results = out.iter().map(|x| x.to_word()).collect();
    Run::new("posit", results, move || {
        turn.advance();
        run(turn, &mut out);
        black_box(out.as_mut_slice());
    })
}

/// A slice operation of one argument, an array a pass.
fn ours1<'a, A: Copy, Z: Copy + 'a>(
    a: &'a [A],
    zero: Z,
    bits: fn(Z) -> u64,
    f: fn(&[A], &mut [Z]) -> Result<(), ShapeError>,
) -> Run<'a> {
    let mut out = vec![zero; COUNT];
    let mut turn = Turn::default();
    f(turn.of(a), &mut out).unwrap_or_default();
    let results = out.iter().map(|x| bits(*x)).collect();
    Run::new("posit", results, move || {
        turn.advance();
        f(turn.of(a), &mut out).unwrap_or_default();
        black_box(out.as_mut_slice());
    })
}

macro_rules! binary {
    ($suite:ident, $in:ident, $n:literal $method:ident: $reach:expr; $ours:ty, $($rival:ty),*) => {{
        let name = concat!("slice ", stringify!($method), " P", $n);
        if $suite.wants(name) {
            let (a, b) = ($in.a.as_slice(), $in.b.as_slice());
            let [fa, fb, _] = &$in.f32;
            let posits = |x: &[_]| x.iter().map(|x| <$ours>::from_bits(*x)).collect::<Vec<_>>();
            let (x, y) = (posits(a), posits(b));
            $suite.row(Row {
                name: name.to_owned(),
                inputs: $in.kind,
                elements: COUNT,
                reach: if $in.kind == "random" { $reach } else { Reach::Open },
                expected: a.iter().zip(b).take(COUNT).map(|(a, b)| ops::$method($n, 2, a.bits(), b.bits())).collect(),
                ours: ours2(&x, &y, slice::$method),
                rivals: vec![$(binary!(@ $method $rival, a, b)),*],
                scale: Some(binary!(@ $method f32, fa, fb)),
            });
        }
    }};
    (@ $method:ident $t:ty, $a:expr, $b:expr) => {
        Run::each2(<$t>::LIBRARY, $a, $b, |x, y| Number::$method(<$t>::of(x), <$t>::of(y)).word())
    };
}

macro_rules! convert {
    ($suite:ident, $n:literal: $decode:expr, $encode:expr; $ours:ty, $($rival:ty),*) => {
        for (inputs, floats) in [("random", random()), ("weights", normal())] {
            let floats = floats.as_slice();
            let asked = |reach| if inputs == "random" { reach } else { Reach::Open };
            let name = concat!("slice from f32 P", $n);
            if $suite.wants(name) {
                $suite.row(Row {
                    name: name.to_owned(),
                    inputs,
                    elements: COUNT,
                    reach: asked($encode),
                    expected: floats.iter().take(COUNT).map(|x| ieee::posit_of_f64($n, 2, f64::from(*x))).collect(),
                    ours: ours1(floats, <$ours>::ZERO, |x| x.to_word(), slice::from_f32),
                    rivals: vec![$(Run::each1(<$rival>::LIBRARY, floats, |x| <$rival>::of_f32(x).word())),*],
                    scale: None,
                });
            }
            let name = concat!("slice to f32 P", $n);
            if $suite.wants(name) {
                let posits: Vec<$ours> = match inputs {
                    "random" => patterns(4, $n, TOTAL).into_iter().map(<$ours>::from_word).collect(),
                    _ => floats.iter().map(|x| <$ours>::from_f32(*x)).collect(),
                };
                let words: Vec<_> = posits.iter().map(|x| x.to_bits()).collect();
                let words = words.as_slice();
                $suite.row(Row {
                    name: name.to_owned(),
                    inputs,
                    elements: COUNT,
                    reach: asked($decode),
                    expected: words.iter().take(COUNT).map(|x| ieee::posit_to_f32($n, 2, x.bits()).bits()).collect(),
                    ours: ours1(&posits, 0.0, Bits::bits, slice::to_f32),
                    rivals: vec![$(Run::each1(<$rival>::LIBRARY, words, |x| <$rival>::of(x).f32())),*],
                    scale: None,
                });
            }
        }
    };
}

fn random() -> Vec<f32> {
    patterns(5, 32, TOTAL).into_iter().map(|x| P32::from_word(x).to_f32()).collect()
}

fn normal() -> Vec<f32> {
    weights(5, TOTAL).into_iter().map(|x| x as f32).collect()
}

macro_rules! format {
    ($suite:ident, $n:literal: $add:expr, $mul:expr, $div:expr; $ours:ty, $($rival:ty),*) => {
        for x in &inputs($n, |x| <$ours>::from_f64(x).to_bits(), |x| <$ours>::from_bits(x).to_f32()) {
            binary!($suite, x, $n add: $add; $ours, $($rival),*);
            binary!($suite, x, $n mul: $mul; $ours, $($rival),*);
            binary!($suite, x, $n div: $div; $ours, $($rival),*);
        }
    };
}

/// All rows of this file.
pub fn rows(suite: &mut Suite) {
    use Reach::{Nanoseconds, Open, Ratio};
    format!(suite, 8: Nanoseconds(0.8), Nanoseconds(0.8), Nanoseconds(0.8); P8, fast_posit::p8);
    format!(suite, 16: Ratio(6.0), Ratio(3.0), Ratio(6.0); P16, fast_posit::p16);
    format!(suite, 32: Ratio(3.0), Ratio(3.0), Open; P32, fast_posit::p32, softposit::P32E2);
    convert!(suite, 8: Ratio(9.0), Ratio(13.0); P8, fast_posit::p8);
    convert!(suite, 16: Ratio(9.0), Ratio(13.0); P16, fast_posit::p16);
    convert!(suite, 32: Open, Open; P32, fast_posit::p32, softposit::P32E2);
}
