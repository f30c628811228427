//! The functions at arguments where the result is known without a computation.

use posit::{P16, P32, P64, Posit};

/// A posit from an exact `f64`.
fn p<const N: u32, const ES: u32>(x: f64) -> Posit<N, ES, u64> {
    let y = Posit::from_f64(x);
    assert_eq!(y.to_f64(), x);
    y
}

const NAR: Posit<32, 2, u64> = Posit::NAR;

#[test]
fn the_case_that_a_contracted_multiplication_gets_wrong() {
    assert_eq!(P32::from_bits(0x5B42_6EC4).exp(), P32::from_bits(0x7C17_96FC));
}

#[test]
fn all_of_nar_is_nar() {
    let one: [fn(P32) -> P32; 32] = [
        P32::exp,
        P32::exp_m1,
        P32::exp2,
        P32::exp2_m1,
        P32::exp10,
        P32::exp10_m1,
        P32::ln,
        P32::ln_1p,
        P32::log2,
        P32::log2_1p,
        P32::log10,
        P32::log10_1p,
        P32::sin,
        P32::cos,
        P32::tan,
        P32::sin_pi,
        P32::cos_pi,
        P32::tan_pi,
        P32::asin,
        P32::acos,
        P32::atan,
        P32::asin_pi,
        P32::acos_pi,
        P32::atan_pi,
        P32::sinh,
        P32::cosh,
        P32::tanh,
        P32::asinh,
        P32::acosh,
        P32::atanh,
        P32::logistic,
        P32::cbrt,
    ];
    for f in one {
        assert_eq!(f(P32::NAR), P32::NAR);
    }
    for f in [P32::pow, P32::hypot, P32::atan2, P32::atan2_pi] {
        assert_eq!(f(P32::NAR, P32::ZERO), P32::NAR);
        assert_eq!(f(P32::ONE, P32::NAR), P32::NAR);
    }
    for f in [P32::powi, P32::compound, P32::root_n] {
        assert_eq!(f(P32::NAR, 0), P32::NAR);
    }
}

#[test]
fn outside_the_domain() {
    let minus = p::<32, 2>(-1.5);
    for x in [Posit::ZERO, minus, Posit::MIN] {
        assert_eq!([x.ln(), x.log2(), x.log10()], [NAR; 3]);
    }
    for x in [Posit::NEG_ONE, minus, Posit::MIN] {
        assert_eq!([x.ln_1p(), x.log2_1p(), x.log10_1p()], [NAR; 3]);
    }
    for x in [minus, minus.neg(), Posit::MAX, Posit::MIN] {
        assert_eq!([x.asin(), x.acos(), x.asin_pi(), x.acos_pi(), x.atanh()], [NAR; 5]);
    }
    for x in [Posit::ONE, Posit::NEG_ONE] {
        assert_eq!(x.atanh(), NAR);
    }
    for x in [Posit::ONE.prior(), Posit::ZERO, minus] {
        assert_eq!(x.acosh(), NAR);
    }
    for x in [0.5, -0.5, 1.5, -1023.5] {
        assert_eq!(p::<32, 2>(x).tan_pi(), NAR);
    }
    let zero = Posit::ZERO;
    assert_eq!([zero.atan2(zero), zero.atan2_pi(zero), zero.pow(zero), zero.pow(minus)], [NAR; 4]);
    assert_eq!([minus.pow(p(0.5)), minus.pow(minus), minus.root_n(2), minus.root_n(0)], [NAR; 4]);
    assert_eq!([zero.root_n(-1), zero.powi(-1), Posit::NEG_ONE.compound(-1)], [NAR; 3]);
}

#[test]
fn ends_saturate_and_nothing_becomes_zero() {
    assert_eq!(P16::MAX.exp(), P16::MAX);
    assert_eq!(P16::MIN.exp(), P16::MIN_POSITIVE);
    assert_eq!(P16::MIN.exp2(), P16::MIN_POSITIVE);
    assert_eq!(P16::MIN.exp10(), P16::MIN_POSITIVE);
    assert_eq!(P16::MIN.exp_m1(), P16::NEG_ONE);
    assert_eq!(P16::MIN.sinh(), P16::MIN);
    assert_eq!(P16::MIN.cosh(), P16::MAX);
    assert_eq!(P16::MIN.tanh(), P16::NEG_ONE);
    assert_eq!(P16::MIN.logistic(), P16::MIN_POSITIVE);
    assert_eq!(P16::MIN_POSITIVE.powi(3), P16::MIN_POSITIVE);
    assert_eq!(P16::MIN.powi(3), P16::MIN);
    assert_eq!(P16::MIN_POSITIVE.atan2(P16::MAX), P16::MIN_POSITIVE);
    // 1 + 2^-30 rounds to 1, its logarithm does not round to 0.
    assert!(p::<32, 2>(2f64.powi(-30)).ln_1p().is_positive());
    for f in
        [P32::exp_m1, P32::ln_1p, P32::sin, P32::tan, P32::asin, P32::atan, P32::sinh, P32::tanh, P32::asinh]
    {
        for x in [P32::MIN_POSITIVE, P32::MIN_POSITIVE.neg()] {
            assert_eq!(f(x), x);
        }
    }
}

