//! The node's records in its store: keys with a letter for the kind, so that each kind is one range.

use std::sync::Arc;

use folkmoot_protocol::{
    body::Body,
    cbor,
    entry::Entry,
    federation::{FederationAgreement, Invitation},
    id::{BodyId, LogId},
    key::PublicKey,
    limits::{ANSWER_BYTES, ENTRY_BYTES, ITEMS},
    machine::{Machine, Record},
    note::Note,
    replay::Snapshot,
    sync::{Answer, Parcel},
};
use thiserror::Error;

use crate::store::{Batch, Pair, Store, StoreError};

/// The key under which a store says of which node it has everything that it signed.
const INTACT: &[u8] = b"i";
/// A snapshot is stored in parts of so many bytes, as large as an entry: the store takes no larger values.
const SNAPSHOT_PART: usize = 64 * 1024;
/// How many records one scan reads.
const PAGE: usize = 256;

/// Says why the records of a store cannot be used.
#[derive(Debug, Error)]
pub enum RecordsError {
    /// The store cannot read or write.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Writing broke down.
    #[error("writing to the store broke down ({0}): this is a bug; nothing unwritten was acknowledged")]
    Broken(String),
    /// A record is whole but does not fit to what stands before it.
    #[error(
        "the store is damaged: {what}; nothing was changed. Restore a backup into a new home (moot restore), or move the store away and let the node fetch what others hold"
    )]
    Unusable {
        /// Which record, and why.
        what: String,
    },
}

/// The node's records.
#[derive(Clone)]
pub struct Records {
    store: Arc<dyn Store>,
}

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Records")
    }
}

impl Records {
    /// Reads and writes records in `store`.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Stores records, all or nothing, durably.
    ///
    /// # Errors
    /// If the store cannot: then nothing of it is to be taken as stored.
    pub fn commit(&self, records: &[Record]) -> Result<(), RecordsError> {
        let mut batch = Batch::new();
        for record in records {
            match record {
                Record::Entry { log, number, bytes } => batch.put(entry_key(log, *number), bytes.clone()),
                Record::Snapshot { log, number, bytes } => {
                    for (part, bytes) in (0_u16..).zip(bytes.chunks(SNAPSHOT_PART)) {
                        let part = [&number.to_be_bytes()[..], &part.to_be_bytes()].concat();
                        batch.put(key(b's', &log.0, &part), bytes);
                    }
                }
                Record::Body(log, id, bytes) => batch.put(key(b'b', &log.0, &id.0), bytes.clone()),
                Record::DropBody(log, id) => batch.delete(key(b'b', &log.0, &id.0)),
                Record::Note(log, id, bytes) => batch.put(key(b'n', &log.0, &id.0), bytes.clone()),
                Record::DropNote(log, id) => batch.delete(key(b'n', &log.0, &id.0)),
                Record::Stop(log, bytes) => batch.put(key(b'x', &log.0, &[]), bytes.clone()),
                Record::Agreement(id, bytes) => batch.put(key(b'f', &id.0, &[]), bytes.clone()),
                Record::NotIntact => batch.delete(INTACT),
                Record::Complete(log, true) => batch.put(key(b'c', &log.0, &[]), []),
                Record::Complete(log, false) => batch.delete(key(b'c', &log.0, &[])),
                Record::Invitation(secret, bytes) => batch.put(key(b't', &secret.0, &[]), bytes.clone()),
                Record::DropInvitation(secret) => batch.delete(key(b't', &secret.0, &[])),
            }
        }
        Ok(self.store.commit(batch)?)
    }

    /// Rebuilds a replica from everything that is stored.
    ///
    /// # Errors
    /// If a record cannot be read or does not replay; nothing is changed.
    pub fn restore(&self, machine: &mut Machine) -> Result<(), RecordsError> {
        self.each(b"f", |key, bytes| {
            let agreement: FederationAgreement =
                cbor::decode(bytes, ENTRY_BYTES).map_err(|e| unusable("agreement", key, &e))?;
            machine.restore_agreement(agreement);
            Ok(())
        })?;
        self.each(b"t", |key, bytes| {
            let invitation: Invitation = cbor::decode(bytes, ENTRY_BYTES).map_err(|e| unusable("ticket", key, &e))?;
            machine.restore_invitation(invitation);
            Ok(())
        })?;
        self.each(b"e", |key, bytes| {
            let entry = Entry::decode_stored(bytes).map_err(|e| unusable("entry", key, &e))?;
            machine.restore_entry(&entry).map_err(|e| unusable("entry", key, &e))
        })?;
        let mut notes = Vec::new();
        self.each(b"n", |key, bytes| {
            let note = Note::decode_stored(folkmoot_protocol::envelope::Kind::Note, bytes);
            notes.push(note.map_err(|e| unusable("note", key, &e))?);
            Ok(())
        })?;
        // Keys are in the order of hashes; a witness's chain is in the order of places and dates.
        notes.sort_by_key(|note| (note.content().number, note.content().time));
        notes.into_iter().for_each(|note| machine.restore_note(note));
        self.each(b"x", |key, bytes| {
            let entry = Entry::decode_stored(bytes).map_err(|e| unusable("proof", key, &e))?;
            machine.restore_stop(&entry.log(), &entry);
            Ok(())
        })?;
        self.each(b"c", |key, _| {
            let log = key.get(1..).and_then(|id| id.try_into().ok());
            machine.restore_complete(&LogId(log.ok_or_else(|| unusable("mark", key, &"it names no log"))?));
            Ok(())
        })?;
        if self.is_intact(&machine.node())? {
            machine.restore_intact();
        }
        Ok(())
    }

