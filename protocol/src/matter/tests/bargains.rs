//! Negotiations by hand: what each log may say about terms, what they cost whom, and when they are forgotten.

use super::bench::Bench;
use crate::{
    effect::Effect,
    entry::EntryAct,
    error::Refusal,
    federation::Seat,
    fixture::{DAY, assert_refused, days, hours, name},
    id::TermsId,
    matter::{Matter, Mediator},
    resource::{Deal, DealState, Kind, Line, Portion, Resource, Slots, Terms, Window},
    table::Table,
    time::{Span, Timestamp},
    voice::{Says, Voice},
};

pub(super) fn resource(called: &str, kind: Kind, capacity: u64) -> Resource {
    let (purpose, unit) = ("To share".into(), "unit".into());
    Resource { name: name(called), purpose, unit, domain: name("policy"), kind, capacity, grants: None }
}

/// Brook has a hall, cellar has money; attic has nothing.
pub(super) fn street() -> Bench {
    let mut bench = Bench::of(&super::NAMES);
    let hall = resource("hall", Kind::Slots(Slots { horizon: days(300) }), 20);
    bench.decides("brook", Effect::SetResource(hall));
    bench.decides("cellar", Effect::SetResource(resource("money", Kind::Stock, 1000)));
    bench
}

pub(super) fn here() -> Vec<crate::name::Name> {
    vec![name("policy")]
}

/// An hour in brook's hall, a day from now.
pub(super) fn hour(bench: &Bench) -> Line {
    let window = Window::new(bench.now + DAY, bench.now + hours(25)).unwrap();
    Line { steward: bench.log("brook"), resource: name("hall"), portions: vec![Portion { window, amount: 1 }] }
}

pub(super) fn money(bench: &Bench) -> Line {
    let portions = vec![Portion { window: Window::ALL, amount: 10 }];
    Line { steward: bench.log("cellar"), resource: name("money"), portions }
}

/// Terms that close in two hours.
pub(super) fn terms(bench: &Bench, title: &str, requester: &str, closer: &str, mut lines: Vec<Line>) -> Terms {
    lines.sort_by_key(|line| line.steward);
    Terms {
        federation: bench.agreement.id(),
        version: bench.agreement.hash(),
        title: title.into(),
        text: "For all.".into(),
        requester: bench.log(requester),
        lines,
        closer: bench.log(closer),
        by: bench.now + hours(2),
        counters: None,
        by_matter: false,
    }
}

pub(super) fn states(bench: &mut Bench, called: &'static str, terms: &Terms, until: Option<Timestamp>) -> TermsId {
    bench.decides(called, Effect::Terms { domains: here(), terms: Box::new(terms.clone()), until });
    assert!(knows(bench, called, &terms.id()), "{called} has stated them");
    terms.id()
}

pub(super) fn accepts(bench: &mut Bench, called: &'static str, terms: TermsId, hold: Span) {
    let until = Some(bench.now + hold);
    bench.decides(called, Effect::AcceptTerms { domains: here(), terms, until });
    assert!(deal(bench, called, &terms).accepted.is_some(), "{called} has accepted");
}

pub(super) fn declines(bench: &mut Bench, called: &'static str, terms: TermsId) {
    bench.decides(called, Effect::DeclineTerms { domains: here(), terms });
}

/// Shows the last that a group said about terms to others.
pub(super) fn tells(bench: &mut Bench, from: &'static str, to: &[&'static str]) {
    bench.seal(from);
    let evidence = bench.shows(from, |says| says.terms().is_some()).expect("it is sealed");
    to.iter().for_each(|called| bench.cites(called, evidence.clone()).unwrap());
}

pub(super) fn says(bench: &mut Bench, called: &'static str, says: Says) -> Result<(), Refusal> {
    let group = bench.groups.get_mut(called).unwrap();
    let (previous, host) = (group.replica.dealings().spoke, group.replica.charter().host.node);
    group.write(EntryAct::Speak(Voice { previous, host, decision: None, says }))
}

