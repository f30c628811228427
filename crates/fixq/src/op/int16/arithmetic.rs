//! Sums and products, element by element, with broadcasting.

use crate::op::Binary;
use crate::output::Output;
use crate::{Double, Error, Multiplier, Params, Ratio, Rounding, Width};

/// `a + b`; both are shifted left by 15 bits before they are scaled.
#[derive(Clone, Copy, Debug)]
pub struct Add {
    shapes: Binary,
    factors: [Multiplier; 3],
    output: Output<i16>,
}

impl Add {
    const LEFT_SHIFT: u32 = 15;

    /// The operator for these shapes and parameters.
    ///
    /// # Errors
    /// [`Error::BadFactor`] if the output scale is so small that the last factor is not below 2^31.
    pub fn new(
        shapes: Binary,
        [a, b]: [Params<i16>; 2],
        params: Params<i16>,
        output: Output<i16>,
    ) -> Result<Self, Error> {
        let max = if a.scale() > b.scale() { a.scale() } else { b.scale() };
        let of = |n: &[f32], d: &[f32]| Multiplier::from_real(Ratio::new(n, d, Width::F64).real());
        let factors = [
            of(&[a.scale()], &[2.0, max])?,
            of(&[b.scale()], &[2.0, max])?,
            of(&[2.0, max], &[(1u32 << Self::LEFT_SHIFT) as f32, params.scale()])?,
        ];
        Ok(Self { shapes, factors, output })
    }

    /// Runs the operator.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices fill their shapes.
    pub fn run(&self, a: &[i16], b: &[i16], output: &mut [i16]) -> Result<(), Error> {
        let [of_a, of_b, of_sum] = self.factors;
        self.shapes.run(a, b, output, |x, y| {
            let x = Double::apply(x << Self::LEFT_SHIFT, of_a);
            let y = Double::apply(y << Self::LEFT_SHIFT, of_b);
            self.output.code(Double::apply(x.wrapping_add(y), of_sum))
        })
    }
}

/// `a · b`.
#[derive(Clone, Copy, Debug)]
pub struct Mul {
    shapes: Binary,
    factor: Multiplier,
    output: Output<i16>,
}

impl Mul {
    /// The operator for these shapes and parameters; the factor is `scale_a · scale_b / scale_out`.
    ///
    /// # Errors
    /// [`Error::BadFactor`] if the factor is not below 2^31.
    pub fn new(
        shapes: Binary,
        [a, b]: [Params<i16>; 2],
        params: Params<i16>,
        output: Output<i16>,
    ) -> Result<Self, Error> {
        let factor = Double::factor(Ratio::new(&[a.scale(), b.scale()], &[params.scale()], Width::F64))?;
        Ok(Self { shapes, factor, output })
    }

    /// Runs the operator.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices fill their shapes.
    pub fn run(&self, a: &[i16], b: &[i16], output: &mut [i16]) -> Result<(), Error> {
        // 16 bits by 16 bits: at most 2^30.
        self.shapes.run(a, b, output, |x, y| self.output.code(Double::apply(x * y, self.factor)))
    }
}
