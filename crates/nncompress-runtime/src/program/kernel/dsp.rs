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
use crate::program::weights::Stored;
use fixq::Multiplier;

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

/// Writes fours of codes less a zero point into a patch, number `pixel` of `pixels` that lie interleaved; nothing unless
/// all fit.
#[inline(never)]
pub(super) fn widen(
    codes: &[i8],
    zero_point: i8,
    order: Order,
    [pixel, pixels]: [usize; 2],
    patch: &mut [u32],
) {
    if !ACTIVE {
        // A word for each number.
        for (to, &code) in patch.iter_mut().zip(codes) {
            *to = (i32::from(code) - i32::from(zero_point)) as u32;
        }
        return;
    }
    let less = (-i32::from(zero_point)) as u32;
    let less = less & 0xFFFF | less << 16;
    let step = 2 * pixels;
    let fours = codes.len() / 4;
    let (first, second) = match order {
        Order::Neighbours => (pixel, pixel + pixels),
        Order::Crossed => (2 * pixel, 2 * pixel + 1),
    };
    if fours == 0 || second >= step || fours * step > patch.len() {
        return;
    }
    on_device!({
        // SAFETY: four codes are read and two words written for each of `fours`, the words at `first` and `second` of
        // each `step`, below which they lie; both slices are that long.
        unsafe {
            if order == Order::Crossed {
                core::arch::asm!(
                    "2:",
                    "ldr r2, [r0], #4", "sxtab16 r4, r10, r2", "sxtab16 r5, r10, r2, ror #8",
                    "strd r4, r5, [r1]", "add r1, r1, r3",
                    "subs lr, lr, #1",
                    "bne 2b",
                    inout("r0") codes.as_ptr() => _, inout("r1") patch.as_mut_ptr().add(first) => _,
                    inout("lr") fours => _, in("r3") 4 * step, in("r10") less,
                    out("r2") _, out("r4") _, out("r5") _, options(nostack),
                );
            } else {
                core::arch::asm!(
                    "2:",
                    "ldr r2, [r0], #4", "sxtab16 r4, r10, r2", "sxtab16 r2, r10, r2, ror #8",
                    "pkhbt r5, r4, r2, lsl #16", "pkhtb r2, r2, r4, asr #16",
                    "str r5, [r1]", "str r2, [r1, r12]", "add r1, r1, r3",
                    "subs lr, lr, #1",
                    "bne 2b",
                    inout("r0") codes.as_ptr() => _, inout("r1") patch.as_mut_ptr().add(first) => _,
                    inout("lr") fours => _, in("r3") 4 * step, in("r10") less, in("r12") 4 * pixels,
                    out("r2") _, out("r4") _, out("r5") _, options(nostack),
                );
            }
        }
    } else {
        for (codes, to) in codes.chunks_exact(4).zip(patch.chunks_exact_mut(step)) {
            let &[a, b, c, d] = codes else { return };
            let word = u32::from_le_bytes([a as u8, b as u8, c as u8, d as u8]);
            let (even, odd) = (sxtab16(less, word), sxtab16(less, word.rotate_right(8)));
            let words = match order {
                Order::Neighbours => (even & 0xFFFF | odd << 16, even >> 16 | odd & 0xFFFF_0000),
                Order::Crossed => (even, odd),
            };
            if let Some(to) = to.get_mut(first) {
                *to = words.0;
            }
            if let Some(to) = to.get_mut(second) {
                *to = words.1;
            }
        }
    });
}

/// Neighbouring rows of weights as they are stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    /// From the first row on.
    pub(super) bytes: &'a [u8],
    /// From one row to the next.
    pub(super) size: usize,
    /// How many there are.
    pub(super) count: usize,
}

impl Rows<'_> {
    /// Whether `read` bytes from the start of each row are there, and at least one of both.
    pub(super) fn hold(&self, read: usize) -> bool {
        let last = self.count.checked_sub(1).and_then(|rows| rows.checked_mul(self.size));
        read > 0 && last.and_then(|last| last.checked_add(read)).is_some_and(|end| end <= self.bytes.len())
    }

    /// The bytes from row `index` on, or from the last row.
    pub(super) fn from(&self, index: usize) -> &[u8] {
        self.bytes.get(index.min(self.count.saturating_sub(1)) * self.size..).unwrap_or(&[])
    }
}

