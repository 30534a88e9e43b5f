//! Members: people and agents, known by a handle and their device keys.

use serde::{Deserialize, Serialize};

use super::Liaison;
use crate::{key::PublicKey, name::Name, table::Named, time::Timestamp};

/// A person or an agent in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Handle, unique in the group.
    pub name: Name,
    /// What kind of member it is.
    pub kind: MemberKind,
    /// Device keys, sorted, at least one; a liaison has none.
    pub keys: Vec<PublicKey>,
}

/// What kind of member somebody is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberKind {
    /// A human being.
    Person,
    /// A piece of software, within limits.
    Agent(AgentLimits),
    /// Whoever holds a role of another group.
    Liaison(Liaison),
}

/// The limits of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentLimits {
    /// The person who answers for it.
    pub sponsor: Name,
    /// The domains in which it may act, sorted.
    pub scope: Vec<Name>,
    /// The date at which it ends.
    pub until: Timestamp,
}

impl Member {
    /// Says whether the member is a person, or a liaison, for whom people speak.
    pub fn is_person(&self) -> bool {
        !matches!(self.kind, MemberKind::Agent(_))
    }

    /// Whom it stands for, if it is a liaison.
    pub fn liaison(&self) -> Option<&Liaison> {
        match &self.kind {
            MemberKind::Liaison(liaison) => Some(liaison),
            _ => None,
        }
    }

    /// Says whether it is an agent whose time is over at `at`.
    pub fn has_ended(&self, at: Timestamp) -> bool {
        matches!(&self.kind, MemberKind::Agent(limits) if at >= limits.until)
    }
}

impl Named for Member {
    fn name(&self) -> &Name {
        &self.name
    }
}
