//! A decoded ONNX graph becomes a [`Network`].

use std::collections::{HashMap, HashSet};
use std::path::Path;

use nncompress_runtime::{AttributeName, Operator};

use super::messages::{
    AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, data_type,
};
use super::{attribute, order, rank, tensor};
use crate::error::Error;
use crate::network::{Attribute, Constant, Network, Node, Source, Tensor, Value, ValueId};

/// Values of more axes are refused.
const MAX_RANK: usize = 8;
/// The operator sets that have been read; older ones lack attributes that are relied on.
const OLDEST_OPSET: i64 = 7;
const NEWEST_OPSET: i64 = 26;

/// Makes a network of the model's graph; what is doubtful is added to `warnings`.
pub(crate) fn read_network(
    model: &ModelProto,
    file: &Path,
    warnings: &mut Vec<String>,
) -> Result<Network, Error> {
    let broken = |reason: String| Error::Model { file: file.into(), reason };
    let graph = model
        .graph
        .as_deref()
        .ok_or_else(|| broken("there is no graph; the file is cut or no model".into()))?;
    let opset = default_opset(model).ok_or_else(|| {
        broken(
            "the version of the operator set is not given (opset_import); the file is cut or damaged".into(),
        )
    })?;
    let mut reader = Reader { file, opset, warnings, values: Vec::new(), ids: HashMap::new() };
    reader.check_operators(model, graph)?;
    if opset < OLDEST_OPSET {
        return Err(Error::UnsupportedFile {
            file: file.into(),
            reason: format!(
                "it uses operator set {opset}; sets from {OLDEST_OPSET} on are supported: convert it with \
                 onnx.version_converter in Python"
            ),
        });
    }
    if opset > NEWEST_OPSET {
        reader.warn(format!("operator set {opset} is newer than {NEWEST_OPSET}, the newest that is known"));
    }
    reader.network(graph)
}

/// The version of ONNX's own operator set.
fn default_opset(model: &ModelProto) -> Option<i64> {
    model.opset_import.iter().find(|set| is_default_domain(set.domain.as_deref())).and_then(|set| set.version)
}

fn is_default_domain(domain: Option<&str>) -> bool {
    matches!(domain, None | Some("" | "ai.onnx"))
}

/// A name as errors show it: escaped and not too long.
fn shown(name: &str) -> String {
    let mut text: String = name.chars().take(80).flat_map(char::escape_debug).collect();
    if name.chars().nth(80).is_some() {
        text.push('…');
    }
    text
}

/// The name of a node, or one made from its operator and place.
fn node_name(node: &NodeProto, index: usize) -> String {
    match node.name.as_deref() {
        Some(name) if !name.is_empty() => name.into(),
        _ => format!("{}_{index}", node.op_type.as_deref().unwrap_or("node")),
    }
}

struct Reader<'a> {
    file: &'a Path,
    opset: i64,
    warnings: &'a mut Vec<String>,
    values: Vec<Value>,
    ids: HashMap<String, ValueId>,
}

