//! Slices: reals to codes and back, ranges.

use benches::data::weights;
use benches::row::{Reach, Row, Run, Suite};
use core::hint::black_box;
use fixq::{Codes, HalfAwayFromZero, HalfToEven, MinMax, Params, Round};

/// Elements that fit the second level of cache, reals and codes.
const COUNT: usize = 1 << 16;

fn bits(codes: &[i8]) -> Vec<u64> {
    codes.iter().map(|&x| u64::from(x as u8)).collect()
}

fn quantize<R: Round>(suite: &mut Suite, inputs: &'static str, round: fn(f32) -> f32) {
    let reals: Vec<f32> = weights(3, COUNT).iter().map(|&x| x as f32).collect();
    let params = Params::new(0.0117, 3, Codes::INT8).expect("a code");
    let code = move |x: &f32| (round(x / 0.0117) as i32 + 3).clamp(-128, 127) as i8;
    let (mut codes, mut plain) = (vec![0; COUNT], vec![0; COUNT]);
    fixq::quantize::<R, _>(&reals, params, &mut codes).expect("equal lengths");
    let expected: Vec<i8> = reals.iter().map(code).collect();
    let reals = &reals[..];
    suite.row(Row {
        name: "quantize f32 to i8".to_owned(),
        inputs,
        elements: COUNT,
        reach: Reach::Open,
        expected: bits(&expected),
        ours: Run::new("fixq", bits(&codes), move || {
            fixq::quantize::<R, _>(black_box(reals), params, &mut codes).expect("equal lengths");
            black_box(&codes);
        }),
        rivals: Vec::new(),
        scale: Some(Run::new("plain", bits(&expected), move || {
            for (code_of, x) in plain.iter_mut().zip(black_box(reals)) {
                *code_of = code(x);
            }
            black_box(&plain);
        })),
    });
}

fn dequantize(suite: &mut Suite) {
    let codes: Vec<i8> = benches::data::patterns(4, 8, COUNT).iter().map(|&x| x as u8 as i8).collect();
    let params = Params::new(0.0117, 3, Codes::INT8).expect("a code");
    let real = |x: &i8| 0.0117 * f32::from(i16::from(*x) - 3);
    let float_bits = |reals: &[f32]| reals.iter().map(|x| u64::from(x.to_bits())).collect::<Vec<_>>();
    let (mut reals, mut plain) = (vec![0.0; COUNT], vec![0.0; COUNT]);
    fixq::dequantize(&codes, params, &mut reals).expect("equal lengths");
    let expected: Vec<f32> = codes.iter().map(real).collect();
    let codes = &codes[..];
    suite.row(Row {
        name: "dequantize i8 to f32".to_owned(),
        inputs: "64 Ki",
        elements: COUNT,
        reach: Reach::Open,
        expected: float_bits(&expected),
        ours: Run::new("fixq", float_bits(&reals), move || {
            fixq::dequantize(black_box(codes), params, &mut reals).expect("equal lengths");
            black_box(&reals);
        }),
        rivals: Vec::new(),
        scale: Some(Run::new("plain", float_bits(&expected), move || {
            for (x, code) in plain.iter_mut().zip(black_box(codes)) {
                *x = real(code);
            }
            black_box(&plain);
        })),
    });
}

fn ranges(suite: &mut Suite) {
    let reals: Vec<f32> = weights(3, COUNT).iter().map(|&x| x as f32).collect();
    let ends = |low: f32, high: f32| vec![u64::from(low.to_bits()), u64::from(high.to_bits())];
    let plain = |reals: &[f32]| {
        reals.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)))
    };
    let (low, high) = plain(&reals);
    let mut seen = MinMax::new();
    seen.update(&reals).expect("finite");
    let range = seen.range().expect("not empty");
    let reals = &reals[..];
    suite.row(Row {
        name: "smallest and largest f32".to_owned(),
        inputs: "64 Ki",
        elements: COUNT,
        reach: Reach::Open,
        expected: ends(low, high),
        ours: Run::new("fixq", ends(range.low(), range.high()), move || {
            seen.update(black_box(reals)).expect("finite");
            black_box(&seen);
        }),
        rivals: Vec::new(),
        scale: Some(Run::new("plain", ends(low, high), move || {
            black_box(plain(black_box(reals)));
        })),
    });
}

/// All rows of this file.
pub fn rows(suite: &mut Suite) {
    quantize::<HalfAwayFromZero>(suite, "half away, 64 Ki", f32::round);
    quantize::<HalfToEven>(suite, "half to even, 64 Ki", f32::round_ties_even);
    dequantize(suite);
    ranges(suite);
}
