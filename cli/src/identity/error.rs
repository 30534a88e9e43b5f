//! What may be wrong with an identity. Every message stands alone, its source included.

use std::{io, path::PathBuf};

use folkmoot_protocol::{
    key::{KeyError, PublicKey},
    name::{Name, NameError},
};
use thiserror::Error;

use super::{agent::AgentError, passphrase::PassphraseError};

/// Says what is wrong with an identity, where, and what to do.
#[derive(Debug, Error)]
pub(crate) enum IdentityError {
    /// The name is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The name is that of another identity's public file.
    #[error("'{0}' is no name for an identity, because public key files end in .pub: leave that out")]
    PublicName(Name),
    /// There is a file of that name.
    #[error("{} is there already: choose another name, or move that file away first", .0.display())]
    Taken(PathBuf),
    /// There is no identity of that name.
    #[error("there is no identity '{name}' in {}: see 'moot id list', or run 'moot id new {name}'", dir.display())]
    Unknown {
        /// The name.
        name: Name,
        /// Where it would be.
        dir: PathBuf,
    },
    /// There is no key file.
    #[error("there is no key file at {}: see 'moot id list' for the keys that have names", .0.display())]
    NoFile(PathBuf),
    /// A file or directory cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file or directory cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others may read the private key.
    #[error("others may read the private key {file} (mode {mode:04o}): run 'chmod 600 {file}'", file = path.display())]
    Exposed {
        /// The private key file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file is no OpenSSH private key.
    #[error(
        "{path} is no OpenSSH private key: if it is an older key file, 'ssh-keygen -p -f {path}' rewrites it as one",
        path = .0.display()
    )]
    NotPrivate(PathBuf),
    /// The file is no OpenSSH public key.
    #[error("{} is no OpenSSH public key: it has one line 'ssh-ed25519 AAAA… comment'", .0.display())]
    NotPublic(PathBuf),
    /// The key is of another kind.
    #[error("{} holds a key of type {algorithm}, and members sign with Ed25519: run 'moot id new NAME'", path.display())]
    NotEd25519 {
        /// The key file.
        path: PathBuf,
        /// What kind it is.
        algorithm: String,
    },
    /// The key lives in a hardware token.
    #[error(
        "{} is the key of a hardware token ({algorithm}), and FIDO tokens sign a format of their own that others here \
         could not verify: make a key with 'moot id new NAME'",
        path.display()
    )]
    Hardware {
        /// The key file.
        path: PathBuf,
        /// What kind it is.
        algorithm: String,
    },
    /// The public key is weak or no key at all.
    #[error("{} is of no use: {source}", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// What is wrong with the key.
        source: KeyError,
    },
    /// The two files are halves of two keys.
    #[error(
        "{part} is not the public half of {whole}: if that is the right key, make its public half again with \
         'ssh-keygen -y -f {whole} > {part}'",
        part = public.display(), whole = private.display()
    )]
    Mismatch {
        /// The private key file.
        private: PathBuf,
        /// The public key file.
        public: PathBuf,
    },
    /// The file says that it is a key and is none.
    #[error("the private key {} is damaged ({source}): restore it from a copy", path.display())]
    Damaged {
        /// The private key file.
        path: PathBuf,
        /// What the reader says.
        source: ssh_key::Error,
    },
    /// The passphrase does not open the file.
    #[error("this is not the passphrase of {}: try again", .0.display())]
    WrongPassphrase(PathBuf),
    /// The file is encrypted and no passphrase is to be had.
    #[error("the key of '{name}' is locked: {source}; or add it to ssh-agent with ssh-add")]
    Locked {
        /// The identity or path.
        name: String,
        /// Why there is no passphrase.
        source: PassphraseError,
    },
    /// A passphrase is no good for a new key.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// Only the public half is here, and there is no agent.
    #[error(
        "only the public half of '{0}' is here and no ssh-agent is running: start one with 'eval $(ssh-agent)' and add \
         the key with ssh-add"
    )]
    NoAgent(String),
    /// Only the public half is here, and the agent does not hold the other.
    #[error("ssh-agent at {} does not hold the key of '{name}' ({key}): add it with ssh-add", socket.display())]
    NotInAgent {
        /// The identity or path.
        name: String,
        /// The key.
        key: Box<PublicKey>,
        /// The agent's socket.
        socket: PathBuf,
    },
    /// Only the public half is here, and the agent fails.
    #[error("cannot ask for the key of '{name}': {source}")]
    Agent {
        /// The identity or path.
        name: String,
        /// What the agent did.
        source: AgentError,
    },
    /// Neither the usual file nor an agent has a key to import.
    #[error(
        "there is no key at {} and none of Ed25519 in ssh-agent: name its file, or make a key with 'moot id new NAME'",
        .0.display()
    )]
    NothingToImport(PathBuf),
    /// The agent has no key of that comment.
    #[error("ssh-agent holds no Ed25519 key with the comment '{comment}', only: {}", list(.held))]
    NoSuchComment {
        /// The comment.
        comment: String,
        /// The comments of those that it holds.
        held: Vec<String>,
    },
    /// The agent has several keys.
    #[error("ssh-agent holds several Ed25519 keys: say which by its comment (--agent COMMENT): {}", list(.0))]
    Several(Vec<String>),
    /// The system has no randomness.
    #[error("the system gives no random numbers ({0}), so no key was made: try again")]
    Random(#[source] getrandom::Error),
    /// A new key cannot be encoded.
    #[error("the new key cannot be written in OpenSSH's format, so no key was made: report this as a mistake in moot")]
    Encode,
}

fn list(comments: &[String]) -> String {
    if comments.is_empty() { "none at all".into() } else { comments.join(", ") }
}