/// The most rows that are multiplied at once.
pub(super) const ROWS: usize = 64;

/// The sums of rows with a patch.
pub(super) type Sums = [i32; ROWS];

/// The index of a pair of four bits, its entry, and two products.
#[cfg(all(target_arch = "arm", feature = "dsp"))]
macro_rules! nibbles {
    ($row:literal $table:literal $($sum:literal $x:literal)*) => {
        concat!("ldrb r7, [", $row, "], #1\nldr r7, [", $table, ", r7, lsl #2]", $("\nsmlad ", $sum, ", r7, ", $x, ", ", $sum),*)
    };
}

/// The same of the five bits of a pair from bit `$from` of a word on, or of the last pair of eight codes, which crosses
/// into the byte behind the word.
#[cfg(all(target_arch = "arm", feature = "dsp"))]
macro_rules! fives {
    ($row:literal last $($sum:literal $x:literal)*) => {
        concat!("ldrh r7, [", $row, ", #-2]\nlsr r7, r7, #6\nldr r7, [r4, r7, lsl #2]", $("\nsmlad ", $sum, ", r7, ", $x, ", ", $sum),*)
    };
    ($word:literal $from:literal $($sum:literal $x:literal)*) => {
        concat!("ubfx r7, ", $word, ", #", $from, ", #10\nldr r7, [r4, r7, lsl #2]", $("\nsmlad ", $sum, ", r7, ", $x, ", ", $sum),*)
    };
}

/// Turns of four rows, in registers 0, 1, 4 and 5, with one patch: `$eight` multiplies eight weights of each with four
/// words from register 12 on, adds to registers 8 to 11, and may use 2, 3, 7, and 6, which has the table.
#[cfg(all(target_arch = "arm", feature = "dsp"))]
macro_rules! four_rows {
    ($row:ident $step:ident $turns:ident $eights:ident $patch:ident $table:ident $to:ident; $($eight:tt)*) => {
        core::arch::asm!(
            "push {{r2, r3, r6, r7, r8, r9, r12, lr}}",
            "2:",
            "ldr r6, [sp, #20]", "ldrd r12, lr, [sp, #24]",
            "mov r8, #0", "mov r9, #0", "mov r10, #0", "mov r11, #0",
            "3:",
            $($eight)*
            "subs lr, lr, #1",
            "bne 3b",
            "ldr r6, [sp, #16]", "stmia r6!, {{r8, r9, r10, r11}}", "str r6, [sp, #16]",
            "ldrd r2, r3, [sp]",
            "add r0, r0, r2", "add r1, r1, r2", "add r4, r4, r2", "add r5, r5, r2",
            "subs r3, r3, #1", "str r3, [sp, #4]",
            "bne 2b",
            "pop {{r2, r3, r6, r7, r8, r9, r12, lr}}",
            inout("r0") $row(0) => _, inout("r1") $row(1) => _, inout("r4") $row(2) => _, inout("r5") $row(3) => _,
            inout("r2") $step => _, inout("r3") $turns => _, inout("r8") $to[0] => _, inout("r9") $table => _,
            in("r12") $patch, in("lr") $eights, out("r10") _, out("r11") _,
        )
    };
}

