//! Roles: named work with holders and terms. A term ends by itself.

use serde::{Deserialize, Serialize};

use super::Represents;
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
    /// The domain that fills it and ends its terms; left out: the charter's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filled_in: Option<Name>,
    /// The group in which it represents this one, if it is a liaison's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub represents: Option<Represents>,
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
    /// Gives a member a term from `from` to `until`, or a later end of the term that the member has.
    ///
    /// # Errors
    /// If the term is empty, or not a continuation of the one that the member has.
    pub fn seat(&mut self, member: &Name, from: Timestamp, until: Timestamp) -> Result<(), String> {
        if from >= until {
            return Err(format!("the term of '{member}' ends before it starts"));
        }
        let mut term = Holder { member: member.clone(), from, until };
        if let Some(held) = self.holders.find(member).filter(|held| held.until > from || held.from >= from) {
            if until < held.until {
                return Err(format!("'{member}' holds it until {}: to end a term sooner, unseat", held.until));
            }
            term.from = held.from.min(from);
        }
        self.holders.put(term);
        Ok(())
    }

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
