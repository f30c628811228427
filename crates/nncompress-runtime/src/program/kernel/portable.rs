//! The inner loops in plain Rust, for patches in the order of their codes.

#![allow(clippy::useless_conversion, reason = "the numbers of a patch have 16 bits or 32")]

use super::Term;
use crate::program::weights::{Row, Stored};

/// Two rows of bytes times a patch.
#[inline(never)]
pub(super) fn bytes(rows: [&[u8]; 2], patch: &[Term]) -> [i32; 2] {
    let [first, second] = rows;
    let mut sums = [0i32; 2];
    for ((&x, &a), &b) in patch.iter().zip(first).zip(second) {
        sums[0] = sums[0].wrapping_add(i32::from(a as i8).wrapping_mul(i32::from(x)));
        sums[1] = sums[1].wrapping_add(i32::from(b as i8).wrapping_mul(i32::from(x)));
    }
    sums
}

/// The halves of an entry of the table of all pairs, low one first, times two numbers of a patch.
#[inline(always)]
fn pair(entry: u32, [x, y]: [Term; 2]) -> i32 {
    let low = i32::from(entry as i16).wrapping_mul(i32::from(x));
    low.wrapping_add((entry as i32 >> 16).wrapping_mul(i32::from(y)))
}

/// Eight packed codes of 4 or 5 bits, with the table of all pairs, times eight numbers of a patch; bytes that are missing
/// are 0.
#[inline(always)]
fn eight(bits: u32, bytes: &[u8], table: &[u32], x: &[Term; 8]) -> i32 {
    let entry = |index: u32| table.get(index as usize).copied().unwrap_or(0);
    let entries = match (bits, bytes) {
        (4, &[a, b, c, d]) => [a, b, c, d].map(|byte| entry(byte.into())),
        (5, &[a, b, c, d, e]) => {
            let word = u32::from_le_bytes([a, b, c, d]);
            [word, word >> 10, word >> 20, word >> 30 | u32::from(e) << 2].map(|word| entry(word & 0x3FF))
        }
        _ => {
            let mut codes = crate::Codes::new(bytes, 2 * bits);
            [(); 4].map(|()| entry(codes.next_code().into()))
        }
    };
    let [a, b, c, d] = entries;
    let (first, second) = (pair(a, [x[0], x[1]]), pair(b, [x[2], x[3]]));
    first.wrapping_add(second).wrapping_add(pair(c, [x[4], x[5]])).wrapping_add(pair(d, [x[6], x[7]]))
}

/// A row of packed codes of 4 or 5 bits, with the table of all pairs, times a patch.
#[inline(never)]
pub(super) fn pairs(bits: u32, row: &[u8], table: &[u32], patch: &[Term]) -> i32 {
    let mut sum = 0i32;
    for (bytes, x) in row.chunks(bits as usize).zip(patch.chunks_exact(8)) {
        if let Some(x) = x.first_chunk() {
            sum = sum.wrapping_add(eight(bits, bytes, table, x));
        }
    }
    sum
}

/// Rows of blocks of eight codes of 4 or 5 bits, from the start of `bytes` on, times a patch, with the table of all pairs;
/// tells what follows the rows.
#[inline(never)]
pub(super) fn rows_of_blocks<'a>(
    weights: &Stored<'a>,
    bytes: &'a [u8],
    table: &[u32],
    patch: &[Term],
    sums: &mut [i32],
) -> Option<&'a [u8]> {
    let mut rest = bytes;
    for sum in sums {
        let (row, behind) = weights.split(rest)?;
        (rest, *sum) = (behind, 0);
        let mut codes = row.codes.chunks_exact(weights.bits as usize);
        for (&mask, x) in row.mask.iter().zip(patch.chunks(64)) {
            let (mut mask, mut x) = (mask, x.chunks_exact(8));
            while mask != 0 {
                let x = x.next()?.first_chunk()?;
                if mask & 1 == 1 {
                    *sum = sum.wrapping_add(eight(weights.bits, codes.next()?, table, x));
                }
                mask >>= 1;
            }
        }
    }
    Some(rest)
}

/// A row of packed codes, worth the entries of a table, times a patch.
#[inline(never)]
pub(super) fn packed(weights: &Stored<'_>, row: Row<'_>, table: &[i16], patch: &[Term]) -> i32 {
    let mut sum = 0i32;
    weights.each(row, table, 0, |column, weight| {
        let x = patch.get(column).map_or(0, |&x| i32::from(x));
        sum = sum.wrapping_add(weight.wrapping_mul(x));
        true
    });
    sum
}

/// One tap of a depthwise convolution: `sums[i] += weights[i] · (x[i] − zero_point)`.
#[inline]
pub(super) fn tap(weights: &[i8], x: &[i8], zero_point: i8, sums: &mut [i32]) {
    for ((sum, &w), &x) in sums.iter_mut().zip(weights).zip(x) {
        *sum = sum.wrapping_add(i32::from(w) * (i32::from(x) - i32::from(zero_point)));
    }
}
