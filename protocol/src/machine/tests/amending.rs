//! Amendments as matters between three nodes: nobody but the groups decides anything by hand.

use super::wires::Wires;
use crate::{
    effect::Effect as DecisionEffect,
    federation::FederationAgreement,
    fixture::{hours, name},
    id::MatterId,
    machine::{Input, InputError},
    matter::{Amendment, Matter, Standing},
    time::Span,
};

pub(super) const NAMES: [&str; 3] = ["attic", "bakery", "cellar"];

/// Attic's matter that gives another text, with the least time for each level.
pub(super) fn opened(wires: &mut Wires, before: &FederationAgreement, amendment: Amendment) -> MatterId {
    let parts = (0..NAMES.len()).map(|at| wires.part(at, NAMES[at]));
    let parts = parts.filter(|part| amendment.voters(before).any(|log| log == part.group)).collect();
    let matter = wires.matter(before, "Another text", parts);
    wires.open(0, "attic", Matter { amends: Some(Box::new(amendment)), ..matter })
}

fn next(before: &FederationAgreement) -> FederationAgreement {
    FederationAgreement { amends: Some(before.successor()), ..before.clone() }
}

pub(super) fn gives(agreement: FederationAgreement) -> Amendment {
    Amendment { agreement, dormant: Vec::new(), taken: None }
}

fn consent(matter: MatterId) -> DecisionEffect {
    DecisionEffect::Stance { domains: vec![name("charter")], matter, consents: true }
}

fn version(wires: &Wires, at: usize, agreement: &FederationAgreement) -> u32 {
    wires.standing(at, &agreement.id()).agreement.number()
}

#[test]
fn a_group_is_expelled_and_every_node_knows() {
    let (mut wires, agreement) = Wires::street();
    let mut text = next(&agreement);
    text.groups.take(&name("cellar")).unwrap();
    let id = opened(&mut wires, &agreement, gives(text.clone()));
    wires.carry(1, "bakery", consent(id));
    wires.wait(Span::from_secs(60));
    for at in 0..3 {
        assert_eq!(wires.machine(at).matter(&id).unwrap().standing, Standing::Adopted { level: 1 }, "on node {at}");
        assert_eq!(wires.standing(at, &agreement.id()).agreement, text, "on node {at}");
        assert!(wires.saw_in_force(at, 2), "node {at} says so");
        assert_eq!(wires.stored_agreement(at, &agreement.id()), text);
    }
    assert!(!wires.standing(2, &agreement.id()).has_group(&wires.id(2, "cellar")));
    for called in ["attic", "bakery"] {
        wires.agree(called);
    }
}

#[test]
fn who_was_outvoted_hears_of_it_and_takes_it_up() {
    let (mut wires, agreement) = Wires::street();
    let mut text = next(&agreement);
    text.timing.notes = Span::from_secs(2);
    let id = opened(&mut wires, &agreement, gives(text.clone()));
    wires.carry(1, "bakery", consent(id));
    wires.wait(hours(6));
    assert_eq!(version(&wires, 2, &agreement), 1, "cellar may still consent");
    wires.wait(hours(2));
    for at in 0..3 {
        assert_eq!(wires.standing(at, &agreement.id()).agreement, text, "on node {at}");
    }
    let latest = |wires: &Wires| {
        let cellar = wires.replica(2, "cellar").unwrap();
        cellar.ties().latest(&agreement.id()).unwrap().agreement.number()
    };
    assert_eq!(latest(&wires), 1, "nobody took it up in its name");
    wires.carry(2, "cellar", DecisionEffect::Federate(text.clone()));
    assert_eq!(latest(&wires), 2);
    let third = next(&text);
    for (at, called) in NAMES.into_iter().enumerate().skip(1) {
        wires.carry(at, called, DecisionEffect::Federate(third.clone()));
    }
    wires.wait(Span::from_secs(60));
    assert_eq!(version(&wires, 0, &agreement), 3);
}

/// Nobody writes in cellar for hours, which is long in this federation.
#[test]
fn a_silent_group_is_shown_to_be_asleep_on_demand() {
    let mut wires = Wires::of(3);
    for (at, called) in NAMES.into_iter().enumerate() {
        wires.found(at, called);
    }
    let mut agreement = wires.agreement(&NAMES);
    agreement.timing.dormant = Some(hours(2));
    for (at, called) in NAMES.into_iter().enumerate() {
        wires.carry(at, called, DecisionEffect::Federate(agreement.clone()));
    }
    wires.wait(Span::from_secs(60));
    let (attic, cellar, version_before) = (wires.id(0, "attic"), wires.id(2, "cellar"), agreement.hash());
    let shows = |wires: &mut Wires, group| {
        wires.say(0, |token| Input::ShowAsleep { log: attic, version: version_before, groups: vec![group], token })
    };
    let refused = shows(&mut wires, cellar);
    assert!(matches!(refused, Err(InputError::Awake(log)) if log == cellar), "{refused:?}");
    wires.wait(hours(3));
    let before = wires.replica(0, "attic").unwrap().head().number;
    shows(&mut wires, cellar).unwrap();
    assert_eq!(wires.replica(0, "attic").unwrap().head().number, before + 1);
    shows(&mut wires, cellar).unwrap();
    assert_eq!(wires.replica(0, "attic").unwrap().head().number, before + 1, "what is known is not cited again");
    let amendment = Amendment { dormant: vec![cellar], ..gives(next(&agreement)) };
    let id = opened(&mut wires, &agreement, amendment);
    wires.carry(1, "bakery", consent(id));
    wires.wait(Span::from_secs(60));
    assert_eq!(version(&wires, 2, &agreement), 2, "two of three are enough, and nobody waited for the third");
    // It comes back by an entry of its own, and follows.
    wires.carry(2, "cellar", DecisionEffect::Federate(next(&agreement)));
    assert!(wires.replica(2, "cellar").unwrap().ties().consents().last().unwrap().adopted.is_some());
}
