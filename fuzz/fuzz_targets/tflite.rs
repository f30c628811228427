//! A TensorFlow Lite file is refused, or becomes an int8 network whose image runs.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nncompress::int8::{encode, import, shrink};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(network) = import(bytes, "fuzz".as_ref()) {
        let _ = (encode(&network), encode(&shrink(&network).network));
    }
});
