//! Scales a block, against definitions that walk through coordinates.

use fixq::block::{Blocks, common_multipliers};
use fixq::op::{BlockFactors, BlockwiseFullyConnected, FullyConnected};
use fixq::{
    Activation, Channels, Codes, Error, HalfAwayFromZero, HalfToEven, Int4, Multiplier, Output, Params,
    Single,
};

fn random(state: &mut u64) -> i32 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 40) as i32
}

/// DequantizeLinear of ONNX, opset 21: the scale of an element has its coordinates, divided by the size on the axis.
#[test]
fn dequantize_is_that_of_onnx() {
    let mut state = 1;
    for (axis, size) in (0..3).flat_map(|axis| (1..9).map(move |size| (axis, size))) {
        let shape = [3, 7, 5];
        let blocks = Blocks::new(&shape, axis, size).unwrap();
        let mut scales = shape;
        scales[axis] = shape[axis].div_ceil(size);
        assert_eq!((blocks.len(), blocks.count()), (105, scales.iter().product()));
        let params: Vec<Params> = (0..blocks.count())
            .map(|_| {
                let scale = (1 + random(&mut state) % 1000) as f32 / 512.0;
                Params::new(scale, random(&mut state) % 256 - 128, Codes::INT8).unwrap()
            })
            .collect();
        let codes: Vec<i8> = (0..105).map(|_| random(&mut state) as i8).collect();
        let (mut reals, mut back, mut even) = (vec![0.0; 105], vec![0; 105], vec![0; 105]);
        blocks.dequantize(&codes, &params, &mut reals).unwrap();
        blocks.quantize::<HalfAwayFromZero>(&reals, &params, &mut back).unwrap();
        blocks.quantize::<HalfToEven>(&reals, &params, &mut even).unwrap();
        assert_eq!((&back, &even), (&codes, &codes));
        for at in 0..105 {
            let mut place = [at / 35, at / 5 % 7, at % 5];
            place[axis] /= size;
            let of = (place[0] * scales[1] + place[1]) * scales[2] + place[2];
            let p = params[of];
            let real = (i32::from(codes[at]) - i32::from(p.zero_point())) as f32 * p.scale();
            assert_eq!((blocks.of(at), reals[at]), (of, real), "{axis} {size} {at}");
        }
    }
}

#[test]
fn symmetric_has_the_largest_of_each_block_on_the_highest_code() {
    let reals = [1.0f32, -2.0, 30.0, 40.0, 0.0, 0.0, 5.0];
    let blocks = Blocks::new(&[7], 0, 2).unwrap();
    let mut params = [Params::unit(Codes::INT8); 4];
    blocks.symmetric(&reals, Codes::INT8_RESTRICTED, &mut params).unwrap();
    assert_eq!(params.map(Params::scale), [2.0 / 127.0, 40.0 / 127.0, 1.0, 5.0 / 127.0]);
    let mut codes = [0; 7];
    blocks.quantize::<HalfAwayFromZero>(&reals, &params, &mut codes).unwrap();
    assert_eq!(codes, [64, -127, 95, 127, 0, 0, 127]);
    // Along the first axis of a matrix.
    let columns = Blocks::new(&[3, 2], 0, 2).unwrap();
    columns.symmetric(&reals[..6], Codes::INT8_RESTRICTED, &mut params).unwrap();
    assert_eq!(params.map(Params::scale), [30.0 / 127.0, 40.0 / 127.0, 1.0, 1.0]);
}

#[test]
fn errors_are_named() {
    assert_eq!(Blocks::new(&[4, 4], 1, 0), Err(Error::BadBlock { size: 0 }));
    assert_eq!(Blocks::new(&[4, 4], 2, 1), Err(Error::BadAxis { axis: 2, rank: 2 }));
    assert_eq!(Blocks::new(&[usize::MAX, 4], 1, 1), Err(Error::TooLarge));
    let blocks = Blocks::new(&[2, 5], 1, 2).unwrap();
    let params = [Params::unit(Codes::INT8); 6];
    assert_eq!(blocks.count(), 6);
    let length = |expected, found| Err(Error::Length { expected, found });
    assert_eq!(blocks.dequantize(&[0; 9], &params, &mut [0.0; 10]), length(10, 9));
    assert_eq!(blocks.dequantize(&[0; 10], &params, &mut [0.0; 9]), length(10, 9));
    assert_eq!(blocks.quantize::<HalfToEven>(&[0.0; 10], &params[..5], &mut [0; 10]), length(6, 5));
    let mut some = params;
    assert_eq!(blocks.symmetric(&[f32::NAN; 10], Codes::INT8, &mut some), Err(Error::NotFinite { index: 0 }));
    assert_eq!(Blocks::new(&[0, 5], 1, 2).unwrap().symmetric(&[], Codes::INT8, &mut []), Ok(()));

    assert!(matches!(BlockFactors::new(0, &[], &[]), Err(Error::BadBlock { size: 0 })));
    assert!(matches!(BlockFactors::new(2, &[-1], &[0]), Err(Error::BadMultiplier { mantissa: -1, .. })));
    assert!(matches!(BlockFactors::new(2, &[1], &[31]), Err(Error::BadMultiplier { exponent: 31, .. })));
    let output = Output::new(params[0], Activation::None);
    let layer = |mantissas: &[i32], bias: &[i64]| {
        let factors = BlockFactors::new(2, mantissas, &[0, 0])?;
        BlockwiseFullyConnected::new(&[0i8; 10][..], [1, 5], 0, factors, Some(bias), output).map(|_| ())
    };
    assert_eq!(layer(&[1; 6], &[1; 2]), Ok(()));
    assert_eq!(layer(&[1; 5], &[1; 2]), length(6, 5));
    assert_eq!(layer(&[1; 6], &[1; 3]), length(2, 3));
    assert_eq!(layer(&[1; 6], &[i64::MIN, 1]), Err(Error::TooLarge));
    assert!(matches!(common_multipliers(&[-1.0], &mut [0]), Err(Error::BadFactor { .. })));
}

