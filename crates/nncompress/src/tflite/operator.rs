//! The operators of TensorFlow Lite that int8 networks use, and their options.

use super::flatbuffer::Record;
use crate::error::Error;
use fixq::Activation;

macro_rules! operators {
    ($($name:ident = $code:literal $text:literal,)*) => {
        /// An operator by its TensorFlow Lite name.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum OperatorCode {
            $(#[doc = concat!("`", $text, "`.")] $name,)*
            /// One without a name here: its number in the schema.
            Other(i32),
        }
        impl OperatorCode {
            /// The operator with this number in the schema.
            #[must_use]
            pub const fn from_number(number: i32) -> Self {
                match number { $($code => Self::$name,)* other => Self::Other(other) }
            }
        }
        impl core::fmt::Display for OperatorCode {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self {
                    $(Self::$name => f.write_str($text),)*
                    Self::Other(number) => write!(f, "operator {number}"),
                }
            }
        }
    };
}

operators! {
    Add = 0 "ADD",
    AveragePool2d = 1 "AVERAGE_POOL_2D",
    Concatenation = 2 "CONCATENATION",
    Conv2d = 3 "CONV_2D",
    DepthwiseConv2d = 4 "DEPTHWISE_CONV_2D",
    Dequantize = 6 "DEQUANTIZE",
    FullyConnected = 9 "FULLY_CONNECTED",
    Logistic = 14 "LOGISTIC",
    Lstm = 16 "LSTM",
    MaxPool2d = 17 "MAX_POOL_2D",
    Mul = 18 "MUL",
    Relu = 19 "RELU",
    Relu6 = 21 "RELU6",
    Reshape = 22 "RESHAPE",
    Softmax = 25 "SOFTMAX",
    Svdf = 27 "SVDF",
    Tanh = 28 "TANH",
    Custom = 32 "CUSTOM",
    Pad = 34 "PAD",
    Transpose = 39 "TRANSPOSE",
    Mean = 40 "MEAN",
    Sub = 41 "SUB",
    Squeeze = 43 "SQUEEZE",
    UnidirectionalSequenceLstm = 44 "UNIDIRECTIONAL_SEQUENCE_LSTM",
    StridedSlice = 45 "STRIDED_SLICE",
    Split = 49 "SPLIT",
    Prelu = 54 "PRELU",
    Maximum = 55 "MAXIMUM",
    Minimum = 57 "MINIMUM",
    PadV2 = 60 "PADV2",
    TransposeConv = 67 "TRANSPOSE_CONV",
    ExpandDims = 70 "EXPAND_DIMS",
    Sum = 74 "SUM",
    LeakyRelu = 98 "LEAKY_RELU",
    Quantize = 114 "QUANTIZE",
    HardSwish = 117 "HARD_SWISH",
    BatchMatMul = 126 "BATCH_MATMUL",
}

/// How the borders of an image are treated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Padding {
    /// As many outputs as strides fit into the image.
    Same,
    /// Windows that lie inside the image.
    Valid,
}

/// The options of an operator, sizes as `[height, width]`.
#[derive(Clone, PartialEq, Debug)]
pub enum Options {
    /// None, or none that change what it computes.
    None,
    /// Of `CONV_2D` and `DEPTHWISE_CONV_2D`; the depth multiplier is told by the shapes.
    Conv {
        /// Borders.
        padding: Padding,
        /// Distance between two outputs.
        stride: [i32; 2],
        /// Distance between two taps.
        dilation: [i32; 2],
        /// What clamps the output.
        activation: Activation,
    },
    /// Of the pools.
    Pool {
        /// Borders.
        padding: Padding,
        /// Distance between two outputs.
        stride: [i32; 2],
        /// Size of the window.
        filter: [i32; 2],
        /// What clamps the output.
        activation: Activation,
    },
    /// Of `FULLY_CONNECTED`.
    FullyConnected {
        /// What clamps the output.
        activation: Activation,
        /// 0 for row-major weights.
        weights_format: i8,
        /// Whether the leading dimensions stay apart.
        keep_dims: bool,
    },
    /// Of `ADD`, `SUB` and `MUL`.
    Arithmetic {
        /// What clamps the output.
        activation: Activation,
    },
    /// Of `SOFTMAX`.
    Softmax {
        /// Factor in the exponent.
        beta: f32,
    },
    /// Of `RESHAPE`.
    Reshape {
        /// The new shape, if the file gives it here.
        shape: Vec<i32>,
    },
    /// Of `CONCATENATION`.
    Concatenation {
        /// The dimension along which tensors are joined; negative ones count from the end.
        axis: i32,
        /// What clamps the output.
        activation: Activation,
    },
    /// Of `MEAN` and `SUM`.
    Reducer {
        /// Whether reduced dimensions stay as 1.
        keep_dims: bool,
    },
    /// Of `LEAKY_RELU`.
    LeakyRelu {
        /// Slope below zero.
        alpha: f32,
    },
    /// Of `BATCH_MATMUL`.
    BatchMatMul {
        /// Whose last two dimensions are swapped.
        transposed: [bool; 2],
    },
}

