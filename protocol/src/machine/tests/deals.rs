//! Negotiations between the groups of three nodes: one log closes, the others follow, nothing is promised twice.

use super::wires::Wires;
use crate::{
    charter::Rule,
    effect::Effect as DecisionEffect,
    federation::FederationAgreement,
    fixture::{days, hours, name},
    id::{MatterId, TermsId},
    machine::InputError,
    matter::{Matter, Part, Standing},
    resource::{Deal, DealState, Grants, Kind, Line, Portion, Resource, Slots, Terms, Window},
    statement::{Act, Proposal},
    time::Span,
};

fn hall(capacity: u64) -> DecisionEffect {
    DecisionEffect::SetResource(Resource {
        name: name("hall"),
        purpose: "To meet in".into(),
        unit: "hall".into(),
        domain: name("charter"),
        kind: Kind::Slots(Slots { horizon: days(90) }),
        capacity,
        grants: None,
    })
}

fn money() -> DecisionEffect {
    DecisionEffect::SetResource(Resource {
        name: name("money"),
        purpose: "What the street shares".into(),
        unit: "cent".into(),
        domain: name("charter"),
        kind: Kind::Stock,
        capacity: 1000,
        grants: None,
    })
}

fn here() -> Vec<crate::name::Name> {
    vec![name("charter")]
}

/// The evening of a week from now, in the hall of the group on node 1.
fn evening(wires: &Wires) -> Line {
    let window = Window::new(wires.now + days(7), wires.now + hours(7 * 24 + 4)).unwrap();
    Line { steward: wires.id(1, "bakery"), resource: name("hall"), portions: vec![Portion { window, amount: 1 }] }
}

fn cents(wires: &Wires, amount: u64) -> Line {
    let portions = vec![Portion { window: Window::ALL, amount }];
    Line { steward: wires.id(2, "cellar"), resource: name("money"), portions }
}

fn terms(wires: &Wires, agreement: &FederationAgreement, asks: (usize, &str), mut lines: Vec<Line>) -> Terms {
    lines.sort_by_key(|line| line.steward);
    Terms {
        federation: agreement.id(),
        version: agreement.hash(),
        title: "A dance".into(),
        text: "We tidy up after.".into(),
        requester: wires.id(asks.0, asks.1),
        closer: lines[0].steward,
        lines,
        by: wires.now + hours(2),
        counters: None,
        by_matter: false,
    }
}

/// The hall and the money are there; everybody knows.
fn street() -> (Wires, FederationAgreement) {
    let (mut wires, agreement) = Wires::street();
    wires.carry(1, "bakery", hall(1));
    wires.carry(2, "cellar", money());
    wires.wait(Span::from_secs(60));
    (wires, agreement)
}

fn asks(wires: &mut Wires, (at, called): (usize, &str), terms: &Terms) -> TermsId {
    wires.carry(at, called, DecisionEffect::Terms { domains: here(), terms: Box::new(terms.clone()), until: None });
    wires.wait(Span::from_secs(60));
    terms.id()
}

fn accepts(wires: &mut Wires, (at, called): (usize, &str), terms: TermsId, hold: Span) {
    let until = Some(wires.now + hold);
    wires.carry(at, called, DecisionEffect::AcceptTerms { domains: here(), terms, until });
    wires.wait(Span::from_secs(60));
}

fn deal<'a>(wires: &'a Wires, (at, called): (usize, &str), id: &TermsId) -> &'a Deal {
    &wires.replica(at, called).unwrap().dealings().books.deals[id]
}

#[track_caller]
fn stands(wires: &Wires, (at, called): (usize, &str), id: &TermsId, state: DealState) {
    let replica = wires.replica(at, called).unwrap();
    assert_eq!(replica.dealings().books.state(&replica.log(), id), Some(state), "{called}");
}

/// How much of a resource is held or allocated.
fn promised(wires: &Wires, (at, called): (usize, &str), resource: &str) -> u64 {
    let ledger = &wires.replica(at, called).unwrap().dealings().books.ledgers[&name(resource)];
    ledger.iter().flat_map(|(_, promise)| &promise.portions).map(|portion| portion.amount).sum()
}