/// Turns of two rows, in registers 0 and 1, with up to two patches: `$eight` multiplies eight weights of each with the
/// words from register 12 on, adds to registers 8 and 9 (the first row) and 10 and 11, and may use 2 to 7, of which 4
/// has the table at first.
#[cfg(all(target_arch = "arm", feature = "dsp"))]
macro_rules! two_rows {
    ($row:ident $step:ident $turns:ident $eights:ident $patch:ident $table:ident $to:ident; $($eight:tt)*) => {
        core::arch::asm!(
            "push {{r2, r3, r4, r5, r6, r7, r9, r12, lr}}",
            "2:",
            "ldr r4, [sp, #24]", "ldrd r12, lr, [sp, #28]",
            "mov r8, #0", "mov r9, #0", "mov r10, #0", "mov r11, #0",
            "3:",
            $($eight)*
            "subs lr, lr, #1",
            "bne 3b",
            "ldrd r4, r5, [sp, #8]", "strd r8, r10, [r4], #8", "strd r9, r11, [r5], #8", "strd r4, r5, [sp, #8]",
            "ldrd r2, r3, [sp]",
            "add r0, r0, r2", "add r1, r1, r2",
            "subs r3, r3, #1", "str r3, [sp, #4]",
            "bne 2b",
            "pop {{r2, r3, r4, r5, r6, r7, r9, r12, lr}}",
            inout("r0") $row(0) => _, inout("r1") $row(1) => _, inout("r2") $step => _, inout("r3") $turns => _,
            inout("r4") $to[0] => _, inout("r5") $to[1] => _, inout("r9") $table => _,
            in("r12") $patch, in("lr") $eights, out("r8") _, out("r10") _, out("r11") _,
        )
    };
}

