//! `compress` and `eval` of an int8 model: the image gives the model's codes, bit for bit.

#[path = "../../nncompress/tests/int8_models/mod.rs"]
#[allow(dead_code, reason = "the models that the library's tests need")]
mod int8_models;

use assert_cmd::Command;
use nncompress::int8::{Session, encode, import};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn json(arguments: &[&str]) -> Value {
    let output =
        Command::new(env!("CARGO_BIN_EXE_nncompress")).args(arguments).arg("--json").output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// An IDX file of `element` 0x08 (`u8`) or 0x09 (`i8`).
fn idx(path: &Path, element: u8, shape: &[u32], bytes: impl Iterator<Item = u8>) {
    let mut file = vec![0, 0, element, u8::try_from(shape.len()).unwrap()];
    shape.iter().for_each(|length| file.extend(length.to_be_bytes()));
    file.extend(bytes);
    fs::write(path, file).unwrap();
}

#[test]
fn the_image_of_an_int8_model_gives_its_codes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (model, image) = (path("tiny.tflite"), path("tiny.ncm"));
    let content = int8_models::tiny().bytes();
    fs::write(&model, &content).unwrap();

    // 40 samples, and as labels what the model itself says of them.
    let whole = encode(&import(&content, Path::new(&model)).unwrap()).unwrap();
    let mut session = Session::new(&whole, Path::new("whole")).unwrap();
    let byte = |index: usize| (index * 73 % 256) as u8;
    let count: usize = 40;
    // The input's scale is 0.5 and its zero point -3: sample x becomes code 2 x - 3.
    let code = |x: u8| (2 * i32::from(x.cast_signed()) - 3).clamp(-128, 127) as i8;
    let input =
        |sample: usize| -> Vec<i8> { (20 * sample..20 * sample + 20).map(|i| code(byte(i))).collect() };
    let codes: Vec<Vec<i8>> = (0..count).map(|s| session.run(&[&input(s)]).unwrap().remove(0)).collect();
    let labels = codes.iter().map(|codes| u8::from(codes[1] > codes[0]));
    let ones = labels.clone().filter(|label| *label == 1).count();
    assert!(ones > 3 && ones < 37, "{ones}: the samples must be of both classes");
    idx(Path::new(&path("x.idx")), 0x09, &[40, 4, 5, 1], (0..20 * count).map(byte));
    idx(Path::new(&path("y.idx")), 0x08, &[40], labels);
    let samples = ["--data", &path("x.idx"), "--labels", &path("y.idx")];

    let made = json(&[&["compress", &model, "-o", &image], &samples[..]].concat());
    let written = fs::read(&image).unwrap();
    assert_eq!(made["bytes"].as_u64(), Some(written.len() as u64));
    let mut session = Session::new(&written, Path::new(&image)).unwrap();
    for (sample, expected) in codes.iter().enumerate() {
        assert_eq!(&session.run(&[&input(sample)]).unwrap()[0], expected, "sample {sample}");
    }
    for file in [&model, &image] {
        let seen = json(&[&["eval", file], &samples[..]].concat());
        assert_eq!((seen["correct"].as_u64(), seen["total"].as_u64()), (Some(40), Some(40)), "{file}");
        assert_eq!(seen["bytes"].as_u64(), Some(fs::metadata(file).unwrap().len()));
    }
    assert_eq!(made["correct"].as_u64(), Some(40));

    // What would lose something is refused, and nothing is written.
    let lossy = path("lossy.ncm");
    let run = ["compress", &model, "-o", &lossy, "--format", "int4"];
    let output = Command::new(env!("CARGO_BIN_EXE_nncompress")).args(run).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("without loss") && !Path::new(&lossy).exists());
}
