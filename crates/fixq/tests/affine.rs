//! Affine quantization against exact references in f64.

use fixq::{Axis, Codes, Error, HalfAwayFromZero, HalfToEven, MinMax, Params, Range, Round};
use proptest::prelude::*;

/// Finite floats of every magnitude, with zeros.
fn real() -> impl Strategy<Value = f32> {
    prop_oneof![
        4 => -1e3f32..1e3,
        1 => any::<f32>().prop_filter("finite", |x| x.is_finite()),
        1 => Just(0.0f32),
    ]
}

fn codes() -> impl Strategy<Value = Codes> {
    (2u32..=8, any::<bool>()).prop_map(|(bits, restricted)| {
        let codes = if restricted { Codes::restricted(bits) } else { Codes::signed(bits) };
        codes.expect("2..=8 bits")
    })
}

fn params() -> impl Strategy<Value = Params> {
    (real(), real(), codes(), 0..3).prop_map(|(a, b, codes, kind)| {
        let range = Range::new(a.min(b), a.max(b)).expect("finite and ascending");
        match kind {
            0 => Params::symmetric(range, codes),
            1 => Params::asymmetric::<HalfToEven>(range, codes),
            _ => Params::asymmetric::<HalfAwayFromZero>(range, codes),
        }
    })
}

/// The code by the definition: the f32 quotient, rounded and clamped in f64 by the functions of `std`.
fn reference(x: f32, p: Params, round: fn(f64) -> f64) -> i8 {
    let steps = round(f64::from(x / p.scale())) + f64::from(p.zero_point());
    steps.clamp(f64::from(p.codes().low()), f64::from(p.codes().high())) as i8
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn codes_are_those_of_the_definition(p in params(), x in real(), steps in -300i32..300) {
        // Also on and next to the borders between two codes.
        let border = (steps as f32 + 0.5) * p.scale();
        let beside = f32::from_bits(border.to_bits() ^ 1);
        for x in [x, border, beside].into_iter().filter(|x| !x.is_nan()) {
            prop_assert_eq!(p.quantize::<HalfAwayFromZero>(x), reference(x, p, f64::round));
            prop_assert_eq!(p.quantize::<HalfToEven>(x), reference(x, p, f64::round_ties_even));
        }
    }

    #[test]
    fn a_real_comes_back_within_half_a_scale(p in params(), at in 0.0f64..=1.0) {
        let (low, high) = (f64::from(p.range().low()), f64::from(p.range().high()));
        let x = (low + (high - low) * at) as f32;
        let x = x.clamp(p.range().low(), p.range().high());
        // Three f32 roundings: of the quotient, of the product, of the range's end.
        let slack = 3.0 * f64::from(f32::EPSILON) * f64::from(x).abs();
        for code in [p.quantize::<HalfAwayFromZero>(x), p.quantize::<HalfToEven>(x)] {
            let back = p.dequantize(code);
            let exact = f64::from(p.scale()) * f64::from(i32::from(code) - i32::from(p.zero_point()));
            // The outermost codes of a range that fills `f32` stand for numbers beyond it: infinite as `f32`.
            let real = if back.is_finite() { f64::from(back) } else { exact };
            prop_assert!(back.is_finite() || exact.abs() > f64::from(f32::MAX), "{back} for {exact:e}");
            let error = (real - f64::from(x)).abs();
            prop_assert!(error <= f64::from(p.scale()) / 2.0 + slack, "{x:e} came back as {back:e}");
        }
    }

    #[test]
    fn zero_is_exact_and_codes_survive(p in params()) {
        prop_assert_eq!(p.quantize::<HalfToEven>(0.0), p.zero_point());
        prop_assert_eq!(p.quantize::<HalfToEven>(-0.0), p.zero_point());
        prop_assert_eq!(p.dequantize(p.zero_point()), 0.0);
        for code in p.codes().low()..=p.codes().high() {
            let x = p.dequantize(code);
            if x.is_finite() {
                prop_assert_eq!(p.quantize::<HalfToEven>(x), code);
                prop_assert_eq!(p.quantize::<HalfAwayFromZero>(x), code);
                let exact = f64::from(p.scale()) * f64::from(i32::from(code) - i32::from(p.zero_point()));
                prop_assert_eq!(x, exact as f32);
            }
        }
    }

    #[test]
    fn a_symmetric_range_is_never_clipped(a in real(), codes in codes()) {
        let p = Params::symmetric(Range::new(-a.abs(), a.abs()).expect("finite"), codes);
        let code = i32::from(p.quantize::<HalfToEven>(a));
        let end = i32::from(codes.high()) * if a < 0.0 { -1 } else { 1 };
        prop_assert!(p == Params::unit(codes) || code == end);
        prop_assert_eq!(p.zero_point(), 0);
    }

    #[test]
    fn batches_and_merges_see_the_same(values in prop::collection::vec(real(), 1..60), cut in 0usize..60) {
        let mut whole = MinMax::new();
        whole.update(&values).expect("finite");
        let (a, b) = values.split_at(cut.min(values.len()));
        let (mut left, mut right) = (MinMax::new(), MinMax::default());
        left.update(a).expect("finite");
        right.update(b).expect("finite");
        right.merge(&left);
        prop_assert_eq!(right.range().expect("not empty"), whole.range().expect("not empty"));
        prop_assert_eq!(right.count(), values.len() as u64);
        let low = values.iter().copied().fold(f32::INFINITY, f32::min);
        prop_assert_eq!(whole.range().expect("not empty").low(), low);
    }

    #[test]
    fn channels_are_quantized_one_by_one(
        outer in 0usize..4, channels in 1usize..5, inner in 0usize..4, seed in prop::collection::vec(real(), 48), codes in codes(),
    ) {
        let axis = Axis::new(&[outer, channels, inner], 1).expect("small");
        let reals = &seed[..axis.len()];
        let mut params = vec![Params::unit(codes); channels];
        axis.symmetric(reals, codes, &mut params).expect("finite");
        let (mut out, mut back, mut fake) = (vec![0; axis.len()], vec![0.0; axis.len()], reals.to_vec());
        axis.quantize::<HalfToEven>(reals, &params, &mut out).expect("lengths fit");
        axis.dequantize(&out, &params, &mut back).expect("lengths fit");
        axis.fake_quantize::<HalfToEven>(&mut fake, &params).expect("lengths fit");
        for (i, &x) in reals.iter().enumerate() {
            let c = i / inner % channels;
            let members = reals.iter().enumerate().filter(|(j, _)| j / inner % channels == c);
            let max = members.fold(0.0f32, |m, (_, x)| m.max(x.abs()));
            let p = Params::symmetric(Range::new(-max, max).expect("finite"), codes);
            prop_assert_eq!(params[c], p);
            prop_assert_eq!(out[i], p.quantize::<HalfToEven>(x));
            prop_assert_eq!(back[i], p.dequantize(out[i]));
            prop_assert_eq!(fake[i], back[i]);
        }
    }
}

