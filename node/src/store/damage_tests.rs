//! A byte that changes on disk is noticed: what is read is what was written, or an error, and never a panic.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::FileExt,
    path::Path,
};

use super::{
    Batch, Pair, SledStore, Store, StoreError,
    contract::{noise, put},
    frame, opening,
};

/// Damage in what sled replays on opening, which is all there is of a store that was opened once.
#[test]
fn damage_in_the_log_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().join("base");
    let records = fill(&SledStore::open(&base).unwrap());
    let used = written(&base.join("db"));
    let noticed = (0..24).filter(|n| {
        let copy = dir.path().join(n.to_string());
        copy_store(&base, &copy);
        flip(&copy.join("db"), used * n / 24 + n);
        let noticed = match SledStore::open(&copy) {
            Ok(store) => intact(&store, &records).is_err(),
            Err(error) => matches!(error, StoreError::Unreadable { .. }),
        };
        fs::remove_dir_all(&copy).unwrap();
        noticed
    });
    assert_eq!(noticed.count(), 24);
}

/// Damage in what sled finds by its place, after a snapshot in a later segment.
#[test]
fn damage_in_a_page_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().join("base");
    let records = fill(&SledStore::open(&base).unwrap());
    let used = written(&base.join("db"));
    push_the_snapshot_on(&base);
    let (mut noticed, mut open) = (0, 0);
    for n in 1..=24 {
        let copy = dir.path().join(n.to_string());
        copy_store(&base, &copy);
        flip(&copy.join("db"), used * n / 25);
        if let Ok(store) = SledStore::open(&copy) {
            open += 1;
            noticed += u32::from(intact(&store, &records).is_err());
        }
        fs::remove_dir_all(&copy).unwrap();
    }
    // Much of what is in the file has been replaced since.
    assert!(open == 24 && noticed > 0, "{noticed} of {open}");
}

#[test]
fn damage_beside_the_log_is_noticed_or_harmless() {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().join("base");
    let records = fill(&SledStore::open(&base).unwrap());
    drop(SledStore::open(&base).unwrap());
    for entry in fs::read_dir(&base).unwrap() {
        let name = entry.unwrap().file_name();
        let len = fs::metadata(base.join(&name)).unwrap().len();
        if name == "db" || name == "reserve" || name == "blobs" {
            continue;
        }
        for n in (0..len).step_by(1 + len as usize / 8) {
            let copy = dir.path().join("copy");
            copy_store(&base, &copy);
            flip(&copy.join(&name), n);
            if let Ok(store) = SledStore::open(&copy) {
                intact(&store, &records).unwrap();
            }
            fs::remove_dir_all(&copy).unwrap();
        }
    }
}

/// A store from before some commits, as a disk leaves it that confirms what it has not written.
#[test]
fn a_commit_that_has_gone_is_missed() {
    let dir = tempfile::tempdir().unwrap();
    let (now, before) = (dir.path().join("now"), dir.path().join("before"));
    put(&SledStore::open(&now).unwrap(), "a", "1");
    copy_store(&now, &before);
    put(&SledStore::open(&now).unwrap(), "a", "2");
    fs::copy(now.join("commits"), before.join("commits")).unwrap();
    let refusal = SledStore::open(&before).unwrap_err();
    assert!(matches!(refusal, StoreError::Unreadable { why, .. } if why.contains("1 commits of 2")));
    fs::remove_file(before.join("commits")).unwrap();
    assert_eq!(SledStore::open(&before).unwrap().read(b"a").unwrap(), Some(b"1".to_vec()));
}

#[test]
fn a_value_that_is_not_its_keys_is_named() {
    let dir = tempfile::tempdir().unwrap();
    put(&SledStore::open(dir.path()).unwrap(), "a", "1");
    opening::settle(dir.path()).unwrap();
    let db = opening::config(dir.path()).open().unwrap();
    db.insert("b", frame::pack(b"a", b"1")).unwrap();
    db.flush().unwrap();
    drop(db);
    let store = SledStore::open(dir.path()).unwrap();
    assert!(store.read(b"a").unwrap().is_some());
    let named = |error| matches!(error, StoreError::Damaged { key, .. } if key == b"b");
    assert!(named(store.read(b"b").unwrap_err()));
    assert!(named(store.scan(b"", b"", 9).unwrap_err()));
    assert!(named(store.last(b"").unwrap_err()));
    assert_eq!(store.scan(b"", b"", 1).unwrap().len(), 1);
    put(&store, "b", "healed");
    assert_eq!(store.scan(b"", b"", 9).unwrap().len(), 2);
}

fn fill(store: &SledStore) -> Vec<Pair> {
    let mut records = Vec::new();
    for commit in 0..20_u64 {
        let mut batch = Batch::new();
        for n in 0..10 {
            let record = (noise(commit * 10 + n, 8), noise(n, 200 + n as usize * 500));
            batch.put(record.0.as_slice(), record.1.as_slice());
            records.push(record);
        }
        store.commit(batch).unwrap();
    }
    records.sort();
    records
}

/// Returns an error of the store; panics if it returns anything but the records.
fn intact(store: &SledStore, records: &[Pair]) -> Result<(), StoreError> {
    for (key, value) in records {
        assert_eq!(store.read(key)?.as_ref(), Some(value));
    }
    assert_eq!(store.last(b"")?.as_ref(), records.last());
    assert!(store.scan(b"", b"", usize::MAX)? == records);
    Ok(())
}

/// Fills the segment with records that come and go, so that the next snapshot is in another one.
fn push_the_snapshot_on(dir: &Path) {
    let store = SledStore::open(dir).unwrap();
    for n in 0..150_u64 {
        put(&store, "\u{ff}", noise(n, 120_000));
    }
    let mut batch = Batch::new();
    batch.delete("\u{ff}");
    store.commit(batch).unwrap();
    drop(store);
    drop(SledStore::open(dir).unwrap());
}

/// Returns the length of a file without the zeros at its end.
fn written(path: &Path) -> u64 {
    let bytes = fs::read(path).unwrap();
    bytes.iter().rposition(|&byte| byte != 0).unwrap() as u64 + 1
}

fn flip(path: &Path, offset: u64) {
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).unwrap();
    file.write_all_at(&[byte[0] ^ 1 << (offset % 8)], offset).unwrap();
}

fn copy_store(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("blobs")).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        if name != "blobs" && name != "reserve" {
            fs::copy(from.join(&name), to.join(&name)).unwrap();
        }
    }
}
