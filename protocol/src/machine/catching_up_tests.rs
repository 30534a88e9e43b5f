//! A host and three witnesses that exchange everything at once, and a host whose store is older than what it signed.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::{
    body::Body,
    effect::Effect as Change,
    federation::{FederatedGroup, FederationAgreement, Seat, Timing},
    fixture::{Group, body, content, days, key, name, public, text},
    id::EntryId,
    note::NoteContent,
    statement::Act,
    sync::{Answer, Have, Parcel, VerifiedAnswer},
    table::Table,
};

const WITNESSES: [&str; 3] = ["w1", "w2", "w3"];

/// A machine and what it has stored.
struct Node {
    machine: Machine,
    stored: Vec<Record>,
    events: Vec<Event>,
    replies: Vec<Result<Reply, InputError>>,
}

/// Nodes that reach each other at once.
struct Net {
    nodes: BTreeMap<PublicKey, Node>,
    up: BTreeSet<PublicKey>,
    log: LogId,
    now: Timestamp,
}

impl Node {
    fn start(of: &str, stored: &[Record], intact: bool) -> Self {
        let mut machine = Machine::new(key(of), Settings::default());
        if of == "node" {
            machine.add_key(key("host"));
        }
        if intact {
            machine.restore_intact();
        }
        for record in stored {
            match record {
                Record::Entry { bytes, .. } => machine.restore_entry(&Entry::decode(bytes).unwrap()).unwrap(),
                Record::Note(_, _, bytes) => machine.restore_note(Note::from_bytes(bytes).unwrap()),
                Record::Complete(log, true) => machine.restore_complete(log),
                Record::Stop(log, bytes) => machine.restore_stop(log, &Entry::decode(bytes).unwrap()),
                Record::Agreement(_, bytes) => {
                    machine.restore_agreement(crate::cbor::decode(bytes, 1 << 16).unwrap());
                }
                _ => {}
            }
        }
        Self { machine, stored: stored.to_vec(), events: Vec::new(), replies: Vec::new() }
    }

    fn head(&self, log: &LogId) -> u64 {
        self.machine.log(log).unwrap().head().number
    }
}

impl Net {
    /// A group whose federation is in force, known to all four.
    fn new() -> Self {
        let mut group = Group::new();
        let agreement = agreement(group.replica.log());
        group.carry("ana", &[Change::Federate(agreement.clone())]);
        Self::of(&group, &agreement)
    }

    /// All four have the log of a group, and were told of its federation.
    fn of(group: &Group, agreement: &FederationAgreement) -> Self {
        let log = group.replica.log();
        let told = Record::Agreement(agreement.id(), crate::cbor::encode(agreement));
        let entries =
            group.log.iter().zip(0..).map(|(bytes, number)| Record::Entry { log, number, bytes: bytes.clone() });
        let stored: Vec<Record> = [told].into_iter().chain(entries).collect();
        let mut net = Self { nodes: BTreeMap::new(), up: BTreeSet::new(), log, now: group.now };
        for of in ["node", "w1", "w2", "w3"] {
            net.boot(of, &stored, true);
        }
        net
    }

    fn boot(&mut self, of: &str, stored: &[Record], intact: bool) {
        let node = public(of);
        self.nodes.insert(node, Node::start(of, stored, intact));
        let started = self.nodes.get_mut(&node).unwrap().machine.start(self.now);
        self.carry_out(node, started);
        self.up(of);
    }

    /// Connects a node with all others that are up.
    fn up(&mut self, of: &str) {
        let node = public(of);
        let others: Vec<PublicKey> = self.up.iter().filter(|other| **other != node).copied().collect();
        self.up.insert(node);
        for other in others {
            self.input(node, Input::Connected(other));
            self.input(other, Input::Connected(node));
        }
    }

    fn down(&mut self, of: &str) {
        let gone = public(of);
        self.up.remove(&gone);
        for other in self.up.clone() {
            self.input(other, Input::Disconnected(gone));
            self.input(gone, Input::Disconnected(other));
        }
    }

    fn input(&mut self, node: PublicKey, input: Input) {
        let effects = self.nodes.get_mut(&node).unwrap().machine.handle(input, self.now);
        self.carry_out(node, effects);
    }

