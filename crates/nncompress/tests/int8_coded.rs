//! Weights of int8 images as packed codes: every storage against plain loops.

use fixq::op::{Padding, Window};
use fixq::{Codes, Multiplier, Output, Params};
use nncompress::int8::{Activation, Int8Network, Layer, Node, Operation, Session, Storage, encode};
use nncompress::runtime::{Memory, Program};
use proptest::prelude::*;
use std::path::Path;

const ZERO_POINTS: [i8; 4] = [-128, 3, -5, 7];

fn tensor(name: &str, shape: &[usize], zero_point: i8) -> Activation {
    let params = Params::new(0.5, i32::from(zero_point), Codes::INT8).unwrap();
    Activation { name: name.into(), shape: shape.to_vec(), params }
}

/// SplitMix64.
fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A storage and `count` weights that it can hold.
fn layer(outputs: usize, count: usize, state: &mut u64) -> Layer {
    let bits = 2 + (draw(state) % 7) as u32;
    let wide = draw(state) & 1 == 0;
    // Entry 0 is 0, as that of posits.
    let entries: Option<Vec<i16>> = (draw(state) & 3 != 0).then(|| {
        let entry = |code: i16, random: u64| {
            if wide { random as i16 / 8 * code.min(1) } else { i16::from(random as i8) * code.min(1) }
        };
        (0..1 << bits).map(|code| entry(code, draw(state))).collect()
    });
    let block = (draw(state) & 1 == 0).then(|| [1, 2, 3, 8, 16, 128][draw(state) as usize % 6]);
    let mut weights = Vec::new();
    while weights.len() < count {
        let code = draw(state) as usize % (1 << bits);
        let integer = (code as i16) << (16 - bits) >> (16 - bits);
        let weight = entries.as_ref().map_or(integer, |entries| entries[code]);
        // Runs of zeros, so that blocks are left out.
        let run = if draw(state) & 7 == 0 { 20 } else { 1 };
        weights
            .extend(core::iter::repeat_n(if run > 1 { 0 } else { weight }, run.min(count - weights.len())));
    }
    Layer {
        weights,
        storage: Storage::Coded { bits, entries, block },
        biases: (0..outputs).map(|_| draw(state) as i32 >> 18).collect(),
        factors: (0..outputs)
            .map(|_| {
                Multiplier::from_parts(1 << 30 | (draw(state) >> 34) as i32, -6 - (draw(state) % 6) as i32)
                    .unwrap()
            })
            .collect(),
        scales: vec![1.0; outputs],
    }
}

fn networks(seed: u64) -> Int8Network {
    let mut state = seed;
    let groups = 1 + (draw(&mut state) % 2) as usize;
    let channels = groups * (1 + draw(&mut state) as usize % 9);
    let window = Window {
        kernel: [3, 2],
        stride: [2, 1],
        dilation: [1, 1],
        padding: Padding::Explicit([1, 1], [1, 0]),
    };
    let shapes: [&[usize]; 4] =
        [&[1, 5, 4, channels], &[1, 3, 4, 2 * channels], &[1, 3, 4, 4 * channels], &[1, 7]];
    let tensors: Vec<Activation> =
        shapes.iter().zip(ZERO_POINTS).map(|(shape, zero_point)| tensor("t", shape, zero_point)).collect();
    let conv = layer(2 * channels, 2 * channels * 6 * channels / groups, &mut state);
    let depthwise = layer(4 * channels, 3 * 4 * channels, &mut state);
    let dense = layer(7, 7 * 12 * 4 * channels, &mut state);
    let column = Window {
        kernel: [3, 1],
        stride: [1, 1],
        dilation: [1, 1],
        padding: Padding::Explicit([1, 1], [0, 0]),
    };
    let operations = [
        Operation::Conv { window, groups, layer: conv },
        Operation::Depthwise { window: column, layer: depthwise },
        Operation::FullyConnected { layer: dense },
    ];
    let nodes = (0..).zip(operations).map(|(index, operation)| Node {
        name: format!("node_{index}"),
        operation,
        inputs: vec![index],
        output: index + 1,
        end: Output::new(tensors[index + 1].params, fixq::Activation::None),
    });
    Int8Network { nodes: nodes.collect(), inputs: vec![0], outputs: vec![3], tensors }
}

/// gemmlowp's two roundings, in i128 from the definition, then zero point and range.
fn code(layer: &Layer, output: usize, sum: i64, zero_point: i8) -> i8 {
    let factor = layer.factors[output];
    let sum = (sum + i64::from(layer.biases[output])) as i32;
    let high = (i128::from(sum) * i128::from(factor.mantissa()) + (1 << 30)).div_euclid(1 << 31);
    let (right, magnitude) = (-factor.exponent(), high.abs());
    let steps = ((magnitude + (1i128 << right) / 2) >> right) as i64 * high.signum() as i64;
    (steps + i64::from(zero_point)).clamp(-128, 127) as i8
}

