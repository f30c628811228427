//! A network, evaluated value by value in the arithmetic that is asked for.

use crate::accumulate::Accumulate;
use crate::number::{Number, number};
use anyhow::{Context, bail, ensure};
use core::iter;
use nncompress::network::{Attribute, Constant, Network, Node, Source, ValueId};
use nncompress::runtime::{AttributeName, Operator};

/// A dense tensor of any type, row-major; the first axis is the batch of one.
#[derive(Clone, Debug)]
pub struct Values<T> {
    /// Lengths, outermost first.
    pub shape: Vec<usize>,
    /// The elements.
    pub data: Vec<T>,
}

/// A network whose constants have been rounded to `T` once.
#[derive(Debug)]
pub struct Forward<'a, T> {
    network: &'a Network,
    constants: Vec<Option<Values<T>>>,
}

impl<'a, T: Number> Forward<'a, T> {
    /// Rounds the constants of `network`, whose batch norm has been folded
    /// ([`fold_batch_norm`](nncompress::fold::fold_batch_norm)).
    #[must_use]
    pub fn new(network: &'a Network) -> Self {
        let round = |value: &nncompress::network::Value| match &value.source {
            Source::Constant(Constant::Float(tensor)) => Some(Values {
                shape: tensor.shape.clone(),
                data: tensor.data.iter().map(|x| number(*x)).collect(),
            }),
            _ => None,
        };
        Self { network, constants: network.values.iter().map(round).collect() }
    }

    /// The first output for one sample of `shape` (with its batch axis of 1).
    ///
    /// # Errors
    /// A node is none of `Conv`, `Gemm`, `Relu`, `MaxPool`, `AveragePool`, `GlobalAveragePool`, `Flatten`, `Reshape`, `Add`
    /// and `Softmax` (which passes its input on: the order of classes is the same), or its tensors do not fit.
    pub fn run<A: Accumulate<T>>(&self, shape: &[usize], sample: &[f32]) -> anyhow::Result<Vec<T>> {
        self.run_through::<A>(shape, sample, |_, _| {})
    }

    /// The same, where `store` sees and may change the input and what each node computes before another node reads it.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_through<A: Accumulate<T>>(
        &self,
        shape: &[usize],
        sample: &[f32],
        mut store: impl FnMut(ValueId, &mut [T]),
    ) -> anyhow::Result<Vec<T>> {
        let mut values: Vec<Option<Values<T>>> =
            iter::repeat_with(|| None).take(self.network.values.len()).collect();
        let input = self.network.inputs.first().context("the network has no input")?;
        let mut given = Values { shape: shape.to_vec(), data: sample.iter().map(|x| number(*x)).collect() };
        store(*input, &mut given.data);
        values[input.index()] = Some(given);
        for node in &self.network.nodes {
            let mut output =
                self.node::<A>(node, &values).with_context(|| format!("node `{}`", node.name))?;
            let id = *node.outputs.first().context("no output")?;
            store(id, &mut output.data);
            values[id.index()] = Some(output);
        }
        let output = self.network.outputs.first().context("the network has no output")?;
        Ok(values[output.index()].take().context("the output is computed by no node")?.data)
    }

    fn node<A: Accumulate<T>>(&self, node: &Node, values: &[Option<Values<T>>]) -> anyhow::Result<Values<T>> {
        let constant_or = |id: ValueId| self.constants[id.index()].as_ref().or(values[id.index()].as_ref());
        let read = |slot: usize| node.inputs.get(slot).copied().flatten().and_then(constant_or);
        let x = read(0).context("the first input is missing")?;
        let same = |data: Vec<T>| Values { shape: x.shape.clone(), data };
        match node.operator {
            Operator::Gemm => gemm::<T, A>(node, x, read(1).context("no weights")?, read(2)),
            Operator::Conv => conv::<T, A>(node, x, read(1).context("no weights")?, read(2)),
            Operator::Relu => Ok(same(x.data.iter().map(|x| largest(*x, T::zero())).collect())),
            Operator::Add => {
                let y = read(1).context("the second input is missing")?;
                ensure!(x.shape == y.shape, "the inputs have other shapes");
                Ok(same(x.data.iter().zip(&y.data).map(|(x, y)| *x + *y).collect()))
            }
            Operator::Softmax => Ok(x.clone()),
            Operator::Flatten | Operator::Reshape => {
                Ok(Values { shape: vec![1, x.data.len()], data: x.data.clone() })
            }
            Operator::MaxPool => max_pool(node, x),
            Operator::AveragePool => average_pool::<T, A>(node, x),
            Operator::GlobalAveragePool => global_average_pool::<T, A>(x),
            other => bail!("{other:?} has no form here"),
        }
    }
}

