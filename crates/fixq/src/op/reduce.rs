//! Mean and sum over some of the dimensions.
//!
//! *The division by the count is folded into the factor,* with as many bits as fit, so a mean costs one
//! rescaling like everything else.

use crate::error::check_length;
use crate::output::Output;
use crate::shape::{MAX_RANK, Shape, Walk};
use crate::{Error, Multiplier, Params, Ratio, Rounding, Width};

/// Which elements of the input go into which output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reduction {
    len: usize,
    kept: [usize; MAX_RANK],
    reduced: [usize; MAX_RANK],
    strides: [usize; MAX_RANK],
}

impl Reduction {
    fn new(input: Shape, axes: &[usize]) -> Result<Self, Error> {
        if let Some(&axis) = axes.iter().find(|&&axis| axis >= input.rank()) {
            return Err(Error::BadAxis { axis, rank: input.rank() });
        }
        let (mut kept, mut reduced) = ([1; MAX_RANK], [1; MAX_RANK]);
        for (axis, (&dim, (kept, reduced))) in
            input.dims().iter().zip(kept.iter_mut().zip(&mut reduced)).enumerate()
        {
            *if axes.contains(&axis) { reduced } else { kept } = dim;
        }
        Ok(Self { len: input.len(), kept, reduced, strides: input.strides() })
    }

    fn count(&self) -> usize {
        self.reduced.iter().product()
    }

    fn output_len(&self) -> usize {
        self.kept.iter().product()
    }

    /// Sums `x − zero_point` over the reduced dimensions.
    fn run(
        &self,
        input: &[i8],
        zero_point: i32,
        output: &mut [i8],
        code: impl Fn(i32) -> i8,
    ) -> Result<(), Error> {
        check_length(self.len, input.len())?;
        check_length(self.output_len(), output.len())?;
        for (out, start) in output.iter_mut().zip(Walk::new(self.kept, self.strides)) {
            let terms = Walk::new(self.reduced, self.strides)
                .map(|at| input.get(start + at).map_or(0, |&x| i32::from(x) - zero_point));
            *out = code(terms.fold(0, i32::wrapping_add));
        }
        Ok(())
    }
}

macro_rules! reduce {
    ($($(#[$doc:meta])* $name:ident $fold:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<R> {
            reduction: Reduction,
            factor: Multiplier,
            zero_point: i32,
            output: Output,
            rounding: core::marker::PhantomData<R>,
        }

        impl<R: Rounding<Factor = Multiplier>> $name<R> {
            /// Over these axes of the input; an axis named twice counts once.
            ///
            /// # Errors
            /// [`Error::BadAxis`] if the input has no such axis, [`Error::Empty`] if there is nothing to
            /// reduce, [`Error::TooLarge`] if more than 2^32 − 1 elements are, [`Error::BadFactor`] if the
            /// ratio of the scales is not below 2^31.
            pub fn new(shape: Shape, axes: &[usize], input: Params, params: Params, output: Output) -> Result<Self, Error> {
                let factor = Multiplier::from_real(Ratio::new(&[input.scale()], &[params.scale()], Width::F64).real())?;
                let made = Self::from_factor(shape, axes, factor, input.zero_point(), output)?;
                let count = u32::try_from(made.reduction.count()).map_err(|_| Error::TooLarge)?;
                let fold: fn(Multiplier, u32) -> Multiplier = $fold;
                Ok(Self { factor: fold(factor, count), ..made })
            }

            /// The operator with a [`factor`](Self::factor) as an image stores it: no float is needed.
            ///
            /// # Errors
            /// [`Error::BadAxis`] if the input has no such axis, [`Error::Empty`] if there is nothing to
            /// reduce.
            pub fn from_factor(
                shape: Shape,
                axes: &[usize],
                factor: Multiplier,
                zero_point: i8,
                output: Output,
            ) -> Result<Self, Error> {
                let reduction = Reduction::new(shape, axes)?;
                if reduction.count() == 0 {
                    return Err(Error::Empty);
                }
                let zero_point = i32::from(zero_point);
                Ok(Self { reduction, factor, zero_point, output, rounding: core::marker::PhantomData })
            }

            /// The factor of a sum of codes.
            #[must_use]
            pub const fn factor(&self) -> Multiplier {
                self.factor
            }

            /// The length of the output.
            #[must_use]
            pub fn output_len(&self) -> usize {
                self.reduction.output_len()
            }

            /// The dimensions that are kept, the others as 1.
            #[must_use]
            pub const fn kept(&self) -> [usize; MAX_RANK] {
                self.reduction.kept
            }

            /// The dimensions that are reduced, the others as 1.
            #[must_use]
            pub const fn reduced(&self) -> [usize; MAX_RANK] {
                self.reduction.reduced
            }

            /// The distance in memory between neighbours along each dimension of the input.
            #[must_use]
            pub const fn strides(&self) -> [usize; MAX_RANK] {
                self.reduction.strides
            }

            /// The zero point of the input.
            #[must_use]
            pub const fn zero_point(&self) -> i32 {
                self.zero_point
            }

            /// What ends the operator.
            #[must_use]
            pub const fn output(&self) -> Output {
                self.output
            }

            /// Runs the reduction.
            ///
            /// # Errors
            /// [`Error::Length`] unless the slices fill their shapes.
            pub fn run(&self, input: &[i8], output: &mut [i8]) -> Result<(), Error> {
                self.reduction.run(input, self.zero_point, output, |sum| self.output.code(R::apply(sum, self.factor)))
            }
        }
    )*};
}
reduce! {
    /// The mean over some dimensions; sums wrap in an `i32` beyond 2^23 elements.
    Mean Multiplier::divided_by;
    /// The sum over some dimensions; sums wrap in an `i32` beyond 2^23 elements.
    Sum |factor, _| factor;
}
