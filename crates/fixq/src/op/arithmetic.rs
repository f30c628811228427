//! Operators on two tensors, element by element, with broadcasting as in NumPy.
//!
//! *Two inputs with different scales are brought to a common one before they are added:* both are shifted
//! left by 20 bits and scaled by less than a half, so that the sum keeps far more bits than the result.

use crate::error::check_length;
use crate::output::Output;
use crate::shape::{MAX_RANK, Shape, Walk};
use crate::simd::vectorised;
use crate::{Code, Error, Multiplier, Params, Ratio, Rounding, Width};

/// The shapes of two inputs that broadcast, and of their output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binary {
    lens: [usize; 2],
    dims: [usize; MAX_RANK],
    strides: [[usize; MAX_RANK]; 2],
}

impl Binary {
    /// Aligned at their last dimensions, each pair of dimensions is equal or one of them is 1.
    ///
    /// # Errors
    /// [`Error::BadBroadcast`] if they are not, [`Error::TooLarge`] if the output is too large.
    pub fn new(a: &Shape, b: &Shape) -> Result<Self, Error> {
        let (wide_a, wide_b) = (a.aligned(), b.aligned());
        let (mut strides_a, mut strides_b) = (wide_a.strides(), wide_b.strides());
        let mut dims = [1; MAX_RANK];
        let strides = strides_a.iter_mut().zip(strides_b.iter_mut());
        let sizes = wide_a.dims().iter().zip(wide_b.dims());
        for ((dim, (&from_a, &from_b)), (stride_a, stride_b)) in dims.iter_mut().zip(sizes).zip(strides) {
            *dim = match (from_a, from_b) {
                (x, y) if x == y => x,
                (1, y) => y,
                (x, 1) => x,
                (a, b) => return Err(Error::BadBroadcast { a, b }),
            };
            if from_a == 1 {
                *stride_a = 0;
            }
            if from_b == 1 {
                *stride_b = 0;
            }
        }
        Shape::new(&dims)?;
        Ok(Self { lens: [a.len(), b.len()], dims, strides: [strides_a, strides_b] })
    }

    /// The length of the output.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.dims.iter().product()
    }

    /// The dimensions of the output, with ones in front.
    #[must_use]
    pub const fn dims(&self) -> [usize; MAX_RANK] {
        self.dims
    }

    /// How far a step along each dimension of the output goes in each input: 0 where it is repeated.
    #[must_use]
    pub const fn strides(&self) -> [[usize; MAX_RANK]; 2] {
        self.strides
    }

    /// Applies a function to each pair of elements.
    pub(crate) fn run<T: Code>(
        &self,
        a: &[T],
        b: &[T],
        output: &mut [T],
        f: impl Fn(i32, i32) -> T,
    ) -> Result<(), Error> {
        check_length(self.lens[0], a.len())?;
        check_length(self.lens[1], b.len())?;
        check_length(self.output_len(), output.len())?;
        let pairs = Walk::new(self.dims, self.strides[0]).zip(Walk::new(self.dims, self.strides[1]));
        for (code, (i, j)) in output.iter_mut().zip(pairs) {
            let at = |x: &[T], i: usize| x.get(i).copied().map_or(0, T::into);
            *code = f(at(a, i), at(b, j));
        }
        Ok(())
    }
}

vectorised! {
    /// The sum or difference of two tensors of one shape.
    fn add_all<R: Rounding<Factor = Multiplier>>(
        factors: &AddFactors, zero_points: [i32; 2], end: Output, subtract: bool, a: &[i8], b: &[i8], output: &mut [i8],
    ) {
        let [za, zb] = zero_points;
        for (code, (&x, &y)) in output.iter_mut().zip(a.iter().zip(b)) {
            let x = R::apply((i32::from(x) - za) << AddFactors::LEFT_SHIFT, factors.a);
            let y = R::apply((i32::from(y) - zb) << AddFactors::LEFT_SHIFT, factors.b);
            let y = if subtract { y.wrapping_neg() } else { y };
            *code = end.code(R::apply(x.wrapping_add(y), factors.sum));
        }
    }
}

