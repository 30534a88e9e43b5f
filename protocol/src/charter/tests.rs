//! Which charter can stand, and who is eligible by it.

use super::{
    AgentLimits, CallIn, Charter, Consent, Holder, Member, MemberKind, Owner, RawCharter, RawError, RawResource, Rule,
};
use crate::{
    cbor,
    fixture::{charter, days, key, ms, name, person, public, start},
    limits::{ENTRY_BYTES, KEYS, TEXT_BYTES, TITLE_BYTES},
    name::Name,
    time::{RawDate, Span},
};

/// The part of the fixture's charter that cannot stand after `change`; none if it can.
fn problem(change: impl FnOnce(&mut Charter)) -> Option<String> {
    let mut charter = charter();
    change(&mut charter);
    charter.check().err().map(|error| error.place)
}

fn with_member(of: &str, change: impl FnOnce(&mut Member)) -> Option<String> {
    problem(|charter| change(charter.members.find_mut(&name(of)).unwrap()))
}

fn with_agent(change: impl FnOnce(&mut AgentLimits)) -> Option<String> {
    with_member("bot", |member| {
        let MemberKind::Agent(limits) = &mut member.kind else { panic!("bot is an agent") };
        change(limits);
    })
}

fn with_rule(of: &str, change: impl FnOnce(&mut Rule)) -> Option<String> {
    problem(|charter| change(&mut charter.domains.find_mut(&name(of)).unwrap().rule))
}

fn with_consent(change: impl FnOnce(&mut Consent)) -> Option<String> {
    with_rule("policy", |rule| {
        let Rule::Consent(consent) = rule else { panic!("policy is decided by consent") };
        change(consent);
    })
}

fn with_call_in(change: impl FnOnce(&mut CallIn)) -> Option<String> {
    with_rule("purchases", |rule| {
        let Rule::Delegate(delegate) = rule else { panic!("purchases are a delegate's") };
        change(delegate.call_in.as_mut().unwrap());
    })
}

fn at(place: &str) -> Option<String> {
    Some(place.to_owned())
}

#[test]
fn the_charter_of_the_tests_can_stand() {
    assert_eq!(problem(|_| {}), None);
    let bytes = cbor::encode(&charter());
    assert_eq!(cbor::decode::<Charter>(&bytes, ENTRY_BYTES), Ok(charter()));
}

#[test]
fn texts_are_there_and_not_too_long() {
    assert_eq!(problem(|charter| charter.purpose.clear()), at("purpose"));
    assert_eq!(problem(|charter| charter.purpose = "x".repeat(TEXT_BYTES + 1)), at("purpose"));
    assert_eq!(problem(|charter| charter.purpose = "x".repeat(TEXT_BYTES)), None);
    assert_eq!(problem(|charter| charter.values = vec!["Salt".into(), String::new()]), at("values[1]"));
    assert_eq!(problem(|charter| charter.values[0] = "x".repeat(TITLE_BYTES + 1)), at("values[0]"));
    assert_eq!(problem(|charter| charter.values = vec!["x".into(); 65]), at("values"));
}

#[test]
fn digests_leave_room_for_other_entries() {
    for (every, expected) in [(0, at("times.digest_every")), (1, at("times.digest_every")), (2, None)] {
        assert_eq!(problem(|charter| charter.times.digest_every = every), expected);
    }
}

#[test]
fn at_least_one_member_is_a_person() {
    let only_agents = |charter: &mut Charter| {
        let agent = charter.members.find(&name("bot")).unwrap().kind.clone();
        for of in ["ana", "ben", "cem"] {
            charter.members.find_mut(&name(of)).unwrap().kind = agent.clone();
        }
    };
    assert_eq!(problem(only_agents), at("members"));
}

