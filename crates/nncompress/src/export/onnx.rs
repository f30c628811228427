//! An int8 image as an ONNX model of `QuantizeLinear` and `DequantizeLinear` around float operators.
//!
//! An image holds the ratios of scales that its steps multiply by, and the scales of inputs and outputs alone. That is
//! enough: between two steps the scale may be any, and is 1 here, so a real number there is a code less its zero point, and
//! the scale of an output's weights is the factor of its sums. Sums end in floats where [`Program`] ends them in fixed point,
//! so that a code beside a border may be its neighbour.
//!
//! Images lie as `[batch, height, width, channels]` in a program and as `[batch, channels, height, width]` in ONNX; a value
//! is turned when a step wants it otherwise.

use crate::error::Error;
use crate::export::refuse;
use crate::onnx::messages::{
    AttributeProto, Dimension, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TensorType, TypeProto, ValueInfoProto, attribute_type, data_type,
};
use fixq::op::AddFactors;
use fixq::{Multiplier, Output, Weights};
use nncompress_runtime::Program;
use nncompress_runtime::program::{Field, Layer, Operation, Pair, Place, Port, Step};
use prost::Message as _;

/// The operator set: the first with a scale for each output.
const OPSET: i64 = 13;

/// The scale by which steps are quantized: a tie, which `QuantizeLinear` would round to even, lies away from zero, where a
/// device rounds it. 127.5 becomes 127.50012, so no other number is moved over a border that a mean of fewer than a
/// thousand codes can come near.
const AWAY: f32 = 1.0 - 1.0 / 1_048_576.0;

/// Writes a model of a program: its inputs and outputs are floats in the shapes of the program's, quantized inside.
///
/// # Errors
/// [`Error::Export`] if a step reads codes that no step and no input has written as one tensor; it names the step.
pub fn to_qdq(program: &Program<'_>, name: &str) -> Result<Vec<u8>, Error> {
    let mut graph = Graph::default();
    for (index, port) in program.inputs().enumerate() {
        let (from, dims) = (format!("input_{index}"), lengths(&port));
        let codes = graph.quantize(&from, port.scale, port.zero_point);
        graph.proto.input.push(value_info(&from, &port));
        graph.write(port.place, Value { last: Some((codes, dims)), first: None });
    }
    for (index, step) in program.steps().enumerate() {
        let value = graph.step(index, &step)?;
        graph.write(step.output(), value);
    }
    for (index, port) in program.outputs().enumerate() {
        let codes = graph.read(program.steps().count(), port.place)?.in_shape(&mut graph, &lengths(&port));
        let real = graph.dequantize(&codes, port.scale, port.zero_point);
        let to = format!("output_{index}");
        graph.proto.node.push(node("Identity", &[&real], &to, Vec::new()));
        graph.proto.output.push(value_info(&to, &port));
    }
    graph.proto.name = Some(name.to_owned());
    let model = ModelProto {
        ir_version: Some(8),
        producer_name: Some("nncompress".into()),
        producer_version: Some(env!("CARGO_PKG_VERSION").into()),
        graph: Some(Box::new(graph.proto)),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(OPSET) }],
        ..ModelProto::default()
    };
    Ok(model.encode_to_vec())
}

/// The codes of a tensor under the names that hold them so far, channels last as they lie, and channels first.
#[derive(Clone, Default)]
struct Value {
    last: Option<(String, Vec<usize>)>,
    first: Option<(String, [usize; 4])>,
}

impl Value {
    /// Its name in this shape, in the order of its codes.
    fn in_shape(&self, graph: &mut Graph, dims: &[usize]) -> String {
        let (name, found) = match (&self.last, &self.first) {
            (Some(last), _) => last.clone(),
            (None, Some((name, [n, c, h, w]))) => {
                (graph.add("Transpose", &[name], vec![ints("perm", &[0, 2, 3, 1])]), vec![*n, *h, *w, *c])
            }
            (None, None) => (String::new(), Vec::new()),
        };
        if found == dims {
            return name;
        }
        let shape: Vec<i64> = dims.iter().map(|&length| length as i64).collect();
        let shape = graph.int64(&shape);
        graph.add("Reshape", &[&name, &shape], Vec::new())
    }

