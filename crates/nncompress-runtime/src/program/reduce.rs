//! Operators that make one code of several: pools and means.

use super::field::Field;
use super::kernel::times;
use super::walk::{Dims, Walk, read_dims, strides};
use crate::reader::Reader;
use fixq::shape::MAX_RANK;
use fixq::{Error, Multiplier, Output};

/// Reads a pool; each position of its window meets the image.
pub(super) fn read_pool(reader: &mut Reader<'_>) -> Field {
    let mut field = Field::read_image(reader);
    field.read_window(reader);
    for (axis, side) in field.axes.iter().enumerate() {
        if reader.is_ok() && !side.is_filled() {
            reader.refuse(Error::BadWindow { axis, input: side.input });
        }
    }
    field
}

/// The rounded mean, half away from zero, or the largest of the codes under each position of the window that lie inside
/// the image. Input and output have the same scale and zero point.
#[inline(never)]
pub(super) fn pool(field: &Field, largest: bool, end: Output, input: &[i8], output: &mut [i8]) {
    let (Field { axes: [rows, columns], channels, .. }, mut to) = (field, output.iter_mut());
    for (n, y) in (0..field.batch).flat_map(|n| (0..rows.output).map(move |y| (n, y))) {
        let [down, down_end] = rows.inside(y);
        for x in 0..columns.output {
            let [across, across_end] = columns.inside(x);
            let cells = ((down_end - down) * (across_end - across)) as i32;
            for (channel, to) in (0..*channels).zip(&mut to) {
                let mut value = if largest { -128 } else { 0 };
                let mut row = (n * rows.input + rows.place(y, down)).wrapping_mul(columns.input);
                for _ in down..down_end {
                    let mut at = row
                        .wrapping_add(columns.place(x, across))
                        .wrapping_mul(*channels)
                        .wrapping_add(channel);
                    for _ in across..across_end {
                        let code = input.get(at).map_or(0, |&code| i32::from(code));
                        value = if largest { code.max(value) } else { code.wrapping_add(value) };
                        at += columns.dilation * channels;
                    }
                    row += rows.dilation * columns.input;
                }
                if !largest {
                    let half = if value > 0 { cells / 2 } else { -(cells / 2) };
                    value = value.wrapping_add(half).checked_div(cells).unwrap_or(0);
                }
                *to = value.max(end.low().into()).min(end.high().into()) as i8;
            }
        }
    }
}

/// The mean over some dimensions; sums wrap in 32 bits beyond 2^23 elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mean {
    kept: Dims,
    reduced: Dims,
    strides: Dims,
    factor: Multiplier,
    zero_point: i8,
    end: Output,
}

impl Mean {
    /// Reads a mean; tells the length of its input and of its output.
    pub(super) fn read(reader: &mut Reader<'_>) -> (Self, [usize; 2]) {
        let (dims, ones, length) = read_dims(reader);
        let mask = usize::from(reader.u8()) << ones;
        let (mut kept, mut reduced) = (dims, dims);
        for (axis, (kept, reduced)) in kept.iter_mut().zip(&mut reduced).enumerate() {
            *if mask >> axis & 1 == 1 { kept } else { reduced } = 1;
        }
        if mask >> MAX_RANK != 0 {
            let (rank, beyond) =
                (MAX_RANK.saturating_sub(ones), (mask >> MAX_RANK).trailing_zeros() as usize);
            reader.refuse(Error::BadAxis { axis: rank + beyond, rank });
        }
        if reduced.contains(&0) {
            reader.refuse(Error::Empty);
        }
        let (factor, zero_point, end) = (reader.factor(), reader.i8(), super::step::read_end(reader));
        let mean = Self { kept, reduced, strides: strides(&dims), factor, zero_point, end };
        (mean, [length, reader.product(&kept)])
    }

    /// The dimensions that are kept, the others as 1.
    #[must_use]
    pub const fn kept(&self) -> [usize; MAX_RANK] {
        self.kept
    }

    /// The dimensions that are reduced, the others as 1.
    #[must_use]
    pub const fn reduced(&self) -> [usize; MAX_RANK] {
        self.reduced
    }

    /// The distance in memory between neighbours along each dimension of the input.
    #[must_use]
    pub const fn strides(&self) -> [usize; MAX_RANK] {
        self.strides
    }

    /// The factor of a sum of codes.
    #[must_use]
    pub const fn factor(&self) -> Multiplier {
        self.factor
    }

    /// The zero point of the input.
    #[must_use]
    pub const fn zero_point(&self) -> i8 {
        self.zero_point
    }

