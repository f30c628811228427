//! The numbers of `AttributeProto::type`.

/// The field `f`.
pub const FLOAT: i32 = 1;
/// The field `i`.
pub const INT: i32 = 2;
/// The field `s`.
pub const STRING: i32 = 3;
/// The field `t`.
pub const TENSOR: i32 = 4;
/// The field `g`.
pub const GRAPH: i32 = 5;
/// The field `floats`.
pub const FLOATS: i32 = 6;
/// The field `ints`.
pub const INTS: i32 = 7;
