//! Products of matrices against their definition, on every backend of the CPU.

use fixq::product::{self, Matrix, Packed, Source};
use fixq::{
    Activation, Backend, Channels, Codes, Double, F32HalfEven, Int4, Line, Output, Params, Ratio, Rounding,
    Single,
};

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 24
    }

    /// Codes of the whole range, half of them at its ends.
    fn codes(&mut self, count: usize, low: i32, high: i32) -> Vec<i32> {
        let mut code = || match self.next() % 4 {
            0 => low,
            1 => high,
            _ => low + (self.next() % (high - low + 1) as u64) as i32,
        };
        (0..count).map(|_| code()).collect()
    }
}

fn naive(a: &[i32], za: i32, b: impl Fn(usize, usize) -> i32, zb: i32, [m, k, n]: [usize; 3]) -> Vec<i32> {
    let mut sums = vec![0; m * n];
    for i in 0..m {
        for j in 0..n {
            sums[i * n + j] = (0..k).map(|p| (a[i * k + p] - za) * (b(p, j) - zb)).sum();
        }
    }
    sums
}

fn backends() -> impl Iterator<Item = Backend> {
    Backend::ALL.into_iter().filter(|b| b.is_available())
}

fn gemm<S: Source, T: Source>(a: &Matrix<S>, b: &Matrix<T>, transposed: bool, backend: Backend) -> Vec<i32> {
    let (depth, columns) = if transposed { (b.columns(), b.rows()) } else { (b.rows(), b.columns()) };
    let mut lines = vec![Line::ZERO; product::packed_len(backend, depth, columns).unwrap()];
    let pack = if transposed { Packed::transposed } else { Packed::new };
    let packed = pack(backend, b, &mut lines).unwrap();
    let mut sums = vec![7; a.rows() * columns];
    let mut scratch = vec![255; product::scratch_len(&packed, a.rows())];
    product::gemm(a, &packed, &mut scratch, &mut sums).unwrap();
    sums
}

fn transpose(b: &[i32], [k, n]: [usize; 2]) -> Vec<i32> {
    (0..n * k).map(|at| b[at % k * n + at / k]).collect()
}

fn s8(codes: &[i32]) -> Vec<i8> {
    codes.iter().map(|&c| c as i8).collect()
}

fn u8s(codes: &[i32]) -> Vec<u8> {
    codes.iter().map(|&c| c as u8).collect()
}

/// Every size 1..=40 in each dimension; types, orders and zero points take turns.
#[test]
fn all_small_sizes() {
    let mut random = Random(1);
    let mut products = 0;
    for m in 1..=40 {
        for k in 1..=40 {
            for n in 1..=40 {
                let turn = m + 3 * k + 5 * n;
                let kind = turn % 4;
                let transposed = turn / 4 % 2 == 0;
                let (low_a, high_a) = if kind == 1 || kind == 2 { (0, 255) } else { (-128, 127) };
                let (low_b, high_b) = match kind {
                    2 => (0, 255),
                    3 => (-8, 7),
                    _ => (-128, 127),
                };
                let a = random.codes(m * k, low_a, high_a);
                let b = random.codes(k * n, low_b, high_b);
                let za = random.codes(1, low_a, high_a)[0];
                let zb = if turn % 3 == 0 { random.codes(1, low_b, high_b)[0] } else { 0 };
                let expected = naive(&a, za, |p, j| b[p * n + j], zb, [m, k, n]);
                let stored = if transposed { transpose(&b, [k, n]) } else { b };
                let shape = if transposed { [n, k] } else { [k, n] };
                for backend in backends() {
                    let sums = match kind {
                        0 => gemm(
                            &Matrix::new(&s8(&a)[..], [m, k], za).unwrap(),
                            &Matrix::new(&s8(&stored)[..], shape, zb).unwrap(),
                            transposed,
                            backend,
                        ),
                        1 => gemm(
                            &Matrix::new(&u8s(&a)[..], [m, k], za).unwrap(),
                            &Matrix::new(&s8(&stored)[..], shape, zb).unwrap(),
                            transposed,
                            backend,
                        ),
                        2 => gemm(
                            &Matrix::new(&u8s(&a)[..], [m, k], za).unwrap(),
                            &Matrix::new(&u8s(&stored)[..], shape, zb).unwrap(),
                            transposed,
                            backend,
                        ),
                        _ => {
                            let mut bytes = vec![0; Int4::bytes(k * n)];
                            fixq::packed::pack(&s8(&stored), 4, &mut bytes).unwrap();
                            let int4 = Int4::new(&bytes, k * n).unwrap();
                            gemm(
                                &Matrix::new(&s8(&a)[..], [m, k], za).unwrap(),
                                &Matrix::new(int4, shape, zb).unwrap(),
                                transposed,
                                backend,
                            )
                        }
                    };
                    assert!(sums == expected, "{backend:?} {m} {k} {n} kind {kind} transposed {transposed}");
                    products += 1;
                }
            }
        }
    }
    println!("{products} products on {:?}", backends().collect::<Vec<_>>());
}