/// Rows times one patch, or two that lie interleaved: the sums with each. Weights are bytes, where `bits` is 8 and
/// patches are crossed, or packed codes of 4 or 5 bits, with the table of all pairs, where patches are of neighbours.
/// Nothing is written unless all rows are there for the whole patches.
#[inline(never)]
pub(super) fn rows(
    rows: Rows<'_>,
    bits: u32,
    table: &[u32],
    (patches, pixels): (&[u32], usize),
    sums: &mut [Sums; 2],
) {
    let bits = if cfg!(feature = "packed") { bits } else { 8 };
    let eights = patches.len() / (4 * pixels);
    let read = eights * bits as usize;
    if !rows.hold(read) || rows.count > ROWS || (bits != 8 && table.len() < super::pairs(bits)) {
        return;
    }
    on_device!({
        let together = if pixels == 1 && bits != 5 { 4 } else { 2 };
        let mut done = 0;
        while done < rows.count {
            // The rows that are left over make a turn in which the last one stands more than once.
            let turns = ((rows.count - done) / together).max(1);
            let row = |next: usize| rows.from(done + next).as_ptr();
            let (step, patch, table) = ((together * rows.size).wrapping_sub(read), patches.as_ptr(), table.as_ptr());
            let [first, second] = sums;
            // SAFETY: `bits` bytes are read of each row for four words of each patch, and a pair of codes is an index
            // into the table; all are that long. `together` words are written in each turn to both sums from `done`
            // on: both multiples of `together`, as is their length, and `done` is below the number of rows. The stack
            // and the registers 6 and 7 are put back.
            unsafe {
                let to = [first.as_mut_ptr().add(done), second.as_mut_ptr().add(done)];
                match (bits, pixels) {
                    (8, 1) => four_rows!(row step turns eights patch table to;
                        ".rept 2",
                        "ldrd r2, r3, [r12], #8",
                        "ldr r6, [r0], #4", "sxtb16 r7, r6", "sxtb16 r6, r6, ror #8", "smlad r8, r7, r2, r8", "smlad r8, r6, r3, r8",
                        "ldr r6, [r1], #4", "sxtb16 r7, r6", "sxtb16 r6, r6, ror #8", "smlad r9, r7, r2, r9", "smlad r9, r6, r3, r9",
                        "ldr r6, [r4], #4", "sxtb16 r7, r6", "sxtb16 r6, r6, ror #8", "smlad r10, r7, r2, r10", "smlad r10, r6, r3, r10",
                        "ldr r6, [r5], #4", "sxtb16 r7, r6", "sxtb16 r6, r6, ror #8", "smlad r11, r7, r2, r11", "smlad r11, r6, r3, r11",
                        ".endr",
                    ),
                    (8, _) => two_rows!(row step turns eights patch table to;
                        ".rept 2",
                        "ldmia r12!, {{r2, r3, r4, r5}}",
                        "ldr r6, [r0], #4", "sxtb16 r7, r6", "sxtb16 r6, r6, ror #8",
                        "smlad r8, r7, r2, r8", "smlad r9, r7, r4, r9", "smlad r8, r6, r3, r8", "smlad r9, r6, r5, r9",
                        "ldr r6, [r1], #4", "sxtb16 r7, r6", "sxtb16 r6, r6, ror #8",
                        "smlad r10, r7, r2, r10", "smlad r11, r7, r4, r11", "smlad r10, r6, r3, r10", "smlad r11, r6, r5, r11",
                        ".endr",
                    ),
                    (4, 1) if eights & 1 == 0 => {
                        let sixteens = eights / 2;
                        four_rows!(row step turns sixteens patch table to;
                        ".rept 4",
                        "ldrd r2, r3, [r12], #8",
                        nibbles!("r0" "r6" "r8" "r2"), nibbles!("r0" "r6" "r8" "r3"),
                        nibbles!("r1" "r6" "r9" "r2"), nibbles!("r1" "r6" "r9" "r3"),
                        nibbles!("r4" "r6" "r10" "r2"), nibbles!("r4" "r6" "r10" "r3"),
                        nibbles!("r5" "r6" "r11" "r2"), nibbles!("r5" "r6" "r11" "r3"),
                        ".endr",
                    );
                    }
                    (4, 1) => four_rows!(row step turns eights patch table to;
                        ".rept 2",
                        "ldrd r2, r3, [r12], #8",
                        nibbles!("r0" "r6" "r8" "r2"), nibbles!("r0" "r6" "r8" "r3"),
                        nibbles!("r1" "r6" "r9" "r2"), nibbles!("r1" "r6" "r9" "r3"),
                        nibbles!("r4" "r6" "r10" "r2"), nibbles!("r4" "r6" "r10" "r3"),
                        nibbles!("r5" "r6" "r11" "r2"), nibbles!("r5" "r6" "r11" "r3"),
                        ".endr",
                    ),
                    (4, _) => two_rows!(row step turns eights patch table to;
                        ".rept 4",
                        "ldrd r2, r3, [r12], #8",
                        nibbles!("r0" "r4" "r8" "r2" "r9" "r3"), nibbles!("r1" "r4" "r10" "r2" "r11" "r3"),
                        ".endr",
                    ),
                    // Registers 9 and 11 are not sums here. Words of 80 bits begin at the bits 0, 24 and 48.
                    (_, 1) if eights & 1 == 0 => {
                        let sixteens = eights / 2;
                        two_rows!(row step turns sixteens patch table to;
                            "ldmia r12!, {{r2, r3, r5, r6}}",
                            "ldr r9, [r0], #3", "ldr r11, [r1], #3",
                            fives!("r9" "0" "r8" "r2"), fives!("r9" "10" "r8" "r3"), fives!("r9" "20" "r8" "r5"),
                            fives!("r11" "0" "r10" "r2"), fives!("r11" "10" "r10" "r3"), fives!("r11" "20" "r10" "r5"),
                            "ldr r9, [r0], #3", "ldr r11, [r1], #3",
                            fives!("r9" "6" "r8" "r6"), fives!("r11" "6" "r10" "r6"),
                            "ldmia r12!, {{r2, r3, r5, r6}}",
                            fives!("r9" "16" "r8" "r2"), fives!("r11" "16" "r10" "r2"),
                            "ldr r9, [r0], #4", "ldr r11, [r1], #4",
                            fives!("r9" "2" "r8" "r3"), fives!("r9" "12" "r8" "r5"), fives!("r9" "22" "r8" "r6"),
                            fives!("r11" "2" "r10" "r3"), fives!("r11" "12" "r10" "r5"), fives!("r11" "22" "r10" "r6"),
                        );
                    }
                    (_, 1) => two_rows!(row step turns eights patch table to;
                        "ldmia r12!, {{r2, r3, r5, r6}}",
                        "ldr r9, [r0], #5", "ldr r11, [r1], #5",
                        fives!("r9" "0" "r8" "r2"), fives!("r9" "10" "r8" "r3"), fives!("r9" "20" "r8" "r5"), fives!("r0" last "r8" "r6"),
                        fives!("r11" "0" "r10" "r2"), fives!("r11" "10" "r10" "r3"), fives!("r11" "20" "r10" "r5"), fives!("r1" last "r10" "r6"),
                    ),
                    _ => two_rows!(row step turns eights patch table to;
                        "ldr r5, [r0], #5", "ldr r6, [r1], #5",
                        "ldrd r2, r3, [r12], #8", fives!("r5" "0" "r8" "r2" "r9" "r3"), fives!("r6" "0" "r10" "r2" "r11" "r3"),
                        "ldrd r2, r3, [r12], #8", fives!("r5" "10" "r8" "r2" "r9" "r3"), fives!("r6" "10" "r10" "r2" "r11" "r3"),
                        "ldrd r2, r3, [r12], #8", fives!("r5" "20" "r8" "r2" "r9" "r3"), fives!("r6" "20" "r10" "r2" "r11" "r3"),
                        "ldrd r2, r3, [r12], #8", fives!("r0" last "r8" "r2" "r9" "r3"), fives!("r1" last "r10" "r2" "r11" "r3"),
                    ),
                }
            }
            done += together * turns;
        }
    } else {
        for (pixel, sums) in sums.iter_mut().enumerate().take(pixels) {
            for (index, sum) in sums.iter_mut().enumerate().take(rows.count) {
                *sum = match bits {
                    8 => row_of_bytes(rows.from(index), patches, [pixel, pixels]),
                    _ => row_of_pairs(bits, rows.from(index), table, patches, [pixel, pixels]),
                };
            }
        }
    });
}

