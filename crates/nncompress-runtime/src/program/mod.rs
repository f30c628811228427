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
//! Reading order: [`layout`] (the bytes), `step` (one operator), `layer` (weights, biases, factors), `weights`
//! and `coded` (how weights are stored), `memory`, `kernel` (patches times rows).

mod bits;
mod coded;
mod kernel;
mod layer;
pub mod layout;
mod memory;
mod step;
mod weights;

use crate::cursor::{Cursor, Dims};
use crate::{ImageError, image};
use fixq::Error;
use kernel::Scratch;
use layer::Check;

pub use layer::Layer;
pub use memory::Memory;
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
        let mut cursor = image::header(bytes, layout::VERSION)?;
        let (codes, channels) = (cursor.size()?, cursor.size()?);
        let inputs = Ports::read(&mut cursor, codes)?;
        let outputs = Ports::read(&mut cursor, codes)?;
        let left = cursor.uint()?;
        let steps = Steps { rest: cursor, left, index: 0, codes };
        let (mut needs, mut step) = ([0; 2], Step::NONE);
        for index in 0..left {
            let offset = cursor.offset();
            step.read(&mut cursor, codes, index, Check::All)?;
            if step.layer_outputs() > channels {
                return Err(ImageError::Malformed { what: "step: more outputs than channels", offset });
            }
            for (most, words) in needs.iter_mut().zip(step.needs()) {
                *most = words.max(*most);
            }
        }
        let words = needs[0].saturating_add(needs[1]);
        match cursor.remaining() {
            0 => Ok(Self { bytes, codes, channels, words, inputs, outputs, steps }),
            count => Err(ImageError::Trailing { count, offset: cursor.offset() }),
        }
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
        while steps.read(&mut step) {
            step.run_after(memory, &mut scratch)?;
        }
        Ok(())
    }
}

/// The inputs or outputs of a program.
#[derive(Clone, Copy, Debug)]
pub struct Ports<'a> {
    rest: Cursor<'a>,
    left: u32,
}

impl<'a> Ports<'a> {
    fn read(cursor: &mut Cursor<'a>, codes: usize) -> Result<Self, ImageError> {
        let left = cursor.uint()?;
        let ports = Self { rest: *cursor, left };
        for _ in 0..left {
            let offset = cursor.offset();
            if read_port(cursor)?.place.range().end > codes {
                return Err(ImageError::Malformed { what: "port: it ends behind the codes", offset });
            }
        }
        Ok(ports)
    }
}

impl<'a> Iterator for Ports<'a> {
    type Item = Port<'a>;

    fn next(&mut self) -> Option<Port<'a>> {
        self.left = self.left.checked_sub(1)?;
        read_port(&mut self.rest).ok()
    }
}

fn read_port<'a>(cursor: &mut Cursor<'a>) -> Result<Port<'a>, ImageError> {
    let offset = cursor.size()?;
    let (dims, length) = cursor.shape()?;
    Ok(Port { place: Place { offset, length }, dims, scale: cursor.f32()?, zero_point: cursor.i8()? })
}

/// The steps of a program.
#[derive(Clone, Copy, Debug)]
pub struct Steps<'a> {
    rest: Cursor<'a>,
    left: u32,
    index: u32,
    codes: usize,
}

impl<'a> Steps<'a> {
    /// Reads the next step into this one; tells whether there was one.
    fn read(&mut self, step: &mut Step<'a>) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        self.index += 1;
        step.read(&mut self.rest, self.codes, self.index - 1, Check::Done).is_ok()
    }
}

impl<'a> Iterator for Steps<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        let mut step = Step::NONE;
        self.read(&mut step).then_some(step)
    }
}
