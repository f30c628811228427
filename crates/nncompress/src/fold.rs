//! Batch normalisation disappears into the linear operator before it.
//!
//! At inference `y = scale · (x − mean) / √(var + ε) + b` is `y = f·x + s` for each channel, so weights
//! times `f` and a bias `f·bias + s` compute the same. With `scale` 2, `mean` 3, `var + ε` 4 and `b` 1:
//! `f` = 1 and `s` = −2. Everything is computed in `f64` and rounded to `f32` once.

use nncompress_runtime::{AttributeName, Operator};

use crate::import::compact;
use crate::network::{Constant, Network, Node, Source, Tensor, Value, ValueId};
use crate::onnx::rank::ranks;

/// Folds every batch normalisation that directly follows a `Conv`, `ConvTranspose`, `Gemm` or `MatMul`
/// into it, and gives that node a bias if it has none (a `MatMul` becomes a `Gemm`).
///
/// One stays where something else reads the value in between, where a parameter is not constant, or where
/// the folded weights would not be finite.
#[must_use]
pub fn fold_batch_norm(network: Network) -> Network {
    let mut folder = Folder::new(network);
    for index in 0..folder.network.nodes.len() {
        if folder.network.nodes[index].operator == Operator::BatchNormalization {
            folder.merge_bias(index);
            folder.fold(index);
        }
    }
    let Folder { mut network, mut gone, .. } = folder;
    let mut gone = gone.drain(..);
    network.nodes.retain(|_| gone.next() != Some(true));
    compact(network)
}

struct Folder {
    network: Network,
    /// How often each value is read, by nodes and as a network output.
    readers: Vec<usize>,
    /// The node that computes each value.
    producer: Vec<Option<usize>>,
    ranks: Vec<Option<usize>>,
    /// Nodes that were folded away.
    gone: Vec<bool>,
}

/// What a batch normalisation does to a channel: `y = factor · x + shift`.
struct Affine {
    factor: Vec<f64>,
    shift: Vec<f64>,
}

/// A linear node after folding.
struct Folded {
    weight: Tensor,
    bias: Vec<f32>,
}

impl Folder {
    fn new(network: Network) -> Self {
        let mut readers = vec![0; network.values.len()];
        let mut producer = vec![None; network.values.len()];
        for (index, node) in network.nodes.iter().enumerate() {
            node.inputs.iter().flatten().for_each(|id| readers[id.index()] += 1);
            node.outputs.iter().for_each(|id| producer[id.index()] = Some(index));
        }
        network.outputs.iter().for_each(|id| readers[id.index()] += 1);
        Self { readers, producer, ranks: ranks(&network), gone: vec![false; network.nodes.len()], network }
    }

    /// The node that computes an input, if nothing else reads that value.
    fn before(&self, node: usize, slot: usize) -> Option<usize> {
        let id = self.network.nodes[node].inputs.get(slot).copied().flatten()?;
        let producer = self.producer[id.index()]?;
        let alone = self.readers[id.index()] == 1 && self.network.nodes[producer].outputs.as_slice() == [id];
        alone.then_some(producer)
    }

    fn constant(&self, node: usize, slot: usize) -> Option<&Tensor> {
        self.network.float_constant(self.network.nodes[node].inputs.get(slot).copied().flatten()?)
    }

    /// `MatMul`, then `Add` of a constant, then this node: the first two become a `Gemm`.
    fn merge_bias(&mut self, norm: usize) {
        let Some(add) = self.before(norm, 0) else { return };
        if self.network.nodes[add].operator != Operator::Add {
            return;
        }
        for slot in [0, 1] {
            let Some(product) = self.before(add, slot) else { continue };
            let (Some(weight), Some(bias)) = (self.constant(product, 1), self.constant(add, 1 - slot)) else {
                continue;
            };
            let columns = weight.shape.get(1).copied();
            let fits = self.is_plain_product(product)
                && bias.shape.len() <= 2
                && bias.shape.last().copied() == columns
                && Some(bias.data.len()) == columns;
            if fits {
                let bias = self.network.nodes[add].inputs[1 - slot];
                let outputs = self.network.nodes[add].outputs.clone();
                let node = &mut self.network.nodes[product];
                node.operator = Operator::Gemm;
                node.inputs.push(bias);
                self.replace(add, product, outputs);
                return;
            }
        }
    }

    /// Whether a node is a `MatMul` of a matrix with a constant matrix, and so a `Gemm` without bias.
    fn is_plain_product(&self, node: usize) -> bool {
        let product = &self.network.nodes[node];
        let left = product.inputs.first().copied().flatten().and_then(|id| self.ranks[id.index()]);
        product.operator == Operator::MatMul
            && left == Some(2)
            && self.constant(node, 1).is_some_and(|weight| weight.shape.len() == 2)
    }

    /// The node `by` computes from now on what `node` computed.
    fn replace(&mut self, node: usize, by: usize, outputs: Vec<ValueId>) {
        self.gone[node] = true;
        for id in &outputs {
            self.producer[id.index()] = Some(by);
        }
        self.network.nodes[by].outputs = outputs;
    }

    fn fold(&mut self, norm: usize) {
        let Some(linear) = self.before(norm, 0) else { return };
        let Some(Folded { weight, bias }) = self.folded(norm, linear) else { return };
        let bias = Tensor { shape: vec![bias.len()], data: bias };
        let weight_id = self.store(linear, 1, weight, "");
        let name = self.network.value(weight_id).name.clone();
        let bias_name = match name.strip_suffix("weight") {
            Some(start) => format!("{start}bias"),
            None => format!("{name}_bias"),
        };
        let bias_id = self.store(linear, 2, bias, &bias_name);
        let node = &mut self.network.nodes[linear];
        node.inputs.resize(3, None);
        node.inputs[1] = Some(weight_id);
        node.inputs[2] = Some(bias_id);
        if node.operator == Operator::MatMul {
            node.operator = Operator::Gemm;
        }
        node.attributes.retain(|(name, _)| *name != AttributeName::Beta);
        let outputs = self.network.nodes[norm].outputs.clone();
        self.replace(norm, linear, outputs);
    }

