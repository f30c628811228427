//! The networks that stay outside the repository.

use std::path::{Path, PathBuf};

/// A model of ../shared, if it is there.
pub fn shared(name: &str) -> Option<(PathBuf, Vec<u8>)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/models").join(name);
    match std::fs::read(&file) {
        Ok(bytes) => Some((file, bytes)),
        Err(_) => {
            println!("skipped: {} is not there", file.display());
            None
        }
    }
}
