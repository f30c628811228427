//! Codes to codes of other parameters, also of another type.

use crate::error::check_length;
use crate::output::{Activation, Output};
use crate::{Code, Error, Params, Ratio, Rounding, Width};

/// The same reals with other parameters: what TensorFlow Lite calls QUANTIZE, between int8, uint8 and int16.
///
/// From int8 to int8 a [`Table`](super::Table) of [`requantize`](super::requantize()) is faster.
#[derive(Clone, Copy, Debug)]
pub struct Requantize<A, B, R: Rounding> {
    zero_point: A,
    factor: R::Factor,
    output: Output<B>,
}

impl<A: Code, B: Code, R: Rounding> Requantize<A, B, R> {
    /// From these parameters to those.
    ///
    /// # Errors
    /// [`Error::BadFactor`] if the ratio of the scales is out of range for the rounding.
    pub fn new(input: Params<A>, output: Params<B>) -> Result<Self, Error> {
        let factor = R::factor(Ratio::new(&[input.scale()], &[output.scale()], Width::F64))?;
        Ok(Self { zero_point: input.zero_point(), factor, output: Output::new(output, Activation::None) })
    }

    /// Runs the operator.
    ///
    /// # Errors
    /// [`Error::Length`] if the slices differ in length.
    pub fn run(&self, input: &[A], output: &mut [B]) -> Result<(), Error> {
        check_length(input.len(), output.len())?;
        let zero: i32 = self.zero_point.into();
        for (code, &x) in output.iter_mut().zip(input) {
            *code = self.output.code(R::apply(x.into() - zero, self.factor));
        }
        Ok(())
    }
}
