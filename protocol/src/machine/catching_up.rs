//! Catching up: a node whose store may have lost something signs nothing that it may have signed before.
//!
//! A store is *intact* while it is the one that was made together with the node's identity: then it has everything that
//! the node ever signed. One that was restored, or made for an identity that was there before, is not; nor is one that
//! lacks an entry or a note of its own which a peer shows. In such a store each log is *complete* only once
//! - s of the others who answer for it (its panel and its host) have reported their heads of it,
//! - none of them reports more than is here, and nothing signed by its key waits here, and
//! - for a log that this node witnesses: they have shown this node's own notes of it, so that its chain does not fall.
//!
//! A log without witnesses, or of a group that has left its panel's federation, has nobody who could report: its
//! operator's word ends it.

use super::{Effect, Event, InputError, Log, Machine, Record, Reply};
use crate::{
    id::{EntryId, LogId},
    key::PublicKey,
    note::Note,
    sync::{Have, Request},
    time::Timestamp,
    witness::Quorums,
};

/// What a peer reported of a log since the start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Report {
    number: u64,
    entry: EntryId,
    /// Whether it has shown this node's own notes, and they are here.
    notes: bool,
    /// How often in a row it did not answer when it was asked for entries.
    unanswered: u32,
}

/// How often in a row a peer may leave a request for entries unanswered before its report of them counts no more.
const PATIENCE: u32 = 5;

/// What a log still waits for before this node signs for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatchUp {
    /// How many more nodes have to report; zero with `needed` above zero if only entries are missing.
    pub waits_for: u32,
    /// How many have to report; zero if the log has no witnesses and only the operator's word ends it.
    pub needed: u32,
    /// The highest entry that was reported and is not here.
    pub behind: Option<u64>,
    /// Whether an entry by the log's key lies here and cannot be taken yet.
    pub holds_back: bool,
}

impl CatchUp {
    /// Says in words what is missing.
    pub fn words(&self) -> String {
        match self {
            Self { behind: Some(number), .. } => format!("it fetches the log up to entry {number}"),
            Self { holds_back: true, .. } => "an entry that it signed is dated ahead of its clock".into(),
            Self { needed: 0, .. } => {
                "the log has no witnesses: its operator has to say that nothing is missing (moot node trust-store)"
                    .into()
            }
            Self { waits_for: 1, .. } => "it waits for 1 more witness to report".into(),
            Self { waits_for, .. } => format!("it waits for {waits_for} more witnesses to report"),
        }
    }

    fn is_over(&self) -> bool {
        self.needed > 0 && self.waits_for == 0 && self.behind.is_none() && !self.holds_back
    }
}

impl Machine {
    /// Takes back that the own store has everything that this node ever signed.
    pub fn restore_intact(&mut self) {
        self.intact = true;
    }

    /// Takes back that the own store has everything that this node signed about a log.
    pub fn restore_complete(&mut self, id: &LogId) {
        if let Some(log) = self.logs.get_mut(id) {
            log.complete = true;
        }
    }

    /// Whether the own store has everything that this node ever signed.
    pub fn is_intact(&self) -> bool {
        self.intact
    }

    /// What a log that this node hosts or witnesses still waits for; nothing if it is complete.
    pub fn catching_up(&self, id: &LogId) -> Option<CatchUp> {
        let log = self.logs.get(id)?;
        self.signs_for(log).then(|| self.lack(log)).flatten()
    }

    /// Takes the operator's word that nothing is missing from a log without witnesses.
    pub(super) fn trust(&mut self, id: LogId, out: &mut Vec<Effect>) -> Result<Reply, InputError> {
        let log = self.logs.get(&id).filter(|log| self.hosts(log)).ok_or(InputError::NotHosted(id))?;
        match self.lack(log) {
            Some(lack) if lack.needed > 0 || lack.behind.is_some() || lack.holds_back => {
                Err(InputError::HasWitnesses { log: id, lack })
            }
            lack => {
                if lack.is_some() {
                    self.complete(id, out);
                    out.push(Effect::Notify(Event::CaughtUp { log: id }));
                }
                Ok(Reply::Trusted(id))
            }
        }
    }

    /// Takes note of what a peer holds of a log.
    pub(super) fn report(&mut self, peer: PublicKey, have: &Have) {
        let Some(log) = self.logs.get(&have.log).filter(|log| !self.is_complete(log)) else { return };
        let same = self.fingerprint(log) == have.notes;
        let Some(log) = self.logs.get_mut(&have.log) else { return };
        let (known, unanswered) = log.reports.get(&peer).map_or((false, 0), |report| (report.notes, report.unanswered));
        let (number, entry, notes) = (have.number, have.entry, known || same);
        log.reports.insert(peer, Report { number, entry, notes, unanswered });
    }

