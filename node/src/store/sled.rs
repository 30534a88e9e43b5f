use std::{
    fmt,
    fs::File,
    mem,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use super::{
    Batch, Pair, Store, StoreError,
    batch::Op,
    frame,
    opening::{self, COMMITS_KEY, Opened},
    reserve::{self, Room},
    trouble::{Trouble, guarded},
};

/// A store on disk.
///
/// One owner at a time; dropping it closes it. Commits take the lock for themselves until the disk has confirmed, so that
/// nobody reads, and passes on, what a power cut could still undo. They do not gain from coming in parallel.
pub struct SledStore {
    dir: PathBuf,
    state: RwLock<Result<Opened, Halt>>,
    /// Held for its lock. Fields are dropped in order, so the files are closed before it is given up.
    _claim: File,
}

/// Why a store answers nothing any more.
enum Halt {
    Full,
    Failed(String),
}

impl SledStore {
    /// Opens the store in a directory, and creates both if need be.
    ///
    /// Opening writes: sled clears what a crash has left at the end of its log, and takes a snapshot. Damage further up is
    /// found before that, and leaves everything as it is.
    ///
    /// # Errors
    ///
    /// - [`StoreError::InUse`] if somebody has it open.
    /// - [`StoreError::NewerFormat`] if a later release wrote it.
    /// - [`StoreError::Unreadable`] if it is damaged, or lacks a commit that was acknowledged.
    /// - [`StoreError::Full`] if the disk has no room even without the reserve.
    /// - [`StoreError::Open`] if the system refuses.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::open_with(dir, Room::default())
    }

    pub(super) fn open_with(dir: &Path, room: Room) -> Result<Self, StoreError> {
        let claim = opening::claim(dir)?;
        let opened = opening::open(dir, room)?;
        Ok(Self { dir: dir.to_owned(), state: RwLock::new(Ok(opened)), _claim: claim })
    }

    #[cfg(test)]
    pub(super) fn replace_data_handle(&self, data: File) {
        if let Ok(opened) = self.writing().as_mut() {
            opened.data = data;
        }
    }

    fn reading(&self) -> RwLockReadGuard<'_, Result<Opened, Halt>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> RwLockWriteGuard<'_, Result<Opened, Halt>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn halted(&self, halt: &Halt) -> StoreError {
        match halt {
            Halt::Full => self.full(),
            Halt::Failed(why) => StoreError::Stopped { path: self.dir.clone(), why: why.clone() },
        }
    }

    fn full(&self) -> StoreError {
        let free = reserve::free(&self.dir).unwrap_or(0);
        StoreError::Full { path: self.dir.clone(), free, stopped: true }
    }

    fn unread(&self, key: &[u8], trouble: Trouble) -> StoreError {
        let path = self.dir.clone();
        match trouble {
            Trouble::Damaged(why) => StoreError::Damaged { path, key: key.to_vec(), why },
            trouble => self.unwritten(trouble),
        }
    }

    fn unwritten(&self, trouble: Trouble) -> StoreError {
        let path = self.dir.clone();
        match trouble {
            Trouble::Full => self.full(),
            Trouble::Damaged(why) => StoreError::Unreadable { path, why },
            Trouble::Failed(source) => StoreError::Backend { path, source },
        }
    }

    fn checked(&self, key: &[u8], stored: &[u8]) -> Result<Vec<u8>, StoreError> {
        let value = frame::unpack(key, stored).map(<[u8]>::to_vec);
        value.ok_or_else(|| self.unread(key, Trouble::Damaged("its hash does not fit".into())))
    }
}

