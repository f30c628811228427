//! Products of two matrices of activations, both with a zero point.

use crate::error::check_length;
use crate::output::Output;
use crate::shape::Shape;
use crate::{Error, Rounding};

/// `output[n] = a[n] · b[n]`, with `a` of shape `[batch, rows, depth]` and `b` of `[batch or 1, depth,
/// columns]`, each stored transposed on request; one factor for all.
#[derive(Clone, Copy, Debug)]
pub struct BatchMatMul<R: Rounding> {
    a: [usize; 3],
    b: [usize; 3],
    transposed: [bool; 2],
    factor: R::Factor,
    zero_points: [i32; 2],
    output: Output,
}

impl<R: Rounding> BatchMatMul<R> {
    /// Shapes `[batch, rows, columns]` as stored; `transposed` says whose last two dimensions are swapped.
    ///
    /// # Errors
    /// [`Error::BadBroadcast`] if the inner dimensions differ, or the batches do and neither is 1;
    /// [`Error::TooLarge`] if a shape is too large.
    pub fn new(
        [a, b]: [[usize; 3]; 2],
        transposed: [bool; 2],
        zero_points: [i8; 2],
        factor: R::Factor,
        output: Output,
    ) -> Result<Self, Error> {
        let swap = |[n, rows, columns]: [usize; 3], swap: bool| {
            if swap { [n, columns, rows] } else { [n, rows, columns] }
        };
        let (wide_a, wide_b) = (swap(a, transposed[0]), swap(b, transposed[1]));
        if wide_a[2] != wide_b[1] {
            return Err(Error::BadBroadcast { a: wide_a[2], b: wide_b[1] });
        }
        if a[0] != b[0] && a[0] != 1 && b[0] != 1 {
            return Err(Error::BadBroadcast { a: a[0], b: b[0] });
        }
        Shape::new(&a)?;
        Shape::new(&b)?;
        Shape::new(&[a[0].max(b[0]), wide_a[1], wide_b[2], wide_a[2]])?;
        let zero_points = zero_points.map(i32::from);
        Ok(Self { a: wide_a, b: wide_b, transposed, factor, zero_points, output })
    }

    /// The length of the output.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.a[0].max(self.b[0]) * self.a[1] * self.b[2]
    }

    /// Runs the product.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices fill their shapes.
    pub fn run(&self, a: &[i8], b: &[i8], output: &mut [i8]) -> Result<(), Error> {
        check_length(self.a.iter().product(), a.len())?;
        check_length(self.b.iter().product(), b.len())?;
        check_length(self.output_len(), output.len())?;
        let ([_, rows, depth], columns) = (self.a, self.b[2]);
        let [za, zb] = self.zero_points;
        let value = |x: &[i8], i: usize, zero: i32| x.get(i).map_or(0, |&v| i32::from(v) - zero);
        let rows_of_output = output.chunks_exact_mut(columns.max(1));
        let starts = (0..self.a[0].max(self.b[0])).flat_map(|n| (0..rows).map(move |row| (n, row)));
        for (out, (n, row)) in rows_of_output.zip(starts) {
            let start_a = if self.a[0] == 1 { 0 } else { n * rows * depth };
            let start_b = if self.b[0] == 1 { 0 } else { n * depth * columns };
            for (column, code) in out.iter_mut().enumerate() {
                let terms = (0..depth).map(|k| {
                    let at_a = if self.transposed[0] { k * rows + row } else { row * depth + k };
                    let at_b = if self.transposed[1] { column * depth + k } else { k * columns + column };
                    value(a, start_a + at_a, za) * value(b, start_b + at_b, zb)
                });
                *code = self.output.code(R::apply(terms.fold(0, i32::wrapping_add), self.factor));
            }
        }
        Ok(())
    }
}
