//! One step: its operator with everything it needs, read from the image, checked, and run.

use super::kernel::{self, Field, Scratch};
use super::layer::{Check, Layer, read_factor};
use super::layout;
use super::memory::{Memory, Operands};
use crate::ImageError;
use crate::cursor::Cursor;
use core::ops::Range;
use fixq::op::{
    Add, AddFactors, AveragePool2d, Binary, Concat, Conv2d, DepthwiseConv2d, FullyConnected, MaxPool2d, Mean,
    Mul, Pad, Padding, Softmax, Sub, Table, Window,
};
use fixq::shape::MAX_RANK;
use fixq::{Double, Error, Output, Shape};

/// The most tensors that one step joins.
pub const MAX_INPUTS: usize = 8;

/// Where a tensor lies in the codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// Its first code.
    pub offset: usize,
    /// How many codes it has.
    pub length: usize,
}

impl Place {
    /// The indices of its codes.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        // Saturates before it is checked; a checked place ends inside the codes.
        self.offset..self.offset.saturating_add(self.length)
    }

    /// Whether it shares a code with another place.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        let (a, b) = (self.range(), other.range());
        a.start < b.end && b.start < a.end
    }
}

/// One step of a program.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    operation: Operation<'a>,
    inputs: Inputs,
    count: usize,
    output: Place,
}

type Inputs = [Place; MAX_INPUTS];

