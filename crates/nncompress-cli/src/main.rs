//! The command line of nncompress.
fn main() {}
