//! Operators with weights: convolutions, products with a constant, and the window that slides over an image.

use super::fuse::Chain;
use super::graph::{Held, Lowering, refuse};
use super::order::Order;
use super::weights::Real;
use crate::error::Error;
use crate::int8::Operation;
use crate::network::{Attribute, Node};
use fixq::op::{Padding, Window};
use nncompress_runtime::{AttributeName, Operator};

impl Lowering<'_> {
    pub(super) fn conv(&mut self, node: &Node, chain: &Chain) -> Result<(), Error> {
        let (held, [height, width, channels]) = self.image(node)?;
        let Some(id) = node.inputs.get(1).copied().flatten() else {
            return Err(refuse(node, "it has no weights"));
        };
        let Some(tensor) = self.network.float_constant(id) else {
            return Err(refuse(node, "its weights are no constant"));
        };
        let (outputs, depth, kernel) = match *tensor.shape {
            [outputs, depth, width] => (outputs, depth, [1, width]),
            [outputs, depth, height, width] => (outputs, depth, [height, width]),
            _ => return Err(refuse(node, format!("weights of shape {:?}", tensor.shape))),
        };
        let groups = usize::try_from(node.int(AttributeName::Group, 1)).unwrap_or(0);
        if groups == 0 || depth * groups != channels || !outputs.is_multiple_of(groups) {
            return Err(refuse(node, format!("{groups} groups of {depth} of {channels} channels")));
        }
        let order = Order::channels_last(&self.shape(node, chain.last)?);
        let window = self.window(node, [height, width], kernel, &order)?;
        let taps = kernel[0] * kernel[1];
        let depthwise = depth == 1 && groups > 1;
        let count = outputs * taps * depth;
        // The place of a weight to its output, tap and input.
        let parts = |place: usize| {
            if depthwise {
                (place % outputs, place / outputs, 0)
            } else {
                (place / (taps * depth), place / depth % taps, place % depth)
            }
        };
        let weight = |place| {
            let (output, tap, input) = parts(place);
            tensor.data[(output * depth + input) * taps + tap]
        };
        let output = self.tensor(chain.last, &order);
        let real = Real {
            node: &node.name,
            value: Some(id),
            axis: 0,
            alpha: 1.0,
            weights: (0..count).map(weight).collect(),
            outputs: (0..count).map(|place| parts(place).0).collect(),
            biases: self.biases(node, chain, outputs, 1.0)?,
            rows: if depthwise { taps } else { outputs },
            scales: [self.scale(held.tensor), self.scale(output)],
        };
        let layer = real.layer(self.codings, self.options)?;
        let operation = if depthwise {
            Operation::Depthwise { window, layer }
        } else {
            Operation::Conv { window, groups, layer }
        };
        self.push(node, operation, &[held.tensor], output, chain.clamp);
        self.held.insert(chain.last, Held { tensor: output, order });
        Ok(())
    }

    /// A `Gemm` or `MatMul` of an activation and a constant.
    pub(super) fn product(&mut self, node: &Node, chain: &Chain) -> Result<(), Error> {
        let held = self.input(node, 0)?;
        let Some(id) = node.inputs.get(1).copied().flatten() else {
            return Err(refuse(node, "it has no weights"));
        };
        let Some(tensor) = self.network.float_constant(id) else {
            return Err(refuse(node, "its second input is no constant"));
        };
        let [first, second] = *tensor.shape else {
            return Err(refuse(node, format!("weights of shape {:?}", tensor.shape)));
        };
        if node.int(AttributeName::TransA, 0) != 0 {
            return Err(refuse(node, "its input would have to be transposed"));
        }
        let by_rows = node.operator == Operator::Gemm && node.int(AttributeName::TransB, 0) != 0;
        let (outputs, inputs) = if by_rows { (first, second) } else { (second, first) };
        let numbers = &held.order.numbers;
        if inputs == 0 || held.order.shape.last() != Some(&inputs) {
            return Err(refuse(
                node,
                format!("{inputs} inputs and an input of shape {:?}", held.order.shape),
            ));
        }
        if numbers.len() != inputs && !held.order.is_plain() {
            return Err(refuse(node, "the rows of its input do not lie one behind the other"));
        }
        let column = |place: usize| if numbers.len() == inputs { numbers[place] } else { place };
        let weight = |place: usize| {
            let (output, input) = (place / inputs, column(place % inputs));
            tensor.data[if by_rows { output * inputs + input } else { input * outputs + output }]
        };
        let (alpha, beta) = match node.operator {
            Operator::Gemm => (node.float(AttributeName::Alpha, 1.0), node.float(AttributeName::Beta, 1.0)),
            _ => (1.0, 1.0),
        };
        let order = Order::plain(&self.shape(node, chain.last)?);
        let output = self.tensor(chain.last, &order);
        if !(alpha > 0.0 && alpha.is_finite()) {
            return Err(refuse(node, format!("alpha is {alpha}; factors are above 0")));
        }
        let real = Real {
            node: &node.name,
            value: Some(id),
            axis: if by_rows { 0 } else { 1 },
            alpha: f64::from(alpha),
            weights: (0..outputs * inputs).map(weight).collect(),
            outputs: (0..outputs * inputs).map(|place| place / inputs).collect(),
            biases: self.biases(node, chain, outputs, beta)?,
            rows: outputs,
            scales: [self.scale(held.tensor), self.scale(output)],
        };
        let layer = real.layer(self.codings, self.options)?;
        self.push(node, Operation::FullyConnected { layer }, &[held.tensor], output, chain.clamp);
        self.held.insert(chain.last, Held { tensor: output, order });
        Ok(())
    }

    /// The node's own bias times `beta`, and that of its chain.
    fn biases(&self, node: &Node, chain: &Chain, outputs: usize, beta: f32) -> Result<Vec<f32>, Error> {
        let mut biases = vec![0.0; outputs];
        let own = node.inputs.get(2).copied().flatten().map(|id| (id, beta));
        for (id, factor) in own.into_iter().chain(chain.bias.map(|id| (id, 1.0))) {
            let Some(tensor) = self.network.float_constant(id) else {
                return Err(refuse(node, "its bias is no constant"));
            };
            if tensor.data.len() != outputs && tensor.data.len() != 1 {
                return Err(refuse(
                    node,
                    format!("a bias of shape {:?} for {outputs} outputs", tensor.shape),
                ));
            }
            biases.iter_mut().zip(tensor.data.iter().cycle()).for_each(|(sum, bias)| *sum += factor * bias);
        }
        Ok(biases)
    }

    /// Kernel, stride and padding; what the output's shape asks for behind the image is padded.
    pub(super) fn window(
        &self,
        node: &Node,
        image: [usize; 2],
        kernel: [usize; 2],
        output: &Order,
    ) -> Result<Window, Error> {
        let Some([height, width, _]) = output.image() else {
            return Err(refuse(node, "its output is no image"));
        };
        let axes = output.shape.len() - 2;
        let ints = |name, default: usize| -> Result<Vec<usize>, Error> {
            match node.attribute(name) {
                Some(Attribute::Ints(values)) => {
                    let values = values.iter().map(|value| usize::try_from(*value).ok());
                    values.collect::<Option<_>>().ok_or_else(|| refuse(node, "a negative padding or stride"))
                }
                _ => Ok(vec![default; 2 * axes]),
            }
        };
        // One axis is the width.
        let pair = |values: &[usize], missing| match *values {
            [width] => [missing, width],
            [height, width, ..] => [height, width],
            [] => [missing; 2],
        };
        let first = |values: Vec<usize>| pair(values.get(..axes).unwrap_or(&[]), 1);
        let stride = first(ints(AttributeName::Strides, 1)?);
        let dilation = first(ints(AttributeName::Dilations, 1)?);
        let mut before = pair(ints(AttributeName::Pads, 0)?.get(..axes).unwrap_or(&[]), 0);
        let auto = match node.attribute(AttributeName::AutoPad) {
            Some(Attribute::Text(rule)) => rule.as_str(),
            _ => "NOTSET",
        };
        let mut pads = [[0; 2]; 2];
        for (axis, output) in [height, width].into_iter().enumerate() {
            let reach = (kernel[axis].max(1) - 1).saturating_mul(dilation[axis]).saturating_add(1);
            let steps = (output.max(1) - 1).saturating_mul(stride[axis]);
            let missing = steps.saturating_add(reach).saturating_sub(image[axis]);
            match auto {
                "SAME_UPPER" => before[axis] = missing / 2,
                "SAME_LOWER" => before[axis] = missing - missing / 2,
                "VALID" => before[axis] = 0,
                _ => {}
            }
            pads[axis] = [before[axis], missing.saturating_sub(before[axis])];
        }
        let window = Window { kernel, stride, dilation, padding: Padding::Explicit(pads[0], pads[1]) };
        match window.output(image) {
            Ok(found) if found == [height, width] => Ok(window),
            _ => {
                Err(refuse(node, format!("a window of {kernel:?} on {image:?} that gives {height}x{width}")))
            }
        }
    }
}
