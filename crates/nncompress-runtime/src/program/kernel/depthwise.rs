//! Depthwise convolutions: taps that lie inside the image, each added to the sums of neighbouring channels.
//!
//! The taps under a pixel are listed by their distance from the first one, in the image and in the weights. The list
//! is the same for all pixels with as many rows and columns under the window, so it is made again only at borders.

use super::dsp::{self, MOST_TAPS, Taps};
use super::{Ends, portable};
use crate::program::field::Field;
use crate::program::weights::Stored;

/// How many channels are summed at once.
const BLOCK: usize = 64;

/// A depthwise convolution with as many outputs as inputs or a multiple of them.
#[inline(never)]
pub(in crate::program) fn depthwise(
    weights: &Stored<'_>,
    outputs: usize,
    field: &Field,
    ends: &Ends<'_>,
    input: &[i8],
    output: &mut [i8],
) {
    let (Field { axes: [rows, columns], channels, .. }, zero_point) = (field, field.zero_point);
    let plain = weights.is_plain() && outputs == *channels && field.taps() <= MOST_TAPS;
    let mut pixels = output.chunks_exact_mut(outputs.max(1));
    let (mut taps, mut sums) = (Taps::NONE, [0i32; BLOCK]);
    let all;
    let mut table: &[i16] = &[];
    if cfg!(feature = "packed") && !plain {
        all = weights.entries.all(weights.bits);
        table = &all;
    }
    for (n, y) in (0..field.batch).flat_map(|n| (0..rows.output).map(move |y| (n, y))) {
        let [down, down_end] = rows.inside(y);
        // Of a window without a tap inside, the place is below the image, and nothing is read there.
        let row = (n * rows.input).wrapping_add(rows.place(y, down));
        let mut listed = [usize::MAX; 2];
        for (x, pixel) in (0..columns.output).zip(&mut pixels) {
            let inside = columns.inside(x);
            let [across, across_end] = inside;
            if plain && inside != listed {
                listed = inside;
                taps = Taps::NONE;
                for ky in 0..down_end - down {
                    for kx in 0..across_end - across {
                        let ahead = ky * rows.dilation * columns.input + kx * columns.dilation;
                        taps.push([ahead * channels, (ky * columns.kernel + kx) * outputs]);
                    }
                }
            }
            for from in (0..outputs).step_by(BLOCK) {
                let Some(sums) = sums.get_mut(..BLOCK.min(outputs - from)) else { return };
                if plain {
                    let first = (down * columns.kernel + across) * outputs + from;
                    let start = row.wrapping_mul(columns.input).wrapping_add(columns.place(x, across));
                    let start = start.wrapping_mul(*channels);
                    let codes = input.get(start.wrapping_add(from)..).unwrap_or(&[]);
                    let weights = weights.plain_from(first);
                    let done = dsp::depthwise(&taps, codes, weights, zero_point, sums);
                    if done < sums.len() {
                        rest(&taps, [codes, weights], done, zero_point, sums);
                    }
                } else {
                    sums.fill(0);
                    for ky in down..down_end {
                        for kx in across..across_end {
                            let row = (n * rows.input + rows.place(y, ky)) * columns.input;
                            let start = (row + columns.place(x, kx)) * channels;
                            let under = input.get(start..start + channels).unwrap_or(&[]);
                            let tap = ky * columns.kernel + kx;
                            packed_tap(
                                weights,
                                table,
                                [tap, from],
                                (under, outputs.checked_div(*channels).unwrap_or(1)),
                                zero_point,
                                sums,
                            );
                        }
                    }
                }
                ends.codes(from, sums, pixel);
            }
        }
    }
}

/// The sums of taps from number `done` on.
fn rest(taps: &Taps, [codes, weights]: [&[i8]; 2], done: usize, zero_point: i8, sums: &mut [i32]) {
    let Some(sums) = sums.get_mut(done..) else { return };
    sums.fill(0);
    for [ahead, weight] in taps.iter() {
        if let (Some(codes), Some(weights)) = (codes.get(ahead + done..), weights.get(weight + done..)) {
            portable::tap(weights, codes, zero_point, sums);
        }
    }
}

/// Adds the weights of row `tap` with the channels `under` it, which have `each` outputs, to the sums of outputs from
/// `first` on.
fn packed_tap(
    weights: &Stored<'_>,
    table: &[i16],
    [tap, first]: [usize; 2],
    (under, each): (&[i8], usize),
    zero_point: i8,
    sums: &mut [i32],
) {
    weights.each(weights.row(tap), table, first, |output, weight| {
        let Some(sum) = sums.get_mut(output - first) else { return false };
        let code = output.checked_div(each).and_then(|channel| under.get(channel));
        let difference = i32::from(code.copied().unwrap_or(zero_point)) - i32::from(zero_point);
        *sum = sum.wrapping_add(weight.wrapping_mul(difference));
        true
    });
}
