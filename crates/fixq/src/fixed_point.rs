//! exp, logistic and tanh on 32-bit fixed-point numbers: gemmlowp's, to the last bit.
//!
//! `Q(i)` means `i` integer bits: an `i32` raw value `a` is the real `a / 2^(31 − i)`. All functions are
//! total and use neither floats nor 64-bit division.
//!
//! Worked example: −1 in Q(5) is `−2^26`; [`exp_on_negative`] gives `790015084`, which in Q(0) is
//! `0.36787944 = 1/e`.

use crate::multiplier::{
    rounding_divide_by_power_of_two as divide, saturating_rounding_doubling_high_mul as mul,
};

/// `x · 2^n` for `n` in `0..31`, saturating.
const fn shift_left(x: i32, n: u32) -> i32 {
    let limit = i32::MAX >> n;
    if x > limit {
        i32::MAX
    } else if x < -limit {
        i32::MIN
    } else {
        x << n
    }
}

/// `(a + b) / 2`, half away from zero.
const fn half_sum(a: i32, b: i32) -> i32 {
    let sum = a as i64 + b as i64;
    ((sum + if sum >= 0 { 1 } else { -1 }) / 2) as i32
}

/// exp on `[-1/4, 0)`, Q(0) to Q(0): the Taylor polynomial of degree 4 around −1/8.
const fn exp_on_quarter(a: i32) -> i32 {
    const EXP_MINUS_EIGHTH: i32 = 1_895_147_668;
    const THIRD: i32 = 715_827_883;
    let x = a.wrapping_add(1 << 28);
    let x2 = mul(x, x);
    let (x3, x4) = (mul(x2, x), mul(x2, x2));
    let tail = divide(mul(divide(x4, 2).wrapping_add(x3), THIRD).wrapping_add(x2), 1);
    EXP_MINUS_EIGHTH.wrapping_add(mul(EXP_MINUS_EIGHTH, x.wrapping_add(tail)))
}

/// exp of a number that is not positive, Q(`integer_bits`) to Q(0); 0 gives the largest value below 1.
///
/// `integer_bits` in `1..=26`; a positive `a` is outside the contract and gives some number.
#[must_use]
pub const fn exp_on_negative(a: i32, integer_bits: u32) -> i32 {
    /// exp(−2^e) in Q(0) for e = −2, −1, .. 4.
    const POWERS: [i32; 7] =
        [1_672_461_947, 1_302_514_674, 790_015_084, 290_630_308, 39_332_535, 720_401, 242];
    if a == 0 {
        return i32::MAX;
    }
    let fraction_bits = 31 - integer_bits;
    if integer_bits > 5 && a < -(1 << (36 - integer_bits)) {
        return 0;
    }
    let quarter = 1i32 << (fraction_bits - 2);
    let in_quarter = (a & (quarter - 1)) - quarter;
    let mut result = exp_on_quarter(shift_left(in_quarter, integer_bits));
    let remainder = in_quarter.wrapping_sub(a);
    let mut i = 0;
    while i < 7 && i < integer_bits + 2 {
        if remainder & (quarter << i) != 0 {
            result = mul(result, POWERS[i as usize]);
        }
        i += 1;
    }
    result
}

/// `2 / (1 + a)` for `a` in `[0, 1)`, Q(0) to Q(2): three Newton steps from `48/17 − 32/17 · (1 + a)/2`.
const fn newton(a: i32) -> i32 {
    let half_denominator = half_sum(a, i32::MAX);
    let mut x = 1_515_870_810i32.wrapping_add(mul(half_denominator, -1_010_580_540));
    let mut step = 0;
    while step < 3 {
        let error = (1i32 << 29).wrapping_sub(mul(half_denominator, x));
        x = x.wrapping_add(shift_left(mul(x, error), 2));
        step += 1;
    }
    x
}

/// `1 / (1 + a)` for `a` in `[0, 1)`, Q(0) to Q(0).
#[must_use]
pub const fn one_over_one_plus(a: i32) -> i32 {
    shift_left(newton(a), 1)
}

/// `1 / (1 + exp(−a))`, Q(`integer_bits`) to Q(0); `integer_bits` in `1..=26`.
#[must_use]
pub const fn logistic(a: i32, integer_bits: u32) -> i32 {
    if a == 0 {
        return 1 << 30;
    }
    let p = one_over_one_plus(exp_on_negative(minus_absolute(a), integer_bits));
    if a > 0 { p } else { i32::MAX.wrapping_sub(p) }
}

/// tanh, Q(`integer_bits`) to Q(0); `integer_bits` in `1..=25`.
#[must_use]
pub const fn tanh(a: i32, integer_bits: u32) -> i32 {
    if a == 0 {
        return 0;
    }
    // exp(−2|a|): the same raw value read with one more integer bit. Then (1 − b)/(1 + b) = 2/(1 + b) − 1.
    let b = exp_on_negative(minus_absolute(a), integer_bits + 1);
    let t = shift_left(newton(b).wrapping_sub(1 << 29), 2);
    if a < 0 { -t } else { t }
}

/// `−|a|`, which exists for every `i32`.
const fn minus_absolute(a: i32) -> i32 {
    if a > 0 { -a } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::println;

    #[test]
    fn errors_against_floats() {
        let (mut exp, mut log, mut tan) = (0.0f64, 0.0f64, 0.0f64);
        let one = f64::from(1u32 << 31);
        for i in -(1 << 20)..=0 {
            let a: i32 = i << 10;
            let real = f64::from(a) / f64::from(1 << 26);
            exp = exp.max((f64::from(exp_on_negative(a, 5)) / one - real.exp()).abs());
        }
        for i in -(1 << 18)..1 << 18 {
            let a: i32 = i << 12;
            let real = f64::from(a) / f64::from(1 << 27);
            log = log.max((f64::from(logistic(a, 4)) / one - 1.0 / (1.0 + (-real).exp())).abs());
            tan = tan.max((f64::from(tanh(a, 4)) / one - real.tanh()).abs());
        }
        println!("largest errors: exp {exp:.1e}, logistic {log:.1e}, tanh {tan:.1e}");
        assert!(exp < 2.4e-7 && log < 8e-8 && tan < 1.5e-7);
    }

    #[test]
    fn every_input_is_defined() {
        for integer_bits in 1..=25 {
            for a in [i32::MIN, i32::MIN + 1, -(1 << 30), -1, 0, 1, i32::MAX] {
                let _ = (logistic(a, integer_bits), tanh(a, integer_bits), one_over_one_plus(a));
                let _ = exp_on_negative(minus_absolute(a), integer_bits);
            }
        }
    }
}
