//! Rounding floats to integers, exactly, without the float functions of `std`.
//!
//! *Adding 2^23 to a float of less than 2^23 leaves no room for a fraction*, so the addition itself rounds,
//! half to even, and subtracting 2^23 again is exact. Half away from zero differs on exact halves that went
//! down only: `2.5 → 2 → 3`, recognised by the exact difference `2.5 − 2 = 0.5`.

mod sealed {
    pub trait Sealed {}
}

/// How an exact half is rounded. Sealed: the two rules that exist in the field.
pub trait Round: sealed::Sealed + Copy + core::fmt::Debug + Default + 'static {
    /// The nearest integer of `x`; NaN and the infinities stay, a zero result keeps the sign of `x`.
    fn round_f32(x: f32) -> f32;
    /// The nearest integer of `x`; NaN and the infinities stay, a zero result keeps the sign of `x`.
    fn round_f64(x: f64) -> f64;
}

/// 0.5 → 1, −0.5 → −1, 2.5 → 3: TensorFlow Lite, C's `round`, `f32::round`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HalfAwayFromZero;

/// 0.5 → 0, 1.5 → 2, 2.5 → 2: ONNX, XNNPACK, IEEE 754's default, `f32::round_ties_even`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HalfToEven;

impl sealed::Sealed for HalfAwayFromZero {}
impl sealed::Sealed for HalfToEven {}

const SIGN_32: u32 = 1 << 31;
const SIGN_64: u64 = 1 << 63;
/// 2^23: from here on every f32 is an integer.
const WHOLE_32: f32 = 8_388_608.0;
/// 2^52: from here on every f64 is an integer.
const WHOLE_64: f64 = 4_503_599_627_370_496.0;

#[inline]
fn magnitude_32(x: f32) -> f32 {
    f32::from_bits(x.to_bits() & !SIGN_32)
}

#[inline]
fn with_sign_32(magnitude: f32, sign: f32) -> f32 {
    f32::from_bits(magnitude.to_bits() | (sign.to_bits() & SIGN_32))
}

#[inline]
fn magnitude_64(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & !SIGN_64)
}

#[inline]
fn with_sign_64(magnitude: f64, sign: f64) -> f64 {
    f64::from_bits(magnitude.to_bits() | (sign.to_bits() & SIGN_64))
}

impl Round for HalfToEven {
    #[inline]
    fn round_f32(x: f32) -> f32 {
        let a = magnitude_32(x);
        if a < WHOLE_32 { with_sign_32((a + WHOLE_32) - WHOLE_32, x) } else { x }
    }

    #[inline]
    fn round_f64(x: f64) -> f64 {
        let a = magnitude_64(x);
        if a < WHOLE_64 { with_sign_64((a + WHOLE_64) - WHOLE_64, x) } else { x }
    }
}

impl Round for HalfAwayFromZero {
    #[inline]
    fn round_f32(x: f32) -> f32 {
        let a = magnitude_32(x);
        let even = (a + WHOLE_32) - WHOLE_32;
        let up = if a - even == 0.5 { even + 1.0 } else { even };
        if a < WHOLE_32 { with_sign_32(up, x) } else { x }
    }

    #[inline]
    fn round_f64(x: f64) -> f64 {
        let a = magnitude_64(x);
        let even = (a + WHOLE_64) - WHOLE_64;
        let up = if a - even == 0.5 { even + 1.0 } else { even };
        if a < WHOLE_64 { with_sign_64(up, x) } else { x }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::println;

    fn same(x: f32) {
        assert_eq!(HalfAwayFromZero::round_f32(x).to_bits(), x.round().to_bits(), "{x:e}");
        assert_eq!(HalfToEven::round_f32(x).to_bits(), x.round_ties_even().to_bits(), "{x:e}");
    }

    /// Every f32 near a half and near an integer up to 2^10, and a stride through all the others.
    #[test]
    fn f32_equals_std() {
        let mut count = 0u32;
        for twice in 0..2048u32 {
            let x = twice as f32 / 2.0;
            for step in 0..5 {
                let near = f32::from_bits((x.to_bits() + step).saturating_sub(2));
                same(near);
                same(-near);
                count += 2;
            }
        }
        for bits in (0..=u32::MAX).step_by(1021) {
            let x = f32::from_bits(bits);
            if !x.is_nan() {
                same(x);
                count += 1;
            }
        }
        assert!(HalfAwayFromZero::round_f32(f32::NAN).is_nan() && HalfToEven::round_f32(f32::NAN).is_nan());
        println!("round f32: {count} values, 0 mismatches");
    }

    #[test]
    #[ignore = "all 2^32 inputs, a minute"]
    fn f32_equals_std_everywhere() {
        for bits in 0..=u32::MAX {
            let x = f32::from_bits(bits);
            if !x.is_nan() {
                same(x);
            }
        }
    }

    #[test]
    fn f64_equals_std() {
        let mut state = 1u64;
        for i in 0..2_000_000u64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let x = match i % 3 {
                0 => f64::from_bits(state),
                1 => (state >> 34) as f64 / 2.0,
                _ => f64::from_bits(
                    ((state >> 40) as f64 / 2.0).to_bits().wrapping_add(state % 3).wrapping_sub(1),
                ),
            };
            for x in [x, -x] {
                if !x.is_nan() {
                    assert_eq!(HalfAwayFromZero::round_f64(x).to_bits(), x.round().to_bits(), "{x:e}");
                    assert_eq!(HalfToEven::round_f64(x).to_bits(), x.round_ties_even().to_bits(), "{x:e}");
                }
            }
        }
    }
}
