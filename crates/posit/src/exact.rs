//! Sums and products of vectors on the quire: one rounding each.

use core::fmt::{self, Display, Formatter};
use core::iter::Sum;

use crate::kernel::quire as kernel;
use crate::storage::quire_limbs;
use crate::{Posit, Storage};

/// The largest quire, of `Posit<64, 4>`; a smaller format uses the first words of it.
const LIMBS: usize = quire_limbs(64, 4);

/// Why operands do not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShapeError {
    /// Two vectors of different length.
    Length {
        /// Elements of the left vector.
        left: usize,
        /// Elements of the right vector.
        right: usize,
    },
    /// A matrix that is not as many rows as the result has elements, each as long as the vector.
    Matrix {
        /// Elements of the matrix.
        elements: usize,
        /// Rows that are asked for.
        rows: usize,
        /// Columns that are asked for.
        columns: usize,
    },
}

impl Display for ShapeError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { left, right } => write!(f, "vectors of {left} and {right} elements"),
            Self::Matrix { elements, rows, columns } => {
                write!(f, "{elements} elements are not {rows} rows of {columns}")
            }
        }
    }
}

impl core::error::Error for ShapeError {}

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// The dot product of two vectors, exact on the quire and rounded once; NaR if an element is.
    ///
    /// Exact for up to `2^31 - 1` elements of any size.
    ///
    /// # Errors
    ///
    /// [`ShapeError::Length`] if the vectors differ in length.
    ///
    /// ```
    /// # use posit::P16;
    /// let a = [4096.0, 1.0, -4096.0].map(P16::from_f64);
    /// let b = [1.0, 0.5, 1.0].map(P16::from_f64);
    /// assert_eq!(P16::dot(&a, &b), Ok(P16::from_f64(0.5)));
    /// ```
    pub const fn dot(a: &[Self], b: &[Self]) -> Result<Self, ShapeError> {
        if a.len() != b.len() {
            return Err(ShapeError::Length { left: a.len(), right: b.len() });
        }
        let mut words = [0; LIMBS];
        let (q, _) = words.split_at_mut(quire_limbs(N, ES));
        let mut i = 0;
        while i < a.len() && i < b.len() {
            kernel::add_product::<N, ES>(q, a[i].word(), b[i].word(), false);
            i += 1;
        }
        Ok(Self::pattern(kernel::to_posit::<N, ES>(q)))
    }

    /// The product of a matrix, row by row in a slice, and a vector: each element of `out` is one
    /// [`dot`](Self::dot).
    ///
    /// # Errors
    ///
    /// [`ShapeError::Matrix`] unless the matrix has `out.len()` rows of `x.len()` elements; `out` is left
    /// alone then.
    ///
    /// ```
    /// # use posit::P16;
    /// let m = [1.0, 2.0, 3.0, 4.0].map(P16::from_f64);
    /// let mut y = [P16::ZERO; 2];
    /// P16::mat_vec(&m, &[P16::ONE, P16::ONE], &mut y)?;
    /// assert_eq!(y, [3.0, 7.0].map(P16::from_f64));
    /// # Ok::<(), posit::ShapeError>(())
    /// ```
    pub fn mat_vec(matrix: &[Self], x: &[Self], out: &mut [Self]) -> Result<(), ShapeError> {
        if out.len().checked_mul(x.len()) != Some(matrix.len()) {
            return Err(ShapeError::Matrix { elements: matrix.len(), rows: out.len(), columns: x.len() });
        }
        let mut rest = matrix;
        for y in out {
            // Never short: the shape is checked.
            let (row, below) = rest.split_at_checked(x.len()).unwrap_or((rest, &[]));
            *y = Self::dot(row, x)?;
            rest = below;
        }
        Ok(())
    }
}

/// The exact sum on the quire, rounded once; NaR if an element is.
impl<const N: u32, const ES: u32, S: Storage> Sum for Posit<N, ES, S> {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        let mut words = [0; LIMBS];
        let (q, _) = words.split_at_mut(quire_limbs(N, ES));
        for x in iter {
            kernel::add_posit::<N, ES>(q, x.word(), false);
        }
        Self::pattern(kernel::to_posit::<N, ES>(q))
    }
}

impl<'a, const N: u32, const ES: u32, S: Storage> Sum<&'a Self> for Posit<N, ES, S> {
    fn sum<I: Iterator<Item = &'a Self>>(iter: I) -> Self {
        iter.copied().sum()
    }
}
