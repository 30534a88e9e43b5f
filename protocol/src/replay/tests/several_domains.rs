//! One proposal in several domains: each rule is passed from one set of responses.

use crate::{
    charter::Domain,
    decision::Outcome,
    effect::Effect,
    fixture::{DAY, Group, days, drop_member, hours, ms, name, person, rule, text},
    id::ProposalId,
    statement::Answer::{self, Abstain, Agree, Aside, Concern, Object},
};

const CONSENSUS: &str = r#"{ "consensus": { "asides": 1, "closing": "4d" } }"#;
const VOTE: &str =
    r#"{ "vote": { "quorum": "1/2", "yes": { "more_than": "1/2" }, "closing": "5d", "minimum": "2d" } }"#;
const CONSENT: &str = r#"{ "consent": { "quorum": "3/5", "closing": "6d" } }"#;

/// Five people who decide in one domain of each rung; the tools are ben's.
fn ladder() -> Group {
    Group::with(|charter| {
        ["dan", "eva"].into_iter().for_each(|handle| drop(charter.members.put(person(handle))));
        let like = charter.domains.find(&name("principles")).unwrap().clone();
        for (domain, json) in [("all", CONSENSUS), ("most", VOTE), ("none-against", CONSENT)] {
            charter.domains.put(Domain { name: name(domain), rule: rule(json), ..like.clone() });
        }
    })
}

/// Which of the domains pass, in the order of their names, when these people answer so.
fn standings(domains: &[&str], answers: &[(&str, Answer)]) -> (Vec<bool>, Outcome) {
    let mut group = ladder();
    let effects: Vec<Effect> = domains.iter().map(|domain| text(domain)).collect();
    let proposal = group.open("ana", &effects);
    for (of, answer) in answers {
        group.answer(of, proposal, *answer).unwrap();
    }
    group.tick(days(9));
    let decision = group.replica.decision(&proposal).unwrap();
    (decision.standings.iter().map(|standing| standing.passes).collect(), decision.outcome.clone())
}

#[test]
fn one_set_of_responses_is_counted_by_each_rule() {
    let all = ["all", "most", "none-against"];
    for (answers, expected) in [
        (vec![("ben", Agree), ("cem", Agree), ("dan", Agree), ("eva", Aside)], [true, true, true]),
        (vec![("ben", Agree), ("cem", Agree), ("dan", Aside), ("eva", Aside)], [false, true, true]),
        (vec![("ben", Abstain), ("cem", Abstain)], [false, true, true]),
        (vec![("ben", Concern), ("cem", Object)], [false, true, false]),
        (vec![("ben", Object), ("cem", Object)], [false, false, false]),
        (vec![("ben", Agree)], [false, false, false]),
    ] {
        let (passes, outcome) = standings(&all, &answers);
        assert_eq!(passes, expected, "{answers:?}");
        let passed = expected.iter().all(|passes| *passes);
        assert_eq!(outcome == Outcome::Applied, passed, "it must pass every domain: {answers:?}");
    }
}

#[test]
fn it_closes_with_the_latest_and_early_only_when_each_may() {
    let mut group = ladder();
    let proposal = group.open("ana", &[text("all"), text("most"), text("none-against")]);
    for of in ["ben", "cem", "dan"] {
        group.agree(of, proposal).unwrap();
    }
    let (mut waits, mut blocked) = (group.clone(), group.clone());
    waits.tick(days(9));
    assert_eq!(waits.ended_after(proposal), days(6));
    group.agree("eva", proposal).unwrap();
    group.tick(days(9));
    assert_eq!(group.ended_after(proposal), days(2), "the longest minimum time");
    blocked.object("eva", proposal).unwrap();
    blocked.tick(days(9));
    assert_eq!(blocked.ended_after(proposal), days(6), "the vote may close, but the others may not");
}

#[test]
fn a_holders_decision_and_the_groups_rule_are_both_needed() {
    for (ben, eva, expected) in
        [(Some(Agree), Agree, true), (None, Agree, false), (Some(Agree), Object, false), (Some(Object), Agree, false)]
    {
        let mut group = ladder();
        let proposal = group.open("ana", &[text("tools"), text("all")]);
        for of in ["cem", "dan"] {
            group.agree(of, proposal).unwrap();
        }
        group.answer("eva", proposal, eva).unwrap();
        if let Some(answer) = ben {
            group.answer("ben", proposal, answer).unwrap();
        }
        group.tick(days(9));
        assert_eq!(group.ended(proposal) == Outcome::Applied, expected, "{ben:?} {eva:?}");
    }
}