/// The largest products everywhere, at every depth: what saturating instructions get wrong.
#[test]
fn ends_of_the_range_everywhere() {
    for k in (1..=40).chain([63, 64, 65, 127, 128, 129, 1000, 4096]) {
        for (a, b) in [(-128i8, -128i8), (-128, 127), (127, -128), (127, 127)] {
            for [za, zb] in [[0, 0], [127, 127], [-128, -128], [-128, 127], [3, 0]] {
                let [m, n] = [13, 33];
                let (left, right) = (vec![a; m * k], vec![b; k * n]);
                let sum = k as i32 * (i32::from(a) - za) * (i32::from(b) - zb);
                let x = Matrix::new(&left[..], [m, k], za).unwrap();
                let w = Matrix::new(&right[..], [n, k], zb).unwrap();
                for backend in backends() {
                    assert!(gemm(&x, &w, true, backend).iter().all(|&s| s == sum), "{backend:?} {k} {a} {b}");
                    let row = Matrix::new(&left[..k], [1, k], za).unwrap();
                    let mut sums = vec![7; n];
                    product::gemv(backend, &w, &row, &mut sums).unwrap();
                    assert!(sums.iter().all(|&s| s == sum), "{backend:?} {k} {a} {b} by vector");
                }
            }
        }
    }
}

#[test]
fn large_sizes_and_little_scratch() {
    let mut random = Random(2);
    for [m, k, n] in [[200, 1031, 97], [33, 4100, 129], [1, 5000, 70], [300, 300, 300]] {
        let (a, b) = (random.codes(m * k, -128, 127), random.codes(k * n, -128, 127));
        let expected = naive(&a, -128, |p, j| b[p * n + j], 127, [m, k, n]);
        let (a, b) = (s8(&a), s8(&b));
        let left = Matrix::new(&a[..], [m, k], -128).unwrap();
        let right = Matrix::new(&b[..], [k, n], 127).unwrap();
        for backend in backends() {
            let mut lines = vec![Line::ZERO; product::packed_len(backend, k, n).unwrap()];
            let packed = Packed::new(backend, &right, &mut lines).unwrap();
            let all = product::scratch_len(&packed, m);
            for length in [all, all / 2, product::scratch_len(&packed, m.min(13))] {
                let mut sums = vec![0; m * n];
                let mut scratch = vec![0; length];
                match product::gemm(&left, &packed, &mut scratch, &mut sums) {
                    Ok(()) => assert!(sums == expected, "{backend:?} {m} {k} {n}"),
                    Err(fixq::Error::Length { expected, .. }) => assert!(length < expected),
                    Err(error) => panic!("{error}"),
                }
            }
            #[cfg(feature = "rayon")]
            {
                let mut sums = vec![0; m * n];
                let mut scratch = vec![0; 16 * all];
                product::par_gemm(&left, &packed, &mut scratch, &mut sums).unwrap();
                assert!(sums == expected, "{backend:?} {m} {k} {n} on threads");
            }
        }
    }
}

/// Every length of a row and every number of rows, all pairs of types.
#[test]
fn vectors_of_all_small_sizes() {
    let mut random = Random(3);
    for n in 1..=40 {
        for k in (1..=70).chain([511, 512, 513, 1000]) {
            let kind = (n + k) % 4;
            let (low_w, high_w) = [(-128, 127), (-128, 127), (0, 255), (-8, 7)][kind];
            let (low_x, high_x) = [(-128, 127), (0, 255), (0, 255), (-128, 127)][kind];
            let (w, x) = (random.codes(n * k, low_w, high_w), random.codes(k, low_x, high_x));
            let (zw, zx) = (random.codes(1, low_w, high_w)[0], random.codes(1, low_x, high_x)[0]);
            let expected = naive(&x, zx, |p, j| w[j * k + p], zw, [1, k, n]);
            let mut bytes = vec![0; Int4::bytes(n * k)];
            for backend in backends() {
                let mut sums = vec![7; n];
                let (w8, x8) = (s8(&w), s8(&x));
                let (wu, xu) = (u8s(&w), u8s(&x));
                let x8 = Matrix::new(&x8[..], [1, k], if low_x == 0 { 0 } else { zx });
                let xu = Matrix::new(&xu[..], [1, k], zx);
                match kind {
                    0 => {
                        let w = Matrix::new(&w8[..], [n, k], zw).unwrap();
                        product::gemv(backend, &w, &x8.unwrap(), &mut sums)
                    }
                    1 => {
                        let w = Matrix::new(&w8[..], [n, k], zw).unwrap();
                        product::gemv(backend, &w, &xu.unwrap(), &mut sums)
                    }
                    2 => {
                        let w = Matrix::new(&wu[..], [n, k], zw).unwrap();
                        product::gemv(backend, &w, &xu.unwrap(), &mut sums)
                    }
                    _ => {
                        fixq::packed::pack(&w8, 4, &mut bytes).unwrap();
                        let w = Matrix::new(Int4::new(&bytes, n * k).unwrap(), [n, k], zw).unwrap();
                        product::gemv(backend, &w, &x8.unwrap(), &mut sums)
                    }
                }
                .unwrap();
                assert!(sums == expected, "{backend:?} {n} {k} kind {kind}");
            }
        }
    }
}

