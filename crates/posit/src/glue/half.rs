//! half: `f16` and `bf16` both ways, rounded once.

use half::{bf16, f16};

use crate::kernel::ieee;
use crate::{Posit, Storage};

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// The posit nearest to an `f16` (clauses 4.1 and 6.5); NaN and the infinities become NaR.
    #[inline]
    #[must_use]
    pub const fn from_f16(x: f16) -> Self {
        Self::pattern(ieee::to_posit::<N, ES>(x.to_bits() as u64, ieee::F16))
    }

    /// The `f16` nearest to this posit, ties to even, with subnormals and infinities as IEEE 754 rounds.
    /// NaR becomes the quiet NaN (clause 6.5).
    #[inline]
    #[must_use]
    pub const fn to_f16(self) -> f16 {
        f16::from_bits(ieee::from_posit::<N, ES>(self.to_word(), ieee::F16) as u16)
    }

    /// The posit nearest to a `bf16` (clauses 4.1 and 6.5); NaN and the infinities become NaR.
    #[inline]
    #[must_use]
    pub const fn from_bf16(x: bf16) -> Self {
        Self::pattern(ieee::to_posit::<N, ES>(x.to_bits() as u64, ieee::BF16))
    }

    /// The `bf16` nearest to this posit, ties to even, with subnormals and infinities as IEEE 754 rounds.
    /// NaR becomes the quiet NaN (clause 6.5).
    #[inline]
    #[must_use]
    pub const fn to_bf16(self) -> bf16 {
        bf16::from_bits(ieee::from_posit::<N, ES>(self.to_word(), ieee::BF16) as u16)
    }
}
