//! Trying every layer under every choice, or a part of that.

use super::budget::Budget;
use super::candidates::{Candidates, Worth};
use crate::cost::Work;
use crate::image::layer_size;
use crate::plan::Choice;
use crate::study::Study;
use core::str::FromStr;
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// One of several equal parts of a search. Names: `1/4` to `4/4`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shard {
    /// Which part, from 0 on.
    index: usize,
    /// How many there are.
    count: usize,
}

impl Shard {
    /// The whole.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// How many of so many candidates it has.
    #[must_use]
    pub const fn share(self, candidates: usize) -> usize {
        (candidates + self.count - 1 - self.index) / self.count
    }
}

impl core::fmt::Display for Shard {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.count)
    }
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected K/N with K from 1 to N, such as 2/8";
        let (index, count) = text.split_once('/').ok_or(expected)?;
        let (index, count): (usize, usize) =
            (index.parse().map_err(|_| expected)?, count.parse().map_err(|_| expected)?);
        if (1..=count).contains(&index) { Ok(Self { index: index - 1, count }) } else { Err(expected) }
    }
}

/// Adds to `known` what is missing of a shard, on all threads. `work` says what each layer costs to run; `done` is
/// called after each candidate with all that is known. The result does not depend on the number of threads, and memory
/// hardly does.
#[must_use]
pub fn try_choices(
    study: &Study,
    choices: &[Choice],
    work: &Work,
    known: Candidates,
    shard: Shard,
    done: &(dyn Fn(&Candidates) + Sync),
) -> Candidates {
    // Large layers first: the threads end together, and so do the shards.
    let mut jobs: Vec<(usize, usize)> = (0..study.layers().len())
        .flat_map(|layer| (0..choices.len()).map(move |choice| (layer, choice)))
        .collect();
    jobs.sort_by_key(|&(layer, choice)| (core::cmp::Reverse(study.layers()[layer].count()), layer, choice));
    let jobs: Vec<(usize, usize)> = jobs
        .into_iter()
        .skip(shard.index)
        .step_by(shard.count)
        .filter(|&(layer, choice)| known.get(layer, choice).is_none())
        .collect();
    let (known, budget) = (Mutex::new(known), Budget::default());
    jobs.par_iter().with_max_len(1).for_each(|&(layer, choice)| {
        let worth = budget.with(study.layers()[layer].count(), || {
            let candidate = study.candidate(layer, &choices[choice]);
            Worth {
                bytes: layer_size(&candidate.layer).bytes,
                error: candidate.error,
                instructions: work.instructions(layer, &candidate.layer).unwrap_or(0),
            }
        });
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(layer, choice, worth);
        done(&known);
    });
    known.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::Shard;

    #[test]
    fn names_lead_back() {
        for name in ["1/1", "2/8", "8/8"] {
            assert_eq!(name.parse::<Shard>().unwrap().to_string(), name);
        }
        assert_eq!([1, 2, 3].map(|k| Shard { index: k - 1, count: 3 }.share(7)), [3, 2, 2]);
        for name in ["0/1", "2/1", "1", "/", "a/b", "1/0"] {
            assert!(name.parse::<Shard>().is_err(), "{name}");
        }
    }
}