    /// Its name as an image with channels first.
    fn channels_first(&self, graph: &mut Graph, [n, h, w, c]: [usize; 4]) -> String {
        match &self.first {
            Some((name, dims)) if *dims == [n, c, h, w] => name.clone(),
            _ => {
                let name = self.in_shape(graph, &[n, h, w, c]);
                graph.add("Transpose", &[&name], vec![ints("perm", &[0, 3, 1, 2])])
            }
        }
    }
}

#[derive(Default)]
struct Graph {
    proto: GraphProto,
    /// What the codes hold now.
    values: Vec<(Place, Value)>,
    names: usize,
}

impl Graph {
    fn write(&mut self, place: Place, value: Value) {
        self.values.retain(|(other, _)| !other.meets(place));
        self.values.push((place, value));
    }

    fn read(&self, step: usize, place: Place) -> Result<Value, Error> {
        let found = self.values.iter().find(|(other, _)| *other == place);
        found
            .map(|(_, value)| value.clone())
            .ok_or_else(|| refuse(step, "it reads codes that were not written as one tensor"))
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    fn add(&mut self, operator: &str, inputs: &[&str], attributes: Vec<AttributeProto>) -> String {
        let output = self.name();
        self.proto.node.push(node(operator, inputs, &output, attributes));
        output
    }

    fn constant(&mut self, kind: i32, dims: &[usize], bytes: Vec<u8>) -> String {
        let name = self.name();
        self.proto.initializer.push(TensorProto {
            dims: dims.iter().map(|&length| length as i64).collect(),
            data_type: Some(kind),
            name: Some(name.clone()),
            raw_data: Some(bytes),
            ..TensorProto::default()
        });
        name
    }

    fn floats(&mut self, dims: &[usize], values: &[f32]) -> String {
        self.constant(data_type::FLOAT, dims, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    fn int64(&mut self, values: &[i64]) -> String {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(data_type::INT64, &[values.len()], bytes)
    }

    fn int8(&mut self, dims: &[usize], values: impl Iterator<Item = i8>) -> String {
        self.constant(data_type::INT8, dims, values.map(i8::cast_unsigned).collect())
    }

    fn parameters(&mut self, scale: f32, zero_point: i8) -> [String; 2] {
        [self.floats(&[], &[scale]), self.int8(&[], [zero_point].into_iter())]
    }

    fn quantize(&mut self, real: &str, scale: f32, zero_point: i8) -> String {
        let [scale, zero_point] = self.parameters(scale, zero_point);
        self.add("QuantizeLinear", &[real, &scale, &zero_point], Vec::new())
    }

    fn dequantize(&mut self, codes: &str, scale: f32, zero_point: i8) -> String {
        let [scale, zero_point] = self.parameters(scale, zero_point);
        self.add("DequantizeLinear", &[codes, &scale, &zero_point], Vec::new())
    }

    /// The codes of what a step has computed, between its lowest and highest one.
    fn end(&mut self, real: &str, end: Output) -> String {
        let zero = end.zero_point();
        let mut real = real.to_owned();
        if [end.low(), end.high()] != [-128, 127] {
            let [low, high] = [end.low(), end.high()]
                .map(|code| self.floats(&[], &[(i32::from(code) - i32::from(zero)) as f32]));
            real = self.add("Clip", &[&real, &low, &high], Vec::new());
        }
        self.quantize(&real, AWAY, zero)
    }

    /// Weights in the order of ONNX, of which `rows` is the first of `dims`, and biases, as floats.
    fn layer(
        &mut self,
        layer: &Layer<'_>,
        dims: &[usize],
        place: impl Fn(usize, usize) -> usize,
    ) -> [String; 2] {
        let weights = layer.weights();
        let (outputs, row) = (layer.outputs(), dims.iter().skip(1).product::<usize>());
        let values: Vec<i32> = (0..outputs)
            .flat_map(|output| (0..row).map(move |index| (output, index)))
            .map(|(output, index)| weights.get(place(output, index)))
            .collect();
        let scales: Vec<f32> =
            layer.factors().map(real).map(|factor| factor.max(f64::from(f32::MIN_POSITIVE)) as f32).collect();
        let scale = self.floats(&[outputs], &scales);
        let by_output = || vec![int("axis", 0)];
        let codes: Option<Vec<i8>> = values.iter().map(|&value| i8::try_from(value).ok()).collect();
        let weights = match codes {
            Some(codes) => {
                let codes = self.int8(dims, codes.into_iter());
                let zeros = self.int8(&[outputs], core::iter::repeat_n(0, outputs));
                self.add("DequantizeLinear", &[&codes, &scale, &zeros], by_output())
            }
            // Wider than a code of this operator set: as numbers.
            None => {
                let scaled = |(index, &value): (usize, &i32)| value as f32 * scales[index / row.max(1)];
                self.floats(dims, &values.iter().enumerate().map(scaled).collect::<Vec<f32>>())
            }
        };
        let biases = layer.biases().flat_map(i32::to_le_bytes).collect();
        let biases = self.constant(data_type::INT32, &[outputs], biases);
        let zeros = self.constant(data_type::INT32, &[outputs], vec![0; 4 * outputs]);
        [weights, self.add("DequantizeLinear", &[&biases, &scale, &zeros], by_output())]
    }

    /// An operand of an elementwise step, its codes times a scale.
    fn operand(
        &mut self,
        index: usize,
        step: &Step<'_>,
        number: usize,
        pair: &Pair,
        scale: f64,
    ) -> Result<String, Error> {
        let strides = pair.strides()[number];
        let dims: Vec<usize> = pair
            .dims()
            .iter()
            .zip(strides)
            .map(|(&length, stride)| if stride == 0 { 1 } else { length })
            .collect();
        let codes = self.read(index, step.inputs()[number])?.in_shape(self, &dims);
        Ok(self.dequantize(&codes, scale as f32, pair.zero_points()[number]))
    }

    fn step(&mut self, index: usize, step: &Step<'_>) -> Result<Value, Error> {
        let input = self.read(index, step.inputs()[0])?;
        let first = |codes, [n, h, w]: [usize; 3], channels| Value {
            last: None,
            first: Some((codes, [n, channels, h, w])),
        };
        let last = |codes, dims: &[usize]| Value { last: Some((codes, dims.to_vec())), first: None };
        let size = |field: &Field| [field.batch, field.axes[0].output, field.axes[1].output];
        Ok(match step.operation() {
            Operation::Conv { field, layer } => {
                let ([kh, kw], depth) = (field.kernel(), field.channels / field.groups.max(1));
                let dims = [layer.outputs(), depth, kh, kw];
                let [weights, biases] = self.layer(layer, &dims, |output, index| {
                    (output * kh * kw + index % (kh * kw)) * depth + index / (kh * kw)
                });
                let x = input.channels_first(self, field.image());
                let x = self.dequantize(&x, 1.0, field.zero_point);
                let mut attributes = window_attributes(field);
                attributes.extend([
                    int("group", field.groups as i64),
                    ints("dilations", &field.axes.map(|axis| axis.dilation as i64)),
                ]);
                let sums = self.add("Conv", &[&x, &weights, &biases], attributes);
                first(self.end(&sums, layer.end()), size(field), layer.outputs())
            }
            Operation::Depthwise { field, layer } => {
                let ([kh, kw], outputs) = (field.kernel(), layer.outputs());
                let place = |output, index| index * outputs + output;
                let [weights, biases] = self.layer(layer, &[outputs, 1, kh, kw], place);
                let x = input.channels_first(self, field.image());
                let x = self.dequantize(&x, 1.0, field.zero_point);
                let mut attributes = window_attributes(field);
                attributes.extend([
                    int("group", field.channels as i64),
                    ints("dilations", &field.axes.map(|axis| axis.dilation as i64)),
                ]);
                let sums = self.add("Conv", &[&x, &weights, &biases], attributes);
                first(self.end(&sums, layer.end()), size(field), outputs)
            }
            Operation::FullyConnected { field, layer } => {
                let (row, outputs) = (field.channels, layer.outputs());
                let [weights, biases] =
                    self.layer(layer, &[outputs, row], |output, index| output * row + index);
                let x = input.in_shape(self, &[field.batch, row]);
                let x = self.dequantize(&x, 1.0, field.zero_point);
                let sums = self.add("Gemm", &[&x, &weights, &biases], vec![int("transB", 1)]);
                last(self.end(&sums, layer.end()), &[field.batch, outputs])
            }
            Operation::Add(operator) => self.sum(index, step, "Add", operator)?,
            Operation::Sub(operator) => self.sum(index, step, "Sub", operator)?,
            Operation::Mul(operator) => {
                let a = self.operand(index, step, 0, operator, real(operator.factor()))?;
                let b = self.operand(index, step, 1, operator, 1.0)?;
                let product = self.add("Mul", &[&a, &b], Vec::new());
                last(self.end(&product, operator.output()), &operator.dims())
            }
            Operation::AveragePool { field, end } | Operation::MaxPool { field, end } => {
                let x = input.channels_first(self, field.image());
                // The mean of the codes themselves is rounded, whatever their zero point is.
                let x = self.dequantize(&x, 1.0, 0);
                let mean = matches!(step.operation(), Operation::AveragePool { .. });
                let operator = if mean { "AveragePool" } else { "MaxPool" };
                let pooled = self.add(operator, &[&x], window_attributes(field));
                let end = Output::from_codes(0, end.low(), end.high());
                first(self.end(&pooled, end), size(field), field.channels)
            }
            Operation::Softmax(operator) => {
                let (row, length) = (operator.row(), step.output().length);
                let dims = [length.checked_div(row).unwrap_or(0), row];
                let x = input.in_shape(self, &dims);
                // Differences of codes become numbers of 26 fraction bits.
                let x = self.dequantize(&x, (real(operator.factor()) / f64::from(1 << 26)) as f32, 0);
                let shares = self.add("Softmax", &[&x], vec![int("axis", 1)]);
                last(self.quantize(&shares, 1.0 / 256.0, -128), &dims)
            }
            Operation::Table(entries) => {
                let dims = [step.output().length];
                let codes = input.in_shape(self, &dims);
                let wide = self.add("Cast", &[&codes], vec![int("to", i64::from(data_type::INT32))]);
                let lowest = self.constant(data_type::INT32, &[], 128i32.to_le_bytes().to_vec());
                let place = self.add("Add", &[&wide, &lowest], Vec::new());
                let table: Vec<f32> = entries.iter().map(|entry| f32::from(entry.cast_signed())).collect();
                let table = self.floats(&[table.len()], &table);
                let found = self.add("Gather", &[&table, &place], Vec::new());
                last(self.quantize(&found, 1.0, 0), &dims)
            }
            Operation::Mean(operator) => {
                let (kept, reduced) = (operator.kept(), operator.reduced());
                let dims: Vec<usize> =
                    kept.iter().zip(reduced).map(|(kept, reduced)| kept * reduced).collect();
                let terms: usize = reduced.iter().product();
                let x = input.in_shape(self, &dims);
                let scale = real(operator.factor()) * terms as f64;
                let x = self.dequantize(&x, scale as f32, operator.zero_point());
                let axes: Vec<i64> =
                    (0..reduced.len()).filter(|&axis| reduced[axis] != 1).map(|axis| axis as i64).collect();
                let mean = if axes.is_empty() {
                    x
                } else {
                    self.add("ReduceMean", &[&x], vec![ints("axes", &axes), int("keepdims", 1)])
                };
                last(self.end(&mean, operator.output()), &kept)
            }
            Operation::Pad(operator) => {
                let (shape, strides) = (operator.dims(), operator.strides());
                let codes = input.in_shape(self, &shape);
                let (mut before, mut after, mut dims, mut outer) =
                    (Vec::new(), Vec::new(), Vec::new(), step.output().length);
                for (&length, &stride) in shape.iter().zip(&strides) {
                    let padded = outer.checked_div(stride).unwrap_or(0);
                    let start =
                        operator.offset().checked_div(stride).unwrap_or(0).checked_rem(padded).unwrap_or(0);
                    before.push(start as i64);
                    after.push(padded.saturating_sub(start + length) as i64);
                    dims.push(padded);
                    outer = stride;
                }
                let pads = self.int64(&[before, after].concat());
                // The code around it becomes 0.
                let x = self.dequantize(&codes, 1.0, operator.code());
                let padded = self.add("Pad", &[&x, &pads], Vec::new());
                last(self.quantize(&padded, 1.0, operator.code()), &dims)
            }
            Operation::Concat(operator) => {
                let rows = operator.rows();
                let width = |length: usize| length.checked_div(rows).unwrap_or(0);
                let mut parts = Vec::new();
                for place in step.inputs() {
                    parts.push(self.read(index, *place)?.in_shape(self, &[rows, width(place.length)]));
                }
                let parts: Vec<String> = parts.iter().map(|codes| self.dequantize(codes, 1.0, 0)).collect();
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                let joined = self.add("Concat", &parts, vec![int("axis", 1)]);
                last(self.quantize(&joined, 1.0, 0), &[rows, width(step.output().length)])
            }
        })
    }

    /// A sum or difference. Each operand is shifted, scaled, and the sum scaled again: one scale for each operand.
    fn sum(&mut self, index: usize, step: &Step<'_>, operator: &str, pair: &Pair) -> Result<Value, Error> {
        let factors = pair.factors();
        let both = real(factors.sum) * f64::from(1u32 << AddFactors::LEFT_SHIFT);
        let a = self.operand(index, step, 0, pair, real(factors.a) * both)?;
        let b = self.operand(index, step, 1, pair, real(factors.b) * both)?;
        let sum = self.add(operator, &[&a, &b], Vec::new());
        Ok(Value { last: Some((self.end(&sum, pair.output()), pair.dims().to_vec())), first: None })
    }
}

/// The number that a factor is.
fn real(factor: Multiplier) -> f64 {
    f64::from(factor.mantissa()) * f64::from(factor.exponent() - 31).exp2()
}

fn window_attributes(field: &Field) -> Vec<AttributeProto> {
    let [rows, columns] = &field.axes;
    let pads = [rows.before, columns.before, rows.after, columns.after];
    vec![
        ints("kernel_shape", &field.kernel().map(|size| size as i64)),
        ints("strides", &field.axes.map(|axis| axis.stride as i64)),
        ints("pads", &pads.map(|size| size as i64)),
    ]
}

fn node(operator: &str, inputs: &[&str], output: &str, attribute: Vec<AttributeProto>) -> NodeProto {
    NodeProto {
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: vec![output.to_owned()],
        op_type: Some(operator.to_owned()),
        attribute,
        ..NodeProto::default()
    }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: Some(name.into()),
        i: Some(value),
        r#type: Some(attribute_type::INT),
        ..AttributeProto::default()
    }
}

fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: Some(name.into()),
        ints: values.to_vec(),
        r#type: Some(attribute_type::INTS),
        ..AttributeProto::default()
    }
}

fn lengths(port: &Port<'_>) -> Vec<usize> {
    port.dims.map(|length| length as usize).collect()
}

fn value_info(name: &str, port: &Port<'_>) -> ValueInfoProto {
    let dim = port
        .dims
        .map(|length| Dimension { dim_value: Some(i64::from(length)), ..Dimension::default() })
        .collect();
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorType {
                elem_type: Some(data_type::FLOAT),
                shape: Some(TensorShapeProto { dim }),
            }),
            ..TypeProto::default()
        }),
        ..ValueInfoProto::default()
    }
}
