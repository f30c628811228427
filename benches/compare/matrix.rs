//! A matrix of posits times a vector or a matrix of `f32`, beside the same weights as `f32`: vectors with weights
//! from memory, matrices from the caches.
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

/// A product of the next of some matrices, a pass, and the number of its results; they are those of the first.
fn run<'a, W>(
    library: &'static str,
    [matrices, results]: [usize; 2],
    weights: &'a [W],
    x: &'a [f32],
    product: impl Fn(&[W], &[f32], &mut [f32]) + 'a,
) -> Run<'a> {
    let mut out = vec![0.0; results];
    let mut turn = weights.chunks_exact(weights.len() / matrices).cycle();
    let mut multiply = move |out: &mut [f32]| {
        if let Some(matrix) = turn.next() {
            product(black_box(matrix), black_box(x), out);
        }
    };
    multiply(&mut out);
    let first = out.iter().map(|x| x.bits()).collect();
    Run::new(library, first, move || {
        multiply(&mut out);
        black_box(out.as_mut_slice());
    })
}

fn gemm([rows, inner, columns]: [usize; 3], matrix: &[f32], x: &[f32], out: &mut [f32]) {
    assert!(matrix.len() == rows * inner && x.len() == inner * columns && out.len() == rows * columns);
    let (y, a, x) = (out.as_mut_ptr(), matrix.as_ptr(), x.as_ptr());
    let (beta, alpha, parallel) = (0.0, 1.0, gemm::Parallelism::None);
    let (step, width) = (inner as isize, columns as isize);
    // SAFETY: full row-major matrices of these sizes; only `out` is written.
    unsafe {
        gemm::gemm(
            rows, columns, inner, y, 1, width, false, a, 1, step, x, 1, width, beta, alpha, false, false,
            false, parallel,
        );
    }
}

fn matrixmultiply([rows, inner, columns]: [usize; 3], matrix: &[f32], x: &[f32], out: &mut [f32]) {
    assert!(matrix.len() == rows * inner && x.len() == inner * columns && out.len() == rows * columns);
    let (y, a, x) = (out.as_mut_ptr(), matrix.as_ptr(), x.as_ptr());
    let (step, width) = (inner as isize, columns as isize);
    // SAFETY: full row-major matrices of these sizes; only `out` is written.
    unsafe {
        matrixmultiply::sgemm(rows, inner, columns, 1.0, a, step, 1, x, width, 1, 0.0, y, width, 1);
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
        ours: run("posit", [MATRICES, SIDE], weights, x, product),
        rivals: vec![
            run("gemm f32", [MATRICES, SIDE], &floats, x, |a, x, y| gemm([SIDE, SIDE, 1], a, x, y)),
            run("matrixmultiply f32", [MATRICES, SIDE], &floats, x, |a, x, y| {
                matrixmultiply([SIDE, SIDE, 1], a, x, y);
            }),
        ],
        scale: None,
    });
}

/// A row: a layer of `P8` and 64 columns of `f32`; a product is shorter than a turn of the scheduler.
fn layer(suite: &mut Suite) {
    const SIZES: [usize; 3] = [256, 1024, 64];
    let [rows, inner, columns] = SIZES;
    let name = format!("matrix-matrix {rows} × {inner} × {columns} P8 × f32");
    if !suite.wants(&name) {
        return;
    }
    let mut random = Random::new(13);
    let x: Vec<f32> = (0..inner * columns).map(|_| (random.next() >> 59) as f32 - 16.0).collect();
    let posits = sixteenths(rows * inner);
    let floats: Vec<f32> = posits.iter().map(|x| x.to_f32()).collect();
    let mut expected = vec![0f32; rows * columns];
    for (row, out) in floats.chunks_exact(inner).zip(expected.chunks_exact_mut(columns)) {
        for (w, x) in row.iter().zip(x.chunks_exact(columns)) {
            out.iter_mut().zip(x).for_each(|(y, x)| *y += w * x);
        }
    }
    suite.row(Row {
        name,
        inputs: "weights",
        elements: rows * inner * columns,
        reach: Reach::Open,
        expected: expected.into_iter().map(Bits::bits).collect(),
        ours: run("posit", [1, rows * columns], &posits, &x, |matrix, x, out| {
            slice::mat_mul_f32(matrix, x, inner, out).unwrap_or_default();
        }),
        rivals: vec![
            run("gemm f32", [1, rows * columns], &floats, &x, |a, x, y| gemm(SIZES, a, x, y)),
            run("matrixmultiply f32", [1, rows * columns], &floats, &x, |a, x, y| {
                matrixmultiply(SIZES, a, x, y)
            }),
        ],
        scale: None,
    });
}

/// Weights that are multiples of 1/16.
fn sixteenths(count: usize) -> Vec<P8> {
    let round = |x: f64| P8::from_f64((16.0 * x.clamp(-4.0, 4.0)).round() / 16.0);
    weights(11, count).into_iter().map(round).collect()
}

/// All rows of this file.
pub fn rows(suite: &mut Suite) {
    layer(suite);
    let mut random = Random::new(12);
    let x: Vec<f32> = (0..SIDE).map(|_| (random.next() >> 59) as f32 - 16.0).collect();
    let name = format!("matrix-vector {SIDE} P8 × f32");
    if suite.wants(&name) {
        let posits = sixteenths(SIDE * SIDE);
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
