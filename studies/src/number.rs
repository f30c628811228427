//! What a network can compute with.

use core::ops::{Add, Mul};
use num_traits::Zero;

/// A number of `num-traits`: `f32`, `f16`, `bf16`, every `Posit<N, ES>`, [`Fixed`](crate::fixed::Fixed).
pub trait Number:
    Copy + PartialOrd + Zero + Add<Output = Self> + Mul<Output = Self> + num_traits::NumCast + Sync
{
}

impl<T: Copy + PartialOrd + Zero + Add<Output = T> + Mul<Output = T> + num_traits::NumCast + Sync> Number
    for T
{
}

/// The nearest `T`; zero where the type cannot say.
pub(crate) fn number<T: Number>(x: f32) -> T {
    num_traits::cast(x).unwrap_or_else(T::zero)
}
