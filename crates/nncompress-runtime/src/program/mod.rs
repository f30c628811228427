//! int8 programs: an image whose steps run on `fixq` operators, without heap and without float.
//!
//! A [`Program`] is verified once; running it needs the [`Memory`] that it names and cannot fail then. Inputs
//! are written to their place among the codes, outputs are read from theirs:
//!
//! ```
//! use nncompress_runtime::{Memory, Program};
//!
//! fn classify(image: &[u8], pixels: &[i8], memory: &mut Memory<'_>) -> Option<usize> {
//!     let program = Program::parse(image).ok()?;
//!     let input = program.inputs().next()?.place.range();
//!     memory.codes.get_mut(input)?.copy_from_slice(pixels);
//!     program.run(memory).ok()?;
//!     let scores = memory.codes.get(program.outputs().next()?.place.range())?;
//!     (0..scores.len()).max_by_key(|&class| scores[class])
//! }
//! ```
//!
//! Reading order: [`layout`] (the bytes), `step` (one operator), `field` (images and windows), `layer` (weights, biases,
//! factors), `weights` and `entries` (how weights are stored), `memory`, `kernel` (patches times rows), then the operators
//! without weights: `pair`, `reduce`, `movement`, and `walk` under them.

mod bits;
mod entries;
mod field;
mod kernel;
mod layer;
pub mod layout;
mod memory;
mod movement;
mod pair;
mod reduce;
mod step;
mod walk;
mod weights;

use crate::cursor::Dims;
use crate::reader::Reader;
use crate::{ImageError, image};
use fixq::Error;
use kernel::Scratch;
use layer::Check;

pub use field::{Axis, Field};
pub use layer::Layer;
pub use memory::Memory;
pub use movement::{Concat, Pad};
pub use pair::Pair;
pub use reduce::Mean;
pub use step::{MAX_INPUTS, Operation, Place, Step};

/// A verified program. Nothing is copied: it borrows the image's bytes.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    bytes: &'a [u8],
    codes: usize,
    channels: usize,
    words: usize,
    inputs: Ports<'a>,
    outputs: Ports<'a>,
    steps: Steps<'a>,
}

/// An input or output.
#[derive(Clone, Copy, Debug)]
pub struct Port<'a> {
    /// Where its codes lie.
    pub place: Place,
    /// Lengths, outermost first. Images are `[batch, height, width, channels]`.
    pub dims: Dims<'a>,
    /// `real = scale · (code − zero_point)`.
    pub scale: f32,
    /// The code of 0.
    pub zero_point: i8,
}

impl<'a> Program<'a> {
    /// Verifies an image: header, length, checksum, and every place, shape and parameter behind it.
    ///
    /// # Errors
    /// An [`ImageError`] that names what is wrong and where.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ImageError> {
        image::header(bytes, layout::VERSION)?;
        let mut reader = Reader::new(bytes, crate::layout::HEADER);
        let (codes, channels) = (reader.size(), reader.size());
        let inputs = Ports::read(&mut reader, codes);
        let outputs = Ports::read(&mut reader, codes);
        let left = reader.uint();
        let mut steps = Steps { rest: reader, left, codes };
        let (first, mut needs, mut step) = (steps, [0; 2], Step::NONE);
        loop {
            let offset = steps.rest.offset();
            if !steps.read(&mut step, Check::All) {
                break;
            }
            if step.layer_outputs() > channels {
                steps.rest.malformed("step: more outputs than channels", offset);
            }
            for (most, words) in needs.iter_mut().zip(step.needs()) {
                *most = words.max(*most);
            }
        }
        let mut rest = steps.rest;
        let (count, offset) = (rest.rest().len(), rest.offset());
        if count != 0 {
            rest.fail(ImageError::Trailing { count, offset });
        }
        rest.result()?;
        let words = needs[0].saturating_add(needs[1]);
        Ok(Self { bytes, codes, channels, words, inputs, outputs, steps: first })
    }

    /// The length of the file: *the* size of the network.
    #[must_use]
    pub const fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// How many codes a run needs.
    #[must_use]
    pub const fn codes(&self) -> usize {
        self.codes
    }

    /// How many biases and factors a run needs.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.channels
    }

    /// How many words for patches and tables a run needs.
    #[must_use]
    pub const fn words(&self) -> usize {
        self.words
    }

    /// What is fed.
    #[must_use]
    pub const fn inputs(&self) -> Ports<'a> {
        self.inputs
    }

    /// What is read at the end.
    #[must_use]
    pub const fn outputs(&self) -> Ports<'a> {
        self.outputs
    }

    /// The steps, in the order in which they run.
    #[must_use]
    pub const fn steps(&self) -> Steps<'a> {
        self.steps
    }

    /// Runs all steps, from the codes of the inputs to those of the outputs.
    ///
    /// # Errors
    /// [`Error::Length`] if the memory is smaller than [`codes`](Self::codes), [`channels`](Self::channels) and
    /// [`words`](Self::words) say.
    pub fn run(&self, memory: &mut Memory<'_>) -> Result<(), Error> {
        for (expected, found) in [
            (self.codes, memory.codes.len()),
            (self.channels, memory.biases.len()),
            (self.channels, memory.factors.len()),
            (self.words, memory.words.len()),
        ] {
            if found < expected {
                return Err(Error::Length { expected, found });
            }
        }
        let mut scratch = Scratch::NEW;
        let (mut steps, mut step) = (self.steps, Step::NONE);
        while steps.read(&mut step, Check::Done) {
            step.run_after(memory, &mut scratch)?;
        }
        Ok(())
    }
}

