//! Each finding in a charter that shows it, and in one that does not.

use super::{Finding, Severity};
use crate::{
    charter::{AgentLimits, Charter, Domain, Holder, MemberKind, Owner, Reversibility, Rule, Stakes},
    fixture::{charter, days, name, person, rule, start},
    resource::{Kind, Resource, Slots},
    time::{Span, Timestamp},
};

/// A change of the fixture's charter.
type Change = fn(&mut Charter);

fn domain<'a>(charter: &'a mut Charter, of: &str) -> &'a mut Domain {
    charter.domains.find_mut(&name(of)).unwrap()
}

fn agent(charter: &mut Charter) -> &mut AgentLimits {
    let MemberKind::Agent(limits) = &mut charter.members.find_mut(&name("bot")).unwrap().kind else {
        panic!("bot is an agent")
    };
    limits
}

/// The only holder of a role: ana or ben, from the founding.
fn term(charter: &mut Charter, role: &str, until: Timestamp) {
    let role = charter.roles.find_mut(&name(role)).unwrap();
    let member = role.holders.iter().next().unwrap().member.clone();
    role.holders.put(Holder { member, from: start(), until });
}

fn found(change: Change) -> Vec<Finding> {
    let mut charter = charter();
    change(&mut charter);
    charter.check().expect("a finding is about a charter that can stand");
    charter.lint(start() + days(1))
}

/// Asserts that `bad` shows what `good` does not.
#[track_caller]
fn shows(severity: Severity, place: &str, what: &str, bad: Change, good: Change) {
    let is = |finding: &Finding| finding.place == place && finding.what.contains(what);
    let bad = found(bad);
    let seen = bad.iter().find(|finding| is(finding)).unwrap_or_else(|| panic!("{what}: {bad:#?}"));
    assert_eq!(seen.severity, severity, "{seen:?}");
    assert!(!seen.remedy.is_empty());
    assert!(!found(good).iter().any(is), "{what}");
}

const AS_IT_IS: Change = |_| {};
use Severity::{Error, Hint, Warning};

#[test]
fn the_charter_of_the_tests_has_no_error() {
    let findings = found(AS_IT_IS);
    assert!(findings.iter().all(|finding| finding.severity != Error), "{findings:#?}");
    assert!(findings.is_sorted_by_key(|finding| finding.severity));
}

#[test]
fn gaps_are_found() {
    let bare: Change = |charter| {
        agent(charter).scope.clear();
        for of in ["policy", "principles", "purchases", "tools"] {
            charter.domains.take(&name(of));
        }
    };
    shows(Warning, "domains", "everyday work", bare, AS_IT_IS);
    shows(Hint, "roles", "keeper", |charter| drop(charter.domains.take(&name("tools"))), AS_IT_IS);
}

#[test]
fn overlaps_are_found() {
    let both = "domains.policy and domains.tools";
    let same: Change = |charter| domain(charter, "tools").purpose = "How WE work.".into();
    shows(Warning, both, "say the same", same, AS_IT_IS);
    let part: Change = |charter| {
        domain(charter, "policy").purpose = "Knives and boards".into();
        domain(charter, "tools").purpose = "Knives, boards, pans".into();
    };
    shows(Hint, both, "a part of the other's", part, AS_IT_IS);
    let named = |charter: &mut Charter, like: &str| {
        let like = domain(charter, like).clone();
        charter.domains.put(Domain { name: name("policy-night"), purpose: "At night".into(), ..like });
    };
    let other_rule: Change = |charter| {
        let tools = domain(charter, "tools").clone();
        charter.domains.put(Domain { name: name("policy-night"), purpose: "At night".into(), ..tools });
    };
    shows(Hint, "domains.policy and domains.policy-night", "by their names", other_rule, AS_IT_IS);
    let mut alike = charter();
    named(&mut alike, "policy");
    assert!(
        !alike.lint(start()).iter().any(|finding| finding.place.contains("policy-night")),
        "the same people decide"
    );
}

