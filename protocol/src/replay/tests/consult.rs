//! Consult: the holder decides after the advice, or after the time for it, and weighs all of it.

use crate::{
    charter::{AgentLimits, Holder, Member, MemberKind},
    decision::Outcome,
    effect::Effect,
    error::Refusal,
    fixture::{DAY, Group, assert_refused, body, days, drop_member, hours, ms, name, public, rule, start, text},
    id::{ProposalId, StatementId},
    ladder::Reason,
    statement::{Act, Answer, Response},
};

const RULE: &str = r#"{ "consult": { "ask": ["group"], "advice": "2d", "closing": "4d",
    "call_in": { "window": "2d", "rule": { "quorum": "1/2", "closing": "5d" } } } }"#;

/// Ben keeps the tools, after asking those on the list.
fn with(json: &str) -> Group {
    Group::with(|charter| {
        charter.domains.find_mut(&name("tools")).unwrap().rule = rule(json);
        let MemberKind::Agent(limits) = &mut charter.members.find_mut(&name("bot")).unwrap().kind else { panic!() };
        limits.scope.push(name("tools"));
    })
}

fn decide(
    group: &mut Group,
    of: &str,
    proposal: ProposalId,
    answer: Answer,
    weighs: &[StatementId],
) -> Result<StatementId, Refusal> {
    let version = group.shown(proposal).version();
    let mut weighs = weighs.to_vec();
    weighs.sort();
    group.act(of, Act::Respond(Response { proposal, version, answer, reason: Some(body("because")), weighs }))
}

/// A tool that cem proposes, so ana and bot are asked.
fn asked() -> (Group, ProposalId) {
    let mut group = with(RULE);
    let proposal = group.open("cem", &[text("tools")]);
    (group, proposal)
}

#[test]
fn those_on_the_list_are_asked_but_the_author_and_who_decides() {
    let (group, proposal) = asked();
    assert_eq!(group.shown(proposal).polls[0].asked, ["ana", "bot"].map(name).into());
    let mut group = with(&RULE.replace("group", "role:treasurer"));
    let by_cem = group.open("cem", &[text("tools")]);
    assert_eq!(group.shown(by_cem).polls[0].asked, [name("ana")].into());
    let by_ana = group.open("ana", &[text("tools")]);
    assert!(group.shown(by_ana).polls[0].asked.is_empty());
    group.agree("ben", by_ana).expect("nobody is waited for");
    group.close(by_ana).unwrap();
}

#[test]
fn no_decision_comes_before_all_have_advised() {
    let (mut group, proposal) = asked();
    let awaited = |group: &mut Group| match decide(group, "ben", proposal, Answer::Agree, &[]) {
        Err(Refusal::Premature(crate::error::Premature::AdviceOpen { awaited, .. })) => awaited,
        other => panic!("{other:?}"),
    };
    assert_eq!(awaited(&mut group), "ana, bot");
    let first = group.advise("bot", proposal).unwrap();
    assert_eq!(awaited(&mut group), "ana");
    let second = group.advise("ana", proposal).unwrap();
    decide(&mut group, "ben", proposal, Answer::Agree, &[first, second]).unwrap();
    group.tick(days(2));
    assert_eq!(group.ended(proposal), Outcome::Applied);
    assert_eq!(group.reason(proposal), Reason::DecidedAfterAdvice { by: name("ben"), asked: 2, advised: 2 });
}

#[test]
fn when_the_window_closed_the_decision_waits_for_nobody() {
    let (mut group, proposal) = asked();
    group.tick(ms(days(2).millis() - 1));
    assert_refused!(decide(&mut group, "ben", proposal, Answer::Agree, &[]), Premature::AdviceOpen { .. });
    group.tick(ms(1));
    decide(&mut group, "ben", proposal, Answer::Agree, &[]).unwrap();
    group.tick(days(2));
    assert_eq!(group.reason(proposal), Reason::DecidedAfterAdvice { by: name("ben"), asked: 2, advised: 0 });
}

#[test]
fn a_decision_weighs_all_that_the_asked_gave_on_this_version() {
    let (mut group, proposal) = asked();
    let old = group.advise("ana", proposal).unwrap();
    group.amend("cem", proposal, &[text("tools")]).unwrap();
    group.tick(DAY);
    let first = group.advise("ana", proposal).unwrap();
    let latest = group.advise("ana", proposal).unwrap();
    let other = group.advise("cem", proposal).unwrap();
    let agents = group.advise("bot", proposal).unwrap();
    for wrong in [vec![], vec![latest], vec![first, agents], vec![latest, agents, other], vec![latest, agents, old]] {
        assert_refused!(
            decide(&mut group, "ben", proposal, Answer::Agree, &wrong),
            Conflict::AdviceNotWeighed { given: 2, .. }
        );
    }
    let unsorted = {
        let mut weighs = vec![latest, agents];
        weighs.sort();
        weighs.reverse();
        Act::Respond(Response { proposal, version: 2, answer: Answer::Agree, reason: Some(body("because")), weighs })
    };
    assert_refused!(group.act("ben", unsorted), Conflict::AdviceNotWeighed { .. });
    decide(&mut group, "ben", proposal, Answer::Agree, &[latest, agents]).unwrap();
    assert_eq!(group.shown(proposal).responses[&name("ben")].weighs.len(), 2, "the record holds what was weighed");
}

