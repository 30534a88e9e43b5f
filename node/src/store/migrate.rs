//! From an older format to the one of this release, one step per version.
//!
//! A step may run twice: a crash between it and the new version repeats it. So it only does what does no harm when it is
//! done again. A store is never taken back to an older format: that is what a backup from before is for.

use std::path::Path;

use super::{
    frame,
    opening::FORMAT_KEY,
    trouble::{Trouble, guarded},
};

/// Takes a store from one version to the next.
pub(super) type Step = fn(&sled::Db) -> sled::Result<()>;

/// The steps from version 1 on; the version of this release is one more than their number.
pub(super) const STEPS: [Step; 3] = [says_whose_it_is, keeps_snapshots, drops_old_notes];

/// Takes a store from the version `found` through the steps that come after it.
pub(super) fn from(dir: &Path, db: &sled::Db, own: &sled::Tree, found: u32, steps: &[Step]) -> Result<(), Trouble> {
    for (step, version) in steps.iter().zip(2..).filter(|(_, version)| *version > found) {
        tracing::info!(dir = %dir.display(), version, "the store is taken to a newer format");
        guarded(|| {
            step(db)?;
            db.flush()?;
            set(own, version)
        })?;
    }
    Ok(())
}

/// Writes the version down.
pub(super) fn set(own: &sled::Tree, version: u32) -> sled::Result<()> {
    own.insert(FORMAT_KEY, frame::pack(FORMAT_KEY, &version.to_be_bytes()))?;
    own.flush().map(drop)
}

/// 2: a store says which node it has everything of. One that was in use so far has everything of the node that opens
/// it next.
fn says_whose_it_is(db: &sled::Db) -> sled::Result<()> {
    let key = b"i";
    db.insert(key, frame::pack(key, &[])).map(drop)
}

/// 3: the snapshots of digest entries are kept. Those of before are not there, and decisions are proven without them.
fn keeps_snapshots(_: &sled::Db) -> sled::Result<()> {
    Ok(())
}

/// 4: notes name the last voice of their log. Those of before do not, and no release reads them any more: they go, and
/// witnesses sign anew.
fn drops_old_notes(db: &sled::Db) -> sled::Result<()> {
    db.scan_prefix(b"n").keys().try_for_each(|key| db.remove(key?).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{
        SledStore, Store,
        opening::{self, OWN_TREE},
    };

    fn at_version(dir: &Path, version: u32) {
        drop(SledStore::open(dir).unwrap());
        opening::settle(dir).unwrap();
        let db = opening::config(dir).open().unwrap();
        set(&db.open_tree(OWN_TREE).unwrap(), version).unwrap();
    }

    #[test]
    fn a_store_of_format_3_loses_its_notes_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        at_version(dir.path(), 3);
        opening::settle(dir.path()).unwrap();
        let db = opening::config(dir.path()).open().unwrap();
        for key in [b"na".as_slice(), b"nb", b"ea"] {
            db.insert(key, frame::pack(key, b"some")).unwrap();
        }
        db.flush().unwrap();
        drop(db);
        opening::settle(dir.path()).unwrap();
        let store = SledStore::open(dir.path()).unwrap();
        assert_eq!((store.read(b"na").unwrap(), store.read(b"nb").unwrap()), (None, None));
        assert_eq!(store.read(b"ea").unwrap(), Some(b"some".to_vec()));
    }

    #[test]
    fn a_store_of_format_1_says_that_it_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        at_version(dir.path(), 1);
        let store = SledStore::open(dir.path()).unwrap();
        assert_eq!(store.read(b"i").unwrap(), Some(Vec::new()));
        drop(store);
        // It is of this version now: what the step wrote is not written again.
        opening::settle(dir.path()).unwrap();
        let db = opening::config(dir.path()).open().unwrap();
        db.remove(b"i").unwrap();
        db.flush().unwrap();
        drop(db);
        assert_eq!(SledStore::open(dir.path()).unwrap().read(b"i").unwrap(), None);
    }

    #[test]
    fn steps_run_in_order_and_only_those_that_are_missing() {
        let dir = tempfile::tempdir().unwrap();
        let db = opening::config(dir.path()).open().unwrap();
        let own = db.open_tree(OWN_TREE).unwrap();
        fn note(db: &sled::Db, step: u8) -> sled::Result<()> {
            let mut steps = db.get("steps")?.map(|steps| steps.to_vec()).unwrap_or_default();
            steps.push(step);
            db.insert("steps", steps).map(drop)
        }
        let steps: [Step; 3] = [|db| note(db, 2), |db| note(db, 3), |db| note(db, 4)];
        from(dir.path(), &db, &own, 2, &steps).unwrap();
        assert_eq!(db.get("steps").unwrap().unwrap(), [3, 4]);
        let version = own.get(FORMAT_KEY).unwrap().unwrap();
        assert_eq!(frame::unpack(FORMAT_KEY, &version), Some(&4_u32.to_be_bytes()[..]));

        let failing: [Step; 1] = [|_| Err(sled::Error::Unsupported("no".into()))];
        assert!(from(dir.path(), &db, &own, 1, &failing).is_err());
        let version = own.get(FORMAT_KEY).unwrap().unwrap();
        assert_eq!(
            frame::unpack(FORMAT_KEY, &version),
            Some(&4_u32.to_be_bytes()[..]),
            "a step that failed counts not"
        );
    }
}
