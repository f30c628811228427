//! The inner loops of ARMv7E-M, each with a portable twin that gives the same bits.
//!
//! `smlad` adds two products of 16 bits to a sum of 32, which wraps. Bytes become halves by `sxtb16`, crossed: of
//! the bytes 0, 1, 2, 3 first 0 and 2, then, rotated, 1 and 3. Codes of four and five bits become halves two at a
//! time, by a table of all pairs.
//!
//! Where there are two pixels, their patches lie interleaved: as many words of one as are read at once, then those
//! of the other. Registers 6 and 7 belong to the compiler, so they are saved.
#![allow(unsafe_code, reason = "inner loops in assembler, whose reads are bounded before")]

use super::patch::Order;

/// Whether the loops of this file are used.
pub(super) const ACTIVE: bool = cfg!(feature = "dsp");

/// A loop in assembler, or its twin: `asm!` on a device, Rust elsewhere.
macro_rules! on_device {
    ($device:block else $twin:block) => {{
        #[cfg(all(target_arch = "arm", feature = "dsp"))]
        {
            $device
        }
        #[cfg(not(all(target_arch = "arm", feature = "dsp")))]
        {
            $twin
        }
    }};
}

/// Halves of a word, low one first.
#[allow(dead_code, reason = "for the twins")]
const fn halves(word: u32) -> [i32; 2] {
    [word as i16 as i32, (word as i32) >> 16]
}

#[allow(dead_code, reason = "for the twins")]
const fn smlad(a: u32, b: u32, sum: i32) -> i32 {
    let ([a0, a1], [b0, b1]) = (halves(a), halves(b));
    sum.wrapping_add(a0.wrapping_mul(b0)).wrapping_add(a1.wrapping_mul(b1))
}

/// Bytes 0 and 2 of a word as halves, added to the halves of another.
#[allow(dead_code, reason = "for the twins")]
const fn sxtab16(to: u32, word: u32) -> u32 {
    let low = (to as u16).wrapping_add(word as i8 as u16);
    let high = ((to >> 16) as u16).wrapping_add((word >> 16) as i8 as u16);
    low as u32 | (high as u32) << 16
}

/// Writes codes less a zero point as a patch; their number is a multiple of eight, and stops at the patch's end.
#[inline(never)]
pub(super) fn widen(
    codes: &[i8],
    zero_point: i8,
    order: Order,
    [pixel, pixels]: [usize; 2],
    patch: &mut [u32],
) {
    let less = (-i32::from(zero_point)) as u32;
    let less = less & 0xFFFF | less << 16;
    let paired = order == Order::Neighbours;
    let (first, second) = if paired { (pixel, pixel + pixels) } else { (2 * pixel, 2 * pixel + 1) };
    for (codes, to) in codes.chunks_exact(4).zip(patch.chunks_exact_mut(2 * pixels.max(1))) {
        let &[a, b, c, d] = codes else { return };
        let word = u32::from_le_bytes([a as u8, b as u8, c as u8, d as u8]);
        let even: u32;
        let odd: u32;
        on_device!({
            // SAFETY: reads and writes registers only.
            unsafe {
                core::arch::asm!("sxtab16 {even}, {less}, {word}", "sxtab16 {odd}, {less}, {word}, ror #8",
                    even = out(reg) even, odd = lateout(reg) odd, less = in(reg) less, word = in(reg) word,
                    options(pure, nomem, nostack));
            }
        } else {
            (even, odd) = (sxtab16(less, word), sxtab16(less, word.rotate_right(8)));
        });
        let words =
            if paired { (even & 0xFFFF | odd << 16, even >> 16 | odd & 0xFFFF_0000) } else { (even, odd) };
        if let Some(to) = to.get_mut(first) {
            *to = words.0;
        }
        if let Some(to) = to.get_mut(second) {
            *to = words.1;
        }
    }
}

