//! A data file is refused or read.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nncompress::data::parse_samples;

fuzz_target!(|bytes: &[u8]| {
    let _ = parse_samples(bytes, "fuzz.idx".as_ref());
    let _ = parse_samples(bytes, "fuzz.npy".as_ref());
});
