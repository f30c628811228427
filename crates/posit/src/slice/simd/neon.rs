//! Posits of at most 8 bits in NEON: 16 codes at a time by the tables of [`byte`](super::byte).
//!
//! NEON is part of the target, so that nothing has to be found out, and its widening instructions keep lanes
//! in order. A look-up beyond the 16 entries of a table gives zero.

#![expect(unsafe_code, reason = "intrinsics, and loads and stores through pointers")]
#![allow(unused_unsafe, reason = "intrinsics that touch no memory are safe from Rust 1.87 on")]

use core::arch::aarch64::*;

use super::super::lane::block::{BLOCK, Block};
use super::byte::{Lines, Planes, Regimes, Table};
use super::{Vectors, arrays, arrays_mut};

/// The instructions of the target.
#[derive(Clone, Copy)]
pub(super) struct Neon;

/// The sign, -128, NaR.
const TOP: u8 = 0x80;

/// The entries of a table at these places.
#[inline(always)]
fn look(table: &'static Table, at: uint8x16_t) -> uint8x16_t {
    // SAFETY: NEON is in the target; 16 bytes are read of 16.
    unsafe { vqtbl1q_u8(vld1q_u8(table.as_ptr()), at) }
}

/// Two bytes of each half to a word.
#[inline(always)]
fn words(low: uint8x16_t, high: uint8x16_t) -> [uint16x8_t; 2] {
    // SAFETY: NEON is in the target.
    unsafe { [vreinterpretq_u16_u8(vzip1q_u8(low, high)), vreinterpretq_u16_u8(vzip2q_u8(low, high))] }
}

/// The `bf16` of codes at the tops of bytes, in order. NaR becomes a zero, of any sign.
#[inline(always)]
fn halves<const N: u32, const ES: u32>(codes: uint8x16_t) -> [uint16x8_t; 2] {
    // SAFETY: NEON is in the target.
    unsafe {
        let top = vdupq_n_u8(TOP);
        // That of NaR is 0x80, with 0 in the four bits that follow.
        let magnitude = vreinterpretq_u8_s8(vabsq_s8(vreinterpretq_s8_u8(codes)));
        let four = vdupq_n_u8(15);
        if N <= 5 {
            let low = vandq_u8(vshlq_u8(magnitude, vdupq_n_s8(N as i8 - 8)), four);
            let upper = vorrq_u8(look(&Planes::<N, ES>::UPPER, low), vandq_u8(codes, top));
            return words(look(&Planes::<N, ES>::LOWER, low), upper);
        }
        let upper = vandq_u8(vshrq_n_u8::<3>(magnitude), four);
        let mut slope = look(&Lines::<ES>::SLOPE, upper);
        // Negated slopes have bit 7 set: between the ends, the index of the ends is beyond the table.
        let end = vorrq_u8(vandq_u8(magnitude, four), vandq_u8(slope, top));
        let constant = vorrq_u8(look(&Lines::<ES>::CONSTANT, upper), look(&Lines::<ES>::END_CONSTANT, end));
        if Lines::<ES>::FRACTION_AT_ENDS {
            slope = vorrq_u8(slope, look(&Lines::<ES>::END_SLOPE, end));
        }
        // 1 to 127, but for zero, 128, and NaR, 0, whose slopes are zero: signed bytes.
        let (rest, slope) = (vreinterpretq_s8_u8(vsubq_u8(top, magnitude)), vreinterpretq_s8_u8(slope));
        let sums = [
            (vmull_s8(vget_low_s8(rest), vget_low_s8(slope)), vshll_n_u8::<7>(vget_low_u8(constant))),
            (vmull_high_s8(rest, slope), vshll_high_n_u8::<7>(constant)),
        ];
        // Bit 15 is set unless the number is zero; it leaves positive ones.
        let positive = words(vdupq_n_u8(0), vbicq_u8(top, codes));
        let [lower, upper] =
            sums.map(|(product, constant)| vsubq_u16(vreinterpretq_u16_s16(product), constant));
        [vbicq_u16(lower, positive[0]), vbicq_u16(upper, positive[1])]
    }
}

/// Eight `f32` as words of their upper halves, the lowest bit set if the lower half is not zero.
#[inline(always)]
fn narrow([first, second]: [uint32x4_t; 2]) -> uint16x8_t {
    // SAFETY: NEON is in the target.
    unsafe {
        let (first, second) = (vreinterpretq_u16_u32(first), vreinterpretq_u16_u32(second));
        vorrq_u16(vuzp2q_u16(first, second), vminq_u16(vuzp1q_u16(first, second), vdupq_n_u16(1)))
    }
}

