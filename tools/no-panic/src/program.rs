//! `nncompress-runtime`: an int8 program of any bytes is verified.

use nncompress_runtime::Program;

/// Reads and checks every step.
#[unsafe(no_mangle)]
pub extern "C" fn c_program_parse(bytes: &[u8]) -> usize {
    Program::parse(bytes).map_or(0, |program| program.codes() + program.channels() + program.words())
}
