//! Backups: everything that a node holds in one file, and a new home from such a file.
//!
//! A backup has entries, texts, notes, proofs and federations. It has no secret key: a log key in a second place can
//! sign for the group there. And it does not say that it is whole: whoever restores it has to learn from the witnesses
//! what came after it ([`folkmoot_protocol::machine::CatchUp`]).
//!
//! # Layout
//! - `file`: the format; `make`: from a running node; `restore`: into a new home

mod file;
mod make;
mod restore;

use std::{io, path::PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub(crate) use self::make::make;
pub use self::{
    file::Reader,
    restore::{Restored, check, restore},
};
use crate::{config::Home, keystore::KeyStoreError, node::NodeError, records::RecordsError, store::StoreError};

/// What stands at the beginning of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The format of the store that it was made from.
    pub format: u32,
    /// The program's version that made it.
    pub version: String,
    /// The node's identity as did:key.
    pub node: String,
    /// When it was made.
    pub made: String,
}

/// Says why a backup cannot be made, read or restored.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The file cannot be read or written.
    #[error("cannot read or write the backup {path}", path = .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no whole backup.
    #[error("{path} is not a whole backup: {why}; use another one", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// Another release made the backup, with another format.
    #[error(
        "the backup {path} has format {found} and this release writes {known}: restore it with release {version}, which \
         made it; a newer release can then take the store over", path = .path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// The format of the backup.
        found: u32,
        /// The format of this release.
        known: u32,
        /// Who made it.
        version: String,
    },
    /// The home has a store.
    #[error("{path} has a store already: restore into a new home (--home), or move that store away", path = .path.display())]
    HasStore {
        /// The store.
        path: PathBuf,
    },
    /// The home does not have the keys of the node that the backup is of.
    #[error(
        "the backup is of node {node}, and {path} {found}: copy that node's folder node-keys there first (a backup never has \
         secret keys)", path = .path.display()
    )]
    Keys {
        /// The node.
        node: String,
        /// The folder of keys.
        path: PathBuf,
        /// What is there.
        found: String,
    },
    /// The home cannot be used.
    #[error(transparent)]
    Home(#[from] Box<NodeError>),
    /// A key file cannot be used.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// The store cannot be made or read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record cannot be read.
    #[error(transparent)]
    Records(#[from] RecordsError),
}

impl BackupError {
    fn io(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

/// Where the store lies while it is not whole yet.
fn unfinished(home: &Home) -> PathBuf {
    home.path().join("store.restoring")
}
