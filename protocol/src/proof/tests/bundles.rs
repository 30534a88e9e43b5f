//! What proves a decision passes: from the first entry and from a snapshot, by notes and by the people, with texts and
//! without; and what nothing seals does not.

use super::{Anchors, Bundle, House, Kind, Verdict, assert_check, assert_passes, founding, seat, verify};
use crate::{
    effect::Effect,
    entry::Raw,
    federation::FederatedGroup,
    fixture::{body, days, drop_member, name, person, public, text},
    id::{Hash, LogId},
    statement::{Act, Answer},
    table::Table,
};

/// Ana says so often that she has seen the log.
fn look(house: &mut House, times: u32) {
    for _ in 0..times {
        house.group.act("ana", Act::Seen {}).unwrap();
    }
}

#[test]
fn a_decision_passes_from_the_first_entry() {
    let mut house = House::new();
    let policy = house.group.carry("ana", &[text("policy")]);
    house.seal();
    let bundle = house.bundle(policy);
    let report = house.verify(&bundle);
    assert_passes(&report);
    let shown = report.decision.unwrap();
    assert_eq!((shown.title.as_str(), shown.outcome.as_str()), ("A title", "passed"));
    assert_eq!((shown.why.as_deref(), shown.federation), (Some("why"), Some(house.agreement.id())));
    assert_eq!(bundle.notes.len(), 2, "as many as it takes");
    assert_passes(&verify(&bundle.bytes(), &Anchors::default()));
}

#[test]
fn a_decision_passes_from_a_snapshot_with_what_statements_had_seen_before() {
    let mut house = House::new();
    let stale = house.group.statement("ben", Act::Seen {});
    house.group.open("cem", &[text("policy")]);
    house.digest();
    let policy = house.group.open("ana", &[text("policy")]);
    // Ben has not looked since; ana erases a text that she named long ago.
    house.group.admit(&[stale]).unwrap();
    house.group.act("ana", Act::Erase { body: body("because") }).unwrap();
    house.group.agree("cem", policy).unwrap();
    house.group.tick(days(7));
    house.seal();
    let bundle = house.bundle(policy);
    assert_eq!((bundle.past_entries.len(), bundle.past_namings.len()), (1, 1));
    assert!(bundle.start.is_some() && bundle.entries.len() < house.group.log.len());
    let report = house.verify(&bundle);
    assert_passes(&report);
    assert_check(&report, Kind::Authority, Verdict::Pass, "replayed from the state that entry");
    assert_passes(&house.verify(&house.whole(policy)));
}

#[test]
fn a_digest_entry_inside_the_bundle_is_checked_by_a_replay_that_resumed() {
    let mut house = House::new();
    house.digest();
    let policy = house.group.open("ana", &[text("policy")]);
    house.digest();
    house.group.tick(days(7));
    house.seal();
    assert_passes(&house.verify(&house.bundle(policy)));
}

#[test]
fn a_bundle_does_not_grow_with_what_came_before_or_after() {
    let mut house = House::new();
    look(&mut house, 20);
    house.digest();
    let policy = house.group.carry("ana", &[text("policy")]);
    house.seal();
    let bundle = house.bundle(policy);
    look(&mut house, 20);
    house.digest();
    house.seal();
    assert_eq!(house.bundle(policy), bundle, "there is one bundle for a decision");
}

#[test]
fn the_lowest_notes_that_seal_are_taken() {
    let mut house = House::new();
    let policy = house.group.carry("ana", &[text("policy")]);
    house.note("three");
    house.note("node");
    house.group.act("ana", Act::Seen {}).unwrap();
    house.note("one");
    house.group.act("ana", Act::Seen {}).unwrap();
    house.note("two");
    house.note("three");
    let bundle = house.bundle(policy);
    assert_eq!(bundle.entries.len(), house.group.log.len() - 1, "to the note of one");
    assert_passes(&house.verify(&bundle));
}

#[test]
fn what_nothing_seals_is_unresolved() {
    let mut house = House::new();
    house.digest();
    let policy = house.group.carry("ana", &[text("policy")]);
    house.note("one");
    house.group.act("ana", Act::Seen {}).unwrap();
    house.note("node");
    let report = house.verify(&house.whole(policy));
    assert_eq!(report.verdict, Verdict::Unresolved);
    assert_check(&report, Kind::Sealing, Verdict::Unresolved, "2 of 3 witnesses");
    assert_check(&report, Kind::Authority, Verdict::Pass, "replayed from the first entry");
    let report = house.verify(&house.bundle(policy));
    assert_check(&report, Kind::Authority, Verdict::Unresolved, "--full");
}

