//! The commands on the bundled networks: what they print, what they write, that it all agrees.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;

fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_nncompress")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&run(&[arguments, &["--json"]].concat())).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn compress_eval_and_search_agree() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (report, demo) = (path("report.html"), path("demo"));
    let shown = run(&["demo", "-o", &report, "--export", &demo]);
    assert!(
        shown.contains("mnist_lenet5")
            && shown.contains("posit<5,0>")
            && shown.trim_end().ends_with("report.html")
    );
    assert!(fs::read_to_string(&report).unwrap().contains("<svg"));

    let (model, data, labels) = (
        path("demo/mnist_lenet5.onnx"),
        path("demo/mnist-t10k-first1000-images.idx.gz"),
        path("demo/mnist-t10k-first1000-labels.idx.gz"),
    );
    let samples = ["--data", &data, "--labels", &labels, "--scale", "0.00392156862745098"];
    let float = json(&[&["eval", &model], &samples[..]].concat());
    assert_eq!((float["correct"].as_u64(), float["total"].as_u64()), (Some(990), Some(1000)));
    assert_eq!(float["bytes"].as_u64(), Some(fs::metadata(&model).unwrap().len()));

    let image = path("lenet.ncm");
    let made = json(
        &[&["compress", &model, "-o", &image, "--format", "posit6_0", "--sparsity", "0.3"], &samples[..]]
            .concat(),
    );
    let read = json(&[&["eval", &image], &samples[..]].concat());
    for key in ["correct", "total", "accuracy", "bytes"] {
        assert_eq!(made[key], read[key], "{key}");
    }
    assert_eq!(read["bytes"].as_u64(), Some(fs::metadata(&image).unwrap().len()));
    let layers = json(&["inspect", &image])["layers"].as_array().unwrap().clone();
    assert_eq!(layers.len(), 5);
    assert!(layers.iter().all(|layer| layer["zeros"].as_f64().unwrap() >= 0.29));

    let run_folder = path("run");
    let search = [
        "search",
        &model,
        "-o",
        &run_folder,
        "--formats",
        "int8",
        "posit5_0",
        "--sparsities",
        "0",
        "0.3",
        "--max-drop",
        "3",
    ];
    let found = json(&[&search[..], &samples[..]].concat());
    let best = json(&[&["eval", text(&folder.path().join("run/best.ncm"))], &samples[..]].concat());
    for key in ["correct", "total", "accuracy", "bytes"] {
        assert_eq!(found[key], best[key], "{key}");
    }
    let written: Value = serde_json::from_str(&fs::read_to_string(path("run/run.json")).unwrap()).unwrap();
    assert_eq!(written, found);
    assert!(fs::read_to_string(path("run/report.html")).unwrap().contains("compress"));
    let csv = fs::read_to_string(path("run/front.csv")).unwrap();
    assert_eq!(
        csv.lines().count() - 1,
        written["points"].as_array().unwrap().iter().filter(|p| p["front"] == true).count()
    );

    // The same inputs give the same bytes at any thread count.
    let again = path("again");
    let search = [
        "search",
        &model,
        "-o",
        &again,
        "--formats",
        "int8",
        "posit5_0",
        "--sparsities",
        "0",
        "0.3",
        "--max-drop",
        "3",
        "--threads",
        "1",
    ];
    run(&[&search[..], &samples[..]].concat());
    for name in ["front.csv", "best.ncm"] {
        assert_eq!(
            fs::read(path("run").to_owned() + "/" + name).unwrap(),
            fs::read(path("again") + "/" + name).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn one_layer_may_differ_and_one_may_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    run(&["demo", "-q", "-o", &path("r.html"), "--export", &path("demo")]);
    let image = path("x.ncm");
    let made = json(&[
        "compress",
        &path("demo/digits_mlp.onnx"),
        "-o",
        &image,
        "--format",
        "int4",
        "--layer",
        "fc2*=posit8_2",
        "--exclude",
        "fc3.weight",
    ]);
    let layers: Vec<&str> =
        made["layers"].as_array().unwrap().iter().map(|layer| layer.as_str().unwrap()).collect();
    assert_eq!(layers, ["int4 absmax channel", "posit<8,2> pow2 tensor", "float"]);
    assert_eq!(made["correct"], Value::Null);
    let layers = json(&["inspect", &image])["layers"].as_array().unwrap().clone();
    let formats: Vec<&str> = layers
        .iter()
        .map(|layer| {
            layer["format"].as_str().unwrap().trim_end_matches(" + bitmap").trim_end_matches(" + entropy")
        })
        .collect();
    assert_eq!(formats, ["int4", "posit<8,2>", "float"]);
}

#[test]
fn formats_lists_every_family() {
    let shown = run(&["formats"]);
    for name in ["float", "int8", "posit<5,0>", "posit<16,2>", "codebook4"] {
        assert!(shown.contains(name), "{name}");
    }
    assert!(json(&["formats"])["formats"].as_array().unwrap().len() > 60);
}

#[test]
fn an_image_of_floats_is_exported_as_the_model_that_it_stands_for() {
    let folder = tempfile::tempdir().unwrap();
    let demo = folder.path().join("demo");
    run(&["demo", "--quiet", "-o", text(&folder.path().join("r.html")), "--export", text(&demo)]);
    let model = fs::read_dir(&demo).unwrap().map(|entry| entry.unwrap().path());
    let model = model.into_iter().find(|path| path.extension().is_some_and(|e| e == "onnx")).unwrap();
    let (image, out) = (folder.path().join("a.ncm"), folder.path().join("out"));
    run(&["compress", text(&model), "--format", "posit<5,1>", "--quiet", "-o", text(&image)]);
    run(&["export", text(&image), "--to", "onnx", "--name", "Small net", "--quiet", "-o", text(&out)]);
    let layers = |file: &Path| json(&["inspect", text(file)])["layers"].clone();
    let (ours, exported) = (layers(&image), layers(&out.join("small_net.onnx")));
    assert!(!ours.as_array().unwrap().is_empty());
    for (a, b) in ours.as_array().unwrap().iter().zip(exported.as_array().unwrap()) {
        for field in ["weights", "min", "max", "zeros", "entropy"] {
            assert_eq!(a.get(field), b.get(field), "{field}");
        }
    }
}

/// As they were, off the grid, and in tensors that do not fit.
#[test]
fn weights_trained_elsewhere_come_back() {
    use safetensors::{Dtype, SafeTensors, tensor::TensorView};
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    run(&["demo", "--quiet", "-o", text(&path("r.html")), "--export", text(&path("demo"))]);
    let (image, out) = (path("a.ncm"), path("out"));
    let model = path("demo/digits_mlp.onnx");
    let compress = ["compress", text(&model), "--format", "posit5_0", "--sparsity", "0.5"];
    run(&[&compress[..], &["-o", text(&image)]].concat());
    run(&["export", text(&image), "--to", "training", "--name", "a", "-o", text(&out)]);
    let description: Value = serde_json::from_str(&fs::read_to_string(out.join("a.json")).unwrap()).unwrap();
    let first = &description["layers"][0];
    let name = first["name"].as_str().unwrap();
    assert_eq!((first["format"].as_str(), first["bias"].as_bool()), (Some("posit<5,0>"), Some(true)));
    assert_eq!(first["zeros"], 1024);

    // Nothing changed: the same bytes.
    let import = |weights: &Path, output: &str| {
        run(&["import", text(&image), "--weights", text(weights), "--json", "-o", text(&path(output))])
    };
    let exported = out.join("a.safetensors");
    let said: Value = serde_json::from_str(&import(&exported, "same.ncm")).unwrap();
    assert_eq!(said["moved"], 0);
    assert!(fs::read(path("same.ncm")).unwrap() == fs::read(&image).unwrap());

    // All weights of the first layer moved by a little: back to the same codes, and zeros stay.
    let bytes = fs::read(&exported).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let weight = format!("{name}.weight");
    let write = |file: &Path, change: &dyn Fn(f32) -> f32, cut: usize| {
        let floats = tensors.tensor(&weight).unwrap();
        let data: Vec<u8> = floats
            .data()
            .chunks(4)
            .flat_map(|bytes| change(f32::from_le_bytes(bytes.try_into().unwrap())).to_le_bytes())
            .collect();
        let mut shape = floats.shape().to_vec();
        shape[0] -= cut;
        let row = 4 * shape[1];
        let moved = TensorView::new(Dtype::F32, shape, &data[..data.len() - cut * row]).unwrap();
        let others = tensors.tensors().into_iter().filter(|(name, _)| *name != weight);
        let all = others.chain([(weight.clone(), moved)]);
        fs::write(file, safetensors::serialize(all, None).unwrap()).unwrap();
    };
    write(&path("moved.safetensors"), &|w| w + 1e-4, 0);
    let said: Value = serde_json::from_str(&import(&path("moved.safetensors"), "moved.ncm")).unwrap();
    assert!(said["moved"].as_u64() > Some(1000), "{said}");
    assert!(fs::read(path("moved.ncm")).unwrap() == fs::read(&image).unwrap());

    let refused = |weights: &str, words: &[&str]| {
        let output = path("refused.ncm");
        let weights = path(weights);
        let command = ["import", text(&image), "--weights", text(&weights), "-o", text(&output)];
        let said = Command::new(env!("CARGO_BIN_EXE_nncompress")).args(command).output().unwrap();
        let error = String::from_utf8(said.stderr).unwrap();
        assert_eq!(said.status.code(), Some(1), "{error}");
        words.iter().for_each(|word| assert!(error.contains(word), "{word}: {error}"));
        assert!(!output.exists());
    };
    write(&path("nan.safetensors"), &|w| if w > 0.0 { f32::NAN } else { w }, 0);
    refused("nan.safetensors", &["nan.safetensors", &weight, "NaN", "element"]);
    write(&path("short.safetensors"), &|w| w, 1);
    refused("short.safetensors", &["short.safetensors", &weight, "shape"]);
    fs::write(path("cut.safetensors"), &bytes[..bytes.len() - 1]).unwrap();
    refused("cut.safetensors", &["cut.safetensors"]);
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let help = run(&["--help"]);
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    let commands: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let commands: Vec<&str> = commands.into_iter().filter(|name| *name != "help").collect();
    assert!(commands.contains(&"compress") && commands.contains(&"man"), "{commands:?}");

    let script = run(&["completions", "bash"]);
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    let told = run(&["man", "-o", text(&pages)]);
    assert!(told.starts_with(&format!("{} pages", commands.len() + 1)), "{told}");
    assert!(fs::read_to_string(pages.join("nncompress.1")).unwrap().contains("posits"));
    for name in commands {
        assert!(script.contains(name), "{name}");
        let page = fs::read_to_string(pages.join(format!("nncompress-{name}.1"))).unwrap();
        assert!(page.starts_with(".ie") && page.contains(".SH SYNOPSIS"), "{page}");
    }
}
