//! Softmax over the last dimension, in fixed point; the output has scale 1/256 and zero point −128.

use crate::error::check_length;
use crate::fixed_point::{exp_on_negative, one_over_one_plus};
use crate::multiplier::{
    rounding_divide_by_power_of_two as divide, saturating_rounding_doubling_high_mul as mul,
};
use crate::op::unary::input_radius;
use crate::shape::Shape;
use crate::{Error, Multiplier, Params, Rounding};

/// `exp(β x) / Σ exp(β x)` of each row.
#[derive(Clone, Copy, Debug)]
pub struct Softmax<R> {
    len: usize,
    row: usize,
    factor: Multiplier,
    lowest: i32,
    rounding: core::marker::PhantomData<R>,
}

impl<R: Rounding<Factor = Multiplier>> Softmax<R> {
    /// The longest row whose sum of exponentials is sure to fit.
    pub const MAX_ROW: usize = 4096;

    /// Rows along the last dimension of `shape`.
    ///
    /// # Errors
    /// [`Error::BadAxis`] for a shape without dimensions, [`Error::TooLarge`] for rows longer than
    /// [`MAX_ROW`](Self::MAX_ROW), [`Error::BadFactor`] if `beta` is negative or NaN.
    pub fn new(shape: Shape, input: Params, beta: f32) -> Result<Self, Error> {
        let real = f64::from(beta) * f64::from(input.scale()) * f64::from(1 << 26);
        let factor = Multiplier::from_real(if real > 2_147_483_647.0 { 2_147_483_647.0 } else { real })?;
        Self::from_factor(shape, factor)
    }

    /// The operator with a [`factor`](Self::factor) as an image stores it: no float is needed.
    ///
    /// # Errors
    /// [`Error::BadAxis`] for a shape without dimensions, [`Error::TooLarge`] for rows longer than
    /// [`MAX_ROW`](Self::MAX_ROW).
    pub fn from_factor(shape: Shape, factor: Multiplier) -> Result<Self, Error> {
        let row = *shape.dims().last().ok_or(Error::BadAxis { axis: 0, rank: 0 })?;
        if row > Self::MAX_ROW {
            return Err(Error::TooLarge);
        }
        let lowest = -input_radius(5, factor.exponent());
        Ok(Self { len: shape.len(), row, factor, lowest, rounding: core::marker::PhantomData })
    }

    /// The factor of a difference of codes, into Q(5).
    #[must_use]
    pub const fn factor(&self) -> Multiplier {
        self.factor
    }

    /// The length of a row.
    #[must_use]
    pub const fn row(&self) -> usize {
        self.row
    }

    /// Differences below this have the result 0.
    #[must_use]
    pub const fn lowest_difference(&self) -> i32 {
        self.lowest
    }

    /// Runs the operator.
    ///
    /// # Errors
    /// [`Error::Length`] unless both slices fill the shape.
    pub fn run(&self, input: &[i8], output: &mut [i8]) -> Result<(), Error> {
        check_length(self.len, input.len())?;
        check_length(self.len, output.len())?;
        let rows = input.chunks_exact(self.row.max(1)).zip(output.chunks_exact_mut(self.row.max(1)));
        for (row, out) in rows {
            let max = row.iter().copied().max().map_or(0, i32::from);
            // The exponential of a code, if it is not too far below the largest.
            let exp = |x: i8| {
                let difference = i32::from(x) - max;
                (difference >= self.lowest).then(|| exp_on_negative(R::apply(difference, self.factor), 5))
            };
            // Q(12), as an unsigned word: 4096 ones are 2^31.
            let sum = row
                .iter()
                .filter_map(|&x| exp(x))
                .fold(0u32, |sum, e| sum.wrapping_add(divide(e, 12) as u32));
            let head = sum.leading_zeros();
            let fraction = sum.wrapping_shl(head).wrapping_sub(1 << 31) as i32;
            let reciprocal = one_over_one_plus(fraction);
            for (code, &x) in out.iter_mut().zip(row) {
                let steps = exp(x).map_or(0, |e| divide(mul(reciprocal, e), 35u32.saturating_sub(head)));
                *code = (steps - 128).clamp(-128, 127) as i8;
            }
        }
        Ok(())
    }
}
