//! What steps about federations and hosts name, as the group sees it that acts.

use folkmoot_protocol::{
    charter::Host,
    federation::{FederatedGroup, FederationAgreement},
    id::{FederationId, Hash, RoundId},
    machine::Machine,
    name::Name,
    replay::Replica,
};

use super::{network::NodeNo, world::World};
use crate::{
    keys::{log_key as log_key_of, moved_log_key},
    script::Place,
};

/// A group on its node.
pub(crate) struct Here<'a, 'w> {
    pub(crate) world: &'a World<'w>,
    pub(crate) group: &'a Name,
    pub(crate) node: NodeNo,
}

impl Here<'_, '_> {
    fn machine(&self) -> Option<&Machine> {
        self.world.nodes[self.node].machine.as_ref()
    }
}

impl Place for Here<'_, '_> {
    fn host(&self, node: Option<&Name>, log_key: Option<&Name>) -> Option<Host> {
        let mut nodes = self.world.nodes.iter();
        let node = match node {
            Some(name) => nodes.find(|node| node.name == *name)?,
            None => &self.world.nodes[self.node],
        };
        let log_key = match log_key {
            Some(name) => log_key_of(self.world.seed, name),
            None => moved_log_key(self.world.seed, self.group, &node.name),
        };
        Some(Host { log_key: log_key.public(), node: node.public() })
    }

    fn federation(&self) -> Option<FederationId> {
        self.machine()?.standings().map(|standing| standing.agreement.id()).next()
    }

    fn admission(&self, group: &Name) -> Option<FederationAgreement> {
        let standing = self.machine()?.standings().next()?;
        let hosted = self.world.groups.get(group)?;
        if let Some(pending) = standing.pending_with(&hosted.log) {
            return Some(pending.agreement.clone());
        }
        let node = self.world.nodes[hosted.node].public();
        let entry = FederatedGroup { name: group.clone(), log: hosted.log, node, escalates_to: None, weight: 1 };
        standing.agreement.with_group(entry).ok()
    }

    fn log(&self) -> Option<&Replica> {
        self.log_of(self.group)
    }

    fn log_of(&self, group: &Name) -> Option<&Replica> {
        self.machine()?.log(&self.world.groups.get(group)?.log)
    }

    fn commitment(&self, round: &RoundId) -> Option<Hash> {
        self.machine()?.commitment(&self.world.groups.get(self.group)?.log, round)
    }
}
