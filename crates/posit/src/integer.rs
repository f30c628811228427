//! The arithmetic of the integer kernel, which most machines use for everything: tests hold the operations of
//! the machine at hand against it.

use crate::kernel::{ieee, integer as kernel};
use crate::{Posit, Storage};

macro_rules! operations {
    ($($(#[$doc:meta])* $method:ident($($x:ident),*) $function:ident;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub const fn $method<const N: u32, const ES: u32, S: Storage>($($x: Posit<N, ES, S>),*) -> Posit<N, ES, S> {
            Posit::pattern(kernel::$function::<N, ES>($($x.word()),*))
        }
    )*};
}
operations! {
    /// `a + b`.
    add(a, b) add;
    /// `a * b`.
    mul(a, b) mul;
    /// `a / b`.
    div(a, b) div;
    /// `sqrt(a)`.
    sqrt(a) sqrt;
    /// `a * b + c`.
    mul_add(a, b, c) fma;
}

/// The nearest `f32`.
#[must_use]
pub const fn to_f32<const N: u32, const ES: u32, S: Storage>(a: Posit<N, ES, S>) -> f32 {
    f32::from_bits(ieee::from_posit::<N, ES>(a.word(), ieee::F32) as u32)
}
