//! Leaves out channels that carry nothing, without changing one bit of an output.
//!
//! *What is known of a channel is an interval of codes,* from the weights and the ranges of their inputs, so it
//! holds for every input of the network. A channel is left out if nothing needs it: every layer that reads it
//! either has weights of 0 for it, or sees a constant, which goes into the biases. Under padding a constant is
//! missing at the border, so there it must be the zero point, whose terms are 0. Channels that are computed
//! one from one (depthwise, pools, sums) are left out together.

use super::{Int8Network, Layer, Node, Operation};
use fixq::op::{self, AddFactors, Padding, Window};
use fixq::{Channels, Double, Shape, Width};

/// A network without channels that carry nothing.
#[derive(Clone, PartialEq, Debug)]
pub struct Shrunk {
    /// The smaller network: the same outputs for every input.
    pub network: Int8Network,
    /// The outputs of all layers before.
    pub channels: usize,
    /// How many of them are left out.
    pub removed: usize,
}

/// Codes that a channel can have: both ends are among them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Interval {
    low: i8,
    high: i8,
}

impl Interval {
    const ALL: Self = Self { low: i8::MIN, high: i8::MAX };

    fn hull(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    fn constant(self) -> Option<i8> {
        (self.low == self.high).then_some(self.low)
    }

    /// The ends of `weight · (code − zero_point)`.
    fn term(self, weight: i16, zero_point: i8) -> [i64; 2] {
        let product = |code: i8| i64::from(weight) * (i64::from(code) - i64::from(zero_point));
        let (a, b) = (product(self.low), product(self.high));
        [a.min(b), a.max(b)]
    }
}

/// Leaves out what carries nothing.
#[must_use]
pub fn shrink(network: &Int8Network) -> Shrunk {
    let intervals = intervals(network);
    let spaces = Spaces::of(network);
    let mut kept: Vec<Vec<bool>> =
        network.tensors.iter().map(|tensor| vec![true; tensor.channels()]).collect();
    // What is left out makes more unread: until nothing changes. Channels only ever leave, so that ends.
    loop {
        let before = kept.clone();
        let needed = needed(network, &intervals, &spaces, &before);
        for (kept, needed) in kept.iter_mut().zip(&needed) {
            let first = kept.iter().position(|kept| *kept);
            kept.iter_mut().zip(needed).for_each(|(kept, needed)| *kept &= *needed);
            // A tensor has one channel at least.
            if let Some(first) = first.filter(|_| !kept.contains(&true)) {
                kept[first] = true;
            }
        }
        if kept == before {
            break;
        }
    }
    let mut smaller = network.clone();
    for (tensor, kept) in smaller.tensors.iter_mut().zip(&kept) {
        if let Some(channels) = tensor.shape.last_mut() {
            *channels = kept.iter().filter(|kept| **kept).count();
        }
    }
    let outputs = |network: &Int8Network| -> usize {
        network.nodes.iter().filter_map(|node| node.operation.layer()).map(|layer| layer.biases.len()).sum()
    };
    for node in &mut smaller.nodes {
        let input = node.inputs[0];
        let zero_point = network.tensors[input].params.zero_point();
        let known: Vec<Option<i8>> = intervals[input].iter().map(|interval| interval.constant()).collect();
        cut(&mut node.operation, &kept[input], &kept[node.output], &known, zero_point);
    }
    let (channels, left) = (outputs(network), outputs(&smaller));
    Shrunk { network: smaller, channels, removed: channels - left }
}

/// Whether a window looks over the border of its image.
fn padded(window: &Window) -> bool {
    !matches!(window.padding, Padding::Valid | Padding::Explicit([0, 0], [0, 0]))
}

/// Weight `[output, tap, input]` of a layer, as an index.
fn at(output: usize, tap: usize, input: usize, taps: usize, inputs: usize) -> usize {
    (output * taps + tap) * inputs + input
}

/// Which codes each channel of each tensor can have.
fn intervals(network: &Int8Network) -> Vec<Vec<Interval>> {
    let mut known: Vec<Vec<Interval>> =
        network.tensors.iter().map(|tensor| vec![Interval::ALL; tensor.channels()]).collect();
    for node in &network.nodes {
        let output = of_node(network, node, &known);
        known[node.output] = output;
    }
    known
}

fn of_node(network: &Int8Network, node: &Node, known: &[Vec<Interval>]) -> Vec<Interval> {
    let (input, output) = (node.inputs[0], &network.tensors[node.output]);
    let x = &known[input];
    let zero_point = network.tensors[input].params.zero_point();
    let anything = vec![Interval { low: node.end.low(), high: node.end.high() }; output.channels()];
    match &node.operation {
        Operation::Conv { window, groups, layer } => {
            let taps = window.kernel[0] * window.kernel[1];
            let depth = x.len() / groups;
            let per_group = layer.biases.len() / groups;
            let under = |o: usize, k: usize| x[o / per_group.max(1) * depth + k % depth.max(1)];
            let terms = |o: usize| (0..taps * depth).map(move |k| (at(o, 0, k, taps, depth), under(o, k)));
            layer_intervals(node, layer, zero_point, padded(window), terms)
        }
        Operation::Depthwise { window, layer } => {
            let (taps, outputs) = (window.kernel[0] * window.kernel[1], layer.biases.len());
            let each = (outputs / x.len().max(1)).max(1);
            let terms = |o: usize| (0..taps).map(move |tap| (tap * outputs + o, x[o / each]));
            layer_intervals(node, layer, zero_point, padded(window), terms)
        }
        Operation::FullyConnected { layer } => {
            let depth = layer.weights.len() / layer.biases.len().max(1);
            if depth != x.len() {
                return anything;
            }
            let terms = |o: usize| (0..depth).map(move |k| (at(o, 0, k, 1, depth), x[k]));
            layer_intervals(node, layer, zero_point, false, terms)
        }
        Operation::Add { .. } if known[node.inputs[1]].len() == x.len() && x.len() == output.channels() => {
            added(network, node, x, &known[node.inputs[1]]).unwrap_or(anything)
        }
        // Averages and maxima of codes lie between them.
        Operation::AveragePool(_) | Operation::MaxPool(_) => {
            let clamp = |i: &Interval| Interval { low: node.end.clamp(i.low), high: node.end.clamp(i.high) };
            x.iter().map(clamp).collect()
        }
        Operation::Table(table) => {
            let image = |i: &Interval| {
                let index = |code: i8| usize::from(code.cast_unsigned() ^ 0x80);
                let codes = &table[index(i.low)..=index(i.high)];
                let low = codes.iter().copied().min().unwrap_or(i8::MIN);
                Interval { low, high: codes.iter().copied().max().unwrap_or(i8::MAX) }
            };
            x.iter().map(image).collect()
        }
        Operation::Reshape if x.len() == output.channels() => x.clone(),
        Operation::Reshape => {
            let all = x.iter().copied().reduce(Interval::hull).unwrap_or(Interval::ALL);
            vec![all; output.channels()]
        }
        _ => anything,
    }
}

/// The codes of each output of a layer. `terms` gives the index of each of its weights and the codes under it.
fn layer_intervals<I: Iterator<Item = (usize, Interval)>>(
    node: &Node,
    layer: &Layer,
    zero_point: i8,
    padded: bool,
    terms: impl Fn(usize) -> I,
) -> Vec<Interval> {
    let anything = Interval { low: node.end.low(), high: node.end.high() };
    let count = layer.biases.len();
    let Ok(channels) = Channels::<Double>::new(count, Some(&layer.biases), &layer.factors, node.end) else {
        return vec![anything; count];
    };
    let of = |output: usize| {
        let [low, high] = terms(output).fold([0i64; 2], |[low, high], (index, codes)| {
            let [mut least, mut most] = codes.term(layer.weights[index], zero_point);
            if padded {
                (least, most) = (least.min(0), most.max(0)); // beyond the border there is no term
            }
            [low + least, high + most]
        });
        // Codes rise with sums, as factors are not negative; sums with a bias that wrap are left alone.
        let bias = i64::from(layer.biases[output]);
        let factor = layer.factors[output];
        let room = i64::from(i32::MAX) >> factor.exponent().max(0);
        match (i32::try_from(low), i32::try_from(high)) {
            (Ok(least), Ok(most)) if low + bias >= -room && high + bias <= room => {
                Interval { low: channels.code(output, least), high: channels.code(output, most) }
            }
            _ => anything,
        }
    };
    (0..count).map(of).collect()
}

/// The codes of a sum or difference: it rises with the first and rises or falls with the second.
fn added(network: &Int8Network, node: &Node, a: &[Interval], b: &[Interval]) -> Option<Vec<Interval>> {
    let Operation::Add { subtract } = node.operation else { return None };
    let [x, y] = [node.inputs[0], node.inputs[1]].map(|input| network.tensors[input].params);
    let output = network.tensors[node.output].params;
    let factors = AddFactors::new(x, y, output, Width::F64).ok()?;
    let shape = Shape::new(&[a.len()]).ok()?;
    let shapes = op::Binary::new(&shape, &shape).ok()?;
    let zero_points = [x.zero_point(), y.zero_point()];
    let run = |a: Vec<i8>, b: Vec<i8>| {
        let mut codes = vec![0; a.len()];
        let ran = if subtract {
            op::Sub::<Double>::new(shapes, factors, zero_points, node.end).run(&a, &b, &mut codes)
        } else {
            op::Add::<Double>::new(shapes, factors, zero_points, node.end).run(&a, &b, &mut codes)
        };
        ran.ok().map(|()| codes)
    };
    let ends = |intervals: &[Interval], high: bool| -> Vec<i8> {
        intervals.iter().map(|i| if high { i.high } else { i.low }).collect()
    };
    let low = run(ends(a, false), ends(b, subtract))?;
    let high = run(ends(a, true), ends(b, !subtract))?;
    Some(low.into_iter().zip(high).map(|(low, high)| Interval { low, high }).collect())
}

/// Tensors whose channels belong together, and those whose channels must all stay.
struct Spaces {
    /// For each tensor the first of its space.
    of: Vec<usize>,
    pinned: Vec<bool>,
}

impl Spaces {
    fn of(network: &Int8Network) -> Self {
        let mut of: Vec<usize> = (0..network.tensors.len()).collect();
        let mut pinned = vec![false; of.len()];
        for &tensor in network.inputs.iter().chain(&network.outputs) {
            pinned[tensor] = true;
        }
        for node in &network.nodes {
            let channels = |&tensor: &usize| network.tensors[tensor].channels();
            let width = channels(&node.output);
            let together = match &node.operation {
                Operation::Conv { groups: 1, .. } => continue,
                // A row that is not the whole of a last dimension has its inputs elsewhere.
                Operation::FullyConnected { layer } => {
                    let depth = layer.weights.len() / layer.biases.len().max(1);
                    if channels(&node.inputs[0]) != depth {
                        pinned[node.inputs[0]] = true;
                    }
                    continue;
                }
                Operation::Depthwise { .. }
                | Operation::AveragePool(_)
                | Operation::MaxPool(_)
                | Operation::Table(_)
                | Operation::Add { .. }
                | Operation::Mul
                | Operation::Reshape => node.inputs.iter().all(|input| channels(input) == width),
                _ => false,
            };
            for &input in &node.inputs {
                if together {
                    let (from, to) = (of[input], of[node.output]);
                    of.iter_mut().filter(|space| **space == from).for_each(|space| *space = to);
                } else {
                    pinned[input] = true;
                    pinned[node.output] = true;
                }
            }
        }
        Self { of, pinned }
    }
}

/// The channels that something needs, given those of the layers that are kept.
fn needed(
    network: &Int8Network,
    intervals: &[Vec<Interval>],
    spaces: &Spaces,
    kept: &[Vec<bool>],
) -> Vec<Vec<bool>> {
    // By space, under the number of its first tensor.
    let mut needed: Vec<Vec<bool>> =
        network.tensors.iter().map(|tensor| vec![false; tensor.channels()]).collect();
    for (tensor, &pinned) in spaces.pinned.iter().enumerate() {
        if pinned {
            needed[spaces.of[tensor]].fill(true);
        }
    }
    for node in &network.nodes {
        let (layer, taps, padded) = match &node.operation {
            Operation::Conv { window, groups: 1, layer } => {
                (layer, window.kernel[0] * window.kernel[1], padded(window))
            }
            Operation::FullyConnected { layer } => (layer, 1, false),
            _ => continue,
        };
        let input = node.inputs[0];
        let zero_point = network.tensors[input].params.zero_point();
        let space = &mut needed[spaces.of[input]];
        let inputs = network.tensors[input].channels();
        for (channel, needed) in space.iter_mut().enumerate() {
            let folds =
                intervals[input][channel].constant().is_some_and(|code| !padded || code == zero_point);
            let read = || {
                let outputs = kept[node.output].iter().enumerate().filter(|(_, kept)| **kept);
                let mut weights = outputs
                    .flat_map(|(output, _)| (0..taps).map(move |tap| at(output, tap, channel, taps, inputs)));
                weights.any(|index| layer.weights.get(index).is_none_or(|weight| *weight != 0))
            };
            *needed = *needed || (!folds && read());
        }
    }
    (0..network.tensors.len()).map(|tensor| needed[spaces.of[tensor]].clone()).collect()
}

/// Cuts a layer down to the channels that are kept, and folds constants that are not into its biases.
fn cut(operation: &mut Operation, inputs: &[bool], outputs: &[bool], known: &[Option<i8>], zero_point: i8) {
    let (layer, taps, depthwise) = match operation {
        Operation::Conv { groups: 1, window, layer } => (layer, window.kernel[0] * window.kernel[1], false),
        Operation::FullyConnected { layer } => (layer, 1, false),
        Operation::Depthwise { window, layer } => (layer, window.kernel[0] * window.kernel[1], true),
        _ => return,
    };
    let count = layer.biases.len();
    let keep = || outputs.iter().enumerate().filter(|(_, kept)| **kept).map(|(output, _)| output);
    let mut biases = layer.biases.clone();
    let mut weights = Vec::new();
    if depthwise {
        weights.extend((0..taps).flat_map(|tap| keep().map(move |output| tap * count + output)));
    } else if layer.weights.len() == count * taps * inputs.len() {
        for output in keep() {
            for tap in 0..taps {
                for (input, &kept) in inputs.iter().enumerate() {
                    let index = at(output, tap, input, taps, inputs.len());
                    if kept {
                        weights.push(index);
                    } else if let Some(code) = known[input] {
                        let difference = i32::from(code) - i32::from(zero_point);
                        let term = i32::from(layer.weights[index]) * difference;
                        biases[output] = biases[output].wrapping_add(term);
                    }
                }
            }
        }
    } else {
        return; // rows of several positions: nothing of it is left out
    }
    *layer = Layer {
        weights: weights.into_iter().map(|index| layer.weights[index]).collect(),
        storage: layer.storage.clone(),
        biases: keep().map(|output| biases[output]).collect(),
        factors: keep().map(|output| layer.factors[output]).collect(),
        scales: keep().map(|output| layer.scales[output]).collect(),
    };
}
