//! int8 networks: import, image, execution, and the channels that are left out.

mod int8_models;
mod shared_models;

use fixq::Multiplier;
use fixq::op::Padding;
use int8_models::{Field, Model, Operator, Tensor, conv_options, tiny};
use nncompress::error::Error;
use nncompress::int8::{Int8Network, Operation, Session, encode, import, shrink};
use nncompress::runtime::{ImageError, Memory, Program};
use proptest::prelude::*;
use shared_models::shared;
use std::path::Path;

fn network(model: &Model) -> Result<Int8Network, Error> {
    import(&model.bytes(), Path::new("m.tflite"))
}

fn run(network: &Int8Network, input: &[i8]) -> Vec<i8> {
    let image = encode(network).unwrap();
    Session::new(&image, Path::new("image")).unwrap().run(&[input]).unwrap().remove(0)
}

/// gemmlowp's two roundings, in i128 from the definition.
fn requantize(sum: i64, factor: Multiplier) -> i64 {
    let (left, right) = (factor.exponent().max(0), (-factor.exponent()).max(0));
    let high = ((i128::from(sum) << left) * i128::from(factor.mantissa()) + (1 << 30)).div_euclid(1 << 31);
    let (half, magnitude) = ((1i128 << right) / 2, high.abs());
    ((magnitude + half) >> right) as i64 * high.signum() as i64
}

/// The tiny model by plain loops, up to the classes.
#[test]
fn the_tiny_network_by_hand() {
    let network = network(&tiny()).unwrap();
    let input: Vec<i8> = (0..20).map(|i| (i * 83 % 256 - 128) as i8).collect();
    let (Operation::Conv { layer: conv, .. }, Operation::FullyConnected { layer: dense }) =
        (&network.nodes[0].operation, &network.nodes[2].operation)
    else {
        panic!("{network:?}")
    };
    let mut image = Vec::new();
    for (y, x) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)] {
        for o in 0..2 {
            let mut sum = i64::from(conv.biases[o]);
            for (ky, kx) in (0..9).map(|k| (k / 3, k % 3)) {
                // SAME with stride 2 on 4 x 5: nothing above, one row below; one column on each side.
                let (row, column) = (2 * y + ky, 2 * x + kx);
                if row < 4 && (1..=5).contains(&column) {
                    let code = i64::from(input[row * 5 + column - 1]);
                    sum += i64::from(conv.weights[o * 9 + ky * 3 + kx]) * (code + 3);
                }
            }
            image.push((requantize(sum, conv.factors[o]) + 4).clamp(4, 127) as i8);
        }
    }
    let classes: Vec<i8> = (0..2)
        .map(|o| {
            let terms =
                image.iter().zip(&dense.weights[o * 12..]).map(|(&x, &w)| i64::from(w) * (i64::from(x) - 4));
            let sum = i64::from(dense.biases[o]) + terms.sum::<i64>();
            (requantize(sum, dense.factors[o]) + 10).clamp(-128, 127) as i8
        })
        .collect();
    let bytes = encode(&network).unwrap();
    let mut session = Session::new(&bytes, Path::new("image")).unwrap();
    let seen = session.trace(&network, &[&input]).unwrap();
    assert_eq!((&seen[1], &seen[2], &seen[3]), (&image, &image, &classes));
    assert_eq!(session.run(&[&input]).unwrap(), [seen[4].clone()]);
    assert!(seen[4].iter().map(|&code| i32::from(code) + 128).sum::<i32>().abs_diff(256) <= 2);
}

/// Padding by name is written in numbers, as an image has no other.
#[test]
fn padding_by_name_is_that_in_numbers() {
    let explicit = network(&tiny()).unwrap();
    let mut named = explicit.clone();
    let Operation::Conv { window, .. } = &mut named.nodes[0].operation else { panic!("{named:?}") };
    assert_eq!(window.padding, Padding::Explicit([0, 1], [1, 1]));
    window.padding = Padding::Same;
    assert_eq!(encode(&named).unwrap(), encode(&explicit).unwrap());
    let Operation::Conv { window, .. } = &mut named.nodes[0].operation else { panic!("{named:?}") };
    window.kernel = [3, 9];
    window.padding = Padding::Valid;
    assert!(encode(&named).unwrap_err().to_string().contains("window"));
}

