//! What a store takes on its disk, and what is left there.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use crate::store;

/// A look at the disk of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Disk {
    /// Bytes that the store's files take.
    pub(crate) used: u64,
    /// Bytes that are free for a process without privileges.
    pub(crate) free: u64,
    /// Whether the reserve against a full disk is there.
    pub(crate) reserve: bool,
    /// Whether a commit would still be taken.
    pub(crate) enough: bool,
    /// Bytes above which nothing is taken that need not be.
    pub(crate) max: Option<u64>,
}

impl Disk {
    /// Looks.
    pub(crate) fn of(store: &Path, max: Option<u64>) -> io::Result<Self> {
        let free = store::free(store)?;
        Ok(Self {
            used: used(store)?,
            free,
            reserve: store.join("reserve").exists(),
            enough: free >= store::LOW_WATER,
            max,
        })
    }
}

/// Bytes of records between two looks: a look costs a few system calls, and sled writes in segments of 16 MiB.
const LOOK_EVERY: u64 = 4 << 20;

/// Watches how much the store takes.
#[derive(Debug)]
pub(crate) struct Watch {
    store: PathBuf,
    /// Bytes above which there is no room for what need not be taken.
    max: Option<u64>,
    unseen: u64,
}

impl Watch {
    /// Watches a store; the first look is due at once.
    pub(crate) fn new(store: PathBuf, max: Option<u64>) -> Self {
        Self { store, max, unseen: LOOK_EVERY }
    }

    /// Counts what was written.
    pub(crate) fn wrote(&mut self, bytes: usize) {
        self.unseen = self.unseen.saturating_add(bytes as u64);
    }

    /// Looks if it is time to: whether the store takes more than it may.
    pub(crate) fn crowded(&mut self) -> Option<bool> {
        let max = self.max.filter(|_| self.unseen >= LOOK_EVERY)?;
        self.unseen = 0;
        match used(&self.store) {
            Ok(used) => Some(used > max),
            Err(error) => {
                tracing::warn!(%error, "cannot tell how much the store takes");
                None
            }
        }
    }
}

/// The blocks of all files below a folder.
fn used(dir: &Path) -> io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        // A file may go away while we look.
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        sum += if meta.is_dir() { used(&path)? } else { meta.blocks() * 512 };
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_once_in_so_many_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let mut watch = Watch::new(dir.path().to_owned(), Some(200_000));
        assert_eq!((watch.crowded(), watch.crowded()), (Some(false), None));
        fs::write(dir.path().join("db"), vec![7; 300_000]).unwrap();
        watch.wrote(300_000);
        assert_eq!(watch.crowded(), None);
        watch.wrote(LOOK_EVERY as usize);
        assert_eq!(watch.crowded(), Some(true));
        assert_eq!(Watch::new(dir.path().to_owned(), None).crowded(), None);
    }

    #[test]
    fn blocks_are_counted_in_folders_too() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("blobs")).unwrap();
        fs::write(dir.path().join("db"), vec![7; 100_000]).unwrap();
        fs::write(dir.path().join("blobs/1"), vec![7; 100_000]).unwrap();
        let disk = Disk::of(dir.path(), None).unwrap();
        assert!((200_000..400_000).contains(&disk.used), "{}", disk.used);
        assert!(disk.free > 0 && !disk.reserve);
    }
}
