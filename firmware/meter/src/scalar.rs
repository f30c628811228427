//! One operation after another on 256 pairs of numbers, each kind between markers of its own: what an addition and a
//! multiplication of posits take beside those of `f32`. On a core without a floating-point unit the latter are
//! functions of the compiler's library.
//!
//! In this order: the loop with a function that returns its first argument, then P32 add and mul, P16 add and mul,
//! f32 add and mul. The numbers are the same in all formats but for rounding: 24 random bits, times 2^-8 to 2^8.
#![no_std]
#![no_main]

#[allow(dead_code, reason = "this program takes a part of it")]
mod board;

use core::hint::black_box;
use posit::{P16, P32};

const PAIRS: usize = 256;

/// From a linear congruence (Knuth's MMIX constants).
fn numbers() -> [f32; PAIRS + 1] {
    let mut state = 2022u64;
    [(); PAIRS + 1].map(|()| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let significand = (state >> 41) as u32;
        let exponent = 127 - 8 + (state >> 33 & 15) as u32;
        f32::from_bits(((state >> 40 & 1) as u32) << 31 | exponent << 23 | significand)
    })
}

/// Runs `operation`, which is not to be inlined, on neighbours.
fn count<T: Copy>(numbers: &[T; PAIRS + 1], operation: fn(T, T) -> T) {
    let operation = black_box(operation);
    board::begin();
    for pair in numbers.windows(2) {
        if let [a, b] = *pair {
            black_box(operation(a, b));
        }
    }
    board::end();
}

fn start() -> ! {
    let floats = numbers();
    count(&floats, |a, _| a);
    let posits = floats.map(P32::from_f32);
    count(&posits, |a, b| a + b);
    count(&posits, |a, b| a * b);
    let posits = floats.map(P16::from_f32);
    count(&posits, |a, b| a + b);
    count(&posits, |a, b| a * b);
    count(&floats, |a, b| a + b);
    count(&floats, |a, b| a * b);
    board::exit(true)
}

#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    board::exit(false)
}
