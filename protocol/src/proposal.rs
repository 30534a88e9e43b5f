//! The life cycle of a proposal: – → Open → (amend) Open v+1 → Withdrawn | NotPassed | Passed → (call-in: Open) →
//! Applied | Void.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    charter::Charter,
    id::{BodyId, ProposalId, StatementId},
    ladder::{Poll, Standing, Tally},
    name::Name,
    statement::{Answer, Proposal},
    time::{Span, Timestamp},
};

/// A proposal that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenProposal {
    /// Its id: that of the statement that opened it.
    pub id: ProposalId,
    /// Who filed it.
    pub author: Name,
    /// When it opened.
    pub opened: Timestamp,
    /// Its versions so far, the current one last.
    pub versions: Vec<Version>,
    /// The current content.
    pub content: Proposal,
    /// Its domains, pinned at opening.
    pub polls: Vec<Poll>,
    /// When the current version closes.
    pub closes: Timestamp,
    /// Whether an objection in the last tenth has already extended the current version.
    pub extended: bool,
    /// Responses to the current version, the latest of each member.
    pub responses: BTreeMap<Name, Given>,
    /// Advice on the current version, the latest of each member; it stands beside a response and never counts.
    pub advice: BTreeMap<Name, Given>,
    /// All objections of all versions.
    pub objections: Vec<Objection>,
    /// What it waits for.
    pub stage: Stage,
    /// The call-in that moved it up to consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub called_in: Option<CalledIn>,
}

/// One version of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// The statement that proposed or amended.
    pub statement: StatementId,
    /// The entry that admitted it.
    pub entry: u64,
    /// When.
    pub at: Timestamp,
    /// The objections that it means to integrate.
    pub integrates: Vec<StatementId>,
}

/// A response as the log took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Given {
    /// The statement.
    pub statement: StatementId,
    /// The entry that admitted it.
    pub entry: u64,
    /// When.
    pub at: Timestamp,
    /// The answer.
    pub answer: Answer,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<BodyId>,
    /// The domains in which it counts.
    pub counts_in: BTreeSet<Name>,
}

/// An objection as the log took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Objection {
    /// Who objects.
    pub author: Name,
    /// The version objected to.
    pub version: u32,
    /// The response behind it.
    pub given: Given,
    /// How it ended, if it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawn>,
}

/// The end of an objection by its author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Withdrawn {
    /// The statement that withdrew it.
    pub statement: StatementId,
    /// When.
    pub at: Timestamp,
    /// The version at that time: a later one than the objection's means that it was integrated.
    pub version: u32,
}

/// A call-in as the log took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CalledIn {
    /// Who.
    pub by: Name,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: BodyId,
}

/// What a proposal waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// For responses.
    Open,
    /// Passed; its effects wait for the call-in window.
    Passed {
        /// When it passed.
        at: Timestamp,
        /// The end of the window.
        until: Timestamp,
    },
}

impl OpenProposal {
    /// The number of the current version, from 1.
    pub fn version(&self) -> u32 {
        self.versions.len() as u32
    }

    /// When the current version was filed.
    pub fn version_at(&self) -> Timestamp {
        self.versions.last().map_or(self.opened, |version| version.at)
    }

    /// Most versions that it may have: the least that one of its rules allows.
    pub fn most_versions(&self) -> u32 {
        self.polls.iter().map(|poll| poll.rule.versions()).min().unwrap_or(1)
    }

    /// Starts a full window for the current version at `at`: the longest of its domains' windows.
    pub fn start_window(&mut self, at: Timestamp) {
        self.closes = at + self.window();
        self.extended = false;
        self.stage = Stage::Open;
    }

    fn window(&self) -> Span {
        self.polls.iter().map(|poll| poll.rule.closing()).max().unwrap_or(Span::ZERO)
    }

    /// The first moment at which it may close early.
    fn earliest(&self) -> Timestamp {
        let minimum = self.polls.iter().map(|poll| poll.rule.minimum()).max().unwrap_or(Span::ZERO);
        let start = self.called_in.as_ref().map_or(self.version_at(), |call| call.at.max(self.version_at()));
        start + minimum
    }

    /// Extends the current version by a tenth of its window, once, if `at` lies in the last tenth.
    pub fn extend_for_objection(&mut self, at: Timestamp) {
        let tenth = self.window().tenth();
        if !self.extended && at >= self.closes.before(tenth) {
            self.closes = self.closes + tenth;
            self.extended = true;
        }
    }

    /// The objections that stand.
    pub fn standing_objections(&self) -> impl Iterator<Item = &Objection> {
        self.objections.iter().filter(|objection| objection.withdrawn.is_none())
    }

    /// How each domain stands, given the members of the charter in force.
    ///
    /// A member who was removed keeps the responses given, and without any leaves the denominator.
    pub fn standings(&self, charter: &Charter) -> Vec<Standing> {
        self.polls.iter().map(|poll| poll.standing(&self.tally(poll, charter))).collect()
    }

    /// What a domain's rung sees.
    pub fn tally<'a>(&'a self, poll: &'a Poll, charter: &Charter) -> Tally<'a> {
        let mut answers = BTreeMap::new();
        for (name, given) in &self.responses {
            if given.counts_in.contains(&poll.domain) {
                answers.insert(name, given.answer);
            }
        }
        // An objection ends only by its withdrawal, whatever its author has answered since.
        for objection in self.standing_objections().filter(|o| o.given.counts_in.contains(&poll.domain)) {
            answers.insert(&objection.author, Answer::Object);
        }
        let objections =
            self.standing_objections().filter(|objection| objection.given.counts_in.contains(&poll.domain)).count();
        let stays = |name: &&Name| charter.members.find(name).is_some() || answers.contains_key(*name);
        let eligible = poll.eligible.iter().filter(stays).collect();
        Tally { eligible, answers, objections }
    }

    /// The moment at or after `now` from which it may close, as things stand; `None` while it waits for a call-in.
    pub fn may_close(&self, charter: &Charter) -> Option<Timestamp> {
        if self.stage != Stage::Open {
            return None;
        }
        let settled = self.standings(charter).iter().all(|standing| standing.settled);
        Some(if settled { self.earliest().min(self.closes) } else { self.closes })
    }

    /// How long its effects wait after it passed, for a call-in.
    pub fn call_in_window(&self) -> Option<Span> {
        self.polls.iter().filter_map(|poll| poll.call_in.as_ref()).map(|appeal| appeal.window).max()
    }
}
