//! What strangers' files get: a clear error that names file and place, the exit code of the table, and
//! nothing left behind.

use assert_cmd::Command;
use nncompress::import::{ImportOptions, import_model};
use nncompress::network::{Constant, Source};
use nncompress::onnx::to_onnx;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A folder with the bundled models and samples, made by the tool itself.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    /// The tool exports them once; each test works on a copy of its own.
    fn new() -> Self {
        static EXPORTED: OnceLock<tempfile::TempDir> = OnceLock::new();
        let exported = EXPORTED.get_or_init(|| {
            let bench = Self { folder: tempfile::tempdir().unwrap() };
            let (report, export) = (bench.path("report.html"), bench.path("demo"));
            bench.run(&["demo", "--quiet", "-o", text(&report), "--export", text(&export)], 0);
            bench.folder
        });
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        for file in fs::read_dir(exported.path().join("demo")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), bench.folder.path().join(file.file_name())).unwrap();
        }
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the tool, checks its exit code, and returns what it said on standard error and output.
    fn run(&self, arguments: &[&str], code: i32) -> (String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_nncompress")).args(arguments).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        (stderr, String::from_utf8(output.stdout).unwrap())
    }

    fn listing(&self) -> BTreeSet<(PathBuf, Vec<u8>)> {
        let files = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        files
            .map(|path| (path.clone(), if path.is_dir() { Vec::new() } else { fs::read(path).unwrap() }))
            .collect()
    }

    /// Runs the tool, which must fail with `code`, say each of `words`, and leave every file as it was.
    fn refuses(&self, arguments: &[&str], code: i32, words: &[&str]) {
        let before = self.listing();
        let (stderr, stdout) = self.run(arguments, code);
        for word in words {
            assert!(stderr.contains(word), "{arguments:?} should say `{word}`: {stderr}");
        }
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert_eq!(stdout, "", "{arguments:?}");
        assert!(self.listing() == before, "{arguments:?} left something behind or changed it");
    }

    /// The three commands that read a model, each with an output that must not appear.
    fn refuses_model(&self, model: &str, code: i32, words: &[&str]) {
        let (model, image, folder) = (self.path(model), self.path("new.ncm"), self.path("new"));
        let (data, labels) = (self.path(IMAGES), self.path(LABELS));
        let samples = ["--data", text(&data), "--labels", text(&labels)];
        let name = model.file_name().unwrap().to_str().unwrap();
        let words: Vec<&str> = words.iter().copied().chain([name]).collect();
        self.refuses(&["inspect", text(&model)], code, &words);
        self.refuses(&["compress", text(&model), "-o", text(&image)], code, &words);
        self.refuses(&[&["eval", text(&model)], &samples[..]].concat(), code, &words);
        self.refuses(&[&["search", text(&model), "-o", text(&folder)], &samples[..]].concat(), code, &words);
    }
}

const IMAGES: &str = "mnist-t10k-first1000-images.idx.gz";
const LABELS: &str = "mnist-t10k-first1000-labels.idx.gz";

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn models_that_cannot_be_read() {
    let bench = Bench::new();
    bench.refuses_model("missing.onnx", 1, &["cannot read"]);
    fs::write(bench.path("empty.onnx"), b"").unwrap();
    bench.refuses_model("empty.onnx", 1, &["empty"]);
    let whole = fs::read(bench.path("mnist_bnmlp.onnx")).unwrap();
    fs::write(bench.path("cut.onnx"), &whole[..whole.len() / 2]).unwrap();
    bench.refuses_model("cut.onnx", 1, &[]);
    fs::write(bench.path("model.h5"), b"\x89HDF").unwrap();
    bench.refuses_model("model.h5", 4, &["onnx"]);
}

