//! What only the store on disk must do: stay, refuse what it does not know, stop when it cannot know.

use std::{
    fs::{self, File},
    path::Path,
};

use super::{
    Batch, MAX_KEY, MAX_VALUE, SledStore, Store, StoreError,
    contract::{contract, noise, put},
    frame,
    opening::{self, FORMAT, FORMAT_KEY, OWN_TREE},
    reserve::Room,
};

contract!({
    let dir = tempfile::tempdir().unwrap();
    (SledStore::open(dir.path()).unwrap(), dir)
});

#[test]
fn opening_again_sees_everything() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("not/yet/there");
    for round in 0..3_u8 {
        let store = SledStore::open(&dir).unwrap();
        assert_eq!(store.scan(b"", b"", 9).unwrap().len(), usize::from(round));
        put(&store, [round], noise(round.into(), 1000));
    }
    let store = SledStore::open(&dir).unwrap();
    for round in 0..3_u8 {
        assert_eq!(store.read(&[round]).unwrap(), Some(noise(round.into(), 1000)));
    }
}

#[test]
fn a_store_has_one_owner() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path()).unwrap();
    put(&store, "a", "1");
    let second = SledStore::open(dir.path()).unwrap_err();
    assert!(matches!(&second, StoreError::InUse { .. }));
    assert!(second.to_string().contains("in use by another node"));
    put(&store, "a", "2");
    drop(store);
    assert_eq!(SledStore::open(dir.path()).unwrap().read(b"a").unwrap(), Some(b"2".to_vec()));
}

#[test]
fn a_newer_format_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    put(&SledStore::open(dir.path()).unwrap(), "a", "1");
    write_format(dir.path(), FORMAT + 1);
    let refusal = SledStore::open(dir.path()).unwrap_err();
    assert!(matches!(refusal, StoreError::NewerFormat { found, known: FORMAT, .. } if found == FORMAT + 1));
    assert!(refusal.to_string().contains("install a newer one"));
    write_format(dir.path(), FORMAT);
    assert!(SledStore::open(dir.path()).unwrap().read(b"a").unwrap().is_some());
}

#[test]
fn a_database_of_somebody_else_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    opening::config(dir.path()).open().unwrap().insert("a", "1").unwrap();
    let refusal = SledStore::open(dir.path()).unwrap_err();
    assert!(matches!(refusal, StoreError::Unreadable { why, .. } if why.contains("format")));
}

#[test]
fn a_file_in_the_way_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, "").unwrap();
    assert!(matches!(SledStore::open(&path).unwrap_err(), StoreError::Open { .. }));
}

#[test]
fn a_snapshot_cut_short_does_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    put(&SledStore::open(dir.path()).unwrap(), "a", "1");
    let partial = dir.path().join("snap.7FFFFFFFFFFFFFFF.generating");
    fs::write(&partial, "part").unwrap();
    assert!(SledStore::open(dir.path()).unwrap().read(b"a").unwrap().is_some());
    assert!(!partial.exists());
}

#[test]
fn the_directory_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("store");
    drop(SledStore::open(&dir).unwrap());
    assert_eq!(fs::metadata(dir).unwrap().permissions().mode() & 0o777, 0o700);
}

/// Fills pages with the largest records, replaces them and takes most away, so that pages split, fill up and merge.
#[test]
fn nothing_goes_where_it_is_not_made_durable() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path()).unwrap();
    let (count, largest) = (60_usize, noise(1, MAX_VALUE));
    let key = |n: usize| [&[n as u8], &[255; MAX_KEY - 1][..]].concat();
    let check = || assert_eq!(fs::read_dir(dir.path().join("blobs")).unwrap().count(), 0);
    for step in [1, 59, 7] {
        for n in 0..count {
            put(&store, key(n * step % count), largest.as_slice());
            check();
        }
        for n in (0..count).filter(|n| n % 6 != 0) {
            let mut batch = Batch::new();
            batch.delete(key(n * 59 % count));
            store.commit(batch).unwrap();
            check();
        }
    }
}

#[test]
fn a_commit_that_is_not_confirmed_stops_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path()).unwrap();
    put(&store, "a", "1");
    // A device that cannot be synchronised stands for a disk that fails.
    store.replace_data_handle(File::open("/dev/null").unwrap());
    let mut batch = Batch::new();
    batch.put("a", "2");
    assert!(matches!(store.commit(batch.clone()).unwrap_err(), StoreError::Backend { .. }));
    assert!(matches!(store.commit(batch).unwrap_err(), StoreError::Stopped { .. }));
    assert!(matches!(store.read(b"a").unwrap_err(), StoreError::Stopped { .. }));
    assert!(matches!(store.scan(b"", b"", 1).unwrap_err(), StoreError::Stopped { .. }));
    assert!(matches!(store.last(b"").unwrap_err(), StoreError::Stopped { .. }));
    drop(store);
    put(&SledStore::open(dir.path()).unwrap(), "a", "3");
}

#[test]
fn a_disk_that_is_nearly_full_takes_nothing_and_still_answers() {
    let dir = tempfile::tempdir().unwrap();
    put(&SledStore::open(dir.path()).unwrap(), "a", "1");
    let short = Room { low_water: u64::MAX, reserve: 1 };
    let store = SledStore::open_with(dir.path(), short).unwrap();
    let mut batch = Batch::new();
    batch.put("a", "2");
    for _ in 0..2 {
        let refusal = store.commit(batch.clone()).unwrap_err();
        assert!(matches!(refusal, StoreError::Full { stopped: false, free: 1.., .. }));
        assert_eq!(store.read(b"a").unwrap(), Some(b"1".to_vec()));
    }
}

fn write_format(dir: &Path, version: u32) {
    opening::settle(dir).unwrap();
    let own = opening::config(dir).open().unwrap().open_tree(OWN_TREE).unwrap();
    own.insert(FORMAT_KEY, frame::pack(FORMAT_KEY, &version.to_be_bytes())).unwrap();
    own.flush().unwrap();
}
