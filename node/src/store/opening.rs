//! Opening a store on disk: one owner, leftovers cleared, damage and other formats refused, files made durable.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

use super::{
    StoreError, frame, migrate,
    reserve::{self, Reserve, Room},
    survey,
    tally::Tally,
    trouble::{Trouble, guarded},
};

/// The version of what is kept and how; a store with a larger one is refused.
pub const FORMAT: u32 = 1 + migrate::STEPS.len() as u32;

/// The tree for the store's own records, apart from the callers' so that no key is taken from them.
pub(super) const OWN_TREE: &[u8] = b"\0store";
pub(super) const FORMAT_KEY: &[u8] = b"\0format";
pub(super) const COMMITS_KEY: &[u8] = b"\0commits";

/// The largest segment that sled takes. Pages over a quarter of it would go to `blobs/`, which sled never makes durable.
const SEGMENT: usize = 16 << 20;

/// Memory for pages.
const CACHE: u64 = 64 << 20;

/// An open store.
pub(super) struct Opened {
    pub(super) db: sled::Db,
    pub(super) own: sled::Tree,
    /// A second handle on sled's file, since sled does not synchronise its own.
    pub(super) data: File,
    pub(super) tally: Tally,
    pub(super) reserve: Reserve,
    /// Commits so far.
    pub(super) count: u64,
}

/// Creates the directory and takes hold of it; the store is ours until the file is closed.
pub(super) fn claim(dir: &Path) -> Result<File, StoreError> {
    create(dir).map_err(|source| refused(dir, source))?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let lock = options.open(dir.join("lock")).map_err(|source| refused(dir, source))?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(Errno::WOULDBLOCK) => Err(StoreError::InUse { path: dir.to_owned() }),
        Err(error) => Err(refused(dir, error.into())),
    }
}

/// Opens the store in a directory that has been claimed.
pub(super) fn open(dir: &Path, room: Room) -> Result<Opened, StoreError> {
    settle(dir)?;
    let mut reserve = prepare(dir, room).map_err(|source| refused(dir, source))?;
    if let Some(why) = survey::damage(dir, SEGMENT).map_err(|source| refused(dir, source))? {
        return Err(StoreError::Unreadable { path: dir.to_owned(), why });
    }
    let (db, own) = guarded(|| database(dir)).map_err(|trouble| unopened(dir, trouble))?;
    let tally = Tally::open(dir).map_err(|source| refused(dir, source))?;
    let count = guarded(|| Ok(check(dir, &db, &own, &tally))).map_err(|trouble| unopened(dir, trouble))??;
    let data = persist(dir).map_err(|source| refused(dir, source))?;
    reserve.replenish().map_err(|source| refused(dir, source))?;
    Ok(Opened { db, own, data, tally, reserve, count })
}

/// The one way to configure sled, for everything that opens its files.
pub(super) fn config(dir: &Path) -> sled::Config {
    sled::Config::new().path(dir).cache_capacity(CACHE).segment_size(SEGMENT).flush_every_ms(None)
}

/// Waits for the threads of a store that was just closed, which may hold sled's own lock for a moment longer.
pub(super) fn settle(dir: &Path) -> Result<(), StoreError> {
    let Ok(data) = File::open(dir.join("db")) else { return Ok(()) };
    for _ in 0..100 {
        if flock(&data, FlockOperation::NonBlockingLockExclusive).is_ok() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Err(StoreError::InUse { path: dir.to_owned() })
}

/// Creates the directory, for its owner only, and makes the names on the way to it durable.
fn create(dir: &Path) -> io::Result<()> {
    let missing: Vec<_> = dir.ancestors().take_while(|path| !path.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    for parent in missing.into_iter().filter_map(Path::parent) {
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        File::open(parent)?.sync_all()?;
    }
    Ok(())
}

/// Makes room, and removes snapshots cut short by a crash, which sled would take for the latest one and call corrupt.
fn prepare(dir: &Path, room: Room) -> io::Result<Reserve> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(&path)?;
        }
    }
    Reserve::open(dir, room)
}

fn database(dir: &Path) -> sled::Result<(sled::Db, sled::Tree)> {
    let db = config(dir).open()?;
    let own = db.open_tree(OWN_TREE)?;
    Ok((db, own))
}

/// Checks the format and that no acknowledged commit is missing; returns their number.
fn check(dir: &Path, db: &sled::Db, own: &sled::Tree, tally: &Tally) -> Result<u64, StoreError> {
    let damaged = |why: String| StoreError::Unreadable { path: dir.to_owned(), why };
    let acknowledged = tally.acknowledged();
    let format = own_record(own, FORMAT_KEY).map_err(|trouble| unopened(dir, trouble))?;
    match format.map(u32::from_be_bytes) {
        Some(found) if found > FORMAT => {
            return Err(StoreError::NewerFormat { path: dir.to_owned(), found, known: FORMAT });
        }
        Some(found) => migrate::from(dir, db, own, found, &migrate::STEPS).map_err(|trouble| unopened(dir, trouble))?,
        None if acknowledged == 0 && db.is_empty() => {
            migrate::set(own, FORMAT).map_err(|error| unopened(dir, error.into()))?;
        }
        None => return Err(damaged("its format record is missing".into())),
    }
    let count = own_record(own, COMMITS_KEY).map_err(|trouble| unopened(dir, trouble))?;
    let count = count.map_or(0, u64::from_be_bytes);
    if count < acknowledged {
        return Err(damaged(format!("it holds {count} commits of {acknowledged} that were acknowledged")));
    }
    Ok(count)
}

/// Reads one of the store's own records.
fn own_record<const LEN: usize>(own: &sled::Tree, key: &[u8]) -> Result<Option<[u8; LEN]>, Trouble> {
    let Some(stored) = own.get(key)? else { return Ok(None) };
    let bytes = frame::unpack(key, &stored).and_then(|value| value.try_into().ok());
    bytes.map(Some).ok_or_else(|| Trouble::Damaged("a record of its own is damaged".into()))
}

/// Makes durable what sled has created or renamed, and returns the handle for what it is going to write.
///
/// sled writes `conf` once without synchronising it, and cannot open without; its `snap.*` it synchronises, but not
/// their names.
fn persist(dir: &Path) -> io::Result<File> {
    let data = OpenOptions::new().read(true).write(true).open(dir.join("db"))?;
    data.sync_all()?;
    File::open(dir.join("conf"))?.sync_all()?;
    File::open(dir)?.sync_all()?;
    Ok(data)
}

fn refused(dir: &Path, source: io::Error) -> StoreError {
    StoreError::Open { path: dir.to_owned(), source }
}

fn unopened(dir: &Path, trouble: Trouble) -> StoreError {
    let path: PathBuf = dir.to_owned();
    match trouble {
        Trouble::Full => StoreError::Full { path, free: reserve::free(dir).unwrap_or(0), stopped: true },
        Trouble::Damaged(why) => StoreError::Unreadable { path, why },
        Trouble::Failed(error) => refused(dir, error.into()),
    }
}
