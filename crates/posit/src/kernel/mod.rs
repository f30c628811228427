//! The arithmetic, as `const fn` on plain integers; generic in `<N, ES>` only, without traits.
//!
//! # Notation
//!
//! Bit 0 is the least significant bit and `[a, b)` is a range of bits. A *pattern* is an `N`-bit posit in
//! the low bits of a word, the bits above it zero. A *significand* is the `1.f` of a finite nonzero posit,
//! with its leading one in the top bit of the word. An *exponent* is `2^ES r + e`, so that
//! `|x| = 2^exponent * significand / 2^(BITS-1)`.
//!
//! # Worked example
//!
//! `Posit<8, 2>` pattern `0b0_110_01_11`: sign 0, regime `110` (a run of two ones, so `r = 1`), exponent
//! bits `01`, fraction `.11`. The exponent is `4 * 1 + 1 = 5` and the significand is `1.11` in binary, that
//! is 1.75, so the value is `2^5 * 1.75 = 56`.
//!
//! # Reading order
//!
//! 1. `word/decode.rs`, `word/encode.rs`: pattern to significand and back, without branches on data; all
//!    rounding happens in `encode`.
//! 2. `word/{mul, div, sqrt}.rs` with `root.rs`, then `word/sum.rs` and `word/add.rs`, then `word/{fma, fmm, rsqrt}.rs`.
//! 3. `word/integral.rs`: rounding to an integer.
//! 4. `unpacked.rs`: the same decode and encode at 64 bits for any format, the seam for functions.
//! 5. `ieee.rs`: the binary floating-point formats, as integers. `int.rs`: integers to 128 bits.
//! 6. `quire`: the exact accumulator, and in `quire/product.rs` what is done most with it.
//! 7. `scalar.rs`: who computes an operation; `fpu`: machines with hardware floats, under the conditions of `lane.rs`.
//!
//! # Four widths from one source
//!
//! The folder `word` is compiled once for each width, over two type aliases: `Word` holds a pattern or a
//! significand, `Double` the exact product of two significands.
//!
//! | module | for | `Word` | `Double` |
//! |---|---|---|---|
//! | [`n16`] | `N <= 16` | `u32` | `u32` |
//! | [`n32`] | `N <= 32` | `u64` | `u64` |
//! | `n32_narrow` | `N <= 32` where addresses have 32 bits | `u32` | `u64` |
//! | [`n64`] | `N <= 64` | `u64` | `u128` |
//!
//! A significand has at most `p = N - ES - 2` bits, so its product with another has at most
//! `2 p <= 2 N - 4` bits: 28, 60 and 124. No 128-bit integer is touched below `N = 33`.

mod fpu;
#[allow(dead_code, reason = "f16 and bf16 are used behind a feature")]
pub(crate) mod ieee;
pub(crate) mod int;
pub(crate) mod integer;
pub(crate) mod lane;
pub(crate) mod n16;
#[cfg_attr(
    target_pointer_width = "32",
    allow(dead_code, unused_imports, reason = "of floats and quires alone")
)]
pub(crate) mod n32;
#[cfg(any(test, target_pointer_width = "32"))]
pub(crate) mod n32_narrow;
pub(crate) mod n64;
pub(crate) mod quire;
mod root;
pub(crate) mod scalar;
#[allow(dead_code, reason = "a seam: not every function of it has a caller yet")]
pub(crate) mod unpacked;

/// The pattern of NaR, `10..0`.
pub(crate) const fn nar(n: u32) -> u64 {
    1 << (n - 1)
}

/// The `n` low bits set.
pub(crate) const fn mask(n: u32) -> u64 {
    u64::MAX >> (64 - n)
}

/// The pattern as an `n`-bit two's complement number: the order of posits is the order of these.
pub(crate) const fn signed(bits: u64, n: u32) -> i64 {
    (bits << (64 - n)) as i64 >> (64 - n)
}

/// Runs a kernel at the width that fits `N`; the condition is constant, so one arm remains.
macro_rules! at_width {
    ($f:ident($($x:expr),*)) => {
        if N <= 16 {
            $crate::kernel::n16::$f::<N, ES>($($x as u32),*) as u64
        } else if N <= 32 {
            #[cfg(target_pointer_width = "32")]
            {
                $crate::kernel::n32_narrow::$f::<N, ES>($($x as u32),*) as u64
            }
            #[cfg(not(target_pointer_width = "32"))]
            {
                $crate::kernel::n32::$f::<N, ES>($($x),*)
            }
        } else {
            $crate::kernel::n64::$f::<N, ES>($($x),*)
        }
    };
}
pub(crate) use at_width;