fn largest<T: Number>(a: T, b: T) -> T {
    if a < b { b } else { a }
}

fn gemm<T: Number, A: Accumulate<T>>(
    node: &Node,
    x: &Values<T>,
    weights: &Values<T>,
    bias: Option<&Values<T>>,
) -> anyhow::Result<Values<T>> {
    let &[rows, columns] = &*weights.shape else { bail!("the weights are no matrix") };
    let transposed = node.int(AttributeName::TransB, 0) != 0;
    let plain = node.float(AttributeName::Alpha, 1.0) == 1.0 && node.float(AttributeName::Beta, 1.0) == 1.0;
    ensure!(plain && node.int(AttributeName::TransA, 0) == 0, "alpha, beta and transA have no form here");
    let (outputs, inputs) = if transposed { (rows, columns) } else { (columns, rows) };
    ensure!(x.data.len() == inputs, "{} inputs, the weights have {inputs}", x.data.len());
    let (over_output, over_input) = if transposed { (columns, 1) } else { (1, columns) };
    let one = |output: usize| {
        let weight = |input: usize| weights.data[output * over_output + input * over_input];
        let start = bias.and_then(|bias| bias.data.get(output)).copied().unwrap_or_else(T::zero);
        A::sum(start, x.data.iter().enumerate().map(|(input, x)| (*x, weight(input))))
    };
    Ok(Values { shape: vec![1, outputs], data: (0..outputs).map(one).collect() })
}

/// The window of a convolution or a pool.
struct Window {
    kernel: [usize; 2],
    stride: [usize; 2],
    /// Rows above, columns to the left.
    before: [usize; 2],
    output: [usize; 2],
}

impl Window {
    fn new(node: &Node, kernel: [usize; 2], image: [usize; 2]) -> anyhow::Result<Self> {
        let ints = |name, default: &[usize]| -> Vec<usize> {
            match node.attribute(name) {
                Some(Attribute::Ints(list)) => list.iter().map(|x| *x as usize).collect(),
                _ => default.to_vec(),
            }
        };
        let stride = ints(AttributeName::Strides, &[1, 1]);
        let pads = ints(AttributeName::Pads, &[0; 4]);
        ensure!(ints(AttributeName::Dilations, &[1, 1]) == [1, 1], "dilation has no form here");
        let automatic =
            matches!(node.attribute(AttributeName::AutoPad), Some(Attribute::Text(text)) if text != "NOTSET");
        ensure!(!automatic && stride.len() == 2 && pads.len() == 4, "padding or strides have no form here");
        let mut output = [0; 2];
        for axis in 0..2 {
            let padded = image[axis] + pads[axis] + pads[axis + 2];
            ensure!(padded >= kernel[axis] && stride[axis] > 0, "the window is larger than the image");
            output[axis] = (padded - kernel[axis]) / stride[axis] + 1;
        }
        Ok(Self { kernel, stride: [stride[0], stride[1]], before: [pads[0], pads[1]], output })
    }

    /// The places in the kernel and in the image that meet at an output.
    fn taps(&self, row: usize, column: usize, image: [usize; 2]) -> impl Iterator<Item = (usize, usize)> {
        let [height, width] = image;
        let [top, left] = [row * self.stride[0], column * self.stride[1]];
        let ([above, beside], [rows, columns]) = (self.before, self.kernel);
        (0..rows * columns).filter_map(move |tap| {
            let y = (top + tap / columns).checked_sub(above)?;
            let x = (left + tap % columns).checked_sub(beside)?;
            (y < height && x < width).then_some((tap, y * width + x))
        })
    }

