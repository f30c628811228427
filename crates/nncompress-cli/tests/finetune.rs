//! Fine-tuning on the bundled digits: 1,347 samples to train on, 450 to judge by. `scripts/finetune --quick` runs these;
//! they need the feature.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

struct Bench {
    folder: tempfile::TempDir,
}

fn tool(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nncompress"));
    command.args(arguments);
    command
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// An IDX file with the elements under some numbers of the first axis.
fn part(source: &Path, header: usize, size: usize, numbers: &[usize], to: &Path) {
    let bytes = fs::read(source).unwrap();
    let mut made = bytes[..header].to_vec();
    made[4..8].copy_from_slice(&(numbers.len() as u32).to_be_bytes());
    for number in numbers {
        made.extend(&bytes[header + number * size..header + (number + 1) * size]);
    }
    fs::write(to, made).unwrap();
}

impl Bench {
    fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        let demo = bench.path("demo");
        bench.run(&["demo", "-o", text(&bench.path("r.html")), "--export", text(&demo)], 0);
        let test = include_str!("../demo/digits-test_idx.txt");
        let test: Vec<usize> = test.split_whitespace().map(|number| number.parse().unwrap()).collect();
        let train: Vec<usize> = (0..1797).filter(|number| !test.contains(number)).collect();
        for (name, numbers) in [("train", &train), ("test", &test)] {
            part(
                &demo.join("digits-images.idx"),
                16,
                64,
                numbers,
                &bench.path(&format!("{name}-images.idx")),
            );
            part(&demo.join("digits-labels.idx"), 8, 1, numbers, &bench.path(&format!("{name}-labels.idx")));
        }
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str], code: i32) -> (String, String) {
        let Output { status, stdout, stderr } = tool(arguments).output().unwrap();
        let (said, noted) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        assert_eq!(status.code(), Some(code), "{arguments:?}: {noted}");
        (said, noted)
    }

    fn tune(&self, output: &str, more: &[&str]) -> Command {
        let (data, labels) = (self.path("train-images.idx"), self.path("train-labels.idx"));
        let model = self.path("demo/digits_mlp.onnx");
        let mut command =
            tool(&["finetune", text(&model), "--train-data", text(&data), "--labels", text(&labels)]);
        command.args(["--scale", "0.0625", "-o", text(&self.path(output))]).args(more);
        command
    }

    fn tuned(&self, output: &str, more: &[&str]) -> Vec<u8> {
        let Output { status, stderr, .. } = self.tune(output, more).output().unwrap();
        assert!(status.success(), "{}", String::from_utf8(stderr).unwrap());
        fs::read(self.path(output)).unwrap()
    }

    /// Per cent of the test samples.
    fn accuracy(&self, image: &str) -> f64 {
        let (data, labels) = (self.path("test-images.idx"), self.path("test-labels.idx"));
        let image = self.path(image);
        let eval = [
            "eval",
            text(&image),
            "--data",
            text(&data),
            "--labels",
            text(&labels),
            "--scale",
            "0.0625",
            "--json",
        ];
        let said: Value = serde_json::from_str(&self.run(&eval, 0).0).unwrap();
        said["accuracy"].as_f64().unwrap()
    }
}

