//! A group moves: to another node, or to another log key.

use super::wires::{Wires, log_key, node_key};
use crate::{
    charter::Host,
    effect::Effect as DecisionEffect,
    entry::{Entry, EntryAct, Raw},
    envelope::Kind,
    error::{Conflict, Refusal},
    evidence::Evidence,
    fixture::name,
    id::LogId,
    machine::{Effect, Input, InputError, Machine, Settings},
    note::{Note, NoteContent},
    replay::Replica,
    statement::Act,
    sync::{Answer, Request},
    time::Span,
};

fn text(text: &str) -> DecisionEffect {
    DecisionEffect::Text { domain: name("charter"), text: text.into(), replaces: None }
}

#[test]
fn a_group_moves_to_a_node_that_was_outside() {
    let (mut wires, founding) = Wires::street();
    let log = wires.id(0, "attic");
    let agreement = Box::new(founding);
    wires.say(3, |token| Input::Follow { agreement, comes: true, token }).unwrap();
    wires.machine_mut(3).add_key(log_key("attic, elsewhere"));
    let host = Host { log_key: log_key("attic, elsewhere").public(), node: node_key(3).public() };
    wires.carry(0, "attic", DecisionEffect::SetHost(host));
    wires.wait(Span::from_secs(60));

    assert!(!wires.machine(0).is_hosted(&log) && wires.machine(3).is_hosted(&log));
    let refused = wires.act(0, "attic", "ana", Act::Seen {}, Vec::new());
    assert!(matches!(refused, Err(InputError::NotHosted(_))), "the old node signs no more: {refused:?}");
    wires.carry(3, "attic", text("From here"));
    wires.wait(Span::from_secs(60));
    let head = wires.replica(3, "attic").unwrap().head().number;
    for at in 0..4 {
        assert_eq!(wires.machine(at).seal(&log).unwrap().up_to, Some(head), "on node {at}");
    }
    wires.agree("attic");
    let signers: Vec<_> = wires.entries(1, log).iter().map(Entry::signer).collect();
    let handed_over = signers.iter().position(|key| *key == log_key("attic, elsewhere").public()).unwrap();
    assert!(signers[..handed_over].iter().all(|key| *key == log_key("attic").public()));
    assert!(signers[handed_over..].iter().all(|key| *key == log_key("attic, elsewhere").public()));
}

/// A group moves onto a seat: who comes late does not take the notes that this seat gave before, and lacks nothing.
#[test]
fn notes_of_a_former_witness_are_not_asked_for_again_and_again() {
    let (mut wires, founding) = Wires::street();
    wires.machine_mut(1).add_key(log_key("attic, elsewhere"));
    let host = Host { log_key: log_key("attic, elsewhere").public(), node: node_key(1).public() };
    wires.carry(0, "attic", DecisionEffect::SetHost(host));
    wires.wait(Span::from_secs(60));
    let log = wires.id(0, "attic");
    let mut late = Machine::new(node_key(0), Settings::default());
    late.restore_agreement(founding);
    wires.entries(2, log).iter().for_each(|entry| late.restore_entry(entry).unwrap());
    late.start(wires.now);
    let (old, now) = (wires.machine(2).notes(&log).unwrap(), wires.now);
    assert!(old.latest(&node_key(1).public()).is_some(), "it witnessed before");
    let others = [node_key(0), node_key(2)].map(|node| node.public());
    let kept: Vec<_> = old.iter().filter(|note| others.contains(&note.signer())).cloned().collect();
    kept.into_iter().for_each(|note| late.restore_note(note));
    let request = Input::Request { from: node_key(2).public(), request: Request::Heads {}, token: 0 };
    let heads = |machine: &mut Machine, request| {
        machine.handle(request, now).into_iter().find_map(|effect| match effect {
            Effect::Serve(_, Answer::Heads(heads)) => heads.into_iter().find(|have| have.log == log),
            _ => None,
        })
    };
    let ours = heads(&mut late, request).unwrap();
    let request = Input::Request { from: node_key(0).public(), request: Request::Heads {}, token: 0 };
    assert_eq!(heads(wires.machine_mut(2), request).unwrap(), ours);
}

