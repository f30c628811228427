//! Element by element: the operations of clauses 5.2 and 5.4, fused multiply-add, the order.

use core::cmp::Ordering;

use super::lane::block::{BLOCK, Block, each, each2};
use super::lane::operation::{self, Add, Binary, Div, Mul, Sub};
use super::map::{Map1, Map2, Map3, map1, map2, map3};
use super::simd::Vectors;
use crate::{Posit, ShapeError, Storage};

/// A binary operation of lanes.
struct Lanes<O>(O);

impl<O: Binary, const N: u32, const ES: u32, S: Storage>
    Map2<Posit<N, ES, S>, Posit<N, ES, S>, Posit<N, ES, S>> for Lanes<O>
{
    #[inline(always)]
    fn block(
        &self,
        vectors: impl Vectors,
        a: &Block<Posit<N, ES, S>>,
        b: &Block<Posit<N, ES, S>>,
        out: &mut Block<Posit<N, ES, S>>,
    ) {
        operation::binary::<O, N, ES, S>(vectors, a, b, out);
    }
}

/// Multiplication by one factor.
struct Scale<T>(T);

impl<const N: u32, const ES: u32, S: Storage> Map1<Posit<N, ES, S>, Posit<N, ES, S>>
    for Scale<Posit<N, ES, S>>
{
    #[inline(always)]
    fn block(&self, vectors: impl Vectors, x: &Block<Posit<N, ES, S>>, out: &mut Block<Posit<N, ES, S>>) {
        operation::binary::<Mul, N, ES, S>(vectors, x, &[self.0; BLOCK], out);
    }
}

struct Sqrt;

impl<const N: u32, const ES: u32, S: Storage> Map1<Posit<N, ES, S>, Posit<N, ES, S>> for Sqrt {
    #[inline(always)]
    fn block(&self, vectors: impl Vectors, x: &Block<Posit<N, ES, S>>, out: &mut Block<Posit<N, ES, S>>) {
        operation::sqrt(vectors, x, out);
    }
}

struct MulAdd;

impl<const N: u32, const ES: u32, S: Storage> Map3<Posit<N, ES, S>, Posit<N, ES, S>> for MulAdd {
    #[inline(always)]
    fn block(
        &self,
        vectors: impl Vectors,
        a: &Block<Posit<N, ES, S>>,
        b: &Block<Posit<N, ES, S>>,
        c: &Block<Posit<N, ES, S>>,
        out: &mut Block<Posit<N, ES, S>>,
    ) {
        operation::mul_add(vectors, a, b, c, out);
    }
}

/// Integer operations on the pattern, as they stand.
macro_rules! on_patterns {
    ($($one:ident $unary:expr;)* : $($two:ident $binary:expr, $out:ty;)*) => {$(
        struct $one;

        impl<const N: u32, const ES: u32, S: Storage> Map1<Posit<N, ES, S>, Posit<N, ES, S>> for $one {
            #[inline(always)]
            fn block(&self, _: impl Vectors, x: &Block<Posit<N, ES, S>>, out: &mut Block<Posit<N, ES, S>>) {
                each(x, out, $unary);
            }
        }
    )*$(
        struct $two;

        impl<const N: u32, const ES: u32, S: Storage> Map2<Posit<N, ES, S>, Posit<N, ES, S>, $out> for $two {
            #[inline(always)]
            fn block(
                &self,
                _: impl Vectors,
                a: &Block<Posit<N, ES, S>>,
                b: &Block<Posit<N, ES, S>>,
                out: &mut Block<$out>,
            ) {
                each2(a, b, out, $binary);
            }
        }
    )*};
}
on_patterns! {
    Neg Posit::neg;
    Abs Posit::abs;
    :
    Min Posit::min, Posit<N, ES, S>;
    Max Posit::max, Posit<N, ES, S>;
    Cmp Posit::total_cmp, Ordering;
}

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident $map:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// [`ShapeError::Length`] if the slices differ in length; `out` is left alone then.
        pub fn $name<const N: u32, const ES: u32, S: Storage>(
            x: &[Posit<N, ES, S>],
            out: &mut [Posit<N, ES, S>],
        ) -> Result<(), ShapeError> {
            map1($map, x, out)
        }
    )*};
}
unary! {
    /// `-x`, exact ([`Posit::neg`]).
    neg Neg;
    /// `|x|`, exact ([`Posit::abs`]).
    abs Abs;
    /// The square root, rounded once ([`Posit::sqrt`]); NaR below zero.
    sqrt Sqrt;
}

macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident $map:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// [`ShapeError::Length`] if the slices differ in length; `out` is left alone then.
        pub fn $name<const N: u32, const ES: u32, S: Storage>(
            a: &[Posit<N, ES, S>],
            b: &[Posit<N, ES, S>],
            out: &mut [Posit<N, ES, S>],
        ) -> Result<(), ShapeError> {
            map2($map, a, b, out)
        }
    )*};
}
binary! {
    /// `a + b`, each rounded once ([`Posit::add`]).
    add Lanes(Add);
    /// `a - b`, each rounded once ([`Posit::sub`]).
    sub Lanes(Sub);
    /// `a * b`, each rounded once ([`Posit::mul`]).
    ///
    /// ```
    /// use posit::{P16, slice};
    ///
    /// let a = [1.5, -2.0, 1e20].map(P16::from_f64);
    /// let b = [3.0, 0.5, 1e20].map(P16::from_f64);
    /// let mut out = [P16::ZERO; 3];
    /// slice::mul(&a, &b, &mut out)?;
    /// assert_eq!(out, [P16::from_f64(4.5), P16::NEG_ONE, P16::MAX]);
    /// assert!(slice::mul(&a, &b[1..], &mut out).is_err());
    /// # Ok::<(), posit::ShapeError>(())
    /// ```
    mul Lanes(Mul);
    /// `a / b`, each rounded once ([`Posit::div`]); NaR where `b` is zero.
    div Lanes(Div);
    /// The lesser of each pair, NaR before any number ([`Posit::min`]).
    min Min;
    /// The greater of each pair, a number before NaR ([`Posit::max`]).
    max Max;
}

/// `a * b + c`, each rounded once ([`Posit::mul_add`]).
///
/// # Errors
///
/// [`ShapeError::Length`] if the slices differ in length; `out` is left alone then.
pub fn mul_add<const N: u32, const ES: u32, S: Storage>(
    a: &[Posit<N, ES, S>],
    b: &[Posit<N, ES, S>],
    c: &[Posit<N, ES, S>],
    out: &mut [Posit<N, ES, S>],
) -> Result<(), ShapeError> {
    map3(MulAdd, a, b, c, out)
}

/// `x * factor`, each rounded once ([`Posit::mul`]).
///
/// # Errors
///
/// [`ShapeError::Length`] if the slices differ in length; `out` is left alone then.
pub fn scale<const N: u32, const ES: u32, S: Storage>(
    x: &[Posit<N, ES, S>],
    factor: Posit<N, ES, S>,
    out: &mut [Posit<N, ES, S>],
) -> Result<(), ShapeError> {
    map1(Scale(factor), x, out)
}

/// The order of each pair, NaR below every number ([`Posit::total_cmp`]).
///
/// # Errors
///
/// [`ShapeError::Length`] if the slices differ in length; `out` is left alone then.
pub fn total_cmp<const N: u32, const ES: u32, S: Storage>(
    a: &[Posit<N, ES, S>],
    b: &[Posit<N, ES, S>],
    out: &mut [Ordering],
) -> Result<(), ShapeError> {
    map2(Cmp, a, b, out)
}
