//! `nncompress completions`: what a shell needs to complete commands and flags.

use super::Answer;
use crate::arguments::{Arguments, Completions};
use anyhow::Context;
use clap::CommandFactory;
use serde_json::json;

pub fn run(flags: &Completions) -> anyhow::Result<Answer> {
    let mut script = Vec::new();
    clap_complete::generate(flags.shell, &mut Arguments::command(), "nncompress", &mut script);
    let text = String::from_utf8(script).context("the script is no text")?;
    let json = json!({"schema": 1, "shell": flags.shell.to_string(), "script": text});
    Ok(Answer { text, json })
}