/// The nearest posits to eight floats as [`narrow`] leaves them, as signed words.
#[inline(always)]
fn round<const N: u32, const ES: u32>(floats: uint16x8_t) -> uint16x8_t {
    // SAFETY: NEON is in the target.
    unsafe {
        let range = ((N - 2) << ES) as u16;
        let magnitude = vandq_u16(floats, vdupq_n_u16(0x7FFF));
        let saturated =
            vminq_u16(vmaxq_u16(magnitude, vdupq_n_u16((127 - range) << 7)), vdupq_n_u16((127 + range) << 7));
        // The exponent plus 8 * 2^ES: the regime plus 8, and behind it `rest`.
        let units = vsubq_u16(saturated, vdupq_n_u16(((127 - (8_i32 << ES)) << 7) as u16));
        let regime = vreinterpretq_u8_u16(vshlq_u16(units, vdupq_n_s16(-7 - ES as i16)));
        let rest = vshlq_u16(units, vdupq_n_s16(9 - ES as i16));
        // The upper bytes of the words are zero and look up a zero.
        let factor = vreinterpretq_u16_u8(look(&Regimes::<N>::FACTOR, regime));
        let base = vreinterpretq_u16_u8(look(&Regimes::<N>::BASE, regime));
        let moved = [
            vreinterpretq_u16_u32(vmull_u16(vget_low_u16(rest), vget_low_u16(factor))),
            vreinterpretq_u16_u32(vmull_high_u16(rest, factor)),
        ];
        let pattern = vaddq_u16(base, vuzp2q_u16(moved[0], moved[1]));
        let lost = vuzp1q_u16(moved[0], moved[1]);
        // More than half a unit, or half a unit and an odd pattern: `lost`, less one if it is even, is at
        // least 2^15.
        let even = vbicq_u16(vdupq_n_u16(1), pattern);
        let pattern = vaddq_u16(pattern, vshrq_n_u16::<15>(vqsubq_u16(lost, even)));
        let pattern = vbicq_u16(pattern, vceqq_u16(magnitude, vdupq_n_u16(0)));
        let minus = vsubq_u16(vdupq_n_u16(0), pattern);
        let signed = vbslq_u16(vcltzq_s16(vreinterpretq_s16_u16(floats)), minus, pattern);
        vbslq_u16(vcgtq_u16(magnitude, vdupq_n_u16(0x7F7F)), vdupq_n_u16(1 << (N - 1)), signed)
    }
}

impl Vectors for Neon {
    #[inline(always)]
    fn bytes_to_f32<const N: u32, const ES: u32>(self, codes: &Block<u8>, out: &mut Block<f32>) -> bool {
        if N > 8 || N > 5 && !Lines::<ES>::FIT {
            return false;
        }
        for (codes, out) in arrays::<16, _>(codes).zip(arrays_mut::<16, _>(out)) {
            // SAFETY: NEON is in the target; 16 bytes are read of 16, and four floats are written at 0, 4, 8
            // and 12 of 16.
            unsafe {
                let codes = vshlq_u8(vld1q_u8(codes.as_ptr()), vdupq_n_s8(8 - N as i8));
                let nar = vceqq_u8(codes, vdupq_n_u8(TOP));
                let nar = words(nar, nar);
                for (i, half) in halves::<N, ES>(codes).into_iter().enumerate() {
                    let half = vbslq_u16(nar[i], vdupq_n_u16(0x7FC0), half);
                    let to = out.as_mut_ptr().add(8 * i).cast();
                    vst1q_u32(to, vshll_n_u16::<16>(vget_low_u16(half)));
                    vst1q_u32(to.add(4), vshll_high_n_u16::<16>(half));
                }
            }
        }
        true
    }

    #[inline(always)]
    fn bytes_from_f32<const N: u32, const ES: u32>(self, x: &Block<f32>, out: &mut Block<u8>) -> bool {
        if N > 8 {
            return false;
        }
        for (x, out) in arrays::<16, _>(x).zip(arrays_mut::<16, _>(out)) {
            // SAFETY: NEON is in the target; four floats are read at 0, 4, 8 and 12 of 16, and 16 bytes are
            // written into 16.
            unsafe {
                let float = |at: usize| vld1q_u32(x.as_ptr().add(at).cast());
                let lower = round::<N, ES>(narrow([float(0), float(4)]));
                let upper = round::<N, ES>(narrow([float(8), float(12)]));
                let bytes = vcombine_u8(vmovn_u16(lower), vmovn_u16(upper));
                vst1q_u8(out.as_mut_ptr(), vandq_u8(bytes, vdupq_n_u8(0xFF >> (8 - N))));
            }
        }
        true
    }
}

const _: () = assert!(BLOCK % 16 == 0, "blocks are whole vectors of bytes");