#[test]
fn what_cannot_be_run_is_named() {
    let refused = |change: fn(&mut Model)| {
        let mut model = tiny();
        change(&mut model);
        network(&model).unwrap_err().to_string()
    };
    assert!(refused(|m| m.operators[3].code = 25 + 1000).contains("operator 1025"));
    assert!(refused(|m| m.operators[2].code = 126).contains("BATCH_MATMUL"));
    assert!(refused(|m| m.tensors[0].element = 0).contains("Float32 activations"));
    assert!(refused(|m| m.tensors[3].zero_points = vec![200]).contains("zero point 200"));
    assert!(refused(|m| m.tensors[3].scales = vec![0.0]).contains("scale 0"));
    assert!(refused(|m| m.tensors[3].scales = vec![f32::NAN]).contains("scale NaN"));
    assert!(refused(|m| m.tensors[3].shape = vec![1, 3, 3, 2]).contains("its output has [1, 3, 3, 2]"));
    assert!(refused(|m| m.tensors[1].zero_points = vec![0, 1]).contains("zero point other than 0"));
    assert!(refused(|m| m.tensors[1].axis = 3).contains("2 scales"));
    assert!(
        refused(|m| m.tensors[2] = Tensor::integers(&[3], &[1, 2, 3])).contains("3 biases for 2 outputs")
    );
    assert!(refused(|m| m.operators[0].inputs[0] = 8).contains("not computed before it"));
    assert!(refused(|m| m.operators.swap(0, 2)).contains("not computed before it"));
    assert!(refused(|m| m.outputs = vec![3, 1]).contains("computed by no operator"));
    assert!(refused(|m| m.operators[2].outputs = vec![3]).contains("fed or computed twice"));
    assert!(refused(|m| m.operators[0].options = conv_options(true, [0, 1], 0)).contains("window"));
    assert!(refused(|m| m.operators[0].options = conv_options(true, [-1, 1], 0)).contains("size of -1"));
    assert!(refused(|m| m.tensors[9].scales = vec![0.5]).contains("must have the scale 0.00390625"));
    assert!(refused(|m| m.tensors[0].shape[0] = 0).contains("is empty"));
}

/// Shapes, sparsity and seeds of a random network with every kind of step.
#[derive(Clone, Copy, Debug)]
struct Plan {
    image: [i32; 2],
    channels: [i32; 3],
    kernel: i32,
    same: bool,
    stride: i32,
    activation: i8,
    zeros: u32,
    seed: u64,
}

fn plans() -> impl Strategy<Value = Plan> {
    let shape = (([3..=6, 3..=6]), ([1..=3, 1..=9, 1..=9]), 1..=3, any::<bool>(), 1..=2);
    (shape, prop::sample::select(vec![0i8, 1, 3]), 0u32..=10, any::<u64>()).prop_map(
        |((image, channels, kernel, same, stride), activation, zeros, seed)| Plan {
            image,
            channels,
            kernel,
            same,
            stride,
            activation,
            zeros,
            seed,
        },
    )
}

/// SplitMix64.
fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

struct Builder {
    model: Model,
    state: u64,
    zeros: u32,
}

impl Builder {
    fn weights(&mut self, shape: &[i32], axis: usize) -> i32 {
        let count = shape.iter().product::<i32>() as usize;
        let (outputs, zeros) = (shape[axis], u64::from(self.zeros));
        let inner: usize = shape[axis + 1..].iter().product::<i32>() as usize;
        // Whole outputs of zeros as well as single ones.
        let dead: Vec<bool> = (0..outputs).map(|_| draw(&mut self.state) % 12 < zeros).collect();
        let code = |index: usize, state: &mut u64| {
            let zero = dead[index / inner % outputs as usize] || draw(state) % 12 < zeros;
            if zero { 0 } else { (draw(state) % 255) as i64 as i8 }
        };
        let codes: Vec<i8> = (0..count).map(|index| code(index, &mut self.state)).collect();
        let codes: Vec<i8> = codes.into_iter().map(|code| code.max(-127)).collect();
        let scale = |state: &mut u64| 0.001 + (draw(state) % 1000) as f32 * 1e-5;
        let scales: Vec<f32> = (0..outputs).map(|_| scale(&mut self.state)).collect();
        self.model.tensor(Tensor::weights(shape, &codes, &scales, axis as i32))
    }

