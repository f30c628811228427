//! Which integer a posit is kept in, and the way from `<N, ES>` to it.
//!
//! `Posit<N, ES, S>` takes its storage `S` as a third parameter, whose default is looked up:
//! `<Format<N, ES> as Supported>::Storage`. `Format<16, 1>` is kept in a `u16`, `Format<5, 1>` in a `u8`.
//! A width or an exponent that is not supported has no such lookup, so it is an error of `cargo check`.
//!
//! This is the only file with `unsafe` besides the bytemuck glue: a `const fn` cannot call a trait method,
//! so the integer is read and written by its size.

use core::fmt::{Debug, Display};
use core::hash::Hash;
use core::mem::transmute_copy;

mod sealed {
    pub trait Sealed {}
}

/// The integer a posit is kept in: `u8`, `u16`, `u32` or `u64`. Sealed.
///
/// Generic code can go through `u64`, or use [`Posit::from_word`] and [`Posit::to_word`], which are `const`.
///
/// [`Posit::from_word`]: crate::Posit::from_word
/// [`Posit::to_word`]: crate::Posit::to_word
pub trait Storage:
    sealed::Sealed
    + Copy
    + Eq
    + Ord
    + Hash
    + Debug
    + Display
    + Default
    + Into<u64>
    + TryFrom<u64>
    + Send
    + Sync
    + 'static
{
    /// The width of the integer.
    const BITS: u32;
}

macro_rules! storage {
    ($($t:ty)*) => {$(
        impl sealed::Sealed for $t {}
        impl Storage for $t {
            const BITS: u32 = <$t>::BITS;
        }
    )*};
}
storage!(u8 u16 u32 u64);

/// The parameters of a posit format, as a type. Names the smallest storage that holds it.
#[derive(Clone, Copy, Debug)]
pub struct Format<const N: u32, const ES: u32>;

/// The exponent width alone, as a type.
#[derive(Clone, Copy, Debug)]
pub struct Exponent<const ES: u32>;

/// Widths and exponents that [`Posit`](crate::Posit) has: `N` in 3..=64, `ES` in 0..=4. Sealed.
#[diagnostic::on_unimplemented(
    message = "`Posit` has no such width: N must be in 3..=64",
    label = "unsupported width",
    note = "code generic over the width takes the storage too: \
            `fn f<const N: u32, const ES: u32, S: Storage>(x: Posit<N, ES, S>)`"
)]
pub trait Supported: sealed::Sealed {
    /// The smallest unsigned integer of at least `N` bits.
    type Storage: Storage;
}

/// Exponent widths that [`Posit`](crate::Posit) has: 0 to 4. Sealed.
#[diagnostic::on_unimplemented(
    message = "`Posit` has no such exponent: ES must be in 0..=4",
    label = "unsupported exponent width"
)]
pub trait SupportedExponent: sealed::Sealed {}

macro_rules! exponents {
    ($($es:literal)*) => {$(
        impl sealed::Sealed for Exponent<$es> {}
        impl SupportedExponent for Exponent<$es> {}
    )*};
}
exponents!(0 1 2 3 4);

macro_rules! widths {
    ($($t:ty: $($n:literal)*;)*) => {$($(
        impl<const ES: u32> sealed::Sealed for Format<$n, ES> {}
        impl<const ES: u32> Supported for Format<$n, ES>
        where
            Exponent<ES>: SupportedExponent,
        {
            type Storage = $t;
        }
    )*)*};
}
widths! {
    u8: 3 4 5 6 7 8;
    u16: 9 10 11 12 13 14 15 16;
    u32: 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32;
    u64: 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64;
}

/// The storage as a word.
#[inline]
#[expect(unsafe_code, reason = "a const fn cannot call a trait method")]
pub(crate) const fn load<S: Storage>(s: S) -> u64 {
    // SAFETY: `Storage` is sealed to u8, u16, u32 and u64, which differ in size; the arm taken by size
    // copies S to itself.
    unsafe {
        match size_of::<S>() {
            1 => transmute_copy::<S, u8>(&s) as u64,
            2 => transmute_copy::<S, u16>(&s) as u64,
            4 => transmute_copy::<S, u32>(&s) as u64,
            _ => transmute_copy::<S, u64>(&s),
        }
    }
}

