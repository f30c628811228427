//! A float network as the training library runs it: values are `[elements, samples]`, each operator one matrix product
//! or a pass over rows.

use super::window::{Gather, MaxPool, OUTSIDE, Window};
use crate::engine::{Engine, RtenEngine};
use crate::error::Error;
use crate::network::{Attribute, Constant, Network, Node, Source, Tensor as Weights, ValueId};
use candle_core::{Device, Result as Candle, Tensor};
use nncompress_runtime::{AttributeName, Operator};
use std::collections::HashMap;
use std::sync::Arc;

/// A network ready to be trained.
#[derive(Debug)]
pub(super) struct Graph {
    steps: Vec<Step>,
    input: ValueId,
    /// The value whose elements are the scores of the classes, in front of a `Softmax`.
    output: ValueId,
    values: usize,
    pub classes: usize,
    /// The elements of one input sample.
    pub elements: usize,
}

#[derive(Debug)]
struct Step {
    compute: Compute,
    inputs: Vec<ValueId>,
    output: ValueId,
}

#[derive(Debug)]
enum Compute {
    /// Weights `[outputs, columns]` times gathered columns.
    Conv {
        weight: ValueId,
        bias: Option<ValueId>,
        gather: Gather,
        groups: usize,
        outputs: usize,
        columns: usize,
        positions: usize,
    },
    /// Weights times the whole value.
    Product {
        weight: ValueId,
        bias: Option<ValueId>,
        by_rows: bool,
    },
    /// Each channel times a factor and plus a shift, which training leaves alone.
    Affine {
        factor: Tensor,
        shift: Tensor,
    },
    Relu,
    Max(MaxPool),
    /// Sums of gathered rows, each output with its factor.
    Mean {
        gather: Gather,
        taps: usize,
        factor: Tensor,
    },
    Add,
    /// A constant of one number for each element.
    Shift(Tensor),
    /// The same elements under another shape.
    Same,
}

/// Refuses a node by name.
fn refuse(node: &Node, reason: impl Into<String>) -> Error {
    Error::Untrainable { node: node.name.clone(), operator: node.operator.name(), reason: reason.into() }
}

/// What the training library says.
pub(super) fn failed(error: candle_core::Error) -> Error {
    Error::Training { reason: error.to_string() }
}

impl Graph {
    /// Prepares `network`.
    ///
    /// # Errors
    /// [`Error::Untrainable`] with the node that is not known here; those of the engine, which is asked for the shapes.
    pub fn new(network: &Network) -> Result<Self, Error> {
        let (Some(&input), Some(&output)) = (network.inputs.first(), network.outputs.first()) else {
            return Err(Error::Training { reason: "the network has no input or no output".into() });
        };
        let shapes = shapes(network, input)?;
        let mut builder = Builder { network, shapes, steps: Vec::new(), output };
        for node in &network.nodes {
            builder.node(node)?;
        }
        let classes = builder.shapes.get(&builder.output).map_or(0, |shape| shape.iter().product());
        let elements = builder.shapes[&input].iter().product();
        let (steps, output) = (builder.steps, builder.output);
        Ok(Self { steps, input, output, values: network.values.len(), classes, elements })
    }

    /// The scores `[classes, samples]` of inputs `[elements, samples]` under these weights and biases.
    pub fn run(&self, input: Tensor, parameters: &HashMap<ValueId, Tensor>) -> Candle<Tensor> {
        let mut values: Vec<Option<Tensor>> = vec![None; self.values];
        values[self.input.index()] = Some(input);
        for step in &self.steps {
            let read = |place: usize| {
                let id = step.inputs.get(place).copied();
                let value = id.and_then(|id| values[id.index()].as_ref());
                value.ok_or_else(|| candle_core::Error::Msg("a value is read before it is computed".into()))
            };
            let result = step.compute.run(read(0)?, || read(1), parameters)?;
            values[step.output.index()] = Some(result);
        }
        let output = values[self.output.index()].take();
        output.ok_or_else(|| candle_core::Error::Msg("the output is not computed".into()))
    }
}

