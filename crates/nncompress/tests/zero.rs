//! Zero stays zero, and bytes are what was predicted, over random plans: every format, factor, block, offset, price of
//! bits, storage and mask.

use fixq::{Codes, Multiplier, Output, Params};
use nncompress::format::Format;
use nncompress::grid::Rounding;
use nncompress::image::{decode, encode_layers, layer_size};
use nncompress::int8::{self, Activation, Int8Network, WeightCodes};
use nncompress::network::{Attribute, Constant, Network, Node, Source, Tensor, Value, ValueId};
use nncompress::plan::{Choice, Pattern, Storage};
use nncompress::quantize::Layer;
use nncompress::runtime::{AttributeName, Operator};
use nncompress::scale::{Fit, Granularity, ScaleRule};
use nncompress::study::Study;
use proptest::prelude::*;
use std::path::Path;

/// A convolution and a `Gemm` of either orientation, with these weights.
fn network(weights: &[f32], transposed: bool) -> Network {
    let float = |shape: &[usize], start: usize| {
        let count: usize = shape.iter().product();
        let data = (start..start + count).map(|index| weights[index % weights.len()]).collect();
        Source::Constant(Constant::Float(Tensor { shape: shape.to_vec(), data }))
    };
    let value = |name: &str, source| Value { name: name.to_owned(), source };
    let shape = if transposed { [9, 7] } else { [7, 9] };
    let values = vec![
        value("input", Source::Input { shape: vec![None, Some(2), Some(3), Some(5)] }),
        value("w1", float(&[3, 2, 2, 2], 0)),
        value("conv", Source::Node),
        value("flat", Source::Node),
        value("w2", float(&[24, 7], 7)),
        value("wide", Source::Node),
        value("w3", float(&shape, 19)),
        value("output", Source::Node),
    ];
    let node = |name: &str, operator, inputs: &[u32], output, attributes| Node {
        name: name.to_owned(),
        operator,
        inputs: inputs.iter().map(|id| Some(ValueId(*id))).collect(),
        outputs: vec![ValueId(output)],
        attributes,
    };
    let transposed = (AttributeName::TransB, Attribute::Int(i64::from(transposed)));
    Network {
        name: "made up".to_owned(),
        opset: 13,
        values,
        nodes: vec![
            node("conv", Operator::Conv, &[0, 1], 2, vec![]),
            node("flat", Operator::Flatten, &[2], 3, vec![]),
            node("fc1", Operator::MatMul, &[3, 4], 5, vec![]),
            node("fc2", Operator::Gemm, &[5, 6], 7, vec![transposed]),
        ],
        inputs: vec![ValueId(0)],
        outputs: vec![ValueId(7)],
    }
}

fn choices() -> impl Strategy<Value = Choice> {
    let block = |length: u16| format!("block{length}").parse::<Granularity>().unwrap();
    let granularities =
        vec![Granularity::Tensor, Granularity::Channel, Granularity::Input, block(1), block(3), block(32)];
    let scales = vec![
        ScaleRule::None,
        ScaleRule::PowerOfTwo(Fit::AbsMax),
        ScaleRule::PowerOfTwo(Fit::LeastSquares),
        ScaleRule::Real(Fit::AbsMax),
        ScaleRule::Real(Fit::LeastSquares),
        ScaleRule::Step(-6),
        ScaleRule::Step(3),
    ];
    let formats: Vec<Format> =
        Format::all().into_iter().filter(|format| !matches!(format, Format::Posit { n: 9.., .. })).collect();
    let masks = prop_oneof![
        2 => (0.0..=1.0).prop_map(|sparsity| (sparsity, None)),
        1 => (0u8..4).prop_map(|keep| (0.0, Some(Pattern { keep, of: 4 }))),
    ];
    (
        prop::sample::select(formats),
        prop::sample::select(vec![Rounding::Standard, Rounding::ToZero]),
        prop::sample::select(scales),
        prop::sample::select(granularities),
        masks,
        any::<bool>(),
        prop::sample::select(vec![0.0, 0.7, 8.0]),
        prop::sample::select(vec![Storage::Smallest, Storage::Packed]),
    )
        .prop_map(
            |(format, rounding, scale, granularity, (sparsity, pattern), offset, rate, storage)| {
                let offset = offset && format != Format::Float;
                Choice { format, rounding, scale, granularity, sparsity, pattern, offset, rate, storage }
            },
        )
}

