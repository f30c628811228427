//! Entry points of the `no_std` crates, to be linked with nothing that a panic could call.
//!
//! The panic handler calls a symbol that does not exist. Every path to a panic that survives
//! optimisation therefore fails to link; `scripts/no-panic` links each `c_*` function and says which do
//! not. The proof holds for release builds without overflow checks.
#![no_std]
#![allow(improper_ctypes_definitions, reason = "linked, never called from C")]
#![allow(clippy::missing_safety_doc, reason = "never called, only linked")]

mod image;
mod int8;
mod number;
mod program;

unsafe extern "C" {
    fn __panic_reachable() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: the symbol does not exist; a program that reaches this line does not link.
    unsafe { __panic_reachable() }
}

/// The entry point that the linker wants.
#[unsafe(no_mangle)]
pub extern "C" fn _start() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// The check must fail with this one.
#[cfg(feature = "planted")]
#[unsafe(no_mangle)]
pub extern "C" fn c_planted(index: usize, table: &[u8; 4]) -> u8 {
    table[index]
}

/// What a C library would bring: larger copies call these.
mod memory {
    /// As in C.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn memcpy(d: *mut u8, s: *const u8, n: usize) -> *mut u8 {
        // SAFETY: the caller gives `n` bytes, as in C.
        unsafe {
            let mut i = 0;
            while i < n {
                d.add(i).write_volatile(s.add(i).read_volatile());
                i += 1;
            }
            d
        }
    }

    /// As in C.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn memmove(d: *mut u8, s: *const u8, n: usize) -> *mut u8 {
        // SAFETY: the caller gives `n` bytes, as in C.
        unsafe { memcpy(d, s, n) }
    }

    /// As in C.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn memset(d: *mut u8, c: i32, n: usize) -> *mut u8 {
        // SAFETY: the caller gives `n` bytes, as in C.
        unsafe {
            let mut i = 0;
            while i < n {
                d.add(i).write_volatile(c as u8);
                i += 1;
            }
            d
        }
    }

    /// As in C.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
        // SAFETY: the caller gives `n` bytes, as in C.
        unsafe {
            let mut i = 0;
            while i < n {
                let (x, y) = (a.add(i).read_volatile(), b.add(i).read_volatile());
                if x != y {
                    return x as i32 - y as i32;
                }
                i += 1;
            }
            0
        }
    }
}
