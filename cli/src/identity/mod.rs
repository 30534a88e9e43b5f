//! Members' keys: OpenSSH Ed25519 keys in files, or kept by ssh-agent. They never reach a node.
//!
//! # Layout
//! - `file`: key files, the same that ssh-keygen reads and writes
//! - `agent`: two messages of the ssh-agent protocol
//! - `passphrase`: where a passphrase comes from
//! - `error`: what may be wrong with all that, and what to do

mod agent;
mod error;
mod file;
mod passphrase;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use folkmoot_protocol::{
    key::{PublicKey, SecretKey, Signer},
    name::Name,
};
use serde::Serialize;

use self::{
    agent::{Agent, AgentSigner},
    file::{KeyFiles, PrivateFile, StoredKey},
};
pub(crate) use self::{
    error::IdentityError,
    passphrase::{PassphraseArgs, PassphraseError, PassphraseSource},
};

/// The identities of a home: `HOME/keys/NAME` and `NAME.pub`.
#[derive(Clone, Debug)]
pub(crate) struct Identities {
    dir: PathBuf,
    agent: Option<Agent>,
}

/// One identity as people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Identity {
    /// Its name in this home.
    pub(crate) name: Name,
    /// Its public key.
    pub(crate) key: PublicKey,
    /// Who keeps the private half.
    pub(crate) keeper: Keeper,
    /// The public key as OpenSSH writes it, with its comment.
    pub(crate) openssh: String,
    /// The file of the private half, or of the public half if that is the only one.
    pub(crate) file: PathBuf,
}

/// Who keeps a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Keeper {
    /// A file that anybody can use who gets hold of it.
    File,
    /// A file that takes a passphrase.
    EncryptedFile,
    /// ssh-agent: only the public half is here.
    Agent,
}

/// All identities of a home, and what stands in the way of those that cannot be used.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Listing {
    /// Those that can be used, by name.
    pub(crate) identities: Vec<Identity>,
    /// Those that cannot.
    pub(crate) problems: Vec<Problem>,
}

/// An identity that cannot be used.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Problem {
    /// Its name in this home.
    pub(crate) name: Name,
    /// What is wrong with it, and what to do.
    pub(crate) problem: String,
}

impl Identities {
    /// The identities of `home`, with the ssh-agent that the environment names.
    pub(crate) fn open(home: &Path) -> Self {
        Self { dir: home.join("keys"), agent: Agent::from_env() }
    }

    /// Makes a key under a name that is free, encrypted if there is a passphrase.
    ///
    /// Both halves are on disk when this returns, the private one readable only by its owner.
    ///
    /// # Errors
    /// - [`IdentityError::Name`], [`IdentityError::PublicName`] if `name` cannot be one
    /// - [`IdentityError::Taken`] if there is such an identity
    /// - [`IdentityError::Passphrase`] if the passphrase is empty
    /// - [`IdentityError::Random`], [`IdentityError::Write`] if the system fails
    pub(crate) fn create(&self, name: &str, passphrase: Option<&str>) -> Result<PublicKey, IdentityError> {
        let files = self.vacant(name)?;
        if passphrase == Some("") {
            return Err(PassphraseError::Empty.into());
        }
        let key = StoredKey::generate(&format!("moot {name}"), passphrase)?;
        files.write(&key)?;
        Ok(key.key)
    }

    /// Copies an existing OpenSSH key under a name that is free.
    ///
    /// - A private key file is copied as it is, encrypted or not.
    /// - A public key file (`.pub`) alone is copied too; ssh-agent keeps the private half.
    ///
    /// # Errors
    /// - [`IdentityError::Name`], [`IdentityError::PublicName`], [`IdentityError::Taken`] as for a new one
    /// - [`IdentityError::NoFile`] if there is nothing at `path`
    /// - the errors of [`Identities::public`] about the key itself
    pub(crate) fn import(&self, name: &str, path: &Path) -> Result<PublicKey, IdentityError> {
        let files = self.vacant(name)?;
        if !path.exists() {
            return Err(IdentityError::NoFile(path.to_owned()));
        }
        let source = KeyFiles::at(path);
        let key = if file::is_public(path) { source.read_public()? } else { source.read()? };
        let key = key.ok_or_else(|| IdentityError::NoFile(path.to_owned()))?;
        files.write(&key)?;
        Ok(key.key)
    }

