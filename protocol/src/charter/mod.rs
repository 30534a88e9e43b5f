//! The charter: what a group has agreed about itself. It changes only by decisions.

mod domain;
mod fraction;
mod liaison;
mod lint;
mod member;
mod participation;
mod ranked;
mod raw;
mod role;
mod rule;
#[cfg(test)]
mod rules_tests;
mod sound;
#[cfg(test)]
mod tests;
mod towards;
mod words;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::{
    domain::{CHARTER, Domain, FEDERATION, HOSTING, MEMBERSHIP, Owner, Reversibility, Stakes},
    fraction::{Bar, Fraction, FractionError},
    liaison::{Liaison, Represents},
    lint::{Finding, Severity},
    member::{AgentLimits, Member, MemberKind},
    participation::Participation,
    ranked::{AtMost, Counting, Method, Quota, Ranked, TieBreak, Unranked},
    raw::{RawAgent, RawCharter, RawDomain, RawError, RawHolder, RawMember, RawResource, RawRole},
    role::{Holder, Role},
    rule::{
        Approval, Base, CallIn, Consensus, Consent, Consult, DEFAULT_VERSIONS, Delegate, FinalPeriod, OnObjection,
        Rule, Vote,
    },
};
use crate::{
    cbor,
    id::{FederationId, Hash},
    key::PublicKey,
    limits::{DOMAINS, HOLDERS, KEYS, MEMBERS, RESOURCES, ROLES, TEXT_BYTES, TITLE_BYTES},
    name::Name,
    resource::Resource,
    table::Table,
    time::{Span, Timestamp},
};

/// What a group has agreed about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charter {
    /// What the group is called; names of groups need not be unique, ids are.
    pub name: Name,
    /// What it is there for.
    pub purpose: String,
    /// What it holds to.
    pub values: Vec<String>,
    /// Who belongs to it.
    pub members: Table<Member>,
    /// Its roles.
    pub roles: Table<Role>,
    /// Its areas of authority.
    pub domains: Table<Domain>,
    /// What it stewards.
    #[serde(default, skip_serializing_if = "Table::is_empty")]
    pub resources: Table<Resource>,
    /// The node and the log key that keep its log.
    pub host: Host,
    /// Times that belong to the log.
    pub times: Times,
    /// What each member may hold open, and who counts as silent.
    pub participation: Participation,
    /// The federation whose panel is the log's home panel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub federation: Option<FederationId>,
}

/// The node and the log key that keep a group's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Signs the entries of this log and of no other.
    pub log_key: PublicKey,
    /// The identity of the node that holds the log key.
    pub node: PublicKey,
}

/// Times that belong to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// A digest of the state stands in the log at least every so many entries.
    #[serde(default = "default_digest_every")]
    pub digest_every: u32,
    /// Within this time after a receipt the log holds the statement.
    #[serde(default = "default_receipt")]
    pub receipt: Span,
}

impl Default for Times {
    fn default() -> Self {
        Self { digest_every: default_digest_every(), receipt: default_receipt() }
    }
}

fn default_digest_every() -> u32 {
    1000
}

fn default_receipt() -> Span {
    Span::from_secs(3600)
}

