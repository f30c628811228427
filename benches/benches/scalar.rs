//! One operation at a time, beside `fast-posit`, `softposit` and the hardware's `f32`.
//!
//! `cargo bench -p benches --bench scalar`; add `-- --quick` for a first look.
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use core::hint::black_box;
use core::ops::{Add, Div, Mul};
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use posit::{P16E1, P32};

const COUNT: usize = 4096;

/// Throughput over pairs of an array, then latency of a chain.
fn time<T: Copy>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, data: &[T], f: impl Fn(T, T) -> T) {
    let mut out = data.to_vec();
    group.bench_function(format!("throughput/{name}"), |bencher| {
        bencher.iter(|| {
            for ((o, a), b) in out.iter_mut().zip(data).zip(data.iter().rev()) {
                *o = f(*a, *b);
            }
            black_box(out.as_mut_slice());
        });
    });
    group.bench_function(format!("latency/{name}"), |bencher| {
        bencher.iter(|| data.iter().fold(data[0], |last, x| f(black_box(last), *x)));
    });
}

macro_rules! compare {
    ($criterion:expr, $title:literal, $bits:literal, $word:ty, $ours:ty, $fast:ty, $soft:ty) => {
        let patterns: Vec<$word> = benches::data::patterns(1, $bits, COUNT).iter().map(|x| *x as $word).collect();
        let ours: Vec<$ours> = patterns.iter().map(|x| <$ours>::from_bits(*x)).collect();
        let fast: Vec<$fast> = patterns.iter().map(|x| <$fast>::from_bits(*x as _)).collect();
        let soft: Vec<$soft> = patterns.iter().map(|x| <$soft>::from_bits(*x)).collect();
        let float: Vec<f32> = ours.iter().map(|x| x.to_f32()).collect();
        compare!(@ $criterion, $title, "add", $word, ours, fast, soft, float, Add::add);
        compare!(@ $criterion, $title, "mul", $word, ours, fast, soft, float, Mul::mul);
        compare!(@ $criterion, $title, "div", $word, ours, fast, soft, float, Div::div);
    };
    (@ $criterion:expr, $title:literal, $op:literal, $word:ty, $ours:ident, $fast:ident, $soft:ident, $float:ident, $f:expr) => {
        for index in 0..COUNT {
            let other = COUNT - 1 - index;
            let result = $f($ours[index], $ours[other]).to_bits();
            assert_eq!($f($fast[index], $fast[other]).to_bits() as $word, result, "fast-posit {} {}", $title, $op);
            assert_eq!($f($soft[index], $soft[other]).to_bits(), result, "softposit {} {}", $title, $op);
        }
        let mut group = $criterion.benchmark_group(concat!($title, "/", $op));
        group.throughput(criterion::Throughput::Elements(COUNT as u64));
        time(&mut group, "posit", &$ours, |a, b| $f(a, b));
        time(&mut group, "fast-posit", &$fast, |a, b| $f(a, b));
        time(&mut group, "softposit", &$soft, |a, b| $f(a, b));
        time(&mut group, "f32", &$float, |a, b| $f(a, b));
        group.finish();
    };
}

fn scalar(criterion: &mut Criterion) {
    compare!(criterion, "p16e1", 16, u16, P16E1, fast_posit::Posit<16, 1, i16>, softposit::P16E1);
    compare!(criterion, "p32", 32, u32, P32, fast_posit::Posit<32, 2, i32>, softposit::P32E2);
}

criterion_group!(scalar_operations, scalar);
criterion_main!(scalar_operations);
