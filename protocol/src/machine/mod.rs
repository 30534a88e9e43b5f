//! A whole replica: inputs in, effects out. It hosts logs, follows those of its federations, witnesses and syncs.
//!
//! The caller carries effects out **in their order**; `Persist` must be durable before the next one starts. That is
//! how nothing is acknowledged or published before it is stored.

mod catching_up;
#[cfg(test)]
mod catching_up_tests;
mod clock;
mod deals;
mod effect;
mod federations;
mod guests;
mod host;
mod input;
mod intake;
mod liaisons;
mod matters;
#[cfg(test)]
mod room_tests;
mod rounds;
mod syncing;
#[cfg(test)]
mod tests;
mod witnessing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub use self::{
    catching_up::CatchUp,
    effect::{Effect, Event, Record, Verdict},
    input::{Input, InputError, Reply, Token},
};
use self::{catching_up::Report, federations::Federation, matters::Matters};
use crate::{
    entry::{Entry, EntryAct},
    error::Refusal,
    federation::{Home, Invitation},
    id::{FederationId, Hash, LogId},
    key::{PublicKey, SecretKey},
    note::Note,
    replay::{Admitted, Replica},
    sync::{Arrival, Request, VerifiedGossip},
    time::{Span, Timestamp},
    witness::{Notes, Quorums},
};

/// Local choices of an operator; none of them changes what is valid.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How often to compare heads with a peer.
    pub sync_every: Span,
    /// How far an entry may be dated ahead of the own clock before it has to wait.
    pub skew: Span,
    /// Whether the node refuses to host groups.
    pub witness_only: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { sync_every: Span::from_secs(10), skew: Span::from_secs(600), witness_only: false }
    }
}

/// Why a log is stopped.
#[derive(Debug)]
struct Stop {
    reason: String,
    /// The number that two entries have, if that is why: once the one that is here is sealed, the other one is nothing
    /// but a proof.
    twice: Option<u64>,
}

/// A log that is held here.
#[derive(Debug)]
struct Log {
    replica: Replica,
    /// The node that it was founded on, against which it counts while no federation names it.
    founder: PublicKey,
    notes: Notes,
    stopped: Option<Stop>,
    waiting: BTreeMap<u64, Arrival>,
    /// The panel by which it is counted, once a federation that is known here is named.
    home: Option<Home>,
    /// Sealed up to this number, as last announced.
    sealed: Option<u64>,
    /// Whether everything that this node signed about it is here, in a store that is not intact.
    complete: bool,
    /// What peers reported of it since the start, while it is not complete.
    reports: BTreeMap<PublicKey, Report>,
    /// What it waits for, as last announced.
    announced: Option<CatchUp>,
    /// The last entry that gave the log to another node: the new one signs once that is sealed.
    handed_over: Option<u64>,
    /// The entries by which the group spoke to others, by number.
    voices: BTreeMap<u64, Entry>,
}

impl Log {
    /// A log that starts: the replica has its first entry alone.
    fn new(replica: Replica) -> Self {
        Self {
            founder: replica.charter().host.node,
            replica,
            notes: Notes::default(),
            stopped: None,
            waiting: BTreeMap::new(),
            home: None,
            sealed: None,
            complete: false,
            reports: BTreeMap::new(),
            announced: None,
            handed_over: None,
            voices: BTreeMap::new(),
        }
    }

    /// Goes on if what stopped the log is another entry in the place of one that is sealed: a log never stops below
    /// that, in whatever order the entries and the notes came.
    fn lift_stop(&mut self, up_to: Option<u64>) {
        let is_over = |stop: &Stop| stop.twice.is_some_and(|number| up_to >= Some(number));
        if self.stopped.as_ref().is_some_and(is_over) {
            self.stopped = None;
        }
    }

    /// Moves the log on by an entry that was admitted; says whether its host, its panel or what it says of federations
    /// may be another one from here on.
    fn apply(&mut self, entry: &Entry, admitted: Admitted) -> bool {
        if matches!(entry.content().act, EntryAct::Speak(_)) {
            self.voices.insert(entry.number(), entry.clone());
        }
        let of = |replica: &Replica| {
            let ties = replica.ties().entries().count();
            (replica.charter().host.node, replica.dealings().moving, ties)
        };
        let before = of(&self.replica);
        self.replica.apply(admitted);
        let after = of(&self.replica);
        if after.0 != before.0 {
            self.handed_over = Some(self.replica.head().number);
        }
        after != before
    }
}

