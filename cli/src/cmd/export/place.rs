//! Puts files where they belong, and never over what somebody else wrote.

use std::{
    fs::{self, Permissions},
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::cmd::CliError;

/// Writes files that are not there as they should be, each in one step; gives back how many:
/// - one that has another text is in the way, unless `force`, or its text is `ours`
/// - if one is in the way, none is written
///
/// # Errors
/// The first file that is in the way, or why one cannot be written.
pub(super) fn all(files: &[(PathBuf, String)], force: bool, ours: impl Fn(&str) -> bool) -> Result<usize, CliError> {
    let mut missing = Vec::new();
    for (file, text) in files {
        match there(file)? {
            Some(found) if found == text.as_bytes() => {}
            Some(found) if !force && !str::from_utf8(&found).is_ok_and(&ours) => {
                let file = file.display();
                return Err(CliError::Input(format!(
                    "{file} is there with another text, nothing was written: choose another place, or write over it \
                     with --force"
                )));
            }
            _ => missing.push((file, text)),
        }
    }
    missing.iter().try_for_each(|(file, text)| put(file, text))?;
    Ok(missing.len())
}

fn there(file: &Path) -> Result<Option<Vec<u8>>, CliError> {
    match fs::read(file) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CliError::Input(format!("{} cannot be read: {error}: choose another place", file.display()))),
    }
}

/// Beside it first, so that nobody ever sees half of it.
fn put(file: &Path, text: &str) -> Result<(), CliError> {
    let failed = |error: io::Error| CliError::Failed(format!("cannot write {}: {error}", file.display()));
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let mut draft = tempfile::Builder::new()
        .prefix(".moot-export-")
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(folder)
        .map_err(failed)?;
    draft.write_all(text.as_bytes()).map_err(failed)?;
    draft.as_file().sync_all().map_err(failed)?;
    draft.persist(file).map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_else_wrote_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join("new").join(name);
        let files = [(path("a.md"), "a".to_owned()), (path("b.md"), "b".to_owned())];
        assert_eq!(all(&files, false, |_| false).unwrap(), 2);
        assert_eq!(all(&files, false, |_| false).unwrap(), 0);

        fs::write(path("b.md"), "mine").unwrap();
        fs::remove_file(path("a.md")).unwrap();
        let error = all(&files, false, |text| text == "theirs").unwrap_err().to_string();
        assert!(error.contains("b.md") && error.contains("--force"), "{error}");
        assert!(!path("a.md").exists(), "all or none");
        assert_eq!(fs::read_to_string(path("b.md")).unwrap(), "mine");

        assert_eq!(all(&files, false, |text| text == "mine").unwrap(), 2);
        fs::write(path("b.md"), [0xff]).unwrap();
        assert!(all(&files, false, |_| true).is_err(), "what is no text is not ours");
        assert_eq!(all(&files, true, |_| false).unwrap(), 1);
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 2, "no drafts are left");
    }
}
