//! Compares an int8 model with a dump of TensorFlow Lite for Microcontrollers, tensor by tensor:
//! `cargo run --release -p nncompress --example int8_model -- MODEL.tflite DUMP`.
//!
//! The model is imported and written as an image, which runs from the dumped inputs to the end; every tensor
//! on the way is compared. Then channels that carry nothing are left out, and the tensors that are whole still, the
//! outputs among them, are compared again.
//! A dump is a folder with `manifest.json` (the numbers of the tensors of each run) and `runNNN/tNNN.npy`.

use nncompress::data::read_samples;
use nncompress::int8::{Int8Network, Session, encode, import, shrink};
use nncompress::tflite::Model;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

type Failure = Box<dyn core::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [model, dump] = &*arguments else {
        eprintln!("usage: int8_model MODEL.tflite DUMP");
        return ExitCode::from(2);
    };
    match run(model.as_ref(), dump.as_ref()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// The number of values that differ.
fn run(file: &Path, dump: &Path) -> Result<usize, Failure> {
    let bytes = std::fs::read(file)?;
    let model = Model::parse(&bytes, file)?;
    let network = import(&bytes, file)?;
    let text = std::fs::read(dump.join("manifest.json"))?;
    let manifest: serde_json::Value = serde_json::from_slice(&text)?;
    let runs: Vec<Vec<usize>> = serde_json::from_value(manifest["runs"].clone())?;
    let numbers = numbers(&model, &network);
    let image = encode(&network)?;
    let smaller = shrink(&network);
    let small_image = encode(&smaller.network)?;
    let (mut session, mut small) = (Session::new(&image, file)?, Session::new(&small_image, file)?);
    let mut tally: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let operators: Vec<&str> = (0..network.tensors.len())
        .map(|tensor| {
            let node = network.nodes.iter().find(|node| node.output == tensor);
            node.map_or("input", |node| node.operation.name())
        })
        .collect();
    let (mut outputs, mut wrong_outputs) = (0, 0);
    for (run, present) in runs.iter().enumerate() {
        let read = |tensor: usize| -> Result<Vec<i8>, Failure> {
            let samples = read_samples(&dump.join(format!("run{run:03}/t{tensor:03}.npy")))?;
            Ok(samples.data.iter().map(|&code| code as i8).collect())
        };
        let inputs: Vec<Vec<i8>> = model.inputs.iter().map(|&input| read(input)).collect::<Result<_, _>>()?;
        let inputs: Vec<&[i8]> = inputs.iter().map(Vec::as_slice).collect();
        let computed = session.trace(&network, &inputs)?;
        for (&tensor, &number) in numbers.iter().filter(|(tensor, _)| present.contains(tensor)) {
            let expected = read(tensor)?;
            let count = tally.entry(operators[number]).or_default();
            count.0 += expected.len();
            count.1 += different(&expected, &computed[number]);
        }
        // All tensors that are whole in the smaller network: the outputs at least.
        for (number, computed) in small.trace(&smaller.network, &inputs)?.iter().enumerate() {
            let whole = smaller.network.tensors[number].shape == network.tensors[number].shape;
            let passed_over = network.inputs.contains(&number) || !whole;
            if let Some((&tensor, _)) =
                numbers.iter().find(|(tensor, of)| **of == number && present.contains(tensor))
                && !passed_over
            {
                let expected = read(tensor)?;
                outputs += expected.len();
                wrong_outputs += different(&expected, computed);
            }
        }
    }
    let (mut values, mut wrong) = (0, 0);
    for (operator, count) in &tally {
        println!("{operator:<20} {:>9} values, {} mismatches", count.0, count.1);
        (values, wrong) = (values + count.0, wrong + count.1);
    }
    println!("{}: {} runs, {wrong} of {values} values differ", file.display(), runs.len());
    println!(
        "image {} bytes; without {} of {} channels {} bytes, {wrong_outputs} of {outputs} values of whole tensors differ",
        image.len(),
        smaller.removed,
        smaller.channels,
        small_image.len(),
    );
    println!(
        "weights {} of {}, multiply-adds {} of {}",
        smaller.network.weights(),
        network.weights(),
        smaller.network.multiply_adds(),
        network.multiply_adds()
    );
    Ok(wrong + wrong_outputs)
}

/// For each tensor of the file that is fed or computed, its number in the network.
fn numbers(model: &Model<'_>, network: &Int8Network) -> BTreeMap<usize, usize> {
    let fed = model.inputs.iter().copied().zip(network.inputs.iter().copied());
    let computed = model.operators.iter().zip(&network.nodes).map(|(o, node)| (o.outputs[0], node.output));
    fed.chain(computed).collect()
}

fn different(expected: &[i8], computed: &[i8]) -> usize {
    let pairs = expected.iter().zip(computed).filter(|(a, b)| a != b).count();
    pairs + expected.len().abs_diff(computed.len())
}
