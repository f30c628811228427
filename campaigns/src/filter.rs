//! Many inputs through a filter: a result is right if the C library's `f64` function, with a generous bound of
//! its error, is between the borders of the result; only near a border, and for what is no number, MPFR
//! decides.
//!
//! The GNU C library states errors of at most a few units of `2^-52` for all functions used; the forms that
//! are composed here (Pi, base 10, minus one) add a few more. The bound is `2^-44`, so 256 such units. With two
//! arguments it is `2^-40`: `exp(n log1p(x))` is off by 300 units before it saturates.

use crate::formats::One;
use crate::generate::Random;
use crate::reference::{binary, number, unary, verdict, with_integer};
use crate::{Tally, of_integer, of_one, of_two};
use core::f64::consts::{LN_2, LN_10, PI};

mod c {
    unsafe extern "C" {
        pub safe fn asinh(x: f64) -> f64;
        pub safe fn acosh(x: f64) -> f64;
        pub safe fn atanh(x: f64) -> f64;
        pub safe fn exp10(x: f64) -> f64;
    }
}

const MARGIN: f64 = 1.0 / (1u64 << 44) as f64;
const MARGIN_OF_TWO: f64 = 1.0 / (1u64 << 40) as f64;

/// `2 x = q + f` with `|f| <= 1/2`, exactly.
fn quarter(x: f64) -> (i64, f64) {
    let y = x % 2.0 * 2.0;
    let q = y.round();
    (q as i64, (y - q) / 2.0 * PI)
}

fn sin_pi(x: f64) -> f64 {
    let (q, r) = quarter(x);
    let y = if q & 1 == 0 { r.sin() } else { r.cos() };
    if q & 2 == 0 { y } else { -y }
}

fn cos_pi(x: f64) -> f64 {
    let (q, r) = quarter(x);
    let y = if q & 1 == 0 { r.cos() } else { -r.sin() };
    if q & 2 == 0 { y } else { -y }
}

/// The function in `f64`.
fn approximation(name: &str) -> fn(f64) -> f64 {
    match name {
        "exp" => f64::exp,
        "exp_m1" => f64::exp_m1,
        "exp2" => f64::exp2,
        "exp2_m1" => |x| if x.abs() < 0.5 { (x * LN_2).exp_m1() } else { x.exp2() - 1.0 },
        "exp10" => |x| c::exp10(x),
        "exp10_m1" => |x| if x.abs() < 0.2 { (x * LN_10).exp_m1() } else { c::exp10(x) - 1.0 },
        "ln" => f64::ln,
        "ln_1p" => f64::ln_1p,
        "log2" => f64::log2,
        "log2_1p" => |x| x.ln_1p() / LN_2,
        "log10" => f64::log10,
        "log10_1p" => |x| x.ln_1p() / LN_10,
        "sin" => f64::sin,
        "cos" => f64::cos,
        "tan" => f64::tan,
        "sin_pi" => sin_pi,
        "cos_pi" => cos_pi,
        "tan_pi" => |x| sin_pi(x) / cos_pi(x),
        "asin" => f64::asin,
        "acos" => f64::acos,
        "atan" => f64::atan,
        "asin_pi" => |x| x.asin() / PI,
        "acos_pi" => |x| x.acos() / PI,
        "atan_pi" => |x| x.atan() / PI,
        "sinh" => f64::sinh,
        "cosh" => f64::cosh,
        "tanh" => f64::tanh,
        "asinh" => |x| c::asinh(x),
        "acosh" => |x| c::acosh(x),
        "atanh" => |x| c::atanh(x),
        "logistic" => |x| 1.0 / (1.0 + (-x).exp()),
        _ => panic!("no such function: {name}"),
    }
}

/// Two arguments in `f64`, in the order of ours.
fn approximation_of_two(name: &str) -> fn(f64, f64) -> f64 {
    match name {
        "pow" => f64::powf,
        "hypot" => f64::hypot,
        "atan2" => f64::atan2,
        "atan2_pi" => |y, x| y.atan2(x) / PI,
        _ => panic!("no such function: {name}"),
    }
}

/// A number and an integer in `f64`.
fn approximation_with_integer(name: &str) -> fn(f64, i32) -> f64 {
    match name {
        "powi" => |x, n| x.powf(f64::from(n)),
        "compound" => |x, n| match 1.0 + x {
            base if base - 1.0 == x && base - x == 1.0 => base.powf(f64::from(n)),
            _ => (f64::from(n) * x.ln_1p()).exp(),
        },
        // Even roots of negative numbers are NaN.
        "root_n" => |x, n| match n & 1 {
            0 => x.powf(1.0 / f64::from(n)),
            _ => x.abs().powf(1.0 / f64::from(n)).copysign(x),
        },
        _ => panic!("no such function: {name}"),
    }
}