/// The layer against its definition in 128 bits; with one block against the layer without blocks.
#[test]
fn layers() {
    let mut state = 5;
    let (batch, inputs, outputs) = (3, 70usize, 67);
    let x: Vec<i8> = (0..batch * inputs).map(|_| random(&mut state) as i8).collect();
    let w: Vec<i8> = (0..outputs * inputs).map(|_| (random(&mut state) % 16 - 8) as i8).collect();
    let mut packed = vec![0; Int4::bytes(w.len())];
    fixq::packed::pack(&w, 4, &mut packed).unwrap();
    for size in [1, 16, 32, 69, 70, 200] {
        let blocks = inputs.div_ceil(size);
        let (mut mantissas, mut exponents) = (vec![0; outputs * blocks], vec![0i8; outputs]);
        let mut biases = vec![0i64; outputs];
        for o in 0..outputs {
            let reals: Vec<f64> = (0..blocks).map(|_| f64::from(random(&mut state) % 4000) * 1e-6).collect();
            let of = &mut mantissas[o * blocks..(o + 1) * blocks];
            let exponent = common_multipliers(&reals, of).unwrap();
            for (&mantissa, real) in of.iter().zip(&reals) {
                assert!((f64::from(mantissa) * f64::exp2(f64::from(exponent - 31)) - real).abs() < 1e-11);
            }
            exponents[o] = exponent as i8;
            biases[o] = i64::from(random(&mut state) % 2000 - 1000) * i64::from(of[0]);
        }
        let params = Params::new(1.0, -3, Codes::INT8).unwrap();
        let output = Output::new(params, Activation::Relu);
        let factors = BlockFactors::new(size, &mantissas, &exponents).unwrap();
        let (mut codes, mut of_packed) = (vec![0; batch * outputs], vec![0; batch * outputs]);
        let shape = [batch, inputs];
        let layer = BlockwiseFullyConnected::new(&w[..], shape, -7, factors, Some(&biases), output).unwrap();
        layer.run(&x, &mut codes).unwrap();
        let int4 = Int4::new(&packed, w.len()).unwrap();
        let layer = BlockwiseFullyConnected::new(int4, shape, -7, factors, Some(&biases), output).unwrap();
        layer.run(&x, &mut of_packed).unwrap();
        assert_eq!(codes, of_packed);
        for (at, &code) in codes.iter().enumerate() {
            let (b, o) = (at / outputs, at % outputs);
            let term = |i: usize| {
                let product = i128::from(w[o * inputs + i]) * (i128::from(x[b * inputs + i]) + 7);
                product * i128::from(mantissas[o * blocks + i / size])
            };
            let total = (0..inputs).map(term).sum::<i128>() + i128::from(biases[o]);
            // Half up: floor of the double and one, halved.
            let half = 1i128 << (30 - i32::from(exponents[o]));
            let steps = (total + half).div_euclid(2 * half);
            assert_eq!(i128::from(code), (steps - 3).clamp(-3, 127), "{size} {at}");
        }
        if blocks == 1 {
            let singles: Vec<Multiplier> = (0..outputs)
                .map(|o| Multiplier::from_parts(mantissas[o], exponents[o].into()).unwrap())
                .collect();
            let bias: Vec<i32> =
                (0..outputs).map(|o| (biases[o] / i64::from(mantissas[o].max(1))) as i32).collect();
            let channels = Channels::<Single>::new(outputs, Some(&bias), &singles, output).unwrap();
            let mut expected = vec![0; batch * outputs];
            FullyConnected::new(&w[..], shape, -7, channels).unwrap().run(&x, &mut expected).unwrap();
            assert_eq!(codes, expected);
        }
    }
}