#[test]
fn one_steward_accepts_and_closes() {
    let (mut wires, agreement) = street();
    let wanted = terms(&wires, &agreement, (0, "attic"), vec![evening(&wires)]);
    let id = asks(&mut wires, (0, "attic"), &wanted);
    assert_eq!(promised(&wires, (1, "bakery"), "hall"), 0, "a request holds nothing");
    stands(&wires, (1, "bakery"), &id, DealState::Requested);
    accepts(&mut wires, (1, "bakery"), id, hours(5));
    assert!(deal(&wires, (1, "bakery"), &id).allocated);
    assert!(deal(&wires, (0, "attic"), &id).is_committed(), "who asked knows");
    stands(&wires, (0, "attic"), &id, DealState::InForce);
    wires.wait(hours(6));
    assert_eq!(promised(&wires, (1, "bakery"), "hall"), 1, "an allocation does not end with the hold");
    ["attic", "bakery"].into_iter().for_each(|called| wires.agree(called));
}

#[test]
fn two_stewards_promise_together_and_one_closes() {
    let (mut wires, agreement) = street();
    let lines = vec![evening(&wires), cents(&wires, 700)];
    let wanted = terms(&wires, &agreement, (0, "attic"), lines);
    let id = asks(&mut wires, (0, "attic"), &wanted);
    accepts(&mut wires, (1, "bakery"), id, hours(6));
    assert!(!deal(&wires, (1, "bakery"), &id).is_committed());
    stands(&wires, (0, "attic"), &id, DealState::Offered);
    accepts(&mut wires, (2, "cellar"), id, hours(6));
    for party in [(0, "attic"), (1, "bakery"), (2, "cellar")] {
        assert!(deal(&wires, party, &id).is_committed(), "{party:?}");
    }
    assert!(deal(&wires, (1, "bakery"), &id).allocated && deal(&wires, (2, "cellar"), &id).allocated);
    assert_eq!(promised(&wires, (2, "cellar"), "money"), 700);
}

#[test]
fn who_does_not_accept_blocks_nobody_past_the_deadline() {
    let (mut wires, agreement) = street();
    let lines = vec![evening(&wires), cents(&wires, 700)];
    let wanted = terms(&wires, &agreement, (0, "attic"), lines);
    let id = asks(&mut wires, (0, "attic"), &wanted);
    accepts(&mut wires, (1, "bakery"), id, hours(6));
    assert_eq!(promised(&wires, (1, "bakery"), "hall"), 1);
    wires.wait(hours(7));
    assert_eq!(promised(&wires, (1, "bakery"), "hall"), 0);
    let closer = if wanted.closer == wires.id(1, "bakery") { (1, "bakery") } else { (2, "cellar") };
    assert_eq!(deal(&wires, closer, &id).closing.map(|closing| closing.commits), Some(false));
    assert!(!deal(&wires, (2, "cellar"), &id).allocated);
    stands(&wires, (0, "attic"), &id, DealState::Lapsed);
}

#[test]
fn other_terms_come_in_the_place_of_those_that_they_counter() {
    let (mut wires, agreement) = street();
    let wanted = terms(&wires, &agreement, (0, "attic"), vec![cents(&wires, 700)]);
    let id = asks(&mut wires, (0, "attic"), &wanted);
    let counter = Terms { lines: vec![cents(&wires, 400)], counters: Some(id), ..wanted };
    let other = counter.id();
    let until = Some(counter.by);
    wires.carry(2, "cellar", DecisionEffect::Terms { domains: here(), terms: Box::new(counter), until });
    wires.wait(Span::from_secs(60));
    for party in [(0, "attic"), (2, "cellar")] {
        stands(&wires, party, &id, DealState::Countered);
        stands(&wires, party, &other, DealState::Offered);
    }
    wires.carry(0, "attic", DecisionEffect::AcceptTerms { domains: here(), terms: other, until: None });
    wires.wait(Span::from_secs(60));
    stands(&wires, (0, "attic"), &other, DealState::InForce);
    assert_eq!(promised(&wires, (2, "cellar"), "money"), 400);
}

#[test]
fn who_declines_ends_it_for_all() {
    let (mut wires, agreement) = street();
    let wanted = terms(&wires, &agreement, (0, "attic"), vec![cents(&wires, 700)]);
    let id = asks(&mut wires, (0, "attic"), &wanted);
    wires.carry(2, "cellar", DecisionEffect::DeclineTerms { domains: here(), terms: id });
    wires.wait(Span::from_secs(60));
    stands(&wires, (0, "attic"), &id, DealState::Declined);
    stands(&wires, (2, "cellar"), &id, DealState::Declined);
}

