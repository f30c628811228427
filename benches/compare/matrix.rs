//! A matrix of posits times a vector of `f32`, beside the same weights as `f32`, all from memory.
//!
//! Weights are multiples of 1/16, or of 1/8 as 5-bit posits, and activations integers, so that every sum of products is exact in `f32` and
//! an element has one right result, in whatever order it is added up.
#![allow(unsafe_code, reason = "the interfaces of gemm and matrixmultiply")]

use benches::data::{Random, weights};
use benches::row::{Bits, Reach, Row, Run, Suite};
use core::hint::black_box;
use posit::{P8, Packed, Posit, slice};

/// Rows and columns.
const SIDE: usize = 1024;
/// Matrices that passes take in turn: 64 MiB of posits and 256 MiB of `f32`, beyond any cache of a desktop.
const MATRICES: usize = 64;

/// A product of the next matrix, a pass; the results are those of the first.
fn run<'a, W>(
    library: &'static str,
    weights: &'a [W],
    x: &'a [f32],
    product: impl Fn(&[W], &[f32], &mut [f32]) + 'a,
) -> Run<'a> {
    let mut out = vec![0.0; SIDE];
    let mut turn = weights.chunks_exact(weights.len() / MATRICES).cycle();
    let mut pass = move || {
        if let Some(matrix) = turn.next() {
            product(black_box(matrix), black_box(x), &mut out);
        }
        out.iter().map(|x| x.bits()).collect()
    };
    let results = pass();
    Run::new(library, results, move || {
        black_box::<Vec<u64>>(pass());
    })
}

fn gemm(matrix: &[f32], x: &[f32], out: &mut [f32]) {
    assert!(matrix.len() == SIDE * SIDE && x.len() == SIDE && out.len() == SIDE);
    let (y, a, x) = (out.as_mut_ptr(), matrix.as_ptr(), x.as_ptr());
    let (beta, alpha, parallel) = (0.0, 1.0, gemm::Parallelism::None);
    // SAFETY: a full row-major square, and two columns of its side; only `out` is written.
    unsafe {
        gemm::gemm(
            SIDE,
            1,
            SIDE,
            y,
            1,
            1,
            false,
            a,
            1,
            SIDE as isize,
            x,
            1,
            1,
            beta,
            alpha,
            false,
            false,
            false,
            parallel,
        );
    }
}

fn matrixmultiply(matrix: &[f32], x: &[f32], out: &mut [f32]) {
    assert!(matrix.len() == SIDE * SIDE && x.len() == SIDE && out.len() == SIDE);
    let (y, a, x) = (out.as_mut_ptr(), matrix.as_ptr(), x.as_ptr());
    // SAFETY: a full row-major square, and two columns of its side; only `out` is written.
    unsafe {
        matrixmultiply::sgemm(SIDE, SIDE, 1, 1.0, a, SIDE as isize, 1, x, 1, 1, 0.0, y, 1, 1);
    }
}

/// A row: posits of any kind beside the same numbers as `f32`.
fn row<'a, W>(
    suite: &mut Suite,
    name: String,
    x: &'a [f32],
    floats: &[f32],
    weights: &'a [W],
    product: impl Fn(&[W], &[f32], &mut [f32]) + 'a,
) {
    let expected = floats
        .chunks_exact(SIDE)
        .map(|row| row.iter().zip(x).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum::<f64>() as f32)
        .map(Bits::bits)
        .collect();
    let floats = floats.repeat(MATRICES);
    suite.row(Row {
        name,
        inputs: "weights",
        elements: SIDE * SIDE,
        reach: Reach::Ratio(1.5),
        expected,
        ours: run("posit", weights, x, product),
        rivals: vec![
            run("gemm f32", &floats, x, gemm),
            run("matrixmultiply f32", &floats, x, matrixmultiply),
        ],
        scale: None,
    });
}

/// All rows of this file.
pub fn rows(suite: &mut Suite) {
    let mut random = Random::new(12);
    let x: Vec<f32> = (0..SIDE).map(|_| (random.next() >> 59) as f32 - 16.0).collect();
    let name = format!("matrix-vector {SIDE} P8 × f32");
    if suite.wants(&name) {
        let posits: Vec<P8> = weights(11, SIDE * SIDE)
            .into_iter()
            .map(|x| P8::from_f64((16.0 * x.clamp(-4.0, 4.0)).round() / 16.0))
            .collect();
        let floats: Vec<f32> = posits.iter().map(|x| x.to_f32()).collect();
        row(suite, name, &x, &floats, &posits.repeat(MATRICES), |matrix, x, out| {
            slice::mat_vec_f32(matrix, x, out).unwrap_or_default();
        });
    }
    let name = format!("matrix-vector {SIDE} packed Posit<5, 0> × f32");
    if suite.wants(&name) {
        let posits: Vec<Posit<5, 0>> = weights(11, SIDE * SIDE).into_iter().map(Posit::from_f64).collect();
        let floats: Vec<f32> = posits.iter().map(|x| x.to_f32()).collect();
        let mut packed = vec![0; SIDE * SIDE * 5 / 8];
        Packed::pack(&posits, &mut packed).unwrap_or_else(|error| panic!("{error}"));
        row(suite, name, &x, &floats, &packed.repeat(MATRICES), |matrix, x, out| {
            let packed = Packed::<5, 0>::new(matrix, SIDE * SIDE);
            packed.map(|packed| packed.mat_vec_f32(x, out).unwrap_or_default()).unwrap_or_default();
        });
    }
}
