//! Delegate: the holder decides with a why; a call-in moves the decision up to consent.

use crate::{
    charter::{Holder, Rule},
    decision::Outcome,
    effect::Effect,
    entry::EntryAct,
    error::Refusal,
    fixture::{DAY, Group, assert_refused, days, drop_member, hours, ms, name, person, start, text},
    id::{ProposalId, StatementId},
    ladder::Reason,
    proposal::Stage,
    statement::{Act, Answer, Response},
};

/// Ben keeps the tools, without a call-in; ana buys, with a call-in window of two days.
fn open_in(domain: &str) -> (Group, ProposalId) {
    let mut group = Group::new();
    let proposal = group.open("cem", &[text(domain)]);
    (group, proposal)
}

/// A purchase that ana has decided at once.
fn bought() -> (Group, ProposalId) {
    let (mut group, proposal) = open_in("purchases");
    group.agree("ana", proposal).unwrap();
    group.tick(ms(0));
    (group, proposal)
}

/// The tools with a second keeper.
fn two_keepers() -> Group {
    Group::with(|charter| {
        let keepers = &mut charter.roles.find_mut(&name("keeper")).unwrap().holders;
        keepers.put(Holder { member: name("cem"), from: start(), until: start() + days(30) });
    })
}

fn apply(group: &mut Group, proposal: ProposalId) -> Result<(), Refusal> {
    group.write(EntryAct::Apply { proposal })
}

fn reason(group: &Group, proposal: ProposalId) -> Reason {
    group.replica.decision(&proposal).unwrap().standings[0].reason.clone()
}

fn bare(group: &mut Group, of: &str, proposal: ProposalId, answer: Answer) -> Result<StatementId, Refusal> {
    group.act(of, Act::Respond(Response { proposal, version: 1, answer, reason: None, weighs: Vec::new() }))
}

#[test]
fn the_holder_decides_at_once() {
    let (mut group, proposal) = open_in("tools");
    assert_refused!(group.close(proposal), Premature::StillOpen { .. });
    group.agree("ben", proposal).unwrap();
    group.close(proposal).unwrap();
    assert_eq!(group.ended(proposal), Outcome::Applied);
    assert_eq!(reason(&group, proposal), Reason::Decided { by: name("ben") });
}

#[test]
fn a_decision_says_why() {
    let (mut group, proposal) = open_in("tools");
    assert_refused!(bare(&mut group, "ben", proposal, Answer::Agree), Malformed::NoReason(_));
    assert_refused!(bare(&mut group, "ben", proposal, Answer::Object), Malformed::NoReason(_));
}

#[test]
fn a_holder_who_files_has_not_decided_yet() {
    let mut group = Group::new();
    let proposal = group.open("ben", &[text("tools")]);
    assert!(group.shown(proposal).responses.is_empty());
    assert_refused!(group.close(proposal), Premature::StillOpen { .. });
    group.agree("ben", proposal).unwrap();
    group.close(proposal).unwrap();
}

#[test]
fn the_holder_may_decline() {
    let (mut group, proposal) = open_in("tools");
    group.object("ben", proposal).unwrap();
    group.close(proposal).unwrap();
    assert_eq!(group.ended(proposal), Outcome::NotPassed);
    assert_eq!(reason(&group, proposal), Reason::Declined { by: name("ben") });
}

#[test]
fn a_declined_purchase_waits_for_nothing() {
    let (mut group, proposal) = open_in("purchases");
    group.object("ana", proposal).unwrap();
    group.close(proposal).unwrap();
    assert_eq!(group.ended(proposal), Outcome::NotPassed);
}

#[test]
fn a_decline_ends_only_by_its_withdrawal() {
    let (mut group, proposal) = open_in("tools");
    let decline = group.object("ben", proposal).unwrap();
    group.agree("ben", proposal).unwrap();
    let mut withdrawn = group.clone();
    group.close(proposal).unwrap();
    assert_eq!(group.ended(proposal), Outcome::NotPassed, "an objection ends only by a withdrawal that names it");
    withdrawn.withdraw("ben", decline).unwrap();
    withdrawn.close(proposal).unwrap();
    assert_eq!(withdrawn.ended(proposal), Outcome::Applied);
}

