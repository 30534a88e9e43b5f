//! The node's own keys: its identity, and a log key for each group that it hosts. Members' keys are never here.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use folkmoot_protocol::{
    id::{hex_decode, hex_encode},
    key::{PublicKey, SecretKey},
};
use thiserror::Error;

/// Says which key file is the trouble, and why.
#[derive(Debug, Error)]
pub enum KeyStoreError {
    /// A file cannot be read or written.
    #[error("cannot read or write the key file {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file does not hold a key.
    #[error("the key file {0} does not hold the 64 hexadecimal digits of a key: restore it from a backup")]
    NotAKey(PathBuf),
    /// The system gives no randomness.
    #[error("the system gives no random bytes for a new key")]
    Random,
}

/// A folder of key files, for the owner alone.
#[derive(Debug)]
pub struct KeyStore {
    dir: PathBuf,
}

impl KeyStore {
    /// Opens the folder, and creates it where it is missing.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, KeyStoreError> {
        let dir = dir.into();
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir).map_err(io_error(&dir))?;
        Ok(Self { dir })
    }

    /// Whether there is an identity already.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn has_node(&self) -> Result<bool, KeyStoreError> {
        let path = self.dir.join("node");
        path.try_exists().map_err(io_error(&path))
    }

    /// The node's identity; made the first time.
    ///
    /// # Errors
    /// If the file cannot be read, or written the first time.
    pub fn node(&self) -> Result<SecretKey, KeyStoreError> {
        let path = self.dir.join("node");
        match read(&path) {
            Err(KeyStoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => self.create(&path),
            result => result,
        }
    }

    /// All log keys.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn log_keys(&self) -> Result<Vec<SecretKey>, KeyStoreError> {
        let mut keys = Vec::new();
        for file in fs::read_dir(&self.dir).map_err(io_error(&self.dir))? {
            let path = file.map_err(io_error(&self.dir))?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("log-")) {
                keys.push(read(&path)?);
            }
        }
        Ok(keys)
    }

    /// Makes a log key; it is durable before anything is signed with it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new_log_key(&self) -> Result<SecretKey, KeyStoreError> {
        let key = random_key()?;
        self.write(&self.dir.join(log_file(&key.public())), &key)?;
        Ok(key)
    }

    fn create(&self, path: &Path) -> Result<SecretKey, KeyStoreError> {
        let key = random_key()?;
        self.write(path, &key)?;
        Ok(key)
    }

    fn write(&self, path: &Path, key: &SecretKey) -> Result<(), KeyStoreError> {
        let write = || {
            // Written under another name first: a key file is either whole or not there.
            let draft = path.with_extension("new");
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            file.write_all(hex_encode(&key.seed()).as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, path)?;
            File::open(&self.dir)?.sync_all()
        };
        write().map_err(io_error(path))
    }
}

fn log_file(key: &PublicKey) -> String {
    format!("log-{}", hex_encode(&key.as_bytes()[..8]))
}

fn random_key() -> Result<SecretKey, KeyStoreError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|_| KeyStoreError::Random)?;
    Ok(SecretKey::from_seed(seed))
}

fn read(path: &Path) -> Result<SecretKey, KeyStoreError> {
    let mut text = String::new();
    // A key file has 64 digits; more than that is not one, and is not read.
    File::open(path).and_then(|file| file.take(80).read_to_string(&mut text)).map_err(io_error(path))?;
    let seed = hex_decode(text.trim()).ok_or_else(|| KeyStoreError::NotAKey(path.to_owned()))?;
    Ok(SecretKey::from_seed(seed))
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> KeyStoreError + '_ {
    move |source| KeyStoreError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn keys_stay_the_same_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let store = KeyStore::open(dir.path().join("keys")).unwrap();
        let node = store.node().unwrap();
        assert_eq!(store.node().unwrap().public(), node.public());
        let log = store.new_log_key().unwrap();
        assert_eq!(store.log_keys().unwrap().iter().map(SecretKey::public).collect::<Vec<_>>(), [log.public()]);
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(dir.path().join("keys")), 0o700);
        assert_eq!(mode(dir.path().join("keys/node")), 0o600);
    }

    #[test]
    fn a_damaged_key_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("node"), "not a key").unwrap();
        let error = KeyStore::open(dir.path()).unwrap().node().unwrap_err();
        assert!(matches!(error, KeyStoreError::NotAKey(_)));
    }
}
