//! The approval floor of a consent: "a majority approves and at most two are outstanding".

use crate::{
    decision::Outcome,
    fixture::{DAY, Group, days, drop_member, text},
    id::ProposalId,
    ladder::Reason,
    statement::Answer::{self, Abstain, Agree, Aside, Concern},
};

fn floor(approval: &str) -> Group {
    Group::five(&format!(r#"{{ "consent": {{ "quorum": "1/5", "approval": {{ {approval} }} }} }}"#))
}

fn tell(group: &mut Group, answers: &[Answer]) -> ProposalId {
    let proposal = group.open("bot", &[text("policy")]);
    for (of, answer) in ["ana", "ben", "cem", "dan", "eva"].iter().zip(answers) {
        group.answer(of, proposal, *answer).unwrap();
    }
    group.tick(days(7));
    proposal
}

#[test]
fn a_share_of_the_eligible_approves() {
    for (bar, answers, expected) in [
        (r#""more_than": "1/2""#, vec![Agree, Agree], false),
        (r#""more_than": "1/2""#, vec![Agree, Agree, Concern], true),
        (r#""at_least": "2/5""#, vec![Agree, Concern], true),
        (r#""more_than": "2/5""#, vec![Agree, Concern], false),
        (r#""more_than": "1/2""#, vec![Agree, Agree, Aside, Aside, Abstain], false),
        (r#""at_least": "1/5""#, vec![Abstain; 5], false),
    ] {
        let mut group = floor(&format!(r#""bar": {{ {bar} }}"#));
        let proposal = tell(&mut group, &answers);
        assert_eq!(group.ended(proposal) == Outcome::Applied, expected, "{bar} {answers:?}");
    }
}

#[test]
fn at_most_so_many_are_outstanding() {
    for (answers, expected) in
        [(vec![Agree, Agree], false), (vec![Agree, Agree, Abstain], true), (vec![Agree, Agree, Abstain, Aside], true)]
    {
        let mut group = floor(r#""bar": { "at_least": "2/5" }, "outstanding": 2"#);
        let proposal = tell(&mut group, &answers);
        assert_eq!(group.ended(proposal) == Outcome::Applied, expected, "{answers:?}");
    }
}

#[test]
fn a_missed_floor_is_told_in_numbers() {
    let mut group = floor(r#""bar": { "at_least": "2/5" }, "outstanding": 2"#);
    let proposal = tell(&mut group, &[Agree, Agree]);
    assert_eq!(group.reason(proposal), Reason::ApprovalMissed { approve: 2, eligible: 5, outstanding: 3 });
}

#[test]
fn the_quorum_holds_beside_it() {
    let rule = r#"{ "consent": { "quorum": "3/5", "approval": { "bar": { "at_least": "2/5" } } } }"#;
    let mut group = Group::five(rule);
    let proposal = tell(&mut group, &[Agree, Agree]);
    assert_eq!(group.reason(proposal), Reason::QuorumMissed { responded: 2, quorum: 3 });
}

#[test]
fn without_a_number_any_may_be_outstanding() {
    let mut group = floor(r#""bar": { "at_least": "1/5" }"#);
    let proposal = tell(&mut group, &[Agree]);
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn a_missed_floor_closes_when_all_have_answered() {
    let mut group = floor(r#""bar": { "more_than": "1/2" }"#);
    let proposal = tell(&mut group, &[Agree, Agree, Aside, Aside, Abstain]);
    assert_eq!(group.ended_after(proposal), DAY);
}

#[test]
fn who_left_without_an_answer_is_neither_eligible_nor_outstanding() {
    let mut group = floor(r#""bar": { "more_than": "1/2" }, "outstanding": 1"#);
    let proposal = group.open("ana", &[text("policy")]);
    group.agree("ben", proposal).unwrap();
    group.answer("cem", proposal, Abstain).unwrap();
    let mut stays = group.clone();
    stays.tick(days(7));
    assert_eq!(stays.ended(proposal), Outcome::NotPassed);
    group.carry("ana", &[drop_member("eva")]);
    group.carry("ana", &[drop_member("dan")]);
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}