fn fused<R: Rounding>(per_channel: bool) {
    let mut random = Random(4);
    let [m, k, n] = [29, 65, 83];
    let (x, w) = (random.codes(m * k, -128, 127), random.codes(n * k, -127, 127));
    let bias = random.codes(n, -30_000, 30_000);
    let sums = naive(&x, -5, |p, j| w[j * k + p], 0, [m, k, n]);
    let factors: Vec<R::Factor> = (0..if per_channel { n } else { 1 })
        .map(|c| R::factor(Ratio::from_real(0.0003 * (1.0 + c as f64 / 7.0))).unwrap())
        .collect();
    let params = Params::new(0.1, 9, Codes::INT8).unwrap();
    let output = Output::new(params, Activation::Relu6);
    let channels = Channels::<R>::new(n, Some(&bias), &factors, output).unwrap();
    let expected: Vec<i8> = sums.iter().enumerate().map(|(at, &sum)| channels.code(at % n, sum)).collect();
    let (x, w) = (s8(&x), s8(&w));
    let left = Matrix::new(&x[..], [m, k], -5).unwrap();
    let weights = Matrix::new(&w[..], [n, k], 0).unwrap();
    for backend in backends() {
        let mut lines = vec![Line::ZERO; product::packed_len(backend, k, n).unwrap()];
        let packed = Packed::transposed(backend, &weights, &mut lines).unwrap();
        let mut scratch = vec![0; product::scratch_len(&packed, m)];
        let mut codes = vec![0; m * n];
        product::gemm_codes(&left, &packed, &channels, &mut scratch, &mut codes).unwrap();
        assert_eq!(codes, expected, "{backend:?}");
        let row = Matrix::new(&x[3 * k..4 * k], [1, k], -5).unwrap();
        let mut codes = vec![0; n];
        product::gemv_codes(backend, &weights, &row, &channels, &mut codes).unwrap();
        assert_eq!(codes, expected[3 * n..4 * n], "{backend:?}");
        #[cfg(feature = "rayon")]
        {
            let mut codes = vec![0; m * n];
            let mut scratch = vec![0; 8 * product::scratch_len(&packed, m)];
            product::par_gemm_codes(&left, &packed, &channels, &mut scratch, &mut codes).unwrap();
            assert_eq!(codes, expected, "{backend:?} on threads");
            let mut codes = vec![0; n];
            product::par_gemv_codes(backend, &weights, &row, &channels, &mut codes).unwrap();
            assert_eq!(codes, expected[3 * n..4 * n], "{backend:?} on threads");
        }
    }
}

#[test]
fn requantization_is_that_of_a_channel() {
    for per_channel in [false, true] {
        fused::<Double>(per_channel);
        fused::<Single>(per_channel);
        fused::<F32HalfEven>(per_channel);
    }
}

#[test]
fn errors_are_named() {
    use fixq::Error;
    let codes = [1i8; 12];
    assert_eq!(
        Matrix::new(&codes[..], [3, 5], 0).map(|_| ()),
        Err(Error::Length { expected: 15, found: 12 })
    );
    assert!(matches!(Matrix::new(&codes[..], [3, 4], 128), Err(Error::BadZeroPoint { .. })));
    assert!(matches!(Matrix::new(&[1u8; 4][..], [2, 2], -1), Err(Error::BadZeroPoint { .. })));
    assert!(matches!(Matrix::new(&codes[..], [usize::MAX, 2], 0), Err(Error::TooLarge)));
    assert_eq!(product::packed_len(Backend::Portable, usize::MAX / 2, 3), Err(Error::TooLarge));
    let matrix = Matrix::new(&codes[..], [3, 4], 0).unwrap();
    let mut lines = [Line::ZERO; 2];
    let packed = Packed::new(Backend::Portable, &matrix, &mut lines).unwrap();
    let mut sums = [0; 12];
    assert_eq!(
        product::gemm(&matrix, &packed, &mut [0; 999], &mut sums),
        Err(Error::BadBroadcast { a: 4, b: 3 })
    );
    let left = Matrix::new(&codes[..], [4, 3], 0).unwrap();
    assert!(matches!(product::gemm(&left, &packed, &mut [], &mut [0; 16]), Err(Error::Length { .. })));
    assert!(matches!(product::gemm(&left, &packed, &mut [0; 999], &mut sums), Err(Error::Length { .. })));
    assert_eq!(product::gemm(&left, &packed, &mut [0; 999], &mut [0; 16]), Ok(()));
    if let Some(absent) = Backend::ALL.into_iter().find(|b| !b.is_available()) {
        assert!(matches!(Packed::new(absent, &matrix, &mut lines), Err(Error::BadBackend)));
        let row = Matrix::new(&codes[..4], [1, 4], 0).unwrap();
        assert_eq!(product::gemv(absent, &matrix, &row, &mut [0; 3]), Err(Error::BadBackend));
    }
}
