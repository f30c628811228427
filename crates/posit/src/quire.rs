//! The quire, clause 5.11: an exact accumulator of products.

use core::fmt::{self, Debug, Formatter};
use core::ops::{AddAssign, Neg, SubAssign};

use crate::kernel::quire as kernel;
use crate::storage::{Format, Limbs, QuireFormat, Storage, limbs, limbs_mut};
use crate::{Posit, kernel::nar};

/// An exact accumulator of posits and of products of posits (clauses 3.2 and 5.11).
///
/// A fixed-point number of `32 + 4 (N-2) 2^ES` bits, which is `16 N` for `ES = 2`: two's complement in units
/// of `minPos^2`. Sums are exact and rounded once, by [`to_posit`](Self::to_posit). At least `2^31 - 1`
/// products of any size fit; a sum beyond the range is NaR, and so is every sum after that.
///
/// The third parameter is the array of words that it is kept in; it is chosen by the format.
///
/// ```
/// use posit::{P16, Quire};
///
/// let (a, b) = (P16::from_f64(4096.0), P16::from_f64(0.5));
/// let mut q = Quire::<16, 2>::ZERO;
/// q.add_product(a, P16::ONE);
/// q.add_product(P16::ONE, b);
/// q.sub_product(a, P16::ONE);
/// assert_eq!(q.to_posit::<u16>(), b);
/// // Rounded at each step, the half is lost.
/// assert_eq!(a + b - a, P16::ZERO);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Quire<const N: u32, const ES: u32, L: Limbs = <Format<N, ES> as QuireFormat>::Limbs>(L);

impl<const N: u32, const ES: u32, L: Limbs> Quire<N, ES, L> {
    /// A number of words spelt by hand is checked here, at monomorphisation.
    const VALID: () = assert!(
        3 <= N && N <= 64 && ES <= 4 && size_of::<L>() == 8 * crate::storage::quire_limbs(N, ES),
        "Quire<N, ES, L>: L is not the array of words for this format"
    );

    /// Zero.
    pub const ZERO: Self = {
        const { Self::VALID };
        Self(L::ZERO)
    };
    /// NaR: the pattern `10..0` (clause 3.2).
    pub const NAR: Self = {
        let mut q = Self::ZERO;
        kernel::set_nar(limbs_mut(&mut q.0));
        q
    };
    /// The width in bits; the words may hold a few more, which repeat the sign.
    pub const BITS: u32 = kernel::bits(N, ES);

    /// `pToQ` (clause 5.11): exact; NaR for NaR.
    #[doc(alias = "pToQ")]
    #[inline]
    #[must_use]
    pub const fn from_posit<S: Storage>(x: Posit<N, ES, S>) -> Self {
        let mut q = Self::ZERO;
        q.add_posit(x);
        q
    }

    /// `qToP` (clause 5.11): the nearest posit, rounded once; NaR for NaR.
    #[doc(alias = "qToP")]
    #[inline]
    #[must_use]
    pub const fn to_posit<S: Storage>(&self) -> Posit<N, ES, S> {
        Posit::pattern(kernel::to_posit::<N, ES>(limbs(&self.0)))
    }

    /// Whether this is NaR.
    #[inline]
    #[must_use]
    pub const fn is_nar(&self) -> bool {
        kernel::is_nar(limbs(&self.0))
    }

