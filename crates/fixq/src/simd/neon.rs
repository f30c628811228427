//! NEON: `smlal`, four products of 16-bit numbers added to four sums in 32 bits, exact as `vpmaddwd` is.
//!
//! NEON is part of the target, so that nothing has to be found out. `sdot`, 16 products of bytes an instruction, would be
//! the next step: its intrinsics are not in stable Rust.

#![allow(unused_unsafe, reason = "intrinsics that touch no memory are safe from Rust 1.87 on")]

use super::{Backend, Byte, Line, Strip, TILE, Taps, Tile, portable};
use core::arch::aarch64::*;

/// The sums of a row of a tile; six rows are 24 of 32 registers, and four are for the right side.
type Sums = [int32x4_t; 4];

/// The sums that a line holds.
#[inline(always)]
fn sums(Line(line): &Line) -> Sums {
    // SAFETY: NEON is in the target; four words are read at 0, 4, 8 and 12 of 16.
    [0, 4, 8, 12].map(|at| unsafe { vld1q_s32(line.as_ptr().add(at)) })
}

/// First and second codes of 16 lanes, eight and eight.
#[inline(always)]
fn lanes(Line(line): &Line) -> [int16x8x2_t; 2] {
    let from: *const i16 = line.as_ptr().cast();
    // SAFETY: NEON is in the target; a line has 32 numbers of 16 bits.
    unsafe { [vld2q_s16(from), vld2q_s16(from.add(16))] }
}

/// Adds the products of a pair of codes with those of 16 lanes.
#[inline(always)]
fn add(sums: &mut Sums, pair: [u8; 4], right: &[int16x8x2_t; 2]) {
    // SAFETY: NEON is in the target.
    unsafe {
        let pair = vreinterpret_s16_s32(vdup_n_s32(i32::from_le_bytes(pair)));
        for (sums, right) in sums.chunks_exact_mut(2).zip(right) {
            sums[0] = vmlal_lane_s16::<0>(sums[0], vget_low_s16(right.0), pair);
            sums[1] = vmlal_high_lane_s16::<0>(sums[1], right.0, pair);
            sums[0] = vmlal_lane_s16::<1>(sums[0], vget_low_s16(right.1), pair);
            sums[1] = vmlal_high_lane_s16::<1>(sums[1], right.1, pair);
        }
    }
}

/// Writes sums into the first 16 places of a row of a tile.
#[inline(always)]
fn store(row: &mut [i32; TILE[1]], sums: Sums) {
    for (part, sums) in row.chunks_exact_mut(4).zip(sums) {
        // SAFETY: NEON is in the target; a part has four words.
        unsafe { vst1q_s32(part.as_mut_ptr(), sums) };
    }
}

/// See [`Backend::strip`]; nothing is done if the strip does not have what its numbers say.
pub(super) fn strip(_: Backend, strip: &Strip<'_>, rows: usize, lines: usize, tile: &mut Tile) {
    if lines != 1 || !strip.fits(rows, lines) {
        return;
    }
    match rows {
        1 => rows_of::<1>(strip, tile),
        2 => rows_of::<2>(strip, tile),
        3 => rows_of::<3>(strip, tile),
        4 => rows_of::<4>(strip, tile),
        5 => rows_of::<5>(strip, tile),
        6 => rows_of::<6>(strip, tile),
        _ => {}
    }
}

fn rows_of<const R: usize>(strip: &Strip<'_>, tile: &mut Tile) {
    let mut acc = [sums(strip.start.first().unwrap_or(&Line::ZERO)); R];
    for segment in 0..strip.segments {
        let right = strip.right.iter().skip(segment * strip.steps).take(strip.steps);
        for (step, right) in right.enumerate() {
            let right = lanes(right);
            for (row, acc) in acc.iter_mut().enumerate() {
                let at = row * strip.pixel + segment * strip.segment + 4 * step;
                if let Some(pair) = strip.bytes.get(at..).and_then(<[u8]>::first_chunk) {
                    add(acc, *pair, &right);
                }
            }
        }
    }
    tile.iter_mut().zip(acc).for_each(|(row, acc)| store(row, acc));
}

