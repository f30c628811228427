//! Other crates' traits, each behind the feature of its name; no arithmetic here.

#[cfg(feature = "bytemuck")]
mod bytemuck;
#[cfg(feature = "half")]
mod half;
#[cfg(feature = "num-traits")]
mod num_traits;
#[cfg(feature = "serde")]
mod serde;