#[test]
fn keys_are_one_members_each_sorted_and_few() {
    assert_eq!(with_member("ben", |ben| ben.keys.clear()), at("members.ben"));
    for taken in ["ana", "host", "node"] {
        assert_eq!(with_member("ben", |ben| ben.keys = vec![public(taken)]), at("members.ben"), "{taken}");
    }
    let mut two = [public("ben"), public("ben/2")];
    two.sort();
    assert_eq!(with_member("ben", |ben| ben.keys = two.to_vec()), None);
    two.reverse();
    assert_eq!(with_member("ben", |ben| ben.keys = two.to_vec()), at("members.ben.keys"));
    assert_eq!(with_member("ben", |ben| ben.keys = vec![public("ben"); 2]), at("members.ben.keys"));
    let mut many: Vec<_> = (0..=KEYS).map(|at| public(&format!("ben/{at}"))).collect();
    many.sort();
    assert_eq!(with_member("ben", |ben| ben.keys = many), at("members.ben.keys"));
}

#[test]
fn an_agent_has_a_person_as_sponsor_and_a_scope_of_domains() {
    for nobody in ["bot", "dan"] {
        assert_eq!(with_agent(|limits| limits.sponsor = name(nobody)), at("members.bot"));
    }
    assert_eq!(with_agent(|limits| limits.scope = vec![name("nowhere")]), at("members.bot"));
    assert_eq!(with_agent(|limits| limits.scope.reverse()), at("members.bot.scope"));
    assert_eq!(with_agent(|limits| limits.scope.clear()), None);
}

#[test]
fn holders_are_members_and_terms_end_after_they_start() {
    let with_holder = |member: &str, from: Span, until: Span| {
        problem(|charter| {
            let role = charter.roles.find_mut(&name("keeper")).unwrap();
            role.holders.put(Holder { member: name(member), from: start() + from, until: start() + until });
        })
    };
    assert_eq!(with_holder("cem", days(1), days(2)), None);
    assert_eq!(with_holder("dan", days(1), days(2)), at("roles.keeper"));
    assert_eq!(with_holder("cem", days(2), days(2)), at("roles.keeper"));
    assert_eq!(with_holder("cem", days(2), days(1)), at("roles.keeper"));
}

#[test]
fn the_charter_decides_about_itself() {
    assert_eq!(problem(|charter| drop(charter.domains.take(&name("charter")))), at("domains"));
}

#[test]
fn purpose_and_belonging_are_for_people_only() {
    for reserved in ["charter", "membership"] {
        let opened = problem(|charter| charter.domains.find_mut(&name(reserved)).unwrap().people_only = false);
        assert_eq!(opened, Some(format!("domains.{reserved}")));
    }
    let federation = |charter: &mut Charter| {
        let domain = charter.domains.find(&name("policy")).unwrap().clone();
        charter.domains.put(super::Domain { name: name("federation"), ..domain });
    };
    assert_eq!(problem(federation), at("domains.federation"));
}

#[test]
fn owners_are_roles_of_the_group_and_a_delegate_is_one() {
    let owned = |of: &str, owner: Owner| problem(|charter| charter.domains.find_mut(&name(of)).unwrap().owner = owner);
    assert_eq!(owned("policy", Owner::Role(name("cook"))), at("domains.policy"));
    assert_eq!(owned("tools", Owner::Role(name("cook"))), at("domains.tools"));
    assert_eq!(owned("tools", Owner::Group), at("domains.tools"));
    assert_eq!(owned("policy", Owner::Role(name("keeper"))), None);
}

#[test]
fn windows_are_not_empty_and_the_minimum_fits_into_the_closing_time() {
    let place = || at("domains.policy.rule");
    assert_eq!(with_consent(|rule| (rule.closing, rule.minimum) = (Span::ZERO, Span::ZERO)), place());
    assert_eq!(with_consent(|rule| (rule.closing, rule.minimum) = (days(1), ms(days(1).millis() + 1))), place());
    assert_eq!(with_consent(|rule| (rule.closing, rule.minimum) = (days(1), days(1))), None);
    for (versions, fits) in [(0, false), (1, true), (100, true), (101, false)] {
        assert_eq!(with_consent(|rule| rule.versions = versions).is_none(), fits, "{versions}");
    }
    assert_eq!(with_call_in(|call_in| call_in.window = Span::ZERO), at("domains.purchases.rule"));
    assert_eq!(with_call_in(|call_in| call_in.rule.versions = 0), at("domains.purchases.rule.call_in"));
    let longer = |call_in: &mut CallIn| call_in.rule.minimum = days(6);
    assert_eq!(with_call_in(longer), at("domains.purchases.rule.call_in"));
}

