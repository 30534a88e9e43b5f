//! OpenSSH key files, which ssh-keygen reads and writes as well.
//!
//! A private key file is OpenSSH's `PROTOCOL.key`: its public half stands in clear in front of the part that may be
//! encrypted (bcrypt, AES-256 in counter mode). A public key file is one line of type, Base64 and comment; the Base64 is
//! that of RFC 8709 §4.

use std::{
    fs::{self, DirBuilder, File, Permissions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use folkmoot_protocol::key::{PublicKey, SecretKey};
use ssh_key::{
    Cipher, Kdf, LineEnding, PrivateKey,
    private::{Ed25519Keypair, KeypairData},
    public::KeyData,
};

use super::IdentityError;

/// Longest key file in bytes: those of Ed25519 have some 500, and RSA keys of any size are still told apart.
const FILE_BYTES: u64 = 64 * 1024;
/// Rounds of bcrypt-pbkdf: half as many again as the 16 that OpenSSH long had; opening a key takes about 0.2 s.
const BCRYPT_ROUNDS: u32 = 24;
/// Longest name of a key type that a message repeats: those of OpenSSH are under 50 bytes.
const ALGORITHM_BYTES: usize = 64;
/// The first line of a private key file.
const PRIVATE_HEADER: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";

/// Where the two halves of one key are, as ssh-keygen names them: `NAME` and `NAME.pub`.
#[derive(Clone, Debug)]
pub(super) struct KeyFiles {
    pub(super) private: PathBuf,
    pub(super) public: PathBuf,
}

impl KeyFiles {
    /// The two files of the key at `path`, which may name either.
    pub(super) fn at(path: &Path) -> Self {
        let private = if is_public(path) { path.with_extension("") } else { path.to_owned() };
        let mut public = private.clone().into_os_string();
        public.push(".pub");
        Self { private, public: public.into() }
    }

    /// Reads the halves that are there and holds them against each other; `None` if there is neither.
    pub(super) fn read(&self) -> Result<Option<StoredKey>, IdentityError> {
        match (PrivateFile::read(&self.private)?, self.read_public()?) {
            (None, None) => Ok(None),
            (None, Some(public)) => Ok(Some(public)),
            (Some(private), None) => Ok(Some(StoredKey::of_private(private)?)),
            (Some(private), Some(public)) if private.public == public.key => {
                Ok(Some(StoredKey { private: Some(private), ..public }))
            }
            (Some(_), Some(_)) => {
                Err(IdentityError::Mismatch { private: self.private.clone(), public: self.public.clone() })
            }
        }
    }

    /// Reads the public half alone; `None` if its file is not there.
    pub(super) fn read_public(&self) -> Result<Option<StoredKey>, IdentityError> {
        let Some((text, _)) = read_text(&self.public)? else { return Ok(None) };
        StoredKey::of_line(&text, &self.public).map(Some)
    }

    /// Refuses if there is a file under either name.
    pub(super) fn vacant(&self) -> Result<(), IdentityError> {
        for path in [&self.private, &self.public] {
            if path.symlink_metadata().is_ok() {
                return Err(IdentityError::Taken(path.clone()));
            }
        }
        Ok(())
    }

    /// Writes a new key to disk, the private half first: the public one can be made from it again.
    pub(super) fn write(&self, key: &StoredKey) -> Result<(), IdentityError> {
        let dir = self.private.parent().unwrap_or(Path::new("."));
        let failed = |source| IdentityError::Write { path: dir.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed)?;
        self.vacant()?;
        if let Some(private) = &key.private {
            place(dir, &self.private, &private.text, 0o600)?;
        }
        if let Err(error) = place(dir, &self.public, &format!("{}\n", key.line), 0o644) {
            if key.private.is_some() {
                let _ = fs::remove_file(&self.private); // nobody has seen this key yet
            }
            return Err(error);
        }
        // The names are safe once their directories are: this one, and the one that this one may be new in.
        [Some(dir), dir.parent()].into_iter().flatten().try_for_each(sync).map_err(failed)
    }
}

/// Says whether a path names a public key file.
pub(super) fn is_public(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "pub")
}

/// A key as its files have it; without a private half, ssh-agent keeps that.
pub(super) struct StoredKey {
    pub(super) key: PublicKey,
    /// The line of the public file, without its end.
    pub(super) line: String,
    pub(super) private: Option<PrivateFile>,
}

impl StoredKey {
    /// Makes a new key, encrypted if there is a passphrase.
    pub(super) fn generate(comment: &str, passphrase: Option<&str>) -> Result<Self, IdentityError> {
        let encode = |_| IdentityError::Encode;
        let seed = random()?;
        let pair = KeypairData::from(Ed25519Keypair::from_seed(&seed));
        let mut key = PrivateKey::new(pair, comment).map_err(encode)?;
        let line = key.public_key().to_openssh().map_err(encode)?;
        if let Some(passphrase) = passphrase {
            let kdf = Kdf::Bcrypt { salt: random::<16>()?.to_vec(), rounds: BCRYPT_ROUNDS };
            let check = u32::from_be_bytes(random()?);
            key = key.encrypt_with(Cipher::Aes256Ctr, kdf, check, passphrase).map_err(encode)?;
        }
        let text = key.to_openssh(LineEnding::LF).map_err(encode)?.to_string();
        let public = SecretKey::from_seed(seed).public();
        let private = PrivateFile { path: PathBuf::new(), text, key, public };
        Ok(Self { key: public, line, private: Some(private) })
    }

    /// The public half of a key that ssh-agent keeps.
    pub(super) fn of_agent(key: PublicKey, comment: &str) -> Result<Self, IdentityError> {
        let data = KeyData::Ed25519(ssh_key::public::Ed25519PublicKey(*key.as_bytes()));
        let line = public_line(&ssh_key::PublicKey::new(data, comment), Path::new("ssh-agent"))?;
        Ok(Self { key, line, private: None })
    }

    fn of_private(private: PrivateFile) -> Result<Self, IdentityError> {
        let line = public_line(private.key.public_key(), &private.path)?;
        Ok(Self { key: private.public, line, private: Some(private) })
    }

    fn of_line(text: &str, path: &Path) -> Result<Self, IdentityError> {
        let not_public = || IdentityError::NotPublic(path.to_owned());
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (Some(line), None) = (lines.next(), lines.next()) else { return Err(not_public()) };
        let algorithm = line.split(' ').next().filter(|word| word.contains('-')).ok_or_else(not_public)?;
        if algorithm != "ssh-ed25519" {
            return Err(other_kind(path, algorithm));
        }
        let parsed = ssh_key::PublicKey::from_openssh(line).map_err(|_| not_public())?;
        Ok(Self { key: ed25519(parsed.key_data(), path)?, line: public_line(&parsed, path)?, private: None })
    }
}

/// The file of a private key, whose public half is known and whose secret may be encrypted.
pub(super) struct PrivateFile {
    path: PathBuf,
    text: String,
    key: PrivateKey,
    public: PublicKey,
}

impl PrivateFile {
    /// Reads the file at `path`; `None` if it is not there.
    fn read(path: &Path) -> Result<Option<Self>, IdentityError> {
        let Some((text, mode)) = read_text(path)? else { return Ok(None) };
        if !text.starts_with(PRIVATE_HEADER) {
            return Err(IdentityError::NotPrivate(path.to_owned()));
        }
        // As ssh does: a key that others may have copied is nobody's alone.
        if mode & 0o077 != 0 {
            return Err(IdentityError::Exposed { path: path.to_owned(), mode });
        }
        let key = PrivateKey::from_openssh(&text).map_err(|error| match error {
            // What this build of ssh-key cannot read at all: ECDSA, also that of hardware keys.
            ssh_key::Error::AlgorithmUnknown => other_kind(path, "ECDSA"),
            source => IdentityError::Damaged { path: path.to_owned(), source },
        })?;
        let public = ed25519(key.public_key().key_data(), path)?;
        Ok(Some(Self { path: path.to_owned(), text, key, public }))
    }

    /// Says whether a passphrase is needed.
    pub(super) fn is_encrypted(&self) -> bool {
        self.key.is_encrypted()
    }

    /// Takes the secret key out; the passphrase counts only if the file is encrypted.
    pub(super) fn open(&self, passphrase: &str) -> Result<SecretKey, IdentityError> {
        let damaged = |source| IdentityError::Damaged { path: self.path.clone(), source };
        let opened = if self.is_encrypted() {
            self.key.decrypt(passphrase).map_err(|error| match error {
                ssh_key::Error::Crypto => IdentityError::WrongPassphrase(self.path.clone()),
                source => damaged(source),
            })?
        } else {
            self.key.clone()
        };
        // Reading has held the secret against its public half, twice.
        let pair = opened.key_data().ed25519().ok_or_else(|| damaged(ssh_key::Error::PublicKey))?;
        Ok(SecretKey::from_seed(pair.private.to_bytes()))
    }
}

fn random<const N: usize>() -> Result<[u8; N], IdentityError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(IdentityError::Random)?;
    Ok(bytes)
}

