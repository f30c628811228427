//! From plan to image and back, on networks that proptest makes: what is written is what is read.

use nncompress::format::Format;
use nncompress::grid::Rounding;
use nncompress::image::{decode, encode};
use nncompress::network::{Attribute, Constant, Network, Node, Source, Tensor, Value, ValueId};
use nncompress::plan::{Choice, Plan};
use nncompress::prune::{Scope, magnitude_masks};
use nncompress::quantize::quantize;
use nncompress::runtime::{AttributeName, ImageError, Operator, layout};
use nncompress::scale::{Fit, Granularity, ScaleRule};
use proptest::prelude::*;
use std::path::Path;

/// Two fully connected layers with a ReLU between, weights as given.
fn network(rows: usize, columns: usize, weights: &[f32]) -> Network {
    let (first, second) = weights.split_at(rows * columns);
    let float = |shape: &[usize], data: &[f32]| {
        Source::Constant(Constant::Float(Tensor { shape: shape.to_vec(), data: data.to_vec() }))
    };
    let value = |name: &str, source| Value { name: name.to_owned(), source };
    let values = vec![
        value("input", Source::Input { shape: vec![None, Some(columns)] }),
        value("w1", float(&[rows, columns], first)),
        value("b1", float(&[rows], &vec![0.5; rows])),
        value("hidden", Source::Node),
        value("relu", Source::Node),
        value("w2", float(&[rows, 2], second)),
        value("output", Source::Node),
    ];
    let node = |name: &str, operator, inputs: &[u32], output, transposed| Node {
        name: name.to_owned(),
        operator,
        inputs: inputs.iter().map(|id| Some(ValueId(*id))).collect(),
        outputs: vec![ValueId(output)],
        attributes: vec![
            (AttributeName::TransB, Attribute::Int(transposed));
            usize::from(operator == Operator::Gemm)
        ],
    };
    Network {
        name: "made up".to_owned(),
        opset: 13,
        values,
        nodes: vec![
            node("fc1", Operator::Gemm, &[0, 1, 2], 3, 1),
            node("act", Operator::Relu, &[3], 4, 0),
            node("fc2", Operator::Gemm, &[4, 5], 6, 0),
        ],
        inputs: vec![ValueId(0)],
        outputs: vec![ValueId(6)],
    }
}

fn formats() -> impl Strategy<Value = Format> {
    prop::sample::select(Format::all())
}

fn choices() -> impl Strategy<Value = Choice> {
    let scales = prop::sample::select(vec![
        ScaleRule::None,
        ScaleRule::PowerOfTwo(Fit::AbsMax),
        ScaleRule::PowerOfTwo(Fit::LeastSquares),
        ScaleRule::Real(Fit::AbsMax),
        ScaleRule::Real(Fit::LeastSquares),
    ]);
    let block = |length: u16| format!("block{length}").parse().unwrap();
    let granularities = prop::sample::select(vec![
        Granularity::Tensor,
        Granularity::Channel,
        Granularity::Input,
        block(2),
        block(3),
    ]);
    let roundings = prop::sample::select(vec![Rounding::Standard, Rounding::ToZero]);
    (formats(), roundings, scales, granularities, 0.0..=1.0).prop_map(
        |(format, rounding, scale, granularity, sparsity)| Choice {
            format,
            rounding,
            scale,
            granularity,
            sparsity,
            ..Choice::FLOAT
        },
    )
}

fn networks() -> impl Strategy<Value = Network> {
    (1usize..6, 1usize..6, -6i32..6).prop_flat_map(|(rows, columns, exponent)| {
        let weight = prop_oneof![8 => -1f32..1.0, 1 => Just(0.0f32), 1 => -1e-4f32..1e-4];
        prop::collection::vec(weight, rows * columns + rows * 2).prop_map(move |weights| {
            let weights: Vec<f32> = weights.iter().map(|weight| weight * (exponent as f32).exp2()).collect();
            network(rows, columns, &weights)
        })
    })
}

