//! One step: its operator with everything it needs, read from the image, checked, and run.

use super::field::Field;
use super::kernel::{self, Scratch};
use super::layer::{Check, Layer};
use super::layout;
use super::memory::{Memory, Operands};
use super::movement::{Concat, Pad};
use super::pair::Pair;
use super::reduce::{self, Mean};
use super::walk::read_dims;
use crate::reader::Reader;
use core::ops::Range;
use fixq::op::Softmax;
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

/// What a step computes.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the fields are the parameters of the fixq operators of these names")]
pub enum Operation<'a> {
    Conv { field: Field, layer: Layer<'a> },
    Depthwise { field: Field, layer: Layer<'a> },
    FullyConnected { field: Field, layer: Layer<'a> },
    Add(Pair),
    Sub(Pair),
    Mul(Pair),
    AveragePool { field: Field, end: Output },
    MaxPool { field: Field, end: Output },
    Softmax(Softmax<Double>),
    Table(&'a [u8]),
    Mean(Mean),
    Pad(Pad),
    Concat(Concat),
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

    /// Its layer.
    const fn layer(&self) -> Option<(&Field, &Layer<'a>)> {
        match &self.operation {
            Operation::Conv { field, layer }
            | Operation::Depthwise { field, layer }
            | Operation::FullyConnected { field, layer } => Some((field, layer)),
            _ => None,
        }
    }

    /// How many outputs its layer has; 0 of a step without one.
    pub(super) const fn layer_outputs(&self) -> usize {
        match self.layer() {
            Some((_, layer)) => layer.outputs,
            None => 0,
        }
    }

    /// Reads a step of a program over `codes` codes and checks it: its operator can be made, all places lie inside the
    /// codes, and the output meets no input. The reader says whether it was sound.
    ///
    /// Steps are large: this one is overwritten.
    pub(super) fn read(&mut self, reader: &mut Reader<'a>, codes: usize, check: Check) {
        let offset = reader.offset();
        let code = reader.u8();
        self.output.offset = reader.size();
        self.count = match code {
            layout::ADD | layout::SUB | layout::MUL => 2,
            layout::CONCAT => reader.size(),
            _ => 1,
        };
        if self.count > MAX_INPUTS {
            reader.out_of_range("number of inputs", u32::try_from(self.count).unwrap_or(u32::MAX), offset);
        }
        for input in self.inputs.iter_mut().take(self.count) {
            input.offset = reader.size();
        }
        self.read_operation(reader, code, offset, check);
        let places = self.inputs().iter().chain([&self.output]);
        if places.clone().any(|place| place.range().end > codes) {
            reader.malformed("step: a tensor ends behind the codes", offset);
        }
        if self.inputs().iter().any(|input| input.meets(self.output)) {
            reader.malformed("step: the output meets an input", offset);
        }
    }

    /// Reads the operator `code`, and the lengths of the inputs and the output.
    fn read_operation(&mut self, reader: &mut Reader<'a>, code: u8, offset: usize, check: Check) {
        let mut lengths = [0; 3];
        let [input, second, output] = &mut lengths;
        match code {
            layout::CONV | layout::DEPTHWISE if cfg!(feature = "images") => {
                let mut field = Field::read_image(reader);
                let outputs = reader.size();
                field.read_window(reader);
                let channels = field.channels;
                if code == layout::CONV {
                    field.groups = reader.size();
                }
                // Of a depthwise layer each input is a group.
                let groups = if code == layout::CONV { field.groups } else { channels };
                if outputs.checked_rem(groups) != Some(0) || channels.checked_rem(groups) != Some(0) {
                    reader.refuse(Error::BadGroups { groups, inputs: channels, outputs });
                }
                let [height, width] = field.kernel();
                // Of each output: its taps in its group of inputs.
                let depth = if code == layout::CONV { field.depth() } else { 1 };
                reader.product(&[outputs, height, width, depth]);
                let taps = field.taps().saturating_mul(depth);
                let rows = if code == layout::CONV { [outputs, taps] } else { [taps, outputs] };
                [*input, *output] = self.read_layer(reader, (code, field), outputs, rows, check);
            }
            layout::FULLY_CONNECTED => {
                let field = Field { batch: reader.size(), channels: reader.size(), ..Field::ROW };
                let outputs = reader.size();
                reader.product(&[field.batch, field.channels, outputs]);
                let rows = [outputs, field.channels];
                [*input, *output] = self.read_layer(reader, (code, field), outputs, rows, check);
            }
            layout::ADD | layout::SUB | layout::MUL if cfg!(feature = "elementwise") => {
                let pair = Pair::read(reader, if code == layout::MUL { 1 } else { 3 });
                ([*input, *second], *output) = (pair.lens(), pair.output_len());
                self.operation = match code {
                    layout::ADD => Operation::Add(pair),
                    layout::SUB => Operation::Sub(pair),
                    _ => Operation::Mul(pair),
                };
            }
            layout::AVERAGE_POOL | layout::MAX_POOL if cfg!(feature = "images") => {
                let field = reduce::read_pool(reader);
                [*input, *output] = field.lengths(reader, field.channels);
                let end = read_end(reader);
                self.operation = if code == layout::MAX_POOL {
                    Operation::MaxPool { field, end }
                } else {
                    Operation::AveragePool { field, end }
                };
            }
            layout::SOFTMAX if cfg!(feature = "reductions") => {
                let (dims, ones, length) = read_dims(reader);
                [*input, *output] = [length; 2];
                let factor = reader.factor();
                let dims = dims.get(ones..).unwrap_or(&[]);
                match Shape::new(dims).and_then(|shape| Softmax::from_factor(shape, factor)) {
                    Ok(softmax) => self.operation = Operation::Softmax(softmax),
                    Err(error) => reader.refuse(error),
                }
            }
            layout::TABLE if cfg!(feature = "elementwise") => {
                [*input, *output] = [reader.size(); 2];
                self.operation = Operation::Table(reader.take(256));
            }
            layout::MEAN if cfg!(feature = "reductions") => {
                let mean;
                (mean, [*input, *output]) = Mean::read(reader);
                self.operation = Operation::Mean(mean);
            }
            layout::PAD if cfg!(feature = "movement") => {
                let pad;
                (pad, [*input, *output]) = Pad::read(reader);
                self.operation = Operation::Pad(pad);
            }
            layout::CONCAT if cfg!(feature = "movement") => {
                let count = self.count;
                let inputs = self.inputs.iter_mut().take(count).map(|input| &mut input.length);
                let (concat, length) = Concat::read(reader, inputs);
                self.operation = Operation::Concat(concat);
                self.output.length = length;
                return;
            }
            _ => reader.unknown("operator", code, offset),
        }
        let [input, second, output] = lengths;
        for (input, length) in self.inputs.iter_mut().zip([input, second]).take(self.count) {
            input.length = length;
        }
        self.output.length = output;
    }

    /// Reads a layer of `rows[0]` rows of `rows[1]` weights that meet a field; tells the lengths of input and output.
    #[inline(never)]
    fn read_layer(
        &mut self,
        reader: &mut Reader<'a>,
        (code, mut field): (u8, Field),
        outputs: usize,
        rows: [usize; 2],
        check: Check,
    ) -> [usize; 2] {
        field.zero_point = reader.i8();
        let end = read_end(reader);
        let lengths = field.lengths(reader, outputs);
        // Nothing is computed of what is too large.
        let rows = if reader.is_ok() { rows } else { [0; 2] };
        let layer = Layer::read(reader, outputs, rows, end, check);
        self.operation = match code {
            layout::CONV => Operation::Conv { field, layer },
            layout::DEPTHWISE => Operation::Depthwise { field, layer },
            _ => Operation::FullyConnected { field, layer },
        };
        lengths
    }

    /// The words that it needs, for patches and for a table.
    pub(super) fn needs(&self) -> [usize; 2] {
        match &self.operation {
            Operation::Conv { field, layer } | Operation::FullyConnected { field, layer } => {
                kernel::needs(&layer.weights, field.length())
            }
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
        let places = self.inputs().iter().chain([&self.output]);
        at_least(places.map(|place| place.range().end).max().unwrap_or(0), memory.codes.len())?;
        let (operands, output) = Operands::around(memory.codes, &self.output.range());
        let mut inputs: [&[i8]; MAX_INPUTS] = [&[]; MAX_INPUTS];
        for (input, place) in inputs.iter_mut().zip(self.inputs()) {
            *input = operands.get(place.range());
        }
        let [input, second, ..] = inputs;
        if let Some((field, layer)) = self.layer() {
            let (biases, factors) = (&mut *memory.biases, &mut *memory.factors);
            #[cfg(all(target_arch = "x86_64", not(feature = "dsp")))]
            if layer.weights.is_plain() {
                return self.run_vectors((field, layer), biases, factors, input, output);
            }
            if let (Operation::Depthwise { .. }, true) = (&self.operation, cfg!(feature = "images")) {
                let ends = layer.ends(field.taps(), biases, factors)?;
                kernel::depthwise(&layer.weights, layer.outputs, field, &ends, input, output);
            } else {
                let (ends, words) = (layer.ends(field.length(), biases, factors)?, &mut *memory.words);
                kernel::products(
                    &layer.weights,
                    layer.outputs,
                    field,
                    &ends,
                    (words, scratch),
                    input,
                    output,
                );
            }
            return Ok(());
        }
        match &self.operation {
            Operation::Add(pair) if cfg!(feature = "elementwise") => {
                kernel::sum(pair, 1, [input, second], output)
            }
            Operation::Sub(pair) if cfg!(feature = "elementwise") => {
                kernel::sum(pair, -1, [input, second], output)
            }
            Operation::Mul(pair) if cfg!(feature = "elementwise") => pair.run(None, [input, second], output),
            Operation::AveragePool { field, end } if cfg!(feature = "images") => {
                reduce::pool(field, false, *end, input, output);
            }
            Operation::MaxPool { field, end } if cfg!(feature = "images") => {
                reduce::pool(field, true, *end, input, output);
            }
            Operation::Softmax(softmax) if cfg!(feature = "reductions") => return softmax.run(input, output),
            Operation::Table(entries) if cfg!(feature = "elementwise") => {
                for (to, &code) in output.iter_mut().zip(input) {
                    // The first entry is that of the code -128.
                    *to = entries.get(usize::from(code as u8 ^ 0x80)).map_or(0, |&entry| entry as i8);
                }
            }
            Operation::Mean(mean) if cfg!(feature = "reductions") => mean.run(input, output),
            Operation::Pad(pad) if cfg!(feature = "movement") => pad.run(input, output),
            Operation::Concat(concat) if cfg!(feature = "movement") => concat.run(inputs, output),
            // What is left out is never read.
            _ => {}
        }
        Ok(())
    }

    /// A layer of plain bytes, for which fixq has vectors.
    #[cfg(all(target_arch = "x86_64", not(feature = "dsp")))]
    fn run_vectors(
        &self,
        (field, layer): (&Field, &Layer<'a>),
        biases: &mut [i32],
        factors: &mut [fixq::Multiplier],
        input: &[i8],
        output: &mut [i8],
    ) -> Result<(), Error> {
        use fixq::op::{Conv2d, DepthwiseConv2d, FullyConnected};
        let (weights, point) = (layer.weights.plain(), field.zero_point);
        let (biases, factors, _) = layer.unpack(false, biases, factors)?;
        let channels = fixq::Channels::<Double>::new(layer.outputs, Some(biases), factors, layer.end())?;
        match self.operation {
            Operation::Depthwise { .. } => {
                DepthwiseConv2d::new(weights, field.image(), field.window(), point, channels)?
                    .run(input, output)
            }
            Operation::FullyConnected { .. } => {
                FullyConnected::new(weights, [field.batch, field.channels], point, channels)?
                    .run(input, output)
            }
            _ => Conv2d::new(weights, field.image(), field.window(), field.groups, point, channels)?
                .run(input, output),
        }
    }
}

/// Refuses fewer than are expected.
const fn at_least(expected: usize, found: usize) -> Result<(), Error> {
    if found < expected { Err(Error::Length { expected, found }) } else { Ok(()) }
}

/// Reads what ends an operator.
pub(super) fn read_end(reader: &mut Reader<'_>) -> Output {
    Output::from_codes(reader.i8(), reader.i8(), reader.i8())
}