    /// Takes the public half of a key that ssh-agent keeps: the one with this comment, or the only one of Ed25519.
    ///
    /// # Errors
    /// - [`IdentityError::Name`], [`IdentityError::PublicName`], [`IdentityError::Taken`] as for a new one
    /// - [`IdentityError::NoAgent`], [`IdentityError::Agent`] if there is no agent, or it fails
    /// - [`IdentityError::NoSuchComment`], [`IdentityError::Several`] if it is not one key
    pub(crate) fn import_from_agent(&self, name: &str, comment: Option<&str>) -> Result<PublicKey, IdentityError> {
        let files = self.vacant(name)?;
        let mut keys = self.agent_keys(name)?;
        if let Some(comment) = comment {
            let held = keys.iter().map(|(_, comment)| comment.clone()).collect();
            keys.retain(|(_, has)| has == comment);
            if keys.is_empty() {
                return Err(IdentityError::NoSuchComment { comment: comment.to_owned(), held });
            }
        }
        let [(key, comment)] = keys.as_slice() else {
            return Err(IdentityError::Several(keys.into_iter().map(|(_, comment)| comment).collect()));
        };
        files.write(&StoredKey::of_agent(*key, comment)?)?;
        Ok(*key)
    }

    /// Imports the key that a person has already: `usual` (`~/.ssh/id_ed25519`), or its public half, or what ssh-agent
    /// holds.
    ///
    /// # Errors
    /// Those of [`Identities::import`] and [`Identities::import_from_agent`], and
    /// [`IdentityError::NothingToImport`] if there is neither.
    pub(crate) fn import_usual(&self, name: &str, usual: &Path) -> Result<PublicKey, IdentityError> {
        self.check_free(name)?;
        for path in [usual.to_owned(), usual.with_extension("pub")] {
            if path.exists() {
                return self.import(name, &path);
            }
        }
        match self.agent_keys(name) {
            Ok(keys) if !keys.is_empty() => self.import_from_agent(name, None),
            _ => Err(IdentityError::NothingToImport(usual.to_owned())),
        }
    }

    fn agent_keys(&self, name: &str) -> Result<Vec<(PublicKey, String)>, IdentityError> {
        let agent = self.agent.as_ref().ok_or_else(|| IdentityError::NoAgent(name.to_owned()))?;
        agent.keys().map_err(|source| IdentityError::Agent { name: name.to_owned(), source })
    }

    /// Checks that `name` can be given to a new identity.
    ///
    /// # Errors
    /// [`IdentityError::Name`], [`IdentityError::PublicName`] or [`IdentityError::Taken`] if not.
    pub(crate) fn check_free(&self, name: &str) -> Result<(), IdentityError> {
        self.vacant(name).map(drop)
    }

    /// Lists the identities by name; one that is broken does not hide the others.
    ///
    /// # Errors
    /// [`IdentityError::Read`] if the directory cannot be read; none at all is an empty list.
    pub(crate) fn list(&self) -> Result<Listing, IdentityError> {
        let mut listing = Listing { identities: Vec::new(), problems: Vec::new() };
        for name in self.names()? {
            match self.identity(name.as_str()) {
                Ok(identity) => listing.identities.push(identity),
                Err(error) => listing.problems.push(Problem { name, problem: error.to_string() }),
            }
        }
        Ok(listing)
    }

    /// Looks up one identity.
    ///
    /// # Errors
    /// See [`Identities::public`].
    pub(crate) fn identity(&self, name: &str) -> Result<Identity, IdentityError> {
        let name = identity_name(name)?;
        let files = self.files(&name);
        let key = files.read()?.ok_or_else(|| self.unknown(&name))?;
        let (keeper, file) = match &key.private {
            None => (Keeper::Agent, files.public),
            Some(private) if private.is_encrypted() => (Keeper::EncryptedFile, files.private),
            Some(_) => (Keeper::File, files.private),
        };
        Ok(Identity { name, key: key.key, keeper, openssh: key.line, file })
    }

    /// The public key of an identity, or of the key file at a path (with a `/` in it).
    ///
    /// # Errors
    /// - [`IdentityError::Name`], [`IdentityError::Unknown`], [`IdentityError::NoFile`] if there is no such thing
    /// - [`IdentityError::Exposed`] if others may read the private key
    /// - [`IdentityError::NotEd25519`], [`IdentityError::Hardware`], [`IdentityError::Key`] if the key is of no use here
    /// - [`IdentityError::NotPrivate`], [`IdentityError::NotPublic`], [`IdentityError::Damaged`],
    ///   [`IdentityError::Mismatch`], [`IdentityError::Read`] if its files are
    pub(crate) fn public(&self, name: &str) -> Result<PublicKey, IdentityError> {
        self.find(name).map(|key| key.key)
    }

