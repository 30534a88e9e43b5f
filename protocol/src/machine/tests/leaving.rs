//! A group leaves: it stays until its notice has run.

use super::wires::{Wires, node_key};
use crate::{
    effect::Effect as DecisionEffect,
    federation::{FederationAgreement, Seat},
    fixture::name,
    statement::Act,
    table::Table,
    time::Span,
};

fn text(text: &str) -> DecisionEffect {
    DecisionEffect::Text { domain: name("charter"), text: text.into(), replaces: None }
}

#[test]
fn a_group_leaves_when_its_notice_has_run() {
    let (mut wires, founding) = Wires::street();
    let id = founding.id();
    let log = wires.id(0, "attic");
    wires.carry(0, "attic", DecisionEffect::Leave { federation: id, from: wires.now });
    wires.wait(Span::from_secs(60));
    assert!((0..3).all(|at| wires.standing(at, &id).leaving.contains_key(&log)));

    wires.wait(Span::from_secs(8 * 60));
    wires.carry(0, "attic", text("Still here"));
    wires.wait(Span::from_secs(60));
    let sealed = wires.machine(1).seal(&log).unwrap().up_to;
    assert_eq!(sealed, Some(wires.replica(0, "attic").unwrap().head().number), "until then it is witnessed");

    wires.wait(Span::from_secs(3 * 60));
    for at in 0..3 {
        assert!(!wires.standing(at, &id).has_group(&log), "on node {at}");
        assert!(wires.machine(at).home(wires.replica(at, "attic").unwrap()).is_none(), "on node {at}");
    }
    wires.carry(0, "attic", text("On our own"));
    wires.wait(Span::from_secs(60));
    let ours = wires.replica(0, "attic").unwrap().head().number;
    assert!(wires.replica(1, "attic").unwrap().head().number < ours, "the others see no more of it");
    let kept = wires.machine(1).seal(&log).unwrap().up_to;
    assert!(kept >= sealed, "what was sealed stays sealed: {kept:?}");

    // The others go on, and drop it.
    let mut second = FederationAgreement { amends: Some(founding.successor()), ..founding.clone() };
    second.groups.take(&name("attic"));
    for (at, called) in [(1, "bakery"), (2, "cellar")] {
        wires.carry(at, called, DecisionEffect::Federate(second.clone()));
    }
    wires.wait(Span::from_secs(60));
    assert_eq!(wires.standing(1, &id).agreement, second);
    assert!(wires.lets_in(1, 0), "its node still has a seat");
}

/// The group of a node that has no seat takes its node with it.
#[test]
fn the_node_of_a_group_that_left_is_let_in_no_more() {
    let (mut wires, founding) = Wires::street();
    let dairy = wires.entry_of(3, "dairy");
    let second = founding.with_group(dairy).unwrap();
    let agreement = Box::new(founding.clone());
    wires.say(3, |token| crate::machine::Input::Follow { agreement, comes: true, token }).unwrap();
    for (at, called) in [(0, "attic"), (1, "bakery"), (3, "dairy")] {
        wires.carry(at, called, DecisionEffect::Federate(second.clone()));
        wires.wait(Span::from_secs(60));
    }
    assert!(wires.saw_in_force(2, 2) && wires.lets_in(2, 3));
    wires.carry(3, "dairy", DecisionEffect::Leave { federation: founding.id(), from: wires.now });
    wires.wait(Span::from_secs(8 * 60));
    assert!(wires.lets_in(2, 3));
    wires.wait(Span::from_secs(3 * 60));
    assert!((0..3).all(|at| !wires.lets_in(at, 3)));
}

/// The host of a group has the only seat, so that its members seal what it writes.
#[test]
fn what_members_have_seen_moves_a_federation_on_where_there_are_no_witnesses() {
    let mut wires = Wires::of(2);
    wires.found(0, "attic");
    wires.found(1, "bakery");
    wires.act(0, "attic", "ana", Act::Seen {}, Vec::new()).unwrap();
    wires.act(0, "attic", "ben", Act::Seen {}, Vec::new()).unwrap();
    assert_eq!(wires.seals(0), 0, "nobody waits for the seal of a group outside any federation");
    let seat = Seat { name: name("only"), node: node_key(0).public(), addresses: Vec::new() };
    let founding =
        FederationAgreement { panel: Table::new(vec![seat]).unwrap(), ..wires.agreement(&["attic", "bakery"]) };
    let id = founding.id();
    wires.carry(0, "attic", DecisionEffect::Federate(founding.clone()));
    wires.carry(1, "bakery", DecisionEffect::Federate(founding.clone()));
    let second = FederationAgreement { purpose: "More".into(), amends: Some(founding.successor()), ..founding };
    wires.carry(1, "bakery", DecisionEffect::Federate(second.clone()));
    wires.carry(0, "attic", DecisionEffect::Federate(second));
    wires.wait(Span::from_secs(60));
    assert_eq!(wires.standing(0, &id).agreement.number(), 1);
    let seen = |wires: &mut Wires| {
        for member in ["ana", "ben"] {
            wires.act(0, "attic", member, Act::Seen {}, Vec::new()).unwrap();
        }
        wires.wait(Span::from_secs(60));
    };
    seen(&mut wires);
    for at in [0, 1] {
        assert_eq!(wires.standing(at, &id).agreement.number(), 2, "on node {at}");
        assert!(wires.saw_in_force(at, 2));
    }
    assert!(wires.seals(0) > 0);

    wires.carry(0, "attic", DecisionEffect::Leave { federation: id, from: wires.now });
    seen(&mut wires);
    let log = wires.id(0, "attic");
    assert!((0..2).all(|at| wires.standing(at, &id).leaving.contains_key(&log)));
    wires.wait(Span::from_secs(11 * 60));
    for at in [0, 1] {
        assert!(!wires.standing(at, &id).has_group(&log), "on node {at}");
        assert!(wires.machine(at).home(wires.replica(at, "attic").unwrap()).is_none(), "on node {at}");
    }
}
