//! Who computes an operation: `fpu` where the machine has one and [`lane`] proves it right, else the integer
//! kernel. The conditions are constant.

use super::{fpu, integer, lane, mask};

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident($($x:ident),*);)*) => {$(
        $(#[$doc])*
        #[inline]
        pub(crate) const fn $name<const N: u32, const ES: u32>($($x: u64),*) -> u64 {
            if const { lane::f64_holds(N) } { fpu::$name::<N, ES>($($x),*) } else { integer::$name::<N, ES>($($x),*) }
        }
    )*};
}
operations! {
    /// `a + b`; NaR if either is.
    add(a, b);
    /// `a * b`; NaR if either is.
    mul(a, b);
    /// `a / b`; NaR if either is or if `b` is zero.
    div(a, b);
    /// `sqrt(a)`; NaR for NaR and below zero.
    sqrt(a);
    /// `a * b + c`, rounded once; NaR if any is.
    fma(a, b, c);
}

/// `a - b`; NaR if either is.
#[inline]
pub(crate) const fn sub<const N: u32, const ES: u32>(a: u64, b: u64) -> u64 {
    add::<N, ES>(a, b.wrapping_neg() & mask(N))
}

/// Whether [`to_f32`] is there for the format. Where the compiler counts zeros in vectors, it makes such code of
/// loops over the conversion in integers.
pub(crate) const fn converts(n: u32, es: u32) -> bool {
    !fpu::VECTORS && lane::f32_holds(n, es)
}

/// The nearest `f32`, half to even; NaR is the quiet NaN.
#[inline]
pub(crate) const fn to_f32<const N: u32, const ES: u32>(pattern: u64) -> f32 {
    fpu::to_f32::<N, ES>(pattern)
}