#[test]
fn an_operator_that_is_not_supported_is_named_with_its_node() {
    let bench = Bench::new();
    let mut model = fs::read(bench.path("digits_mlp.onnx")).unwrap();
    // The operator's name stands in the file as four bytes; another of the same length takes its place.
    let places: Vec<usize> = (0..model.len() - 4).filter(|&i| &model[i..i + 4] == b"Relu").collect();
    assert!(!places.is_empty());
    for place in places {
        model[place..place + 4].copy_from_slice(b"Celu");
    }
    fs::write(bench.path("celu.onnx"), &model).unwrap();
    bench.refuses_model("celu.onnx", 4, &["`Celu`", "node `relu_1`"]);
}

#[test]
fn nan_weights_are_refused_unless_allowed() {
    let bench = Bench::new();
    let imported = import_model(&bench.path("digits_mlp.onnx"), &ImportOptions::default()).unwrap();
    let mut network = imported.network;
    let weight = network.values.iter_mut().find(|value| value.name == "fc2.weight").unwrap();
    let Source::Constant(Constant::Float(tensor)) = &mut weight.source else {
        panic!("not a float constant")
    };
    tensor.data[7] = f32::NAN;
    fs::write(bench.path("nan.onnx"), to_onnx(&network, &[])).unwrap();
    bench.refuses_model("nan.onnx", 1, &["`fc2.weight`", "element 7", "--allow-nonfinite"]);
    let (model, image) = (bench.path("nan.onnx"), bench.path("nan.ncm"));
    bench.run(&["compress", text(&model), "-o", text(&image), "--allow-nonfinite", "--format", "float"], 0);
}

#[test]
fn samples_that_do_not_fit() {
    let bench = Bench::new();
    let path = |name: &str| bench.path(name).to_str().unwrap().to_owned();
    let (lenet, digits) = (path("mnist_lenet5.onnx"), path("digits_mlp.onnx"));
    let (images, labels) = (path(IMAGES), path(LABELS));
    let (small_images, small_labels) = (path("digits-images.idx"), path("digits-labels.idx"));
    let eval = |model: &str, data: &str, labels: &str, code, words: &[&str]| {
        bench.refuses(&["eval", model, "--data", data, "--labels", labels], code, words);
    };
    eval(&lenet, &images, &small_labels, 1, &["1000", "1797", "digits-labels.idx"]);
    eval(&lenet, &small_images, &small_labels, 1, &["digits-images.idx", "[8, 8]", "input"]);
    eval(&digits, &images, &labels, 1, &["mnist-t10k-first1000-images.idx.gz", "[28, 28]"]);
    eval(&lenet, &path("missing.idx"), &labels, 1, &["missing.idx"]);
    let cut = fs::read(bench.path("digits-images.idx")).unwrap();
    fs::write(bench.path("cut.idx"), &cut[..1000]).unwrap();
    eval(&digits, &path("cut.idx"), &small_labels, 1, &["cut.idx"]);
    fs::write(bench.path("empty.npy"), b"").unwrap();
    eval(&digits, &path("empty.npy"), &small_labels, 1, &["empty.npy", "empty"]);
    bench.refuses(&["eval", &digits, "--data", &small_images], 2, &["--labels"]);
}

#[test]
fn an_image_with_a_flipped_byte() {
    let bench = Bench::new();
    let (model, image) = (bench.path("digits_mlp.onnx"), bench.path("good.ncm"));
    bench.run(&["compress", text(&model), "-o", text(&image), "--format", "posit5_0"], 0);
    let mut bytes = fs::read(&image).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(bench.path("bad.ncm"), &bytes).unwrap();
    let bad = bench.path("bad.ncm");
    let (data, labels) = (bench.path("digits-images.idx"), bench.path("digits-labels.idx"));
    bench.refuses(&["inspect", text(&bad)], 1, &["bad.ncm", "CRC-32"]);
    bench.refuses(
        &["eval", text(&bad), "--data", text(&data), "--labels", text(&labels)],
        1,
        &["bad.ncm", "CRC-32"],
    );
    fs::write(&bad, &bytes[..20]).unwrap();
    bench.refuses(&["inspect", text(&bad)], 1, &["bad.ncm", "20"]);
}

