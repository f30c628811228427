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

    /// The product of a matrix, row by row in these codes, and a vector of `f32`, **in `f32`**, the same bits
    /// as [`slice::mat_vec_f32`] of the unpacked posits. Rows that do not end at a byte, as their length is no
    /// multiple of eight, are slower.
    ///
    /// # Errors
    ///
    /// [`ShapeError::Matrix`] unless there are `out.len()` rows of `x.len()` codes; `out` is left alone then.
    ///
    /// ```
    /// use posit::{Packed, Posit};
    ///
    /// let weights = [0.5, -1.0, 3.0, 2.0].map(Posit::<5, 0>::from_f64);
    /// let mut bytes = [0; 3];
    /// Packed::pack(&weights, &mut bytes)?;
    /// let mut y = [0.0; 2];
    /// Packed::<5, 0>::new(&bytes, 4)?.mat_vec_f32(&[10.0, 1.0], &mut y)?;
    /// assert_eq!(y, [4.0, 32.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mat_vec_f32(&self, x: &[f32], out: &mut [f32]) -> Result<(), ShapeError> {
        slice::packed_mat_vec(*self, x, out)
    }

    /// The bytes of all codes.
    #[inline(always)]
    pub(crate) const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Unpacks a group at a time and hands it on with its part of `out`.
    fn groups<Z>(&self, out: &mut [Z], mut f: impl FnMut(&[Posit<N, ES, S>], &mut [Z])) {
        let mut codes = [Posit::ZERO; GROUP];
        for (at, out) in out.chunks_mut(GROUP).enumerate() {
            if let Some(codes) = codes.get_mut(..out.len()) {
                self.copy(at * GROUP, codes);
                f(codes, out);
            }
        }
    }

    /// As many posits as `out` has elements from an index on; those behind the end are left alone.
    #[inline(always)]
    pub(crate) fn copy(&self, start: usize, out: &mut [Posit<N, ES, S>]) {
        let bytes = self.bytes.get(start / 8 * N as usize..).unwrap_or_default();
        // The bytes of 8 more codes than are asked for, and 8 more that a window may touch.
        if N <= 32 && bytes.len() >= out.len().div_ceil(8) * N as usize + N as usize + 8 {
            for (i, code) in out.iter_mut().enumerate() {
                let bit = (start % 8 + i) * N as usize;
                let window = bytes.get(bit / 8..).and_then(<[u8]>::first_chunk::<8>);
                // 7 + 32 of 64 bits.
                let bits = window.map_or(0, |window| u64::from_le_bytes(*window)) >> (bit % 8);
                *code = Posit::from_word(bits);
            }
        } else {
            let codes = PackedIter { packed: *self, next: start };
            out.iter_mut().zip(codes).for_each(|(x, y)| *x = y);
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
