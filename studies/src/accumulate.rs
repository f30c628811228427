//! How `bias + Σ a·b` is rounded.

use crate::fixed::Fixed;
use crate::number::Number;
use half::{bf16, f16};
use posit::{Posit, Quire};

/// A way to sum products.
pub trait Accumulate<T: Number> {
    /// `bias + Σ a·b` over the pairs, in their order.
    fn sum(bias: T, products: impl Iterator<Item = (T, T)>) -> T;
}

/// Every product and every sum is rounded to the type.
#[derive(Clone, Copy, Debug)]
pub struct Rounded;

impl<T: Number> Accumulate<T> for Rounded {
    fn sum(bias: T, products: impl Iterator<Item = (T, T)>) -> T {
        products.fold(bias, |sum, (a, b)| sum + a * b)
    }
}

/// One rounding, at the end: the quire for posits (clause 5.11 of the 2022 standard), 64 bits for fixed point, and for
/// floats an accumulator of `f64`, which is exact for `f16` and `bf16` products but may round sums at 2^-53.
#[derive(Clone, Copy, Debug)]
pub struct Fused;

macro_rules! quire {
    ($($n:literal $es:literal),*) => {$(
        impl Accumulate<Posit<$n, $es>> for Fused {
            fn sum(
                bias: Posit<$n, $es>,
                products: impl Iterator<Item = (Posit<$n, $es>, Posit<$n, $es>)>,
            ) -> Posit<$n, $es> {
                let mut quire = Quire::<$n, $es>::from_posit(bias);
                products.for_each(|(a, b)| quire.add_product(a, b));
                quire.to_posit()
            }
        }
    )*};
}
quire!(5 0, 5 1, 5 2, 6 0, 6 1, 6 2, 7 0, 7 1, 7 2, 8 0, 8 1, 8 2, 16 1, 16 2, 32 2);

macro_rules! float {
    ($($t:ty),*) => {$(
        impl Accumulate<$t> for Fused {
            fn sum(bias: $t, products: impl Iterator<Item = ($t, $t)>) -> $t {
                let sum = products.fold(f64::from(bias), |sum, (a, b)| sum + f64::from(a) * f64::from(b));
                num_traits::cast(sum).unwrap_or(bias)
            }
        }
    )*};
}
float!(f16, bf16, f32);

impl<const BITS: u32, const FRACTION: u32> Accumulate<Fixed<BITS, FRACTION>> for Fused {
    fn sum(
        bias: Fixed<BITS, FRACTION>,
        products: impl Iterator<Item = (Fixed<BITS, FRACTION>, Fixed<BITS, FRACTION>)>,
    ) -> Fixed<BITS, FRACTION> {
        Fixed::from_product(products.fold(bias.to_product(), |sum, (a, b)| sum + a.product(b)))
    }
}
