//! All inputs of posit32 through a filter.
pub fn run(_: &str) {}
