//! The same products on the threads of rayon's pool: rows are shared out, results do not change.

use super::gemm::{CodesOf, Sink, Sums, check, multiply};
use super::{ByteSource, Matrix, Packed, Source, gemv};
use crate::error::check_length;
use crate::output::Channels;
use crate::simd::Backend;
use crate::{Error, Rounding};
use rayon::prelude::*;

/// Rows for each thread, a multiple of `tile`.
fn share(rows: usize, tile: usize) -> usize {
    rows.div_ceil(rayon::current_num_threads()).next_multiple_of(tile).max(1)
}

/// As [`gemm`](super::gemm()); the scratch memory is shared out evenly.
///
/// # Errors
/// As [`gemm`](super::gemm()); each thread needs scratch memory for a tile of rows.
pub fn par_gemm<S: Source + Sync>(
    left: &Matrix<S>,
    right: &Packed<'_>,
    scratch: &mut [u8],
    sums: &mut [i32],
) -> Result<(), Error> {
    check(left, right, sums.len())?;
    bands(left, right, scratch, sums, |sums| Sums { columns: right.columns, sums })
}

/// As [`gemm_codes`](super::gemm_codes); the scratch memory is shared out evenly.
///
/// # Errors
/// As [`gemm_codes`](super::gemm_codes); each thread needs scratch memory for a tile of rows.
pub fn par_gemm_codes<S: Source + Sync, R: Rounding>(
    left: &Matrix<S>,
    right: &Packed<'_>,
    channels: &Channels<'_, R>,
    scratch: &mut [u8],
    codes: &mut [i8],
) -> Result<(), Error> {
    check(left, right, codes.len())?;
    check_length(right.columns, channels.count())?;
    bands(left, right, scratch, codes, |codes| CodesOf::new(right, channels, codes))
}

fn bands<'o, S: Source + Sync, T: Send, K: Sink>(
    left: &Matrix<S>,
    right: &Packed<'_>,
    scratch: &mut [u8],
    output: &'o mut [T],
    sink: impl Fn(&'o mut [T]) -> K + Sync,
) -> Result<(), Error> {
    if output.is_empty() {
        return Ok(());
    }
    let rows = share(left.rows, right.backend.rows());
    let part = (scratch.len() / left.rows.div_ceil(rows).max(1)).max(1);
    let bands = output.par_chunks_mut(rows * right.columns).zip(scratch.par_chunks_mut(part));
    bands.enumerate().try_for_each(|(i, (output, scratch))| {
        let range = i * rows..left.rows.min((i + 1) * rows);
        multiply(left, range, right, scratch, &mut sink(output))
    })
}

/// As [`gemv`](super::gemv()).
///
/// # Errors
/// As [`gemv`](super::gemv()).
pub fn par_gemv<S: Source + Sync, V: ByteSource + Sync>(
    backend: Backend,
    matrix: &Matrix<S>,
    vector: &Matrix<V>,
    sums: &mut [i32],
) -> Result<(), Error> {
    gemv::check(backend, matrix, vector, sums.len())?;
    let rows = share(matrix.rows, 4);
    sums.par_chunks_mut(rows)
        .enumerate()
        .for_each(|(i, sums)| gemv::multiply(backend, matrix, i * rows, vector, sums));
    Ok(())
}

/// As [`gemv_codes`](super::gemv_codes).
///
/// # Errors
/// As [`gemv_codes`](super::gemv_codes).
pub fn par_gemv_codes<S: Source + Sync, V: ByteSource + Sync, R: Rounding>(
    backend: Backend,
    matrix: &Matrix<S>,
    vector: &Matrix<V>,
    channels: &Channels<'_, R>,
    codes: &mut [i8],
) -> Result<(), Error> {
    gemv::check(backend, matrix, vector, codes.len())?;
    check_length(matrix.rows, channels.count())?;
    let rows = share(matrix.rows, 4);
    codes
        .par_chunks_mut(rows)
        .enumerate()
        .for_each(|(i, codes)| gemv::multiply_codes(backend, matrix, i * rows, vector, channels, codes));
    Ok(())
}