/// What a step computes. `image` is `[batch, height, width, channels]` of the input.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the fields are the parameters of the fixq operators of these names")]
pub enum Operation<'a> {
    Conv { image: [usize; 4], window: Window, groups: usize, zero_point: i8, layer: Layer<'a> },
    Depthwise { image: [usize; 4], window: Window, zero_point: i8, layer: Layer<'a> },
    FullyConnected { shape: [usize; 2], zero_point: i8, layer: Layer<'a> },
    Add(Add<Double>),
    Sub(Sub<Double>),
    Mul(Mul<Double>),
    AveragePool { image: [usize; 4], window: Window, end: Output, operator: AveragePool2d },
    MaxPool { image: [usize; 4], window: Window, end: Output, operator: MaxPool2d },
    Softmax(Softmax<Double>),
    Table(&'a [u8]),
    Mean(Mean<Double>),
    Pad(Pad),
    Concat(Concat),
}

/// The sum, or difference, in one loop, if it can be.
#[cfg(any(not(target_arch = "x86_64"), feature = "dsp"))]
macro_rules! sum_of {
    ($operator:ident, $subtract:literal, $operands:expr, $output:ident) => {
        kernel::sum(
            ($operator.shapes(), $operator.zero_points(), $operator.output()),
            $operator.factors(),
            $subtract,
            $operands,
            $output,
        )
    };
}

impl<'a> Step<'a> {
    /// What a step is read into.
    pub(super) const NONE: Self = Self {
        operation: Operation::Table(&[]),
        inputs: [Place { offset: 0, length: 0 }; MAX_INPUTS],
        count: 0,
        output: Place { offset: 0, length: 0 },
    };

    /// Where the output lies.
    #[must_use]
    pub const fn output(&self) -> Place {
        self.output
    }

    /// Where the inputs lie: one, or as many as the operator joins.
    #[must_use]
    pub fn inputs(&self) -> &[Place] {
        self.inputs.get(..self.count).unwrap_or(&self.inputs)
    }

    /// What it computes.
    #[must_use]
    pub const fn operation(&self) -> &Operation<'a> {
        &self.operation
    }

    /// How many outputs its layer has; 0 of a step without one.
    pub(super) const fn layer_outputs(&self) -> usize {
        match &self.operation {
            Operation::Conv { layer, .. }
            | Operation::Depthwise { layer, .. }
            | Operation::FullyConnected { layer, .. } => layer.outputs,
            _ => 0,
        }
    }

    /// Reads step number `index` of a program over `codes` codes and checks it: its operator can be made, all
    /// places lie inside the codes, and the output meets no input.
    ///
    /// Steps are large: this one is overwritten.
    pub(super) fn read(
        &mut self,
        cursor: &mut Cursor<'a>,
        codes: usize,
        index: u32,
        check: Check,
    ) -> Result<(), ImageError> {
        let offset = cursor.offset();
        let code = cursor.u8()?;
        self.output.offset = cursor.size()?;
        let count = match code {
            layout::ADD | layout::SUB | layout::MUL => 2,
            layout::CONCAT => cursor.size()?,
            _ => 1,
        };
        self.count = count;
        let used = self.inputs.get_mut(..count).ok_or(ImageError::OutOfRange {
            what: "number of inputs",
            found: u32::try_from(count).unwrap_or(u32::MAX),
            offset,
        })?;
        for input in used.iter_mut() {
            input.offset = cursor.size()?;
        }
        let read = self.operation.read(cursor, code, offset, used, check)?;
        self.output.length = read.map_err(|source| ImageError::Operator { step: index, source })?;
        for place in used.iter().chain([&self.output]) {
            if place.range().end > codes {
                return Err(ImageError::Malformed { what: "step: a tensor ends behind the codes", offset });
            }
        }
        if used.iter().any(|input| input.meets(self.output)) {
            return Err(ImageError::Malformed { what: "step: the output meets an input", offset });
        }
        Ok(())
    }

    /// The words that it needs, for patches and for a table.
    pub(super) fn needs(&self) -> [usize; 2] {
        match &self.operation {
            Operation::Conv { image, window, groups, layer, .. } => {
                let depth = image[3].checked_div(*groups).unwrap_or(0);
                kernel::needs(layer.weights, window.kernel[0] * window.kernel[1] * depth)
            }
            Operation::FullyConnected { shape, layer, .. } => kernel::needs(layer.weights, shape[1]),
            _ => [0; 2],
        }
    }

    /// Runs the step.
    ///
    /// # Errors
    /// [`Error::Length`] if the memory is smaller than the program needs. Nothing else can happen in a step
    /// that was read.
    pub fn run(&self, memory: &mut Memory<'_>) -> Result<(), Error> {
        self.run_after(memory, &mut { Scratch::NEW })
    }

    /// The same, with what the steps before have left.
    pub(super) fn run_after(&self, memory: &mut Memory<'_>, scratch: &mut Scratch) -> Result<(), Error> {
        let [patches, table] = self.needs();
        at_least(patches.saturating_add(table), memory.words.len())?;
        let (operands, output) = Operands::around(memory.codes, &self.output.range());
        let operand = |place: Place| operands.get(place.range());
        let [first, second, ..] = self.inputs;
        let input = operand(first);
        let (biases, factors) = (&mut *memory.biases, &mut *memory.factors);
        let words = (&mut *memory.words, scratch);
        match self.operation {
            // What fixq has vectors for.
            #[cfg(all(target_arch = "x86_64", not(feature = "dsp")))]
            Operation::Conv { image, window, groups, zero_point, layer } if layer.weights.is_vector() => {
                let channels = layer.channels(biases, factors)?;
                Conv2d::new(layer.weights, image, window, groups, zero_point, channels)?.run(input, output)
            }
            #[cfg(all(target_arch = "x86_64", not(feature = "dsp")))]
            Operation::Depthwise { image, window, zero_point, layer } if layer.weights.is_vector() => {
                let channels = layer.channels(biases, factors)?;
                DepthwiseConv2d::new(layer.weights, image, window, zero_point, channels)?.run(input, output)
            }
            #[cfg(all(target_arch = "x86_64", not(feature = "dsp")))]
            Operation::FullyConnected { shape, zero_point, layer } if layer.weights.is_vector() => {
                let channels = layer.channels(biases, factors)?;
                FullyConnected::new(layer.weights, shape, zero_point, channels)?.run(input, output)
            }
            Operation::Conv { image, window, groups, zero_point, layer } if cfg!(feature = "images") => {
                let field = Field::new(image, window, groups, zero_point)?;
                at_least(output.len(), field.pixels() * layer.outputs)?;
                let ends = layer.ends(field.length(), biases, factors)?;
                kernel::products(layer.weights, layer.outputs, &field, &ends, words, input, output);
                Ok(())
            }
            Operation::Depthwise { image, window, zero_point, layer } if cfg!(feature = "images") => {
                let field = Field::new(image, window, 1, zero_point)?;
                at_least(output.len(), field.pixels() * layer.outputs)?;
                let ends = layer.ends(window.kernel[0] * window.kernel[1], biases, factors)?;
                kernel::depthwise(layer.weights, layer.outputs, &field, &ends, input, output);
                Ok(())
            }
            Operation::FullyConnected { shape: [batch, inputs], zero_point, layer } => {
                let field = Field::new([batch, 1, 1, inputs], Window::new([1, 1]), 1, zero_point)?;
                at_least(output.len(), field.pixels() * layer.outputs)?;
                let ends = layer.ends(inputs, biases, factors)?;
                kernel::products(layer.weights, layer.outputs, &field, &ends, words, input, output);
                Ok(())
            }
            // What fixq has vectors for elsewhere.
            #[cfg(any(not(target_arch = "x86_64"), feature = "dsp"))]
            Operation::Add(operator)
                if cfg!(feature = "elementwise")
                    && sum_of!(operator, false, [input, operand(second)], output) =>
            {
                Ok(())
            }
            #[cfg(any(not(target_arch = "x86_64"), feature = "dsp"))]
            Operation::Sub(operator)
                if cfg!(feature = "elementwise")
                    && sum_of!(operator, true, [input, operand(second)], output) =>
            {
                Ok(())
            }
            Operation::Add(operator) if cfg!(feature = "elementwise") => {
                operator.run(input, operand(second), output)
            }
            Operation::Sub(operator) if cfg!(feature = "elementwise") => {
                operator.run(input, operand(second), output)
            }
            Operation::Mul(operator) if cfg!(feature = "elementwise") => {
                operator.run(input, operand(second), output)
            }
            Operation::AveragePool { operator, .. } if cfg!(feature = "images") => {
                operator.run(input, output)
            }
            Operation::MaxPool { operator, .. } if cfg!(feature = "images") => operator.run(input, output),
            Operation::Softmax(operator) if cfg!(feature = "reductions") => operator.run(input, output),
            Operation::Table(bytes) if cfg!(feature = "elementwise") => {
                let table = bytemuck::cast_slice(bytes).try_into().unwrap_or([0; 256]);
                Table::from_bytes(table).run(input, output)
            }
            Operation::Mean(operator) if cfg!(feature = "reductions") => operator.run(input, output),
            Operation::Pad(operator) if cfg!(feature = "movement") => operator.run(input, output),
            Operation::Concat(operator) if cfg!(feature = "movement") => {
                operator.run(&self.inputs.map(operand), output)
            }
            // What is left out is never read.
            _ => Ok(()),
        }
    }
}

/// Refuses fewer than are expected.
const fn at_least(expected: usize, found: usize) -> Result<(), Error> {
    if found < expected { Err(Error::Length { expected, found }) } else { Ok(()) }
}

/// A refusal of the image, or of the operator.
type Read<T> = Result<Result<T, Error>, ImageError>;

/// Takes a value out of an operator's result, or hands its refusal on.
macro_rules! made {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(error) => return Ok(Err(error)),
        }
    };
}

