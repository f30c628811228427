//! Posits without gaps between them, borrowed from bytes.

use core::fmt::{self, Display, Formatter};
use core::iter::FusedIterator;
use core::marker::PhantomData;

use crate::storage::{Format, Supported};
use crate::{Posit, ShapeError, Storage, slice};

/// Codes that are unpacked at a time: 64 codes of `N` bits end at a byte.
const GROUP: usize = 64;

/// A slice of `N`-bit posits in a row of bytes, without gaps.
///
/// Code `i` is bits `i N` to `i N + N - 1` of the bytes, where bit `k` is bit `k % 8` of byte `k / 8`: the
/// first code stands in the lowest bits. The 3-bit codes 5, 1, 7 are the bits `111 001 101`, the bytes
/// `0xCD 0x01`. Bits behind the last code mean nothing.
///
/// ```
/// use posit::{Packed, Posit};
///
/// type P5 = Posit<5, 0>;
/// let weights = [0.5, -1.0, 3.0].map(P5::from_f64);
/// let mut bytes = [0; 2];
/// Packed::pack(&weights, &mut bytes)?;
///
/// let packed = Packed::<5, 0>::new(&bytes, 3)?;
/// assert_eq!(packed.get(1), Some(P5::NEG_ONE));
/// let mut floats = [0.0; 3];
/// packed.to_f32(&mut floats)?;
/// assert_eq!(floats, [0.5, -1.0, 3.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Packed<'a, const N: u32, const ES: u32, S: Storage = <Format<N, ES> as Supported>::Storage> {
    /// As many bytes as the codes take.
    bytes: &'a [u8],
    len: usize,
    storage: PhantomData<S>,
}

/// Bytes that are too few for the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackedLengthError {
    /// Codes.
    pub codes: usize,
    /// Bytes that are there.
    pub bytes: usize,
}

impl Display for PackedLengthError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} bytes are too few for {} codes: ask `Packed::bytes` for the number",
            self.bytes, self.codes
        )
    }
}

impl core::error::Error for PackedLengthError {}

impl<'a, const N: u32, const ES: u32, S: Storage> Packed<'a, N, ES, S> {
    /// The number of bytes that so many codes take; `None` if it exceeds `usize`.
    #[must_use]
    pub const fn bytes(codes: usize) -> Option<usize> {
        // codes * N / 8 in two parts, as the product of the whole may overflow where the quotient does not.
        match (codes / 8).checked_mul(N as usize) {
            Some(whole) => whole.checked_add((codes % 8 * N as usize).div_ceil(8)),
            None => None,
        }
    }

    /// The first `len` codes of these bytes; nothing is copied.
    ///
    /// # Errors
    ///
    /// [`PackedLengthError`] if the bytes are too few.
    pub fn new(bytes: &'a [u8], len: usize) -> Result<Self, PackedLengthError> {
        match Self::bytes(len).and_then(|needed| bytes.get(..needed)) {
            Some(bytes) => Ok(Self { bytes, len, storage: PhantomData }),
            None => Err(PackedLengthError { codes: len, bytes: bytes.len() }),
        }
    }

    /// Writes posits into bytes; unused bits of the last byte become zero, bytes behind it are left alone.
    ///
    /// # Errors
    ///
    /// [`PackedLengthError`] if the bytes are too few; they are left alone then.
    pub fn pack(x: &[Posit<N, ES, S>], bytes: &mut [u8]) -> Result<(), PackedLengthError> {
        let error = PackedLengthError { codes: x.len(), bytes: bytes.len() };
        let mut bytes =
            Self::bytes(x.len()).and_then(|needed| bytes.get_mut(..needed)).ok_or(error)?.iter_mut();
        // Fewer than 8 bits wait for the next code: 7 + 64 bits at most.
        let (mut waiting, mut count) = (0u128, 0);
        for x in x {
            waiting |= u128::from(x.to_word()) << count;
            count += N;
            while count >= 8 {
                if let Some(byte) = bytes.next() {
                    *byte = waiting as u8;
                }
                waiting >>= 8;
                count -= 8;
            }
        }
        if let Some(byte) = bytes.next() {
            *byte = waiting as u8;
        }
        Ok(())
    }

