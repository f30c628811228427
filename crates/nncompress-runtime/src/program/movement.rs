//! Operators that move codes and compute nothing: pad and concatenate.

use super::step::MAX_INPUTS;
use super::walk::{Dims, Walk, read_dims, strides};
use crate::reader::Reader;
use fixq::Error;
use fixq::shape::MAX_RANK;

/// Surrounds a tensor with one code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pad {
    dims: Dims,
    strides: Dims,
    offset: usize,
    code: i8,
}

impl Pad {
    /// Reads a pad; tells the length of its input and of its output.
    pub(super) fn read(reader: &mut Reader<'_>) -> (Self, [usize; 2]) {
        let (dims, ones, length) = read_dims(reader);
        let (mut output, mut befores) = (dims, [0; MAX_RANK]);
        for (dim, to) in output.iter_mut().zip(&mut befores).skip(ones) {
            let (before, after) = (reader.size(), reader.size());
            *to = before;
            *dim = dim.checked_add(before).and_then(|size| size.checked_add(after)).unwrap_or(usize::MAX);
        }
        // Of what is too large nothing is computed.
        let padded = reader.product(&output);
        let strides = if reader.is_ok() { strides(&output) } else { [0; MAX_RANK] };
        let offset = strides.iter().zip(befores).map(|(&stride, before)| stride * before).sum();
        (Self { dims, strides, offset, code: reader.i8() }, [length, padded])
    }

    /// The dimensions of the input, with ones in front.
    #[must_use]
    pub const fn dims(&self) -> [usize; MAX_RANK] {
        self.dims
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

    #[inline(never)]
    pub(super) fn run(&self, input: &[i8], output: &mut [i8]) {
        output.fill(self.code);
        let mut walk = Walk::new(&self.dims, &self.strides);
        for &code in input {
            if let Some(to) = output.get_mut(self.offset + walk.next()) {
                *to = code;
            }
        }
    }
}

/// Puts tensors one after another: so many rows of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Concat {
    rows: usize,
}

impl Concat {
    /// Reads a concatenation, and the lengths of its inputs.
    pub(super) fn read<'l>(
        reader: &mut Reader<'_>,
        lengths: impl Iterator<Item = &'l mut usize>,
    ) -> (Self, usize) {
        let rows = reader.size();
        let (mut along, mut any) = (0usize, false);
        for to in lengths {
            any = true;
            let length = reader.size();
            *to = reader.product(&[rows, length]);
            along = along.saturating_add(length);
        }
        if !any {
            reader.refuse(Error::Empty);
        }
        (Self { rows }, reader.product(&[rows, along]))
    }

    /// How many rows the output has: those of every input follow each other in it.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    #[inline(never)]
    pub(super) fn run(&self, inputs: [&[i8]; MAX_INPUTS], output: &mut [i8]) {
        let mut to = output.iter_mut();
        for row in 0..self.rows {
            for input in inputs {
                let length = input.len().checked_div(self.rows).unwrap_or(0);
                for (&code, to) in input.iter().skip(row * length).take(length).zip(&mut to) {
                    *to = code;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{Concat, MAX_INPUTS, Pad};
    use crate::reader::Reader;
    use fixq::{Shape, op};
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    proptest! {
        #[test]
        fn pads_are_those_of_fixq(sizes in prop::collection::vec((0u8..4, [0u8..3, 0u8..3]), 0..6), codes in prop::collection::vec(any::<i8>(), 243), code: i8) {
            let dims = sizes.iter().map(|&(dim, _)| dim);
            let mut bytes: Vec<u8> = [sizes.len() as u8].into_iter().chain(dims.clone()).collect();
            bytes.extend(sizes.iter().flat_map(|&(_, pads)| pads).chain([code as u8]));
            let mut reader = Reader::new(&bytes, 0);
            let (pad, [input, output]) = Pad::read(&mut reader);
            prop_assert!(reader.is_ok());
            let dims: Vec<usize> = dims.map(usize::from).collect();
            let pads: Vec<[usize; 2]> = sizes.iter().map(|&(_, pads)| pads.map(usize::from)).collect();
            let operator = op::Pad::new(Shape::new(&dims).unwrap(), &pads, code).unwrap();
            prop_assert_eq!([input, output], [dims.iter().product(), operator.output_len()]);
            let (mut expected, mut found) = (vec![0i8; output], vec![0i8; output]);
            operator.run(&codes[..input], &mut expected).unwrap();
            pad.run(&codes[..input], &mut found);
            prop_assert_eq!(&found, &expected);
        }

        #[test]
        fn concatenations_are_those_of_fixq(rows in 0u8..4, lengths in prop::collection::vec(0u8..5, 1..=MAX_INPUTS), codes in prop::collection::vec(any::<i8>(), 16)) {
            let bytes: Vec<u8> = [rows].into_iter().chain(lengths.iter().copied()).collect();
            let (mut reader, mut sizes) = (Reader::new(&bytes, 0), vec![0; lengths.len()]);
            let (concat, output) = Concat::read(&mut reader, sizes.iter_mut());
            prop_assert!(reader.is_ok());
            let shapes: Vec<Shape> = lengths.iter().map(|&length| Shape::new(&[rows.into(), length.into()]).unwrap()).collect();
            let operator = op::Concat::new(&shapes, 1).unwrap();
            prop_assert_eq!(output, operator.output_len());
            let mut inputs: [&[i8]; MAX_INPUTS] = [&[]; MAX_INPUTS];
            for (i, (input, &size)) in inputs.iter_mut().zip(&sizes).enumerate() {
                *input = &codes[i % 4..][..size];
            }
            let (mut expected, mut found) = (vec![0i8; output], vec![0i8; output]);
            operator.run(&inputs[..lengths.len()], &mut expected).unwrap();
            concat.run(inputs, &mut found);
            prop_assert_eq!(&found, &expected);
        }
    }

    #[test]
    fn nothing_is_no_concatenation() {
        let mut reader = Reader::new(&[1], 0);
        Concat::read(&mut reader, [].into_iter());
        assert!(!reader.is_ok());
    }
}
