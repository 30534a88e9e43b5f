//! Domains: named areas of authority, each with an owner and a rule.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    charter::Rule,
    name::{Name, NameError},
    table::Named,
};

/// The domain of purpose, values, roles, domains and times; every charter has it.
pub const CHARTER: &str = "charter";
/// The domain of members and their keys; without it `charter` governs them.
pub const MEMBERSHIP: &str = "membership";
/// The domain of federations; without it `charter` governs them.
pub const FEDERATION: &str = "federation";
/// The domain of the group's node and log key; without it `charter` governs them.
pub const HOSTING: &str = "hosting";

/// A named area of authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Name, unique in the group.
    pub name: Name,
    /// What it covers.
    pub purpose: String,
    /// Who decides in it.
    pub owner: Owner,
    /// Names of other groups that its decisions touch, sorted.
    pub affected: Vec<Name>,
    /// What is at stake.
    pub stakes: Stakes,
    /// How easily a decision is undone.
    pub reversibility: Reversibility,
    /// How it decides.
    pub rule: Rule,
    /// Reserved for people: agents may only propose and advise.
    pub people_only: bool,
    /// Ceded to the federation: its assembly may bind the group here.
    pub ceded: bool,
}

impl Named for Domain {
    fn name(&self) -> &Name {
        &self.name
    }
}

/// Who decides in a domain: the whole group, or the holders of a role; written `group` or `role:NAME`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// All members.
    Group,
    /// The holders of that role.
    Role(Name),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group => f.write_str("group"),
            Self::Role(name) => write!(f, "role:{name}"),
        }
    }
}

impl FromStr for Owner {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.strip_prefix("role:") {
            Some(role) => role.parse().map(Self::Role),
            None if text == "group" => Ok(Self::Group),
            None => Err(NameError::of(text)),
        }
    }
}

impl Serialize for Owner {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Owner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|_| de::Error::custom(format!("owner '{text}': write group, or role: and the role's name")))
    }
}

/// What is at stake in a domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stakes {
    /// A mistake is cheap.
    Low,
    /// A mistake costs.
    #[default]
    Medium,
    /// A mistake endangers the group.
    High,
}

/// How easily a decision is undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reversibility {
    /// At once.
    Easy,
    /// At a cost.
    #[default]
    Costly,
    /// Never.
    Irreversible,
}