    fn carry_out(&mut self, at: PublicKey, effects: Vec<Effect>) {
        for effect in effects {
            let node = self.nodes.get_mut(&at).unwrap();
            match effect {
                Effect::Persist(records) => node.stored.extend(records),
                Effect::Notify(event) => node.events.push(event),
                Effect::Reply(_, reply) => node.replies.push(reply),
                Effect::Publish(_, gossip) if self.up.contains(&at) => {
                    for other in self.up.clone().into_iter().filter(|other| *other != at) {
                        let gossip = Box::new(gossip.verify().unwrap());
                        self.input(other, Input::Gossip { from: at, gossip, token: 0 });
                    }
                }
                Effect::Ask(peer, request) => {
                    let answer = self.up.contains(&peer).then(|| self.answer(peer, at, &request));
                    self.input(at, Input::Answer { from: peer, request, answer });
                }
                _ => {}
            }
        }
    }

    fn answer(&mut self, peer: PublicKey, asker: PublicKey, request: &Request) -> VerifiedAnswer {
        let input = Input::Request { from: asker, request: request.clone(), token: 0 };
        let effects = self.nodes.get_mut(&peer).unwrap().machine.handle(input, self.now);
        let (mut answer, mut rest) = (None, Vec::new());
        for effect in effects {
            match effect {
                Effect::Serve(_, served) => answer = Some(served),
                Effect::ServeEntries(_, log, from) => answer = Some(self.entries(peer, log, from)),
                other => rest.push(other),
            }
        }
        self.carry_out(peer, rest);
        answer.unwrap().verify().unwrap()
    }

    fn entries(&self, peer: PublicKey, log: LogId, from: u64) -> Answer {
        let stored = self.nodes[&peer].stored.iter().filter_map(|record| match record {
            Record::Entry { log: of, number, bytes } if *of == log && *number >= from => Some((*number, bytes)),
            _ => None,
        });
        let sorted: BTreeMap<u64, &Vec<u8>> = stored.collect();
        Answer::Entries { log, entries: sorted.values().map(|bytes| Parcel::new(bytes, [])).collect() }
    }

    fn host(&self) -> &Node {
        &self.nodes[&public("node")]
    }

    /// Lets ben say that he has seen the log: the host writes an entry, or says why not.
    fn seen(&mut self) -> Result<Reply, InputError> {
        let replica = self.host().machine.log(&self.log).unwrap();
        let statement = crate::envelope::Signed::sign(
            crate::envelope::Kind::Statement,
            replica.compose(&public("ben"), Act::Seen {}),
            &key("ben"),
        );
        let submit = Input::Submit { log: self.log, statements: vec![statement], bodies: Vec::new(), token: 0 };
        self.input(public("node"), submit);
        self.nodes.get_mut(&public("node")).unwrap().replies.pop().unwrap()
    }

    /// Takes the host's node away and gives it a store from before.
    fn restore_host(&mut self, stored: &[Record]) {
        self.down("node");
        self.boot("node", stored, false);
    }

    fn tick(&mut self, millis: u64) {
        self.now = self.now + Span::from_millis(millis);
        for node in self.up.clone() {
            self.input(node, Input::Tick);
        }
    }
}

fn agreement(log: LogId) -> FederationAgreement {
    let group = FederatedGroup { name: name("kitchen"), log, node: public("node"), escalates_to: None, weight: 1 };
    let seat = |of: &str| Seat { name: name(of), node: public(of), addresses: Vec::new() };
    FederationAgreement {
        name: name("riverside"),
        amends: None,
        purpose: "Sharing a yard".into(),
        groups: Table::new(vec![group]).unwrap(),
        panel: Table::new(WITNESSES.map(seat).into()).unwrap(),
        timing: Timing::default(),
    }
}

fn without_notes(stored: &[Record]) -> Vec<Record> {
    stored.iter().filter(|record| !matches!(record, Record::Note(..))).cloned().collect()
}

#[test]
fn an_intact_store_signs_at_once() {
    let mut net = Net::new();
    assert_eq!(net.host().machine.catching_up(&net.log), None);
    net.seen().unwrap();
    net.tick(120_000);
    assert_eq!(net.nodes[&public("w1")].head(&net.log), net.host().head(&net.log));
}