#[test]
fn a_group_without_federation_seals_by_its_people() {
    let mut house = House::alone(|_| {});
    house.digest();
    let policy = house.group.carry("ana", &[text("policy")]);
    let own = Anchors { federation: None, ..house.anchors() };
    let report = verify(&house.bundle(policy).bytes(), &own);
    assert_check(&report, Kind::Sealing, Verdict::Unresolved, "moot seen");
    house.group.act("ana", Act::Seen {}).unwrap();
    house.group.act("ben", Act::Seen {}).unwrap();
    house.group.act("cem", Act::Seen {}).unwrap();
    let bundle = house.bundle(policy);
    assert!(bundle.start.is_none(), "nobody but the group stands for a snapshot");
    assert_eq!(bundle.entries.len(), house.group.log.len() - 1, "two of three people are more than half");
    assert_passes(&verify(&bundle.bytes(), &own));
    assert_eq!(house.verify(&bundle).verdict, Verdict::Fail, "it is in no federation");
}

#[test]
fn erased_and_absent_texts_do_not_prevent_a_pass() {
    let mut house = House::new();
    let policy = house.group.open("ana", &[text("policy")]);
    house.group.agree("ben", policy).unwrap();
    house.group.act("ana", Act::Erase { body: body("why") }).unwrap();
    house.group.agree("cem", policy).unwrap();
    house.group.tick(days(7));
    house.seal();
    house.texts.remove(&body("because"));
    let bundle = house.bundle(policy);
    assert_eq!(bundle.texts, [None, None]);
    let report = house.verify(&bundle);
    assert_passes(&report);
    assert_check(&report, Kind::Texts, Verdict::Pass, "0 of 2 texts are here, 1 erased, 1 absent");
    assert_eq!(report.decision.unwrap().why, None);
}

#[test]
fn a_decision_whose_effects_waited_ends_with_their_application() {
    let mut house = House::new();
    let purchase = house.group.open("cem", &[text("purchases")]);
    house.group.agree("ana", purchase).unwrap();
    house.group.tick(days(1));
    house.seal();
    house.group.tick(days(2));
    house.seal();
    let report = house.verify(&house.bundle(purchase));
    assert_passes(&report);
    assert_check(&report, Kind::Authority, Verdict::Pass, "terms: ana from 2026-03-01");
    assert_eq!(report.decision.unwrap().outcome, "passed");
}

#[test]
fn every_way_to_end_can_be_proven() {
    let mut house = House::new();
    let withdrawn = house.group.open("ana", &[text("policy")]);
    house.group.withdraw("ana", withdrawn).unwrap();
    let objected = house.group.open("ana", &[text("policy")]);
    house.group.object("ben", objected).unwrap();
    let void = [house.group.open("ben", &[drop_member("bot")]), house.group.open("cem", &[drop_member("bot")])];
    for proposal in void {
        house.group.agree("ana", proposal).unwrap();
    }
    house.group.tick(days(7));
    house.seal();
    let outcome = |proposal| {
        let report = house.verify(&house.bundle(proposal));
        assert_passes(&report);
        report.decision.unwrap().outcome
    };
    assert_eq!((outcome(withdrawn), outcome(objected)), ("withdrawn".into(), "not passed".into()));
    let mut both = void.map(outcome);
    both.sort();
    assert_eq!(both, ["passed", "void"], "who is removed already cannot be removed again");
}

#[test]
fn the_decision_that_founds_the_federation_is_sealed_by_its_panel() {
    let house = House::new();
    let founding = house.group.replica.decisions().next().unwrap().proposal.id;
    assert_passes(&house.verify(&house.bundle(founding)));
}

