//! Operators on two tensors, element by element, with broadcasting as in NumPy.

use super::kernel::times;
use super::walk::{Dims, Walk, read_dims, strides};
use crate::reader::Reader;
use fixq::op::AddFactors;
use fixq::shape::MAX_RANK;
use fixq::{Error, Multiplier, Output};

/// Two tensors, the factors of each and of their sum, or the one of their product, and what ends it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pair {
    lens: [usize; 2],
    length: usize,
    dims: Dims,
    strides: [Dims; 2],
    pub(super) zero_points: [i8; 2],
    pub(super) factors: AddFactors,
    pub(super) end: Output,
}

impl Pair {
    /// Reads two shapes that broadcast: aligned at their last dimensions, each pair of dimensions is equal or one of them
    /// is 1. Then the zero points, one factor or three, and the end.
    pub(super) fn read(reader: &mut Reader<'_>, factors: usize) -> Self {
        let ((a, _, len_a), (b, _, len_b)) = (read_dims(reader), read_dims(reader));
        let (mut dims, mut strides) = ([1; MAX_RANK], [strides(&a), strides(&b)]);
        for (axis, dim) in dims.iter_mut().enumerate() {
            let [from_a, from_b] = [&a, &b].map(|dims| dims.get(axis).copied().unwrap_or(1));
            *dim = if from_a == 1 { from_b } else { from_a };
            for (from, strides) in [from_a, from_b].into_iter().zip(&mut strides) {
                if let (1, Some(stride)) = (from, strides.get_mut(axis)) {
                    *stride = 0;
                } else if from != *dim {
                    reader.refuse(Error::BadBroadcast { a: from_a, b: from_b });
                }
            }
        }
        let length = reader.product(&dims);
        let zero_points = [reader.i8(), reader.i8()];
        let mut read = [Multiplier::ZERO; 3];
        read.iter_mut().take(factors).for_each(|factor| *factor = reader.factor());
        let [a, b, sum] = read;
        let end = super::step::read_end(reader);
        Self {
            lens: [len_a, len_b],
            length,
            dims,
            strides,
            zero_points,
            factors: AddFactors { a, b, sum },
            end,
        }
    }

    /// The lengths of the inputs.
    pub(super) const fn lens(&self) -> [usize; 2] {
        self.lens
    }

