//! The float network: values, and the nodes that compute them in topological order.
//!
//! A [`Network`] is what an importer makes and what everything after it reads. It holds just the
//! operators that [`Operator`] names; constants are `f32` tensors (weights, biases, statistics) or
//! `i64` tensors (shapes, axes).

use crate::batch_norm::BatchNorm;
use nncompress_runtime::{AttributeName, Operator};

/// The index of a [`Value`] in [`Network::values`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ValueId(pub u32);

impl ValueId {
    /// The index as a `usize`.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A dense `f32` tensor, row-major.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tensor {
    /// Lengths, outermost first; empty for a scalar. Their product is `data.len()`.
    pub shape: Vec<usize>,
    /// The elements, row-major.
    pub data: Vec<f32>,
}

impl Tensor {
    /// Elements under one index of the first axis: the product of the other lengths.
    #[must_use]
    pub fn row(&self) -> usize {
        self.shape.iter().skip(1).product()
    }
}

/// The content of a constant.
#[derive(Clone, PartialEq, Debug)]
pub enum Constant {
    /// Weights, biases, statistics.
    Float(Tensor),
    /// Shapes, axes, repeats.
    Int {
        /// Lengths, outermost first.
        shape: Vec<usize>,
        /// The elements, row-major.
        data: Vec<i64>,
    },
}

/// Where a value comes from.
#[derive(Clone, PartialEq, Debug)]
pub enum Source {
    /// A network input; `None` marks a length that is chosen at run time (the batch).
    Input {
        /// Lengths, outermost first.
        shape: Vec<Option<usize>>,
    },
    /// A constant.
    Constant(Constant),
    /// The output of a node.
    Node,
}

/// One tensor of the network.
#[derive(Clone, PartialEq, Debug)]
pub struct Value {
    /// Its name in the model file; unique.
    pub name: String,
    /// Where it comes from.
    pub source: Source,
}

/// The value of an attribute.
#[derive(Clone, PartialEq, Debug)]
pub enum Attribute {
    /// One integer.
    Int(i64),
    /// One number.
    Float(f32),
    /// Several integers.
    Ints(Vec<i64>),
    /// Several numbers.
    Floats(Vec<f32>),
    /// A text, such as `SAME_UPPER`.
    Text(String),
}

/// One operation.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// Its name in the model file, or one made from its operator and place.
    pub name: String,
    /// What it computes.
    pub operator: Operator,
    /// What it reads; `None` for an optional input that is left out.
    pub inputs: Vec<Option<ValueId>>,
    /// What it computes.
    pub outputs: Vec<ValueId>,
    /// Attributes that the file gives; the others have ONNX's defaults.
    pub attributes: Vec<(AttributeName, Attribute)>,
}

impl Node {
    /// The attribute `name`, if the file gives it.
    #[must_use]
    pub fn attribute(&self, name: AttributeName) -> Option<&Attribute> {
        self.attributes.iter().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// The integer attribute `name`, or `default`.
    #[must_use]
    pub fn int(&self, name: AttributeName, default: i64) -> i64 {
        match self.attribute(name) {
            Some(Attribute::Int(value)) => *value,
            _ => default,
        }
    }

    /// The number attribute `name`, or `default`.
    #[must_use]
    pub fn float(&self, name: AttributeName, default: f32) -> f32 {
        match self.attribute(name) {
            Some(Attribute::Float(value)) => *value,
            _ => default,
        }
    }
}

/// A float network.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Network {
    /// The graph's name.
    pub name: String,
    /// Every tensor.
    pub values: Vec<Value>,
    /// The operations, each after those that it reads.
    pub nodes: Vec<Node>,
    /// What is fed.
    pub inputs: Vec<ValueId>,
    /// What is read at the end.
    pub outputs: Vec<ValueId>,
    /// The operator set of ONNX's default domain that the nodes follow.
    pub opset: i64,
}

/// A constant that multiplies activations, and so is worth compressing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WeightLayer {
    /// The constant.
    pub value: ValueId,
    /// The index of the node that reads it.
    pub node: usize,
    /// The axis of the constant along which output channels lie.
    pub channel_axis: usize,
}

impl Network {
    /// The value with this index.
    #[must_use]
    pub fn value(&self, id: ValueId) -> &Value {
        &self.values[id.index()]
    }

