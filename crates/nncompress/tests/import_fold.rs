//! A network computes the same with its batch normalisations folded away.

use std::path::Path;

use nncompress::engine::{Engine, RtenEngine};
use nncompress::fold::fold_batch_norm;
use nncompress::import::{ImportOptions, import_model};
use nncompress::network::{Attribute, Constant, Network, Node, Source, Tensor, Value, ValueId};
use nncompress::runtime::{AttributeName, Operator};
use proptest::prelude::*;

/// Numbers from a seed, between -1 and 1.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 40) as f32 / f32::from(1_u16 << 15) / 256.0 - 1.0).clamp(-1.0, 1.0)
    }

    fn tensor(&mut self, shape: &[usize]) -> Tensor {
        Tensor { shape: shape.to_vec(), data: (0..shape.iter().product()).map(|_| self.next()).collect() }
    }
}

/// A network under construction.
struct Build(Network);

impl Build {
    fn new(input: &[usize]) -> Self {
        let shape = core::iter::once(None).chain(input.iter().map(|&length| Some(length))).collect();
        let value = Value { name: "x".into(), source: Source::Input { shape } };
        Self(Network { values: vec![value], inputs: vec![ValueId(0)], opset: 13, ..Network::default() })
    }

    fn constant(&mut self, name: &str, tensor: Tensor) -> ValueId {
        self.value(name, Source::Constant(Constant::Float(tensor)))
    }

    fn value(&mut self, name: &str, source: Source) -> ValueId {
        self.0.values.push(Value { name: name.into(), source });
        ValueId(self.0.values.len() as u32 - 1)
    }

    fn node(
        &mut self,
        operator: Operator,
        inputs: &[ValueId],
        attributes: &[(AttributeName, Attribute)],
    ) -> ValueId {
        let name = format!("{}{}", operator.name(), self.0.nodes.len());
        let output = self.value(&format!("{name}:0"), Source::Node);
        self.0.nodes.push(Node {
            name,
            operator,
            inputs: inputs.iter().map(|&id| Some(id)).collect(),
            outputs: vec![output],
            attributes: attributes.to_vec(),
        });
        output
    }

    /// A batch normalisation with variances from 0 on.
    fn norm(&mut self, x: ValueId, channels: usize, numbers: &mut Numbers) -> ValueId {
        let index = self.0.values.len();
        let mut inputs = vec![x];
        for part in ["scale", "offset", "mean", "variance"] {
            let mut tensor = numbers.tensor(&[channels]);
            if part == "variance" {
                tensor.data.iter_mut().for_each(|x| *x = x.max(0.0) * 30.0);
            }
            inputs.push(self.constant(&format!("bn{index}.{part}"), tensor));
        }
        self.node(Operator::BatchNormalization, &inputs, &[(AttributeName::Epsilon, Attribute::Float(1e-3))])
    }

    fn finish(mut self, output: ValueId) -> Network {
        self.0.outputs = vec![output];
        self.0
    }
}

fn norms(network: &Network) -> usize {
    network.nodes.iter().filter(|node| node.operator == Operator::BatchNormalization).count()
}

fn output(network: &Network, input: &Tensor) -> Vec<f32> {
    RtenEngine::new(network, &[]).unwrap().run(input, &[], &[]).unwrap().remove(0).data
}

/// Asserts that two outputs differ by at most `1e-4` of the largest number.
fn assert_close(a: &[f32], b: &[f32]) {
    let largest = a.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
    assert_eq!(a.len(), b.len());
    for (x, y) in a.iter().zip(b) {
        assert!((x - y).abs() <= 1e-4 * largest, "{x} became {y}");
    }
}

#[test]
fn published_networks_compute_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/models");
    for (name, input) in [
        ("mlperf_ic01_resnet8", vec![2, 3, 32, 32]),
        ("mlperf_kws01_dscnn", vec![2, 1, 49, 10]),
        ("mlperf_vww01_mobilenetv1_025", vec![1, 3, 96, 96]), // One of its variances is 0.
        ("mlperf_ad01_autoencoder", vec![2, 640]),
        ("mnist_bnconv", vec![2, 1, 28, 28]),
        ("mnist_bnmlp", vec![2, 1, 28, 28]),
    ] {
        let file = folder.join(name).with_extension("onnx");
        if !file.exists() {
            println!("skipped: {} is not there", file.display());
            continue;
        }
        let network = import_model(&file, &ImportOptions::default()).unwrap().network;
        assert!(norms(&network) > 0);
        let input = Numbers(3).tensor(&input);
        let before = output(&network, &input);
        let folded = fold_batch_norm(network);
        assert_eq!(norms(&folded), 0, "{name}");
        assert_close(&before, &output(&folded, &input));
    }
}

