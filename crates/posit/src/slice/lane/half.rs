//! `f16` and `bf16`: as the `f32` they are exact in, and on blocks.

use super::super::simd::Vectors;
use super::block::{BLOCK, Block, each, from_f32, to_f32, to_f64};
use super::condition;
use crate::kernel::ieee::{self, Ieee};
use crate::{Posit, Storage};

/// An `f16`: its exponent field, moved to that of `f32`, is 112 too small, which a product makes good, for
/// subnormal numbers as well. The infinities become NaN.
#[inline(always)]
fn from_f16(bits: u16) -> f32 {
    let magnitude = u32::from(bits & 0x7FFF);
    let sign = (u32::from(bits) & 0x8000) << 16;
    // 2^112
    let number = (f32::from_bits(magnitude << 13) * f32::from_bits((127 + 112) << 23)).to_bits();
    f32::from_bits(if magnitude >= 0x7C00 { 0x7FC0_0000 } else { sign | number })
}

/// The nearest `f16`, half to even, as IEEE 754 rounds; NaN is the quiet one with no sign and no payload.
#[inline(always)]
fn to_f16(x: f32) -> u16 {
    let magnitude = x.to_bits() & 0x7FFF_FFFF;
    let sign = (x.to_bits() >> 16) & 0x8000;
    // Normal: 13 bits leave, half to even by adding half a unit less one, and one if the kept part is odd;
    // the exponent is 112 less.
    let odd = (magnitude >> 13) & 1;
    let normal = magnitude.wrapping_add(0xFFF + odd).wrapping_sub(112 << 23) >> 13;
    // Below 2^-14: the sum with 1/2 has 2^-24 as its last place, so the adder rounds, and the places are
    // counted in the bits.
    let subnormal = (f32::from_bits(magnitude) + 0.5).to_bits().wrapping_sub(0.5f32.to_bits());
    let number = if magnitude < 113 << 23 { subnormal } else { normal };
    // From 65520 on, half a unit above the largest, it is infinite.
    let number = if magnitude >= 0x477F_F000 { 0x7C00 } else { number };
    (if magnitude > 0x7F80_0000 { 0x7E00 } else { sign | number }) as u16
}

/// A `bf16`.
#[inline(always)]
fn from_bf16(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// The nearest `bf16`, half to even; NaN is the quiet one with no sign and no payload.
#[inline(always)]
fn to_bf16(x: f32) -> u16 {
    let bits = x.to_bits();
    let odd = (bits >> 16) & 1;
    let number = bits.wrapping_add(0x7FFF + odd) >> 16;
    (if x.is_nan() { 0x7FC0 } else { number }) as u16
}

/// An `f64` rounded to odd: towards zero, with the lowest bit set unless exact.
#[inline(always)]
fn odd_f32(x: f64) -> f32 {
    let nearest = x as f32;
    let back = f64::from(nearest);
    let inexact = u32::from((back < x) | (back > x));
    let inward = u32::from(back.abs() > x.abs());
    f32::from_bits(nearest.to_bits().wrapping_sub(inward) | inexact)
}

/// A 16-bit float format.
pub(in crate::slice) trait Half: Copy {
    /// As an integer format of `kernel`.
    const IEEE: Ieee;
    /// Exact but for the payload of NaN; an infinity may become NaN.
    fn to_f32(bits: u16) -> f32;
    /// Half to even; NaN is the quiet one without sign and payload.
    fn of_f32(x: f32) -> u16;
}

/// binary16.
#[derive(Clone, Copy)]
pub(in crate::slice) struct F16;
/// The upper half of binary32.
#[derive(Clone, Copy)]
pub(in crate::slice) struct Bf16;

impl Half for F16 {
    const IEEE: Ieee = ieee::F16;
    #[inline(always)]
    fn to_f32(bits: u16) -> f32 {
        from_f16(bits)
    }
    #[inline(always)]
    fn of_f32(x: f32) -> u16 {
        to_f16(x)
    }
}

impl Half for Bf16 {
    const IEEE: Ieee = ieee::BF16;
    #[inline(always)]
    fn to_f32(bits: u16) -> f32 {
        from_bf16(bits)
    }
    #[inline(always)]
    fn of_f32(x: f32) -> u16 {
        to_bf16(x)
    }
}

/// The nearest `f16` or `bf16`: from `f32` where that is exact, else from `f32` rounded to odd, whose 24
/// bits are more than two longer than 11 and 8.
#[inline(always)]
pub(in crate::slice) fn to_half<H: Half, const N: u32, const ES: u32, S: Storage>(
    vectors: impl Vectors,
    x: &Block<Posit<N, ES, S>>,
    out: &mut Block<u16>,
) {
    if condition::f32_exact(N, ES) {
        let mut floats = [0.0; BLOCK];
        to_f32(vectors, x, &mut floats);
        each(&floats, out, H::of_f32);
    } else if condition::f64_holds(N) {
        each(&to_f64(x), out, |x| H::of_f32(odd_f32(x)));
    } else {
        each(x, out, |x| ieee::from_posit::<N, ES>(x.to_word(), H::IEEE) as u16);
    }
}

/// The posits nearest to `f16` or `bf16`.
#[inline(always)]
pub(in crate::slice) fn from_half<H: Half, const N: u32, const ES: u32, S: Storage>(
    vectors: impl Vectors,
    x: &Block<u16>,
    out: &mut Block<Posit<N, ES, S>>,
) {
    if condition::f64_holds(N) {
        let mut floats = [0.0; BLOCK];
        each(x, &mut floats, H::to_f32);
        from_f32(vectors, &floats, out);
    } else {
        each(x, out, |x| Posit::pattern(ieee::to_posit::<N, ES>(u64::from(x), H::IEEE)));
    }
}