    /// Says that the store was made together with a node's identity: it has everything that the node will ever sign.
    ///
    /// # Errors
    /// If the store cannot write it.
    pub fn mark_intact(&self, node: &PublicKey) -> Result<(), RecordsError> {
        let mut batch = Batch::new();
        batch.put(INTACT, node.as_bytes());
        Ok(self.store.commit(batch)?)
    }

    /// Whether the store has everything that the node signed.
    fn is_intact(&self, node: &PublicKey) -> Result<bool, RecordsError> {
        match self.store.read(INTACT)? {
            // A store of format 1 did not say whose it is: it belongs to whoever opens it first.
            Some(whose) if whose.is_empty() => self.mark_intact(node).map(|()| true),
            whose => Ok(whose.is_some_and(|whose| whose == node.as_bytes())),
        }
    }

    /// A body of a log, unless it was erased or never came.
    ///
    /// # Errors
    /// If the store cannot read it.
    pub fn body(&self, log: &LogId, id: &BodyId) -> Result<Option<Body>, RecordsError> {
        Ok(self.store.read(&key(b'b', &log.0, &id.0))?.and_then(|bytes| Body::decode(&bytes).ok()))
    }

    /// Up to `limit` records of any kind in the order of their keys, as they are stored.
    pub(crate) fn pairs(&self, from: &[u8], limit: usize) -> Result<Vec<Pair>, RecordsError> {
        Ok(self.store.scan(b"", from, limit)?)
    }

    /// Up to `limit` entries of a log from a number on, as bytes.
    ///
    /// # Errors
    /// If the store cannot read them.
    pub fn entries(&self, log: &LogId, from: u64, limit: usize) -> Result<Vec<Vec<u8>>, RecordsError> {
        let pairs = self.store.scan(&key(b'e', &log.0, &[]), &entry_key(log, from), limit)?;
        Ok(pairs.into_iter().map(|(_, bytes)| bytes).collect())
    }

    /// The number of the last digest entry of a log before `number` whose snapshot is here.
    ///
    /// # Errors
    /// If the store cannot read it.
    pub fn snapshot_before(&self, log: &LogId, number: u64) -> Result<Option<u64>, RecordsError> {
        let (mut low, mut high, mut found) = (0, number, None);
        while low < high {
            let middle = low + (high - low) / 2;
            let from = key(b's', &log.0, &middle.to_be_bytes());
            let next = self.store.scan(&key(b's', &log.0, &[]), &from, 1)?;
            let next = next.first().and_then(|(key, _)| number_in(key));
            match next.filter(|next| *next < high) {
                Some(next) => {
                    found = Some(next);
                    low = next + 1;
                }
                None => high = middle,
            }
        }
        Ok(found)
    }

    /// The snapshot of the digest entry with that number, unless it is not here or not whole.
    ///
    /// # Errors
    /// If the store cannot read it.
    pub fn snapshot(&self, log: &LogId, number: u64) -> Result<Option<Snapshot>, RecordsError> {
        let prefix = key(b's', &log.0, &number.to_be_bytes());
        let parts = self.store.scan(&prefix, &prefix, PAGE)?;
        let bytes: Vec<u8> = parts.into_iter().flat_map(|(_, bytes)| bytes).collect();
        Ok(Snapshot::decode(&bytes).ok())
    }

