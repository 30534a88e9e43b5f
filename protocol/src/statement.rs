//! What members sign.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    effect::Effect,
    envelope::{Kind, Signed},
    id::{BodyId, EntryId, Hash, LogId, ProposalId, StatementId},
    name::Name,
    time::Span,
};

/// A verified statement.
pub type Statement = Signed<StatementContent>;

/// A verified founding: a founder's signature under the charter that the log starts with.
pub type Founding = Signed<FoundingContent>;

/// The payload of a founding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundingContent {
    /// The hash of the charter.
    pub charter: Hash,
}

/// The payload of a statement.
///
/// It is valid once, in this log, after `seen` and directly after `previous`: a node cannot replay it, reorder it,
/// drop one and take the next, or carry it to another branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementContent {
    /// The log it is for.
    pub log: LogId,
    /// An entry of the log that its author has seen.
    pub seen: EntryId,
    /// The previous statement of the same key in this log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<StatementId>,
    /// What its author does.
    pub act: Act,
}

/// What a member does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Opens a proposal.
    Propose(Proposal),
    /// Replaces the proposal's content by a new version.
    Amend(Amendment),
    /// Answers a version of a proposal.
    Respond(Response),
    /// Withdraws an own proposal or an own objection.
    Withdraw {
        /// The statement that proposed or objected.
        target: StatementId,
    },
    /// Moves a delegate's decision up to consent, within its call-in window.
    CallIn {
        /// The proposal.
        proposal: ProposalId,
        /// Why.
        reason: BodyId,
    },
    /// Says in an objection's test whether it qualifies.
    Test(Test),
    /// Ranks the options of a proposal.
    Rank(Ballot),
    /// Names a member for a role that a proposal means to fill.
    Nominate(Nomination),
    /// Withdraws an option of a proposal that ranks them.
    WithdrawOption {
        /// The proposal.
        proposal: ProposalId,
        /// The version that its author read.
        version: u32,
        /// The option.
        option: Name,
    },
    /// Erases an own body.
    Erase {
        /// The body.
        body: BodyId,
    },
    /// Says only that its author has seen the log up to `seen`.
    Seen {},
}

/// The content of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// One line.
    pub title: String,
    /// Why.
    pub why: BodyId,
    /// What changes if it passes; their domains are the proposal's domains. Empty where members rank options.
    pub effects: Vec<Effect>,
    /// What members rank; what changes are the effects of those that win.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<ProposalOption>,
    /// After which time the decision is due for review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Span>,
}

/// An option that members rank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposalOption {
    /// What ballots call it: a word, or the handle of a candidate.
    pub label: Name,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What it shares with others, for limits on winners: `employer` → `acme`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<Name, Name>,
    /// What changes if it wins; nothing, if it leaves things as they are.
    #[serde(default)]
    pub effects: Vec<Effect>,
}

/// A member named for a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nomination {
    /// The proposal that means to fill the role.
    pub proposal: ProposalId,
    /// The version that its author read.
    pub version: u32,
    /// Who is nominated.
    pub member: Name,
    /// Why.
    pub reason: BodyId,
}

/// A new version of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amendment {
    /// The proposal.
    pub proposal: ProposalId,
    /// The number of the new version: one more than the current one.
    pub version: u32,
    /// The new content.
    pub content: Proposal,
    /// The objections that it means to integrate, sorted; they stand until their authors withdraw them.
    pub integrates: Vec<StatementId>,
}

/// An answer to a version of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The proposal.
    pub proposal: ProposalId,
    /// The version that its author read.
    pub version: u32,
    /// The answer.
    pub answer: Answer,
    /// Why: needed for an objection and for a delegate's decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<BodyId>,
    /// The advice that a decision after consultation weighed: all that the asked gave, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weighs: Vec<StatementId>,
}

/// A ballot: ranks options of a version of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ballot {
    /// The proposal.
    pub proposal: ProposalId,
    /// The version that its author read.
    pub version: u32,
    /// What it ranks, the most preferred first; options that rank equally stand together, sorted.
    pub ranking: Vec<Vec<Name>>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<BodyId>,
}

/// A member's word in an objection's test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// The objection: the response that made it.
    pub objection: StatementId,
    /// The version that its author read.
    pub version: u32,
    /// Whether it qualifies.
    pub qualifies: bool,
    /// Why: needed to find that it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<BodyId>,
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// In favour; a delegate's agree is the decision.
    Agree,
    /// Not in favour, not in the way.
    Aside,
    /// Recorded with the decision, does not block.
    Concern,
    /// In the way, with a reason, until withdrawn.
    Object,
    /// No opinion.
    Abstain,
    /// Advice; never counts.
    Advice,
    /// A ballot that ranks options; given by [`Act::Rank`] only.
    Rank,
}

impl Answer {
    /// Its word on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Aside => "stand aside",
            Self::Concern => "concern",
            Self::Object => "object",
            Self::Abstain => "abstain",
            Self::Advice => "advice",
            Self::Rank => "rank",
        }
    }
}

impl Statement {
    /// Its id.
    pub fn id(&self) -> StatementId {
        self.hash().into()
    }

    /// Decodes and verifies a statement.
    ///
    /// # Errors
    /// As [`Signed::decode`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, crate::envelope::EnvelopeError> {
        Self::decode(Kind::Statement, bytes)
    }
}

impl Proposal {
    /// The members whom it removes, who have no say in it.
    pub fn removes(&self) -> BTreeSet<Name> {
        self.all_effects().filter_map(|effect| effect.removes().cloned()).collect()
    }

    /// All effects, with the option that each belongs to and its place among all: it is part of an agreement's id.
    pub fn numbered<'p>(&'p self) -> impl Iterator<Item = (Option<&'p Name>, u32, &'p Effect)> {
        let plain = self.effects.iter().map(|effect| (None, effect));
        let of = |option: &'p ProposalOption| option.effects.iter().map(move |effect| (Some(&option.label), effect));
        let all = plain.chain(self.options.iter().flat_map(of));
        all.enumerate().map(|(place, (option, effect))| (option, place as u32, effect))
    }

    /// All effects, of all options too.
    pub fn all_effects(&self) -> impl Iterator<Item = &Effect> {
        self.numbered().map(|(_, _, effect)| effect)
    }

    /// Says whether it means to fill a role and names nobody yet.
    pub fn awaits_nominee(&self) -> bool {
        self.all_effects().any(|effect| matches!(effect, Effect::Seat { member: None, .. }))
    }
}

impl Act {
    /// The bodies that it names.
    pub fn bodies(&self) -> Vec<BodyId> {
        match self {
            Self::Propose(proposal) => vec![proposal.why],
            Self::Amend(amendment) => vec![amendment.content.why],
            Self::Respond(response) => response.reason.into_iter().collect(),
            Self::Test(test) => test.reason.into_iter().collect(),
            Self::CallIn { reason, .. } => vec![*reason],
            Self::Rank(ballot) => ballot.reason.into_iter().collect(),
            Self::Nominate(nomination) => vec![nomination.reason],
            Self::WithdrawOption { .. } | Self::Withdraw { .. } | Self::Erase { .. } | Self::Seen {} => Vec::new(),
        }
    }
}
