//! Amendments: versions of an agreement, each with the one before it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{AgreementError, FederatedGroup, FederationAgreement, error};
use crate::{
    cbor,
    id::{FederationId, Hash, LogId},
    key::PublicKey,
};

/// What a version of an agreement follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amends {
    /// The federation: the hash of its founding text.
    pub federation: FederationId,
    /// The hash of the version before.
    pub version: Hash,
    /// The number of this version; the founding text is number 1.
    pub number: u32,
}

impl FederationAgreement {
    /// The federation's id: the hash of its founding text.
    pub fn id(&self) -> FederationId {
        self.amends.map_or_else(|| self.hash().into(), |amends| amends.federation)
    }

    /// The hash of this text, by which a later version names it.
    pub fn hash(&self) -> Hash {
        Hash::of(&cbor::encode(&("folkmoot", "federation", self)))
    }

    /// The number of this version; the founding text is number 1.
    pub fn number(&self) -> u32 {
        self.amends.map_or(1, |amends| amends.number)
    }

    /// What a version that follows this one has to name.
    pub fn successor(&self) -> Amends {
        Amends { federation: self.id(), version: self.hash(), number: self.number().saturating_add(1) }
    }

    /// The text with another group in it.
    ///
    /// # Errors
    /// If the name or the group is in it already.
    pub fn with_group(&self, group: FederatedGroup) -> Result<Self, AgreementError> {
        let place = format!("groups.{}", group.name);
        if self.groups.find(&group.name).is_some() || self.group(&group.log).is_some() {
            let federation = &self.name;
            return Err(error(&place, format!("the name or the group is in '{federation}' already: take another")));
        }
        let mut next = Self { amends: Some(self.successor()), ..self.clone() };
        next.groups.put(group);
        next.check()?;
        Ok(next)
    }

    /// Checks that this text may follow `before` by a decision of each group:
    /// - it names it, and has the next number
    /// - the nodes of the panel and the times are the same: changing them is a matter
    ///
    /// That the groups which it drops have left is for [`super::Standing::of`] to see.
    ///
    /// # Errors
    /// What is changed that may not be.
    pub fn check_amends(&self, before: &Self) -> Result<(), AgreementError> {
        self.check_follows(before)?;
        self.check_stays(before)
    }

    /// Checks that this text may follow `before` at all, as a matter: it names it, has the next number, and if the nodes of
    /// the panel are others, it takes no group in.
    ///
    /// # Errors
    /// What is changed that may not be.
    pub fn check_follows(&self, before: &Self) -> Result<(), AgreementError> {
        if self.amends != Some(before.successor()) {
            return Err(error("amends", "it does not follow the version that it is compared with".into()));
        }
        // A log that joins is counted by the panel before until the version is in force, and by the new one then: no seal
        // stands between the two, and each could seal another branch.
        match self.added(before) {
            Some(group) if self.panel_nodes() != before.panel_nodes() => {
                let group = self.group(&group).map(|group| group.name.to_string()).unwrap_or_default();
                let problem = format!(
                    "a version that changes the nodes of the panel takes no group in: admit '{group}' by another one"
                );
                Err(error("panel", problem))
            }
            _ => Ok(()),
        }
    }

    /// Checks that this text has what groups may not change each by itself.
    ///
    /// # Errors
    /// What is changed that may not be.
    pub fn check_stays(&self, before: &Self) -> Result<(), AgreementError> {
        self.check_panel(before)?;
        if self.timing != before.timing {
            let problem = "the times change by a matter alone (moot federation amend opens one)";
            return Err(error("timing", problem.into()));
        }
        Ok(())
    }

    /// Checks that the nodes of the panel are the same: a group that chose them for itself could seal what it likes.
    fn check_panel(&self, before: &Self) -> Result<(), AgreementError> {
        match self.panel_nodes() == before.panel_nodes() {
            true => Ok(()),
            false => {
                let problem = "the nodes of the panel change by a matter alone (moot federation amend opens one)";
                Err(error("panel", problem.into()))
            }
        }
    }

    /// The logs of its groups.
    pub fn logs(&self) -> impl Iterator<Item = LogId> {
        self.groups.iter().map(|group| group.log)
    }

    /// The nodes of its panel that witness a group's log: all but the one that it names for the group. Nothing, if it
    /// has no such group.
    pub fn witnesses_of(&self, log: &LogId) -> Option<BTreeSet<PublicKey>> {
        let host = self.group(log)?.node;
        Some(self.panel.iter().map(|seat| seat.node).filter(|node| *node != host).collect())
    }

    /// Says whether it names a witness for a group's log: what nobody witnesses is shown to nobody.
    pub fn is_heard(&self, log: &LogId) -> bool {
        self.witnesses_of(log).is_some_and(|witnesses| !witnesses.is_empty())
    }

    /// Checks that what these groups say can be shown to others: they belong to it, and it names witnesses for their logs.
    ///
    /// # Errors
    /// Which group cannot be heard, and why.
    pub fn check_heard<'a>(&self, groups: impl IntoIterator<Item = &'a LogId>) -> Result<(), String> {
        groups.into_iter().try_for_each(|log| match self.witnesses_of(log) {
            None => Err(format!("the version that is named has no group {}", log.short())),
            Some(witnesses) if witnesses.is_empty() => Err(format!(
                "nobody on the panel witnesses the log of {}, so nothing that it says can be shown to others: the panel \
                 needs another node",
                self.group(log).map_or(log.short().to_string(), |group| group.name.to_string())
            )),
            Some(_) => Ok(()),
        })
    }
}