#[test]
fn what_nobody_decides_by_its_closing_does_not_pass() {
    let (mut group, proposal) = open_in("tools");
    group.advise("ben", proposal).unwrap();
    group.answer("ben", proposal, Answer::Concern).unwrap();
    group.tick(ms(days(4).millis() - 1));
    assert!(group.is_open(proposal));
    group.tick(ms(1));
    assert_eq!(group.ended(proposal), Outcome::NotPassed);
    assert_eq!(reason(&group, proposal), Reason::NobodyDecided);
}

#[test]
fn who_does_not_hold_the_role_may_only_advise() {
    let (mut group, proposal) = open_in("tools");
    for answer in [Answer::Agree, Answer::Object, Answer::Abstain, Answer::Concern, Answer::Aside] {
        assert_refused!(group.answer("cem", proposal, answer), Unauthorised::NotEligible { .. });
        assert_refused!(group.answer("ana", proposal, answer), Unauthorised::NotEligible { .. });
    }
    group.advise("cem", proposal).unwrap();
    assert_refused!(group.close(proposal), Premature::StillOpen { .. });
}

#[test]
fn where_several_hold_the_role_one_decides_and_one_may_decline() {
    let mut group = two_keepers();
    let proposal = group.open("ana", &[text("tools")]);
    group.agree("cem", proposal).unwrap();
    group.close(proposal).unwrap();
    assert_eq!(reason(&group, proposal), Reason::Decided { by: name("cem") });
    let proposal = group.open("ana", &[text("tools")]);
    group.agree("cem", proposal).unwrap();
    group.object("ben", proposal).unwrap();
    group.close(proposal).unwrap();
    assert_eq!(reason(&group, proposal), Reason::Declined { by: name("ben") });
}

