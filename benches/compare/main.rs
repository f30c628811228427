//! Every row of the speed table; `scripts/bench-compare` runs it and prints the table.
//!
//! `measure FILE [ROW]` times the rows whose name contains `ROW` and writes them to a file; `report DEFAULT
//! NATIVE [--json FILE] [--readme FILE]` prints the table of two such files.

mod convert;
mod functions;
mod inputs;
mod matrix;
mod number;
mod quire;
mod scalar;
mod slice;

use benches::report::{Measurement, between, json, markdown};
use benches::row::Suite;
use core::error::Error;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo passes `--bench` to every benchmark.
    let arguments: Vec<String> = env::args().skip(1).filter(|x| x != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["measure", file, rest @ ..] => measure(file, rest.first().copied().unwrap_or_default()),
        ["report", default, native, rest @ ..] => report(default, native, rest),
        // As a test of the package: nothing is timed, so nothing is printed.
        _ => Ok(()),
    }
}

fn measure(file: &str, filter: &str) -> Result<(), Box<dyn Error>> {
    let mut suite = Suite::new(filter.to_owned());
    scalar::rows(&mut suite);
    convert::rows(&mut suite);
    slice::rows(&mut suite);
    matrix::rows(&mut suite);
    quire::rows(&mut suite);
    functions::rows(&mut suite);
    Ok(fs::write(file, serde_json::to_string_pretty(&suite.finish())?)?)
}

fn read(file: &str) -> Result<Vec<Measurement>, Box<dyn Error>> {
    Ok(serde_json::from_str(&fs::read_to_string(file)?)?)
}

fn report(default: &str, native: &str, options: &[&str]) -> Result<(), Box<dyn Error>> {
    let (default, native) = (read(default)?, read(native)?);
    let table = format!("{}\n\n{}", machine(), markdown(&default, &native));
    print!("{table}");
    for option in options.chunks(2) {
        match option {
            ["--json", file] => fs::write(file, format!("{:#}\n", json(&default, &native)))?,
            ["--readme", file] => {
                let text = fs::read_to_string(file)?;
                let new = between(&text, "bench-compare", &table)
                    .ok_or_else(|| format!("{file} has no bench-compare markers"))?;
                fs::write(file, new)?;
            }
            _ => return Err(format!("{option:?} is not an option: give --json FILE or --readme FILE").into()),
        }
    }
    Ok(())
}

/// The processor as the system names it.
fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(": ")).map_or("unknown", |(_, value)| value).to_owned()
    };
    format!(
        "Measured by `scripts/bench-compare` on: {}, family {}, model {}, {} logical processors.",
        field("model name"),
        field("cpu family"),
        field("model\t"),
        std::thread::available_parallelism().map_or(0, core::num::NonZero::get)
    )
}