pub(super) fn knows(bench: &Bench, called: &str, id: &TermsId) -> bool {
    bench.groups[called].replica.dealings().books.deals.contains_key(id)
}

pub(super) fn deal<'a>(bench: &'a Bench, called: &str, id: &TermsId) -> &'a Deal {
    &bench.groups[called].replica.dealings().books.deals[id]
}

pub(super) fn pause(bench: &Bench, called: &str, requester: &str) -> Option<Timestamp> {
    bench.groups[called].replica.dealings().books.pauses.get(&bench.log(requester)).copied()
}

/// What the log itself says comes next.
pub(super) fn follows(bench: &mut Bench, called: &'static str) {
    while let Some(next) = bench.groups[called].replica.follows(bench.now) {
        says(bench, called, next).unwrap();
    }
}

/// Attic asks brook and cellar; brook holds.
pub(super) fn held(bench: &mut Bench, closer: &str) -> TermsId {
    let wanted = terms(bench, "A dance", "attic", closer, vec![hour(bench), money(bench)]);
    let id = states(bench, "attic", &wanted, None);
    tells(bench, "attic", &["brook", "cellar"]);
    accepts(bench, "brook", id, hours(5));
    id
}

#[test]
fn a_commit_shown_with_late_notes_counts_by_the_earlier_ones() {
    let mut bench = street();
    let id = held(&mut bench, "cellar");
    tells(&mut bench, "brook", &["cellar"]);
    accepts(&mut bench, "cellar", id, hours(2));
    says(&mut bench, "cellar", Says::Commit { terms: id }).unwrap();
    bench.seal("cellar");
    let commit = *bench.voices("cellar").keys().last().unwrap();
    bench.tick(hours(4));
    let other = terms(&bench, "Another", "cellar", "brook", vec![hour(&bench)]);
    states(&mut bench, "cellar", &other, None);
    bench.seal("cellar");
    let last = *bench.voices("cellar").keys().last().unwrap();
    let late = bench.shows_all("cellar", commit, last).unwrap();
    bench.cites("brook", late.clone()).unwrap();
    assert_refused!(says(&mut bench, "brook", Says::Take { terms: id }), Conflict::Terms { .. });
    let early = bench.shows_all("cellar", commit, commit).unwrap();
    bench.cites("brook", early).unwrap();
    assert_refused!(bench.cites("brook", late), Conflict::Evidence { .. });
    says(&mut bench, "brook", Says::Take { terms: id }).unwrap();
    bench.groups["brook"].replayed();
}

#[test]
fn who_is_named_by_others_pays_nothing() {
    let mut bench = street();
    for title in ["One", "Two", "Three", "Four"] {
        let named = terms(&bench, title, "attic", "brook", vec![hour(&bench)]);
        let id = states(&mut bench, "brook", &named, Some(named.by));
        assert!(!deal(&bench, "brook", &id).is_asked());
    }
    let own = terms(&bench, "Own", "attic", "brook", vec![hour(&bench), money(&bench)]);
    let own = states(&mut bench, "attic", &own, None);
    tells(&mut bench, "attic", &["brook"]);
    accepts(&mut bench, "brook", own, hours(2));
    bench.tick(hours(3));
    follows(&mut bench, "brook");
    assert_eq!(pause(&bench, "brook", "attic"), None);
}

#[test]
fn who_asked_and_does_not_answer_waits_as_long_again() {
    let mut bench = street();
    let wanted = terms(&bench, "A dance", "attic", "brook", vec![hour(&bench), money(&bench)]);
    let first = states(&mut bench, "attic", &wanted, None);
    tells(&mut bench, "attic", &["brook"]);
    bench.tick(hours(1));
    accepts(&mut bench, "brook", first, hours(1));
    let since = bench.now;
    bench.tick(Span::from_secs(1800));
    let counter = Terms { title: "A short dance".into(), counters: Some(first), ..wanted };
    let until = counter.by;
    let second = states(&mut bench, "brook", &counter, Some(until));
    follows(&mut bench, "brook");
    assert_eq!(pause(&bench, "brook", "attic"), None, "what a counter replaces did not end for nothing");
    bench.tick(hours(1));
    follows(&mut bench, "brook");
    assert!(deal(&bench, "brook", &second).closing.is_some());
    let held = until.since(since);
    assert_eq!(pause(&bench, "brook", "attic"), Some(until + held), "from when on it held for the first terms");
}