    /// Whether this is zero.
    #[inline]
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        kernel::all_zero(limbs(&self.0))
    }

    /// Whether this is below zero. False for NaR.
    #[inline]
    #[must_use]
    pub const fn is_negative(&self) -> bool {
        kernel::is_negative(limbs(&self.0)) && !self.is_nar()
    }

    /// `qNegate` (clause 5.11): exact; NaR for NaR.
    #[doc(alias = "qNegate")]
    #[inline]
    #[must_use]
    pub const fn neg(mut self) -> Self {
        kernel::negate(limbs_mut(&mut self.0));
        self
    }

    /// `qAbs` (clause 5.11): exact; NaR for NaR.
    #[doc(alias = "qAbs")]
    #[inline]
    #[must_use]
    pub const fn abs(self) -> Self {
        if self.is_negative() { self.neg() } else { self }
    }

    /// `qAddP` (clause 5.11): adds a posit, exactly.
    #[doc(alias = "qAddP")]
    #[inline]
    pub const fn add_posit<S: Storage>(&mut self, x: Posit<N, ES, S>) {
        kernel::add_posit::<N, ES>(limbs_mut(&mut self.0), x.to_word(), false);
    }

    /// `qSubP` (clause 5.11): subtracts a posit, exactly.
    #[doc(alias = "qSubP")]
    #[inline]
    pub const fn sub_posit<S: Storage>(&mut self, x: Posit<N, ES, S>) {
        kernel::add_posit::<N, ES>(limbs_mut(&mut self.0), x.to_word(), true);
    }

    /// `qMulAdd` (clause 5.11): adds the product of two posits, exactly.
    #[doc(alias = "qMulAdd")]
    #[inline(always)]
    pub const fn add_product<S: Storage>(&mut self, a: Posit<N, ES, S>, b: Posit<N, ES, S>) {
        kernel::add_product::<N, ES>(limbs_mut(&mut self.0), a.to_word(), b.to_word(), false);
    }

    /// `qMulSub` (clause 5.11): subtracts the product of two posits, exactly.
    #[doc(alias = "qMulSub")]
    #[inline]
    pub const fn sub_product<S: Storage>(&mut self, a: Posit<N, ES, S>, b: Posit<N, ES, S>) {
        kernel::add_product::<N, ES>(limbs_mut(&mut self.0), a.to_word(), b.to_word(), true);
    }

    /// `qAddQ` (clause 5.11): adds another quire, exactly.
    #[doc(alias = "qAddQ")]
    #[inline]
    pub const fn add_quire(&mut self, other: &Self) {
        kernel::add_quire::<N, ES>(limbs_mut(&mut self.0), limbs(&other.0));
    }

    /// `qSubQ` (clause 5.11): subtracts another quire, exactly.
    #[doc(alias = "qSubQ")]
    #[inline]
    pub const fn sub_quire(&mut self, other: &Self) {
        let negated = other.neg();
        self.add_quire(&negated);
    }

    /// The words, lowest first: two's complement, sign-extended.
    #[inline]
    #[must_use]
    pub const fn to_limbs(self) -> L {
        self.0
    }

    /// The quire with these words; bits above [`BITS`](Self::BITS) are ignored.
    #[must_use]
    pub const fn from_limbs(words: L) -> Self {
        const { Self::VALID };
        let mut q = Self(words);
        let all = limbs_mut(&mut q.0);
        let spare = 64 * all.len() as u32 - Self::BITS;
        if let Some((top, rest)) = all.split_last_mut() {
            let aligned = *top << spare;
            *top = (aligned as i64 >> spare) as u64;
            if aligned == nar(64) && kernel::all_zero(rest) {
                return Self::NAR;
            }
        }
        q
    }
}

impl<const N: u32, const ES: u32, L: Limbs> Default for Quire<N, ES, L> {
    /// Zero.
    fn default() -> Self {
        Self::ZERO
    }
}

/// The format and the words, highest first, in hexadecimal.
impl<const N: u32, const ES: u32, L: Limbs> Debug for Quire<N, ES, L> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Quire<{N}, {ES}>(0x")?;
        limbs(&self.0).iter().rev().try_for_each(|word| write!(f, "{word:016x}"))?;
        f.write_str(")")
    }
}

impl<const N: u32, const ES: u32, L: Limbs> Neg for Quire<N, ES, L> {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self::neg(self)
    }
}

impl<const N: u32, const ES: u32, S: Storage, L: Limbs> From<Posit<N, ES, S>> for Quire<N, ES, L> {
    #[inline]
    fn from(x: Posit<N, ES, S>) -> Self {
        Self::from_posit(x)
    }
}

impl<const N: u32, const ES: u32, S: Storage, L: Limbs> AddAssign<Posit<N, ES, S>> for Quire<N, ES, L> {
    #[inline]
    fn add_assign(&mut self, x: Posit<N, ES, S>) {
        self.add_posit(x);
    }
}

impl<const N: u32, const ES: u32, S: Storage, L: Limbs> SubAssign<Posit<N, ES, S>> for Quire<N, ES, L> {
    #[inline]
    fn sub_assign(&mut self, x: Posit<N, ES, S>) {
        self.sub_posit(x);
    }
}

impl<const N: u32, const ES: u32, L: Limbs> AddAssign for Quire<N, ES, L> {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        self.add_quire(&other);
    }
}

impl<const N: u32, const ES: u32, L: Limbs> SubAssign for Quire<N, ES, L> {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        self.sub_quire(&other);
    }
}
