//! The federation agreement as people write it in a file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{AgreementError, FederatedGroup, FederationAgreement, Seat, Timing, is_one, one};
use crate::{id::LogId, key::PublicKey, name::Name, table::Table};

/// A federation file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawAgreement {
    /// What the federation is called.
    pub name: Name,
    /// What it is there for.
    pub purpose: String,
    /// Its times.
    #[serde(default)]
    pub timing: Timing,
    /// Its groups by name.
    pub groups: BTreeMap<Name, RawGroup>,
    /// Its panel by name.
    pub panel: BTreeMap<Name, RawSeat>,
}

/// A group in a federation file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawGroup {
    /// Its id; `moot group show` prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogId>,
    /// The node that hosts it; `moot node status` prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<PublicKey>,
    /// The group that it turns to next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalates_to: Option<Name>,
    /// How much it counts; left out, 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: u32,
}

impl Default for RawGroup {
    fn default() -> Self {
        Self { log: None, node: None, escalates_to: None, weight: 1 }
    }
}

/// A seat in a federation file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSeat {
    /// The node; `moot node status` prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<PublicKey>,
    /// Where it can be reached, as multiaddrs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
}

/// Says why a federation file is no agreement.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RawAgreementError {
    /// A part cannot stand.
    #[error(transparent)]
    Agreement(#[from] AgreementError),
    /// A group has no id or node.
    #[error("federation agreement, groups.{0}: give log (moot group show) and node (moot node status)")]
    Group(Name),
    /// A seat has no node.
    #[error("federation agreement, panel.{0}: give node (moot node status prints it)")]
    Seat(Name),
}

impl RawAgreement {
    /// Makes the agreement.
    ///
    /// # Errors
    /// What is missing or cannot stand, and where.
    pub fn resolve(&self) -> Result<FederationAgreement, RawAgreementError> {
        let mut groups = Table::default();
        for (name, raw) in &self.groups {
            let (Some(log), Some(node)) = (raw.log, raw.node) else {
                return Err(RawAgreementError::Group(name.clone()));
            };
            let (escalates_to, weight) = (raw.escalates_to.clone(), raw.weight);
            groups.put(FederatedGroup { name: name.clone(), log, node, escalates_to, weight });
        }
        let mut panel = Table::default();
        for (name, raw) in &self.panel {
            let node = raw.node.ok_or_else(|| RawAgreementError::Seat(name.clone()))?;
            panel.put(Seat { name: name.clone(), node, addresses: raw.addresses.clone() });
        }
        let (name, purpose) = (self.name.clone(), self.purpose.clone());
        let agreement = FederationAgreement { name, purpose, groups, panel, timing: self.timing, amends: None };
        agreement.check()?;
        Ok(agreement)
    }
}
