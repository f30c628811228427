//! From a float network to an int8 one, which devices run: int8 activations, weights of 2 to 8 bits.
//!
//! ```text
//! float network ─┐
//! its image      ┼─ lower ─> Int8Network ─ shrink, encode ─> image bytes (.ncm, version 1) ─ Session ─> codes
//! samples ───────┘
//! ```
//!
//! Samples without labels run through the float network; what they show at each value gives its scale and zero point
//! by a [`RangeRule`]. Biases and clamps disappear into the operators before them. Weights keep the codes that the image
//! has for them ([`Codings`]), their factors going into those of the outputs; weights without become int8 with a
//! scale for each output. Where neither is possible, the node is named.
//!
//! Worked example: inputs of scale 0.05, weights `posit<5,0>` with the factor 2. A weight of 3 is the code of 1.5, the
//! integer 12 in units of 1/8; a unit is worth 2/8, so the sums have the scale 0.05 · 0.25, and so has the bias.
//!
//! Reading order: `order` (where elements lie), `fuse` (what disappears), `observe` (ranges), `share` (which tensors
//! have one scale), `weights`, `function` (tables), `graph` (node by node), `linear`,
//! `arithmetic`, `judge`.

mod arithmetic;
mod function;
mod fuse;
mod graph;
mod judge;
mod linear;
mod observe;
mod order;
mod share;
mod weights;

use crate::data::Samples;
use crate::error::Error;
use crate::int8::Int8Network;
use crate::network::Network;
use core::str::FromStr;

pub use judge::{lower_nearest, output_sqnr};
pub use weights::{Codings, StorageRule};

/// What range of reals an activation's codes cover.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RangeRule {
    /// All that was seen.
    #[default]
    MinMax,
    /// 99.99 per cent of what was seen, as much cut off at either end.
    Percentile,
    /// The range whose codes diverge least from what was seen: see [`fixq::Histogram::least_divergent`].
    LeastDivergent,
    /// The range with the least squared error.
    LeastSquares,
}

/// A name that is no rule.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{found}` is none of {expected}")]
pub struct UnknownRule {
    found: String,
    expected: &'static str,
}

impl RangeRule {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MinMax => "min-max",
            Self::Percentile => "percentile",
            Self::LeastDivergent => "kl",
            Self::LeastSquares => "mse",
        }
    }
}

impl FromStr for RangeRule {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        match text {
            "min-max" => Ok(Self::MinMax),
            "percentile" => Ok(Self::Percentile),
            "kl" => Ok(Self::LeastDivergent),
            "mse" => Ok(Self::LeastSquares),
            _ => Err(UnknownRule { found: text.into(), expected: "min-max, percentile, kl, mse" }),
        }
    }
}

impl FromStr for StorageRule {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        match text {
            "smallest" => Ok(Self::Smallest),
            "fastest" => Ok(Self::Fastest),
            _ => Err(UnknownRule { found: text.into(), expected: "smallest, fastest" }),
        }
    }
}

/// How a network is lowered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// What range activations cover. The network's input always covers all that was seen.
    pub range: RangeRule,
    /// How weights are stored.
    pub storage: StorageRule,
}

/// Lowers `network`; `samples` have been brought to its input by [`Samples::fit`] and preprocessed, and the int8
/// network expects the same preprocessing. `codings` are those of the image that the network was decoded from, or none.
///
/// # Errors
/// Those of the engine; [`Error::Lower`] with the first node that has no int8 form; [`Error::Int8`] if a value or
/// weight is not finite.
pub fn lower(
    network: &Network,
    codings: &Codings,
    samples: &Samples,
    options: &Options,
) -> Result<Int8Network, Error> {
    let observer = observe::Observer::new(network, samples)?;
    let shapes = observer.shapes(network)?;
    let chains = fuse::chains(network);
    let params = share::params(network, &chains, &observer, options)?;
    graph::Lowering::new(network, codings, options, shapes, params).run(&chains)
}
