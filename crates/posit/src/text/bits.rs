//! `{:x}`, `{:X}`, `{:o}` and `{:b}`: the pattern, as an unsigned integer.

use core::fmt::{self, Binary, Formatter, LowerHex, Octal, UpperHex};

use crate::{Posit, Storage};

macro_rules! bits {
    ($($trait:ident)*) => {$(
        impl<const N: u32, const ES: u32, S: Storage> $trait for Posit<N, ES, S> {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                $trait::fmt(&self.to_word(), f)
            }
        }
    )*};
}
bits!(LowerHex UpperHex Octal Binary);