#[test]
fn a_holders_one_answer_counts_in_both() {
    let mut group = ladder();
    let proposal = group.open("ana", &[text("tools"), text("all")]);
    group.agree("ben", proposal).unwrap();
    let given = &group.shown(proposal).responses[&name("ben")];
    assert_eq!(given.counts_in, ["all", "tools"].map(name).into());
    let given = &group.shown(proposal).responses[&name("ana")];
    assert_eq!(given.counts_in, [name("all")].into(), "ana keeps no tools");
}

#[test]
fn a_removal_beside_an_agreement_takes_the_say_in_both() {
    let mut group = ladder();
    let proposal = group.open("ana", &[drop_member("eva"), text("all")]);
    for poll in &group.shown(proposal).polls {
        assert!(!poll.eligible.contains(&name("eva")), "{}", poll.domain);
    }
    for of in ["ben", "cem", "dan"] {
        group.agree(of, proposal).unwrap();
    }
    group.tick(DAY);
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn a_change_of_a_domain_passes_its_own_rule_and_the_charters() {
    let mut group = ladder();
    let mut all = group.domain("all");
    all.rule = rule(VOTE);
    let proposal = group.open("ana", &[Effect::SetDomain(all)]);
    let domains: Vec<String> = group.shown(proposal).polls.iter().map(|poll| poll.domain.to_string()).collect();
    assert_eq!(domains, ["all", "charter"]);
    for of in ["ben", "cem", "dan"] {
        group.agree(of, proposal).unwrap();
    }
    group.answer("eva", proposal, Abstain).unwrap();
    group.tick(days(9));
    assert_eq!(group.ended(proposal), Outcome::NotPassed, "consensus is not lifted by a lighter rule");
}

#[test]
fn the_rules_of_the_opening_decide() {
    let mut group = ladder();
    let proposal: ProposalId = group.open("ana", &[text("most")]);
    let pinned = group.shown(proposal).charter;
    let mut most = group.domain("most");
    most.rule = rule(CONSENSUS);
    let change = group.open("ana", &[Effect::SetDomain(most)]);
    for of in ["ben", "cem", "dan", "eva"] {
        group.agree(of, change).unwrap();
    }
    group.tick(days(2));
    assert_eq!(group.ended(change), Outcome::Applied);
    assert_eq!(group.domain("most").rule.rung(), "consensus");
    for of in ["ben", "cem"] {
        group.agree(of, proposal).unwrap();
    }
    group.tick(days(4));
    assert_eq!(group.ended(proposal), Outcome::Applied, "three of five, by the vote of the opening");
    let decision = group.replica.decision(&proposal).unwrap();
    assert_eq!((decision.proposal.charter, pinned != group.replica.charter().hash()), (pinned, true));
}

#[test]
fn an_objection_extends_only_where_it_blocks() {
    let late = |domains: &[&str]| {
        let mut group = ladder();
        let effects: Vec<Effect> = domains.iter().map(|domain| text(domain)).collect();
        let proposal = group.open("ana", &effects);
        group.agree("ben", proposal).unwrap();
        group.agree("cem", proposal).unwrap();
        let closes = group.shown(proposal).closes;
        group.tick(closes.before(hours(1)).since(group.now));
        group.object("eva", proposal).unwrap();
        group.shown(proposal).closes.since(closes).millis() > 0
    };
    assert!(late(&["all"]) && late(&["none-against"]) && late(&["all", "most"]));
    assert!(!late(&["most"]));
    let mut group = ladder();
    let proposal = group.open("ana", &[text("all"), text("most")]);
    group.tick(ms(days(5).millis() - days(5).tenth().millis() - 1));
    group.object("eva", proposal).unwrap();
    assert_eq!(group.shown(proposal).closes.since(group.shown(proposal).opened), days(5), "not the last tenth yet");
}