    /// The number of codes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no codes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The posit at an index; `None` behind the end.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Posit<N, ES, S>> {
        if index >= self.len {
            return None;
        }
        // No overflow: the bits are in memory, in at most usize::MAX / 2 bytes, counted from a whole byte.
        let first = index / 8 * N as usize + index % 8 * N as usize / 8;
        let shift = index % 8 * N as usize % 8;
        // 7 + 64 bits at most, so 9 bytes.
        let mut bits = 0u128;
        for (at, byte) in self.bytes.iter().skip(first).take(9).enumerate() {
            bits |= u128::from(*byte) << (8 * at);
        }
        Some(Posit::from_word((bits >> shift) as u64))
    }

    /// The posits in order.
    #[must_use]
    pub fn iter(&self) -> PackedIter<'a, N, ES, S> {
        PackedIter { packed: *self, next: 0 }
    }

    /// All posits.
    ///
    /// # Errors
    ///
    /// [`ShapeError::Length`] if `out` is not as long; it is left alone then.
    pub fn unpack(&self, out: &mut [Posit<N, ES, S>]) -> Result<(), ShapeError> {
        if out.len() != self.len {
            return Err(ShapeError::Length { left: self.len, right: out.len() });
        }
        self.groups(out, |codes, out| out.copy_from_slice(codes));
        Ok(())
    }

    /// [`Posit::to_f32`] of every posit.
    ///
    /// # Errors
    ///
    /// [`ShapeError::Length`] if `out` is not as long; it is left alone then.
    pub fn to_f32(&self, out: &mut [f32]) -> Result<(), ShapeError> {
        if out.len() != self.len {
            return Err(ShapeError::Length { left: self.len, right: out.len() });
        }
        // Equal lengths, by construction.
        self.groups(out, |codes, out| slice::to_f32(codes, out).unwrap_or_default());
        Ok(())
    }

    /// Unpacks a group at a time and hands it on with its part of `out`.
    fn groups<Z>(&self, out: &mut [Z], mut f: impl FnMut(&[Posit<N, ES, S>], &mut [Z])) {
        let mut codes = [Posit::ZERO; GROUP];
        let mut rest = self.iter();
        for (at, out) in out.chunks_mut(GROUP).enumerate() {
            let bytes = self.bytes.get(at * 8 * N as usize..).unwrap_or_default();
            // 8 N bytes of the group, and 8 more that a window may touch.
            if N <= 32 && bytes.len() >= 8 * N as usize + 8 {
                for (at, code) in codes.iter_mut().enumerate() {
                    let window = bytes.get(at * N as usize / 8..).and_then(<[u8]>::first_chunk::<8>);
                    // 7 + 32 of 64 bits.
                    let bits =
                        window.map_or(0, |window| u64::from_le_bytes(*window)) >> (at * N as usize % 8);
                    *code = Posit::from_word(bits);
                }
                rest.next = (at + 1) * GROUP;
            } else {
                rest.next = at * GROUP;
                codes.iter_mut().zip(rest.by_ref()).for_each(|(x, y)| *x = y);
            }
            if let Some(codes) = codes.get(..out.len()) {
                f(codes, out);
            }
        }
    }
}

impl<'a, const N: u32, const ES: u32, S: Storage> IntoIterator for &Packed<'a, N, ES, S> {
    type Item = Posit<N, ES, S>;
    type IntoIter = PackedIter<'a, N, ES, S>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The posits of a [`Packed`] in order.
#[derive(Clone, Debug)]
pub struct PackedIter<'a, const N: u32, const ES: u32, S: Storage = <Format<N, ES> as Supported>::Storage> {
    packed: Packed<'a, N, ES, S>,
    next: usize,
}

impl<const N: u32, const ES: u32, S: Storage> Iterator for PackedIter<'_, N, ES, S> {
    type Item = Posit<N, ES, S>;
    fn next(&mut self) -> Option<Self::Item> {
        let x = self.packed.get(self.next)?;
        self.next += 1;
        Some(x)
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.packed.len.saturating_sub(self.next);
        (left, Some(left))
    }
}

impl<const N: u32, const ES: u32, S: Storage> ExactSizeIterator for PackedIter<'_, N, ES, S> {}
impl<const N: u32, const ES: u32, S: Storage> FusedIterator for PackedIter<'_, N, ES, S> {}
