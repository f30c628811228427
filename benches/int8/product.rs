//! Products of matrices and vectors of codes over their whole range.
//!
//! rten has unsigned left sides only: it gets the same codes raised by 128, with that zero point. The rivals in
//! `f32` multiply the same numbers; their results are rounded sums, so only whether they are the right ones is
//! shown.
#![allow(unsafe_code, reason = "the interfaces of gemm and matrixmultiply")]

use benches::data::patterns;
use benches::row::{Reach, Row, Run, Suite};
use core::hint::black_box;
use embedded_nn::types::{Dims, FcParams, PerTensorQuantParams};
use fixq::product::{self, Matrix, Packed};
use fixq::{Activation, Backend, Channels, Codes, Double, Line, Output, Params, Ratio, Rounding};
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, QuantParams};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};

fn codes(seed: u64, count: usize) -> Vec<i8> {
    patterns(seed, 8, count).iter().map(|&x| x as u8 as i8).collect()
}

fn floats(codes: &[i8]) -> Vec<f32> {
    codes.iter().map(|&x| f32::from(x)).collect()
}

fn bits(sums: &[i32]) -> Vec<u64> {
    sums.iter().map(|&x| u64::from(x as u32)).collect()
}

fn bits_of_floats(sums: &[f32]) -> Vec<u64> {
    sums.iter().map(|&x| u64::from(x as i32 as u32)).collect()
}

/// A pass is a whole product; its result is that of the first pass.
fn run<'a, T: Copy + Default + 'a>(
    library: &'static str,
    len: usize,
    bits: impl Fn(&[T]) -> Vec<u64>,
    mut product: impl FnMut(&mut [T]) + 'a,
) -> Run<'a> {
    let mut sums = vec![T::default(); len];
    product(&mut sums);
    let results = bits(&sums);
    Run::new(library, results, move || {
        product(black_box(&mut sums));
        black_box(&sums);
    })
}

/// The data of a product of `m × k` by `k × n`.
struct Case {
    shape: [usize; 3],
    a: Vec<i8>,
    b: Vec<i8>,
    raised: NdTensor<u8, 2>,
    right: NdTensor<i8, 2>,
    floats: [Vec<f32>; 2],
}

impl Case {
    fn new([m, k, n]: [usize; 3]) -> Self {
        let (a, b) = (codes(1, m * k), codes(2, k * n));
        let raised = a.iter().map(|&x| x as u8 ^ 0x80).collect::<Vec<_>>();
        Self {
            shape: [m, k, n],
            raised: NdTensor::from_data([m, k], raised),
            right: NdTensor::from_data([k, n], b.clone()),
            floats: [floats(&a), floats(&b)],
            a,
            b,
        }
    }

    fn expected(&self) -> Vec<u64> {
        let [m, k, n] = self.shape;
        let mut sums = vec![0i32; m * n];
        for (row, sums) in self.a.chunks(k).zip(sums.chunks_mut(n)) {
            for (&a, b) in row.iter().zip(self.b.chunks(n)) {
                for (sum, &b) in sums.iter_mut().zip(b) {
                    *sum += i32::from(a) * i32::from(b);
                }
            }
        }
        bits(&sums)
    }

