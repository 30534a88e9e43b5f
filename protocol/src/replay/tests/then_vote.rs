//! A consent that turns to a vote when its last version does not pass.

use crate::{
    decision::Outcome,
    effect::Effect,
    fixture::{DAY, Group, assert_refused, days, hours, ms, rule, text},
    id::ProposalId,
    ladder::Reason,
    statement::Answer,
};

const RULE: &str = r#"{ "consent": { "quorum": "1/5", "versions": 2, "objection_test": "2/3",
    "then_vote": { "quorum": "1/2", "yes": { "more_than": "1/2" }, "closing": "3d" } } }"#;

/// Ana's second version, over which eva's objection stands, on its last day; ben and cem agree.
fn blocked(json: &str) -> (Group, ProposalId) {
    let mut group = Group::five(json);
    let proposal = group.open("ana", &[text("policy")]);
    group.object("eva", proposal).unwrap();
    group.amend("ana", proposal, &[text("policy")]).unwrap();
    for of in ["ben", "cem"] {
        group.agree(of, proposal).unwrap();
    }
    group.tick(ms(days(7).millis() - 1));
    assert!(group.shown(proposal).to_vote.is_none());
    (group, proposal)
}

#[test]
fn the_last_version_turns_to_a_vote_with_a_full_window() {
    let (mut group, proposal) = blocked(RULE);
    group.tick(ms(1));
    let shown = group.shown(proposal);
    assert_eq!((shown.to_vote, shown.window_from), (Some(group.now), group.now));
    assert_eq!(shown.polls[0].rule.rung(), "vote");
    assert_eq!(shown.closes.since(group.now), days(3));
    group.tick(days(3));
    assert_eq!(group.reason(proposal), Reason::Voted { yes: 3, no: 1, abstain: 0, of: 4 }, "responses stay");
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn an_earlier_version_just_fails() {
    let mut group = Group::five(RULE);
    let proposal = group.open("ana", &[text("policy")]);
    group.object("eva", proposal).unwrap();
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::NotPassed);
}

#[test]
fn what_passes_needs_no_vote() {
    let (mut group, proposal) = blocked(RULE);
    let objection = group.shown(proposal).objections[0].given.statement;
    group.withdraw("eva", objection).unwrap();
    group.tick(ms(1));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn in_the_vote_answers_change_and_no_version_follows() {
    let (mut group, proposal) = blocked(RULE);
    group.tick(ms(1));
    assert_refused!(group.amend("ana", proposal, &[text("policy")]), Conflict::Voting(_));
    group.object("ben", proposal).unwrap();
    group.object("dan", proposal).unwrap();
    group.tick(days(3));
    assert_eq!(group.reason(proposal), Reason::Voted { yes: 2, no: 3, abstain: 0, of: 5 });
    assert_eq!(group.ended(proposal), Outcome::NotPassed, "it turns to a vote once");
}

#[test]
fn it_may_be_withdrawn_and_no_objection_is_tested() {
    let (mut group, proposal) = blocked(RULE);
    let objection = group.shown(proposal).objections[0].given.statement;
    group.tick(ms(1));
    assert_refused!(group.test("ben", objection, false), Conflict::NoTest(_));
    group.withdraw("ana", proposal).unwrap();
    assert_eq!(group.ended(proposal), Outcome::Withdrawn);
}

#[test]
fn it_closes_early_when_all_have_voted() {
    let (mut group, proposal) = blocked(RULE);
    group.answer("dan", proposal, Answer::Abstain).unwrap();
    group.tick(ms(1));
    let from = group.now;
    group.tick(days(3));
    let closed = group.replica.decision(&proposal).unwrap().closed;
    assert_eq!(closed, from + DAY, "a day at least, though all had answered before");
}

#[test]
fn a_missed_quorum_turns_to_the_vote_too() {
    let mut group = Group::five(&RULE.replacen("1/5", "1/1", 1));
    let proposal = group.open("ana", &[text("policy")]);
    group.amend("ana", proposal, &[text("policy")]).unwrap();
    group.agree("ben", proposal).unwrap();
    group.tick(days(7));
    assert!(group.shown(proposal).to_vote.is_some());
    group.tick(days(3));
    assert_eq!(group.reason(proposal), Reason::QuorumMissed { responded: 2, quorum: 3 });
}

#[test]
fn a_final_period_that_ends_over_an_objection_turns_to_the_vote() {
    let rule = RULE.replacen(
        "\"versions\": 2",
        "\"versions\": 1, \"final_period\": { \"length\": \"1d\", \"on_objection\": \"hold\", \"latest\": \"2d\" }",
        1,
    );
    let mut group = Group::five(&rule);
    let proposal = group.open("ana", &[text("policy")]);
    group.tick(hours(1));
    group.object("eva", proposal).unwrap();
    group.tick(days(2));
    let shown = group.shown(proposal);
    assert_eq!((shown.polls[0].rule.rung(), shown.polls[0].final_period.is_none()), ("vote", true));
}

#[test]
fn where_another_domain_fails_without_a_vote_it_fails() {
    let mut group = Group::five(&RULE.replace("\"versions\": 2", "\"versions\": 1"));
    let proposal = group.open("ana", &[text("policy"), text("principles")]);
    group.object("eva", proposal).unwrap();
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::NotPassed);
}

#[test]
fn a_domain_that_passed_may_yet_turn_to_its_own_vote() {
    let mut group = Group::five(&RULE.replace("\"versions\": 2", "\"versions\": 1"));
    let mut principles = group.domain("principles");
    principles.rule = rule(&RULE.replace("\"versions\": 2", "\"versions\": 1").replacen("1/5", "1/1", 1));
    group.carry("ana", &[Effect::SetDomain(principles)]);
    let proposal = group.open("ana", &[text("policy"), text("principles")]);
    group.agree("ben", proposal).unwrap();
    group.tick(days(7));
    let rungs =
        |group: &Group| -> Vec<&str> { group.shown(proposal).polls.iter().map(|poll| poll.rule.rung()).collect() };
    assert_eq!(rungs(&group), ["consent", "vote"], "policy passes, principles lack responses");
    group.object("eva", proposal).unwrap();
    group.tick(days(7));
    assert_eq!(rungs(&group), ["vote", "vote"], "eva's objection blocks policy, and is one of three votes");
    group.tick(days(3));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}
