//! Addition, multiplication, division, square root and fused multiply-add, one value at a time.

use benches::data::COUNT;
use benches::row::{Bits, Reach, Row, Run, Suite};
use oracle::ops;
use posit::{P8, P16, P32, P64};

use crate::inputs::inputs;
use crate::number::{Fused, Number};

/// Latency and throughput of an operation of two arguments.
macro_rules! binary {
    ($suite:ident, $in:ident, $n:literal $method:ident: $latency:expr, $throughput:expr; $ours:ty, $($rival:ty),*) => {{
        let (latency, throughput) =
            (concat!(stringify!($method), " latency P", $n), concat!(stringify!($method), " throughput P", $n));
        if $suite.wants(latency) || $suite.wants(throughput) {
            let (a, b) = ($in.a.as_slice(), $in.b.as_slice());
            let [fa, fb, _] = &$in.f32;
            let random = $in.kind == "random";
            let expected: Vec<u64> = a.iter().zip(b).take(COUNT).map(|(a, b)| ops::$method($n, 2, a.bits(), b.bits())).collect();
            $suite.row(Row {
                name: latency.to_owned(),
                inputs: $in.kind,
                elements: COUNT,
                reach: if random { $latency } else { Reach::Open },
                expected: expected.clone(),
                ours: binary!(@ chain2 $method $ours, a, b),
                rivals: vec![$(binary!(@ chain2 $method $rival, a, b)),*],
                scale: Some(binary!(@ chain2 $method f32, fa, fb)),
            });
            $suite.row(Row {
                name: throughput.to_owned(),
                inputs: $in.kind,
                elements: COUNT,
                reach: if random { $throughput } else { Reach::Open },
                expected,
                ours: binary!(@ each2 $method $ours, a, b),
                rivals: vec![$(binary!(@ each2 $method $rival, a, b)),*],
                scale: Some(binary!(@ each2 $method f32, fa, fb)),
            });
        }
    }};
    (@ $run:ident $method:ident $t:ty, $a:expr, $b:expr) => {
        Run::$run(<$t>::LIBRARY, $a, $b, |x, y| Number::$method(<$t>::of(x), <$t>::of(y)).word())
    };
}

/// Latency and throughput of the square root, of all patterns and of magnitudes.
macro_rules! sqrt {
    ($suite:ident, $in:ident, $n:literal: $throughput:expr; $ours:ty, $($rival:ty),*) => {{
        let (latency, throughput) = (concat!("sqrt latency P", $n), concat!("sqrt throughput P", $n));
        if $suite.wants(latency) || $suite.wants(throughput) {
            let magnitudes: Vec<_> = $in.a.iter().map(|x| <$ours>::of(*x).abs().to_bits()).collect();
            let floats: Vec<u32> = $in.f32[0].iter().map(|x| x & 0x7FFF_FFFF).collect();
            let (kind, positive) = if $in.kind == "random" { ("random", "random ≥ 0") } else { ("weights", "weights ≥ 0") };
            for (inputs, a, fa) in [(kind, &$in.a, &$in.f32[0]), (positive, &magnitudes, &floats)] {
                let expected: Vec<u64> = a.iter().take(COUNT).map(|a| ops::sqrt($n, 2, a.bits())).collect();
                $suite.row(Row {
                    name: latency.to_owned(),
                    inputs,
                    elements: COUNT,
                    reach: Reach::Open,
                    expected: expected.clone(),
                    ours: sqrt!(@ chain1 $ours, a),
                    rivals: vec![$(sqrt!(@ chain1 $rival, a)),*],
                    scale: Some(sqrt!(@ chain1 f32, fa)),
                });
                $suite.row(Row {
                    name: throughput.to_owned(),
                    inputs,
                    elements: COUNT,
                    reach: if inputs == "random" { $throughput } else { Reach::Open },
                    expected,
                    ours: sqrt!(@ each1 $ours, a),
                    rivals: vec![$(sqrt!(@ each1 $rival, a)),*],
                    scale: Some(sqrt!(@ each1 f32, fa)),
                });
            }
        }
    }};
    (@ $run:ident $t:ty, $a:expr) => {
        Run::$run(<$t>::LIBRARY, $a, |x| Number::sqrt(<$t>::of(x)).word())
    };
}