#[test]
fn powers_of_two_and_ten() {
    for k in -108..109 {
        let power = p::<32, 2>(2f64.powi(k));
        assert_eq!(p::<32, 2>(f64::from(k)).exp2(), power);
        assert_eq!(power.log2(), p(f64::from(k)));
    }
    for k in 0..10 {
        let power = p::<64, 2>(10f64.powi(k));
        assert_eq!(p::<64, 2>(f64::from(k)).exp10(), power);
        assert_eq!(power.log10(), p(f64::from(k)));
        assert_eq!(p::<64, 2>(f64::from(k)).exp10_m1(), power.sub(Posit::ONE));
        assert_eq!(power.sub(Posit::ONE).log10_1p(), p(f64::from(k)));
    }
    for k in -20..28 {
        let x = p::<64, 2>(2f64.powi(k) - 1.0);
        assert_eq!(x.log2_1p(), p(f64::from(k)));
        assert_eq!(p::<64, 2>(f64::from(k)).exp2_m1(), x);
    }
    // <10, 2>: 0x1FD is 2^26 and 0x1FE is 2^28; the border 2^27 goes to the even one, 2^27 - 1 is below it.
    let x = p::<10, 2>(27.0);
    assert_eq!((x.exp2().to_bits(), x.exp2_m1().to_bits()), (0x1FE, 0x1FD));
}

#[test]
fn angles_in_parts_of_a_turn() {
    for k in -64..64 {
        let x = p::<32, 2>(f64::from(k) / 2.0);
        let expected = [0.0, 1.0, 0.0, -1.0];
        assert_eq!(x.sin_pi(), p(expected[(k & 3) as usize]));
        assert_eq!(x.cos_pi(), p(expected[((k + 1) & 3) as usize]));
        let x = p::<32, 2>(f64::from(2 * k + 1) / 4.0);
        assert_eq!(x.tan_pi(), p(if k & 1 == 0 { 1.0 } else { -1.0 }));
    }
    // Huge integers have a parity, and the largest are even.
    assert_eq!(p::<32, 2>(2097151.5).cos_pi(), Posit::ZERO);
    assert_eq!(p::<32, 2>(4194303.0).cos_pi(), Posit::NEG_ONE);
    assert_eq!(P32::MAX.cos_pi(), P32::ONE);
    assert_eq!(P32::MAX.sin_pi(), P32::ZERO);
    let (half, quarter) = (p::<32, 2>(0.5), p::<32, 2>(0.25));
    assert_eq!(
        [Posit::ONE.asin_pi(), Posit::ZERO.acos_pi(), Posit::NEG_ONE.acos_pi()],
        [half, half, Posit::ONE]
    );
    assert_eq!([Posit::ONE.atan_pi(), Posit::NEG_ONE.atan_pi()], [quarter, quarter.neg()]);
    let (x, y) = (p::<32, 2>(-7.25), p::<32, 2>(7.25));
    assert_eq!(y.atan2_pi(x).to_f64(), 0.75);
    assert_eq!(x.atan2_pi(y).to_f64(), -0.25);
    assert_eq!(x.atan2_pi(x).to_f64(), -0.75);
    assert_eq!(Posit::ZERO.atan2_pi(x), Posit::ONE);
    assert_eq!(x.atan2_pi(Posit::ZERO), half.neg());
}

#[test]
fn a_quotient_that_is_a_border_goes_inside() {
    // <16, 2>: 0x0003 is 2^-50 and 0x0004 is 2^-48, the border 2^-49 goes to the even one. The quotient is the
    // border, the angle is a little less. <32, 2>: the same at 2^-114, 2^-112 and 2^-113.
    let (y, x) = (p::<16, 2>(2f64.powi(-24)), p::<16, 2>(2f64.powi(25)));
    assert_eq!((y.div(x).to_bits(), y.atan2(x).to_bits()), (4, 3));
    assert_eq!(y.neg().atan2(x).to_bits(), 0xFFFD);
    let (y, x) = (p::<32, 2>(2f64.powi(-56)), p::<32, 2>(2f64.powi(57)));
    assert_eq!((y.div(x).to_bits(), y.atan2(x).to_bits()), (4, 3));
    assert_eq!(y.next().atan2(x).to_bits(), 4);
    // Just under the border by the last bit of the quotient, and a quotient that is no dyadic number.
    assert_eq!(y.prior().atan2(x).to_bits(), 3);
    assert_eq!(y.atan2(p(1.5 * 2f64.powi(57))).to_bits(), 3);
}

