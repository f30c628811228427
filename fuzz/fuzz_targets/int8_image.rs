//! An int8 image (version 1) is refused, or runs: on the interpreter of devices and on the packed layers of the host,
//! with the same codes. What it is exported as can be written.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nncompress::export::{to_c, to_rust};
use nncompress::int8::Session;
use nncompress_fuzz::{image, is_small};
use nncompress_runtime::{Memory, Program};

fuzz_target!(|body: &[u8]| {
    let bytes = image(1, body);
    let Ok(program) = Program::parse(&bytes) else { return };
    if !is_small(&program) {
        return;
    }
    let inputs: Vec<Vec<i8>> = program
        .inputs()
        .map(|port| (0..port.place.length).map(|i| (i * 37 % 256) as u8 as i8).collect())
        .collect();
    let mut codes = vec![0; program.codes()];
    for (port, input) in program.inputs().zip(&inputs) {
        codes[port.place.range()].copy_from_slice(input);
    }
    let biases = &mut *vec![0; program.channels()];
    let factors = &mut *vec![fixq::Multiplier::ZERO; program.channels()];
    let words = &mut *vec![0; program.words()];
    program.run(&mut Memory { codes: &mut codes, biases, factors, words }).expect("a verified program runs");
    let mut session = Session::new(&bytes, "fuzz".as_ref()).expect("a verified program");
    let inputs: Vec<&[i8]> = inputs.iter().map(Vec::as_slice).collect();
    let outputs = session.run(&inputs).expect("a verified program runs");
    for (port, output) in program.outputs().zip(outputs) {
        assert_eq!(codes[port.place.range()], output);
    }
    let _ = (to_c(&program, "fuzz"), to_rust(&bytes, &program, "fuzz", None));
});
