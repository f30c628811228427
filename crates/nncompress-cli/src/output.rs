//! Files appear whole or not at all: written beside their place, then renamed.

use anyhow::{Context, bail};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes `bytes` to `path`.
pub fn write_file(path: &Path, bytes: &[u8], replace: bool) -> anyhow::Result<()> {
    write_files(&[(path.to_owned(), bytes)], replace)
}

/// Refuses a place where something stands already, before any work is done for it.
pub fn check_free(path: &Path, replace: bool) -> anyhow::Result<()> {
    if path.is_dir() {
        bail!("{} is a folder; name a file in it", path.display());
    }
    if !replace && path.symlink_metadata().is_ok() {
        bail!("{} exists; add --force to replace it", path.display());
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        bail!("the folder {} does not exist; make it first", folder.display());
    }
    Ok(())
}

/// Writes several files of one folder: all are complete beside their places before the first is renamed.
pub fn write_files(files: &[(PathBuf, &[u8])], replace: bool) -> anyhow::Result<()> {
    let mut ready = Vec::new();
    for (path, bytes) in files {
        check_free(path, replace)?;
        let cannot = || format!("cannot write {}", path.display());
        let mut file = tempfile::Builder::new()
            .prefix(".nncompress-")
            .tempfile_in(folder_of(path))
            .with_context(cannot)?;
        file.write_all(bytes).and_then(|()| file.as_file().sync_all()).with_context(cannot)?;
        readable_by_others(file.path()).with_context(cannot)?;
        ready.push((path, file));
    }
    for (path, file) in ready {
        file.persist(path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Makes `folder` ready to receive `names`: it is created, or, with `replace`, may hold them already.
/// Says whether it was created, so that a failed command can take it away again.
pub fn prepare_folder(folder: &Path, names: &[&str], replace: bool) -> anyhow::Result<bool> {
    if folder.is_dir() {
        for name in names {
            check_free(&folder.join(name), replace)?;
        }
        // Found out now, not after minutes of work.
        tempfile::tempfile_in(folder).with_context(|| format!("cannot write into {}", folder.display()))?;
        return Ok(false);
    }
    match std::fs::create_dir(folder) {
        // Another shard was faster.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(false),
        made => {
            made.with_context(|| format!("cannot make the folder {}", folder.display()))?;
            Ok(true)
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Temporary files are private; an output is an ordinary file.
#[cfg(unix)]
fn readable_by_others(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_others(_: &Path) -> std::io::Result<()> {
    Ok(())
}
