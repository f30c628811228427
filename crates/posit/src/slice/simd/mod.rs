//! The instructions that a loop is compiled for, chosen when it runs.
//!
//! [`run`] takes a loop as a [`Task`] whose body is inlined twice: as the target of the compiler allows, and
//! for AVX2, or on aarch64 with the byte shuffles of NEON, which is part of that target. All do the same
//! operations in the same order, none of them approximate, so the results are the same bits.
//!
//! [`Vectors`] is what a backend has instructions of its own for: shuffles of bytes, which no loop becomes.

#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod avx2;
#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod avx512;
#[cfg(any(test, all(feature = "std", target_arch = "x86_64"), target_arch = "aarch64"))]
#[cfg_attr(target_arch = "aarch64", allow(dead_code, reason = "packed codes are unpacked one by one there"))]
mod byte;
// Lanes in the order of memory, and no target that leaves NEON out.
#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
mod neon;

#[cfg(feature = "std")]
use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

use super::lane::block::Block;

/// Partial sums of a dot product: element `i` belongs to sum `i % SUMS`. At the end the upper half is added
/// to the lower one until one is left.
pub(super) const SUMS: usize = 32;

/// What a backend does better than the loops over lanes, if it does: the default is that it does not. A code
/// of `N <= 8` bits is a byte here.
pub(super) trait Vectors: Copy {
    /// The values of codes. Whether it was done.
    #[inline(always)]
    fn bytes_to_f32<const N: u32, const ES: u32>(self, codes: &Block<u8>, out: &mut Block<f32>) -> bool {
        let _ = (codes, out);
        false
    }

    /// The nearest codes. Whether it was done.
    #[inline(always)]
    fn bytes_from_f32<const N: u32, const ES: u32>(self, x: &Block<f32>, out: &mut Block<u8>) -> bool {
        let _ = (x, out);
        false
    }

    /// The products of rows of codes with `x`, which is not empty: a byte a code, or without gaps from the
    /// lowest bit on. Products and sums are rounded one by one; a row with NaR is NaN. Whether it was done.
    #[inline(always)]
    fn byte_mat_vec<const N: u32, const ES: u32, const PACKED: bool>(
        self,
        bytes: &[u8],
        x: &[f32],
        out: &mut [f32],
    ) -> bool {
        let _ = (bytes, x, out);
        false
    }
}

/// The loops as they are.
#[derive(Clone, Copy)]
pub(super) struct Portable;

impl Vectors for Portable {}

/// The instructions in use.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// What the compiler's target has.
    Portable = 1,
    /// AVX2 with FMA, F16C, BMI and LZCNT, as all processors with AVX2 but for a few have.
    Avx2 = 2,
    /// NEON, as all processors of aarch64 have.
    Neon = 3,
    /// As AVX2, and AVX-512 with VBMI for matrices times vectors.
    Avx512 = 4,
}

/// A loop over slices. `run` must be `#[inline(always)]`, and what it calls as well.
pub(super) trait Task {
    /// What comes out.
    type Output;
    /// Does it.
    fn run(self, vectors: impl Vectors) -> Self::Output;
}

/// The backend that was forced, or 0.
#[cfg(feature = "std")]
static FORCED: AtomicU8 = AtomicU8::new(0);

/// Makes all later calls use this backend, for tests and benchmarks; `None` lifts it. Says whether the
/// machine has it, and changes nothing if not. Results do not depend on the backend.
#[doc(hidden)]
#[cfg(feature = "std")]
pub fn force(backend: Option<Backend>) -> bool {
    let possible = match backend {
        None | Some(Backend::Portable) => true,
        Some(Backend::Avx2) => avx2(),
        Some(Backend::Avx512) => avx2() && vbmi(),
        Some(Backend::Neon) => {
            cfg!(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))
        }
    };
    if possible {
        FORCED.store(backend.map_or(0, |backend| backend as u8), Relaxed);
    }
    possible
}

#[cfg(feature = "std")]
#[inline]
fn portable_is_forced() -> bool {
    FORCED.load(Relaxed) == Backend::Portable as u8
}

/// Without `std` nothing is forced.
#[cfg(all(not(feature = "std"), target_arch = "aarch64"))]
const fn portable_is_forced() -> bool {
    false
}

/// Whether the machine has what [`Backend::Avx2`] needs.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[inline]
fn avx2() -> bool {
    std::is_x86_feature_detected!("avx2")
        && std::is_x86_feature_detected!("fma")
        && std::is_x86_feature_detected!("f16c")
        && std::is_x86_feature_detected!("bmi1")
        && std::is_x86_feature_detected!("bmi2")
        && std::is_x86_feature_detected!("lzcnt")
}

/// Whether [`Backend::Avx512`] is to be used where [`Backend::Avx2`] is.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[inline]
fn avx512() -> bool {
    vbmi() && FORCED.load(Relaxed) != Backend::Avx2 as u8
}

/// Whether the machine has what [`Backend::Avx512`] needs besides AVX2.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
fn vbmi() -> bool {
    std::is_x86_feature_detected!("avx512f")
        && std::is_x86_feature_detected!("avx512bw")
        && std::is_x86_feature_detected!("avx512vl")
        && std::is_x86_feature_detected!("avx512vbmi")
}

#[cfg(all(feature = "std", not(target_arch = "x86_64")))]
fn avx2() -> bool {
    false
}

#[cfg(all(feature = "std", not(target_arch = "x86_64")))]
fn vbmi() -> bool {
    false
}

/// Runs a loop on the best instructions that the machine has.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[inline]
#[expect(unsafe_code, reason = "the call of a function for instructions that not all machines have")]
pub(super) fn run<T: Task>(task: T) -> T::Output {
    if avx2() && !portable_is_forced() {
        // SAFETY: `avx2` has just found every feature that the function is compiled for.
        unsafe { with_avx2(task) }
    } else {
        task.run(Portable)
    }
}

/// Runs a loop on the instructions of the compiler's target.
#[cfg(not(all(feature = "std", target_arch = "x86_64")))]
#[inline]
pub(super) fn run<T: Task>(task: T) -> T::Output {
    #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
    if !portable_is_forced() {
        return task.run(neon::Neon);
    }
    task.run(Portable)
}

/// # Safety
///
/// The machine must have the features.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[target_feature(enable = "avx2,fma,f16c,bmi1,bmi2,lzcnt")]
#[expect(unsafe_code, reason = "only some machines have the instructions")]
unsafe fn with_avx2<T: Task>(task: T) -> T::Output {
    // SAFETY: the caller vouches for it.
    task.run(unsafe { avx2::Avx2::new() })
}

/// The arrays of `C` elements that a slice consists of; what is left at its end is left out.
#[inline(always)]
#[cfg(any(all(feature = "std", target_arch = "x86_64"), target_arch = "aarch64"))]
fn arrays<const C: usize, T>(slice: &[T]) -> impl Iterator<Item = &[T; C]> {
    slice.chunks_exact(C).filter_map(<[T]>::first_chunk)
}

/// As [`arrays`], to be changed.
#[inline(always)]
#[cfg(any(all(feature = "std", target_arch = "x86_64"), target_arch = "aarch64"))]
fn arrays_mut<const C: usize, T>(slice: &mut [T]) -> impl Iterator<Item = &mut [T; C]> {
    slice.chunks_exact_mut(C).filter_map(<[T]>::first_chunk_mut)
}