#[derive(Debug, Default)]
struct Peer {
    /// Waits for an answer about heads.
    asked_heads: bool,
    /// Logs of which entries or notes were asked for.
    asked: BTreeSet<(LogId, bool)>,
    /// What to ask for when there is room.
    queue: VecDeque<Request>,
}

/// How a log is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The panel's arithmetic for this log.
    pub quorums: Quorums,
    /// Sealed up to this number.
    pub up_to: Option<u64>,
}

/// A whole replica.
#[derive(Debug)]
pub struct Machine {
    node: SecretKey,
    keys: BTreeMap<PublicKey, SecretKey>,
    settings: Settings,
    logs: BTreeMap<LogId, Log>,
    federations: BTreeMap<FederationId, Federation>,
    /// Tickets made here, by the hash of their secret.
    invitations: BTreeMap<Hash, Invitation>,
    /// Something happened that may bring another version into force, or change who belongs.
    ties_moved: bool,
    /// The peers that belong, as last told.
    told: BTreeMap<PublicKey, Vec<String>>,
    /// The latest time that was seen.
    now: Timestamp,
    peers: BTreeMap<PublicKey, Peer>,
    next_sync: Timestamp,
    /// Which peer to compare heads with next.
    turn: usize,
    /// Whether the store has everything that this node ever signed.
    intact: bool,
    /// By how many milliseconds the last fresh note of each witness was ahead of the own clock.
    offsets: BTreeMap<PublicKey, i64>,
    /// The latest date of a note of each witness, of whatever log.
    dates: BTreeMap<PublicKey, Timestamp>,
    /// The matters of the logs that are here.
    matters: Matters,
    /// Something was said, or sealed, that a matter may rest on.
    voices_moved: bool,
    /// When to look at matters again, whatever happens.
    next_matter: Option<Timestamp>,
    /// The dates of open rounds, each of which a note should follow.
    round_dates: Vec<Timestamp>,
    /// Whether the disk has no room for what need not be taken.
    crowded: bool,
}

impl Machine {
    /// Makes an empty replica of the node with that key, whose store may have lost something until
    /// [`Machine::restore_intact`] says otherwise.
    pub fn new(node: SecretKey, settings: Settings) -> Self {
        Self {
            node,
            keys: BTreeMap::new(),
            settings,
            logs: BTreeMap::new(),
            federations: BTreeMap::new(),
            invitations: BTreeMap::new(),
            ties_moved: false,
            told: BTreeMap::new(),
            now: Timestamp::ZERO,
            peers: BTreeMap::new(),
            next_sync: Timestamp::ZERO,
            turn: 0,
            intact: false,
            offsets: BTreeMap::new(),
            dates: BTreeMap::new(),
            matters: Matters::new(),
            voices_moved: true,
            next_matter: None,
            round_dates: Vec::new(),
            crowded: false,
        }
    }