#[test]
fn a_restored_host_waits_for_its_witnesses_and_goes_on_where_it_was() {
    let mut net = Net::new();
    let backup = net.host().stored.clone();
    for _ in 0..3 {
        net.seen().unwrap();
    }
    let head = net.host().head(&net.log);
    for of in ["w2", "w3"] {
        net.down(of);
    }
    net.restore_host(&backup);

    // One witness of three is not enough, though it brings all entries.
    assert_eq!(net.host().head(&net.log), head);
    let lack = net.host().machine.catching_up(&net.log).unwrap();
    assert_eq!((lack.needed, lack.waits_for, lack.behind), (2, 1, None));
    let Err(InputError::CatchingUp { lack: said, .. }) = net.seen() else { panic!("it signs") };
    assert_eq!(said, lack);
    assert!(said.words().contains("1 more witness"));
    assert_eq!(net.host().head(&net.log), head);

    net.up("w2");
    assert_eq!(net.host().machine.catching_up(&net.log), None);
    assert!(net.host().events.contains(&Event::CaughtUp { log: net.log }));
    net.seen().unwrap();
    assert_eq!(net.host().head(&net.log), head + 1);
    net.up("w3");
    net.tick(120_000);
    for of in WITNESSES {
        let witness = &net.nodes[&public(of)];
        assert_eq!((witness.head(&net.log), witness.machine.stopped(&net.log)), (head + 1, None));
    }
}

#[test]
fn what_was_caught_up_stays_so_after_a_restart() {
    let mut net = Net::new();
    let backup = net.host().stored.clone();
    net.seen().unwrap();
    net.restore_host(&backup);
    let stored = net.host().stored.clone();
    for of in WITNESSES {
        net.down(of);
    }
    net.restore_host(&stored);
    net.seen().unwrap();
}

#[test]
fn a_restored_host_alone_writes_nothing_that_is_due() {
    let mut net = Net::new();
    let proposal = content(&[text("policy")]);
    let replica = net.host().machine.log(&net.log).unwrap();
    let propose = crate::envelope::Signed::sign(
        crate::envelope::Kind::Statement,
        replica.compose(&public("ana"), Act::Propose(proposal)),
        &key("ana"),
    );
    let bodies = vec![Body::new([7; 16], "why").unwrap()];
    assert_eq!(bodies[0].id(), body("why"));
    let submit = Input::Submit { log: net.log, statements: vec![propose], bodies, token: 0 };
    net.input(public("node"), submit);
    let backup = net.host().stored.clone();
    let head = net.host().head(&net.log);
    for of in WITNESSES {
        net.down(of);
    }
    net.restore_host(&backup);
    net.now = net.now + days(30);
    net.input(public("node"), Input::Tick);
    assert_eq!(net.host().head(&net.log), head);
    assert!(net.host().machine.wake_at() > net.now, "it would wake in circles");

    net.up("w1");
    net.up("w2");
    assert!(net.host().head(&net.log) > head, "the close was due");
}

#[test]
fn a_host_without_a_store_learns_its_log_and_waits() {
    let mut net = Net::new();
    net.seen().unwrap();
    let head = net.host().head(&net.log);
    for of in WITNESSES {
        net.down(of);
    }
    // It knows its keys and is told of its federation.
    let told: Vec<Record> =
        net.host().stored.iter().filter(|record| matches!(record, Record::Agreement(..))).cloned().collect();
    net.restore_host(&told);
    net.up("w1");
    assert_eq!(net.host().head(&net.log), head);
    assert!(net.seen().is_err());
    net.up("w3");
    net.seen().unwrap();
}

#[test]
fn a_claim_that_nobody_can_show_does_not_block_for_ever() {
    let mut net = Net::new();
    let backup = net.host().stored.clone();
    net.restore_host(&backup[..]);
    net.nodes.get_mut(&public("node")).unwrap().machine.distrust(&mut Vec::new());
    let claim = Have { log: net.log, number: 999, entry: EntryId([9; 32]), notes: crate::id::Hash::of(b"notes") };
    let heads = Some(VerifiedAnswer::Heads(vec![claim]));
    net.input(public("node"), Input::Answer { from: public("w3"), request: Request::Heads {}, answer: heads });
    // It asked for the entries, and w3 has none.
    let lack = net.host().machine.catching_up(&net.log).unwrap();
    assert_eq!((lack.behind, lack.waits_for), (None, 2));
}