#[test]
fn who_answered_pays_with_a_place_and_not_with_a_pause() {
    let mut bench = street();
    let mut taken = Vec::new();
    for _ in 0..4 {
        taken.push(held(&mut bench, "brook"));
        bench.tick(Span::from_secs(1));
    }
    for id in &taken {
        declines(&mut bench, "cellar", *id);
        tells(&mut bench, "cellar", &["brook"]);
    }
    bench.tick(hours(1));
    follows(&mut bench, "brook");
    assert_eq!(pause(&bench, "brook", "attic"), None, "another one declined");
    let wanted = terms(&bench, "A fifth", "attic", "brook", vec![hour(&bench)]);
    let fifth = states(&mut bench, "attic", &wanted, None);
    tells(&mut bench, "attic", &["brook"]);
    let until = Some(wanted.by);
    let accept = || Effect::AcceptTerms { domains: here(), terms: fifth, until };
    let refused = bench.groups.get_mut("brook").unwrap().propose("ana", &[accept()]);
    assert!(format!("{refused:?}").contains("holds open here"), "{refused:?}");
    bench.tick(Span::from_secs(3610));
    bench.groups.get_mut("brook").unwrap().propose("ana", &[accept()]).unwrap();
}

#[test]
fn the_requester_who_declines_waits_as_long_again() {
    let mut bench = street();
    let id = held(&mut bench, "brook");
    bench.tick(hours(1));
    declines(&mut bench, "attic", id);
    tells(&mut bench, "attic", &["brook"]);
    follows(&mut bench, "brook");
    assert_eq!(pause(&bench, "brook", "attic"), Some(bench.now + hours(1)));
}

#[test]
fn who_released_before_it_took_does_not_lapse() {
    let mut bench = street();
    let id = held(&mut bench, "cellar");
    tells(&mut bench, "brook", &["cellar"]);
    accepts(&mut bench, "cellar", id, hours(2));
    says(&mut bench, "cellar", Says::Commit { terms: id }).unwrap();
    tells(&mut bench, "cellar", &["brook"]);
    bench.decides("brook", Effect::ReleaseTerms { domains: here(), terms: id });
    assert!(deal(&bench, "brook", &id).released.contains(&bench.log("brook")));
    assert_refused!(says(&mut bench, "brook", Says::Lapse { terms: id }), Conflict::Terms { .. });
    bench.tick(hours(6));
    assert_eq!(bench.groups["brook"].replica.follows(bench.now), None);
}

#[test]
fn what_a_group_does_not_have_it_can_decline_and_give_up() {
    let mut bench = street();
    let mut line = hour(&bench);
    line.resource = name("barn");
    let wanted = terms(&bench, "A barn", "attic", "brook", vec![line]);
    let id = states(&mut bench, "attic", &wanted, None);
    tells(&mut bench, "attic", &["brook"]);
    declines(&mut bench, "brook", id);
    assert!(!deal(&bench, "brook", &id).declined.is_empty());

    let wanted = terms(&bench, "An hour", "attic", "brook", vec![hour(&bench)]);
    let id = states(&mut bench, "attic", &wanted, None);
    tells(&mut bench, "attic", &["brook"]);
    accepts(&mut bench, "brook", id, hours(2));
    follows(&mut bench, "brook");
    bench.tick(days(2));
    bench.decides("brook", Effect::DropResource { resource: name("hall") });
    assert!(bench.groups["brook"].replica.charter().resources.is_empty());
    bench.decides("brook", Effect::ReleaseTerms { domains: here(), terms: id });
    assert!(!deal(&bench, "brook", &id).released.is_empty());
}