/// The value of a positive pattern of `n <= 33` bits with at most two exponent bits.
fn value(n: u32, es: u32, pattern: u64) -> f64 {
    let body = pattern << (65 - n);
    let first = body >> 63 == 1;
    let run = if first { (!body).leading_zeros() } else { body.leading_zeros() };
    let r = if first { i64::from(run) - 1 } else { -i64::from(run) };
    let rest = (body << run) << 1;
    let e = if es == 0 { 0 } else { (rest >> (64 - es)) as i64 };
    f64::from_bits((((r << es) + e + 1023) as u64) << 52 | (rest << es) >> 12)
}

/// A posit as a number.
fn float(n: u32, es: u32, x: u64) -> f64 {
    let top = 1u64 << (n - 1);
    match x {
        0 => 0.0,
        _ if x == top => f64::NAN,
        _ if x > top => -value(n, es, 2 * top - x),
        _ => value(n, es, x),
    }
}

/// Whether `y`, right to the margin, certainly rounds to `result`.
fn certain(n: u32, es: u32, result: u64, y: f64, margin: f64) -> bool {
    let top = 1u64 << (n - 1);
    if result == top {
        return y.is_nan();
    }
    if result == 0 || y.is_nan() {
        return false;
    }
    let (p, y) = if result > top { (2 * top - result, -y) } else { (result, y) };
    let above = p == 1 || value(n + 1, es, 2 * p - 1) < y * (1.0 - margin);
    let below = p == top - 1 || y * (1.0 + margin) < value(n + 1, es, 2 * p + 1);
    above && below && y >= 0.0
}

/// Every `stride`-th input of one function of posit32, or of all.
pub fn run(only: &str, stride: u64, start: u64) {
    for &(name, ours, theirs) in &of_one(32, 2) as &Vec<One> {
        if only != "all" && only != name {
            continue;
        }
        let f = approximation(name);
        // These reduce their argument exactly: zeros and poles are exact.
        let multiple = ["sin_pi", "cos_pi", "tan_pi"].contains(&name);
        let mut tally = Tally::new(name, 32, 2);
        let mut doubtful = 0u64;
        let mut x = start;
        while x < 1 << 32 {
            let result = ours(x);
            let y = f(float(32, 2, x));
            let mut right = match y {
                0.0 if multiple => result == 0,
                _ if multiple && y.is_infinite() => result == 1 << 31,
                _ => certain(32, 2, result, y, MARGIN),
            };
            if !right {
                doubtful += 1;
                right = verdict(32, 2, result, 128, &mut unary(theirs, &number(32, 2, x))).0;
            }
            tally.count(right, x, 0, result);
            x += stride;
        }
        eprintln!("{name}: {doubtful} to MPFR");
        tally.finish();
    }
}

/// `count` random pairs of every function of two arguments, for at most 32 bits and two exponent bits.
pub fn run_pairs(n: u32, es: u32, only: &str, count: u64, seed: u64) {
    let mut random = Random(seed);
    for &(name, ours, theirs) in &of_two(n, es) {
        if !only.is_empty() && only != name {
            continue;
        }
        let f = approximation_of_two(name);
        let mut tally = Tally::new(name, n, es);
        for _ in 0..count {
            let (x, y) = (random.pattern(n), random.pattern(n));
            let result = ours(x, y);
            let (a, b) = (float(n, es, x), float(n, es, y));
            // C has values at zero, and powers of NaN, that the standard has not.
            let ordinary = a * b != 0.0 && !a.is_nan() && !b.is_nan();
            let right = ordinary && certain(n, es, result, f(a, b), MARGIN_OF_TWO) || {
                let (a, b) = (number(n, es, x), number(n, es, y));
                verdict(n, es, result, 2 * n + 64, &mut binary(theirs, &a, &b)).0
            };
            tally.count(right, x, y, result);
        }
        tally.finish();
    }
    for &(name, ours, theirs) in &of_integer(n, es) {
        if !only.is_empty() && only != name {
            continue;
        }
        let f = approximation_with_integer(name);
        let mut tally = Tally::new(name, n, es);
        for _ in 0..count {
            // Magnitudes of every length.
            let (x, k) = (random.pattern(n), random.next() as i32 >> random.below(32));
            let result = ours(x, k);
            let a = float(n, es, x);
            let ordinary = a != 0.0 && !a.is_nan() && k != 0 && (name != "compound" || a > -1.0);
            let right = ordinary && certain(n, es, result, f(a, k), MARGIN_OF_TWO)
                || verdict(n, es, result, 2 * n + 64, &mut with_integer(theirs, &number(n, es, x), k)).0;
            tally.count(right, x, k, result);
        }
        tally.finish();
    }
}