#[test]
fn the_subject_of_a_removal_does_not_decide_it() {
    let mut group = Group::with(|charter| {
        let tools = charter.domains.find(&name("tools")).unwrap().clone();
        let membership = charter.domains.find_mut(&name("membership")).unwrap();
        (membership.owner, membership.rule) = (tools.owner, tools.rule);
        let keepers = &mut charter.roles.find_mut(&name("keeper")).unwrap().holders;
        keepers.put(Holder { member: name("cem"), from: start(), until: start() + days(30) });
    });
    let proposal = group.open("ana", &[drop_member("cem")]);
    assert_refused!(group.object("cem", proposal), Unauthorised::NotEligible { .. });
    assert_refused!(group.agree("cem", proposal), Unauthorised::NotEligible { .. });
    group.agree("ben", proposal).unwrap();
    group.close(proposal).unwrap();
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

// The call-in window

#[test]
fn effects_wait_for_the_call_in_window() {
    let (mut group, proposal) = bought();
    let until = group.now + days(2);
    assert_eq!(group.shown(proposal).stage, Stage::Passed { at: group.now, until });
    assert_eq!(group.replica.agreements().count(), 0);
    assert_refused!(group.close(proposal), Conflict::Decided(_));
    group.wait(ms(days(2).millis() - 1));
    assert_refused!(apply(&mut group, proposal), Premature::CallInOpen { .. });
    group.wait(ms(1));
    apply(&mut group, proposal).unwrap();
    assert_eq!(group.ended(proposal), Outcome::Applied);
    assert_eq!(group.replica.agreements().count(), 1);
}

#[test]
fn nothing_is_applied_before_it_passed() {
    let (mut group, proposal) = open_in("purchases");
    group.wait(days(9));
    assert_refused!(apply(&mut group, proposal), Premature::StillOpen { .. });
}

#[test]
fn a_decided_proposal_takes_no_more_responses() {
    let (mut group, proposal) = bought();
    assert_refused!(group.object("ben", proposal), Conflict::Decided(_));
    assert_refused!(group.advise("ben", proposal), Conflict::Decided(_));
    assert_refused!(group.amend("cem", proposal, &[text("purchases")]), Conflict::Decided(_));
    assert_refused!(group.withdraw("cem", proposal), Conflict::Decided(_));
}

#[test]
fn without_a_window_effects_apply_at_the_close() {
    let (mut group, proposal) = open_in("tools");
    group.agree("ben", proposal).unwrap();
    group.tick(ms(0));
    assert_eq!(group.ended(proposal), Outcome::Applied);
    assert_refused!(group.call_in("ana", proposal), Conflict::Closed(_));
}

#[test]
fn only_a_decided_proposal_is_called_in() {
    let (mut group, proposal) = open_in("purchases");
    assert_refused!(group.call_in("ben", proposal), Conflict::NoCallIn(_));
}

#[test]
fn a_call_in_comes_within_the_window() {
    let (mut group, proposal) = bought();
    let mut late = group.clone();
    group.wait(ms(days(2).millis() - 1));
    group.call_in("ben", proposal).unwrap();
    late.wait(days(2));
    assert_refused!(late.call_in("ben", proposal), Conflict::Late { .. });
    late.tick(ms(0));
    assert_refused!(late.call_in("ben", proposal), Conflict::Closed(_));
}

#[test]
fn a_call_in_is_the_consent_of_the_members_with_a_full_window() {
    let (mut group, proposal) = bought();
    group.tick(DAY);
    group.call_in("ben", proposal).unwrap();
    let shown = group.shown(proposal);
    assert_eq!((shown.stage.clone(), shown.closes), (Stage::Open, group.now + days(5)));
    assert!(matches!(shown.polls[0].rule, Rule::Consent(_)));
    assert_eq!(shown.polls[0].eligible.len(), 4, "three people, and the agent in whose scope it is");
    group.object("ben", proposal).unwrap();
    group.tick(days(5));
    assert_eq!(group.ended(proposal), Outcome::NotPassed);
    assert_eq!(reason(&group, proposal), Reason::ObjectionsStand { count: 1 });
}

#[test]
fn what_the_members_consent_to_after_a_call_in_applies_at_once() {
    let (mut group, proposal) = bought();
    group.tick(DAY);
    group.call_in("ben", proposal).unwrap();
    for member in ["ben", "cem", "bot"] {
        group.agree(member, proposal).unwrap();
    }
    group.tick(hours(23));
    assert!(group.is_open(proposal), "the minimum time runs from the call-in");
    group.tick(hours(1));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn a_called_in_decision_needs_the_quorum_of_the_members() {
    let (mut group, proposal) = bought();
    group.call_in("ben", proposal).unwrap();
    group.tick(days(5));
    assert_eq!(reason(&group, proposal), Reason::QuorumMissed { responded: 1, quorum: 2 });
}

#[test]
fn a_delegate_who_joined_after_the_opening_has_no_say_after_the_call_in() {
    let (mut group, proposal) = open_in("purchases");
    let mut role = group.replica.charter().roles.find(&name("treasurer")).unwrap().clone();
    role.holders.put(Holder { member: name("dan"), from: start(), until: start() + days(30) });
    group.carry("ana", &[Effect::SetMember(person("dan")), Effect::SetRole(role)]);
    group.agree("dan", proposal).unwrap();
    group.tick(ms(0));
    assert_refused!(group.call_in("dan", proposal), Unauthorised::NotEligible { .. });
    group.call_in("ben", proposal).unwrap();
    group.tick(days(5));
    assert_eq!(reason(&group, proposal), Reason::QuorumMissed { responded: 0, quorum: 2 });
}

#[test]
fn a_proposal_is_called_in_once() {
    let (mut group, proposal) = bought();
    group.call_in("ben", proposal).unwrap();
    assert_refused!(group.call_in("cem", proposal), Conflict::NoCallIn(_));
}

#[test]
fn a_called_in_proposal_can_be_amended() {
    let (mut group, proposal) = bought();
    group.call_in("ben", proposal).unwrap();
    group.tick(DAY);
    group.amend("cem", proposal, &[text("purchases")]).unwrap();
    assert_eq!(group.shown(proposal).closes, group.now + days(5));
    for member in ["ana", "ben", "bot"] {
        group.answer(member, proposal, Answer::Aside).unwrap();
    }
    group.tick(hours(23));
    assert!(group.is_open(proposal), "the minimum time runs from the amendment");
    group.tick(hours(1));
    assert_eq!(reason(&group, proposal), Reason::NoObjection { responded: 4, quorum: 2 });
}

#[test]
fn who_could_not_respond_cannot_call_in() {
    let mut group = Group::with(|charter| {
        charter.domains.find_mut(&name("purchases")).unwrap().people_only = true;
    });
    let proposal = group.open("cem", &[text("purchases")]);
    group.agree("ana", proposal).unwrap();
    group.tick(ms(0));
    assert_refused!(group.call_in("bot", proposal), Unauthorised::PeopleOnly { .. });
    assert_refused!(group.call_in("dan", proposal), Unauthorised::NotAMember(_));
    assert!(!group.replica.may_call_in(group.shown(proposal), &name("bot"), group.now));
    assert!(group.replica.may_call_in(group.shown(proposal), &name("ben"), group.now));
    group.call_in("ben", proposal).unwrap();
}

#[test]
fn the_call_in_rule_is_that_at_opening() {
    let (mut group, proposal) = open_in("purchases");
    let mut bare = group.domain("purchases");
    let Rule::Delegate(rule) = &mut bare.rule else { panic!("purchases are a delegate's") };
    rule.call_in = None;
    let change = group.open("ana", &[Effect::SetDomain(bare)]);
    for member in ["ana", "ben", "cem"] {
        group.agree(member, change).unwrap();
    }
    // Two days for the call-in of the change, a quarter of one before the purchase would lapse.
    group.tick(hours(24));
    group.agree("ana", proposal).unwrap();
    group.tick(hours(47));
    assert!(group.is_open(proposal) && group.is_open(change));
    group.call_in("ben", proposal).unwrap();
    group.tick(hours(1));
    assert_eq!(group.ended(change), Outcome::Applied);
    assert_eq!(group.shown(proposal).closes, group.now + ms(days(5).millis() - hours(1).millis()));
}

// Together with other rungs

#[test]
fn two_rungs_pass_from_one_set_of_responses() {
    let mut group = Group::new();
    let proposal = group.open("cem", &[text("policy"), text("tools")]);
    assert_eq!(group.shown(proposal).closes, group.now + days(7), "the later of their windows");
    group.agree("ben", proposal).unwrap();
    let counts = &group.shown(proposal).responses[&name("ben")].counts_in;
    assert_eq!(*counts, [name("policy"), name("tools")].into());
    group.tick(days(6));
    assert!(group.is_open(proposal), "decided, but not everybody has responded");
    group.tick(DAY);
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn one_rung_alone_does_not_pass_both() {
    let mut group = Group::new();
    let undecided = group.open("cem", &[text("policy"), text("tools")]);
    let decided = group.open("cem", &[text("policy"), text("tools")]);
    for member in ["ana", "bot"] {
        group.agree(member, undecided).unwrap();
    }
    group.agree("ben", decided).unwrap();
    group.object("bot", decided).unwrap();
    group.tick(days(7));
    assert_eq!(group.ended(undecided), Outcome::NotPassed, "the keeper has not decided");
    assert_eq!(group.ended(decided), Outcome::NotPassed, "an objection stands in the other domain");
}

#[test]
fn two_rungs_close_early_when_both_may() {
    let mut group = Group::new();
    let proposal = group.open("cem", &[text("policy"), text("tools")]);
    for member in ["ana", "ben", "bot"] {
        group.agree(member, proposal).unwrap();
    }
    group.tick(hours(23));
    assert!(group.is_open(proposal), "the minimum time of consent holds for both");
    group.tick(hours(1));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn a_call_in_reopens_the_whole_proposal() {
    let mut group = Group::new();
    let proposal = group.open("cem", &[text("policy"), text("purchases")]);
    for member in ["ana", "ben", "bot"] {
        group.agree(member, proposal).unwrap();
    }
    group.tick(DAY);
    assert!(matches!(group.shown(proposal).stage, Stage::Passed { .. }));
    group.call_in("ben", proposal).unwrap();
    assert_eq!(group.shown(proposal).closes, group.now + days(7));
    group.object("ben", proposal).unwrap();
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::NotPassed);
}