/// One witness alone has the last entry, and the request for it is lost.
#[test]
fn a_request_that_fails_takes_no_report_back() {
    let mut net = Net::new();
    let backup = net.host().stored.clone();
    net.down("w1");
    net.down("w2");
    net.seen().unwrap();
    let last = net.host().machine.log(&net.log).unwrap().head();
    net.down("w3");
    net.restore_host(&backup);
    // It is connected, and what it is asked is lost.
    let (host, w3) = (public("node"), public("w3"));
    net.input(host, Input::Connected(w3));
    let fails = |net: &mut Net| {
        let notes = crate::id::Hash::of(b"notes");
        let claim = Have { log: net.log, number: last.number, entry: last.id, notes };
        let heads = Some(VerifiedAnswer::Heads(vec![claim]));
        net.input(host, Input::Answer { from: w3, request: Request::Heads {}, answer: heads });
    };
    for _ in 0..2 {
        fails(&mut net);
    }
    net.up("w1");
    net.up("w2");
    assert_eq!(net.host().machine.catching_up(&net.log).unwrap().behind, Some(last.number));
    assert!(net.seen().is_err(), "it would sign another entry in its place");
    net.up("w3");
    net.seen().unwrap();
    assert_eq!(net.host().head(&net.log), last.number + 1);
    assert_eq!(net.nodes[&w3].machine.stopped(&net.log), None);
}

/// Who claims entries and never answers is not waited for.
#[test]
fn who_never_answers_is_not_waited_for() {
    let mut net = Net::new();
    let backup = net.host().stored.clone();
    net.down("w3");
    net.restore_host(&backup);
    net.nodes.get_mut(&public("node")).unwrap().machine.distrust(&mut Vec::new());
    let (host, w3) = (public("node"), public("w3"));
    net.input(host, Input::Connected(w3));
    for turn in 0..5 {
        let behind = net.host().machine.catching_up(&net.log).and_then(|lack| lack.behind);
        assert_eq!(behind, (turn > 0).then_some(999), "after {turn} requests without an answer");
        let claim = Have { log: net.log, number: 999, entry: EntryId([9; 32]), notes: crate::id::Hash::of(b"notes") };
        let heads = Some(VerifiedAnswer::Heads(vec![claim]));
        net.input(host, Input::Answer { from: w3, request: Request::Heads {}, answer: heads });
    }
    let lack = net.host().machine.catching_up(&net.log).unwrap();
    assert_eq!(lack.behind, None);
}

#[test]
fn without_witnesses_the_operators_word_ends_it() {
    let group = Group::new();
    let log = group.replica.log();
    let stored = [Record::Entry { log, number: 0, bytes: group.log[0].clone() }];
    let mut net = Net { nodes: BTreeMap::new(), up: BTreeSet::new(), log, now: group.now };
    net.boot("node", &stored, false);
    let Err(InputError::CatchingUp { lack, .. }) = net.seen() else { panic!("it signs") };
    assert!(lack.words().contains("moot node trust-store"));
    net.input(public("node"), Input::Trust { log, token: 0 });
    assert!(net.host().stored.contains(&Record::Complete(log, true)));
    net.seen().unwrap();
}

#[test]
fn the_operators_word_does_not_replace_that_of_witnesses() {
    let mut net = Net::new();
    let backup = net.host().stored.clone();
    for of in WITNESSES {
        net.down(of);
    }
    net.restore_host(&backup);
    net.input(public("node"), Input::Trust { log: net.log, token: 0 });
    let reply = net.nodes.get_mut(&public("node")).unwrap().replies.pop().unwrap();
    assert!(matches!(reply, Err(InputError::HasWitnesses { .. })));
    assert!(net.seen().is_err());
}

#[test]
fn an_entry_of_its_own_that_is_not_here_ends_the_trust_in_a_copied_store() {
    let mut net = Net::new();
    let copied = net.host().stored.clone();
    net.seen().unwrap();
    net.down("node");
    for of in ["w2", "w3"] {
        net.down(of);
    }
    // A copy of the files says that it is intact.
    net.boot("node", &copied, true);
    assert!(!net.host().machine.is_intact());
    assert!(net.host().stored.contains(&Record::NotIntact));
    assert!(net.seen().is_err());
    net.up("w2");
    net.seen().unwrap();
    assert_eq!(net.host().machine.stopped(&net.log), None);
}

#[test]
fn a_note_of_its_own_that_is_not_here_ends_the_trust_in_a_copied_store() {
    let mut net = Net::new();
    net.tick(120_000);
    let copied = net.nodes[&public("w1")].stored.clone();
    net.seen().unwrap();
    net.tick(120_000);
    let last = |net: &Net, at: &str| {
        let notes = net.nodes[&public(at)].machine.notes(&net.log).unwrap();
        notes.latest(&public("w1")).map(|note| note.content().clone()).unwrap()
    };
    let before = last(&net, "w2");
    net.down("w1");
    // A copy of the files says that it is intact; by itself it would note again what lies behind.
    net.boot("w1", &copied, true);
    let witness = &net.nodes[&public("w1")];
    assert!(!witness.machine.is_intact() && witness.stored.contains(&Record::NotIntact));
    net.tick(7_200_000);
    let after = last(&net, "w1");
    assert!(after.number >= before.number && after.time > before.time);
    assert_eq!(last(&net, "w2"), after);
}

