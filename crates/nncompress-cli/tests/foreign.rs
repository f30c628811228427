//! Networks that nobody here made go through `compress`, `eval` and `search`; one that cannot names what stops it.

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

fn json(arguments: &[&str]) -> Value {
    let output =
        Command::new(env!("CARGO_BIN_EXE_nncompress")).args(arguments).arg("--json").output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn foreign(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../nncompress/tests/foreign");
    folder.join(name).to_str().unwrap().to_owned()
}

#[test]
fn three_architectures_are_compressed_and_searched() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for (name, uncalibrated) in [("decoder", 3), ("recurrent", 0), ("transformer", 0)] {
        let (model, samples) = (foreign(&format!("{name}.onnx")), foreign(&format!("{name}-samples.npy")));
        let image = path(&format!("{name}.ncm"));
        let made = json(&[
            "compress",
            &model,
            "-o",
            &image,
            "--format",
            "posit6_0",
            "--scale-rule",
            "mse",
            "--granularity",
            "block32",
            "--calibrate",
            &samples,
        ]);
        assert_eq!(made["uncalibrated"].as_array().unwrap().len(), uncalibrated, "{name}");
        let read = json(&["eval", &image, "--data", &samples, "--reference", &model]);
        assert_eq!(made["bytes"], read["bytes"], "{name}");
        assert!(read["output_sqnr"].as_f64().unwrap() > 20.0, "{name}: {read}");

        let out = path(name);
        let found = json(&[
            "search",
            &model,
            "-o",
            &out,
            "--calibrate",
            &samples,
            "--formats",
            "int4",
            "--sparsities",
            "0",
        ]);
        let weights = |layer: &&Value| layer["error_of"] == "weights";
        assert_eq!(
            found["layers"].as_array().unwrap().iter().filter(weights).count(),
            uncalibrated,
            "{name}"
        );
        let best =
            json(&["eval", &path(&format!("{name}/best.ncm")), "--data", &samples, "--reference", &model]);
        assert_eq!(
            (&best["bytes"], &best["output_sqnr"]),
            (&found["bytes"], &found["output_sqnr"]),
            "{name}"
        );
    }
}

/// The operator's name and the node's stand where they are looked for.
#[test]
fn an_operator_that_is_not_supported_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("strange.onnx");
    let bytes = std::fs::read(foreign("decoder.onnx")).unwrap();
    let found = bytes.windows(4).position(|window| window == b"Tanh").unwrap();
    let mut changed = bytes.clone();
    // The last activation, in the name of its node and as its operator.
    let places: Vec<usize> = (found..bytes.len() - 4).filter(|at| &bytes[*at..*at + 4] == b"Tanh").collect();
    places.iter().for_each(|at| changed[*at..*at + 4].copy_from_slice(b"Acos"));
    std::fs::write(&model, changed).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_nncompress"))
        .args(["compress", model.to_str().unwrap(), "-o", folder.path().join("x.ncm").to_str().unwrap()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("`Acos`") && said.contains("Acos"), "{said}");
}
