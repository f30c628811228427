//! Laws of arithmetic and order, and `f64` as a reference where it is exact.

use core::f64::consts;
use posit::{P8, P16, P16E1, P32, P64, Posit};
use proptest::prelude::*;

macro_rules! laws {
    ($($name:ident: $p:ty, $bits:ty;)*) => {$(
        mod $name {
            use super::*;

            fn posit() -> impl Strategy<Value = $p> {
                prop_oneof![
                    any::<$bits>(),
                    Just(0),
                    Just(1),
                    Just(1 << (<$bits>::BITS - 1)),
                    // Every regime with equal weight.
                    (any::<$bits>(), 0..<$bits>::BITS).prop_map(|(x, s)| x >> s),
                    (any::<$bits>(), 0..<$bits>::BITS).prop_map(|(x, s)| !(x >> s)),
                ]
                .prop_map(<$p>::from_bits)
            }

            proptest! {
                #[test]
                fn addition_and_multiplication_commute(a in posit(), b in posit()) {
                    prop_assert_eq!(a + b, b + a);
                    prop_assert_eq!(a * b, b * a);
                    prop_assert_eq!(a - b, -(b - a));
                }

                #[test]
                fn identities(a in posit()) {
                    prop_assert_eq!(a + <$p>::ZERO, a);
                    prop_assert_eq!(a * <$p>::ONE, a);
                    prop_assert_eq!(a / <$p>::ONE, a);
                    prop_assert_eq!(a - a, if a.is_nar() { a } else { <$p>::ZERO });
                    prop_assert_eq!(a.next().prior(), a);
                    prop_assert_eq!(a.prior().next(), a);
                    prop_assert_eq!(-(-a), a);
                    prop_assert_eq!(a.sign() * a.abs(), a);
                    if a.is_finite() && !a.is_zero() {
                        prop_assert_eq!(a / a, <$p>::ONE);
                        prop_assert_eq!(a % a, <$p>::ZERO);
                    }
                    prop_assert_eq!(a.trunc() + a.fract(), a);
                }

                #[test]
                fn a_difference_is_zero_only_of_equals(a in posit(), b in posit()) {
                    prop_assert_eq!((a - b).is_zero(), a == b && a.is_finite());
                    prop_assert_eq!((a * b).is_zero(), a.is_zero() && b.is_finite() || b.is_zero() && a.is_finite());
                }

                #[test]
                fn rounding_is_monotone(a in posit(), b in posit(), c in posit()) {
                    let (low, high) = (a.min(b), a.max(b));
                    if low.is_finite() && c.is_finite() {
                        prop_assert!(low + c <= high + c);
                        prop_assert!(low - c <= high - c);
                        let (p, q) = (low * c, high * c);
                        let rises = if c.is_negative() { p >= q } else { p <= q };
                        prop_assert!(rises);
                        prop_assert!(low.sqrt() <= high.sqrt());
                        prop_assert!(low.floor() <= high.floor());
                        prop_assert!(low.to_f64() <= high.to_f64());
                        prop_assert!(<$p>::MIN <= low + c && high * c <= <$p>::MAX);
                    }
                }

                #[test]
                fn order_is_that_of_the_signed_pattern_and_of_the_values(a in posit(), b in posit()) {
                    let signed = |x: $p| x.to_bits().wrapping_add(1 << (<$bits>::BITS - 1));
                    prop_assert_eq!(a.cmp(&b), signed(a).cmp(&signed(b)));
                    prop_assert_eq!(a.compare_less(b), a < b);
                    prop_assert_eq!(a.compare_greater_equal(b), a >= b);
                    prop_assert_eq!(a.compare_equal(b), a == b);
                    if a < b && a.is_finite() {
                        prop_assert!((b - a).is_positive());
                    }
                    prop_assert!(<$p>::NAR <= a);
                }

                #[test]
                fn fused_is_exact_for_special_operands(a in posit(), b in posit(), c in posit()) {
                    prop_assert_eq!(a.mul_add(b, <$p>::ZERO), a * b);
                    prop_assert_eq!(a.mul_add(<$p>::ONE, c), a + c);
                    prop_assert_eq!(a.mul_mul(b, <$p>::ONE), a * b);
                    prop_assert_eq!(a.mul_mul(b, c), c.mul_mul(a, b));
                    prop_assert_eq!(<$p>::dot(&[a, b], &[b, c]), <$p>::dot(&[b, c], &[a, b]));
                    prop_assert_eq!(<$p>::dot(&[a], &[b]), Ok(a * b));
                    prop_assert_eq!(<$p>::dot(&[a, <$p>::ONE], &[b, c]), Ok(a.mul_add(b, c)));
                }

                #[test]
                fn euclid(a in posit(), b in posit()) {
                    let r = a.rem_euclid(b);
                    prop_assert!(r.is_nar() || (!r.is_negative() && r <= b.abs()));
                    prop_assert!(a % b == r || (a % b).is_negative());
                }

                #[test]
                fn text_reads_back(a in posit()) {
                    prop_assert_eq!(a.to_string().parse(), Ok(a));
                    prop_assert_eq!(format!("{a:e}").parse(), Ok(a));
                }
            }
        }
    )*};
}
laws! {
    p8: P8, u8;
    p16: P16, u16;
    p16e1: P16E1, u16;
    p32: P32, u32;
    p64: P64, u64;
    p64e4: Posit<64, 4>, u64;
}

