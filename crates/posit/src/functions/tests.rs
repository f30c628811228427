//! The bounds of the balls, checked against each other: what six limbs say lies in what one limb says.

use super::ball::{Ball, Bound};
use super::fast::{self, Real};
use super::{
    angle, arctangent, arctangent2, exponential, hyperbolic, inverse_hyperbolic, inverse_trigonometric,
    logarithm, power, trigonometric, unpacked,
};
use crate::kernel::unpacked::Unpacked;

/// Arguments of many sizes and kinds of significand.
fn arguments(exponents: core::ops::Range<i32>) -> impl Iterator<Item = Unpacked> {
    let mut state = 1u64;
    exponents.flat_map(|e| (0..40).map(move |k| (e, k))).map(move |(exponent, k)| {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        let significand = match k {
            0 => 0,
            1 => u64::MAX << 2,
            2 => 4,
            3..8 => u64::MAX << (k * 8),
            _ => (state ^ (state >> 29)) & (u64::MAX << 2),
        };
        Unpacked { negative: false, exponent, significand: significand | 1 << 63 }
    })
}

/// Whether the middle of `wide` is within the bound of `narrow`.
fn holds<const L: usize>(narrow: Ball<L>, wide: Ball<6>) -> bool {
    let mut limbs = [0; 6];
    limbs[6 - L..].copy_from_slice(&narrow.limbs);
    let wide = Ball { bound: Bound::NONE, ..wide };
    let distance =
        Ball { limbs, negative: narrow.negative, exponent: narrow.exponent, bound: Bound::NONE }.sub(wide);
    // In units of the last place of `narrow`, rounded up.
    let exponent = distance.exponent - (narrow.exponent - 64 * L as i32 + 1);
    let units = match exponent {
        _ if distance.is_zero() => 0,
        i32::MIN..0 => 1,
        0..62 => (distance.top() >> (63 - exponent)) + 1,
        _ => u64::MAX,
    };
    narrow.bound.reaches(units)
}

macro_rules! check {
    ($name:literal, $x:ident in $range:expr, $f:expr, $g:expr, $h:expr) => {
        for $x in arguments($range) {
            let wide = $h;
            assert!(
                holds::<1>($f, wide),
                "{} of {:#x} * 2^{}, one limb",
                $name,
                $x.significand,
                $x.exponent - 63
            );
            assert!(
                holds::<2>($g, wide),
                "{} of {:#x} * 2^{}, two limbs",
                $name,
                $x.significand,
                $x.exponent - 63
            );
        }
    };
}

macro_rules! check_all {
    ($($name:literal, $range:expr, |$x:ident| $f:expr;)*) => {$(
        check!($name, $x in $range, $f, $f, $f);
    )*};
}

#[test]
fn wide_balls_lie_in_narrow_ones() {
    check_all! {
        "exp", -70..12, |x| exponential::exp(Ball::exact(x));
        "exp of the negative", -70..12, |x| exponential::exp(Ball::exact(x).neg());
        "exp - 1", -70..12, |x| exponential::exp_m1(Ball::exact(x).neg());
        "ln", -990..990, |x| logarithm::ln(Ball::exact(x));
        "ln(1 + x)", -70..70, |x| logarithm::ln_1p(Ball::exact(x));
        "ln(1 - x)", -70..-1, |x| logarithm::ln_1p(Ball::exact(x).neg());
        "atan", -70..70, |x| arctangent::direction(Ball::exact(x), Ball::ONE);
        "atan of a sum", -70..70, |x| arctangent::direction(Ball::exact(x).neg(), Ball::exact(x).add(Ball::ONE).neg());
        "sin", -70..992, |x| angle::radian(x).sin();
        "cos", -70..992, |x| angle::radian(x).cos();
        "sin pi x", -70..70, |x| angle::turn(x).angle().sin();
        "sqrt", -70..70, |x| Ball::exact(x).sqrt();
        "1 / (1 + x)", -70..70, |x| Ball::exact(x).add(Ball::ONE).recip();
    }
}

/// Arguments of 28 bits, one in every interval of the tables of the fast phase, of both signs.
fn short_arguments(exponents: core::ops::Range<i32>) -> impl Iterator<Item = Unpacked> {
    let mut state = 7u64;
    exponents.flat_map(|e| (0..128).map(move |k| (e, k))).map(move |(exponent, k)| {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        let significand = match k {
            0 => 0,
            1 => u64::MAX,
            2 => 1 << 36,
            _ => (k << 56) | (state >> 8),
        };
        let significand = (significand | 1 << 63) & (u64::MAX << 36);
        Unpacked { negative: (state >> 40) & 1 != 0, exponent, significand }
    })
}

/// Arguments of [`short_arguments`] as they are, positive, or above -1; without 1.
macro_rules! check_fast {
    ($($name:literal, $range:expr, |$x:ident| $domain:expr, $fast:expr, $wide:expr;)*) => {$(
        for $x in short_arguments($range) {
            if $x.exponent == 0 && $x.significand == 1 << 63 {
                continue;
            }
            let $x = Unpacked { negative: $x.negative && $domain, ..$x };
            assert!(
                holds::<1>($fast.ball(), $wide),
                "{} of {:#x} * 2^{}, negative {}",
                $name,
                $x.significand,
                $x.exponent - 63,
                $x.negative
            );
        }
    )*};
}

