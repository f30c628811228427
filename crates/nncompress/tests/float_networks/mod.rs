//! Float networks with random weights and samples, for what takes a whole network.

use nncompress::data::Samples;
use nncompress::network::{Attribute, Constant, Network, Node, Source, Tensor, Value, ValueId};
use nncompress::runtime::{AttributeName, Operator};

/// SplitMix64, as a number from -1 to 1.
fn draw(state: &mut u64) -> f32 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z >> 40) as f32 / (1 << 23) as f32) - 1.0
}

/// Grows a network node by node.
pub struct Builder {
    pub network: Network,
    pub state: u64,
}

impl Builder {
    /// A network with one input; the batch is left open.
    pub fn new(shape: &[usize], state: u64) -> (Self, ValueId) {
        let network = Network { name: "made up".into(), opset: 13, ..Network::default() };
        let mut builder = Self { network, state };
        let lengths = core::iter::once(None).chain(shape.iter().map(|length| Some(*length))).collect();
        let input = builder.value(Source::Input { shape: lengths });
        builder.network.inputs.push(input);
        (builder, input)
    }

    fn value(&mut self, source: Source) -> ValueId {
        let id = ValueId(self.network.values.len() as u32);
        self.network.values.push(Value { name: format!("v{}", id.0), source });
        id
    }

    /// A constant, each number by this function.
    pub fn with(&mut self, shape: &[usize], number: impl Fn(f32) -> f32) -> ValueId {
        let count = shape.iter().product();
        let data = (0..count).map(|_| number(draw(&mut self.state))).collect();
        self.value(Source::Constant(Constant::Float(Tensor { shape: shape.to_vec(), data })))
    }

    /// Weights whose sums have about the size of their inputs.
    pub fn weights(&mut self, shape: &[usize], inputs: usize) -> ValueId {
        let size = (3.0 / inputs as f32).sqrt();
        self.with(shape, |x| x * size)
    }

    pub fn integers(&mut self, data: &[i64]) -> ValueId {
        self.value(Source::Constant(Constant::Int { shape: vec![data.len()], data: data.to_vec() }))
    }

    pub fn node(
        &mut self,
        operator: Operator,
        inputs: &[ValueId],
        attributes: &[(AttributeName, Attribute)],
    ) -> ValueId {
        let output = self.value(Source::Node);
        self.network.nodes.push(Node {
            name: format!("{}_{}", operator.name(), self.network.nodes.len()),
            operator,
            inputs: inputs.iter().copied().map(Some).collect(),
            outputs: vec![output],
            attributes: attributes.to_vec(),
        });
        output
    }

    pub fn conv(
        &mut self,
        x: ValueId,
        [outputs, depth, kernel]: [usize; 3],
        group: i64,
        stride: i64,
    ) -> ValueId {
        let weights = self.weights(&[outputs, depth, kernel, kernel], depth * kernel * kernel);
        let bias = self.with(&[outputs], |x| x / 4.0);
        let pad = (kernel / 2) as i64;
        self.node(
            Operator::Conv,
            &[x, weights, bias],
            &[
                (AttributeName::Group, Attribute::Int(group)),
                (AttributeName::Strides, ints(&[stride, stride])),
                (AttributeName::Pads, ints(&[pad; 4])),
            ],
        )
    }
}

pub fn ints(values: &[i64]) -> Attribute {
    Attribute::Ints(values.to_vec())
}

