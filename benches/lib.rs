//! What every benchmark of this workspace shares: inputs, the timing of one row, the table.
//!
//! `docs/benchmarking.md` is the protocol. A row times one operation of ours beside its rivals; its result is
//! asserted before it is timed. Quote ratios, not nanoseconds.

pub mod data;
pub mod report;
pub mod row;