#[test]
fn lengths_are_checked_before_anything_is_written() {
    let p = Params::unit(Codes::INT8);
    let mut codes = [7i8; 2];
    let wrong = Err(Error::Length { expected: 3, found: 2 });
    assert_eq!(fixq::quantize::<HalfToEven, _>(&[1.0, 2.0, 3.0], p, &mut codes), wrong);
    assert_eq!(codes, [7, 7]);
    assert_eq!(fixq::dequantize(&[1, 2, 3], p, &mut [0.0; 2]), wrong);
    let axis = Axis::new(&[3], 0).expect("an axis");
    assert_eq!(axis.quantize::<HalfToEven>(&[1.0; 3], &[p; 2], &mut [0; 3]), wrong);
    assert_eq!(axis.quantize::<HalfToEven>(&[1.0; 3], &[p; 3], &mut [0; 2]), wrong);
    let nan = [1.0, f32::NAN, 3.0];
    assert_eq!(axis.symmetric(&nan, Codes::INT8, &mut [p; 3]), Err(Error::NotFinite { index: 1 }));
}

#[test]
fn every_code_and_zero_point_returns() {
    let mut count = 0;
    for zero_point in -128..=127 {
        for scale in [1e-30f32, 0.003_921_569, 0.1, 1.0, 3.0, 7.7e30] {
            let p = Params::new(scale, zero_point, Codes::INT8).expect("valid");
            for code in i8::MIN..=i8::MAX {
                assert_eq!(p.quantize::<HalfToEven>(p.dequantize(code)), code);
                assert_eq!(p.quantize::<HalfAwayFromZero>(p.dequantize(code)), code);
                count += 2;
            }
        }
    }
    println!("codes: {count} round trips, 0 mismatches");
}

#[test]
fn rounding_is_a_type() {
    fn name<R: Round>() -> String {
        format!("{:?}", R::default())
    }
    assert_eq!(
        (name::<HalfAwayFromZero>(), name::<HalfToEven>()),
        ("HalfAwayFromZero".into(), "HalfToEven".into())
    );
}

/// Slices give the codes of single values, near halves too, and at the ends of the scales.
#[test]
fn slices_equal_single_values() {
    let mut halves = 0;
    for scale in [0.0117f32, 1.0, 1.0 / 3.0, 0.3, 1.2e-38, 3e38, 1.7e38, 1e-30] {
        let params = Params::new(scale, -7, Codes::INT8).unwrap();
        let mut reals: Vec<f32> = Vec::new();
        for twice in -600..600i32 {
            let x = twice as f32 / 2.0 * scale;
            for step in -3..=3 {
                reals.push(f32::from_bits(x.to_bits().wrapping_add_signed(step)));
            }
            halves += 1;
        }
        reals.extend([f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e-45, -0.0, 0.0]);
        // One block with a value near a half among others that are not, and none in between.
        reals.extend((0..10_000).map(|i| (i as f32 - 5000.0) * 0.0371 * scale));
        let mut codes = vec![0i8; reals.len()];
        fixq::quantize::<HalfAwayFromZero, _>(&reals, params, &mut codes).unwrap();
        assert!(
            reals.iter().zip(&codes).all(|(&x, &q)| q == params.quantize::<HalfAwayFromZero>(x)),
            "{scale}"
        );
        fixq::quantize::<HalfToEven, _>(&reals, params, &mut codes).unwrap();
        assert!(reals.iter().zip(&codes).all(|(&x, &q)| q == params.quantize::<HalfToEven>(x)), "{scale}");
    }
    assert!(halves > 9000);
}
