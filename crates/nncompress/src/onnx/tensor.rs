//! Constants: a `TensorProto` becomes a [`Constant`], and a [`Constant`] becomes a `TensorProto`.

use super::messages::{TensorProto, data_type};
use crate::network::{Constant, Tensor};

/// Tensors of more axes are refused.
const MAX_RANK: usize = 8;

/// Why a tensor cannot be read.
#[derive(Debug)]
pub(super) enum Fault {
    /// Shape, type and data do not agree.
    Bad(String),
    /// Sound, but of a kind that is not supported.
    Unsupported(String),
}

/// The constant in a `TensorProto`. Floats of 16 and 64 bits are converted to `f32`, 32-bit integers and
/// truth values to `i64`.
pub(super) fn constant(proto: &TensorProto) -> Result<Constant, Fault> {
    if proto.data_location.unwrap_or(0) != 0 || !proto.external_data.is_empty() {
        return Err(Fault::Unsupported(
            "its data are in another file, which is not supported; save the model in one file, in Python \
             with `onnx.save(onnx.load(FILE), NEW)`"
                .into(),
        ));
    }
    if proto.segment.is_some() {
        return Err(Fault::Unsupported(
            "it is one segment of a larger tensor, which is not supported".into(),
        ));
    }
    let shape = shape(&proto.dims)?;
    let count = shape
        .iter()
        .try_fold(1_usize, |product, &length| product.checked_mul(length))
        .ok_or_else(|| Fault::Bad(format!("the shape {shape:?} has more elements than can be counted")))?;
    let data = Data { proto, count };
    let float = |data| Constant::Float(Tensor { shape: shape.clone(), data });
    let int = |data| Constant::Int { shape: shape.clone(), data };
    let half_bits = |bits: &i32| *bits as u16; // The low 16 bits hold the number.
    let number = proto.data_type.unwrap_or(0);
    Ok(match number {
        data_type::FLOAT => float(data.read(f32::from_le_bytes, &proto.float_data, |&x| x)?),
        #[expect(clippy::cast_possible_truncation, reason = "the network is computed in f32")]
        data_type::DOUBLE => {
            float(data.read(|bytes| f64::from_le_bytes(bytes) as f32, &proto.double_data, |&x| x as f32)?)
        }
        data_type::FLOAT16 => float(data.read(
            |bytes| half::f16::from_le_bytes(bytes).to_f32(),
            &proto.int32_data,
            |bits| half::f16::from_bits(half_bits(bits)).to_f32(),
        )?),
        data_type::BFLOAT16 => float(data.read(
            |bytes| half::bf16::from_le_bytes(bytes).to_f32(),
            &proto.int32_data,
            |bits| half::bf16::from_bits(half_bits(bits)).to_f32(),
        )?),
        data_type::INT64 => int(data.read(i64::from_le_bytes, &proto.int64_data, |&x| x)?),
        data_type::INT32 => {
            int(data.read(|bytes| i64::from(i32::from_le_bytes(bytes)), &proto.int32_data, |&x| x.into())?)
        }
        data_type::BOOL => {
            int(data.read(|[byte]| i64::from(byte != 0), &proto.int32_data, |&x| i64::from(x != 0))?)
        }
        _ => {
            return Err(Fault::Unsupported(format!(
                "its type {} ({number}) is not supported; supported are FLOAT, FLOAT16, BFLOAT16, DOUBLE, INT64 \
                 and INT32",
                data_type::name(number)
            )));
        }
    })
}

/// The checked lengths of a shape.
fn shape(dims: &[i64]) -> Result<Vec<usize>, Fault> {
    if dims.len() > MAX_RANK {
        return Err(Fault::Bad(format!("it has {} axes; at most {MAX_RANK} are supported", dims.len())));
    }
    dims.iter()
        .map(|&length| {
            usize::try_from(length).map_err(|_| {
                Fault::Bad(format!("the shape {dims:?} has a length that is negative or too large"))
            })
        })
        .collect()
}

/// The elements of a tensor, raw or typed.
struct Data<'a> {
    proto: &'a TensorProto,
    count: usize,
}

impl Data<'_> {
    /// Reads the elements from `raw_data`, or from the typed field if there is none.
    fn read<const SIZE: usize, E, T>(
        &self,
        from_bytes: impl Fn([u8; SIZE]) -> T,
        typed: &[E],
        from_typed: impl Fn(&E) -> T,
    ) -> Result<Vec<T>, Fault> {
        let Some(raw) = &self.proto.raw_data else {
            if typed.len() != self.count {
                return Err(Fault::Bad(format!(
                    "the shape {:?} needs {} elements but {} are given",
                    self.proto.dims,
                    self.count,
                    typed.len()
                )));
            }
            return Ok(typed.iter().map(from_typed).collect());
        };
        if !typed.is_empty() {
            return Err(Fault::Bad("its data are given twice, raw and typed".into()));
        }
        if self.count.checked_mul(SIZE) != Some(raw.len()) {
            return Err(Fault::Bad(format!(
                "the shape {:?} needs {} elements of {SIZE} bytes but {} bytes are given",
                self.proto.dims,
                self.count,
                raw.len()
            )));
        }
        Ok(raw.as_chunks::<SIZE>().0.iter().map(|&bytes| from_bytes(bytes)).collect())
    }
}

/// A `TensorProto` of this name, with raw data.
pub(super) fn proto(name: &str, constant: &Constant) -> TensorProto {
    let (number, shape, raw): (_, _, Vec<u8>) = match constant {
        Constant::Float(tensor) => {
            (data_type::FLOAT, &tensor.shape, tensor.data.iter().flat_map(|x| x.to_le_bytes()).collect())
        }
        Constant::Int { shape, data } => {
            (data_type::INT64, shape, data.iter().flat_map(|x| x.to_le_bytes()).collect())
        }
    };
    TensorProto {
        dims: shape.iter().map(|&length| length as i64).collect(),
        data_type: Some(number),
        name: Some(name.into()),
        raw_data: Some(raw),
        ..TensorProto::default()
    }
}