/// See [`Backend::taps`].
pub(super) fn taps(taps: &Taps<'_>, rows: usize, tile: &mut Tile) {
    for (row, tile) in tile.iter_mut().enumerate().take(rows) {
        let mut sums = sums(&Line::ZERO);
        for (pair, line) in taps.pairs.iter().zip(taps.right) {
            let at = |offset| taps.bytes.get(row * taps.pixel + offset..).and_then(<[u8]>::first_chunk);
            let [Some(a), Some(b)] = pair.map(at) else { continue };
            // Lanes 0 to 3 are channels 0 to 3, lanes 4 to 7 channels 8 to 11, the others those between and behind.
            let [first, second] = lanes(line);
            for (codes, [first, second]) in [(a, [first.0, second.0]), (b, [first.1, second.1])] {
                let codes: &[u8; 32] = codes;
                // SAFETY: NEON is in the target; 16 bytes are read at 0 and 16 of 32.
                unsafe {
                    let codes = [vld1q_u8(codes.as_ptr()), vld1q_u8(codes.as_ptr().add(16))];
                    let [lower, upper] = codes.map(|codes| vreinterpretq_s16_u8(codes));
                    sums[0] = vmlal_s16(sums[0], vget_low_s16(lower), vget_low_s16(first));
                    sums[1] = vmlal_s16(sums[1], vget_high_s16(lower), vget_low_s16(second));
                    sums[2] = vmlal_s16(sums[2], vget_low_s16(upper), vget_high_s16(first));
                    sums[3] = vmlal_s16(sums[3], vget_high_s16(upper), vget_high_s16(second));
                }
            }
        }
        store(tile, sums);
    }
}

/// 16 codes as signed 16-bit numbers.
///
/// # Safety
/// `from` points at 16 readable bytes.
#[inline(always)]
unsafe fn widen<T: Byte>(from: *const T) -> [int16x8_t; 2] {
    // SAFETY: NEON is in the target, and as the caller promises; a code is a byte.
    unsafe {
        let codes = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(from.cast()), vdupq_n_u8(T::FLIP)));
        [vmovl_s8(vget_low_s8(codes)), vmovl_high_s8(codes)]
    }
}

/// See [`Backend::dots`]; every row lies in `weights`.
pub(super) fn dots<W: Byte, X: Byte>(
    _: Backend,
    weights: &[W],
    [start, stride]: [usize; 2],
    x: &[X],
    zero_point: i32,
    sums: &mut [i32],
) {
    let whole = x.len() / 16 * 16;
    let (head, rest) = x.split_at(whole);
    for (i, sums) in sums.chunks_mut(4).enumerate() {
        let at = start + 4 * i * stride;
        if let Ok(four) = <&mut [i32; 4]>::try_from(&mut *sums) {
            rows(weights, [at, stride], head, zero_point, four);
            continue;
        }
        for (r, one) in sums.iter_mut().enumerate() {
            rows(weights, [at + r * stride, stride], head, zero_point, core::array::from_mut(one));
        }
    }
    if !rest.is_empty() {
        portable::dots(weights, [start + whole, stride], rest, zero_point, sums);
    }
}

/// `R` rows of whole blocks of 16; nothing is done with what does not lie in the weights.
fn rows<W: Byte, X: Byte, const R: usize>(
    weights: &[W],
    [start, stride]: [usize; 2],
    x: &[X],
    zero_point: i32,
    sums: &mut [i32; R],
) {
    // SAFETY: NEON is in the target.
    let (mut acc, zero) = unsafe { ([[vdupq_n_s32(0); 2]; R], vdupq_n_s16(zero_point as i16)) };
    for (i, block) in x.chunks_exact(16).enumerate() {
        // SAFETY: a block has 16 codes.
        let block = unsafe { widen(block.as_ptr()) };
        // SAFETY: NEON is in the target.
        let block = block.map(|x| unsafe { vsubq_s16(x, zero) });
        for (r, acc) in acc.iter_mut().enumerate() {
            let at = start + r * stride + 16 * i;
            let Some(row) = weights.get(at..at + 16) else { continue };
            // SAFETY: a row has 16 codes here; NEON is in the target.
            unsafe {
                for (w, x) in widen(row.as_ptr()).into_iter().zip(block) {
                    acc[0] = vmlal_s16(acc[0], vget_low_s16(w), vget_low_s16(x));
                    acc[1] = vmlal_high_s16(acc[1], w, x);
                }
            }
        }
    }
    for (sum, acc) in sums.iter_mut().zip(acc) {
        // SAFETY: NEON is in the target.
        *sum = sum.wrapping_add(unsafe { vaddvq_s32(vaddq_s32(acc[0], acc[1])) });
    }
}
