//! The final period of a consent: when it starts, what objections do to it, and that it always ends.

use crate::{
    charter::Rule,
    decision::Outcome,
    effect::Effect,
    error::Refusal,
    fixture::{DAY, Group, assert_refused, body, days, drop_member, hours, ms, text},
    id::{ProposalId, StatementId},
    ladder::Reason,
    statement::{Act, Answer, Response},
    time::Span,
};

/// Five people; 2/5 must respond; a final period of two days, ten at the latest; closes after seven without one.
fn with(on_objection: &str) -> Group {
    Group::five(&format!(
        r#"{{ "consent": {{ "quorum": "2/5",
            "final_period": {{ "length": "2d", "on_objection": "{on_objection}", "latest": "10d" }} }} }}"#
    ))
}

/// Ana proposes at once, and the floor is met a day later, by ben.
fn started(on_objection: &str) -> (Group, ProposalId) {
    let mut group = with(on_objection);
    let proposal = group.open("ana", &[text("policy")]);
    group.tick(DAY);
    group.agree("ben", proposal).unwrap();
    (group, proposal)
}

fn closes(group: &Group, proposal: ProposalId) -> Span {
    group.shown(proposal).closes.since(group.shown(proposal).opened)
}

fn just_before(span: Span) -> Span {
    ms(span.millis() - 1)
}

#[test]
fn it_starts_when_the_floor_is_met_and_its_end_is_the_domains() {
    let mut group = with("hold");
    let proposal = group.open("ana", &[text("policy")]);
    group.tick(DAY);
    assert_eq!((group.shown(proposal).polls[0].final_period.is_none(), closes(&group, proposal)), (true, days(7)));
    group.agree("ben", proposal).unwrap();
    assert_eq!(closes(&group, proposal), days(3));
    group.tick(just_before(days(2)));
    assert_refused!(group.close(proposal), Premature::StillOpen { .. });
    group.tick(ms(1));
    assert_eq!((group.ended_after(proposal), group.ended(proposal)), (days(3), Outcome::Applied));
}

#[test]
fn it_does_not_end_early_when_all_have_answered() {
    let (mut group, proposal) = started("hold");
    for of in ["cem", "dan", "eva"] {
        group.agree(of, proposal).unwrap();
    }
    group.tick(days(9));
    assert_eq!(group.ended_after(proposal), days(3));
}

#[test]
fn without_a_start_the_closing_time_ends_it() {
    let mut group = with("hold");
    let proposal = group.open("ana", &[text("policy")]);
    group.tick(just_before(days(7)));
    assert!(group.is_open(proposal));
    group.tick(ms(1));
    assert_eq!(group.reason(proposal), Reason::QuorumMissed { responded: 1, quorum: 2 });
}

#[test]
fn it_may_start_at_the_last_moment() {
    let mut group = with("hold");
    let proposal = group.open("ana", &[text("policy")]);
    group.tick(just_before(days(7)));
    group.agree("ben", proposal).unwrap();
    group.tick(days(9));
    assert_eq!(group.ended(proposal), Outcome::Applied);
    assert_eq!(group.ended_after(proposal), just_before(days(9)));
    let mut late = with("hold");
    let proposal = late.open("ana", &[text("policy")]);
    late.wait(days(7));
    assert_refused!(late.agree("ben", proposal), Conflict::Late { .. });
}

#[test]
fn it_does_not_start_over_a_standing_objection() {
    let mut group = with("hold");
    let proposal = group.open("ana", &[text("policy")]);
    let objection = group.object("ben", proposal).unwrap();
    group.agree("cem", proposal).unwrap();
    assert_eq!(closes(&group, proposal), days(7));
    group.tick(DAY);
    group.withdraw("ben", objection).unwrap();
    assert_eq!(closes(&group, proposal), days(3));
}

#[test]
fn an_objection_holds_it_until_it_is_withdrawn() {
    let (mut group, proposal) = started("hold");
    group.tick(DAY);
    let objection = group.object("cem", proposal).unwrap();
    assert_eq!(closes(&group, proposal), days(11), "held, until the latest end");
    let mut soon = group.clone();
    soon.tick(hours(12));
    soon.withdraw("cem", objection).unwrap();
    assert_eq!(closes(&soon, proposal), days(3), "the period runs on as if nothing had been");
    group.tick(days(3));
    assert!(group.is_open(proposal));
    group.withdraw("cem", objection).unwrap();
    group.tick(ms(0));
    assert_eq!((group.ended_after(proposal), group.ended(proposal)), (days(5), Outcome::Applied));
}

