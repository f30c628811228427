//! Element by element: two activations, or one and a constant.

use super::fuse::Chain;
use super::graph::{Held, Lowering, refuse};
use super::order::Order;
use super::weights::Real;
use crate::error::Error;
use crate::int8::Operation;
use crate::network::Node;
use fixq::Shape;
use fixq::op::{Binary, Padding, Window};
use nncompress_runtime::{AttributeName, Operator};

impl Lowering<'_> {
    /// Sums, differences, products and quotients: of two activations, or of one and a constant.
    pub(super) fn arithmetic(&mut self, node: &Node, chain: &Chain) -> Result<(), Error> {
        let constant = |slot: usize| {
            let id = node.inputs.get(slot).copied().flatten()?;
            self.network.float_constant(id).cloned()
        };
        let operator = node.operator;
        match (constant(0), constant(1)) {
            (None, None) => self.binary(node, chain),
            (Some(_), Some(_)) => Err(refuse(node, "both its inputs are constants")),
            (None, Some(tensor)) => {
                let held = self.input(node, 0)?;
                self.affine(node, chain, held, &tensor.shape, |element| {
                    let c = f64::from(tensor.data[element]);
                    match operator {
                        Operator::Add => [1.0, c],
                        Operator::Sub => [1.0, -c],
                        Operator::Mul => [c, 0.0],
                        _ => [1.0 / c, 0.0],
                    }
                })
            }
            (Some(tensor), None) if operator != Operator::Div => {
                let held = self.input(node, 1)?;
                self.affine(node, chain, held, &tensor.shape, |element| {
                    let c = f64::from(tensor.data[element]);
                    match operator {
                        Operator::Add => [1.0, c],
                        Operator::Sub => [-1.0, c],
                        _ => [c, 0.0],
                    }
                })
            }
            (Some(tensor), None) => match *tensor.data {
                [c] => self.table(node, chain, move |x| f64::from(c) / x),
                _ => Err(refuse(node, "it divides different constants")),
            },
        }
    }

    fn binary(&mut self, node: &Node, chain: &Chain) -> Result<(), Error> {
        let operation = match node.operator {
            Operator::Add => Operation::Add { subtract: false },
            Operator::Sub => Operation::Add { subtract: true },
            Operator::Mul => Operation::Mul,
            _ => return Err(refuse(node, "there is no int8 quotient of two activations")),
        };
        let (a, b) = (self.input(node, 0)?, self.input(node, 1)?);
        let shape = self.shape(node, chain.last)?;
        let order = if a.order == b.order {
            a.order.clone()
        } else if [&a, &b].iter().all(|held| held.order.image().is_some()) {
            Order::channels_last(&shape)
        } else if [&a, &b].iter().all(|held| held.order.is_plain()) {
            Order::plain(&shape)
        } else {
            return Err(refuse(node, "its inputs lie in different orders"));
        };
        let lengths = [&a, &b].map(|held| Shape::new(&self.made.tensors[held.tensor].shape));
        let fits = match lengths {
            [Ok(a), Ok(b)] => {
                Binary::new(&a, &b).is_ok_and(|shapes| shapes.output_len() == order.numbers.len())
            }
            _ => false,
        };
        if !fits {
            return Err(refuse(node, format!("shapes {:?} and {:?}", a.order.shape, b.order.shape)));
        }
        self.emit(node, chain, operation, &[a.tensor, b.tensor], order);
        Ok(())
    }

    pub(super) fn batch_norm(&mut self, node: &Node, chain: &Chain) -> Result<(), Error> {
        let held = self.input(node, 0)?;
        let constant = |slot: usize| {
            let id = node.inputs.get(slot).copied().flatten();
            let tensor = id.and_then(|id| self.network.float_constant(id)).cloned();
            tensor.ok_or_else(|| refuse(node, format!("its input {slot} is no constant")))
        };
        let [scale, bias, mean, variance] = [constant(1)?, constant(2)?, constant(3)?, constant(4)?];
        let epsilon = f64::from(node.float(AttributeName::Epsilon, 1e-5));
        let channels = held.order.shape.get(1).copied().unwrap_or(1);
        if [&scale, &bias, &mean, &variance].iter().any(|tensor| tensor.data.len() != channels) {
            return Err(refuse(node, format!("its parameters are not {channels} numbers")));
        }
        let mut shape = vec![1; held.order.shape.len()];
        if let Some(length) = shape.get_mut(1) {
            *length = channels;
        }
        self.affine(node, chain, held, &shape, |channel| {
            let [scale, bias, mean, variance] =
                [&scale, &bias, &mean, &variance].map(|tensor| f64::from(tensor.data[channel]));
            let factor = scale / (variance + epsilon).sqrt();
            [factor, bias - factor * mean]
        })
    }

    /// `factor · x + shift` with constants of this shape: a table if all are equal, else a depthwise convolution of 1×1.
    fn affine(
        &mut self,
        node: &Node,
        chain: &Chain,
        held: Held,
        shape: &[usize],
        of: impl Fn(usize) -> [f64; 2],
    ) -> Result<(), Error> {
        let own = self.shape(node, chain.last)?;
        let elements = shape.iter().product::<usize>();
        if elements == 1 {
            let [factor, shift] = of(0);
            return self.table(node, chain, move |x| factor * x + shift);
        }
        let lead = own.len().checked_sub(shape.len());
        let (Some(lead), true) = (lead, own == held.order.shape) else {
            return Err(refuse(node, format!("a constant of shape {shape:?} beside {:?}", held.order.shape)));
        };
        let channels = held.order.lengths().last().copied().unwrap_or(1);
        let mut places: Vec<Option<usize>> = vec![None; channels];
        for (place, &number) in held.order.numbers.iter().enumerate() {
            let (mut rest, mut element, mut stride) = (number, 0, 1);
            for axis in (0..own.len()).rev() {
                let at = rest % own[axis];
                rest /= own[axis];
                let length = if axis >= lead { shape[axis - lead] } else { 1 };
                element += if length == 1 { 0 } else { at * stride };
                stride *= length;
            }
            let known = places[place % channels].get_or_insert(element);
            if *known != element || element >= elements {
                return Err(refuse(
                    node,
                    format!("a constant of shape {shape:?}: one number a channel is possible"),
                ));
            }
        }
        let affine: Vec<[f64; 2]> = places.into_iter().map(|element| of(element.unwrap_or(0))).collect();
        let cells = held.order.numbers.len() / channels.max(1);
        let image = vec![1, 1, cells, channels];
        let flat = self.tensor_like(held.tensor, image.clone());
        self.push(node, Operation::Reshape, &[held.tensor], flat, None);
        let output = self.tensor_as(chain.last, image);
        let real = Real {
            node: &node.name,
            value: None,
            axis: 0,
            alpha: 1.0,
            weights: affine.iter().map(|[factor, _]| *factor as f32).collect(),
            outputs: (0..channels).collect(),
            biases: affine.iter().map(|[_, shift]| *shift as f32).collect(),
            rows: 1,
            scales: [self.scale(held.tensor), self.scale(output)],
        };
        let layer = real.layer(self.codings, self.options)?;
        let window = Window { padding: Padding::Explicit([0; 2], [0; 2]), ..Window::new([1, 1]) };
        self.push(node, Operation::Depthwise { window, layer }, &[flat], output, chain.clamp);
        let tensor = self.tensor(chain.last, &held.order);
        self.push(node, Operation::Reshape, &[output], tensor, None);
        self.held.insert(chain.last, Held { tensor, order: held.order });
        Ok(())
    }
}
