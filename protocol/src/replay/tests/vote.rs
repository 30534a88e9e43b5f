//! Vote: the share of yes, exactly at its bar, and the quorum.

use crate::{
    decision::Outcome,
    fixture::{DAY, Group, days, drop_member, hours, text},
    id::ProposalId,
    ladder::Reason,
    statement::Answer::{self, Abstain, Advice, Agree, Aside, Concern, Object},
};

/// A vote of five people by a rule with this quorum, bar and base.
fn vote(quorum: &str, yes: &str, of: &str) -> Group {
    Group::five(&format!(r#"{{ "vote": {{ "quorum": "{quorum}", "yes": {{ {yes} }}, "of": "{of}" }} }}"#))
}

/// How it ends when the agent proposes and the first people answer so; the others stay away.
fn tell(group: &mut Group, answers: &[Answer]) -> ProposalId {
    let proposal = group.open("bot", &[text("policy")]);
    for (of, answer) in ["ana", "ben", "cem", "dan", "eva"].iter().zip(answers) {
        group.answer(of, proposal, *answer).unwrap();
    }
    group.tick(days(7));
    proposal
}

fn passes(quorum: &str, yes: &str, of: &str, answers: &[Answer]) -> bool {
    let mut group = vote(quorum, yes, of);
    let proposal = tell(&mut group, answers);
    group.ended(proposal) == Outcome::Applied
}

#[test]
fn the_bar_is_exceeded_or_reached_as_the_rule_says() {
    for (yes, answers, expected) in [
        (r#""more_than": "1/2""#, [Agree, Agree, Object, Object], false),
        (r#""at_least": "1/2""#, [Agree, Agree, Object, Object], true),
        (r#""more_than": "1/2""#, [Agree, Agree, Object, Abstain], true),
        (r#""at_least": "3/4""#, [Agree, Agree, Agree, Object], true),
        (r#""more_than": "3/4""#, [Agree, Agree, Agree, Object], false),
        (r#""at_least": "76/100""#, [Agree, Agree, Agree, Object], false),
    ] {
        assert_eq!(passes("1/2", yes, "votes", &answers), expected, "{yes} {answers:?}");
    }
}

#[test]
fn concern_is_yes_and_standing_aside_is_abstaining() {
    let majority = r#""more_than": "1/2""#;
    assert!(passes("1/1", majority, "votes", &[Concern, Aside, Aside, Abstain, Abstain]));
    assert!(!passes("1/1", majority, "votes", &[Concern, Object, Aside, Abstain, Abstain]));
}

#[test]
fn a_share_of_the_eligible_counts_who_stayed_away() {
    let majority = r#""more_than": "1/2""#;
    assert!(passes("1/5", majority, "votes", &[Agree, Agree]));
    assert!(!passes("1/5", majority, "eligible", &[Agree, Agree]));
    assert!(passes("1/5", majority, "eligible", &[Agree, Agree, Agree, Object, Object]));
    let three_fifths = r#""at_least": "3/5""#;
    assert!(passes("1/5", three_fifths, "eligible", &[Agree, Agree, Concern]));
    assert!(!passes("1/5", r#""more_than": "3/5""#, "eligible", &[Agree, Agree, Concern]));
}

#[test]
fn where_nobody_says_yes_or_no_there_is_no_majority() {
    for yes in [r#""at_least": "1/100""#, r#""more_than": "0/1""#] {
        assert!(!passes("1/1", yes, "votes", &[Abstain, Abstain, Aside, Aside, Abstain]), "{yes}");
    }
}

#[test]
fn abstaining_counts_for_the_quorum_and_advice_does_not() {
    let majority = r#""more_than": "1/2""#;
    assert!(passes("3/5", majority, "votes", &[Agree, Abstain, Aside]));
    assert!(!passes("3/5", majority, "votes", &[Agree, Abstain, Advice]));
    let mut group = vote("3/5", majority, "votes");
    let proposal = tell(&mut group, &[Agree, Agree]);
    assert_eq!(group.reason(proposal), Reason::QuorumMissed { responded: 2, quorum: 3 });
}

#[test]
fn the_record_says_how_they_voted() {
    let mut group = vote("1/2", r#""more_than": "1/2""#, "votes");
    let proposal = tell(&mut group, &[Agree, Concern, Object, Aside, Abstain]);
    assert_eq!(group.reason(proposal), Reason::Voted { yes: 2, no: 1, abstain: 2, of: 3 });
    let mut group = vote("1/2", r#""more_than": "1/2""#, "eligible");
    let proposal = tell(&mut group, &[Agree, Concern, Object]);
    assert_eq!(group.reason(proposal), Reason::Voted { yes: 2, no: 1, abstain: 0, of: 5 });
}

#[test]
fn it_closes_early_when_all_have_voted_whatever_they_said() {
    let mut group = vote("1/2", r#""more_than": "1/2""#, "votes");
    let four = tell(&mut group, &[Agree, Agree, Object, Object]);
    assert_eq!(group.ended_after(four), days(7));
    let mut group = vote("1/2", r#""more_than": "1/2""#, "votes");
    let all = tell(&mut group, &[Agree, Agree, Object, Object, Object]);
    assert_eq!((group.ended_after(all), group.ended(all)), (DAY, Outcome::NotPassed));
}

#[test]
fn a_no_in_the_last_tenth_moves_nothing() {
    let mut group = vote("1/2", r#""more_than": "1/2""#, "votes");
    let proposal = group.open("ana", &[text("policy")]);
    group.agree("ben", proposal).unwrap();
    group.tick(hours(7 * 24 - 1));
    group.object("cem", proposal).unwrap();
    group.tick(days(7));
    assert_eq!((group.ended_after(proposal), group.ended(proposal)), (days(7), Outcome::Applied));
}

#[test]
fn a_no_is_an_objection_and_stays_until_it_is_withdrawn() {
    let mut group = vote("1/5", r#""more_than": "1/2""#, "votes");
    let proposal = group.open("bot", &[text("policy")]);
    let no = group.object("ana", proposal).unwrap();
    group.agree("ana", proposal).unwrap();
    let mut withdrawn = group.clone();
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::NotPassed);
    withdrawn.withdraw("ana", no).unwrap();
    withdrawn.tick(days(7));
    assert_eq!(withdrawn.ended(proposal), Outcome::Applied);
}

#[test]
fn a_removed_member_keeps_the_vote_and_without_one_leaves_the_count() {
    let majority = r#""more_than": "1/2""#;
    let mut group = vote("1/5", majority, "eligible");
    let proposal = group.open("bot", &[text("policy")]);
    group.agree("dan", proposal).unwrap();
    group.agree("ana", proposal).unwrap();
    group.carry("ana", &[drop_member("eva")]);
    group.carry("ana", &[drop_member("dan")]);
    group.tick(days(7));
    assert_eq!(group.reason(proposal), Reason::Voted { yes: 2, no: 0, abstain: 0, of: 4 });
    assert_eq!(group.ended(proposal), Outcome::NotPassed, "two of four are not more than half");
}

#[test]
fn when_all_are_gone_nobody_passes_it() {
    let mut group = vote("0/1", r#""at_least": "1/2""#, "eligible");
    let mut policy = group.domain("policy");
    policy.owner = crate::charter::Owner::Role(crate::fixture::name("keeper"));
    group.carry("ana", &[crate::effect::Effect::SetDomain(policy)]);
    let proposal = group.open("ana", &[text("policy")]);
    assert_eq!(group.shown(proposal).polls[0].eligible.len(), 1);
    group.carry("ana", &[drop_member("ben")]);
    group.tick(days(7));
    assert_eq!(group.reason(proposal), Reason::QuorumMissed { responded: 0, quorum: 1 });
}
