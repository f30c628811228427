//! TensorFlow Lite files, as they stand: tensors with their quantization, operators with their options.
//!
//! [`Model::parse`] checks what every reader relies on: each index points at something, each constant fills
//! its shape. What a network means, and whether its operators can be run, is for
//! [`Int8Network`](crate::int8::Int8Network) to say.

mod flatbuffer;
mod operator;

use crate::error::Error;
use flatbuffer::{Reader, Record};
use std::path::Path;

pub use operator::{OperatorCode, Options, Padding};

/// The bytes 4 to 7 of a file.
pub const IDENTIFIER: &[u8; 4] = b"TFL3";
/// The largest rank of a tensor.
const MAX_RANK: usize = 8;

/// The type of a tensor's elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ElementType {
    /// 32-bit float.
    Float32,
    /// 8-bit signed integer.
    Int8,
    /// 16-bit signed integer.
    Int16,
    /// 32-bit signed integer.
    Int32,
    /// 64-bit signed integer.
    Int64,
    /// 8-bit unsigned integer.
    Uint8,
    /// Truth value.
    Bool,
    /// Another one: its number in the schema.
    Other(i8),
}

impl ElementType {
    const fn from_number(number: i8) -> Self {
        match number {
            0 => Self::Float32,
            2 => Self::Int32,
            3 => Self::Uint8,
            4 => Self::Int64,
            6 => Self::Bool,
            7 => Self::Int16,
            9 => Self::Int8,
            other => Self::Other(other),
        }
    }

    /// The bytes of an element, if that is a fixed number here.
    const fn size(self) -> Option<usize> {
        match self {
            Self::Int8 | Self::Uint8 | Self::Bool => Some(1),
            Self::Int16 => Some(2),
            Self::Float32 | Self::Int32 => Some(4),
            Self::Int64 => Some(8),
            Self::Other(_) => None,
        }
    }
}

/// What the codes of a tensor mean: `real = scale · (code − zero_point)`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Quantization {
    /// One scale, or one for each index along `axis`; none for a tensor that is not quantized.
    pub scales: Vec<f32>,
    /// As many as scales.
    pub zero_points: Vec<i64>,
    /// The dimension that several scales lie along.
    pub axis: usize,
}

/// A tensor.
#[derive(Clone, PartialEq, Debug)]
pub struct Tensor<'a> {
    /// Its name in the file.
    pub name: String,
    /// Lengths, outermost first. Images are `[batch, height, width, channels]`.
    pub shape: Vec<usize>,
    /// The type of its elements.
    pub element: ElementType,
    /// What its codes mean.
    pub quantization: Quantization,
    /// The elements of a constant, little-endian and row-major.
    pub data: Option<&'a [u8]>,
}

impl Tensor<'_> {
    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The codes of an int8 constant.
    #[must_use]
    pub fn int8(&self) -> Option<Vec<i8>> {
        let data = self.data.filter(|_| self.element == ElementType::Int8)?;
        Some(data.iter().map(|byte| byte.cast_signed()).collect())
    }

    /// The elements of an int32 constant.
    #[must_use]
    pub fn int32(&self) -> Option<Vec<i32>> {
        let data = self.data.filter(|_| self.element == ElementType::Int32)?;
        Some(data.as_chunks().0.iter().map(|word| i32::from_le_bytes(*word)).collect())
    }
}

/// One operation.
#[derive(Clone, PartialEq, Debug)]
pub struct Operator {
    /// What it computes.
    pub code: OperatorCode,
    /// The version of that operator that the file asks for.
    pub version: i32,
    /// The tensors that it reads; `None` for one that is left out.
    pub inputs: Vec<Option<usize>>,
    /// The tensors that it computes.
    pub outputs: Vec<usize>,
    /// How.
    pub options: Options,
}

/// The first graph of a file.
#[derive(Clone, PartialEq, Debug)]
pub struct Model<'a> {
    /// What the file says of itself.
    pub description: String,
    /// Every tensor.
    pub tensors: Vec<Tensor<'a>>,
    /// The operations, in the order in which they run.
    pub operators: Vec<Operator>,
    /// The tensors that are fed.
    pub inputs: Vec<usize>,
    /// The tensors that are read at the end.
    pub outputs: Vec<usize>,
}

impl<'a> Model<'a> {
    /// Whether these bytes claim to be a TensorFlow Lite file.
    #[must_use]
    pub fn recognizes(bytes: &[u8]) -> bool {
        bytes.get(4..8) == Some(IDENTIFIER)
    }

    /// Reads the bytes of a file; `file` only appears in errors.
    ///
    /// # Errors
    /// [`Error::EmptyFile`] without bytes; [`Error::Malformed`] with the offset of the table that is not
    /// sound; [`Error::Model`] if there is not exactly one graph; [`Error::Tensor`] if the data of a constant
    /// do not fill its shape.
    pub fn parse(bytes: &'a [u8], file: &Path) -> Result<Self, Error> {
        if bytes.is_empty() {
            return Err(Error::EmptyFile { file: file.into() });
        }
        if !Self::recognizes(bytes) {
            let reason = "a TensorFlow Lite file has the bytes \"TFL3\" here".to_owned();
            return Err(Error::Malformed { file: file.into(), offset: 4, reason });
        }
        let reader = Reader::new(bytes, file);
        let root = reader.root("Model")?;
        let buffers = root.records(4, "buffers", "Buffer")?;
        let codes = root.records(1, "operator_codes", "OperatorCode")?;
        let codes = codes.iter().map(operator_code).collect::<Result<Vec<_>, Error>>()?;
        let graphs = root.records(2, "subgraphs", "SubGraph")?;
        let [graph] = &*graphs else {
            let reason = format!("{} graphs are in the file; one is supported", graphs.len());
            return Err(Error::Model { file: file.into(), reason });
        };
        let tensors = graph.records(0, "tensors", "Tensor")?;
        let tensors: Vec<Tensor<'a>> =
            tensors.iter().map(|record| tensor(record, &buffers, file)).collect::<Result<_, _>>()?;
        let operators = graph.records(3, "operators", "Operator")?;
        Ok(Self {
            description: root.text(3, "description")?,
            operators: operators
                .iter()
                .map(|record| operator(record, &codes, tensors.len()))
                .collect::<Result<_, _>>()?,
            inputs: indices(graph, 1, "inputs", tensors.len())?,
            outputs: indices(graph, 2, "outputs", tensors.len())?,
            tensors,
        })
    }
}

