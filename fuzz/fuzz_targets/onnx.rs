//! A model is refused or imported.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nncompress::import::{ImportOptions, import_onnx};

fuzz_target!(|bytes: &[u8]| {
    let _ = import_onnx(bytes, "fuzz.onnx".as_ref(), &ImportOptions::default());
});
