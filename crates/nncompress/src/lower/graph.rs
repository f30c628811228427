//! Node by node: which int8 operator computes what a float node computes.

use super::fuse::Chain;
use super::order::Order;
use super::weights::Codings;
use super::{Options, function};
use crate::error::Error;
use crate::int8::{Activation, Int8Network, Node as Int8Node, Operation};
use crate::network::{Attribute, Constant, Network, Node, Source, ValueId};
use fixq::op::{Padding, Window};
use fixq::{Output, Params};
use nncompress_runtime::{AttributeName, Operator};
use std::collections::BTreeMap;

/// The refusal of a node.
pub(super) fn refuse(node: &Node, reason: impl Into<String>) -> Error {
    Error::Lower { node: node.name.clone(), operator: node.operator.name(), reason: reason.into() }
}

/// An int8 tensor that holds a value.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub tensor: usize,
    pub order: Order,
}

/// An int8 network in the making.
pub(super) struct Lowering<'n> {
    pub network: &'n Network,
    pub codings: &'n Codings,
    pub options: &'n Options,
    shapes: BTreeMap<ValueId, Vec<usize>>,
    params: BTreeMap<ValueId, Params>,
    pub held: BTreeMap<ValueId, Held>,
    pub made: Int8Network,
}

impl<'n> Lowering<'n> {
    pub fn new(
        network: &'n Network,
        codings: &'n Codings,
        options: &'n Options,
        shapes: BTreeMap<ValueId, Vec<usize>>,
        params: BTreeMap<ValueId, Params>,
    ) -> Self {
        let made = Int8Network { tensors: vec![], nodes: vec![], inputs: vec![], outputs: vec![] };
        Self { network, codings, options, shapes, params, held: BTreeMap::new(), made }
    }

    /// Makes all nodes.
    pub fn run(mut self, chains: &[Option<Chain>]) -> Result<Int8Network, Error> {
        let network = self.network;
        for &input in &network.inputs {
            let order = self.input_order(input);
            let tensor = self.tensor(input, &order);
            self.made.inputs.push(tensor);
            self.held.insert(input, Held { tensor, order });
        }
        for (node, chain) in network.nodes.iter().zip(chains) {
            if let Some(chain) = chain {
                self.node(node, chain)?;
            }
        }
        for output in &network.outputs {
            let node = network.nodes.iter().rev().find(|node| node.outputs.contains(output));
            match (self.held.get(output), node) {
                (Some(held), _) if held.order.is_plain() || held.order.is_channels_last() => {
                    self.made.outputs.push(held.tensor);
                }
                (None, None) | (Some(_), None) => {
                    return Err(Error::EngineLoad { reason: "an output is computed by no node".into() });
                }
                (_, Some(node)) => {
                    return Err(refuse(
                        node,
                        "its elements are an output in an order that would have to change",
                    ));
                }
            }
        }
        Ok(self.made)
    }

    /// The order of an input: channels last where the network's first operator on images reads it.
    fn input_order(&self, input: ValueId) -> Order {
        let shape = self.shapes.get(&input).cloned().unwrap_or_default();
        let (mut seen, mut value) = (Order::plain(&shape), input);
        while let Some(node) = self.network.nodes.iter().find(|node| node.inputs.contains(&Some(value))) {
            let Some(renamed) = self.renamed(node, &seen) else { break };
            let Some(&next) = node.outputs.first() else { break };
            (seen, value) = (renamed, next);
        }
        // `seen.numbers[i]` is what element i of the input is called there.
        let there = Order::channels_last(&seen.shape);
        let mut at = vec![0; seen.numbers.len()];
        seen.numbers.iter().enumerate().for_each(|(element, &number)| at[number] = element);
        Order { shape, numbers: there.numbers.iter().map(|&number| at[number]).collect() }
    }

    /// What becomes of an order where a node only renames elements; `None` where it does more.
    fn renamed(&self, node: &Node, order: &Order) -> Option<Order> {
        let output = self.shapes.get(node.outputs.first()?);
        match node.operator {
            Operator::Identity | Operator::Dropout => Some(order.clone()),
            Operator::Flatten | Operator::Reshape | Operator::Squeeze | Operator::Unsqueeze => {
                let shape = output?;
                (shape.iter().product::<usize>() == order.numbers.len()).then(|| order.reshaped(shape))
            }
            Operator::Transpose => {
                let axes: Vec<usize> = match node.attribute(AttributeName::Perm) {
                    Some(Attribute::Ints(axes)) => {
                        axes.iter().map(|axis| usize::try_from(*axis).ok()).collect::<Option<_>>()?
                    }
                    _ => (0..order.shape.len()).rev().collect(),
                };
                order.transposed(&axes)
            }
            _ => None,
        }
    }

