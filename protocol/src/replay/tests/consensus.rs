//! Consensus: every eligible member agrees or stands aside, within the limit.

use crate::{
    decision::Outcome,
    fixture::{DAY, Group, days, drop_member, hours, name, text},
    id::ProposalId,
    ladder::Reason,
    statement::Answer::{self, Abstain, Agree, Aside, Concern, Object},
};

fn consensus(asides: u32) -> Group {
    Group::five(&format!(r#"{{ "consensus": {{ "asides": {asides} }} }}"#))
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
fn everybody_agrees_or_stands_aside_within_the_limit() {
    for (asides, answers, expected) in [
        (1, vec![Agree, Agree, Agree, Agree, Agree], Reason::AllAgree { agree: 5, aside: 0 }),
        (1, vec![Agree, Agree, Concern, Agree, Aside], Reason::AllAgree { agree: 4, aside: 1 }),
        (1, vec![Agree, Agree, Agree, Aside, Aside], Reason::TooManyAside { aside: 2, most: 1 }),
        (0, vec![Agree, Agree, Agree, Agree, Aside], Reason::TooManyAside { aside: 1, most: 0 }),
        (5, vec![Agree, Agree, Agree, Agree, Abstain], Reason::NotAll { agree: 4, aside: 0, eligible: 5 }),
        (5, vec![Agree, Agree, Agree, Agree], Reason::NotAll { agree: 4, aside: 0, eligible: 5 }),
        (5, vec![Aside; 5], Reason::NotAll { agree: 0, aside: 5, eligible: 5 }),
        (5, vec![Abstain; 5], Reason::NotAll { agree: 0, aside: 0, eligible: 5 }),
        (5, vec![Agree, Agree, Agree, Agree, Object], Reason::ObjectionsStand { count: 1 }),
    ] {
        let mut group = consensus(asides);
        let proposal = tell(&mut group, &answers);
        assert_eq!(group.reason(proposal), expected);
        let passes = matches!(expected, Reason::AllAgree { .. });
        assert_eq!(group.ended(proposal) == Outcome::Applied, passes, "{answers:?}");
    }
}

#[test]
fn it_closes_early_when_all_have_answered_and_nobody_objects() {
    let mut group = consensus(0);
    let all = tell(&mut group, &[Agree, Agree, Agree, Agree, Abstain]);
    assert_eq!(group.ended_after(all), DAY);
    let mut group = consensus(0);
    let blocked = tell(&mut group, &[Agree, Agree, Agree, Agree, Object]);
    assert_eq!(group.ended_after(blocked), days(7));
}

#[test]
fn an_objection_in_the_last_tenth_extends_it() {
    let mut group = consensus(0);
    let proposal = group.open("ana", &[text("policy")]);
    group.tick(hours(7 * 24 - 1));
    group.object("cem", proposal).unwrap();
    group.tick(days(7));
    assert_eq!(group.ended_after(proposal).millis(), days(7).millis() + days(7).tenth().millis());
}

#[test]
fn a_removed_member_without_an_answer_is_not_waited_for() {
    let mut group = consensus(1);
    let proposal = group.open("ana", &[text("policy")]);
    for of in ["ben", "cem"] {
        group.agree(of, proposal).unwrap();
    }
    group.answer("dan", proposal, Aside).unwrap();
    group.carry("ana", &[drop_member("dan")]);
    assert!(group.is_open(proposal), "eva is awaited still");
    group.carry("ana", &[drop_member("eva")]);
    group.tick(days(7));
    assert_eq!(group.reason(proposal), Reason::AllAgree { agree: 3, aside: 1 }, "dan's answer stays");
    assert!(group.replica.charter().members.find(&name("dan")).is_none());
}