    /// Takes one input at `now` and gives back what to carry out, in order.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        let mut out = Vec::new();
        self.now = self.now.max(now);
        match input {
            Input::Found { charter, foundings, token } => {
                let reply = self.found(*charter, &foundings, now, &mut out);
                out.push(Effect::Reply(token, reply));
            }
            Input::Submit { log, statements, bodies, token } => {
                let reply = self.submit(log, &statements, &bodies, now, &mut out);
                out.push(Effect::Reply(token, reply));
                self.write_due(log, now, &mut out);
            }
            Input::Follow { agreement, comes, token } => {
                let reply = self.follow(*agreement, comes, &mut out);
                out.push(Effect::Reply(token, reply));
            }
            Input::Trust { log, token } => {
                let reply = self.trust(log, &mut out);
                out.push(Effect::Reply(token, reply));
                self.write_due(log, now, &mut out);
            }
            Input::ShowAsleep { log, version, groups, token } => {
                let reply = self.show_asleep(log, version, &groups, now, &mut out);
                out.push(Effect::Reply(token, reply));
            }
            Input::Invite { invitation, token } => {
                let reply = self.invite(invitation, now, &mut out);
                out.push(Effect::Reply(token, reply));
            }
            Input::Guest { from, request, token } => {
                let answer = self.serve_guest(from, &request, now, &mut out);
                out.push(Effect::AnswerGuest(token, answer));
            }
            Input::Connected(peer) => self.connected(peer, &mut out),
            Input::Disconnected(peer) => {
                self.peers.remove(&peer);
                out.push(Effect::Notify(Event::Peer { peer, connected: false }));
            }
            Input::Gossip { from, gossip, token } => {
                let verdict = match *gossip {
                    VerifiedGossip::Entry(arrival) => self.take_entry(arrival, Some(from), now, &mut out),
                    VerifiedGossip::Note(note) => {
                        self.note_clock(&note, now);
                        self.take_note(note, Some(from), now, &mut out)
                    }
                };
                out.push(Effect::Verdict(token, verdict));
            }
            Input::Request { from, request, token } => self.serve(from, &request, token, &mut out),
            Input::Answer { from, request, answer } => self.answered(from, &request, answer, now, &mut out),
            Input::ClockSet(ahead) => {
                self.clock_set(ahead);
                self.tick(now, &mut out);
            }
            Input::Tick => self.tick(now, &mut out),
        }
        self.catch_up(now, &mut out);
        // The own note may be the last one that a log needs which has moved here.
        self.witness_all(now, &mut out);
        self.deal(now, &mut out);
        self.review_federations(&mut out);
        out
    }

    /// When to call [`Machine::handle`] with [`Input::Tick`] at the latest.
    pub fn wake_at(&self) -> Timestamp {
        let hosted = self.logs.values().filter(|log| self.may_write(log)).filter_map(|log| log.replica.due_at());
        let waiting = self.logs.values().filter_map(|log| {
            let (_, first) = log.waiting.first_key_value()?;
            (first.entry.number() == log.replica.head().number + 1)
                .then(|| first.entry.content().time.before(self.settings.skew))
        });
        let notes = self.logs.values().filter_map(|log| self.note_at(log));
        let sync = (!self.peers.is_empty()).then_some(self.next_sync);
        hosted
            .chain(waiting)
            .chain(notes)
            .chain(sync)
            .chain(self.next_leaving())
            .chain(self.next_matter())
            .min()
            .unwrap_or(Timestamp::MAX)
    }

    fn tick(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        let logs: Vec<LogId> = self.logs.keys().copied().collect();
        for log in logs {
            self.write_due(log, now, out);
            self.drain_waiting(log, now, out);
        }
        if now >= self.next_sync {
            self.next_sync = now + self.settings.sync_every;
            self.compare_heads(out);
        }
    }

    /// Adds a log key that the node holds.
    pub fn add_key(&mut self, key: SecretKey) {
        self.keys.insert(key.public(), key);
    }

    /// Says whether there is no room for what need not be taken: logs that no federation names, and the texts of logs
    /// that other nodes host. Everything that the own groups and their witnesses need is taken all the same.
    pub fn set_crowded(&mut self, crowded: bool) {
        self.crowded = crowded;
    }

    /// This node's identity.
    pub fn node(&self) -> PublicKey {
        self.node.public()
    }

    /// All logs that are held here.
    pub fn logs(&self) -> impl Iterator<Item = &Replica> {
        self.logs.values().map(|log| &log.replica)
    }

    /// A log that is held here.
    pub fn log(&self, id: &LogId) -> Option<&Replica> {
        self.logs.get(id).map(|log| &log.replica)
    }

    /// Why a log is stopped, if it is.
    pub fn stopped(&self, id: &LogId) -> Option<&str> {
        self.logs.get(id)?.stopped.as_ref().map(|stop| stop.reason.as_str())
    }

    /// Says whether this node writes that log.
    pub fn is_hosted(&self, id: &LogId) -> bool {
        self.logs.get(id).is_some_and(|log| self.hosts(log))
    }

    /// The notes that are known of a log.
    pub fn notes(&self, id: &LogId) -> Option<&Notes> {
        self.logs.get(id).map(|log| &log.notes)
    }

    /// The peers that are connected.
    pub fn peers(&self) -> impl Iterator<Item = &PublicKey> {
        self.peers.keys()
    }

    /// How far a log is sealed; without witnesses, by the members who have seen it.
    pub fn seal(&self, id: &LogId) -> Option<Seal> {
        let log = self.logs.get(id)?;
        let witnesses = self.witnesses(&log.replica);
        let quorums = Quorums::of(witnesses.len() as u32);
        let sealed = self.sealed_inside(log, &witnesses);
        // Who has left the panel's federation goes on from what it had sealed.
        let up_to = if self.has_left(log) { sealed.max(log.replica.seen_by_most()) } else { sealed };
        Some(Seal { quorums, up_to })
    }

    /// How far a log is sealed by its panel; where that has nobody to witness it, by the members who have seen it.
    fn sealed_inside(&self, log: &Log, witnesses: &[PublicKey]) -> Option<u64> {
        if witnesses.is_empty() {
            return log.replica.seen_by_most();
        }
        let sealed = log.notes.sealed_up_to(witnesses, Quorums::of(witnesses.len() as u32).seal);
        // What the log itself shows to be sealed stays so, whoever witnesses it from there on; but not what a panel sealed
        // that nobody but the group chose.
        let home = log.home.as_ref();
        let counts = |version: &Hash| home.is_some_and(|home| home.counts(version));
        let moves = log.replica.moves().iter().filter(|(_, version)| counts(version));
        sealed.max(moves.map(|(entry, _)| *entry).max())
    }

    /// Takes back an entry from the own store, in the order of its log; nothing is sealed before [`Machine::start`].
    ///
    /// # Errors
    /// If it does not replay: the store is damaged.
    pub fn restore_entry(&mut self, entry: &Entry) -> Result<(), Refusal> {
        let id = entry.log();
        match self.logs.get_mut(&id) {
            None => {
                self.logs.insert(id, Log::new(Replica::found(entry)?));
            }
            Some(log) => {
                let admitted = log.replica.check(entry)?;
                // By whose panel logs are counted is found at the start, of all of them at once.
                log.apply(entry, admitted);
            }
        }
        Ok(())
    }

    /// Takes back a note from the own store.
    pub fn restore_note(&mut self, note: Note) {
        self.note_date(&note);
        if let Some(log) = self.logs.get_mut(&note.content().log) {
            // Notes come back in any order; one that is overtaken says nothing that is needed.
            let _ = log.notes.take(note);
        }
    }

    /// Takes back the entry that stopped a log.
    pub fn restore_stop(&mut self, id: &LogId, entry: &Entry) {
        if let Some(log) = self.logs.get_mut(id) {
            let number = entry.number();
            let twice = log.replica.entry(number).filter(|first| *first != entry.id()).map(|_| number);
            let reason = match log.replica.check(entry) {
                Err(refusal) if twice.is_none() => intake::fault_text(entry, &refusal),
                _ => "it was found to have two entries of one number".to_owned(),
            };
            log.stopped = Some(Stop { reason, twice });
        }
    }

    /// What to carry out after everything was taken back.
    pub fn start(&mut self, now: Timestamp) -> Vec<Effect> {
        let mut out = Vec::new();
        self.now = now;
        self.restore_founded();
        self.find_homes(|_, _| true);
        let logs: Vec<LogId> = self.logs.keys().copied().collect();
        for id in logs {
            let up_to = self.seal(&id).and_then(|seal| seal.up_to);
            if let Some(log) = self.logs.get_mut(&id) {
                log.sealed = up_to;
                log.lift_stop(up_to);
            }
        }
        self.start_federations(&mut out);
        self.drop_old_invitations(now, &mut out);
        self.welcome(&mut out);
        out.extend(self.handle(Input::Tick, now));
        out
    }

    /// Says whether this node writes a log. One that it takes over it writes once the entry that gives it over is
    /// sealed: until then another one may still turn up in its place.
    fn hosts(&self, log: &Log) -> bool {
        let host = log.replica.charter().host;
        let safe = |entry: u64| {
            let seal = self.seal(&log.replica.log());
            seal.is_some_and(|seal| seal.quorums.witnesses == 0 || seal.up_to >= Some(entry))
        };
        host.node == self.node.public()
            && self.keys.contains_key(&host.log_key)
            && log.stopped.is_none()
            && log.handed_over.is_none_or(safe)
    }

    /// Whether this node may write the log now: nothing is missing from it, and the clock is not off.
    fn may_write(&self, log: &Log) -> bool {
        self.hosts(log) && self.is_complete(log) && self.clock_is_off(log).is_none()
    }
}
