//! The ONNX operators and attributes that an image can name, each with its one-byte code.
//!
//! Codes are part of the image format: they are never reused and never renumbered.

macro_rules! coded {
    ($(#[$doc:meta])* $kind:ident { $($name:ident = $code:literal $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum $kind {
            $(#[doc = concat!("ONNX `", $text, "`.")] $name = $code,)*
        }
        impl $kind {
            /// Every member, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
            /// The code that an image stores.
            #[must_use]
            pub const fn code(self) -> u8 { self as u8 }
            /// The member with this code, if there is one.
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
            /// The name that ONNX uses.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
            /// The member that ONNX calls `name`, if there is one.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

coded! {
    /// An operator of a network, by its ONNX name.
    Operator {
        Conv = 1 "Conv",
        ConvTranspose = 2 "ConvTranspose",
        Gemm = 3 "Gemm",
        MatMul = 4 "MatMul",
        Lstm = 5 "LSTM",
        Gru = 6 "GRU",
        BatchNormalization = 7 "BatchNormalization",
        Relu = 16 "Relu",
        Clip = 17 "Clip",
        LeakyRelu = 18 "LeakyRelu",
        PRelu = 19 "PRelu",
        Sigmoid = 20 "Sigmoid",
        HardSigmoid = 21 "HardSigmoid",
        HardSwish = 22 "HardSwish",
        Tanh = 23 "Tanh",
        Softmax = 24 "Softmax",
        Elu = 25 "Elu",
        LogSoftmax = 26 "LogSoftmax",
        Softplus = 27 "Softplus",
        Softsign = 28 "Softsign",
        Gelu = 29 "Gelu",
        MaxPool = 32 "MaxPool",
        AveragePool = 33 "AveragePool",
        GlobalMaxPool = 34 "GlobalMaxPool",
        GlobalAveragePool = 35 "GlobalAveragePool",
        ReduceMean = 36 "ReduceMean",
        ReduceSum = 37 "ReduceSum",
        ReduceMax = 38 "ReduceMax",
        ReduceMin = 39 "ReduceMin",
        ReduceL2 = 40 "ReduceL2",
        Add = 48 "Add",
        Sub = 49 "Sub",
        Mul = 50 "Mul",
        Div = 51 "Div",
        Pow = 52 "Pow",
        Min = 53 "Min",
        Max = 54 "Max",
        Sum = 55 "Sum",
        Mean = 56 "Mean",
        Mod = 57 "Mod",
        Concat = 64 "Concat",
        Flatten = 65 "Flatten",
        Reshape = 66 "Reshape",
        Transpose = 67 "Transpose",
        Squeeze = 68 "Squeeze",
        Unsqueeze = 69 "Unsqueeze",
        Pad = 70 "Pad",
        Identity = 71 "Identity",
        Dropout = 72 "Dropout",
        Shape = 73 "Shape",
        Gather = 74 "Gather",
        Slice = 75 "Slice",
        Split = 76 "Split",
        Expand = 77 "Expand",
        Tile = 78 "Tile",
        ConstantOfShape = 79 "ConstantOfShape",
        Range = 80 "Range",
        Cast = 81 "Cast",
        Resize = 82 "Resize",
        DepthToSpace = 83 "DepthToSpace",
        Where = 84 "Where",
        Equal = 85 "Equal",
        Greater = 86 "Greater",
        Less = 87 "Less",
        Not = 88 "Not",
        LayerNormalization = 96 "LayerNormalization",
        InstanceNormalization = 97 "InstanceNormalization",
        LpNormalization = 98 "LpNormalization",
        Abs = 112 "Abs",
        Neg = 113 "Neg",
        Reciprocal = 114 "Reciprocal",
        Sqrt = 115 "Sqrt",
        Exp = 116 "Exp",
        Log = 117 "Log",
        Erf = 118 "Erf",
        Floor = 119 "Floor",
        Ceil = 120 "Ceil",
        Round = 121 "Round",
        Sin = 122 "Sin",
        Cos = 123 "Cos",
    }
}

coded! {
    /// An attribute of a node, by its ONNX name.
    AttributeName {
        Alpha = 1 "alpha",
        AutoPad = 2 "auto_pad",
        Axes = 3 "axes",
        Axis = 4 "axis",
        Beta = 5 "beta",
        CeilMode = 6 "ceil_mode",
        CountIncludePad = 7 "count_include_pad",
        Dilations = 8 "dilations",
        Direction = 9 "direction",
        Epsilon = 10 "epsilon",
        Group = 11 "group",
        HiddenSize = 12 "hidden_size",
        Keepdims = 13 "keepdims",
        KernelShape = 14 "kernel_shape",
        LinearBeforeReset = 15 "linear_before_reset",
        Max = 16 "max",
        Min = 17 "min",
        Mode = 18 "mode",
        Momentum = 19 "momentum",
        NoopWithEmptyAxes = 20 "noop_with_empty_axes",
        OutputPadding = 21 "output_padding",
        OutputShape = 22 "output_shape",
        Pads = 23 "pads",
        Perm = 24 "perm",
        StorageOrder = 25 "storage_order",
        Strides = 26 "strides",
        TransA = 27 "transA",
        TransB = 28 "transB",
        Value = 29 "value",
        Ratio = 30 "ratio",
        Allowzero = 31 "allowzero",
        TrainingMode = 32 "training_mode",
        Spatial = 33 "spatial",
        Layout = 34 "layout",
        InputForget = 35 "input_forget",
        Approximate = 36 "approximate",
        Antialias = 37 "antialias",
        Blocksize = 38 "blocksize",
        CoordinateTransformationMode = 39 "coordinate_transformation_mode",
        CubicCoeffA = 40 "cubic_coeff_a",
        End = 41 "end",
        ExcludeOutside = 42 "exclude_outside",
        ExtrapolationValue = 43 "extrapolation_value",
        Fmod = 44 "fmod",
        KeepAspectRatioPolicy = 45 "keep_aspect_ratio_policy",
        NearestMode = 46 "nearest_mode",
        NumOutputs = 47 "num_outputs",
        P = 48 "p",
        Split = 49 "split",
        Start = 50 "start",
        StashType = 51 "stash_type",
        To = 52 "to",
    }
}

#[cfg(test)]
mod tests {
    use super::{AttributeName, Operator};

    #[test]
    fn codes_and_names_lead_back() {
        for &op in Operator::ALL {
            assert_eq!(Operator::from_code(op.code()), Some(op));
            assert_eq!(Operator::from_name(op.name()), Some(op));
        }
        for &name in AttributeName::ALL {
            assert_eq!(AttributeName::from_code(name.code()), Some(name));
            assert_eq!(AttributeName::from_name(name.name()), Some(name));
        }
        assert_eq!(Operator::from_code(0), None);
        assert_eq!(Operator::from_name("NonMaxSuppression"), None);
    }
}
