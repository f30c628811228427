//! Softmax over the last dimension; the output has scale 2^-15.

use super::tables::{EXP, RECIPROCAL, look_up};
use crate::error::check_length;
use crate::shape::Shape;
use crate::{Double, Error, Multiplier, Rounding};

/// `exp(β x) / Σ exp(β x)` of each row.
#[derive(Clone, Copy, Debug)]
pub struct Softmax {
    len: usize,
    row: usize,
    factor: Multiplier,
}

impl Softmax {
    /// The longest row whose sum of exponentials is sure to fit.
    pub const MAX_ROW: usize = 65536;

    /// Rows along the last dimension of `shape`, of codes with this scale.
    ///
    /// # Errors
    /// [`Error::BadAxis`] for a shape without dimensions, [`Error::TooLarge`] for rows longer than
    /// [`MAX_ROW`](Self::MAX_ROW), [`Error::BadFactor`] if `beta · scale` is negative, NaN or too large.
    pub fn new(shape: Shape, scale: f32, beta: f32) -> Result<Self, Error> {
        let row = *shape.dims().last().ok_or(Error::BadAxis { axis: 0, rank: 0 })?;
        if row > Self::MAX_ROW {
            return Err(Error::TooLarge);
        }
        // Differences of up to 10 on the 2^16 steps of the table.
        let factor = Multiplier::from_real(f64::from(scale) * f64::from(beta) / (10.0 / 65535.0))?;
        Ok(Self { len: shape.len(), row, factor })
    }

    /// Runs the operator.
    ///
    /// # Errors
    /// [`Error::Length`] unless both slices fill the shape.
    pub fn run(&self, input: &[i16], output: &mut [i16]) -> Result<(), Error> {
        check_length(self.len, input.len())?;
        check_length(self.len, output.len())?;
        let rows = input.chunks_exact(self.row.max(1)).zip(output.chunks_exact_mut(self.row.max(1)));
        for (row, out) in rows {
            let max = row.iter().copied().max().map_or(0, i32::from);
            let mut sum = 0i32;
            for (exp, &x) in out.iter_mut().zip(row) {
                let steps = Double::apply(i32::from(x) - max, self.factor).saturating_add(32767);
                *exp = look_up(&EXP, steps.clamp(-32768, 32767) as i16) as i16;
                sum = sum.wrapping_add(i32::from(*exp));
            }
            // The largest exponential is 1 - 2^-15, so there are 17 leading zeros at most. The sum's fraction in
            // 16 bits, less a half of the table.
            let head = sum.leading_zeros().clamp(1, 17);
            let fraction = ((i64::from(sum) << (head - 1)) + (1 << 13)) >> 14;
            let reciprocal = look_up(&RECIPROCAL, (fraction - 3 * (1 << 15)).clamp(-32768, 32767) as i16);
            for exp in out {
                let product = i64::from(*exp) * i64::from(reciprocal) + (1 << (30 - head));
                *exp = (product >> (31 - head)).clamp(0, 32767) as i16;
            }
        }
        Ok(())
    }
}
