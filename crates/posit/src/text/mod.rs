//! Text in and out, clause 6.3: exact both ways, without allocation.
//!
//! Reading order: `decimal` (exact digits), `magnitude` (a posit and its borders), `shortest`, then
//! `display` and `parse`.

mod bits;
mod debug;
mod decimal;
mod display;
mod magnitude;
mod parse;
mod shortest;

pub use parse::ParsePositError;
