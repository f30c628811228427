//! Runs an int8 image on the host, as a device runs it.

use super::packed::Packed;
use super::{Int8Network, places};
use crate::data::{Samples, check_labels};
use crate::error::Error;
use crate::evaluate::Score;
use fixq::{Codes, HalfAwayFromZero, Multiplier, Params};
use nncompress_runtime::program::Port;
use nncompress_runtime::{Memory, Program};
use rayon::prelude::*;
use std::path::Path;

/// The most codes that a run may need: a file may claim any number.
const MOST_CODES: usize = 1 << 30;

/// A program with its memory.
#[derive(Clone, Debug)]
pub struct Session<'a> {
    program: Program<'a>,
    packed: Packed<'a>,
    codes: Vec<i8>,
    biases: Vec<i32>,
    factors: Vec<Multiplier>,
    words: Vec<u32>,
}

impl<'a> Session<'a> {
    /// Verifies an image and makes the memory that it needs. `file` is named in errors.
    ///
    /// # Errors
    /// [`Error::Image`] if the bytes are not a sound image; [`Error::ImageTooLarge`] if a run needs more than
    /// 2^30 codes.
    pub fn new(image: &'a [u8], file: &Path) -> Result<Self, Error> {
        let program =
            Program::parse(image).map_err(|source| Error::Image { file: file.to_owned(), source })?;
        for length in [program.codes(), program.channels(), program.words()] {
            if length > MOST_CODES {
                return Err(Error::ImageTooLarge { what: "memory of a run", length });
            }
        }
        Ok(Self {
            program,
            packed: Packed::new(&program),
            codes: vec![0; program.codes()],
            biases: vec![0; program.channels()],
            factors: vec![Multiplier::ZERO; program.channels()],
            words: vec![0; program.words()],
        })
    }

    /// The program.
    #[must_use]
    pub const fn program(&self) -> &Program<'a> {
        &self.program
    }

    /// Runs the program on the codes of its inputs, in their order, and gives those of its outputs.
    ///
    /// # Errors
    /// [`Error::Int8`] if an input has another number of codes.
    pub fn run(&mut self, inputs: &[&[i8]]) -> Result<Vec<Vec<i8>>, Error> {
        self.feed(inputs)?;
        let Self { packed, codes, biases, factors, words, .. } = self;
        let ran = packed.run(&mut Memory { codes, biases, factors, words }, |_, _, _| {});
        ran.map_err(|source| failed("run", source))?;
        Ok(self.program.outputs().map(|port| self.codes[port.place.range()].to_vec()).collect())
    }

    /// Runs the program, whose image `network` was encoded as, and gives the codes of every tensor.
    ///
    /// # Errors
    /// [`Error::Int8`] if an input has another number of codes, or if the image is not that network's.
    pub fn trace(&mut self, network: &Int8Network, inputs: &[&[i8]]) -> Result<Vec<Vec<i8>>, Error> {
        self.feed(inputs)?;
        let roots = places::roots(network);
        let mut seen: Vec<Vec<i8>> = vec![Vec::new(); network.tensors.len()];
        for (port, &input) in self.program.inputs().zip(&network.inputs) {
            seen[input] = self.codes[port.place.range()].to_vec();
        }
        let computed = network.nodes.iter().map(|node| node.output).filter(|&output| roots[output] == output);
        let computed: Vec<usize> = computed.collect();
        let Self { packed, codes, biases, factors, words, .. } = self;
        let ran = packed.run(&mut Memory { codes, biases, factors, words }, |index, step, codes| {
            if let Some(&output) = computed.get(index) {
                seen[output] = codes[step.output().range()].to_vec();
            }
        });
        ran.map_err(|source| failed("run", source))?;
        Ok(roots.iter().map(|&root| seen[root].clone()).collect())
    }

    fn feed(&mut self, inputs: &[&[i8]]) -> Result<(), Error> {
        let count = self.program.inputs().count();
        if count != inputs.len() {
            let source = fixq::Error::Length { expected: count, found: inputs.len() };
            return Err(failed("inputs", source));
        }
        for (port, input) in self.program.inputs().zip(inputs) {
            let place = &mut self.codes[port.place.range()];
            if place.len() != input.len() {
                let source = fixq::Error::Length { expected: place.len(), found: input.len() };
                return Err(failed("input", source));
            }
            place.copy_from_slice(input);
        }
        Ok(())
    }
}