#[test]
fn an_objection_restarts_it_when_it_is_withdrawn() {
    let (mut group, proposal) = started("restart");
    group.tick(DAY);
    let objection = group.object("cem", proposal).unwrap();
    group.tick(hours(12));
    group.withdraw("cem", objection).unwrap();
    assert_eq!(closes(&group, proposal).millis(), hours(24 + 24 + 12 + 48).millis(), "a full period from then");
    group.tick(days(9));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn the_latest_end_decides_with_what_stands() {
    for on_objection in ["hold", "restart"] {
        let (mut group, proposal) = started(on_objection);
        group.object("cem", proposal).unwrap();
        group.tick(just_before(days(10)));
        assert!(group.is_open(proposal));
        group.tick(ms(1));
        assert_eq!(group.reason(proposal), Reason::ObjectionsStand { count: 1 }, "{on_objection}");
        assert_eq!(group.ended_after(proposal), days(11), "ten days after the first start");
    }
}

#[test]
fn restarts_end_at_the_latest_end() {
    let (mut group, proposal) = started("restart");
    for at in 0..9 {
        let of = ["cem", "dan"][at % 2];
        let objection = group.object(of, proposal).unwrap();
        group.withdraw(of, objection).unwrap();
        group.tick(DAY);
    }
    let objection = group.object("eva", proposal).unwrap();
    group.withdraw("eva", objection).unwrap();
    assert_eq!(closes(&group, proposal), days(11));
    group.tick(DAY);
    assert_eq!((group.ended_after(proposal), group.ended(proposal)), (days(11), Outcome::Applied));
}

#[test]
fn it_has_no_extension_by_a_tenth() {
    let (mut group, proposal) = started("hold");
    group.tick(just_before(days(2)));
    let objection = group.object("cem", proposal).unwrap();
    group.withdraw("cem", objection).unwrap();
    assert_eq!(closes(&group, proposal), days(3));
}

#[test]
fn the_end_itself_is_too_late_for_an_objection() {
    let (mut group, proposal) = started("hold");
    group.wait(days(2));
    assert_refused!(group.object("cem", proposal), Conflict::Late { .. });
}

#[test]
fn a_new_version_starts_anew() {
    let (mut group, proposal) = started("hold");
    group.tick(DAY);
    group.amend("ana", proposal, &[text("policy")]).unwrap();
    assert!(group.shown(proposal).polls[0].final_period.is_none());
    assert_eq!(closes(&group, proposal), days(9), "a full window, in which the floor is to be met again");
    group.tick(DAY);
    group.agree("ben", proposal).unwrap();
    assert_eq!(closes(&group, proposal), days(5));
}

#[test]
fn the_minimum_time_holds_where_the_period_is_shorter() {
    let rule = r#"{ "consent": { "quorum": "1/5", "minimum": "3d",
        "final_period": { "length": "1d", "on_objection": "hold", "latest": "1d" } } }"#;
    let mut group = Group::five(rule);
    let proposal = group.open("ana", &[text("policy")]);
    assert_eq!(closes(&group, proposal), days(3));
    group.tick(days(2));
    let objection = group.object("cem", proposal).expect("it is open");
    group.tick(hours(12));
    group.withdraw("cem", objection).unwrap();
    group.tick(days(1));
    assert_eq!((group.ended_after(proposal), group.ended(proposal)), (days(3), Outcome::Applied));
}

#[test]
fn a_removal_may_start_it() {
    let mut group = Group::five(
        r#"{ "consent": { "quorum": "1/1", "closing": "9d",
            "final_period": { "length": "2d", "on_objection": "hold", "latest": "4d" } } }"#,
    );
    let proposal = group.open("ana", &[text("policy")]);
    for of in ["ben", "cem", "dan"] {
        group.agree(of, proposal).unwrap();
    }
    assert!(group.shown(proposal).polls[0].final_period.is_none());
    group.carry("ana", &[drop_member("eva")]);
    assert_eq!(closes(&group, proposal), days(3), "the removal was carried out after a day");
}

