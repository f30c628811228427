//! The rows of inputs that a layer's matrix multiplies: what `im2col` makes for a convolution.

use super::Moments;
use crate::error::Error;
use crate::matrix::{Matrix, Part};
use crate::network::{Attribute, Node, Tensor};
use nncompress_runtime::{AttributeName, Operator};

/// One layer and one batch of its inputs.
pub(super) struct Gather<'a> {
    pub node: &'a Node,
    pub matrix: &'a Matrix,
    /// The number of the first sample of the batch: shifts the positions that are taken.
    pub first_sample: usize,
    /// The most positions to take of a sample.
    pub wanted: usize,
}

impl Gather<'_> {
    /// Adds the rows of `input` to `moments`.
    pub fn add_to(
        &self,
        moments: &mut Moments,
        input: &Tensor,
        weight: Option<&Tensor>,
    ) -> Result<(), Error> {
        moments.observe(&input.data);
        match (self.node.operator, weight) {
            (Operator::Conv, Some(weight)) => {
                let window =
                    Window::new(self.node, &input.shape, &weight.shape).ok_or_else(|| self.refuse(input))?;
                self.convolution(moments, input, &window);
            }
            _ => self.rows(moments, input)?,
        }
        Ok(())
    }

    fn refuse(&self, input: &Tensor) -> Error {
        let reason =
            format!("`{}` cannot be calibrated on an input of shape {:?}", self.node.name, input.shape);
        Error::EngineRun { reason }
    }

    /// The last axis of the input is the columns. With groups it holds states, `[steps, groups, samples, columns]`.
    fn rows(&self, moments: &mut Moments, input: &Tensor) -> Result<(), Error> {
        let groups = self.matrix.groups;
        let fits = groups == 1 || input.shape.len() == 4 && input.shape[1] == groups;
        if input.shape.last() != Some(&self.matrix.columns) || !fits {
            return Err(self.refuse(input));
        }
        let run = if groups == 1 { 1 } else { input.shape[2].max(1) };
        let count = input.data.len() / self.matrix.columns.max(1) / groups;
        moments.add(count, |part| {
            let columns = part.first_column..part.first_column + part.columns;
            let rows = input.data.chunks_exact(self.matrix.columns).enumerate();
            rows.filter(|(row, _)| row / run % groups == part.group)
                .flat_map(|(_, row)| &row[columns.clone()])
                .copied()
                .collect()
        });
        Ok(())
    }

    fn convolution(&self, moments: &mut Moments, input: &Tensor, window: &Window) {
        let samples = input.shape[0];
        let positions = window.output[0] * window.output[1];
        let taken = positions.min(self.wanted);
        let patch = |part: &Part| {
            let mut rows = Vec::with_capacity(samples * taken * part.columns);
            for sample in 0..samples {
                // Sample s starts at the fraction s * (golden ratio) of a step: every position gets its turn.
                let shift = ((self.first_sample + sample) as f64 * 0.618_033_988_749_894_9).fract();
                for step in 0..taken {
                    let position = ((step as f64 + shift) * positions as f64 / taken as f64) as usize;
                    let at = [position / window.output[1], position % window.output[1]];
                    window.patch(input, sample, part, at, &mut rows);
                }
            }
            rows
        };
        moments.add(samples * taken, patch);
    }
}

/// The geometry of a convolution over two spatial axes (one axis is a height of 1).
struct Window {
    /// Channels of the input, and of one group.
    channels: [usize; 2],
    input: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    /// Padding before the first row and column.
    before: [usize; 2],
    output: [usize; 2],
}

impl Window {
    fn new(node: &Node, input: &[usize], weight: &[usize]) -> Option<Self> {
        let axes = weight.len().checked_sub(2).filter(|axes| matches!(axes, 1 | 2))?;
        if input.len() != axes + 2 {
            return None;
        }
        let ints = |name, default: i64, count: usize| match node.attribute(name) {
            Some(Attribute::Ints(values)) if values.len() == count => values.clone(),
            _ => vec![default; count],
        };
        // One spatial axis becomes the second of two.
        let pair = |values: &[usize], missing: usize| {
            if axes == 2 { [values[0], values[1]] } else { [missing, values[0]] }
        };
        let lengths = |name, default| -> Option<Vec<usize>> {
            ints(name, default, axes).iter().map(|x| usize::try_from(*x).ok()).collect()
        };
        let stride = pair(&lengths(AttributeName::Strides, 1)?, 1);
        let dilation = pair(&lengths(AttributeName::Dilations, 1)?, 1);
        let (size, kernel) = (pair(&input[2..], 1), pair(&weight[2..], 1));
        let pads: Vec<usize> = ints(AttributeName::Pads, 0, 2 * axes)
            .iter()
            .map(|x| usize::try_from(*x).ok())
            .collect::<Option<_>>()?;
        let (mut before, mut after) = (pair(&pads[..axes], 0), pair(&pads[axes..], 0));
        let reach = [0, 1].map(|axis| (kernel[axis] - 1) * dilation[axis] + 1);
        if stride.contains(&0) || kernel.contains(&0) {
            return None;
        }
        let auto = match node.attribute(AttributeName::AutoPad) {
            Some(Attribute::Text(text)) => text.as_str(),
            _ => "NOTSET",
        };
        if auto.starts_with("SAME") {
            for axis in [0, 1] {
                let steps = size[axis].div_ceil(stride[axis]);
                let total = ((steps.max(1) - 1) * stride[axis] + reach[axis]).saturating_sub(size[axis]);
                let small = total / 2;
                (before[axis], after[axis]) =
                    if auto == "SAME_UPPER" { (small, total - small) } else { (total - small, small) };
            }
        } else if auto == "VALID" {
            (before, after) = ([0; 2], [0; 2]);
        }
        let mut output = [0; 2];
        for axis in [0, 1] {
            output[axis] =
                (size[axis] + before[axis] + after[axis]).checked_sub(reach[axis])? / stride[axis] + 1;
        }
        Some(Self { channels: [input[1], weight[1]], input: size, kernel, stride, dilation, before, output })
    }

    /// Appends what the columns of `part` see at output position `at`: channel by channel, row by row.
    fn patch(&self, input: &Tensor, sample: usize, part: &Part, at: [usize; 2], rows: &mut Vec<f32>) {
        let [height, width] = self.input;
        let taps = self.kernel[0] * self.kernel[1];
        for column in part.first_column..part.first_column + part.columns {
            let channel = part.group * self.channels[1] + column / taps;
            let (y, x) = (column % taps / self.kernel[1], column % self.kernel[1]);
            let y = (at[0] * self.stride[0] + y * self.dilation[0]).wrapping_sub(self.before[0]);
            let x = (at[1] * self.stride[1] + x * self.dilation[1]).wrapping_sub(self.before[1]);
            let inside = y < height && x < width && channel < self.channels[0];
            let place =
                ((sample * self.channels[0] + channel) * height + y.min(height)) * width + x.min(width);
            rows.push(if inside { input.data[place] } else { 0.0 });
        }
    }
}
