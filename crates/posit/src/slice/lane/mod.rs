//! Posits in the lanes of a vector: to `f32` or `f64`, one operation there, and back.
//!
//! Everything here is plain Rust on one element or on a block of them, written so that LLVM makes vector
//! code of the loops: no branch, no table, no leading-zero count. `simd` compiles it once more for the
//! machine that it runs on. Nothing rounds but `pattern::join` and the float operation itself, and
//! `kernel::lane` says when both together round once.
//!
//! Reading order: `pattern` (fields of a pattern), `narrow` and `wide` (to floats and back), `kernel::lane`,
//! `exact` (what an operation of a lane lost), `block` and `operation` (64 elements at a time).

pub(super) mod block;
pub(super) use crate::kernel::lane as condition;
mod exact;
#[cfg(feature = "half")]
pub(super) mod half;
mod narrow;
pub(super) mod operation;
mod pattern;
mod wide;
