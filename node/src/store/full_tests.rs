//! What happens on a disk that really is full. These need a file system of their own, so they do not run by themselves.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::Command,
};

use super::{
    Batch, SledStore, Store, StoreError,
    contract::{noise, put},
    reserve::Room,
};

const MIB: u64 = 1 << 20;

#[test]
#[ignore = "needs a small filesystem: mounts a tmpfs as root"]
fn a_full_disk_takes_nothing_until_there_is_room() {
    let disk = SmallDisk::new(200);
    let store = SledStore::open(&disk.path()).unwrap();
    put(&store, "a", "1");
    disk.fill();
    assert!(matches!(put_large(&store, 0).unwrap_err(), StoreError::Full { stopped: false, .. }));
    assert_eq!(store.read(b"a").unwrap(), Some(b"1".to_vec()));
    drop(store);

    let store = SledStore::open(&disk.path()).unwrap();
    assert!(!disk.path().join("reserve").exists(), "the reserve was needed to open");
    assert!(matches!(put_large(&store, 0).unwrap_err(), StoreError::Full { stopped: false, .. }));
    assert_eq!(store.read(b"a").unwrap(), Some(b"1".to_vec()));

    disk.empty();
    put_large(&store, 0).unwrap();
    assert!(disk.path().join("reserve").exists(), "the reserve is back");
}

/// Without the margin, the disk fills up in the middle of what sled writes. Commits of many sizes meet that moment in many
/// places.
#[test]
#[ignore = "needs a small filesystem: mounts a tmpfs as root"]
fn a_disk_that_fills_up_in_a_commit_stops_the_store() {
    for round in 0..20 {
        let disk = SmallDisk::new(100);
        let room = Room { low_water: 0, reserve: 32 * MIB };
        let store = SledStore::open_with(&disk.path(), room).unwrap();
        let mut stored = 0;
        let error = loop {
            match put_sized(&store, stored, 1000 + round * 6000) {
                Ok(()) => stored += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, StoreError::Full { stopped: true, .. }), "{error}");
        assert!(matches!(put_large(&store, 0).unwrap_err(), StoreError::Full { stopped: true, .. }));
        assert!(matches!(store.read(b"a").unwrap_err(), StoreError::Full { stopped: true, .. }));
        drop(store);

        let store = SledStore::open(&disk.path()).unwrap();
        for n in 0..stored {
            assert!(store.read(&n.to_be_bytes()).unwrap().is_some(), "round {round}: {n} of {stored}");
        }
    }
}

fn put_large(store: &SledStore, n: u64) -> Result<(), StoreError> {
    put_sized(store, n, 100_000)
}

fn put_sized(store: &SledStore, n: u64, len: usize) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    (0..4_u8).for_each(|part| batch.put([&n.to_be_bytes()[..], &[part]].concat(), noise(n, len)));
    batch.put(n.to_be_bytes(), "");
    store.commit(batch)
}

struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new(mib: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        run(Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={mib}M"), "tmpfs"]).arg(dir.path()));
        Self(dir)
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("store")
    }

    fn filler(&self) -> std::path::PathBuf {
        self.0.path().join("filler")
    }

    fn fill(&self) {
        let mut filler = File::create(self.filler()).unwrap();
        while filler.write_all(&[1; 4096]).is_ok() {}
    }

    fn empty(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run(Command::new("umount").arg("--lazy").arg(self.0.path() as &Path));
    }
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}
