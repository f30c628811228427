//! The layers of a program, packed for the products of this CPU: the same codes as the interpreter's, sooner.

use fixq::op::{Add, Binary, Conv2d, DepthwiseConv2d, FullyConnected, Sub};
use fixq::product::{PackedConv2d, PackedDepthwiseConv2d};
use fixq::{Backend, Channels, Double, Error, Line, Multiplier, Output, Shape, Weights};
use nncompress_runtime::program::{Field, Layer, Operation, Place, Step};
use nncompress_runtime::{Memory, Program};

/// The steps of a program, those that have a layer with what was unpacked of it.
#[derive(Clone, Debug)]
pub(super) struct Packed<'a> {
    steps: Vec<(Step<'a>, Option<Unpacked>)>,
    image: Vec<u8>,
    sums: Vec<i32>,
}

/// A layer out of an image.
#[derive(Clone, Debug)]
struct Unpacked {
    weights: Vec<i8>,
    biases: Vec<i32>,
    factors: Vec<Multiplier>,
    end: Output,
    /// What the product reads instead of the weights; empty where a layer runs on these.
    lines: Vec<Line>,
}

impl Unpacked {
    /// None if weights need more than 8 bits.
    fn new(layer: &Layer<'_>) -> Option<Self> {
        let weights = layer.weights();
        let code = |i| i8::try_from(weights.get(i)).ok();
        let mut factors: Vec<Multiplier> = layer.factors().collect();
        if factors.windows(2).all(|pair| pair[0] == pair[1]) {
            // Codes of channels with one factor are made faster.
            factors.truncate(1);
        }
        Some(Self {
            weights: (0..weights.len()).map(code).collect::<Option<_>>()?,
            biases: layer.biases().collect(),
            factors,
            end: layer.end(),
            lines: Vec::new(),
        })
    }

    fn channels(&self) -> Result<Channels<'_, Double>, Error> {
        Channels::new(self.biases.len(), Some(&self.biases), &self.factors, self.end)
    }
}

impl<'a> Packed<'a> {
    pub(super) fn new(program: &Program<'a>) -> Self {
        let mut packed = Self { steps: Vec::new(), image: Vec::new(), sums: Vec::new() };
        for step in program.steps() {
            let layer = packed.layer(&step);
            packed.steps.push((step, layer));
        }
        packed
    }

    /// The layer of a step, if it has one that this module runs, and scratch memory for it.
    fn layer(&mut self, step: &Step<'a>) -> Option<Unpacked> {
        let backend = Backend::best();
        match *step.operation() {
            Operation::Conv { field, layer } => {
                let mut layer = Unpacked::new(&layer)?;
                let conv = conv(&field, &layer.weights, layer.channels().ok()?).ok()?;
                let mut lines = vec![Line::ZERO; PackedConv2d::packed_len(backend, &conv)?];
                let packed = PackedConv2d::new(backend, &conv, &mut lines).ok()?;
                self.reserve(packed.image_len(), packed.sums_len());
                layer.lines = lines;
                Some(layer)
            }
            Operation::Depthwise { field, layer } => {
                let mut layer = Unpacked::new(&layer)?;
                let conv = depthwise(&field, &layer.weights, layer.channels().ok()?).ok()?;
                let mut lines = vec![Line::ZERO; PackedDepthwiseConv2d::packed_len(&conv)?];
                let packed = PackedDepthwiseConv2d::new(backend, &conv, &mut lines).ok()?;
                self.reserve(packed.image_len(), packed.sums_len());
                layer.lines = lines;
                Some(layer)
            }
            Operation::FullyConnected { layer, .. } => Unpacked::new(&layer),
            _ => None,
        }
    }

    fn reserve(&mut self, image: usize, sums: usize) {
        self.image.resize(self.image.len().max(image), 0);
        self.sums.resize(self.sums.len().max(sums), 0);
    }

