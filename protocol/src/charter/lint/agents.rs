//! Agents: scopes that reach nothing, ends that have come, and power that software should not hold alone.

use super::{Lint, list, owning_role};
use crate::charter::{AgentLimits, Charter, Domain, Member, MemberKind, Owner, Reversibility, Stakes};

/// Looks at every agent.
pub(super) fn look(lint: &mut Lint<'_>) {
    let members: Vec<Member> = lint.charter.members.iter().cloned().collect();
    for member in &members {
        if let MemberKind::Agent(limits) = &member.kind {
            agent(lint, member, limits);
        }
    }
}

fn agent(lint: &mut Lint<'_>, member: &Member, limits: &AgentLimits) {
    let at = format!("members.{}", member.name);
    if limits.until <= lint.now {
        let what = format!("the agent ended on {}: it can say nothing any more", limits.until);
        lint.warning(&at, what, "give it a new end, or drop it");
    } else if limits.scope.is_empty() {
        lint.warning(&at, "its scope is empty: it can propose nothing and advise nowhere", "name domains in its scope");
    } else if !limits.scope.iter().any(|name| reaches(lint.charter, member, name)) {
        let what = "its scope reaches no domain in which its answers count: it can propose and advise only";
        lint.hint(&at, what, "leave it so, or add a domain that is not people_only and that it has a part in");
    }
    alone(lint, member, limits, &at);
}

fn reaches(charter: &Charter, member: &Member, domain: &crate::name::Name) -> bool {
    charter.domains.find(domain).is_some_and(|domain| !domain.people_only && has_part(charter, member, domain))
}

fn has_part(charter: &Charter, member: &Member, domain: &Domain) -> bool {
    match &domain.owner {
        Owner::Group => true,
        Owner::Role(role) => charter.roles.find(role).is_some_and(|role| role.holders.find(&member.name).is_some()),
    }
}

/// Software that decides by itself about what people have to live with.
fn alone(lint: &mut Lint<'_>, member: &Member, limits: &AgentLimits, at: &str) {
    let heavy = |domain: &&Domain| domain.stakes == Stakes::High || domain.reversibility == Reversibility::Irreversible;
    let decides = |domain: &&Domain| {
        !domain.people_only
            && domain.rule.is_delegate()
            && owning_role(domain).is_some()
            && limits.scope.contains(&domain.name)
            && has_part(lint.charter, member, domain)
    };
    let domains: Vec<_> =
        lint.charter.domains.iter().filter(decides).filter(heavy).map(|domain| &domain.name).collect();
    if !domains.is_empty() {
        let what = format!("software decides alone in {}, where a mistake is grave", list(domains));
        lint.warning(at, what, "set people_only = true there, or let a person hold the role");
    }
}