    /// The answer to a peer that asks for entries of a log from a number on: as many as fit, at least one.
    ///
    /// # Errors
    /// If the store cannot read them.
    pub fn answer(&self, log: LogId, from: u64) -> Result<Answer, RecordsError> {
        let (mut parcels, mut bytes, mut next) = (Vec::new(), 0, from);
        'pages: loop {
            let page = self.entries(&log, next, PAGE)?;
            let last = page.len() < PAGE;
            next += page.len() as u64;
            for entry in page {
                let parcel = self.parcel(&log, &entry)?;
                bytes += parcel.size();
                if !parcels.is_empty() && (bytes > ANSWER_BYTES || parcels.len() >= ITEMS) {
                    break 'pages;
                }
                parcels.push(parcel);
            }
            if last {
                break;
            }
        }
        Ok(Answer::Entries { log, entries: parcels })
    }

    fn parcel(&self, log: &LogId, entry: &[u8]) -> Result<Parcel, RecordsError> {
        let named = Entry::decode_stored(entry).map(|entry| entry.bodies()).unwrap_or_default();
        let mut parcel = Parcel::new(entry, []);
        for id in named {
            if let Some(body) = self.body(log, &id)? {
                // An entry's bodies may together exceed an answer; nothing depends on them, so the rest is left out.
                if parcel.size() + body.bytes().len() < ANSWER_BYTES {
                    parcel.bodies.push(folkmoot_protocol::entry::Raw(body.bytes()));
                }
            }
        }
        Ok(parcel)
    }

    fn each(
        &self,
        prefix: &[u8],
        mut take: impl FnMut(&[u8], &[u8]) -> Result<(), RecordsError>,
    ) -> Result<(), RecordsError> {
        let mut from = prefix.to_vec();
        loop {
            let page = self.store.scan(prefix, &from, PAGE)?;
            for (key, bytes) in &page {
                take(key, bytes)?;
            }
            match page.last() {
                Some((key, _)) if page.len() == PAGE => {
                    from.clone_from(key);
                    from.push(0);
                }
                _ => return Ok(()),
            }
        }
    }
}

fn key(kind: u8, first: &[u8], second: &[u8]) -> Vec<u8> {
    [&[kind], first, second].concat()
}

fn entry_key(log: &LogId, number: u64) -> Vec<u8> {
    key(b'e', &log.0, &number.to_be_bytes())
}

/// The number in the key of an entry or a snapshot.
fn number_in(key: &[u8]) -> Option<u64> {
    key.get(33..41).and_then(|number| number.try_into().ok()).map(u64::from_be_bytes)
}

fn unusable(what: &str, key: &[u8], why: &dyn std::fmt::Display) -> RecordsError {
    let log = LogId(key.get(1..33).and_then(|id| id.try_into().ok()).unwrap_or_default());
    let place = number_in(key).filter(|_| what == "entry").map(|number| format!(" {number}")).unwrap_or_default();
    RecordsError::Unusable { what: format!("{what}{place} of {}: {why}", log.short()) }
}

#[cfg(test)]
mod tests {
    use folkmoot_protocol::{key::SecretKey, machine::Settings};

    use super::*;
    use crate::store::MemoryStore;

    fn intact(records: &Records, of: u8) -> bool {
        let mut machine = Machine::new(SecretKey::from_seed([of; 32]), Settings::default());
        records.restore(&mut machine).unwrap();
        machine.is_intact()
    }

    #[test]
    fn a_store_is_intact_for_the_node_that_it_was_made_with() {
        let records = Records::new(Arc::new(MemoryStore::new()));
        assert!(!intact(&records, 1), "an empty store of a node that was there before");
        records.mark_intact(&SecretKey::from_seed([1; 32]).public()).unwrap();
        assert!(intact(&records, 1));
        assert!(!intact(&records, 2), "another node's keys were put beside it");
        records.commit(&[Record::NotIntact]).unwrap();
        assert!(!intact(&records, 1));
    }

    #[test]
    fn a_store_of_format_1_belongs_to_the_node_that_opens_it_first() {
        let store = Arc::new(MemoryStore::new());
        let mut batch = Batch::new();
        batch.put(INTACT, []);
        store.commit(batch).unwrap();
        let records = Records::new(store);
        assert!(intact(&records, 1));
        assert!(!intact(&records, 2));
    }

    #[test]
    fn the_last_snapshot_before_an_entry_is_found_and_put_together() {
        let records = Records::new(Arc::new(MemoryStore::new()));
        let (log, other) = (LogId([1; 32]), LogId([2; 32]));
        assert_eq!(records.snapshot_before(&log, 100).unwrap(), None);
        for number in [3, 40, 41, 1000] {
            let bytes = vec![number as u8; SNAPSHOT_PART + 1];
            records.commit(&[Record::Snapshot { log, number, bytes }]).unwrap();
        }
        records.commit(&[Record::Snapshot { log: other, number: 70, bytes: vec![1] }]).unwrap();
        let expected = [(0, None), (3, None), (4, Some(3)), (40, Some(3)), (41, Some(40)), (42, Some(41))];
        for (number, found) in
            expected.into_iter().chain([(1000, Some(41)), (1001, Some(1000)), (u64::MAX, Some(1000))])
        {
            assert_eq!(records.snapshot_before(&log, number).unwrap(), found, "before {number}");
        }
        assert!(records.snapshot(&log, 40).unwrap().is_none(), "what is no snapshot is not taken for one");
        let parts = records.pairs(&[], 100).unwrap();
        assert!(parts.iter().all(|(_, value)| value.len() <= SNAPSHOT_PART));
        assert_eq!(parts.len(), 4 * 2 + 1);
    }
}
