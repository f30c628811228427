//! An int8 image as a crate: the image, and a function of its inputs' lengths that runs it.

use super::File;
use core::fmt::Write;
use nncompress_runtime::Program;
use nncompress_runtime::program::Port;
use std::path::Path;

/// Writes `Cargo.toml`, `src/lib.rs` and `src/network.ncm` of a `no_std` crate around `image`, which `program` was
/// read from. `name` must be an identifier. The crate depends on `nncompress-runtime` and `fixq`: on this version of them, or
/// on those in a checkout of this repository.
#[must_use]
pub fn to_rust(image: &[u8], program: &Program<'_>, name: &str, checkout: Option<&Path>) -> Vec<File> {
    let source = |package: &str| match checkout {
        // Debug writes a path's quotes and backslashes as TOML's basic strings have them.
        Some(folder) => format!("path = {:?}", folder.join("crates").join(package).to_string_lossy()),
        None => format!("version = \"{}\"", env!("CARGO_PKG_VERSION")),
    };
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n\
         nncompress-runtime = {{ {} }}\nfixq = {{ {}, default-features = false }}\n",
        source("nncompress-runtime"),
        source("fixq")
    );
    vec![
        ("Cargo.toml".to_owned(), manifest.into_bytes()),
        ("src/lib.rs".to_owned(), library(program).into_bytes()),
        ("src/network.ncm".to_owned(), image.to_vec()),
    ]
}

fn library(program: &Program<'_>) -> String {
    let mut text = String::from(
        "//! A network of 8-bit integers, `real = scale * (code - zero point)`.\n\n#![no_std]\n\
         #![forbid(unsafe_code)]\n\nuse fixq::{Error, Multiplier};\n\
         use nncompress_runtime::{ImageError, Memory, Program};\n\n/// The network's image.\n\
         pub static IMAGE: &[u8] = include_bytes!(\"network.ncm\");\n",
    );
    let constant = |text: &mut String, doc: &str, declaration: &str| {
        let _ = writeln!(text, "\n/// {doc}\npub const {declaration};");
    };
    constant(&mut text, "How many codes a run needs.", &format!("CODES: usize = {}", program.codes()));
    let channels = format!("CHANNELS: usize = {}", program.channels());
    constant(&mut text, "How many biases and factors a run needs.", &channels);
    let words = format!("WORDS: usize = {}", program.words());
    constant(&mut text, "How many words for patches and tables a run needs.", &words);
    let (inputs, outputs): (Vec<Port<'_>>, Vec<Port<'_>>) =
        (program.inputs().collect(), program.outputs().collect());
    for (kind, ports) in [("input", &inputs), ("output", &outputs)] {
        for (index, port) in ports.iter().enumerate() {
            let shape: Vec<String> = port.dims.map(|length| length.to_string()).collect();
            let (shape, upper) = (shape.join(" x "), kind.to_ascii_uppercase());
            let Port { scale, zero_point, .. } = port;
            let doc = format!("The scale of {kind} {index}, {shape}.");
            constant(&mut text, &doc, &format!("{upper}_{index}_SCALE: f32 = {scale:?}"));
            let doc = format!("The zero point of {kind} {index}.");
            constant(&mut text, &doc, &format!("{upper}_{index}_ZERO_POINT: i8 = {zero_point}"));
        }
    }
    text.push_str(
        "\n/// The network with its memory.\n#[derive(Debug)]\npub struct Network {\n    \
         program: Program<'static>,\n    codes: [i8; CODES],\n    biases: [i32; CHANNELS],\n    \
         factors: [Multiplier; CHANNELS],\n    words: [u32; WORDS],\n}\n\nimpl Network {\n    /// Verifies the image.\n    ///\n    \
         /// # Errors\n    /// An [`ImageError`] if the image was damaged.\n    \
         pub fn new() -> Result<Self, ImageError> {\n        Ok(Self {\n            \
         program: Program::parse(IMAGE)?,\n            codes: [0; CODES],\n            \
         biases: [0; CHANNELS],\n            factors: [Multiplier::ZERO; CHANNELS],\n            words: [0; WORDS],\n        })\n    }\n\n    \
         /// Runs the network.\n    ///\n    /// # Errors\n    \
         /// [`Error::Length`] if the image is another than the one that this crate was written for.\n",
    );
    let array = |port: &Port<'_>| format!("[i8; {}]", port.place.length);
    let arguments: Vec<String> =
        inputs.iter().enumerate().map(|(index, port)| format!("input_{index}: &{}", array(port))).collect();
    let results: Vec<String> = outputs.iter().map(array).collect();
    let result = if results.len() == 1 { results[0].clone() } else { format!("({})", results.join(", ")) };
    let _ =
        writeln!(text, "    pub fn run(&mut self, {}) -> Result<{result}, Error> {{", arguments.join(", "));
    for (index, port) in inputs.iter().enumerate() {
        let range = port.place.range();
        let _ = writeln!(
            text,
            "        self.codes[{}..{}].copy_from_slice(input_{index});",
            range.start, range.end
        );
    }
    text.push_str(
        "        let Self { program, codes, biases, factors, words } = self;\n        \
         program.run(&mut Memory { codes, biases, factors, words })?;\n",
    );
    let mut copies = Vec::new();
    for (index, port) in outputs.iter().enumerate() {
        let (length, range) = (port.place.length, port.place.range());
        let _ = write!(
            text,
            "        let mut output_{index} = [0; {length}];\n        \
             output_{index}.copy_from_slice(&self.codes[{}..{}]);\n",
            range.start, range.end
        );
        copies.push(format!("output_{index}"));
    }
    let made = if copies.len() == 1 { copies[0].clone() } else { format!("({})", copies.join(", ")) };
    let _ = writeln!(text, "        Ok({made})\n    }}\n}}");
    text
}