/// Four rows of bytes times one crossed patch; zeros unless each row has twice as many bytes as the patch has words,
/// in eights.
#[inline(never)]
pub(super) fn bytes_of_four(rows: [&[u8]; 4], patch: &[u32]) -> [i32; 4] {
    let (mut sums, eights) = ([0i32; 4], patch.len() / 4);
    if eights == 0 || rows.iter().any(|row| row.len() < 8 * eights) {
        return sums;
    }
    let [a, b, c, d] = rows;
    on_device!({
        // SAFETY: `eights` times eight bytes are read of each row, and four words of the patch, which is aligned.
        // All are that long. Nothing is written; registers 6 and 7 are put back.
        unsafe {
            core::arch::asm!(
                "push {{r6, r7}}",
                "2:",
                ".rept 2",
                "ldrd r2, r3, [r12], #8",
                "ldr r6, [r0], #4", "sxtb16 r7, r6", "sxtb16 r6, r6, ror #8", "smlad r8, r7, r2, r8", "smlad r8, r6, r3, r8",
                "ldr r6, [r1], #4", "sxtb16 r7, r6", "sxtb16 r6, r6, ror #8", "smlad r9, r7, r2, r9", "smlad r9, r6, r3, r9",
                "ldr r6, [r4], #4", "sxtb16 r7, r6", "sxtb16 r6, r6, ror #8", "smlad r10, r7, r2, r10", "smlad r10, r6, r3, r10",
                "ldr r6, [r5], #4", "sxtb16 r7, r6", "sxtb16 r6, r6, ror #8", "smlad r11, r7, r2, r11", "smlad r11, r6, r3, r11",
                ".endr",
                "subs lr, lr, #1",
                "bne 2b",
                "pop {{r6, r7}}",
                inout("r0") a.as_ptr() => _, inout("r1") b.as_ptr() => _, inout("r4") c.as_ptr() => _,
                inout("r5") d.as_ptr() => _, inout("r12") patch.as_ptr() => _, inout("lr") eights => _,
                out("r2") _, out("r3") _, inout("r8") sums[0], inout("r9") sums[1], inout("r10") sums[2],
                inout("r11") sums[3],
                options(readonly),
            );
        }
    } else {
        for (row, sum) in [a, b, c, d].into_iter().zip(&mut sums) {
            *sum = row_of_bytes(row, patch, [0, 1]);
        }
    });
    sums
}

/// Two rows of bytes times two crossed patches: the sums of the first row with both, then those of the second. Zeros
/// unless each row has as many bytes as the patches have words, in eights.
#[inline(never)]
pub(super) fn bytes_of_two(rows: [&[u8]; 2], patches: &[u32]) -> [i32; 4] {
    let (mut sums, eights) = ([0i32; 4], patches.len() / 8);
    if eights == 0 || rows.iter().any(|row| row.len() < 8 * eights) {
        return sums;
    }
    let [a, b] = rows;
    on_device!({
        // SAFETY: as above, with eight words of the patches.
        unsafe {
            core::arch::asm!(
                "push {{r6, r7}}",
                "2:",
                ".rept 2",
                "ldmia r12!, {{r2, r3, r4, r5}}",
                "ldr r6, [r0], #4", "sxtb16 r7, r6", "sxtb16 r6, r6, ror #8",
                "smlad r8, r7, r2, r8", "smlad r9, r7, r4, r9", "smlad r8, r6, r3, r8", "smlad r9, r6, r5, r9",
                "ldr r6, [r1], #4", "sxtb16 r7, r6", "sxtb16 r6, r6, ror #8",
                "smlad r10, r7, r2, r10", "smlad r11, r7, r4, r11", "smlad r10, r6, r3, r10", "smlad r11, r6, r5, r11",
                ".endr",
                "subs lr, lr, #1",
                "bne 2b",
                "pop {{r6, r7}}",
                inout("r0") a.as_ptr() => _, inout("r1") b.as_ptr() => _, inout("r12") patches.as_ptr() => _,
                inout("lr") eights => _, out("r2") _, out("r3") _, out("r4") _, out("r5") _,
                inout("r8") sums[0], inout("r9") sums[1], inout("r10") sums[2], inout("r11") sums[3],
                options(readonly),
            );
        }
    } else {
        sums = [row_of_bytes(a, patches, [0, 2]), row_of_bytes(a, patches, [1, 2]),
            row_of_bytes(b, patches, [0, 2]), row_of_bytes(b, patches, [1, 2])];
    });
    sums
}

