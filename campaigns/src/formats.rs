//! Functions of `posit` by name, as plain functions on patterns, for one format.

use crate::reference::{self, Binary, Unary};
use gmp_mpfr_sys::mpfr;
use posit::Posit;

pub type One = (&'static str, fn(u64) -> u64, Unary);
pub type Two = (&'static str, fn(u64, u64) -> u64, Binary);
pub type Integer = (&'static str, fn(u64, i32) -> u64, reference::WithInteger);

macro_rules! one {
    ($n:ident $es:ident: $($f:ident $m:path;)*) => {
        vec![$((stringify!($f), |x| Posit::<$n, $es, u64>::from_word(x).$f().to_word(), $m)),*]
    };
}

/// Every function of one argument.
pub fn unary<const N: u32, const ES: u32>() -> Vec<One> {
    one! { N ES:
        exp mpfr::exp; exp_m1 mpfr::expm1; exp2 mpfr::exp2; exp2_m1 mpfr::exp2m1; exp10 mpfr::exp10; exp10_m1 mpfr::exp10m1;
        ln mpfr::log; ln_1p mpfr::log1p; log2 mpfr::log2; log2_1p mpfr::log2p1; log10 mpfr::log10; log10_1p mpfr::log10p1;
        sin mpfr::sin; cos mpfr::cos; tan mpfr::tan; sin_pi mpfr::sinpi; cos_pi mpfr::cospi; tan_pi mpfr::tanpi;
        asin mpfr::asin; acos mpfr::acos; atan mpfr::atan; asin_pi mpfr::asinpi; acos_pi mpfr::acospi; atan_pi mpfr::atanpi;
        sinh mpfr::sinh; cosh mpfr::cosh; tanh mpfr::tanh; asinh mpfr::asinh; acosh mpfr::acosh; atanh mpfr::atanh;
        logistic reference::logistic;
    }
}

/// Every function of two posits, in the order of the arguments in MPFR.
pub fn binary<const N: u32, const ES: u32>() -> Vec<Two> {
    macro_rules! two {
        ($($f:ident $m:path;)*) => {
            vec![$((stringify!($f), |x, y| {
                Posit::<N, ES, u64>::from_word(x).$f(Posit::from_word(y)).to_word()
            }, $m)),*]
        };
    }
    two! { pow reference::pow; hypot mpfr::hypot; atan2 reference::atan2; atan2_pi reference::atan2pi; }
}

/// Every function of a posit and an integer.
pub fn integer<const N: u32, const ES: u32>() -> Vec<Integer> {
    macro_rules! three {
        ($($f:ident $m:path;)*) => {
            vec![$((stringify!($f), |x, n| Posit::<N, ES, u64>::from_word(x).$f(n).to_word(), $m)),*]
        };
    }
    three! { powi mpfr::pow_si; compound reference::compound; root_n mpfr::rootn_si; }
}