/// A row of bytes times pixel `pixel` of the crossed patches of `pixels` pixels.
#[allow(dead_code, reason = "for the twins")]
fn row_of_bytes(row: &[u8], patch: &[u32], [pixel, pixels]: [usize; 2]) -> i32 {
    row.chunks_exact(4).zip(patch.chunks_exact(2 * pixels)).fold(0, |sum, (bytes, words)| {
        let word = u32::from_le_bytes(bytes.try_into().unwrap_or_default());
        let of = |index: usize| words.get(2 * pixel + index).copied().unwrap_or(0);
        smlad(sxtab16(0, word.rotate_right(8)), of(1), smlad(sxtab16(0, word), of(0), sum))
    })
}

/// A row of codes times pixel `pixel` of patches of `pixels` pixels.
#[allow(dead_code, reason = "for the twins")]
fn row_of_pairs(bits: u32, row: &[u8], table: &[u32], patch: &[u32], [pixel, pixels]: [usize; 2]) -> i32 {
    let mut codes = crate::Codes::new(row, 2 * bits);
    patch.chunks_exact(pixels).fold(0, |sum, words| {
        let pair = table.get(usize::from(codes.next_code())).copied().unwrap_or(0);
        smlad(pair, words.get(pixel).copied().unwrap_or(0), sum)
    })
}

/// Rows of blocks, the first from register 0 on, times a patch: `$eight` multiplies the codes of a block with registers
/// 2, 3, 5 and 6, adds to register 8, keeps the flags, and may use 7 and 9; 4 has the table.
#[cfg(all(target_arch = "arm", feature = "dsp"))]
macro_rules! block_rows {
    ($at:ident $mask:ident $patch:ident $table:ident $count:ident $to:ident; $($eight:tt)*) => {
        core::arch::asm!(
            "push {{r1, r2, r3, r5, r6, r7, r8, r12}}",
            "2:",
            "ldrd r1, r11, [sp]",
            "mov r10, r0", "add r0, r0, r1", "ldr lr, [sp, #28]", "mov r8, #0",
            // A word of the mask, its first block on top; what is not of the mask is cleared from the last.
            "3:",
            "ldr r1, [r10], #4", "rbit r1, r1", "mov r12, lr", "add lr, lr, #512",
            "subs r11, r11, #1", "bne 4f", "ldr r2, [sp, #8]", "bic r1, r1, r2",
            "4:",
            "cmp r1, #0", "beq 6f",
            "5:",
            "clz r7, r1", "add r12, r12, r7, lsl #4", "lsl r1, r1, r7", "lsls r1, r1, #1",
            "ldmia r12!, {{r2, r3, r5, r6}}",
            $($eight)*
            "bne 5b",
            "6:",
            "cmp r11, #0", "bne 3b",
            "ldr r2, [sp, #12]", "str r8, [r2], #4", "str r2, [sp, #12]",
            "ldr r2, [sp, #24]", "subs r2, r2, #1", "str r2, [sp, #24]",
            "bne 2b",
            "pop {{r1, r2, r3, r5, r6, r7, r8, r12}}",
            inout("r0") $at, in("r1") $mask[0], in("r2") $mask[1], in("r3") $mask[2], in("r4") $table,
            in("r5") $to, in("r8") $count, in("r12") $patch,
            out("r9") _, out("r10") _, out("r11") _, out("lr") _,
        )
    };
}

