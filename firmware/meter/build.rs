//! Puts memory.x and riscv.ld where the linker finds it, and the image and its inputs where the program includes them.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let here = env!("CARGO_MANIFEST_DIR");
    println!("cargo:rustc-link-search={here}");
    println!("cargo:rerun-if-changed=memory.x");
    println!("cargo:rerun-if-changed=riscv.ld");
    let to = env::var("OUT_DIR")?;
    for (variable, file) in [("NCM_IMAGE", "demo.ncm"), ("NCM_INPUTS", "demo.inputs")] {
        println!("cargo:rerun-if-env-changed={variable}");
        let from = env::var(variable).unwrap_or_else(|_| format!("{here}/../network/{file}"));
        println!("cargo:rerun-if-changed={from}");
        fs::copy(&from, Path::new(&to).join(file)).map_err(|error| format!("{from}: {error}"))?;
    }
    Ok(())
}