#[test]
fn one_evening_is_promised_once() {
    let (mut wires, agreement) = street();
    let first = terms(&wires, &agreement, (0, "attic"), vec![evening(&wires)]);
    let second = terms(&wires, &agreement, (2, "cellar"), vec![evening(&wires)]);
    let first = asks(&mut wires, (0, "attic"), &first);
    let second = asks(&mut wires, (2, "cellar"), &second);
    accepts(&mut wires, (1, "bakery"), first, hours(5));
    let until = Some(wires.now + hours(5));
    let refused = propose(&mut wires, DecisionEffect::AcceptTerms { domains: here(), terms: second, until });
    assert!(format!("{refused:?}").contains("1 too few"), "{refused:?}");
}

#[test]
fn what_is_given_up_is_free_again() {
    let (mut wires, agreement) = street();
    let wanted = terms(&wires, &agreement, (0, "attic"), vec![evening(&wires)]);
    let id = asks(&mut wires, (0, "attic"), &wanted);
    accepts(&mut wires, (1, "bakery"), id, hours(5));
    wires.carry(0, "attic", DecisionEffect::ReleaseTerms { domains: here(), terms: id });
    wires.wait(Span::from_secs(60));
    assert_eq!(promised(&wires, (1, "bakery"), "hall"), 0);
    stands(&wires, (1, "bakery"), &id, DealState::Ended);
    let smaller = propose(&mut wires, hall(0));
    assert!(smaller.is_ok(), "{smaller:?}");
}

#[test]
fn capacity_never_falls_below_what_is_promised() {
    let (mut wires, agreement) = street();
    let wanted = terms(&wires, &agreement, (0, "attic"), vec![evening(&wires)]);
    let id = asks(&mut wires, (0, "attic"), &wanted);
    accepts(&mut wires, (1, "bakery"), id, hours(5));
    let refused = propose(&mut wires, hall(0));
    assert!(format!("{refused:?}").contains("cannot be lower"), "{refused:?}");
    let refused = propose(&mut wires, DecisionEffect::DropResource { resource: name("hall") });
    assert!(format!("{refused:?}").contains("is promised under the terms"), "{refused:?}");
}

/// What bakery's node says to a proposal there.
fn propose(wires: &mut Wires, effect: DecisionEffect) -> Result<(), InputError> {
    let why = crate::body::Body::new([2; 16], "Because.").unwrap();
    let effects = vec![effect];
    let content = Proposal { title: "A title".into(), why: why.id(), effects, options: Vec::new(), review: None };
    wires.act(1, "bakery", "ana", Act::Propose(content), vec![why]).map(drop)
}

/// Two windows of one steward, of which one is over when the terms come into force: the other is promised all the same.
#[test]
fn what_is_still_held_is_allocated() {
    let (mut wires, agreement) = street();
    wires.carry(
        1,
        "bakery",
        DecisionEffect::SetResource(Resource {
            name: name("court"),
            purpose: "To play in".into(),
            unit: "court".into(),
            domain: name("charter"),
            kind: Kind::Slots(Slots { horizon: days(90) }),
            capacity: 1,
            grants: None,
        }),
    );
    let soon = Window::new(wires.now + Span::from_secs(60), wires.now + Span::from_secs(600)).unwrap();
    let court = Line {
        steward: wires.id(1, "bakery"),
        resource: name("court"),
        portions: vec![Portion { window: soon, amount: 1 }],
    };
    let lines = vec![court, evening(&wires), cents(&wires, 700)];
    let mut wanted = terms(&wires, &agreement, (0, "attic"), lines);
    wanted.lines.sort_by_key(|line| (line.steward, line.resource.clone()));
    wanted.closer = wires.id(1, "bakery");
    let id = asks(&mut wires, (0, "attic"), &wanted);
    accepts(&mut wires, (1, "bakery"), id, hours(6));
    wires.wait(hours(1));
    accepts(&mut wires, (2, "cellar"), id, hours(6));
    wires.wait(hours(7));
    assert!(deal(&wires, (1, "bakery"), &id).allocated);
    assert_eq!(promised(&wires, (1, "bakery"), "hall"), 1, "the other window is promised for good");
}

#[test]
fn who_holds_does_not_decline() {
    let (mut wires, agreement) = street();
    let lines = vec![evening(&wires), cents(&wires, 700)];
    let wanted = terms(&wires, &agreement, (0, "attic"), lines);
    let id = asks(&mut wires, (0, "attic"), &wanted);
    accepts(&mut wires, (1, "bakery"), id, hours(6));
    let refused = propose(&mut wires, DecisionEffect::DeclineTerms { domains: here(), terms: id });
    assert!(format!("{refused:?}").contains("the group holds its part until"), "{refused:?}");
}