#[test]
fn what_is_over_is_complete_and_later_forgotten_for_good() {
    let mut bench = street();
    let wanted = terms(&bench, "An hour", "attic", "brook", vec![hour(&bench)]);
    let id = states(&mut bench, "attic", &wanted, None);
    tells(&mut bench, "attic", &["brook"]);
    let stated = bench.shows("attic", |says| says.terms().is_some()).unwrap();
    accepts(&mut bench, "brook", id, hours(2));
    follows(&mut bench, "brook");
    let state = |bench: &Bench| {
        let books = &bench.groups["brook"].replica.dealings().books;
        books.state_at(&bench.log("brook"), &id, bench.now)
    };
    assert_eq!(state(&bench), Some(DealState::InForce));
    bench.tick(hours(25));
    assert_eq!(state(&bench), Some(DealState::Complete));
    let again = |bench: &mut Bench| {
        let hall = resource("hall", Kind::Slots(Slots { horizon: days(300) }), 20);
        bench.decides("brook", Effect::SetResource(hall));
    };
    bench.tick(days(31));
    again(&mut bench);
    assert!(knows(&bench, "brook", &id), "its last moment counts");
    bench.tick(Span::from_millis(1));
    again(&mut bench);
    assert!(!knows(&bench, "brook", &id));
    assert_refused!(bench.cites("brook", stated), Conflict::Evidence { .. });
    bench.groups["brook"].replayed();
}

#[test]
fn a_log_keeps_so_many_terms_of_a_party_that_it_has_not_accepted() {
    let mut bench = street();
    let mut ids = Vec::new();
    for number in 0..crate::limits::TERMS_OF_ONE {
        let wanted = terms(&bench, &format!("Number {number}"), "attic", "brook", vec![hour(&bench)]);
        ids.push(states(&mut bench, "attic", &wanted, None));
        tells(&mut bench, "attic", &["brook"]);
    }
    let wanted = terms(&bench, "One more", "attic", "brook", vec![hour(&bench)]);
    let more = states(&mut bench, "attic", &wanted, None);
    bench.seal("attic");
    let evidence = bench.shows("attic", |says| says.terms().is_some()).unwrap();
    assert_refused!(bench.cites("brook", evidence.clone()), Conflict::Evidence { .. });
    accepts(&mut bench, "brook", ids[0], hours(2));
    bench.cites("brook", evidence).unwrap();
    assert!(knows(&bench, "brook", &more));
}

#[test]
fn what_never_comes_to_the_closer_lapses_and_is_forgotten() {
    let mut bench = street();
    let wanted = terms(&bench, "An hour", "attic", "brook", vec![hour(&bench)]);
    let id = states(&mut bench, "attic", &wanted, None);
    let state = |bench: &Bench| {
        let books = &bench.groups["attic"].replica.dealings().books;
        books.state_at(&bench.log("attic"), &id, bench.now)
    };
    bench.tick(hours(26));
    assert_eq!(state(&bench), Some(DealState::Requested), "the commit may be heard of yet");
    bench.tick(Span::from_millis(1));
    assert_eq!(state(&bench), Some(DealState::Lapsed));
    bench.tick(days(31));
    let other = terms(&bench, "Another", "attic", "brook", vec![hour(&bench)]);
    states(&mut bench, "attic", &other, None);
    assert!(!knows(&bench, "attic", &id));
}

/// Where parties do not agree, a matter takes the terms up: one that leaves no party out.
#[test]
fn a_matter_takes_up_terms_on_which_nobody_agrees() {
    let mut bench = street();
    let wanted = terms(&bench, "A dance", "attic", "brook", vec![hour(&bench), money(&bench)]);
    let id = states(&mut bench, "attic", &wanted, None);
    tells(&mut bench, "attic", &["brook", "cellar"]);
    declines(&mut bench, "brook", id);
    let open = |bench: &mut Bench, affected: &[&str], about: TermsId| {
        let matter = Matter { about: Some(about), ..bench.matter(affected) };
        let effect = Effect::OpenMatter { domains: here(), matter: Box::new(matter) };
        bench.groups.get_mut("attic").unwrap().propose("ana", &[effect])
    };
    assert_refused!(open(&mut bench, &["attic", "brook"], id), Conflict::Effect { .. });
    let strange = terms(&bench, "Another", "attic", "brook", vec![hour(&bench)]).id();
    assert_refused!(open(&mut bench, &super::NAMES, strange), Conflict::Effect { .. });
    open(&mut bench, &super::NAMES, id).unwrap();
}

