//! LSTM: the operator that TensorFlow Lite calls UNIDIRECTIONAL_SEQUENCE_LSTM, int8 with a cell of 16 bits.
//!
//! *Gates are computed in 16 bits with scale 2^-12, their functions have scale 2^-15.* The input's and the state's
//! part of a gate are rounded one by one and added with saturation.

use super::int16::{Logistic, Tanh};
use crate::error::check_length;
use crate::output::Output;
use crate::shape::Shape;
use crate::{Double, Error, Multiplier, Params, Ratio, Rounding, Weights, Width};

/// The sizes of an LSTM, whose input is `[batch, time, inputs]` or, if `time_major`, `[time, batch, inputs]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LstmSizes {
    /// Independent sequences.
    pub batch: usize,
    /// Steps of a sequence.
    pub time: usize,
    /// Values of a step.
    pub inputs: usize,
    /// Values of the state.
    pub states: usize,
    /// Whether steps, not sequences, are outermost in memory.
    pub time_major: bool,
}

/// The weights of a gate, `states × inputs` and `states × states`, its bias, and the factors of both sums.
#[derive(Clone, Copy, Debug)]
pub struct Gate<'a, W> {
    input: W,
    recurrent: W,
    bias: &'a [i32],
    factors: [Multiplier; 2],
}

impl<'a, W: Weights> Gate<'a, W> {
    /// A gate with these weights and their scales. TFLM used [`Width::F32Product`] before October 2026.
    ///
    /// # Errors
    /// [`Error::BadFactor`] if a scale is so large that a factor is not below 2^31.
    pub fn new(
        [input, recurrent]: [(W, f32); 2],
        bias: &'a [i32],
        [x, state]: [Params; 2],
        width: Width,
    ) -> Result<Self, Error> {
        let factor = |weight: f32, activation: Params| {
            Double::factor(Ratio::new(&[activation.scale(), weight], &[1.0 / 4096.0], width))
        };
        let factors = [factor(input.1, x)?, factor(recurrent.1, state)?];
        Ok(Self { input: input.0, recurrent: recurrent.0, bias, factors })
    }

    /// The gate before its function, for one unit.
    fn steps(&self, unit: usize, x: &[i8], state: &[i8], [zero_x, zero_state]: [i8; 2]) -> i16 {
        let saturated = |steps: i32| steps.clamp(-32768, 32767) as i16;
        let bias = self.bias.get(unit).copied().unwrap_or(0);
        let input = self.input.dot(unit * x.len(), x, zero_x).wrapping_add(bias);
        let recurrent = self.recurrent.dot(unit * state.len(), state, zero_state);
        let [of_input, of_recurrent] = self.factors;
        saturated(Double::apply(input, of_input))
            .saturating_add(saturated(Double::apply(recurrent, of_recurrent)))
    }
}

/// An LSTM with all four gates and tanh, without peepholes, projection or normalisation: what TFLM runs.
#[derive(Clone, Copy, Debug)]
pub struct Lstm<'a, W> {
    sizes: LstmSizes,
    gates: [Gate<'a, W>; 4],
    zero_points: [i8; 2],
    /// Of the forget gate by the cell, of the input gate by the cell gate, of the output gate by the cell's tanh.
    factors: [Multiplier; 3],
    cell_tanh: Tanh,
    clip: i16,
}

