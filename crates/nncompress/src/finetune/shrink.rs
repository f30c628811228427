//! Takes out of a float network what its zeros have cut off: channels that nothing feeds, and channels that nobody reads.
//!
//! A channel whose weights are all zero gives its bias, through a `Relu` and pools the same number everywhere. What the
//! next layer makes of that number goes into its biases: with bias −0.5 in front of a `Relu` nothing, with bias 2 and a
//! weight of 0.25 behind it 0.5. A channel that the next layer multiplies by zeros goes without a trace. Only chains from
//! one weight layer to the next are looked at; behind padding a channel must give 0 to go.

use crate::error::Error;
use crate::network::{Attribute, Constant, Network, Node, Source, Tensor, ValueId, WeightLayer};
use crate::quantize::{Groups, Layer, Quantized};
use crate::scale::{Granularity, to_bfloat16};
use nncompress_runtime::{AttributeName, Operator};

/// Two weight layers with nothing between them that mixes channels.
#[derive(Clone, Copy, Debug)]
struct Chain {
    from: WeightLayer,
    to: WeightLayer,
    relu: bool,
    /// Whether a number other than 0 stays the same at borders.
    constant: bool,
}

/// The network of `layers`, smaller where zeros allow it, and its layers. A layer with a factor for each channel keeps
/// its size.
///
/// # Errors
/// [`Error::PlanLength`] if the layers are those of another network.
pub(super) fn shrink(mut network: Network, layers: &[Layer]) -> Result<(Network, Vec<Layer>), Error> {
    let places = network.weight_layers();
    if places.len() != layers.len() {
        return Err(Error::PlanLength { expected: places.len(), found: layers.len() });
    }
    let whole: Vec<ValueId> = places
        .iter()
        .zip(layers)
        .filter(|(_, layer)| matches!(layer, Layer::Coded(coded) if coded.axis.is_some()))
        .map(|(place, _)| place.value)
        .collect();
    let chains: Vec<Chain> = places.iter().filter_map(|place| chain(&network, *place, &places)).collect();
    let chains: Vec<Chain> = chains
        .into_iter()
        .filter(|chain| !whole.contains(&chain.from.value) && !whole.contains(&chain.to.value))
        .collect();
    // What goes in one place may cut off more in front of it and behind it.
    while chains.iter().any(|chain| cut(&mut network, chain)) {}
    let recoded = places.iter().zip(layers).filter_map(|(place, layer)| {
        let tensor = network.float_constant(place.value)?;
        Some(match layer {
            Layer::Coded(coded) => Layer::Coded(recode(coded, tensor)),
            Layer::Float(_) => Layer::Float(tensor.clone()),
        })
    });
    let layers = recoded.collect();
    Ok((network, layers))
}

/// The same grid and factor for fewer weights, all of which lie on it.
fn recode(coded: &Quantized, tensor: &Tensor) -> Quantized {
    if tensor.data.len() == coded.codes.len() {
        return coded.clone();
    }
    let factor = f64::from(coded.scales.factor(0));
    Quantized {
        codes: tensor.data.iter().map(|value| coded.grid.nearest(f64::from(*value) / factor).0).collect(),
        mask: tensor.data.iter().map(|value| *value != 0.0).collect(),
        row: tensor.row(),
        groups: Groups::new(&tensor.shape, None, Granularity::Tensor),
        ..coded.clone()
    }
}

/// The chain that begins at a layer, if its outputs go into one other layer.
fn chain(network: &Network, from: WeightLayer, places: &[WeightLayer]) -> Option<Chain> {
    if !is_plain(network, &from) {
        return None;
    }
    let mut value = *network.nodes[from.node].outputs.first()?;
    let (mut relu, mut constant) = (false, true);
    loop {
        let mut readers =
            network.nodes.iter().enumerate().filter(|(_, node)| node.inputs.contains(&Some(value)));
        let (index, node) = readers.next()?;
        if readers.next().is_some()
            || network.outputs.contains(&value)
            || node.inputs.first() != Some(&Some(value))
        {
            return None;
        }
        match node.operator {
            Operator::Relu => relu = true,
            Operator::MaxPool | Operator::GlobalAveragePool => {}
            Operator::AveragePool => constant &= !is_padded(node),
            Operator::Flatten if node.int(AttributeName::Axis, 1) == 1 => {}
            Operator::Conv | Operator::Gemm | Operator::MatMul => {
                let to = *places.iter().find(|place| place.node == index)?;
                constant &= node.operator != Operator::Conv || !is_padded(node);
                return is_plain(network, &to).then_some(Chain { from, to, relu, constant });
            }
            _ => return None,
        }
        value = *node.outputs.first()?;
    }
}

/// Whether rows and columns of a layer can be told and nothing else reads its constants.
fn is_plain(network: &Network, layer: &WeightLayer) -> bool {
    let node = &network.nodes[layer.node];
    let plain = match node.operator {
        Operator::Conv => node.int(AttributeName::Group, 1) == 1,
        Operator::Gemm => {
            node.float(AttributeName::Alpha, 1.0) == 1.0 && node.float(AttributeName::Beta, 1.0) == 1.0
        }
        Operator::MatMul => true,
        _ => false,
    };
    let read_once = |id: ValueId| {
        let all = network.nodes.iter().flat_map(|node| node.inputs.iter().flatten());
        all.filter(|input| **input == id).count() == 1
    };
    let bias = node.inputs.get(2).copied().flatten();
    let bias = bias.is_none_or(|id| {
        read_once(id) && network.float_constant(id).is_some_and(|b| b.data.len() == channels(network, layer))
    });
    plain && bias && node.inputs.get(1) == Some(&Some(layer.value)) && read_once(layer.value)
}

