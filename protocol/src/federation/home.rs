//! By whose panel a log is counted: a version brings a panel of its own for a log that took it up, and no group chooses its
//! panel for itself.
//!
//! A log goes from one panel to the next with its own entries, each change sealed by the panel before, so all who hold the
//! log count the same. But a group can take up a text that nobody else wants, with groups that it made up, and let these
//! adopt another one; so a text counts only where two thirds of a version that counts chose it.

use std::collections::BTreeSet;

use super::{FederationAgreement, Seat, Ties};
use crate::{
    id::{Hash, LogId},
    key::PublicKey,
    table::Table,
};

/// The panel by which a replica counts a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// Its seats, that of the host among them.
    pub panel: Table<Seat>,
    /// The number of the version that brought it; of the one in force, if that has the same nodes.
    pub version: u32,
    /// The versions in the log by whose panels it may be counted; nothing if all of them have the same nodes.
    counted: Option<BTreeSet<Hash>>,
    /// Whether the last version in the log is one of them.
    settled: bool,
}

impl Home {
    /// The panel of the last version in a log, before the entry `until`, that stands:
    /// - it is or was in force (`was`), or it was adopted as a matter from one that stands
    /// - or it has the nodes of the one before in the log, so that it changes nothing
    ///
    /// Without such a version it is that of the version in force.
    pub fn of(ties: &Ties, in_force: &FederationAgreement, was: &BTreeSet<Hash>, until: Option<u64>) -> Self {
        let federation = in_force.id();
        let consents = ties.consents().filter(|consent| consent.agreement.id() == federation);
        let consents: Vec<_> = consents.filter(|consent| until.is_none_or(|until| consent.entry < until)).collect();
        let mut home = Self { panel: in_force.panel.clone(), version: in_force.number(), counted: None, settled: true };
        let nodes = in_force.panel_nodes();
        if consents.iter().all(|consent| consent.agreement.panel_nodes() == nodes) {
            return home;
        }
        let (mut stands, mut counted) = (BTreeSet::new(), BTreeSet::new());
        for consent in consents {
            let (text, version) = (&consent.agreement, consent.agreement.hash());
            let follows = text.amends.map(|amends| amends.version);
            let adopted = consent.adopted.is_some()
                && follows.is_some_and(|before| stands.contains(&before) || was.contains(&before));
            let chosen = was.contains(&version) || adopted;
            home.settled = chosen || text.panel_nodes() == home.nodes();
            if chosen {
                stands.insert(version);
            }
            if home.settled {
                home.panel.clone_from(&text.panel);
                home.version = text.number();
                counted.insert(version);
            }
        }
        if home.nodes() == nodes {
            (home.panel, home.version) = (in_force.panel.clone(), in_force.number());
        }
        home.counted = Some(counted);
        home
    }

    /// Says whether what the panel of a version sealed in this log is sealed.
    pub fn counts(&self, version: &Hash) -> bool {
        self.counted.as_ref().is_none_or(|counted| counted.contains(version))
    }

    /// Says whether another version that comes into force can change it, though the log does not change.
    pub fn may_change(&self) -> bool {
        !self.settled
    }

    /// The nodes of its panel, whatever their seats are called.
    pub fn nodes(&self) -> BTreeSet<PublicKey> {
        nodes_of(&self.panel)
    }

    /// The nodes that witness the log, if nobody counts the notes of `host`.
    pub fn witnesses(&self, host: PublicKey) -> impl Iterator<Item = PublicKey> {
        self.panel.iter().map(|seat| seat.node).filter(move |node| *node != host)
    }
}

impl FederationAgreement {
    /// The nodes of its panel.
    pub fn panel_nodes(&self) -> BTreeSet<PublicKey> {
        nodes_of(&self.panel)
    }

    /// The versions that came before it: their hashes, as far back as `text` gives their texts, and its own.
    pub(crate) fn with_those_before(&self, text: impl Fn(&Hash, u32) -> Option<Self>) -> BTreeSet<Hash> {
        // The founding text is known by the federation's id, whoever has it.
        let mut versions = BTreeSet::from([Hash(self.id().0), self.hash()]);
        let mut amends = self.amends;
        while let Some(before) = amends {
            versions.insert(before.version);
            amends = text(&before.version, before.number.saturating_sub(1)).and_then(|text| text.amends);
        }
        versions
    }

    /// The first group that this text adds to those before, if there is one.
    pub(super) fn added(&self, before: &Self) -> Option<LogId> {
        self.logs().find(|log| before.group(log).is_none())
    }
}

fn nodes_of(panel: &Table<Seat>) -> BTreeSet<PublicKey> {
    panel.iter().map(|seat| seat.node).collect()
}
