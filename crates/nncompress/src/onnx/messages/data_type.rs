//! The numbers of `TensorProto::data_type`.

/// 32-bit float.
pub const FLOAT: i32 = 1;
/// 8-bit integer.
pub const INT8: i32 = 3;
/// 32-bit integer.
pub const INT32: i32 = 6;
/// 64-bit integer.
pub const INT64: i32 = 7;
/// Truth value, one byte.
pub const BOOL: i32 = 9;
/// IEEE 16-bit float.
pub const FLOAT16: i32 = 10;
/// 64-bit float.
pub const DOUBLE: i32 = 11;
/// The upper half of a 32-bit float.
pub const BFLOAT16: i32 = 16;

/// The name that ONNX gives the number.
#[must_use]
pub const fn name(number: i32) -> &'static str {
    const NAMES: [&str; 29] = [
        "UNDEFINED",
        "FLOAT",
        "UINT8",
        "INT8",
        "UINT16",
        "INT16",
        "INT32",
        "INT64",
        "STRING",
        "BOOL",
        "FLOAT16",
        "DOUBLE",
        "UINT32",
        "UINT64",
        "COMPLEX64",
        "COMPLEX128",
        "BFLOAT16",
        "FLOAT8E4M3FN",
        "FLOAT8E4M3FNUZ",
        "FLOAT8E5M2",
        "FLOAT8E5M2FNUZ",
        "UINT4",
        "INT4",
        "FLOAT4E2M1",
        "FLOAT8E8M0",
        "UINT2",
        "INT2",
        "FLOAT6E2M3",
        "FLOAT6E3M2",
    ];
    if number >= 0 && (number as usize) < NAMES.len() { NAMES[number as usize] } else { "an unknown type" }
}
