//! Liaisons in a charter: which group a role represents its own in, and whom a member without keys stands for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Charter, CharterError, Member, MemberKind, Role, error};
use crate::{
    id::LogId,
    liaison::{Sitting, Term},
    limits::LIAISONS,
    name::Name,
};

/// Where a role represents its group, and whether it says there what the group decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Represents {
    /// The group in which it sits.
    pub group: LogId,
    /// The domain that gives its mandates; left out: its holder answers freely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandated_in: Option<Name>,
}

/// Whom a member without keys of its own stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Liaison {
    /// The group that is represented.
    pub group: LogId,
    /// The role there whose holder speaks.
    pub role: Name,
}

impl Charter {
    /// What the group owes others to say: who represents it where, sorted by group and role; of roles that nobody holds
    /// nothing.
    pub fn sittings(&self) -> Vec<Sitting> {
        let mut sittings: Vec<Sitting> = self.roles.iter().filter_map(|role| self.sitting(role)).collect();
        sittings.sort_by(|a, b| a.place().cmp(&b.place()));
        sittings
    }

    fn sitting(&self, role: &Role) -> Option<Sitting> {
        let represents = role.represents.as_ref().filter(|_| role.holders.iter().next().is_some())?;
        let term = |holder: &super::Holder| {
            let keys = self.members.find(&holder.member)?.keys.clone();
            Some(Term { keys, from: holder.from, until: holder.until })
        };
        Some(Sitting {
            group: represents.group,
            role: role.name.clone(),
            mandated: represents.mandated_in.is_some(),
            terms: role.holders.iter().filter_map(term).collect(),
        })
    }

    /// Its members who stand for another group's role, by handle.
    pub fn liaisons(&self) -> impl Iterator<Item = (&Member, &Liaison)> {
        self.members.iter().filter_map(|member| Some((member, member.liaison()?)))
    }

    /// Checks that a role which represents the group can: it has few holders, each a person, and its mandates a domain.
    pub(super) fn check_represents(&self, place: &str, role: &Role) -> Result<(), CharterError> {
        let Some(represents) = &role.represents else { return Ok(()) };
        super::count(&format!("{place}.holders"), role.holders.len(), LIAISONS)?;
        let is_person = |name: &Name| self.members.find(name).is_some_and(|member| member.kind == MemberKind::Person);
        if let Some(other) = role.holders.iter().find(|holder| !is_person(&holder.member)) {
            let problem = format!("'{}' is no person of this group: only people represent it", other.member);
            return Err(error(place, &problem));
        }
        match represents.mandated_in.as_ref().filter(|domain| self.domains.find(domain).is_none()) {
            Some(domain) => {
                Err(error(place, &format!("mandated_in names '{domain}', which is no domain of this group")))
            }
            None => Ok(()),
        }
    }

    /// Checks that no two members stand for one role of one group.
    pub(super) fn check_liaisons(&self) -> Result<(), CharterError> {
        let mut places = BTreeSet::new();
        match self.liaisons().find(|(_, Liaison { group, role })| !places.insert((*group, role))) {
            Some((member, Liaison { group, role })) => {
                let problem = format!("another member stands for '{role}' of {} already", group.short());
                Err(error(&format!("members.{}", member.name), &problem))
            }
            None => Ok(()),
        }
    }
}
