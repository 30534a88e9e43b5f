//! Writes all files, or none.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use super::ImportError;

/// Checks that `out` can be filled: it does not exist, or is an empty folder.
///
/// # Errors
/// If it holds anything, or the folder that it is to be in cannot be read.
pub(super) fn vacant(out: &Path) -> Result<PathBuf, ImportError> {
    let error = |todo, source| ImportError::File { file: out.to_owned(), todo, source };
    match fs::read_dir(out) {
        Ok(mut entries) => match entries.next() {
            None => fs::canonicalize(out).map_err(|source| error("name another folder", source)),
            Some(_) => Err(error("name a new or an empty folder", io::ErrorKind::DirectoryNotEmpty.into())),
        },
        Err(source) if source.kind() == io::ErrorKind::NotFound => match out.file_name() {
            Some(name) => {
                let parent =
                    fs::canonicalize(out.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new(".")));
                Ok(parent.map_err(|source| error("make the folder that it is to be in", source))?.join(name))
            }
            None => Err(error("name a new folder", source)),
        },
        Err(source) => Err(error("name a new or an empty folder", source)),
    }
}

/// Writes `files` (paths below `out`, with their texts) beside `out` and then moves them there in one step.
///
/// # Errors
/// If a file cannot be written, or `out` was filled in the meantime; then nothing is left of it.
pub(super) fn all(out: &Path, files: Vec<(PathBuf, String)>) -> Result<(), ImportError> {
    let error = |todo| move |source| ImportError::File { file: out.to_owned(), todo, source };
    let parent = out.parent().unwrap_or(out);
    let folder = tempfile::Builder::new()
        .prefix(".moot-import-")
        .permissions(Permissions::from_mode(0o777))
        .tempdir_in(parent)
        .map_err(error("the folder that it is to be in must be writable"))?;
    for (path, text) in files {
        put(&folder.path().join(&path), &text).map_err(error("there must be room on the disk"))?;
    }
    fs::rename(folder.path(), out).map_err(error("name a new or an empty folder"))?;
    // It has moved: there is nothing left to clean up.
    let _ = folder.keep();
    Ok(())
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text)
}
