//! Exported C and Rust give the codes of the runtime crate.

mod every_operator;
mod float_networks;
mod shared_models;

use every_operator::{draw, every_operator};
use nncompress::export::{File, identifier, to_c, to_qdq, to_rust};
use nncompress::int8::{Int8Network, Operation, Session, encode, import, shrink};
use nncompress::lower::{Codings, Options, StorageRule, lower};
use nncompress::runtime::Program;
use rten_tensor::prelude::*;
use shared_models::shared;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A C compiler, with the sanitizers if it has them.
fn compiler() -> Option<Vec<&'static str>> {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("a.c");
    std::fs::write(&source, "int main(void) { return 0; }\n").unwrap();
    let sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    [&sanitizers[..], &[]].into_iter().find_map(|more| {
        let made = Command::new("cc").args(more).arg("-o").arg(folder.path().join("a")).arg(&source).output();
        made.is_ok_and(|output| output.status.success()).then(|| more.to_vec())
    })
}

fn write_all(folder: &Path, files: &[File]) {
    for (name, bytes) in files {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
}

/// Compiles the C of an image without a warning and runs it on all inputs: the outputs of each run, joined.
fn run_c(image: &[u8], flags: &[&str], inputs: &[Vec<Vec<i8>>]) -> Vec<i8> {
    let program = Program::parse(image).unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_all(folder.path(), &to_c(&program, "net").unwrap());
    let mut main = String::from(
        "#include <stdio.h>\n#include \"net.h\"\nstatic int8_t codes[NET_CODES];\nint main(void)\n{\n    for (;;) {\n",
    );
    for index in 0..program.inputs().count() {
        main += &format!(
            "        if (fread(codes + NET_INPUT_{index}_OFFSET, 1, NET_INPUT_{index}_LENGTH, stdin) != \
             NET_INPUT_{index}_LENGTH)\n            return 0;\n"
        );
    }
    main += "        net_run(codes);\n";
    for index in 0..program.outputs().count() {
        main += &format!(
            "        fwrite(codes + NET_OUTPUT_{index}_OFFSET, 1, NET_OUTPUT_{index}_LENGTH, stdout);\n"
        );
    }
    main += "    }\n}\n";
    std::fs::write(folder.path().join("main.c"), main).unwrap();
    let built = Command::new("cc")
        .current_dir(folder.path())
        .args(["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-O1", "-o", "net", "net.c", "main.c"])
        .args(flags)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let mut child =
        Command::new(folder.path().join("net")).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let bytes: Vec<u8> = inputs.iter().flatten().flatten().map(|code| code.cast_unsigned()).collect();
    let mut stdin = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || stdin.write_all(&bytes).unwrap());
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    assert!(output.status.success());
    output.stdout.iter().map(|byte| byte.cast_signed()).collect()
}

fn inputs(image: &[u8], count: usize, seed: u64) -> Vec<Vec<Vec<i8>>> {
    let (program, mut state) = (Program::parse(image).unwrap(), seed);
    let mut one = |extreme: usize| -> Vec<Vec<i8>> {
        let mut code = || match extreme {
            0 => -128,
            1 => 127,
            _ => draw(&mut state) as i8,
        };
        program.inputs().map(|port| (0..port.place.length).map(|_| code()).collect()).collect()
    };
    (0..count).map(&mut one).collect()
}

fn run_runtime(image: &[u8], inputs: &[Vec<Vec<i8>>]) -> Vec<i8> {
    let mut session = Session::new(image, Path::new("image")).unwrap();
    let mut all = Vec::new();
    for input in inputs {
        let input: Vec<&[i8]> = input.iter().map(Vec::as_slice).collect();
        all.extend(session.run(&input).unwrap().concat());
    }
    all
}

#[test]
fn c_gives_the_codes_of_the_runtime_for_every_operator() {
    let Some(flags) = compiler() else { return println!("skipped: there is no C compiler") };
    for seed in 0..4 {
        let image = encode(&every_operator(seed)).unwrap();
        let inputs = inputs(&image, 20, seed);
        let (c, ours) = (run_c(&image, &flags, &inputs), run_runtime(&image, &inputs));
        assert!(ours.iter().any(|&code| code != ours[0]));
        assert_eq!(c, ours, "seed {seed}");
    }
}

/// Networks that were float, their weights as an image codes them.
fn lowered(seed: u64) -> [Int8Network; 2] {
    use nncompress::plan::{Choice, Plan};
    [float_networks::images(seed), float_networks::flattened(seed)].map(|network| {
        let format = ["posit5_0", "int4", "codebook3", "int8"][seed as usize % 4].parse().unwrap();
        let plan = Plan::uniform(&network, Choice::usual(format), nncompress::prune::Scope::Layer);
        let image = nncompress::image::encode(&network, &plan).unwrap();
        let network = nncompress::image::decode(&image, Path::new("image")).unwrap();
        let samples = float_networks::samples(&network, 16, seed);
        let storage = if seed < 2 { StorageRule::Smallest } else { StorageRule::Fastest };
        let options = Options { storage, ..Options::default() };
        lower(&network, &Codings::of_image(&image, Path::new("image")).unwrap(), &samples, &options).unwrap()
    })
}

#[test]
fn c_gives_the_codes_of_the_runtime_for_lowered_networks() {
    let Some(flags) = compiler() else { return println!("skipped: there is no C compiler") };
    for seed in 0..4 {
        for network in lowered(seed) {
            let image = encode(&network).unwrap();
            let inputs = inputs(&image, 12, seed);
            assert_eq!(run_c(&image, &flags, &inputs), run_runtime(&image, &inputs), "seed {seed}");
        }
    }
}

