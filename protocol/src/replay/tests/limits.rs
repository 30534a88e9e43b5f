//! What each member may hold open.

use crate::{
    effect::Effect,
    fixture::{DAY, Group, assert_refused, days, hours, ms, text},
    id::ProposalId,
};

fn with(open_proposals: u32, call_ins: u32) -> Group {
    Group::with(|charter| {
        (charter.participation.open_proposals, charter.participation.call_ins) = (open_proposals, call_ins);
    })
}

#[test]
fn a_member_has_so_many_open_proposals_and_others_have_their_own() {
    let mut group = with(2, 4);
    let first = group.open("ana", &[text("policy")]);
    group.open("ana", &[text("tools")]);
    assert_refused!(group.propose("ana", &[text("policy")]), Conflict::TooMany { most: 2, .. });
    group.open("ben", &[text("policy")]);
    group.withdraw("ana", first).unwrap();
    group.open("ana", &[text("policy")]);
    assert_refused!(group.propose("ana", &[text("policy")]), Conflict::TooMany { .. });
    group.tick(days(8));
    group.open("ana", &[text("policy")]);
}

#[test]
fn one_that_waits_for_its_call_in_window_is_still_open() {
    let mut group = with(1, 4);
    let proposal = group.open("ana", &[text("purchases")]);
    group.agree("ana", proposal).unwrap();
    group.tick(hours(1));
    assert_refused!(group.propose("ana", &[text("policy")]), Conflict::TooMany { .. });
    group.tick(days(2));
    group.open("ana", &[text("policy")]);
}

#[test]
fn proposals_in_one_entry_count() {
    let mut group = with(1, 4);
    let act = |domain| crate::statement::Act::Propose(crate::fixture::content(&[text(domain)]));
    let first = group.statement("ana", act("policy"));
    let content = crate::statement::StatementContent { previous: Some(first.id()), ..first.content().clone() };
    let key = crate::fixture::key("ana");
    let second = crate::envelope::Signed::sign(crate::envelope::Kind::Statement, content, &key);
    assert_refused!(group.admit(&[first.clone(), second]), Conflict::TooMany { most: 1, .. });
    group.admit(&[first]).unwrap();
}

/// Purchases that ana has decided.
fn bought(group: &mut Group) -> ProposalId {
    let proposal = group.open("ana", &[text("purchases")]);
    group.agree("ana", proposal).unwrap();
    group.tick(ms(0));
    proposal
}

#[test]
fn a_member_has_so_many_call_ins_of_what_is_still_open() {
    let mut group = with(64, 1);
    let (one, two) = (bought(&mut group), bought(&mut group));
    group.call_in("ben", one).unwrap();
    assert_refused!(group.call_in("ben", two), Conflict::TooMany { most: 1, .. });
    group.call_in("cem", two).unwrap();
    for of in ["ben", "cem", "bot"] {
        group.agree(of, one).unwrap();
    }
    group.tick(DAY);
    assert!(!group.is_open(one));
    let three = bought(&mut group);
    group.call_in("ben", three).expect("the other has ended");
    assert_refused!(with_none(), Conflict::TooMany { most: 0, .. });
}

fn with_none() -> Result<crate::id::StatementId, crate::error::Refusal> {
    let mut group = with(64, 0);
    let one = bought(&mut group);
    group.call_in("ben", one)
}

#[test]
fn the_limits_change_by_a_decision_and_bind_what_comes_after() {
    let mut group = with(3, 4);
    group.open("ana", &[text("policy")]);
    group.open("ana", &[text("policy")]);
    let participation = crate::charter::Participation { open_proposals: 1, ..Default::default() };
    group.carry("ben", &[Effect::SetParticipation(participation)]);
    assert_eq!(group.replica.charter().participation, participation);
    assert_eq!(group.replica.proposals().count(), 2, "what is open stays open");
    assert_refused!(group.propose("ana", &[text("policy")]), Conflict::TooMany { most: 1, .. });
}
