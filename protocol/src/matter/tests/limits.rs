//! What a group must not be able to do to others, or to itself, with matters.

use std::collections::BTreeMap;

use super::{NAMES, bench::Bench, opened};
use crate::{
    charter::Rule,
    effect::Effect,
    federation::{Amends, FederatedGroup, FederationAgreement, Seat},
    fixture::{DAY, assert_refused, days, hours, name, public, rule},
    id::{Hash, MatterId},
    matter::{LEVELS, Matter, Slot, Standing, stand},
    replay::{Replica, Snapshot},
    table::Table,
    time::{Span, Timestamp},
    voice::Says,
};

#[test]
fn a_decision_says_one_thing_to_others() {
    let (mut bench, id) = opened();
    let mut other = bench.matter(&["brook", "cellar"]);
    other.title = "Loud hours".into();
    let rival = bench.opens("cellar", &other);
    bench.tells("cellar", &["brook"]);
    let both = [bench.stance("brook", id, true), bench.stance("brook", rival, true)];
    assert_refused!(bench.groups.get_mut("brook").unwrap().propose("ana", &both), Conflict::Effect { .. });
}

#[test]
fn a_domain_that_was_taken_back_before_the_matter_opened_is_not_bound() {
    let mut bench = Bench::of(&NAMES);
    let mut matter = bench.matter(&["attic", "brook"]);
    let mut policy = bench.groups["brook"].domain("policy");
    policy.ceded = false;
    bench.decides("brook", Effect::SetDomain(policy));
    bench.tick(DAY);
    let shift = |at: Timestamp| at + days(2);
    matter.by = matter.by.map(shift);
    let id = bench.opens("attic", &matter);
    bench.tells("attic", &["brook", "cellar"]);
    let yes = bench.stance("brook", id, true);
    assert_refused!(bench.groups.get_mut("brook").unwrap().propose("ana", &[yes]), Conflict::Effect { .. });
    bench.consents("cellar", id);
    bench.tells_consent("cellar", "brook");
    let end = bench.known("brook", id).matter.end(2, hours(1));
    bench.tick_to(end);
    assert_eq!(bench.stands("brook", id), Standing::Adopted { level: 3 });
    assert_refused!(bench.enacts("brook", id, 3), Conflict::Enactment { .. });
}

#[test]
fn a_matter_is_counted_by_the_version_that_it_names() {
    let (mut bench, id) = opened();
    bench.tells("attic", &["cellar"]);
    bench.consents("cellar", id);
    bench.tells_consent("cellar", "attic");
    let own = bench.shows("attic", |says| matches!(says, Says::Open(_))).unwrap();
    bench.cites("attic", own).unwrap();
    let end = bench.known("attic", id).matter.end(3, hours(1));
    bench.tick_to(end);
    assert_eq!(bench.stands("attic", id), Standing::Adopted { level: 3 });
    // Of six groups two would be too few.
    let mut next = bench.agreement.clone();
    next.amends = Some(bench.agreement.successor());
    for called in ["dairy", "eaves", "forge"] {
        let log = Hash::of(called.as_bytes()).into();
        let group = FederatedGroup { name: name(called), log, node: public(called), escalates_to: None, weight: 1 };
        next.groups.put(group);
    }
    bench.decides("attic", Effect::Federate(next.clone()));
    assert_eq!(bench.groups["attic"].replica.ties().latest(&next.id()).unwrap().agreement, next);
    bench.agreement = next;
    let mut matter = bench.matter(&["attic", "brook"]);
    matter.overrides = vec![id];
    let open = Effect::OpenMatter { domains: vec![name("policy")], matter: Box::new(matter) };
    assert_refused!(bench.groups.get_mut("attic").unwrap().propose("ana", &[open]), Conflict::Effect { .. });
}