fn failed(node: &str, source: fixq::Error) -> Error {
    Error::Int8 { node: node.to_owned(), source }
}

/// The codes of samples of real numbers, one sample after another, for an input of the network. Images whose
/// channels come first, `[n, channels, height, width]`, are brought to `[n, height, width, channels]`. `file`
/// only appears in errors.
///
/// # Errors
/// [`Error::SampleShape`] if a sample does not fit the input; [`Error::Int8`] if the input's scale is not sound.
pub fn quantize_input(samples: &Samples, port: &Port<'_>, file: &Path) -> Result<Vec<i8>, Error> {
    let dims: Vec<usize> = port.dims.map(|length| length as usize).collect();
    let found = samples.shape.get(1..).unwrap_or_default();
    let (size, one) = (samples.sample_len(), dims.first() == Some(&1));
    if size != port.place.length || size == 0 || !one {
        return Err(Error::SampleShape {
            file: file.into(),
            input: "of the int8 network".into(),
            expected: format!("{dims:?}"),
            found: found.to_vec(),
        });
    }
    let params = Params::new(port.scale, i32::from(port.zero_point), Codes::INT8)
        .map_err(|source| failed("input", source))?;
    let code = |x: f32| params.quantize::<HalfAwayFromZero>(x);
    let channels_first = match (found, &*dims) {
        ([c, h, w], [_, height, width, channels]) => {
            [h, w, c] == [height, width, channels] && [c, h, w] != [height, width, channels]
        }
        _ => false,
    };
    if !channels_first {
        return Ok(samples.data.iter().map(|&x| code(x)).collect());
    }
    let (channels, pixels) = (dims[3], dims[1] * dims[2]);
    let image = |sample: &[f32]| {
        let at = |index: usize| code(sample[index % channels * pixels + index / channels]);
        (0..size).map(at).collect::<Vec<i8>>()
    };
    Ok(samples.data.chunks_exact(size).flat_map(image).collect())
}

/// Scores an int8 image on labelled samples.
///
/// # Errors
/// Those of [`classify`].
pub fn score(image: &[u8], samples: &Samples, labels: &[u32], file: &Path) -> Result<Score, Error> {
    let classes = classify(image, samples, labels, file)?;
    let correct = classes.iter().zip(labels).filter(|(class, label)| class == label).count();
    Ok(Score { correct, total: labels.len() })
}

/// The class that an int8 image gives to each sample, in their order: the largest code, the first of equal ones. The
/// labels are checked against the classes that there are.
///
/// # Errors
/// Those of [`Session::new`] and [`quantize_input`]; [`Error::LabelCount`]; [`Error::LabelRange`] if a label is
/// not below the number of classes; [`Error::EngineLoad`] if the network does not have one input and one
/// output.
pub fn classify(image: &[u8], samples: &Samples, labels: &[u32], file: &Path) -> Result<Vec<u32>, Error> {
    check_labels(samples, file, labels, file)?;
    let session = Session::new(image, file)?;
    let (mut inputs, mut outputs) = (session.program.inputs(), session.program.outputs());
    let (Some(input), None, Some(output), None) =
        (inputs.next(), inputs.next(), outputs.next(), outputs.next())
    else {
        return Err(Error::EngineLoad { reason: "it has not one input and one output".into() });
    };
    let classes = output.place.length;
    if let Some(&label) = labels.iter().find(|label| **label as usize >= classes) {
        return Err(Error::LabelRange { label, classes });
    }
    let codes = quantize_input(samples, &input, file)?;
    let class = |session: &mut Session<'_>, sample: &[i8]| {
        let outputs = session.run(&[sample])?;
        let scores = &outputs[0];
        // Of equal codes the last one is the largest of the reversed ones, that is the first.
        Ok((0..classes).rev().max_by_key(|&class| scores[class]).unwrap_or(0) as u32)
    };
    codes.par_chunks_exact(input.place.length).map_init(|| session.clone(), class).collect()
}
