//! `nncompress merge`: the end of a search whose candidates were tried in parts.

use super::Answer;
use super::search::FILES;
use crate::arguments::{Arguments, Command, Common, Merge, Search};
use crate::candidates::read;
use crate::failure::Failure;
use crate::output::prepare_folder;
use clap::Parser;
use nncompress::Error;
use nncompress::joint::Candidates;

pub fn run(flags: &Merge, common: &Common) -> Result<Answer, Failure> {
    let mut merged: Option<Candidates> = None;
    for file in &flags.shards {
        let shard = read(file)?;
        match &mut merged {
            Some(merged) => merged.merge(&shard, file)?,
            None => merged = Some(shard),
        }
    }
    let Some((first, merged)) = flags.shards.first().zip(merged) else {
        return Err(Failure::Usage("give the files of all shards".into()));
    };
    if merged.missing() > 0 {
        return Err(Error::MissingCandidates { missing: merged.missing() }.into());
    }
    let (search, seed) = recorded(&merged).ok_or_else(|| {
        Failure::Usage(format!("{}: its note is no search that this version knows", first.display()))
    })?;
    let search = Search { output: flags.output.clone(), force: flags.force, shard: None, ..search };
    let common = Common { seed, ..common.clone() };
    let created = prepare_folder(&search.output, &FILES, search.force)?;
    let answer = super::joint::search(&search, Some(merged), &common);
    if answer.is_err() && created {
        let _ = std::fs::remove_dir(&search.output);
    }
    answer
}

/// The search that the first shard was told to do, and its seed.
fn recorded(candidates: &Candidates) -> Option<(Search, u64)> {
    let words: Vec<String> = serde_json::from_str(candidates.note()).ok()?;
    let arguments = Arguments::try_parse_from(["nncompress".to_owned()].into_iter().chain(words)).ok()?;
    match arguments.command {
        Command::Search(search) => Some((*search, arguments.common.seed)),
        _ => None,
    }
}