    /// Calls `one` for each output of each of `channels`.
    fn map<T>(&self, channels: usize, mut one: impl FnMut(usize, usize, usize) -> T) -> Values<T> {
        let [rows, columns] = self.output;
        let mut data = Vec::with_capacity(channels * rows * columns);
        for channel in 0..channels {
            for row in 0..rows {
                data.extend((0..columns).map(|column| one(channel, row, column)));
            }
        }
        Values { shape: vec![1, channels, rows, columns], data }
    }
}

fn image<T>(x: &Values<T>) -> anyhow::Result<(usize, [usize; 2])> {
    match &*x.shape {
        &[1, channels, height, width] => Ok((channels, [height, width])),
        shape => bail!("{shape:?} is no image"),
    }
}

fn conv<T: Number, A: Accumulate<T>>(
    node: &Node,
    x: &Values<T>,
    weights: &Values<T>,
    bias: Option<&Values<T>>,
) -> anyhow::Result<Values<T>> {
    let (channels, size) = image(x)?;
    let &[outputs, depth, height, width] = &*weights.shape else { bail!("the weights have not four axes") };
    let groups = node.int(AttributeName::Group, 1) as usize;
    ensure!(groups > 0 && depth * groups == channels && outputs % groups == 0, "groups do not fit");
    let window = Window::new(node, [height, width], size)?;
    let (area, taps) = (size[0] * size[1], height * width);
    Ok(window.map(outputs, |output, row, column| {
        let first = output / (outputs / groups) * depth;
        let start = bias.and_then(|bias| bias.data.get(output)).copied().unwrap_or_else(T::zero);
        let pairs = (0..depth).flat_map(|channel| {
            window.taps(row, column, size).map(move |(tap, place)| {
                (
                    x.data[(first + channel) * area + place],
                    weights.data[(output * depth + channel) * taps + tap],
                )
            })
        });
        A::sum(start, pairs)
    }))
}

/// The window of a pool over an image.
fn pool_window(node: &Node, size: [usize; 2]) -> anyhow::Result<Window> {
    let Some(Attribute::Ints(kernel)) = node.attribute(AttributeName::KernelShape) else {
        bail!("no kernel_shape")
    };
    let &[height, width] = &**kernel else { bail!("the window has not two axes") };
    Window::new(node, [height as usize, width as usize], size)
}

fn max_pool<T: Number>(node: &Node, x: &Values<T>) -> anyhow::Result<Values<T>> {
    let (channels, size) = image(x)?;
    let window = pool_window(node, size)?;
    let area = size[0] * size[1];
    Ok(window.map(channels, |channel, row, column| {
        let mut inside = window.taps(row, column, size).map(|(_, place)| x.data[channel * area + place]);
        let first = inside.next().unwrap_or_else(T::zero);
        inside.fold(first, largest)
    }))
}

/// The mean of what lies inside the image.
fn average_pool<T: Number, A: Accumulate<T>>(node: &Node, x: &Values<T>) -> anyhow::Result<Values<T>> {
    let (channels, size) = image(x)?;
    ensure!(node.int(AttributeName::CountIncludePad, 0) == 0, "count_include_pad has no form here");
    let window = pool_window(node, size)?;
    let area = size[0] * size[1];
    Ok(window.map(channels, |channel, row, column| {
        let share = number::<T>(1.0 / window.taps(row, column, size).count().max(1) as f32);
        let inside = window.taps(row, column, size).map(|(_, place)| (x.data[channel * area + place], share));
        A::sum(T::zero(), inside)
    }))
}

fn global_average_pool<T: Number, A: Accumulate<T>>(x: &Values<T>) -> anyhow::Result<Values<T>> {
    let (channels, [height, width]) = image(x)?;
    let share = number::<T>(1.0 / (height * width) as f32);
    let mean = |image: &[T]| A::sum(T::zero(), image.iter().map(|x| (*x, share)));
    let data = x.data.chunks(height * width).map(mean).collect();
    Ok(Values { shape: vec![1, channels, 1, 1], data })
}
