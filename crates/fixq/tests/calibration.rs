//! Calibration by relative entropy against ONNX Runtime 1.32, on histograms of its own making.

use fixq::divergence::least_divergent_bins;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    counts: Vec<u64>,
    start: usize,
    end: usize,
}

/// Normal, Laplace, one-sided, heavy-tailed and mixed data in 128 to 1024 bins, even and odd.
#[test]
fn thresholds_are_those_of_onnx_runtime() {
    let text = include_str!("histograms/entropy.json");
    let cases: Vec<Case> = serde_json::from_str(text).expect("a list of cases");
    for (i, case) in cases.iter().enumerate() {
        assert_eq!(least_divergent_bins(&case.counts, 128), Ok(case.start..case.end), "histogram {i}");
    }
    println!("relative entropy: {} histograms, 0 mismatches", cases.len());
    assert!(cases.len() > 50);
}
