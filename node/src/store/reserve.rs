//! Room on the disk: what a commit must find free, and what is set aside to open a store on a full disk.
//!
//! When sled runs out of space in the middle of a write it fails for good, and opening again writes up to a segment and
//! a snapshot. So commits are refused while there still is room, and a reserve of real blocks, given back when short,
//! lets a store open although something else has filled the disk.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{FallocateFlags, fallocate, statvfs},
    io::Errno,
};

/// Bytes that a commit must find free: many times what the largest one writes, since others write to the disk too.
pub(crate) const LOW_WATER: u64 = 64 << 20;

/// How much room to insist on, and to set aside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Bytes that a commit must find free.
    pub(super) low_water: u64,
    /// Bytes set aside: a segment, and as much again for the snapshot (some five million records).
    pub(super) reserve: u64,
}

impl Default for Room {
    fn default() -> Self {
        Self { low_water: LOW_WATER, reserve: 32 << 20 }
    }
}

/// The file that holds the blocks set aside.
#[derive(Debug)]
pub(super) struct Reserve {
    dir: PathBuf,
    room: Room,
    held: bool,
}

impl Reserve {
    /// Finds the reserve of a store, and gives it back at once if the disk is short of space.
    pub(super) fn open(dir: &Path, room: Room) -> io::Result<Self> {
        let held = fs::metadata(file(dir)).is_ok_and(|meta| meta.len() == room.reserve);
        let mut reserve = Self { dir: dir.to_owned(), room, held };
        if free(dir)? < room.low_water {
            reserve.give_back()?;
        }
        Ok(reserve)
    }

    /// Returns the bytes left if they are too few for a commit, and uses the occasion to replenish the reserve.
    pub(super) fn shortage(&mut self) -> io::Result<Option<u64>> {
        let free = self.replenish()?;
        Ok((free < self.room.low_water).then_some(free))
    }

    /// Takes blocks back into the reserve if there are enough; returns the bytes left before.
    pub(super) fn replenish(&mut self) -> io::Result<u64> {
        let free = free(&self.dir)?;
        if !self.held && free >= self.room.low_water.saturating_add(self.room.reserve) {
            self.set_aside();
        }
        Ok(free)
    }

    fn give_back(&mut self) -> io::Result<()> {
        self.held = false;
        match fs::remove_file(file(&self.dir)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Being without a reserve is no reason to refuse work.
    fn set_aside(&mut self) {
        match allocate(&file(&self.dir), self.room.reserve) {
            Ok(()) => self.held = true,
            Err(error) => {
                tracing::warn!(%error, dir = %self.dir.display(), "no reserve against a full disk");
                let _ = self.give_back();
            }
        }
    }
}

/// Counts the bytes of the disk that a process without privileges may use.
pub(crate) fn free(dir: &Path) -> io::Result<u64> {
    let stat = statvfs(dir)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

fn file(dir: &Path) -> PathBuf {
    dir.join("reserve")
}

fn allocate(path: &Path, len: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    match fallocate(&file, FallocateFlags::empty(), 0, len) {
        Err(Errno::OPNOTSUPP) => write_zeros(&mut file, len),
        other => Ok(other?),
    }
}

fn write_zeros(file: &mut File, len: u64) -> io::Result<()> {
    let zeros = [0; 64 * 1024];
    let mut left = len;
    while left > 0 {
        let chunk = left.min(zeros.len() as u64);
        file.write_all(&zeros[..chunk as usize])?;
        left -= chunk;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    const PLENTY: Room = Room { low_water: 1, reserve: 1 << 20 };
    const SHORT: Room = Room { low_water: u64::MAX, reserve: 1 << 20 };

    #[test]
    fn the_reserve_has_real_blocks() {
        let dir = tempfile::tempdir().unwrap();
        let mut reserve = Reserve::open(dir.path(), PLENTY).unwrap();
        assert!(!reserve.held);
        assert_eq!(reserve.shortage().unwrap(), None);
        let meta = fs::metadata(file(dir.path())).unwrap();
        assert_eq!(meta.len(), 1 << 20);
        assert!(meta.blocks() * 512 >= 1 << 20);
        assert!(Reserve::open(dir.path(), PLENTY).unwrap().held);
    }

    #[test]
    fn a_short_disk_gets_it_back() {
        let dir = tempfile::tempdir().unwrap();
        Reserve::open(dir.path(), PLENTY).unwrap().shortage().unwrap();
        let mut reserve = Reserve::open(dir.path(), SHORT).unwrap();
        assert!(!file(dir.path()).exists());
        assert!(reserve.shortage().unwrap().is_some_and(|left| left > 0));
        assert!(!file(dir.path()).exists());
    }

    #[test]
    fn zeros_fill_the_file_where_blocks_cannot_be_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let mut zeros = File::create(file(dir.path())).unwrap();
        write_zeros(&mut zeros, 100_000).unwrap();
        assert_eq!(zeros.metadata().unwrap().len(), 100_000);
    }
}