#[test]
fn who_mediates_is_of_a_group_of_the_federation() {
    let bench = street();
    let with =
        |group| Matter { mediator: Some(Mediator { group, role: name("keeper") }), ..bench.matter(&super::NAMES) };
    assert_eq!(with(bench.log("cellar")).check(&bench.agreement, bench.now), Ok(()));
    let stranger = crate::id::Hash::of(b"nobody").into();
    assert!(with(stranger).check(&bench.agreement, bench.now).unwrap_err().contains("mediate"));
}

/// The panel has one node, brook's: nobody witnesses what brook says, so nobody could ever be shown that it accepted.
#[test]
fn who_is_witnessed_by_nobody_is_no_party() {
    let bench = street();
    let asked = terms(&bench, "An hour", "attic", "brook", vec![hour(&bench)]);
    asked.check(&bench.agreement, bench.now).unwrap();
    let mut alone = bench.agreement.clone();
    let host = alone.groups.iter().find(|group| group.log == bench.log("brook")).unwrap().node;
    alone.panel = Table::new(vec![Seat { name: name("one"), node: host, addresses: Vec::new() }]).unwrap();
    let refused = asked.check(&alone, bench.now).unwrap_err();
    assert!(refused.contains("nobody on the panel witnesses the log of brook"), "{refused}");
    let of_cellar = terms(&bench, "Money", "attic", "cellar", vec![money(&bench)]);
    of_cellar.check(&alone, bench.now).unwrap();
}

/// Both write down the same counter before they hear of each other: each has accepted what the other states.
#[test]
fn who_states_what_another_party_stated_accepts_it() {
    let mut bench = street();
    let both = terms(&bench, "An hour", "attic", "brook", vec![hour(&bench)]);
    let id = states(&mut bench, "attic", &both, None);
    assert_eq!(states(&mut bench, "brook", &both, Some(both.by)), id);
    tells(&mut bench, "attic", &["brook"]);
    tells(&mut bench, "brook", &["attic"]);
    assert!(deal(&bench, "brook", &id).is_asked(), "attic asked, though brook stated them first here");
    for called in ["attic", "brook"] {
        assert!(deal(&bench, called, &id).is_accepted_by_all(&bench.log(called)), "{called} knows both acceptances");
    }
    let again = bench.shows("attic", |says| says.terms().is_some()).unwrap();
    assert_refused!(bench.cites("brook", again), Conflict::Evidence { .. });
    follows(&mut bench, "brook");
    assert!(deal(&bench, "brook", &id).is_committed());
    bench.groups["brook"].replayed();
}

/// A decline would leave a closer that has committed bound alone: a lapse splits the terms, and it may let go.
#[test]
fn who_held_lapses_and_does_not_decline() {
    let mut bench = street();
    let id = held(&mut bench, "cellar");
    tells(&mut bench, "brook", &["cellar"]);
    accepts(&mut bench, "cellar", id, hours(2));
    follows(&mut bench, "cellar");
    assert!(deal(&bench, "cellar", &id).is_committed());
    bench.tick(hours(6));
    let decline = Effect::DeclineTerms { domains: here(), terms: id };
    assert_refused!(bench.groups.get_mut("brook").unwrap().propose("ana", &[decline]), Conflict::Effect { .. });
    follows(&mut bench, "brook");
    tells(&mut bench, "brook", &["cellar"]);
    assert!(deal(&bench, "cellar", &id).is_split());
    follows(&mut bench, "cellar");
    assert!(!deal(&bench, "cellar", &id).released.is_empty());
    assert!(deal(&bench, "cellar", &id).breaches.is_empty(), "nobody broke it");
}
