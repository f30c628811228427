//! The file of candidates in the folder of a search: written while it runs, read when it goes on.

use crate::arguments::Common;
use crate::failure::Failure;
use crate::output::write_file;
use crate::progress::note;
use anyhow::Context;
use core::time::Duration;
use nncompress::joint::Candidates;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

/// How often the file is written, after the first candidate.
const INTERVAL: Duration = Duration::from_secs(1);

/// Where the candidates are kept.
pub struct Store {
    file: PathBuf,
    /// When the file is to be written next.
    next: Mutex<Instant>,
}

impl Store {
    /// A file that need not exist.
    pub fn new(file: PathBuf) -> Self {
        Self { file, next: Mutex::new(Instant::now()) }
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// What an earlier run has left of the search that `none` belongs to. A file that is damaged or of another search
    /// is named and passed over.
    pub fn load(&self, none: &Candidates, common: &Common) -> Candidates {
        let mut own = none.clone();
        if !self.file.exists() {
            return own;
        }
        let read = read(&self.file).and_then(|found| Ok(own.merge(&found, &self.file)?));
        match read {
            Ok(()) => {
                note(common, &format!("{}: {} candidates are there already", self.file.display(), own.len()))
            }
            Err(failure) => note(common, &format!("{failure}. They are not used")),
        }
        own
    }

    /// Writes the file if it is time to. That it cannot be written is said where the results are.
    pub fn save_at_times(&self, candidates: &Candidates) {
        let Ok(mut next) = self.next.try_lock() else { return };
        let start = Instant::now();
        if start >= *next {
            let _ = self.save(candidates);
            // A slow disk takes at most a twentieth of the time.
            *next = start + INTERVAL.max(20 * start.elapsed());
        }
    }

    /// Writes the file.
    pub fn save(&self, candidates: &Candidates) -> anyhow::Result<()> {
        write_file(&self.file, candidates.to_text().as_bytes(), true)
    }
}

/// Reads a file of candidates.
pub fn read(file: &Path) -> Result<Candidates, Failure> {
    let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(Candidates::from_text(&String::from_utf8_lossy(&text), file)?)
}

/// The arguments of this run, as one line of JSON.
pub fn command_line() -> String {
    serde_json::json!(std::env::args().skip(1).collect::<Vec<_>>()).to_string()
}
