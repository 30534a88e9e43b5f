//! Passphrases: from a file, from the environment, or asked for on a terminal.

use std::{
    env,
    ffi::OsString,
    fmt,
    fs::File,
    io::{self, IsTerminal as _, Read as _},
    path::{Path, PathBuf},
};

use thiserror::Error;

/// The environment variable that holds a passphrase for scripts.
pub(crate) const PASSPHRASE_VARIABLE: &str = "MOOT_PASSPHRASE";

/// Longest passphrase in bytes: what ssh-keygen and ssh-add take.
const PASSPHRASE_BYTES: usize = 1023;
/// How often a person at a terminal may try, as with ssh.
const TRIES: usize = 3;

/// The flags of every command that may need a passphrase.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct PassphraseArgs {
    /// Read the passphrase of your key from the first line of FILE (or set MOOT_PASSPHRASE) instead of being asked
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

impl PassphraseArgs {
    /// Decides where a passphrase comes from: the flag, then the environment, then the terminal.
    pub(crate) fn source(&self) -> PassphraseSource {
        PassphraseSource::choose(
            self.passphrase_file.as_deref(),
            env::var_os(PASSPHRASE_VARIABLE),
            io::stdin().is_terminal(),
        )
    }
}

/// Where a passphrase comes from, should one be needed.
#[derive(Clone)]
pub(crate) enum PassphraseSource {
    /// The first line of a file.
    File(PathBuf),
    /// The environment variable [`PASSPHRASE_VARIABLE`].
    Environment(OsString),
    /// A person, by a function that shows a prompt and reads a line without showing it.
    Person(fn(&str) -> io::Result<String>),
    /// Nobody is there to ask.
    Nowhere,
}

impl PassphraseSource {
    fn choose(file: Option<&Path>, variable: Option<OsString>, terminal: bool) -> Self {
        match (file, variable.filter(|value| !value.is_empty())) {
            (Some(path), _) => Self::File(path.to_owned()),
            (None, Some(value)) => Self::Environment(value),
            (None, None) if terminal => Self::Person(|prompt| rpassword::prompt_password(prompt)),
            (None, None) => Self::Nowhere,
        }
    }

    /// Reads the passphrase of the key that `what` names.
    ///
    /// # Errors
    /// If there is none to be had, see [`PassphraseError`].
    pub(crate) fn read(&self, what: &str) -> Result<Passphrase, PassphraseError> {
        self.fetch(&format!("Passphrase of {what}: "))?.ok_or(PassphraseError::Nowhere)
    }

    /// Reads a passphrase for the new key `name`; a person types it twice.
    ///
    /// # Errors
    /// If there is none to be had, if it is empty, or if the second one differs; see [`PassphraseError`].
    pub(crate) fn read_new(&self, name: &str) -> Result<Passphrase, PassphraseError> {
        let first =
            self.fetch(&format!("Passphrase for the new key '{name}': "))?.ok_or(PassphraseError::NewNowhere)?;
        if first.as_str().is_empty() {
            return Err(PassphraseError::Empty);
        }
        if let Self::Person(ask) = self
            && typed(ask("The same once more: "))? != first
        {
            return Err(PassphraseError::Differ);
        }
        Ok(first)
    }

    /// How often it is worth asking: a person may have mistyped.
    pub(crate) fn tries(&self) -> usize {
        if matches!(self, Self::Person(_)) { TRIES } else { 1 }
    }

    fn fetch(&self, prompt: &str) -> Result<Option<Passphrase>, PassphraseError> {
        match self {
            Self::File(path) => first_line(path).map(Some),
            Self::Environment(value) => {
                let bytes = value.as_encoded_bytes();
                text(bytes).ok_or_else(|| PassphraseError::NotText(PASSPHRASE_VARIABLE.to_owned())).map(Some)
            }
            Self::Person(ask) => typed(ask(prompt)).map(Some),
            Self::Nowhere => Ok(None),
        }
    }
}

/// A passphrase, kept out of debug output.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Passphrase(String);

impl Passphrase {
    /// The passphrase itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// Says why there is no passphrase.
#[derive(Debug, Error)]
pub(crate) enum PassphraseError {
    /// Nobody is at a terminal, and neither the flag nor the variable is there.
    #[error(
        "a passphrase is needed and there is no terminal to ask on: give --passphrase-file FILE or set \
         {PASSPHRASE_VARIABLE}"
    )]
    Nowhere,
    /// The same, for a new key.
    #[error(
        "a new key needs a passphrase and there is no terminal to ask on: give --passphrase-file FILE, set \
         {PASSPHRASE_VARIABLE}, or say --no-passphrase"
    )]
    NewNowhere,
    /// The passphrase of a new key is empty.
    #[error("an empty passphrase protects nothing: choose another one, or say --no-passphrase")]
    Empty,
    /// The two passphrases that were typed differ.
    #[error("the two passphrases differ, so no key was made: try again")]
    Differ,
    /// The file cannot be read.
    #[error("cannot read the passphrase file {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What stands there is no passphrase.
    #[error("{0} is no passphrase: it takes UTF-8 text of at most {PASSPHRASE_BYTES} bytes")]
    NotText(String),
    /// The terminal failed.
    #[error("cannot ask for the passphrase on the terminal: {0}")]
    Terminal(#[source] io::Error),
}