    pub(super) fn tensor(&mut self, value: ValueId, order: &Order) -> usize {
        self.tensor_as(value, order.lengths())
    }

    pub(super) fn tensor_as(&mut self, value: ValueId, shape: Vec<usize>) -> usize {
        let params = self.params.get(&value).copied().unwrap_or(Params::unit(fixq::Codes::INT8));
        let name = self.network.value(value).name.clone();
        self.made.tensors.push(Activation { name, shape, params });
        self.made.tensors.len() - 1
    }

    /// Adds an operation on these tensors that computes `chain.last`.
    pub(super) fn emit(
        &mut self,
        node: &Node,
        chain: &Chain,
        operation: Operation,
        inputs: &[usize],
        order: Order,
    ) {
        let output = self.tensor(chain.last, &order);
        self.push(node, operation, inputs, output, chain.clamp);
        self.held.insert(chain.last, Held { tensor: output, order });
    }

    pub(super) fn push(
        &mut self,
        node: &Node,
        operation: Operation,
        inputs: &[usize],
        output: usize,
        clamp: Option<(f64, f64)>,
    ) {
        let params = self.made.tensors[output].params;
        let zero_point = params.zero_point();
        let code = |real: f64| {
            let steps = (real / f64::from(params.scale())).round() + f64::from(zero_point);
            steps.clamp(f64::from(i8::MIN), f64::from(i8::MAX)) as i8
        };
        let (low, high) = clamp.map_or((i8::MIN, i8::MAX), |(low, high)| (code(low), code(high)));
        let end = Output::from_codes(zero_point, low, high);
        let inputs = inputs.to_vec();
        self.made.nodes.push(Int8Node { name: node.name.clone(), operation, inputs, output, end });
    }

    /// The tensor that holds an input of a node.
    pub(super) fn input(&self, node: &Node, slot: usize) -> Result<Held, Error> {
        let id = node.inputs.get(slot).copied().flatten();
        let held = id.and_then(|id| self.held.get(&id));
        held.cloned().ok_or_else(|| refuse(node, format!("its input {slot} is not computed as int8")))
    }

    /// The same, of an operator on images: height, width, channels.
    pub(super) fn image(&self, node: &Node) -> Result<(Held, [usize; 3]), Error> {
        let held = self.input(node, 0)?;
        let image = held.order.image();
        image.map(|image| (held, image)).ok_or_else(|| {
            refuse(
                node,
                "its input is no image of one or two axes, or one whose channels do not lie side by side",
            )
        })
    }

    pub(super) fn shape(&self, node: &Node, value: ValueId) -> Result<Vec<usize>, Error> {
        self.shapes.get(&value).cloned().ok_or_else(|| refuse(node, "the shape of its output is not known"))
    }

    pub(super) fn scale(&self, tensor: usize) -> f32 {
        self.made.tensors[tensor].params.scale()
    }

    fn node(&mut self, node: &Node, chain: &Chain) -> Result<(), Error> {
        match node.operator {
            Operator::Conv => self.conv(node, chain),
            Operator::Gemm | Operator::MatMul => self.product(node, chain),
            Operator::BatchNormalization => self.batch_norm(node, chain),
            Operator::Add | Operator::Sub | Operator::Mul | Operator::Div => self.arithmetic(node, chain),
            Operator::MaxPool | Operator::AveragePool => self.pool(node, chain),
            Operator::GlobalMaxPool => {
                let (held, [height, width, _]) = self.image(node)?;
                let order = Order::channels_last(&self.shape(node, chain.last)?);
                self.emit(
                    node,
                    chain,
                    Operation::MaxPool(Window::new([height, width])),
                    &[held.tensor],
                    order,
                );
                Ok(())
            }
            Operator::GlobalAveragePool => {
                let (held, _) = self.image(node)?;
                let order = Order::channels_last(&self.shape(node, chain.last)?);
                self.emit(node, chain, Operation::Mean(vec![1, 2]), &[held.tensor], order);
                Ok(())
            }
            Operator::ReduceMean => self.mean(node, chain),
            Operator::Softmax => self.softmax(node, chain),
            Operator::Pad => self.pad(node, chain),
            Operator::Concat => self.concat(node, chain),
            _ => {
                if let Some(order) = self.input(node, 0).ok().and_then(|held| self.renamed(node, &held.order))
                {
                    let held = self.input(node, 0)?;
                    return self.rename(node, chain.last, held, order);
                }
                match function::Function::of(self.network, node) {
                    Some(function) => self.table(node, chain, function.of),
                    None => Err(refuse(node, "there is no int8 operator for it")),
                }
            }
        }
    }