#[test]
fn a_group_answers_a_matter_from_the_date_of_its_opening_on() {
    let mut bench = Bench::of(&NAMES);
    bench.groups.get_mut("attic").unwrap().wait(hours(1));
    let mut matter = bench.matter(&["attic", "brook"]);
    matter.by = matter.by.map(|at| at + hours(1));
    let id = bench.opens("attic", &matter);
    bench.tells("attic", &["brook"]);
    let yes = bench.stance("brook", id, true);
    assert_refused!(bench.groups.get_mut("brook").unwrap().propose("ana", &[yes]), Conflict::Effect { .. });
    bench.tick(hours(1));
    bench.consents("brook", id);
}

#[test]
fn nobody_nominates_for_a_seat_of_a_matter() {
    let bench = Bench::of(&NAMES);
    let mut matter = bench.matter(&["attic", "brook"]);
    let (from, until) = (bench.now, bench.now + days(30));
    let seat = |member| Effect::Seat { role: name("keeper"), member, from, until };
    matter.parts[0].effects = vec![seat(Some(name("cem")))];
    assert_eq!(matter.check(&bench.agreement, bench.now), Ok(()));
    matter.parts[0].effects = vec![seat(None)];
    assert!(matter.check(&bench.agreement, bench.now).is_err());
}

#[test]
fn a_text_may_be_taken_up_three_times_in_a_row() {
    let (mut bench, mut before) = opened();
    for at in 1..=4 {
        let mut matter = bench.matter(&["attic", "brook"]);
        (matter.title, matter.replaces) = (format!("Text {at}"), Some(before));
        let open = Effect::OpenMatter { domains: vec![name("policy")], matter: Box::new(matter.clone()) };
        match at {
            4 => {
                assert_refused!(bench.groups.get_mut("attic").unwrap().propose("ana", &[open]), Conflict::Effect { .. })
            }
            _ => before = bench.opens("attic", &matter),
        }
    }
    let mut other = bench.matter(&["attic", "brook"]);
    other.replaces = bench.known("attic", before).matter.replaces;
    let open = Effect::OpenMatter { domains: vec![name("policy")], matter: Box::new(other) };
    assert_refused!(bench.groups.get_mut("attic").unwrap().propose("ana", &[open]), Conflict::Effect { .. });
}

/// Its own log cannot tell that an opening was sealed too late, and the others do not know the matter at all.
#[test]
fn who_opened_too_late_can_open_anew_what_touches_the_others_alone() {
    let mut bench = Bench::of(&NAMES);
    let late = bench.opens("attic", &bench.matter(&["attic", "brook"]));
    bench.tick(hours(2));
    bench.seal("attic");
    let opening = bench.shows("attic", |says| matches!(says, Says::Open(_))).unwrap();
    assert!(bench.cites("brook", opening).is_err(), "it does not count");

    let same = bench.matter(&["attic", "brook"]);
    let open = Effect::OpenMatter { domains: vec![name("policy")], matter: Box::new(same.clone()) };
    assert_refused!(bench.groups.get_mut("attic").unwrap().propose("ana", &[open]), Conflict::Effect { .. });
    let others = bench.opens("attic", &bench.matter(&["brook"]));
    bench.tells("attic", &["brook"]);
    bench.consents("brook", others);

    // What replaces it is opened, and goes nowhere.
    let again = bench.opens("attic", &Matter { title: "Again".into(), replaces: Some(late), ..same });
    bench.tells("attic", &["brook"]);
    let yes = bench.stance("brook", again, true);
    assert_refused!(bench.groups.get_mut("brook").unwrap().propose("ana", &[yes]), Conflict::Effect { .. });
}

