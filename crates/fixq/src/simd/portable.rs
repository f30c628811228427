//! The inner loops in plain Rust.

use super::{Byte, Line, Tile};

/// See [`Backend::tile`](super::Backend::tile); a lane holds two codes of 16 bits.
pub(super) fn tile(rows: usize, left: &[i32], right: &[Line], tile: &mut Tile) {
    for (row, sums) in tile.iter_mut().enumerate().take(rows) {
        let mut acc = [0i32; 16];
        for (&a, Line(b)) in left.iter().skip(row).step_by(rows.max(1)).zip(right) {
            let (a0, a1) = (i32::from(a as i16), a >> 16);
            for (acc, &b) in acc.iter_mut().zip(b) {
                let pair = a0 * i32::from(b as i16) + a1 * (b >> 16);
                *acc = acc.wrapping_add(pair);
            }
        }
        for (sum, acc) in sums.iter_mut().zip(acc) {
            *sum = acc;
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
