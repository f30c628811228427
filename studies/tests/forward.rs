//! The evaluation in `f32` against the engine, which shares no code with it; other arithmetics against each other.

use nncompress::engine::{Engine, RtenEngine};
use nncompress::network::{Attribute, Constant, Network, Node, Source, Tensor, Value, ValueId};
use nncompress::runtime::{AttributeName, Operator};
use posit::Posit;
use studies::accumulate::{Fused, Rounded};
use studies::forward::Forward;

/// Numbers in -1..1 that repeat after 2^16 only.
fn noise(count: usize, seed: u32) -> Vec<f32> {
    let step = |state: &mut u32| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*state >> 16) as f32 / 32768.0 - 1.0)
    };
    core::iter::repeat(()).scan(seed, |state, ()| step(state)).take(count).collect()
}

#[derive(Default)]
struct Builder(Network);

impl Builder {
    fn value(&mut self, source: Source) -> ValueId {
        let id = ValueId(self.0.values.len() as u32);
        self.0.values.push(Value { name: format!("v{}", id.0), source });
        id
    }

    fn constant(&mut self, shape: &[usize], seed: u32) -> ValueId {
        let tensor = Tensor { shape: shape.to_vec(), data: noise(shape.iter().product(), seed) };
        self.value(Source::Constant(Constant::Float(tensor)))
    }

    fn node(
        &mut self,
        operator: Operator,
        inputs: &[ValueId],
        attributes: Vec<(AttributeName, Attribute)>,
    ) -> ValueId {
        let output = self.value(Source::Node);
        let inputs = inputs.iter().map(|id| Some(*id)).collect();
        let name = format!("n{}", self.0.nodes.len());
        self.0.nodes.push(Node { name, operator, inputs, outputs: vec![output], attributes });
        output
    }
}

/// A padded convolution with stride, a depthwise one, a residual add, two pools, the mean, and a matrix.
fn network() -> Network {
    let ints = |list: &[i64]| Attribute::Ints(list.to_vec());
    let mut net = Builder(Network { name: "small".into(), opset: 13, ..Network::default() });
    let input = net.value(Source::Input { shape: vec![None, Some(2), Some(9), Some(8)] });
    let (w0, b0) = (net.constant(&[6, 2, 3, 3], 1), net.constant(&[6], 2));
    let strided = vec![(AttributeName::Strides, ints(&[2, 1])), (AttributeName::Pads, ints(&[1, 0, 1, 2]))];
    let x = net.node(Operator::Conv, &[input, w0, b0], strided);
    let x = net.node(Operator::Relu, &[x], vec![]);
    let w1 = net.constant(&[6, 1, 3, 3], 3);
    let depthwise = vec![(AttributeName::Group, Attribute::Int(6)), (AttributeName::Pads, ints(&[1; 4]))];
    let y = net.node(Operator::Conv, &[x, w1], depthwise);
    let x = net.node(Operator::Add, &[x, y], vec![]);
    // At the border some of the nine lie outside and do not count.
    let mean = vec![(AttributeName::KernelShape, ints(&[3, 3])), (AttributeName::Pads, ints(&[1; 4]))];
    let x = net.node(Operator::AveragePool, &[x], mean);
    let pool = vec![(AttributeName::KernelShape, ints(&[2, 2])), (AttributeName::Strides, ints(&[2, 2]))];
    let x = net.node(Operator::MaxPool, &[x], pool);
    let x = net.node(Operator::GlobalAveragePool, &[x], vec![]);
    let x = net.node(Operator::Flatten, &[x], vec![]);
    let (w2, b2) = (net.constant(&[5, 6], 4), net.constant(&[5], 5));
    let x = net.node(Operator::Gemm, &[x, w2, b2], vec![(AttributeName::TransB, Attribute::Int(1))]);
    net.0.inputs = vec![input];
    net.0.outputs = vec![x];
    net.0
}

#[test]
fn f32_agrees_with_the_engine() {
    let network = network();
    let engine = RtenEngine::new(&network, &[]).expect("it loads");
    let (rounded, shape) = (Forward::<f32>::new(&network), [1, 2, 9, 8]);
    for seed in 10..30 {
        let sample = noise(2 * 9 * 8, seed);
        let input = Tensor { shape: shape.to_vec(), data: sample.clone() };
        let expected = engine.run(&input, &[], &[]).expect("it runs");
        for got in [rounded.run::<Rounded>(&shape, &sample), rounded.run::<Fused>(&shape, &sample)] {
            let got = got.expect("it runs");
            assert_eq!(got.len(), expected[0].data.len());
            for (got, expected) in got.iter().zip(&expected[0].data) {
                assert!((got - expected).abs() < 1e-4, "{got} {expected}");
            }
        }
    }
}

/// Sixteen bits with the quire stay within a few units of `f32`, eight bits differ, and in most samples the quire is nearer
/// than a rounding an operation.
#[test]
fn the_quire_is_nearer() {
    let network = network();
    let shape = [1, 2, 9, 8];
    let exact = Forward::<f32>::new(&network);
    let (wide, narrow) = (Forward::<Posit<16, 2>>::new(&network), Forward::<Posit<8, 2>>::new(&network));
    let (mut nearer, mut samples) = (0, 0);
    for seed in 40..80 {
        let sample = noise(2 * 9 * 8, seed);
        let expected = exact.run::<Fused>(&shape, &sample).expect("it runs");
        let far =
            |outputs: Vec<f32>| -> f32 { outputs.iter().zip(&expected).map(|(a, b)| (a - b).powi(2)).sum() };
        let wide = wide.run::<Fused>(&shape, &sample).expect("it runs").iter().map(|x| x.to_f32()).collect();
        assert!(far(wide) < 1e-3);
        let of = |outputs: Vec<Posit<8, 2>>| far(outputs.iter().map(|x| x.to_f32()).collect());
        let fused = of(narrow.run::<Fused>(&shape, &sample).expect("it runs"));
        let rounded = of(narrow.run::<Rounded>(&shape, &sample).expect("it runs"));
        assert!(fused > 0.0);
        nearer += usize::from(fused < rounded);
        samples += 1;
    }
    assert!(nearer * 3 > samples * 2, "{nearer} of {samples}");
}

#[test]
fn names_the_node_that_has_no_form() {
    let mut network = network();
    network.nodes[1].operator = Operator::Sigmoid;
    let error =
        Forward::<f32>::new(&network).run::<Rounded>(&[1, 2, 9, 8], &[0.0; 144]).expect_err("refused");
    assert!(format!("{error:#}").contains("n1"), "{error:#}");
}
