//! Writes small TensorFlow Lite files with the `flatbuffers` crate, field by field.

use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, WIPOffset};

type Bytes<'f> = FlatBufferBuilder<'f>;

/// A tensor of a file that is to be written.
#[derive(Clone, Debug, Default)]
pub struct Tensor {
    pub name: String,
    pub shape: Vec<i32>,
    /// Its number in the schema: 9 int8, 2 int32.
    pub element: i8,
    pub scales: Vec<f32>,
    pub zero_points: Vec<i64>,
    pub axis: i32,
    pub data: Vec<u8>,
}

impl Tensor {
    /// An activation of int8 codes.
    pub fn activation(shape: &[i32], scale: f32, zero_point: i64) -> Self {
        Self {
            name: format!("activation{shape:?}"),
            shape: shape.to_vec(),
            element: 9,
            scales: vec![scale],
            zero_points: vec![zero_point],
            ..Self::default()
        }
    }

    /// Weights with a scale for each index along `axis`.
    pub fn weights(shape: &[i32], codes: &[i8], scales: &[f32], axis: i32) -> Self {
        Self {
            name: format!("weights{shape:?}"),
            shape: shape.to_vec(),
            element: 9,
            scales: scales.to_vec(),
            zero_points: vec![0; scales.len()],
            axis,
            data: codes.iter().map(|code| code.cast_unsigned()).collect(),
        }
    }

    /// 32-bit integers: a bias, a shape, axes.
    pub fn integers(shape: &[i32], values: &[i32]) -> Self {
        Self {
            name: format!("integers{shape:?}"),
            shape: shape.to_vec(),
            element: 2,
            data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            ..Self::default()
        }
    }
}

/// A field of an options table: its slot and value.
#[derive(Clone, Copy, Debug)]
pub enum Field {
    Byte(u16, i8),
    Word(u16, i32),
    Float(u16, f32),
}

/// An operator of a file that is to be written.
#[derive(Clone, Debug, Default)]
pub struct Operator {
    pub code: i32,
    pub inputs: Vec<i32>,
    pub outputs: Vec<i32>,
    /// The number of the options table in the schema's union, and its fields.
    pub options: (u8, Vec<Field>),
}

/// A file that is to be written.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub tensors: Vec<Tensor>,
    pub operators: Vec<Operator>,
    pub inputs: Vec<i32>,
    pub outputs: Vec<i32>,
}

/// The place of field `slot` in a table's directory.
const fn place(slot: u16) -> u16 {
    4 + 2 * slot
}

/// Writes one table: everything that it refers to exists already.
fn table<'f>(bytes: &mut Bytes<'f>, fill: impl FnOnce(&mut Bytes<'f>)) -> WIPOffset<UnionWIPOffset> {
    let start = bytes.start_table();
    fill(bytes);
    WIPOffset::new(bytes.end_table(start).value())
}

impl Tensor {
    fn write(&self, bytes: &mut Bytes<'_>, buffer: u32) -> WIPOffset<UnionWIPOffset> {
        let scales = bytes.create_vector(&self.scales);
        let zero_points = bytes.create_vector(&self.zero_points);
        let quantization = table(bytes, |b| {
            b.push_slot_always(place(2), scales);
            b.push_slot_always(place(3), zero_points);
            b.push_slot(place(6), self.axis, 0);
        });
        let shape = bytes.create_vector(&self.shape);
        let name = bytes.create_string(&self.name);
        table(bytes, |b| {
            b.push_slot_always(place(0), shape);
            b.push_slot(place(1), self.element, 0);
            b.push_slot(place(2), buffer, 0);
            b.push_slot_always(place(3), name);
            b.push_slot_always(place(4), quantization);
        })
    }
}

impl Operator {
    fn write(&self, bytes: &mut Bytes<'_>, index: u32) -> WIPOffset<UnionWIPOffset> {
        let (kind, fields) = &self.options;
        let options = table(bytes, |b| {
            for field in fields {
                match *field {
                    Field::Byte(slot, value) => b.push_slot_always(place(slot), value),
                    Field::Word(slot, value) => b.push_slot_always(place(slot), value),
                    Field::Float(slot, value) => b.push_slot_always(place(slot), value),
                }
            }
        });
        let inputs = bytes.create_vector(&self.inputs);
        let outputs = bytes.create_vector(&self.outputs);
        table(bytes, |b| {
            b.push_slot(place(0), index, 0);
            b.push_slot_always(place(1), inputs);
            b.push_slot_always(place(2), outputs);
            b.push_slot(place(3), *kind, 0);
            if *kind != 0 {
                b.push_slot_always(place(4), options);
            }
        })
    }
}

