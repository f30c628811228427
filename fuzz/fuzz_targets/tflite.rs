//! A TensorFlow Lite file is refused, or becomes an int8 network whose image runs; without the channels that carry
//! nothing its outputs are the same.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nncompress::int8::{Int8Network, Session, encode, import, shrink};
use nncompress_fuzz::is_small;

/// The outputs; nothing if a run takes long.
fn run(network: &Int8Network) -> Option<Vec<Vec<i8>>> {
    let image = encode(network).expect("an imported network");
    let mut session = Session::new(&image, "fuzz".as_ref()).expect("an encoded network");
    if !is_small(session.program()) {
        return None;
    }
    let codes = |length| (0..length).map(|i| (i * 37 % 256) as u8 as i8).collect();
    let inputs: Vec<Vec<i8>> = session.program().inputs().map(|port| codes(port.place.length)).collect();
    let inputs: Vec<&[i8]> = inputs.iter().map(Vec::as_slice).collect();
    Some(session.run(&inputs).expect("an encoded network runs"))
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(network) = import(bytes, "fuzz".as_ref())
        && network.tensors.iter().map(|tensor| tensor.len()).sum::<usize>() < 1 << 18
        && let Some(outputs) = run(&network)
    {
        assert_eq!(run(&shrink(&network).network), Some(outputs));
    }
});
