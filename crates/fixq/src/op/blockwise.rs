//! Fully connected, with a factor for each block of inputs.

use crate::error::check_length;
use crate::shape::Shape;
use crate::{Error, Output, Weights};

/// How many totals stay on the stack.
const BLOCK: usize = 64;
/// The most inputs whose exact total fits 64 bits: `65,536 · 128 · 255 · 2^31 < 2^62`.
const MAX_INPUTS: usize = 65_536;
/// The largest bias beside it.
const MAX_BIAS: u64 = 1 << 61;

/// The factors of blocks of inputs: for each output an exponent, and a mantissa for each of its blocks.
#[derive(Clone, Copy, Debug)]
pub struct BlockFactors<'a> {
    size: usize,
    mantissas: &'a [i32],
    exponents: &'a [i8],
}

impl<'a> BlockFactors<'a> {
    /// Blocks of `size` inputs, the last of an output perhaps of fewer; the factor of a block is
    /// `mantissa · 2^(exponent − 31)`, as [`common_multipliers`](crate::block::common_multipliers) makes them.
    ///
    /// # Errors
    /// [`Error::BadBlock`] if the size is 0, [`Error::BadMultiplier`] for a negative mantissa or an exponent outside
    /// −31..=30.
    pub fn new(size: usize, mantissas: &'a [i32], exponents: &'a [i8]) -> Result<Self, Error> {
        if size == 0 {
            return Err(Error::BadBlock { size });
        }
        if let Some(&mantissa) = mantissas.iter().find(|m| **m < 0) {
            return Err(Error::BadMultiplier { mantissa, exponent: 0 });
        }
        if let Some(&exponent) = exponents.iter().find(|e| !(-31..=30).contains(*e)) {
            return Err(Error::BadMultiplier { mantissa: 0, exponent: exponent.into() });
        }
        Ok(Self { size, mantissas, exponents })
    }
}

/// `output[b, o] = round(Σ_k factor[o, k] · Σ weight[o, i] · (input[b, i] − zero_point) + bias[o])`, the inner sum over
/// the inputs of block `k`.
///
/// *One rounding, at the end.* The factors of an output share an exponent, so the products of sums of 32 bits and
/// mantissas add up exactly in 64 bits, and the total is shifted once, half up. With one block this is
/// [`FullyConnected`](super::FullyConnected) under [`Single`](crate::Single). No runtime is known to have this arithmetic:
/// TensorFlow Lite for Microcontrollers has no blocks, others multiply in floats.
///
/// Worked example: blocks with the sums 10 and −3, factors 0.5 and 0.25. The exponent is 0, the mantissas are 2^30 and
/// 2^29, the total is `10 · 2^30 − 3 · 2^29 = 17 · 2^29`, which is 4.25, and the step 4.
#[derive(Clone, Copy, Debug)]
pub struct BlockwiseFullyConnected<'a, W> {
    weights: W,
    factors: BlockFactors<'a>,
    bias: Option<&'a [i64]>,
    output: Output,
    batch: usize,
    inputs: usize,
    zero_point: i8,
}

impl<'a, W: Weights> BlockwiseFullyConnected<'a, W> {
    /// A layer of `outputs × inputs` weights for `batch` rows, an output for each exponent, and the zero point of the
    /// input. The bias of an output counts in units of `2^(exponent − 31)`, at most 2^61 of them.
    ///
    /// # Errors
    /// [`Error::Length`] if weights, mantissas or bias do not fill their shapes, [`Error::TooLarge`] if a shape is too
    /// large, for more than 65,536 inputs and for a larger bias.
    pub fn new(
        weights: W,
        [batch, inputs]: [usize; 2],
        zero_point: i8,
        factors: BlockFactors<'a>,
        bias: Option<&'a [i64]>,
        output: Output,
    ) -> Result<Self, Error> {
        let outputs = factors.exponents.len();
        check_length(Shape::new(&[outputs, inputs])?.len(), weights.len())?;
        Shape::new(&[batch, inputs, outputs])?;
        check_length(Shape::new(&[outputs, inputs.div_ceil(factors.size)])?.len(), factors.mantissas.len())?;
        check_length(outputs, bias.map_or(outputs, <[i64]>::len))?;
        let large = |bias: &[i64]| bias.iter().any(|b| b.unsigned_abs() > MAX_BIAS);
        if inputs > MAX_INPUTS || bias.is_some_and(large) {
            return Err(Error::TooLarge);
        }
        Ok(Self { weights, factors, bias, output, batch, inputs, zero_point })
    }

    /// The length of the input.
    #[must_use]
    pub const fn input_len(&self) -> usize {
        self.batch * self.inputs
    }

    /// The length of the output.
    #[must_use]
    pub const fn output_len(&self) -> usize {
        self.batch * self.factors.exponents.len()
    }

    /// Runs the layer.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices have [`input_len`](Self::input_len) and
    /// [`output_len`](Self::output_len) elements.
    pub fn run(&self, input: &[i8], output: &mut [i8]) -> Result<(), Error> {
        check_length(self.input_len(), input.len())?;
        check_length(self.output_len(), output.len())?;
        let mut rows = input.chunks_exact(self.inputs.max(1));
        for out in output.chunks_exact_mut(self.factors.exponents.len().max(1)) {
            let row = rows.next().unwrap_or(&[]);
            for (block, codes) in out.chunks_mut(BLOCK).enumerate() {
                self.outputs(block * BLOCK, row, codes);
            }
        }
        Ok(())
    }

    /// The outputs from `first` on of one row.
    fn outputs(&self, first: usize, row: &[i8], codes: &mut [i8]) {
        let BlockFactors { size, mantissas, exponents } = self.factors;
        let blocks = self.inputs.div_ceil(size);
        let mut totals = [0i64; BLOCK];
        let bias = self.bias.and_then(|bias| bias.get(first..)).unwrap_or(&[]);
        totals.iter_mut().zip(bias).for_each(|(total, &bias)| *total = bias);
        for (k, x) in row.chunks(size).enumerate() {
            let mut sums = [0; BLOCK];
            let sums = sums.get_mut(..codes.len()).unwrap_or(&mut []);
            self.weights.dots([first * self.inputs + k * size, self.inputs], x, self.zero_point, sums);
            let mantissas = mantissas.iter().skip(first * blocks + k).step_by(blocks);
            for ((total, &sum), &mantissa) in totals.iter_mut().zip(&*sums).zip(mantissas) {
                // Wraps only with weights of more than 8 bits.
                *total = total.wrapping_add(i64::from(sum) * i64::from(mantissa));
            }
        }
        let exponents = exponents.iter().skip(first);
        for ((code, total), &exponent) in codes.iter_mut().zip(totals).zip(exponents) {
            let shift = 31 - i32::from(exponent);
            let steps = total.wrapping_add(1 << (shift - 1)) >> shift;
            *code = self.output.code(steps.clamp(i32::MIN.into(), i32::MAX.into()) as i32);
        }
    }
}
