//! A dot product on the quire, a multiply-add at a time, and reading a quire.

use benches::data::COUNT;
use benches::row::{Bits, Reach, Row, Run, Suite, Turn};
use core::hint::black_box;
use oracle::Dyadic;
use oracle::decode::dyadic;
use oracle::nearest::nearest_sum;
use posit::{P8, P16, P32, P64};

use crate::inputs::inputs;
use crate::number::Accumulate;

fn dot<T: Accumulate>(a: &[T::Word], b: &[T::Word]) -> T::Word {
    let mut q = T::zero();
    for (a, b) in a.iter().zip(b) {
        T::add_product(&mut q, T::of(*a), T::of(*b));
    }
    T::read(&q).word()
}

/// The dot product of an array.
fn multiply_add<'a, T: Accumulate>(a: &'a [T::Word], b: &'a [T::Word]) -> Run<'a> {
    let mut turn = Turn::default();
    Run::new(T::LIBRARY, vec![dot::<T>(turn.of(a), turn.of(b)).bits()], move || {
        turn.advance();
        black_box(dot::<T>(turn.of(a), turn.of(b)));
    })
}

/// Reads sums of four products each.
fn read<'a, T: Accumulate + 'a>(a: &[T::Word], b: &[T::Word]) -> Run<'a> {
    let quires: Vec<T::Quire> = a
        .chunks_exact(4)
        .zip(b.chunks_exact(4))
        .take(COUNT)
        .map(|(a, b)| {
            let mut q = T::zero();
            a.iter().zip(b).for_each(|(a, b)| T::add_product(&mut q, T::of(*a), T::of(*b)));
            q
        })
        .collect();
    let mut out: Vec<T::Word> = quires.iter().map(|q| T::read(q).word()).collect();
    let results = out.iter().map(|x| x.bits()).collect();
    Run::new(T::LIBRARY, results, move || {
        for (o, q) in out.iter_mut().zip(black_box(&quires)) {
            *o = T::read(q).word();
        }
        black_box(out.as_mut_slice());
    })
}

/// The exact products; no input is NaR.
fn products<W: Bits>(n: u32, a: &[W], b: &[W]) -> Vec<Dyadic> {
    let of = |x: W| dyadic(n, 2, x.bits());
    a.iter().zip(b).filter_map(|(a, b)| Some(of(*a)? * of(*b)?)).collect()
}

macro_rules! quire {
    ($suite:ident, $n:literal, $t:ident: $reach:expr; $($rival:ty),*) => {
        for k in &inputs($n, |x| $t::from_f64(x).to_bits(), |x| $t::from_bits(x).to_f32()) {
            let (a, b) = (k.a.as_slice(), k.b.as_slice());
            let products = |a: &[_], b: &[_]| products($n, a, b);
            let name = concat!("quire multiply-add P", $n);
            if $suite.wants(name) {
                $suite.row(Row {
                    name: name.to_owned(),
                    inputs: k.kind,
                    elements: COUNT,
                    reach: if k.kind == "weights" { $reach } else { Reach::Open },
                    expected: vec![nearest_sum($n, 2, &products(&a[..COUNT], &b[..COUNT]))],
                    ours: multiply_add::<$t>(a, b),
                    rivals: vec![$(multiply_add::<$rival>(a, b)),*],
                    scale: None,
                });
            }
            let name = concat!("quire to posit P", $n);
            if $suite.wants(name) {
                let expected: Vec<u64> = a.chunks_exact(4).zip(b.chunks_exact(4)).take(COUNT).map(|(a, b)| nearest_sum($n, 2, &products(a, b))).collect();
                $suite.row(Row {
                    name: name.to_owned(),
                    inputs: k.kind,
                    elements: COUNT,
                    reach: Reach::Open,
                    expected,
                    ours: read::<$t>(a, b),
                    rivals: vec![$(read::<$rival>(a, b)),*],
                    scale: None,
                });
            }
        }
    };
}

/// All rows of this file. `fast-posit` has no products of 64-bit posits on its quire.
pub fn rows(suite: &mut Suite) {
    use Reach::{Open, Ratio};
    quire!(suite, 8, P8: Ratio(2.0); fast_posit::p8);
    quire!(suite, 16, P16: Ratio(1.5); fast_posit::p16);
    quire!(suite, 32, P32: Ratio(1.1); fast_posit::p32, softposit::P32E2);
    quire!(suite, 64, P64: Open;);
}
