//! The course of a proposal or a matter through the log: replay, with an eye on what the proof of it needs.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    matter::Watched,
    subject::{MatterAt, Subject},
};
use crate::{
    charter::Charter,
    decision::Decision,
    entry::{Entry, EntryAct},
    error::Refusal,
    id::{BodyId, EntryId, ProposalId, StatementId},
    replay::{Replica, ResumeError, Snapshot},
    statement::{Act, Answer, Statement},
};

/// A replay that watches what a bundle is about.
pub(super) struct Course {
    pub(super) replica: Replica,
    pub(super) subject: Subject,
    /// Where the replay resumed.
    pub(super) start: Option<Snapshot>,
    /// The entries before the start that statements have seen.
    pub(super) past_entries: BTreeSet<EntryId>,
    /// The bodies of which it matters who named them before the start.
    pub(super) past_namings: BTreeSet<BodyId>,
    /// The charter before the entry that ended the proposal.
    pub(super) charter: Option<Charter>,
    /// What was seen of the matter.
    pub(super) watched: Watched,
    /// The bodies that statements about each proposal name.
    named: BTreeMap<ProposalId, BTreeSet<BodyId>>,
    objections: BTreeMap<StatementId, ProposalId>,
}

impl Course {
    fn of(replica: Replica, subject: Subject, start: Option<Snapshot>) -> Self {
        Self {
            replica,
            subject,
            start,
            past_entries: BTreeSet::new(),
            past_namings: BTreeSet::new(),
            charter: None,
            watched: Watched::default(),
            named: BTreeMap::new(),
            objections: BTreeMap::new(),
        }
    }

    /// Starts with the first entry of a log.
    pub(super) fn found(entry: &Entry, subject: Subject) -> Result<Self, Refusal> {
        Ok(Self::of(Replica::found(entry)?, subject, None))
    }

    /// Starts with a snapshot.
    pub(super) fn resume(start: Snapshot, subject: Subject) -> Result<Self, ResumeError> {
        Ok(Self::of(Replica::resume(&start)?, subject, Some(start)))
    }

    /// The decision that it is about, once the proposal has ended.
    pub(super) fn decision(&self) -> Option<&Decision> {
        match self.subject {
            Subject::Proposal(proposal) => self.replica.decision(&proposal),
            Subject::Matter(_) => None,
        }
    }

    /// The group's own decisions about the matter, in the order of their proposals' ids.
    pub(super) fn own_decisions(&self) -> impl Iterator<Item = &Decision> {
        self.watched.behind.iter().filter_map(|proposal| self.replica.decision(proposal))
    }

    /// The entry that has to be sealed, once the replay has come to it: the one that ends the proposal, or after which the
    /// matter is shown.
    pub(super) fn proves_at(&self) -> Option<u64> {
        match self.subject {
            Subject::Proposal(_) => self.decision().map(|decision| decision.entry),
            Subject::Matter(MatterAt { entry, .. }) => self.watched.at.as_ref().map(|_| entry),
        }
    }

    /// Says whether it starts too late to show who had a say: the proposal, or one by which the group speaks about the
    /// matter, was opened before; or the matter was known, so that what shows the other groups' stances is not here.
    pub(super) fn starts_late(&self) -> bool {
        let Some(start) = &self.start else { return false };
        match self.subject {
            Subject::Proposal(proposal) => start.open.iter().any(|open| open.id == proposal),
            Subject::Matter(MatterAt { id, .. }) => {
                let opened = |decision: &Decision| decision.proposal.versions.first().map(|version| version.entry);
                let here = |proposal: &ProposalId| {
                    let opened = self.replica.decision(proposal).and_then(opened);
                    opened.is_some_and(|opened| opened > start.head.number)
                };
                start.dealings.matter(&id).is_some() || !self.watched.behind.iter().all(here)
            }
        }
    }

    /// The bodies of which a text has a place in the bundle.
    pub(super) fn named(&self) -> BTreeSet<BodyId> {
        let about: Vec<&ProposalId> = match &self.subject {
            Subject::Proposal(proposal) => vec![proposal],
            Subject::Matter(_) => self.watched.behind.iter().collect(),
        };
        about.into_iter().filter_map(|proposal| self.named.get(proposal)).flatten().copied().collect()
    }

    /// Judges the next entry and takes it.
    pub(super) fn step(&mut self, entry: &Entry) -> Result<(), Refusal> {
        let admitted = self.replica.check(entry)?;
        let decides = |decision: &Decision| self.subject == Subject::Proposal(decision.proposal.id);
        if admitted.decisions().iter().any(decides) {
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
        if let Subject::Matter(matter) = self.subject {
            self.watched.step(&self.replica, matter, entry);
        }
        Ok(())
    }

    /// Notes the texts of a statement, by the proposal that it is about.
    fn watch(&mut self, statement: &Statement) {
        let act = &statement.content().act;
        let about = match act {
            Act::Propose(_) => Some(ProposalId::from(statement.id())),
            Act::Amend(amendment) => Some(amendment.proposal),
            Act::Respond(response) => Some(response.proposal),
            Act::CallIn { proposal, .. } => Some(*proposal),
            Act::Rank(ballot) => Some(ballot.proposal),
            Act::Nominate(nomination) => Some(nomination.proposal),
            Act::WithdrawOption { proposal, .. } => Some(*proposal),
            Act::Test(test) => self.objections.get(&test.objection).copied(),
            Act::Withdraw { .. } | Act::Erase { .. } | Act::Seen {} => None,
        };
        let Some(about) = about else { return };
        self.named.entry(about).or_default().extend(act.bodies());
        if matches!(act, Act::Respond(response) if response.answer == Answer::Object) {
            self.objections.insert(statement.id(), about);
        }
    }
}