/// The operator, and its version.
fn operator_code(record: &Record<'_, '_>) -> Result<(OperatorCode, i32), Error> {
    // Numbers beyond 127 stand in the newer field only, all others in both or in the older one.
    let older: i8 = record.scalar(0, "deprecated_builtin_code", 0)?;
    let newer: i32 = record.scalar(3, "builtin_code", 0)?;
    let code = OperatorCode::from_number(newer.max(i32::from(older)));
    Ok((code, record.scalar(2, "version", 1)?))
}

fn tensor<'a>(record: &Record<'_, 'a>, buffers: &[Record<'_, 'a>], file: &Path) -> Result<Tensor<'a>, Error> {
    let name = record.text(3, "name")?;
    let refuse =
        |reason: String| Error::Tensor { file: file.into(), tensor: name.escape_debug().to_string(), reason };
    let shape: Vec<i32> = record.numbers(0, "shape")?;
    if shape.len() > MAX_RANK {
        return Err(refuse(format!("{} dimensions; at most {MAX_RANK} are supported", shape.len())));
    }
    let lengths = shape.iter().map(|&length| usize::try_from(length).ok()).collect::<Option<Vec<_>>>();
    let product = lengths.as_ref().and_then(|lengths| {
        lengths.iter().try_fold(1usize, |product, &length| product.checked_mul(length.max(1)))
    });
    let (Some(shape), Some(_)) = (lengths, product.filter(|&n| isize::try_from(n).is_ok())) else {
        return Err(refuse(format!("the shape {shape:?} has no number of elements")));
    };
    let element = ElementType::from_number(record.scalar(1, "type", 0)?);
    let buffer: u32 = record.scalar(2, "buffer", 0)?;
    let data = match buffers.get(buffer as usize) {
        // Buffer 0 is empty by agreement and stands for "no constant".
        Some(buffer) => buffer.bytes(0, "data")?,
        None if buffer == 0 => &[],
        None => return Err(refuse(format!("buffer {buffer} does not exist, there are {}", buffers.len()))),
    };
    let count: usize = shape.iter().product();
    if let Some(size) = element.size()
        && !data.is_empty()
        && count.checked_mul(size) != Some(data.len())
    {
        let found = data.len();
        return Err(refuse(format!("shape {shape:?} needs {count} elements of {size} bytes, not {found}")));
    }
    let quantization = match record.record(4, "quantization", "QuantizationParameters")? {
        Some(record) => quantization(&record)?,
        None => Quantization::default(),
    };
    Ok(Tensor { name, shape, element, quantization, data: Some(data).filter(|data| !data.is_empty()) })
}

fn quantization(record: &Record<'_, '_>) -> Result<Quantization, Error> {
    let scales: Vec<f32> = record.numbers(2, "scale")?;
    let mut zero_points: Vec<i64> = record.numbers(3, "zero_point")?;
    if zero_points.is_empty() {
        zero_points = vec![0; scales.len()];
    }
    if zero_points.len() != scales.len() {
        let (scales, zero_points) = (scales.len(), zero_points.len());
        return Err(record.malformed(format!("{scales} scales and {zero_points} zero points")));
    }
    let axis: i32 = record.scalar(6, "quantized_dimension", 0)?;
    let axis = usize::try_from(axis).map_err(|_| record.malformed(format!("quantized dimension {axis}")))?;
    Ok(Quantization { scales, zero_points, axis })
}

fn operator(
    record: &Record<'_, '_>,
    codes: &[(OperatorCode, i32)],
    tensors: usize,
) -> Result<Operator, Error> {
    let index: u32 = record.scalar(0, "opcode_index", 0)?;
    let &(code, version) = codes
        .get(index as usize)
        .ok_or_else(|| record.malformed(format!("operator code {index} of {}", codes.len())))?;
    let inputs: Vec<i32> = record.numbers(1, "inputs")?;
    let input = |index: &i32| match *index {
        -1 => Ok(None),
        index => checked(record, "input", index, tensors).map(Some),
    };
    Ok(Operator {
        code,
        version,
        inputs: inputs.iter().map(input).collect::<Result<_, _>>()?,
        outputs: indices(record, 2, "outputs", tensors)?,
        options: Options::read(record)?,
    })
}

/// Indices of tensors that must exist.
fn indices(
    record: &Record<'_, '_>,
    slot: usize,
    field: &'static str,
    tensors: usize,
) -> Result<Vec<usize>, Error> {
    let indices: Vec<i32> = record.numbers(slot, field)?;
    indices.iter().map(|&index| checked(record, field, index, tensors)).collect()
}

fn checked(record: &Record<'_, '_>, field: &str, index: i32, tensors: usize) -> Result<usize, Error> {
    let found = usize::try_from(index).ok().filter(|&index| index < tensors);
    found.ok_or_else(|| record.malformed(format!("{field}: tensor {index} of {tensors}")))
}
