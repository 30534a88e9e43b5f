//! Durable records: one ordered map from keys to values, on disk with sled or in memory.
//!
//! What a member is told, or a peer is sent, must survive a power cut. So [`Store::commit`] returns only once the disk
//! has confirmed, a read shows only what has been confirmed, and every value is checked by its hash when it is read.
//!
//! Everything blocks: call it from a thread that may, such as tokio's `spawn_blocking`. A commit costs one
//! synchronisation of the disk whatever its size, so gather records into a [`Batch`] and commit from one place.
//!
//! # Layout
//!
//! - `batch` — writes that belong together, and their limits
//! - `error` — one enum, with what to do
//! - `frame` — the hash around each value
//! - `sled` — the store on disk; `opening`, `survey`, `reserve`, `tally` and `trouble` are what it takes to run one safely
//! - `migrate` — from an older format to this one
//! - `memory` — the store for tests
//! - `contract` — what both must do

mod batch;
mod error;
mod frame;
mod memory;
mod migrate;
mod opening;
mod reserve;
mod sled;
mod survey;
mod tally;
mod trouble;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod full_tests;
#[cfg(test)]
mod sled_tests;

pub use self::opening::FORMAT;
pub(crate) use self::reserve::{LOW_WATER, free};
pub use self::{batch::Batch, error::StoreError, memory::MemoryStore, sled::SledStore};

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// Bytes in a key: a few ids and numbers.
pub const MAX_KEY: usize = 1024;

/// Bytes in a value: an entry or a body of 64 KiB with room around it; larger evidence comes in chunks.
///
/// sled moves a page over a quarter of a segment (16 MiB at most) into a file of its own, which it never makes durable.
/// A page holds up to 20 records for a moment, so 128 KiB stays below that with a third to spare.
pub const MAX_VALUE: usize = 128 * 1024;

/// Bytes in a batch, keys and values together: what sled writes for it, two to six times as much, fits a segment.
///
/// So no unconfirmed batch spans several segments, which after a power cut might be found in part, and none fills one in a
/// single write, which sled cannot count at this size of segment.
pub const MAX_BATCH: usize = 2 * 1024 * 1024;

/// An ordered map from keys to values that survives a power cut.
pub trait Store: Send + Sync + 'static {
    /// Returns the value under `key`, once it has passed its check.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if the bytes have changed on disk.
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Returns up to `limit` pairs under `prefix` in the order of their keys.
    ///
    /// - `from` is a whole key: the first one returned is the first that is not below it.
    /// - A `from` below the prefix, such as the prefix itself, starts at the beginning.
    /// - To go on after a page, append a zero byte to its last key.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if one of them does not pass its check; none is returned then.
    fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Pair>, StoreError>;

    /// Returns the pair under `prefix` with the last key.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if it does not pass its check.
    fn last(&self, prefix: &[u8]) -> Result<Option<Pair>, StoreError>;

    /// Makes the writes of a batch durable, all or none.
    ///
    /// - On `Ok` they survive a power cut.
    /// - On `Err` nothing of them is to be taken as stored. After an error of the disk the store answers nothing until
    ///   it is opened again, because nobody can say what is in it.
    /// - Commits go one after the other, and reads wait for them: a record that is not yet durable is never seen.
    ///
    /// # Errors
    ///
    /// - [`StoreError::TooLarge`] if a key, a value or the batch is over its limit.
    /// - [`StoreError::Full`] if the disk is full, or nearly.
    /// - [`StoreError::Backend`] and [`StoreError::Unreadable`] if the disk or the database fails.
    fn commit(&self, batch: Batch) -> Result<(), StoreError>;
}

/// Returns the least key above every key that starts with `prefix`, if there is one.
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte < u8::MAX)?;
    let mut after = prefix[..=last].to_vec();
    after[last] += 1;
    Some(after)
}
