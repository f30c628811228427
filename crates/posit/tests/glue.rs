//! The traits of other crates.
#![cfg(all(
    feature = "approx",
    feature = "arbitrary",
    feature = "bytemuck",
    feature = "half",
    feature = "ndarray",
    feature = "num-traits",
    feature = "proptest",
    feature = "rand",
    feature = "serde"
))]

use half::{bf16, f16};
use num_traits::{AsPrimitive, Bounded, FromPrimitive, Num, NumCast, Signed, ToPrimitive};
use posit::{P8, P16, P32, P64, ParsePositError, Posit};

#[test]
fn pod_where_the_storage_is_full_and_checked_elsewhere() {
    let bytes = [0x40u8, 0x80, 0x7F, 0x01];
    assert_eq!(bytemuck::cast_slice::<u8, P8>(&bytes)[0], P8::ONE);
    assert_eq!(bytemuck::cast_slice::<P16, u8>(&[P16::ONE]), 0x4000u16.to_ne_bytes());
    assert_eq!(bytemuck::cast::<P64, u64>(P64::NAR), 1 << 63);
    assert!(bytemuck::checked::try_cast_slice::<u8, Posit<6, 0>>(&[0x40]).is_err());
    assert_eq!(bytemuck::checked::cast_slice::<u8, Posit<6, 0>>(&[0x10]), [Posit::ONE]);
}

#[test]
fn f16_and_bf16_both_ways_for_every_pattern() {
    for bits in 0..=u16::MAX {
        let (x, y) = (f16::from_bits(bits), bf16::from_bits(bits));
        // Every one of them is an f32.
        assert_eq!(P16::from_f16(x), P16::from_f32(x.to_f32()));
        assert_eq!(P16::from_bf16(y), P16::from_f32(y.to_f32()));
        assert_eq!(P8::from_bf16(y), P8::from_f32(y.to_f32()));
        // A 16-bit posit with ES = 2 is an f32 too, and `half` rounds those correctly.
        let p = P16::from_bits(bits);
        assert_eq!(p.to_f16().to_bits(), f16::from_f32(p.to_f32()).to_bits(), "{p:?}");
        assert_eq!(p.to_bf16().to_bits(), bf16::from_f32(p.to_f32()).to_bits(), "{p:?}");
        let q = Posit::<16, 4>::from_bits(bits);
        assert_eq!(q.to_f16().to_bits(), f16::from_f64(q.to_f64()).to_bits(), "{q:?}");
    }
}

#[test]
fn serde_is_text_for_people_and_bits_for_machines() {
    let x = P16::from_f64(0.1);
    let text = serde_json::to_string(&x).unwrap();
    assert_eq!(text, "\"0.1\"");
    for (json, expected) in [("\"0.1\"", 0.1), ("0.1", 0.1), ("7", 7.0), ("-7", -7.0), ("1e300", 1e300)] {
        assert_eq!(serde_json::from_str::<P16>(json).unwrap(), P16::from_f64(expected));
    }
    assert_eq!(serde_json::from_str::<P16>("\"NaR\"").unwrap(), P16::NAR);
    assert!(serde_json::from_str::<P16>("\"inf\"").is_err());
    for bits in 0..=u16::MAX {
        let x = P16::from_bits(bits);
        assert_eq!(serde_json::from_str::<P16>(&serde_json::to_string(&x).unwrap()).unwrap(), x);
    }
}

#[test]
fn serde_in_binary_is_the_bits_and_refuses_spare_ones() {
    let mut buffer = [0; 16];
    let bytes = postcard::to_slice(&[P8::PI, P8::NAR], &mut buffer).unwrap();
    assert_eq!(bytes, [P8::PI.to_bits(), 0x80]);
    assert_eq!(postcard::from_bytes::<[P8; 2]>(bytes).unwrap(), [P8::PI, P8::NAR]);
    for x in [P64::PI, P64::NAR, P64::MIN_POSITIVE] {
        let bytes = postcard::to_slice(&x, &mut buffer).unwrap();
        assert_eq!(postcard::from_bytes::<P64>(bytes).unwrap(), x);
    }
    assert_eq!(postcard::from_bytes::<Posit<6, 0>>(&[0x10]).unwrap(), Posit::ONE);
    assert!(postcard::from_bytes::<Posit<6, 0>>(&[0x40]).is_err());
}

#[test]
fn primitives_of_num_traits() {
    assert_eq!(P16::from_str_radix("1.5", 10), Ok(P16::from_f64(1.5)));
    assert_eq!(P16::from_str_radix("1", 2), Err(ParsePositError::Radix));
    assert_eq!((P16::min_value(), P16::max_value()), (P16::MIN, P16::MAX));
    assert_eq!(P16::NEG_ONE.signum(), P16::NEG_ONE);
    assert_eq!(FromPrimitive::from_u8(128), Some(P16::from_f64(128.0)));
    assert_eq!(<P64 as FromPrimitive>::from_u128(u128::MAX), Some(P64::from_f64(2f64.powi(128))));
    assert_eq!(ToPrimitive::to_i8(&P16::from_f64(-2.75)), Some(-2));
    assert_eq!(ToPrimitive::to_u8(&P16::from_f64(-2.75)), None);
    assert_eq!(ToPrimitive::to_i32(&P16::NAR), None);
    assert_eq!(ToPrimitive::to_f32(&P16::ONE), Some(1.0));
    assert_eq!(<P64 as NumCast>::from(i64::MAX - 512), Some(P64::from_i64(i64::MAX - 512)));
    assert_eq!(<P64 as NumCast>::from(u128::MAX), Some(P64::from_f64(2f64.powi(128))));
    assert_eq!(<P16 as NumCast>::from(P32::from_f64(0.3)), Some(P16::from_f64(P32::from_f64(0.3).to_f64())));
    assert_eq!(<P16 as NumCast>::from(f32::INFINITY), Some(P16::NAR));
    let byte: u8 = P16::from_f64(300.5).as_();
    assert_eq!(byte, 255);
    let x: P16 = 128u8.as_();
    assert_eq!(x, P16::from_f64(128.0));
}

