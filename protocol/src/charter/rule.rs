//! Rules: a rung of the decision ladder with its numbers. Rules are data in the charter.

use serde::{Deserialize, Serialize};

use super::{Bar, Fraction, Owner, Ranked};
use crate::time::Span;

/// How a domain decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The holder of the owning role decides, with a why.
    Delegate(Delegate),
    /// The holder decides after those on the list have advised, or had the time to.
    Consult(Consult),
    /// Passes if the floor is met and no objection stands at the end.
    Consent(Consent),
    /// Passes if every eligible member agrees or stands aside, not too many aside.
    Consensus(Consensus),
    /// Passes by the share of yes, if enough have voted.
    Vote(Vote),
    /// Members rank options; a count of their ballots says which win.
    Ranked(Ranked),
}

impl Rule {
    /// The rung's name.
    pub fn rung(&self) -> &'static str {
        match self {
            Self::Delegate(_) => "delegate",
            Self::Consult(_) => "consult",
            Self::Consent(_) => "consent",
            Self::Consensus(_) => "consensus",
            Self::Vote(_) => "vote",
            Self::Ranked(_) => "ranked",
        }
    }

    /// How long a version stays open.
    pub fn closing(&self) -> Span {
        match self {
            Self::Delegate(rule) => rule.closing,
            Self::Consult(rule) => rule.closing,
            Self::Consent(rule) => rule.closing,
            Self::Consensus(rule) => rule.closing,
            Self::Vote(rule) => rule.closing,
            Self::Ranked(rule) => rule.closing,
        }
    }

    /// How long one version may take at most: its time, the tenth more that an objection may bring, or a final period, a
    /// vote that follows, and a call-in with the consent that follows it.
    pub fn longest(&self) -> Span {
        let consent = |rule: &Consent| {
            let last = rule.final_period.map_or(rule.closing.tenth(), |period| period.latest);
            let vote = rule.then_vote.as_ref().map_or(Span::ZERO, |vote| vote.closing);
            rule.closing + last + vote
        };
        match self {
            Self::Consent(rule) => consent(rule),
            Self::Consensus(rule) => rule.closing + rule.closing.tenth(),
            Self::Vote(_) | Self::Ranked(_) => self.closing(),
            Self::Delegate(_) | Self::Consult(_) => {
                let called_in = self.call_in().map(|call_in| call_in.window + consent(&call_in.rule));
                self.closing() + called_in.unwrap_or(Span::ZERO)
            }
        }
    }

    /// How long a version stays open at least, even if everybody has responded.
    pub fn minimum(&self) -> Span {
        match self {
            Self::Delegate(_) | Self::Consult(_) => Span::ZERO,
            Self::Consent(rule) => rule.minimum,
            Self::Consensus(rule) => rule.minimum,
            Self::Vote(rule) => rule.minimum,
            Self::Ranked(rule) => rule.minimum,
        }
    }

    /// Most versions of one proposal.
    pub fn versions(&self) -> u32 {
        match self {
            Self::Delegate(_) | Self::Consult(_) => DEFAULT_VERSIONS,
            Self::Consent(rule) => rule.versions,
            Self::Consensus(rule) => rule.versions,
            Self::Vote(rule) => rule.versions,
            Self::Ranked(rule) => rule.versions,
        }
    }

    /// After which time a decision is due for review, if the proposal names no date.
    pub fn review(&self) -> Option<Span> {
        match self {
            Self::Delegate(rule) => rule.review,
            Self::Consult(rule) => rule.review,
            Self::Consent(rule) => rule.review,
            Self::Consensus(rule) => rule.review,
            Self::Vote(rule) => rule.review,
            Self::Ranked(rule) => rule.review,
        }
    }

    /// The call-in window of those who decide alone.
    pub fn call_in(&self) -> Option<&CallIn> {
        match self {
            Self::Delegate(rule) => rule.call_in.as_ref(),
            Self::Consult(rule) => rule.call_in.as_ref(),
            Self::Consent(_) | Self::Consensus(_) | Self::Vote(_) | Self::Ranked(_) => None,
        }
    }

    /// Says whether one holder of the owning role decides alone.
    pub fn is_delegate(&self) -> bool {
        matches!(self, Self::Delegate(_) | Self::Consult(_))
    }

    /// Says whether its members rank options.
    pub fn is_ranked(&self) -> bool {
        matches!(self, Self::Ranked(_))
    }

    /// Says whether an objection that stands keeps it from passing, whatever the others say.
    pub fn is_blocked_by_objections(&self) -> bool {
        matches!(self, Self::Consent(_) | Self::Consensus(_))
    }
}

