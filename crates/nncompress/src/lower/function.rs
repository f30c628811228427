//! Functions of one number, which become tables of 256 codes.

use crate::network::{Attribute, Network, Node};
use fixq::Params;
use nncompress_runtime::{AttributeName, Operator};

/// What a node computes of each element, and the parameters that its output always has, if it is bounded.
pub(super) struct Function {
    pub of: Box<dyn Fn(f64) -> f64>,
    pub fixed: Option<(f32, i32)>,
}

impl Function {
    /// The function of a node with one input, if it is one.
    pub fn of(network: &Network, node: &Node) -> Option<Self> {
        let alpha = |default: f32| f64::from(node.float(AttributeName::Alpha, default));
        let beta = |default: f32| f64::from(node.float(AttributeName::Beta, default));
        let (of, fixed): (Box<dyn Fn(f64) -> f64>, _) = match node.operator {
            Operator::Relu | Operator::Clip => {
                let (low, high) = clamp(network, node)?;
                (Box::new(move |x| x.max(low).min(high)), None)
            }
            Operator::LeakyRelu => {
                let alpha = alpha(0.01);
                (Box::new(move |x| if x < 0.0 { alpha * x } else { x }), None)
            }
            Operator::Elu => {
                let alpha = alpha(1.0);
                (Box::new(move |x| if x < 0.0 { alpha * x.exp_m1() } else { x }), None)
            }
            Operator::HardSigmoid => {
                let (alpha, beta) = (alpha(0.2), beta(0.5));
                (Box::new(move |x| (alpha * x + beta).clamp(0.0, 1.0)), None)
            }
            Operator::HardSwish => (Box::new(|x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0)), None),
            Operator::Sigmoid => (Box::new(|x| 1.0 / (1.0 + (-x).exp())), Some((1.0 / 256.0, -128))),
            Operator::Tanh => (Box::new(f64::tanh), Some((1.0 / 128.0, 0))),
            _ => return None,
        };
        Some(Self { of, fixed })
    }
}

/// The table of a function between two tensors: of each code the nearest code of what the function makes of its real.
pub(super) fn table(function: impl Fn(f64) -> f64, input: Params, output: Params) -> Box<[i8; 256]> {
    let entry = |code: i8| {
        let real = f64::from(input.scale()) * (f64::from(code) - f64::from(input.zero_point()));
        let steps = (function(real) / f64::from(output.scale())).round() + f64::from(output.zero_point());
        steps as i8
    };
    let mut table = Box::new([0; 256]);
    for (entry_at, code) in table.iter_mut().zip(i8::MIN..=i8::MAX) {
        *entry_at = entry(code);
    }
    table
}

/// The ends of a `Relu` or a `Clip` with constant ends.
pub(super) fn clamp(network: &Network, node: &Node) -> Option<(f64, f64)> {
    if node.operator == Operator::Relu {
        return Some((0.0, f64::INFINITY));
    }
    if node.operator != Operator::Clip {
        return None;
    }
    let end = |name, slot: usize, open: f64| match (node.attribute(name), node.inputs.get(slot)) {
        (Some(Attribute::Float(end)), _) => Some(f64::from(*end)),
        (_, Some(Some(id))) => network.float_constant(*id)?.data.first().map(|end| f64::from(*end)),
        _ => Some(open),
    };
    let low = end(AttributeName::Min, 1, f64::NEG_INFINITY)?;
    let high = end(AttributeName::Max, 2, f64::INFINITY)?;
    (low <= high).then_some((low, high))
}

#[cfg(test)]
mod tests {
    use super::table;
    use fixq::{Codes, Params};

    #[test]
    fn a_table_by_hand() {
        let input = Params::new(0.5, 0, Codes::INT8).unwrap();
        let output = Params::new(0.25, -10, Codes::INT8).unwrap();
        let made = table(|x| x.max(0.0), input, output);
        // Code 3 is 1.5, six steps of 0.25 above the zero point; code 100 is 50, beyond the highest code.
        assert_eq!([made[0], made[128], made[128 + 3], made[128 + 100]], [-10, -10, -4, 127]);
    }
}