impl<'a> Operation<'a> {
    /// Reads the operator `code`, sets the lengths of its inputs, and tells that of its output.
    fn read(
        &mut self,
        cursor: &mut Cursor<'a>,
        code: u8,
        offset: usize,
        inputs: &mut [Place],
        check: Check,
    ) -> Read<usize> {
        let mut lengths = [0; 2];
        let length = match code {
            layout::CONV | layout::DEPTHWISE if cfg!(feature = "images") => {
                let image = read_image(cursor)?;
                let outputs = cursor.size()?;
                let window = read_window(cursor)?;
                let groups = if code == layout::CONV { cursor.size()? } else { 1 };
                let zero_point = cursor.i8()?;
                let end = read_end(cursor)?;
                let [kh, kw] = window.kernel;
                // Of each output: its taps in its group of inputs.
                let depth = if code == layout::CONV { image[3].checked_div(groups).unwrap_or(0) } else { 1 };
                made!(Shape::new(&[outputs, kh, kw, depth]));
                let rows = if code == layout::CONV { [outputs, kh * kw * depth] } else { [kh * kw, outputs] };
                let layer = Layer::read(cursor, outputs, rows, end, check)?;
                let channels = made!(layer.shapes());
                if code == layout::CONV {
                    let conv = Conv2d::new(layer.weights, image, window, groups, zero_point, channels);
                    let conv = made!(conv);
                    lengths[0] = conv.input_len();
                    *self = Self::Conv { image, window, groups, zero_point, layer };
                    conv.output_len()
                } else {
                    let conv =
                        made!(DepthwiseConv2d::new(layer.weights, image, window, zero_point, channels));
                    lengths[0] = conv.input_len();
                    *self = Self::Depthwise { image, window, zero_point, layer };
                    conv.output_len()
                }
            }
            layout::FULLY_CONNECTED => {
                let shape = [cursor.size()?, cursor.size()?];
                let outputs = cursor.size()?;
                let zero_point = cursor.i8()?;
                let end = read_end(cursor)?;
                made!(Shape::new(&[outputs, shape[1]]));
                let layer = Layer::read(cursor, outputs, [outputs, shape[1]], end, check)?;
                let channels = made!(layer.shapes());
                made!(Shape::new(&[shape[0], shape[1], outputs]));
                let dense = made!(FullyConnected::new(layer.weights, shape, zero_point, channels));
                lengths[0] = dense.input_len();
                *self = Self::FullyConnected { shape, zero_point, layer };
                dense.output_len()
            }
            layout::ADD | layout::SUB | layout::MUL if cfg!(feature = "elementwise") => {
                let shapes = [made!(read_shape(cursor)?), made!(read_shape(cursor)?)];
                let zero_points = [cursor.i8()?, cursor.i8()?];
                let [a, b] = shapes;
                lengths = [a.len(), b.len()];
                let shapes = made!(Binary::new(&a, &b));
                let first = read_factor(cursor)?;
                *self = if code == layout::MUL {
                    Self::Mul(Mul::from_factor(shapes, first, zero_points, read_end(cursor)?))
                } else {
                    let (second, sum) = (read_factor(cursor)?, read_factor(cursor)?);
                    let (factors, end) = (AddFactors { a: first, b: second, sum }, read_end(cursor)?);
                    if code == layout::ADD {
                        Self::Add(Add::new(shapes, factors, zero_points, end))
                    } else {
                        Self::Sub(Sub::new(shapes, factors, zero_points, end))
                    }
                };
                shapes.output_len()
            }
            layout::AVERAGE_POOL if cfg!(feature = "images") => {
                let (image, window, end) = (read_image(cursor)?, read_window(cursor)?, read_end(cursor)?);
                let operator = made!(AveragePool2d::new(image, window, end));
                lengths[0] = operator.input_len();
                *self = Self::AveragePool { image, window, end, operator };
                operator.output_len()
            }
            layout::MAX_POOL if cfg!(feature = "images") => {
                let (image, window, end) = (read_image(cursor)?, read_window(cursor)?, read_end(cursor)?);
                let operator = made!(MaxPool2d::new(image, window, end));
                lengths[0] = operator.input_len();
                *self = Self::MaxPool { image, window, end, operator };
                operator.output_len()
            }
            layout::SOFTMAX if cfg!(feature = "reductions") => {
                let shape = made!(read_shape(cursor)?);
                lengths[0] = shape.len();
                let softmax = made!(Softmax::from_factor(shape, read_factor(cursor)?));
                *self = Self::Softmax(softmax);
                shape.len()
            }
            layout::TABLE if cfg!(feature = "elementwise") => {
                lengths[0] = cursor.size()?;
                *self = Self::Table(cursor.take(256)?);
                lengths[0]
            }
            layout::MEAN if cfg!(feature = "reductions") => {
                let shape = made!(read_shape(cursor)?);
                lengths[0] = shape.len();
                let mask = cursor.u8()?;
                let (mut axes, mut count) = ([0; 8], 0);
                for axis in (0..8).filter(|axis| mask >> axis & 1 == 1) {
                    if let Some(slot) = axes.get_mut(count) {
                        *slot = axis;
                    }
                    count += 1;
                }
                let (factor, zero_point, end) = (read_factor(cursor)?, cursor.i8()?, read_end(cursor)?);
                let axes = axes.get(..count).unwrap_or(&[]);
                let mean = made!(Mean::from_factor(shape, axes, factor, zero_point, end));
                *self = Self::Mean(mean);
                mean.output_len()
            }
            layout::PAD if cfg!(feature = "movement") => {
                let shape = made!(read_shape(cursor)?);
                lengths[0] = shape.len();
                let mut pads = [[0; 2]; MAX_RANK];
                for pad in pads.iter_mut().take(shape.rank()) {
                    *pad = [cursor.size()?, cursor.size()?];
                }
                let pads = pads.get(..shape.rank()).unwrap_or(&[]);
                let pad = made!(Pad::new(shape, pads, cursor.i8()?));
                *self = Self::Pad(pad);
                pad.output_len()
            }
            layout::CONCAT if cfg!(feature = "movement") => {
                let outer = cursor.size()?;
                let mut shapes = [made!(Shape::new(&[outer, 0])); MAX_INPUTS];
                for (shape, input) in shapes.iter_mut().zip(inputs.iter_mut()) {
                    *shape = made!(Shape::new(&[outer, cursor.size()?]));
                    input.length = shape.len();
                }
                let concat = made!(Concat::new(shapes.get(..inputs.len()).unwrap_or(&[]), 1));
                *self = Self::Concat(concat);
                return Ok(Ok(concat.output_len()));
            }
            _ => return Err(ImageError::Unknown { what: "operator", code, offset }),
        };
        for (input, length) in inputs.iter_mut().zip(lengths) {
            input.length = length;
        }
        Ok(Ok(length))
    }
}

