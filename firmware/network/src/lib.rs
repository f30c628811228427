//! Runs an image on inputs and writes the codes of its outputs, a line of hexadecimal bytes for each input.
#![no_std]

use core::fmt::{self, Write};
use fixq::Multiplier;
use nncompress_runtime::{ImageError, Memory, Program};

/// The image that is run.
pub static IMAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/demo.ncm"));
/// Its inputs, one behind the other; each is the codes of all inputs of the network.
pub static INPUTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/demo.inputs"));

/// Codes that the largest of the networks here needs.
pub const CODES: usize = 256 << 10;
/// Channels that the largest of the networks here has in a layer.
pub const CHANNELS: usize = 1 << 10;

/// Words of patches that the largest of the networks here needs.
pub const WORDS: usize = 4 << 10;

/// Why nothing was written.
#[derive(Debug)]
pub enum Failure {
    /// The image is not sound.
    Image(ImageError),
    /// The memory is too small.
    Memory(fixq::Error),
    /// The output ended.
    Write(fmt::Error),
}

/// Writes a line for each input; `inputs` are the codes of them all, one input behind the other.
///
/// # Errors
/// See [`Failure`].
pub fn write_outputs(
    [image, inputs]: [&[u8]; 2],
    codes: &mut [i8],
    biases: &mut [i32],
    factors: &mut [Multiplier],
    words: &mut [u32],
    out: &mut impl Write,
) -> Result<(), Failure> {
    let program = Program::parse(image).map_err(Failure::Image)?;
    let length: usize = program.inputs().map(|port| port.place.range().len()).sum();
    let mut memory = Memory { codes, biases, factors, words };
    for input in inputs.chunks_exact(length.max(1)) {
        let mut rest = input;
        for port in program.inputs() {
            let Some(place) = memory.codes.get_mut(port.place.range()) else { break };
            let (first, behind) = rest.split_at(place.len().min(rest.len()));
            for (code, byte) in place.iter_mut().zip(first) {
                *code = *byte as i8;
            }
            rest = behind;
        }
        program.run(&mut memory).map_err(Failure::Memory)?;
        for port in program.outputs() {
            for code in memory.codes.get(port.place.range()).unwrap_or(&[]) {
                write!(out, "{:02x}", *code as u8).map_err(Failure::Write)?;
            }
        }
        writeln!(out).map_err(Failure::Write)?;
    }
    Ok(())
}
