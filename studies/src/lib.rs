//! Experiments behind the figures in `docs/results.md`.
//!
//! [`Forward`](forward::Forward) evaluates a network in any arithmetic: a [`Number`](number::Number) says how values are
//! stored, an [`Accumulate`](accumulate::Accumulate) how sums of products are rounded.

pub mod accumulate;
pub mod case;
pub mod fixed;
pub mod forward;
pub mod kinds;
pub mod number;
pub mod stored;

/// The code of the tutorials, run as tests.
#[cfg(doctest)]
mod tutorials {
    #[doc = include_str!("../../docs/tutorial-posit.md")]
    mod posit {}
    #[doc = include_str!("../../docs/tutorial-generic.md")]
    mod generic {}
    #[doc = include_str!("../../docs/from-f32.md")]
    mod from_f32 {}
}
