//! Two crates that know nothing about posits, run on posits unchanged: `rustfft`, generic over num-traits, and
//! `num_complex::Complex`, whose `norm` is generic over `num_traits::Float`.
//!
//! Prints the signal-to-noise ratio of a forward and a backward transform against `f64`, by format and scale of
//! the signal: tapered precision shows as a peak where the numbers stay near 1.
//!
//! ```text
//! cargo run --release -p posit --features num-traits --example spectrum
//! ```

use num_complex::Complex;
use num_traits::Float;
use posit::{P16, P32};
use rustfft::{FftNum, FftPlanner};

const LENGTH: usize = 256;

/// A chord of three tones, sample `t` of `LENGTH`, largest magnitude near `scale`.
fn chord(t: usize, scale: f64) -> f64 {
    let turn = |tone: f64| (core::f64::consts::TAU * tone * t as f64 / LENGTH as f64).sin();
    scale * (turn(3.0) + 0.5 * turn(17.0) + 0.25 * turn(40.5)) / 1.75
}

/// The spectrum's magnitudes and the signal after a forward and a backward transform.
fn there_and_back<T: FftNum + Float>(signal: &[T]) -> (Vec<T>, Vec<T>) {
    let mut planner = FftPlanner::new();
    let mut buffer: Vec<_> = signal.iter().map(|&x| Complex::new(x, T::zero())).collect();
    planner.plan_fft_forward(signal.len()).process(&mut buffer);
    let magnitudes = buffer.iter().map(|z| z.norm()).collect();
    planner.plan_fft_inverse(signal.len()).process(&mut buffer);
    let length = T::from_usize(signal.len()).unwrap_or_else(T::nan);
    (magnitudes, buffer.iter().map(|z| z.re / length).collect())
}

/// Signal over noise in decibels.
fn ratio<T: FftNum + Float>(scale: f64) -> f64 {
    let exact: Vec<f64> = (0..LENGTH).map(|t| chord(t, scale)).collect();
    let (magnitudes, signal) =
        there_and_back::<T>(&exact.iter().map(|&x| T::from(x).unwrap_or_else(T::nan)).collect::<Vec<_>>());
    let peak = (0..LENGTH / 2)
        .max_by(|&i, &j| magnitudes[i].partial_cmp(&magnitudes[j]).unwrap_or(core::cmp::Ordering::Equal));
    assert_eq!(peak, Some(3), "the loudest tone is the third");
    let power: f64 = exact.iter().map(|x| x * x).sum();
    let noise: f64 =
        exact.iter().zip(signal).map(|(x, y)| (x - y.to_f64().unwrap_or(f64::NAN)).powi(2)).sum();
    10.0 * (power / noise).log10()
}

fn main() {
    println!("scale    P16      P32      f32    dB after a forward and a backward transform of {LENGTH}");
    for exponent in [-12, -8, -4, 0, 4, 8, 12] {
        let scale = 2f64.powi(exponent);
        let (p16, p32, f32) = (ratio::<P16>(scale), ratio::<P32>(scale), ratio::<f32>(scale));
        assert!(p16 > 20.0 && p32 > 100.0, "posits stay near the exact signal");
        println!("2^{exponent:<4} {p16:>6.1}   {p32:>6.1}   {f32:>6.1}");
    }
}
