//! Intake: entries and notes that come from other nodes.

use super::{Effect, Event, Log, Machine, Record, Stop, Verdict, federations::foundings};
use crate::{
    entry::{Entry, EntryAct},
    error::{Conflict, Forged, Premature, Refusal},
    federation::Home,
    id::{BodyId, LogId},
    key::PublicKey,
    limits::{GUEST_LOGS, GUEST_LOGS_PER_PEER, SNAPSHOT_KEPT_BYTES, WAITING},
    note::Note,
    replay::{Admitted, Replica},
    sync::{Arrival, Gossip, Parcel, Request},
    time::Timestamp,
};

impl Machine {
    /// Takes an entry of a log that is followed here:
    /// - the next one is judged, stored and passed on; what waited behind it follows
    /// - one that breaks a rule is a fault of whoever signed it: the log stops here, with the proof kept
    /// - a second one of the same number is an equivocation: the log stops, unless the number is sealed, and until it is
    /// - one that comes too early waits, and what is missing is asked for
    pub(super) fn take_entry(
        &mut self,
        arrival: Arrival,
        from: Option<PublicKey>,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Verdict {
        let id = arrival.entry.log();
        if self.leaves_out(&id) {
            return Verdict::Ignore;
        }
        let Some(log) = self.logs.get_mut(&id) else {
            return self.take_first(arrival, from, out);
        };
        if log.stopped.is_some() {
            return Verdict::Ignore;
        }
        let (number, head) = (arrival.entry.number(), log.replica.head().number);
        if number <= head {
            return self.take_sibling(&arrival.entry, out);
        }
        if arrival.entry.signer() != log.replica.charter().host.log_key {
            // Anybody can sign with a key of their own. After a change of the log key the new host's entries come
            // again by sync, when the entry that changes it is here.
            return if number == head + 1 { Verdict::Reject } else { Verdict::Ignore };
        }
        if self.logs.get(&id).is_some_and(|log| self.hosts(log) && self.is_complete(log)) {
            // Signed with a key of this node and not here: whatever it has signed besides may be missing too.
            self.distrust(out);
        }
        let Some(log) = self.logs.get_mut(&id) else { return Verdict::Ignore };
        if number > head + 1 || arrival.entry.content().time > now + self.settings.skew {
            if log.waiting.len() < WAITING || log.waiting.contains_key(&number) {
                log.waiting.insert(number, arrival);
            }
            if let Some(peer) = from.filter(|_| number > head + 1) {
                self.want(peer, Request::Entries { log: id, from: head + 1 }, out);
            }
            return Verdict::Ignore;
        }
        let verdict = self.take_next(arrival, out);
        self.drain_waiting(id, now, out);
        verdict
    }

    /// Judges entries that waited and whose turn has come.
    pub(super) fn drain_waiting(&mut self, id: LogId, now: Timestamp, out: &mut Vec<Effect>) {
        while let Some(log) = self.logs.get_mut(&id) {
            let next = log.replica.head().number + 1;
            log.waiting.retain(|number, _| *number >= next);
            let ready = log.waiting.get(&next).is_some_and(|a| a.entry.content().time <= now + self.settings.skew);
            if !ready || log.stopped.is_some() {
                return;
            }
            let Some(arrival) = log.waiting.remove(&next) else { return };
            self.take_next(arrival, out);
        }
    }

    /// Takes a note: by a witness of a log that is held here, of an entry that is held here.
    pub(super) fn take_note(
        &mut self,
        note: Note,
        from: Option<PublicKey>,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Verdict {
        let content = note.content().clone();
        if self.has_lost(&note) {
            // As with an entry by an own key: whatever this node has signed besides may be missing too.
            self.distrust(out);
        }
        let Some(log) = self.logs.get(&content.log) else { return Verdict::Ignore };
        if !self.heard(&log.replica).contains(&note.signer()) {
            // It may be one by a charter or agreement that is not here yet: nobody is to blame.
            return Verdict::Ignore;
        }
        if content.time > now + self.settings.skew {
            return Verdict::Ignore;
        }
        let head = log.replica.head().number;
        if content.number > head {
            // The note names news: the entry comes by gossip or, asked for, by sync, and the note again with it.
            if let Some(peer) = from {
                self.want(peer, Request::Entries { log: content.log, from: head + 1 }, out);
                self.want(peer, Request::Notes { log: content.log }, out);
            }
            return Verdict::Ignore;
        }
        if log.replica.entry(content.number) != Some(content.entry) {
            return Verdict::Ignore;
        }
        if log.replica.voice_at(content.number) != content.voice {
            // A witness that holds the log up to there knows its voices.
            return Verdict::Reject;
        }
        self.keep_note(note, out)
    }

    /// Says whether this node signed a note that follows the last one that is here, of a log that seemed complete.
    fn has_lost(&self, note: &Note) -> bool {
        let (me, content) = (self.node.public(), note.content());
        let log = self.logs.get(&content.log).filter(|log| note.signer() == me && self.is_complete(log));
        let place = |note: &Note| (note.content().number, note.content().time);
        log.is_some_and(|log| {
            log.notes.latest(&me).map(place).is_none_or(|(number, time)| content.number > number || content.time > time)
        })
    }

    /// Stores a note that was checked, and says what it seals.
    pub(super) fn keep_note(&mut self, note: Note, out: &mut Vec<Effect>) -> Verdict {
        let id = note.content().log;
        self.note_date(&note);
        let Some(log) = self.logs.get_mut(&id) else { return Verdict::Ignore };
        let mut records = vec![Record::Note(id, note.id(), note.bytes().to_vec())];
        match log.notes.take(note) {
            Err(_) => return Verdict::Ignore,
            Ok(needless) => records.extend(needless.map(|note| Record::DropNote(id, note.id()))),
        }
        // A note dates what was said, and shows what was not.
        let moving = self.logs.get(&id).is_some_and(|log| log.replica.dealings().moving.is_some());
        let matters = self.matters.values().any(|followed| followed.waits_for(&id));
        self.voices_moved |= moving || matters || self.negotiates(&id) || self.awaits(&id);
        self.voices_moved |= self.represents(&id);
        out.push(Effect::Persist(records));
        self.look_at_seal(id, out);
        Verdict::Accept
    }

    /// Says whether members seal a log on which a federation relies: its host has the only seat.
    fn is_sealed_by_members(&self, id: &LogId) -> bool {
        let Some(replica) = self.log(id) else { return false };
        let is_known = replica.charter().federation.is_some_and(|federation| self.standing(&federation).is_some());
        is_known && self.witnesses(replica).is_empty()
    }

    /// Says what is sealed now: by a note, or where there are no witnesses by an entry in which members have seen it.
    pub(super) fn look_at_seal(&mut self, id: LogId, out: &mut Vec<Effect>) {
        let up_to = self.seal(&id).and_then(|seal| seal.up_to);
        if let Some(log) = self.logs.get_mut(&id) {
            log.lift_stop(up_to);
        }
        if let (Some(log), Some(number)) = (self.logs.get_mut(&id), up_to)
            && log.sealed < Some(number)
        {
            let newly = |entry: u64| log.sealed < Some(entry) && entry <= number;
            let ties = log.replica.ties().entries().chain(log.handed_over).any(newly);
            self.ties_moved |= ties;
            log.sealed = Some(number);
            out.push(Effect::Notify(Event::Sealed { log: id, number }));
        }
    }

    /// Moves a log on by an entry that was admitted: store, publish, tell.
    pub(super) fn admit(&mut self, arrival: Arrival, admitted: Admitted, out: &mut Vec<Effect>) {
        let id = arrival.entry.log();
        let Some(log) = self.logs.get_mut(&id) else { return };
        let decided: Vec<_> = admitted.decisions().iter().map(|d| (d.proposal.id, d.outcome.clone())).collect();
        let founded: Vec<_> = admitted.decisions().iter().flat_map(foundings).cloned().collect();
        let erased = admitted.erased().to_vec();
        let snapshot = snapshot(&log.replica, &arrival.entry);
        let (spoke, decided_now) = match arrival.entry.content().act {
            EntryAct::Speak(_) => (true, false),
            EntryAct::Close { .. } | EntryAct::Apply { .. } => (false, true),
            _ => (false, false),
        };
        let moved = log.apply(&arrival.entry, admitted);
        // What a group decides may make it listen to what was said before: a liaison, a federation that it follows.
        let listens = decided_now && log.replica.charter().liaisons().next().is_some();
        self.voices_moved |= spoke || listens;
        if moved {
            self.ties_moved = true;
            // What one log shows of versions may be what another one is counted by.
            self.find_homes(|log, home| *log == id || home.is_some_and(Home::may_change));
        }
        self.keep(arrival, &erased, snapshot, out);
        if self.is_sealed_by_members(&id) {
            self.look_at_seal(id, out);
        }
        for (proposal, outcome) in decided {
            out.push(Effect::Notify(Event::Decided { log: id, proposal, outcome }));
        }
        // Only a group of this node binds it to a federation; what others decide is theirs.
        let own = self.is_hosted(&id);
        for agreement in founded.into_iter().filter(|_| own) {
            if agreement.includes(&self.node.public()) {
                self.learn(agreement, out);
            }
        }
    }

    /// Stores an entry and tells the federation.
    ///
    /// What it erases goes with it in one step: after a crash between the two nothing would drop the texts again. So does
    /// the snapshot whose digest it states, from which decisions that follow can be proven.
    pub(super) fn keep(
        &mut self,
        arrival: Arrival,
        erased: &[BodyId],
        snapshot: Option<Vec<u8>>,
        out: &mut Vec<Effect>,
    ) {
        let Arrival { entry, bodies } = arrival;
        let log = entry.log();
        let Some(replica) = self.logs.get(&log).map(|log| &log.replica) else { return };
        let room = !self.crowded || self.is_hosted(&log);
        let bodies: Vec<_> = bodies.into_iter().filter(|body| room && !replica.is_erased(&body.id())).collect();
        let mut records = vec![Record::Entry { log, number: entry.number(), bytes: entry.bytes().to_vec() }];
        records.extend(bodies.iter().map(|body| Record::Body(log, body.id(), body.bytes())));
        records.extend(erased.iter().map(|body| Record::DropBody(log, *body)));
        records.extend(snapshot.map(|bytes| Record::Snapshot { log, number: entry.number(), bytes }));
        out.push(Effect::Persist(records));
        // Whoever signed it tells of it, also of the entry that gives the log to another node; but what comes back to a
        // host that lost it is known to those it came from.
        if self.keys.contains_key(&entry.signer())
            && self.logs.get(&log).is_some_and(|log| self.is_complete(log))
            && let Some(agreement) = self.home(replica)
        {
            let parcel = Parcel::new(entry.bytes(), bodies.iter().map(crate::body::Body::bytes));
            out.push(Effect::Publish(agreement.id(), Gossip::Entry(parcel)));
        }
        let act = &entry.content().act;
        let statements = if let EntryAct::Admit { statements } = act { statements.len() } else { 0 };
        let act = act.word();
        out.push(Effect::Notify(Event::Entry { log, number: entry.number(), entry: entry.id(), act, statements }));
    }

    /// A first entry: of a group that a federation names, or of a node that belongs, within its quota.
    fn take_first(&mut self, arrival: Arrival, from: Option<PublicKey>, out: &mut Vec<Effect>) -> Verdict {
        let id = arrival.entry.log();
        let EntryAct::Found { charter, .. } = &arrival.entry.content().act else {
            if let Some(peer) = from.filter(|_| self.names(&id) || self.expects(&id)) {
                self.want(peer, Request::Entries { log: id, from: 0 }, out);
            }
            return Verdict::Ignore;
        };
        if !self.names(&id) && !self.takes_guest(&charter.host.node) {
            return Verdict::Ignore;
        }
        match Replica::found(&arrival.entry) {
            Err(_) => Verdict::Reject,
            Ok(replica) => {
                self.logs.insert(id, Log::new(replica));
                self.ties_moved = true;
                self.keep(arrival, &[], None, out);
                Verdict::Accept
            }
        }
    }

    /// Says whether there is no room for more of a log that is held here.
    pub(super) fn leaves_out(&self, id: &LogId) -> bool {
        let needless = |log: &Log| log.replica.charter().host.node != self.node.public();
        self.crowded && !self.names(id) && !self.expects(id) && self.logs.get(id).is_some_and(needless)
    }

    fn takes_guest(&self, host: &PublicKey) -> bool {
        let own = self.node.public();
        let unnamed: Vec<&Log> = self.logs.values().filter(|log| !self.names(&log.replica.log())).collect();
        let of_host = unnamed.iter().filter(|log| log.founder == *host).count();
        let guests = unnamed.iter().filter(|log| log.founder != own).count();
        !self.crowded && self.belongs(host) && of_host < GUEST_LOGS_PER_PEER && guests < GUEST_LOGS
    }

    fn take_next(&mut self, arrival: Arrival, out: &mut Vec<Effect>) -> Verdict {
        let id = arrival.entry.log();
        let Some(log) = self.logs.get(&id) else { return Verdict::Ignore };
        match log.replica.check(&arrival.entry) {
            Ok(admitted) => {
                self.admit(arrival, admitted, out);
                Verdict::Accept
            }
            // Not signed by this log's key: no fault of the log, but of whoever sent it.
            Err(Refusal::Forged(Forged::NotTheLogKey { .. })) => Verdict::Reject,
            Err(Refusal::Premature(Premature::Gap { .. })) => Verdict::Ignore,
            Err(refusal) => {
                let stop = Stop { reason: fault_text(&arrival.entry, &refusal), twice: None };
                self.stop(id, &arrival.entry, stop, out);
                Verdict::Reject
            }
        }
    }

    fn take_sibling(&mut self, entry: &Entry, out: &mut Vec<Effect>) -> Verdict {
        let (id, number) = (entry.log(), entry.number());
        let Some(log) = self.logs.get(&id) else { return Verdict::Ignore };
        let Some(first) = log.replica.entry(number).filter(|first| *first != entry.id()) else {
            return Verdict::Ignore;
        };
        if entry.signer() != log.replica.charter().host.log_key {
            return Verdict::Ignore;
        }
        let sealed = self.seal(&id).and_then(|seal| seal.up_to).is_some_and(|up_to| number <= up_to);
        if !sealed {
            let conflict = Conflict::Equivocation { number, first, second: entry.id() };
            self.stop(id, entry, Stop { reason: format!("it equivocates: {conflict}"), twice: Some(number) }, out);
        }
        // Whoever passed it on may not have had the other one.
        Verdict::Ignore
    }

    fn stop(&mut self, id: LogId, proof: &Entry, stop: Stop, out: &mut Vec<Effect>) {
        let Some(log) = self.logs.get_mut(&id) else { return };
        let reason = stop.reason.clone();
        log.stopped = Some(stop);
        log.waiting.clear();
        out.push(Effect::Persist(vec![Record::Stop(id, proof.bytes().to_vec())]));
        out.push(Effect::Notify(Event::Stopped { log: id, reason }));
    }
}

/// The snapshot whose digest an entry states, unless it is too large to keep.
fn snapshot(before: &Replica, entry: &Entry) -> Option<Vec<u8>> {
    let states = matches!(entry.content().act, EntryAct::Digest { .. });
    states.then(|| before.snapshot().bytes()).filter(|bytes| bytes.len() <= SNAPSHOT_KEPT_BYTES)
}

/// Says which entry broke which rule.
pub(super) fn fault_text(entry: &Entry, refusal: &Refusal) -> String {
    format!("entry {} ({}) breaks a rule: {refusal}", entry.number(), entry.id().short())
}