    /// A value whose elements lie where those of another do.
    fn rename(&mut self, node: &Node, value: ValueId, held: Held, order: Order) -> Result<(), Error> {
        let mut tensor = held.tensor;
        if self.made.tensors[tensor].shape != order.lengths() {
            tensor = self.tensor(value, &order);
            self.push(node, Operation::Reshape, &[held.tensor], tensor, None);
        }
        self.held.insert(value, Held { tensor, order });
        Ok(())
    }

    pub(super) fn table(&mut self, node: &Node, chain: &Chain, of: impl Fn(f64) -> f64) -> Result<(), Error> {
        let held = self.input(node, 0).or_else(|_| self.input(node, 1))?;
        let output = self.tensor(chain.last, &held.order);
        let params = [held.tensor, output].map(|tensor| self.made.tensors[tensor].params);
        let (low, high) = chain.clamp.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        let table = function::table(|x| of(x).max(low).min(high), params[0], params[1]);
        self.push(node, Operation::Table(table), &[held.tensor], output, None);
        self.held.insert(chain.last, Held { tensor: output, order: held.order });
        Ok(())
    }

    fn pool(&mut self, node: &Node, chain: &Chain) -> Result<(), Error> {
        let (held, [height, width, _]) = self.image(node)?;
        let kernel: Vec<usize> = match node.attribute(AttributeName::KernelShape) {
            Some(Attribute::Ints(kernel)) => {
                kernel.iter().map(|size| usize::try_from(*size).unwrap_or(0)).collect()
            }
            _ => Vec::new(),
        };
        let kernel = match *kernel {
            [width] => [1, width],
            [height, width] => [height, width],
            _ => return Err(refuse(node, "its kernel has neither one nor two axes")),
        };
        let order = Order::channels_last(&self.shape(node, chain.last)?);
        let window = self.window(node, [height, width], kernel, &order)?;
        if window.dilation != [1, 1] {
            return Err(refuse(node, "dilated pools have no int8 operator"));
        }
        let padded = window.padding != Padding::Explicit([0; 2], [0; 2]);
        let average = node.operator == Operator::AveragePool;
        if average && padded && node.int(AttributeName::CountIncludePad, 0) != 0 {
            return Err(refuse(node, "int8 averages do not count the padding; pad in a node of its own"));
        }
        let operation = if average { Operation::AveragePool(window) } else { Operation::MaxPool(window) };
        self.emit(node, chain, operation, &[held.tensor], order);
        Ok(())
    }

    /// Axes from an attribute, or from a constant input.
    fn axes(&self, node: &Node, rank: usize) -> Option<Vec<usize>> {
        let given = match (node.attribute(AttributeName::Axes), node.inputs.get(1)) {
            (Some(Attribute::Ints(axes)), _) => axes.clone(),
            (_, Some(Some(id))) => self.integers(*id)?,
            _ => (0..rank as i64).collect(),
        };
        let axis = |axis: i64| usize::try_from(if axis < 0 { axis + rank as i64 } else { axis }).ok();
        given.into_iter().map(axis).collect()
    }

    fn integers(&self, id: ValueId) -> Option<Vec<i64>> {
        match &self.network.value(id).source {
            Source::Constant(Constant::Int { data, .. }) => Some(data.clone()),
            _ => None,
        }
    }

    fn mean(&mut self, node: &Node, chain: &Chain) -> Result<(), Error> {
        let held = self.input(node, 0)?;
        let axes = self.axes(node, held.order.shape.len()).unwrap_or_default();
        let axes: Option<Vec<usize>> = axes.iter().map(|&axis| held.order.axis(axis)).collect();
        let shape = self.shape(node, chain.last)?;
        // Channels last stay so where all positions go, and others where nothing was reordered.
        let order = if shape.len() > 2 { Order::channels_last(&shape) } else { Order::plain(&shape) };
        let whole = order.image().is_none_or(|[height, width, _]| height * width == 1);
        match axes {
            Some(mut axes) if !axes.is_empty() && (whole || held.order.is_plain()) => {
                axes.sort_unstable();
                let order = if held.order.is_plain() { Order::plain(&shape) } else { order };
                self.emit(node, chain, Operation::Mean(axes), &[held.tensor], order);
                Ok(())
            }
            _ => Err(refuse(node, "its axes are not those of the positions of an image")),
        }
    }