#[test]
fn the_order_of_statements_in_one_entry_does_not_matter() {
    let answer = |group: &Group, of: &str, proposal, answer| {
        group.statement(
            of,
            Act::Respond(Response { proposal, version: 1, answer, reason: Some(body("why")), weighs: Vec::new() }),
        )
    };
    for on_objection in ["hold", "restart"] {
        let told: Vec<Span> = [false, true]
            .into_iter()
            .map(|turned| {
                let mut group = with(on_objection);
                let proposal = group.open("ana", &[text("policy")]);
                let mut both =
                    [answer(&group, "ben", proposal, Answer::Agree), answer(&group, "cem", proposal, Answer::Object)];
                if turned {
                    both.reverse();
                }
                group.admit(&both).unwrap();
                closes(&group, proposal)
            })
            .collect();
        assert_eq!(told, [days(7); 2], "the floor was never met without the objection");
    }
}

#[test]
fn a_statement_beside_the_withdrawal_that_ends_it_is_not_too_late() {
    let (mut group, proposal) = started("hold");
    let objection = group.object("cem", proposal).unwrap();
    group.tick(days(3));
    let both = [
        group.statement("cem", Act::Withdraw { target: objection }),
        group.statement(
            "dan",
            Act::Respond(Response {
                proposal,
                version: 1,
                answer: Answer::Object,
                reason: Some(body("why")),
                weighs: Vec::new(),
            }),
        ),
    ];
    group.admit(&both).expect("all of one entry come at one moment");
    assert_eq!(closes(&group, proposal), days(11));
}

/// A proposal in two domains: one with a final period of two days, one that closes after seven.
fn beside(policy_closing: &str) -> Result<(Group, ProposalId), Refusal> {
    let mut group = with("hold");
    let mut plain = group.domain("principles");
    let Rule::Consent(rule) = &mut plain.rule else { panic!() };
    (rule.quorum, rule.closing) = ("1/5".parse().unwrap(), policy_closing.parse().unwrap());
    group.carry("ana", &[Effect::SetDomain(plain)]);
    let proposal = group.propose("ana", &[text("policy"), text("principles")])?;
    group.agree("ben", proposal)?;
    Ok((group, proposal))
}

#[test]
fn beside_another_domain_the_latest_end_counts() {
    let (mut group, proposal) = beside("7d").unwrap();
    assert_eq!(closes(&group, proposal), days(7));
    group.tick(days(3));
    let objection: StatementId = group.object("cem", proposal).unwrap();
    assert_eq!(closes(&group, proposal), days(10), "an objection counts as long as the proposal is open");
    group.withdraw("cem", objection).unwrap();
    for of in ["cem", "dan", "eva"] {
        group.agree(of, proposal).unwrap();
    }
    group.tick(ms(0));
    assert_eq!(group.ended(proposal), Outcome::Applied, "early, once all have answered and the period is over");

    let (mut group, proposal) = beside("1d").unwrap();
    assert_eq!(closes(&group, proposal), days(2));
    group.tick(days(2));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn nothing_starts_or_ends_it_once_the_time_is_up() {
    let mut group = Group::five(
        r#"{ "consent": { "quorum": "1/1",
            "final_period": { "length": "2d", "on_objection": "hold", "latest": "4d" } } }"#,
    );
    let proposal = group.open("ana", &[text("policy")]);
    for of in ["ben", "cem", "dan"] {
        group.agree(of, proposal).unwrap();
    }
    let removal = group.open("ana", &[drop_member("eva")]);
    for of in ["ben", "cem", "dan"] {
        group.agree(of, removal).unwrap();
    }
    assert_eq!(closes(&group, proposal), days(7));
    group.wait(days(7));
    group.close(removal).unwrap();
    assert_eq!(closes(&group, proposal), days(7), "the removal makes it pass, but too late for a final period");
    group.close(proposal).unwrap();
    assert_eq!(group.ended(proposal), Outcome::Applied, "who left without an answer is not counted");
}