/// The low bits of a word as storage.
#[inline]
#[expect(unsafe_code, reason = "a const fn cannot call a trait method")]
pub(crate) const fn store<S: Storage>(x: u64) -> S {
    // SAFETY: as in `load`: the arm taken by size copies S to itself.
    unsafe {
        match size_of::<S>() {
            1 => transmute_copy::<u8, S>(&(x as u8)),
            2 => transmute_copy::<u16, S>(&(x as u16)),
            4 => transmute_copy::<u32, S>(&(x as u32)),
            _ => transmute_copy::<u64, S>(&x),
        }
    }
}

/// Posits that are kept in bytes, as bytes.
#[inline]
#[expect(unsafe_code, reason = "a slice of a transparent type as one of its only field")]
pub(crate) const fn bytes<const N: u32, const ES: u32, S: Storage>(
    x: &[crate::Posit<N, ES, S>],
) -> Option<&[u8]> {
    if size_of::<S>() != 1 {
        return None;
    }
    // SAFETY: `Posit` is a transparent struct of S, and the only storage of one byte is u8.
    Some(unsafe { core::slice::from_raw_parts(x.as_ptr().cast(), x.len()) })
}

/// The words that a [`Quire`](crate::Quire) is kept in, lowest first: `[u64; 1]` to `[u64; 63]`. Sealed.
pub trait Limbs: sealed::Sealed + Copy + Eq + Hash + Debug + Send + Sync + 'static {
    /// All words zero.
    const ZERO: Self;
}

impl<const LEN: usize> sealed::Sealed for [u64; LEN] {}
impl<const LEN: usize> Limbs for [u64; LEN] {
    const ZERO: Self = [0; LEN];
}

/// Formats with their quire: the same as [`Supported`]. Sealed.
#[diagnostic::on_unimplemented(
    message = "`Quire` has no such format: N must be in 3..=64, ES in 0..=4",
    label = "unsupported format",
    note = "code generic over the format takes the words too: \
            `fn f<const N: u32, const ES: u32, L: Limbs>(q: &mut Quire<N, ES, L>)`"
)]
pub trait QuireFormat: Supported {
    /// As many words as the quire has bits for.
    type Limbs: Limbs;
}

/// Words of the quire of a format: `32 + 4 (N-2) 2^ES` bits, that is `16 N` for `ES = 2`.
pub(crate) const fn quire_limbs(n: u32, es: u32) -> usize {
    (32 + ((4 * (n - 2)) << es)).div_ceil(64) as usize
}

macro_rules! quires {
    ($($n:literal)*) => {$(
        quires!(@ $n: 0 1 2 3 4);
    )*};
    (@ $n:literal: $($es:literal)*) => {$(
        #[doc(hidden)]
        impl QuireFormat for Format<$n, $es> {
            type Limbs = [u64; quire_limbs($n, $es)];
        }
    )*};
}
quires! {
    3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39
    40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64
}

/// The words as a slice.
#[inline]
#[expect(unsafe_code, reason = "a const fn cannot call a trait method")]
pub(crate) const fn limbs<L: Limbs>(words: &L) -> &[u64] {
    // SAFETY: `Limbs` is sealed to arrays of u64 (`Sealed` has no other implementor that is `Limbs`), so
    // `L` is size_of::<L>() / 8 initialised u64 in a row, aligned as u64, borrowed as long as `words`.
    unsafe { core::slice::from_raw_parts(core::ptr::from_ref(words).cast(), size_of::<L>() / 8) }
}

/// The words as a slice that can be changed.
#[inline]
#[expect(unsafe_code, reason = "a const fn cannot call a trait method")]
pub(crate) const fn limbs_mut<L: Limbs>(words: &mut L) -> &mut [u64] {
    // SAFETY: as in `limbs`; the borrow is exclusive, and every u64 is valid in the array.
    unsafe { core::slice::from_raw_parts_mut(core::ptr::from_mut(words).cast(), size_of::<L>() / 8) }
}