/// Half of the weights zero, the others one of two: 47.8 % without training.
#[test]
fn training_mends_a_plan_and_keeps_its_grid_and_zeros() {
    let bench = Bench::new();
    let (model, plan) = (bench.path("demo/digits_mlp.onnx"), bench.path("plan.ncm"));
    let compress = ["compress", text(&model), "--format", "int2", "--scale-rule", "mse", "--sparsity", "0.5"];
    bench.run(&[&compress[..], &["-o", text(&plan)]].concat(), 0);
    let before = fs::read(&plan).unwrap();
    bench.tuned("tuned.ncm", &["--plan", text(&plan), "--epochs", "20"]);
    let (without, with) = (bench.accuracy("plan.ncm"), bench.accuracy("tuned.ncm"));
    assert!(with > without + 20.0 && with > 94.0, "{without} without training, {with} with");

    let plan = nncompress::image::decode_layers(&before, Path::new("plan.ncm")).unwrap().1;
    let tuned = fs::read(bench.path("tuned.ncm")).unwrap();
    let (network, layers) = nncompress::image::decode_layers(&tuned, Path::new("tuned.ncm")).unwrap();
    assert_eq!(layers.len(), plan.len());
    // The last layer's outputs are the classes: none of its rows can go, and with channels of a factor each none did.
    for (before, after) in plan.iter().zip(&layers) {
        let (before, after) = (before.values(), after.values());
        assert_eq!(before.len(), after.len());
        assert!(before.iter().zip(&after).all(|(before, after)| *before != 0.0 || *after == 0.0));
    }
    assert_eq!(network.weight_layers().len(), 3);
}

#[test]
fn a_limit_is_kept_and_a_killed_training_goes_on_to_the_same_bytes() {
    let bench = Bench::new();
    let flags = ["--max-bytes", "700", "--epochs", "30", "--patience", "30"];
    let whole = bench.tuned("whole.ncm", &[&flags[..], &["--threads", "1"]].concat());
    assert!(whole.len() <= 700, "{} bytes", whole.len());
    assert!(bench.accuracy("whole.ncm") > 94.0);

    let mut command = bench.tune("killed.ncm", &flags);
    let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let checkpoint = bench.path("killed.ncm.checkpoint");
    let start = Instant::now();
    while !checkpoint.exists() && running.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(100));
        sleep(Duration::from_millis(2));
    }
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(!bench.path("killed.ncm").exists(), "it was killed too late to prove anything");
    let Output { status, stderr, .. } = bench.tune("killed.ncm", &flags).output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert!(status.success() && said.contains("going on after epoch"), "{said}");
    assert!(fs::read(bench.path("killed.ncm")).unwrap() == whole, "other bytes than without a stop");
    assert!(!checkpoint.exists());
}

#[test]
fn what_cannot_be_trained_is_named() {
    let bench = Bench::new();
    let refused = |command: &mut Command, code: i32, words: &[&str]| {
        let Output { status, stderr, .. } = command.output().unwrap();
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(code), "{said}");
        words.iter().for_each(|word| assert!(said.contains(word), "{word}: {said}"));
    };
    let model = bench.path("demo/digits_mlp.onnx");
    let good = fs::read(&model).unwrap();
    let mut other = good.clone();
    for place in 0..other.len() - 4 {
        if &other[place..place + 4] == b"Relu" {
            other[place..place + 4].copy_from_slice(b"Tanh");
        }
    }
    fs::write(&model, other).unwrap();
    refused(&mut bench.tune("x.ncm", &[]), 4, &["`relu_1`", "Tanh", "cannot be trained"]);
    fs::write(&model, good).unwrap();

    fs::write(bench.path("x.ncm.checkpoint"), b"no checkpoint").unwrap();
    refused(&mut bench.tune("x.ncm", &[]), 1, &["x.ncm.checkpoint"]);
    fs::remove_file(bench.path("x.ncm.checkpoint")).unwrap();
    refused(
        &mut bench.tune("x.ncm", &["--max-bytes", "100", "--epochs", "2"]),
        3,
        &["100 bytes", "nothing was written"],
    );
    refused(&mut bench.tune("x.ncm", &["--hold-out", "0"]), 1, &["held out"]);
    let lenet = bench.path("demo/mnist_lenet5.onnx");
    let plan = bench.path("lenet.ncm");
    bench.run(&["compress", text(&lenet), "-o", text(&plan)], 0);
    refused(&mut bench.tune("y.ncm", &["--plan", text(&plan)]), 1, &["3 weight layers", "5"]);
    assert!(!bench.path("x.ncm").exists() && !bench.path("y.ncm").exists());
}
