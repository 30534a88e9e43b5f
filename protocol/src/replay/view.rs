//! The state as an entry under judgement sees it: the replica's, with the entry's own changes on top.

use std::collections::BTreeMap;

use super::Replica;
use crate::{
    charter::Charter,
    decision::{Agreement, Decision},
    error::Conflict,
    id::{BodyId, ProposalId, StatementId},
    key::PublicKey,
    name::Name,
    proposal::OpenProposal,
    time::Timestamp,
};

/// What an entry changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    pub(super) chains: BTreeMap<PublicKey, StatementId>,
    pub(super) seen: BTreeMap<Name, u64>,
    pub(super) open: BTreeMap<ProposalId, OpenProposal>,
    pub(super) decided: Vec<Decision>,
    pub(super) charter: Option<Charter>,
    pub(super) agreements: Vec<Agreement>,
    pub(super) authors: BTreeMap<BodyId, Name>,
    pub(super) erased: Vec<BodyId>,
    pub(super) states_digest: bool,
}

/// The state as an entry under judgement sees it.
pub(super) struct View<'a> {
    pub(super) base: &'a Replica,
    pub(super) changes: Changes,
    /// The entry's number.
    pub(super) number: u64,
    /// The entry's date.
    pub(super) now: Timestamp,
}

impl<'a> View<'a> {
    pub(super) fn new(base: &'a Replica, number: u64, now: Timestamp) -> Self {
        Self { base, changes: Changes::default(), number, now }
    }

    pub(super) fn charter(&self) -> &Charter {
        self.changes.charter.as_ref().unwrap_or(&self.base.charter)
    }

    pub(super) fn last_statement(&self, key: &PublicKey) -> Option<StatementId> {
        self.changes.chains.get(key).copied().or_else(|| self.base.last_statement(key))
    }

    pub(super) fn author_of(&self, body: &BodyId) -> Option<&Name> {
        self.changes.authors.get(body).or_else(|| self.base.authors.get(body))
    }

    pub(super) fn open_count(&self) -> usize {
        let new = self.changes.open.keys().filter(|id| !self.base.open.contains_key(id)).count();
        self.base.open.len() + new
    }

    /// A copy of a proposal that has not ended, to be changed and put back.
    pub(super) fn proposal(&self, id: &ProposalId) -> Result<OpenProposal, Conflict> {
        if self.changes.decided.iter().any(|decision| decision.proposal.id == *id) || self.base.decided.contains_key(id)
        {
            return Err(Conflict::Closed(*id));
        }
        let open = self.changes.open.get(id).or_else(|| self.base.open.get(id));
        open.cloned().ok_or(Conflict::NoProposal(*id))
    }

    /// The proposal of an objection.
    pub(super) fn proposal_of_objection(&self, objection: &StatementId) -> Option<OpenProposal> {
        let holds = |proposal: &&OpenProposal| {
            proposal.objections.iter().any(|candidate| candidate.given.statement == *objection)
        };
        let changed = self.changes.open.values().find(holds);
        let id = changed.or_else(|| self.base.open.values().find(holds))?.id;
        self.proposal(&id).ok()
    }

    pub(super) fn put(&mut self, proposal: OpenProposal) {
        self.changes.open.insert(proposal.id, proposal);
    }

    pub(super) fn end(&mut self, decision: Decision) {
        self.changes.open.remove(&decision.proposal.id);
        self.changes.decided.push(decision);
    }
}
