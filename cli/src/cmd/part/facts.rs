//! What follows for a part of a charter from the rest of it: who decides there until when, and where an answer counts.

use std::collections::BTreeSet;

use folkmoot_protocol::{
    charter::{Charter, Domain, Liaison, MemberKind, Owner, Represents},
    name::Name,
    replay::Replica,
    time::Timestamp,
};

use super::{Kind, Part};
use crate::output::local;

/// What follows for a part from the rest of the charter.
pub(super) fn facts(part: &Part, charter: &Charter, replica: &Replica, now: Timestamp) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| facts.push((name.to_owned(), value));
    match part.kind {
        Kind::Domain | Kind::Rule => {
            let Some(domain) = charter.domains.find(&part.name) else { return facts };
            fact("how it decides", domain.rule.to_string());
            fact("who decides", deciders(domain, charter, now));
            let mut left_out = left_out(domain, replica, now);
            left_out.extend(replica.vacant(now));
            fact("eligible now", list(charter.eligible(domain, now).difference(&left_out)));
        }
        Kind::Role => {
            let owned = charter.domains.iter().filter(|domain| owns(domain, &part.name));
            let owned: Vec<String> = owned.map(|domain| format!("{}: {}", domain.name, domain.rule)).collect();
            fact("decides", if owned.is_empty() { "nothing: no domain is its own".into() } else { owned.join("; ") });
            let Some(role) = charter.roles.find(&part.name) else { return facts };
            if let Some(Represents { group, mandated_in }) = &role.represents {
                let bound = mandated_in.as_ref().map_or("freely".into(), |domain| format!("as '{domain}' mandates"));
                fact("represents", format!("the group in {group}, {bound}"));
            }
            for holder in &role.holders {
                fact("held by", term(holder.member.as_str(), holder.from, holder.until, now));
            }
        }
        Kind::Member => {
            let held = charter.roles.iter().filter_map(|role| Some((role, role.holders.find(&part.name)?)));
            let held: Vec<String> =
                held.map(|(role, holder)| term(role.name.as_str(), holder.from, holder.until, now)).collect();
            fact("roles", if held.is_empty() { "none".into() } else { held.join("; ") });
            let counts = charter.domains.iter().filter(|domain| charter.eligible(domain, now).contains(&part.name));
            fact("answers count in", list(counts.map(|domain| &domain.name)));
            let Some(member) = charter.members.find(&part.name) else { return facts };
            match &member.kind {
                MemberKind::Person => fact("is", "a person".into()),
                MemberKind::Agent(limits) => {
                    let until = local(&limits.until.to_string());
                    fact(
                        "is",
                        format!("an agent of {}, until {until}, for {}", limits.sponsor, list(limits.scope.iter())),
                    );
                }
                MemberKind::Liaison(Liaison { group, role }) => {
                    fact("is", format!("the liaison of {group}, whoever holds '{role}' there"));
                    match replica.dealings().liaisons.held(group, role) {
                        Some(held) => {
                            let bound = if held.mandated { "as mandated" } else { "freely" };
                            fact("answers", bound.into());
                            held.terms
                                .iter()
                                .for_each(|held| fact("held", term("by a key", held.from, held.until, now)));
                        }
                        None => fact("held", "by nobody that is known here".into()),
                    }
                }
            }
            let keys: Vec<String> = member.keys.iter().map(ToString::to_string).collect();
            if !keys.is_empty() {
                fact("keys", keys.join(", "));
            }
            if replica.silent(now).contains(&part.name) {
                fact("silent", "not waited for, until heard again".into());
            }
        }
    }
    facts
}

/// Those who are left out of what opens now, because nothing was long heard of them.
fn left_out(domain: &Domain, replica: &Replica, now: Timestamp) -> BTreeSet<Name> {
    if domain.owner == Owner::Group { replica.silent(now) } else { BTreeSet::new() }
}

/// Says whether a role owns a domain.
pub(super) fn owns(domain: &Domain, role: &Name) -> bool {
    matches!(&domain.owner, Owner::Role(owner) if owner == role)
}

fn deciders(domain: &Domain, charter: &Charter, now: Timestamp) -> String {
    let people = if domain.people_only { ", people only" } else { "" };
    match &domain.owner {
        Owner::Group => format!("the group{people}"),
        Owner::Role(role) => {
            let holders = charter.roles.find(role).into_iter().flat_map(|role| &role.holders);
            let terms: Vec<String> =
                holders.map(|holder| term(holder.member.as_str(), holder.from, holder.until, now)).collect();
            let held = if terms.is_empty() { "nobody".into() } else { terms.join("; ") };
            format!("role:{role}{people}, held by {held}")
        }
    }
}

fn term(of: &str, from: Timestamp, until: Timestamp, now: Timestamp) -> String {
    let [since, end] = [from, until].map(|time| local(&time.to_string()));
    match () {
        () if now >= until => format!("{of} (ended {end})"),
        () if now < from => format!("{of} (from {since} until {end})"),
        () => format!("{of} (until {end})"),
    }
}

fn list<'a>(names: impl Iterator<Item = &'a Name>) -> String {
    let names: Vec<&str> = names.map(Name::as_str).collect();
    if names.is_empty() { "nobody or nothing".into() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_says_whether_it_runs() {
        let [from, until] = ["2026-01-01", "2026-02-01"].map(|day| day.parse::<Timestamp>().unwrap());
        let at = |day: &str| term("ana", from, until, day.parse().unwrap());
        assert!(at("2026-01-15").starts_with("ana (until "));
        assert!(at("2025-12-31").starts_with("ana (from ") && at("2026-02-01").starts_with("ana (ended "));
    }
}
