//! The inner loops of ARMv6-M (Cortex-M0), in instructions that every ARM has.
//!
//! Four rows share the numbers of a patch, which come two in a word; their sums are in high registers, which nothing
//! but an addition can use there. Four instructions a product.
#![allow(unsafe_code, reason = "inner loops in assembler, whose reads are bounded before")]

use super::dsp::{Rows, Sums};

/// Three instructions: a weight of a row, times register 5, added to a sum.
#[cfg(all(target_arch = "arm", target_os = "none", not(feature = "dsp")))]
macro_rules! term {
    ($($row:literal $sum:literal)*) => {
        concat!($("ldrsb r6, [", $row, ", r4]\nmuls r6, r5, r6\nadd ", $sum, ", ", $sum, ", r6\n"),*)
    };
}

/// Rows of bytes times a patch of neighbours. Tells whether it was done: where there is no such loop, or the rows are
/// not there for the whole patch, nothing is.
#[cfg(all(target_arch = "arm", target_os = "none", not(feature = "dsp")))]
#[inline(never)]
pub(super) fn rows_of_bytes(rows: Rows<'_>, patch: &[u32], sums: &mut Sums) -> bool {
    let length = 2 * patch.len();
    if !rows.hold(length) || rows.count > sums.len() {
        return false;
    }
    for (turn, sums) in sums.chunks_exact_mut(4).enumerate().take(rows.count.div_ceil(4)) {
        // The end of a row as long as the patch; behind the last row it is taken again.
        let end = |next: usize| rows.from(4 * turn + next).as_ptr().wrapping_add(length);
        let places = [patch.as_ptr().addr(), sums.as_mut_ptr().addr()];
        // SAFETY: `length` bytes, at least eight, are read of each row, before their ends, and half as many words of
        // the patch; all are that long. Four sums are written. Registers 6 and 7 and the stack are put back.
        unsafe {
            core::arch::asm!(
                "push {{r5, r6, r7}}",
                "ldr r7, [r5]",
                "movs r6, #0", "mov r8, r6", "mov r9, r6", "mov r10, r6", "mov r11, r6",
                "2:",
                "ldmia r7!, {{r5}}", "mov r12, r5", "sxth r5, r5",
                term!("r0" "r8" "r1" "r9" "r2" "r10" "r3" "r11"),
                "adds r4, #1", "mov r5, r12", "asrs r5, r5, #16",
                term!("r0" "r8" "r1" "r9" "r2" "r10" "r3" "r11"),
                "adds r4, #1",
                "bne 2b",
                "pop {{r5, r6, r7}}",
                "ldr r5, [r5, #4]",
                "mov r0, r8", "mov r1, r9", "mov r2, r10", "mov r3, r11",
                "stmia r5!, {{r0, r1, r2, r3}}",
                inout("r0") end(0) => _, inout("r1") end(1) => _, inout("r2") end(2) => _, inout("r3") end(3) => _,
                inout("r4") length.wrapping_neg() => _, inout("r5") places.as_ptr() => _,
                out("r8") _, out("r9") _, out("r10") _, out("r11") _, out("r12") _,
            );
        }
    }
    true
}

/// The same where there is no such loop.
#[cfg(not(all(target_arch = "arm", target_os = "none", not(feature = "dsp"))))]
pub(super) const fn rows_of_bytes(_: Rows<'_>, _: &[u32], _: &mut Sums) -> bool {
    false
}