impl Options {
    /// Reads the options of an operator table, whose union tells by a number which table they are.
    pub(super) fn read(operator: &Record<'_, '_>) -> Result<Self, Error> {
        let kind: u8 = operator.scalar(3, "builtin_options_type", 0)?;
        let table = |name| operator.record(4, "builtin_options", name);
        let size = |t: &Record<'_, '_>, height: usize, width: usize, default: i32| {
            Ok::<_, Error>([t.scalar(height, "height", default)?, t.scalar(width, "width", default)?])
        };
        Ok(match kind {
            1 | 2 => {
                let depthwise = usize::from(kind == 2); // one more field in front of the activation
                let name = if kind == 1 { "Conv2DOptions" } else { "DepthwiseConv2DOptions" };
                let Some(t) = table(name)? else { return Ok(Self::None) };
                Self::Conv {
                    padding: padding(&t)?,
                    stride: size(&t, 2, 1, 0)?,
                    dilation: size(&t, 5 + depthwise, 4 + depthwise, 1)?,
                    activation: activation(&t, 3 + depthwise)?,
                }
            }
            5 => {
                let Some(t) = table("Pool2DOptions")? else { return Ok(Self::None) };
                Self::Pool {
                    padding: padding(&t)?,
                    stride: size(&t, 2, 1, 0)?,
                    filter: size(&t, 4, 3, 0)?,
                    activation: activation(&t, 5)?,
                }
            }
            8 => {
                let Some(t) = table("FullyConnectedOptions")? else { return Ok(Self::None) };
                Self::FullyConnected {
                    activation: activation(&t, 0)?,
                    weights_format: t.scalar(1, "weights_format", 0)?,
                    keep_dims: t.scalar(2, "keep_num_dims", false)?,
                }
            }
            9 => {
                let Some(t) = table("SoftmaxOptions")? else { return Ok(Self::None) };
                Self::Softmax { beta: t.scalar(0, "beta", 0.0)? }
            }
            10 => {
                let Some(t) = table("ConcatenationOptions")? else { return Ok(Self::None) };
                Self::Concatenation { axis: t.scalar(0, "axis", 0)?, activation: activation(&t, 1)? }
            }
            11 | 21 | 28 => {
                let Some(t) = table("AddOptions")? else { return Ok(Self::None) };
                Self::Arithmetic { activation: activation(&t, 0)? }
            }
            17 => {
                let Some(t) = table("ReshapeOptions")? else { return Ok(Self::None) };
                Self::Reshape { shape: t.numbers(0, "new_shape")? }
            }
            27 => {
                let Some(t) = table("ReducerOptions")? else { return Ok(Self::None) };
                Self::Reducer { keep_dims: t.scalar(0, "keep_dims", false)? }
            }
            75 => {
                let Some(t) = table("LeakyReluOptions")? else { return Ok(Self::None) };
                Self::LeakyRelu { alpha: t.scalar(0, "alpha", 0.0)? }
            }
            101 => {
                let Some(t) = table("BatchMatMulOptions")? else { return Ok(Self::None) };
                Self::BatchMatMul { transposed: [t.scalar(0, "adj_x", false)?, t.scalar(1, "adj_y", false)?] }
            }
            _ => Self::None,
        })
    }
}

fn padding(table: &Record<'_, '_>) -> Result<Padding, Error> {
    match table.scalar::<i8>(0, "padding", 0)? {
        0 => Ok(Padding::Same),
        1 => Ok(Padding::Valid),
        other => Err(table.malformed(format!("padding {other} is neither SAME (0) nor VALID (1)"))),
    }
}

fn activation(table: &Record<'_, '_>, slot: usize) -> Result<Activation, Error> {
    match table.scalar::<i8>(slot, "fused_activation_function", 0)? {
        0 => Ok(Activation::None),
        1 => Ok(Activation::Relu),
        2 => Ok(Activation::ReluN1To1),
        3 => Ok(Activation::Relu6),
        other => Err(table.malformed(format!(
            "the fused activation {other} is not supported; NONE, RELU, RELU_N1_TO_1 and RELU6 are"
        ))),
    }
}