/// A row of bytes times pixel `pixel` of the crossed patches of `1 << shift` pixels.
#[allow(dead_code, reason = "for the twins")]
fn row_of_bytes(row: &[u8], patch: &[u32], [pixel, shift]: [usize; 2]) -> i32 {
    let stride = if shift == 2 { 4 } else { 2 };
    row.chunks_exact(4).zip(patch.chunks_exact(stride)).fold(0, |sum, (bytes, words)| {
        let word = u32::from_le_bytes(bytes.try_into().unwrap_or_default());
        let of = |index: usize| words.get(2 * pixel + index).copied().unwrap_or(0);
        smlad(sxtab16(0, word.rotate_right(8)), of(1), smlad(sxtab16(0, word), of(0), sum))
    })
}

/// The loop over eight codes of two rows: the words of `$load`, then four pairs, whose indices `$index` puts into
/// register 7.
#[cfg(all(target_arch = "arm", feature = "dsp"))]
macro_rules! pair {
    (one $sum:literal $x:literal) => {
        concat!("ldr r7, [r10, r7, lsl #2]\nsmlad ", $sum, ", r7, ", $x, ", ", $sum)
    };
    (two $a:literal $b:literal) => {
        concat!("ldr r7, [r4, r7, lsl #2]\nsmlad ", $a, ", r7, r2, ", $a, "\nsmlad ", $b, ", r7, r3, ", $b)
    };
}

/// Two rows of packed codes of `BITS` bits, 4 or 5, times one patch of neighbours, with the table of all pairs.
/// Zeros unless each row has `BITS` bytes for four words of the patch.
#[inline(never)]
pub(super) fn pairs_of_one<const BITS: usize>(rows: [&[u8]; 2], table: &[u32], patch: &[u32]) -> [i32; 2] {
    let (mut sums, eights) = ([0i32; 2], patch.len() / 4);
    if eights == 0
        || rows.iter().any(|row| row.len() < BITS * eights)
        || table.len() < super::pairs(BITS as u32)
    {
        return sums;
    }
    let [a, b] = rows;
    on_device!({
        // SAFETY: `BITS` bytes are read of each row for four words of the patch, and a pair of codes is an index into
        // the table, whose length was checked. Nothing is written; registers 6 and 7 are put back.
        unsafe {
            if BITS == 4 {
                core::arch::asm!(
                    "push {{r6, r7}}",
                    "2:",
                    "ldmia r12!, {{r2, r3, r4, r5}}",
                    "ldr r6, [r0], #4",
                    "uxtb r7, r6", pair!(one "r8" "r2"),
                    "ubfx r7, r6, #8, #8", pair!(one "r8" "r3"),
                    "ubfx r7, r6, #16, #8", pair!(one "r8" "r4"),
                    "lsr r7, r6, #24", pair!(one "r8" "r5"),
                    "ldr r6, [r1], #4",
                    "uxtb r7, r6", pair!(one "r9" "r2"),
                    "ubfx r7, r6, #8, #8", pair!(one "r9" "r3"),
                    "ubfx r7, r6, #16, #8", pair!(one "r9" "r4"),
                    "lsr r7, r6, #24", pair!(one "r9" "r5"),
                    "subs lr, lr, #1",
                    "bne 2b",
                    "pop {{r6, r7}}",
                    inout("r0") a.as_ptr() => _, inout("r1") b.as_ptr() => _, inout("r12") patch.as_ptr() => _,
                    inout("lr") eights => _, in("r10") table.as_ptr(), out("r2") _, out("r3") _, out("r4") _, out("r5") _,
                    inout("r8") sums[0], inout("r9") sums[1],
                    options(readonly),
                );
            } else {
                core::arch::asm!(
                    "push {{r6, r7}}",
                    "2:",
                    "ldmia r12!, {{r2, r3, r4, r5}}",
                    "ldr r6, [r0], #5",
                    "ubfx r7, r6, #0, #10", pair!(one "r8" "r2"),
                    "ubfx r7, r6, #10, #10", pair!(one "r8" "r3"),
                    "ubfx r7, r6, #20, #10", pair!(one "r8" "r4"),
                    "ldrb r7, [r0, #-1]", "lsr r6, r6, #30", "orr r7, r6, r7, lsl #2", pair!(one "r8" "r5"),
                    "ldr r6, [r1], #5",
                    "ubfx r7, r6, #0, #10", pair!(one "r9" "r2"),
                    "ubfx r7, r6, #10, #10", pair!(one "r9" "r3"),
                    "ubfx r7, r6, #20, #10", pair!(one "r9" "r4"),
                    "ldrb r7, [r1, #-1]", "lsr r6, r6, #30", "orr r7, r6, r7, lsl #2", pair!(one "r9" "r5"),
                    "subs lr, lr, #1",
                    "bne 2b",
                    "pop {{r6, r7}}",
                    inout("r0") a.as_ptr() => _, inout("r1") b.as_ptr() => _, inout("r12") patch.as_ptr() => _,
                    inout("lr") eights => _, in("r10") table.as_ptr(), out("r2") _, out("r3") _, out("r4") _, out("r5") _,
                    inout("r8") sums[0], inout("r9") sums[1],
                    options(readonly),
                );
            }
        }
    } else {
        sums = [row_of_pairs(BITS, a, table, patch, [0, 1]), row_of_pairs(BITS, b, table, patch, [0, 1])];
    });
    sums
}