    fn ours(&self, backend: Backend, prepacked: bool) -> Run<'_> {
        let [m, k, n] = self.shape;
        let left = Matrix::new(&self.a[..], [m, k], 0).expect("a full matrix");
        let right = Matrix::new(&self.b[..], [k, n], 0).expect("a full matrix");
        let mut lines = vec![Line::ZERO; product::packed_len(backend, k, n).expect("not too large")];
        if prepacked {
            let packed = Packed::new(backend, &right, lines.leak()).expect("room");
            let mut scratch = vec![0; product::scratch_len(&packed, m)];
            return run("fixq", m * n, bits, move |sums| {
                product::gemm(&left, &packed, &mut scratch, sums).expect("shapes that fit");
            });
        }
        let packed = Packed::new(backend, &right, &mut lines).expect("room");
        let mut scratch = vec![0; product::scratch_len(&packed, m)];
        run("fixq", m * n, bits, move |sums| {
            let packed = Packed::new(backend, &right, &mut lines).expect("room");
            product::gemm(&left, &packed, &mut scratch, sums).expect("shapes that fit");
        })
    }

    fn rten(&self, prepacked: bool) -> Run<'_> {
        let [m, _, n] = self.shape;
        let executor = GemmExecutor::<u8, i8, i32>::new();
        let zeros = vec![0x80u8; m];
        let packed = executor.prepack_b(self.right.view());
        run("rten-gemm", m * n, bits, move |sums| {
            let right =
                if prepacked { GemmInputB::Packed(&packed) } else { GemmInputB::Unpacked(self.right.view()) };
            let options =
                GemmOptions { a_quant: Some(QuantParams { zero_point: &zeros[..] }), ..Default::default() };
            executor
                .gemm(sums, GemmInputA::Unpacked(self.raised.view()), right, options)
                .expect("shapes that fit");
        })
    }

    fn gemm(&self) -> Run<'_> {
        let [m, k, n] = self.shape;
        let [a, b] = self.floats.each_ref().map(Vec::as_slice);
        run("gemm f32", m * n, bits_of_floats, move |sums: &mut [f32]| {
            let steps = |row: usize| (1, row as isize);
            let ((c1, r1), (c2, r2), (c3, r3)) = (steps(n), steps(k), steps(n));
            // SAFETY: the three slices are full row-major matrices of these shapes.
            unsafe {
                gemm::gemm(
                    m,
                    n,
                    k,
                    sums.as_mut_ptr(),
                    c1,
                    r1,
                    false,
                    a.as_ptr(),
                    c2,
                    r2,
                    b.as_ptr(),
                    c3,
                    r3,
                    0.0,
                    1.0,
                    false,
                    false,
                    false,
                    gemm::Parallelism::None,
                );
            }
        })
    }

    fn matrixmultiply(&self) -> Run<'_> {
        let [m, k, n] = self.shape;
        let [a, b] = self.floats.each_ref().map(Vec::as_slice);
        run("matrixmultiply f32", m * n, bits_of_floats, move |sums: &mut [f32]| {
            let (wide, long) = (n as isize, k as isize);
            // SAFETY: the three slices are full row-major matrices of these shapes.
            unsafe {
                matrixmultiply::sgemm(
                    m,
                    k,
                    n,
                    1.0,
                    a.as_ptr(),
                    long,
                    1,
                    b.as_ptr(),
                    wide,
                    1,
                    0.0,
                    sums.as_mut_ptr(),
                    wide,
                    1,
                );
            }
        })
    }
}

/// The fastest backend and AVX2, where they differ.
fn backends() -> Vec<(Backend, &'static str)> {
    let best = Backend::best();
    let name = match best {
        Backend::Avx512Vnni => "AVX-512 VNNI",
        Backend::AvxVnni => "AVX-VNNI",
        Backend::Avx2 => "AVX2",
        Backend::Neon => "NEON",
        _ => "portable",
    };
    let mut all = vec![(best, name)];
    if best != Backend::Avx2 && Backend::Avx2.is_available() {
        all.push((Backend::Avx2, "AVX2"));
    }
    all
}

fn matrices(suite: &mut Suite) {
    for size in [256, 512, 1024] {
        let name = format!("i8 · i8, {size}³");
        if !suite.wants(&name) {
            continue;
        }
        let case = Case::new([size; 3]);
        for (backend, instructions) in backends() {
            for prepacked in [false, true] {
                suite.row(Row {
                    name: name.clone(),
                    inputs: match (prepacked, backend) {
                        (false, Backend::Avx2) => "AVX2, packing included",
                        (true, Backend::Avx2) => "AVX2, packed before",
                        (false, _) => "packing included",
                        (true, _) => "packed before",
                    },
                    elements: 1,
                    // AVX2 alone is no match for VNNI.
                    reach: if instructions == backends()[0].1 && size == 512 {
                        Reach::Ratio(1.0)
                    } else {
                        Reach::Open
                    },
                    expected: case.expected(),
                    ours: case.ours(backend, prepacked),
                    rivals: vec![case.rten(prepacked), case.gemm(), case.matrixmultiply()],
                    scale: None,
                });
            }
        }
    }
}

