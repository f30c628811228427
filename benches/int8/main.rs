//! Every row of fixq's speed table; `scripts/bench-int8` runs it and prints the table.
//!
//! `[--json FILE] [--readme FILE] [ROW]`: the rows whose name contains `ROW`.

mod elementwise;
mod network;
mod product;

use benches::report::{Measurement, between, json};
use benches::row::Suite;
use core::error::Error;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo passes `--bench` to every benchmark.
    let arguments: Vec<String> = env::args().skip(1).filter(|x| x != "--bench").collect();
    let mut arguments = arguments.iter().map(String::as_str);
    // As a test of the package: nothing is timed, so nothing is printed.
    if arguments.next() != Some("measure") {
        return Ok(());
    }
    let (mut filter, mut json_file, mut readme) = ("", None, None);
    while let Some(argument) = arguments.next() {
        match argument {
            "--json" => json_file = arguments.next(),
            "--readme" => readme = arguments.next(),
            row => filter = row,
        }
    }
    // One thread, for those of the rivals that have a pool.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global()?;
    let mut suite = Suite::new(filter.to_owned());
    product::rows(&mut suite);
    elementwise::rows(&mut suite);
    network::rows(&mut suite);
    let measured = suite.finish();
    let table = markdown(&measured);
    print!("{table}");
    if let Some(file) = json_file {
        fs::write(file, format!("{:#}\n", json(&measured, &[])))?;
    }
    if let Some(file) = readme {
        let text = fs::read_to_string(file)?;
        let new = between(&text, "bench-int8", &table)
            .ok_or_else(|| format!("{file} has no bench-int8 markers"))?;
        fs::write(file, new)?;
    }
    Ok(())
}

/// A line for each row: our time, that of every rival over it, and what is asked of the best one.
fn markdown(rows: &[Measurement]) -> String {
    let mut table = String::from(
        "| work, inputs | ns | rivals, as multiples of our time | asked for |\n|---|---:|---|---|\n",
    );
    for row in rows {
        let rival = |x: &benches::report::Measured| {
            let wrong = if x.wrong == 0 { String::new() } else { format!(" ({} results wrong)", x.wrong) };
            format!("{} {:.2}{wrong}", x.library, x.ns / row.ours_ns)
        };
        let mut rivals: Vec<String> = row.rivals.iter().map(rival).collect();
        rivals.extend(row.scale_ns.map(|ns| format!("plain Rust {:.2}", ns / row.ours_ns)));
        let asked = match (row.reach, row.reached()) {
            (Some(reach), Some(true)) => format!("≥ {reach}, reached"),
            (Some(reach), _) => format!("≥ {reach}, **missed**"),
            _ => String::new(),
        };
        table += &format!(
            "| {}, {} | {:.3} | {} | {asked} |\n",
            row.row,
            row.inputs,
            row.ours_ns,
            rivals.join(", ")
        );
    }
    table
}