#[test]
fn outputs_that_cannot_be_written() {
    let bench = Bench::new();
    let path = |name: &str| bench.path(name).to_str().unwrap().to_owned();
    let model = path("digits_mlp.onnx");
    let (data, labels) = (path("digits-images.idx"), path("digits-labels.idx"));
    let samples = ["--data", &data, "--labels", &labels];
    // A file where a folder must be: not even root can write below it.
    let below_a_file = path("digits_mlp.onnx/new");
    bench.refuses(&["compress", &model, "-o", &below_a_file], 1, &["digits_mlp.onnx"]);
    bench.refuses(&["compress", &model, "-o", &path("no/such/folder/x.ncm")], 1, &["no/such/folder"]);
    bench.refuses(&["demo", "-o", &path("no/such/folder/x.html")], 1, &["no/such/folder"]);
    bench.refuses(
        &[&["search", &model, "-o", &below_a_file], &samples[..]].concat(),
        1,
        &["digits_mlp.onnx"],
    );
    // What exists is not lost.
    fs::write(bench.path("mine.ncm"), b"mine").unwrap();
    bench.refuses(&["compress", &model, "-o", &path("mine.ncm")], 1, &["mine.ncm", "--force"]);
    fs::create_dir(bench.path("run")).unwrap();
    fs::write(bench.path("run/front.csv"), b"mine").unwrap();
    bench.refuses(
        &[&["search", &model, "-o", &path("run")], &samples[..]].concat(),
        1,
        &["front.csv", "--force"],
    );
    assert_eq!(fs::read(bench.path("run/front.csv")).unwrap(), b"mine");
}

#[test]
fn a_constraint_that_nothing_keeps_to() {
    let bench = Bench::new();
    let path = |name: &str| bench.path(name).to_str().unwrap().to_owned();
    let (model, folder) = (path("digits_mlp.onnx"), path("run"));
    let (data, labels) = (path("digits-images.idx"), path("digits-labels.idx"));
    let scale = ["--scale", "0.0625", "--formats", "int8", "--max-bytes", "100"];
    let search = ["search", &model, "-o", &folder, "--data", &data, "--labels", &labels];
    bench.refuses(&[&search[..], &scale[..]].concat(), 3, &["100 bytes", "nothing was written"]);
}

#[test]
fn usage_errors() {
    let bench = Bench::new();
    let model = bench.path("digits_mlp.onnx");
    let image = bench.path("x.ncm");
    let compress = |more: &[&str], words: &[&str]| {
        bench.refuses(&[&["compress", text(&model), "-o", text(&image)], more].concat(), 2, words);
    };
    compress(&["--format", "int99"], &["int99", "int2..int8"]);
    compress(&["--sparsity", "1.5"], &["from 0 to 1"]);
    compress(&["--layer", "nowhere=int4"], &["`nowhere`", "inspect"]);
    compress(&["--exclude", "conv*"], &["`conv*`"]);
    compress(&["--data", "x.idx"], &["--labels"]);
    bench.refuses(&["frobnicate"], 2, &["frobnicate"]);
}

#[test]
fn exports_that_cannot_be() {
    let bench = Bench::new();
    let (model, out) = (bench.path("digits_mlp.onnx"), bench.path("out"));
    let image = bench.path("a.ncm");
    bench.run(&["compress", text(&model), "--quiet", "-o", text(&image)], 0);
    bench.refuses(
        &["export", text(&image), "--to", "c", "-o", text(&out)],
        2,
        &["computes with floats", "--to onnx"],
    );
    bench.refuses(
        &["export", text(&model), "--to", "rust", "-o", text(&out)],
        2,
        &["is not an image", "nncompress compress"],
    );
    let mut bytes = fs::read(&image).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&image, bytes).unwrap();
    bench.refuses(&["export", text(&image), "--to", "onnx", "-o", text(&out)], 1, &["a.ncm", "CRC-32"]);
    bench.refuses(&["export", text(&bench.path("no.ncm")), "--to", "c", "-o", text(&out)], 1, &["no.ncm"]);
}