/// The same for rows whose mask is one word.
#[cfg(all(target_arch = "arm", feature = "dsp"))]
macro_rules! short_block_rows {
    ($at:ident $mask:ident $patch:ident $table:ident $count:ident $to:ident; $($eight:tt)*) => {
        core::arch::asm!(
            "push {{r1, r2, r6, r7}}",
            "2:",
            "ldr r1, [r0]", "ldrd r2, r3, [sp]", "add r0, r0, r2", "rbit r1, r1", "mov r12, lr", "mov r8, #0",
            "bics r1, r1, r3", "beq 6f",
            "5:",
            "clz r7, r1", "add r12, r12, r7, lsl #4", "lsl r1, r1, r7", "lsls r1, r1, #1",
            "ldmia r12!, {{r2, r3, r5, r6}}",
            $($eight)*
            "bne 5b",
            "6:",
            "str r8, [r10], #4", "subs r11, r11, #1", "bne 2b",
            "pop {{r1, r2, r6, r7}}",
            inout("r0") $at, in("r1") $mask[0], in("r2") $mask[2], in("r4") $table, inout("r10") $to => _,
            inout("r11") $count => _, in("lr") $patch,
            out("r3") _, out("r5") _, out("r8") _, out("r9") _, out("r12") _,
        )
    };
}

/// Rows of blocks of eight codes of 4 or 5 bits, from the start of `bytes` on, times a patch of neighbours, with the
/// table of all pairs; tells what follows the rows.
#[inline(never)]
pub(super) fn rows_of_blocks<'a>(
    weights: &Stored<'a>,
    bytes: &'a [u8],
    table: &[u32],
    patch: &[u32],
    sums: &mut [i32],
) -> Option<&'a [u8]> {
    let (bits, blocks, count) = (weights.bits, weights.blocks(), sums.len());
    if count == 0 || blocks == 0 || patch.len() < 4 * blocks || table.len() < super::pairs(bits) {
        return None;
    }
    on_device!({
        let mask = blocks.div_ceil(8);
        let words = mask.div_ceil(4);
        let last = u32::MAX.checked_shr(8 * (mask - 4 * (words - 1)) as u32).unwrap_or(0);
        // Whole words of a mask are read, so up to three bytes behind the last.
        if weights.beyond.len() < bytes.len() + 4 {
            return None;
        }
        let mut at = bytes.as_ptr();
        let (mask, patch, table, to) = ([mask, words, last as usize], patch.as_ptr(), table.as_ptr(), sums.as_mut_ptr());
        // SAFETY: every bitmap was checked when the image was read (`Stored::is_sound`): there are as many rows as the
        // layer has outputs, no bit stands for a block behind the row, and the bytes of all rows are inside `bytes`;
        // the caller asks for no more rows than are left. So what is read of codes and patch is there; a pair of codes
        // is an index into the table. `count` sums are written. The stack and the registers 6 and 7 are put back.
        unsafe {
            if bits == 4 && words == 1 {
                short_block_rows!(at mask patch table count to;
                    nibbles!("r0" "r4" "r8" "r2"), nibbles!("r0" "r4" "r8" "r3"),
                    nibbles!("r0" "r4" "r8" "r5"), nibbles!("r0" "r4" "r8" "r6"),
                );
            } else if bits == 4 {
                block_rows!(at mask patch table count to;
                    nibbles!("r0" "r4" "r8" "r2"), nibbles!("r0" "r4" "r8" "r3"),
                    nibbles!("r0" "r4" "r8" "r5"), nibbles!("r0" "r4" "r8" "r6"),
                );
            } else {
                block_rows!(at mask patch table count to;
                    "ldr r9, [r0], #5",
                    fives!("r9" "0" "r8" "r2"), fives!("r9" "10" "r8" "r3"), fives!("r9" "20" "r8" "r5"), fives!("r0" last "r8" "r6"),
                );
            }
        }
        bytes.get(at.addr() - bytes.as_ptr().addr()..)
    } else {
        let mut rest = bytes;
        for sum in sums {
            let (row, behind) = weights.split(rest)?;
            rest = behind;
            *sum = 0;
            let mut codes = row.codes.chunks_exact(bits as usize);
            let kept = |block: usize| row.mask.get(block / 8).is_some_and(|mask| mask >> (block % 8) & 1 == 1);
            for (_, words) in patch.chunks_exact(4).enumerate().filter(|&(block, _)| kept(block)) {
                let block = row_of_pairs(bits, codes.next().unwrap_or(&[]), table, words, [0, 1]);
                *sum = sum.wrapping_add(block);
            }
        }
        Some(rest)
    })
}