    fn softmax(&mut self, node: &Node, chain: &Chain) -> Result<(), Error> {
        let held = self.input(node, 0)?;
        let rank = held.order.shape.len();
        let default = if self.network.opset < 13 { 1 } else { -1 };
        let axis = node.int(AttributeName::Axis, default);
        let axis = usize::try_from(if axis < 0 { axis + rank as i64 } else { axis }).unwrap_or(rank);
        // Before opset 13 all axes from this one on are one.
        let rest: usize = held.order.shape.iter().skip(axis).product();
        let last = held.order.lengths().last().copied().unwrap_or(1);
        let over_last = if held.order.image().is_some() { axis == 1 } else { axis + 1 == rank };
        if !over_last || (self.network.opset < 13 && rest != last) {
            return Err(refuse(
                node,
                format!("its axis {axis} is not the one whose elements lie side by side"),
            ));
        }
        self.emit(node, chain, Operation::Softmax { beta: 1.0 }, &[held.tensor], held.order);
        Ok(())
    }

    fn pad(&mut self, node: &Node, chain: &Chain) -> Result<(), Error> {
        let held = self.input(node, 0)?;
        let mode = match node.attribute(AttributeName::Mode) {
            Some(Attribute::Text(mode)) => mode.as_str(),
            _ => "constant",
        };
        let value = match node.inputs.get(2) {
            Some(Some(id)) => {
                self.network.float_constant(*id).and_then(|tensor| tensor.data.first().copied())
            }
            _ => Some(node.float(AttributeName::Value, 0.0)),
        };
        let given = match (node.attribute(AttributeName::Pads), node.inputs.get(1)) {
            (Some(Attribute::Ints(pads)), _) => Some(pads.clone()),
            (_, Some(Some(id))) => self.integers(*id),
            _ => None,
        };
        let rank = held.order.shape.len();
        let given = given.filter(|pads| pads.len() == 2 * rank && pads.iter().all(|pad| *pad >= 0));
        let (Some(given), "constant", Some(0.0)) = (given, mode, value) else {
            return Err(refuse(node, "int8 images are padded by constant amounts of zeros only"));
        };
        let mut pads = vec![[0; 2]; held.order.lengths().len()];
        for axis in 0..rank {
            let ends = [given[axis], given[axis + rank]].map(|end| usize::try_from(end).unwrap_or(0));
            match held.order.axis(axis) {
                Some(own) => pads[own] = ends,
                None if ends == [0, 0] => {}
                None => {
                    return Err(refuse(node, format!("axis {axis} does not lie as the network counts it")));
                }
            }
        }
        let shape = self.shape(node, chain.last)?;
        let image = held.order.image().is_some();
        let order = if image { Order::channels_last(&shape) } else { Order::plain(&shape) };
        self.emit(node, chain, Operation::Pad(pads), &[held.tensor], order);
        Ok(())
    }

    fn concat(&mut self, node: &Node, chain: &Chain) -> Result<(), Error> {
        let inputs =
            (0..node.inputs.len()).map(|slot| self.input(node, slot)).collect::<Result<Vec<_>, _>>()?;
        if inputs.len() > nncompress_runtime::program::MAX_INPUTS {
            return Err(refuse(node, format!("{} inputs; at most 8 are possible", inputs.len())));
        }
        let shape = self.shape(node, chain.last)?;
        let axis = node.int(AttributeName::Axis, 0);
        let axis =
            usize::try_from(if axis < 0 { axis + shape.len() as i64 } else { axis }).unwrap_or(shape.len());
        let images = inputs.iter().all(|held| held.order.image().is_some());
        let plain = inputs.iter().all(|held| held.order.is_plain());
        let rows = shape.len() == 2 && axis == 1;
        let order = if images {
            Order::channels_last(&shape)
        } else if plain {
            Order::plain(&shape)
        } else if rows {
            // Rows of any order, one behind the other.
            let mut numbers = Vec::new();
            for held in &inputs {
                let start = numbers.len();
                numbers.extend(held.order.numbers.iter().map(|number| start + number));
            }
            Order { shape, numbers }
        } else {
            return Err(refuse(node, "its inputs lie in different orders"));
        };
        let Some(own) = (if rows { Some(1) } else { order.axis(axis) }) else {
            return Err(refuse(node, format!("there is no axis {axis}")));
        };
        let tensors: Vec<usize> = inputs.iter().map(|held| held.tensor).collect();
        self.emit(node, chain, Operation::Concat(own), &tensors, order);
        Ok(())
    }

    /// A tensor of the same codes in another shape.
    pub(super) fn tensor_like(&mut self, tensor: usize, shape: Vec<usize>) -> usize {
        let like = Activation { shape, ..self.made.tensors[tensor].clone() };
        self.made.tensors.push(like);
        self.made.tensors.len() - 1
    }
}