/// Until the entry that gives it the log is sealed, another one may turn up in its place.
#[test]
fn the_new_node_signs_once_the_handover_is_sealed() {
    let (mut wires, founding) = Wires::street();
    let log = wires.id(0, "attic");
    let agreement = Box::new(founding);
    wires.say(3, |token| Input::Follow { agreement, comes: true, token }).unwrap();
    wires.machine_mut(3).add_key(log_key("attic, elsewhere"));
    let host = Host { log_key: log_key("attic, elsewhere").public(), node: node_key(3).public() };
    wires.carry(0, "attic", DecisionEffect::SetHost(host));
    wires.wait(Span::from_secs(60));
    // A new machine that holds the entries and not the notes.
    let mut bare = crate::machine::Machine::new(node_key(3), crate::machine::Settings::default());
    bare.add_key(log_key("attic, elsewhere"));
    bare.restore_agreement(wires.standing(0, &wires.agreement(&["attic", "bakery", "cellar"]).id()).agreement.clone());
    let (before, _) = around_the_move(&wires, log);
    before.iter().for_each(|entry| bare.restore_entry(entry).unwrap());
    bare.start(wires.now);
    assert!(!bare.is_hosted(&log));
    let notes: Vec<_> = wires.machine(1).notes(&log).unwrap().iter().cloned().collect();
    notes.into_iter().for_each(|note| bare.restore_note(note));
    assert!(bare.is_hosted(&log));
}

#[test]
fn a_log_key_is_replaced_on_the_same_node() {
    let (mut wires, _) = Wires::street();
    let log = wires.id(0, "attic");
    wires.machine_mut(0).add_key(log_key("attic, again"));
    let host = Host { log_key: log_key("attic, again").public(), node: node_key(0).public() };
    wires.carry(0, "attic", DecisionEffect::SetHost(host));
    wires.carry(0, "attic", text("With a new key"));
    wires.wait(Span::from_secs(60));
    assert_eq!(wires.entries(1, log).last().unwrap().signer(), log_key("attic, again").public());
    wires.agree("attic");
}

/// The entries of a log up to the one that moved it, and those after.
fn around_the_move(wires: &Wires, log: LogId) -> (Vec<Entry>, Vec<Entry>) {
    let mut entries = wires.entries(2, log);
    let mut replica = Replica::found(&entries[0]).unwrap();
    let host = replica.charter().host.node;
    let moved = entries.iter().skip(1).position(|entry| {
        let admitted = replica.check(entry).unwrap();
        replica.apply(admitted);
        replica.charter().host.node != host
    });
    let after = entries.split_off(moved.unwrap() + 2);
    (entries, after)
}

fn replay(entries: &[Entry]) -> Replica {
    let mut replica = Replica::found(&entries[0]).unwrap();
    for entry in &entries[1..] {
        let admitted = replica.check(entry).unwrap();
        replica.apply(admitted);
    }
    replica
}

/// The attic moves from node 0 onto the seat of node 1; 1 and 2 were its witnesses, from then on 0 and 2 are.
fn moved_onto_a_seat() -> (Wires, LogId) {
    let (mut wires, _) = Wires::street();
    wires.machine_mut(1).add_key(log_key("attic, elsewhere"));
    let host = Host { log_key: log_key("attic, elsewhere").public(), node: node_key(1).public() };
    wires.carry(0, "attic", DecisionEffect::SetHost(host));
    wires.wait(Span::from_secs(60));
    let log = wires.id(2, "attic");
    (wires, log)
}