/// The three factors of an addition or subtraction: of each input, and of the sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddFactors {
    /// `scale_a / (2 · max)`.
    pub a: Multiplier,
    /// `scale_b / (2 · max)`.
    pub b: Multiplier,
    /// `2 · max / (2^20 · scale_out)`.
    pub sum: Multiplier,
}

impl AddFactors {
    /// The bits that both inputs are shifted left before they are scaled.
    pub const LEFT_SHIFT: u32 = 20;

    /// The factors of these scales. [`Width::F32`] is how TFLM subtracted before October 2026.
    ///
    /// # Errors
    /// [`Error::BadFactor`] if the output scale is so small that the last factor is not below 2^31.
    pub fn new(a: Params, b: Params, output: Params, width: Width) -> Result<Self, Error> {
        let max = if a.scale() > b.scale() { a.scale() } else { b.scale() };
        let of = |n: &[f32], d: &[f32]| Multiplier::from_real(Ratio::new(n, d, width).real());
        Ok(Self {
            a: of(&[a.scale()], &[2.0, max])?,
            b: of(&[b.scale()], &[2.0, max])?,
            sum: of(&[2.0, max], &[1_048_576.0, output.scale()])?,
        })
    }
}

macro_rules! add {
    ($($(#[$doc:meta])* $name:ident $combine:ident $subtract:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<R> {
            shapes: Binary,
            factors: AddFactors,
            zero_points: [i32; 2],
            output: Output,
            rounding: core::marker::PhantomData<R>,
        }

        impl<R: Rounding<Factor = Multiplier>> $name<R> {
            /// The operator for these shapes, factors, zero points of the inputs, and output.
            #[must_use]
            pub fn new(shapes: Binary, factors: AddFactors, zero_points: [i8; 2], output: Output) -> Self {
                let zero_points = zero_points.map(i32::from);
                Self { shapes, factors, zero_points, output, rounding: core::marker::PhantomData }
            }

            /// The three factors.
            #[must_use]
            pub const fn factors(&self) -> AddFactors {
                self.factors
            }

            /// The shapes.
            #[must_use]
            pub const fn shapes(&self) -> &Binary {
                &self.shapes
            }

            /// The zero points of the inputs.
            #[must_use]
            pub const fn zero_points(&self) -> [i32; 2] {
                self.zero_points
            }

            /// What ends the operator.
            #[must_use]
            pub const fn output(&self) -> Output {
                self.output
            }

            /// Runs the operator.
            ///
            /// # Errors
            /// [`Error::Length`] unless the slices fill their shapes.
            pub fn run(&self, a: &[i8], b: &[i8], output: &mut [i8]) -> Result<(), Error> {
                let [za, zb] = self.zero_points;
                // Nothing is broadcast.
                if self.shapes.lens == [output.len(); 2] && [a.len(), b.len()] == self.shapes.lens {
                    add_all::<R>(&self.factors, self.zero_points, self.output, $subtract, a, b, output);
                    return Ok(());
                }
                self.shapes.run(a, b, output, |x, y| {
                    let x = R::apply((x - za) << AddFactors::LEFT_SHIFT, self.factors.a);
                    let y = R::apply((y - zb) << AddFactors::LEFT_SHIFT, self.factors.b);
                    self.output.code(R::apply(x.$combine(y), self.factors.sum))
                })
            }
        }
    )*};
}
add! {
    /// `a + b`.
    Add wrapping_add false;
    /// `a − b`.
    Sub wrapping_sub true;
}

/// `a ± b` as XNNPACK adds: one shift for both factors, each of at most 21 bits, one rounding, half up.
#[derive(Clone, Copy, Debug)]
pub struct XnnAdd {
    shapes: Binary,
    factors: [i32; 2],
    shift: u32,
    zero_points: [i32; 2],
    output: Output,
}

