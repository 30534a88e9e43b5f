//! Roles: named work with holders and terms. A term ends by itself.

use serde::{Deserialize, Serialize};

use crate::{
    name::Name,
    table::{Named, Table},
    time::Timestamp,
};

/// Named work with its holders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Name, unique in the group.
    pub name: Name,
    /// What it is there for.
    pub purpose: String,
    /// Who holds it, each with a term.
    pub holders: Table<Holder>,
}

/// One member's term in a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// The member.
    pub member: Name,
    /// First moment of the term.
    pub from: Timestamp,
    /// End of the term: acts at or after it are invalid.
    pub until: Timestamp,
}

impl Role {
    /// Says whether `member` holds the role at `at`.
    pub fn is_held_by(&self, member: &Name, at: Timestamp) -> bool {
        self.holders.find(member).is_some_and(|holder| holder.from <= at && at < holder.until)
    }

    /// The members who hold the role at `at`.
    pub fn held_by(&self, at: Timestamp) -> impl Iterator<Item = &Name> {
        self.holders.iter().filter(move |holder| holder.from <= at && at < holder.until).map(|holder| &holder.member)
    }
}

impl Named for Role {
    fn name(&self) -> &Name {
        &self.name
    }
}

impl Named for Holder {
    fn name(&self) -> &Name {
        &self.member
    }
}