/// An image of 4 channels, 8×8, and every operator that images know, to five probabilities.
pub fn images(seed: u64) -> Network {
    let (mut b, input) = Builder::new(&[4, 8, 8], seed);
    let first = b.conv(input, [8, 4, 3], 1, 1);
    let statistics = [b.with(&[8], |x| 1.0 + x / 4.0), b.with(&[8], |x| x), b.with(&[8], |x| x / 2.0)];
    let variance = b.with(&[8], |x| 1.5 + x);
    let [scale, shift, mean] = statistics;
    let normal = b.node(Operator::BatchNormalization, &[first, scale, shift, mean, variance], &[]);
    let relu = b.node(Operator::Relu, &[normal], &[]);
    let depthwise = b.conv(relu, [16, 1, 3], 8, 2);
    let six = (b.with(&[], |_| 0.0), b.with(&[], |_| 1.5));
    let clipped = b.node(Operator::Clip, &[depthwise, six.0, six.1], &[]);
    let grouped = b.conv(clipped, [8, 8, 3], 2, 1);
    let side = b.conv(clipped, [8, 16, 1], 1, 1);
    let sum = b.node(Operator::Add, &[grouped, side], &[]);
    let sum = b.node(Operator::Relu, &[sum], &[]);
    let window = [(AttributeName::KernelShape, ints(&[2, 2])), (AttributeName::Strides, ints(&[1, 1]))];
    let largest = b.node(Operator::MaxPool, &[sum], &window);
    let average = b.node(Operator::AveragePool, &[sum], &window);
    let joined = b.node(Operator::Concat, &[largest, average], &[(AttributeName::Axis, Attribute::Int(1))]);
    let pads = b.integers(&[0, 0, 1, 0, 0, 0, 0, 1]);
    let padded = b.node(Operator::Pad, &[joined, pads], &[]);
    let factors = b.with(&[16, 1, 1], |x| x + 1.5);
    let scaled = b.node(Operator::Mul, &[padded, factors], &[]);
    let gate = b.node(Operator::Sigmoid, &[scaled], &[]);
    let gated = b.node(Operator::Mul, &[scaled, gate], &[]);
    let leaky = b.node(Operator::LeakyRelu, &[gated], &[(AttributeName::Alpha, Attribute::Float(0.1))]);
    let mean = b.node(Operator::GlobalAveragePool, &[leaky], &[]);
    let flat = b.node(Operator::Flatten, &[mean], &[(AttributeName::Axis, Attribute::Int(1))]);
    let (weights, bias) = (b.weights(&[5, 16], 3), b.with(&[5], |x| x));
    let scores =
        b.node(Operator::Gemm, &[flat, weights, bias], &[(AttributeName::TransB, Attribute::Int(1))]);
    let chances = b.node(Operator::Softmax, &[scores], &[(AttributeName::Axis, Attribute::Int(-1))]);
    b.network.outputs = vec![chances];
    b.network
}

/// An image with its channels last, which the network transposes; flattened with all its positions; rows.
pub fn flattened(seed: u64) -> Network {
    let (mut b, input) = Builder::new(&[5, 6, 2], seed);
    let image = b.node(Operator::Transpose, &[input], &[(AttributeName::Perm, ints(&[0, 3, 1, 2]))]);
    let conv = b.conv(image, [3, 2, 3], 1, 2);
    let conv = b.node(Operator::Relu, &[conv], &[]);
    let shape = b.integers(&[-1, 27]);
    let flat = b.node(Operator::Reshape, &[conv, shape], &[]);
    let weights = b.weights(&[27, 12], 27);
    let bias = b.with(&[12], |x| x);
    let product = b.node(Operator::MatMul, &[flat, weights], &[]);
    let sums = b.node(Operator::Add, &[product, bias], &[]);
    let tanh = b.node(Operator::Tanh, &[sums], &[]);
    let half = b.with(&[], |_| 0.5);
    let moved = b.node(Operator::Sub, &[half, tanh], &[]);
    let (weights, bias) = (b.weights(&[12, 4], 12), b.with(&[4], |x| x));
    let output = b.node(Operator::Gemm, &[moved, weights, bias], &[]);
    b.network.outputs = vec![output];
    b.network
}

/// Samples of a network's input.
pub fn samples(network: &Network, count: usize, seed: u64) -> Samples {
    let Source::Input { shape } = &network.value(network.inputs[0]).source else { unreachable!() };
    let mut lengths = vec![count];
    lengths.extend(shape.iter().skip(1).map(|length| length.unwrap_or(1)));
    let mut state = seed;
    let data = (0..lengths.iter().product()).map(|_| draw(&mut state)).collect();
    Samples { shape: lengths, data }
}