    /// Weights and bias of `linear` with `norm` folded in, if that can be done.
    fn folded(&self, norm: usize, linear: usize) -> Option<Folded> {
        let affine = self.affine(norm)?;
        let channels = affine.factor.len();
        let node = &self.network.nodes[linear];
        let weight = self.constant(linear, 1)?;
        let channel = channel_of(node, &weight.shape, channels)?;
        if node.operator == Operator::MatMul && !self.is_plain_product(linear) {
            return None;
        }
        let beta = if node.operator == Operator::Gemm { node.float(AttributeName::Beta, 1.0) } else { 1.0 };
        let old: Vec<f64> = match node.inputs.get(2).copied().flatten() {
            None => vec![0.0; channels],
            Some(_) => {
                let bias = self.constant(linear, 2)?;
                let wide = bias.data.len() == channels && bias.shape.last() == Some(&channels);
                match bias.data.as_slice() {
                    _ if wide => bias.data.iter().map(|&x| f64::from(x)).collect(),
                    [x] => vec![f64::from(*x); channels],
                    _ => return None,
                }
            }
        };
        let data = weight.data.iter().enumerate();
        let data: Vec<f32> =
            data.map(|(index, &w)| (f64::from(w) * affine.factor[channel(index)]) as f32).collect();
        let bias: Vec<f32> = (0..channels)
            .map(|c| (f64::from(beta) * old[c]).mul_add(affine.factor[c], affine.shift[c]) as f32)
            .collect();
        let finite = data.iter().chain(&bias).all(|x| x.is_finite());
        finite.then(|| Folded { weight: Tensor { shape: weight.shape.clone(), data }, bias })
    }

    /// What a `BatchNormalization` node does, if its parameters are constants.
    fn affine(&self, norm: usize) -> Option<Affine> {
        let node = &self.network.nodes[norm];
        if node.outputs.len() != 1 || node.int(AttributeName::Spatial, 1) != 1 {
            return None;
        }
        let epsilon = f64::from(node.float(AttributeName::Epsilon, 1e-5));
        let [scale, offset, mean, variance] =
            [1, 2, 3, 4].map(|slot| self.constant(norm, slot).map(|tensor| tensor.data.as_slice()));
        let (scale, offset, mean, variance) = (scale?, offset?, mean?, variance?);
        if [offset.len(), mean.len(), variance.len()] != [scale.len(); 3] {
            return None;
        }
        let factor: Vec<f64> = scale
            .iter()
            .zip(variance)
            .map(|(&s, &v)| f64::from(s) / (f64::from(v) + epsilon).sqrt())
            .collect();
        let shift = factor.iter().zip(offset).zip(mean).map(|((&f, &b), &m)| f64::from(b) - f64::from(m) * f);
        Some(Affine { shift: shift.collect(), factor })
    }

    /// Puts a tensor where a node's input is, or beside it if others read that input too.
    fn store(&mut self, node: usize, slot: usize, tensor: Tensor, name: &str) -> ValueId {
        let old = self.network.nodes[node].inputs.get(slot).copied().flatten();
        let source = Source::Constant(Constant::Float(tensor));
        if let Some(id) = old.filter(|id| self.readers[id.index()] == 1) {
            self.network.values[id.index()].source = source;
            return id;
        }
        if let Some(id) = old {
            self.readers[id.index()] -= 1;
        }
        let name =
            old.map_or_else(|| name.to_string(), |id| format!("{}_folded", self.network.value(id).name));
        let name = self.free_name(name);
        let id = ValueId(self.network.values.len() as u32);
        self.network.values.push(Value { name, source });
        self.readers.push(1);
        self.producer.push(None);
        self.ranks.push(None);
        id
    }

    /// The name, with a number behind it if it is taken.
    fn free_name(&self, name: String) -> String {
        let taken = |name: &str| self.network.values.iter().any(|value| value.name == name);
        if !taken(&name) {
            return name;
        }
        (1_u64..).map(|n| format!("{name}_{n}")).find(|name| !taken(name)).unwrap_or(name)
    }
}

/// The output channel that each element of a weight belongs to, if there are `channels` of them.
fn channel_of(node: &Node, shape: &[usize], channels: usize) -> Option<impl Fn(usize) -> usize + use<>> {
    let groups = match node.operator {
        Operator::ConvTranspose => usize::try_from(node.int(AttributeName::Group, 1)).ok()?.max(1),
        _ => 1,
    };
    let axis = match node.operator {
        Operator::Conv => 0,
        Operator::ConvTranspose | Operator::MatMul => 1,
        Operator::Gemm => usize::from(node.int(AttributeName::TransB, 0) == 0),
        _ => return None,
    };
    let length = *shape.get(axis)?;
    let inner: usize = shape[axis + 1..].iter().product();
    let rows_in_group = (shape[0] / groups).max(1);
    let fits = length.checked_mul(groups)? == channels && (axis == 0 || shape[0].is_multiple_of(groups));
    // A transposed convolution's rows are input channels; those of group `g` feed outputs from `g · length` on.
    fits.then_some(move |index: usize| {
        let group = if groups == 1 { 0 } else { index / (length * inner) / rows_in_group };
        group * length + index / inner % length
    })
}
