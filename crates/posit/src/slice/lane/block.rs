//! A block of elements: what a lane kernel works on, and what the end of a slice is filled up to.

use super::super::simd::Vectors;
use super::condition;
use super::{narrow, wide};
use crate::{Posit, Storage};

/// Elements of a block: eight vectors of 256 bits of `f32`. Long enough that loops over it are vectorised
/// and not unrolled.
pub(in crate::slice) const BLOCK: usize = 64;

/// One block.
pub(in crate::slice) type Block<T> = [T; BLOCK];

/// Applies a function to each element, in a loop that LLVM vectorises.
#[inline(always)]
pub(in crate::slice) fn each<A: Copy, Z>(a: &Block<A>, out: &mut Block<Z>, f: impl Fn(A) -> Z) {
    for (out, a) in out.iter_mut().zip(a) {
        *out = f(*a);
    }
}

/// Applies a function to each pair.
#[inline(always)]
pub(in crate::slice) fn each2<A: Copy, B: Copy, Z>(
    a: &Block<A>,
    b: &Block<B>,
    out: &mut Block<Z>,
    f: impl Fn(A, B) -> Z,
) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = f(*a, *b);
    }
}

/// The pattern in a lane, `N <= 32`.
#[inline(always)]
fn word<const N: u32, const ES: u32, S: Storage>(x: Posit<N, ES, S>) -> u32 {
    x.to_word() as u32
}

/// The exact values, `N <= 32`.
#[inline(always)]
pub(in crate::slice) fn to_f64<const N: u32, const ES: u32, S: Storage>(
    x: &Block<Posit<N, ES, S>>,
) -> Block<f64> {
    let mut words = [0; BLOCK];
    each(x, &mut words, word);
    wide::decode::<N, ES>(&words)
}

/// The nearest posits, `N <= 32`.
#[inline(always)]
pub(in crate::slice) fn from_f64<const N: u32, const ES: u32, S: Storage>(
    x: &Block<f64>,
    out: &mut Block<Posit<N, ES, S>>,
) {
    each(&wide::encode::<N, ES>(x), out, |word| Posit::pattern(u64::from(word)));
}

/// The nearest `f32`; through the exact `f64` where the range of `f32` is left.
#[inline(always)]
pub(in crate::slice) fn to_f32<const N: u32, const ES: u32, S: Storage>(
    vectors: impl Vectors,
    x: &Block<Posit<N, ES, S>>,
    out: &mut Block<f32>,
) {
    if N <= 8 {
        let mut codes = [0; BLOCK];
        each(x, &mut codes, |x| x.to_word() as u8);
        if vectors.bytes_to_f32::<N, ES>(&codes, out) {
            return;
        }
    }
    if condition::f32_holds(N, ES) {
        each(x, out, f32_of);
    } else if condition::f64_holds(N) {
        each(&to_f64(x), out, |x| x as f32);
    } else {
        each(x, out, Posit::to_f32);
    }
}

/// The nearest `f32` of one, where [`condition::f32_holds`].
#[inline(always)]
pub(in crate::slice) fn f32_of<const N: u32, const ES: u32, S: Storage>(x: Posit<N, ES, S>) -> f32 {
    narrow::decode::<N, ES>(word(x))
}

/// The posit nearest to one `f32`, where [`condition::f32_holds`].
#[inline(always)]
pub(in crate::slice) fn of_f32<const N: u32, const ES: u32, S: Storage>(x: f32) -> Posit<N, ES, S> {
    Posit::pattern(u64::from(narrow::encode::<N, ES>(x)))
}

/// The nearest posits.
#[inline(always)]
pub(in crate::slice) fn from_f32<const N: u32, const ES: u32, S: Storage>(
    vectors: impl Vectors,
    x: &Block<f32>,
    out: &mut Block<Posit<N, ES, S>>,
) {
    if N <= 8 {
        let mut codes = [0; BLOCK];
        if vectors.bytes_from_f32::<N, ES>(x, &mut codes) {
            each(&codes, out, |code| Posit::pattern(u64::from(code)));
            return;
        }
    }
    if condition::f32_holds(N, ES) {
        each(x, out, of_f32);
    } else if condition::f64_holds(N) {
        let mut wide = [0.0; BLOCK];
        each(x, &mut wide, f64::from);
        from_f64(&wide, out);
    } else {
        each(x, out, Posit::from_f32);
    }
}
