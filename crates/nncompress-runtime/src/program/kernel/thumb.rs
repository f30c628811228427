//! The inner loops of ARMv6-M (Cortex-M0), in instructions that every ARM has.
//!
//! Four rows of bytes, or two of packed codes, share the numbers of a patch; their sums are in high registers, which
//! nothing but an addition can use there. A product takes three and three quarters of an instruction with bytes, five
//! with codes of 4 bits and seven and a quarter with codes of 5 bits, whose pairs have a table.
#![allow(unsafe_code, reason = "inner loops in assembler, whose reads are bounded before")]

use super::Term;
use super::dsp::{Rows, Sums};

/// Three instructions: a weight of a row, times register 5, added to a sum.
#[cfg(all(target_arch = "arm", target_os = "none", not(feature = "dsp")))]
macro_rules! term {
    ($($row:literal $sum:literal)*) => {
        concat!($("ldrsb r6, [", $row, ", r4]\nmuls r6, r5, r6\nadd ", $sum, ", ", $sum, ", r6\n"),*)
    };
}

/// Seven instructions: register 5, four times the number of a pair of codes, becomes its entry; its halves times registers
/// 3 and 4 are added to a sum.
#[cfg(all(target_arch = "arm", target_os = "none", not(feature = "dsp")))]
macro_rules! pair {
    ($sum:literal) => {
        concat!(
            "ldr r5, [r2, r5]\nsxth r6, r5\nmuls r6, r3, r6\nadd ",
            $sum,
            ", ",
            $sum,
            ", r6\n",
            "asrs r5, r5, #16\nmuls r5, r4, r5\nadd ",
            $sum,
            ", ",
            $sum,
            ", r5\n",
        )
    };
}

/// Two products of each of two rows of codes of 4 bits, byte `$at` of them.
#[cfg(all(target_arch = "arm", target_os = "none", not(feature = "dsp")))]
macro_rules! nibbles {
    ($($at:literal)*) => {
        concat!($(
            "ldmia r7!, {{r3, r4}}\n",
            "ldrb r5, [r0, #", $at, "]\nlsls r5, r5, #2\n", pair!("r8"),
            "ldrb r5, [r1, #", $at, "]\nlsls r5, r5, #2\n", pair!("r9"),
        )*)
    };
}

/// Two products of each of two rows of codes of 5 bits, a pair in two bytes: `$shifts` makes four times its number of
/// register 5.
#[cfg(all(target_arch = "arm", target_os = "none", not(feature = "dsp")))]
macro_rules! fives {
    ($($low:literal $high:literal $shifts:literal)*) => {
        concat!($(
            "ldmia r7!, {{r3, r4}}\n",
            "ldrb r5, [r0, #", $low, "]\nldrb r6, [r0, #", $high, "]\nlsls r6, r6, #8\norrs r5, r6\n", $shifts, pair!("r8"),
            "ldrb r5, [r1, #", $low, "]\nldrb r6, [r1, #", $high, "]\nlsls r6, r6, #8\norrs r5, r6\n", $shifts, pair!("r9"),
        )*)
    };
}

/// Two rows of packed codes, in registers 0 and 1, times a patch: `$eight` multiplies eight codes of each with eight
/// numbers from register 7 on, adds to registers 8 and 9, and may use 3 to 6; 2 has the table.
#[cfg(all(target_arch = "arm", target_os = "none", not(feature = "dsp")))]
macro_rules! two_rows {
    ($row:ident $table:ident $places:ident; $size:literal, $eight:expr) => {
        core::arch::asm!(
            "push {{r3, r6, r7}}",
            "ldr r7, [r3]", "ldr r4, [r3, #4]", "mov r10, r4",
            "movs r4, #0", "mov r8, r4", "mov r9, r4",
            "2:",
            $eight,
            concat!("adds r0, r0, #", $size), concat!("adds r1, r1, #", $size),
            "cmp r7, r10",
            "bne 2b",
            "pop {{r3, r6, r7}}",
            "ldr r3, [r3, #8]", "mov r4, r8", "mov r5, r9", "stmia r3!, {{r4, r5}}",
            inout("r0") $row(0) => _, inout("r1") $row(1) => _, in("r2") $table.as_ptr(),
            inout("r3") $places.as_ptr() => _, out("r4") _, out("r5") _, out("r8") _, out("r9") _, out("r10") _,
        )
    };
}