impl Model {
    /// Adds a tensor and names its index.
    pub fn tensor(&mut self, tensor: Tensor) -> i32 {
        self.tensors.push(tensor);
        self.tensors.len() as i32 - 1
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = FlatBufferBuilder::new();
        let mut buffers = vec![table(&mut bytes, |_| {})];
        let mut tensors = Vec::new();
        for tensor in &self.tensors {
            let buffer = if tensor.data.is_empty() { 0 } else { buffers.len() as u32 };
            if buffer > 0 {
                let data = bytes.create_vector(&tensor.data);
                buffers.push(table(&mut bytes, |b| b.push_slot_always(place(0), data)));
            }
            tensors.push(tensor.write(&mut bytes, buffer));
        }
        // One operator code for each operator.
        let codes: Vec<_> = self
            .operators
            .iter()
            .map(|operator| {
                table(&mut bytes, |b| {
                    b.push_slot(place(0), operator.code.min(127) as i8, 0);
                    b.push_slot(place(2), 3, 1);
                    b.push_slot(place(3), operator.code, 0);
                })
            })
            .collect();
        let operators: Vec<_> =
            (0..).zip(&self.operators).map(|(index, operator)| operator.write(&mut bytes, index)).collect();
        let (tensors, operators) = (bytes.create_vector(&tensors), bytes.create_vector(&operators));
        let (inputs, outputs) = (bytes.create_vector(&self.inputs), bytes.create_vector(&self.outputs));
        let graph = table(&mut bytes, |b| {
            b.push_slot_always(place(0), tensors);
            b.push_slot_always(place(1), inputs);
            b.push_slot_always(place(2), outputs);
            b.push_slot_always(place(3), operators);
        });
        let (codes, graphs) = (bytes.create_vector(&codes), bytes.create_vector(&[graph]));
        let (buffers, description) = (bytes.create_vector(&buffers), bytes.create_string("a test"));
        let root = table(&mut bytes, |b| {
            b.push_slot(place(0), 3u32, 0);
            b.push_slot_always(place(1), codes);
            b.push_slot_always(place(2), graphs);
            b.push_slot_always(place(3), description);
            b.push_slot_always(place(4), buffers);
        });
        bytes.finish(root, Some("TFL3"));
        bytes.finished_data().to_vec()
    }
}

/// Borders, strides and an activation, as `Conv2DOptions` has them.
pub fn conv_options(same: bool, stride: [i32; 2], activation: i8) -> (u8, Vec<Field>) {
    let padding = Field::Byte(0, i8::from(!same));
    let fields =
        vec![padding, Field::Word(1, stride[1]), Field::Word(2, stride[0]), Field::Byte(3, activation)];
    (1, fields)
}

/// A convolution of 3×3 with two outputs, a reshape, two classes, a softmax.
pub fn tiny() -> Model {
    let mut model = Model::default();
    let input = model.tensor(Tensor::activation(&[1, 4, 5, 1], 0.5, -3));
    let codes: Vec<i8> = (0..18).map(|i| (i * 37 % 251 - 125) as i8).collect();
    let weights = model.tensor(Tensor::weights(&[2, 3, 3, 1], &codes, &[0.01, 0.02], 0));
    let bias = model.tensor(Tensor::integers(&[2], &[100, -7]));
    let image = model.tensor(Tensor::activation(&[1, 2, 3, 2], 0.25, 4));
    let shape = model.tensor(Tensor::integers(&[2], &[1, 12]));
    let flat = model.tensor(Tensor::activation(&[1, 12], 0.25, 4));
    let codes: Vec<i8> = (0..24).map(|i| (i * 91 % 255 - 127) as i8).collect();
    let dense = model.tensor(Tensor::weights(&[2, 12], &codes, &[0.03], 0));
    let dense_bias = model.tensor(Tensor::integers(&[2], &[-50, 60]));
    let classes = model.tensor(Tensor::activation(&[1, 2], 0.5, 10));
    let shares = model.tensor(Tensor::activation(&[1, 2], 1.0 / 256.0, -128));
    model.operators = vec![
        Operator {
            code: 3,
            inputs: vec![input, weights, bias],
            outputs: vec![image],
            options: conv_options(true, [2, 2], 1),
        },
        Operator { code: 22, inputs: vec![image, shape], outputs: vec![flat], options: (0, vec![]) },
        Operator {
            code: 9,
            inputs: vec![flat, dense, dense_bias],
            outputs: vec![classes],
            options: (8, vec![Field::Byte(0, 0)]),
        },
        Operator {
            code: 25,
            inputs: vec![classes],
            outputs: vec![shares],
            options: (9, vec![Field::Float(0, 1.0)]),
        },
    ];
    model.inputs = vec![input];
    model.outputs = vec![shares];
    model
}
