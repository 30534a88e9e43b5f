//! The charter as people write it in a file, before its keys, dates and host are known.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    charter::{
        AgentLimits, Charter, CharterError, Domain, Holder, Host, Liaison, Member, MemberKind, Owner, Participation,
        Represents, Reversibility, Role, Rule, Stakes, Times,
    },
    key::PublicKey,
    name::Name,
    resource::{Grants, Kind, Resource},
    table::Table,
    time::{DateError, RawDate, Timestamp},
};

/// A charter file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCharter {
    /// What the group is called.
    pub name: Name,
    /// What it is there for.
    pub purpose: String,
    /// What it holds to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Times that belong to the log.
    #[serde(default)]
    pub times: Times,
    /// What each member may hold open, and who counts as silent.
    #[serde(default)]
    pub participation: Participation,
    /// Its members by handle.
    pub members: BTreeMap<Name, RawMember>,
    /// Its roles by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<Name, RawRole>,
    /// Its domains by name.
    pub domains: BTreeMap<Name, RawDomain>,
    /// What it stewards, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub resources: BTreeMap<Name, RawResource>,
}

/// A resource in a charter file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawResource {
    /// What it is and what it is there for.
    pub purpose: String,
    /// What is counted.
    pub unit: String,
    /// The domain that promises it.
    pub domain: Name,
    /// How its capacity lies in time.
    pub kind: Kind,
    /// How much there is in every instant.
    pub capacity: u64,
    /// How much of it other groups get without a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Grants>,
}

/// A member in a charter file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawMember {
    /// Device keys as did:key; may be left to whoever founds the group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<PublicKey>,
    /// Limits, if the member is an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<RawAgent>,
    /// Whom it stands for, if it is a liaison: a group and its role; it has no keys then.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub stands_for: Option<Liaison>,
}

/// The limits of an agent in a charter file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawAgent {
    /// The person who answers for it.
    pub sponsor: Name,
    /// The domains in which it may act.
    pub scope: Vec<Name>,
    /// When it ends: a date, or a span after the founding like `+90d`.
    pub until: RawDate,
}

/// A role in a charter file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRole {
    /// What it is there for.
    pub purpose: String,
    /// Who holds it.
    #[serde(default)]
    pub holders: Vec<RawHolder>,
    /// The domain that fills it and ends its terms; left out: the charter's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filled_in: Option<Name>,
    /// The group in which it represents this one, and the domain that gives its mandates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub represents: Option<Represents>,
}

/// A term in a charter file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawHolder {
    /// The member.
    pub member: Name,
    /// When the term starts; left out: with the founding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<RawDate>,
    /// When it ends: a date, or a span after the founding.
    pub until: RawDate,
}

/// A domain in a charter file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawDomain {
    /// What it covers.
    pub purpose: String,
    /// `group` or `role:NAME`.
    #[serde(default = "owner_group")]
    pub owner: Owner,
    /// Names of other groups that its decisions touch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affected: Vec<Name>,
    /// `low`, `medium` or `high`.
    #[serde(default)]
    pub stakes: Stakes,
    /// `easy`, `costly` or `irreversible`.
    #[serde(default)]
    pub reversibility: Reversibility,
    /// Reserved for people.
    #[serde(default)]
    pub people_only: bool,
    /// Ceded to the federation.
    #[serde(default)]
    pub ceded: bool,
    /// How it decides.
    pub rule: Rule,
}

fn owner_group() -> Owner {
    Owner::Group
}

/// Says why a charter file is no charter.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RawError {
    /// A part cannot stand.
    #[error(transparent)]
    Charter(#[from] CharterError),
    /// A member has no key.
    #[error("charter, members.{0}: has no key: write keys = [\"did:key:…\"] (moot id show prints it)")]
    NoKey(Name),
    /// A date cannot be read.
    #[error("charter, {place}: {source}")]
    Date {
        /// The part.
        place: String,
        /// What is wrong.
        source: DateError,
    },
    /// A liaison has what only members of the group have.
    #[error("charter, members.{0}: stands for another group's role, whose holder speaks: leave its keys and agent out")]
    Liaison(Name),
    /// An agent's end is past.
    #[error("charter, members.{agent}.agent.until: {until} is past: give a later end")]
    Ended {
        /// The agent.
        agent: Name,
        /// Its end.
        until: Timestamp,
    },
    /// A member stands twice in a role.
    #[error("charter, roles.{role}: '{member}' holds it twice: give one term")]
    TwoTerms {
        /// The role.
        role: Name,
        /// The member.
        member: Name,
    },
}

