//! Writes the seeds of all targets, as they stand in the repository: `cargo run --bin seeds` from `fuzz/`.

use nncompress::format::Format;
use nncompress::int8;
use nncompress::network::{Attribute, Constant, Network, Node, Source, Tensor, Value, ValueId};
use nncompress::onnx::to_onnx;
use nncompress::plan::{Choice, Plan};
use nncompress::prune::Scope;
use nncompress_runtime::{AttributeName, Operator, layout};
use std::path::Path;
use std::{fs, io};

#[path = "../../../crates/nncompress/tests/every_operator/mod.rs"]
mod every_operator;
#[path = "../../../crates/nncompress/tests/int8_models/mod.rs"]
mod int8_models;

fn main() -> io::Result<()> {
    let network = small();
    let choice = |format, sparsity| Choice { sparsity, ..Choice::usual(format) };
    for (name, choice) in [
        ("float", Choice::FLOAT),
        ("int4", choice(Format::Int { bits: 4 }, 0.0)),
        ("posit5", choice(Format::Posit { n: 5, es: 0 }, 0.8)),
        ("posit12", choice(Format::Posit { n: 12, es: 2 }, 0.0)),
        ("codebook3", choice(Format::Codebook { bits: 3 }, 0.5)),
    ] {
        let plan = Plan::uniform(&network, choice, Scope::Layer);
        let image = nncompress::image::encode(&network, &plan).expect("a small network");
        save("image", name, &image[layout::HEADER..])?;
    }
    for seed in 0..4 {
        let image = int8::encode(&every_operator::every_operator(seed)).expect("a small network");
        save("int8_image", &format!("every_operator_{seed}"), &image[layout::HEADER..])?;
    }
    let model = int8_models::tiny().bytes();
    let tiny = int8::import(&model, Path::new("tiny")).expect("a sound model");
    for (name, codes, block) in [
        ("tiny", int8::WeightCodes::Bytes, None),
        ("tiny_int3", int8::WeightCodes::Integers(3), None),
        ("tiny_posit4", int8::WeightCodes::Posits { n: 4, es: 0 }, Some((8, 0.5))),
        ("tiny_posit5", int8::WeightCodes::Posits { n: 5, es: 0 }, Some((8, 0.5))),
        ("tiny_posit8", int8::WeightCodes::Posits { n: 8, es: 0 }, None),
    ] {
        let network = int8::recode(&tiny, codes, block).expect("codes of at most 8 bits");
        let image = int8::encode(&network).expect("a small network");
        save("int8_image", name, &image[layout::HEADER..])?;
    }
    save("tflite", "tiny", &model)?;
    save("onnx", "small", &to_onnx(&network, &[]))?;
    save("samples", "bytes", &[&[0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3][..], &[1, 2, 3, 4, 5, 6]].concat())?;
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }";
    let header = format!("{header:117}\n");
    let length = (header.len() as u16).to_le_bytes();
    save("samples", "numpy", &[b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &[0; 8]].concat())
}

fn save(target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)
}

/// A convolution of 3×3, ReLU, a flattening, a fully connected layer.
fn small() -> Network {
    let float = |shape: &[usize], seed: usize| {
        let count: usize = shape.iter().product();
        let data = (0..count).map(|i| ((i * 37 + seed) % 41) as f32 / 20.0 - 1.0).collect();
        Source::Constant(Constant::Float(Tensor { shape: shape.to_vec(), data }))
    };
    let value = |name: &str, source| Value { name: name.to_owned(), source };
    let values = vec![
        value("image", Source::Input { shape: vec![None, Some(1), Some(4), Some(4)] }),
        value("w1", float(&[2, 1, 3, 3], 5)),
        value("b1", float(&[2], 3)),
        value("conv", Source::Node),
        value("relu", Source::Node),
        value("flat", Source::Node),
        value("w2", float(&[3, 32], 7)),
        value("b2", float(&[3], 1)),
        value("scores", Source::Node),
    ];
    let node = |name: &str, operator, inputs: &[u32], output, attributes| Node {
        name: name.to_owned(),
        operator,
        inputs: inputs.iter().map(|id| Some(ValueId(*id))).collect(),
        outputs: vec![ValueId(output)],
        attributes,
    };
    let ints = |values: &[i64]| Attribute::Ints(values.to_vec());
    let conv = vec![
        (AttributeName::KernelShape, ints(&[3, 3])),
        (AttributeName::Pads, ints(&[1, 1, 1, 1])),
        (AttributeName::Strides, ints(&[1, 1])),
    ];
    Network {
        name: "small".to_owned(),
        opset: 13,
        values,
        nodes: vec![
            node("conv", Operator::Conv, &[0, 1, 2], 3, conv),
            node("relu", Operator::Relu, &[3], 4, vec![]),
            node("flatten", Operator::Flatten, &[4], 5, vec![(AttributeName::Axis, Attribute::Int(1))]),
            node("fc", Operator::Gemm, &[5, 6, 7], 8, vec![(AttributeName::TransB, Attribute::Int(1))]),
        ],
        inputs: vec![ValueId(0)],
        outputs: vec![ValueId(8)],
    }
}
