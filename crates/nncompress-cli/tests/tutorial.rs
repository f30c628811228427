//! The commands of `docs/tutorial-device.md`, one after the other, as a reader would type them.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

#[test]
fn the_tutorial_runs() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tutorial-device.md");
    let Ok(page) = fs::read_to_string(page) else {
        return println!("skipped: the page is not beside this package");
    };
    let folder = tempfile::tempdir().unwrap();
    let (_, program) = page.split_once("```c\n").unwrap();
    fs::write(folder.path().join("main.c"), program.split("```").next().unwrap()).unwrap();

    let tools = Path::new(env!("CARGO_BIN_EXE_nncompress")).parent().unwrap();
    let path = env::join_paths(
        [tools.to_owned()].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap_or_default())),
    )
    .unwrap();
    let mut said = String::new();
    let commands: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    assert!(commands.len() >= 11, "{commands:?}");
    for command in commands {
        let shell = Command::new("sh")
            .args(["-e", "-c", command])
            .current_dir(folder.path())
            .env("PATH", &path)
            .output()
            .unwrap();
        assert!(shell.status.success(), "{command}: {}", String::from_utf8_lossy(&shell.stderr));
        said = String::from_utf8(shell.stdout).unwrap();
        // What the page says of each command.
        if command.starts_with("nncompress eval") {
            assert!(said.contains("98.50 %"), "{said}");
        }
        if command.starts_with("nncompress lower") {
            assert!(said.contains("accuracy 98.30 %") && said.contains("22848 bytes"), "{said}");
        }
    }
    assert_eq!(said.trim(), "7");
}
