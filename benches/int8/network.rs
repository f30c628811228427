//! The convolutions of two networks of MLPerf Tiny, in their shapes, with random weights.

use benches::data::patterns;
use benches::row::{Reach, Row, Run, Suite};
use core::cell::RefCell;
use core::hint::black_box;
use fixq::op::{Conv2d, DepthwiseConv2d, Padding, Window};
use fixq::product::{PackedConv2d, PackedDepthwiseConv2d};
use fixq::{Activation, Backend, Channels, Codes, Double, Line, Multiplier, Output, Params, Ratio, Rounding};

/// A layer: `[height, width, inputs, outputs]`, kernel, stride, and whether it is depthwise.
type Shape = ([usize; 4], [usize; 2], usize, bool);

const RESNET_8: [Shape; 9] = [
    ([32, 32, 3, 16], [3, 3], 1, false),
    ([32, 32, 16, 16], [3, 3], 1, false),
    ([32, 32, 16, 16], [3, 3], 1, false),
    ([32, 32, 16, 32], [3, 3], 2, false),
    ([16, 16, 32, 32], [3, 3], 1, false),
    ([32, 32, 16, 32], [1, 1], 2, false),
    ([16, 16, 32, 64], [3, 3], 2, false),
    ([8, 8, 64, 64], [3, 3], 1, false),
    ([16, 16, 32, 64], [1, 1], 2, false),
];

const DS_CNN: [Shape; 9] = [
    ([49, 10, 1, 64], [10, 4], 2, false),
    ([25, 5, 64, 64], [3, 3], 1, true),
    ([25, 5, 64, 64], [1, 1], 1, false),
    ([25, 5, 64, 64], [3, 3], 1, true),
    ([25, 5, 64, 64], [1, 1], 1, false),
    ([25, 5, 64, 64], [3, 3], 1, true),
    ([25, 5, 64, 64], [1, 1], 1, false),
    ([25, 5, 64, 64], [3, 3], 1, true),
    ([25, 5, 64, 64], [1, 1], 1, false),
];

/// Runs a layer into a buffer that it resizes.
type Pass<'a> = Box<dyn Fn(&mut Vec<i8>) + 'a>;

struct Layer {
    shape: Shape,
    input: Vec<i8>,
    weights: Vec<i8>,
    bias: Vec<i32>,
    factors: Vec<Multiplier>,
    output: Output,
}

const ZERO_POINT: i8 = -7;

impl Layer {
    fn new(shape: Shape) -> Self {
        let ([height, width, inputs, outputs], [kh, kw], _, depthwise) = shape;
        let codes =
            |seed, count| -> Vec<i8> { patterns(seed, 8, count).iter().map(|&x| x as u8 as i8).collect() };
        let taps = kh * kw * if depthwise { 1 } else { inputs };
        let factor = |channel: usize| Double::factor(Ratio::from_real(0.01 / (taps + channel) as f64));
        let params = Params::new(0.1, 3, Codes::INT8).expect("a code");
        Self {
            shape,
            input: codes(7, height * width * inputs),
            weights: codes(8, taps * outputs),
            bias: (0..outputs as i32).map(|c| 100 * c).collect(),
            factors: (0..outputs).map(|c| factor(c).expect("below 2^31")).collect(),
            output: Output::new(params, Activation::Relu),
        }
    }

    fn window(&self) -> Window {
        Window { padding: Padding::Same, stride: [self.shape.2; 2], ..Window::new(self.shape.1) }
    }

