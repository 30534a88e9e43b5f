//! The federation of a scenario.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    federation::{FederationAgreement, RawAgreement, RawAgreementError, RawGroup, RawSeat, Timing},
    id::LogId,
    key::PublicKey,
    name::Name,
};
use serde::Deserialize;

/// The federation that a scenario's groups found before its start.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Federation {
    /// What it is called.
    pub name: Name,
    /// What it is there for.
    pub purpose: String,
    /// Its times.
    #[serde(default)]
    pub timing: Timing,
    /// The nodes that witness.
    pub panel: Vec<Name>,
    /// Its groups; left out: all.
    #[serde(default)]
    pub groups: Vec<Name>,
    /// To which group each turns next.
    #[serde(default)]
    pub escalates_to: BTreeMap<Name, Name>,
    /// How much each group counts; left out: 1.
    #[serde(default)]
    pub weights: BTreeMap<Name, u32>,
}

impl Federation {
    /// Says whether a group belongs to it.
    pub fn has_group(&self, group: &Name) -> bool {
        self.groups.is_empty() || self.groups.contains(group)
    }

    /// Makes the agreement: `groups` are the real logs and their nodes, `nodes` the nodes and where they are reached.
    ///
    /// # Errors
    /// What is missing or cannot stand, and where.
    pub fn agreement(
        &self,
        groups: &BTreeMap<Name, (LogId, PublicKey)>,
        nodes: &BTreeMap<Name, (PublicKey, Vec<String>)>,
    ) -> Result<FederationAgreement, RawAgreementError> {
        let group = |(name, (log, node)): (&Name, &(LogId, PublicKey))| {
            let escalates_to = self.escalates_to.get(name).cloned();
            let weight = self.weights.get(name).copied().unwrap_or(1);
            (name.clone(), RawGroup { log: Some(*log), node: Some(*node), escalates_to, weight })
        };
        let seat = |name: &Name| {
            let found = nodes.get(name);
            let addresses = found.map(|(_, addresses)| addresses.clone()).unwrap_or_default();
            (name.clone(), RawSeat { node: found.map(|(key, _)| *key), addresses })
        };
        let raw = RawAgreement {
            name: self.name.clone(),
            purpose: self.purpose.clone(),
            timing: self.timing,
            groups: groups.iter().filter(|(name, _)| self.has_group(name)).map(group).collect(),
            panel: self.panel.iter().map(seat).collect(),
        };
        raw.resolve()
    }

    pub(super) fn scale_down(&mut self, scale: u64) {
        for span in [&mut self.timing.skew, &mut self.timing.notes] {
            *span = span.scaled_down(scale);
        }
        self.timing.notice = Some(self.timing.notice().scaled_down(scale));
        // Rounding must not bring g below four times the skew.
        let least = folkmoot_protocol::time::Span::from_millis(4 * self.timing.skew.millis());
        self.timing.news = self.timing.news.scaled_down(scale).max(least);
    }
}