impl Store for SledStore {
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let state = self.reading();
        let opened = state.as_ref().map_err(|halt| self.halted(halt))?;
        let stored = guarded(|| opened.db.get(key)).map_err(|trouble| self.unread(key, trouble))?;
        stored.map(|stored| self.checked(key, &stored)).transpose()
    }

    fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Pair>, StoreError> {
        let state = self.reading();
        let opened = state.as_ref().map_err(|halt| self.halted(halt))?;
        let mut next = from.max(prefix).to_vec();
        let mut records = opened.db.range(next.as_slice()..);
        let mut pairs = Vec::new();
        while pairs.len() < limit {
            let found = guarded(|| records.next().transpose()).map_err(|trouble| self.unread(&next, trouble))?;
            let Some((key, stored)) = found.filter(|(key, _)| key.starts_with(prefix)) else { break };
            pairs.push((key.to_vec(), self.checked(&key, &stored)?));
            next = [&key[..], &[0]].concat();
        }
        Ok(pairs)
    }

    fn last(&self, prefix: &[u8]) -> Result<Option<Pair>, StoreError> {
        let state = self.reading();
        let opened = state.as_ref().map_err(|halt| self.halted(halt))?;
        let found = guarded(|| opened.db.scan_prefix(prefix).next_back().transpose());
        let found = found.map_err(|trouble| self.unread(prefix, trouble))?;
        found.map(|(key, stored)| Ok((key.to_vec(), self.checked(&key, &stored)?))).transpose()
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let ops = batch.into_checked()?;
        if ops.is_empty() {
            return Ok(());
        }
        let batch = packed(ops);
        let mut state = self.writing();
        let opened = state.as_mut().map_err(|halt| self.halted(halt))?;
        match opened.reserve.shortage() {
            Ok(None) => {}
            Ok(Some(free)) => return Err(StoreError::Full { path: self.dir.clone(), free, stopped: false }),
            Err(error) => return Err(self.unwritten(Trouble::Failed(error.into()))),
        }
        let Err(trouble) = opened.write(batch) else { return Ok(()) };
        close(mem::replace(&mut *state, Err(Halt::from(&trouble))));
        Err(self.unwritten(trouble))
    }
}

impl From<&Trouble> for Halt {
    fn from(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Full => Self::Full,
            Trouble::Damaged(why) => Self::Failed(why.clone()),
            Trouble::Failed(error) => Self::Failed(error.to_string()),
        }
    }
}

impl Opened {
    /// Writes a batch and waits until the disk has it. If this fails, what is in memory is no longer what is on disk.
    fn write(&mut self, batch: sled::Batch) -> Result<(), Trouble> {
        let count = self.count + 1;
        guarded(|| {
            self.db.apply_batch(batch)?;
            self.own.insert(COMMITS_KEY, frame::pack(COMMITS_KEY, &count.to_be_bytes()))?;
            self.db.flush()?;
            Ok(self.data.sync_data()?)
        })?;
        self.count = count;
        if let Err(error) = self.tally.acknowledge(count) {
            tracing::warn!(%error, "the commit is durable but not counted: a loss of it would go unnoticed");
        }
        Ok(())
    }
}

/// Leaves out the database: sled's own would print every record.
impl fmt::Debug for SledStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SledStore").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        close(mem::replace(&mut *self.writing(), Err(Halt::Failed("it is closed".into()))));
    }
}

fn packed(ops: Vec<Op>) -> sled::Batch {
    let mut batch = sled::Batch::default();
    for op in ops {
        match op {
            Op::Put(key, value) => {
                let stored = frame::pack(&key, &value);
                batch.insert(key, stored);
            }
            Op::Delete(key) => batch.remove(key),
        }
    }
    batch
}

/// Closes the files; sled panics if the disk fails then, after every commit has been confirmed.
fn close(state: Result<Opened, Halt>) {
    if let Ok(opened) = state {
        if let Err(error) = opened.tally.sync() {
            tracing::warn!(%error, "the count of commits may be lost in a power cut");
        }
        let closed = guarded(|| {
            drop(opened);
            Ok(())
        });
        if closed.is_err() {
            tracing::warn!("the database did not close cleanly");
        }
    }
}