#[test]
fn a_charter_that_nobody_can_change_is_an_error() {
    let locked: Change = |charter| {
        domain(charter, "charter").owner = Owner::Role(name("keeper"));
        term(charter, "keeper", start() + days(1));
    };
    let running: Change = |charter| domain(charter, "charter").owner = Owner::Role(name("keeper"));
    shows(Error, "domains.charter", "never change", locked, running);
    shows(Warning, "roles.keeper", "decides about the charter", running, AS_IT_IS);
}

/// Gives the group slots that the domain of tools promises, whose only decider is ben, the keeper.
fn barn(charter: &mut Charter, capacity: u64, horizon: Span) {
    charter.resources.put(Resource {
        name: name("barn"),
        purpose: "A roof".into(),
        unit: "barn".into(),
        domain: name("tools"),
        kind: Kind::Slots(Slots { horizon }),
        capacity,
        grants: None,
    });
}

#[test]
fn what_can_never_be_promised_is_found() {
    let good: Change = |charter| barn(charter, 1, days(365));
    let place = "resources.barn";
    shows(Warning, place, "its capacity is 0", |charter| barn(charter, 0, days(365)), good);
    let ended: Change = |charter| {
        barn(charter, 1, days(365));
        term(charter, "keeper", start() + days(1));
    };
    shows(Error, place, "nobody can promise it", ended, good);
    let near: Change = |charter| barn(charter, 1, Span::from_secs(60));
    shows(Warning, place, "is promised 1m ahead", near, good);
    let slow: Change = |charter| {
        barn(charter, 1, days(365));
        domain(charter, "tools").rule = rule(r#"{ "delegate": { "closing": "30d" } }"#);
    };
    shows(Hint, place, "no hold of it lasts longer", slow, good);
}

#[test]
fn domains_in_which_nobody_or_one_alone_decides_are_found() {
    let ended: Change = |charter| term(charter, "keeper", start() + days(1));
    shows(Warning, "domains.tools", "nobody is eligible", ended, AS_IT_IS);
    let agents: Change = |charter| {
        let role = charter.roles.find_mut(&name("keeper")).unwrap();
        role.holders.take(&name("ben"));
        role.holders.put(Holder { member: name("bot"), from: start(), until: start() + days(90) });
        domain(charter, "tools").people_only = true;
    };
    shows(Warning, "domains.tools", "nobody is eligible", agents, AS_IT_IS);
    let one: Change = |charter| domain(charter, "policy").owner = Owner::Role(name("keeper"));
    shows(Warning, "domains.policy", "ben alone", one, AS_IT_IS);
    let consensus_of_one: Change = |charter| {
        domain(charter, "policy").owner = Owner::Role(name("keeper"));
        domain(charter, "policy").rule = rule(r#"{ "consensus": { "asides": 0 } }"#);
    };
    shows(Warning, "domains.policy", "consensus of one", consensus_of_one, AS_IT_IS);
    let gatekeeper: Change = |charter| domain(charter, "membership").owner = Owner::Role(name("keeper"));
    shows(Warning, "domains.membership", "can never be removed", gatekeeper, AS_IT_IS);
}

#[test]
fn quorums_that_ordinary_life_misses_are_found() {
    let all: Change = |charter| domain(charter, "policy").rule = rule(r#"{ "consent": { "quorum": "1/1" } }"#);
    shows(Warning, "domains.policy", "only 3 are people", all, AS_IT_IS);
    let silent: Change = |charter| charter.participation.silent_after = Some(days(90));
    shows(Hint, "domains.principles", "all 3 must answer", AS_IT_IS, silent);
    let lazy: Change = |charter| domain(charter, "policy").rule = rule(r#"{ "consent": { "quorum": "0/1" } }"#);
    shows(Hint, "domains.policy", "one answer of 4", lazy, AS_IT_IS);
    let grave: Change = |charter| {
        domain(charter, "policy").rule = rule(r#"{ "consent": { "quorum": "0/1" } }"#);
        domain(charter, "policy").stakes = Stakes::High;
    };
    shows(Warning, "domains.policy", "one answer of 4", grave, AS_IT_IS);
}

#[test]
fn tests_and_advice_without_others_are_found() {
    let tested: Change = |charter| {
        let rule = rule(r#"{ "consent": { "quorum": "1/2", "objection_test": "2/3" } }"#);
        domain(charter, "membership").rule = rule;
    };
    let four: Change = |charter| {
        let rule = rule(r#"{ "consent": { "quorum": "1/2", "objection_test": "2/3" } }"#);
        domain(charter, "membership").rule = rule;
        charter.members.put(person("dan"));
    };
    shows(Warning, "domains.membership", "of 3 too few", tested, four);
    let own: Change = |charter| domain(charter, "tools").rule = rule(r#"{ "consult": { "ask": ["role:keeper"] } }"#);
    let others: Change = |charter| domain(charter, "tools").rule = rule(r#"{ "consult": { "ask": ["group"] } }"#);
    shows(Warning, "domains.tools", "nobody is asked", own, others);
}

#[test]
fn terms_that_are_over_or_endless_are_found() {
    let over: Change = |charter| term(charter, "keeper", start() + days(1));
    shows(Warning, "roles.keeper", "has ended", over, AS_IT_IS);
    let endless: Change = |charter| term(charter, "keeper", Timestamp::MAX);
    shows(Warning, "roles.keeper", "without an end", endless, AS_IT_IS);
    let empty: Change = |charter| drop(charter.roles.find_mut(&name("keeper")).unwrap().holders.take(&name("ben")));
    shows(Hint, "roles.keeper", "nobody holds it", empty, AS_IT_IS);
}

#[test]
fn a_holder_without_a_successor_is_found() {
    let follows: Change = |charter| {
        let keeper = charter.roles.find_mut(&name("keeper")).unwrap();
        keeper.holders.put(Holder { member: name("cem"), from: start() + days(30), until: start() + days(60) });
    };
    shows(Warning, "roles.keeper", "nobody follows", AS_IT_IS, follows);
    let long: Change = |charter| term(charter, "keeper", start() + days(90));
    shows(Hint, "roles.keeper", "without a successor", long, follows);
    let high: Change = |charter| {
        term(charter, "keeper", start() + days(90));
        domain(charter, "tools").stakes = Stakes::High;
    };
    shows(Warning, "roles.keeper", "the stakes of tools are high", high, long);
}

#[test]
fn light_rungs_are_found_where_stakes_are_high() {
    let high: Change = |charter| domain(charter, "tools").stakes = Stakes::High;
    let called: Change = |charter| domain(charter, "purchases").stakes = Stakes::High;
    shows(Warning, "domains.tools", "nobody can call it in", high, AS_IT_IS);
    shows(Warning, "domains.tools", "nobody can call it in", high, called);
    let grave: Change = |charter| {
        let domain = domain(charter, "purchases");
        (domain.stakes, domain.reversibility) = (Stakes::High, Reversibility::Irreversible);
    };
    shows(Warning, "domains.purchases", "cannot be undone", grave, called);
    let few: Change = |charter| {
        let domain = domain(charter, "policy");
        (domain.stakes, domain.reversibility) = (Stakes::High, Reversibility::Irreversible);
        let vote = r#"{ "vote": { "quorum": "1/4", "yes": { "more_than": "1/2" }, "of": "votes" } }"#;
        domain.rule = rule(vote);
    };
    let many: Change = |charter| {
        let domain = domain(charter, "policy");
        (domain.stakes, domain.reversibility) = (Stakes::High, Reversibility::Irreversible);
        let vote = r#"{ "vote": { "quorum": "1/2", "yes": { "more_than": "1/2" }, "of": "votes" } }"#;
        domain.rule = rule(vote);
    };
    shows(Warning, "domains.policy", "lets a few decide", few, many);
}

#[test]
fn a_charter_that_is_easier_to_change_than_to_apply_is_found() {
    let voted: Change = |charter| {
        let vote = r#"{ "vote": { "quorum": "1/2", "yes": { "more_than": "1/2" }, "of": "votes" } }"#;
        domain(charter, "membership").rule = rule(vote);
    };
    shows(Warning, "domains.membership", "by vote", voted, AS_IT_IS);
    let alone: Change = |charter| {
        domain(charter, "membership").owner = Owner::Role(name("keeper"));
        domain(charter, "membership").rule = rule(r#"{ "delegate": {} }"#);
    };
    shows(Warning, "domains.membership", "one person changes it", alone, AS_IT_IS);
    let equal: Change = |charter| domain(charter, "principles").rule = domain(charter, "charter").rule.clone();
    shows(Hint, "domains.charter", "lower than that of 'principles'", AS_IT_IS, equal);
    shows(
        Error,
        "participation.call_ins",
        "no member may ever",
        |charter| charter.participation.call_ins = 0,
        AS_IT_IS,
    );
}

#[test]
fn times_that_do_not_fit_are_found() {
    let late: Change = |charter| {
        let Rule::Delegate(rule) = &mut domain(charter, "purchases").rule else { panic!("a delegate's") };
        rule.call_in.as_mut().unwrap().window = days(4);
    };
    shows(Warning, "domains.purchases", "longer than the 3d", late, AS_IT_IS);
    let period: Change = |charter| {
        let text = r#"{ "consent": { "quorum": "1/2", "closing": "5d",
            "final_period": { "length": "6d", "on_objection": "hold", "latest": "9d" } } }"#;
        domain(charter, "policy").rule = rule(text);
    };
    let short: Change = |charter| {
        let text = r#"{ "consent": { "quorum": "1/2", "closing": "7d",
            "final_period": { "length": "6d", "on_objection": "hold", "latest": "9d" } } }"#;
        domain(charter, "policy").rule = rule(text);
    };
    shows(Warning, "domains.policy", "the final period of 6d", period, short);
    shows(Warning, "times.receipt", "closes after 3d", |charter| charter.times.receipt = days(3), AS_IT_IS);
    let hasty: Change = |charter| charter.participation.silent_after = Some(days(7));
    let patient: Change = |charter| charter.participation.silent_after = Some(days(8));
    shows(Warning, "participation.silent_after", "is left out", hasty, patient);
    let reviewed: Change = |charter| {
        for of in ["policy", "principles", "purchases", "tools"] {
            match &mut domain(charter, of).rule {
                Rule::Consent(rule) => rule.review = Some(Span::from_days(365)),
                Rule::Delegate(rule) => rule.review = Some(Span::from_days(365)),
                other => panic!("{other}"),
            }
        }
    };
    shows(Hint, "domains", "never due for review", AS_IT_IS, reviewed);
}

#[test]
fn agents_that_reach_nothing_or_too_much_are_found() {
    shows(Warning, "members.bot", "ended", |charter| agent(charter).until = start() + days(1), AS_IT_IS);
    shows(Warning, "members.bot", "is empty", |charter| agent(charter).scope.clear(), AS_IT_IS);
    let reserved: Change = |charter| agent(charter).scope = vec![name("principles"), name("purchases")];
    shows(Hint, "members.bot", "propose and advise only", reserved, AS_IT_IS);
    let treasurer: Change = |charter| {
        let role = charter.roles.find_mut(&name("treasurer")).unwrap();
        role.holders.put(Holder { member: name("bot"), from: start(), until: start() + days(30) });
        domain(charter, "purchases").stakes = Stakes::High;
    };
    shows(Warning, "members.bot", "software decides alone", treasurer, AS_IT_IS);
}
