//! What a node without room leaves, and what it takes all the same.

use super::*;
use crate::{
    body::Body,
    federation::{FederatedGroup, FederationAgreement, Seat, Timing},
    fixture::{Group, admission, content, key, name, public, start, text},
    statement::Act,
    sync::{Have, VerifiedAnswer},
    table::Table,
};

/// A node with a seat beside "node", in a federation that names `log`.
fn witness(log: LogId) -> Machine {
    let group = FederatedGroup { name: name("kitchen"), log, node: public("node"), escalates_to: None, weight: 1 };
    let seat = |of: &str| Seat { name: name(of), node: public(of), addresses: Vec::new() };
    let agreement = FederationAgreement {
        amends: None,
        name: name("riverside"),
        purpose: "Sharing a yard".into(),
        groups: Table::new(vec![group]).unwrap(),
        panel: Table::new(vec![seat("node"), seat("w1")]).unwrap(),
        timing: Timing::default(),
    };
    let mut machine = Machine::new(key("w1"), Settings::default());
    machine.restore_intact();
    machine.restore_agreement(agreement);
    machine
}

fn gossip(machine: &mut Machine, bytes: &[u8], bodies: Vec<Body>) -> Vec<Effect> {
    let arrival = Arrival { entry: Entry::decode(bytes).unwrap(), bodies };
    let gossip = Box::new(VerifiedGossip::Entry(arrival));
    machine.handle(Input::Gossip { from: public("node"), gossip, token: 0 }, start())
}

fn texts(effects: &[Effect]) -> usize {
    let records = effects.iter().filter_map(|effect| match effect {
        Effect::Persist(records) => Some(records),
        _ => None,
    });
    records.flatten().filter(|record| matches!(record, Record::Body(..))).count()
}

#[test]
fn a_guest_is_taken_while_there_is_room() {
    let group = Group::new();
    for (crowded, taken) in [(false, true), (true, false)] {
        let mut machine = witness(LogId([9; 32]));
        machine.set_crowded(crowded);
        gossip(&mut machine, &group.log[0], Vec::new());
        assert_eq!(machine.log(&group.replica.log()).is_some(), taken);
    }
}

#[test]
fn a_guest_that_is_here_grows_no_more_without_room() {
    let mut group = Group::new();
    let propose = group.statement("ana", Act::Propose(content(&[text("policy")])));
    group.write(admission(&[propose])).unwrap();
    let id = group.replica.log();
    let mut machine = witness(LogId([9; 32]));
    gossip(&mut machine, &group.log[0], Vec::new());
    machine.set_crowded(true);
    gossip(&mut machine, &group.log[1], Vec::new());
    assert_eq!(machine.log(&id).unwrap().head().number, 0);
    // Nor is it asked for again and again.
    machine.handle(Input::Connected(public("node")), start());
    let (entry, notes) = (group.replica.head().id, crate::id::Hash::of(b"notes"));
    let heads = VerifiedAnswer::Heads(vec![Have { log: id, number: 1, entry, notes }]);
    let answer = Input::Answer { from: public("node"), request: Request::Heads {}, answer: Some(heads) };
    let asks = machine.handle(answer, start()).iter().any(|effect| matches!(effect, Effect::Ask(..)));
    assert!(!asks);
    machine.set_crowded(false);
    gossip(&mut machine, &group.log[1], Vec::new());
    assert_eq!(machine.log(&id).unwrap().head().number, 1);
}

#[test]
fn a_log_of_the_federation_is_taken_without_its_texts() {
    let mut group = Group::new();
    let propose = group.statement("ana", Act::Propose(content(&[text("policy")])));
    group.write(admission(&[propose])).unwrap();
    for (crowded, kept) in [(false, 1), (true, 0)] {
        let mut machine = witness(group.replica.log());
        machine.set_crowded(crowded);
        gossip(&mut machine, &group.log[0], Vec::new());
        let effects = gossip(&mut machine, &group.log[1], vec![Body::new([7; 16], "why").unwrap()]);
        assert_eq!(machine.log(&group.replica.log()).unwrap().head().number, 1);
        assert_eq!(texts(&effects), kept);
    }
}
