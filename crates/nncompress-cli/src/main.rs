//! The command line of nncompress: arguments, progress, tables, report. No algorithm lives here.

mod arguments;
mod candidates;
mod command;
mod demo;
mod examples;
mod failure;
mod layers;
mod model;
mod output;
mod progress;
mod report;
mod table;

use arguments::{Arguments, Command};
use clap::Parser;
use failure::Failure;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report(arguments.common.json);
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let common = &arguments.common;
    if let Some(threads) = common.threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(usize::from(threads))
            .build_global()
            .map_err(anyhow::Error::from)?;
    }
    let answer = match &arguments.command {
        Command::Demo(flags) => command::demo::run(flags, common)?,
        Command::Formats => command::formats::run(),
        Command::Inspect(flags) => command::inspect::run(flags, common)?,
        Command::Eval(flags) => command::eval::run(flags, common)?,
        Command::Compress(flags) => command::compress::run(flags, common)?,
        Command::Search(flags) => command::search::run(flags, common)?,
        Command::Merge(flags) => command::merge::run(flags, common)?,
        Command::Lower(flags) => command::lower::run(flags, common)?,
        #[cfg(feature = "finetune")]
        Command::Finetune(flags) => command::finetune::run(flags, common)?,
        Command::Export(flags) => command::export::run(flags)?,
        Command::Import(flags) => command::import::run(flags)?,
        Command::Completions(flags) => command::completions::run(flags)?,
        Command::Man(flags) => command::man::run(flags)?,
    };
    let mut stdout = std::io::stdout().lock();
    let text = if common.json { format!("{:#}\n", answer.json) } else { answer.text };
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // Whoever reads may have seen enough (`nncompress formats | head`).
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other.map_err(anyhow::Error::from)?),
    }
}
