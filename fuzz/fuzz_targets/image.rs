//! An image is refused or read; a checksum that fits is put into every input, so that the fuzzer gets
//! behind it.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nncompress_runtime::layout;

fuzz_target!(|body: &[u8]| {
    let mut bytes = layout::MAGIC.to_vec();
    bytes.extend([0; 4]);
    bytes.extend((body.len() as u32 + 16).to_le_bytes());
    bytes.extend(layout::checksum(body).to_le_bytes());
    bytes.extend(body);
    let _ = nncompress::image::decode(&bytes, "fuzz".as_ref());
});
