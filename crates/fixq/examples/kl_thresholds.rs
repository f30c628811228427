//! Compares calibration by relative entropy with histograms and results of ONNX Runtime:
//! `cargo run --release -p fixq --example kl_thresholds -- FILE.json`, a list of `{counts, start, end}`.

use serde::Deserialize;
use std::process::ExitCode;

#[derive(Deserialize)]
struct Case {
    counts: Vec<u64>,
    start: usize,
    end: usize,
}

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: kl_thresholds FILE.json");
        return ExitCode::from(2);
    };
    let read = std::fs::read(&path).map_err(|e| e.to_string());
    let cases: Vec<Case> =
        match read.and_then(|text| serde_json::from_slice(&text).map_err(|e| e.to_string())) {
            Ok(cases) => cases,
            Err(message) => {
                eprintln!("error: {}: {message}", path.to_string_lossy());
                return ExitCode::from(2);
            }
        };
    let mut failed = 0;
    for (i, case) in cases.iter().enumerate() {
        let got = fixq::divergence::least_divergent_bins(&case.counts, 128);
        if got != Ok(case.start..case.end) {
            failed += 1;
            println!(
                "histogram {i} of {} bins: {got:?}, want {}..{}",
                case.counts.len(),
                case.start,
                case.end
            );
        }
    }
    println!("{} passed, {failed} failed", cases.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
