//! Exact products of 8-bit matrices: `Σ (a − za) · (b − zb)`, in 32 bits.
//!
//! *The sum is the true one on every CPU, for every code*; libraries that add two products in 16 bits return
//! wrong sums on full-range data. Sums wrap beyond 32 bits, which takes 33,025 products of the largest codes.
//!
//! A matrix is `i8`, `u8` or packed [`Int4`]. [`gemm`] multiplies by a matrix that was packed once
//! ([`Packed`]), [`gemv`] by a vector without packing anything; [`gemm_codes`] and [`gemv_codes`] end with the
//! bias, factor and output of each channel while the sums are still in registers or cache. Memory is the
//! caller's: the crate has no allocator.
//!
//! ```
//! use fixq::product::{self, Matrix, Packed};
//! use fixq::{Backend, Line};
//!
//! // Two rows of activations with zero point 3, times two outputs with three weights each.
//! let x = Matrix::new(&[1i8, 3, 5, 3, 2, 4][..], [2, 3], 3)?;
//! let w = Matrix::new(&[1i8, 10, 100, -1, 0, 1][..], [2, 3], 0)?;
//! let mut lines = vec![Line::ZERO; product::packed_len(Backend::best(), 3, 2)?];
//! let packed = Packed::transposed(Backend::best(), &w, &mut lines)?;
//! let mut scratch = vec![0; product::scratch_len(&packed, 2)];
//! let mut sums = [0; 4];
//! product::gemm(&x, &packed, &mut scratch, &mut sums)?;
//! assert_eq!(sums, [-2 * 1 + 2 * 100, 2 + 2, -10 + 100, 1]);
//! # Ok::<(), fixq::Error>(())
//! ```

mod conv;
mod depthwise;
mod gemm;
mod gemv;
mod image;
mod pack;
#[cfg(feature = "rayon")]
mod threads;

pub use conv::PackedConv2d;
pub use depthwise::PackedDepthwiseConv2d;
pub use gemm::{gemm, gemm_codes, scratch_len};
pub use gemv::{gemv, gemv_codes};
pub use pack::{Packed, packed_len};
#[cfg(feature = "rayon")]
pub use threads::{par_gemm, par_gemm_codes, par_gemv, par_gemv_codes};

use crate::error::check_length;
use crate::shape::Shape;
use crate::simd::{Backend, Byte};
use crate::{Error, Int4, Weights};

mod sealed {
    use super::Backend;

    /// What reads a run of codes, as signed bytes.
    pub trait Read: Copy {
        /// What was subtracted to make a code a signed byte.
        const SHIFT: i32;
        /// The lowest and the highest code.
        const ENDS: [i32; 2];

        fn len(&self) -> usize;

        /// The codes from `at` on; those beyond the end become 0.
        fn load(&self, at: usize, to: &mut [i8]);

        /// 16 codes from `at` on, if there are as many.
        fn sixteen(&self, at: usize) -> Option<[i8; 16]>;

        /// See [`Backend::dots`].
        fn dots<X: super::Byte>(
            &self,
            backend: Backend,
            places: [usize; 2],
            x: &[X],
            zero_point: i32,
            sums: &mut [i32],
        );
    }

    /// A slice of codes.
    pub trait Vector: Read {
        type Code: super::Byte;
        fn codes(&self) -> &[Self::Code];
    }
}
use sealed::{Read, Vector};

/// Codes that a product reads: `&[i8]`, `&[u8]` or [`Int4`]. Sealed.
pub trait Source: Read {}
impl<S: Read> Source for S {}

/// Codes of a byte each: `&[i8]` or `&[u8]`. Sealed.
pub trait ByteSource: Vector {}
impl<S: Vector> ByteSource for S {}

impl<T: Byte + Code> Read for &[T] {
    const SHIFT: i32 = T::FLIP as i32;
    const ENDS: [i32; 2] = [T::FLIP as i32 - 128, T::FLIP as i32 + 127];

    fn len(&self) -> usize {
        <[T]>::len(self)
    }

    #[inline(always)]
    fn load(&self, at: usize, to: &mut [i8]) {
        let codes = self.get(at..).unwrap_or(&[]);
        let count = codes.len().min(to.len());
        let (full, rest) = to.split_at_mut_checked(count).unwrap_or((&mut [], &mut []));
        for (to, from) in full.iter_mut().zip(codes) {
            *to = from.signed();
        }
        rest.fill(0);
    }

    #[inline(always)]
    fn sixteen(&self, at: usize) -> Option<[i8; 16]> {
        Some(self.get(at..)?.first_chunk()?.map(T::signed))
    }

    #[inline]
    fn dots<X: Byte>(
        &self,
        backend: Backend,
        places: [usize; 2],
        x: &[X],
        zero_point: i32,
        sums: &mut [i32],
    ) {
        backend.dots(self, places, x, zero_point, sums);
    }
}

impl<T: Byte + Code> Vector for &[T] {
    type Code = T;
    fn codes(&self) -> &[T] {
        self
    }
}

/// A code that is a byte: `i8` or `u8`.
trait Code {}
impl Code for i8 {}
impl Code for u8 {}

impl Read for Int4<'_> {
    const SHIFT: i32 = 0;
    const ENDS: [i32; 2] = [-8, 7];

    fn len(&self) -> usize {
        Weights::len(self)
    }

    fn load(&self, at: usize, to: &mut [i8]) {
        self.unpack(at, to);
    }

    fn sixteen(&self, at: usize) -> Option<[i8; 16]> {
        let mut codes = [0; 16];
        self.unpack(at, &mut codes);
        Some(codes)
    }

    /// In runs that are unpacked to bytes first.
    fn dots<X: Byte>(
        &self,
        backend: Backend,
        [start, stride]: [usize; 2],
        x: &[X],
        zero_point: i32,
        sums: &mut [i32],
    ) {
        const RUN: usize = 512;
        let mut codes = [0i8; RUN];
        for (r, sum) in sums.iter_mut().enumerate() {
            let mut at = start.saturating_add(r.saturating_mul(stride));
            for x in x.chunks(RUN) {
                let run = codes.get_mut(..x.len()).unwrap_or(&mut []);
                self.unpack(at, run);
                backend.dots(&*run, [0, 0], x, zero_point, core::slice::from_mut(sum));
                at += x.len();
            }
        }
    }
}

/// A row-major matrix of 8-bit codes with one zero point.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<S> {
    source: S,
    rows: usize,
    columns: usize,
    /// The zero point, shifted as the codes are.
    zero_point: i32,
}

impl<S: Source> Matrix<S> {
    /// `rows` times `columns` codes, and the code of 0.
    ///
    /// # Errors
    /// [`Error::Length`] if the codes do not fill the shape, [`Error::TooLarge`] if it is too large,
    /// [`Error::BadZeroPoint`] if the zero point is not a code.
    pub fn new(source: S, [rows, columns]: [usize; 2], zero_point: i32) -> Result<Self, Error> {
        check_length(Shape::new(&[rows, columns])?.len(), source.len())?;
        let [low, high] = S::ENDS;
        if zero_point < low || zero_point > high {
            return Err(Error::BadZeroPoint { zero_point, low, high });
        }
        Ok(Self { source, rows, columns, zero_point: zero_point - S::SHIFT })
    }

    /// The number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns
    }
}
