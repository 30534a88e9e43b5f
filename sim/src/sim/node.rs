//! A simulated node: a machine, a disk, and the effects that it has still to carry out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use folkmoot_protocol::{
    cbor,
    entry::Entry,
    id::{BodyId, FederationId, LogId},
    key::{PublicKey, SecretKey},
    limits::ENTRY_BYTES,
    machine::{Effect, Machine, Settings},
    name::Name,
    note::Note,
    time::{Span, Timestamp},
};

use super::{disk::Disk, faces::Face, facts::Facts};

/// A simulated node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) name: Name,
    pub(crate) key: SecretKey,
    /// The log keys of the groups that it hosts; kept apart from the store, as real nodes do.
    pub(crate) log_keys: Vec<SecretKey>,
    /// How far its clock runs ahead.
    pub(crate) ahead: Span,
    /// How far it was set back.
    pub(crate) behind: Span,
    /// Whether it is one of two with the same keys, or was.
    pub(crate) face: Option<Face>,
    pub(crate) settings: Settings,
    /// Nothing while it is down.
    pub(crate) machine: Option<Machine>,
    pub(crate) disk: Disk,
    /// Effects in their order; one after a `Persist` waits until that is durable.
    pub(crate) queue: VecDeque<Effect>,
    pub(crate) syncing: bool,
    /// How often it was started.
    pub(crate) epoch: u32,
    pub(crate) subscribed: BTreeSet<FederationId>,
    pub(crate) belong: BTreeSet<PublicKey>,
    /// When it is to be woken next, in the world's time.
    pub(crate) wake: Option<Timestamp>,
    /// It crashes at the so-many-th write from now.
    pub(crate) crash_on_write: Option<u64>,
    /// Up to where it has announced logs as sealed.
    pub(crate) sealed: BTreeMap<LogId, u64>,
}

impl Node {
    pub(crate) fn new(name: Name, key: SecretKey, ahead: Span, settings: Settings, disk: Disk) -> Self {
        Self {
            name,
            key,
            log_keys: Vec::new(),
            ahead,
            behind: Span::ZERO,
            face: None,
            settings,
            machine: None,
            disk,
            queue: VecDeque::new(),
            syncing: false,
            epoch: 0,
            subscribed: BTreeSet::new(),
            belong: BTreeSet::new(),
            wake: None,
            crash_on_write: None,
            sealed: BTreeMap::new(),
        }
    }

    pub(crate) fn public(&self) -> PublicKey {
        self.key.public()
    }

    /// The node's own clock.
    pub(crate) fn clock(&self, now: Timestamp) -> Timestamp {
        (now + self.ahead).before(self.behind)
    }

    /// Starts the node from what its disk holds.
    pub(crate) fn start(&mut self, now: Timestamp, facts: &mut Facts) -> Result<(), String> {
        let mut machine = Machine::new(self.key.clone(), self.settings);
        self.log_keys.iter().cloned().for_each(|key| machine.add_key(key));
        self.restore(&mut machine, facts)?;
        // Before it goes on: from here its memory may be ahead of its disk.
        if let Some(body) = self.erased_but_kept(&machine) {
            return Err(format!("{} still has the erased text {body:?}", self.name));
        }
        self.epoch += 1;
        self.queue.extend(machine.start(self.clock(now)));
        self.machine = Some(machine);
        Ok(())
    }

    /// A text that a log erased and that is still on the disk.
    pub(crate) fn erased_but_kept(&self, machine: &Machine) -> Option<BodyId> {
        let mut erased = machine.logs().flat_map(|replica| replica.erased().map(|body| (replica.log(), *body)));
        erased.find(|body| self.disk.store.bodies.contains_key(body)).map(|(_, body)| body)
    }

    fn restore(&self, machine: &mut Machine, facts: &mut Facts) -> Result<(), String> {
        let store = &self.disk.store;
        let name = &self.name;
        for bytes in store.agreements.values() {
            let agreement = cbor::decode(bytes, ENTRY_BYTES).map_err(|e| format!("{name} stored no agreement: {e}"))?;
            machine.restore_agreement(agreement);
        }
        for ((log, number), bytes) in &store.entries {
            let entry = Entry::decode_stored(bytes).map_err(|e| format!("{name} stored no entry: {e}"))?;
            machine
                .restore_entry(&entry)
                .map_err(|e| format!("{name} cannot replay entry {number} of {}: {e}", log.short()))?;
        }
        for bytes in store.notes.values() {
            let note: Note = facts.note(bytes).map_err(|e| format!("{name} stored no note: {e}"))?;
            machine.restore_note(note);
        }
        for (log, bytes) in &store.stops {
            let entry = Entry::decode_stored(bytes).map_err(|e| format!("{name} stored no entry: {e}"))?;
            machine.restore_stop(log, &entry);
        }
        if !store.lost {
            machine.restore_intact();
        }
        store.complete.iter().for_each(|log| machine.restore_complete(log));
        Ok(())
    }

    /// Stops the node: all that was not synced is gone. Says how many records that were.
    pub(crate) fn crash(&mut self) -> u64 {
        self.machine = None;
        self.queue.clear();
        self.syncing = false;
        self.wake = None;
        self.crash_on_write = None;
        self.subscribed.clear();
        self.belong.clear();
        self.disk.crash()
    }
}
