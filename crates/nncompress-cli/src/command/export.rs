//! `nncompress export`: an image as sources or as a model for other programs.

use super::Answer;
use crate::arguments::{Export, Target};
use crate::failure::Failure;
use crate::output::{prepare_folder, write_files};
use anyhow::Context;
use nncompress::exchange::{Description, to_safetensors};
use nncompress::export::{File, identifier, to_c, to_qdq, to_rust};
use nncompress::image::decode;
use nncompress::onnx::to_onnx;
use nncompress::runtime::{ImageError, Program};
use serde_json::json;
use std::path::{Path, PathBuf};

pub fn run(flags: &Export) -> Result<Answer, Failure> {
    let file = &flags.file;
    let image = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let stem = file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let name = identifier(flags.name.as_ref().unwrap_or(&stem));
    let files = match flags.to {
        Target::C => to_c(&program(&image, flags)?, &name)?,
        Target::Rust => {
            let checkout = flags.runtime_path.as_deref().map(checkout).transpose()?;
            to_rust(&image, &program(&image, flags)?, &name, checkout.as_deref())
        }
        Target::Onnx => vec![(format!("{name}.onnx"), onnx(&image, file, &name)?)],
        Target::Training => {
            floats(&image, file, "which cannot be trained; export the float image that it was lowered from")?;
            training(&image, file, &name)?
        }
    };
    let bytes = write(&files, flags)?;
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let mut text = format!("{}: {}, {bytes} bytes\n", flags.output.display(), names.join(", "));
    if flags.to == Target::Rust && flags.runtime_path.is_none() {
        text.push_str(
            "the crate depends on nncompress-runtime and fixq by version; where no registry has them, export it again with \
             --runtime-path and the folder of a checkout of this repository\n",
        );
    }
    let json = json!({
        "schema": 1, "image": file.display().to_string(), "output": flags.output.display().to_string(),
        "name": name, "files": names, "bytes": bytes,
    });
    Ok(Answer { text, json })
}

/// The absolute path of a folder that holds the crates which an exported crate needs.
fn checkout(folder: &Path) -> Result<PathBuf, Failure> {
    let manifest = folder.join("crates/nncompress-runtime/Cargo.toml");
    if !manifest.is_file() {
        return Err(Failure::Usage(format!(
            "there is no {}; --runtime-path is the folder of a checkout of this repository",
            manifest.display()
        )));
    }
    let absolute = folder.canonicalize().with_context(|| format!("cannot read {}", folder.display()))?;
    Ok(absolute)
}

/// The program of an int8 image.
fn program<'a>(image: &'a [u8], flags: &Export) -> Result<Program<'a>, Failure> {
    let file = flags.file.display();
    Program::parse(image).map_err(|source| match source {
        ImageError::Version { found: 0 } => Failure::Usage(format!(
            "{file} computes with floats; only an image of an int8 network has sources in C and Rust. Give one, \
             or export this one with --to onnx"
        )),
        ImageError::NotAnImage => {
            Failure::Usage(format!("{file} is not an image; make one with `nncompress compress`"))
        }
        source => nncompress::Error::Image { file: flags.file.clone(), source }.into(),
    })
}

/// An image of floats as its network with the weights that the image gives; one of integers with its codes.
fn onnx(image: &[u8], file: &Path, name: &str) -> Result<Vec<u8>, Failure> {
    match Program::parse(image) {
        Ok(program) => Ok(to_qdq(&program, name)?),
        Err(_) => Ok(to_onnx(&decode(image, file)?, &[])),
    }
}

/// Refuses an image that computes with integers.
fn floats(image: &[u8], file: &Path, why: &str) -> Result<(), Failure> {
    match Program::parse(image) {
        Ok(_) => Err(Failure::Usage(format!("{} computes with 8-bit integers, {why}", file.display()))),
        Err(_) => Ok(()),
    }
}

/// Weights, masks and grids, and what they are.
fn training(image: &[u8], file: &Path, name: &str) -> Result<Vec<File>, Failure> {
    let (tensors, layers) = to_safetensors(image, file)?;
    let layer = |layer: &Description| {
        json!({
            "name": layer.name, "operator": layer.operator, "shape": layer.shape, "zeros": layer.zeros,
            "format": layer.format, "axis": layer.axis, "block": layer.block, "bias": layer.bias,
        })
    };
    let layers: Vec<serde_json::Value> = layers.iter().map(layer).collect();
    let description = json!({"schema": 1, "image": file.display().to_string(), "layers": layers});
    let text = format!("{description:#}\n").into_bytes();
    Ok(vec![(format!("{name}.safetensors"), tensors), (format!("{name}.json"), text)])
}

/// Writes all files or none; how many bytes they have.
fn write(files: &[File], flags: &Export) -> Result<usize, Failure> {
    let folder = &flags.output;
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let created = prepare_folder(folder, &names, flags.force)?;
    let written = write_into(folder, files, flags.force);
    if written.is_err() && created {
        // Nothing of it is anybody else's.
        let _ = std::fs::remove_dir_all(folder);
    }
    written?;
    Ok(files.iter().map(|(_, bytes)| bytes.len()).sum())
}

fn write_into(folder: &Path, files: &[File], replace: bool) -> anyhow::Result<()> {
    let placed: Vec<(PathBuf, &[u8])> =
        files.iter().map(|(name, bytes)| (folder.join(name), bytes.as_slice())).collect();
    for inner in placed.iter().filter_map(|(path, _)| path.parent()) {
        std::fs::create_dir_all(inner)
            .with_context(|| format!("cannot make the folder {}", inner.display()))?;
    }
    write_files(&placed, replace)
}
