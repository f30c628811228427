//! TensorFlow Lite models become [`Int8Network`]s: what an operator means, and whether it can be run.

use super::{Activation, Int8Network, Layer, Node, Operation, Storage};
use crate::error::Error;
use crate::tflite::{ElementType, Model, OperatorCode, Options, Padding, Quantization, Tensor};
use fixq::op::{self, Window};
use fixq::ratio::weight_factors;
use fixq::{Activation as Clamp, Codes, Double, Multiplier, Output, Params, Width};
use std::path::Path;

/// Imports the bytes of a TensorFlow Lite file whose activations are int8; `file` only appears in messages.
///
/// # Errors
/// Those of [`Model::parse`]; [`Error::UnsupportedNode`] and [`Error::UnsupportedTensor`] for what this crate
/// does not run; [`Error::Node`] if the shapes or parameters of a node do not fit its operator;
/// [`Error::Tensor`] for a tensor without sound quantization.
pub fn import(bytes: &[u8], file: &Path) -> Result<Int8Network, Error> {
    let model = Model::parse(bytes, file)?;
    let mut importer = Importer { model: &model, file, known: vec![None; model.tensors.len()], made: vec![] };
    let inputs =
        model.inputs.iter().map(|&input| importer.activation(input)).collect::<Result<Vec<_>, _>>()?;
    let mut nodes = Vec::with_capacity(model.operators.len());
    for index in 0..model.operators.len() {
        nodes.push(importer.node(index)?);
    }
    let computed = |&output: &usize| {
        importer.known[output].ok_or_else(|| Error::Model {
            file: file.into(),
            reason: format!("output tensor {output} is computed by no operator"),
        })
    };
    let outputs = model.outputs.iter().map(computed).collect::<Result<Vec<_>, _>>()?;
    Ok(Int8Network { tensors: importer.made, nodes, inputs, outputs })
}

struct Importer<'m> {
    model: &'m Model<'m>,
    file: &'m Path,
    /// For each tensor of the file that is fed or computed so far, its number in the network.
    known: Vec<Option<usize>>,
    made: Vec<Activation>,
}

/// Why a node is refused: it is wrong, or it is more than this crate does.
enum Refusal {
    Wrong(String),
    Unsupported(String),
}

impl From<fixq::Error> for Refusal {
    fn from(error: fixq::Error) -> Self {
        Self::Wrong(error.to_string())
    }
}

fn wrong<T>(reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Wrong(reason.into()))
}

fn unsupported<T>(reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Unsupported(reason.into()))
}

