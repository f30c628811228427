//! An int8 network to image bytes.

use super::places::{Places, places};
use super::{Int8Network, Node, Operation, layer};
use crate::error::Error;
use crate::image::bytes::{finish, leb128};
use fixq::op::{self, AddFactors, Padding, Window};
use fixq::{Double, Multiplier, Shape, Width};
use nncompress_runtime::program::{Place, layout};

/// Writes the network as an image of version 1, which the runtime crate runs.
///
/// # Errors
/// [`Error::ImageTooLarge`] if a length does not fit the format; [`Error::Int8`] if an operator cannot be made
/// of what a node says, and [`Error::WeightStorage`] if its weights do not have the storage that it asks for; neither
/// happens with an imported network.
pub fn encode(network: &Int8Network) -> Result<Vec<u8>, Error> {
    let places = places(network);
    let channels = network.nodes.iter().filter_map(|node| node.operation.layer());
    let channels = channels.map(|layer| layer.biases.len()).max().unwrap_or(0);
    let mut writer = Writer { bytes: Vec::new(), network, places, tables: Vec::new() };
    writer.size(writer.places.codes)?;
    writer.size(channels)?;
    writer.ports(&network.inputs)?;
    writer.ports(&network.outputs)?;
    let steps = || network.nodes.iter().filter(|node| node.operation != Operation::Reshape);
    writer.size(steps().count())?;
    for node in steps() {
        writer.step(node)?;
    }
    finish(&writer.bytes, layout::VERSION)
}

struct Writer<'n> {
    bytes: Vec<u8>,
    network: &'n Int8Network,
    places: Places,
    tables: Vec<layer::Table>,
}