/// The same with two patches: the sums of the first row with both, then those of the second.
#[inline(never)]
pub(super) fn pairs_of_two<const BITS: usize>(rows: [&[u8]; 2], table: &[u32], patches: &[u32]) -> [i32; 4] {
    let (mut sums, eights) = ([0i32; 4], patches.len() / 8);
    if eights == 0
        || rows.iter().any(|row| row.len() < BITS * eights)
        || table.len() < super::pairs(BITS as u32)
    {
        return sums;
    }
    let [a, b] = rows;
    on_device!({
        // SAFETY: as above, with eight words of the patches.
        unsafe {
            if BITS == 4 {
                core::arch::asm!(
                    "push {{r6, r7}}",
                    "2:",
                    "ldr r5, [r0], #4", "ldr r6, [r1], #4",
                    "ldrd r2, r3, [r12], #8", "uxtb r7, r5", pair!(two "r8" "r9"), "uxtb r7, r6", pair!(two "r10" "r11"),
                    "ldrd r2, r3, [r12], #8", "ubfx r7, r5, #8, #8", pair!(two "r8" "r9"), "ubfx r7, r6, #8, #8", pair!(two "r10" "r11"),
                    "ldrd r2, r3, [r12], #8", "ubfx r7, r5, #16, #8", pair!(two "r8" "r9"), "ubfx r7, r6, #16, #8", pair!(two "r10" "r11"),
                    "ldrd r2, r3, [r12], #8", "lsr r7, r5, #24", pair!(two "r8" "r9"), "lsr r7, r6, #24", pair!(two "r10" "r11"),
                    "subs lr, lr, #1",
                    "bne 2b",
                    "pop {{r6, r7}}",
                    inout("r0") a.as_ptr() => _, inout("r1") b.as_ptr() => _, inout("r12") patches.as_ptr() => _,
                    inout("lr") eights => _, in("r4") table.as_ptr(), out("r2") _, out("r3") _, out("r5") _,
                    inout("r8") sums[0], inout("r9") sums[1], inout("r10") sums[2], inout("r11") sums[3],
                    options(readonly),
                );
            } else {
                core::arch::asm!(
                    "push {{r6, r7}}",
                    "2:",
                    "ldr r5, [r0], #5", "ldr r6, [r1], #5",
                    "ldrd r2, r3, [r12], #8", "ubfx r7, r5, #0, #10", pair!(two "r8" "r9"), "ubfx r7, r6, #0, #10", pair!(two "r10" "r11"),
                    "ldrd r2, r3, [r12], #8", "ubfx r7, r5, #10, #10", pair!(two "r8" "r9"), "ubfx r7, r6, #10, #10", pair!(two "r10" "r11"),
                    "ldrd r2, r3, [r12], #8", "ubfx r7, r5, #20, #10", pair!(two "r8" "r9"), "ubfx r7, r6, #20, #10", pair!(two "r10" "r11"),
                    "ldrd r2, r3, [r12], #8",
                    "ldrb r7, [r0, #-1]", "lsr r5, r5, #30", "orr r7, r5, r7, lsl #2", pair!(two "r8" "r9"),
                    "ldrb r7, [r1, #-1]", "lsr r6, r6, #30", "orr r7, r6, r7, lsl #2", pair!(two "r10" "r11"),
                    "subs lr, lr, #1",
                    "bne 2b",
                    "pop {{r6, r7}}",
                    inout("r0") a.as_ptr() => _, inout("r1") b.as_ptr() => _, inout("r12") patches.as_ptr() => _,
                    inout("lr") eights => _, in("r4") table.as_ptr(), out("r2") _, out("r3") _, out("r5") _,
                    inout("r8") sums[0], inout("r9") sums[1], inout("r10") sums[2], inout("r11") sums[3],
                    options(readonly),
                );
            }
        }
    } else {
        sums = [row_of_pairs(BITS, a, table, patches, [0, 2]), row_of_pairs(BITS, a, table, patches, [1, 2]),
            row_of_pairs(BITS, b, table, patches, [0, 2]), row_of_pairs(BITS, b, table, patches, [1, 2])];
    });
    sums
}

