//! Code that knows nothing about posits, run on posits.
#![cfg(all(feature = "ndarray", feature = "num-traits", feature = "simba"))]

use nalgebra::{Complex, ComplexField, DMatrix, Matrix3, RealField, Vector3};
use ndarray::{Array1, Array2, NdFloat};
use num_traits::{Float, FromPrimitive, Pow, real::Real};
use posit::{P16, P32, P64, Posit};

/// A root by Newton, generic over `Float`.
fn newton<F: Float>(f: impl Fn(F) -> F, derivative: impl Fn(F) -> F, mut x: F) -> F {
    for _ in 0..60 {
        let next = x - f(x) / derivative(x);
        if (next - x).abs() <= F::epsilon() {
            break;
        }
        x = next;
    }
    x
}

#[test]
fn generic_over_float() {
    let two = P32::from_f64(2.0);
    let root = newton(|x: P32| x * x - two, |x| two * x, P32::ONE);
    assert!((root - P32::SQRT_2).abs() <= P32::EPSILON);
    let half_pi = newton(|x: P64| Float::cos(x), |x| -Float::sin(x), P64::from_f64(1.5));
    assert!((half_pi - P64::FRAC_PI_2).abs() <= P64::EPSILON);
    // Real is implied, and so is Pow for both exponents.
    fn cube<R: Real + Pow<i32, Output = R>>(x: R) -> R {
        x.pow(3)
    }
    assert_eq!(cube(P16::from_f64(3.0)).to_f64(), 27.0);
    assert_eq!(Pow::pow(P16::from_f64(2.0), P16::from_f64(-2.0)).to_f64(), 0.25);
    assert_eq!(Float::log(P16::from_f64(8.0), P16::from_f64(2.0)).round().to_f64(), 3.0);
}

/// Standardises the columns: ndarray's `mean` and `std`, generic over `NdFloat`.
fn standardise<F: NdFloat + FromPrimitive>(a: &Array2<F>) -> Array2<F> {
    let mean = a.mean_axis(ndarray::Axis(0)).unwrap();
    let std = a.std_axis(ndarray::Axis(0), F::zero());
    (a - &mean) / &std
}

#[test]
fn ndarray_statistics() {
    let a = Array2::from_shape_fn((20, 3), |(i, j)| P32::from_f64((i * 7 % 20) as f64 + 10.0 * j as f64));
    let b = standardise(&a);
    let mean: Array1<P32> = b.mean_axis(ndarray::Axis(0)).unwrap();
    let std = b.std_axis(ndarray::Axis(0), P32::ZERO);
    for (m, s) in mean.iter().zip(&std) {
        assert!(m.abs() < P32::from_f64(1e-6) && (*s - P32::ONE).abs() < P32::from_f64(1e-6), "{m} {s}");
    }
}

/// Solves by LU, Cholesky and QR and returns the largest residual.
fn residual<T: RealField + Copy>(a: &DMatrix<T>, b: &DMatrix<T>) -> T {
    let spd = a.transpose() * a;
    let mut worst = T::zero();
    for x in [
        a.clone().lu().solve(b).unwrap(),
        a.clone().qr().solve(b).unwrap(),
        spd.cholesky().unwrap().solve(&(a.transpose() * b)),
        a.clone().svd(true, true).solve(b, T::default_epsilon()).unwrap(),
    ] {
        worst = worst.max((a * x - b).amax());
    }
    worst
}

#[test]
fn nalgebra_solves() {
    fn at<const N: u32, const ES: u32, S: posit::Storage>(bound: f64) {
        let a = DMatrix::from_fn(5, 5, |i, j| {
            Posit::<N, ES, S>::from_f64(if i == j { 4.0 } else { 1.0 / (1.0 + i as f64 + 2.0 * j as f64) })
        });
        let b = DMatrix::from_fn(5, 2, |i, j| Posit::from_f64(1.0 + i as f64 - j as f64));
        let worst = residual(&a, &b);
        assert!(worst.to_f64() < bound, "{worst}");
    }
    at::<16, 1, u16>(0.05);
    at::<16, 2, u16>(0.1);
    at::<32, 2, u32>(1e-6);
    at::<64, 2, u64>(1e-15);
}

#[test]
fn nalgebra_geometry_and_eigenvalues() {
    let m = Matrix3::new(2.0, 1.0, 0.0, 1.0, 3.0, 1.0, 0.0, 1.0, 4.0).map(P32::from_f64);
    let eigen = m.symmetric_eigen();
    let back = eigen.recompose();
    assert!((back - m).norm() < P32::from_f64(1e-5));
    assert!(back.relative_eq(&m, P32::from_f64(1e-5), P32::from_f64(1e-5)));
    let r = nalgebra::Rotation3::from_euler_angles(P32::FRAC_PI_6, P32::FRAC_PI_3, P32::ONE);
    let v = Vector3::new(1.0, 2.0, 2.0).map(P32::from_f64);
    assert!(((r * v).norm() - P32::from_f64(3.0)).abs() < P32::from_f64(1e-6));
    let z: Complex<P32> = Complex::new(P32::ZERO, P32::ONE);
    assert!(((z * z).re + P32::ONE).is_zero());
    assert_eq!(P32::from_f64(-4.0).try_sqrt(), None);
}

#[test]
fn rustfft_there_and_back() {
    use num_complex::Complex as Pair;
    let signal = |t: usize| P32::from_f64((t * 37 % 101) as f64 / 101.0 - 0.5);
    let mut buffer: Vec<_> = (0..96).map(|t| Pair::new(signal(t), P32::ZERO)).collect();
    let mut planner = rustfft::FftPlanner::new();
    planner.plan_fft_forward(96).process(&mut buffer);
    planner.plan_fft_inverse(96).process(&mut buffer);
    for (t, z) in buffer.iter().enumerate() {
        let error = z / P32::from_f64(96.0) - signal(t);
        assert!(error.norm() < P32::from_f64(1e-7), "{t}: {error}");
    }
}
