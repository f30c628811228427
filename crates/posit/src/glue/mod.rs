//! Other crates' traits, each behind the feature of its name; no arithmetic of their own here.

#[cfg(feature = "approx")]
mod approx;
#[cfg(feature = "arbitrary")]
mod arbitrary;
#[cfg(feature = "bytemuck")]
mod bytemuck;
#[cfg(feature = "half")]
mod half;
#[cfg(feature = "ndarray")]
mod ndarray;
#[cfg(feature = "num-traits")]
mod num_traits;
#[cfg(feature = "proptest")]
mod proptest;
#[cfg(feature = "rand")]
mod rand;
#[cfg(feature = "rand")]
pub use rand::UniformPosit;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "simba")]
mod simba;
