//! Operators that move codes and compute nothing: reshape, concatenate, pad, transpose.

use crate::Error;
use crate::error::check_length;
use crate::shape::{MAX_RANK, Shape, Walk};

/// Copies the codes: a row-major tensor of another shape is the same codes.
///
/// # Errors
/// [`Error::Length`] if the slices differ in length.
pub fn reshape(input: &[i8], output: &mut [i8]) -> Result<(), Error> {
    check_length(input.len(), output.len())?;
    output.copy_from_slice(input);
    Ok(())
}

/// Puts tensors one after another along an axis. All have the same scale and zero point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concat {
    outer: usize,
    row: usize,
}

impl Concat {
    /// Tensors of these shapes, along this axis.
    ///
    /// # Errors
    /// [`Error::Empty`] without any shape, [`Error::BadAxis`] if the first has no such axis,
    /// [`Error::BadBroadcast`] if another dimension differs, [`Error::TooLarge`] if the result is too large.
    pub fn new(shapes: &[Shape], axis: usize) -> Result<Self, Error> {
        let first = shapes.first().ok_or(Error::Empty)?;
        let bad = Error::BadAxis { axis, rank: first.rank() };
        let outer = first.dims().get(..axis).ok_or(bad)?.iter().product();
        let inner: usize = first.dims().get(axis + 1..).ok_or(bad)?.iter().product();
        let mut along = 0usize;
        for shape in shapes {
            if shape.rank() != first.rank() {
                return Err(Error::BadBroadcast { a: first.rank(), b: shape.rank() });
            }
            for (i, (&a, &b)) in first.dims().iter().zip(shape.dims()).enumerate() {
                if i != axis && a != b {
                    return Err(Error::BadBroadcast { a, b });
                }
            }
            along = along.checked_add(shape.dims().get(axis).copied().unwrap_or(0)).ok_or(Error::TooLarge)?;
        }
        Shape::new(&[outer, along, inner])?;
        Ok(Self { outer, row: along * inner })
    }

    /// The length of the output.
    #[must_use]
    pub const fn output_len(&self) -> usize {
        self.outer * self.row
    }

    /// How many rows the output has: those of every input follow each other in it.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.outer
    }

    /// Joins the tensors.
    ///
    /// # Errors
    /// [`Error::Length`] unless the inputs together have as many elements as the output, and each of them a
    /// multiple of its rows.
    pub fn run(&self, inputs: &[&[i8]], output: &mut [i8]) -> Result<(), Error> {
        check_length(self.output_len(), output.len())?;
        check_length(self.output_len(), inputs.iter().map(|x| x.len()).sum())?;
        for input in inputs {
            let rest = input.len().checked_rem(self.outer).unwrap_or(0);
            check_length(input.len() - rest, input.len())?;
        }
        for (i, row) in output.chunks_exact_mut(self.row.max(1)).enumerate() {
            let mut rest = row;
            for input in inputs {
                let len = input.len().checked_div(self.outer).unwrap_or(0);
                let (Some(from), Some((to, after))) =
                    (input.get(i * len..(i + 1) * len), rest.split_at_mut_checked(len))
                else {
                    break;
                };
                to.copy_from_slice(from);
                rest = after;
            }
        }
        Ok(())
    }
}

/// Surrounds a tensor with one code: the zero point, unless another value is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pad {
    input: Shape,
    strides: [usize; MAX_RANK],
    offset: usize,
    output_len: usize,
    code: i8,
}

impl Pad {
    /// Pads each dimension by `[before, after]` elements of `code`.
    ///
    /// # Errors
    /// [`Error::Length`] unless there is one pair for each dimension, [`Error::TooLarge`] if the result is
    /// too large.
    pub fn new(input: Shape, pads: &[[usize; 2]], code: i8) -> Result<Self, Error> {
        check_length(input.rank(), pads.len())?;
        let mut dims = [1; MAX_RANK];
        for ((dim, &size), &[before, after]) in dims.iter_mut().zip(input.dims()).zip(pads) {
            *dim = size.checked_add(before).and_then(|s| s.checked_add(after)).ok_or(Error::TooLarge)?;
        }
        let output = Shape::new(dims.get(..input.rank()).unwrap_or(&dims))?;
        let strides = output.strides();
        let offset = strides.iter().zip(pads).map(|(&stride, &[before, _])| stride * before).sum();
        Ok(Self { input, strides, offset, output_len: output.len(), code })
    }

    /// The length of the output.
    #[must_use]
    pub const fn output_len(&self) -> usize {
        self.output_len
    }

    /// The shape of the input.
    #[must_use]
    pub const fn input(&self) -> &Shape {
        &self.input
    }

    /// How far a step along each dimension of the input goes in the output.
    #[must_use]
    pub const fn strides(&self) -> [usize; MAX_RANK] {
        self.strides
    }

    /// Where the first element of the input lies in the output.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The code around the input.
    #[must_use]
    pub const fn code(&self) -> i8 {
        self.code
    }

    /// Pads the tensor.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices fill their shapes.
    pub fn run(&self, input: &[i8], output: &mut [i8]) -> Result<(), Error> {
        check_length(self.input.len(), input.len())?;
        check_length(self.output_len, output.len())?;
        output.fill(self.code);
        let mut dims = [1; MAX_RANK];
        for (dim, &size) in dims.iter_mut().zip(self.input.dims()) {
            *dim = size;
        }
        for (&code, at) in input.iter().zip(Walk::new(dims, self.strides)) {
            if let Some(out) = output.get_mut(self.offset + at) {
                *out = code;
            }
        }
        Ok(())
    }
}

/// Reorders the dimensions of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transpose {
    dims: [usize; MAX_RANK],
    strides: [usize; MAX_RANK],
    len: usize,
}

impl Transpose {
    /// Dimension `i` of the output is dimension `order[i]` of the input.
    ///
    /// # Errors
    /// [`Error::Length`] unless there is one entry for each dimension, [`Error::BadAxis`] if an entry is no
    /// dimension or occurs twice.
    pub fn new(input: Shape, order: &[usize]) -> Result<Self, Error> {
        check_length(input.rank(), order.len())?;
        let (mut dims, mut strides) = ([1; MAX_RANK], [0; MAX_RANK]);
        let from = input.strides();
        for (i, (&axis, (dim, stride))) in
            order.iter().zip(dims.iter_mut().zip(strides.iter_mut())).enumerate()
        {
            let bad = Error::BadAxis { axis, rank: input.rank() };
            *dim = *input.dims().get(axis).ok_or(bad)?;
            *stride = *from.get(axis).ok_or(bad)?;
            if order.iter().take(i).any(|&earlier| earlier == axis) {
                return Err(bad);
            }
        }
        Ok(Self { dims, strides, len: input.len() })
    }

    /// Reorders the codes.
    ///
    /// # Errors
    /// [`Error::Length`] unless both slices fill the shape.
    pub fn run(&self, input: &[i8], output: &mut [i8]) -> Result<(), Error> {
        check_length(self.len, input.len())?;
        check_length(self.len, output.len())?;
        for (code, at) in output.iter_mut().zip(Walk::new(self.dims, self.strides)) {
            *code = input.get(at).copied().unwrap_or(0);
        }
        Ok(())
    }
}
