//! Every template is founded, and decides once in each of its domains.

use std::collections::BTreeSet;

use folkmoot_protocol::{
    charter::{Charter, Finding, Host, Owner, RawCharter, Severity},
    decision::Outcome,
    effect::Effect,
    id::{BodyId, Hash},
    key::{PublicKey, SecretKey},
    name::Name,
    statement::{Act, Answer, Proposal, Response},
    time::{Span, Timestamp},
};
use folkmoot_sim::counterfactual::driver::{Driver, StandIns};

use super::{TEMPLATES, fill};

fn start() -> Timestamp {
    "2026-11-21".parse().unwrap()
}

fn key(of: &str) -> PublicKey {
    SecretKey::from_seed(Hash::of(of.as_bytes()).0).public()
}

/// A template, or the first charter, with so many members.
fn charter(template: Option<&str>, members: usize) -> Charter {
    let handles: Vec<String> = ["ana", "ben", "cem", "dan", "eva", "fay"].map(String::from)[..members].to_vec();
    let text = fill(template, "ours", &handles, &|handle| Some(key(handle).to_string()));
    let raw: RawCharter = toml::from_str(&text).unwrap_or_else(|error| panic!("{template:?}: {error}\n{text}"));
    let host = Host { log_key: key("log"), node: key("node") };
    raw.resolve(start(), host, &|_| None).unwrap_or_else(|error| panic!("{template:?}: {error}"))
}

fn of(severity: Severity, charter: &Charter) -> Vec<Finding> {
    charter.lint(start()).into_iter().filter(|finding| finding.severity == severity).collect()
}

fn all() -> impl Iterator<Item = Option<&'static str>> {
    TEMPLATES.iter().map(|template| Some(template.name)).chain([None])
}

#[test]
fn templates_have_no_errors_and_with_some_members_no_warnings() {
    for template in all() {
        for members in 1..=6 {
            assert_eq!(of(Severity::Error, &charter(template, members)), [], "{template:?} with {members}");
        }
        assert_eq!(of(Severity::Warning, &charter(template, 5)), [], "{template:?}");
    }
}

#[test]
fn templates_name_who_follows_where_there_is_somebody() {
    let terms = |members| {
        let charter = charter(Some("cooperative"), members);
        charter.roles.iter().map(|role| role.holders.len()).collect::<BTreeSet<_>>()
    };
    assert_eq!((terms(1), terms(2)), (BTreeSet::from([1]), BTreeSet::from([2])));
}

#[test]
fn every_domain_of_every_template_decides() {
    for template in all() {
        let charter = charter(template, 5);
        let domains: Vec<Name> = charter.domains.iter().map(|domain| domain.name.clone()).collect();
        let mut keys = StandIns::default();
        let charter = keys.charter(&charter);
        let mut group = Driver::found(charter, keys, start()).unwrap();
        for domain in domains {
            decide(&mut group, &domain);
        }
        assert!(group.replica().decisions().all(|decision| decision.outcome == Outcome::Applied), "{template:?}");
    }
}

/// Agrees on something in a domain: all who are eligible say yes, and those who are asked advise first.
fn decide(group: &mut Driver, domain: &Name) {
    let effects = vec![Effect::Text { domain: domain.clone(), text: "Agreed.".into(), replaces: None }];
    let content =
        Proposal { title: format!("In {domain}"), why: BodyId([1; 32]), effects, options: Vec::new(), review: None };
    let id = act(group, "eva", Act::Propose(content)).into();
    let poll = group.replica().proposal(&id).unwrap().polls[0].clone();
    let mut weighs = Vec::new();
    for name in &poll.asked {
        weighs.push(act(group, name.as_str(), respond(id, Answer::Advice, Vec::new())));
    }
    weighs.sort();
    let deciders =
        if poll.owner == Owner::Group { poll.eligible.iter().collect() } else { Vec::from_iter(poll.eligible.first()) };
    for name in deciders {
        act(group, name.as_str(), respond(id, Answer::Agree, weighs.clone()));
    }
    group.finish();
    assert!(group.replica().decision(&id).is_some(), "{domain}");
    assert!(group.now() < start() + Span::from_days(170), "terms still run");
}

fn respond(
    proposal: folkmoot_protocol::id::ProposalId,
    answer: Answer,
    weighs: Vec<folkmoot_protocol::id::StatementId>,
) -> Act {
    Act::Respond(Response { proposal, version: 1, answer, reason: Some(BodyId([2; 32])), weighs })
}

fn act(group: &mut Driver, of: &str, act: Act) -> folkmoot_protocol::id::StatementId {
    let key = group.keys.of(&key(of));
    group.act(&key, act).unwrap_or_else(|refusal| panic!("{of}: {refusal}"))
}