impl Importer<'_> {
    /// Gives a tensor of the file, which is about to be fed or computed, its number.
    fn activation(&mut self, index: usize) -> Result<usize, Error> {
        let tensor = &self.model.tensors[index];
        let (file, name) = (self.file.to_path_buf(), tensor.name.escape_debug().to_string());
        if tensor.element != ElementType::Int8 {
            let reason = format!(
                "{:?} activations are not supported; quantize inputs and outputs to int8 as well",
                tensor.element
            );
            return Err(Error::UnsupportedTensor { file, tensor: name, reason });
        }
        if tensor.data.is_some() {
            let reason = "a constant is fed or computed".to_owned();
            return Err(Error::Tensor { file, tensor: name, reason });
        }
        if tensor.shape.len() > fixq::shape::MAX_RANK || tensor.is_empty() {
            let reason = format!("the shape {:?} is empty or has more than 6 dimensions", tensor.shape);
            return Err(Error::UnsupportedTensor { file, tensor: name, reason });
        }
        let params = params(&tensor.quantization).map_err(|reason| Error::Tensor {
            file: file.clone(),
            tensor: name.clone(),
            reason,
        })?;
        if self.known[index].is_some() {
            let reason = "it is fed or computed twice".to_owned();
            return Err(Error::Tensor { file, tensor: name, reason });
        }
        self.known[index] = Some(self.made.len());
        self.made.push(Activation { name: tensor.name.clone(), shape: tensor.shape.clone(), params });
        Ok(self.made.len() - 1)
    }

    fn node(&mut self, index: usize) -> Result<Node, Error> {
        let operator = &self.model.operators[index];
        let (file, node) = (self.file.to_path_buf(), format!("{}_{index}", operator.code));
        let [output] = *operator.outputs else {
            let reason = format!("{} outputs; the operators supported have one", operator.outputs.len());
            let operator = operator.code.to_string();
            return Err(Error::UnsupportedNode { file, node, operator, reason });
        };
        let output = self.activation(output)?;
        let refuse = |refusal| match refusal {
            Refusal::Wrong(reason) => Error::Node { file: file.clone(), node: node.clone(), reason },
            Refusal::Unsupported(reason) => Error::UnsupportedNode {
                file: file.clone(),
                node: node.clone(),
                operator: operator.code.to_string(),
                reason,
            },
        };
        let (operation, inputs, clamp) = self.operation(index, output).map_err(refuse)?;
        let end = Output::new(self.made[output].params, clamp);
        Ok(Node { name: node.clone(), operation, inputs, output, end })
    }

    /// The operation, the tensors that it reads, and what clamps its output.
    fn operation(&self, index: usize, output: usize) -> Result<(Operation, Vec<usize>, Clamp), Refusal> {
        let operator = &self.model.operators[index];
        let out = &self.made[output];
        let input = |slot| self.read(index, slot, output);
        let first = input(0)?;
        let x = &self.made[first];
        let one = vec![first];
        let table = |table: op::Table| Operation::Table(Box::new(*table.as_bytes()));
        match (operator.code, &operator.options) {
            (OperatorCode::Conv2d, &Options::Conv { padding, stride, dilation, activation }) => {
                let weights = self.constant(index, 1)?;
                let ([o, kh, kw, depth], image) = (four(&weights.shape)?, four(&x.shape)?);
                let window = window(image, [kh, kw], stride, dilation, padding)?;
                let groups = image[3].checked_div(depth).unwrap_or(0);
                let layer = self.layer(index, weights, x, out, o, 0)?;
                let channels = fixq::Channels::<Double>::new(
                    o,
                    None,
                    &layer.factors,
                    Output::new(out.params, activation),
                )?;
                let codes = weights.int8().unwrap_or_default();
                let conv = op::Conv2d::new(&*codes, image, window, groups, x.params.zero_point(), channels)?;
                fits(&conv.output_shape(), out)?;
                Ok((Operation::Conv { window, groups, layer }, one, activation))
            }
            (OperatorCode::DepthwiseConv2d, &Options::Conv { padding, stride, dilation, activation }) => {
                let weights = self.constant(index, 1)?;
                let ([batch, kh, kw, o], image) = (four(&weights.shape)?, four(&x.shape)?);
                if batch != 1 {
                    return wrong(format!("weights of shape {:?}", weights.shape));
                }
                let window = window(image, [kh, kw], stride, dilation, padding)?;
                let layer = self.layer(index, weights, x, out, o, 3)?;
                let channels = fixq::Channels::<Double>::new(
                    o,
                    None,
                    &layer.factors,
                    Output::new(out.params, activation),
                )?;
                let codes = weights.int8().unwrap_or_default();
                let conv = op::DepthwiseConv2d::new(&*codes, image, window, x.params.zero_point(), channels)?;
                fits(&conv.output_shape(), out)?;
                Ok((Operation::Depthwise { window, layer }, one, activation))
            }
            (OperatorCode::FullyConnected, &Options::FullyConnected { activation, weights_format, .. }) => {
                if weights_format != 0 {
                    return unsupported(format!(
                        "weights format {weights_format}; row-major (0) is supported"
                    ));
                }
                let weights = self.constant(index, 1)?;
                let [o, inputs] = *weights.shape else {
                    return wrong(format!("weights of shape {:?}", weights.shape));
                };
                let rows = x.len().checked_div(inputs).unwrap_or(0);
                if rows * inputs != x.len() || out.len() != rows * o || out.channels() != o {
                    let (x, out) = (&x.shape, &out.shape);
                    return wrong(format!("input {x:?}, weights {:?} and output {out:?}", weights.shape));
                }
                let layer = self.layer(index, weights, x, out, o, 0)?;
                Ok((Operation::FullyConnected { layer }, one, activation))
            }
            (OperatorCode::Add | OperatorCode::Sub, &Options::Arithmetic { activation }) => {
                let second = input(1)?;
                let subtract = operator.code == OperatorCode::Sub;
                binary(x, &self.made[second], out)?;
                op::AddFactors::new(x.params, self.made[second].params, out.params, Width::F64)?;
                Ok((Operation::Add { subtract }, vec![first, second], activation))
            }
            (OperatorCode::Mul, &Options::Arithmetic { activation }) => {
                let second = input(1)?;
                let (end, y) = (Output::new(out.params, activation), &self.made[second]);
                let shapes = binary(x, y, out)?;
                op::Mul::<Double>::new(shapes, [x.params, y.params], out.params, end, Width::F64)?;
                Ok((Operation::Mul, vec![first, second], activation))
            }
            (
                OperatorCode::AveragePool2d | OperatorCode::MaxPool2d,
                &Options::Pool { padding, stride, filter, activation },
            ) => {
                let image = four(&x.shape)?;
                let kernel = [size(filter[0])?, size(filter[1])?];
                let window = window(image, kernel, stride, [1, 1], padding)?;
                let end = Output::new(out.params, activation);
                same_params(x, out)?;
                if operator.code == OperatorCode::MaxPool2d {
                    fits(&op::MaxPool2d::new(image, window, end)?.output_shape(), out)?;
                    return Ok((Operation::MaxPool(window), one, activation));
                }
                fits(&op::AveragePool2d::new(image, window, end)?.output_shape(), out)?;
                Ok((Operation::AveragePool(window), one, activation))
            }
            (OperatorCode::Softmax, &Options::Softmax { beta }) => {
                fits(&x.shape, out)?;
                output_params(out, 1.0 / 256.0, -128)?;
                op::Softmax::<Double>::new(fixq::Shape::new(&x.shape)?, x.params, beta)?;
                Ok((Operation::Softmax { beta }, one, Clamp::None))
            }
            (OperatorCode::Logistic, _) => {
                output_params(out, 1.0 / 256.0, -128)?;
                elementwise(x, out, one, table(op::logistic::<Double>(x.params)))
            }
            (OperatorCode::Tanh, _) => {
                output_params(out, 1.0 / 128.0, 0)?;
                elementwise(x, out, one, table(op::tanh::<Double>(x.params)))
            }
            (OperatorCode::Relu, _) => {
                elementwise(x, out, one, table(op::relu::<Double>(x.params, out.params, Width::F64)?))
            }
            (OperatorCode::Relu6, _) => elementwise(x, out, one, table(op::relu6_clamp(x.params))),
            (OperatorCode::LeakyRelu, &Options::LeakyRelu { alpha }) => {
                let made = op::leaky_relu::<Double>(x.params, out.params, alpha, Width::F64)?;
                elementwise(x, out, one, table(made))
            }
            (OperatorCode::HardSwish, _) => {
                elementwise(x, out, one, table(op::hard_swish(x.params, out.params, Width::F64)?))
            }
            (OperatorCode::Quantize, _) => {
                elementwise(x, out, one, table(op::requantize::<Double>(x.params, out.params)?))
            }
            (OperatorCode::Mean, &Options::Reducer { .. }) => {
                let axes = self.integers(index, 1)?;
                let rank = x.shape.len() as i32;
                let axis = |&axis: &i32| {
                    let axis = if axis < 0 { axis + rank } else { axis };
                    usize::try_from(axis).map_err(|_| Refusal::Wrong(format!("axis {axis}")))
                };
                let axes: Vec<usize> = axes.iter().map(axis).collect::<Result<_, _>>()?;
                let (shape, end) = (fixq::Shape::new(&x.shape)?, Output::new(out.params, Clamp::None));
                let mean = op::Mean::<Double>::new(shape, &axes, x.params, out.params, end)?;
                if mean.output_len() != out.len() {
                    return wrong(format!("output {:?} of a mean of {:?}", out.shape, x.shape));
                }
                Ok((Operation::Mean(axes), one, Clamp::None))
            }
            (OperatorCode::Pad, _) => {
                let pads = self.integers(index, 1)?;
                let (pairs, rest) = pads.as_chunks::<2>();
                if !rest.is_empty() {
                    return wrong("an odd number of paddings");
                }
                let pads: Vec<[usize; 2]> = pairs
                    .iter()
                    .map(|pair| Ok([size(pair[0])?, size(pair[1])?]))
                    .collect::<Result<_, Refusal>>()?;
                same_params(x, out)?;
                let code = out.params.zero_point();
                let pad = op::Pad::new(fixq::Shape::new(&x.shape)?, &pads, code)?;
                let padded = x.shape.iter().zip(&pads).map(|(n, [a, b])| n + a + b);
                if pad.output_len() != out.len() || !padded.eq(out.shape.iter().copied()) {
                    return wrong(format!("output {:?} of {:?} padded by {pads:?}", out.shape, x.shape));
                }
                Ok((Operation::Pad(pads), one, Clamp::None))
            }
            (OperatorCode::Concatenation, &Options::Concatenation { axis, activation: Clamp::None }) => {
                let inputs: Vec<usize> = (0..operator.inputs.len()).map(input).collect::<Result<_, _>>()?;
                if inputs.len() > nncompress_runtime::program::MAX_INPUTS {
                    return unsupported(format!("{} inputs; at most 8 are supported", inputs.len()));
                }
                let axis = if axis < 0 { axis + x.shape.len() as i32 } else { axis };
                let axis = usize::try_from(axis).map_err(|_| Refusal::Wrong(format!("axis {axis}")))?;
                let shapes: Vec<fixq::Shape> = inputs
                    .iter()
                    .map(|&input| fixq::Shape::new(&self.made[input].shape))
                    .collect::<Result<_, _>>()?;
                for &input in &inputs {
                    same_params(&self.made[input], out)?;
                }
                if op::Concat::new(&shapes, axis)?.output_len() != out.len() {
                    return wrong(format!("output {:?}", out.shape));
                }
                Ok((Operation::Concat(axis), inputs, Clamp::None))
            }
            (OperatorCode::Reshape | OperatorCode::Squeeze | OperatorCode::ExpandDims, _) => {
                same_params(x, out)?;
                if x.len() != out.len() {
                    return wrong(format!("{:?} cannot be reshaped to {:?}", x.shape, out.shape));
                }
                Ok((Operation::Reshape, one, Clamp::None))
            }
            (_, Options::None) if !matches!(operator.code, OperatorCode::Other(_)) => {
                unsupported("int8 networks with it, or without its options, are not supported")
            }
            _ => unsupported("int8 networks with it are not supported"),
        }
    }

    /// The network's number of the tensor that operator `index` reads at `slot`; it may not be its output.
    fn read(&self, index: usize, slot: usize, output: usize) -> Result<usize, Refusal> {
        let tensor = self.given(index, slot)?;
        let number = self.known[tensor].filter(|&number| number != output);
        number.ok_or_else(|| {
            let name = self.model.tensors[tensor].name.escape_debug();
            match self.model.tensors[tensor].data {
                Some(_) => Refusal::Unsupported(format!("its input {slot}, `{name}`, is a constant")),
                None => Refusal::Wrong(format!("its input {slot}, `{name}`, is not computed before it")),
            }
        })
    }

    fn given(&self, index: usize, slot: usize) -> Result<usize, Refusal> {
        let inputs = &self.model.operators[index].inputs;
        let tensor = inputs.get(slot).copied().flatten();
        tensor.ok_or_else(|| Refusal::Wrong(format!("its input {slot} is left out")))
    }

    fn constant(&self, index: usize, slot: usize) -> Result<&Tensor<'_>, Refusal> {
        let tensor = &self.model.tensors[self.given(index, slot)?];
        match tensor.data {
            Some(_) => Ok(tensor),
            None => {
                unsupported(format!("its input {slot}, `{}`, is no constant", tensor.name.escape_debug()))
            }
        }
    }

    fn integers(&self, index: usize, slot: usize) -> Result<Vec<i32>, Refusal> {
        let tensor = self.constant(index, slot)?;
        let wrong = || Refusal::Unsupported(format!("its input {slot} has {:?} elements", tensor.element));
        tensor.int32().ok_or_else(wrong)
    }

    /// Weights with a scale for each index along `axis`, or one, and the bias.
    fn layer(
        &self,
        index: usize,
        weights: &Tensor<'_>,
        input: &Activation,
        output: &Activation,
        outputs: usize,
        axis: usize,
    ) -> Result<Layer, Refusal> {
        let Some(codes) = weights.int8() else {
            return unsupported(format!("{:?} weights; int8 is supported", weights.element));
        };
        let Quantization { scales, zero_points, axis: given } = &weights.quantization;
        if zero_points.iter().any(|&zero_point| zero_point != 0) {
            return unsupported("weights with a zero point other than 0");
        }
        let scales = match scales.len() {
            1 => vec![scales[0]; outputs],
            count if count == outputs && *given == axis => scales.clone(),
            count => {
                return wrong(format!(
                    "{count} scales of its weights along axis {given}, not {outputs} along {axis}"
                ));
            }
        };
        let params =
            scales.iter().map(|&scale| Params::new(scale, 0, Codes::INT8)).collect::<Result<Vec<_>, _>>()?;
        let mut factors = vec![Multiplier::ZERO; outputs];
        weight_factors::<Double>(input.params, &params, output.params, Width::F64, &mut factors)?;
        let biases = match self.model.operators[index].inputs.get(2) {
            Some(Some(_)) => self.integers(index, 2)?,
            _ => vec![0; outputs],
        };
        if biases.len() != outputs {
            return wrong(format!("{} biases for {outputs} outputs", biases.len()));
        }
        let weights = codes.into_iter().map(i16::from).collect();
        Ok(Layer { weights, storage: Storage::Shortest, biases, factors, scales })
    }
}