/// Throughput of the fused multiply-add.
macro_rules! fma {
    ($suite:ident, $in:ident, $n:literal: $reach:expr; $ours:ty, $($rival:ty),*) => {{
        let name = concat!("fma throughput P", $n);
        if $suite.wants(name) {
            let abc = [$in.a.as_slice(), &$in.b, &$in.c];
            let floats = [$in.f32[0].as_slice(), &$in.f32[1], &$in.f32[2]];
            let expected = (0..COUNT)
                .map(|i| ops::fma($n, 2, abc[0][i].bits(), abc[1][i].bits(), abc[2][i].bits()))
                .collect();
            $suite.row(Row {
                name: name.to_owned(),
                inputs: $in.kind,
                elements: COUNT,
                reach: if $in.kind == "random" { $reach } else { Reach::Open },
                expected,
                ours: fma!(@ $ours, abc),
                rivals: vec![$(fma!(@ $rival, abc)),*],
                scale: Some(fma!(@ f32, floats)),
            });
        }
    }};
    (@ $t:ty, $abc:expr) => {
        Run::each3(<$t>::LIBRARY, $abc, |x, y, z| Fused::mul_add(<$t>::of(x), <$t>::of(y), <$t>::of(z)).word())
    };
}

/// All rows of this file.
pub fn rows(suite: &mut Suite) {
    use Reach::{Open, Ratio, RatioNative};
    for k in &inputs(8, |x| P8::from_f64(x).to_bits(), |x| P8::from_bits(x).to_f32()) {
        binary!(suite, k, 8 add: Ratio(1.25), Open; P8, fast_posit::p8);
        binary!(suite, k, 8 mul: Ratio(1.2), RatioNative(1.0); P8, fast_posit::p8);
        binary!(suite, k, 8 div: Open, Open; P8, fast_posit::p8);
        sqrt!(suite, k, 8: Open; P8, fast_posit::p8);
        fma!(suite, k, 8: Open; P8,);
    }
    for k in &inputs(16, |x| P16::from_f64(x).to_bits(), |x| P16::from_bits(x).to_f32()) {
        binary!(suite, k, 16 add: Ratio(1.25), Ratio(1.6); P16, fast_posit::p16);
        binary!(suite, k, 16 mul: Ratio(1.2), RatioNative(1.0); P16, fast_posit::p16);
        binary!(suite, k, 16 div: Open, Ratio(2.0); P16, fast_posit::p16);
        sqrt!(suite, k, 16: Ratio(2.0); P16, fast_posit::p16);
        fma!(suite, k, 16: Ratio(4.0); P16, softposit::P16E1);
    }
    for k in &inputs(32, |x| P32::from_f64(x).to_bits(), |x| P32::from_bits(x).to_f32()) {
        binary!(suite, k, 32 add: Ratio(1.25), Ratio(1.6); P32, fast_posit::p32, softposit::P32E2);
        binary!(suite, k, 32 mul: Ratio(1.2), RatioNative(1.0); P32, fast_posit::p32, softposit::P32E2);
        binary!(suite, k, 32 div: Open, Ratio(2.0); P32, fast_posit::p32, softposit::P32E2);
        sqrt!(suite, k, 32: Ratio(2.0); P32, fast_posit::p32, softposit::P32E2);
        fma!(suite, k, 32: Ratio(4.0); P32, softposit::P32E2);
    }
    for k in &inputs(64, |x| P64::from_f64(x).to_bits(), |x| P64::from_bits(x).to_f32()) {
        binary!(suite, k, 64 add: Open, Open; P64, fast_posit::p64);
        binary!(suite, k, 64 mul: Open, Open; P64, fast_posit::p64);
        binary!(suite, k, 64 div: Open, Ratio(2.0); P64, fast_posit::p64);
        sqrt!(suite, k, 64: Open; P64, fast_posit::p64);
        fma!(suite, k, 64: Open; P64,);
    }
}
