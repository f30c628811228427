//! `lower` on the bundled networks: the accuracy of the int8 image, and the same codes from its C.

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

fn json(arguments: &[&str]) -> Value {
    let mut command = Command::cargo_bin("nncompress").unwrap();
    let output = command.args(arguments).args(["--json", "--quiet"]).assert().success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_bundled_network_keeps_its_accuracy_in_int8() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let bundle = path("demo");
    json(&["demo", "-o", text(&path("report.html")), "--export", text(&bundle)]);
    let file = |name: &str| bundle.join(name).to_str().unwrap().to_owned();
    let (model, data, labels) =
        (file("digits_mlp.onnx"), file("digits-images.idx"), file("digits-labels.idx"));
    let scale = ["--scale", "0.0625"];
    let samples = ["--data", &data, "--labels", &labels, scale[0], scale[1]];
    let posit = path("posit5.ncm");
    json(&["compress", &model, "--format", "posit5_0", "-o", text(&posit)]);
    for (source, least) in [(model.as_str(), 25.0), (text(&posit), 25.0)] {
        let image = path("int8.ncm");
        let lowered = json(
            &[&["lower", source, "--calibrate", &data, "-o", text(&image), "--force"][..], &samples].concat(),
        );
        let number = |name: &str| lowered[name].as_f64().unwrap();
        assert!(number("accuracy") >= number("float_accuracy") - 1.0, "{lowered}");
        assert!(number("output_sqnr") >= least, "{lowered}");
        // The classes one by one, from a float and from an int8 network: the labels stand behind 8 bytes of IDX.
        let expected = std::fs::read(&labels).unwrap();
        for file in [source, text(&image)] {
            let classes = path("classes.txt");
            let scored = json(&[&["eval", file, "--predictions", text(&classes)][..], &samples].concat());
            let classes = std::fs::read_to_string(&classes).unwrap();
            let pairs = classes.lines().zip(&expected[8..]);
            let right = pairs.filter(|(class, label)| class.parse() == Ok(**label)).count();
            assert_eq!((Some(right as u64), classes.lines().count()), (scored["correct"].as_u64(), 1797));
        }
        // The same score from the image alone, its distance from a float network, and sources of it.
        let eval = json(&[&["eval", text(&image), "--reference", source][..], &samples].concat());
        assert_eq!((&eval["correct"], &eval["bytes"]), (&lowered["correct"], &lowered["bytes"]));
        assert!(eval["output_sqnr"].as_f64().unwrap() >= least, "{eval}");
        json(&["export", text(&image), "--to", "c", "-o", text(&path("c")), "--force"]);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let crate_ = path("crate");
        json(&[
            "export",
            text(&image),
            "--to",
            "rust",
            "-o",
            text(&crate_),
            "--force",
            "--runtime-path",
            text(&root),
        ]);
        let manifest = std::fs::read_to_string(crate_.join("Cargo.toml")).unwrap();
        assert!(manifest.contains("nncompress-runtime = { path = \"/"), "{manifest}");
    }
}
