//! The inner loops in plain Rust, for patches in the order of their codes.

use crate::program::coded::{Entries, Row};

/// Two rows of bytes times a patch.
#[inline(never)]
pub(super) fn bytes(rows: [&[u8]; 2], patch: &[i16]) -> [i32; 2] {
    let [first, second] = rows;
    let mut sums = [0i32; 2];
    for ((&x, &a), &b) in patch.iter().zip(first).zip(second) {
        sums[0] = sums[0].wrapping_add(i32::from(a as i8) * i32::from(x));
        sums[1] = sums[1].wrapping_add(i32::from(b as i8) * i32::from(x));
    }
    sums
}

/// Packed codes of `bits` bits times as many numbers of a patch, added to a sum.
#[inline(never)]
pub(super) fn codes(bits: u32, entries: Entries<'_>, codes: &[u8], patch: &[i16], sum: i32) -> i32 {
    match entries {
        Entries::Integers => {
            each(bits, codes, patch, sum, |code| (code << (32 - bits)) as i32 >> (32 - bits))
        }
        Entries::Bytes(entries) => each(bits, codes, patch, sum, |code| {
            entries.get(code as usize).map_or(0, |&entry| i32::from(entry))
        }),
        Entries::Words(_) => {
            each(bits, codes, patch, sum, |code| i32::from(entries.value(bits, code as u16)))
        }
    }
}

#[inline(always)]
fn each(bits: u32, codes: &[u8], patch: &[i16], mut sum: i32, value: impl Fn(u32) -> i32) -> i32 {
    let mask = (1 << bits) - 1;
    // Fewer than 8 bits wait when a byte is added: at most 15 in use.
    let (mut buffer, mut filled, mut codes) = (0u32, 0, codes.iter());
    for &x in patch {
        if filled < bits {
            buffer |= codes.next().map_or(0, |&byte| u32::from(byte)) << filled;
            filled += 8;
        }
        sum = sum.wrapping_add(value(buffer & mask).wrapping_mul(i32::from(x)));
        buffer >>= bits;
        filled -= bits;
    }
    sum
}

/// A row of which blocks of `block` weights are left out, times a patch.
#[inline(never)]
pub(super) fn blocks(bits: u32, entries: Entries<'_>, block: usize, row: Row<'_>, patch: &[i16]) -> i32 {
    let (mut sum, mut rest) = (0, row.codes);
    let Some(size) = crate::packed_bytes(block, bits) else { return 0 };
    if block & 7 == 0 {
        for (index, patch) in patch.chunks(block.max(1)).enumerate() {
            if row.mask.get(index / 8).is_some_and(|mask| mask >> (index % 8) & 1 == 1) {
                let (now, then) = rest.split_at(size.min(rest.len()));
                sum = codes(bits, entries, now, patch, sum);
                rest = then;
            }
        }
        return sum;
    }
    let mut packed = crate::Codes::new(row.codes, bits);
    for (index, patch) in patch.chunks(block.max(1)).enumerate() {
        if row.mask.get(index / 8).is_some_and(|mask| mask >> (index % 8) & 1 == 1) {
            for &x in patch {
                sum = sum.wrapping_add(
                    i32::from(entries.value(bits, packed.next_code())).wrapping_mul(i32::from(x)),
                );
            }
            // The patch may end within a block.
            (patch.len()..block).for_each(|_| _ = packed.next_code());
        }
    }
    sum
}

/// One tap of a depthwise convolution: `sums[i] += weights[i] · (x[i] − zero_point)`.
#[inline]
pub(super) fn tap(weights: &[i8], x: &[i8], zero_point: i8, sums: &mut [i32]) {
    for ((sum, &w), &x) in sums.iter_mut().zip(weights).zip(x) {
        *sum = sum.wrapping_add(i32::from(w) * (i32::from(x) - i32::from(zero_point)));
    }
}

/// Indices of `bits` bits from number `start` on, worth their entries, times a patch.
#[inline(never)]
pub(super) fn dictionary(bits: u32, entries: &[i8], codes: &[u8], start: usize, patch: &[i16]) -> i32 {
    let mut codes = crate::program::weights::codes_from(codes, bits, start);
    patch.iter().fold(0, |sum: i32, &x| {
        let entry = entries.get(usize::from(codes.next_code())).copied().unwrap_or(0);
        sum.wrapping_add(i32::from(entry) * i32::from(x))
    })
}