fn is_padded(node: &Node) -> bool {
    let pads = matches!(node.attribute(AttributeName::Pads), Some(Attribute::Ints(pads)) if pads.iter().any(|p| *p != 0));
    let same = matches!(node.attribute(AttributeName::AutoPad), Some(Attribute::Text(text)) if text.starts_with("SAME"));
    pads || same
}

fn channels(network: &Network, layer: &WeightLayer) -> usize {
    let tensor = network.float_constant(layer.value);
    tensor.and_then(|tensor| tensor.shape.get(layer.channel_axis)).copied().unwrap_or(0)
}

/// Lines of a tensor along an axis: the elements under one index lie in `outer` pieces of `inner`.
struct Axis {
    outer: usize,
    length: usize,
    inner: usize,
}

impl Axis {
    /// The output axis of a layer.
    fn outputs(tensor: &Tensor, layer: &WeightLayer) -> Self {
        Self::of(tensor, layer.channel_axis, tensor.shape[layer.channel_axis])
    }

    /// The input axis of a layer, seen as `channels` runs of inputs.
    fn inputs(tensor: &Tensor, layer: &WeightLayer, channels: usize) -> Self {
        Self::of(tensor, 1 - layer.channel_axis, channels)
    }

    fn of(tensor: &Tensor, axis: usize, length: usize) -> Self {
        let outer = tensor.shape[..axis].iter().product::<usize>();
        Self { outer, length, inner: tensor.data.len() / (outer * length).max(1) }
    }

    /// The places of the elements under an index.
    fn places(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        let start = move |outer: usize| (outer * self.length + index) * self.inner;
        (0..self.outer).flat_map(move |outer| start(outer)..start(outer) + self.inner)
    }

    /// Whether an element lies under an index that stays.
    fn stays(&self, kept: &[bool], place: usize) -> bool {
        kept[place / self.inner % self.length]
    }
}

/// Takes the channels out that a chain does not need; whether there were any.
fn cut(network: &mut Network, chain: &Chain) -> bool {
    let Some((kept, constants)) = judged(network, chain) else { return false };
    absorb(network, &chain.to, &constants);
    let bias =
        |network: &Network, layer: &WeightLayer| network.nodes[layer.node].inputs.get(2).copied().flatten();
    let left = kept.iter().filter(|kept| **kept).count();
    if let Some(bias) = bias(network, &chain.from).and_then(|id| float_mut(network, id)) {
        retain(bias, |place| kept[place]);
        bias.shape = vec![left];
    }
    for (layer, is_from) in [(&chain.from, true), (&chain.to, false)] {
        let Some(tensor) = float_mut(network, layer.value) else { continue };
        let side = if is_from { layer.channel_axis } else { 1 - layer.channel_axis };
        let axis = Axis::of(tensor, side, kept.len());
        tensor.shape[side] = tensor.shape[side] / kept.len() * left;
        retain(tensor, |place| axis.stays(&kept, place));
    }
    true
}

/// Which channels of a chain stay, and what those that go give to the elements of the next layer's biases; `None` if all
/// stay. One stays in any case.
fn judged(network: &Network, chain: &Chain) -> Option<(Vec<bool>, Vec<f64>)> {
    let (from, to) = (network.float_constant(chain.from.value)?, network.float_constant(chain.to.value)?);
    let count = *from.shape.get(chain.from.channel_axis)?;
    let inputs = *to.shape.get(1 - chain.to.channel_axis)?;
    if count < 2 || !inputs.is_multiple_of(count) {
        return None;
    }
    let (rows, columns) = (Axis::outputs(from, &chain.from), Axis::inputs(to, &chain.to, count));
    let outputs = Axis::outputs(to, &chain.to);
    let bias = network.nodes[chain.from.node].inputs.get(2).copied().flatten();
    let bias = bias.and_then(|id| network.float_constant(id));
    let absorbs = network.nodes[chain.to.node].inputs.get(2).copied().flatten().is_some();
    let mut constants = vec![0.0f64; outputs.length];
    let mut kept = vec![true; count];
    for channel in 0..count {
        let read = columns.places(channel).any(|place| to.data[place] != 0.0);
        let fed = rows.places(channel).any(|place| from.data[place] != 0.0);
        let value = bias.map_or(0.0, |bias| f64::from(bias.data[channel]));
        let value = if chain.relu { value.max(0.0) } else { value };
        let goes = !read || !fed && (value == 0.0 || chain.constant && absorbs);
        if !goes || channel + 1 == count && kept.iter().filter(|kept| **kept).count() == 1 {
            continue;
        }
        kept[channel] = false;
        if read && value != 0.0 {
            for place in columns.places(channel) {
                constants[place / outputs.inner % outputs.length] += f64::from(to.data[place]) * value;
            }
        }
    }
    kept.contains(&false).then_some((kept, constants))
}

/// Adds numbers to the biases of a layer, which are rounded as images store them.
fn absorb(network: &mut Network, layer: &WeightLayer, constants: &[f64]) {
    let Some(bias) = network.nodes[layer.node].inputs.get(2).copied().flatten() else { return };
    let Some(bias) = float_mut(network, bias) else { return };
    for (bias, by) in bias.data.iter_mut().zip(constants).filter(|(_, by)| **by != 0.0) {
        *bias = to_bfloat16((f64::from(*bias) + by) as f32);
    }
}

fn retain(tensor: &mut Tensor, stays: impl Fn(usize) -> bool) {
    let mut place = 0..;
    tensor.data.retain(|_| place.next().is_some_and(&stays));
}

pub(super) fn float_mut(network: &mut Network, id: ValueId) -> Option<&mut Tensor> {
    match &mut network.values.get_mut(id.index())?.source {
        Source::Constant(Constant::Float(tensor)) => Some(tensor),
        _ => None,
    }
}
