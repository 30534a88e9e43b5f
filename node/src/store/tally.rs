//! How many commits were acknowledged, kept beside the database.
//!
//! A damaged byte near the end of sled's log looks to it like a write that a crash cut short: it opens without a word
//! at an earlier state. A node that went on from there could sign another entry with a number it has used. So each
//! commit counts itself inside the database, and this file holds the count that was acknowledged; a database that
//! counts less has lost something.
//!
//! The file is written after the commit is durable and not synchronised, so it costs next to nothing. After a power cut
//! it may be some seconds old, which makes the check weaker and never wrong.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::Path,
};

/// The file with the number of acknowledged commits.
#[derive(Debug)]
pub(super) struct Tally(File);

impl Tally {
    /// Opens the file of a store, or creates it.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        options.open(dir.join("commits")).map(Self)
    }

    /// Returns the number last written; zero if there is none to be trusted.
    pub(super) fn acknowledged(&self) -> u64 {
        let mut bytes = [0; 16];
        if self.0.read_exact_at(&mut bytes, 0).is_err() {
            return 0;
        }
        let (count, complement) = bytes.split_at(8);
        let count = count.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        if complement == (!count).to_be_bytes() { count } else { 0 }
    }

    /// Notes that so many commits are durable.
    pub(super) fn acknowledge(&self, count: u64) -> io::Result<()> {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&count.to_be_bytes());
        bytes[8..].copy_from_slice(&(!count).to_be_bytes());
        self.0.write_all_at(&bytes, 0)
    }

    /// Makes the number durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let tally = Tally::open(dir.path()).unwrap();
        assert_eq!(tally.acknowledged(), 0);
        tally.acknowledge(0x0102_0304_0506_0708).unwrap();
        tally.sync().unwrap();
        assert_eq!(Tally::open(dir.path()).unwrap().acknowledged(), 0x0102_0304_0506_0708);
    }

    #[test]
    fn a_torn_one_does_not_count() {
        let dir = tempfile::tempdir().unwrap();
        let tally = Tally::open(dir.path()).unwrap();
        tally.acknowledge(7).unwrap();
        tally.0.write_all_at(&[9], 7).unwrap();
        assert_eq!(tally.acknowledged(), 0);
    }
}
