//! A float image (version 0) is refused or read, and what was read can be written again.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nncompress_fuzz::image;

fuzz_target!(|body: &[u8]| {
    let _ = nncompress::image::decode(&image(0, body), "fuzz".as_ref());
});