#[test]
fn one_number_by_hand() {
    // scale 2, offset 1, mean 3, variance 4 - ε: f = 1, s = -2.
    let mut build = Build::new(&[1]);
    let weight = build.constant("w.weight", Tensor { shape: vec![1, 1], data: vec![5.0] });
    let y = build.node(Operator::MatMul, &[ValueId(0), weight], &[]);
    let mut inputs = vec![y];
    for (name, x) in [("scale", 2.0), ("offset", 1.0), ("mean", 3.0), ("variance", 4.0)] {
        inputs.push(build.constant(name, Tensor { shape: vec![1], data: vec![x] }));
    }
    let y =
        build.node(Operator::BatchNormalization, &inputs, &[(AttributeName::Epsilon, Attribute::Float(0.0))]);
    let folded = fold_batch_norm(build.finish(y));
    assert_eq!(folded.nodes.len(), 1);
    assert_eq!(folded.nodes[0].operator, Operator::Gemm);
    let names: Vec<&str> = folded.values.iter().map(|value| value.name.as_str()).collect();
    assert_eq!(names, ["x", "w.weight", "BatchNormalization1:0", "w.bias"]);
    assert_eq!(folded.float_constant(ValueId(1)).unwrap().data, [5.0]);
    assert_eq!(folded.float_constant(ValueId(3)).unwrap().data, [-2.0]);
}

#[test]
fn a_value_that_is_read_elsewhere_keeps_its_norm() {
    let numbers = &mut Numbers(1);
    let mut build = Build::new(&[3, 4, 4]);
    let weight = build.constant("w", numbers.tensor(&[3, 3, 1, 1]));
    let inner = build.node(Operator::Conv, &[ValueId(0), weight], &[]);
    let normed = build.norm(inner, 3, numbers);
    let sum = build.node(Operator::Add, &[inner, normed], &[]);
    let network = build.finish(sum);
    assert_eq!(fold_batch_norm(network.clone()), network);

    let mut watched = network;
    watched.nodes.pop();
    watched.outputs = vec![normed, inner];
    assert_eq!(norms(&fold_batch_norm(watched)), 1);
}

#[test]
fn a_weight_that_two_nodes_share_is_copied() {
    let numbers = &mut Numbers(2);
    let mut build = Build::new(&[3, 4, 4]);
    let weight = build.constant("w", numbers.tensor(&[3, 3, 1, 1]));
    let first = build.node(Operator::Conv, &[ValueId(0), weight], &[]);
    let first = build.norm(first, 3, numbers);
    let second = build.node(Operator::Conv, &[first, weight], &[]);
    let second = build.norm(second, 3, numbers);
    let network = build.finish(second);
    let input = numbers.tensor(&[2, 3, 4, 4]);
    let folded = fold_batch_norm(network.clone());
    assert_eq!(norms(&folded), 0);
    assert_eq!(folded.weight_layers().len(), 2);
    assert_close(&output(&network, &input), &output(&folded, &input));
}

#[test]
fn a_negative_variance_is_left_alone() {
    let mut build = Build::new(&[1, 2, 2]);
    let weight = build.constant("w", Tensor { shape: vec![1, 1, 1, 1], data: vec![1.0] });
    let x = build.node(Operator::Conv, &[ValueId(0), weight], &[]);
    let y = build.norm(x, 1, &mut Numbers(1));
    let mut network = build.finish(y);
    let variance = network.values.iter_mut().find(|value| value.name.ends_with("variance")).unwrap();
    variance.source = Source::Constant(Constant::Float(Tensor { shape: vec![1], data: vec![-4.0] }));
    assert_eq!(fold_batch_norm(network.clone()), network);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn small_networks_compute_the_same(
        seed: u64, kind in 0..5, channels in 1_usize..5, groups in 1_usize..3, bias: bool, flag: bool,
    ) {
        let numbers = &mut Numbers(seed);
        let wide = matches!(kind, 0 | 1);
        let inputs = 2 * groups;
        let outputs = channels * groups;
        let sample = if wide { vec![inputs, 5, 4] } else { vec![inputs] };
        let mut build = Build::new(&sample);
        let group = (AttributeName::Group, Attribute::Int(groups as i64));
        let trans = (AttributeName::TransB, Attribute::Int(i64::from(flag)));
        let scales = [
            (AttributeName::Alpha, Attribute::Float(0.5)), (AttributeName::Beta, Attribute::Float(-2.0)), trans,
        ];
        let (operator, shape, attributes) = match kind {
            0 => (Operator::Conv, vec![outputs, 2, 3, 2], vec![group]),
            1 => (Operator::ConvTranspose, vec![inputs, channels, 2, 3], vec![group]),
            2 if flag => (Operator::Gemm, vec![outputs, inputs], scales.to_vec()),
            2 => (Operator::Gemm, vec![inputs, outputs], scales.to_vec()),
            _ => (Operator::MatMul, vec![inputs, outputs], vec![]),
        };
        let weight = build.constant("w", numbers.tensor(&shape));
        let mut read = vec![ValueId(0), weight];
        let bias_shape = if kind == 2 && flag { vec![1] } else if kind == 2 { vec![1, outputs] } else { vec![outputs] };
        let bias_id = build.constant("b", numbers.tensor(&bias_shape));
        if bias && kind < 3 {
            read.push(bias_id);
        }
        let mut y = build.node(operator, &read, &attributes);
        if kind == 4 {
            y = build.node(Operator::Add, &if flag { [bias_id, y] } else { [y, bias_id] }, &[]);
        }
        let y = build.norm(y, outputs, numbers);
        let y = build.node(Operator::Relu, &[y], &[]);
        let network = build.finish(y);
        let input = numbers.tensor(&core::iter::once(3).chain(sample).collect::<Vec<_>>());
        let folded = fold_batch_norm(network.clone());
        prop_assert_eq!(norms(&folded), 0);
        prop_assert_eq!(folded.nodes.len(), 2);
        assert_close(&output(&network, &input), &output(&folded, &input));
    }
}
