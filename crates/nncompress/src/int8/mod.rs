//! int8 networks: the arithmetic of the file they came from, bit for bit.
//!
//! ```text
//! model.tflite ─ import ─> Int8Network ─ shrink ─> Int8Network ─ encode ─> image bytes ─ Session ─> codes
//! ```
//!
//! There is one executor: [`Session`] runs an encoded image on the runtime crate, as a device does. So what is
//! scored is what is shipped. [`shrink`] leaves out channels that carry nothing, without changing one output.

mod encode;
mod import;
mod layer;
mod packed;
mod places;
mod recode;
mod session;
mod shrink;

use fixq::op::Window;
use fixq::{Multiplier, Output, Params};

pub use encode::encode;
pub use import::import;
pub(crate) use layer::weight_bytes;
pub use recode::{WeightCodes, recode};
pub use session::{Session, classify, quantize_input, score};
pub use shrink::{Shrunk, shrink};

/// A tensor that is computed, or fed.
#[derive(Clone, PartialEq, Debug)]
pub struct Activation {
    /// Its name in the file.
    pub name: String,
    /// Lengths, outermost first. Images are `[batch, height, width, channels]`.
    pub shape: Vec<usize>,
    /// What its codes mean.
    pub params: Params,
}

impl Activation {
    /// The number of codes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The length of the last dimension: the channels of an image, the entries of a row.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }
}

/// How an image stores the weights of a layer.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Storage {
    /// One byte each, or indices into a table of those that occur, whichever is shorter.
    #[default]
    Shortest,
    /// One byte each: what runs fastest.
    Bytes,
    /// Codes of `bits` bits, 2 to 8, row by row.
    Coded {
        /// Bits of a code.
        bits: u32,
        /// What each code is worth, `2^bits` entries; `None` for its own two's complement value.
        entries: Option<Vec<i16>>,
        /// The length of the blocks of a row, 1 to 128, of which those that are all zeros are left out; `None`
        /// if none is.
        block: Option<u8>,
    },
}

/// What a layer with weights holds; everything but the weights has an entry for each output.
#[derive(Clone, PartialEq, Debug)]
pub struct Layer {
    /// Codes, as the operator wants them: `[outputs, height, width, inputs / groups]`, of a depthwise
    /// convolution `[height, width, outputs]`, of a fully connected layer `[outputs, inputs]`.
    /// They fit 8 bits unless their storage has a table.
    pub weights: Vec<i16>,
    /// How an image stores them.
    pub storage: Storage,
    /// In steps of input scale times weight scale.
    pub biases: Vec<i32>,
    /// Input scale times weight scale by output scale.
    pub factors: Vec<Multiplier>,
    /// The scales of the weights, of which the factors are made.
    pub scales: Vec<f32>,
}

/// What a node computes.
#[derive(Clone, PartialEq, Debug)]
pub enum Operation {
    /// Convolution with groups.
    Conv {
        /// Kernel, strides, explicit padding.
        window: Window,
        /// Groups of channels.
        groups: usize,
        /// Weights.
        layer: Layer,
    },
    /// Depthwise convolution.
    Depthwise {
        /// Kernel, strides, explicit padding.
        window: Window,
        /// Weights.
        layer: Layer,
    },
    /// Fully connected: each row of the input, whose length the weights tell, gives a row of outputs.
    FullyConnected {
        /// Weights.
        layer: Layer,
    },
    /// Sum of two tensors; the second is subtracted if `subtract`.
    Add {
        /// Difference instead of sum.
        subtract: bool,
    },
    /// Product of two tensors.
    Mul,
    /// Average of the cells of a window.
    AveragePool(Window),
    /// Largest of the cells of a window.
    MaxPool(Window),
    /// Softmax over the last dimension.
    Softmax {
        /// Factor in the exponent.
        beta: f32,
    },
    /// A function of one code: entries from that of -128 upwards.
    Table(Box<[i8; 256]>),
    /// Mean over these dimensions.
    Mean(Vec<usize>),
    /// Zeros around a tensor: for each dimension, before and after.
    Pad(Vec<[usize; 2]>),
    /// Tensors one after another along a dimension.
    Concat(usize),
    /// The same codes in another shape.
    Reshape,
}

impl Operation {
    /// The operator's name in TensorFlow Lite.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Conv { .. } => "CONV_2D",
            Self::Depthwise { .. } => "DEPTHWISE_CONV_2D",
            Self::FullyConnected { .. } => "FULLY_CONNECTED",
            Self::Add { subtract: false } => "ADD",
            Self::Add { subtract: true } => "SUB",
            Self::Mul => "MUL",
            Self::AveragePool(_) => "AVERAGE_POOL_2D",
            Self::MaxPool(_) => "MAX_POOL_2D",
            Self::Softmax { .. } => "SOFTMAX",
            Self::Table(_) => "TABLE",
            Self::Mean(_) => "MEAN",
            Self::Pad(_) => "PAD",
            Self::Concat(_) => "CONCATENATION",
            Self::Reshape => "RESHAPE",
        }
    }

    /// The weights, if it has any.
    #[must_use]
    pub const fn layer(&self) -> Option<&Layer> {
        match self {
            Self::Conv { layer, .. } | Self::Depthwise { layer, .. } | Self::FullyConnected { layer } => {
                Some(layer)
            }
            _ => None,
        }
    }
}

/// One operation.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// Its operator and place in the file, such as `CONV_2D_3`.
    pub name: String,
    /// What it computes.
    pub operation: Operation,
    /// The tensors that it reads.
    pub inputs: Vec<usize>,
    /// The tensor that it computes.
    pub output: usize,
    /// Zero point and range of the output.
    pub end: Output,
}

/// An int8 network. Every node reads what is fed or computed before it, and its shapes fit its operator.
#[derive(Clone, PartialEq, Debug)]
pub struct Int8Network {
    /// Every tensor that is fed or computed.
    pub tensors: Vec<Activation>,
    /// The operations, in the order in which they run.
    pub nodes: Vec<Node>,
    /// What is fed.
    pub inputs: Vec<usize>,
    /// What is read at the end.
    pub outputs: Vec<usize>,
}

impl Int8Network {
    /// The number of weights.
    #[must_use]
    pub fn weights(&self) -> usize {
        self.nodes.iter().filter_map(|node| node.operation.layer()).map(|layer| layer.weights.len()).sum()
    }

    /// The products of weights and codes that a run computes, those under padding included.
    #[must_use]
    pub fn multiply_adds(&self) -> u64 {
        let of = |node: &Node| {
            let layer = node.operation.layer()?;
            let outputs = layer.biases.len().max(1);
            // Every output code takes the weights of its channel.
            Some((self.tensors[node.output].len() as u64) * (layer.weights.len() / outputs) as u64)
        };
        self.nodes.iter().filter_map(of).sum()
    }
}