    fn bias(&mut self, outputs: i32) -> i32 {
        let values: Vec<i32> = (0..outputs).map(|_| draw(&mut self.state) as i32 % 3000).collect();
        self.model.tensor(Tensor::integers(&[outputs], &values))
    }

    fn activation(&mut self, shape: &[i32]) -> i32 {
        let scale = 0.02 + (draw(&mut self.state) % 100) as f32 * 1e-3;
        let zero_point = (draw(&mut self.state) % 256) as i64 - 128;
        self.model.tensor(Tensor::activation(shape, scale, zero_point))
    }

    fn step(&mut self, code: i32, inputs: &[i32], output: i32, options: (u8, Vec<Field>)) {
        let operator = Operator { code, inputs: inputs.to_vec(), outputs: vec![output], options };
        self.model.operators.push(operator);
    }
}

/// Convolution, two branches (depthwise and convolution; nothing) that are added, a pool, a table, a dense layer.
fn build(plan: Plan) -> Option<Model> {
    let mut b = Builder { model: Model::default(), state: plan.seed, zeros: plan.zeros };
    let [i, c, d] = plan.channels;
    let [h, w] = plan.image;
    let out = |n: i32, k: i32, s: i32| if plan.same { (n + s - 1) / s } else { (n - k + s) / s };
    let (h1, w1) = (out(h, plan.kernel, plan.stride), out(w, plan.kernel, plan.stride));
    if h1 < 1 || w1 < 1 || (!plan.same && (h < plan.kernel || w < plan.kernel)) {
        return None;
    }
    let input = b.activation(&[1, h, w, i]);
    let (weights, bias) = (b.weights(&[c, plan.kernel, plan.kernel, i], 0), b.bias(c));
    let first = b.activation(&[1, h1, w1, c]);
    b.step(3, &[input, weights, bias], first, conv_options(plan.same, [plan.stride; 2], plan.activation));
    let (weights, bias) = (b.weights(&[1, 3, 3, c], 3), b.bias(c));
    let branch = b.activation(&[1, h1, w1, c]);
    let mut options = conv_options(true, [1, 1], 0);
    options.0 = 2;
    options.1[3] = Field::Byte(4, plan.activation);
    b.step(4, &[first, weights, bias], branch, options);
    let (weights, bias) = (b.weights(&[c, plan.kernel, plan.kernel, c], 0), b.bias(c));
    let other = b.activation(&[1, h1, w1, c]);
    b.step(3, &[branch, weights, bias], other, conv_options(true, [1, 1], 0));
    let sum = b.activation(&[1, h1, w1, c]);
    b.step(0, &[first, other], sum, (11, vec![Field::Byte(0, plan.activation)]));
    let pooled = b.model.tensors[sum as usize].clone();
    let pooled = b.model.tensor(Tensor { shape: vec![1, 1, 1, c], ..pooled });
    let size = [Field::Word(1, w1), Field::Word(2, h1), Field::Word(3, w1), Field::Word(4, h1)];
    b.step(1, &[sum], pooled, (5, [&[Field::Byte(0, 1)], &size[..]].concat()));
    let flat = b.model.tensors[pooled as usize].clone();
    let flat = b.model.tensor(Tensor { shape: vec![1, c], ..flat });
    b.step(22, &[pooled], flat, (0, vec![]));
    let slope = b.activation(&[1, c]);
    b.step(98, &[flat], slope, (75, vec![Field::Float(0, 0.2)]));
    let (weights, bias) = (b.weights(&[d, c], 0), b.bias(d));
    let output = b.activation(&[1, d]);
    b.step(9, &[slope, weights, bias], output, (8, vec![Field::Byte(0, 0)]));
    b.model.inputs = vec![input];
    b.model.outputs = vec![output];
    Some(b.model)
}

