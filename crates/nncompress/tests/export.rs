//! Exported C and Rust give the codes of the runtime crate.

mod shared_models;

use fixq::op::{Padding, Window};
use fixq::{Activation as Fused, Codes, Multiplier, Output, Params};
use nncompress::export::{File, identifier, to_c, to_rust};
use nncompress::int8::{
    Activation, Int8Network, Layer, Node, Operation, Session, Storage, encode, import, shrink,
};
use nncompress::runtime::Program;
use shared_models::shared;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Grows a network node by node, with random weights and parameters.
struct Builder {
    network: Int8Network,
    state: u64,
}

impl Builder {
    fn tensor(&mut self, shape: &[usize]) -> usize {
        let scale = (1 + draw(&mut self.state) % 100) as f32 / 500.0;
        let params = Params::new(scale, draw(&mut self.state) as i32 % 60, Codes::INT8).unwrap();
        let name = format!("t{}", self.network.tensors.len());
        self.network.tensors.push(Activation { name, shape: shape.to_vec(), params });
        self.network.tensors.len() - 1
    }

    fn node(&mut self, operation: Operation, inputs: &[usize], shape: &[usize]) -> usize {
        let output = self.tensor(shape);
        if matches!(operation, Operation::AveragePool(_) | Operation::MaxPool(_) | Operation::Reshape) {
            self.network.tensors[output].params = self.network.tensors[inputs[0]].params;
        }
        let fused = [Fused::None, Fused::Relu, Fused::Relu6][draw(&mut self.state) as usize % 3];
        let end = Output::new(self.network.tensors[output].params, fused);
        let name = format!("{}_{output}", operation.name());
        self.network.nodes.push(Node { name, operation, inputs: inputs.to_vec(), output, end });
        output
    }

    /// Weights of 8 bits, of a few values, of a table of 16 bits, or of 2 bits with blocks left out.
    fn layer(&mut self, outputs: usize, count: usize, kind: Kind) -> Layer {
        const WIDE: [i16; 8] = [-900, -77, -5, 0, 9, 130, 300, 1000];
        let mut draw = || draw(&mut self.state);
        let weight = |random: u64| match kind {
            Kind::Bytes => i16::from(random as i8),
            Kind::Few => (random % 7) as i16 * 30 - 90,
            Kind::Wide => WIDE[random as usize % 8],
            Kind::Pruned => [0, 0, 0, 0, 0, 0, -2, -1, 1][random as usize % 9],
        };
        let weights = (0..count).map(|_| weight(draw())).collect();
        let storage = match kind {
            Kind::Bytes | Kind::Few => Storage::Shortest,
            Kind::Wide => Storage::Coded { bits: 3, entries: Some(WIDE.to_vec()), block: None },
            Kind::Pruned => Storage::Coded { bits: 2, entries: None, block: Some(4) },
        };
        let biases = (0..outputs).map(|_| draw() as i32 % 4000).collect();
        let scales: Vec<f32> = (0..outputs).map(|_| (1 + draw() % 50) as f32 / 20_000.0).collect();
        let factors = scales.iter().map(|&scale| Multiplier::from_real(f64::from(scale)).unwrap()).collect();
        Layer { weights, storage, biases, factors, scales }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Bytes,
    Few,
    Wide,
    Pruned,
}

fn window(kernel: [usize; 2], stride: [usize; 2], dilation: [usize; 2], pads: [[usize; 2]; 2]) -> Window {
    Window { kernel, stride, dilation, padding: Padding::Explicit(pads[0], pads[1]) }
}

/// Every operator, on two branches.
fn every_operator(seed: u64) -> Int8Network {
    let network = Int8Network { tensors: vec![], nodes: vec![], inputs: vec![], outputs: vec![] };
    let mut b = Builder { network, state: seed };
    let (image, side) = (b.tensor(&[2, 6, 5, 4]), b.tensor(&[1, 1, 1, 8]));
    let layer = b.layer(8, 8 * 9 * 4, if seed.is_multiple_of(2) { Kind::Bytes } else { Kind::Wide });
    let same = window([3, 3], [1, 1], [1, 1], [[1, 1], [1, 1]]);
    let first = b.node(Operation::Conv { window: same, groups: 1, layer }, &[image], &[2, 6, 5, 8]);
    let layer = b.layer(8, 8 * 6 * 2, Kind::Few);
    let grouped = window([3, 2], [1, 1], [2, 1], [[2, 2], [1, 0]]);
    let grouped = b.node(Operation::Conv { window: grouped, groups: 2, layer }, &[image], &[2, 6, 5, 8]);
    let sum = b.node(Operation::Add { subtract: false }, &[first, grouped], &[2, 6, 5, 8]);
    let difference = b.node(Operation::Add { subtract: true }, &[sum, side], &[2, 6, 5, 8]);
    let product = b.node(Operation::Mul, &[difference, side], &[2, 6, 5, 8]);
    let layer = b.layer(16, 9 * 16, if seed < 2 { Kind::Bytes } else { Kind::Wide });
    let down = window([3, 3], [2, 2], [1, 1], [[0, 1], [1, 1]]);
    let deep = b.node(Operation::Depthwise { window: down, layer }, &[product], &[2, 3, 3, 16]);
    let cell = window([2, 3], [1, 1], [1, 1], [[1, 0], [1, 1]]);
    let average = b.node(Operation::AveragePool(cell), &[deep], &[2, 3, 3, 16]);
    let largest = b.node(Operation::MaxPool(cell), &[deep], &[2, 3, 3, 16]);
    let joined = b.node(Operation::Concat(3), &[average, largest, deep], &[2, 3, 3, 48]);
    let padded = b.node(Operation::Pad(vec![[0, 0], [1, 0], [0, 2], [0, 0]]), &[joined], &[2, 4, 5, 48]);
    let table = core::array::from_fn(|_| draw(&mut b.state) as i8);
    let mapped = b.node(Operation::Table(Box::new(table)), &[padded], &[2, 4, 5, 48]);
    let mean = b.node(Operation::Mean(vec![1, 2]), &[mapped], &[2, 48]);
    let flat = b.node(Operation::Reshape, &[mean], &[2, 48]);
    let layer = b.layer(10, 480, Kind::Wide);
    let classes = b.node(Operation::FullyConnected { layer }, &[flat], &[2, 10]);
    let layer = b.layer(7, 70, Kind::Pruned);
    let other = b.node(Operation::FullyConnected { layer }, &[classes], &[2, 7]);
    let chances = b.node(Operation::Softmax { beta: 1.0 }, &[classes], &[2, 10]);
    b.network.inputs = vec![image, side];
    b.network.outputs = vec![chances, other, mapped];
    b.network
}

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

/// The crate is checked by the compiler, against the runtime crate of this repository.
#[test]
fn the_exported_crate_compiles_and_runs() {
    let image = encode(&every_operator(3)).unwrap();
    let program = Program::parse(&image).unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_all(folder.path(), &to_rust(&image, &program, &identifier("Every operator")));
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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let patch = |name: &str| format!("patch.crates-io.{name}.path='{}'", root.join(name).display());
    let built = Command::new(env!("CARGO"))
        .current_dir(folder.path())
        .args([
            "test",
            "--offline",
            "-q",
            "--config",
            &patch("nncompress-runtime"),
            "--config",
            &patch("fixq"),
        ])
        .arg("--target-dir")
        .arg(folder.path().join("target"))
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}
