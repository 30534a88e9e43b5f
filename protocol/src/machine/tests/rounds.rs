//! Rounds between the groups of three nodes: nodes cite, reveal and divide by themselves.

use super::wires::Wires;
use crate::{
    effect::Effect as DecisionEffect,
    federation::FederationAgreement,
    fixture::{days, hours, name},
    id::{LogId, RoundId},
    resource::{
        Claimant, Kind, KnownRound, Offer, Resource, Round, RoundClaim, RoundState, Slots, Window,
        division::{Division, Fit},
    },
    time::Span,
};

const GROUPS: [(usize, &str); 3] = [(0, "attic"), (1, "bakery"), (2, "cellar")];

/// Bakery stewards a hall with 10 places.
fn street() -> (Wires, FederationAgreement) {
    let (mut wires, agreement) = Wires::street();
    let hall = Resource {
        name: name("hall"),
        purpose: "To meet in".into(),
        unit: "place".into(),
        domain: name("charter"),
        kind: Kind::Slots(Slots { horizon: days(90) }),
        capacity: 10,
        grants: None,
    };
    wires.carry(1, "bakery", DecisionEffect::SetResource(hall));
    wires.wait(Span::from_secs(60));
    (wires, agreement)
}

/// Bakery divides all places of an evening among all three, in a few hours.
fn opened(wires: &mut Wires, agreement: &FederationAgreement, division: Division) -> RoundId {
    let id = opens(wires, agreement, division, 10);
    wires.wait(Span::from_secs(60));
    id
}

fn opens(wires: &mut Wires, agreement: &FederationAgreement, division: Division, amount: u64) -> RoundId {
    let mut claimants: Vec<Claimant> =
        GROUPS.iter().map(|(at, called)| Claimant { group: wires.id(*at, called), weight: 1 }).collect();
    claimants.sort_by_key(|claimant| claimant.group);
    let window = Window::new(wires.now + days(9), wires.now + days(10)).unwrap();
    let claims_by = wires.now + hours(3);
    let reveals_by = division.needs_seed().then(|| claims_by + hours(4));
    let round = Round {
        federation: agreement.id(),
        version: agreement.hash(),
        title: "The long evening".into(),
        text: String::new(),
        steward: wires.id(1, "bakery"),
        division,
        offers: vec![Offer { resource: name("hall"), window, amount }],
        claimants,
        claims_by,
        reveals_by,
        divides_by: reveals_by.unwrap_or(claims_by) + hours(4),
    };
    let id = round.id();
    wires.carry(1, "bakery", DecisionEffect::OpenRound { domains: vec![name("charter")], round: Box::new(round) });
    id
}

fn claims(wires: &mut Wires, of: (usize, &str), round: RoundId, amount: u64) {
    claims_at_once(wires, of, round, amount);
    wires.wait(Span::from_secs(60));
}

fn claims_at_once(wires: &mut Wires, (at, called): (usize, &str), round: RoundId, amount: u64) {
    let group = wires.id(at, called);
    let lot = known(wires, round).round.division.needs_seed();
    let commitment = lot.then(|| wires.machine(at).commitment(&group, &round).expect("it hosts the group"));
    let claim = RoundClaim { round, amounts: vec![amount], commitment };
    wires.carry(at, called, DecisionEffect::Claim { domains: vec![name("charter")], claim });
}

/// The round as the steward's log knows it.
fn known(wires: &Wires, round: RoundId) -> &KnownRound {
    &wires.replica(1, "bakery").unwrap().dealings().books.rounds[&round]
}

/// What each group was given of the hall, by name.
fn given(wires: &Wires) -> Vec<(&'static str, u64)> {
    let books = &wires.replica(1, "bakery").unwrap().dealings().books;
    let whose = |log: LogId| GROUPS.iter().find(|(at, called)| wires.id(*at, called) == log).unwrap().1;
    let shares = books.ledgers[&name("hall")].iter().map(|(id, promise)| {
        let (_, group) = books.share_of(id).expect("nothing else is promised");
        assert_eq!(promise.held_until, None);
        (whose(group), promise.portions.iter().map(|portion| portion.amount).sum())
    });
    let mut shares: Vec<_> = shares.collect();
    shares.sort_unstable();
    shares
}