#[test]
fn a_new_version_asks_anew() {
    let (mut group, proposal) = asked();
    for of in ["ana", "bot"] {
        group.advise(of, proposal).unwrap();
    }
    group.tick(DAY);
    group.amend("cem", proposal, &[text("tools")]).unwrap();
    group.tick(ms(days(2).millis() - 1));
    assert_refused!(decide(&mut group, "ben", proposal, Answer::Agree, &[]), Premature::AdviceOpen { .. });
    group.tick(ms(1));
    decide(&mut group, "ben", proposal, Answer::Agree, &[]).unwrap();
}

#[test]
fn only_a_decision_for_it_weighs_and_needs_the_advice() {
    let (mut group, proposal) = asked();
    let advice = group.advise("ana", proposal).unwrap();
    for answer in [Answer::Object, Answer::Abstain, Answer::Concern, Answer::Advice] {
        assert_refused!(decide(&mut group, "ben", proposal, answer, &[advice]), Malformed::Weighs);
    }
    let plain = group.open("cem", &[text("policy")]);
    let weighed = decide(&mut group, "ben", plain, Answer::Agree, &[advice]);
    assert_refused!(weighed, Conflict::AdviceNotWeighed { given: 0, found: 1, .. });
    decide(&mut group, "ben", proposal, Answer::Object, &[]).expect("to decline takes no advice");
    group.tick(ms(0));
    assert_eq!(group.ended(proposal), Outcome::NotPassed);
    assert_eq!(group.reason(proposal), Reason::Declined { by: name("ben") });
}

#[test]
fn a_decision_says_why_and_comes_in_time() {
    let (mut group, proposal) = asked();
    group.tick(days(2));
    let bare = Response { proposal, version: 1, answer: Answer::Agree, reason: None, weighs: Vec::new() };
    assert_refused!(group.act("ben", Act::Respond(bare)), Malformed::NoReason(_));
    assert_refused!(decide(&mut group, "ana", proposal, Answer::Agree, &[]), Unauthorised::NotEligible { .. });
    group.tick(days(2));
    assert_eq!(group.ended(proposal), Outcome::NotPassed);
    assert_eq!(group.reason(proposal), Reason::NobodyDecided);
}

#[test]
fn who_left_is_not_waited_for() {
    let (mut group, proposal) = asked();
    let advice = group.advise("ana", proposal).unwrap();
    group.carry("cem", &[drop_member("bot")]);
    let decided = decide(&mut group, "ben", proposal, Answer::Agree, &[advice]);
    decided.expect("a member who left cannot advise any more");
}

#[test]
fn an_agent_who_cannot_advise_is_not_waited_for() {
    let agent = |scope: &[&str], until| Member {
        name: name("bot"),
        kind: MemberKind::Agent(AgentLimits {
            sponsor: name("ana"),
            scope: scope.iter().map(|scope| name(scope)).collect(),
            until,
        }),
        keys: vec![public("bot")],
    };
    for bot in [agent(&["policy"], start() + days(60)), agent(&["policy", "tools"], start() + hours(1))] {
        let mut group = Group::with(|charter| {
            charter.domains.find_mut(&name("tools")).unwrap().rule = rule(RULE);
            charter.members.put(bot);
        });
        let proposal = group.open("cem", &[text("tools")]);
        group.wait(hours(1));
        assert_refused!(decide(&mut group, "ben", proposal, Answer::Agree, &[]), Premature::AdviceOpen { .. });
        let advice = group.advise("ana", proposal).unwrap();
        decide(&mut group, "ben", proposal, Answer::Agree, &[advice]).expect("bot cannot advise");
    }
}

#[test]
fn a_successor_does_not_wait_for_the_own_advice() {
    let mut group = with(&RULE.replace("\"4d\"", "\"9d\"").replace("\"2d\", \"closing\"", "\"8d\", \"closing\""));
    let mut keeper = group.replica.charter().roles.find(&name("keeper")).unwrap().clone();
    keeper.holders.take(&name("ben"));
    keeper.holders.put(Holder { member: name("ana"), from: start(), until: start() + days(30) });
    let proposal = group.open("cem", &[text("tools")]);
    let advice = group.advise("bot", proposal).unwrap();
    group.carry("cem", &[Effect::SetRole(keeper)]);
    decide(&mut group, "ana", proposal, Answer::Agree, &[advice]).expect("ana was asked, and decides now");
}

#[test]
fn a_call_in_moves_it_up_to_consent_where_nobody_is_asked() {
    let (mut group, proposal) = asked();
    group.tick(days(2));
    decide(&mut group, "ben", proposal, Answer::Agree, &[]).unwrap();
    group.tick(DAY);
    assert!(group.is_open(proposal), "its effects wait for a call-in");
    group.call_in("ana", proposal).unwrap();
    assert!(group.shown(proposal).polls[0].asked.is_empty());
    group.object("ana", proposal).unwrap();
    group.tick(days(5));
    assert_eq!(group.reason(proposal), Reason::ObjectionsStand { count: 1 });
}