impl RawCharter {
    /// Makes the charter that a group is founded with at `now` on `host`; `key` finds keys the file leaves out.
    ///
    /// # Errors
    /// What is missing or cannot stand, and where.
    pub fn resolve(
        &self,
        now: Timestamp,
        host: Host,
        key: &dyn Fn(&Name) -> Option<PublicKey>,
    ) -> Result<Charter, RawError> {
        let mut charter = Charter {
            name: self.name.clone(),
            purpose: self.purpose.clone(),
            values: self.values.clone(),
            members: Table::default(),
            roles: Table::default(),
            domains: Table::default(),
            resources: Table::default(),
            host,
            times: self.times,
            participation: self.participation,
            federation: None,
        };
        for (name, member) in &self.members {
            charter.members.put(resolve_member(name, member, now, key)?);
        }
        for (name, role) in &self.roles {
            charter.roles.put(resolve_role(name, role, now)?);
        }
        for (name, domain) in &self.domains {
            charter.domains.put(resolve_domain(name, domain));
        }
        for (name, raw) in &self.resources {
            charter.resources.put(Resource {
                name: name.clone(),
                purpose: raw.purpose.clone(),
                unit: raw.unit.clone(),
                domain: raw.domain.clone(),
                kind: raw.kind.clone(),
                capacity: raw.capacity,
                grants: raw.grants,
            });
        }
        charter.check()?;
        Ok(charter)
    }

    /// Divides every span of the charter by `scale`, so that a story of weeks runs in seconds.
    pub fn scale_down(&mut self, scale: u64) {
        self.times.receipt = self.times.receipt.scaled_down(scale);
        self.participation.scale_down(scale);
        for domain in self.domains.values_mut() {
            domain.rule.scale_down(scale);
        }
        for resource in self.resources.values_mut() {
            resource.kind.scale_down(scale);
            if let Some(per) = resource.grants.as_mut().and_then(|grants| grants.per.as_mut()) {
                *per = per.scaled_down(scale);
            }
        }
        for role in self.roles.values_mut() {
            for holder in &mut role.holders {
                holder.until.scale_down(scale);
                holder.from.iter_mut().for_each(|from| from.scale_down(scale));
            }
        }
        for agent in self.members.values_mut().filter_map(|member| member.agent.as_mut()) {
            agent.until.scale_down(scale);
        }
    }
}

fn resolve_member(
    name: &Name,
    raw: &RawMember,
    now: Timestamp,
    key: &dyn Fn(&Name) -> Option<PublicKey>,
) -> Result<Member, RawError> {
    if let Some(liaison) = &raw.stands_for {
        return match raw.keys.is_empty() && raw.agent.is_none() {
            true => Ok(Member { name: name.clone(), kind: MemberKind::Liaison(liaison.clone()), keys: Vec::new() }),
            false => Err(RawError::Liaison(name.clone())),
        };
    }
    let mut keys = raw.keys.clone();
    if keys.is_empty() {
        keys.push(key(name).ok_or_else(|| RawError::NoKey(name.clone()))?);
    }
    keys.sort();
    let kind = match &raw.agent {
        None => MemberKind::Person,
        Some(agent) => {
            let mut scope = agent.scope.clone();
            scope.sort();
            let until = date(&agent.until, now, || format!("members.{name}.agent.until"))?;
            if until <= now {
                return Err(RawError::Ended { agent: name.clone(), until });
            }
            MemberKind::Agent(AgentLimits { sponsor: agent.sponsor.clone(), scope, until })
        }
    };
    Ok(Member { name: name.clone(), kind, keys })
}

fn resolve_role(name: &Name, raw: &RawRole, now: Timestamp) -> Result<Role, RawError> {
    let mut holders = Vec::new();
    for holder in &raw.holders {
        let place = |part: &str| format!("roles.{name}.holders.{}.{part}", holder.member);
        let from = holder.from.as_ref().map_or(Ok(now), |from| date(from, now, || place("from")))?;
        let until = date(&holder.until, now, || place("until"))?;
        holders.push(Holder { member: holder.member.clone(), from, until });
    }
    let holders = Table::new(holders).map_err(|member| RawError::TwoTerms { role: name.clone(), member })?;
    let (purpose, filled_in) = (raw.purpose.clone(), raw.filled_in.clone());
    Ok(Role { name: name.clone(), purpose, holders, filled_in, represents: raw.represents.clone() })
}

fn resolve_domain(name: &Name, raw: &RawDomain) -> Domain {
    let mut affected = raw.affected.clone();
    affected.sort();
    affected.dedup();
    Domain {
        name: name.clone(),
        purpose: raw.purpose.clone(),
        owner: raw.owner.clone(),
        affected,
        stakes: raw.stakes,
        reversibility: raw.reversibility,
        rule: raw.rule.clone(),
        people_only: raw.people_only,
        ceded: raw.ceded,
    }
}

fn date(raw: &RawDate, now: Timestamp, place: impl Fn() -> String) -> Result<Timestamp, RawError> {
    raw.resolve(now).map_err(|source| RawError::Date { place: place(), source })
}
