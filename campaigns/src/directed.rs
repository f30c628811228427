//! Arguments whose results are next to a border: the inverse function of the border, rounded to a posit. And
//! angles next to multiples of pi / 2.

use crate::Tally;
use crate::border::value;
use crate::formats::One;
use crate::generate::Random;
use crate::reference::{number, unary, verdict};
use core::cmp::Ordering;
use gmp_mpfr_sys::mpfr::{self, rnd_t};
use rug::Float;
use rug::float::Constant;

/// Pairs of functions, each the inverse of the other.
const INVERSE: [(&str, &str); 15] = [
    ("exp", "ln"),
    ("exp_m1", "ln_1p"),
    ("exp2", "log2"),
    ("exp2_m1", "log2_1p"),
    ("exp10", "log10"),
    ("exp10_m1", "log10_1p"),
    ("sin", "asin"),
    ("cos", "acos"),
    ("tan", "atan"),
    ("sin_pi", "asin_pi"),
    ("cos_pi", "acos_pi"),
    ("tan_pi", "atan_pi"),
    ("sinh", "asinh"),
    ("cosh", "acosh"),
    ("tanh", "atanh"),
];

/// The largest posit not above `v`, or minus maxPos.
fn below(n: u32, es: u32, v: &Float) -> u64 {
    // In the order of signed patterns; from -maxPos to maxPos.
    let (mut low, mut high) = (1 - (1i128 << (n - 1)), 1i128 << (n - 1));
    let mask = u64::MAX >> (64 - n);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let x = number(n, es, middle as u64 & mask);
        if x.partial_cmp(v) == Some(Ordering::Greater) { high = middle } else { low = middle }
    }
    low as u64 & mask
}

/// `count` borders for every function.
pub fn run(n: u32, es: u32, functions: &[One], count: u64, seed: u64) {
    let mut random = Random(seed);
    let mask = u64::MAX >> (64 - n);
    for &(name, ours, theirs) in functions {
        let inverse = INVERSE.iter().find_map(|&(a, b)| match name {
            _ if name == a => Some(b),
            _ if name == b => Some(a),
            _ => None,
        });
        let Some(inverse) = functions.iter().find(|f| Some(f.0) == inverse) else { continue };
        let mut tally = Tally::new(&format!("{name}, directed"), n, es);
        for i in 0..count {
            let mut target = Float::new(1500);
            if i % 2 == 0 && ["sin", "cos", "tan"].contains(&name) {
                // A multiple of pi / 2 of any size.
                let k = random.next() >> random.below(64);
                target = Float::with_val(1500, Constant::Pi) * k;
                let e = random.below(u64::from(n - 2) << es) as i64 - 64;
                unsafe { mpfr::mul_2si(target.as_raw_mut(), target.as_raw(), e.max(-1), rnd_t::RNDN) };
            } else {
                let r = random.pattern(n) & (mask >> 1);
                if r == 0 {
                    continue;
                }
                let (m, e) = value(n + 1, es, 2 * u128::from(r) + 1);
                let mut border = Float::with_val(64, m);
                unsafe {
                    mpfr::mul_2si(border.as_raw_mut(), border.as_raw(), e, rnd_t::RNDN);
                    (inverse.2)(target.as_raw_mut(), border.as_raw(), rnd_t::RNDN);
                }
            }
            if !target.is_finite() {
                continue;
            }
            let p = below(n, es, &target);
            for x in [p.wrapping_sub(1), p, p.wrapping_add(1), p.wrapping_add(2)] {
                let x = x & mask;
                let result = ours(x);
                let right = verdict(n, es, result, 2 * n + 64, &mut unary(theirs, &number(n, es, x))).0;
                tally.count(right, x, 0, result);
            }
        }
        tally.finish();
    }
}

/// Pairs whose results are on a border, or one step beside it: multiples of Pythagorean triples, squares and
/// cubes and their roots, quotients that are a border.
pub fn run_two(
    n: u32,
    es: u32,
    two: &[crate::formats::Two],
    integers: &[crate::formats::Integer],
    count: u64,
) {
    use crate::reference::{binary, with_integer};
    let mut random = Random(count);
    let mask = u64::MAX >> (64 - n);
    // About as many bits as the format has at 1, and one more.
    let bits = u64::from(n - es - 1).min(52);
    let posit = |x: f64| below(n, es, &Float::with_val(64, x));
    for &(name, ours, theirs) in two {
        let mut tally = Tally::new(&format!("{name}, directed"), n, es);
        for i in 0..count {
            let k = (random.next() >> (64 - 1 - random.below(bits))) | 1;
            let scale = f64::powi(2.0, random.below(24) as i32 - 12);
            let k = k as f64 * scale;
            let (x, y) = match (name, i % 4) {
                ("hypot", 0) => (3.0 * k, 4.0 * k),
                ("hypot", 1) => (20.0 * k, 21.0 * k),
                ("hypot", 2) => (-5.0 * k, 12.0 * k),
                ("hypot", _) => (k, scale / 1e6),
                ("pow", 0) => (k, 2.0),
                ("pow", 1) => (k * k, 0.5),
                ("pow", 2) => (k, 3.0),
                ("pow", _) => (k * k, 1.5),
                (_, 0) => (k * f64::powi(2.0, -20), f64::powi(2.0, 20)),
                (_, 1) => (k, f64::powi(2.0, 30)),
                (_, 2) => (-k, k),
                _ => (k * f64::powi(2.0, -40), -3.0),
            };
            let (x, y) = (posit(x), posit(y));
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (mask, 0), (0, mask)] {
                let (x, y) = (x.wrapping_add(dx) & mask, y.wrapping_add(dy) & mask);
                let result = ours(x, y);
                let (a, b) = (number(n, es, x), number(n, es, y));
                let right = verdict(n, es, result, 2 * n + 64, &mut binary(theirs, &a, &b)).0;
                tally.count(right, x, y, result);
            }
        }
        tally.finish();
    }
    for &(name, ours, theirs) in integers {
        let mut tally = Tally::new(&format!("{name}, directed"), n, es);
        for i in 0..count {
            let degree = 2 + random.below(6) as i32;
            let k = ((random.next() >> (64 - 1 - random.below(bits / degree as u64 + 1))) | 1) as f64;
            let scale = f64::powi(2.0, degree * (random.below(9) as i32 - 4));
            let x = match (name, i % 2) {
                ("root_n", 0) => k.powi(degree) * scale,
                ("compound", 0) => k - 1.0,
                ("compound", _) => k / f64::powi(2.0, random.below(30) as i32) - 1.0,
                _ => k,
            };
            let x = posit(x);
            for (dx, degree) in [(0, degree), (1, degree), (mask, degree), (0, -degree), (0, degree + 1)] {
                let x = x.wrapping_add(dx) & mask;
                let result = ours(x, degree);
                let right =
                    verdict(n, es, result, 2 * n + 64, &mut with_integer(theirs, &number(n, es, x), degree))
                        .0;
                tally.count(right, x, degree, result);
            }
        }
        tally.finish();
    }
}