    /// What ends the operator.
    #[must_use]
    pub const fn output(&self) -> Output {
        self.end
    }

    #[inline(never)]
    pub(super) fn run(&self, input: &[i8], output: &mut [i8]) {
        let (mut starts, terms) = (Walk::new(&self.kept, &self.strides), self.reduced.iter().product());
        for to in output {
            let (start, mut walk, mut sum) = (starts.next(), Walk::new(&self.reduced, &self.strides), 0i32);
            for _ in 0usize..terms {
                let code = input
                    .get(start + walk.next())
                    .map_or(0, |&code| i32::from(code) - i32::from(self.zero_point));
                sum = sum.wrapping_add(code);
            }
            *to = self.end.code(times(sum, self.factor));
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{Mean, pool, read_pool};
    use crate::reader::Reader;
    use fixq::op::{AveragePool2d, MaxPool2d};
    use fixq::{Double, Multiplier, Output, Shape};
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Against the pools of fixq, which refuse as many windows.
        #[test]
        fn pools_are_those_of_fixq(
            image in [1u8..3, 1u8..6, 1u8..6, 1u8..4], windows in prop::array::uniform2([0u8..4, 0u8..4, 0u8..3, 0u8..3, 0u8..3]),
            codes in prop::collection::vec(any::<i8>(), 180), ends: [i8; 3],
        ) {
            let bytes: Vec<u8> = image.into_iter().chain(windows.into_iter().flatten()).collect();
            let mut reader = Reader::new(&bytes, 0);
            let field = read_pool(&mut reader);
            let end = Output::from_codes(ends[0], ends[1], ends[2]);
            let average = AveragePool2d::new(image.map(usize::from), field.window(), end);
            prop_assert_eq!(reader.is_ok(), average.is_ok());
            let Ok(average) = average else { return Ok(()) };
            let largest = MaxPool2d::new(image.map(usize::from), field.window(), end).unwrap();
            let input = &codes[..average.input_len()];
            prop_assert_eq!(field.lengths(&mut reader, field.channels), [average.input_len(), average.output_len()]);
            let (mut expected, mut found) = (vec![0i8; average.output_len()], vec![0i8; average.output_len()]);
            average.run(input, &mut expected).unwrap();
            pool(&field, false, end, input, &mut found);
            prop_assert_eq!(&found, &expected);
            largest.run(input, &mut expected).unwrap();
            pool(&field, true, end, input, &mut found);
            prop_assert_eq!(&found, &expected);
        }

        /// Against the means of fixq, which refuse the same axes.
        #[test]
        fn means_are_those_of_fixq(
            dims in prop::collection::vec(0u8..4, 0..6), mask in 0u8..64, high in 0u8..40, codes in prop::collection::vec(any::<i8>(), 1024),
            mantissa in 1i32..=i32::MAX, exponent in -20i32..=2, zero_point: i8, ends: [i8; 3],
        ) {
            let mask = if high < 3 { mask | (64 << (high % 2)) } else { mask & ((1 << dims.len()) - 1) };
            let factor = Multiplier::from_parts(mantissa, exponent).unwrap();
            let mut bytes: Vec<u8> = vec![dims.len() as u8];
            bytes.extend(dims.iter().copied().chain([mask]).chain(mantissa.to_le_bytes()));
            bytes.extend([exponent as i8, zero_point, ends[0], ends[1], ends[2]].map(|code| code as u8));
            let mut reader = Reader::new(&bytes, 0);
            let (mean, [input, output]) = Mean::read(&mut reader);
            let dims: Vec<usize> = dims.iter().map(|&dim| dim.into()).collect();
            let axes: Vec<usize> = (0..8).filter(|axis| mask >> axis & 1 == 1).collect();
            let end = Output::from_codes(ends[0], ends[1], ends[2]);
            let shape = Shape::new(&dims).unwrap();
            let expected = fixq::op::Mean::<Double>::from_factor(shape, &axes, factor, zero_point, end);
            prop_assert_eq!(reader.is_ok(), expected.is_ok(), "{:?} {:?}", reader.result(), expected);
            let Ok(operator) = expected else { return Ok(()) };
            prop_assert_eq!([input, output], [shape.len(), operator.output_len()]);
            let (mut expected, mut found) = (vec![0i8; output], vec![0i8; output]);
            operator.run(&codes[..input], &mut expected).unwrap();
            mean.run(&codes[..input], &mut found);
            prop_assert_eq!(&found, &expected);
        }
    }
}