/// A channel is left out only where that can be seen in no output, and there are such channels.
#[test]
fn there_is_something_to_leave_out() {
    let plan = |seed, zeros| Plan {
        image: [4, 5],
        channels: [2, 8, 3],
        kernel: 3,
        same: true,
        stride: 1,
        activation: 1,
        zeros,
        seed,
    };
    let removed = |seed, zeros| shrink(&network(&build(plan(seed, zeros)).unwrap()).unwrap()).removed;
    assert!((0..40).filter(|&seed| removed(seed, 8) > 0).count() > 20);
    assert!((0..40).filter(|&seed| removed(seed, 0) == 0).count() > 10);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The same outputs with and without the channels that carry nothing, and never more of anything.
    #[test]
    fn what_is_left_out_changes_nothing(plan in plans()) {
        let Some(model) = build(plan) else { return Ok(()) };
        let network = network(&model).unwrap();
        let smaller = shrink(&network);
        prop_assert!(smaller.network.weights() <= network.weights());
        prop_assert!(smaller.network.multiply_adds() <= network.multiply_adds());
        let again = shrink(&smaller.network);
        prop_assert_eq!(again.removed, 0);
        let mut state = plan.seed ^ 1;
        let length = network.tensors[network.inputs[0]].len();
        for extreme in 0..6 {
            let code = |state: &mut u64| match extreme {
                0 => -128,
                1 => 127,
                _ => draw(state) as i8,
            };
            let input: Vec<i8> = (0..length).map(|_| code(&mut state)).collect();
            prop_assert_eq!(run(&network, &input), run(&smaller.network, &input));
        }
    }

    /// A damaged image is refused, or is an image; it never does harm.
    #[test]
    fn no_damage_to_an_image_does_harm(plan in plans(), place in any::<prop::sample::Index>(), change in 1u8..) {
        let Some(model) = build(plan) else { return Ok(()) };
        let mut image = encode(&network(&model).unwrap()).unwrap();
        prop_assert!(Program::parse(&image[..place.index(image.len())]).is_err());
        let at = 16 + place.index(image.len() - 16);
        image[at] ^= change;
        let refused = matches!(Program::parse(&image), Err(ImageError::Checksum { .. }));
        prop_assert!(refused);
        // As if the damage had been there when the image was written.
        let checksum = nncompress::runtime::layout::checksum(&image[16..]);
        image[12..16].copy_from_slice(&checksum.to_le_bytes());
        if let Ok(program) = Program::parse(&image)
            && program.codes().max(program.channels()) < 1 << 20
        {
            let (mut codes, count) = (vec![0i8; program.codes()], program.channels());
            let (mut biases, mut factors) = (vec![0; count], vec![Multiplier::ZERO; count]);
            let (codes, biases, factors) = (&mut *codes, &mut *biases, &mut *factors);
            let ran = program.run(&mut Memory { codes, biases, factors, words: &mut vec![0; program.words()] });
            prop_assert_eq!(ran, Ok(()));
        }
    }
}

#[test]
fn known_models_shrink_as_far_as_known() {
    let known = [
        ("mlperf_vww01_mobilenetv1_025_int8.tflite", 1_724, 29_066, 36_000),
        ("mlperf_ic01_resnet8_int8.tflite", 0, 77_360, 80_000),
        ("mlperf_kws01_dscnn_int8.tflite", 0, 22_016, 26_000),
        ("mlperf_ad01_autoencoder_int8.tflite", 0, 264_192, 260_000),
    ];
    for (name, removed, weights, bytes) in known {
        let Some((file, content)) = shared(name) else { continue };
        let network = import(&content, &file).unwrap();
        let smaller = shrink(&network);
        assert_eq!((smaller.removed, smaller.network.weights()), (removed, weights), "{name}");
        assert!(encode(&smaller.network).unwrap().len() <= bytes, "{name}");
        let length = network.tensors[network.inputs[0]].len();
        let input: Vec<i8> = (0..length).map(|i| (i * 7919 % 256) as u8 as i8).collect();
        assert_eq!(run(&network, &input), run(&smaller.network, &input), "{name}");
    }
}