#[test]
fn what_is_scarce_is_divided_without_anybody_doing_anything() {
    let (mut wires, agreement) = street();
    let id = opened(&mut wires, &agreement, Division::MaxMin);
    for (at, called) in [(0, "attic"), (2, "cellar")] {
        let books = &wires.replica(at, called).unwrap().dealings().books;
        assert!(books.rounds.contains_key(&id), "{called} heard of it");
    }
    assert!(known(&wires, id).shown);
    claims(&mut wires, (0, "attic"), id, 9);
    claims(&mut wires, (1, "bakery"), id, 1);
    claims(&mut wires, (2, "cellar"), id, 9);
    assert_eq!(known(&wires, id).slots.len(), 3, "claims are cited as they come");
    wires.wait(hours(3));
    assert_eq!(known(&wires, id).state(wires.now), RoundState::Divides);
    wires.wait(hours(1));
    assert_eq!(known(&wires, id).state(wires.now), RoundState::Divided);
    let shares = given(&wires);
    assert_eq!(shares.iter().map(|(_, amount)| amount).sum::<u64>(), 10);
    assert!(shares.contains(&("bakery", 1)), "who claims less gets just that: {shares:?}");
    for (at, called) in [(0, "attic"), (1, "bakery")] {
        wires.carry(at, called, DecisionEffect::ReleaseShare { domains: vec![name("charter")], round: id });
    }
    wires.wait(Span::from_secs(120));
    let left: Vec<_> = given(&wires).into_iter().map(|(called, _)| called).collect();
    assert_eq!(left, ["cellar"], "what was given up is free, also of the steward's own");
    GROUPS.into_iter().for_each(|(_, called)| wires.agree(called));
}

#[test]
fn who_is_silent_holds_nothing_up() {
    let (mut wires, agreement) = street();
    let id = opened(&mut wires, &agreement, Division::Proportional);
    claims(&mut wires, (0, "attic"), id, 4);
    wires.wait(hours(4));
    assert_eq!(known(&wires, id).state(wires.now), RoundState::Divided);
    assert_eq!(given(&wires), [("attic", 4)]);
    wires.agree("bakery");
}

#[test]
fn secrets_of_a_lot_are_revealed_by_the_nodes() {
    let (mut wires, agreement) = street();
    let id = opened(&mut wires, &agreement, Division::Lot(Fit::Whole));
    claims(&mut wires, (0, "attic"), id, 6);
    claims(&mut wires, (2, "cellar"), id, 6);
    wires.wait(hours(4));
    assert!(known(&wires, id).slots.values().all(|slot| slot.secret.is_none()), "not while a claim may be sealed");
    wires.wait(hours(1));
    assert_eq!(known(&wires, id).slots.values().filter(|slot| slot.secret.is_some()).count(), 2);
    wires.wait(hours(3));
    let result = known(&wires, id).result(id).unwrap();
    assert!(result.lost.is_empty());
    let shares = given(&wires);
    assert!(matches!(shares[..], [(_, 6)]), "only one of them fits: {shares:?}");
    GROUPS.into_iter().for_each(|(_, called)| wires.agree(called));
}

/// What the same notes show first is shown once: a second piece would show nothing new, and both would be refused.
#[test]
fn what_is_said_of_several_rounds_within_one_note_is_heard() {
    let (mut wires, agreement) = street();
    let lot = Division::Lot(Fit::Part);
    // The first is noted at once, the others together a minute later.
    let ids = [2, 3, 5].map(|amount| opens(&mut wires, &agreement, lot, amount));
    wires.wait(Span::from_secs(120));
    for (at, called) in GROUPS {
        let books = &wires.replica(at, called).unwrap().dealings().books;
        assert_eq!(books.rounds.len(), 3, "{called} heard of all");
    }
    assert!(ids.iter().all(|id| known(&wires, *id).shown));
    for of in [(0, "attic"), (2, "cellar")] {
        ids.iter().for_each(|id| claims_at_once(&mut wires, of, *id, 3));
    }
    wires.wait(Span::from_secs(120));
    assert!(ids.iter().all(|id| known(&wires, *id).slots.len() == 2), "both claims of all are cited");
    wires.wait(hours(9));
    for id in ids {
        let known = known(&wires, id);
        assert_eq!(known.state(wires.now), RoundState::Divided);
        assert_eq!(known.slots.values().filter(|slot| slot.secret.is_some()).count(), 2, "both have revealed");
    }
    GROUPS.into_iter().for_each(|(_, called)| wires.agree(called));
}