/// A counter that comes too late gives up nothing of what is in force.
#[test]
fn terms_in_force_are_not_countered() {
    let (mut wires, agreement) = street();
    let wanted = terms(&wires, &agreement, (0, "attic"), vec![evening(&wires)]);
    let first = asks(&mut wires, (0, "attic"), &wanted);
    let mut other = Terms { title: "A longer dance".into(), counters: Some(first), ..wanted };
    other.by = other.by + hours(1);
    let second = asks(&mut wires, (0, "attic"), &other);
    accepts(&mut wires, (1, "bakery"), first, hours(5));
    assert!(deal(&wires, (1, "bakery"), &first).allocated);
    let until = Some(wires.now + hours(5));
    let refused = propose(&mut wires, DecisionEffect::AcceptTerms { domains: here(), terms: second, until });
    assert!(format!("{refused:?}").contains("they are in force since"), "{refused:?}");
    assert_eq!(promised(&wires, (1, "bakery"), "hall"), 1);
}

/// The closer's hold ends at the deadline, and it may lapse only after it: it wakes for that.
#[test]
fn a_closer_that_held_up_to_the_deadline_lets_go_after_it() {
    let (mut wires, agreement) = street();
    let mut wanted = terms(&wires, &agreement, (0, "attic"), vec![evening(&wires), cents(&wires, 700)]);
    wanted.closer = wires.id(1, "bakery");
    let id = asks(&mut wires, (0, "attic"), &wanted);
    let hold = wanted.by.since(wires.now);
    accepts(&mut wires, (1, "bakery"), id, hold);
    wires.wait(hold);
    stands(&wires, (1, "bakery"), &id, DealState::Lapsed);
    assert_eq!(promised(&wires, (1, "bakery"), "hall"), 0);
}

/// Who knows terms by what is cited alone, and never answers, closes them all the same.
#[test]
fn a_closer_that_never_answers_lets_go_after_the_deadline() {
    let (mut wires, agreement) = street();
    let wanted = terms(&wires, &agreement, (0, "attic"), vec![cents(&wires, 700)]);
    let id = asks(&mut wires, (0, "attic"), &wanted);
    wires.wait(hours(3));
    stands(&wires, (2, "cellar"), &id, DealState::Lapsed);
    stands(&wires, (0, "attic"), &id, DealState::Lapsed);
}

#[test]
fn what_a_rule_grants_needs_no_decision() {
    let (mut wires, agreement) = street();
    let DecisionEffect::SetResource(mut hall) = hall(1) else { panic!("it sets a resource") };
    hall.grants = Some(Grants { share: "1/1".parse().ok(), ..Grants::default() });
    wires.carry(1, "bakery", DecisionEffect::SetResource(hall));
    let wanted = terms(&wires, &agreement, (0, "attic"), vec![evening(&wires)]);
    let id = asks(&mut wires, (0, "attic"), &wanted);
    for party in [(0, "attic"), (1, "bakery")] {
        stands(&wires, party, &id, DealState::InForce);
    }
    let other = terms(&wires, &agreement, (2, "cellar"), vec![evening(&wires)]);
    let other = asks(&mut wires, (2, "cellar"), &other);
    stands(&wires, (1, "bakery"), &other, DealState::Requested);
    ["attic", "bakery"].into_iter().for_each(|called| wires.agree(called));
}

/// Bakery lets the assembly decide about its hall.
fn cedes_hall(wires: &mut Wires) {
    let charter = wires.replica(1, "bakery").unwrap().charter().clone();
    let mut domain = charter.domains.find(&name("charter")).unwrap().clone();
    (domain.name, domain.ceded) = (name("rooms"), true);
    let Rule::Consent(rule) = &mut domain.rule else { panic!("it decides by consent") };
    rule.closing = hours(1);
    wires.carry(1, "bakery", DecisionEffect::SetDomain(domain));
    let DecisionEffect::SetResource(mut hall) = hall(1) else { panic!("it sets a resource") };
    hall.domain = name("rooms");
    wires.carry(1, "bakery", DecisionEffect::SetResource(hall));
}

