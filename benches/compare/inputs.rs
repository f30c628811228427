//! The two kinds of inputs in one format, with the nearest `f32` of each for the scale.

use benches::data::{TOTAL, patterns, weights};
use benches::row::Word;

/// Inputs of one kind for one format.
pub struct Inputs<W> {
    pub kind: &'static str,
    pub a: Vec<W>,
    pub b: Vec<W>,
    pub c: Vec<W>,
    pub f32: [Vec<u32>; 3],
}

/// Random patterns without NaR, and weights; `from_f64`, `to_f32` are those of the format.
pub fn inputs<W: Word + TryFrom<u64>>(
    bits: u32,
    from_f64: impl Fn(f64) -> W + Copy,
    to_f32: impl Fn(W) -> f32 + Copy,
) -> [Inputs<W>; 2] {
    let of = |kind, make: &dyn Fn(u64) -> Vec<W>| {
        let [a, b, c] = [1, 2, 3].map(make);
        let f32 = [&a, &b, &c].map(|x| x.iter().map(|x| to_f32(*x).to_bits()).collect());
        Inputs { kind, a, b, c, f32 }
    };
    [
        of("random", &|seed| {
            patterns(seed, bits, TOTAL).into_iter().filter_map(|x| W::try_from(x).ok()).collect()
        }),
        of("weights", &|seed| weights(seed, TOTAL).into_iter().map(from_f64).collect()),
    ]
}
