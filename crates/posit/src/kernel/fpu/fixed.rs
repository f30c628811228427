//! Short posits as multiples of minPos, by a table of 512 bytes, for the quire.

use super::super::lane::f64_holds;
use super::super::unpacked::decode;

/// Whether [`fixed`] is there for the format: the quire has at most 128 bits, `32 + 4 (N-2) 2^ES`.
pub(in crate::kernel) const fn is_fixed(n: u32, es: u32) -> bool {
    f64_holds(n) && n <= 8 && (n - 2) << es <= 24
}

struct Table<const N: u32, const ES: u32>;

impl<const N: u32, const ES: u32> Table<N, ES> {
    /// `significand * 2^shift`, the significand odd, by pattern; zero for zero and NaR.
    const TERMS: [(i8, u8); 256] = {
        let mut terms = [(0, 0); 256];
        let mut pattern = 0;
        while is_fixed(N, ES) && pattern < 1 << (N & 63) {
            if let Some(x) = decode::<N, ES>(pattern) {
                let whole = x.significand.trailing_zeros();
                let magnitude = (x.significand >> whole) as i8;
                let shift = x.exponent - 63 + whole as i32 + (((N - 2) << ES) as i32);
                terms[pattern as usize] = (if x.negative { -magnitude } else { magnitude }, shift as u8);
            }
            pattern += 1;
        }
        terms
    };
}

/// The posit in units of minPos.
#[inline(always)]
pub(in crate::kernel) const fn fixed<const N: u32, const ES: u32>(pattern: u64) -> i64 {
    let (significand, shift) = const { &Table::<N, ES>::TERMS }[pattern as u8 as usize];
    (significand as i64) << (shift & 63)
}
