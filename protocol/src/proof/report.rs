//! What a verification says: a verdict, with reasons for each of its checks, and what was decided.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{course::Course, matter::MatterShown};
use crate::{
    body::Body,
    decision::{Decision, Outcome},
    id::{BodyId, FederationId, Hash, LogId, ProposalId},
    name::Name,
    time::Timestamp,
};

/// The answer of a check, and of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is proven.
    Pass,
    /// It can neither be proven nor disproven from this.
    Unresolved,
    /// It is not so.
    Fail,
}

impl Verdict {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Unresolved => "unresolved",
            Self::Fail => "fail",
        }
    }
}

/// What a check looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The form, the ids, the chain of entries, the digests: nothing was changed, left out or added.
    Integrity,
    /// Every signature, and each author's chain of statements.
    Authenticity,
    /// Whether those who decided could, by the charter, roles and rules of that time.
    Authority,
    /// Whether witnesses, or the group's people, cover it.
    Sealing,
    /// The words behind it, which may have been erased.
    Texts,
}

impl Kind {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [Self::Integrity, Self::Authenticity, Self::Authority, Self::Sealing, Self::Texts];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Integrity => "integrity",
            Self::Authenticity => "authenticity",
            Self::Authority => "authority",
            Self::Sealing => "sealing",
            Self::Texts => "texts",
        }
    }
}

/// A check with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it looks at.
    pub check: Kind,
    /// Its answer.
    pub result: Verdict,
    /// Why.
    pub detail: String,
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Fail if one check fails; else unresolved if one is; else pass.
    pub verdict: Verdict,
    /// Each check, in the order of [`Kind::ALL`].
    pub checks: Vec<Check>,
    /// What was decided, as far as the file says: only with a pass is it proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Shown>,
    /// How the matter that it is about stands, in the same way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matter: Option<MatterShown>,
}

impl Report {
    /// The answer of one check.
    pub fn check(&self, kind: Kind) -> Option<&Check> {
        self.checks.iter().find(|check| check.check == kind)
    }
}

/// A decision as people and programs see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The group's id.
    pub group: LogId,
    /// The group's name at that time.
    pub name: Name,
    /// The proposal.
    pub proposal: ProposalId,
    /// Its title.
    pub title: String,
    /// The version that was decided.
    pub version: u32,
    /// Who filed it.
    pub author: Name,
    /// Why, if the words are here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How it ended, in a word.
    pub outcome: String,
    /// Why a void one is void.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void_because: Option<String>,
    /// When it opened.
    pub opened: Timestamp,
    /// When it ended.
    pub decided: Timestamp,
    /// The entry that ended it.
    pub entry: u64,
    /// The hash of the charter under which it opened.
    pub charter: Hash,
    /// The federation whose panel sealed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federation: Option<FederationId>,
    /// The version of its agreement, by its hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Hash>,
    /// By which rules, and how they came out.
    pub polls: Vec<PollShown>,
    /// Who answered what.
    pub responses: Vec<ResponseShown>,
}

/// A domain of the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PollShown {
    /// The domain.
    pub domain: Name,
    /// Who decides in it.
    pub owner: String,
    /// By which rule, in words.
    pub rule: String,
    /// Who could respond.
    pub eligible: Vec<Name>,
    /// Whether it passed.
    pub passes: bool,
    /// Why, in numbers.
    pub reason: String,
}

/// A response to the version that was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResponseShown {
    /// Who.
    pub member: Name,
    /// What, in a word.
    pub answer: String,
    /// When.
    pub at: Timestamp,
    /// Why, if the words are here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What was decided, once the replay has come to it.
pub(super) fn shown(course: &Course, texts: &BTreeMap<BodyId, Body>) -> Option<Shown> {
    let name = course.charter.as_ref().unwrap_or(course.replica.charter()).name.clone();
    Some(Shown::of(course.decision()?, course.replica.log(), name, texts))
}

impl Shown {
    /// A decision of a group of that name, with the words that are here.
    pub(super) fn of(decision: &Decision, group: LogId, name: Name, texts: &BTreeMap<BodyId, Body>) -> Self {
        let (proposal, words) = (&decision.proposal, |id: &BodyId| texts.get(id).map(|body| body.text().to_owned()));
        let polls = proposal.polls.iter().zip(&decision.standings).map(|(poll, standing)| PollShown {
            domain: poll.domain.clone(),
            owner: poll.owner.to_string(),
            rule: poll.rule.to_string(),
            eligible: poll.eligible.iter().cloned().collect(),
            passes: standing.passes,
            reason: standing.reason.to_string(),
        });
        let responses = proposal.responses.iter().map(|(member, given)| ResponseShown {
            member: member.clone(),
            answer: given.answer.word().to_owned(),
            at: given.at,
            reason: given.reason.as_ref().and_then(words),
        });
        let void_because = match &decision.outcome {
            Outcome::Void { reason } => Some(reason.clone()),
            _ => None,
        };
        Self {
            group,
            name,
            proposal: proposal.id,
            title: proposal.content.title.clone(),
            version: proposal.version(),
            author: proposal.author.clone(),
            why: words(&proposal.content.why),
            outcome: decision.outcome.word().to_owned(),
            void_because,
            opened: proposal.opened,
            decided: decision.closed,
            entry: decision.entry,
            charter: proposal.charter,
            federation: None,
            agreement: None,
            polls: polls.collect(),
            responses: responses.collect(),
        }
    }
}
