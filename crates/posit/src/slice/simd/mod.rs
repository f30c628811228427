//! The instructions that a loop is compiled for, chosen when it runs.
//!
//! [`run`] takes a loop as a [`Task`] whose body is inlined twice: as the target of the compiler allows, and
//! for AVX2. On aarch64 the first is NEON already. Both do the same operations in the same order, none of
//! them approximate, so the results are the same bits.

#[cfg(feature = "std")]
use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// The instructions in use.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// What the compiler's target has.
    Portable = 1,
    /// AVX2 with FMA, F16C, BMI and LZCNT, as all processors with AVX2 but for a few have.
    Avx2 = 2,
}

/// A loop over slices. `run` must be `#[inline(always)]`, and what it calls as well.
pub(super) trait Task {
    /// What comes out.
    type Output;
    /// Does it.
    fn run(self) -> Self::Output;
}

/// The backend that was forced, or 0.
#[cfg(feature = "std")]
static FORCED: AtomicU8 = AtomicU8::new(0);

/// Makes all later calls use this backend, for tests and benchmarks; `None` lifts it. Says whether the
/// machine has it, and changes nothing if not. Results do not depend on the backend.
#[doc(hidden)]
#[cfg(feature = "std")]
pub fn force(backend: Option<Backend>) -> bool {
    let possible = backend != Some(Backend::Avx2) || avx2();
    if possible {
        FORCED.store(backend.map_or(0, |backend| backend as u8), Relaxed);
    }
    possible
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

#[cfg(all(feature = "std", not(target_arch = "x86_64")))]
fn avx2() -> bool {
    false
}

/// Runs a loop on the best instructions that the machine has.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[inline]
#[expect(unsafe_code, reason = "the call of a function for instructions that not all machines have")]
pub(super) fn run<T: Task>(task: T) -> T::Output {
    if avx2() && FORCED.load(Relaxed) != Backend::Portable as u8 {
        // SAFETY: `avx2` has just found every feature that the function is compiled for.
        unsafe { with_avx2(task) }
    } else {
        task.run()
    }
}

/// Runs a loop on the instructions of the compiler's target.
#[cfg(not(all(feature = "std", target_arch = "x86_64")))]
#[inline]
pub(super) fn run<T: Task>(task: T) -> T::Output {
    task.run()
}

/// # Safety
///
/// The machine must have the features.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[target_feature(enable = "avx2,fma,f16c,bmi1,bmi2,lzcnt")]
#[expect(unsafe_code, reason = "only some machines have the instructions")]
unsafe fn with_avx2<T: Task>(task: T) -> T::Output {
    task.run()
}
