//! Golden.
pub fn print() {}
pub fn speed() {}