impl<'a, W: Weights> Lstm<'a, W> {
    /// The LSTM with the gates *input, forget, cell, output*, in TensorFlow Lite's order, and the parameters of its
    /// input, of its state (and output), and the exponent of the cell's scale, `2^exponent`. Cells are clipped to
    /// ±`clip` reals unless that is 0.
    ///
    /// # Errors
    /// [`Error::Length`] if weights or biases do not fill their shapes, [`Error::TooLarge`] if a shape is too large,
    /// [`Error::BadFactor`] if the state's scale is so small, or the cell's so far from 1, that a factor cannot be
    /// expressed.
    pub fn new(
        sizes: LstmSizes,
        gates: [Gate<'a, W>; 4],
        [x, state]: [Params; 2],
        exponent: i32,
        clip: f32,
    ) -> Result<Self, Error> {
        let LstmSizes { batch, time, inputs, states, .. } = sizes;
        Shape::new(&[batch, time, inputs, states])?;
        for gate in &gates {
            check_length(Shape::new(&[states, inputs])?.len(), gate.input.len())?;
            check_length(Shape::new(&[states, states])?.len(), gate.recurrent.len())?;
            check_length(states, gate.bias.len())?;
        }
        if !(-30..=0).contains(&exponent) {
            return Err(Error::BadFactor { real: f64::from(exponent) });
        }
        let cell = f64::from_bits(((1023 + exponent) as u64) << 52);
        let unit = 1.0 / 32768.0;
        let steps = f64::from(clip) / cell;
        Ok(Self {
            sizes,
            gates,
            zero_points: [x.zero_point(), state.zero_point()],
            factors: [
                Multiplier::from_real(unit)?,
                Multiplier::from_real(unit * unit / cell)?,
                Multiplier::from_real(unit * unit / f64::from(state.scale()))?,
            ],
            cell_tanh: Tanh::power_of_two(exponent),
            clip: if steps > 0.0 { steps.min(32767.0) as i16 } else { 0 },
        })
    }

    /// The length of the input.
    #[must_use]
    pub const fn input_len(&self) -> usize {
        self.sizes.batch * self.sizes.time * self.sizes.inputs
    }

    /// The length of the state, and of the cell.
    #[must_use]
    pub const fn state_len(&self) -> usize {
        self.sizes.batch * self.sizes.states
    }

    /// The length of the output.
    #[must_use]
    pub const fn output_len(&self) -> usize {
        self.state_len() * self.sizes.time
    }

    /// Runs all steps from the state and cell given, and leaves the last ones there. A new sequence starts with a
    /// state of its zero point and a cell of 0.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices have the lengths above.
    pub fn run(
        &self,
        input: &[i8],
        state: &mut [i8],
        cell: &mut [i16],
        output: &mut [i8],
    ) -> Result<(), Error> {
        check_length(self.input_len(), input.len())?;
        check_length(self.state_len(), state.len())?;
        check_length(self.state_len(), cell.len())?;
        check_length(self.output_len(), output.len())?;
        let LstmSizes { batch, time, inputs, states, time_major } = self.sizes;
        let sequences = state.chunks_exact_mut(states.max(1)).zip(cell.chunks_exact_mut(states.max(1)));
        for (sequence, (state, cell)) in sequences.enumerate() {
            for step in 0..time {
                let at = if time_major { step * batch + sequence } else { sequence * time + step };
                let x = input.get(at * inputs..(at + 1) * inputs).unwrap_or(&[]);
                let out = output.get_mut(at * states..(at + 1) * states).unwrap_or(&mut []);
                self.step(x, state, cell, out);
                state.copy_from_slice(out);
            }
        }
        Ok(())
    }

    /// One step of one sequence: the new state goes to `output`.
    fn step(&self, x: &[i8], state: &[i8], cell: &mut [i16], output: &mut [i8]) {
        let saturated = Output::from_codes(0i16, i16::MIN, i16::MAX);
        let hidden = Output::from_codes(self.zero_points[1], i8::MIN, i8::MAX);
        let [input, forget, fresh, out] = &self.gates;
        let [by_cell, by_fresh, by_tanh] = self.factors;
        let product = |a: i16, b: i16, factor| Double::apply(i32::from(a) * i32::from(b), factor);
        for (unit, (cell, code)) in cell.iter_mut().zip(output).enumerate() {
            let steps = |gate: &Gate<'_, W>| gate.steps(unit, x, state, self.zero_points);
            let sigmoid = |gate| Logistic::GATE.code(steps(gate));
            let kept = saturated.code(product(sigmoid(forget), *cell, by_cell));
            let added = product(sigmoid(input), Tanh::power_of_two(-12).code(steps(fresh)), by_fresh);
            *cell = kept.saturating_add(saturated.code(added));
            if self.clip > 0 {
                *cell = (*cell).clamp(-self.clip, self.clip);
            }
            *code = hidden.code(product(self.cell_tanh.code(*cell), sigmoid(out), by_tanh));
        }
    }
}