#[test]
fn a_group_that_has_left_is_not_bound_and_cannot_consent() {
    let mut bench = Bench::of(&NAMES);
    let federation = bench.agreement.id();
    bench.decides("brook", Effect::Leave { federation, from: bench.now });
    bench.tick(days(30));
    let matter = bench.matter(&["attic", "brook"]);
    let id = bench.opens("attic", &matter);
    bench.tells("attic", &["brook", "cellar"]);
    let yes = bench.stance("brook", id, true);
    assert_refused!(bench.groups.get_mut("brook").unwrap().propose("ana", &[yes]), Conflict::Effect { .. });
    bench.consents("cellar", id);
    bench.tells_consent("cellar", "brook");
    let end = bench.known("brook", id).matter.end(2, hours(1));
    bench.tick_to(end);
    assert_eq!(bench.stands("brook", id), Standing::Adopted { level: 3 });
    assert_refused!(bench.enacts("brook", id, 3), Conflict::Enactment { .. });
}

#[test]
fn a_consent_that_the_host_dates_after_the_last_moment_is_none() {
    let (mut bench, id) = opened();
    let yes = bench.stance("brook", id, true);
    let proposal = bench.asks("brook", yes);
    bench.groups.get_mut("brook").unwrap().close(proposal).unwrap();
    let date = bench.known("brook", id).matter.by[2];
    let group = bench.groups.get_mut("brook").unwrap();
    group.wait((date + Span::from_millis(1)).since(group.now));
    group.tick(Span::ZERO);
    let known = group.replica.dealings().matter(&id).unwrap();
    assert!(group.replica.dealings().unsaid.is_empty() && known.consented.is_none());
    bench.tick(days(30));
    bench.seal("brook");
    let evidence = bench.shows("brook", |says| matches!(says, Says::Consent { .. })).unwrap();
    assert_refused!(bench.cites("attic", evidence), Conflict::Evidence { .. });
}

#[test]
fn every_version_has_the_panel_of_the_one_before() {
    let mut bench = Bench::of(&NAMES);
    let mut next = bench.agreement.clone();
    // A version before that this log never saw.
    next.amends = Some(Amends { version: Hash::of(b"version 2"), number: 3, ..bench.agreement.successor() });
    let attic = bench.groups.get_mut("attic").unwrap();
    let mut seats: Vec<Seat> = next.panel.iter().cloned().collect();
    seats[0].node = public("stranger");
    let other = FederationAgreement { panel: Table::new(seats).unwrap(), ..next.clone() };
    assert_refused!(attic.propose("ana", &[Effect::Federate(other)]), Conflict::Effect { .. });
    attic.propose("ana", &[Effect::Federate(next)]).unwrap();
}

#[test]
fn a_replay_from_a_snapshot_knows_the_last_voice() {
    let (bench, id) = opened();
    let replica = &bench.groups["attic"].replica;
    let resumed = Replica::resume(&replica.snapshot()).unwrap();
    assert_eq!(resumed.voice_at(replica.head().number).map(MatterId::from), Some(id));
    assert_eq!(replica.voice_at(replica.head().number), resumed.voice_at(replica.head().number));
}

