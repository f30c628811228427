//! What is decided: a [`Choice`] for each weight layer makes a [`Plan`].

use crate::format::Format;
use crate::grid::Rounding;
use crate::network::Network;
use crate::prune::Scope;
use crate::scale::{Fit, Granularity, ScaleRule, UnknownName, names};
use core::fmt;
use core::str::FromStr;

/// How one layer is written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Choice {
    /// The number format.
    pub format: Format,
    /// What becomes of weights below the smallest posit.
    pub rounding: Rounding,
    /// The factor between weight and grid.
    pub scale: ScaleRule,
    /// What shares a factor.
    pub granularity: Granularity,
    /// The share of weights that become zero, 0 to 1.
    pub sparsity: f64,
    /// At most `keep` of every `of` columns survive, in place of `sparsity`.
    pub pattern: Option<Pattern>,
    /// Whether the values leave a gap around zero: |w| = t + s·u, with `t` fitted to the survivors of pruning,
    /// of which none is small. The image holds the values as a codebook.
    pub offset: bool,
    /// The price of a bit of entropy against square error when integer codes are chosen; at 1 both are worth the
    /// same as a slightly finer or coarser step. 0: the nearest code.
    pub rate: f64,
    /// How the codes are stored.
    pub storage: Storage,
}

/// How the codes of a layer are stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Storage {
    /// Packed, as a bitmap with the codes of what is not zero, or entropy-coded: whichever is the smallest.
    Smallest,
    /// One code for each weight, packed without gaps: the fastest to decode.
    Packed,
}

/// N:M sparsity: `keep` of every `of` weights that multiply neighbouring inputs. Names: `2:4`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Pattern {
    /// How many survive.
    pub keep: u8,
    /// Of how many.
    pub of: u8,
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.keep, self.of)
    }
}

impl FromStr for Pattern {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let unknown = || UnknownName {
            what: "pattern",
            found: text.to_owned(),
            expected: "N:M with N at most M, such as 2:4",
        };
        let (keep, of) = text.split_once(':').ok_or_else(unknown)?;
        let pattern =
            Self { keep: keep.parse().map_err(|_| unknown())?, of: of.parse().map_err(|_| unknown())? };
        if pattern.keep <= pattern.of && pattern.of > 0 { Ok(pattern) } else { Err(unknown()) }
    }
}

impl Choice {
    /// The layer as it is in the model file.
    pub const FLOAT: Self = Self {
        format: Format::Float,
        rounding: Rounding::Standard,
        scale: ScaleRule::None,
        granularity: Granularity::Tensor,
        sparsity: 0.0,
        pattern: None,
        offset: false,
        rate: 0.0,
        storage: Storage::Smallest,
    };

    /// A format with the scale that usually serves it best without calibration: for integers the
    /// largest magnitude of each channel, for posits one power of two, for codebooks the largest
    /// magnitude of the tensor. Posits may round to zero: the nearest value is what weights want, and the
    /// standard's "never to zero" costs up to 2 dB at 4 bits.
    #[must_use]
    pub const fn usual(format: Format) -> Self {
        let (scale, granularity) = match format {
            Format::Float => (ScaleRule::None, Granularity::Tensor),
            Format::Int { .. } => (ScaleRule::Real(Fit::AbsMax), Granularity::Channel),
            Format::Posit { .. } => (ScaleRule::PowerOfTwo(Fit::LeastSquares), Granularity::Tensor),
            Format::Codebook { .. } => (ScaleRule::Real(Fit::AbsMax), Granularity::Tensor),
        };
        Self { format, rounding: Rounding::ToZero, scale, granularity, ..Self::FLOAT }
    }
}

names! { Rounding, "rounding", "standard, to-zero",
    "standard" => Rounding::Standard,
    "to-zero" => Rounding::ToZero,
}

/// `posit<5,0> pow2 tensor` or `int8 absmax channel, 50 % pruned`.
impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.format)?;
        if self.format != Format::Float {
            write!(f, " {}", self.scale)?;
            if self.scale != ScaleRule::None {
                write!(f, " {}", self.granularity)?;
            }
        }
        if self.rounding == Rounding::Standard && matches!(self.format, Format::Posit { .. }) {
            write!(f, " never to zero")?;
        }
        if self.rate > 0.0 {
            write!(f, " rate {}", self.rate)?;
        }
        if self.offset {
            write!(f, " offset")?;
        }
        if self.storage == Storage::Packed {
            write!(f, " packed")?;
        }
        if let Some(pattern) = self.pattern {
            write!(f, ", {pattern}")?;
        }
        if self.sparsity > 0.0 {
            write!(f, ", {:.0} % pruned", self.sparsity * 100.0)?;
        }
        Ok(())
    }
}

/// A choice for each layer of [`Network::weight_layers`], in their order.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    /// The choices.
    pub choices: Vec<Choice>,
    /// Where magnitudes are compared. With [`Scope::Global`] the layers whose sparsity is above 0 are
    /// pruned together, and as many weights go as their sparsities ask for in sum.
    pub scope: Scope,
}

impl Plan {
    /// The same choice for every weight layer.
    #[must_use]
    pub fn uniform(network: &Network, choice: Choice, scope: Scope) -> Self {
        Self { choices: vec![choice; network.weight_layers().len()], scope }
    }
}