#[test]
fn the_eligible_are_all_members_or_the_holders_of_the_role() {
    let charter = charter();
    let eligible = |of: &str, day| -> Vec<String> {
        let domain = charter.domains.find(&name(of)).unwrap();
        charter.eligible(domain, start() + days(day)).iter().map(Name::to_string).collect()
    };
    assert_eq!(eligible("charter", 0), ["ana", "ben", "cem"]);
    assert_eq!(eligible("policy", 59), ["ana", "ben", "bot", "cem"]);
    assert_eq!(eligible("policy", 60), ["ana", "ben", "cem"], "the agent has ended");
    assert_eq!(eligible("tools", 29), ["ben"]);
    assert_eq!(eligible("tools", 30), [""; 0], "the term has ended");
    assert_eq!(eligible("purchases", 0), ["ana"], "the agent's scope makes it no treasurer");
}

#[test]
fn a_key_belongs_to_one_member() {
    let charter = charter();
    assert_eq!(charter.member_of(&public("ben")).map(|member| &member.name), Some(&name("ben")));
    assert_eq!(charter.member_of(&public("dan")), None);
    assert_eq!(charter.member_of(&public("host")), None);
    assert_eq!(charter.people(), 3);
}

/// The fixture's charter as a file.
fn raw() -> RawCharter {
    let charter = crate::fixture::raw_charter();
    assert!(charter.members.values().all(|member| member.keys.is_empty()));
    charter
}

#[test]
fn a_charter_file_needs_a_key_for_each_member() {
    let but_cems = |of: &Name| (of.as_str() != "cem").then(|| key(of.as_str()).public());
    let refused = raw().resolve(start(), charter().host, &but_cems);
    assert_eq!(refused, Err(RawError::NoKey(name("cem"))));
}

#[test]
fn a_charter_file_gives_one_term_to_a_holder() {
    let mut raw = raw();
    let keeper = raw.roles.get_mut(&name("keeper")).unwrap();
    keeper.holders.push(keeper.holders[0].clone());
    let refused = raw.resolve(start(), charter().host, &|of| Some(person(of.as_str()).keys[0]));
    assert_eq!(refused, Err(RawError::TwoTerms { role: name("keeper"), member: name("ben") }));
}

#[test]
fn a_charter_file_says_which_date_it_cannot_read() {
    let mut raw = raw();
    raw.roles.get_mut(&name("keeper")).unwrap().holders[0].until = RawDate("soon".into());
    let refused = raw.resolve(start(), charter().host, &|of| Some(person(of.as_str()).keys[0]));
    assert!(matches!(&refused, Err(RawError::Date { place, .. }) if place == "roles.keeper.holders.ben.until"));
}

#[test]
fn a_charter_that_is_scaled_down_can_stand() {
    let kinds = [
        r#"{ "slots": { "horizon": "90d" } }"#,
        r#"{ "budget": { "from": "2026-01-01", "every": { "months": 1 }, "horizon": "28d" } }"#,
        r#"{ "budget": { "from": "2026-01-01", "every": { "span": "7d" }, "horizon": "365d" } }"#,
    ];
    for scale in [1, 7, 1000, 86_400, 1_000_000_000_000] {
        let mut raw = raw();
        for (at, kind) in kinds.into_iter().enumerate() {
            let resource = RawResource {
                purpose: "To share".into(),
                unit: "cent".into(),
                domain: name("charter"),
                kind: serde_json::from_str(kind).unwrap(),
                capacity: 100,
                grants: serde_json::from_str(r#"{ "share": "1/10", "per": "30d" }"#).unwrap(),
            };
            raw.resources.insert(name(&format!("resource-{at}")), resource);
        }
        raw.scale_down(scale);
        assert!(!format!("{:?}", raw.resources[&name("resource-1")]).contains("Months"), "months have no fixed length");
        raw.resolve(start(), charter().host, &|of| Some(person(of.as_str()).keys[0])).expect("it can stand");
    }
}