fn vectors(suite: &mut Suite) {
    const N: usize = 1024;
    let name = format!("i8 · i8, {N} × {N} by vector");
    if !suite.wants(&name) {
        return;
    }
    // rten's left side is the vector, a row; the others take it as a column.
    let case = Case::new([N, N, 1]);
    let weights = NdTensorView::from_data([N, N], &case.a[..]);
    for (backend, instructions) in backends() {
        let matrix = Matrix::new(&case.a[..], [N, N], 0).expect("a full matrix");
        let x = Matrix::new(&case.b[..], [1, N], 0).expect("a full row");
        let raised: Vec<u8> = case.b.iter().map(|&x| x as u8 ^ 0x80).collect();
        let raised = NdTensor::from_data([1, N], raised);
        let rten = |prepacked: bool| {
            let (executor, raised) = (GemmExecutor::<u8, i8, i32>::new(), &raised);
            let columns = weights.transposed();
            let packed = executor.prepack_b(columns);
            let library = if prepacked { "rten-gemm, packed before" } else { "rten-gemm" };
            run(library, N, bits, move |sums| {
                let right =
                    if prepacked { GemmInputB::Packed(&packed) } else { GemmInputB::Unpacked(columns) };
                let zeros = [0x80u8];
                let options = GemmOptions {
                    a_quant: Some(QuantParams { zero_point: &zeros[..] }),
                    ..Default::default()
                };
                executor
                    .gemm(sums, GemmInputA::Unpacked(raised.view()), right, options)
                    .expect("shapes that fit");
            })
        };
        suite.row(Row {
            name: name.clone(),
            inputs: if backend == Backend::Avx2 { "AVX2" } else { "best" },
            elements: 1,
            reach: if instructions == backends()[0].1 { Reach::Ratio(1.8) } else { Reach::Open },
            expected: case.expected(),
            ours: run("fixq", N, bits, move |sums| {
                product::gemv(backend, &matrix, &x, sums).expect("shapes that fit");
            }),
            rivals: vec![rten(false), rten(true), case.gemm(), case.matrixmultiply()],
            scale: None,
        });
        layer(suite, &case, backend);
    }
}

/// The same as a layer: bias, factor, zero points, clamped codes.
fn layer(suite: &mut Suite, case: &Case, backend: Backend) {
    let [n, k, _] = case.shape;
    let real = 0.000_05;
    let factors = [Double::factor(Ratio::from_real(real)).expect("below 2^31")];
    let bias: Vec<i32> = case.b.iter().map(|&x| i32::from(x) * 1000).collect();
    let params = Params::new(1.0, 5, Codes::INT8).expect("a code");
    let channels = Channels::<Double>::new(n, Some(&bias), &factors, Output::new(params, Activation::None));
    let channels = channels.expect("a bias for each");
    let sums = case.expected();
    let expected = sums.iter().enumerate().map(|(i, &sum)| {
        // The zero point 0 of the input leaves the sums as they are.
        u64::from(channels.code(i, sum as u32 as i32) as u8)
    });
    let code_bits = |codes: &[i8]| codes.iter().map(|&x| u64::from(x as u8)).collect::<Vec<_>>();
    let matrix = Matrix::new(&case.a[..], [n, k], 0).expect("a full matrix");
    let x = Matrix::new(&case.b[..], [1, k], 0).expect("a full row");
    let (weights, input, bias_of_rival) = (&case.a, &case.b, &bias);
    let factor = factors[0];
    suite.row(Row {
        name: format!("layer {n} × {k}, i8 to i8"),
        inputs: if backend == Backend::Avx2 { "AVX2" } else { "best" },
        elements: 1,
        reach: Reach::Open,
        expected: expected.collect(),
        ours: run("fixq", n, code_bits, move |codes: &mut [i8]| {
            product::gemv_codes(backend, &matrix, &x, &channels, codes).expect("shapes that fit");
        }),
        rivals: vec![run("embedded-nn", n, code_bits, move |codes: &mut [i8]| {
            let dims = |n: usize, c: usize| Dims { n: n as i32, h: 1, w: 1, c: c as i32 };
            let fc = FcParams {
                input_offset: 0,
                filter_offset: 0,
                output_offset: 5,
                activation: embedded_nn::types::Activation { min: -128, max: 127 },
            };
            let quant = PerTensorQuantParams { multiplier: factor.mantissa(), shift: factor.exponent() };
            embedded_nn::fully_connected::fully_connected_s8(
                &fc,
                &quant,
                &dims(1, k),
                input,
                &dims(k, n),
                weights,
                Some(bias_of_rival),
                &dims(1, n),
                codes,
            )
            .expect("shapes that fit");
        })],
        scale: None,
    });
}

/// All rows of this file.
pub fn rows(suite: &mut Suite) {
    matrices(suite);
    vectors(suite);
}