    /// The length of the output.
    #[must_use]
    pub const fn output_len(&self) -> usize {
        self.length
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

    /// The zero points of the inputs.
    #[must_use]
    pub const fn zero_points(&self) -> [i8; 2] {
        self.zero_points
    }

    /// The factors of a sum: of each input, and of the sum.
    #[must_use]
    pub const fn factors(&self) -> AddFactors {
        self.factors
    }

    /// The factor of a product.
    #[must_use]
    pub const fn factor(&self) -> Multiplier {
        self.factors.a
    }

    /// What ends the operator.
    #[must_use]
    pub const fn output(&self) -> Output {
        self.end
    }

    /// Whether nothing is repeated.
    pub(super) const fn is_straight(&self) -> bool {
        self.lens[0] == self.length && self.lens[1] == self.length
    }

    /// The products, or, with the sign of the second input, the sums.
    #[inline(never)]
    pub(super) fn run(&self, sign: Option<i32>, [a, b]: [&[i8]; 2], output: &mut [i8]) {
        let [of_a, of_b] = &self.strides;
        let (mut of_a, mut of_b) = (Walk::new(&self.dims, of_a), Walk::new(&self.dims, of_b));
        let AddFactors { a: factor_a, b: factor_b, sum } = self.factors;
        for to in output {
            let at = |x: &[i8], place: usize, zero_point: i8| {
                x.get(place).map_or(0, |&code| i32::from(code) - i32::from(zero_point))
            };
            let (x, y) = (at(a, of_a.next(), self.zero_points[0]), at(b, of_b.next(), self.zero_points[1]));
            let steps = match sign {
                None => times(x * y, factor_a),
                Some(sign) => {
                    let x = times(x << AddFactors::LEFT_SHIFT, factor_a);
                    let y = times(y << AddFactors::LEFT_SHIFT, factor_b);
                    times(x.wrapping_add(y.wrapping_mul(sign)), sum)
                }
            };
            *to = self.end.code(steps);
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::Pair;
    use crate::program::kernel::sum;
    use crate::reader::Reader;
    use fixq::op::{Add, AddFactors, Binary, Mul, Sub};
    use fixq::{Double, Multiplier, Output, Shape};
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Against the operators of fixq, for factors of one loop and others, and shapes that broadcast, fit or do not.
        #[test]
        fn pairs_are_those_of_fixq(
            dims in prop::collection::vec((1usize..4, 0usize..8), 0..5), codes in prop::collection::vec(any::<i8>(), 512),
            zero_points: [i8; 2], ends: [i8; 3], whole: bool, cut in 0usize..3,
            mantissas in prop::array::uniform3(prop_oneof![1i32 << 30..=i32::MAX, Just(1i32 << 30)]),
            exponents in (-8i32..=1, -8i32..=1, -24i32..=1),
        ) {
            let part = |i: usize, exponent| Multiplier::from_parts(mantissas[i], exponent).unwrap();
            let factors = AddFactors { a: part(0, exponents.0), b: part(1, exponents.1), sum: part(2, exponents.2) };
            let end = if whole { [ends[0], -128, 127] } else { ends };
            // One of eight dimensions is repeated in each input, one of them does not fit.
            let of = |repeated: usize| -> Vec<usize> {
                let dims = dims.iter().map(|&(size, kind)| if kind == repeated { 1 } else { size + usize::from(kind == 7 && repeated == 0) });
                dims.skip(if repeated == 0 { 0 } else { cut }).collect()
            };
            let (a, b) = (of(0), of(1));
            let mut bytes: Vec<u8> = vec![];
            for dims in [&a, &b] {
                bytes.extend([dims.len() as u8].into_iter().chain(dims.iter().map(|&dim| dim as u8)));
            }
            bytes.extend(zero_points.map(|point| point as u8));
            for factor in [factors.a, factors.b, factors.sum] {
                bytes.extend(factor.mantissa().to_le_bytes().into_iter().chain([factor.exponent() as u8]));
            }
            bytes.extend(end.map(|code| code as u8));
            let mut reader = Reader::new(&bytes, 0);
            let pair = Pair::read(&mut reader, 3);
            let shapes = Binary::new(&Shape::new(&a).unwrap(), &Shape::new(&b).unwrap());
            prop_assert_eq!(reader.is_ok(), shapes.is_ok());
            let Ok(shapes) = shapes else { return Ok(()) };
            let [len_a, len_b] = pair.lens();
            let (a, b, length) = (&codes[..len_a], &codes[..len_b], shapes.output_len());
            let end = Output::from_codes(end[0], end[1], end[2]);
            prop_assert_eq!((pair.output_len(), pair.dims(), pair.strides()), (length, shapes.dims(), shapes.strides()));
            let (mut expected, mut found) = (vec![0i8; length], vec![0i8; length]);
            Add::<Double>::new(shapes, factors, zero_points, end).run(a, b, &mut expected).unwrap();
            sum(&pair, 1, [a, b], &mut found);
            prop_assert_eq!(&found, &expected);
            Sub::<Double>::new(shapes, factors, zero_points, end).run(a, b, &mut expected).unwrap();
            sum(&pair, -1, [a, b], &mut found);
            prop_assert_eq!(&found, &expected);
            Mul::<Double>::from_factor(shapes, factors.a, zero_points, end).run(a, b, &mut expected).unwrap();
            pair.run(None, [a, b], &mut found);
            prop_assert_eq!(&found, &expected);
        }
    }
}
