//! The functions in MPFR, and the verdict on one result.

use crate::border::side;
use core::cmp::Ordering::Equal;
use gmp_mpfr_sys::mpfr::{self, mpfr_t, rnd_t};
use rug::Float;
use std::os::raw::{c_int, c_long};

#[allow(non_camel_case_types)]
pub type mpfr_ptr = *mut mpfr_t;
#[allow(non_camel_case_types)]
pub type mpfr_srcptr = *const mpfr_t;

/// A function of one argument, correctly rounded by MPFR to the precision of the result.
pub type Unary = unsafe extern "C" fn(mpfr_ptr, mpfr_srcptr, rnd_t) -> c_int;
/// A function of two arguments.
pub type Binary = unsafe extern "C" fn(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, rnd_t) -> c_int;

/// A posit as a number; NaR is NaN.
pub fn number(n: u32, es: u32, pattern: u64) -> Float {
    let mut x = Float::new(64);
    let top = 1u64 << (n - 1);
    if pattern == top {
        x.assign_nan();
    } else if pattern != 0 {
        let negative = pattern > top;
        let magnitude = if negative { pattern.wrapping_neg() & (u64::MAX >> (64 - n)) } else { pattern };
        let (m, e) = crate::border::value(n, es, u128::from(magnitude));
        unsafe { mpfr::set_ui_2exp(x.as_raw_mut(), m, e, rnd_t::RNDN) };
        if negative {
            x = -x;
        }
    }
    x
}

trait AssignNan {
    fn assign_nan(&mut self);
}

impl AssignNan for Float {
    fn assign_nan(&mut self) {
        unsafe { mpfr::set_nan(self.as_raw_mut()) }
    }
}

/// By how many units of the last place a result may be wrong; 0 if it is exact. An exact infinity is a pole,
/// another one an overflow.
pub struct Evaluation {
    pub units: u32,
}

/// Whether `pattern` is the correct rounding of what `evaluate` approaches. Also gives the last value.
pub fn verdict(
    n: u32,
    es: u32,
    pattern: u64,
    mut precision: u32,
    evaluate: &mut dyn FnMut(&mut Float) -> Evaluation,
) -> (bool, Float) {
    let nar = 1u64 << (n - 1);
    loop {
        let mut v = Float::new(precision);
        let Evaluation { units } = evaluate(&mut v);
        if v.is_nan() || (v.is_infinite() && units == 0) {
            return (pattern == nar, v);
        }
        if pattern == nar {
            return (false, v);
        }
        if units != 0 && (v.is_zero() || v.get_exp().is_some_and(|e| e < -1_000_000)) {
            // Underflow, or next to it.
            let least = if v.is_sign_negative() { u64::MAX >> (64 - n) } else { 1 };
            return (pattern == least, v);
        }
        let (mut low, mut high) = (v.clone(), v.clone());
        for _ in 0..units {
            low.next_down();
            high.next_up();
        }
        let (a, b) = (side(n, es, pattern, &low), side(n, es, pattern, &high));
        if a == b {
            return (a == Equal, v);
        }
        precision *= 2;
        if precision > 20_000 {
            return (false, v);
        }
    }
}

/// One argument through MPFR.
pub fn unary(f: Unary, x: &Float) -> impl FnMut(&mut Float) -> Evaluation + '_ {
    move |v| {
        let ternary = unsafe { f(v.as_raw_mut(), x.as_raw(), rnd_t::RNDN) };
        Evaluation { units: (ternary != 0) as u32 }
    }
}

/// Two arguments through MPFR.
pub fn binary<'a>(f: Binary, x: &'a Float, y: &'a Float) -> impl FnMut(&mut Float) -> Evaluation + 'a {
    move |v| {
        let ternary = unsafe { f(v.as_raw_mut(), x.as_raw(), y.as_raw(), rnd_t::RNDN) };
        Evaluation { units: (ternary != 0) as u32 }
    }
}

/// `1 / (1 + e^-x)`, to four units.
pub unsafe extern "C" fn logistic(r: mpfr_ptr, x: mpfr_srcptr, _: rnd_t) -> c_int {
    // With 40 bits more, so that the error is below one unit; never exact but at 0.
    unsafe {
        let p = mpfr::get_prec(r) as u32;
        let zero = mpfr::zero_p(x) != 0;
        let mut e = Float::new(p + 40);
        mpfr::neg(e.as_raw_mut(), x, rnd_t::RNDN);
        mpfr::exp(e.as_raw_mut(), e.as_raw(), rnd_t::RNDN);
        mpfr::add_ui(e.as_raw_mut(), e.as_raw(), 1, rnd_t::RNDN);
        mpfr::ui_div(r, 1, e.as_raw(), rnd_t::RNDN);
        if zero { 0 } else { 1 }
    }
}

/// A function of a number and an integer.
pub type WithInteger = unsafe extern "C" fn(mpfr_ptr, mpfr_srcptr, c_long, rnd_t) -> c_int;

/// A number and an integer through MPFR.
pub fn with_integer(f: WithInteger, x: &Float, n: i32) -> impl FnMut(&mut Float) -> Evaluation + '_ {
    move |v| {
        if x.is_nan() {
            // MPFR has NaN^0 = 1.
            v.assign_nan();
            return Evaluation { units: 0 };
        }
        let ternary = unsafe { f(v.as_raw_mut(), x.as_raw(), c_long::from(n), rnd_t::RNDN) };
        Evaluation { units: (ternary != 0) as u32 }
    }
}

/// `(1 + x)^n` with the exact `1 + x`: MPFR's own function has no value below -1.
pub unsafe extern "C" fn compound(r: mpfr_ptr, x: mpfr_srcptr, n: c_long, rounding: rnd_t) -> c_int {
    let mut base = Float::new(2300);
    unsafe {
        let inexact = mpfr::add_ui(base.as_raw_mut(), x, 1, rnd_t::RNDN);
        assert_eq!(inexact, 0);
        mpfr::pow_si(r, base.as_raw(), n, rounding)
    }
}

/// MPFR's, but without a value for `0^0`, and NaN for NaN.
pub unsafe extern "C" fn pow(r: mpfr_ptr, x: mpfr_srcptr, y: mpfr_srcptr, rounding: rnd_t) -> c_int {
    unsafe {
        if mpfr::nan_p(x) != 0 || mpfr::nan_p(y) != 0 || (mpfr::zero_p(x) != 0 && mpfr::zero_p(y) != 0) {
            mpfr::set_nan(r);
            return 0;
        }
        mpfr::pow(r, x, y, rounding)
    }
}

/// MPFR's, but without a value at the origin.
pub unsafe extern "C" fn atan2(r: mpfr_ptr, y: mpfr_srcptr, x: mpfr_srcptr, rounding: rnd_t) -> c_int {
    unsafe {
        if mpfr::zero_p(x) != 0 && mpfr::zero_p(y) != 0 {
            mpfr::set_nan(r);
            return 0;
        }
        mpfr::atan2(r, y, x, rounding)
    }
}

/// MPFR's, but without a value at the origin.
pub unsafe extern "C" fn atan2pi(r: mpfr_ptr, y: mpfr_srcptr, x: mpfr_srcptr, rounding: rnd_t) -> c_int {
    unsafe {
        if mpfr::zero_p(x) != 0 && mpfr::zero_p(y) != 0 {
            mpfr::set_nan(r);
            return 0;
        }
        mpfr::atan2pi(r, y, x, rounding)
    }
}
