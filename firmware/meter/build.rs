//! Puts the memory of the target's board and riscv.ld where the linker finds it, and the image and its inputs where the
//! program includes them.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let here = env!("CARGO_MANIFEST_DIR");
    let to = env::var("OUT_DIR")?;
    let to = Path::new(&to);
    println!("cargo:rustc-link-search={here}");
    println!("cargo:rustc-link-search={}", to.display());
    let board = if env::var("TARGET")?.starts_with("thumbv8m") { "mps3.x" } else { "mps2.x" };
    fs::copy(Path::new(here).join(board), to.join("memory.x"))?;
    for file in [board, "riscv.ld"] {
        println!("cargo:rerun-if-changed={file}");
    }
    for (variable, file) in [("NCM_IMAGE", "demo.ncm"), ("NCM_INPUTS", "demo.inputs")] {
        println!("cargo:rerun-if-env-changed={variable}");
        let from = env::var(variable).unwrap_or_else(|_| format!("{here}/../network/{file}"));
        println!("cargo:rerun-if-changed={from}");
        fs::copy(&from, to.join(file)).map_err(|error| format!("{from}: {error}"))?;
    }
    Ok(())
}