    /// Takes note that a peer has shown its notes of a log.
    pub(super) fn report_notes(&mut self, peer: PublicKey, id: &LogId, notes: &[Note]) {
        let me = self.node.public();
        let Some(log) = self.logs.get_mut(id) else { return };
        let head = log.replica.head().number;
        let known = notes.iter().filter(|note| note.signer() == me).all(|note| note.content().number <= head);
        if let Some(report) = log.reports.get_mut(&peer).filter(|_| known) {
            report.notes = true;
        }
    }

    /// A peer gave no answer when it was asked for entries: that may be the wire, and says little about its report.
    pub(super) fn showed_nothing(&mut self, peer: PublicKey, id: &LogId, out: &mut Vec<Effect>) {
        if let Some(report) = self.logs.get_mut(id).and_then(|log| log.reports.get_mut(&peer)) {
            report.unanswered += 1;
            if report.unanswered < PATIENCE {
                return;
            }
        }
        self.shown_all(peer, id, out);
    }

    /// A peer has no more entries of a log: forgets its report of some that it does not show, and asks for one where it
    /// gave none, because the log was not here when it last said what it holds.
    pub(super) fn shown_all(&mut self, peer: PublicKey, id: &LogId, out: &mut Vec<Effect>) {
        let intact = self.intact;
        let Some(log) = self.logs.get_mut(id).filter(|log| !intact && !log.complete) else { return };
        let head = log.replica.head().number;
        match log.reports.get(&peer) {
            Some(report) if report.number > head => drop(log.reports.remove(&peer)),
            Some(_) => {}
            None => self.want(peer, Request::Heads {}, out),
        }
    }

    /// A peer shows an entry or a note by a key of this node that is not here: the store has lost what it signed.
    pub(super) fn distrust(&mut self, out: &mut Vec<Effect>) {
        self.intact = false;
        let mut records = vec![Record::NotIntact];
        for (id, log) in &mut self.logs {
            log.complete = false;
            records.push(Record::Complete(*id, false));
        }
        out.push(Effect::Persist(records));
    }

    /// Ends the wait of logs that are complete, and says what the others wait for.
    pub(super) fn catch_up(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        if self.intact {
            return;
        }
        let lacks: Vec<(LogId, CatchUp)> = self
            .logs
            .iter()
            .filter(|(_, log)| self.signs_for(log))
            .filter_map(|(id, log)| Some((*id, self.lack(log)?)))
            .collect();
        for (id, lack) in lacks {
            if lack.is_over() {
                self.complete(id, out);
                out.push(Effect::Notify(Event::CaughtUp { log: id }));
                self.write_due(id, now, out);
            } else if let Some(log) = self.logs.get_mut(&id).filter(|log| log.announced != Some(lack)) {
                log.announced = Some(lack);
                out.push(Effect::Notify(Event::CatchingUp { log: id, lack }));
            }
        }
    }

    pub(super) fn is_complete(&self, log: &Log) -> bool {
        self.intact || log.complete
    }

    /// Takes a log for complete, durably: what follows may be signed.
    pub(super) fn complete(&mut self, id: LogId, out: &mut Vec<Effect>) {
        let Some(log) = self.logs.get_mut(&id).filter(|log| !log.complete) else { return };
        log.complete = true;
        log.reports.clear();
        log.announced = None;
        if !self.intact {
            out.push(Effect::Persist(vec![Record::Complete(id, true)]));
        }
    }

    /// Whether this node writes or witnesses the log.
    fn signs_for(&self, log: &Log) -> bool {
        self.hosts(log) || self.seat_for(log).is_some()
    }

    fn lack(&self, log: &Log) -> Option<CatchUp> {
        if self.is_complete(log) {
            return None;
        }
        let (me, host) = (self.node.public(), log.replica.charter().host.node);
        // The panel of a federation that the group has left follows it no more.
        let witnesses = if self.has_left(log) { Vec::new() } else { self.witnesses(&log.replica) };
        let needed = if witnesses.is_empty() { 0 } else { Quorums::of(witnesses.len() as u32).settle };
        let head = log.replica.head().number;
        let answering = witnesses.iter().chain([&host]).filter(|node| **node != me);
        let reports = answering.filter_map(|node| log.reports.get(node));
        let agrees = |r: &&Report| log.replica.entry(r.number) == Some(r.entry) && (host == me || r.notes);
        let reported = reports.filter(agrees).count() as u32;
        Some(CatchUp {
            waits_for: needed.saturating_sub(reported),
            needed,
            behind: log.reports.values().map(|report| report.number).filter(|number| *number > head).max(),
            holds_back: host == me && !log.waiting.is_empty(),
        })
    }
}