// One operation in f64 and one rounding is exact where 2 p <= 53 and the range fits: N <= 16 here.
proptest! {
    #[test]
    fn f64_then_round(a in any::<u16>(), b in any::<u16>()) {
        macro_rules! check {
            ($($p:ty)*) => {$(
                let (x, y) = (<$p>::from_bits(a), <$p>::from_bits(b));
                let (v, w) = (x.to_f64(), y.to_f64());
                prop_assert_eq!(x + y, <$p>::from_f64(v + w));
                prop_assert_eq!(x - y, <$p>::from_f64(v - w));
                prop_assert_eq!(x * y, <$p>::from_f64(v * w));
                prop_assert_eq!(x / y, <$p>::from_f64(if w == 0.0 { f64::NAN } else { v / w }));
                prop_assert_eq!(x.sqrt(), <$p>::from_f64(v.sqrt()));
                prop_assert_eq!(x % y, <$p>::from_f64(v % w));
                prop_assert_eq!(x.round(), <$p>::from_f64(v.round()));
                prop_assert_eq!(x.nearest_int(), <$p>::from_f64(v.round_ties_even()));
                prop_assert_eq!(x.trunc(), <$p>::from_f64(v.trunc()));
                prop_assert_eq!(x.copysign(y), if x.is_nar() { x } else { <$p>::from_f64(if w < 0.0 { -v.abs() } else { v.abs() }) });
            )*};
        }
        check!(P16 P16E1 Posit<16, 0> Posit<13, 1> Posit<11, 2>);
    }
}

#[test]
fn angles_of_every_16_bit_posit_through_f64() {
    for p in 0..=u16::MAX {
        let x = P16::from_bits(p);
        let v = x.to_f64();
        // No product of 12 bits is within 2^-50 of a border here.
        assert_eq!(x.to_radians(), P16::from_f64(v * (consts::PI / 180.0)), "{x:?}");
        assert_eq!(x.to_degrees(), P16::from_f64(v * (180.0 / consts::PI)), "{x:?}");
    }
    assert_eq!(P64::from_f64(180.0).to_radians(), P64::PI);
    assert_eq!(P64::from_f64(360.0).to_radians(), P64::TAU);
    assert_eq!(P32::from_f64(90.0).to_radians(), P32::FRAC_PI_2);
}

#[test]
fn constants_agree_with_f64() {
    macro_rules! check {
        ($($name:ident)*) => {$(
            assert_eq!(P32::$name, P32::from_f64(consts::$name), stringify!($name));
            assert_eq!(P16::$name, P16::from_f64(consts::$name), stringify!($name));
            assert_eq!(P64::$name.to_f64(), consts::$name, stringify!($name));
        )*};
    }
    check!(PI TAU E FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8 FRAC_1_PI FRAC_2_PI FRAC_2_SQRT_PI SQRT_2
        FRAC_1_SQRT_2 LN_2 LN_10 LOG2_E LOG10_E LOG2_10 LOG10_2);
}
