//! The arithmetic on blocks: each operation names its lane and what it does there.

use super::super::simd::Vectors;
use super::block::{BLOCK, Block, each, each2, f32_of, from_f32, from_f64, of_f32, to_f32, to_f64};
use super::condition::{self, Lane};
use super::exact;
use crate::{Posit, Storage};

/// An operation of two posits.
pub(in crate::slice) trait Binary: Copy {
    /// The lane of a format.
    fn lane(n: u32, es: u32) -> Lane;
    /// In `f32`.
    fn narrow(a: f32, b: f32) -> f32;
    /// In `f64`.
    fn wide(a: f64, b: f64) -> f64;
    /// In `f64`, rounded to odd.
    fn odd(a: f64, b: f64) -> f64;
    /// One by one.
    fn scalar<const N: u32, const ES: u32, S: Storage>(
        a: Posit<N, ES, S>,
        b: Posit<N, ES, S>,
    ) -> Posit<N, ES, S>;
}

macro_rules! binary {
    ($($name:ident: $lane:ident, $operator:tt, $odd:expr, $scalar:ident;)*) => {$(
        #[derive(Clone, Copy)]
        pub(in crate::slice) struct $name;

        impl Binary for $name {
            #[inline(always)]
            fn lane(n: u32, es: u32) -> Lane {
                condition::$lane(n, es)
            }
            #[inline(always)]
            fn narrow(a: f32, b: f32) -> f32 {
                a $operator b
            }
            #[inline(always)]
            fn wide(a: f64, b: f64) -> f64 {
                a $operator b
            }
            #[inline(always)]
            fn odd(a: f64, b: f64) -> f64 {
                $odd(a, b)
            }
            #[inline(always)]
            fn scalar<const N: u32, const ES: u32, S: Storage>(
                a: Posit<N, ES, S>,
                b: Posit<N, ES, S>,
            ) -> Posit<N, ES, S> {
                a.$scalar(b)
            }
        }
    )*};
}
binary! {
    Add: sum, +, exact::wide::sum, add;
    Sub: sum, -, difference, sub;
    Mul: product, *, exact::product, mul;
    Div: product, /, exact::quotient, div;
}

#[inline(always)]
fn difference(a: f64, b: f64) -> f64 {
    exact::wide::sum(a, -b)
}

/// A block of a binary operation.
#[inline(always)]
pub(in crate::slice) fn binary<O: Binary, const N: u32, const ES: u32, S: Storage>(
    vectors: impl Vectors,
    a: &Block<Posit<N, ES, S>>,
    b: &Block<Posit<N, ES, S>>,
    out: &mut Block<Posit<N, ES, S>>,
) {
    match O::lane(N, ES) {
        // Bytes have instructions of their own, a block at a time; wider ones stay in registers.
        Lane::F32 if N <= 8 => {
            let (mut x, mut y, mut results) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
            to_f32(vectors, a, &mut x);
            to_f32(vectors, b, &mut y);
            each2(&x, &y, &mut results, O::narrow);
            from_f32(vectors, &results, out);
        }
        Lane::F32 => each2(a, b, out, |a, b| of_f32(O::narrow(f32_of(a), f32_of(b)))),
        Lane::F64 => wide2(a, b, out, O::wide),
        Lane::Odd => wide2(a, b, out, O::odd),
        Lane::Scalar => each2(a, b, out, O::scalar),
    }
}

#[inline(always)]
fn wide2<const N: u32, const ES: u32, S: Storage>(
    a: &Block<Posit<N, ES, S>>,
    b: &Block<Posit<N, ES, S>>,
    out: &mut Block<Posit<N, ES, S>>,
    f: impl Fn(f64, f64) -> f64,
) {
    let mut results = [0.0; BLOCK];
    each2(&to_f64(a), &to_f64(b), &mut results, f);
    from_f64(&results, out);
}

/// A block of square roots.
#[inline(always)]
pub(in crate::slice) fn sqrt<const N: u32, const ES: u32, S: Storage>(
    vectors: impl Vectors,
    x: &Block<Posit<N, ES, S>>,
    out: &mut Block<Posit<N, ES, S>>,
) {
    #[cfg(feature = "std")]
    match condition::sqrt(N, ES) {
        Lane::F32 if N <= 8 => {
            let (mut floats, mut roots) = ([0.0; BLOCK], [0.0; BLOCK]);
            to_f32(vectors, x, &mut floats);
            each(&floats, &mut roots, f32::sqrt);
            from_f32(vectors, &roots, out);
        }
        Lane::F32 => each(x, out, |x| of_f32(f32_of(x).sqrt())),
        Lane::F64 => wide1(x, out, f64::sqrt),
        Lane::Odd => wide1(x, out, exact::sqrt),
        Lane::Scalar => each(x, out, Posit::sqrt),
    }
    // `core` has no square root of floats.
    #[cfg(not(feature = "std"))]
    {
        let _ = vectors;
        each(x, out, Posit::sqrt);
    }
}

#[cfg(feature = "std")]
#[inline(always)]
fn wide1<const N: u32, const ES: u32, S: Storage>(
    x: &Block<Posit<N, ES, S>>,
    out: &mut Block<Posit<N, ES, S>>,
    f: impl Fn(f64) -> f64,
) {
    let mut results = [0.0; BLOCK];
    each(&to_f64(x), &mut results, f);
    from_f64(&results, out);
}

/// A block of `a * b + c`, rounded once.
#[inline(always)]
pub(in crate::slice) fn mul_add<const N: u32, const ES: u32, S: Storage>(
    vectors: impl Vectors,
    a: &Block<Posit<N, ES, S>>,
    b: &Block<Posit<N, ES, S>>,
    c: &Block<Posit<N, ES, S>>,
    out: &mut Block<Posit<N, ES, S>>,
) {
    match condition::mul_add(N, ES) {
        Lane::F32 if N <= 8 => {
            let (mut x, mut y, mut z) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
            to_f32(vectors, a, &mut x);
            to_f32(vectors, b, &mut y);
            to_f32(vectors, c, &mut z);
            let mut results = [0.0; BLOCK];
            for (((out, a), b), c) in results.iter_mut().zip(&x).zip(&y).zip(&z) {
                *out = exact::narrow::sum(a * b, *c);
            }
            from_f32(vectors, &results, out);
        }
        Lane::F32 => {
            for (((out, a), b), c) in out.iter_mut().zip(a).zip(b).zip(c) {
                *out = of_f32(exact::narrow::sum(f32_of(*a) * f32_of(*b), f32_of(*c)));
            }
        }
        Lane::F64 => wide3(a, b, c, out, |a, b, c| exact::wide::sum(a * b, c)),
        Lane::Odd => wide3(a, b, c, out, exact::mul_add),
        Lane::Scalar => {
            for (((out, a), b), c) in out.iter_mut().zip(a).zip(b).zip(c) {
                *out = a.mul_add(*b, *c);
            }
        }
    }
}

#[inline(always)]
fn wide3<const N: u32, const ES: u32, S: Storage>(
    a: &Block<Posit<N, ES, S>>,
    b: &Block<Posit<N, ES, S>>,
    c: &Block<Posit<N, ES, S>>,
    out: &mut Block<Posit<N, ES, S>>,
    f: impl Fn(f64, f64, f64) -> f64,
) {
    let (a, b, c) = (to_f64(a), to_f64(b), to_f64(c));
    let mut results = [0.0; BLOCK];
    for (((out, a), b), c) in results.iter_mut().zip(&a).zip(&b).zip(&c) {
        *out = f(*a, *b, *c);
    }
    from_f64(&results, out);
}
