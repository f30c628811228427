//! Experiments behind the figures in `docs/results.md`.
//!
//! [`Forward`](forward::Forward) evaluates a network in any arithmetic: a [`Number`](number::Number) says how values are
//! stored, an [`Accumulate`](accumulate::Accumulate) how sums of products are rounded.

pub mod accumulate;
pub mod fixed;
pub mod forward;
pub mod kinds;
pub mod number;
