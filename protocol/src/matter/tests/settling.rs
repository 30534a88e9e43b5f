//! Matters that settle a negotiation, by hand: whom they bind, what they hold, and what was promised in between.

use super::{NAMES, bargains::*, bench::Bench};
use crate::{
    effect::Effect,
    error::Refusal,
    fixture::{assert_refused, days, hours, name},
    id::{MatterId, TermsId},
    matter::{Matter, Standing},
    resource::{DealState, Kind, Line, Portion, Slots, Terms, Window},
    time::Span,
};

/// So much of brook's hall, of which there are 20, on an evening after all the dates of a matter.
fn evening(bench: &Bench, amount: u64) -> Line {
    let window = Window::new(bench.now + days(40), bench.now + days(40) + hours(4)).unwrap();
    Line { steward: bench.log("brook"), resource: name("hall"), portions: vec![Portion { window, amount }] }
}

/// A matter of attic's about what brook's hall is used for, with these lines; brook closes.
fn settling(bench: &Bench, mut lines: Vec<Line>) -> Matter {
    lines.sort_by_key(|line| line.steward);
    let mut matter = bench.matter(&NAMES);
    let parties: Vec<_> = lines.iter().map(|line| line.steward).chain([bench.log("attic")]).collect();
    matter.parts.retain(|part| parties.contains(&part.group));
    matter.parts.iter_mut().for_each(|part| part.effects.clear());
    let asked = terms(bench, "The hall", "attic", "brook", lines);
    let by = matter.by[2] + hours(3);
    matter.settles = Some(Box::new(Terms { by, by_matter: true, ..asked }));
    matter
}

fn id_of(matter: &Matter) -> TermsId {
    matter.settles.as_ref().unwrap().id()
}

/// Attic opens it, cellar consents, brook does not answer: two thirds adopt it.
fn adopted_over_brook(bench: &mut Bench, matter: &Matter) -> MatterId {
    let id = bench.opens("attic", matter);
    bench.tells("attic", &["brook", "cellar"]);
    bench.consents("cellar", id);
    let end = matter.end(2, hours(1));
    bench.tick_to(end);
    for called in ["attic", "brook"] {
        bench.tells_all_consents(called, id);
        assert_eq!(bench.stands(called, id), Standing::Adopted { level: 3 });
    }
    id
}

/// A group's decision enacted: the voice that follows says that it accepts.
fn enacts(bench: &mut Bench, called: &'static str, id: MatterId, level: u8) {
    bench.enacts(called, id, level).unwrap();
    let group = bench.groups.get_mut(called).unwrap();
    group.tick(Span::ZERO);
    assert!(group.replica.due(group.now).is_none(), "{called} has said that it accepts");
}

fn promised(bench: &Bench) -> u64 {
    let ledger = &bench.groups["brook"].replica.dealings().books.ledgers[&name("hall")];
    ledger.iter().flat_map(|(_, promise)| &promise.portions).map(|portion| portion.amount).sum()
}

fn state(bench: &Bench, called: &str, id: &TermsId) -> Option<DealState> {
    bench.groups[called].replica.dealings().books.state(&bench.log(called), id)
}

#[test]
fn two_thirds_allocate_in_the_ledger_of_who_had_ceded() {
    let mut bench = street();
    let asked = terms(&bench, "The hall", "attic", "brook", vec![evening(&bench, 15)]);
    let stalled = states(&mut bench, "attic", &asked, None);
    tells(&mut bench, "attic", &["brook"]);
    declines(&mut bench, "brook", stalled);
    tells(&mut bench, "brook", &["attic"]);
    let mut matter = settling(&bench, vec![evening(&bench, 15)]);
    matter.about = Some(stalled);
    let terms = id_of(&matter);
    let id = adopted_over_brook(&mut bench, &matter);
    assert!(!knows(&bench, "brook", &terms), "nothing is known of them before");
    follows(&mut bench, "brook");
    enacts(&mut bench, "brook", id, 3);
    assert_eq!((promised(&bench), state(&bench, "brook", &terms)), (15, Some(DealState::Offered)));
    enacts(&mut bench, "attic", id, 3);
    tells(&mut bench, "attic", &["brook"]);
    follows(&mut bench, "brook");
    assert!(deal(&bench, "brook", &terms).allocated);
    tells(&mut bench, "brook", &["attic"]);
    assert_eq!(state(&bench, "attic", &terms), Some(DealState::InForce));
    ["attic", "brook"].into_iter().for_each(|called| drop(bench.groups[called].replayed()));
}