/// All three layers by plain loops.
fn by_loops(network: &Int8Network, input: &[i8]) -> Vec<i8> {
    let [
        Operation::Conv { groups, layer: conv, .. },
        Operation::Depthwise { layer: depthwise, .. },
        Operation::FullyConnected { layer: dense },
    ] = [0, 1, 2].map(|index| &network.nodes[index].operation)
    else {
        panic!("{network:?}")
    };
    let term =
        |weight: i16, code: i8, zero_point: i8| i64::from(weight) * (i64::from(code) - i64::from(zero_point));
    let channels = network.tensors[0].channels();
    let (outputs, depth) = (2 * channels, channels / groups);
    let mut image = Vec::new();
    for (y, x, o) in (0..3 * 4 * outputs).map(|i| (i / outputs / 4, i / outputs % 4, i % outputs)) {
        let group = o / (outputs / groups);
        let mut sum = 0;
        for (ky, kx, i) in (0..6 * depth).map(|k| (k / depth / 2, k / depth % 2, k % depth)) {
            let (row, column) = (2 * y + ky, x + kx);
            if (1..6).contains(&row) && (1..5).contains(&column) {
                let at = ((row - 1) * 4 + column - 1) * channels + group * depth + i;
                sum +=
                    term(conv.weights[o * 6 * depth + (ky * 2 + kx) * depth + i], input[at], ZERO_POINTS[0]);
            }
        }
        image.push(code(conv, o, sum, ZERO_POINTS[1]));
    }
    let mut wide = Vec::new();
    for (y, x, o) in
        (0..3 * 4 * 2 * outputs).map(|i| (i / (2 * outputs) / 4, i / (2 * outputs) % 4, i % (2 * outputs)))
    {
        let taps = (0..3).filter(|ky| (1..4).contains(&(y + ky)));
        let sum = taps.map(|ky| {
            let at = ((y + ky - 1) * 4 + x) * outputs + o / 2;
            term(depthwise.weights[ky * 2 * outputs + o], image[at], ZERO_POINTS[1])
        });
        wide.push(code(depthwise, o, sum.sum(), ZERO_POINTS[2]));
    }
    let row = |o: usize| {
        dense.weights[o * wide.len()..].iter().zip(&wide).map(|(&w, &x)| term(w, x, ZERO_POINTS[2])).sum()
    };
    (0..7).map(|o| code(dense, o, row(o), ZERO_POINTS[3])).collect()
}

/// Runs an image as a device does, and gives the codes of its first output.
fn run(image: &[u8], inputs: &[&[i8]]) -> Vec<i8> {
    let program = Program::parse(image).unwrap();
    let (mut codes, count) = (vec![0i8; program.codes()], program.channels());
    for (port, input) in program.inputs().zip(inputs) {
        codes[port.place.range()].copy_from_slice(input);
    }
    let (biases, factors) = (&mut *vec![0; count], &mut *vec![Multiplier::ZERO; count]);
    let words = &mut *vec![0; program.words()];
    program.run(&mut Memory { codes: &mut codes, biases, factors, words }).unwrap();
    program.outputs().next().map(|port| codes[port.place.range()].to_vec()).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_storage_is_plain_loops(seed: u64) {
        let network = networks(seed);
        let mut state = seed ^ 1;
        let input: Vec<i8> = (0..network.tensors[0].len()).map(|_| draw(&mut state) as i8).collect();
        let image = encode(&network).unwrap();
        prop_assert_eq!(run(&image, &[&input]), by_loops(&network, &input));
        let mut session = Session::new(&image, Path::new("image")).unwrap();
        prop_assert_eq!(session.run(&[&input]).unwrap().remove(0), by_loops(&network, &input));
    }

    /// A changed byte is refused, or the program still runs: no byte leads out of the image.
    #[test]
    fn changed_images_are_refused_or_run(seed: u64, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        use nncompress::runtime::layout;
        let mut image = encode(&networks(seed)).unwrap();
        for (place, byte) in changes {
            let place = layout::HEADER + place.index(image.len() - layout::HEADER);
            image[place] = byte;
        }
        let checksum = layout::checksum(&image[layout::HEADER..]).to_le_bytes();
        image[12..16].copy_from_slice(&checksum);
        if let Ok(program) = Program::parse(&image)
            && program.codes() < 1 << 20
            && program.channels().max(program.words()) < 1 << 20
        {
            let mut session = Session::new(&image, Path::new("image")).unwrap();
            let inputs: Vec<Vec<i8>> = session.program().inputs().map(|port| vec![1; port.place.length]).collect();
            prop_assert!(session.run(&inputs.iter().map(Vec::as_slice).collect::<Vec<_>>()).is_ok());
        }
    }
}

