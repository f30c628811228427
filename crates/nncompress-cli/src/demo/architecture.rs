//! How the layers of the bundled networks follow each other, and the graph that this makes.

use anyhow::Context;
use nncompress::network::{Attribute, Constant, Network, Node, Source, Tensor, Value, ValueId};
use nncompress::runtime::{AttributeName, Operator};
use safetensors::SafeTensors;

/// One step of a network. Weights are called `NAME.weight` and `NAME.bias` in the file.
#[derive(Clone, Copy, Debug)]
pub enum Layer {
    /// A convolution; `pads` are top, left, bottom, right; a depthwise one has a group for each channel.
    Conv { name: &'static str, stride: i64, pads: [i64; 4], depthwise: bool },
    /// Batch normalisation with eps 1e-5.
    BatchNorm { name: &'static str },
    /// A fully connected layer.
    Linear { name: &'static str },
    /// max(x, 0).
    Relu,
    /// The largest of 2 by 2.
    MaxPool2,
    /// The mean over the image.
    GlobalAveragePool,
    /// Channels, rows, columns to one axis.
    Flatten,
}

use Layer::{BatchNorm, Flatten, GlobalAveragePool, Linear, MaxPool2, Relu};

const fn conv(name: &'static str, stride: i64, pads: [i64; 4]) -> Layer {
    Layer::Conv { name, stride, pads, depthwise: false }
}

const fn depthwise(name: &'static str, stride: i64, pads: [i64; 4]) -> Layer {
    Layer::Conv { name, stride, pads, depthwise: true }
}

const fn linear(name: &'static str) -> Layer {
    Linear { name }
}

const fn bn(name: &'static str) -> Layer {
    BatchNorm { name }
}

/// 64-32-16-10.
pub const DIGITS_MLP: &[Layer] = &[linear("fc1"), Relu, linear("fc2"), Relu, linear("fc3")];

/// 64-32-16-10 with batch norm.
pub const DIGITS_MLP_BN: &[Layer] =
    &[linear("fc1"), bn("bn1"), Relu, linear("fc2"), bn("bn2"), Relu, linear("fc3")];

/// 784-64-32-10 with batch norm.
pub const BNMLP: &[Layer] =
    &[Flatten, linear("fc1"), bn("bn1"), Relu, linear("fc2"), bn("bn2"), Relu, linear("fc3")];

/// 6c5-16c5-120-84-10.
pub const LENET5: &[Layer] = &[
    conv("conv1", 1, [2; 4]),
    Relu,
    MaxPool2,
    conv("conv2", 1, [0; 4]),
    Relu,
    MaxPool2,
    Flatten,
    linear("fc1"),
    Relu,
    linear("fc2"),
    Relu,
    linear("fc3"),
];

/// 16c3/2, dw3, 32c1, dw3/2, 64c1, 64c3, global average, 10; batch norm after every convolution. The odd
/// row and column of padding at stride 2 come last, as in TensorFlow.
pub const BNCONV: &[Layer] = &[
    conv("conv1", 2, [0, 0, 1, 1]),
    bn("bn1"),
    Relu,
    depthwise("conv2", 1, [1; 4]),
    bn("bn2"),
    Relu,
    conv("conv3", 1, [0; 4]),
    bn("bn3"),
    Relu,
    depthwise("conv4", 2, [0, 0, 1, 1]),
    bn("bn4"),
    Relu,
    conv("conv5", 1, [0; 4]),
    bn("bn5"),
    Relu,
    conv("conv6", 1, [1; 4]),
    bn("bn6"),
    Relu,
    GlobalAveragePool,
    Flatten,
    linear("fc1"),
];

/// The graph of `layers` with the weights of a safetensors file. `input` is the shape of one sample.
pub fn build(name: &str, weights: &[u8], layers: &[Layer], input: &[usize]) -> anyhow::Result<Network> {
    let weights = SafeTensors::deserialize(weights).with_context(|| format!("{name}: bad safetensors"))?;
    let mut builder =
        Builder { network: Network { name: name.to_owned(), opset: 13, ..Network::default() }, weights };
    let shape = [None].into_iter().chain(input.iter().map(|length| Some(*length))).collect();
    let mut current = builder.value("input", Source::Input { shape });
    builder.network.inputs.push(current);
    for layer in layers {
        current = builder.layer(*layer, current)?;
    }
    builder.network.outputs.push(current);
    Ok(builder.network)
}

struct Builder<'a> {
    network: Network,
    weights: SafeTensors<'a>,
}

impl Builder<'_> {
    fn value(&mut self, name: &str, source: Source) -> ValueId {
        let id = ValueId(u32::try_from(self.network.values.len()).unwrap_or(u32::MAX));
        self.network.values.push(Value { name: name.to_owned(), source });
        id
    }

    /// The tensor `name` of the file as a constant; `None` if the file has none.
    fn constant(&mut self, name: &str) -> Option<ValueId> {
        let view = self.weights.tensor(name).ok()?;
        let data = view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let tensor = Tensor { shape: view.shape().to_vec(), data };
        Some(self.value(name, Source::Constant(Constant::Float(tensor))))
    }

    fn constants(&mut self, layer: &str, names: &[&str]) -> Vec<Option<ValueId>> {
        let constants = names.iter().map(|name| self.constant(&format!("{layer}.{name}")));
        let found: Vec<Option<ValueId>> = constants.collect();
        found.into_iter().filter(Option::is_some).collect()
    }

    fn layer(&mut self, layer: Layer, input: ValueId) -> anyhow::Result<ValueId> {
        use AttributeName as A;
        let (name, operator, parameters, attributes) = match layer {
            Layer::Conv { name, stride, pads, depthwise } => {
                let parameters = self.constants(name, &["weight", "bias"]);
                let shape = self.weights.tensor(&format!("{name}.weight"))?.shape().to_vec();
                let group = if depthwise { i64::try_from(shape[0])? } else { 1 };
                let kernel =
                    shape[2..].iter().map(|length| i64::try_from(*length)).collect::<Result<_, _>>()?;
                let attributes = vec![
                    (A::KernelShape, Attribute::Ints(kernel)),
                    (A::Strides, Attribute::Ints(vec![stride; 2])),
                    (A::Pads, Attribute::Ints(pads.to_vec())),
                    (A::Group, Attribute::Int(group)),
                ];
                (name, Operator::Conv, parameters, attributes)
            }
            BatchNorm { name } => {
                let parameters = self.constants(name, &["weight", "bias", "running_mean", "running_var"]);
                (name, Operator::BatchNormalization, parameters, vec![(A::Epsilon, Attribute::Float(1e-5))])
            }
            Linear { name } => {
                let parameters = self.constants(name, &["weight", "bias"]);
                (name, Operator::Gemm, parameters, vec![(A::TransB, Attribute::Int(1))])
            }
            Relu => ("relu", Operator::Relu, Vec::new(), Vec::new()),
            MaxPool2 => {
                let two = || Attribute::Ints(vec![2, 2]);
                ("pool", Operator::MaxPool, Vec::new(), vec![(A::KernelShape, two()), (A::Strides, two())])
            }
            GlobalAveragePool => ("gap", Operator::GlobalAveragePool, Vec::new(), Vec::new()),
            Flatten => ("flatten", Operator::Flatten, Vec::new(), vec![(A::Axis, Attribute::Int(1))]),
        };
        let place = self.network.nodes.len();
        let output = self.value(&format!("{}_{place}", operator.name().to_lowercase()), Source::Node);
        let name = if parameters.is_empty() { format!("{name}_{place}") } else { name.to_owned() };
        let inputs = [Some(input)].into_iter().chain(parameters).collect();
        self.network.nodes.push(Node { name, operator, inputs, outputs: vec![output], attributes });
        Ok(output)
    }
}