/// The parameters of an activation.
fn params(quantization: &Quantization) -> Result<Params, String> {
    let ([scale], [zero_point]) = (&*quantization.scales, &*quantization.zero_points) else {
        let count = quantization.scales.len();
        return Err(format!("{count} scales; a tensor that is computed must have one"));
    };
    let zero_point = i32::try_from(*zero_point).map_err(|_| format!("the zero point {zero_point}"))?;
    Params::new(*scale, zero_point, Codes::INT8).map_err(|error| error.to_string())
}

fn four(shape: &[usize]) -> Result<[usize; 4], Refusal> {
    shape.try_into().map_err(|_| Refusal::Wrong(format!("a shape {shape:?} where 4 dimensions are needed")))
}

fn size(number: i32) -> Result<usize, Refusal> {
    usize::try_from(number).map_err(|_| Refusal::Wrong(format!("a size of {number}")))
}

/// The window, with its padding made explicit: what is odd goes behind.
fn window(
    image: [usize; 4],
    kernel: [usize; 2],
    stride: [i32; 2],
    dilation: [i32; 2],
    padding: Padding,
) -> Result<Window, Refusal> {
    let stride = [size(stride[0])?, size(stride[1])?];
    let dilation = [size(dilation[0])?, size(dilation[1])?];
    let tf = if padding == Padding::Same { op::Padding::Same } else { op::Padding::Valid };
    let named = Window { kernel, stride, dilation, padding: tf };
    Ok(named.explicit([image[1], image[2]])?)
}

