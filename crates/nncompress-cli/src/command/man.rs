//! `nncompress man`: the manual, a page for each command.

use super::Answer;
use crate::arguments::{Arguments, Man};
use crate::failure::Failure;
use crate::output::{prepare_folder, write_files};
use anyhow::Context;
use clap::CommandFactory;
use clap_mangen::Man as Page;
use serde_json::json;
use std::path::PathBuf;

pub fn run(flags: &Man) -> Result<Answer, Failure> {
    let pages = pages().context("a page cannot be written")?;
    let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    prepare_folder(&flags.output, &names, flags.force)?;
    let files: Vec<(PathBuf, &[u8])> =
        pages.iter().map(|(name, page)| (flags.output.join(name), page.as_slice())).collect();
    write_files(&files, flags.force)?;
    let folder = flags.output.display();
    let text = format!("{} pages; read one with `man {folder}/{}`\n", pages.len(), names[0]);
    Ok(Answer { text, json: json!({"schema": 1, "output": folder.to_string(), "files": names}) })
}

/// The page of the program, then one for each command, by file names.
fn pages() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let page = |command: &clap::Command| {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
        let mut bytes = Vec::new();
        Page::new(command.clone()).title(&name).render(&mut bytes)?;
        Ok((format!("{name}.1"), bytes))
    };
    core::iter::once(&command).chain(command.get_subcommands()).map(page).collect()
}
