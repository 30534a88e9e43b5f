//! The course of a proposal through the log: replay, with an eye on what the proof of it needs.

use std::collections::BTreeSet;

use crate::{
    charter::Charter,
    decision::Decision,
    entry::{Entry, EntryAct},
    error::Refusal,
    id::{BodyId, EntryId, ProposalId, StatementId},
    replay::{Replica, ResumeError, Snapshot},
    statement::{Act, Answer, Statement},
};

/// A replay that watches a proposal.
pub(super) struct Course {
    pub(super) replica: Replica,
    pub(super) proposal: ProposalId,
    /// Where the replay resumed.
    pub(super) start: Option<Snapshot>,
    /// The entries before the start that statements have seen.
    pub(super) past_entries: BTreeSet<EntryId>,
    /// The bodies of which it matters who named them before the start.
    pub(super) past_namings: BTreeSet<BodyId>,
    /// The bodies that statements about the proposal name.
    pub(super) named: BTreeSet<BodyId>,
    /// The charter before the entry that ended it.
    pub(super) charter: Option<Charter>,
    objections: BTreeSet<StatementId>,
}

impl Course {
    fn of(replica: Replica, proposal: ProposalId, start: Option<Snapshot>) -> Self {
        Self {
            replica,
            proposal,
            start,
            past_entries: BTreeSet::new(),
            past_namings: BTreeSet::new(),
            named: BTreeSet::new(),
            charter: None,
            objections: BTreeSet::new(),
        }
    }

    /// Starts with the first entry of a log.
    pub(super) fn found(entry: &Entry, proposal: ProposalId) -> Result<Self, Refusal> {
        Ok(Self::of(Replica::found(entry)?, proposal, None))
    }

    /// Starts with a snapshot.
    pub(super) fn resume(start: Snapshot, proposal: ProposalId) -> Result<Self, ResumeError> {
        Ok(Self::of(Replica::resume(&start)?, proposal, Some(start)))
    }

    /// The proposal, once it has ended.
    pub(super) fn decision(&self) -> Option<&Decision> {
        self.replica.decision(&self.proposal)
    }

    /// Judges the next entry and takes it.
    pub(super) fn step(&mut self, entry: &Entry) -> Result<(), Refusal> {
        let admitted = self.replica.check(entry)?;
        let decides = admitted.decisions().iter().any(|decision| decision.proposal.id == self.proposal);
        if decides {
            self.charter = Some(self.replica.charter().clone());
        }
        self.past_namings.extend(admitted.handed_in());
        if let (Some(start), EntryAct::Admit { .. }, Ok(inside)) = (&self.start, &entry.content().act, entry.inside()) {
            let before = |id: &EntryId| self.replica.number_of(id).is_some_and(|number| number < start.head.number);
            let seen = inside.statements.iter().map(|statement| statement.content().seen);
            self.past_entries.extend(seen.filter(before));
        }
        for statement in entry.inside().map(|inside| inside.statements.as_slice()).unwrap_or_default() {
            self.watch(statement);
        }
        self.replica.apply(admitted);
        Ok(())
    }

    /// Notes the texts of a statement about the proposal.
    fn watch(&mut self, statement: &Statement) {
        let act = &statement.content().act;
        let about = match act {
            Act::Propose(_) => ProposalId::from(statement.id()) == self.proposal,
            Act::Amend(amendment) => amendment.proposal == self.proposal,
            Act::Respond(response) => response.proposal == self.proposal,
            Act::CallIn { proposal, .. } => *proposal == self.proposal,
            Act::Rank(ballot) => ballot.proposal == self.proposal,
            Act::Nominate(nomination) => nomination.proposal == self.proposal,
            Act::WithdrawOption { proposal, .. } => *proposal == self.proposal,
            Act::Test(test) => self.objections.contains(&test.objection),
            Act::Withdraw { .. } | Act::Erase { .. } | Act::Seen {} => false,
        };
        if about {
            self.named.extend(act.bodies());
            if matches!(act, Act::Respond(response) if response.answer == Answer::Object) {
                self.objections.insert(statement.id());
            }
        }
    }
}
