//! What became of each choice on each layer, in a file that outlives a search that is interrupted, and that several
//! machines can fill in parts.
//!
//! The file is text: what it belongs to, then a line for each candidate, and the CRC-32 of all that.
//!
//! ```text
//! nncompress candidates 1
//! key 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//! layers 10
//! choices 214
//! note ["search","model.onnx","--calibrate","x.idx"]
//! 0 17 1234 3f50624dd2f1a9fc
//! crc 1c291ca3
//! ```
//!
//! is layer 0 under choice 17: 1,234 bytes, and an error of 0.001 as the bits of an `f64`.

use crate::data::Samples;
use crate::error::Error;
use crate::image::encode;
use crate::network::Network;
use crate::plan::{Choice, Plan};
use crate::prune::Scope;
use core::fmt::{self, Write};
use core::str::FromStr;
use nncompress_runtime::layout::checksum;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// The first line of the file.
const TITLE: &str = "nncompress candidates 1";

/// Counts changes of this crate after which the same inputs give other candidates.
const GENERATION: u32 = 1;

/// The SHA-256 of all that candidates depend on: network, samples, choices, and this crate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of the candidates of `network` under `choices`, calibrated on `samples`.
    ///
    /// # Errors
    /// Those of [`encode`].
    pub fn new(network: &Network, samples: Option<&Samples>, choices: &[Choice]) -> Result<Self, Error> {
        let mut hash = Sha256::new();
        hash.update(format!("{TITLE} {GENERATION} {}\n", env!("CARGO_PKG_VERSION")));
        hash.update(encode(network, &Plan::uniform(network, Choice::FLOAT, Scope::Layer))?);
        if let Some(samples) = samples {
            hash.update(format!("\nsamples {:?}\n", samples.shape));
            samples.data.iter().for_each(|value| hash.update(value.to_le_bytes()));
        }
        choices.iter().for_each(|choice| hash.update(format!("\n{choice:?}")));
        Ok(Self(hash.finalize().into()))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Key {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut key = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(());
        }
        for (place, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).map_err(|_| ())?;
        }
        Ok(Self(key))
    }
}

/// What a layer is worth under a choice.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Worth {
    /// The bytes that it takes in an image.
    pub bytes: usize,
    /// The mean square error of its outputs, in parts of their mean square.
    pub error: f64,
    /// The instructions that it takes for one sample; 0 where they cannot be told.
    pub instructions: u64,
}

/// The candidates of one search, all or some of them.
#[derive(Clone, PartialEq, Debug)]
pub struct Candidates {
    key: Key,
    layers: usize,
    choices: usize,
    /// One line for whoever keeps the file.
    note: String,
    known: BTreeMap<(usize, usize), Worth>,
}

impl Candidates {
    /// None yet. Of `note` the first line is kept.
    #[must_use]
    pub fn new(key: Key, layers: usize, choices: usize, note: &str) -> Self {
        let note = note.lines().next().unwrap_or_default().to_owned();
        Self { key, layers, choices, note, known: BTreeMap::new() }
    }

    /// What they belong to.
    #[must_use]
    pub const fn key(&self) -> Key {
        self.key
    }

    /// The note.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.note
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// How many are missing.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.layers * self.choices - self.known.len()
    }

    /// The layers and the choices for each.
    #[must_use]
    pub const fn size(&self) -> (usize, usize) {
        (self.layers, self.choices)
    }

    /// A candidate, if it is known.
    #[must_use]
    pub fn get(&self, layer: usize, choice: usize) -> Option<Worth> {
        self.known.get(&(layer, choice)).copied()
    }

    /// Adds a candidate; one that is out of range is left out.
    pub fn insert(&mut self, layer: usize, choice: usize, worth: Worth) {
        if layer < self.layers && choice < self.choices {
            self.known.insert((layer, choice), worth);
        }
    }

    /// Adds those of another part of the same search. `file` only appears in the error.
    ///
    /// # Errors
    /// [`Error::OtherCandidates`] if they belong to another search, or contradict these.
    pub fn merge(&mut self, other: &Self, file: &Path) -> Result<(), Error> {
        let same = |(at, worth): (&(usize, usize), &Worth)| self.known.get(at).is_none_or(|own| own == worth);
        if other.key != self.key || other.size() != self.size() || !other.known.iter().all(same) {
            return Err(Error::OtherCandidates { file: file.to_owned() });
        }
        self.known.extend(&other.known);
        Ok(())
    }

    /// The text of the file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "{TITLE}\nkey {}\nlayers {}\nchoices {}\nnote {}\n",
            self.key, self.layers, self.choices, self.note
        );
        for ((layer, choice), worth) in &self.known {
            let (error, instructions) = (worth.error.to_bits(), worth.instructions);
            let _ = writeln!(text, "{layer} {choice} {} {error:016x} {instructions}", worth.bytes);
        }
        let crc = checksum(text.as_bytes());
        let _ = writeln!(text, "crc {crc:08x}");
        text
    }

    /// Reads the text of the file; `file` only appears in the error.
    ///
    /// # Errors
    /// [`Error::Malformed`] if the text is damaged or cut.
    pub fn from_text(text: &str, file: &Path) -> Result<Self, Error> {
        let at = |offset: usize, reason: &str| Error::Malformed {
            file: file.to_owned(),
            offset: offset as u64,
            reason: format!("{reason}; delete the file, the candidates are then tried again"),
        };
        let end = text.rfind("crc ").ok_or_else(|| at(text.len(), "the checksum at the end is missing"))?;
        let crc = format!("crc {:08x}\n", checksum(&text.as_bytes()[..end]));
        if text[end..] != crc {
            return Err(at(end, "the checksum does not fit what stands before it"));
        }
        let mut offset = 0;
        let mut lines = text[..end].split_inclusive('\n').map(|line| {
            offset += line.len();
            (offset - line.len(), line.trim_end_matches('\n'))
        });
        let mut field = |name: &str| {
            let (offset, line) = lines.next().unwrap_or((end, ""));
            line.strip_prefix(name)
                .map(|rest| (offset, rest))
                .ok_or_else(|| at(offset, &format!("expected `{}`", name.trim_end())))
        };
        let number =
            |(offset, text): (usize, &str)| text.parse().map_err(|_| at(offset, "expected a number"));
        if let (offset, 1..) = field(TITLE).map(|(offset, rest)| (offset, rest.len()))? {
            return Err(at(offset, "the version is another one"));
        }
        let (place, key) = field("key ")?;
        let key = key.parse().map_err(|()| at(place, "expected 64 hexadecimal digits"))?;
        let (layers, choices) = (number(field("layers ")?)?, number(field("choices ")?)?);
        let mut candidates = Self::new(key, layers, choices, field("note ")?.1);
        for (offset, line) in lines {
            let (at_layer, worth) = candidate(line).ok_or_else(|| at(offset, "expected a candidate"))?;
            candidates.insert(at_layer.0, at_layer.1, worth);
        }
        Ok(candidates)
    }
}

