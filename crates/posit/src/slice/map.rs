//! One block of a slice after the other, and the end of it filled up to a block.

use super::lane::block::{BLOCK, Block};
use super::simd::{Task, Vectors, run};
use crate::ShapeError;

/// What is done with a block. The method must be `#[inline(always)]`.
pub(super) trait Map1<A, Z> {
    /// Writes every element of `out`.
    fn block(&self, vectors: impl Vectors, a: &Block<A>, out: &mut Block<Z>);
}

/// As [`Map1`], of two operands.
pub(super) trait Map2<A, B, Z> {
    /// Writes every element of `out`.
    fn block(&self, vectors: impl Vectors, a: &Block<A>, b: &Block<B>, out: &mut Block<Z>);
}

/// As [`Map1`], of three operands.
pub(super) trait Map3<A, Z> {
    /// Writes every element of `out`.
    fn block(&self, vectors: impl Vectors, a: &Block<A>, b: &Block<A>, c: &Block<A>, out: &mut Block<Z>);
}

struct Loop<F, I, O>(F, I, O);

/// A block of at most `BLOCK` elements, filled up with copies of the first.
#[inline(always)]
fn filled<A: Copy>(end: &[A]) -> Option<Block<A>> {
    let mut block = [*end.first()?; BLOCK];
    block.iter_mut().zip(end).for_each(|(x, y)| *x = *y);
    Some(block)
}

#[inline(always)]
fn copy<Z: Copy>(block: &Block<Z>, out: &mut [Z]) {
    out.iter_mut().zip(block).for_each(|(x, y)| *x = *y);
}

/// Where a block of results goes: in place, or into `end`.
#[inline(always)]
fn target<'a, Z: Copy>(out: &'a mut [Z], end: &'a mut Option<Block<Z>>) -> Option<&'a mut Block<Z>> {
    if out.len() < BLOCK {
        *end = filled(out);
        return end.as_mut();
    }
    out.first_chunk_mut()
}

/// The block at `at`: in place, or the end of the slice filled up.
#[inline(always)]
fn block<'a, A: Copy>(a: &'a [A], at: usize, end: &'a mut Option<Block<A>>) -> Option<&'a Block<A>> {
    let rest = a.get(at..)?;
    if let Some(whole) = rest.first_chunk() {
        return Some(whole);
    }
    *end = filled(rest);
    end.as_ref()
}

impl<A: Copy, Z: Copy, F: Map1<A, Z>> Task for Loop<F, &[A], &mut [Z]> {
    type Output = ();
    #[inline(always)]
    fn run(self, vectors: impl Vectors) {
        let Self(f, a, out) = self;
        let mut at = 0;
        for out in out.chunks_mut(BLOCK) {
            let mut a_end = None;
            let a = block(a, at, &mut a_end);
            let Some(a) = a else { return };
            let mut end = None;
            if let Some(target) = target(out, &mut end) {
                f.block(vectors, a, target);
            }
            if let Some(end) = end {
                copy(&end, out);
            }
            at += BLOCK;
        }
    }
}

impl<A: Copy, B: Copy, Z: Copy, F: Map2<A, B, Z>> Task for Loop<F, (&[A], &[B]), &mut [Z]> {
    type Output = ();
    #[inline(always)]
    fn run(self, vectors: impl Vectors) {
        let Self(f, (a, b), out) = self;
        let mut at = 0;
        for out in out.chunks_mut(BLOCK) {
            let mut a_end = None;
            let mut b_end = None;
            let (a, b) = (block(a, at, &mut a_end), block(b, at, &mut b_end));
            let (Some(a), Some(b)) = (a, b) else { return };
            let mut end = None;
            if let Some(target) = target(out, &mut end) {
                f.block(vectors, a, b, target);
            }
            if let Some(end) = end {
                copy(&end, out);
            }
            at += BLOCK;
        }
    }
}

impl<A: Copy, Z: Copy, F: Map3<A, Z>> Task for Loop<F, (&[A], &[A], &[A]), &mut [Z]> {
    type Output = ();
    #[inline(always)]
    fn run(self, vectors: impl Vectors) {
        let Self(f, (a, b, c), out) = self;
        let mut at = 0;
        for out in out.chunks_mut(BLOCK) {
            let mut a_end = None;
            let mut b_end = None;
            let mut c_end = None;
            let (a, b, c) = (block(a, at, &mut a_end), block(b, at, &mut b_end), block(c, at, &mut c_end));
            let (Some(a), Some(b), Some(c)) = (a, b, c) else { return };
            let mut end = None;
            if let Some(target) = target(out, &mut end) {
                f.block(vectors, a, b, c, target);
            }
            if let Some(end) = end {
                copy(&end, out);
            }
            at += BLOCK;
        }
    }
}

/// Lengths must agree.
#[inline]
pub(super) fn same_length<A, B>(left: &[A], right: &[B]) -> Result<(), ShapeError> {
    if left.len() == right.len() {
        Ok(())
    } else {
        Err(ShapeError::Length { left: left.len(), right: right.len() })
    }
}

#[inline]
pub(super) fn map1<A: Copy, Z: Copy>(f: impl Map1<A, Z>, a: &[A], out: &mut [Z]) -> Result<(), ShapeError> {
    same_length(a, out)?;
    run(Loop(f, a, out));
    Ok(())
}

#[inline]
pub(super) fn map2<A: Copy, B: Copy, Z: Copy>(
    f: impl Map2<A, B, Z>,
    a: &[A],
    b: &[B],
    out: &mut [Z],
) -> Result<(), ShapeError> {
    same_length(a, b)?;
    same_length(a, out)?;
    run(Loop(f, (a, b), out));
    Ok(())
}

#[inline]
pub(super) fn map3<A: Copy, Z: Copy>(
    f: impl Map3<A, Z>,
    a: &[A],
    b: &[A],
    c: &[A],
    out: &mut [Z],
) -> Result<(), ShapeError> {
    same_length(a, b)?;
    same_length(a, c)?;
    same_length(a, out)?;
    run(Loop(f, (a, b, c), out));
    Ok(())
}
