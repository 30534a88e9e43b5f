//! How a part of a charter came to be as it is: the founding, and each decision that set or ended it.

use folkmoot_protocol::{
    charter::Charter,
    decision::{Decision, Outcome},
    effect::Effect,
    replay::Replica,
    time::Timestamp,
};
use serde::Serialize;

use super::{Kind, Part, Safe};

/// One step of a part's history.
#[derive(Debug, Serialize)]
pub(super) struct Change {
    /// When.
    pub(super) at: Timestamp,
    /// What became of it, in words.
    pub(super) what: String,
    /// The decision; none for the founding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) proposal: Option<String>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    /// Whether that is sealed, where there are witnesses.
    pub(super) safe: bool,
}

/// The steps of a part's history, oldest first.
pub(super) fn changes(
    part: &Part,
    founding: &Charter,
    founded: Timestamp,
    replica: &Replica,
    safe: Safe,
) -> Vec<Change> {
    let at_first =
        found(part, founding).map(|what| Change { at: founded, what, proposal: None, title: None, safe: true });
    let mut decisions: Vec<&Decision> =
        replica.decisions().filter(|decision| decision.outcome == Outcome::Applied).collect();
    decisions.sort_by_key(|decision| decision.entry);
    let by_decision = decisions.into_iter().flat_map(|decision| {
        let carried = decision.proposal.carried(&decision.standings).into_iter();
        let effects = carried.filter_map(|(_, effect)| changed(part, effect));
        effects.map(|what| Change {
            at: decision.closed,
            what,
            proposal: Some(decision.proposal.id.to_string()),
            title: Some(decision.proposal.content.title.clone()),
            safe: safe.entry(decision.entry),
        })
    });
    let mut steps: Vec<Change> = at_first.into_iter().chain(by_decision).collect();
    if part.kind == Kind::Rule {
        // A domain may be set without another rule.
        steps.dedup_by(|later, earlier| later.what == earlier.what);
    }
    steps
}

fn found(part: &Part, charter: &Charter) -> Option<String> {
    match part.kind {
        Kind::Domain => charter
            .domains
            .find(&part.name)
            .map(|domain| format!("{}, owned by {}, {}", domain.purpose, domain.owner, domain.rule)),
        Kind::Rule => charter.domains.find(&part.name).map(|domain| domain.rule.to_string()),
        Kind::Role => charter.roles.find(&part.name).map(|role| role.purpose.clone()),
        Kind::Member => charter.members.find(&part.name).map(|_| "a member".into()),
    }
}

/// What an effect makes of a part, if it is about it.
fn changed(part: &Part, effect: &Effect) -> Option<String> {
    let is = |name: &_| part.name == *name;
    match (part.kind, effect) {
        (Kind::Domain, Effect::SetDomain(domain)) if is(&domain.name) => {
            Some(format!("{}, owned by {}, {}", domain.purpose, domain.owner, domain.rule))
        }
        (Kind::Rule, Effect::SetDomain(domain)) if is(&domain.name) => Some(domain.rule.to_string()),
        (Kind::Domain | Kind::Rule, Effect::DropDomain { domain }) if is(domain) => Some("ended".into()),
        (Kind::Role, Effect::SetRole(role)) if is(&role.name) => {
            let holders = role.holders.iter().map(|holder| format!("{} until {}", holder.member, holder.until));
            let holders: Vec<String> = holders.collect();
            Some(format!("set, held by {}", if holders.is_empty() { "nobody".into() } else { holders.join(", ") }))
        }
        (Kind::Role, Effect::DropRole { role }) if is(role) => Some("ended".into()),
        (Kind::Role, Effect::Seat { role, member: Some(member), until, .. }) if is(role) => {
            Some(format!("held by {member} until {until}"))
        }
        (Kind::Member, Effect::Seat { role, member: Some(member), until, .. }) if is(member) => {
            Some(format!("holds the role '{role}' until {until}"))
        }
        (Kind::Role, Effect::Unseat { role, member }) if is(role) => Some(format!("{member} recalled")),
        (Kind::Member, Effect::Unseat { role, member }) if is(member) => {
            Some(format!("recalled from the role '{role}'"))
        }
        (Kind::Role, Effect::DropMember { member }) => Some(format!("{member} left the group, and the role")),
        (Kind::Member, Effect::SetMember(member)) if is(&member.name) => Some("taken in, or changed".into()),
        (Kind::Member, Effect::DropMember { member }) if is(member) => Some("removed".into()),
        (Kind::Member, Effect::AddKey { member, key }) if is(member) => Some(format!("has the key {}", key.short())),
        (Kind::Member, Effect::DropKey { member, key }) if is(member) => {
            Some(format!("has the key {} no more", key.short()))
        }
        (Kind::Member, Effect::SetRole(role)) => {
            role.holders.find(&part.name).map(|holder| format!("holds the role '{}' until {}", role.name, holder.until))
        }
        _ => None,
    }
}
