//! Text in and out, clause 6.3.

mod debug;
