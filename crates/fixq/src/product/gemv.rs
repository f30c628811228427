//! Matrix by vector, without packing.

use super::{ByteSource, Matrix, Source};
use crate::error::check_length;
use crate::output::Channels;
use crate::simd::{Backend, Byte};
use crate::{Error, Rounding};

/// How many sums stay on the stack.
const BLOCK: usize = 64;

/// `sums[i] = Σ (matrix[i, k] − zero_point) · (vector[k] − zero_point)`; the vector is a matrix of one row.
///
/// # Errors
/// [`Error::BadBroadcast`] if the vector is not as long as a row, [`Error::Length`] unless it is one row and `sums`
/// has an element for each row, [`Error::BadBackend`] if the CPU cannot run the backend.
pub fn gemv<S: Source, V: ByteSource>(
    backend: Backend,
    matrix: &Matrix<S>,
    vector: &Matrix<V>,
    sums: &mut [i32],
) -> Result<(), Error> {
    check(backend, matrix, vector, sums.len())?;
    multiply(backend, matrix, 0, vector, sums);
    Ok(())
}

/// As [`gemv`], with the bias, factor and output of each row.
///
/// # Errors
/// As [`gemv`], and [`Error::Length`] unless there are as many channels as rows.
pub fn gemv_codes<S: Source, V: ByteSource, R: Rounding>(
    backend: Backend,
    matrix: &Matrix<S>,
    vector: &Matrix<V>,
    channels: &Channels<'_, R>,
    codes: &mut [i8],
) -> Result<(), Error> {
    check(backend, matrix, vector, codes.len())?;
    check_length(matrix.rows, channels.count())?;
    multiply_codes(backend, matrix, 0, vector, channels, codes);
    Ok(())
}

pub(super) fn check<S: Source, V: ByteSource>(
    backend: Backend,
    matrix: &Matrix<S>,
    vector: &Matrix<V>,
    output: usize,
) -> Result<(), Error> {
    if !backend.is_available() {
        return Err(Error::BadBackend);
    }
    check_length(1, vector.rows)?;
    if matrix.columns != vector.columns {
        return Err(Error::BadBroadcast { a: matrix.columns, b: vector.columns });
    }
    check_length(matrix.rows, output)
}

/// The sums of the rows from `first` on.
pub(super) fn multiply<S: Source, V: ByteSource>(
    backend: Backend,
    matrix: &Matrix<S>,
    first: usize,
    vector: &Matrix<V>,
    sums: &mut [i32],
) {
    let x = vector.source.codes();
    sums.fill(correction(matrix, vector));
    let places = [first * matrix.columns, matrix.columns];
    matrix.source.dots(backend, places, x, vector.zero_point, sums);
}

/// The codes of the rows from `first` on.
pub(super) fn multiply_codes<S: Source, V: ByteSource, R: Rounding>(
    backend: Backend,
    matrix: &Matrix<S>,
    first: usize,
    vector: &Matrix<V>,
    channels: &Channels<'_, R>,
    codes: &mut [i8],
) {
    let correction = correction(matrix, vector);
    let mut row = first;
    for codes in codes.chunks_mut(BLOCK) {
        let mut sums = [correction; BLOCK];
        let sums = sums.get_mut(..codes.len()).unwrap_or(&mut []);
        let places = [row * matrix.columns, matrix.columns];
        matrix.source.dots(backend, places, vector.source.codes(), vector.zero_point, sums);
        channels.codes(row, sums, codes);
        row += codes.len();
    }
}

/// `− zero_point Σ (x − zero_point)`: what the zero point of the matrix takes off every sum.
fn correction<S: Source, V: ByteSource>(matrix: &Matrix<S>, vector: &Matrix<V>) -> i32 {
    if matrix.zero_point == 0 {
        return 0;
    }
    let terms = vector.source.codes().iter().map(|x| i32::from(x.signed()) - vector.zero_point);
    terms.fold(0, i32::wrapping_add).wrapping_mul(matrix.zero_point).wrapping_neg()
}
