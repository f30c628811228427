//! The number formats for weights, by name.

use core::fmt;
use core::str::FromStr;
use nncompress_runtime::CodeFormat;

/// How a weight is written. Names: `float`, `int8`, `posit<8,0>` (also `posit8_0`), `codebook4`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Format {
    /// IEEE 754 single precision, as in the model file.
    Float,
    /// Symmetric integers of `bits` bits: ±(2^(bits-1) - 1). `bits` is 2 to 8.
    Int {
        /// Bits of a weight.
        bits: u32,
    },
    /// Posits. `n` is 3 to 16, and (n - 2) 2^es at most 126 so that each value is a normal `f32`.
    Posit {
        /// Bits of a weight.
        n: u32,
        /// Exponent bits.
        es: u32,
    },
    /// A table of 2^bits values fitted to each layer by k-means, zero among them: the control that
    /// tells whether a fixed format is worth its name. `bits` is 1 to 8.
    Codebook {
        /// Bits of a weight.
        bits: u32,
    },
}

impl Format {
    /// Bits of a weight, without scales and bitmaps.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Float => 32,
            Self::Int { bits } | Self::Codebook { bits } => bits,
            Self::Posit { n, .. } => n,
        }
    }

    /// Every format that the tool offers, narrow ones first within a family.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::Float];
        all.extend((2..=8).map(|bits| Self::Int { bits }));
        for es in 0..=4 {
            all.extend(
                (3..=16).filter(|&n| CodeFormat::posit_is_valid(n, es)).map(|n| Self::Posit { n, es }),
            );
        }
        all.extend((1..=8).map(|bits| Self::Codebook { bits }));
        all
    }

    const fn is_valid(self) -> bool {
        match self {
            Self::Float => true,
            Self::Int { bits } => bits >= 2 && bits <= 8,
            Self::Posit { n, es } => CodeFormat::posit_is_valid(n, es),
            Self::Codebook { bits } => bits >= 1 && bits <= 8,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Float => "float".to_owned(),
            Self::Int { bits } => format!("int{bits}"),
            Self::Posit { n, es } => format!("posit<{n},{es}>"),
            Self::Codebook { bits } => format!("codebook{bits}"),
        };
        f.pad(&name)
    }
}

/// A name that is no format.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "`{0}` is no number format: float, int2..int8, posit<n,es> or posit3_0..posit16_2, codebook1..codebook8"
)]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        parse(text).filter(|format| format.is_valid()).ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Format> {
    if matches!(text, "float" | "f32" | "float32") {
        return Some(Format::Float);
    }
    if let Some(bits) = text.strip_prefix("int") {
        return Some(Format::Int { bits: number(bits)? });
    }
    if let Some(bits) = text.strip_prefix("codebook") {
        return Some(Format::Codebook { bits: number(bits)? });
    }
    let rest = text.strip_prefix("posit")?;
    let (n, es) = match rest.strip_prefix('<') {
        Some(inner) => inner.strip_suffix('>')?.split_once(',')?,
        None => rest.split_once(['_', 'e'])?,
    };
    Some(Format::Posit { n: number(n)?, es: number(es)? })
}

/// Digits only, no sign and no leading zero: a format has one spelling of each number.
fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn every_format_reads_back_its_name() {
        let all = Format::all();
        assert_eq!(all.len(), 1 + 7 + (14 + 14 + 14 + 14 + 7) + 8);
        for format in all {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert_eq!("posit8_0".parse(), Ok(Format::Posit { n: 8, es: 0 }));
        assert_eq!("posit8e2".parse(), Ok(Format::Posit { n: 8, es: 2 }));
    }

    #[test]
    fn refuses_what_it_does_not_offer() {
        for text in
            ["", "int1", "int9", "int08", "int+8", "posit<2,0>", "posit<8,5>", "posit<16,4>", "posit8", "nf4"]
        {
            assert!(text.parse::<Format>().is_err(), "{text}");
        }
    }
}