#[test]
fn a_later_version_leads_back_to_the_founding_text() {
    let mut house = House::alone(|_| {});
    let other = FederatedGroup {
        name: name("garden"),
        log: LogId(Hash::of(b"garden").0),
        node: public("garden-node"),
        escalates_to: None,
        weight: 1,
    };
    let mut first = founding(&house.group);
    let own = first.groups.find(&name("kitchen")).unwrap().clone();
    first.groups = Table::new(vec![other]).unwrap();
    let second = first.with_group(own).unwrap();
    house.agreement = first.clone();
    house.versions = vec![first.clone(), second.clone()];
    // Kitchen joins with the second version: its own log does not hold the first.
    house.group.carry("ana", &[Effect::Federate(second.clone())]);
    let policy = house.group.carry("ana", &[text("policy")]);
    house.seal();
    let bundle = house.bundle(policy);
    assert_eq!(bundle.agreements, [first.clone()]);
    assert_passes(&house.verify(&bundle));
    let exact = Anchors { agreement: Some(second.hash()), ..house.anchors() };
    assert_passes(&verify(&bundle.bytes(), &exact));
    let other = Anchors { agreement: Some(first.hash()), ..house.anchors() };
    assert_eq!(verify(&bundle.bytes(), &other).verdict, Verdict::Fail);

    let report = house.verify(&Bundle { agreements: Vec::new(), ..bundle.clone() });
    assert_check(&report, Kind::Sealing, Verdict::Unresolved, "version 1 of the agreement is missing");
    let report = house.verify(&Bundle { agreements: vec![first.clone(), second], ..bundle.clone() });
    assert_check(&report, Kind::Sealing, Verdict::Fail, "not needed");
    let mut forged = first;
    forged.panel.put(seat("friend"));
    let report = house.verify(&Bundle { agreements: vec![forged], ..bundle });
    assert_check(&report, Kind::Sealing, Verdict::Fail, "another text is in its place");
}

#[test]
fn what_is_not_needed_is_no_bundle() {
    let mut house = House::new();
    let stale = house.group.statement("ben", Act::Seen {});
    house.group.open("cem", &[text("policy")]);
    house.digest();
    let policy = house.group.open("ana", &[text("policy")]);
    house.group.admit(&[stale]).unwrap();
    house.group.answer("cem", policy, Answer::Concern).unwrap();
    house.group.tick(days(7));
    house.seal();
    let bundle = house.bundle(policy);
    assert_passes(&house.verify(&bundle));
    let snapshot = house.snapshots.values().next().unwrap();
    let early = [house.group.replica.entry(0).unwrap(), house.group.replica.entry(1).unwrap()];
    let namings = house.group.replica.past_namings(snapshot, &[body("why")]);
    let mut further = house.group.clone();
    further.act("ana", Act::Seen {}).unwrap();
    let further = further.log.last().unwrap().clone();
    let changes: [&dyn Fn(&mut Bundle); 6] = [
        &|bundle| bundle.past_entries.splice(..0, house.group.replica.past_entries(snapshot, &early)).for_each(drop),
        &|bundle| bundle.past_namings.clone_from(&namings),
        &|bundle| bundle.entries.push(Raw(further.clone())),
        &|bundle| bundle.agreements.push(house.agreement.clone()),
        &|bundle| bundle.notes.push(Raw(super::note("three", bundle.log, 9, early[0]).bytes().to_vec())),
        &|bundle| bundle.texts.push(None),
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut more = bundle.clone();
        change(&mut more);
        assert_ne!(more, bundle, "change {at}");
        assert_eq!(house.verify(&more).verdict, Verdict::Fail, "change {at}: {:#?}", house.verify(&more));
    }
}

#[test]
fn a_removal_after_the_opening_does_not_hide_who_decided() {
    let mut house = House::new();
    let dan = house.group.carry("ana", &[Effect::SetMember(person("dan"))]);
    house.digest();
    let policy = house.group.open("dan", &[text("policy")]);
    house.group.answer("ben", policy, Answer::Aside).unwrap();
    let removal = house.group.open("ana", &[drop_member("dan")]);
    house.group.agree("ben", removal).unwrap();
    house.group.agree("cem", removal).unwrap();
    house.group.tick(days(7));
    house.seal();
    for proposal in [dan, policy, removal] {
        assert_passes(&house.verify(&house.bundle(proposal)));
    }
    let report = house.verify(&house.bundle(policy));
    assert!(report.decision.unwrap().polls[0].eligible.contains(&name("dan")));
}

#[test]
fn an_undecided_proposal_has_no_bundle() {
    let mut house = House::new();
    let open = house.group.propose("ana", &[text("policy")]).unwrap();
    let request =
        super::Request { log: house.group.replica.log(), subject: open.into(), start: None, notes: Vec::new() };
    assert!(matches!(super::make(&house, &request), Err(super::super::MakeError::Undecided)));
    let closed = house.group.carry("ana", &[text("policy")]);
    house.seal();
    let other = Bundle { proposal: Some(open), ..house.bundle(closed) };
    assert_check(&house.verify(&other), Kind::Integrity, Verdict::Fail, "ends before the proposal");
}