#[test]
fn a_restored_witness_learns_its_notes_before_it_notes_again() {
    let mut net = Net::new();
    let backup = without_notes(&net.nodes[&public("w1")].stored);
    net.seen().unwrap();
    net.tick(120_000);
    let noted = |net: &Net, at: &str| {
        let notes = net.nodes[&public(at)].machine.notes(&net.log).unwrap();
        notes.latest(&public("w1")).map(|note| note.content().clone())
    };
    let before: NoteContent = noted(&net, "w2").unwrap();
    for of in ["w1", "w2", "w3", "node"] {
        net.down(of);
    }
    net.boot("w1", &backup, false);
    net.tick(120_000);
    assert_eq!(noted(&net, "w1"), None, "it notes before it knows what it noted");

    net.up("w2");
    assert_eq!(noted(&net, "w1"), Some(before.clone()));
    net.tick(7_200_000);
    assert_eq!(noted(&net, "w1"), Some(before.clone()), "one other is not enough");
    net.up("node");
    net.tick(7_200_000);
    let after = noted(&net, "w1").unwrap();
    assert!(after.time > before.time && after.number >= before.number && after.previous.is_some());
    assert_eq!(noted(&net, "w2"), Some(after));
}

#[test]
fn a_clock_that_leaves_its_witnesses_does_not_sign() {
    let mut net = Net::new();
    net.tick(4_000_000);
    net.seen().unwrap();
    // The host's clock alone goes ahead by an hour: fresh notes of two witnesses show it.
    net.now = net.now + Span::from_millis(1);
    let host = public("node");
    let head = net.host().machine.log(&net.log).unwrap().head();
    for of in ["w1", "w2"] {
        let content = NoteContent {
            log: net.log,
            number: head.number,
            previous: None,
            entry: head.id,
            time: net.now,
            voice: None,
        };
        let note = VerifiedGossip::Note(Note::witness(content, &key(of)));
        let gossip = Input::Gossip { from: public(of), gossip: Box::new(note), token: 0 };
        let ahead = net.now + Span::from_secs(3600);
        let effects = net.nodes.get_mut(&host).unwrap().machine.handle(gossip, ahead);
        net.carry_out(host, effects);
    }
    // The third has given one before and does not outweigh them.
    let Err(InputError::Clock { ahead, .. }) = net.seen() else { panic!("it signs") };
    assert_eq!(ahead, 3_600_000);
    assert!(net.host().machine.wake_at() > net.now);
    // Set back by an hour, it signs at once; set ahead, it would not have to wait for new notes to stop.
    net.input(host, Input::ClockSet(-3_600_000));
    net.seen().unwrap();
    net.input(host, Input::ClockSet(3_600_000));
    assert!(matches!(net.seen(), Err(InputError::Clock { .. })));
    net.tick(4_000_000);
    net.seen().unwrap();
}