impl Compute {
    fn run<'a>(
        &self,
        x: &Tensor,
        second: impl FnOnce() -> Candle<&'a Tensor>,
        parameters: &HashMap<ValueId, Tensor>,
    ) -> Candle<Tensor> {
        let samples = x.dim(1)?;
        let parameter = |id: &ValueId| {
            parameters.get(id).ok_or_else(|| candle_core::Error::Msg("a parameter is missing".into()))
        };
        let biased = |y: Tensor, bias: &Option<ValueId>| match bias {
            Some(bias) => y.broadcast_add(&parameter(bias)?.reshape(((), 1))?),
            None => Ok(y),
        };
        match self {
            Self::Conv { weight, bias, gather, groups, outputs, columns, positions } => {
                let wide = positions * samples;
                let gathered = x.apply_op1(gather.clone())?;
                let weight = parameter(weight)?;
                let product = if *groups == 1 {
                    weight.reshape((*outputs, *columns))?.matmul(&gathered.reshape((*columns, wide))?)?
                } else {
                    let weight = weight.reshape((*groups, outputs / groups, *columns))?;
                    let product = weight.matmul(&gathered.reshape((*groups, *columns, wide))?)?;
                    product.reshape((*outputs, wide))?
                };
                biased(product, bias)?.reshape((outputs * positions, samples))
            }
            Self::Product { weight, bias, by_rows } => {
                let weight = parameter(weight)?;
                let product = if *by_rows { weight.matmul(x)? } else { weight.t()?.matmul(x)? };
                biased(product, bias)
            }
            Self::Affine { factor, shift } => {
                let channels = factor.dim(0)?;
                let shape = x.dims().to_vec();
                let x = x.reshape((channels, ()))?;
                x.broadcast_mul(factor)?.broadcast_add(shift)?.reshape(shape)
            }
            Self::Relu => x.relu(),
            Self::Max(pool) => x.apply_op1(pool.clone()),
            Self::Mean { gather, taps, factor } => {
                let gathered = x.apply_op1(gather.clone())?;
                gathered.reshape(((), *taps, samples))?.sum(1)?.broadcast_mul(factor)
            }
            Self::Add => x.add(second()?),
            Self::Shift(by) => x.broadcast_add(by),
            Self::Same => Ok(x.clone()),
        }
    }
}

/// The shape of one sample of each value that nodes compute, and of the input.
fn shapes(network: &Network, input: ValueId) -> Result<HashMap<ValueId, Vec<usize>>, Error> {
    let Source::Input { shape } = &network.value(input).source else {
        return Err(Error::Training { reason: "the network's input is no input".into() });
    };
    let shape: Vec<usize> = shape.iter().map(|length| length.unwrap_or(1)).collect();
    if shape.first() != Some(&1) {
        return Err(Error::Training {
            reason: format!("the network takes {shape:?}; training needs one sample or any number at once"),
        });
    }
    let zeros = Weights { data: vec![0.0; shape.iter().product()], shape };
    let wanted: Vec<ValueId> =
        network.nodes.iter().filter_map(|node| node.outputs.first().copied()).collect();
    let found = RtenEngine::new(network, &[])?.run(&zeros, &[], &wanted)?;
    let sample = |shape: &[usize]| shape.iter().skip(1).copied().collect::<Vec<_>>();
    let mut shapes: HashMap<ValueId, Vec<usize>> =
        wanted.into_iter().zip(&found).map(|(id, value)| (id, sample(&value.shape))).collect();
    shapes.insert(input, sample(&zeros.shape));
    Ok(shapes)
}

struct Builder<'a> {
    network: &'a Network,
    shapes: HashMap<ValueId, Vec<usize>>,
    steps: Vec<Step>,
    output: ValueId,
}