/// The host adds and subtracts by another loop than devices.
#[test]
fn sums_and_differences_are_those_of_a_device() {
    let mut state = 11;
    let inputs: Vec<Vec<i8>> = (0..2).map(|_| (0..640).map(|_| draw(&mut state) as i8).collect()).collect();
    let inputs: Vec<&[i8]> = inputs.iter().map(Vec::as_slice).collect();
    let [sums, differences] = [false, true].map(|subtract| {
        let tensors: Vec<Activation> =
            [("a", -5), ("b", 7), ("c", 3)].map(|(name, zero)| tensor(name, &[1, 640], zero)).into();
        let end = Output::new(tensors[2].params, fixq::Activation::None);
        let operation = Operation::Add { subtract };
        let node = Node { name: "node".into(), operation, inputs: vec![0, 1], output: 2, end };
        let image = encode(&Int8Network { tensors, nodes: vec![node], inputs: vec![0, 1], outputs: vec![2] })
            .unwrap();
        let host = Session::new(&image, Path::new("image")).unwrap().run(&inputs).unwrap().remove(0);
        assert_eq!(host, run(&image, &inputs), "subtract: {subtract}");
        host
    });
    // Scales are equal, so codes add but for their zero points.
    let by_hand = |sign: i32| -> Vec<i8> {
        let code =
            |(a, b): (&i8, &i8)| (i32::from(*a) + 5 + sign * (i32::from(*b) - 7) + 3).clamp(-128, 127) as i8;
        inputs[0].iter().zip(inputs[1]).map(code).collect()
    };
    assert_eq!([sums, differences], [1, -1].map(by_hand));
}

/// A window that lies in the padding altogether sums nothing.
#[test]
fn windows_outside_the_image_give_the_bias() {
    let mut state = 3;
    let window = Window { padding: Padding::Explicit([4, 0], [4, 0]), ..Window::new([2, 2]) };
    let coded = layer(2, 4 * 2, &mut state);
    for storage in [coded.storage.clone(), Storage::Shortest] {
        let mut layer = Layer { storage, ..coded.clone() };
        layer.weights.iter_mut().for_each(|weight| *weight = (*weight).clamp(-127, 127));
        if layer.storage != Storage::Shortest {
            layer.weights.clone_from(&coded.weights);
        }
        let tensors = vec![tensor("x", &[2, 3, 3, 2], -5), tensor("y", &[2, 6, 6, 2], 7)];
        let end = Output::new(tensors[1].params, fixq::Activation::None);
        let expected: Vec<i8> = (0..2).map(|o| code(&layer, o, 0, 7)).collect();
        let operation = Operation::Depthwise { window, layer };
        let node = Node { name: "node".into(), operation, inputs: vec![0], output: 1, end };
        let network = Int8Network { tensors, nodes: vec![node], inputs: vec![0], outputs: vec![1] };
        let output = run(&encode(&network).unwrap(), &[&[100; 36]]);
        // Rows and columns 0 to 2 of windows end before the image.
        for pixel in (0..72).filter(|pixel| pixel / 6 % 6 < 3 || pixel % 6 < 3) {
            assert_eq!(output[pixel * 2..][..2], expected, "pixel {pixel}");
        }
    }
}

#[test]
fn equal_tables_stand_once() {
    let mut network = networks(0);
    let entries: Vec<i16> = (0..256).map(|i| if i == 0 { 0 } else { i * 37 - 5000 }).collect();
    let size = |network: &Int8Network| encode(network).unwrap().len();
    let mut sizes = Vec::new();
    for shared in [false, true] {
        for (number, node) in (0..).zip(&mut network.nodes) {
            let (Operation::Conv { layer, .. }
            | Operation::Depthwise { layer, .. }
            | Operation::FullyConnected { layer }) = &mut node.operation
            else {
                continue;
            };
            let mut entries = entries.clone();
            if !shared {
                entries[255] = number;
            }
            layer
                .weights
                .iter_mut()
                .for_each(|weight| *weight = entries[(weight.unsigned_abs() % 255) as usize]);
            layer.storage = Storage::Coded { bits: 8, entries: Some(entries), block: None };
        }
        sizes.push(size(&network));
    }
    // Two tables of 512 bytes become two offsets of one or two bytes.
    assert!((1020..=1022).contains(&(sizes[0] - sizes[1])), "{sizes:?}");
}

#[test]
fn weights_without_a_code_are_refused() {
    let mut network = networks(0);
    let Operation::Conv { layer, .. } = &mut network.nodes[0].operation else { panic!() };
    layer.weights[0] = 8;
    layer.storage = Storage::Coded { bits: 4, entries: None, block: None };
    assert!(encode(&network).unwrap_err().to_string().contains("no code of 4 bits is worth 8"));
    let Operation::Conv { layer, .. } = &mut network.nodes[0].operation else { panic!() };
    layer.storage = Storage::Coded { bits: 9, entries: None, block: None };
    assert!(encode(&network).unwrap_err().to_string().contains("9 bits"));
}
