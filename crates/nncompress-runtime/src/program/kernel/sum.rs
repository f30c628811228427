//! The sum or difference of two tensors of one shape, as `fixq` adds them, with the roundings of `ends`.

use super::ends::{code, high_product};
use fixq::op::{AddFactors, Binary};
use fixq::{Multiplier, Output};

/// A factor of a code less its zero point, both shifted left by 20 bits.
#[derive(Clone, Copy)]
struct Scale {
    mantissa: i32,
    left: u32,
    right: u32,
}

impl Scale {
    /// A factor below a half, or a half: that of the input with the larger scale.
    fn new(factor: Multiplier) -> Option<Self> {
        match (factor.mantissa(), factor.exponent()) {
            // `2^30 · 2^-31`, as a quarter of the double: nothing is rounded away.
            (0x4000_0000, 0) => Some(Self { mantissa: 1 << 30, left: AddFactors::LEFT_SHIFT + 2, right: 1 }),
            (mantissa, -31..=-1) => Some(Self {
                mantissa,
                left: AddFactors::LEFT_SHIFT + 1,
                right: factor.exponent().unsigned_abs(),
            }),
            _ => None,
        }
    }

    #[inline(always)]
    fn apply(self, difference: i32) -> i32 {
        let high = high_product(difference << self.left, self.mantissa);
        high.wrapping_add(high >> 31).wrapping_add(1 << (self.right - 1)) >> self.right
    }
}

/// Writes `a + b`, or `a - b`; tells whether it did: where nothing is broadcast, and all factors are a half at
/// most, that of the sum less, as those of tensors of similar scales are.
#[inline(never)]
pub(in crate::program) fn sum(
    (shapes, zero_points, end): (&Binary, [i32; 2], Output),
    factors: AddFactors,
    subtract: bool,
    [a, b]: [&[i8]; 2],
    output: &mut [i8],
) -> bool {
    let (Some(of_a), Some(of_b), true) =
        (Scale::new(factors.a), Scale::new(factors.b), factors.sum.exponent() < 0)
    else {
        return false;
    };
    let length = output.len();
    let [strides_a, strides_b] = shapes.strides();
    // A dimension along which one input is repeated has different strides, unless it is 1 long.
    let repeated = |i: usize| strides_a.get(i) != strides_b.get(i) && shapes.dims().get(i) != Some(&1);
    if a.len() != length
        || b.len() != length
        || shapes.output_len() != length
        || (0..strides_a.len()).any(repeated)
    {
        return false;
    }
    let sign = if subtract { -1 } else { 1 };
    let zero_point = 1 + 2 * i32::from(end.zero_point());
    let (low, high) = (i32::from(end.low()), i32::from(end.high()));
    for (to, (&a, &b)) in output.iter_mut().zip(a.iter().zip(b)) {
        // |code - zero point| < 2^8: both are below 2^30 when shifted, below 2^27 when halved, and their sum, doubled,
        // below 2^29.
        let a = of_a.apply(i32::from(a) - zero_points[0]);
        let b = of_b.apply(i32::from(b) - zero_points[1]);
        let sum = a.wrapping_add(b.wrapping_mul(sign));
        *to = code(sum, 0, factors.sum, zero_point, [low, high]);
    }
    true
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::sum;
    use fixq::op::{Add, AddFactors, Binary, Sub};
    use fixq::{Double, Multiplier, Output, Shape};
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Against the operators of fixq, for factors that are taken and such that are not.
        #[test]
        fn sums_are_those_of_fixq(
            a in prop::collection::vec(any::<i8>(), 48), b in prop::collection::vec(any::<i8>(), 48),
            zero_points: [i8; 2], ends: [i8; 3], whole: bool, broadcast: bool,
            mantissas in prop::array::uniform3(prop_oneof![1i32 << 30..=i32::MAX, Just(1i32 << 30)]), exponents in (-8i32..=1, -8i32..=1, -24i32..=1),
        ) {
            let part = |i: usize, exponent| Multiplier::from_parts(mantissas[i], exponent).unwrap();
            let factors = AddFactors { a: part(0, exponents.0), b: part(1, exponents.1), sum: part(2, exponents.2) };
            let end = if whole { Output::from_codes(ends[0], -128, 127) } else { Output::from_codes(ends[0], ends[1], ends[2]) };
            let shape = Shape::new(&[2, 1, 24]).unwrap();
            let second = if broadcast { Shape::new(&[1, 2, 24]).unwrap() } else { shape };
            let shapes = Binary::new(&shape, &second).unwrap();
            for subtract in [false, true] {
                let (mut expected, mut found) = (vec![0i8; shapes.output_len()], vec![0i8; shapes.output_len()]);
                if subtract {
                    Sub::<Double>::new(shapes, factors, zero_points, end).run(&a, &b, &mut expected).unwrap();
                } else {
                    Add::<Double>::new(shapes, factors, zero_points, end).run(&a, &b, &mut expected).unwrap();
                }
                let points = zero_points.map(i32::from);
                if sum((&shapes, points, end), factors, subtract, [&a, &b], &mut found) {
                    prop_assert_eq!(&found, &expected);
                    prop_assert!(!broadcast);
                } else {
                    let half = |i: usize, exponent| exponent < 0 || exponent == 0 && mantissas[i] == 1 << 30;
                    let taken = half(0, exponents.0) && half(1, exponents.1) && exponents.2 < 0 && !broadcast;
                    prop_assert!(!taken);
                }
            }
            let _: Vec<i8> = a;
        }
    }
}