#[test]
fn powers_roots_and_hypotenuses() {
    for (x, y, z) in
        [(3.0, 2.0, 9.0), (0.5, -3.0, 8.0), (2.25, 1.5, 3.375), (-2.0, 3.0, -8.0), (-2.0, -2.0, 0.25)]
    {
        assert_eq!(p::<32, 2>(x).pow(p(y)).to_f64(), z);
        if y == y.trunc() {
            assert_eq!(p::<32, 2>(x).powi(y as i32).to_f64(), z);
        }
    }
    // 81^(3/4) = 27, 2^(-3/2) is irrational, 4^(-3/2) is not.
    assert_eq!(p::<32, 2>(81.0).pow(p(0.75)).to_f64(), 27.0);
    assert_eq!(p::<32, 2>(4.0).pow(p(-1.5)).to_f64(), 0.125);
    assert_eq!(p::<32, 2>(-5.0).pow(Posit::ZERO), Posit::ONE);
    assert_eq!(Posit::<32, 2, u64>::ZERO.powi(0), Posit::ONE);
    for n in 1..12 {
        for x in [3i32, -5] {
            let power = p::<64, 2>(f64::from(x).powi(n));
            let expected = if x < 0 && n % 2 == 0 { Posit::NAR } else { p(f64::from(x)) };
            assert_eq!(if x < 0 && n % 2 == 0 { power.neg().root_n(n) } else { power.root_n(n) }, expected);
        }
    }
    assert_eq!(p::<32, 2>(0.125).root_n(-3).to_f64(), 2.0);
    for (x, y, z) in [(3.0, 4.0, 5.0), (-20.0, 21.0, 29.0), (0.0, -7.0, 7.0), (0.75, 1.0, 1.25)] {
        assert_eq!(p::<32, 2>(x).hypot(p(y)).to_f64(), z);
    }
    assert_eq!(P64::MAX.hypot(P64::MAX), P64::MAX);
    assert_eq!(P64::MIN_POSITIVE.hypot(P64::ZERO), P64::MIN_POSITIVE);
}

#[test]
fn compound_of_small_and_large() {
    assert_eq!(p::<32, 2>(0.5).compound(3).to_f64(), 3.375);
    assert_eq!(p::<32, 2>(-3.0).compound(3).to_f64(), -8.0);
    assert_eq!(p::<32, 2>(-1.0).compound(0), Posit::ONE);
    assert_eq!(p::<32, 2>(-1.0).compound(5), Posit::ZERO);
    assert_eq!(p::<32, 2>(-0.75).compound(-2).to_f64(), 16.0);
    // (1 + 2^-30)^(2^30) is e (1 - 2^-31), though 1 + 2^-30 is no posit.
    let x = p::<32, 2>(2f64.powi(-30));
    assert_eq!(x.compound(1 << 30), Posit::from_f64(1f64.exp() * (1.0 - 2f64.powi(-31))));
    // <64, 4>: (1 + 2^490)^2 is above the border 2^980 by 2^-489 of it, 1 - 2^490 below it.
    let x = Posit::<64, 4, u64>::from_f64(2f64.powi(490));
    let exact = Posit::<64, 4, u64>::from_f64(2f64.powi(980));
    assert!(x.compound(2) >= exact && x.neg().compound(2) <= exact);
}

#[test]
fn constant_expressions() {
    const E: P32 = P32::ONE.exp();
    const PI: P32 = P32::NEG_ONE.acos();
    assert_eq!(E, P32::from_f64(core::f64::consts::E));
    assert_eq!(PI, P32::from_f64(core::f64::consts::PI));
}

#[test]
fn order_is_kept() {
    let monotone: [fn(P16) -> P16; 12] = [
        P16::exp,
        P16::exp_m1,
        P16::exp2,
        P16::exp10_m1,
        P16::atan,
        P16::atan_pi,
        P16::sinh,
        P16::tanh,
        P16::asinh,
        P16::logistic,
        P16::cbrt,
        P16::ln_1p,
    ];
    for f in monotone {
        let mut x = P16::MIN;
        while x != P16::MAX {
            let (a, b) = (f(x), f(x.next()));
            assert!(a <= b || b.is_nar());
            x = x.next();
        }
    }
}

#[test]
fn symmetries() {
    let odd: [fn(P16) -> P16; 12] = [
        P16::sin,
        P16::tan,
        P16::sin_pi,
        P16::tan_pi,
        P16::asin,
        P16::atan,
        P16::asin_pi,
        P16::atan_pi,
        P16::sinh,
        P16::tanh,
        P16::asinh,
        P16::atanh,
    ];
    for bits in 0..=u16::MAX {
        let x = P16::from_bits(bits);
        for f in odd {
            assert_eq!(f(x.neg()), f(x).neg());
        }
        for f in [P16::cos, P16::cos_pi, P16::cosh] {
            assert_eq!(f(x.neg()), f(x));
        }
    }
}
