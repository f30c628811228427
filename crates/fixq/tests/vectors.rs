//! The operators against what three runtimes computed, value by value, on the committed vectors.

#[path = "vectors/check.rs"]
mod check;

use check::{Runtime, Tally, check};

#[test]
fn operators_agree_with_the_runtimes() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors");
    let mut tally = Tally::new();
    for entry in std::fs::read_dir(folder).expect("the folder of vectors") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "json") {
            let text = std::fs::read(&path).expect("a readable file");
            let file = serde_json::from_slice(&text).expect("a vector file");
            check(&file, &mut tally).expect("operators that can be made");
        }
    }
    for (runtime, operators) in
        [(Runtime::Tflm, 45), (Runtime::LiteRt, 25), (Runtime::Xnnpack, 6), (Runtime::Onnx, 1)]
    {
        let counts = tally.iter().filter(|((r, _), _)| *r == runtime).map(|(_, count)| count);
        let (found, values, wrong) = counts.fold((0, 0, 0), |(n, v, w), c| (n + 1, v + c.0, w + c.1));
        println!("{runtime:?}: {found} operators, {values} values, {wrong} mismatches");
        assert_eq!((found, wrong), (operators, 0), "{runtime:?}");
    }
}
