//! The struct: its bits, its constants, and the arithmetic of clause 5.4 as `const fn`.

use crate::kernel;
use crate::storage::{Format, Storage, Supported, load, store};
#[cfg(all(feature = "tables", not(target_os = "none")))]
use crate::tables::{Tables, look_up};

/// Returns the result of two posits from the table of the format, if it has one; the condition is constant.
macro_rules! look_up {
    ($table:ident[$a:expr, $b:expr]) => {
        #[cfg(all(feature = "tables", not(target_os = "none")))]
        if let Some(table) = Tables::<N, ES>::$table {
            return Self::pattern(look_up(table, $a.word(), $b.word()));
        }
    };
}

/// A posit of `N` bits with `ES` exponent bits (Standard for Posit Arithmetic 2022, clause 3).
///
/// `N` is 3 to 64 and `ES` is 0 to 4; the 2022 standard fixes `ES = 2` ([`P8`](crate::P8),
/// [`P16`](crate::P16), [`P32`](crate::P32), [`P64`](crate::P64)). The third parameter is the integer that
/// the pattern is kept in. It is chosen by `N`, the smallest that fits, unless it is spelt.
///
/// Every operation rounds once, to the nearest pattern with ties to the even one, and saturates at
/// [`MAX`](Self::MAX) and [`MIN_POSITIVE`](Self::MIN_POSITIVE) (clause 4.1): a nonzero result never becomes
/// zero, and a finite one never becomes [`NAR`](Self::NAR).
///
/// Equality and hash are those of the pattern, so `NAR == NAR`; the order is that of the pattern as a signed
/// integer, with `NAR` below everything (clause 5.3).
///
/// ```
/// use posit::Posit;
///
/// const HALF: Posit<16, 1> = Posit::from_f64(0.5);
/// assert_eq!(HALF + HALF, Posit::ONE);
/// assert_eq!(HALF.to_bits(), 0x3000);
/// assert_eq!(size_of::<Posit<16, 1>>(), 2);
/// ```
///
/// A width or an exponent that does not exist is an error of `cargo check`; a storage that is spelt by hand
/// and too small is one of `cargo build`:
///
/// ```compile_fail,E0080
/// # use posit::Posit;
/// let x = Posit::<16, 1, u8>::from_f64(1.0);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Posit<const N: u32, const ES: u32, S: Storage = <Format<N, ES> as Supported>::Storage>(S);

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// A storage spelt by hand is checked here, at monomorphisation.
    const VALID: () =
        assert!(3 <= N && N <= S::BITS && ES <= 4, "Posit<N, ES, S>: need 3 <= N <= S::BITS and ES <= 4");

    /// Zero, the pattern `00..0`.
    pub const ZERO: Self = Self::pattern(0);
    /// One, the pattern `010..0`.
    pub const ONE: Self = Self::pattern(1 << (N - 2));
    /// Minus one, the pattern `110..0`.
    pub const NEG_ONE: Self = Self::pattern(3 << (N - 2));
    /// Not a Real, the pattern `10..0`: the one value that is no number (clause 3).
    pub const NAR: Self = Self::pattern(kernel::nar(N));
    /// `maxPos`, the largest posit: `2^((N-2) 2^ES)` (clause 3).
    pub const MAX: Self = Self::pattern(kernel::nar(N) - 1);
    /// The least posit that is a number: `-maxPos`.
    pub const MIN: Self = Self::pattern(kernel::nar(N) + 1);
    /// `minPos`, the least posit above zero: `1 / maxPos` (clause 3).
    pub const MIN_POSITIVE: Self = Self::pattern(1);
    /// The distance from one to the next larger posit, as `f32::EPSILON`. Rounded where the format has no
    /// fraction bits at 1 and the distance is no posit.
    pub const EPSILON: Self = Self::ONE.next().sub(Self::ONE);
    /// The width in bits, `N`.
    pub const BITS: u32 = N;
    /// The number of exponent bits, `ES`.
    pub const ES: u32 = ES;
    /// `maxPos` is `2^MAX_EXP`, `minPos` is `2^-MAX_EXP`.
    pub const MAX_EXP: i32 = ((N - 2) << ES) as i32;

    /// A word whose bits above `N` are zero.
    #[inline]
    pub(crate) const fn pattern(bits: u64) -> Self {
        const { Self::VALID };
        Self(store(bits))
    }

    /// The pattern in a word.
    #[inline]
    pub(crate) const fn word(self) -> u64 {
        load(self.0)
    }

    /// The posit with these bits; bits above the `N` low ones are ignored.
    ///
    /// ```
    /// # use posit::P8;
    /// assert_eq!(P8::from_bits(0b0_110_01_11).to_f64(), 56.0);
    /// ```
    #[inline]
    #[must_use]
    pub const fn from_bits(bits: S) -> Self {
        Self::pattern(load(bits) & kernel::mask(N))
    }

    /// The bits, as an unsigned integer; those above `N` are zero.
    #[inline]
    #[must_use]
    pub const fn to_bits(self) -> S {
        self.0
    }

    /// [`from_bits`](Self::from_bits) from the widest word, for code that is generic over the format.
    #[inline]
    #[must_use]
    pub const fn from_word(bits: u64) -> Self {
        Self::pattern(bits & kernel::mask(N))
    }

    /// [`to_bits`](Self::to_bits) to the widest word, for code that is generic over the format.
    #[inline]
    #[must_use]
    pub const fn to_word(self) -> u64 {
        self.word()
    }

    /// Whether this is [`NAR`](Self::NAR).
    #[inline]
    #[must_use]
    pub const fn is_nar(self) -> bool {
        self.word() == kernel::nar(N)
    }

    /// Whether this is [`ZERO`](Self::ZERO).
    #[inline]
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.word() == 0
    }

    /// Whether this is a number, that is, not [`NAR`](Self::NAR).
    #[inline]
    #[must_use]
    pub const fn is_finite(self) -> bool {
        !self.is_nar()
    }

    /// Whether this is below zero. False for NaR.
    #[inline]
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.word() > kernel::nar(N)
    }

    /// Whether this is above zero. False for NaR.
    #[inline]
    #[must_use]
    pub const fn is_positive(self) -> bool {
        0 < self.word() && self.word() < kernel::nar(N)
    }

    /// `addition` (clause 5.4): `self + rhs`, correctly rounded; NaR if either is.
    #[doc(alias = "addition")]
    #[inline]
    #[must_use]
    pub const fn add(self, rhs: Self) -> Self {
        look_up!(ADD[self, rhs]);
        Self::pattern(kernel::scalar::add::<N, ES>(self.word(), rhs.word()))
    }

    /// `subtraction` (clause 5.4): `self - rhs`, correctly rounded; NaR if either is.
    #[doc(alias = "subtraction")]
    #[inline]
    #[must_use]
    pub const fn sub(self, rhs: Self) -> Self {
        look_up!(ADD[self, rhs.neg()]);
        Self::pattern(kernel::scalar::sub::<N, ES>(self.word(), rhs.word()))
    }

    /// `multiplication` (clause 5.4): `self * rhs`, correctly rounded; NaR if either is.
    #[doc(alias = "multiplication")]
    #[inline]
    #[must_use]
    pub const fn mul(self, rhs: Self) -> Self {
        look_up!(MUL[self, rhs]);
        Self::pattern(kernel::scalar::mul::<N, ES>(self.word(), rhs.word()))
    }

    /// `division` (clause 5.4): `self / rhs`, correctly rounded; NaR if either is, or if `rhs` is zero.
    #[doc(alias = "division")]
    #[inline]
    #[must_use]
    pub const fn div(self, rhs: Self) -> Self {
        look_up!(DIV[self, rhs]);
        Self::pattern(kernel::scalar::div::<N, ES>(self.word(), rhs.word()))
    }

    /// `negate` (clause 5.2): exact; NaR and zero are their own negations.
    #[doc(alias = "negate")]
    #[inline]
    #[must_use]
    pub const fn neg(self) -> Self {
        Self::pattern(self.word().wrapping_neg() & kernel::mask(N))
    }

    /// `abs` (clause 5.2): exact; NaR for NaR.
    #[inline]
    #[must_use]
    pub const fn abs(self) -> Self {
        if self.is_negative() { self.neg() } else { self }
    }

    /// `sign` (clause 5.2): 1, 0 or -1; NaR for NaR.
    #[inline]
    #[must_use]
    pub const fn sign(self) -> Self {
        if self.is_negative() {
            Self::NEG_ONE
        } else if self.is_positive() {
            Self::ONE
        } else {
            self
        }
    }

    /// The reciprocal `1 / self`, correctly rounded; NaR for NaR and zero.
    #[inline]
    #[must_use]
    pub const fn recip(self) -> Self {
        Self::ONE.div(self)
    }

    /// `next` (clause 5.2): the pattern plus one. It wraps: `next(maxPos)` is NaR, `next(NaR)` is `-maxPos`.
    #[inline]
    #[must_use]
    pub const fn next(self) -> Self {
        Self::pattern(self.word().wrapping_add(1) & kernel::mask(N))
    }

    /// `prior` (clause 5.2): the pattern minus one. It wraps: `prior(-maxPos)` is NaR, `prior(NaR)` is
    /// `maxPos`.
    #[inline]
    #[must_use]
    pub const fn prior(self) -> Self {
        Self::pattern(self.word().wrapping_sub(1) & kernel::mask(N))
    }
}

impl<const N: u32, const ES: u32, S: Storage> Default for Posit<N, ES, S> {
    /// Zero.
    fn default() -> Self {
        Self::ZERO
    }
}
