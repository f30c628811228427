//! Depthwise convolutions: taps that lie inside the image, each added to the sums of neighbouring channels.
//!
//! The taps under a pixel are listed by their distance from the first one, in the image and in the weights. The list
//! is the same for all pixels with as many rows and columns under the window, so it is made again only at borders.

use super::dsp::{self, MOST_TAPS, Taps};
use super::patch::Field;
use super::{Ends, portable};
use crate::program::weights::Stored;

/// How many channels are summed at once.
const BLOCK: usize = 64;

/// The taps along one axis that lie inside the image: the first, and the one behind the last; the same where none do.
fn inside(kernel: usize, dilation: usize, corner: usize, before: usize, size: usize) -> [usize; 2] {
    let inside = |tap: &usize| (before..size + before).contains(&(corner + tap * dilation));
    let first = (0..kernel).find(inside).unwrap_or(0);
    [first, (first..kernel).find(|tap| !inside(tap)).unwrap_or(kernel)]
}

/// A depthwise convolution with as many outputs as inputs or a multiple of them.
pub(in crate::program) fn depthwise(
    weights: Stored<'_>,
    outputs: usize,
    field: &Field,
    ends: &Ends<'_>,
    input: &[i8],
    output: &mut [i8],
) {
    let [batch, height, width, channels] = field.image;
    let ([rows, columns], window, [top, left]) = (field.output, &field.window, field.before());
    let ([down, across], [down_by, across_by]) = (window.kernel, window.dilation);
    let plain = match weights {
        Stored::Dense { weights, .. } if outputs == channels && down * across <= MOST_TAPS => Some(weights),
        _ => None,
    };
    // Of the columns whose pixels have all taps of a row inside, the first, and the one behind the last.
    let whole = left.div_ceil(window.stride[1].max(1))
        ..(width + left).saturating_sub((across.max(1) - 1) * across_by).div_ceil(window.stride[1].max(1));
    let mut pixels = output.chunks_exact_mut(outputs.max(1));
    let (mut taps, mut sums) = (Taps::NONE, [0i32; BLOCK]);
    for (n, y) in (0..batch).flat_map(|n| (0..rows).map(move |y| (n, y))) {
        let corner = y * window.stride[0];
        let [down, down_end] = inside(down, down_by, corner, top, height);
        let row = n * height + (corner + down * down_by).saturating_sub(top);
        // How far the taps of these columns lie behind the first: in the image, and in the weights.
        let behind = |[across, across_end]: [usize; 2]| {
            let taps =
                (0..down_end - down).flat_map(move |ky| (0..across_end - across).map(move |kx| [ky, kx]));
            taps.map(|[ky, kx]| {
                let ahead = ky * down_by * width + kx * across_by;
                [ahead * channels, (ky * window.kernel[1] + kx) * outputs]
            })
        };
        let mut listed = false;
        let mut at = [0; 2];
        for (x, pixel) in (0..columns).zip(&mut pixels) {
            let corner = x * window.stride[1];
            if !(listed && whole.contains(&x)) {
                listed = whole.contains(&x);
                let [across, across_end] = inside(window.kernel[1], across_by, corner, left, width);
                at = [across, across_end];
                taps = Taps::NONE;
                if plain.is_some() {
                    behind(at).for_each(|tap| taps.push(tap));
                }
            }
            let [across, _] = at;
            let first = (down * window.kernel[1] + across) * outputs;
            let start = (row * width + (corner + across * across_by).saturating_sub(left)) * channels;
            let mut from = 0;
            while from < outputs {
                let Some(sums) = sums.get_mut(..BLOCK.min(outputs - from)) else { return };
                if let Some(plain) = plain {
                    let places = (input.get(start + from..), plain.get(first + from..));
                    let (Some(codes), Some(weights)) = places else { return };
                    let done = dsp::depthwise(&taps, codes, weights, field.zero_point, sums);
                    if done < sums.len() {
                        rest(&taps, [codes, weights], done, field.zero_point, sums);
                    }
                } else {
                    sums.fill(0);
                    for [ahead, weight] in behind(at) {
                        let Some(codes) = input.get(start + ahead..start + ahead + channels) else {
                            continue;
                        };
                        add_tap(
                            weights,
                            first + weight + from,
                            codes,
                            [from, outputs / channels.max(1)],
                            field.zero_point,
                            sums,
                        );
                    }
                }
                ends.codes(from, sums, pixel);
                from += BLOCK;
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

/// Adds one tap of weights that are not plain bytes: those from number `at` on, with the channels `under` it from
/// output `first` on.
fn add_tap(
    weights: Stored<'_>,
    at: usize,
    under: &[i8],
    [first, multiplier]: [usize; 2],
    zero_point: i8,
    sums: &mut [i32],
) {
    let channels = (first..).map(|output| {
        let code = output.checked_div(multiplier).and_then(|channel| under.get(channel));
        i32::from(code.copied().unwrap_or(zero_point)) - i32::from(zero_point)
    });
    if let Stored::Coded(coded) = weights {
        for ((sum, weight), x) in sums.iter_mut().zip(coded.from(at)).zip(channels) {
            *sum = sum.wrapping_add(weight.wrapping_mul(x));
        }
        return;
    }
    for ((index, sum), x) in (at..).zip(sums).zip(channels) {
        *sum = sum.wrapping_add(fixq::Weights::get(&weights, index).wrapping_mul(x));
    }
}