/// The inputs or outputs of a program.
#[derive(Clone, Copy, Debug)]
pub struct Ports<'a> {
    rest: Reader<'a>,
    left: u32,
}

impl<'a> Ports<'a> {
    fn read(reader: &mut Reader<'a>, codes: usize) -> Self {
        let left = reader.uint();
        let mut ports = Self { rest: *reader, left };
        let first = ports;
        loop {
            let offset = ports.rest.offset();
            let Some(port) = ports.next() else { break };
            if port.place.range().end > codes {
                ports.rest.malformed("port: it ends behind the codes", offset);
            }
        }
        *reader = ports.rest;
        first
    }
}

impl<'a> Iterator for Ports<'a> {
    type Item = Port<'a>;

    #[inline(never)]
    fn next(&mut self) -> Option<Port<'a>> {
        self.left = self.left.checked_sub(1)?;
        let reader = &mut self.rest;
        let offset = reader.size();
        let (dims, length) = reader.dims();
        let (scale, zero_point) = (f32::from_bits(reader.u32()), reader.i8());
        reader.is_ok().then_some(Port { place: Place { offset, length }, dims, scale, zero_point })
    }
}

/// The steps of a program.
#[derive(Clone, Copy, Debug)]
pub struct Steps<'a> {
    rest: Reader<'a>,
    left: u32,
    codes: usize,
}

impl<'a> Steps<'a> {
    /// Reads the next step into this one; tells whether there was one that is sound.
    fn read(&mut self, step: &mut Step<'a>, check: Check) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        step.read(&mut self.rest, self.codes, check);
        self.rest.step += 1;
        self.rest.is_ok()
    }
}

impl<'a> Iterator for Steps<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        let mut step = Step::NONE;
        self.read(&mut step, Check::Done).then_some(step)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{Memory, Program};
    use crate::layout::{MAGIC, checksum};
    use std::vec::Vec;

    /// A step reads only its own inputs, although it was read into the one before.
    #[test]
    fn a_step_forgets_the_one_before() {
        // 10 codes, no channels, no ports, two steps; each: CONCAT, its output, its inputs, one row, a code of each.
        let body = [10, 0, 0, 0, 2, 13, 4, 3, 0, 1, 2, 1, 1, 1, 1, 13, 8, 2, 2, 0, 1, 1, 1];
        let mut image: Vec<u8> = MAGIC.into_iter().chain([1, 0, 0, 0]).collect();
        image.extend((16 + body.len() as u32).to_le_bytes().into_iter().chain(checksum(&body).to_le_bytes()));
        image.extend(body);
        let program = Program::parse(&image).unwrap();
        let mut codes = [5, 6, 7, 0, 0, 0, 0, 0, 0, 0];
        let memory = &mut Memory { codes: &mut codes, biases: &mut [], factors: &mut [], words: &mut [] };
        program.run(memory).unwrap();
        assert_eq!(codes, [5, 6, 7, 0, 5, 6, 7, 0, 7, 5]);
    }
}
