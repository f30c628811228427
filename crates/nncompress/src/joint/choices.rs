//! What every layer is tried under.

use crate::format::Format;
use crate::grid::Rounding;
use crate::plan::{Choice, Pattern, Storage};
use crate::scale::{Fit, Granularity, ScaleRule};

/// The choices that a layer is tried under when nobody says otherwise, for these families of formats: uniform steps
/// for entropy coding with and without a price of bits; each format with a least-squares factor for each channel
/// and for the tensor, and a power of two; the first of these also packed, which decodes faster; narrow formats with a
/// factor for each block of inputs; and, at each sparsity, narrow formats with and without an offset.
#[must_use]
pub fn choices(formats: &[Format], sparsities: &[f64], patterns: &[Pattern]) -> Vec<Choice> {
    let mut all = Vec::new();
    let least = ScaleRule::Real(Fit::LeastSquares);
    if formats.iter().any(|format| matches!(format, Format::Int { .. })) {
        for granularity in [Granularity::Tensor, Granularity::Input] {
            for rate in [0.0, 0.7] {
                let step = |quarters| Choice {
                    scale: ScaleRule::Step(quarters),
                    granularity,
                    rate,
                    ..Choice::usual(Format::Int { bits: 8 })
                };
                all.extend((-20..=8).map(step));
            }
        }
    }
    for &format in formats {
        let usual = Choice::usual(format);
        match format {
            Format::Float => all.push(usual),
            Format::Codebook { .. } => {
                all.push(usual);
                all.push(Choice { granularity: Granularity::Channel, ..usual });
            }
            _ => {
                let power = ScaleRule::PowerOfTwo(Fit::LeastSquares);
                all.extend([
                    Choice { scale: least, granularity: Granularity::Channel, ..usual },
                    Choice {
                        scale: least,
                        granularity: Granularity::Channel,
                        storage: Storage::Packed,
                        ..usual
                    },
                    Choice { scale: least, granularity: Granularity::Tensor, ..usual },
                    Choice { scale: power, granularity: Granularity::Tensor, ..usual },
                ]);
                if matches!(format, Format::Posit { es: 2.., .. }) {
                    all.push(Choice { scale: ScaleRule::None, rounding: Rounding::Standard, ..usual });
                }
            }
        }
        if matches!(format, Format::Int { bits: 3..=5 } | Format::Posit { n: 3..=5, es: 0 }) {
            // A block costs one or two bytes, which narrow codes alone can win back.
            let power = ScaleRule::PowerOfTwo(Fit::LeastSquares);
            for granularity in [Granularity::BLOCK32, Granularity::BLOCK128] {
                all.extend([least, power].map(|scale| Choice { scale, granularity, ..usual }));
            }
            let masks = sparsities.iter().filter(|s| **s > 0.0).map(|&sparsity| Choice { sparsity, ..usual });
            let masks =
                masks.chain(patterns.iter().map(|&pattern| Choice { pattern: Some(pattern), ..usual }));
            for masked in masks {
                let masked = Choice { scale: least, granularity: Granularity::Channel, ..masked };
                all.extend([masked, Choice { offset: true, ..masked }]);
            }
        }
    }
    all
}