/// Rows times a patch: of bytes, where `bits` is 8, or of packed codes of 4 or 5 bits, with the table of all pairs. Tells
/// whether it was done: where there is no such loop, or the rows are not there for the whole patch, nothing is.
#[cfg(all(target_arch = "arm", target_os = "none", not(feature = "dsp")))]
#[inline(never)]
pub(super) fn rows(rows: Rows<'_>, bits: u32, table: &[u32], patch: &[Term], sums: &mut Sums) -> bool {
    let (length, packed) = (patch.len(), cfg!(feature = "packed") && bits != 8);
    let read = length / 8 * bits as usize;
    if length % 8 != 0
        || !rows.hold(read)
        || rows.count > sums.len()
        || packed && table.len() < super::pairs(bits)
    {
        return false;
    }
    let together = if packed { 2 } else { 4 };
    let range = patch.as_ptr_range();
    for (turn, sums) in sums.chunks_exact_mut(together).enumerate().take(rows.count.div_ceil(together)) {
        // Behind the last row it is taken again.
        let row = |next: usize| rows.from(together * turn + next).as_ptr();
        let places = [range.start.addr(), range.end.addr(), sums.as_mut_ptr().addr()];
        // SAFETY: `bits` bytes are read of each row for eight numbers of the patch, of which there are eight at least, and
        // a pair of codes is an index into the table; all are that long. `together` sums are written. Registers 6 and 7
        // and the stack are put back.
        unsafe {
            match bits {
                4 if packed => two_rows!(row table places; "4", nibbles!("0" "1" "2" "3")),
                5 if packed => two_rows!(row table places; "5", fives!(
                    "0" "1" "lsls r5, r5, #22\nlsrs r5, r5, #20\n"
                    "1" "2" "lsls r5, r5, #20\nlsrs r5, r5, #22\nlsls r5, r5, #2\n"
                    "2" "3" "lsls r5, r5, #18\nlsrs r5, r5, #22\nlsls r5, r5, #2\n"
                    "3" "4" "lsrs r5, r5, #6\nlsls r5, r5, #2\n"
                )),
                _ => {
                    let end = |next: usize| row(next).wrapping_add(length);
                    core::arch::asm!(
                        "push {{r5, r6, r7}}",
                        "ldr r7, [r5]",
                        "movs r6, #0", "mov r8, r6", "mov r9, r6", "mov r10, r6", "mov r11, r6",
                        "2:",
                        "ldmia r7!, {{r5}}",
                        term!("r0" "r8" "r1" "r9" "r2" "r10" "r3" "r11"),
                        "adds r4, #1", "ldmia r7!, {{r5}}",
                        term!("r0" "r8" "r1" "r9" "r2" "r10" "r3" "r11"),
                        "adds r4, #1",
                        "bne 2b",
                        "pop {{r5, r6, r7}}",
                        "ldr r5, [r5, #8]",
                        "mov r0, r8", "mov r1, r9", "mov r2, r10", "mov r3, r11",
                        "stmia r5!, {{r0, r1, r2, r3}}",
                        inout("r0") end(0) => _, inout("r1") end(1) => _, inout("r2") end(2) => _, inout("r3") end(3) => _,
                        inout("r4") length.wrapping_neg() => _, inout("r5") places.as_ptr() => _,
                        out("r8") _, out("r9") _, out("r10") _, out("r11") _,
                    );
                }
            }
        }
    }
    true
}

/// The same where there is no such loop.
#[cfg(not(all(target_arch = "arm", target_os = "none", not(feature = "dsp"))))]
pub(super) const fn rows(_: Rows<'_>, _: u32, _: &[u32], _: &[Term], _: &mut Sums) -> bool {
    false
}