/// What a statement holds at its deepest stands a level deeper in the state.
#[test]
fn a_snapshot_is_read_with_the_deepest_proposal_that_can_be_made() {
    let mut bench = Bench::of(&NAMES);
    let mut matter = bench.matter(&["attic", "brook"]);
    let mut domain = bench.groups["brook"].domain("policy");
    domain.rule = rule(r#"{ "vote": { "quorum": "1/2", "yes": { "more_than": "1/2" } } }"#);
    let brook = bench.log("brook");
    let part = matter.parts.iter_mut().find(|part| part.group == brook).unwrap();
    part.effects = vec![Effect::SetDomain(domain)];
    bench.asks("attic", Effect::OpenMatter { domains: vec![name("policy")], matter: Box::new(matter) });
    let snapshot = bench.groups["attic"].replica.snapshot();
    assert_eq!(Snapshot::decode(&snapshot.bytes()), Ok(snapshot));
}

#[test]
fn who_needs_more_time_than_a_matter_gives_is_not_bound() {
    let mut bench = Bench::of(&NAMES);
    let mut matter = bench.matter(&["attic", "brook"]);
    let brook = bench.log("brook");
    let part = matter.parts.iter_mut().find(|part| part.group == brook).unwrap();
    part.window = Span::from_millis(part.window.millis() - 1);
    let id = bench.opens("attic", &matter);
    bench.tells("attic", &["brook", "cellar"]);
    bench.consents("cellar", id);
    bench.tells_consent("cellar", "brook");
    let end = bench.known("brook", id).matter.end(2, hours(1));
    bench.tick_to(end);
    assert_eq!(bench.stands("brook", id), Standing::Adopted { level: 3 });
    assert_refused!(bench.enacts("brook", id, 3), Conflict::Enactment { .. });
}

#[test]
fn a_rule_that_takes_longer_by_now_binds_nobody_by_the_one_before() {
    let mut bench = Bench::of(&NAMES);
    let matter = bench.matter(&["attic", "brook"]);
    let mut policy = bench.groups["brook"].domain("policy");
    let Rule::Consent(rule) = &mut policy.rule else { panic!("by consent") };
    rule.closing = rule.closing + DAY;
    let (before, now) = (bench.groups["brook"].replica.dealings().ceded.clone(), days(2));
    bench.decides("brook", Effect::SetDomain(policy));
    let ceded = &bench.groups["brook"].replica.dealings().ceded;
    let of_policy = |list: &[crate::matter::Ceding]| list.iter().filter(|c| c.domain == name("policy")).count();
    assert_eq!((of_policy(&before), of_policy(ceded)), (1, 2), "another window is another ceding");
    bench.tick(DAY);
    let matter = Matter { by: matter.by.map(|at| at + now), ..matter };
    let id = bench.opens("attic", &matter);
    bench.tells("attic", &["brook", "cellar"]);
    bench.consents("cellar", id);
    bench.tells_consent("cellar", "brook");
    let end = bench.known("brook", id).matter.end(2, hours(1));
    bench.tick_to(end);
    assert_refused!(bench.enacts("brook", id, 3), Conflict::Enactment { .. });
}

#[test]
fn what_touches_nobody_else_is_no_matter() {
    let mut bench = Bench::of(&NAMES);
    let matter = bench.matter(&["attic"]);
    let open = Effect::OpenMatter { domains: vec![name("policy")], matter: Box::new(matter.clone()) };
    assert_refused!(bench.groups.get_mut("attic").unwrap().propose("ana", &[open]), Conflict::Effect { .. });
    assert!(matter.reaches_others(&bench.log("brook"), &bench.agreement));
}

/// Brook and cellar adopt two matters, one after the other; the first one reaches brook when the second is enacted.
#[test]
fn what_was_decided_first_is_not_enacted_last() {
    let (mut bench, first) = opened();
    bench.consents("brook", first);
    bench.seal_all();
    let last = bench.known("brook", first).matter.by[2];
    bench.tick_to(last);
    bench.tick(DAY);
    let mut matter = bench.matter(&["attic", "brook"]);
    matter.title = "Loud hours".into();
    let second = bench.opens("attic", &matter);
    bench.tells("attic", &["brook"]);
    bench.consents("brook", second);
    bench.seal_all();
    let number = |id: MatterId| move |says: &Says| says.consents_to(&id);
    for id in [second, first] {
        let own = bench.shows("brook", number(id)).unwrap();
        bench.cites("brook", own).unwrap();
        assert_eq!(bench.stands("brook", id), Standing::Adopted { level: 1 });
    }
    bench.enacts("brook", second, 1).unwrap();
    assert_refused!(bench.enacts("brook", first, 1), Conflict::Enactment { .. });
}

/// Brook consented to a matter that ends in doubt; another one overrides it, and is adopted without brook.
#[test]
fn a_rival_that_is_overridden_stands_in_no_way() {
    let (mut bench, doubted) = opened();
    bench.consents("brook", doubted);
    let doubtful = bench.known("brook", doubted).matter.doubtful_from(hours(1));
    let mut rival = bench.matter(&["brook", "cellar"]);
    // It opens while the first one runs, and is open for longer.
    rival.by = rival.by.map(|at| at + days(30));
    let rival = bench.opens("cellar", &rival);
    bench.tells("cellar", &["brook"]);
    let yes = bench.stance("brook", rival, true);
    let propose = |bench: &mut Bench, yes: &Effect| {
        bench.groups.get_mut("brook").unwrap().propose("ana", std::slice::from_ref(yes))
    };
    assert_refused!(propose(&mut bench, &yes), Conflict::Effect { .. });
    bench.tick_to(doubtful);
    bench.tick(DAY);
    let mut over = bench.matter(&["attic", "brook"]);
    over.overrides = vec![doubted];
    let over = bench.opens("attic", &over);
    bench.tells("attic", &["brook"]);
    bench.consents("brook", over);
    bench.seal_all();
    assert_refused!(propose(&mut bench, &yes), Conflict::Effect { .. });
    let own = bench.shows("brook", |says| says.consents_to(&over)).unwrap();
    bench.cites("brook", own).unwrap();
    assert_eq!(bench.stands("brook", over), Standing::Adopted { level: 1 });
    // What overrides the first is a rival itself now: brook has consented to it.
    let known = bench.known("brook", rival).clone();
    let replica = &bench.groups["brook"].replica;
    let blocks = replica.dealings().no_rival(&known, replica.ties(), bench.now).unwrap_err();
    assert!(blocks.contains(&over.short()), "{blocks}");
}

/// The panel has one node, brook's: nobody can be shown what brook says. It opens nothing and has no part, and at the
/// last level it is missing like one that is shown to be silent.
#[test]
fn who_is_witnessed_by_nobody_is_not_waited_for() {
    let bench = Bench::of(&super::NAMES);
    let matter = bench.matter(&["attic", "cellar"]);
    let mut alone = bench.agreement.clone();
    let host = alone.groups.iter().find(|group| group.log == bench.log("brook")).unwrap().node;
    alone.panel = Table::new(vec![Seat { name: name("one"), node: host, addresses: Vec::new() }]).unwrap();
    matter.check(&alone, bench.now).unwrap();
    let refused = bench.matter(&["attic", "brook"]).check(&alone, bench.now).unwrap_err();
    assert!(refused.contains("nobody on the panel witnesses the log of brook"), "{refused}");

    let silent = Slot { dead: (1..=LEVELS).collect(), ..Slot::default() };
    let slots = BTreeMap::from([(bench.log("attic"), silent)]);
    let after = matter.end(LEVELS, alone.timing.news);
    assert_eq!(
        stand(&matter, &bench.agreement, &slots, after),
        Standing::Open { level: LEVELS },
        "brook may yet consent"
    );
    assert_eq!(stand(&matter, &alone, &slots, after), Standing::NotAdopted);
}

/// Only a matter gives the panel another node, so it has a part for who is not heard, too.
#[test]
fn who_is_witnessed_by_nobody_gets_a_witness_by_the_others() {
    let mut bench = Bench::of(&NAMES);
    let host = bench.agreement.groups.iter().find(|group| group.log == bench.log("brook")).unwrap().node;
    let seat = |called: &str, node| Seat { name: name(called), node, addresses: Vec::new() };
    let with = |seats: Vec<Seat>, of: &FederationAgreement| FederationAgreement {
        panel: Table::new(seats).unwrap(),
        ..of.clone()
    };
    bench.agreement = with(vec![seat("one", host)], &bench.agreement);
    let amends = Some(Amends { number: 2, version: bench.agreement.hash(), federation: bench.agreement.id() });
    let next = with(vec![seat("one", host), seat("two", public("two"))], &bench.agreement);
    let matter = bench.amendment(&FederationAgreement { amends, ..next });
    matter.check(&bench.agreement, bench.now).unwrap();
}
