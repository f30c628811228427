//! A TensorFlow Lite file is refused or read; what is read becomes a network or is refused.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = nncompress::tflite::Model::parse(bytes, "fuzz".as_ref());
});
