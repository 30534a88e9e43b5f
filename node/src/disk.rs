//! What a store takes on its disk, and what is left there.

use std::{fs, io, os::unix::fs::MetadataExt as _, path::Path};

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
}

impl Disk {
    /// Looks.
    pub(crate) fn of(store: &Path) -> io::Result<Self> {
        let free = store::free(store)?;
        Ok(Self { used: used(store)?, free, reserve: store.join("reserve").exists(), enough: free >= store::LOW_WATER })
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
    fn blocks_are_counted_in_folders_too() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("blobs")).unwrap();
        fs::write(dir.path().join("db"), vec![7; 100_000]).unwrap();
        fs::write(dir.path().join("blobs/1"), vec![7; 100_000]).unwrap();
        let disk = Disk::of(dir.path()).unwrap();
        assert!((200_000..400_000).contains(&disk.used), "{}", disk.used);
        assert!(disk.free > 0 && !disk.reserve);
    }
}
