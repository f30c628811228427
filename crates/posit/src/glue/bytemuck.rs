//! bytemuck: `Pod` where `N` fills the storage, checked bit patterns where it does not.
#![expect(unsafe_code, reason = "the traits of bytemuck are unsafe to implement")]

use bytemuck::{CheckedBitPattern, NoUninit, Pod, TransparentWrapper, Zeroable};

use crate::{Posit, Storage};

// SAFETY: the all-zero word is the posit 0.
unsafe impl<const N: u32, const ES: u32, S: Storage + Zeroable> Zeroable for Posit<N, ES, S> {}

macro_rules! pod {
    ($($n:literal $t:ty;)*) => {$(
        // SAFETY: a transparent integer without padding; N fills it, so every bit pattern is a posit.
        unsafe impl<const ES: u32> Pod for Posit<$n, ES, $t> {}
        // SAFETY: `repr(transparent)` over the integer, and every value of it is a posit.
        unsafe impl<const ES: u32> TransparentWrapper<$t> for Posit<$n, ES, $t> {}
    )*};
}
pod! { 8 u8; 16 u16; 32 u32; 64 u64; }

macro_rules! checked {
    ($($t:ty: $($n:literal)*;)*) => {$($(
        // SAFETY: a transparent integer without padding.
        unsafe impl<const ES: u32> NoUninit for Posit<$n, ES, $t> {}
        // SAFETY: a pattern is a posit when its spare bits are zero; `Bits` is the transparent integer.
        unsafe impl<const ES: u32> CheckedBitPattern for Posit<$n, ES, $t> {
            type Bits = $t;
            #[inline]
            fn is_valid_bit_pattern(bits: &$t) -> bool {
                *bits >> $n == 0
            }
        }
    )*)*};
}
checked! {
    u8: 3 4 5 6 7;
    u16: 9 10 11 12 13 14 15;
    u32: 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31;
    u64: 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63;
}