/// A row of codes times pixel `pixel` of patches of `pixels` pixels.
#[allow(dead_code, reason = "for the twins")]
fn row_of_pairs(bits: usize, row: &[u8], table: &[u32], patch: &[u32], [pixel, pixels]: [usize; 2]) -> i32 {
    let mut codes = crate::Codes::new(row, 2 * bits as u32);
    patch.chunks_exact(pixels).fold(0, |sum, words| {
        let pair = table.get(usize::from(codes.next_code())).copied().unwrap_or(0);
        smlad(pair, words.get(pixel).copied().unwrap_or(0), sum)
    })
}

/// Up to 32 blocks of eight codes of `BITS` bits, 4 or 5, of which those in `mask` have codes, times a patch of
/// neighbours, added to a sum; the sum alone unless all are there.
#[inline(never)]
pub(super) fn blocks<const BITS: usize>(
    mask: u32,
    codes: &[u8],
    table: &[u32],
    patch: &[u32],
    mut sum: i32,
) -> i32 {
    let (count, end) = (mask.count_ones() as usize, (32 - mask.leading_zeros()) as usize);
    if count == 0
        || codes.len() < BITS * count
        || patch.len() < 4 * end
        || table.len() < super::pairs(BITS as u32)
    {
        return sum;
    }
    on_device!({
        // SAFETY: `BITS` bytes are read for each bit of the mask, and the four words of the patch at its place; a pair
        // of codes is an index into the table, whose length was checked. Nothing is written; registers 6 and 7 are
        // put back.
        unsafe {
            if BITS == 4 {
                core::arch::asm!(
                    "push {{r6, r7}}",
                    "rbit r1, r1",
                    "2:",
                    "clz r7, r1", "add r12, r12, r7, lsl #4", "lsl r1, r1, r7", "lsls r1, r1, #1",
                    "ldmia r12!, {{r2, r3, r4, r5}}",
                    "ldr r6, [r0], #4",
                    "uxtb r7, r6", pair!(one "r8" "r2"),
                    "ubfx r7, r6, #8, #8", pair!(one "r8" "r3"),
                    "ubfx r7, r6, #16, #8", pair!(one "r8" "r4"),
                    "lsr r7, r6, #24", pair!(one "r8" "r5"),
                    "bne 2b",
                    "pop {{r6, r7}}",
                    inout("r0") codes.as_ptr() => _, inout("r1") mask => _, inout("r12") patch.as_ptr() => _,
                    in("r10") table.as_ptr(), out("r2") _, out("r3") _, out("r4") _, out("r5") _, inout("r8") sum,
                    options(readonly),
                );
            } else {
                core::arch::asm!(
                    "push {{r6, r7}}",
                    "rbit r1, r1",
                    "2:",
                    "clz r7, r1", "add r12, r12, r7, lsl #4", "lsl r1, r1, r7", "lsls r1, r1, #1",
                    "ldmia r12!, {{r2, r3, r4, r5}}",
                    "ldr r6, [r0], #5",
                    "ubfx r7, r6, #0, #10", pair!(one "r8" "r2"),
                    "ubfx r7, r6, #10, #10", pair!(one "r8" "r3"),
                    "ubfx r7, r6, #20, #10", pair!(one "r8" "r4"),
                    "ldrb r7, [r0, #-1]", "lsr r6, r6, #30", "orr r7, r6, r7, lsl #2", pair!(one "r8" "r5"),
                    "bne 2b",
                    "pop {{r6, r7}}",
                    inout("r0") codes.as_ptr() => _, inout("r1") mask => _, inout("r12") patch.as_ptr() => _,
                    in("r10") table.as_ptr(), out("r2") _, out("r3") _, out("r4") _, out("r5") _, inout("r8") sum,
                    options(readonly),
                );
            }
        }
    } else {
        let mut codes = codes.chunks_exact(BITS);
        for (_, words) in patch.chunks_exact(4).enumerate().filter(|(block, _)| *block < 32 && mask >> block & 1 == 1) {
            let block = row_of_pairs(BITS, codes.next().unwrap_or(&[]), table, words, [0, 1]);
            sum = sum.wrapping_add(block);
        }
    });
    sum
}