#[test]
fn fast_results_are_within_their_bound() {
    let real = Real::exact;
    check_fast! {
        "exp", -70..9, |x| true, fast::exp(real(x)), exponential::exp_of(x);
        "exp2", -70..9, |x| true, fast::exp2(real(x)), exponential::exp2_of(x);
        "exp10", -70..8, |x| true, fast::exp10(real(x)), exponential::exp10_of(x);
        "exp - 1", -70..9, |x| true, fast::exp_m1(real(x)), exponential::exp_m1_of(x);
        "exp2 - 1", -70..9, |x| true, fast::exp2_m1(real(x)), exponential::exp2_m1_of(x);
        "exp10 - 1", -70..8, |x| true, fast::exp10_m1(real(x)), exponential::exp10_m1_of(x);
        "logistic", -70..9, |x| true, fast::logistic(real(x)), exponential::logistic_of(x);
        "ln", -150..150, |x| false, fast::ln(real(x)), logarithm::ln_of(x);
        "log2", -150..150, |x| false, fast::log2(real(x)), logarithm::log2_of(x);
        "log10", -150..150, |x| false, fast::log10(real(x)), logarithm::log10_of(x);
        "ln(1 + x)", -70..150, |x| x.exponent < 0, fast::ln_1p(real(x)), logarithm::ln_1p_of(x);
        "log2(1 + x)", -70..150, |x| x.exponent < 0, fast::log2_1p(real(x)), logarithm::log2_1p_of(x);
        "log10(1 + x)", -70..150, |x| x.exponent < 0, fast::log10_1p(real(x)), logarithm::log10_1p_of(x);
        "sin", -70..480, |x| true, fast::sin(x), trigonometric::sin_of(x);
        "cos", -70..480, |x| true, fast::cos(x), trigonometric::cos_of(x);
        "tan", -70..480, |x| true, fast::tan(x), trigonometric::tan_of(x);
        "sinh", -70..9, |x| true, fast::sinh(real(x)), hyperbolic::sinh_of(x);
        "cosh", -70..9, |x| true, fast::cosh(real(x)), hyperbolic::cosh_of(x);
        "tanh", -70..8, |x| true, fast::tanh(real(x)), hyperbolic::tanh_of(x);
        "asinh", -70..480, |x| true, fast::asinh(real(x)), inverse_hyperbolic::asinh_of(x);
        "acosh", 0..480, |x| false, fast::acosh(real(x)), inverse_hyperbolic::acosh_of(x);
        "atanh", -70..0, |x| true, fast::atanh(real(x)), inverse_hyperbolic::atanh_of(x);
        "asin", -70..0, |x| true, fast::asin(real(x)), inverse_trigonometric::asin_of(x);
        "acos", -70..0, |x| true, fast::acos(real(x)), inverse_trigonometric::acos_of(x);
        "atan", -480..480, |x| true, fast::atan(real(x)), inverse_trigonometric::atan_of(x);
        "asin / pi", -70..0, |x| true, fast::asin_pi(real(x)), inverse_trigonometric::asin_pi_of(x);
        "acos / pi", -70..0, |x| true, fast::acos_pi(real(x)), inverse_trigonometric::acos_pi_of(x);
        "atan / pi", -70..70, |x| true, fast::atan_pi(real(x)), inverse_trigonometric::atan_pi_of(x);
    }
    for x in short_arguments(-3..20) {
        // Multiples of one half have exact results, or none.
        if angle::turn(x).fraction != 0 {
            assert!(holds::<1>(fast::sin_pi(x).ball(), trigonometric::sin_pi_of(x)));
            assert!(holds::<1>(fast::cos_pi(x).ball(), trigonometric::cos_pi_of(x)));
            assert!(holds::<1>(fast::tan_pi(x).ball(), trigonometric::tan_pi_of(x)));
        }
    }
}

#[test]
fn fast_powers_are_within_their_bound() {
    for (x, y) in short_arguments(-40..40).zip(short_arguments(-20..60)) {
        if x.exponent == 0 && x.significand == 1 << 63 {
            continue;
        }
        let x = Unpacked { negative: false, ..x };
        // Beyond 2^480 the formats end.
        let wide = power::pow_of::<6>(x, y);
        if wide.exponent.abs() <= 480 {
            assert!(holds::<1>(fast::pow(Real::exact(x), Real::exact(y)).ball(), wide));
        }
        assert!(holds::<1>(fast::atan2(Real::exact(x), Real::exact(y)).ball(), arctangent2::atan2_of(x, y)));
        let n = unpacked(2 + (y.significand >> 56) as i32);
        let x = Unpacked { negative: x.exponent < 0 && y.negative, ..x };
        let wide = power::compound_of::<6>(x, n);
        if wide.exponent.abs() <= 480 {
            assert!(holds::<1>(fast::compound(Real::exact(x), Real::exact(n)).ball(), wide));
        }
    }
}