#[test]
fn near_within_a_distance_and_nar_only_near_itself() {
    use approx::{AbsDiffEq, RelativeEq, UlpsEq};
    let x = P16::from_f64(100.0);
    assert!(x.abs_diff_eq(&(x + P16::ONE), P16::ONE) && !x.abs_diff_eq(&P16::from_f64(102.0), P16::ONE));
    assert!(x.relative_eq(&x.next(), P16::ZERO, P16::from_f64(0.01)));
    assert!(!x.relative_eq(&P16::from_f64(110.0), P16::ZERO, P16::from_f64(0.01)));
    assert!(x.ulps_eq(&x.next().next(), P16::ZERO, 2) && !x.ulps_eq(&x.next().next(), P16::ZERO, 1));
    assert!(!P16::MIN_POSITIVE.ulps_eq(&-P16::MIN_POSITIVE, P16::ZERO, 4));
    assert!(P16::NAR.abs_diff_eq(&P16::NAR, P16::ZERO));
    assert!(!P16::NAR.abs_diff_eq(&x, P16::MAX) && !x.relative_eq(&P16::NAR, P16::MAX, P16::MAX));
    assert!(!P16::NAR.ulps_eq(&P16::MIN, P16::MAX, 4));
}

#[test]
fn uniform_posits() {
    use rand::{RngExt, SeedableRng, rngs::StdRng};
    let mut rng = StdRng::seed_from_u64(1);
    let mut sum = 0.0;
    for _ in 0..10_000 {
        let x: P16 = rng.random();
        assert!(P16::ZERO <= x && x < P16::ONE);
        sum += x.to_f64();
        let tiny: Posit<3, 4> = rng.random();
        assert!(tiny < Posit::ONE);
        let y = rng.random_range(P8::from_f64(-2.0)..P8::from_f64(3.0));
        assert!(P8::from_f64(-2.0) <= y && y < P8::from_f64(3.0));
        let z = rng.random_range(P64::MIN..=P64::MAX);
        assert!(z.is_finite());
        assert_eq!(rng.random_range(P8::ONE..=P8::ONE), P8::ONE);
    }
    assert!((sum / 10_000.0 - 0.5).abs() < 0.02);
    assert!(rand::distr::Uniform::new(P8::ONE, P8::ONE).is_err());
    assert!(rand::distr::Uniform::new(P8::ONE, P8::NAR).is_err());
    assert!(rand::distr::Uniform::new(P8::NAR, P8::ONE).is_err());
}

#[test]
fn every_posit_can_be_arbitrary() {
    use arbitrary::{Arbitrary, Unstructured};
    let data: Vec<u8> = (0..=255).collect();
    let mut u = Unstructured::new(&data);
    let x = Posit::<5, 1>::arbitrary(&mut u).unwrap();
    assert_eq!(Posit::from_bits(x.to_bits()), x);
    let seen = core::cell::RefCell::new(std::collections::HashSet::new());
    proptest::proptest!(|(x: Posit<5, 1>, y: P64)| {
        seen.borrow_mut().insert(x);
        proptest::prop_assert_eq!(P64::from_bits(y.to_bits()), y);
    });
    assert!(seen.borrow().len() > 25, "{seen:?}");
}

#[test]
fn ndarray_dot_and_scalar() {
    use ndarray::{Array2, array};
    let a: Array2<P32> = array![[1.0, 2.0], [3.0, 4.0]].mapv(P32::from_f64);
    let b = a.dot(&a);
    assert_eq!(b.mapv(P32::to_f64), array![[7.0, 10.0], [15.0, 22.0]]);
    let c = &a * P32::from_f64(0.5) + &a;
    assert_eq!(c.sum().to_f64(), 15.0);
}

#[test]
fn float_core_answers() {
    use num_traits::float::{FloatConst, FloatCore};
    // A minimum that starts from infinity, which is NaR here.
    let values = [3.0, -1.0, 2.0].map(P16::from_f64);
    let least = values.into_iter().fold(<P16 as FloatCore>::infinity(), FloatCore::min);
    let most = values.into_iter().fold(<P16 as FloatCore>::neg_infinity(), FloatCore::max);
    assert_eq!((least, most), (P16::NEG_ONE, P16::from_f64(3.0)));
    assert!(FloatCore::is_nan(P16::NAR) && !FloatCore::is_infinite(P16::NAR));
    assert_eq!(<P16 as FloatConst>::PI(), P16::PI);
    assert_eq!(P16::from_f64(2.0).powi(-3), P16::from_f64(0.125));
    for p in 0..=u16::MAX {
        let x = P16::from_bits(p);
        let (m, e, s) = x.integer_decode();
        if x.is_finite() {
            assert_eq!(Into::<f64>::into(s) * m as f64 * 2f64.powi(e.into()), x.to_f64());
        }
    }
    assert_eq!(P64::MIN_POSITIVE.integer_decode(), (1 << 63, -248 - 63, 1));
}