impl Builder<'_> {
    fn shape(&self, node: &Node, id: ValueId) -> Result<&[usize], Error> {
        let shape = self.shapes.get(&id).map(Vec::as_slice);
        shape.ok_or_else(|| refuse(node, "it reads a constant where a computed value belongs"))
    }

    fn constant(&self, node: &Node, slot: usize) -> Option<(ValueId, &Weights)> {
        let id = node.inputs.get(slot).copied().flatten()?;
        Some((id, self.network.float_constant(id)?))
    }

    fn node(&mut self, node: &Node) -> Result<(), Error> {
        let (Some(&Some(first)), Some(&output)) = (node.inputs.first(), node.outputs.first()) else {
            return Err(refuse(node, "it has no input or no output"));
        };
        if node.outputs.len() > 1 {
            return Err(refuse(node, "it has more than one output"));
        }
        let mut inputs = vec![first];
        let compute = match node.operator {
            Operator::Conv => self.conv(node, first, output)?,
            Operator::Gemm | Operator::MatMul => self.product(node, first)?,
            Operator::BatchNormalization => self.batch_norm(node, first)?,
            Operator::Relu => Compute::Relu,
            Operator::MaxPool => {
                let window = self.window(node, first, output, None)?;
                Compute::Max(MaxPool { rows: Arc::new(window.pools()), taps: window.taps() })
            }
            Operator::AveragePool | Operator::GlobalAveragePool => self.mean(node, first, output)?,
            Operator::Add => self.add(node, &mut inputs)?,
            Operator::Flatten
            | Operator::Reshape
            | Operator::Squeeze
            | Operator::Unsqueeze
            | Operator::Identity => {
                let count = |id| self.shape(node, id).map(|shape| shape.iter().product::<usize>());
                if count(first)? != count(output)? {
                    return Err(refuse(node, "it mixes the elements of several samples"));
                }
                Compute::Same
            }
            Operator::Softmax | Operator::LogSoftmax => {
                if self.output != output {
                    return Err(refuse(node, "only one at the end of the network can be trained"));
                }
                self.output = first;
                return Ok(());
            }
            _ => return Err(refuse(node, "this operator cannot be trained")),
        };
        self.steps.push(Step { compute, inputs, output });
        Ok(())
    }

    fn conv(&self, node: &Node, first: ValueId, output: ValueId) -> Result<Compute, Error> {
        let Some((weight, tensor)) = self.constant(node, 1) else {
            return Err(refuse(node, "its weights are no constant"));
        };
        let (outputs, depth, kernel) = match *tensor.shape {
            [outputs, depth, width] => (outputs, depth, [1, width]),
            [outputs, depth, height, width] => (outputs, depth, [height, width]),
            _ => return Err(refuse(node, format!("weights of shape {:?}", tensor.shape))),
        };
        let window = self.window(node, first, output, Some(kernel))?;
        let groups = usize::try_from(node.int(AttributeName::Group, 1)).unwrap_or(0);
        if groups == 0 || depth * groups != window.input[0] || !outputs.is_multiple_of(groups) {
            return Err(refuse(node, format!("{groups} groups of {depth} of {} channels", window.input[0])));
        }
        Ok(Compute::Conv {
            weight,
            bias: self.bias(node, outputs)?,
            gather: Gather { rows: Arc::new(window.columns()) },
            groups,
            outputs,
            columns: depth * window.taps(),
            positions: window.positions(),
        })
    }

    fn bias(&self, node: &Node, outputs: usize) -> Result<Option<ValueId>, Error> {
        match node.inputs.get(2).copied().flatten() {
            None => Ok(None),
            Some(id) => match self.network.float_constant(id) {
                Some(bias) if bias.data.len() == outputs => Ok(Some(id)),
                _ => Err(refuse(node, "its bias is no constant of one number for each output")),
            },
        }
    }

    fn product(&self, node: &Node, first: ValueId) -> Result<Compute, Error> {
        let Some((weight, tensor)) = self.constant(node, 1) else {
            return Err(refuse(node, "its second input is no constant"));
        };
        let [rows, columns] = *tensor.shape else {
            return Err(refuse(node, format!("weights of shape {:?}", tensor.shape)));
        };
        let plain = node.float(AttributeName::Alpha, 1.0) == 1.0
            && node.float(AttributeName::Beta, 1.0) == 1.0
            && node.int(AttributeName::TransA, 0) == 0;
        let by_rows = node.operator == Operator::Gemm && node.int(AttributeName::TransB, 0) != 0;
        let (outputs, inputs) = if by_rows { (rows, columns) } else { (columns, rows) };
        if !plain || self.shape(node, first)? != [inputs] {
            return Err(refuse(node, "only a plain product of one row a sample can be trained"));
        }
        let bias = if node.operator == Operator::Gemm { self.bias(node, outputs)? } else { None };
        Ok(Compute::Product { weight, bias, by_rows })
    }

    /// Statistics stay as they are: `y = scale / √(variance + ε) · (x − mean) + b`.
    fn batch_norm(&self, node: &Node, first: ValueId) -> Result<Compute, Error> {
        let part = |slot| {
            let part = self.constant(node, slot).map(|(_, tensor)| tensor.data.as_slice());
            part.ok_or_else(|| refuse(node, "one of its parameters is no constant"))
        };
        let (scale, shift, mean, variance) = (part(1)?, part(2)?, part(3)?, part(4)?);
        let channels = self.shape(node, first)?.first().copied().unwrap_or(0);
        if [scale, shift, mean, variance].iter().any(|part| part.len() != channels) {
            return Err(refuse(node, format!("its parameters are not {channels} numbers each")));
        }
        let epsilon = node.float(AttributeName::Epsilon, 1e-5);
        let factor: Vec<f32> = scale.iter().zip(variance).map(|(s, v)| s / (v + epsilon).sqrt()).collect();
        let moved = shift.iter().zip(mean).zip(&factor);
        let shift: Vec<f32> = moved.map(|((shift, mean), factor)| shift - mean * factor).collect();
        Ok(Compute::Affine { factor: column(factor)?, shift: column(shift)? })
    }

    fn mean(&self, node: &Node, first: ValueId, output: ValueId) -> Result<Compute, Error> {
        let window = if node.operator == Operator::AveragePool {
            self.window(node, first, output, None)?
        } else {
            let input = self.image(node, first)?;
            let one = [1, 1];
            let [_, height, width] = input;
            let kernel = [height, width];
            Window { input, output: one, kernel, strides: one, dilations: one, begins: [0, 0] }
        };
        let (rows, taps) = (window.pools(), window.taps());
        let whole = node.int(AttributeName::CountIncludePad, 0) != 0;
        let count =
            |rows: &[u32]| if whole { taps } else { rows.iter().filter(|row| **row != OUTSIDE).count() };
        let factor = rows.chunks_exact(taps.max(1)).map(|rows| 1.0 / count(rows).max(1) as f32).collect();
        Ok(Compute::Mean { gather: Gather { rows: Arc::new(rows) }, taps, factor: column(factor)? })
    }

    fn add(&self, node: &Node, inputs: &mut Vec<ValueId>) -> Result<Compute, Error> {
        let [Some(a), Some(b)] = *node.inputs.as_slice() else {
            return Err(refuse(node, "it has no two inputs"));
        };
        let (value, constant) = match (self.network.float_constant(a), self.network.float_constant(b)) {
            (None, None) if self.shape(node, a)? == self.shape(node, b)? => {
                inputs.push(b);
                return Ok(Compute::Add);
            }
            (None, Some(constant)) => (a, constant),
            (Some(constant), None) => (b, constant),
            _ => return Err(refuse(node, "its inputs have different shapes")),
        };
        inputs[0] = value;
        if self.shape(node, value)? != [constant.data.len()] {
            return Err(refuse(node, "its constant is not one number for each element"));
        }
        Ok(Compute::Shift(column(constant.data.clone())?))
    }

    /// Channels, height and width of a value.
    fn image(&self, node: &Node, id: ValueId) -> Result<[usize; 3], Error> {
        match *self.shape(node, id)? {
            [channels, width] => Ok([channels, 1, width]),
            [channels, height, width] => Ok([channels, height, width]),
            ref shape => Err(refuse(node, format!("an input of shape {shape:?} is no image"))),
        }
    }

    /// The window of a convolution, whose kernel its weights give, or of a pool.
    fn window(
        &self,
        node: &Node,
        first: ValueId,
        output: ValueId,
        kernel: Option<[usize; 2]>,
    ) -> Result<Window, Error> {
        let input = self.image(node, first)?;
        let [_, height, width] = self.image(node, output)?;
        let pair = |name, default: usize| match node.attribute(name) {
            Some(Attribute::Ints(values)) => {
                let values: Vec<usize> = values.iter().map(|v| usize::try_from(*v).unwrap_or(0)).collect();
                match *values {
                    [width] => Ok([1, width]),
                    [height, width] => Ok([height, width]),
                    _ => Err(refuse(node, format!("{values:?} is no pair of lengths"))),
                }
            }
            _ => Ok([default, default]),
        };
        let kernel = kernel.map_or_else(|| pair(AttributeName::KernelShape, 0), Ok)?;
        let (strides, dilations) = (pair(AttributeName::Strides, 1)?, pair(AttributeName::Dilations, 1)?);
        if [kernel, strides, dilations].as_flattened().contains(&0) {
            return Err(refuse(node, "a length of its window is 0"));
        }
        let begins = self.begins(node, input, [height, width], kernel, strides, dilations)?;
        Ok(Window { input, output: [height, width], kernel, strides, dilations, begins })
    }

    /// What stands before the image on each axis.
    fn begins(
        &self,
        node: &Node,
        input: [usize; 3],
        output: [usize; 2],
        kernel: [usize; 2],
        strides: [usize; 2],
        dilations: [usize; 2],
    ) -> Result<[usize; 2], Error> {
        let missing = |axis: usize| {
            let needed = (output[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1;
            needed.saturating_sub(input[axis + 1])
        };
        match node.attribute(AttributeName::AutoPad) {
            Some(Attribute::Text(text)) if text == "SAME_UPPER" => Ok([missing(0) / 2, missing(1) / 2]),
            Some(Attribute::Text(text)) if text == "SAME_LOWER" => {
                Ok([missing(0).div_ceil(2), missing(1).div_ceil(2)])
            }
            _ => match node.attribute(AttributeName::Pads) {
                Some(Attribute::Ints(pads)) => {
                    let pads: Vec<usize> =
                        pads.iter().map(|pad| usize::try_from(*pad).unwrap_or(0)).collect();
                    match *pads {
                        [left, _] => Ok([0, left]),
                        [top, left, _, _] => Ok([top, left]),
                        _ => Err(refuse(node, format!("pads {pads:?}"))),
                    }
                }
                _ => Ok([0, 0]),
            },
        }
    }
}

/// A constant with one number for each row.
fn column(data: Vec<f32>) -> Result<Tensor, Error> {
    let rows = data.len();
    Tensor::from_vec(data, (rows, 1), &Device::Cpu).map_err(failed)
}

/// The float constants of a network that [`Graph::run`] takes: weights and biases.
pub(super) fn constants(network: &Network, ids: &[ValueId]) -> Result<HashMap<ValueId, Tensor>, Error> {
    let tensor = |id: &ValueId| match &network.value(*id).source {
        Source::Constant(Constant::Float(tensor)) => {
            let made = Tensor::from_slice(&tensor.data, tensor.shape.as_slice(), &Device::Cpu);
            Some(made.map(|made| (*id, made)).map_err(failed))
        }
        _ => None,
    };
    ids.iter().filter_map(tensor).collect()
}