    /// Finds whoever can sign as an identity, or with the key file at a path (with a `/` in it).
    ///
    /// - A file without a passphrase signs by itself.
    /// - An encrypted file is left closed if ssh-agent holds its key; otherwise it takes the passphrase.
    /// - With the public half alone, ssh-agent has to hold the key.
    ///
    /// # Errors
    /// - the errors of [`Identities::public`]
    /// - [`IdentityError::Locked`] if there is no passphrase to be had
    /// - [`IdentityError::WrongPassphrase`] if it does not open the file, after three tries of a person
    /// - [`IdentityError::NoAgent`], [`IdentityError::NotInAgent`], [`IdentityError::Agent`] if there is only the
    ///   public half and no agent signs for it
    pub(crate) fn signer(
        &self,
        name: &str,
        passphrase: &PassphraseSource,
    ) -> Result<Box<dyn Signer + Send + Sync>, IdentityError> {
        let stored = self.find(name)?;
        let Some(private) = &stored.private else { return Ok(Box::new(self.agent_signer(name, &stored)?)) };
        if !private.is_encrypted() {
            return Ok(Box::new(private.open("")?));
        }
        // The agent spares its user the passphrase; whatever keeps it from that, the passphrase still works.
        match self.agent_signer(name, &stored) {
            Ok(signer) => Ok(Box::new(signer)),
            Err(_) => Ok(Box::new(unlock(name, private, passphrase)?)),
        }
    }

    fn agent_signer(&self, name: &str, stored: &StoredKey) -> Result<AgentSigner, IdentityError> {
        let name = || name.to_owned();
        let agent = self.agent.as_ref().ok_or_else(|| IdentityError::NoAgent(name()))?;
        match agent.holds(&stored.key) {
            Ok(true) => Ok(AgentSigner { agent: agent.clone(), key: stored.key }),
            Ok(false) => Err(IdentityError::NotInAgent {
                name: name(),
                key: Box::new(stored.key),
                socket: agent.socket().to_owned(),
            }),
            Err(source) => Err(IdentityError::Agent { name: name(), source }),
        }
    }

    /// Names without a slash are identities of this home, everything else is a path: no name means two things.
    fn find(&self, name: &str) -> Result<StoredKey, IdentityError> {
        if name.contains('/') {
            let path = Path::new(name);
            return KeyFiles::at(path).read()?.ok_or_else(|| IdentityError::NoFile(path.to_owned()));
        }
        let name = identity_name(name)?;
        self.files(&name).read()?.ok_or_else(|| self.unknown(&name))
    }

    fn vacant(&self, name: &str) -> Result<KeyFiles, IdentityError> {
        let files = self.files(&identity_name(name)?);
        files.vacant()?;
        Ok(files)
    }

    fn files(&self, name: &Name) -> KeyFiles {
        KeyFiles::at(&self.dir.join(name.as_str()))
    }

    fn unknown(&self, name: &Name) -> IdentityError {
        IdentityError::Unknown { name: name.clone(), dir: self.dir.clone() }
    }

    /// The names of all files here that may be keys.
    fn names(&self) -> Result<BTreeSet<Name>, IdentityError> {
        let failed = |source| IdentityError::Read { path: self.dir.clone(), source };
        let entries = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
            entries => entries.map_err(failed)?,
        };
        let mut names = BTreeSet::new();
        for entry in entries {
            let file = entry.map_err(failed)?.file_name();
            let name = file.to_str().map(|file| file.strip_suffix(".pub").unwrap_or(file));
            names.extend(name.and_then(|name| identity_name(name).ok()));
        }
        Ok(names)
    }
}

/// Takes a name for an identity; it must not be that of a public key file.
fn identity_name(name: &str) -> Result<Name, IdentityError> {
    let name: Name = name.parse()?;
    if name.as_str().ends_with(".pub") { Err(IdentityError::PublicName(name)) } else { Ok(name) }
}

/// Opens an encrypted key; a person may try again.
fn unlock(name: &str, private: &PrivateFile, passphrase: &PassphraseSource) -> Result<SecretKey, IdentityError> {
    let read =
        |what: &str| passphrase.read(what).map_err(|source| IdentityError::Locked { name: name.to_owned(), source });
    let mut what = format!("'{name}'");
    for _ in 1..passphrase.tries() {
        match private.open(read(&what)?.as_str()) {
            Err(IdentityError::WrongPassphrase(_)) => what = format!("'{name}' (that was not it)"),
            done => return done,
        }
    }
    private.open(read(&what)?.as_str())
}
