//! TensorFlow Lite files: what is read of a sound one, and that no damage to one does harm.

mod int8_models;

use fixq::Activation;
use int8_models::{Model, Tensor, tiny};
use nncompress::error::Error;
use nncompress::tflite::{self, ElementType, OperatorCode, Options, Padding};
use std::path::Path;

fn parse(bytes: &[u8]) -> Result<tflite::Model<'_>, Error> {
    tflite::Model::parse(bytes, Path::new("m.tflite"))
}

#[test]
fn everything_written_is_read() {
    let written = tiny();
    let bytes = written.bytes();
    let model = parse(&bytes).unwrap();
    assert_eq!(model.description, "a test");
    assert_eq!((model.inputs, model.outputs), (vec![0], vec![9]));
    for (read, wrote) in model.tensors.iter().zip(&written.tensors) {
        assert_eq!(read.name, wrote.name);
        assert!(read.shape.iter().map(|&n| n as i32).eq(wrote.shape.iter().copied()));
        assert_eq!(read.data.unwrap_or_default(), wrote.data);
        assert_eq!(read.quantization.scales, wrote.scales);
        assert_eq!(read.quantization.zero_points, wrote.zero_points);
        assert_eq!(read.quantization.axis, wrote.axis as usize);
    }
    assert_eq!(model.tensors.len(), 10);
    assert_eq!(model.tensors[1].element, ElementType::Int8);
    assert_eq!(model.tensors[2].int32(), Some(vec![100, -7]));
    let codes: Vec<_> = model.operators.iter().map(|operator| operator.code).collect();
    let expected =
        [OperatorCode::Conv2d, OperatorCode::Reshape, OperatorCode::FullyConnected, OperatorCode::Softmax];
    assert_eq!(codes, expected);
    assert_eq!(model.operators[0].inputs, [Some(0), Some(1), Some(2)]);
    assert_eq!(model.operators[0].version, 3);
    let conv = Options::Conv {
        padding: Padding::Same,
        stride: [2, 2],
        dilation: [1, 1],
        activation: Activation::Relu,
    };
    assert_eq!(model.operators[0].options, conv);
    assert_eq!(model.operators[3].options, Options::Softmax { beta: 1.0 });
}

#[test]
fn what_is_not_sound_is_named() {
    let refused = |change: fn(&mut Model)| {
        let mut model = tiny();
        change(&mut model);
        parse(&model.bytes()).unwrap_err().to_string()
    };
    assert!(refused(|m| m.inputs = vec![10]).contains("inputs: tensor 10 of 10"));
    assert!(refused(|m| m.operators[1].outputs = vec![-2]).contains("outputs: tensor -2 of 10"));
    assert!(refused(|m| m.tensors[1].data.truncate(9)).contains("needs 18 elements of 1 bytes, not 9"));
    assert!(refused(|m| m.tensors[3].shape[1] = -1).contains("no number of elements"));
    assert!(refused(|m| m.tensors[3].shape = vec![i32::MAX; 4]).contains("no number of elements"));
    assert!(refused(|m| m.tensors[3].shape = vec![1; 9]).contains("9 dimensions"));
    assert!(refused(|m| m.tensors[1].zero_points.push(0)).contains("2 scales and 3 zero points"));
    assert!(refused(|m| m.tensors[1].axis = -1).contains("quantized dimension -1"));
    assert!(
        refused(|m| m.operators[0].options = int8_models::conv_options(true, [1, 1], 4))
            .contains("activation 4")
    );
    assert!(parse(b"").unwrap_err().to_string().contains("empty"));
    assert!(parse(b"PK\x03\x04....").unwrap_err().to_string().contains("TFL3"));
}

#[test]
fn no_damage_does_harm() {
    let bytes = tiny().bytes();
    for length in 0..bytes.len() {
        let _ = parse(&bytes[..length]);
    }
    let mut damaged = bytes.clone();
    for place in 0..bytes.len() {
        for change in [0x01, 0x80, 0xFF] {
            damaged[place] ^= change;
            let _ = parse(&damaged);
            damaged[place] ^= change;
        }
    }
}

/// Offsets may point many times at one place: what they describe together is bounded.
#[test]
fn overlapping_parts_are_not_multiplied() {
    let mut model = Model::default();
    model.tensor(Tensor { name: "x".repeat(4000), ..Tensor::activation(&[1], 1.0, 0) });
    for _ in 0..999 {
        model.tensor(Tensor { name: String::new(), ..Tensor::activation(&[1], 1.0, 0) });
    }
    let mut bytes = model.bytes();
    // The vector of tensors: 1000 offsets. All are bent to the first tensor.
    let word = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let vector = (0..bytes.len() - 4).step_by(4).find(|&at| word(&bytes, at) == 1000).unwrap();
    let first = vector + 4 + word(&bytes, vector + 4);
    for index in 0..1000 {
        let at = vector + 4 + 4 * index;
        bytes[at..at + 4].copy_from_slice(&((first - at) as u32).to_le_bytes());
    }
    assert!(parse(&bytes).unwrap_err().to_string().contains("overlap"));
}
