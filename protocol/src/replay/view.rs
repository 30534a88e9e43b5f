//! The state as an entry under judgement sees it: the replica's, with the entry's own changes on top.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use super::{Replica, representing, testing};
use crate::{
    charter::Charter,
    decision::{Agreement, AgreementEnd, AgreementId, Decision},
    error::Conflict,
    federation::{Adopted, FederationAgreement},
    id::{BodyId, Hash, ProposalId, StatementId},
    key::PublicKey,
    matter::Dealings,
    name::Name,
    proposal::{OpenProposal, Stage},
    time::Timestamp,
};

/// What an entry changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    pub(super) chains: BTreeMap<PublicKey, StatementId>,
    pub(super) seen: BTreeMap<Name, u64>,
    pub(super) heard: BTreeMap<Name, Timestamp>,
    pub(super) missed: BTreeMap<Name, Timestamp>,
    pub(super) open: BTreeMap<ProposalId, OpenProposal>,
    pub(super) decided: Vec<Decision>,
    pub(super) charter: Option<Charter>,
    pub(super) agreements: Vec<Agreement>,
    pub(super) ended: Vec<(AgreementId, AgreementEnd)>,
    /// The bodies that its statements name, in their order, each with who names it.
    pub(super) namings: Vec<(BodyId, Name)>,
    pub(super) erased: Vec<BodyId>,
    pub(super) dealings: Option<Dealings>,
    /// The version of an agreement that it consents to or takes up, with the amendment that was adopted with it.
    pub(super) federated: Option<(FederationAgreement, Option<Adopted>)>,
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
    /// The bodies for which something was needed that was handed in about the time before the replay started.
    pub(super) handed_in: RefCell<BTreeSet<BodyId>>,
}

impl<'a> View<'a> {
    pub(super) fn new(base: &'a Replica, number: u64, now: Timestamp) -> Self {
        Self { base, changes: Changes::default(), number, now, handed_in: RefCell::default() }
    }

    pub(super) fn charter(&self) -> &Charter {
        self.changes.charter.as_ref().unwrap_or(&self.base.charter)
    }

    pub(super) fn dealings(&self) -> &Dealings {
        self.changes.dealings.as_ref().unwrap_or(&self.base.dealings)
    }

    pub(super) fn dealings_mut(&mut self) -> &mut Dealings {
        self.changes.dealings.get_or_insert_with(|| self.base.dealings.clone())
    }

    pub(super) fn charter_hash(&self) -> Hash {
        self.changes.charter.as_ref().map_or(self.base.charter_hash, Charter::hash)
    }

    pub(super) fn last_statement(&self, key: &PublicKey) -> Option<StatementId> {
        self.changes.chains.get(key).copied().or_else(|| self.base.last_statement(key))
    }

    /// Says whether `member` is a body's author: who named it first, since the replay started or, if that was handed
    /// in, before.
    ///
    /// Naming another's body does not make it one's own to erase.
    pub(super) fn is_author(&self, member: &Name, body: &BodyId) -> bool {
        let named_here = || self.changes.namings.iter().find(|(named, _)| named == body).map(|(_, by)| by);
        if self.base.namings.author(body).or_else(named_here) == Some(member) {
            return true;
        }
        let before = self.base.namings.before(body) == Some(member);
        if before {
            self.handed_in.borrow_mut().insert(*body);
        }
        before
    }

    /// Says whether a body was named in this log.
    pub(super) fn is_named(&self, body: &BodyId) -> bool {
        if self.base.namings.author(body).is_some() || self.changes.namings.iter().any(|(named, _)| named == body) {
            return true;
        }
        let before = self.base.namings.before(body).is_some();
        if before {
            self.handed_in.borrow_mut().insert(*body);
        }
        before
    }

