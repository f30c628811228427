//! Checks every vector file in a folder: `cargo run --release -p fixq --example int8_vectors -- DIR`.
//!
//! One line an operator and runtime; ends with `N passed, N failed`, counted in values.

#[path = "../tests/vectors/check.rs"]
mod check;

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("usage: int8_vectors DIR");
        return ExitCode::from(2);
    };
    match run(folder.as_ref()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(folder: &std::path::Path) -> Result<u64, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths: Vec<_> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "json"));
    paths.sort();
    if paths.is_empty() {
        return Err(format!("{}: no .json file", folder.display()));
    }
    let mut tally = check::Tally::new();
    for path in paths {
        let text = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let file = serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        check::check(&file, &mut tally).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let (mut passed, mut failed) = (0, 0);
    for ((runtime, op), (values, wrong)) in &tally {
        println!("{:<12} {op:<20} {values:>9} values, {wrong} mismatches", format!("{runtime:?}"));
        passed += values - wrong;
        failed += wrong;
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed)
}