fn candidate(line: &str) -> Option<((usize, usize), Worth)> {
    let mut words = line.split(' ');
    let mut word = || words.next();
    let at = (word()?.parse().ok()?, word()?.parse().ok()?);
    let bytes = word()?.parse().ok()?;
    let error = f64::from_bits(u64::from_str_radix(word()?, 16).ok()?);
    let instructions = word()?.parse().ok()?;
    word().is_none().then_some((at, Worth { bytes, error, instructions }))
}

#[cfg(test)]
mod tests {
    use super::{Candidates, Key, Worth};
    use proptest::prelude::*;
    use std::path::Path;

    fn file() -> &'static Path {
        Path::new("x")
    }

    fn made(raw: &[(usize, usize, usize, f64)]) -> Candidates {
        let mut candidates = Candidates::new(Key([7; 32]), 5, 9, "[\"search\"]");
        for &(layer, choice, bytes, error) in raw {
            candidates.insert(layer, choice, Worth { bytes, error, instructions: 3 * bytes as u64 });
        }
        candidates
    }

    proptest! {
        #[test]
        fn text_leads_back(raw in prop::collection::vec((0usize..5, 0usize..9, any::<usize>().prop_map(|b| b >> 8), 0f64..2.0), 0..40)) {
            let candidates = made(&raw);
            let text = candidates.to_text();
            prop_assert_eq!(&Candidates::from_text(&text, file()).unwrap(), &candidates);
            // Parts in any order are the whole.
            let (a, b) = raw.split_at(raw.len() / 2);
            let last = |raw: &[(usize, usize, usize, f64)]| -> Vec<_> {
                raw.iter().filter(|one| candidates.get(one.0, one.1).is_some_and(|w| w.bytes == one.2 && w.error == one.3)).copied().collect()
            };
            let mut merged = made(&last(b));
            merged.merge(&made(&last(a)), file()).unwrap();
            prop_assert_eq!(merged.to_text(), text);
        }

        /// No cut and no changed byte goes unseen.
        #[test]
        fn damage_is_seen(place in 0usize..1000, bit in 0u32..7) {
            let text = made(&[(0, 0, 12, 0.5), (4, 8, 7, 0.25), (2, 3, 1000, 1e-9)]).to_text();
            let place = place % text.len();
            prop_assert!(Candidates::from_text(&text[..place], file()).is_err());
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let damaged = String::from_utf8(bytes).unwrap();
            prop_assert!(Candidates::from_text(&damaged, file()).is_err(), "{damaged}");
        }
    }

    #[test]
    fn parts_of_another_search_are_refused() {
        let mut candidates = made(&[(0, 0, 12, 0.5)]);
        let mut other = made(&[(1, 0, 12, 0.5)]);
        other.key = Key([8; 32]);
        assert!(candidates.merge(&other, file()).is_err());
        assert!(candidates.merge(&made(&[(0, 0, 13, 0.5)]), file()).is_err());
        assert!(candidates.merge(&made(&[(0, 0, 12, 0.5), (0, 1, 2, 0.5)]), file()).is_ok());
        assert_eq!((candidates.len(), candidates.missing()), (2, 43));
    }
}
