//! Packed biases and factors on ARMv7E-M, which reads words at any byte.
#![allow(unsafe_code, reason = "inner loops in assembler, whose reads are bounded before")]

use fixq::Multiplier;

/// Whether `size` bytes are there at the byte in which each of `count` fields of `bits` bits begins, one field at least.
#[allow(dead_code, reason = "for devices")]
fn hold(packed: &[u8], bits: u32, count: usize, size: usize) -> bool {
    let last = count.checked_sub(1).and_then(|count| count.checked_mul(bits as usize));
    last.is_some_and(|last| last / 8 + size <= packed.len())
}

/// Two's complement numbers of `bits` bits, 1 to 25, times `2^shift`, of which `32 - bits` is the largest. Tells whether it
/// was done: where there is no such loop, or near the end of the bytes, nothing is.
#[cfg(all(target_arch = "arm", feature = "dsp"))]
#[inline(never)]
pub(in crate::program) fn biases(packed: &[u8], bits: u32, shift: u32, to: &mut [i32]) -> bool {
    if !hold(packed, bits, to.len(), 4) {
        return false;
    }
    // SAFETY: four bytes are read from that in which each field begins, by the check above, and as many words are written
    // as there are. At most 7 of 32 bits are passed over, so 25 are left.
    unsafe {
        core::arch::asm!(
            "2:",
            "lsr r4, r5, #3", "ldr r4, [r0, r4]", "and r8, r5, #7",
            "lsr r4, r4, r8", "lsl r4, r4, r3", "asr r4, r4, r12", "str r4, [r1], #4",
            "add r5, r5, r2", "subs lr, lr, #1", "bne 2b",
            inout("r0") packed.as_ptr() => _, inout("r1") to.as_mut_ptr() => _, in("r2") bits, in("r3") 32 - bits,
            in("r12") 32 - bits - shift, inout("r5") 0 => _, inout("lr") to.len() => _,
            out("r4") _, out("r8") _, options(nostack),
        );
    }
    true
}

/// Factors of 30 bits of a mantissa, below its leading bit, and an exponent of so many bits, less the lowest one. Tells the
/// highest exponent, of -1 and more, and how many there are: all, or near the end of the bytes all but two, or none.
#[cfg(all(target_arch = "arm", feature = "dsp"))]
#[inline(never)]
pub(in crate::program) fn factors(
    packed: &[u8],
    bits: u32,
    lowest: i32,
    to: &mut [Multiplier],
) -> (i32, usize) {
    let (width, mut highest, mut count) = (30 + bits, -1, to.len());
    if !hold(packed, width, count, 8) {
        count = count.saturating_sub(2);
        if !hold(packed, width, count, 8) {
            return (highest, 0);
        }
    }
    // SAFETY: eight bytes are read from that in which each field begins, by the check above: of 64 bits at most 7 are passed
    // over, and a field has at most 36. `count` factors are written, each the mantissa and a word whose lowest
    // byte is the exponent; the other three are padding.
    unsafe {
        core::arch::asm!(
            "2:",
            "add r8, r0, r5, lsr #3", "ldr r4, [r8]", "ldr r8, [r8, #4]", "and r9, r5, #7",
            // The field's lower 32 bits (a shift by 32 leaves nothing), then those above.
            "lsr r4, r4, r9", "rsb r10, r9, #32", "lsl r10, r8, r10", "orr r4, r4, r10", "lsr r8, r8, r9",
            "lsr r10, r4, #30", "orr r10, r10, r8, lsl #2", "and r10, r10, r3", "add r10, r10, r12",
            "bic r4, r4, #0x80000000", "orr r4, r4, #0x40000000", "strd r4, r10, [r1], #8",
            "cmp r10, r11", "it gt", "movgt r11, r10",
            "add r5, r5, r2", "subs lr, lr, #1", "bne 2b",
            inout("r0") packed.as_ptr() => _, inout("r1") to.as_mut_ptr() => _, in("r2") width,
            in("r3") (1u32 << bits) - 1, in("r12") lowest, inout("r11") highest, inout("r5") 0 => _,
            inout("lr") count => _, out("r4") _, out("r8") _, out("r9") _, out("r10") _, options(nostack),
        );
    }
    (highest, count)
}

/// The same where there is no such loop.
#[cfg(not(all(target_arch = "arm", feature = "dsp")))]
pub(in crate::program) const fn biases(_: &[u8], _: u32, _: u32, _: &mut [i32]) -> bool {
    false
}

/// The same where there is no such loop.
#[cfg(not(all(target_arch = "arm", feature = "dsp")))]
pub(in crate::program) const fn factors(_: &[u8], _: u32, _: i32, _: &mut [Multiplier]) -> (i32, usize) {
    (-1, 0)
}

#[cfg(test)]
mod tests {
    use super::hold;

    #[test]
    fn fields_begin_before_the_end() {
        // Of three fields of 11 bits the last begins in byte 2.
        let packed = [0; 9];
        assert!(hold(&packed[..6], 11, 3, 4) && !hold(&packed[..5], 11, 3, 4));
        assert!(!hold(&packed, 11, 0, 4) && !hold(&packed, 11, usize::MAX, 4));
    }
}