fn weights(network: &Network) -> Vec<&Tensor> {
    network.weight_layers().iter().map(|layer| network.float_constant(layer.value).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The reader (the runtime crate, bit by bit from the file) and the quantiser (which never packs
    /// anything) agree on every weight to the last bit; biases, graph and attributes come back.
    #[test]
    fn an_image_decodes_to_the_weights_that_were_chosen(network in networks(), choices in prop::collection::vec(choices(), 2)) {
        let image = encode(&network, &Plan { choices: choices.clone(), scope: Scope::Layer }).unwrap();
        let back = decode(&image, Path::new("x.ncm")).unwrap();
        for ((before, after), (layer, choice)) in
            weights(&network).into_iter().zip(weights(&back)).zip(network.weight_layers().iter().zip(&choices))
        {
            let mask = magnitude_masks(&[&before.data], choice.sparsity, Scope::Layer).remove(0);
            let expected = match quantize(before, layer.channel_axis, choice, &mask) {
                Some(quantized) => quantized.values(),
                None => before.data.iter().zip(&mask).map(|(w, kept)| if *kept { *w } else { 0.0 }).collect(),
            };
            prop_assert_eq!(&after.shape, &before.shape);
            prop_assert_eq!(after.data.iter().map(|w| w.to_bits()).collect::<Vec<_>>(),
                expected.iter().map(|w| w.to_bits()).collect::<Vec<_>>(), "{}", choice);
            prop_assert!(mask.iter().zip(&after.data).all(|(kept, weight)| *kept || weight.to_bits() == 0));
        }
        prop_assert_eq!(back.nodes.len(), network.nodes.len());
        for (before, after) in network.nodes.iter().zip(&back.nodes) {
            prop_assert_eq!(&before.attributes, &after.attributes);
            prop_assert_eq!(before.operator, after.operator);
        }
        let bias = back.nodes[0].inputs[2].unwrap();
        prop_assert_eq!(back.float_constant(bias), network.float_constant(ValueId(2)));
    }

    /// Pruning alone leaves every survivor as it was, and removes the share that was asked for.
    #[test]
    fn pruning_never_changes_a_survivor(network in networks(), sparsity in 0.0..=1.0, global in any::<bool>()) {
        let scope = if global { Scope::Global } else { Scope::Layer };
        let choice = Choice { sparsity, ..Choice::FLOAT };
        let image = encode(&network, &Plan::uniform(&network, choice, scope)).unwrap();
        let back = decode(&image, Path::new("x.ncm")).unwrap();
        let mut removed = 0;
        let mut total = 0;
        for (before, after) in weights(&network).into_iter().zip(weights(&back)) {
            for (old, new) in before.data.iter().zip(&after.data) {
                prop_assert!(new.to_bits() == old.to_bits() || new.to_bits() == 0);
                removed += usize::from(new.to_bits() == 0);
                total += 1;
            }
        }
        prop_assert!(removed as f64 >= (sparsity * f64::from(total)).floor() - 1.0);
    }

    /// No weight is further from its value than half a step of its own grid, unless it is clipped.
    #[test]
    fn absmax_int_is_within_half_a_step(network in networks(), bits in 2u32..=8) {
        let choice = Choice::usual(Format::Int { bits });
        let image = encode(&network, &Plan::uniform(&network, choice, Scope::Layer)).unwrap();
        let back = decode(&image, Path::new("x.ncm")).unwrap();
        let (before, after) = (weights(&network)[0], weights(&back)[0]);
        for (row, written) in before.data.chunks(before.shape[1]).zip(after.data.chunks(before.shape[1])) {
            let largest = row.iter().fold(0.0f32, |max, weight| max.max(weight.abs()));
            let step = f64::from(largest) / f64::from((1 << (bits - 1)) - 1);
            for (weight, value) in row.iter().zip(written) {
                prop_assert!((f64::from(*weight) - f64::from(*value)).abs() <= step / 2.0 * (1.0 + 1e-5));
            }
        }
    }

    /// A flipped bit anywhere is refused: by its checksum, unless it hit the header itself.
    #[test]
    fn a_flipped_bit_is_refused(network in networks(), choice in choices(), place in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut image = encode(&network, &Plan::uniform(&network, choice, Scope::Layer)).unwrap();
        let place = place.index(image.len());
        image[place] ^= 1 << bit;
        let error = nncompress::runtime::Image::parse(&image).unwrap_err();
        if place >= layout::HEADER || (12..16).contains(&place) {
            prop_assert!(matches!(error, ImageError::Checksum { .. }), "{error}");
        }
    }

    /// Behind a checksum that fits, any bytes are read or refused, never worse.
    #[test]
    fn a_damaged_image_with_a_good_checksum_does_no_harm(network in networks(), choice in choices(), edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>()) {
        let mut image = encode(&network, &Plan::uniform(&network, choice, Scope::Layer)).unwrap();
        for (place, byte) in edits {
            let place = place.index(image.len());
            image[place] = byte;
        }
        image.truncate(cut.index(image.len()) + 1);
        image.resize(image.len().max(layout::HEADER), 0);
        let length = image.len() as u32;
        let checksum = layout::checksum(&image[layout::HEADER..]);
        image[..8].copy_from_slice(b"NCM\x1A\0\0\0\0");
        image[8..12].copy_from_slice(&length.to_le_bytes());
        image[12..16].copy_from_slice(&checksum.to_le_bytes());
        let _ = decode(&image, Path::new("x.ncm"));
    }
}

#[test]
fn every_cut_is_refused() {
    let network = network(2, 3, &[0.5, -0.25, 1.0, 0.0, 0.125, -1.0, 0.3, 0.4, -0.5, 0.6]);
    let choice = Choice { sparsity: 0.5, ..Choice::usual(Format::Posit { n: 5, es: 0 }) };
    let image = encode(&network, &Plan::uniform(&network, choice, Scope::Layer)).unwrap();
    for length in 0..image.len() {
        let error = decode(&image[..length], Path::new("cut.ncm")).unwrap_err().to_string();
        assert!(error.contains("cut.ncm"), "{error}");
    }
}

#[test]
fn a_plan_for_another_network_is_refused() {
    let network = network(1, 1, &[1.0, 1.0, 1.0]);
    let plan = Plan { choices: vec![Choice::FLOAT], scope: Scope::Layer };
    let error = encode(&network, &plan).unwrap_err().to_string();
    assert!(error.contains('2') && error.contains('1'), "{error}");
    let plan = Plan::uniform(&network, Choice { sparsity: f64::NAN, ..Choice::FLOAT }, Scope::Layer);
    assert!(encode(&network, &plan).unwrap_err().to_string().contains("sparsity"));
}

/// The bytes of a layer are what a person can count: 5-bit codes, one exponent.
#[test]
fn bytes_by_hand() {
    let weights: Vec<f32> = (0..40).map(|i| (i as f32 - 19.5) / 20.0).collect();
    let made = |choice| {
        let network = network(4, 8, &weights);
        encode(&network, &Plan { choices: vec![choice, Choice::FLOAT], scope: Scope::Layer }).unwrap().len()
    };
    let float = made(Choice::FLOAT);
    // format (3) + scale (kind, axis, one exponent) + storage (1) + 32 codes of 5 bits, in place of 128 bytes.
    assert_eq!(float - made(Choice::usual(Format::Posit { n: 5, es: 0 })), 128 - (3 + 3 + 1 + 20));
    // Half pruned: a bitmap of 4 bytes and 16 codes of 5 bits are less than 20 bytes.
    let half = Choice { sparsity: 0.5, ..Choice::usual(Format::Posit { n: 5, es: 0 }) };
    assert_eq!(float - made(half), 128 - (3 + 3 + 1 + 4 + 10));
    // int8 for each channel: format (2) + scale (kind, axis, four f32) + storage (1) + 32 codes.
    assert_eq!(float - made(Choice::usual(Format::Int { bits: 8 })), 128 - (2 + 2 + 16 + 1 + 32));
}

/// A factor for each block of inputs: kind, axis and length, then the factors of the blocks, of which the last of each
/// row is short. The other orientation has the same factors.
#[test]
fn blocks_by_hand() {
    let weights: Vec<f32> = (0..40).map(|i| (i as f32 - 19.5) / 20.0).collect();
    let network = network(4, 8, &weights);
    let made = |first, second| {
        encode(&network, &Plan { choices: vec![first, second], scope: Scope::Layer }).unwrap().len()
    };
    let float = made(Choice::FLOAT, Choice::FLOAT);
    let int8 = Choice::usual(Format::Int { bits: 8 });
    let blocks = Choice { granularity: "block3".parse().unwrap(), ..int8 };
    // int8 of 4 rows of 8 inputs: format (2) + scale (3, 12 blocks of four bytes) + storage (1) + 32 codes.
    assert_eq!(float - made(blocks, Choice::FLOAT), 128 - (2 + 3 + 48 + 1 + 32));
    // 4 inputs of 2 outputs: 4 blocks.
    let power = Choice { scale: ScaleRule::PowerOfTwo(Fit::AbsMax), ..blocks };
    assert_eq!(float - made(Choice::FLOAT, power), 32 - (2 + 3 + 4 + 1 + 8));
}

/// Numbers whose lower halves are 0 are written in two bytes, and read back as they were: 3 biases and 3
/// factors of a channel each.
#[test]
fn short_floats_take_two_bytes() {
    let weights = [127.0, -64.0, 1.0, 254.0, 0.0, 2.0, -63.5, 0.5, 31.75, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    let made = |bias: f32, weights: &[f32]| {
        let mut network = network(3, 3, weights);
        let data = vec![bias; 3];
        network.values[2].source = Source::Constant(Constant::Float(Tensor { shape: vec![3], data }));
        let choices = vec![Choice::usual(Format::Int { bits: 8 }), Choice::FLOAT];
        let image = encode(&network, &Plan { choices, scope: Scope::Layer }).unwrap();
        let back = decode(&image, Path::new("x.ncm")).unwrap();
        let bias = back.float_constant(back.nodes[0].inputs[2].unwrap()).unwrap().data.clone();
        (image.len(), bias)
    };
    let (short, bias) = made(0.5, &weights);
    assert_eq!(bias, [0.5; 3]);
    let (long, bias) = made(0.1, &weights);
    assert_eq!((long - short, bias), (6, vec![0.1; 3]));
    let longer: Vec<f32> = weights.iter().map(|weight| weight * 1.001).collect();
    // Three factors, and the six weights of the second layer, which stays float.
    assert_eq!(made(0.5, &longer).0 - short, 6 + 12);
}
