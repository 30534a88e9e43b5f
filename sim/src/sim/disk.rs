//! A simulated disk: what is written becomes durable when it is synced, all or nothing; a crash loses the rest.

use std::collections::{BTreeMap, BTreeSet};

use folkmoot_protocol::{
    entry::Entry,
    id::{BodyId, FederationId, LogId, NoteId, StatementId},
    machine::Record,
    sync::Parcel,
};

use super::facts::Facts;

/// What a store holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    pub(crate) entries: BTreeMap<(LogId, u64), Vec<u8>>,
    pub(crate) bodies: BTreeMap<(LogId, BodyId), Vec<u8>>,
    pub(crate) notes: BTreeMap<(LogId, NoteId), Vec<u8>>,
    pub(crate) stops: BTreeMap<LogId, Vec<u8>>,
    pub(crate) agreements: BTreeMap<FederationId, Vec<u8>>,
    /// The node found that it has lost something.
    pub(crate) lost: bool,
    /// Logs of which it has everything again.
    pub(crate) complete: BTreeSet<LogId>,
    /// The statements that its entries hold.
    pub(crate) statements: BTreeSet<(LogId, StatementId)>,
}

impl Store {
    fn apply(&mut self, record: Record, facts: &mut Facts) {
        match record {
            Record::Entry { log, number, bytes } => {
                let statements = &facts.entry(&bytes).statements;
                self.statements.extend(statements.iter().map(|id| (log, *id)));
                self.entries.insert((log, number), bytes);
            }
            Record::Body(log, id, bytes) => drop(self.bodies.insert((log, id), bytes)),
            Record::DropBody(log, id) => drop(self.bodies.remove(&(log, id))),
            Record::Note(log, id, bytes) => drop(self.notes.insert((log, id), bytes)),
            Record::DropNote(log, id) => drop(self.notes.remove(&(log, id))),
            Record::Stop(log, bytes) => drop(self.stops.insert(log, bytes)),
            Record::Agreement(id, bytes) => drop(self.agreements.insert(id, bytes)),
            Record::NotIntact => self.lost = true,
            Record::Complete(log, true) => drop(self.complete.insert(log)),
            Record::Complete(log, false) => drop(self.complete.remove(&log)),
            // Scenarios have no guests, and prove nothing to outsiders.
            Record::Snapshot { .. } | Record::Invitation(..) | Record::DropInvitation(_) => {}
        }
    }

    /// Bytes of all records.
    pub(crate) fn size(&self) -> usize {
        let entries = self.entries.values().map(Vec::len).sum::<usize>();
        let bodies = self.bodies.values().map(Vec::len).sum::<usize>();
        entries + bodies + self.notes.values().map(Vec::len).sum::<usize>()
    }

    /// The logs of which it has entries.
    pub(crate) fn logs(&self) -> BTreeSet<LogId> {
        self.entries.keys().map(|(log, _)| *log).collect()
    }

    /// The entries of a log.
    pub(crate) fn log(&self, log: &LogId) -> Result<Vec<Entry>, String> {
        let entries = self.entries.range((*log, 0)..=(*log, u64::MAX));
        let decode = |bytes: &Vec<u8>| Entry::decode_stored(bytes).map_err(|e| format!("a disk holds no entry: {e}"));
        entries.map(|(_, bytes)| decode(bytes)).collect()
    }

    /// The number of the last entry of a log.
    pub(crate) fn head(&self, log: &LogId) -> Option<u64> {
        self.entries.range((*log, 0)..=(*log, u64::MAX)).next_back().map(|((_, number), _)| *number)
    }

    /// Entries of a log from a number on with their bodies, as many as fit into one answer.
    pub(crate) fn parcels(&self, log: &LogId, from: u64, facts: &mut Facts) -> Vec<Parcel> {
        let mut parcels = Vec::new();
        let mut size = 0;
        for bytes in self.entries.range((*log, from)..=(*log, u64::MAX)).map(|(_, bytes)| bytes) {
            let bodies = &facts.entry(bytes).bodies;
            let parcel = Parcel::new(bytes, bodies.iter().filter_map(|id| self.bodies.get(&(*log, *id)).cloned()));
            size += parcel.size();
            if !parcels.is_empty() && size > ANSWER_BYTES {
                break;
            }
            parcels.push(parcel);
        }
        parcels
    }
}

/// Small, so that even short logs take several answers; real nodes send up to a megabyte.
const ANSWER_BYTES: usize = 4 * 1024;

/// A disk with a write cache.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    pub(crate) store: Store,
    /// Written, not synced.
    written: Vec<Record>,
    /// What really lasts, for a disk that lies about syncing.
    lasting: Option<Box<Store>>,
    syncs: u32,
}

/// A disk that lies syncs for real once in so many times.
const HONEST_ONCE_IN: u32 = 8;

impl Disk {
    /// Makes an empty disk; one that `lies` says that it has synced when it has not.
    pub(crate) fn new(lies: bool) -> Self {
        Self { lasting: lies.then(Box::default), ..Self::default() }
    }

    /// Writes records, to become durable together at the next sync.
    pub(crate) fn write(&mut self, records: Vec<Record>) {
        self.written.extend(records);
    }

    /// Makes what was written durable, and gives back the entries among it.
    pub(crate) fn sync(&mut self, facts: &mut Facts) -> Vec<(LogId, u64, Vec<u8>)> {
        let mut entries = Vec::new();
        for record in std::mem::take(&mut self.written) {
            if let Record::Entry { log, number, bytes } = &record {
                entries.push((*log, *number, bytes.clone()));
            }
            self.store.apply(record, facts);
        }
        self.syncs += 1;
        if let Some(lasting) = self.lasting.as_mut().filter(|_| self.syncs.is_multiple_of(HONEST_ONCE_IN)) {
            **lasting = self.store.clone();
        }
        entries
    }

    /// Loses what was not synced, and says how many records that were.
    pub(crate) fn crash(&mut self) -> u64 {
        let lost = self.written.len() as u64;
        self.written.clear();
        if let Some(lasting) = &self.lasting {
            self.store = (**lasting).clone();
        }
        lost
    }
}