impl Writer<'_> {
    fn ports(&mut self, tensors: &[usize]) -> Result<(), Error> {
        self.size(tensors.len())?;
        for &index in tensors {
            let tensor = &self.network.tensors[index];
            self.place(index)?;
            self.sizes(&tensor.shape)?;
            self.bytes.extend(tensor.params.scale().to_le_bytes());
            self.bytes.push(tensor.params.zero_point().cast_unsigned());
        }
        Ok(())
    }

    fn step(&mut self, node: &Node) -> Result<(), Error> {
        let network = self.network;
        let refuse = |source| Error::Int8 { node: node.name.clone(), source };
        self.bytes.push(code(&node.operation));
        self.place(node.output)?;
        if matches!(node.operation, Operation::Concat(_)) {
            self.size(node.inputs.len())?;
        }
        node.inputs.iter().try_for_each(|&input| self.place(input))?;
        let inputs: Vec<&super::Activation> =
            node.inputs.iter().map(|&input| &network.tensors[input]).collect();
        let (x, y) = (inputs[0], &network.tensors[node.output]);
        let (zero_point, scales) = (x.params.zero_point(), [x.params.scale(), y.params.scale()]);
        match &node.operation {
            Operation::Conv { window, groups, layer } => {
                self.image(&x.shape)?;
                self.size(layer.biases.len())?;
                self.window(explicit(window, &x.shape).map_err(refuse)?)?;
                self.size(*groups)?;
                self.bytes.push(zero_point.cast_unsigned());
                self.bytes.extend(layer::end(node.end));
                let rows = layer.biases.len();
                layer::write(&mut self.bytes, layer, &node.name, rows, scales, &mut self.tables)?;
            }
            Operation::Depthwise { window, layer } => {
                self.image(&x.shape)?;
                self.size(layer.biases.len())?;
                self.window(explicit(window, &x.shape).map_err(refuse)?)?;
                self.bytes.push(zero_point.cast_unsigned());
                self.bytes.extend(layer::end(node.end));
                let rows = window.kernel[0] * window.kernel[1];
                layer::write(&mut self.bytes, layer, &node.name, rows, scales, &mut self.tables)?;
            }
            Operation::FullyConnected { layer } => {
                let depth = layer.weights.len() / layer.biases.len().max(1);
                self.size(x.len() / depth.max(1))?;
                self.size(depth)?;
                self.size(layer.biases.len())?;
                self.bytes.push(zero_point.cast_unsigned());
                self.bytes.extend(layer::end(node.end));
                let rows = layer.biases.len();
                layer::write(&mut self.bytes, layer, &node.name, rows, scales, &mut self.tables)?;
            }
            Operation::Add { .. } | Operation::Mul => {
                let other = inputs[1];
                self.sizes(&x.shape)?;
                self.sizes(&other.shape)?;
                self.bytes.extend([zero_point, other.params.zero_point()].map(i8::cast_unsigned));
                if node.operation == Operation::Mul {
                    let [a, b] = [x, other].map(|t| Shape::new(&t.shape));
                    let shapes = op::Binary::new(&a.map_err(refuse)?, &b.map_err(refuse)?).map_err(refuse)?;
                    let params = [x.params, other.params];
                    let mul = op::Mul::<Double>::new(shapes, params, y.params, node.end, Width::F64);
                    self.factor(mul.map_err(refuse)?.factor());
                } else {
                    let factors = AddFactors::new(x.params, other.params, y.params, Width::F64);
                    let AddFactors { a, b, sum } = factors.map_err(refuse)?;
                    [a, b, sum].into_iter().for_each(|factor| self.factor(factor));
                }
                self.bytes.extend(layer::end(node.end));
            }
            Operation::AveragePool(window) | Operation::MaxPool(window) => {
                self.image(&x.shape)?;
                self.window(explicit(window, &x.shape).map_err(refuse)?)?;
                self.bytes.extend(layer::end(node.end));
            }
            Operation::Softmax { beta } => {
                self.sizes(&x.shape)?;
                let shape = Shape::new(&x.shape).map_err(refuse)?;
                let softmax = op::Softmax::<Double>::new(shape, x.params, *beta).map_err(refuse)?;
                self.factor(softmax.factor());
            }
            Operation::Table(table) => {
                self.size(x.len())?;
                self.bytes.extend(table.iter().map(|entry| entry.cast_unsigned()));
            }
            Operation::Mean(axes) => {
                self.sizes(&x.shape)?;
                self.bytes.push(axes.iter().fold(0, |mask, axis| mask | 1 << axis));
                let shape = Shape::new(&x.shape).map_err(refuse)?;
                let mean = op::Mean::<Double>::new(shape, axes, x.params, y.params, node.end);
                self.factor(mean.map_err(refuse)?.factor());
                self.bytes.push(zero_point.cast_unsigned());
                self.bytes.extend(layer::end(node.end));
            }
            Operation::Pad(pads) => {
                self.sizes(&x.shape)?;
                for &[before, after] in pads {
                    self.size(before)?;
                    self.size(after)?;
                }
                self.bytes.push(y.params.zero_point().cast_unsigned());
            }
            Operation::Concat(axis) => {
                let outer: usize = x.shape.iter().take(*axis).product();
                self.size(outer)?;
                for input in inputs {
                    self.size(input.len() / outer.max(1))?;
                }
            }
            Operation::Reshape => {}
        }
        Ok(())
    }

    fn place(&mut self, tensor: usize) -> Result<(), Error> {
        let Place { offset, .. } = self.places.tensors[tensor];
        self.size(offset)
    }

    fn image(&mut self, shape: &[usize]) -> Result<(), Error> {
        shape.iter().try_for_each(|&length| self.size(length))
    }

    fn sizes(&mut self, sizes: &[usize]) -> Result<(), Error> {
        self.size(sizes.len())?;
        self.image(sizes)
    }

    fn window(&mut self, window: Window) -> Result<(), Error> {
        let pads = match window.padding {
            Padding::Explicit(rows, columns) => [rows, columns],
            Padding::Same | Padding::Valid => [[0; 2]; 2],
        };
        for (axis, [before, after]) in pads.into_iter().enumerate() {
            let sizes = [window.kernel[axis], window.stride[axis], window.dilation[axis], before, after];
            self.image(&sizes)?;
        }
        Ok(())
    }

    fn factor(&mut self, factor: Multiplier) {
        self.bytes.extend(layer::factor(factor));
    }

    fn size(&mut self, size: usize) -> Result<(), Error> {
        let short = u32::try_from(size).map_err(|_| Error::ImageTooLarge { what: "size", length: size })?;
        leb128(&mut self.bytes, u64::from(short));
        Ok(())
    }
}

/// The code of an operator; a reshape is no step.
const fn code(operation: &Operation) -> u8 {
    match operation {
        Operation::Conv { .. } => layout::CONV,
        Operation::Depthwise { .. } => layout::DEPTHWISE,
        Operation::FullyConnected { .. } => layout::FULLY_CONNECTED,
        Operation::Add { subtract: false } => layout::ADD,
        Operation::Add { subtract: true } => layout::SUB,
        Operation::Mul => layout::MUL,
        Operation::AveragePool(_) => layout::AVERAGE_POOL,
        Operation::MaxPool(_) => layout::MAX_POOL,
        Operation::Softmax { .. } => layout::SOFTMAX,
        Operation::Table(_) => layout::TABLE,
        Operation::Mean(_) => layout::MEAN,
        Operation::Pad(_) => layout::PAD,
        Operation::Concat(_) | Operation::Reshape => layout::CONCAT,
    }
}

/// The window with its padding in numbers, over images of this shape.
fn explicit(window: &Window, shape: &[usize]) -> Result<Window, fixq::Error> {
    let &[_, height, width, _] = shape else { return Err(fixq::Error::BadRank { rank: shape.len() }) };
    window.explicit([height, width])
}