    fn channels(&self) -> Channels<'_, Double> {
        Channels::new(self.bias.len(), Some(&self.bias), &self.factors, self.output).expect("equal lengths")
    }

    fn run(&self) -> Pass<'_> {
        let ([height, width, inputs, _], _, _, depthwise) = self.shape;
        let (images, weights) = ([1, height, width, inputs], &self.weights[..]);
        let backend = Backend::best();
        if depthwise {
            let op = DepthwiseConv2d::new(weights, images, self.window(), ZERO_POINT, self.channels());
            let op = op.expect("shapes that fit");
            let len = PackedDepthwiseConv2d::packed_len(&op);
            let lines = Vec::leak(vec![Line::ZERO; len.expect("few taps")]);
            let packed = PackedDepthwiseConv2d::new(backend, &op, lines).expect("as long as asked for");
            let memory = RefCell::new((vec![0; packed.image_len()], vec![0; packed.sums_len()]));
            return Box::new(move |output| {
                let (image, sums) = &mut *memory.borrow_mut();
                output.resize(op.output_len(), 0);
                packed.run(black_box(&self.input), image, sums, output).expect("equal lengths");
            });
        }
        let op = Conv2d::new(weights, images, self.window(), 1, ZERO_POINT, self.channels())
            .expect("shapes that fit");
        let len = PackedConv2d::packed_len(backend, &op);
        let lines = Vec::leak(vec![Line::ZERO; len.expect("one group")]);
        let packed = PackedConv2d::new(backend, &op, lines).expect("as long as asked for");
        let memory = RefCell::new((vec![0; packed.image_len()], vec![0; packed.sums_len()]));
        Box::new(move |output| {
            let (image, sums) = &mut *memory.borrow_mut();
            output.resize(op.output_len(), 0);
            packed.run(black_box(&self.input), image, sums, output).expect("equal lengths");
        })
    }

    /// By the definition.
    fn expected(&self) -> Vec<i8> {
        let ([height, width, inputs, outputs], [kh, kw], stride, depthwise) = self.shape;
        let size = |input: usize, kernel: usize| {
            let output = input.div_ceil(stride);
            (output, ((output - 1) * stride + kernel).saturating_sub(input) / 2)
        };
        let ((rows, top), (columns, left)) = (size(height, kh), size(width, kw));
        let mut codes = Vec::new();
        for at in 0..rows * columns * outputs {
            let (y, x, o) = (at / outputs / columns, at / outputs % columns, at % outputs);
            let mut sum = 0i32;
            for tap in 0..kh * kw {
                let (ky, kx) = (tap / kw, tap % kw);
                let (Some(iy), Some(ix)) =
                    ((y * stride + ky).checked_sub(top), (x * stride + kx).checked_sub(left))
                else {
                    continue;
                };
                if iy >= height || ix >= width {
                    continue;
                }
                let mut term = |i: usize, w: usize| {
                    let x = i32::from(self.input[(iy * width + ix) * inputs + i]) - i32::from(ZERO_POINT);
                    sum += i32::from(self.weights[w]) * x;
                };
                if depthwise {
                    term(o, tap * outputs + o);
                } else {
                    (0..inputs).for_each(|i| term(i, (o * kh * kw + tap) * inputs + i));
                }
            }
            let steps = Double::apply(sum + self.bias[o], self.factors[o]);
            codes.push((steps + 3).clamp(3, 127) as i8);
        }
        codes
    }
}

/// All rows of this file.
pub fn rows(suite: &mut Suite) {
    for (name, shapes) in [("convolutions of ResNet-8", RESNET_8), ("convolutions of DS-CNN", DS_CNN)] {
        if !suite.wants(name) {
            continue;
        }
        let layers = shapes.map(Layer::new);
        let bits = |codes: &[i8]| codes.iter().map(|&x| u64::from(x as u8)).collect::<Vec<_>>();
        let runs: Vec<_> = layers.iter().map(Layer::run).collect();
        let mut output = Vec::new();
        let mut results = Vec::new();
        for run in &runs {
            run(&mut output);
            results.extend(bits(&output));
        }
        suite.row(Row {
            name: name.to_owned(),
            inputs: "i8, Double",
            elements: 1,
            reach: Reach::Open,
            expected: layers.iter().flat_map(|layer| bits(&layer.expected())).collect(),
            ours: Run::new("fixq", results, move || {
                for run in &runs {
                    run(&mut output);
                }
                black_box(&output);
            }),
            rivals: Vec::new(),
            scale: None,
        });
    }
}