#[test]
fn what_was_promised_in_between_stands_and_nothing_is_over_capacity() {
    let mut bench = street();
    let matter = settling(&bench, vec![evening(&bench, 15)]);
    let other = terms(&bench, "A feast", "cellar", "brook", vec![evening(&bench, 6)]);
    let other = states(&mut bench, "cellar", &other, None);
    tells(&mut bench, "cellar", &["brook"]);
    accepts(&mut bench, "brook", other, hours(3));
    follows(&mut bench, "brook");
    assert_eq!(promised(&bench), 6);
    let id = adopted_over_brook(&mut bench, &matter);
    let refused = bench.enacts("brook", id, 3);
    assert!(format!("{refused:?}").contains("1 too few"), "{refused:?}");
    assert_refused!(refused, Conflict::Effect { .. });
    assert_eq!(promised(&bench), 6);
    bench.decides("brook", Effect::ReleaseTerms { domains: here(), terms: other });
    enacts(&mut bench, "brook", id, 3);
    assert_eq!(promised(&bench), 15, "once there is room");
    let hall = resource("hall", Kind::Slots(Slots { horizon: days(300) }), 14);
    assert_refused!(
        bench.groups.get_mut("brook").unwrap().propose("ana", &[Effect::SetResource(hall)]),
        Conflict::Effect { .. }
    );
}

#[test]
fn who_did_not_hear_of_all_lets_go_at_the_end() {
    let mut bench = street();
    let lines = vec![evening(&bench, 15), money(&bench)];
    let matter = settling(&bench, lines);
    let (terms, by) = (id_of(&matter), matter.settles.as_ref().unwrap().by);
    let id = adopted_over_brook(&mut bench, &matter);
    bench.tells_all_consents("cellar", id);
    for called in NAMES {
        enacts(&mut bench, called, id, 3);
    }
    assert_eq!(deal(&bench, "cellar", &terms).accepted.unwrap().1, Some(by + hours(3)));
    assert_eq!(
        deal(&bench, "brook", &terms).accepted.unwrap().1,
        Some(by),
        "a hold of more than a fortnight is none too long"
    );
    tells(&mut bench, "attic", &["brook"]);
    follows(&mut bench, "brook");
    assert!(!deal(&bench, "brook", &terms).is_committed(), "cellar's acceptance is not shown");
    bench.tick_to(by + Span::from_millis(1));
    follows(&mut bench, "brook");
    bench.tick(hours(3));
    follows(&mut bench, "cellar");
    assert_eq!(state(&bench, "brook", &terms), Some(DealState::Lapsed));
    assert_eq!((promised(&bench), pause(&bench, "brook", "attic")), (0, None), "and who asked pays nothing");
    assert!(deal(&bench, "cellar", &terms).lapsed && deal(&bench, "brook", &terms).spent.is_none());
}

#[test]
fn nobody_takes_a_matters_terms_for_its_own() {
    let mut bench = street();
    let matter = settling(&bench, vec![evening(&bench, 15)]);
    let text = matter.settles.clone().unwrap();
    let id = text.id();
    let refused = |bench: &mut Bench, called: &'static str, effect: Effect| {
        format!("{:?}", bench.groups.get_mut(called).unwrap().propose("ana", &[effect]).expect_err("it does not apply"))
    };
    let by = text.by;
    let state = Effect::Terms { domains: here(), terms: text.clone(), until: None };
    assert!(refused(&mut bench, "attic", state).contains("accepted by who enacts it"));
    let adopted = adopted_over_brook(&mut bench, &matter);
    let early = Effect::AcceptTerms { domains: here(), terms: id, until: Some(by) };
    assert!(refused(&mut bench, "brook", early).contains("knows no terms"));
    enacts(&mut bench, "brook", adopted, 3);
    enacts(&mut bench, "attic", adopted, 3);
    let decline = Effect::DeclineTerms { domains: here(), terms: id };
    assert!(refused(&mut bench, "attic", decline).contains("nobody takes that back"));
    let counter = Terms { counters: Some(id), by_matter: false, title: "Less".into(), ..*text };
    let counter = Effect::Terms { domains: here(), terms: Box::new(counter), until: Some(by) };
    assert!(refused(&mut bench, "brook", counter).contains("they counter terms by a matter"));
}

