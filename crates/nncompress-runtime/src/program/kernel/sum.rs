//! The sum or difference of two tensors of one shape, as `fixq` adds them, with the roundings of `ends`.

use super::ends::{code, high_product};
use crate::program::pair::Pair;
use fixq::Multiplier;
use fixq::op::AddFactors;

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

/// Writes `a + b`, or `a - b` where the sign says so.
///
/// In one loop where nothing is repeated and all factors are a half at most, that of the sum less, as those of tensors of
/// similar scales are.
#[inline(never)]
pub(in crate::program) fn sum(pair: &Pair, sign: i32, [a, b]: [&[i8]; 2], output: &mut [i8]) {
    let AddFactors { a: factor_a, b: factor_b, sum } = pair.factors;
    let (Some(of_a), Some(of_b), true, true) =
        (Scale::new(factor_a), Scale::new(factor_b), sum.exponent() < 0, pair.is_straight())
    else {
        return pair.run(Some(sign), [a, b], output);
    };
    let [zero_a, zero_b] = pair.zero_points.map(i32::from);
    let zero_point = 1 + 2 * i32::from(pair.end.zero_point());
    let (low, high) = (i32::from(pair.end.low()), i32::from(pair.end.high()));
    for (to, (&a, &b)) in output.iter_mut().zip(a.iter().zip(b)) {
        // |code - zero point| < 2^8: both are below 2^30 when shifted, below 2^27 when halved, and their sum, doubled,
        // below 2^29.
        let a = of_a.apply(i32::from(a) - zero_a);
        let b = of_b.apply(i32::from(b) - zero_b);
        *to = code(a.wrapping_add(b.wrapping_mul(sign)), 0, sum, zero_point, [low, high]);
    }
}