/// Most versions of one proposal unless the rule says otherwise.
pub const DEFAULT_VERSIONS: u32 = 5;
/// How long a version stays open unless the rule says otherwise.
const DEFAULT_CLOSING: Span = Span::from_days(7);
/// The shortest time that a version stays open unless the rule says otherwise.
const DEFAULT_MINIMUM: Span = Span::from_days(1);
/// How long those who are asked have to advise unless the rule says otherwise.
const DEFAULT_ADVICE: Span = Span::from_days(3);

/// The numbers of a delegate rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegate {
    /// How long the holder has to decide before the proposal lapses.
    #[serde(default = "default_closing")]
    pub closing: Span,
    /// The window in which a member may move the decision up to consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_in: Option<CallIn>,
    /// After which time a decision is due for review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Span>,
}

/// The call-in window of a delegate rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallIn {
    /// How long effects wait for it.
    pub window: Span,
    /// The consent rule by which the members then decide.
    pub rule: Consent,
}

/// The numbers of a consult rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consult {
    /// Whom to ask: `group`, or roles; sorted.
    pub ask: Vec<Owner>,
    /// How long they have to advise on a version; then the holder may decide without those who have not.
    #[serde(default = "default_advice")]
    pub advice: Span,
    /// How long the holder has to decide before the proposal lapses; longer than the advice window.
    #[serde(default = "default_closing")]
    pub closing: Span,
    /// The window in which a member may move the decision up to consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_in: Option<CallIn>,
    /// After which time a decision is due for review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Span>,
}

/// The numbers of a consent rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// How long a version stays open; with a final period: how long it may wait for that to start.
    #[serde(default = "default_closing")]
    pub closing: Span,
    /// How long it stays open even if everybody has responded.
    #[serde(default = "default_minimum")]
    pub minimum: Span,
    /// The share of the eligible that must have responded.
    pub quorum: Fraction,
    /// The approval that the floor asks for beside the quorum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// The time for last objections, once the floor is met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_period: Option<FinalPeriod>,
    /// The share, at least 2/3, of the eligible other than objector and proposer who may find that an objection does
    /// not qualify; without it every objection stands until it is withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objection_test: Option<Fraction>,
    /// Most versions of one proposal.
    #[serde(default = "default_versions")]
    pub versions: u32,
    /// The vote that decides if the last version does not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then_vote: Option<Vote>,
    /// After which time a decision is due for review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Span>,
}

/// The approval that a consent asks for: "a majority approves and at most two are outstanding".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The share of the eligible who agree, with a concern or without.
    pub bar: Bar,
    /// How many of the eligible may not have answered yet; left out: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outstanding: Option<u32>,
}

/// The time for last objections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinalPeriod {
    /// How long it runs from the moment at which the floor is met and no objection stands.
    pub length: Span,
    /// What an objection in it does.
    pub on_objection: OnObjection,
    /// Its latest end, counted from its first start: then what stands decides.
    pub latest: Span,
}

/// What an objection in a final period does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnObjection {
    /// The period does not end while it stands.
    Hold,
    /// A full period starts when it has ended.
    Restart,
}

/// The numbers of a consensus rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consensus {
    /// How long a version stays open.
    #[serde(default = "default_closing")]
    pub closing: Span,
    /// How long it stays open even if everybody has responded.
    #[serde(default = "default_minimum")]
    pub minimum: Span,
    /// How many may stand aside.
    pub asides: u32,
    /// Most versions of one proposal.
    #[serde(default = "default_versions")]
    pub versions: u32,
    /// After which time a decision is due for review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Span>,
}

/// The numbers of a vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// How long a version stays open.
    #[serde(default = "default_closing")]
    pub closing: Span,
    /// How long it stays open even if everybody has voted.
    #[serde(default = "default_minimum")]
    pub minimum: Span,
    /// The share of the eligible that must have voted; abstaining is voting.
    pub quorum: Fraction,
    /// The share of yes.
    pub yes: Bar,
    /// Of whom it is a share.
    #[serde(default)]
    pub of: Base,
    /// Most versions of one proposal.
    #[serde(default = "default_versions")]
    pub versions: u32,
    /// After which time a decision is due for review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Span>,
}

/// Of whom the yes of a vote are a share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// Of those who say yes or no.
    #[default]
    Votes,
    /// Of all who are eligible.
    Eligible,
}

pub(super) fn default_closing() -> Span {
    DEFAULT_CLOSING
}

pub(super) fn default_minimum() -> Span {
    DEFAULT_MINIMUM
}

fn default_advice() -> Span {
    DEFAULT_ADVICE
}

pub(super) fn default_versions() -> u32 {
    DEFAULT_VERSIONS
}