/// Attic's matter that gives it bakery's hall for an evening after all its dates, decided within a few hours.
fn settling(wires: &Wires, agreement: &FederationAgreement) -> Matter {
    let window = Span::from_secs(66 * 60);
    let attic = Part { window, ..wires.part(0, "attic") };
    let bakery = Part { window, domains: vec![name("rooms")], ceded: true, ..wires.part(1, "bakery") };
    let matter = wires.matter(agreement, "The hall", vec![attic, bakery]);
    let by = matter.settles_from(agreement);
    let asked = terms(wires, agreement, (0, "attic"), vec![evening(wires)]);
    Matter { settles: Some(Box::new(Terms { by, by_matter: true, ..asked })), ..matter }
}

/// Two groups do not agree on a hall; the assembly gives it to one of them, in the log of the steward that had ceded it.
#[test]
fn the_assembly_settles_a_negotiation_about_what_was_ceded() {
    let (mut wires, agreement) = street();
    cedes_hall(&mut wires);
    let wanted = terms(&wires, &agreement, (0, "attic"), vec![evening(&wires)]);
    let stalled = asks(&mut wires, (0, "attic"), &wanted);
    wires.carry(1, "bakery", DecisionEffect::DeclineTerms { domains: vec![name("rooms")], terms: stalled });
    wires.wait(Span::from_secs(60));
    let mut matter = settling(&wires, &agreement);
    matter.about = Some(stalled);
    let id = adopted_by_the_assembly(&mut wires, matter.clone());
    let terms = matter.settles.unwrap().id();
    for party in [(0, "attic"), (1, "bakery")] {
        stands(&wires, party, &terms, DealState::InForce);
        assert!(wires.replica(party.0, party.1).unwrap().dealings().matter(&id).unwrap().enacted.is_some());
    }
    assert_eq!(promised(&wires, (1, "bakery"), "hall"), 1);
    ["attic", "bakery"].into_iter().for_each(|called| wires.agree(called));
}

/// What the steward promised while the matter was open stands: nothing is over capacity, and everybody sees why.
#[test]
fn what_a_bound_steward_promised_before_shows_as_a_breach_and_stands() {
    let (mut wires, agreement) = street();
    cedes_hall(&mut wires);
    let matter = settling(&wires, &agreement);
    let other = terms(&wires, &agreement, (2, "cellar"), vec![evening(&wires)]);
    let other = asks(&mut wires, (2, "cellar"), &other);
    let until = Some(wires.now + hours(5));
    wires.carry(1, "bakery", DecisionEffect::AcceptTerms { domains: vec![name("rooms")], terms: other, until });
    wires.wait(Span::from_secs(60));
    let terms = matter.settles.clone().unwrap().id();
    let id = adopted_by_the_assembly(&mut wires, matter);
    stands(&wires, (1, "bakery"), &other, DealState::InForce);
    assert_eq!(promised(&wires, (1, "bakery"), "hall"), 1);
    let bakery = wires.id(1, "bakery");
    assert_eq!(wires.machine(2).matter(&id).unwrap().breaches(), vec![bakery], "others see it");
    let reason = wires.machine(1).enactment(&bakery, &id, wires.now).unwrap_err();
    assert!(reason.contains("1 too few"), "{reason}");
    wires.carry(2, "cellar", DecisionEffect::ReleaseTerms { domains: here(), terms: other });
    wires.wait(Span::from_secs(180));
    stands(&wires, (1, "bakery"), &terms, DealState::InForce);
    assert_eq!(
        (promised(&wires, (1, "bakery"), "hall"), wires.machine(2).matter(&id).unwrap().breaches()),
        (1, vec![])
    );
}

/// Opens a matter of attic's, to which cellar consents and bakery says nothing, and waits until the second level is over.
fn adopted_by_the_assembly(wires: &mut Wires, matter: Matter) -> MatterId {
    let end = matter.end(2, hours(1));
    wires.carry(0, "attic", DecisionEffect::OpenMatter { domains: here(), matter: Box::new(matter.clone()) });
    wires.wait(Span::from_secs(60));
    let opened = wires.machine(0).matters().find(|seen| seen.matter == matter).expect("it is open").id;
    let first = matter.by[0].since(wires.now) + Span::from_secs(60);
    // Who is not affected hears of it once the first level is over.
    wires.wait(first);
    wires.carry(2, "cellar", DecisionEffect::Stance { domains: here(), matter: opened, consents: true });
    wires.wait(end.since(wires.now) + Span::from_secs(120));
    let standing = wires.machine(1).matter(&opened).unwrap().standing;
    assert_eq!(standing, Standing::Adopted { level: 3 });
    opened
}
