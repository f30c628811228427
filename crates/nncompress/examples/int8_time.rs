//! The time of int8 models on one thread: `cargo run --release -p nncompress --example int8_time -- MODEL.tflite...`.
//!
//! Prints a row of a Markdown table for each: nanoseconds of the fastest run of many, copies of inputs and outputs
//! included. Before that the outputs on random codes are compared with those of the interpreter that devices run.

use core::hint::black_box;
use core::time::Duration;
use fixq::Multiplier;
use nncompress::int8::{Session, encode, import};
use nncompress_runtime::{Memory, Program};
use std::path::Path;
use std::time::Instant;

type Failure = Box<dyn core::error::Error>;

fn main() -> Result<(), Failure> {
    for model in std::env::args().skip(1) {
        let path = Path::new(&model);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("| fixq, {name} | {}.000 |  |", nanoseconds(path)?);
    }
    Ok(())
}

fn nanoseconds(file: &Path) -> Result<u128, Failure> {
    let image = encode(&import(&std::fs::read(file)?, file)?)?;
    let mut session = Session::new(&image, file)?;
    let program = Program::parse(&image)?;
    let mut state = 1u64;
    let mut code = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as i8
    };
    let inputs: Vec<Vec<i8>> =
        program.inputs().map(|port| (0..port.place.length).map(|_| code()).collect()).collect();
    let inputs: Vec<&[i8]> = inputs.iter().map(Vec::as_slice).collect();

    let mut codes = vec![0; program.codes()];
    for (port, input) in program.inputs().zip(&inputs) {
        codes[port.place.range()].copy_from_slice(input);
    }
    let (mut biases, mut factors) = (vec![0; program.channels()], vec![Multiplier::ZERO; program.channels()]);
    let mut words = vec![0; program.words()];
    let (codes_of, words) = (&mut codes, &mut words);
    program.run(&mut Memory { codes: codes_of, biases: &mut biases, factors: &mut factors, words })?;
    let expected: Vec<&[i8]> = program.outputs().map(|port| &codes[port.place.range()]).collect();
    if session.run(&inputs)? != expected {
        return Err(format!("{}: the outputs differ from the interpreter's", file.display()).into());
    }

    let (end, mut best) = (Instant::now() + Duration::from_secs(2), Duration::MAX);
    while Instant::now() < end {
        let start = Instant::now();
        black_box(session.run(black_box(&inputs))?);
        best = best.min(start.elapsed());
    }
    Ok(best.as_nanos())
}