fn typed(line: io::Result<String>) -> Result<Passphrase, PassphraseError> {
    line.map(Passphrase).map_err(PassphraseError::Terminal)
}

/// Reads the first line of a file; the file may be a pipe, and may have lines for people below.
fn first_line(path: &Path) -> Result<Passphrase, PassphraseError> {
    let mut bytes = Vec::new();
    // Two more than the longest passphrase: its line may end in CR LF.
    File::open(path)
        .and_then(|file| file.take(PASSPHRASE_BYTES as u64 + 2).read_to_end(&mut bytes))
        .map_err(|source| PassphraseError::File { path: path.to_owned(), source })?;
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    text(line).ok_or_else(|| PassphraseError::NotText(format!("the first line of {}", path.display())))
}

fn text(bytes: &[u8]) -> Option<Passphrase> {
    str::from_utf8(bytes).ok().filter(|text| text.len() <= PASSPHRASE_BYTES).map(|text| Passphrase(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, ffi::OsStr, fs, os::unix::ffi::OsStrExt as _};

    use super::*;

    fn file_with(bytes: &[u8]) -> (tempfile::TempDir, PassphraseSource) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("passphrase");
        fs::write(&path, bytes).unwrap();
        (dir, PassphraseSource::File(path))
    }

    #[test]
    fn the_flag_goes_before_the_environment_and_that_before_the_terminal() {
        let file = Path::new("/f");
        let variable = || Some(OsString::from("from the environment"));
        assert!(
            matches!(PassphraseSource::choose(Some(file), variable(), true), PassphraseSource::File(p) if p == file)
        );
        assert!(matches!(PassphraseSource::choose(None, variable(), true), PassphraseSource::Environment(_)));
        assert!(matches!(PassphraseSource::choose(None, Some("".into()), true), PassphraseSource::Person(_)));
        assert!(matches!(PassphraseSource::choose(None, None, false), PassphraseSource::Nowhere));
    }

    #[test]
    fn a_file_gives_its_first_line() {
        for bytes in [&b"open sesame"[..], b"open sesame\n", b"open sesame\r\n", b"open sesame\nfor the laptop\n"] {
            let (_dir, source) = file_with(bytes);
            assert_eq!(source.read("the key").unwrap().as_str(), "open sesame");
        }
        let longest = "ü".repeat(PASSPHRASE_BYTES / 2) + "x\r\n";
        let (_dir, source) = file_with(longest.as_bytes());
        assert_eq!(source.read("the key").unwrap().as_str(), longest.trim_end());
    }

    #[test]
    fn a_file_without_a_passphrase_is_named() {
        for bytes in [&b"\xff\xfe"[..], &[b'x'; PASSPHRASE_BYTES + 1], &[b'x'; 100_000]] {
            let (_dir, source) = file_with(bytes);
            assert!(source.read("the key").unwrap_err().to_string().contains("is no passphrase"));
        }
        let missing = PassphraseSource::File("/nowhere/at/all".into());
        let error = missing.read("the key").unwrap_err().to_string();
        assert!(error.starts_with("cannot read the passphrase file /nowhere/at/all: "), "{error}");
    }

    #[test]
    fn without_anybody_to_ask_the_error_names_the_flags() {
        let error = PassphraseSource::Nowhere.read("the key").unwrap_err().to_string();
        assert!(error.contains("--passphrase-file") && error.contains("MOOT_PASSPHRASE"), "{error}");
        let error = PassphraseSource::Nowhere.read_new("ana").unwrap_err().to_string();
        assert!(error.contains("--passphrase-file") && error.contains("--no-passphrase"), "{error}");
    }

    #[test]
    fn a_person_types_a_new_passphrase_twice() {
        let same = PassphraseSource::Person(|_| Ok("open sesame".to_owned()));
        assert_eq!(same.read_new("ana").unwrap().as_str(), "open sesame");
        let differing = PassphraseSource::Person(|_| {
            thread_local!(static TIMES: Cell<u32> = const { Cell::new(0) });
            TIMES.set(TIMES.get() + 1);
            Ok(format!("take {}", TIMES.get()))
        });
        assert!(matches!(differing.read_new("ana"), Err(PassphraseError::Differ)));
        let empty = PassphraseSource::Person(|_| Ok(String::new()));
        assert!(matches!(empty.read_new("ana"), Err(PassphraseError::Empty)));
        let gone = PassphraseSource::Person(|_| Err(io::ErrorKind::UnexpectedEof.into()));
        assert!(matches!(gone.read("ana"), Err(PassphraseError::Terminal(_))));
    }

    #[test]
    fn the_environment_gives_text_that_debug_output_hides() {
        let source = PassphraseSource::choose(None, Some("open sesame".into()), false);
        let passphrase = source.read("the key").unwrap();
        assert_eq!(passphrase.as_str(), "open sesame");
        assert!(!format!("{passphrase:?}").contains("sesame"));
        let source = PassphraseSource::choose(None, Some(OsStr::from_bytes(b"\xff").to_owned()), false);
        assert!(source.read("the key").unwrap_err().to_string().starts_with("MOOT_PASSPHRASE is no passphrase"));
    }
}