#[test]
fn c_gives_the_codes_of_the_runtime_for_known_networks() {
    if compiler().is_none() {
        return println!("skipped: there is no C compiler");
    }
    for name in ["vww01_mobilenetv1_025", "ic01_resnet8", "kws01_dscnn", "ad01_autoencoder"] {
        let Some((file, bytes)) = shared(&format!("mlperf_{name}_int8.tflite")) else { continue };
        let network = import(&bytes, &file).unwrap();
        for network in [&network, &shrink(&network).network] {
            let image = encode(network).unwrap();
            let inputs = inputs(&image, 20, 1);
            assert_eq!(run_c(&image, &[], &inputs), run_runtime(&image, &inputs), "{name}");
        }
    }
}

#[test]
fn sums_that_may_not_fit_are_refused() {
    let mut network = every_operator(1);
    if let Operation::Conv { layer, .. } = &mut network.nodes[0].operation {
        layer.biases[3] = i32::MAX;
    }
    let image = encode(&network).unwrap();
    let refused = to_c(&Program::parse(&image).unwrap(), "net").unwrap_err().to_string();
    assert!(refused.starts_with("step 0: the sum of output 3 may not fit 32 bits"), "{refused}");
}

/// The codes that the exported ONNX model gives, by the inference library: the outputs of each run, joined.
fn run_onnx(image: &[u8], inputs: &[Vec<Vec<i8>>]) -> Vec<i8> {
    let program = Program::parse(image).unwrap();
    let model = to_qdq(&program, "net").unwrap();
    let model = rten::ModelOptions::with_all_ops().load(model).unwrap();
    let mut all = Vec::new();
    for input in inputs {
        let mut feed = Vec::new();
        for (index, (port, codes)) in program.inputs().zip(input).enumerate() {
            let real = |&code: &i8| port.scale * (f32::from(code) - f32::from(port.zero_point));
            let shape: Vec<usize> = port.dims.map(|length| length as usize).collect();
            let tensor = rten_tensor::Tensor::from_data(&shape, codes.iter().map(real).collect::<Vec<f32>>());
            feed.push((model.node_id(&format!("input_{index}")).unwrap(), tensor.into()));
        }
        let ports: Vec<_> = program.outputs().collect();
        let wanted: Vec<_> =
            (0..ports.len()).map(|index| model.node_id(&format!("output_{index}")).unwrap()).collect();
        for (port, output) in ports.iter().zip(model.run(feed, &wanted, None).unwrap()) {
            let output: rten_tensor::Tensor<f32> = output.try_into().unwrap();
            assert_eq!(output.shape(), port.dims.map(|length| length as usize).collect::<Vec<_>>());
            let code = |&real: &f32| (real / port.scale).round() as i32 + i32::from(port.zero_point);
            all.extend(output.iter().map(code).map(|code| i8::try_from(code).unwrap()));
        }
    }
    all
}

/// The largest difference of two codes, and the share of those that are equal.
fn distance(a: &[i8], b: &[i8]) -> (u8, f64) {
    assert_eq!(a.len(), b.len());
    let most = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
    (most, a.iter().zip(b).filter(|(a, b)| a == b).count() as f64 / a.len() as f64)
}

/// Sums end in floats there, so that a code next to a border may be its neighbour.
#[test]
fn onnx_gives_nearly_the_codes_of_the_runtime() {
    let mut images: Vec<Vec<u8>> = (0..4).map(|seed| encode(&every_operator(seed)).unwrap()).collect();
    images.extend((0..4).flat_map(lowered).map(|network| encode(&network).unwrap()));
    for (index, image) in images.iter().enumerate() {
        let inputs = inputs(image, 12, index as u64);
        let (most, equal) = distance(&run_onnx(image, &inputs), &run_runtime(image, &inputs));
        println!("image {index}: codes differ by at most {most}, {equal} are equal");
        // The first four hold a table of random entries, whose neighbours are far apart.
        let (limit, share) = if index < 4 { (255, 0.95) } else { (1, 0.8) };
        assert!(most <= limit && equal > share, "image {index}: by {most}, {equal} are equal");
    }
}

/// The crate is checked by the compiler, against the runtime crate of this repository.
#[test]
fn the_exported_crate_compiles_and_runs() {
    let image = encode(&every_operator(3)).unwrap();
    let program = Program::parse(&image).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    write_all(folder.path(), &to_rust(&image, &program, &identifier("Every operator"), Some(&root)));
    let inputs = inputs(&image, 3, 5);
    let literal = |codes: &Vec<i8>| format!("&{codes:?}");
    let mut test = String::from(
        "use every_operator::Network;\n\n#[test]\nfn outputs() {\n    let mut network = Network::new().unwrap();\n",
    );
    for input in &inputs {
        let arguments: Vec<String> = input.iter().map(literal).collect();
        let mut session = Session::new(&image, Path::new("image")).unwrap();
        let codes: Vec<&[i8]> = input.iter().map(Vec::as_slice).collect();
        let outputs: Vec<String> =
            session.run(&codes).unwrap().iter().map(|output| format!("{output:?}")).collect();
        test += &format!(
            "    assert_eq!(network.run({}).unwrap(), ({}));\n",
            arguments.join(", "),
            outputs.join(", ")
        );
    }
    test += "}\n";
    write_all(folder.path(), &[("tests/outputs.rs".to_owned(), test.into_bytes())]);
    let built = Command::new(env!("CARGO"))
        .current_dir(folder.path())
        .args(["test", "--offline", "-q"])
        .arg("--target-dir")
        .arg(folder.path().join("target"))
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}
