//! Posit32 through a filter: a result is right if the C library's `f64` function, with a generous bound of
//! its error, is between the borders of the result; only near a border, and for what is no number, MPFR
//! decides.
//!
//! The GNU C library states errors of at most a few units of `2^-52` for all functions used; the forms that
//! are composed here (Pi, base 10, minus one) add a few more. The bound is `2^-44`, so 256 such units.

use crate::formats::One;
use crate::reference::{number, unary, verdict};
use crate::{Tally, of_one};
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

/// The value of a positive pattern of `n <= 33` bits with two exponent bits.
fn value(n: u32, pattern: u64) -> f64 {
    let body = pattern << (65 - n);
    let first = body >> 63 == 1;
    let run = if first { (!body).leading_zeros() } else { body.leading_zeros() };
    let r = if first { run as i64 - 1 } else { -(run as i64) };
    let rest = (body << run) << 1;
    f64::from_bits(((4 * r + (rest >> 62) as i64 + 1023) as u64) << 52 | (rest << 2) >> 12)
}

/// A posit32 as a number.
fn float(x: u32) -> f64 {
    match x {
        0 => 0.0,
        0x8000_0000 => f64::NAN,
        _ if x >> 31 == 1 => -value(32, u64::from(x.wrapping_neg())),
        _ => value(32, u64::from(x)),
    }
}

/// Whether `y`, right to the margin, certainly rounds to `result`.
fn certain(result: u32, y: f64) -> bool {
    if result == 0x8000_0000 {
        return y.is_nan();
    }
    if result == 0 || y.is_nan() {
        return false;
    }
    let (p, y) = if result >> 31 == 1 { (result.wrapping_neg(), -y) } else { (result, y) };
    let above = p == 1 || value(33, 2 * u64::from(p) - 1) < y * (1.0 - MARGIN);
    let below = p == 0x7FFF_FFFF || y * (1.0 + MARGIN) < value(33, 2 * u64::from(p) + 1);
    above && below && y >= 0.0
}

/// Every `stride`-th input of one function, or of all.
pub fn run(only: &str, stride: u64, start: u64) {
    for &(name, ours, theirs) in &of_one(32, 2) as &Vec<One> {
        if only != "all" && only != name {
            continue;
        }
        let f = approximation(name);
        let mut tally = Tally::new(name, 32, 2);
        let mut doubtful = 0u64;
        let mut x = start;
        while x < 1 << 32 {
            let result = ours(x);
            let mut right = certain(result as u32, f(float(x as u32)));
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