/// Takes a key that Folkmoot can use out of what SSH calls one.
fn ed25519(data: &KeyData, path: &Path) -> Result<PublicKey, IdentityError> {
    match data {
        KeyData::Ed25519(key) => {
            PublicKey::from_bytes(key.0).map_err(|source| IdentityError::Key { path: path.to_owned(), source })
        }
        other => Err(other_kind(path, other.algorithm().as_str())),
    }
}

fn other_kind(path: &Path, algorithm: &str) -> IdentityError {
    let algorithm: String = algorithm.chars().filter(char::is_ascii_graphic).take(ALGORITHM_BYTES).collect();
    let path = path.to_owned();
    if algorithm.starts_with("sk-") {
        IdentityError::Hardware { path, algorithm }
    } else {
        IdentityError::NotEd25519 { path, algorithm }
    }
}

/// Writes the line of a public file; comments are for screens, so they lose what moves a cursor.
fn public_line(key: &ssh_key::PublicKey, path: &Path) -> Result<String, IdentityError> {
    let comment: String = key.comment().as_str_lossy().chars().filter(|c| !c.is_control()).collect();
    ssh_key::PublicKey::new(key.key_data().clone(), comment)
        .to_openssh()
        .map_err(|_| IdentityError::NotPublic(path.to_owned()))
}

/// Reads a small text file and its permissions; `None` if it is not there.
fn read_text(path: &Path) -> Result<Option<(String, u32)>, IdentityError> {
    let failed = |source| IdentityError::Read { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o7777;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    // Comments may be in any encoding; what matters is ASCII.
    Ok(Some((String::from_utf8_lossy(&bytes).into_owned(), mode)))
}

/// Writes a file that was not there, whole or not at all, and never in the place of another.
fn place(dir: &Path, path: &Path, text: &str, mode: u32) -> Result<(), IdentityError> {
    let failed = |source| IdentityError::Write { path: path.to_owned(), source };
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(dir)
        .map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist_noclobber(path).map(drop).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => IdentityError::Taken(path.to_owned()),
        _ => failed(error.error),
    })
}

fn sync(dir: &Path) -> io::Result<()> {
    File::open(if dir.as_os_str().is_empty() { Path::new(".") } else { dir })?.sync_all()
}
