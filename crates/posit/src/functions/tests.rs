//! The bounds of the balls, checked against each other: what six limbs say lies in what one limb says.

use super::ball::{Ball, Bound};
use super::fast::{self, Real};
use super::{angle, arctangent, exponential, logarithm};
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

/// Arguments of 28 bits, several in every interval of the tables of the fast phase, of both signs.
fn short_arguments(exponents: core::ops::Range<i32>) -> impl Iterator<Item = Unpacked> {
    let mut state = 7u64;
    exponents.flat_map(|e| (0..1024).map(move |k| (e, k))).map(move |(exponent, k)| {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        let significand = match k {
            0 => 0,
            1 => u64::MAX,
            2 => 1 << 36,
            _ => (k << 53) | (state >> 11),
        };
        let significand = (significand | 1 << 63) & (u64::MAX << 36);
        Unpacked { negative: state >> 40 & 1 != 0, exponent, significand }
    })
}

macro_rules! check_fast {
    ($($name:literal, $range:expr, |$x:ident| $fast:expr, $wide:expr;)*) => {$(
        for $x in short_arguments($range) {
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
    check_fast! {
        "exp", -70..9, |x| fast::exp(Real::exact(x)), exponential::exp(Ball::exact(x));
        "exp2", -70..9, |x| fast::exp2(Real::exact(x)), exponential::exp2_of(x);
        "exp10", -70..8, |x| fast::exp10(Real::exact(x)), exponential::exp10_of(x);
        "exp - 1", -70..9, |x| fast::exp_m1(Real::exact(x)), exponential::exp_m1(Ball::exact(x));
        "exp2 - 1", -70..9, |x| fast::exp2_m1(Real::exact(x)), exponential::exp2_m1_of(x);
        "exp10 - 1", -70..8, |x| fast::exp10_m1(Real::exact(x)), exponential::exp10_m1_of(x);
    }
    for x in short_arguments(-150..150) {
        let x = Unpacked { negative: false, ..x };
        if x.exponent == 0 && x.significand == 1 << 63 {
            continue;
        }
        assert!(
            holds::<1>(fast::ln(Real::exact(x)).ball(), logarithm::ln_of(x)),
            "ln of {:#x} * 2^{}, negative {}",
            x.significand,
            x.exponent - 63,
            x.negative
        );
        assert!(
            holds::<1>(fast::log2(Real::exact(x)).ball(), logarithm::log2_of(x)),
            "log2 of {:#x} * 2^{}, negative {}",
            x.significand,
            x.exponent - 63,
            x.negative
        );
        assert!(
            holds::<1>(fast::log10(Real::exact(x)).ball(), logarithm::log10_of(x)),
            "log10 of {:#x} * 2^{}, negative {}",
            x.significand,
            x.exponent - 63,
            x.negative
        );
    }
    for x in short_arguments(-70..150) {
        let x = Unpacked { negative: x.negative && x.exponent < 0, ..x };
        let y = Real::exact(x);
        assert!(
            holds::<1>(fast::ln_1p(y).ball(), logarithm::ln_1p_of(x)),
            "ln(1 + x) of {:#x} * 2^{}, negative {}",
            x.significand,
            x.exponent - 63,
            x.negative
        );
        assert!(
            holds::<1>(fast::log2_1p(y).ball(), logarithm::log2_1p_of(x)),
            "log2(1 + x) of {:#x} * 2^{}, negative {}",
            x.significand,
            x.exponent - 63,
            x.negative
        );
        assert!(
            holds::<1>(fast::log10_1p(y).ball(), logarithm::log10_1p_of(x)),
            "log10(1 + x) of {:#x} * 2^{}, negative {}",
            x.significand,
            x.exponent - 63,
            x.negative
        );
    }
}
