//! A group moves: to another node, or to another log key.

use super::wires::{Wires, log_key, node_key};
use crate::{
    charter::Host,
    effect::Effect as DecisionEffect,
    entry::Entry,
    fixture::name,
    machine::{Effect, Input, InputError, Machine, Settings},
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
    wires.entries(1, log).iter().for_each(|entry| bare.restore_entry(entry).unwrap());
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