/// Says which part of a charter cannot stand, and why.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("charter, {place}: {problem}")]
pub struct CharterError {
    /// The part, as `domains.purchases.rule`.
    pub place: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl Charter {
    /// Its hash, which founders sign.
    pub fn hash(&self) -> Hash {
        Hash::of(&cbor::encode(self))
    }

    /// The member that a device key belongs to.
    pub fn member_of(&self, key: &PublicKey) -> Option<&Member> {
        self.members.iter().find(|member| member.keys.contains(key))
    }

    /// How many members are people.
    pub fn people(&self) -> usize {
        self.members.iter().filter(|member| member.is_person()).count()
    }

    /// The domain of that name, or `charter` where a charter has no domain of its own for a reserved matter.
    pub fn reserved_domain(&self, name: &str) -> Option<&Domain> {
        let find = |name: &str| self.domains.iter().find(|domain| domain.name.as_str() == name);
        find(name).or_else(|| find(CHARTER))
    }

    /// Who may respond in `domain` at `at` so that it counts:
    /// - the holders of the owning role, or all members where the group owns it
    /// - of these, agents only if the domain is in their scope, they have not ended, and it is not reserved for people
    pub fn eligible(&self, domain: &Domain, at: Timestamp) -> BTreeSet<Name> {
        let in_role = |member: &Member| match &domain.owner {
            Owner::Group => true,
            Owner::Role(role) => self.roles.find(role).is_some_and(|role| role.is_held_by(&member.name, at)),
        };
        self.members
            .iter()
            .filter(|member| in_role(member) && may_count(member, domain, at))
            .map(|member| member.name.clone())
            .collect()
    }

    /// Checks that the charter can stand:
    /// - sizes and counts are within the limits, texts are not empty where one is needed
    /// - at least one member is a person; keys are sorted, belong to one member each, and are no log or node key
    /// - liaisons have no keys, and each stands for another role; who represents the group is a person of it
    /// - sponsors are people of the group; scopes, owners and holders name what exists; terms end after they start
    /// - the domain `charter` exists; the reserved domains of purpose and belonging are for people only
    /// - a delegate's domain is owned by a role; windows are not empty, minimum ≤ closing, at least one version
    /// - digests leave room for other entries
    ///
    /// # Errors
    /// The first part that cannot stand.
    pub fn check(&self) -> Result<(), CharterError> {
        text("purpose", &self.purpose, TEXT_BYTES)?;
        count("values", self.values.len(), 64)?;
        for (at, value) in self.values.iter().enumerate() {
            text(&format!("values[{at}]"), value, TITLE_BYTES)?;
        }
        // A digest is an entry itself: every second one leaves room for another, every one would not.
        if self.times.digest_every < 2 {
            return Err(error("times.digest_every", "must be at least 2"));
        }
        self.participation.check()?;
        self.check_members()?;
        self.check_roles()?;
        self.check_domains()?;
        self.check_resources()
    }

    fn check_resources(&self) -> Result<(), CharterError> {
        count("resources", self.resources.len(), RESOURCES)?;
        for resource in &self.resources {
            resource.check()?;
            if self.domains.find(&resource.domain).is_none() {
                let problem = format!("its domain '{}' is no domain of this group", resource.domain);
                return Err(error(&format!("resources.{}", resource.name), &problem));
            }
        }
        Ok(())
    }

    fn check_members(&self) -> Result<(), CharterError> {
        count("members", self.members.len(), MEMBERS)?;
        if self.people() == 0 {
            return Err(error("members", "at least one member must be a person"));
        }
        if self.host.log_key == self.host.node {
            return Err(error("host", "the log key must not be the node's own key: a log key signs one log"));
        }
        let mut keys = BTreeSet::from([self.host.log_key, self.host.node]);
        for member in &self.members {
            let place = format!("members.{}", member.name);
            if member.liaison().is_some() {
                if !member.keys.is_empty() {
                    return Err(error(&place, "a liaison has no keys of its own: its group says whose speak for it"));
                }
                continue;
            }
            if member.keys.is_empty() {
                return Err(error(&place, "has no key: give its did:key"));
            }
            count(&format!("{place}.keys"), member.keys.len(), KEYS)?;
            sorted(&format!("{place}.keys"), &member.keys)?;
            if let Some(key) = member.keys.iter().find(|key| !keys.insert(**key)) {
                return Err(error(
                    &place,
                    &format!(
                        "the key {key} is already in use by another member, the log or the node: give each its own"
                    ),
                ));
            }
            if let MemberKind::Agent(limits) = &member.kind {
                self.check_agent(&place, limits)?;
            }
        }
        self.check_liaisons()
    }

    fn check_agent(&self, place: &str, limits: &AgentLimits) -> Result<(), CharterError> {
        let is_person = |member: &Member| member.kind == MemberKind::Person;
        if !self.members.find(&limits.sponsor).is_some_and(is_person) {
            return Err(error(
                place,
                &format!("its sponsor '{}' is not a person of this group: name one who is", limits.sponsor),
            ));
        }
        sorted(&format!("{place}.scope"), &limits.scope)?;
        match limits.scope.iter().find(|name| self.domains.find(name).is_none()) {
            Some(name) => Err(error(place, &format!("its scope names '{name}', which is no domain of this group"))),
            None => Ok(()),
        }
    }

    fn check_roles(&self) -> Result<(), CharterError> {
        count("roles", self.roles.len(), ROLES)?;
        for role in &self.roles {
            let place = format!("roles.{}", role.name);
            text(&format!("{place}.purpose"), &role.purpose, TEXT_BYTES)?;
            count(&format!("{place}.holders"), role.holders.len(), HOLDERS)?;
            if let Some(domain) = role.filled_in.as_ref().filter(|domain| self.domains.find(domain).is_none()) {
                return Err(error(&place, &format!("filled_in names '{domain}', which is no domain of this group")));
            }
            for holder in &role.holders {
                if self.members.find(&holder.member).is_none() {
                    return Err(error(
                        &place,
                        &format!("its holder '{}' is not a member: add the member first", holder.member),
                    ));
                }
                if holder.from >= holder.until {
                    let Holder { member, from, until } = holder;
                    let problem =
                        format!("the term of '{member}' ends ({until}) before it starts ({from}): name a later end");
                    return Err(error(&place, &problem));
                }
            }
            self.check_represents(&place, role)?;
        }
        Ok(())
    }

    fn check_domains(&self) -> Result<(), CharterError> {
        count("domains", self.domains.len(), DOMAINS)?;
        if !self.domains.iter().any(|domain| domain.name.as_str() == CHARTER) {
            return Err(error("domains", "there must be a domain 'charter', which decides about the charter itself"));
        }
        self.domains.iter().try_for_each(|domain| self.check_domain(domain))
    }

    fn check_domain(&self, domain: &Domain) -> Result<(), CharterError> {
        let place = format!("domains.{}", domain.name);
        text(&format!("{place}.purpose"), &domain.purpose, TEXT_BYTES)?;
        count(&format!("{place}.affected"), domain.affected.len(), 64)?;
        sorted(&format!("{place}.affected"), &domain.affected)?;
        if [CHARTER, MEMBERSHIP, FEDERATION].contains(&domain.name.as_str()) && !domain.people_only {
            return Err(error(&place, "purpose, principle and belonging are for people only: set people_only = true"));
        }
        match (&domain.owner, &domain.rule) {
            (Owner::Role(role), _) if self.roles.find(role).is_none() => {
                return Err(error(
                    &place,
                    &format!("its owner '{role}' is not a role of this group: add the role, or name another"),
                ));
            }
            (Owner::Group, rule) if rule.is_delegate() => {
                return Err(error(&place, "where one decides, a role owns the domain: owner = \"role:NAME\""));
            }
            _ => {}
        }
        let place = format!("{place}.rule");
        if let Rule::Consult(rule) = &domain.rule {
            self.check_asked(&place, rule)?;
        }
        sound::check(&place, &domain.rule)
    }

    /// The members whom a consult rule asks, at `at`.
    pub fn asked(&self, rule: &Consult, at: Timestamp) -> BTreeSet<Name> {
        let of = |owner: &Owner| -> Vec<Name> {
            match owner {
                Owner::Group => self.members.iter().map(|member| member.name.clone()).collect(),
                Owner::Role(role) => {
                    self.roles.find(role).into_iter().flat_map(|role| role.held_by(at)).cloned().collect()
                }
            }
        };
        rule.ask.iter().flat_map(of).collect()
    }

    fn check_asked(&self, place: &str, rule: &Consult) -> Result<(), CharterError> {
        count(&format!("{place}.ask"), rule.ask.len(), ROLES)?;
        sorted(&format!("{place}.ask"), &rule.ask)?;
        if rule.ask.is_empty() {
            return Err(error(place, "ask names nobody: give ask = [\"group\"], or roles as \"role:NAME\""));
        }
        let missing = rule.ask.iter().find_map(|asked| match asked {
            Owner::Role(role) if self.roles.find(role).is_none() => Some(role),
            _ => None,
        });
        missing
            .map_or(Ok(()), |role| Err(error(place, &format!("ask names '{role}', which is not a role of this group"))))
    }
}

/// Says whether a member's response can count in a domain at all.
pub fn may_count(member: &Member, domain: &Domain, at: Timestamp) -> bool {
    match &member.kind {
        MemberKind::Person | MemberKind::Liaison(_) => true,
        MemberKind::Agent(limits) => {
            !domain.people_only && at < limits.until && limits.scope.binary_search(&domain.name).is_ok()
        }
    }
}

fn error(place: &str, problem: &str) -> CharterError {
    CharterError { place: place.to_owned(), problem: problem.to_owned() }
}

fn text(place: &str, text: &str, limit: usize) -> Result<(), CharterError> {
    match text.len() {
        0 => Err(error(place, "must not be empty")),
        len if len > limit => Err(error(place, &format!("has {len} bytes, at most {limit} are allowed"))),
        _ => Ok(()),
    }
}

fn count(place: &str, count: usize, limit: usize) -> Result<(), CharterError> {
    if count > limit { Err(error(place, &format!("has {count} parts, at most {limit} are allowed"))) } else { Ok(()) }
}

fn sorted<T: Ord>(place: &str, items: &[T]) -> Result<(), CharterError> {
    if items.is_sorted_by(|a, b| a < b) { Ok(()) } else { Err(error(place, "must be sorted, each once")) }
}