    /// The float constant behind `id`, if it is one.
    #[must_use]
    pub fn float_constant(&self, id: ValueId) -> Option<&Tensor> {
        match self.values.get(id.index())?.source {
            Source::Constant(Constant::Float(ref tensor)) => Some(tensor),
            _ => None,
        }
    }

    /// The constant bias of a weight layer that nothing else reads: one number for each of `channels` outputs,
    /// added as it is.
    #[must_use]
    pub fn bias_of(&self, layer: &WeightLayer, channels: usize) -> Option<ValueId> {
        let node = &self.nodes[layer.node];
        if !matches!(node.operator, Operator::Conv | Operator::Gemm)
            || node.float(AttributeName::Beta, 1.0) != 1.0
        {
            return None;
        }
        let id = node.inputs.get(2).copied().flatten()?;
        let readers =
            self.nodes.iter().flat_map(|node| node.inputs.iter().flatten()).filter(|input| **input == id);
        let fits = self.float_constant(id)?.data.len() == channels;
        (fits && readers.count() == 1).then_some(id)
    }

    /// Whether the outputs of a weight layer go into a batch normalisation and nowhere else.
    #[must_use]
    pub(crate) fn is_normalized(&self, layer: &WeightLayer) -> bool {
        let outputs = &self.nodes[layer.node].outputs;
        let mut readers = self
            .nodes
            .iter()
            .filter(|node| node.inputs.iter().flatten().any(|input| outputs.contains(input)));
        let norm = BatchNorm::all(self).iter().any(|norm| outputs.first() == Some(&norm.input));
        norm && readers.nth(1).is_none() && !self.outputs.iter().any(|output| outputs.contains(output))
    }

    /// What compression changes: the weight layers, their biases, and the statistics of batch normalisations, each in
    /// the order of the nodes.
    #[must_use]
    pub fn parameters(&self) -> Vec<ValueId> {
        let layers = self.weight_layers();
        let mut ids: Vec<ValueId> = layers.iter().map(|layer| layer.value).collect();
        for layer in &layers {
            let bias = self.nodes[layer.node].inputs.get(2).copied().flatten();
            let bias = bias.filter(|id| self.float_constant(*id).is_some() && !ids.contains(id));
            ids.extend(bias);
        }
        for norm in BatchNorm::all(self) {
            ids.extend(norm.statistics().into_iter().filter(|id| !ids.contains(id)).collect::<Vec<_>>());
        }
        ids
    }

    /// The weights of `Conv`, `ConvTranspose`, `Gemm`, `MatMul`, `LSTM` and `GRU` nodes, in the order
    /// of the nodes; a constant that several nodes read is listed once.
    #[must_use]
    pub fn weight_layers(&self) -> Vec<WeightLayer> {
        let mut layers: Vec<WeightLayer> = Vec::new();
        for (index, node) in self.nodes.iter().enumerate() {
            for slot in weight_slots(node.operator) {
                let Some(&Some(value)) = node.inputs.get(*slot) else { continue };
                let Some(tensor) = self.float_constant(value) else { continue };
                let Some(channel_axis) = channel_axis(node, *slot, tensor.shape.len()) else { continue };
                if !layers.iter().any(|l| l.value == value) {
                    layers.push(WeightLayer { value, node: index, channel_axis });
                }
            }
        }
        layers
    }
}

/// The inputs of an operator that hold weights.
const fn weight_slots(operator: Operator) -> &'static [usize] {
    match operator {
        Operator::Conv | Operator::ConvTranspose | Operator::Gemm => &[1],
        Operator::MatMul => &[0, 1],
        Operator::Lstm | Operator::Gru => &[1, 2],
        _ => &[],
    }
}

/// The axis of the output channels of weights with so many axes; `None` if there are too few.
fn channel_axis(node: &Node, slot: usize, rank: usize) -> Option<usize> {
    let axis = match node.operator {
        Operator::Conv => 0,
        Operator::Gemm => usize::from(node.int(AttributeName::TransB, 0) == 0),
        // A stack of matrices, each of outputs by inputs on the left, of inputs by outputs on the right.
        Operator::MatMul => rank.checked_sub(2)? + slot,
        _ => 1,
    };
    (axis < rank).then_some(axis)
}