/// Two entries of one number, and the notes that seal one of them, come in any order: the log goes on.
#[test]
fn a_seal_that_comes_late_lifts_the_stop() {
    let mut net = Net::new();
    net.tick(120_000);
    net.down("w3");
    let replica = net.host().machine.log(&net.log).unwrap().clone();
    net.seen().unwrap();
    let behind = without_notes(&net.host().stored);
    net.tick(120_000);
    net.seen().unwrap();
    let gossip = |net: &mut Net, gossip: VerifiedGossip| {
        net.input(public("w3"), Input::Gossip { from: public("w1"), gossip: Box::new(gossip), token: 0 });
    };
    let stopped = |net: &Net| net.nodes[&public("w3")].machine.stopped(&net.log).map(str::to_owned);
    let content = crate::statement::Act::Seen {};
    let statement = crate::envelope::Signed::sign(
        crate::envelope::Kind::Statement,
        replica.compose(&public("ana"), content),
        &key("ana"),
    );
    let sibling = Entry::sign(replica.next(crate::fixture::admission(&[statement]), net.now), &key("host"));

    net.nodes.insert(public("w3"), Node::start("w3", &behind, true));
    let started = net.nodes.get_mut(&public("w3")).unwrap().machine.start(net.now);
    net.carry_out(public("w3"), started);
    gossip(&mut net, VerifiedGossip::Entry(Arrival { entry: sibling, bodies: Vec::new() }));
    assert!(stopped(&net).is_some());
    let stored = net.nodes[&public("w3")].stored.clone();
    net.nodes.insert(public("w3"), Node::start("w3", &stored, true));
    net.nodes.get_mut(&public("w3")).unwrap().machine.start(net.now);
    assert!(stopped(&net).is_some(), "a restart alone says nothing about which one counts");

    // It meets the others, who never saw the second one.
    net.up("w3");
    net.tick(20_000);
    assert_eq!(stopped(&net), None);
    net.tick(20_000);
    net.tick(120_000);
    let stored = net.nodes[&public("w3")].stored.clone();
    assert!(stored.iter().any(|record| matches!(record, Record::Stop(..))), "the proof is kept");
    assert_eq!(net.nodes[&public("w3")].head(&net.log), net.host().head(&net.log));
    net.nodes.insert(public("w3"), Node::start("w3", &stored, true));
    net.nodes.get_mut(&public("w3")).unwrap().machine.start(net.now);
    assert_eq!(stopped(&net), None, "also after a restart");
}

/// The panel of the federation that a group has left follows its log no more.
#[test]
fn the_operators_word_ends_the_wait_of_a_group_that_has_left() {
    let mut group = Group::new();
    let agreement = agreement(group.replica.log());
    group.carry("ana", &[Change::Federate(agreement.clone())]);
    let mut net = Net::of(&group, &agreement);
    net.tick(120_000);
    let before = net.host().stored.clone();
    group.carry("ana", &[Change::Leave { federation: agreement.id(), from: group.now }]);
    let mut net = Net::of(&group, &agreement);
    net.tick(120_000);
    net.now = net.now + days(32);
    net.tick(120_000);
    for stored in [net.host().stored.clone(), before] {
        net.restore_host(&stored);
        net.tick(120_000);
        let head = net.host().head(&net.log);
        assert_eq!(head, group.replica.head().number, "the panel shows its host what it has");
        let Err(InputError::CatchingUp { lack, .. }) = net.seen() else { panic!("it signs") };
        assert!(lack.words().contains("moot node trust-store"), "{lack:?}");
        net.input(public("node"), Input::Trust { log: net.log, token: 0 });
        net.nodes.get_mut(&public("node")).unwrap().replies.pop().unwrap().unwrap();
        net.seen().unwrap();
        assert!(net.nodes[&public("w1")].head(&net.log) == head, "the others see no more of it");
        net = Net::of(&group, &agreement);
        net.tick(120_000);
        net.now = net.now + days(32);
        net.tick(120_000);
    }
}

/// Whoever has old notes may send them again: they say nothing about the clock, also after a restart.
#[test]
fn old_notes_say_nothing_about_the_clock() {
    let mut net = Net::new();
    net.tick(120_000);
    let old: Vec<Note> = net.host().machine.notes(&net.log).unwrap().iter().cloned().collect();
    net.tick(30 * 86_400_000);
    net.seen().unwrap();
    net.tick(120_000);
    let replay = |net: &mut Net| {
        for note in &old {
            let gossip = Box::new(VerifiedGossip::Note(note.clone()));
            net.input(public("node"), Input::Gossip { from: public("w3"), gossip, token: 0 });
        }
    };
    replay(&mut net);
    assert_eq!(net.host().machine.clock_refuses(&net.log), None);
    net.seen().unwrap();
    let stored = net.host().stored.clone();
    WITNESSES.iter().for_each(|of| net.down(of));
    net.down("node");
    net.boot("node", &stored, true);
    replay(&mut net);
    net.seen().unwrap();
}

#[test]
fn founding_in_such_a_store_is_complete_at_once() {
    let mut machine = Machine::new(key("node"), Settings::default());
    machine.add_key(key("host"));
    let charter = crate::fixture::charter();
    let founding = crate::envelope::Signed::sign(
        crate::envelope::Kind::Founding,
        crate::statement::FoundingContent { charter: charter.hash() },
        &key("ana"),
    );
    let found = Input::Found { charter: Box::new(charter), foundings: vec![founding], token: 0 };
    machine.handle(found, crate::fixture::start());
    let log = machine.logs().next().unwrap().log();
    assert_eq!(machine.catching_up(&log), None);
}