#[test]
fn who_had_ceded_another_domain_is_not_bound() {
    let mut bench = street();
    let mut hall = resource("hall", Kind::Slots(Slots { horizon: days(300) }), 20);
    hall.domain = name("purchases");
    bench.decides("brook", Effect::SetResource(hall));
    let matter = settling(&bench, vec![evening(&bench, 15)]);
    let id = adopted_over_brook(&mut bench, &matter);
    assert_refused!(bench.enacts("brook", id, 3), Conflict::Enactment { .. });
    let yes = bench.stance("brook", id, true);
    let refused = bench.groups.get_mut("brook").unwrap().propose("ana", &[yes]);
    assert!(format!("{refused:?}").contains("is for 'purchases' to decide"), "{refused:?}");
}

#[test]
fn two_matters_with_the_same_terms_hold_once() {
    let mut bench = street();
    let matter = settling(&bench, vec![evening(&bench, 15)]);
    let id = adopted_over_brook(&mut bench, &matter);
    enacts(&mut bench, "brook", id, 3);
    let again = Matter { title: "Again".into(), replaces: Some(id), ..bench.matter(&NAMES) };
    let mut again = Matter { settles: matter.settles.clone(), ..again };
    again.by = matter.by.map(|at| at + Span::from_millis(1));
    assert!(again.check(&bench.agreement, bench.now).is_err(), "their deadline is too early for it");
    assert_refused!(bench.enacts("brook", id, 3), Conflict::Enactment { .. });
    assert_eq!(promised(&bench), 15);
}

#[test]
fn after_the_deadline_nothing_is_accepted() {
    let mut bench = street();
    let matter = settling(&bench, vec![evening(&bench, 15)]);
    let by = matter.settles.as_ref().unwrap().by;
    let id = adopted_over_brook(&mut bench, &matter);
    bench.tick_to(by + Span::from_millis(1));
    let refused: Result<(), Refusal> = bench.enacts("brook", id, 3);
    assert!(format!("{refused:?}").contains("their deadline was"), "{refused:?}");
    assert_eq!(promised(&bench), 0);
}

#[test]
fn terms_that_a_matter_settles_are_its_own_and_leave_time() {
    let bench = street();
    let good = settling(&bench, vec![evening(&bench, 15)]);
    assert_eq!(good.check(&bench.agreement, bench.now), Ok(()));
    let refuses = |change: &dyn Fn(&mut Matter), says: &str| {
        let mut matter = good.clone();
        change(&mut matter);
        let problem = matter.check(&bench.agreement, bench.now).expect_err(says);
        assert!(problem.contains(says), "{problem}");
    };
    let text = |matter: &mut Matter, change: &dyn Fn(&mut Terms)| change(matter.settles.as_mut().unwrap());
    let early = Span::from_millis(1);
    refuses(&|matter| text(matter, &|terms| terms.by = terms.by.before(early)), "leave time to enact them");
    refuses(&|matter| text(matter, &|terms| terms.by = terms.by + days(60)), "too far away");
    refuses(&|matter| text(matter, &|terms| terms.by_matter = false), "to be its own");
    refuses(&|matter| text(matter, &|terms| terms.counters = Some(id_of(&good))), "to be its own");
    refuses(&|matter| text(matter, &|terms| terms.version = crate::id::Hash([7; 32])), "name another version");
    refuses(&|matter| text(matter, &|terms| terms.closer = bench.log("attic")), "closer must be one of the stewards");
    refuses(&|matter| matter.parts.retain(|part| part.group != bench.log("attic")), "has no part for it");
    let hall = resource("hall", Kind::Slots(Slots { horizon: days(300) }), 40);
    let brook = bench.log("brook");
    let changes = |matter: &mut Matter| {
        let part = matter.parts.iter_mut().find(|part| part.group == brook).unwrap();
        part.effects = vec![Effect::SetResource(hall.clone())];
    };
    refuses(&changes, "beside terms that it accepts");
}