#[test]
fn after_a_move_the_seal_of_the_witnesses_before_comes_first() {
    let (wires, log) = moved_onto_a_seat();
    let (before, after) = around_the_move(&wires, log);
    let replica = replay(&before);
    let now = wires.now;
    assert_eq!(replica.unheard(), node_key(0).public(), "node 1 witnesses it until its move is shown to be sealed");
    let EntryAct::Cite { evidence } = &after[0].content().act else { panic!("the seal is cited first") };
    let sign = |content| Entry::sign(content, &log_key("attic, elsewhere"));
    let digest = sign(replica.next(EntryAct::Digest { digest: replica.digest() }, now));
    assert!(matches!(replica.check(&digest), Err(Refusal::Conflict(Conflict::Moving(_)))));
    assert_eq!(replica.due(now), None);
    let citing = |evidence: Evidence| replica.check(&sign(replica.citing(vec![evidence], now).unwrap()));
    citing(evidence[0].clone()).unwrap();

    let note = |content: NoteContent, by: usize| Raw(Note::witness(content, &node_key(by)).bytes().to_vec());
    let head = replica.head();
    let about = |number, entry| NoteContent { log, number, previous: None, entry, time: now, voice: None };
    let right = about(head.number, head.id);
    let older = about(head.number - 1, replica.entry(head.number - 1).unwrap());
    let lies = [
        ("too few", vec![note(right.clone(), 1)]),
        ("the host before is no witness", vec![note(right.clone(), 0), note(right.clone(), 2)]),
        ("one witness twice", vec![note(right.clone(), 1), note(right.clone(), 1)]),
        ("another entry", vec![note(right.clone(), 1), note(older, 2)]),
    ];
    for (what, mut notes) in lies {
        notes.sort_by_key(|raw| Note::decode_stored(Kind::Note, &raw.0).unwrap().signer());
        assert!(citing(Evidence { notes, ..evidence[0].clone() }).is_err(), "{what}");
    }
    let mut replica = replica.clone();
    replica.apply(replica.check(&after[0]).unwrap());
    assert_eq!(
        (replica.unheard(), replica.moves().last().map(|(entry, _)| *entry)),
        (node_key(1).public(), Some(head.number))
    );
}

/// A host that lies shows its move to one witness only: with that one alone, no branch is sealed beside another.
#[test]
fn a_move_that_its_witnesses_did_not_seal_seals_nothing() {
    let (wires, log) = moved_onto_a_seat();
    let (before, _) = around_the_move(&wires, log);
    let head = replay(&before).head();
    let mut shown = Machine::new(node_key(3), Settings::default());
    shown.restore_agreement(wires.standing(0, &wires.agreement(&["attic", "bakery", "cellar"]).id()).agreement.clone());
    before.iter().for_each(|entry| shown.restore_entry(entry).unwrap());
    shown.start(wires.now);
    // The new witnesses are the liar and node 2; those before are 1, to whom it was not shown, and 2.
    for by in [0, 2] {
        let (number, entry) = (head.number, head.id);
        let content = NoteContent { log, number, previous: None, entry, time: wires.now, voice: None };
        shown.restore_note(Note::witness(content, &node_key(by)));
    }
    assert!(shown.seal(&log).unwrap().up_to < Some(head.number));
}

/// The new host witnesses its own move, shows the seal, and is no witness from then on.
#[test]
fn a_log_that_moved_onto_a_seat_goes_on_there() {
    let (mut wires, _) = Wires::street();
    wires.machine_mut(1).add_key(log_key("attic, elsewhere"));
    let host = Host { log_key: log_key("attic, elsewhere").public(), node: node_key(1).public() };
    wires.carry(0, "attic", DecisionEffect::SetHost(host));
    let log = wires.id(2, "attic");
    wires.wait(Span::from_secs(7200));
    wires.carry(1, "attic", text("From here"));
    wires.wait(Span::from_secs(120));
    let head = wires.replica(1, "attic").unwrap().head().number;
    for at in 0..3 {
        assert_eq!(wires.machine(at).seal(&log).unwrap().up_to, Some(head), "on node {at}");
    }
    wires.agree("attic");
}
