//! A search that is killed, cut in shards, or run on other threads ends in the same bytes.

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Instant;

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        let (report, demo) = (bench.path("report.html"), bench.path("demo"));
        let made = tool(&["demo", "-q", "-o", text(&report), "--export", text(&demo)]).output().unwrap();
        assert!(made.status.success());
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A search over a network, of a second or more.
    fn search(&self, network: &str, formats: &[&str], output: &str, more: &[&str]) -> Command {
        let (model, samples) = match network {
            "digits" => (self.path("demo/digits_mlp.onnx"), self.path("demo/digits-images.idx")),
            _ => (self.path("demo/mnist_lenet5.onnx"), self.path("demo/mnist-t10k-first1000-images.idx.gz")),
        };
        let folder = self.path(output);
        let mut command = tool(&["search", text(&model), "-o", text(&folder), "--calibrate", text(&samples)]);
        command.args(["--calibration-samples", "16", "--scale", "0.0039", "--sparsities", "0", "--formats"]);
        command.args(formats).args(more);
        command
    }

    fn same(&self, a: &str, b: &str) {
        for name in ["best.ncm", "front.csv", "report.html"] {
            let read = |folder: &str| fs::read(self.path(folder).join(name)).unwrap();
            assert!(read(a) == read(b), "{name} of {a} and {b} differ");
        }
    }
}

fn tool(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nncompress"));
    command.args(arguments);
    command
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs to the end; gives what it said on standard error.
fn ends(mut command: Command, code: i32) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(code), "{said}");
    said
}

#[test]
fn a_killed_search_goes_on_where_it_was() {
    let bench = Bench::new();
    let search = |output: &str, threads: &str| {
        bench.search(
            "lenet",
            &["posit4_0", "posit5_0", "posit6_0", "codebook3"],
            output,
            &["--threads", threads],
        )
    };
    let mut running = search("killed", "1").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let cache = bench.path("killed/candidates.txt");
    let start = Instant::now();
    while !cache.exists() && running.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(100));
        sleep(Duration::from_millis(5));
    }
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(!bench.path("killed/best.ncm").exists(), "it was killed too late to prove anything");
    let kept = fs::read_to_string(&cache).unwrap();
    let said = ends(search("killed", "2"), 0);
    let count = kept.lines().count() - 6;
    assert!(count > 0 && said.contains(&format!("{count} candidates are there already")), "{count}: {said}");
    ends(search("whole", "2"), 0);
    bench.same("killed", "whole");

    // A damaged cache is named and not used.
    let cache = bench.path("damaged/candidates.txt");
    fs::create_dir(bench.path("damaged")).unwrap();
    fs::write(&cache, kept.replacen("layers 5", "layers 6", 1)).unwrap();
    let said = ends(search("damaged", "2"), 0);
    assert!(said.contains(text(&cache)) && said.contains("checksum") && said.contains("not used"), "{said}");
    bench.same("damaged", "whole");
}

#[test]
fn shards_merge_to_the_same_front() {
    let bench = Bench::new();
    let formats = ["posit3_0", "posit4_0", "codebook3"];
    let search = |output: &str, more: &[&str]| bench.search("digits", &formats, output, more);
    ends(search("whole", &[]), 0);
    let mut files = Vec::new();
    for (shard, threads) in [("2/3", "2"), ("1/3", "1"), ("3/3", "2")] {
        ends(search("parts", &["--shard", shard, "--threads", threads]), 0);
        files.push(bench.path("parts").join(format!("candidates-{}.txt", shard.replace('/', "-of-"))));
    }
    assert_eq!(fs::read_dir(bench.path("parts")).unwrap().count(), 3, "shards write nothing else");
    let merge = |files: &[PathBuf], output: &str| {
        let output = bench.path(output);
        let mut command = tool(&["merge", "-o", text(&output)]);
        command.args(files);
        command
    };
    ends(merge(&files, "merged"), 0);
    bench.same("merged", "whole");

    // One missing, one of another search, one damaged: nothing is written.
    let said = ends(merge(&files[..2], "bad"), 1);
    assert!(said.contains("candidates are missing"), "{said}");
    ends(bench.search("digits", &["codebook2"], "other", &["--shard", "1/3"]), 0);
    let other = bench.path("other/candidates-1-of-3.txt");
    let said = ends(merge(&[files[0].clone(), files[2].clone(), other.clone()], "bad"), 1);
    assert!(said.contains(text(&other)) && said.contains("another search"), "{said}");
    let cut = fs::read(&files[1]).unwrap();
    fs::write(&files[1], &cut[..cut.len() - 40]).unwrap();
    let said = ends(merge(&files, "bad"), 1);
    assert!(said.contains(text(&files[1])) && said.contains("at byte"), "{said}");
    assert!(!bench.path("bad").exists());
}

/// Without any samples the layers' own errors choose.
#[test]
fn a_search_needs_no_samples() {
    let bench = Bench::new();
    let model = bench.path("demo/digits_mlp.onnx");
    let run = |output: &str, limit: &str| {
        let folder = bench.path(output);
        ends(
            tool(&[
                "search",
                text(&model),
                "-o",
                text(&folder),
                "--formats",
                "int4",
                "int6",
                "--max-bytes",
                limit,
            ]),
            0,
        );
        fs::read(folder.join("best.ncm")).unwrap().len()
    };
    let (small, large) = (run("small", "1800"), run("large", "2500"));
    assert!(small <= 1800 && large <= 2500 && large > 1800, "{small} {large}");
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(bench.path("large/run.json")).unwrap()).unwrap();
    assert!(json["instructions"].as_u64().unwrap() > 10_000 && json["output_sqnr"].is_null());
    let points = json["points"].as_array().unwrap();
    let fastest = points.iter().min_by_key(|point| point["instructions"].as_u64()).unwrap();
    let smallest = points.iter().min_by_key(|point| point["bytes"].as_u64()).unwrap();
    assert!(fastest["bytes"].as_u64() > smallest["bytes"].as_u64(), "the third axis has its own plans");
}