/// The most taps that are listed.
pub(super) const MOST_TAPS: usize = 32;

/// The taps of a depthwise convolution: how far the codes and the weights of each lie behind those of the first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taps {
    taps: [[u32; 2]; MOST_TAPS],
    count: usize,
    /// No tap lies farther behind.
    most: [usize; 2],
}

impl Taps {
    pub(super) const NONE: Self = Self { taps: [[0; 2]; MOST_TAPS], count: 0, most: [0; 2] };

    /// Adds a tap, if there is room.
    pub(super) fn push(&mut self, [ahead, weight]: [usize; 2]) {
        if let Some(tap) = self.taps.get_mut(self.count) {
            *tap = [ahead as u32, weight as u32];
            self.count += 1;
            self.most = [self.most[0].max(ahead), self.most[1].max(weight)];
        }
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = [usize; 2]> {
        self.taps.iter().take(self.count).map(|tap| tap.map(|offset| offset as usize))
    }
}

/// The sums of taps, four channels at a time: the codes of each less the zero point times its weights. Tells how many
/// sums were taken: nothing, or whole fours.
#[inline(never)]
pub(super) fn depthwise(taps: &Taps, x: &[i8], weights: &[i8], zero_point: i8, sums: &mut [i32]) -> usize {
    let fours = sums.len() / 4;
    let within = |length: usize, most: usize| most.saturating_add(4 * fours) <= length;
    if fours == 0 || taps.count == 0 || !within(x.len(), taps.most[0]) || !within(weights.len(), taps.most[1])
    {
        return 0;
    }
    on_device!({
        let less = (-i32::from(zero_point)) as u32;
        let less = less & 0xFFFF | less << 16;
        // SAFETY: of each tap four bytes are read for each four sums, which lie inside by the check above, and that many
        // words of the sums are written. The list has `count` entries of two words. Registers 6 and 7 and the stack are
        // put back.
        unsafe {
            core::arch::asm!(
                "push {{r5, r6, r7, r12, lr}}",
                "2:",
                "ldrd r12, lr, [sp, #12]",
                "movs r6, #0", "mov r7, r6", "mov r8, r6", "mov r9, r6",
                "3:",
                "ldmia r12!, {{r2, r3}}",
                "ldr r2, [r0, r2]", "ldr r3, [r1, r3]",
                "sxtab16 r4, r10, r2", "sxtab16 r2, r10, r2, ror #8",
                "sxtb16 r5, r3", "sxtb16 r3, r3, ror #8",
                "smlabb r6, r4, r5, r6", "smlabb r7, r2, r3, r7",
                "smlatt r8, r4, r5, r8", "smlatt r9, r2, r3, r9",
                "subs lr, lr, #1",
                "bne 3b",
                "stmia r11!, {{r6, r7, r8, r9}}",
                "adds r0, #4", "adds r1, #4",
                "ldr r2, [sp]", "subs r2, #1", "str r2, [sp]",
                "bne 2b",
                "pop {{r5, r6, r7, r12, lr}}",
                inout("r0") x.as_ptr() => _, inout("r1") weights.as_ptr() => _, inout("r12") taps.taps.as_ptr() => _,
                inout("lr") taps.count => _, inout("r5") fours => _, inout("r11") sums.as_mut_ptr() => _,
                in("r10") less, out("r2") _, out("r3") _, out("r4") _, out("r8") _, out("r9") _,
            );
        }
        4 * fours
    } else {
        // Its twin is what takes the rest.
        _ = zero_point;
        0
    })
}

/// The upper half of a product, rounded half up, in one instruction that no compiler takes apart.
#[inline(always)]
pub(super) fn high_product(a: i32, b: i32) -> Option<i32> {
    on_device!({
        let high: i32;
        // SAFETY: reads and writes registers only.
        unsafe {
            core::arch::asm!("smmulr {high}, {a}, {b}", high = lateout(reg) high, a = in(reg) a, b = in(reg) b,
                options(pure, nomem, nostack, preserves_flags));
        }
        Some(high)
    } else {
        _ = (a, b);
        None
    })
}

/// Writes the codes of sums whose bias and zero point are doubled, 1 added to the latter (see `ends`), as far as all
/// slices reach. Tells how many: nothing or all.
#[inline(always)]
pub(super) fn ends(
    sums: &[i32],
    biases: &[i32],
    factors: &[Multiplier],
    zero_point: i32,
    to: &mut [i8],
) -> usize {
    let count = sums.len().min(biases.len()).min(factors.len()).min(to.len());
    on_device!({
        // SAFETY: `count` sums, biases and factors are read and as many codes written, two at a time and then one, and
        // all slices have them. A factor is two words, the mantissa and one whose lowest byte is the exponent, which is
        // all that a shift by a register looks at.
        unsafe {
            core::arch::asm!(
                "subs lr, lr, #2",
                "blt 3f",
                "2:",
                "ldrd r2, r3, [r0], #8",
                "ldrd r4, r5, [r1], #8",
                "add r2, r4, r2, lsl #1", "add r3, r5, r3, lsl #1",
                "ldrd r4, r5, [r12], #8", "mvns r5, r5", "smmulr r2, r2, r4",
                "add r2, r2, r2, asr #31", "asrs r2, r2, r5", "add r2, r2, r10", "ssat r2, #8, r2, asr #1",
                "ldrd r4, r5, [r12], #8", "mvns r5, r5", "smmulr r3, r3, r4",
                "add r3, r3, r3, asr #31", "asrs r3, r3, r5", "add r3, r3, r10", "ssat r3, #8, r3, asr #1",
                "strb r2, [r8], #1", "strb r3, [r8], #1",
                "subs lr, lr, #2",
                "bge 2b",
                "3:",
                "adds lr, lr, #1",
                "bmi 4f",
                "ldr r2, [r0]", "ldr r4, [r1]", "add r2, r4, r2, lsl #1",
                "ldrd r4, r5, [r12]", "mvns r5, r5", "smmulr r2, r2, r4",
                "add r2, r2, r2, asr #31", "asrs r2, r2, r5", "add r2, r2, r10", "ssat r2, #8, r2, asr #1",
                "strb r2, [r8]",
                "4:",
                inout("r0") sums.as_ptr() => _, inout("r1") biases.as_ptr() => _, inout("r12") factors.as_ptr() => _,
                inout("r8") to.as_mut_ptr() => _, inout("lr") count => _, in("r10") zero_point,
                out("r2") _, out("r3") _, out("r4") _, out("r5") _, options(nostack),
            );
        }
        count
    } else {
        _ = (zero_point, count);
        0
    })
}