    /// Runs all steps; `after` sees the codes behind each.
    pub(super) fn run(
        &mut self,
        memory: &mut Memory<'_>,
        mut after: impl FnMut(usize, &Step<'_>, &[i8]),
    ) -> Result<(), Error> {
        for (index, (step, layer)) in self.steps.iter().enumerate() {
            match layer {
                Some(layer) => {
                    let (input, output) = apart(memory.codes, step.inputs()[0], step.output());
                    run_layer(step, layer, input, &mut self.image, &mut self.sums, output)?;
                }
                None if is_straight_sum(step) => run_sum(step, memory.codes)?,
                None => step.run(memory)?,
            }
            after(index, step, memory.codes);
        }
        Ok(())
    }
}

fn conv<'a>(
    field: &Field,
    weights: &'a [i8],
    channels: Channels<'a, Double>,
) -> Result<Conv2d<'a, &'a [i8], Double>, Error> {
    Conv2d::new(weights, field.image(), field.window(), field.groups, field.zero_point, channels)
}

fn depthwise<'a>(
    field: &Field,
    weights: &'a [i8],
    channels: Channels<'a, Double>,
) -> Result<DepthwiseConv2d<'a, &'a [i8], Double>, Error> {
    DepthwiseConv2d::new(weights, field.image(), field.window(), field.zero_point, channels)
}

/// One step on an unpacked layer.
fn run_layer(
    step: &Step<'_>,
    layer: &Unpacked,
    input: &[i8],
    image: &mut [u8],
    sums: &mut [i32],
    output: &mut [i8],
) -> Result<(), Error> {
    let (backend, channels, weights) = (Backend::best(), layer.channels()?, &*layer.weights);
    match *step.operation() {
        Operation::Conv { field, .. } => {
            let conv = conv(&field, weights, channels)?;
            PackedConv2d::from_packed(backend, &conv, &layer.lines)?.run(input, image, sums, output)
        }
        Operation::Depthwise { field, .. } => {
            let conv = depthwise(&field, weights, channels)?;
            PackedDepthwiseConv2d::from_packed(backend, &conv, &layer.lines)?.run(input, image, sums, output)
        }
        Operation::FullyConnected { field, .. } => {
            let shape = [field.batch, field.channels];
            FullyConnected::new(weights, shape, field.zero_point, channels)?.run(input, output)
        }
        _ => Ok(()),
    }
}

/// Whether it is a sum or a difference of tensors of one shape, for which fixq has a loop that becomes vector code.
fn is_straight_sum(step: &Step<'_>) -> bool {
    let pair = matches!(step.operation(), Operation::Add(_) | Operation::Sub(_));
    pair && step.inputs().iter().all(|input| input.length == step.output().length)
}

fn run_sum(step: &Step<'_>, codes: &mut [i8]) -> Result<(), Error> {
    let place = step.output();
    let (before, rest) = codes.split_at_mut(place.offset);
    let (output, after) = rest.split_at_mut(place.length);
    // A program that was read has no input that meets the output.
    let input = |input: Place| match input.offset.checked_sub(place.range().end) {
        Some(start) => &after[start..start + input.length],
        None => &before[input.range()],
    };
    let (a, b) = (input(step.inputs()[0]), input(step.inputs()[1]));
    let shape = Shape::new(&[place.length])?;
    let shapes = Binary::new(&shape, &shape)?;
    match step.operation() {
        Operation::Add(pair) => {
            Add::<Double>::new(shapes, pair.factors(), pair.zero_points(), pair.output()).run(a, b, output)
        }
        Operation::Sub(pair) => {
            Sub::<Double>::new(shapes, pair.factors(), pair.zero_points(), pair.output()).run(a, b, output)
        }
        _ => Ok(()),
    }
}

/// The codes of an input and of the output, which do not meet: the image's reader has checked that.
fn apart(codes: &mut [i8], input: Place, output: Place) -> (&[i8], &mut [i8]) {
    if input.offset < output.offset {
        let (before, after) = codes.split_at_mut(output.offset);
        (&before[input.range()], &mut after[..output.length])
    } else {
        let (before, after) = codes.split_at_mut(input.offset);
        (&after[..input.length], &mut before[output.range()])
    }
}