fn weights() -> impl Strategy<Value = Vec<f32>> {
    let weight = prop_oneof![8 => -1f32..1.0, 2 => Just(0.0f32), 1 => Just(-0.0f32), 1 => -1e-6f32..1e-6];
    (prop::collection::vec(weight, 24..200), -8i32..8)
        .prop_map(|(weights, exponent)| weights.iter().map(|w| w * (exponent as f32).exp2()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn zero_stays_zero_and_bytes_are_as_predicted(
        weights in weights(), transposed in any::<bool>(), choices in prop::collection::vec(choices(), 3)
    ) {
        let network = network(&weights, transposed);
        let study = Study::new(network.clone(), None);
        let layers: Vec<Layer> =
            choices.iter().enumerate().map(|(layer, choice)| study.candidate(layer, choice).layer).collect();
        let image = encode_layers(&network, &layers.iter().collect::<Vec<_>>()).unwrap();
        let back = decode(&image, Path::new("x.ncm")).unwrap();
        let values: Vec<&Tensor> =
            back.weight_layers().iter().map(|layer| back.float_constant(layer.value).unwrap()).collect();
        for ((choice, layer), (prepared, values)) in
            choices.iter().zip(&layers).zip(study.layers().iter().zip(&values))
        {
            let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&values.data), bits(&layer.values()), "{}", choice);
            if let Some(mask) = prepared.mask(choice) {
                let zero = mask.iter().zip(&values.data).all(|(kept, value)| *kept || value.to_bits() == 0);
                prop_assert!(zero, "{}: a weight that was pruned came back as {:?}", choice, values.data);
            }
            // A weight that is 0 has a value of its own in every grid; compensation is not at work here.
            for (before, after) in prepared.weights().data.iter().zip(&values.data) {
                prop_assert!(*before != 0.0 || *after == 0.0, "{}: 0 became {}", choice, after);
                let coded = choice.format != Format::Float;
                prop_assert!(!coded || after.to_bits() != 1 << 31, "{}: a negative zero", choice);
            }
        }
        // An image is as long as its layers and what is the same in every plan.
        let floats: Vec<Layer> =
            (0..3).map(|layer| study.candidate(layer, &Choice::FLOAT).layer).collect();
        let base = encode_layers(&network, &floats.iter().collect::<Vec<_>>()).unwrap().len();
        let size = |layers: &[Layer]| layers.iter().map(|layer| layer_size(layer).bytes).sum::<usize>();
        prop_assert_eq!(image.len(), base - size(&floats) + size(&layers));
    }
}

/// Compensation moves the weights that are left, and none that is not.
#[test]
fn compensation_keeps_zeros() {
    let network = network(&(0..150).map(|i| ((i * 37 % 101) as f32 - 50.0) / 60.0).collect::<Vec<_>>(), true);
    let samples = nncompress::data::Samples {
        shape: vec![12, 2, 3, 5],
        data: (0..360).map(|i| (i * 7919 % 1000) as f32 / 500.0 - 1.0).collect(),
    };
    let statistics = nncompress::calibrate::calibrate(&network, &samples).unwrap();
    let study = Study::new(network, Some(&statistics));
    for format in [Format::Int { bits: 4 }, Format::Posit { n: 5, es: 1 }, Format::Codebook { bits: 3 }] {
        for granularity in [Granularity::Tensor, Granularity::Channel, "block4".parse().unwrap()] {
            for (layer, prepared) in study.layers().iter().enumerate() {
                let choice = Choice { sparsity: 0.6, granularity, ..Choice::usual(format) };
                let mask = prepared.mask(&choice).unwrap();
                let values = study.candidate(layer, &choice).layer.values();
                assert!(
                    mask.iter().zip(&values).all(|(kept, value)| *kept || value.to_bits() == 0),
                    "{choice}"
                );
            }
        }
    }
}

/// Recoding an int8 network, whose zero is that of its weights: what was 0 is 0, whatever the codes.
#[test]
fn recoding_keeps_zeros() {
    let tensor = |name: &str, length: usize| {
        let params = Params::new(0.5, 3, Codes::INT8).unwrap();
        Activation { name: name.into(), shape: vec![1, length], params }
    };
    let layer = int8::Layer {
        weights: (0..160).map(|i| if i % 3 == 0 { i * 29 % 255 - 127 } else { 0 }).collect(),
        storage: int8::Storage::Bytes,
        biases: vec![5; 8],
        factors: vec![Multiplier::from_parts(1 << 30, -6).unwrap(); 8],
        scales: vec![1.0; 8],
    };
    let node = int8::Node {
        name: "fc".into(),
        operation: int8::Operation::FullyConnected { layer },
        inputs: vec![0],
        output: 1,
        end: Output::new(Params::new(0.5, 3, Codes::INT8).unwrap(), fixq::Activation::None),
    };
    let tensors = vec![tensor("input", 20), tensor("output", 8)];
    let network = Int8Network { tensors, nodes: vec![node], inputs: vec![0], outputs: vec![1] };
    let weights = |network: &Int8Network| -> Vec<i16> {
        network
            .nodes
            .iter()
            .filter_map(|node| node.operation.layer())
            .flat_map(|layer| layer.weights.clone())
            .collect()
    };
    let before = weights(&network);
    assert!(before.iter().filter(|weight| **weight == 0).count() > 20);
    let codes = (2..=8).map(WeightCodes::Integers);
    let posits = (3..=8).map(|n| WeightCodes::Posits { n, es: 0 });
    for codes in codes.chain(posits).chain([WeightCodes::Bytes, WeightCodes::Posits { n: 5, es: 1 }]) {
        let after = weights(&int8::recode(&network, codes, None).unwrap());
        assert!(before.iter().zip(&after).all(|(a, b)| *a != 0 || *b == 0), "{codes:?}");
    }
}
