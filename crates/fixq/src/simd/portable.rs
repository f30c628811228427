//! The inner loops in plain Rust.

use super::{Byte, Line, Strip, Taps, Tile, interleaved};

/// See [`Backend::strip`](super::Backend::strip); a lane holds two codes of 16 bits.
pub(super) fn strip(strip: &Strip<'_>, rows: usize, lines: usize, tile: &mut Tile) {
    for (row, sums) in tile.iter_mut().enumerate().take(rows) {
        for (i, (sums, Line(start))) in sums.chunks_exact_mut(16).zip(strip.start).enumerate().take(lines) {
            let mut acc = *start;
            for segment in 0..strip.segments {
                let at = row * strip.pixel + segment * strip.segment;
                let bytes = strip.bytes.get(at..).unwrap_or(&[]).chunks_exact(4).take(strip.steps);
                let right = strip.right.iter().skip(segment * strip.steps * lines + i).step_by(lines);
                for (lane, Line(b)) in bytes.zip(right) {
                    let a = i32::from_le_bytes(lane.try_into().unwrap_or([0; 4]));
                    let (a0, a1) = (i32::from(a as i16), a >> 16);
                    for (acc, &b) in acc.iter_mut().zip(b) {
                        let pair = a0 * i32::from(b as i16) + a1 * (b >> 16);
                        *acc = acc.wrapping_add(pair);
                    }
                }
            }
            sums.copy_from_slice(&acc);
        }
    }
}

/// See [`Backend::taps`](super::Backend::taps).
pub(super) fn taps(taps: &Taps<'_>, rows: usize, tile: &mut Tile) {
    for (row, sums) in tile.iter_mut().enumerate().take(rows) {
        sums.fill(0);
        for (pair, Line(line)) in taps.pairs.iter().zip(taps.right) {
            let at = |offset| taps.bytes.get(row * taps.pixel + offset..).and_then(|b| b.first_chunk::<32>());
            let [Some(a), Some(b)] = pair.map(at) else { continue };
            for (lane, &w) in line.iter().enumerate() {
                let channel = interleaved(lane);
                let code = |x: &[u8; 32]| i32::from(i16::from_le_bytes([x[2 * channel], x[2 * channel + 1]]));
                sums[channel] =
                    sums[channel].wrapping_add(code(a) * i32::from(w as i16) + code(b) * (w >> 16));
            }
        }
    }
}

/// See [`Backend::dots`](super::Backend::dots).
pub(super) fn dots<W: Byte, X: Byte>(
    weights: &[W],
    [start, stride]: [usize; 2],
    x: &[X],
    zero_point: i32,
    sums: &mut [i32],
) {
    for (r, sum) in sums.iter_mut().enumerate() {
        let row = weights.get(start.saturating_add(r.saturating_mul(stride))..).unwrap_or(&[]);
        let terms = row.iter().zip(x).map(|(w, x)| {
            // In 16 bits, so that compilers see a product of 16-bit numbers and pair them.
            let x = i16::from(x.signed()).wrapping_sub(zero_point as i16);
            i32::from(i16::from(w.signed())) * i32::from(x)
        });
        *sum = terms.fold(*sum, i32::wrapping_add);
    }
}