impl XnnAdd {
    /// The sum, or the difference if `subtract`, for these shapes and parameters.
    ///
    /// # Errors
    /// [`Error::BadFactor`] if the ratio of an input's scale to the output's is not in 2^-10 .. 2^8, the
    /// range of XNNPACK.
    pub fn new(
        shapes: Binary,
        [a, b]: [Params; 2],
        subtract: bool,
        params: Params,
        output: Output,
    ) -> Result<Self, Error> {
        let ratios = [a.scale() / params.scale(), b.scale() / params.scale()];
        let max = if ratios[0] > ratios[1] { ratios[0] } else { ratios[1] };
        if !(1.0 / 1024.0..256.0).contains(&max) {
            return Err(Error::BadFactor { real: f64::from(max) });
        }
        // 2^(e - 1) <= max < 2^e; the larger factor gets 21 bits, the 21st only by rounding up.
        let (_, exponent) = crate::multiplier::frexp(f64::from(max));
        let shift = (21 - exponent).unsigned_abs();
        let scale = f64::from(1u32 << shift);
        let factor = |r: f32| <crate::HalfToEven as crate::Round>::round_f64(f64::from(r) * scale) as i32;
        let second = if subtract { -factor(ratios[1]) } else { factor(ratios[1]) };
        let zero_points = [a, b].map(|p| i32::from(p.zero_point()));
        Ok(Self { shapes, factors: [factor(ratios[0]), second], shift, zero_points, output })
    }

    /// Runs the operator.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices fill their shapes.
    pub fn run(&self, a: &[i8], b: &[i8], output: &mut [i8]) -> Result<(), Error> {
        let ([za, zb], [fa, fb]) = (self.zero_points, self.factors);
        self.shapes.run(a, b, output, |x, y| {
            // 8 bits by 21 bits, twice: below 2^31.
            let sum = (x - za).wrapping_mul(fa).wrapping_add((y - zb).wrapping_mul(fb));
            self.output.code(sum.wrapping_add(1 << (self.shift - 1)) >> self.shift)
        })
    }
}

/// `a · b`.
#[derive(Clone, Copy, Debug)]
pub struct Mul<R: Rounding> {
    shapes: Binary,
    factor: R::Factor,
    zero_points: [i32; 2],
    output: Output,
}

impl<R: Rounding> Mul<R> {
    /// The operator for these shapes and parameters; the factor is `scale_a · scale_b / scale_out`.
    ///
    /// # Errors
    /// [`Error::BadFactor`] if the factor is out of range for the rounding.
    pub fn new(
        shapes: Binary,
        [a, b]: [Params; 2],
        params: Params,
        output: Output,
        width: Width,
    ) -> Result<Self, Error> {
        let factor = R::factor(Ratio::new(&[a.scale(), b.scale()], &[params.scale()], width))?;
        Ok(Self::from_factor(shapes, factor, [a.zero_point(), b.zero_point()], output))
    }

    /// The operator with a [`factor`](Self::factor) as an image stores it: no float is needed.
    #[must_use]
    pub fn from_factor(shapes: Binary, factor: R::Factor, zero_points: [i8; 2], output: Output) -> Self {
        Self { shapes, factor, zero_points: zero_points.map(i32::from), output }
    }

    /// The factor of a product of codes.
    #[must_use]
    pub const fn factor(&self) -> R::Factor {
        self.factor
    }

    /// The shapes.
    #[must_use]
    pub const fn shapes(&self) -> &Binary {
        &self.shapes
    }

    /// The zero points of the inputs.
    #[must_use]
    pub const fn zero_points(&self) -> [i32; 2] {
        self.zero_points
    }

    /// What ends the operator.
    #[must_use]
    pub const fn output(&self) -> Output {
        self.output
    }

    /// Runs the operator.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices fill their shapes.
    pub fn run(&self, a: &[i8], b: &[i8], output: &mut [i8]) -> Result<(), Error> {
        let [za, zb] = self.zero_points;
        self.shapes.run(a, b, output, |x, y| self.output.code(R::apply((x - za) * (y - zb), self.factor)))
    }
}

/// The larger or the smaller of two codes with the same parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extremum {
    /// The larger.
    Maximum,
    /// The smaller.
    Minimum,
}

impl Extremum {
    /// Runs the operator.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices fill their shapes.
    pub fn run(self, shapes: &Binary, a: &[i8], b: &[i8], output: &mut [i8]) -> Result<(), Error> {
        shapes.run(a, b, output, |x, y| match self {
            Self::Maximum => x.max(y) as i8,
            Self::Minimum => x.min(y) as i8,
        })
    }
}
