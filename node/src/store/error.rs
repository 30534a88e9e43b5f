use std::{fmt, io, path::PathBuf};

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory or a file in it could not be opened or created.
    #[error("cannot open the store in {}", path.display())]
    Open {
        /// The directory of the store.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// Another process, or another part of this one, has the store open.
    #[error("the store in {} is in use by another node; stop that one first", path.display())]
    InUse {
        /// The directory of the store.
        path: PathBuf,
    },

    /// A later release wrote the store.
    #[error(
        "the store in {} has format {found} and this release knows {known}; install a newer one",
        path.display()
    )]
    NewerFormat {
        /// The directory of the store.
        path: PathBuf,
        /// The version in the store.
        found: u32,
        /// The latest version that this release reads.
        known: u32,
    },

    /// The store as a whole cannot be trusted.
    ///
    /// A node that starts over with an empty one signs nothing for its groups before their witnesses have reported.
    #[error(
        "the store in {} is damaged: {why}; restore a backup into a new home (moot restore), \
         or move the store away: the records come from its peers, and the node signs nothing until it has them",
        path.display()
    )]
    Unreadable {
        /// The directory of the store.
        path: PathBuf,
        /// What was found.
        why: String,
    },

    /// The record under a key, or the page that holds it, does not pass its check.
    #[error("the record {} of the store in {} is damaged: {why}", Hex(key), path.display())]
    Damaged {
        /// The directory of the store.
        path: PathBuf,
        /// The key asked for; in a scan the first key that could not be read.
        key: Vec<u8>,
        /// What was found.
        why: String,
    },

    /// A key, value or batch is over its limit; nothing was written.
    #[error("a {what} of {len} bytes is too large for the store: at most {max}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its length.
        len: usize,
        /// The limit.
        max: usize,
    },

    /// The disk has no room; nothing was written.
    #[error(
        "the disk of {} is full ({free} bytes left): free some space{}",
        path.display(),
        if *stopped { ", then restart the node" } else { ", and start the node again if it stopped" }
    )]
    Full {
        /// The directory of the store.
        path: PathBuf,
        /// What an unprivileged process may still use of the disk.
        free: u64,
        /// Whether the store must be opened again; otherwise space is enough.
        stopped: bool,
    },

    /// An earlier error stopped the store until it is opened again.
    #[error("the store in {} stopped: {why}; restart the node", path.display())]
    Stopped {
        /// The directory of the store.
        path: PathBuf,
        /// The error that stopped it.
        why: String,
    },

    /// The disk or the database failed.
    #[error("the store in {} failed: see to its disk, then restart the node", path.display())]
    Backend {
        /// The directory of the store.
        path: PathBuf,
        /// What the database said.
        source: sled::Error,
    },
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_says_what_to_do() {
        let full = |stopped| StoreError::Full { path: "/moot".into(), free: 7, stopped }.to_string();
        assert_eq!(
            full(false),
            "the disk of /moot is full (7 bytes left): free some space, and start the node again if it stopped"
        );
        assert!(full(true).ends_with("free some space, then restart the node"));
    }

    #[test]
    fn a_damaged_record_is_named_in_hex() {
        let damaged = StoreError::Damaged { path: "/moot".into(), key: vec![0, 0xab], why: "rot".into() };
        assert_eq!(damaged.to_string(), "the record 00ab of the store in /moot is damaged: rot");
    }
}