/// One tap of a depthwise convolution: `sums[i] += weights[i] · (x[i] − zero_point)`, as far as all three reach.
#[inline(never)]
pub(super) fn tap(weights: &[u8], x: &[i8], zero_point: i8, sums: &mut [i32]) {
    let length = weights.len().min(x.len()).min(sums.len());
    let fours = length / 4;
    #[cfg(all(target_arch = "arm", feature = "dsp"))]
    if fours > 0 {
        let less = (-i32::from(zero_point)) as u32;
        let less = less & 0xFFFF | less << 16;
        // SAFETY: of weights and inputs `4 · fours` bytes are read, of the sums as many words are read and written; all
        // are that long. Registers 6 and 7 are put back.
        unsafe {
            core::arch::asm!(
                "push {{r6, r7}}",
                "2:",
                "ldr r6, [r0], #4", "ldr r7, [r1], #4",
                "ldmia r12, {{r2, r3, r4, r5}}",
                "sxtab16 r8, r10, r6", "sxtab16 r6, r10, r6, ror #8",
                "sxtb16 r9, r7", "sxtb16 r7, r7, ror #8",
                "smlabb r2, r8, r9, r2", "smlabb r3, r6, r7, r3",
                "smlatt r4, r8, r9, r4", "smlatt r5, r6, r7, r5",
                "stmia r12!, {{r2, r3, r4, r5}}",
                "subs lr, lr, #1",
                "bne 2b",
                "pop {{r6, r7}}",
                inout("r0") x.as_ptr() => _, inout("r1") weights.as_ptr() => _, inout("r12") sums.as_mut_ptr() => _,
                inout("lr") fours => _, in("r10") less, out("r2") _, out("r3") _, out("r4") _, out("r5") _,
                out("r8") _, out("r9") _,
            );
        }
    }
    let done = if cfg!(all(target_arch = "arm", feature = "dsp")) { 4 * fours } else { 0 };
    let rest = (weights.get(done..), x.get(done..), sums.get_mut(done..));
    if let (Some(weights), Some(x), Some(sums)) = rest {
        super::portable::tap(weights, x, zero_point, sums);
    }
}
