//! What the targets share.

use nncompress_runtime::program::Operation;
use nncompress_runtime::{Program, layout};

/// An image of this version around `body`, with a checksum that fits: so the fuzzer gets behind it.
#[must_use]
pub fn image(version: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = layout::MAGIC.to_vec();
    bytes.extend(version.to_le_bytes());
    bytes.extend([0; 2]);
    bytes.extend((body.len() as u32 + 16).to_le_bytes());
    bytes.extend(layout::checksum(body).to_le_bytes());
    bytes.extend(body);
    bytes
}

/// Whether a run takes little memory and time: bitmaps make layers of millions of weights in a few bytes, which are sound.
#[must_use]
pub fn is_small(program: &Program<'_>) -> bool {
    let work = |operation: &Operation<'_>, output: usize| match operation {
        Operation::Conv { field, .. } | Operation::FullyConnected { field, .. } => {
            output * field.taps() * field.channels / field.groups
        }
        Operation::Depthwise { field, .. }
        | Operation::AveragePool { field, .. }
        | Operation::MaxPool { field, .. } => output * field.taps(),
        _ => output,
    };
    program.codes().max(program.channels()).max(program.words()) < 1 << 18
        && program.steps().map(|step| work(step.operation(), step.output().length)).sum::<usize>() < 1 << 22
}