fn fits(computed: &[usize], output: &Activation) -> Result<(), Refusal> {
    if *computed == *output.shape {
        return Ok(());
    }
    wrong(format!("it computes the shape {computed:?}, but its output has {:?}", output.shape))
}

fn same_params(input: &Activation, output: &Activation) -> Result<(), Refusal> {
    if input.params == output.params {
        return Ok(());
    }
    unsupported("input and output have different scales or zero points")
}

fn output_params(output: &Activation, scale: f32, zero_point: i8) -> Result<(), Refusal> {
    if (output.params.scale(), output.params.zero_point()) == (scale, zero_point) {
        return Ok(());
    }
    wrong(format!("its output must have the scale {scale} and the zero point {zero_point}"))
}

fn elementwise(
    input: &Activation,
    output: &Activation,
    inputs: Vec<usize>,
    operation: Operation,
) -> Result<(Operation, Vec<usize>, Clamp), Refusal> {
    fits(&input.shape, output)?;
    Ok((operation, inputs, Clamp::None))
}

fn binary(a: &Activation, b: &Activation, output: &Activation) -> Result<op::Binary, Refusal> {
    let shapes = op::Binary::new(&fixq::Shape::new(&a.shape)?, &fixq::Shape::new(&b.shape)?)?;
    if shapes.output_len() == output.len() {
        return Ok(shapes);
    }
    wrong(format!("inputs {:?} and {:?}, output {:?}", a.shape, b.shape, output.shape))
}
