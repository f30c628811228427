//! Compares every int8 tensor of a model with a dump of TensorFlow Lite for Microcontrollers:
//! `cargo run --release -p fixq --example int8_model -- DUMP`.
//!
//! A dump is a folder with `manifest.json` (tensors, operators, the tensors of each run), `const/tNNN.npy` and
//! `runNNN/tNNN.npy`. Each operator gets the dumped inputs, so a difference shows at the operator that makes
//! it; where every operator agrees, so does the chain of them.

#[path = "../tests/vectors/check.rs"]
mod check;

use check::{Case, File, Tally, Tensor};
use serde::Deserialize;
use std::path::Path;
use std::process::ExitCode;

#[derive(Deserialize)]
struct Manifest {
    model: String,
    tflite_micro: String,
    tensors: Vec<Constant>,
    operators: Vec<Operator>,
    runs: Vec<Vec<usize>>,
}

#[derive(Deserialize)]
struct Constant {
    constant: bool,
    #[serde(flatten)]
    tensor: Tensor,
}

#[derive(Deserialize)]
struct Operator {
    op: String,
    inputs: Vec<i64>,
    outputs: Vec<usize>,
    params: serde_json::Value,
}

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().next_back().filter(|_| std::env::args_os().len() > 1) else {
        eprintln!("usage: int8_model DUMP");
        return ExitCode::from(2);
    };
    match run(folder.as_ref()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(folder: &Path) -> Result<bool, String> {
    let path = folder.join("manifest.json");
    let text = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut tally = Tally::new();
    for (number, present) in manifest.runs.iter().enumerate() {
        let mut tensors: Vec<Tensor> = manifest.tensors.iter().map(|t| t.tensor.clone()).collect();
        for (i, tensor) in tensors.iter_mut().enumerate() {
            if manifest.tensors[i].constant {
                tensor.data = numbers(&folder.join(format!("const/t{i:03}.npy")))?;
            } else if present.contains(&i) {
                tensor.data = numbers(&folder.join(format!("run{number:03}/t{i:03}.npy")))?;
            }
        }
        for (case, operator) in manifest.operators.iter().enumerate() {
            let output = operator.outputs[0];
            if tensors[output].data.is_empty() {
                continue;
            }
            // Only the tensors of this operator, under new numbers.
            let used = operator.inputs.iter().filter(|&&i| i >= 0).map(|&i| i as usize).chain([output]);
            let mut numbers = 0..;
            let inputs =
                operator.inputs.iter().map(|&i| if i < 0 { -1 } else { numbers.next().unwrap_or(-1) });
            let inputs: Vec<i64> = inputs.collect();
            let tensors: Vec<Tensor> = used.map(|i| tensors[i].clone()).collect();
            let case = Case {
                op: operator.op.clone(),
                case,
                params: operator.params.clone(),
                inputs,
                output: tensors.len() - 1,
                tensors,
                litert_ref: None,
                litert_xnnpack: None,
            };
            let file = File { tflite_micro: manifest.tflite_micro.clone(), cases: vec![case] };
            check::check(&file, &mut tally)?;
        }
    }
    let (mut values, mut wrong) = (0, 0);
    for ((_, op), count) in &tally {
        println!("{op:<20} {:>9} values, {} mismatches", count.0, count.1);
        (values, wrong) = (values + count.0, wrong + count.1);
    }
    println!("{}: {} runs, {wrong} of {values} values differ", manifest.model, manifest.runs.len());
    Ok(wrong == 0)
}

/// The numbers of a `.npy` file of int8, int32, int64 or float32 in C order.
fn numbers(path: &Path) -> Result<Vec<f64>, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let bad = || format!("{}: not a .npy file of int8, int32, int64 or float32 in C order", path.display());
    let length = match bytes.get(..10).ok_or_else(bad)? {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, low, high] => {
            usize::from(u16::from_le_bytes([*low, *high]))
        }
        _ => return Err(bad()),
    };
    let header = String::from_utf8_lossy(bytes.get(10..10 + length).ok_or_else(bad)?).into_owned();
    let data = &bytes[10 + length..];
    if !header.contains("'fortran_order': False") {
        return Err(bad());
    }
    let word = |c: &[u8]| [c[0], c[1], c[2], c[3]];
    if header.contains("'|i1'") {
        Ok(data.iter().map(|&b| f64::from(b as i8)).collect())
    } else if header.contains("'<i4'") {
        Ok(data.chunks_exact(4).map(|c| f64::from(i32::from_le_bytes(word(c)))).collect())
    } else if header.contains("'<f4'") {
        Ok(data.chunks_exact(4).map(|c| f64::from(f32::from_le_bytes(word(c)))).collect())
    } else if header.contains("'<i8'") {
        Ok(data.chunks_exact(8).map(|c| f64::from(i32::from_le_bytes(word(c)))).collect())
    } else {
        Err(bad())
    }
}