    pub(super) fn open_count(&self) -> usize {
        let is_new = |id: &&ProposalId| !self.base.open.contains_key(*id);
        let new = self.changes.open.keys().filter(is_new).count();
        let ended = self.changes.decided.iter().filter(|decision| self.base.open.contains_key(&decision.proposal.id));
        self.base.open.len() + new - ended.count()
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

    /// A text agreement in force.
    ///
    /// An entry carries out one decision at most, so its own changes are not asked.
    pub(super) fn agreement(&self, id: &AgreementId) -> Option<&Agreement> {
        self.base.agreements.get(id)
    }

    /// How many proposals of `member`, or called in by `member`, have not ended.
    pub(super) fn open_of(&self, member: &Name) -> (usize, usize) {
        let unchanged = self.base.open.values().filter(|proposal| !self.changes.open.contains_key(&proposal.id));
        let ended = |proposal: &&OpenProposal| !self.changes.decided.iter().any(|d| d.proposal.id == proposal.id);
        let open: Vec<_> = unchanged.filter(ended).chain(self.changes.open.values()).collect();
        let called_in = |proposal: &&&OpenProposal| proposal.called_in.as_ref().is_some_and(|call| call.by == *member);
        (open.iter().filter(|proposal| proposal.author == *member).count(), open.iter().filter(called_in).count())
    }

    /// When a member was last heard: by a statement, by joining, or at the founding.
    pub(super) fn heard(&self, member: &Name) -> Timestamp {
        let heard = self.changes.heard.get(member).or_else(|| self.base.heard.get(member));
        heard.copied().unwrap_or(self.base.founded)
    }

    /// The members who have said nothing for as long as the charter bears, while a full window ran that they could have
    /// answered; until they say something.
    ///
    /// What this very entry brings does not count yet: the order of its statements must not matter.
    pub(super) fn silent(&self) -> BTreeSet<Name> {
        let Some(span) = self.charter().participation.silent_after else { return BTreeSet::new() };
        let is_silent = |name: &&Name| {
            let heard = self.base.heard.get(*name).copied().unwrap_or(self.base.founded);
            heard + span <= self.now && self.base.missed.get(*name).is_some_and(|start| *start > heard)
        };
        self.charter().members.iter().map(|member| &member.name).filter(is_silent).cloned().collect()
    }

    /// The liaisons for whom nobody speaks now.
    pub(super) fn vacant(&self) -> BTreeSet<Name> {
        representing::vacant(self.charter(), self.dealings(), self.now)
    }

    /// Notes who said nothing while a full window of the proposal ran.
    pub(super) fn note_missed(&mut self, proposal: &OpenProposal) {
        if self.charter().participation.silent_after.is_none() {
            return;
        }
        let eligible: BTreeSet<&Name> = proposal.polls.iter().flat_map(|poll| &poll.eligible).collect();
        for name in eligible {
            if self.heard(name) < proposal.window_from {
                self.changes.missed.insert(name.clone(), proposal.window_from);
            }
        }
    }

    pub(super) fn put(&mut self, mut proposal: OpenProposal) {
        proposal.reschedule();
        self.changes.open.insert(proposal.id, proposal);
    }

    /// Settles what the whole entry means for what it left open: tests that are decided, final periods that start.
    ///
    /// Once per entry, so that the order of its statements does not matter.
    pub(super) fn settle(&mut self) {
        let charter = self.changes.charter.as_ref().unwrap_or(&self.base.charter);
        for proposal in self.changes.open.values_mut().filter(|proposal| proposal.stage == Stage::Open) {
            testing::settle(proposal, charter, self.now);
            proposal.settle(charter, self.now);
        }
    }

    /// Puts another charter in force; a member who comes or goes may move the end of what is open.
    pub(super) fn put_charter(&mut self, charter: Charter) {
        let members_changed = charter.members != self.charter().members;
        self.changes.charter = Some(charter);
        if members_changed {
            let open: Vec<_> = self.base.open.keys().filter_map(|id| self.proposal(id).ok()).collect();
            open.into_iter().for_each(|proposal| self.put(proposal));
        }
    }

    pub(super) fn end(&mut self, decision: Decision) {
        self.changes.open.remove(&decision.proposal.id);
        self.changes.decided.push(decision);
    }
}
