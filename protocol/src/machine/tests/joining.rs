//! A group joins: it is let in when one group has consented, and belongs when two thirds have.

use super::wires::Wires;
use crate::{
    effect::Effect as DecisionEffect,
    federation::{FederatedGroup, FederationAgreement},
    fixture::name,
    machine::{Input, InputError},
    time::Span,
};

#[test]
fn a_group_joins_and_everybody_follows() {
    let (mut wires, founding) = Wires::street();
    let id = founding.id();
    assert!((0..3).all(|at| !wires.lets_in(at, 3)), "a stranger stays outside");
    let dairy = wires.entry_of(3, "dairy");
    let second = founding.with_group(dairy.clone()).unwrap();
    let agreement = Box::new(founding.clone());
    wires.say(3, |token| Input::Follow { agreement, comes: true, token }).unwrap();

    wires.carry(0, "attic", DecisionEffect::Federate(second.clone()));
    wires.wait(Span::from_secs(60));
    assert!((0..3).all(|at| wires.lets_in(at, 3)), "one group has consented, sealed: the others let it in");
    let shown = wires.standing(3, &id).pending_with(&dairy.log).expect("it sees the version that adds it");
    assert_eq!(shown.agreement, second);

    wires.carry(3, "dairy", DecisionEffect::Federate(second.clone()));
    wires.wait(Span::from_secs(60));
    assert_eq!(wires.standing(0, &id).agreement, founding, "one of three is not two thirds");
    assert!(wires.standing(0, &id).pending[0].joins_missing.is_empty(), "its own decision is sealed already");

    wires.carry(1, "bakery", DecisionEffect::Federate(second.clone()));
    wires.wait(Span::from_secs(60));
    for at in 0..4 {
        assert_eq!(wires.standing(at, &id).agreement, second, "on node {at}");
        assert!(wires.saw_in_force(at, 2));
        assert!(wires.replica(at, "dairy").is_some() && wires.replica(at, "cellar").is_some(), "on node {at}");
    }

    // It decides, and what it decides is sealed and held everywhere.
    let log = wires.id(3, "dairy");
    wires.carry(3, "dairy", DecisionEffect::Text { domain: name("charter"), text: "Milk".into(), replaces: None });
    wires.wait(Span::from_secs(60));
    let head = wires.replica(3, "dairy").unwrap().head().number;
    for at in 0..4 {
        assert_eq!(wires.machine(at).seal(&log).unwrap().up_to, Some(head), "on node {at}");
    }
    ["attic", "bakery", "cellar", "dairy"].iter().for_each(|called| wires.agree(called));
}

#[test]
fn a_group_that_joins_is_followed_as_soon_as_it_says_so() {
    let (mut wires, founding) = Wires::street();
    let second = founding.with_group(wires.entry_of(3, "dairy")).unwrap();
    wires.say(3, |token| Input::Follow { agreement: Box::new(founding), comes: true, token }).unwrap();
    wires.carry(0, "attic", DecisionEffect::Federate(second.clone()));
    wires.wait(Span::from_secs(60));

    // Within two seconds: long before heads are compared again.
    wires.carry(3, "dairy", DecisionEffect::Federate(second));
    let head = wires.replica(3, "dairy").unwrap().head().number;
    for at in 0..3 {
        assert_eq!(wires.replica(at, "dairy").map(|log| log.head().number), Some(head), "on node {at}");
    }
}

#[test]
fn a_seal_is_what_lets_somebody_in() {
    let (mut wires, founding) = Wires::street();
    let mut dairy = wires.entry_of(3, "dairy");
    dairy.name = name("milk");
    let second = founding.with_group(dairy).unwrap();
    // A proposal alone is only words.
    let content = crate::statement::Proposal {
        title: "Take them in".into(),
        why: crate::fixture::body("why"),
        effects: vec![DecisionEffect::Federate(second)],
        options: Vec::new(),
        review: None,
    };
    let why = crate::body::Body::new([7; 16], "why").unwrap();
    wires.act(0, "attic", "ana", crate::statement::Act::Propose(content), vec![why]).unwrap();
    wires.wait(Span::from_secs(60));
    assert!((0..3).all(|at| !wires.lets_in(at, 3)));
}

#[test]
fn who_comes_says_so() {
    let (mut wires, founding) = Wires::street();
    let agreement = Box::new(founding.clone());
    let refused = wires.say(3, |token| Input::Follow { agreement, comes: false, token });
    assert!(matches!(refused, Err(InputError::NoSeat(_))), "{refused:?}");
}

/// What is stored is read back within the limit of an entry, or the node does not start.
#[test]
fn an_agreement_that_no_statement_can_hold_is_not_followed() {
    let (mut wires, founding) = Wires::street();
    let mut large = FederationAgreement { purpose: "p".repeat(crate::limits::TEXT_BYTES), ..founding.clone() };
    for at in 0..crate::limits::GROUPS - 3 {
        let log = crate::id::Hash::of(&at.to_be_bytes()).0;
        let group = wires.entry_of(3, "dairy");
        large.groups.put(FederatedGroup { name: name(&format!("{at:-<64}")), log: crate::id::LogId(log), ..group });
    }
    assert!(crate::cbor::encode(&large).len() > crate::limits::ENTRY_BYTES);
    let reply = wires.say(3, |token| Input::Follow { agreement: Box::new(large), comes: true, token });
    assert!(matches!(&reply, Err(InputError::Agreement(_))), "{reply:?}");
    assert!(wires.machine(3).agreements().next().is_none());
}

#[test]
fn an_older_version_takes_nothing_back() {
    let (mut wires, founding) = Wires::street();
    let second = FederationAgreement { purpose: "More".into(), amends: Some(founding.successor()), ..founding.clone() };
    for (at, called) in ["attic", "bakery"].into_iter().enumerate() {
        wires.carry(at, called, DecisionEffect::Federate(second.clone()));
    }
    wires.wait(Span::from_secs(60));
    let agreement = Box::new(founding.clone());
    wires.say(2, |token| Input::Follow { agreement, comes: false, token }).unwrap();
    assert_eq!(wires.standing(2, &founding.id()).agreement, second);
    // Whatever a start finds of logs and seals, it goes on from the version that was in force.
    assert_eq!(wires.stored_agreement(2, &founding.id()), second);
}

#[test]
fn a_group_that_founds_late_takes_nothing_back() {
    let mut wires = Wires::of(3);
    for (at, called) in ["attic", "bakery", "cellar"].into_iter().enumerate() {
        wires.found(at, called);
    }
    let founding = wires.agreement(&["attic", "bakery", "cellar"]);
    let second = FederationAgreement { purpose: "More".into(), amends: Some(founding.successor()), ..founding.clone() };
    wires.machine_mut(2).restore_agreement(second.clone());
    wires.carry(2, "cellar", DecisionEffect::Federate(founding.clone()));
    assert_eq!(wires.standing(2, &founding.id()).agreement, second);
}