impl Reader<'_> {
    fn warn(&mut self, text: String) {
        self.warnings.push(format!("{}: {text}", self.file.display()));
    }

    fn broken(&self, reason: String) -> Error {
        Error::Model { file: self.file.into(), reason }
    }

    fn bad_node(&self, node: &str, reason: String) -> Error {
        Error::Node { file: self.file.into(), node: shown(node), reason }
    }

    fn unsupported(&self, node: &str, operator: &str, reason: String) -> Error {
        Error::UnsupportedNode {
            file: self.file.into(),
            node: shown(node),
            operator: operator.into(),
            reason,
        }
    }

    /// Refuses operators that are not supported, before anything else is looked at.
    fn check_operators(&self, model: &ModelProto, graph: &GraphProto) -> Result<(), Error> {
        let mut strange = graph.node.iter().enumerate().filter(|(_, node)| {
            let operator = node.op_type.as_deref().unwrap_or_default();
            let known = operator == "Constant" || Operator::from_name(operator).is_some();
            !(known && is_default_domain(node.domain.as_deref()))
        });
        let Some((index, node)) = strange.next() else { return Ok(()) };
        let domain = node.domain.as_deref().filter(|domain| !domain.is_empty()).unwrap_or("ai.onnx");
        let version = if is_default_domain(Some(domain)) {
            Some(self.opset)
        } else {
            model
                .opset_import
                .iter()
                .find(|set| set.domain.as_deref() == Some(domain))
                .and_then(|set| set.version)
        };
        Err(Error::UnsupportedOperator {
            file: self.file.into(),
            node: shown(&node_name(node, index)),
            operator: shown(node.op_type.as_deref().unwrap_or_default()),
            domain: shown(domain),
            opset: version.unwrap_or(0),
            others: strange.count(),
        })
    }

    /// Adds a value; a name that is taken is refused.
    fn define(&mut self, name: &str, source: Source) -> Result<ValueId, Error> {
        let id = u32::try_from(self.values.len()).map(ValueId);
        let id = id.map_err(|_| self.broken("there are too many values".into()))?;
        if self.ids.insert(name.into(), id).is_some() {
            return Err(self.broken(format!("the value `{}` is defined twice", shown(name))));
        }
        self.values.push(Value { name: name.into(), source });
        Ok(id)
    }

    fn network(mut self, graph: &GraphProto) -> Result<Network, Error> {
        self.initializers(graph)?;
        let mut inputs = Vec::new();
        for info in &graph.input {
            // Before format version 4 every initializer is listed as an input too.
            let name = info.name.as_deref().unwrap_or_default();
            if !self
                .ids
                .get(name)
                .is_some_and(|id| matches!(self.values[id.index()].source, Source::Constant(_)))
            {
                inputs.push(self.input(info)?);
            }
        }
        if inputs.is_empty() {
            return Err(self.broken("the network has no input".into()));
        }
        let nodes = self.nodes(graph)?;
        let outputs = graph.output.iter().map(|info| {
            let name = info.name.as_deref().unwrap_or_default();
            self.ids.get(name).copied().ok_or_else(|| {
                self.broken(format!("the network output `{}` is computed by no node", shown(name)))
            })
        });
        let outputs = outputs.collect::<Result<Vec<_>, _>>()?;
        if outputs.is_empty() {
            return Err(self.broken("the network has no output".into()));
        }
        let name = graph.name.clone().unwrap_or_default();
        let opset = self.opset;
        let mut network =
            Network { name, values: core::mem::take(&mut self.values), nodes, inputs, outputs, opset };
        self.explicit_softmax_axis(&mut network);
        Ok(network)
    }

    fn initializers(&mut self, graph: &GraphProto) -> Result<(), Error> {
        if let Some(sparse) = graph.sparse_initializer.first() {
            let name = sparse.values.as_ref().and_then(|values| values.name.as_deref());
            return Err(Error::UnsupportedTensor {
                file: self.file.into(),
                tensor: shown(name.unwrap_or_default()),
                reason: "sparse initializers are not supported; save it as a dense one".into(),
            });
        }
        for proto in &graph.initializer {
            let name = proto.name.as_deref().unwrap_or_default();
            if name.is_empty() {
                return Err(self.broken("an initializer has no name".into()));
            }
            let constant = self.constant(name, proto)?;
            self.define(name, Source::Constant(constant))?;
        }
        Ok(())
    }

    fn constant(&self, name: &str, proto: &TensorProto) -> Result<Constant, Error> {
        tensor::constant(proto).map_err(|fault| match fault {
            tensor::Fault::Bad(reason) => {
                Error::Tensor { file: self.file.into(), tensor: shown(name), reason }
            }
            tensor::Fault::Unsupported(reason) => {
                Error::UnsupportedTensor { file: self.file.into(), tensor: shown(name), reason }
            }
        })
    }

    /// A network input. Lengths of 0 and below stand for "chosen at run time" in some old writers' files.
    fn input(&mut self, info: &ValueInfoProto) -> Result<ValueId, Error> {
        let name = info.name.as_deref().unwrap_or_default();
        if name.is_empty() {
            return Err(self.broken("a network input has no name".into()));
        }
        let unsupported = |reason: String| Error::UnsupportedTensor {
            file: self.file.into(),
            tensor: shown(name),
            reason: format!("the network input {reason}"),
        };
        let tensor = info.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
        let tensor = tensor.ok_or_else(|| unsupported("is not a tensor".into()))?;
        let number = tensor.elem_type.unwrap_or(0);
        let float = [data_type::FLOAT, data_type::FLOAT16, data_type::BFLOAT16, data_type::DOUBLE];
        if !float.contains(&number) {
            return Err(unsupported(format!(
                "is of type {}; only floats are supported",
                data_type::name(number)
            )));
        }
        let shape = tensor
            .shape
            .as_ref()
            .ok_or_else(|| unsupported("has no shape; save the model with one".into()))?;
        if shape.dim.len() > MAX_RANK {
            return Err(unsupported(format!(
                "has {} axes; at most {MAX_RANK} are supported",
                shape.dim.len()
            )));
        }
        let lengths = shape.dim.iter().map(|dim| match dim.dim_value {
            Some(length) if length > 0 => usize::try_from(length)
                .map(Some)
                .map_err(|_| unsupported(format!("has the length {length}, which is too large"))),
            _ => Ok(None),
        });
        let shape = lengths.collect::<Result<Vec<_>, _>>()?;
        if number != data_type::FLOAT {
            self.warn(format!(
                "the network input `{}` is {}; it is computed in f32",
                shown(name),
                data_type::name(number)
            ));
        }
        self.define(name, Source::Input { shape })
    }

    /// Reads the nodes and sorts them.
    fn nodes(&mut self, graph: &GraphProto) -> Result<Vec<Node>, Error> {
        let mut kept = Vec::new();
        let mut producer: HashMap<ValueId, usize> = HashMap::new();
        for (index, proto) in graph.node.iter().enumerate() {
            let name = node_name(proto, index);
            if proto.op_type.as_deref() == Some("Constant") {
                self.constant_node(proto, &name)?;
                continue;
            }
            let outputs = self.outputs(proto, &name)?;
            producer.extend(outputs.iter().map(|&output| (output, kept.len())));
            kept.push((proto, name, outputs));
        }
        let mut nodes = Vec::with_capacity(kept.len());
        for (proto, name, outputs) in kept {
            nodes.push(self.node(proto, name, outputs)?);
        }
        let read_masks: HashSet<ValueId> =
            nodes.iter().flat_map(|node| node.inputs.iter().copied().flatten()).collect();
        for node in &nodes {
            let mask = node.outputs.get(1).filter(|_| node.operator == Operator::Dropout);
            if mask.is_some_and(|mask| read_masks.contains(mask)) {
                return Err(self.unsupported(
                    &node.name,
                    "Dropout",
                    "its mask is read, which is not supported".into(),
                ));
            }
        }
        let needs: Vec<Vec<usize>> = nodes
            .iter()
            .map(|node| {
                node.inputs.iter().flatten().filter_map(|input| producer.get(input).copied()).collect()
            })
            .collect();
        let order = order::sort(&needs)
            .map_err(|item| self.bad_node(&nodes[item].name, "it needs its own output, in a cycle".into()))?;
        if !order.is_sorted() {
            self.warn("the nodes are not in topological order; they were sorted".into());
        }
        let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
        Ok(order.into_iter().filter_map(|index| nodes[index].take()).collect())
    }

    /// Defines the outputs of a node. One that is not wanted but followed by another gets a made name.
    fn outputs(&mut self, proto: &NodeProto, name: &str) -> Result<Vec<ValueId>, Error> {
        let wanted = proto.output.iter().rposition(|output| !output.is_empty()).map_or(0, |last| last + 1);
        if wanted == 0 {
            return Err(self.bad_node(name, "it has no output".into()));
        }
        let mut ids = Vec::with_capacity(wanted);
        for (slot, output) in proto.output[..wanted].iter().enumerate() {
            let made = format!("{name}:unused{slot}");
            ids.push(self.define(if output.is_empty() { &made } else { output }, Source::Node)?);
        }
        Ok(ids)
    }

    /// Turns a `Constant` node into a constant.
    fn constant_node(&mut self, proto: &NodeProto, name: &str) -> Result<(), Error> {
        let output = proto.output.first().map(String::as_str).unwrap_or_default();
        if output.is_empty() {
            return Err(self.bad_node(name, "it has no output".into()));
        }
        let unsupported = |reason: &str| self.unsupported(name, "Constant", reason.into());
        let [attribute] = proto.attribute.as_slice() else {
            return Err(unsupported("it must have one attribute"));
        };
        let AttributeProto { t, f, i, floats, ints, .. } = attribute;
        let constant = match attribute.name.as_deref().unwrap_or_default() {
            "value" => match t {
                Some(tensor) => self.constant(output, tensor)?,
                None => return Err(unsupported("its value is no tensor")),
            },
            "value_float" => Constant::Float(Tensor { shape: vec![], data: vec![f.unwrap_or_default()] }),
            "value_floats" => Constant::Float(Tensor { shape: vec![floats.len()], data: floats.clone() }),
            "value_int" => Constant::Int { shape: vec![], data: vec![i.unwrap_or_default()] },
            "value_ints" => Constant::Int { shape: vec![ints.len()], data: ints.clone() },
            _ => return Err(unsupported("only tensors, numbers and lists of numbers are supported")),
        };
        self.define(output, Source::Constant(constant))?;
        Ok(())
    }

    fn node(&self, proto: &NodeProto, name: String, outputs: Vec<ValueId>) -> Result<Node, Error> {
        let text = proto.op_type.as_deref().unwrap_or_default();
        let operator = Operator::from_name(text)
            .ok_or_else(|| self.unsupported(&name, text, "this operator is not supported".into()))?;
        let count = proto.input.iter().rposition(|input| !input.is_empty()).map_or(0, |last| last + 1);
        let mut inputs = Vec::with_capacity(count);
        for input in &proto.input[..count] {
            let id = self.ids.get(input.as_str()).copied();
            if id.is_none() && !input.is_empty() {
                let reason = format!("its input `{}` is neither computed nor given", shown(input));
                return Err(self.bad_node(&name, reason));
            }
            inputs.push(id);
        }
        let (least, most) = arity(operator);
        if inputs.len() > most || inputs.iter().take(least).flatten().count() < least {
            let range = if least == most { format!("{least}") } else { format!("{least} to {most}") };
            let range = if most == usize::MAX { format!("{least} or more") } else { range };
            return Err(self.bad_node(&name, format!("{text} takes {range} inputs, not {}", inputs.len())));
        }
        let attributes = proto
            .attribute
            .iter()
            .filter(|attribute| !attribute::says_the_usual(operator, attribute))
            .map(|attribute| {
                attribute::read(attribute).map_err(|reason| self.unsupported(&name, text, reason))
            })
            .collect::<Result<Vec<_>, _>>()?;
        for (index, (attribute, _)) in attributes.iter().enumerate() {
            if attributes[..index].iter().any(|(other, _)| other == attribute) {
                return Err(
                    self.bad_node(&name, format!("the attribute {:?} is given twice", attribute.name()))
                );
            }
        }
        let node = Node { name, operator, inputs, outputs, attributes };
        if self.trains(&node) {
            return Err(self.unsupported(
                &node.name,
                text,
                "it is in training mode; export for inference".into(),
            ));
        }
        Ok(node)
    }

    /// Whether a node behaves as in training.
    fn trains(&self, node: &Node) -> bool {
        match node.operator {
            Operator::BatchNormalization => {
                node.int(AttributeName::TrainingMode, 0) != 0 || node.outputs.len() > 1
            }
            Operator::Dropout => node.inputs.get(2).copied().flatten().is_some_and(|mode| {
                !matches!(&self.values[mode.index()].source,
                    Source::Constant(Constant::Int { data, .. }) if data.iter().all(|&x| x == 0))
            }),
            _ => false,
        }
    }

    /// Before operator set 13, `Softmax` defaults to axis 1 and flattens all that follows: the default is
    /// written out, and where flattening would matter a warning is given.
    fn explicit_softmax_axis(&mut self, network: &mut Network) {
        if self.opset >= 13 {
            return;
        }
        let ranks = rank::ranks(network);
        for node in &mut network.nodes {
            if node.operator != Operator::Softmax {
                continue;
            }
            let axis = node.int(AttributeName::Axis, 1);
            if node.attribute(AttributeName::Axis).is_none() {
                node.attributes.push((AttributeName::Axis, Attribute::Int(axis)));
            }
            let rank = node.inputs.first().copied().flatten().and_then(|input| ranks[input.index()]);
            if axis != -1 && rank != usize::try_from(axis + 1).ok() {
                let text = format!(
                    "node `{}`: Softmax of operator set {} may normalise over several axes; axis {axis} alone is used",
                    shown(&node.name),
                    self.opset
                );
                self.warn(text);
            }
        }
    }
}

