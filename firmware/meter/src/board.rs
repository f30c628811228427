//! The machine: entry, markers, stack, and three calls of semihosting.

use core::arch::asm;

/// How far below the caller's frame the stack is watched.
const WATCHED: usize = 16 << 10;
const PAINT: u32 = 0x5A5A_5A5A;

#[cfg(target_arch = "arm")]
mod calls {
    use core::arch::asm;

    #[cortex_m_rt::entry]
    fn main() -> ! {
        crate::start()
    }

    pub fn begin() {
        // SAFETY: changes nothing.
        unsafe { asm!("mov r10, r10", options(nostack)) }
    }

    pub fn end() {
        // SAFETY: changes nothing.
        unsafe { asm!("mov r11, r11", options(nostack)) }
    }

    pub fn semihosting(operation: usize, argument: usize) -> usize {
        let result: usize;
        // SAFETY: the debugger reads the argument, writes r0, and where the argument says so.
        unsafe { asm!("bkpt 0xab", inout("r0") operation => result, in("r1") argument, options(nostack)) }
        result
    }

    pub fn stack_pointer() -> usize {
        let at: usize;
        // SAFETY: reads a register.
        unsafe { asm!("mov {}, sp", out(reg) at, options(nomem, nostack)) }
        at
    }
}

#[cfg(target_arch = "riscv32")]
mod calls {
    use core::arch::{asm, global_asm};

    global_asm!(".section .start", ".globl _start", "_start:", "la sp, _stack_start", "j {main}", main = sym main);

    extern "C" fn main() -> ! {
        crate::start()
    }

    pub fn begin() {
        // SAFETY: changes nothing.
        unsafe { asm!(".option push", ".option norvc", "slti x0, x0, 1", ".option pop", options(nostack)) }
    }

    pub fn end() {
        // SAFETY: changes nothing.
        unsafe { asm!(".option push", ".option norvc", "slti x0, x0, 2", ".option pop", options(nostack)) }
    }

    pub fn semihosting(operation: usize, argument: usize) -> usize {
        let result: usize;
        // The three instructions must lie in one page and be uncompressed.
        // SAFETY: the debugger reads the argument, writes a0, and where the argument says so.
        unsafe {
            asm!(".balign 16", ".option push", ".option norvc", "slli x0, x0, 0x1f", "ebreak", "srai x0, x0, 7",
                ".option pop", inout("a0") operation => result, in("a1") argument, options(nostack))
        }
        result
    }

    pub fn stack_pointer() -> usize {
        let at: usize;
        // SAFETY: reads a register.
        unsafe { asm!("mv {}, sp", out(reg) at, options(nomem, nostack)) }
        at
    }
}

pub use calls::{begin, end};

/// Writes one character.
pub fn write(character: u8) {
    let place = &raw const character;
    // SYS_WRITEC.
    calls::semihosting(3, place as usize);
}

/// Reads a file of the emulator's working folder, and leaves its bytes and the room behind them.
#[cfg(feature = "files")]
pub fn read<'a>(name: &core::ffi::CStr, room: &'a mut [u8]) -> Option<(&'a [u8], &'a mut [u8])> {
    // SYS_OPEN of the name and its length, mode 1: binary, for reading.
    let open = [name.as_ptr() as usize, 1, name.to_bytes().len()];
    let handle = calls::semihosting(1, open.as_ptr() as usize);
    // SYS_FLEN: its length; -1, which is more than any room, if it did not open.
    let length = calls::semihosting(0x0C, (&raw const handle) as usize);
    let (bytes, behind) = room.split_at_mut_checked(length)?;
    // SYS_READ: how many bytes are missing.
    let read = [handle, bytes.as_mut_ptr() as usize, length];
    (calls::semihosting(6, read.as_ptr() as usize) == 0).then_some((bytes, behind))
}

/// Ends the program.
pub fn exit(success: bool) -> ! {
    // SYS_EXIT: ADP_Stopped_ApplicationExit, or ADP_Stopped_RunTimeErrorUnknown.
    calls::semihosting(0x18, if success { 0x20026 } else { 0x20023 });
    loop {
        // SAFETY: changes nothing.
        unsafe { asm!("nop") }
    }
}

/// The words below the stack pointer that are watched.
fn watched() -> *mut u32 {
    ((calls::stack_pointer() - WATCHED) & !3) as *mut u32
}

/// Fills the unused stack, and tells where it is watched.
#[inline(never)]
pub fn paint_stack() -> *mut u32 {
    let bottom = watched();
    for word in 0..WATCHED / 4 - 32 {
        // SAFETY: below all frames, and the machines have megabytes of stack.
        unsafe { bottom.add(word).write_volatile(PAINT) }
    }
    bottom
}

/// How much of it was used since, to 128 bytes.
#[inline(never)]
pub fn stack_depth(bottom: *mut u32) -> usize {
    // SAFETY: as above.
    let untouched = (0..WATCHED / 4).take_while(|&word| unsafe { bottom.add(word).read_volatile() } == PAINT);
    WATCHED - 4 * untouched.count()
}