fn read_image(cursor: &mut Cursor<'_>) -> Result<[usize; 4], ImageError> {
    Ok([cursor.size()?, cursor.size()?, cursor.size()?, cursor.size()?])
}

fn read_window(cursor: &mut Cursor<'_>) -> Result<Window, ImageError> {
    let mut axis = || {
        let (kernel, stride, dilation) = (cursor.size()?, cursor.size()?, cursor.size()?);
        Ok((kernel, stride, dilation, [cursor.size()?, cursor.size()?]))
    };
    let (height, width) = (axis()?, axis()?);
    Ok(Window {
        kernel: [height.0, width.0],
        stride: [height.1, width.1],
        dilation: [height.2, width.2],
        padding: Padding::Explicit(height.3, width.3),
    })
}

fn read_end(cursor: &mut Cursor<'_>) -> Result<Output, ImageError> {
    Ok(Output::from_codes(cursor.i8()?, cursor.i8()?, cursor.i8()?))
}

fn read_shape(cursor: &mut Cursor<'_>) -> Read<Shape> {
    let rank = cursor.size()?;
    let mut dims = [0; MAX_RANK];
    let Some(used) = dims.get_mut(..rank) else { return Ok(Err(Error::BadRank { rank })) };
    for dim in used.iter_mut() {
        *dim = cursor.size()?;
    }
    Ok(Shape::new(used))
}