/// The least number of inputs that must be present, and the most that may be.
const fn arity(operator: Operator) -> (usize, usize) {
    match operator {
        Operator::Conv | Operator::ConvTranspose | Operator::Gemm => (2, 3),
        Operator::MatMul | Operator::PRelu => (2, 2),
        Operator::Add | Operator::Sub | Operator::Mul | Operator::Div | Operator::Pow | Operator::Mod => {
            (2, 2)
        }
        Operator::Equal | Operator::Greater | Operator::Less => (2, 2),
        Operator::Gather | Operator::Expand | Operator::Tile => (2, 2),
        Operator::Lstm => (3, 8),
        Operator::Gru => (3, 6),
        Operator::BatchNormalization => (5, 5),
        Operator::LayerNormalization => (2, 3),
        Operator::InstanceNormalization | Operator::Where | Operator::Range => (3, 3),
        Operator::Clip | Operator::Dropout => (1, 3),
        Operator::ReduceMean | Operator::ReduceSum | Operator::ReduceMax | Operator::ReduceMin => (1, 2),
        Operator::ReduceL2 | Operator::Squeeze | Operator::Unsqueeze | Operator::Split => (1, 2),
        Operator::Slice => (1, 5),
        Operator::Resize => (1, 4),
        Operator::Reshape => (2, 2),
        Operator::Pad => (1, 4),
        Operator::Concat | Operator::Min | Operator::Max | Operator::Sum | Operator::Mean => (1, usize::MAX),
        _ => (1, 1),
    }
}
