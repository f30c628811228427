//! Conversions, clause 6: floats, integers, and posits of other formats.

mod float;
