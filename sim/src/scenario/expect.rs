//! Expectations: how a scenario should end.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    matter::Standing,
    name::Name,
    time::{RawDate, Span},
};
use serde::{Deserialize, Serialize};

/// How something should end: a proposal, or all nodes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The label of the proposal.
    #[serde(default)]
    pub proposal: Option<String>,
    /// How it should have ended.
    #[serde(default)]
    pub outcome: Option<ExpectedOutcome>,
    /// Who should have decided, where a delegate decides.
    #[serde(default)]
    pub decided_by: Option<Name>,
    /// A part of why it should stand so, in one of its domains: `2 objections stand`.
    #[serde(default)]
    pub reason: Option<String>,
    /// A part of the rule by which it should have been decided, in one of its domains: `consent: no objection`.
    #[serde(default)]
    pub rule: Option<String>,
    /// The label of the proposal that made an agreement in words.
    #[serde(default)]
    pub agreement: Option<String>,
    /// How that agreement should stand.
    #[serde(default)]
    pub state: Option<AgreementState>,
    /// The label of the proposal that opened a matter.
    #[serde(default)]
    pub matter: Option<String>,
    /// How that matter should stand.
    #[serde(default)]
    pub standing: Option<MatterStanding>,
    /// The level at which it should have been adopted.
    #[serde(default)]
    pub level: Option<u8>,
    /// The groups that should have enacted it, and no others.
    #[serde(default)]
    pub enacted_by: Option<Vec<Name>>,
    /// The label of the proposal that stated terms.
    #[serde(default)]
    pub terms: Option<String>,
    /// How these terms should stand, by the words that screens have for it: `in force`.
    #[serde(default)]
    pub deal: Option<String>,
    /// In whose log they should stand so; left out: in that of each party.
    #[serde(default)]
    pub seen_by: Option<Name>,
    /// The label of the proposal that opened a round.
    #[serde(default)]
    pub round: Option<String>,
    /// How that round should have ended, by the words that screens have for it: `divided`, `lapsed`.
    #[serde(default)]
    pub divided: Option<String>,
    /// How much of each offer which group should have got, and no others.
    #[serde(default)]
    pub shares: Option<BTreeMap<Name, Vec<u64>>>,
    /// A resource, as `GROUP/RESOURCE`.
    #[serde(default)]
    pub resource: Option<String>,
    /// How much of it should be promised.
    #[serde(default)]
    pub promised: Option<u64>,
    /// The moment for which that is counted; left out: the end.
    #[serde(default)]
    pub at: Option<RawDate>,
    /// It should not have ended before this time after the start.
    #[serde(default)]
    pub closed_after: Option<Span>,
    /// It should have ended by this time after the start.
    #[serde(default, alias = "by")]
    pub closed_before: Option<Span>,
    /// All nodes should hold the same in the end.
    #[serde(default)]
    pub converged: Option<bool>,
}

/// How a proposal can stand in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExpectedOutcome {
    /// It passed and its effects were carried out.
    #[serde(rename = "passed")]
    Passed,
    /// It did not pass.
    #[serde(rename = "not passed")]
    NotPassed,
    /// Its author withdrew it.
    #[serde(rename = "withdrawn")]
    Withdrawn,
    /// It passed, but its effects no longer applied.
    #[serde(rename = "void")]
    Void,
    /// It has not ended.
    #[serde(rename = "open")]
    Open,
}

impl ExpectedOutcome {
    /// Its word in scenarios.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::NotPassed => "not passed",
            Self::Withdrawn => "withdrawn",
            Self::Void => "void",
            Self::Open => "open",
        }
    }
}

/// How an agreement in words can stand in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgreementState {
    /// It holds.
    #[serde(rename = "in force")]
    InForce,
    /// It holds, and the date of its review has come.
    #[serde(rename = "due for review")]
    Due,
    /// Another took its place.
    #[serde(rename = "superseded")]
    Superseded,
    /// A decision ended it.
    #[serde(rename = "retired")]
    Retired,
    /// It never came to be.
    #[serde(rename = "none")]
    Nothing,
}

impl AgreementState {
    /// Its word in scenarios.
    pub fn word(self) -> &'static str {
        match self {
            Self::InForce => "in force",
            Self::Due => "due for review",
            Self::Superseded => "superseded",
            Self::Retired => "retired",
            Self::Nothing => "none",
        }
    }
}

/// How a matter between groups can stand in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MatterStanding {
    /// Enough groups consented.
    #[serde(rename = "adopted")]
    Adopted,
    /// It is proved that they did not.
    #[serde(rename = "not adopted")]
    NotAdopted,
    /// Neither is proved, and the time is up.
    #[serde(rename = "in doubt")]
    InDoubt,
    /// Groups may still answer.
    #[serde(rename = "open")]
    Open,
    /// It was never opened.
    #[serde(rename = "none")]
    Nothing,
}

impl MatterStanding {
    /// Its word in scenarios.
    pub fn word(self) -> &'static str {
        match self {
            Self::Adopted => "adopted",
            Self::NotAdopted => "not adopted",
            Self::InDoubt => "in doubt",
            Self::Open => "open",
            Self::Nothing => "none",
        }
    }

    /// The word of a standing.
    pub fn of(standing: Standing) -> Self {
        match standing {
            Standing::Open { .. } => Self::Open,
            Standing::Adopted { .. } => Self::Adopted,
            Standing::NotAdopted => Self::NotAdopted,
            Standing::InDoubt => Self::InDoubt,
        }
    }
}

/// How rounds can stand.
const ROUNDS: [&str; 6] = ["divided", "lapsed", "open for claims", "open for reveals", "to be divided", "none"];

/// How terms can stand.
const DEALS: [&str; 10] =
    ["requested", "offered", "countered", "accepted", "in force", "complete", "lapsed", "declined", "broken", "ended"];

impl Expectation {
    /// The group and the name of the resource that it is about.
    pub fn resource(&self) -> Option<(Name, Name)> {
        let (group, resource) = self.resource.as_ref()?.split_once('/')?;
        Some((group.parse().ok()?, resource.parse().ok()?))
    }

    fn problem_with_rounds(&self) -> Option<String> {
        let known = self.divided.as_ref().is_none_or(|state| ROUNDS.contains(&state.as_str()));
        let says = self.divided.is_some() || self.shares.is_some();
        (self.round.is_some() != says || !known).then(|| {
            let states = ROUNDS.join(", ");
            format!("round = \"LABEL\" belongs together with shares, or with divided, which is one of: {states}")
        })
    }

    fn problem_with_deals(&self) -> Option<String> {
        let known = self.deal.as_ref().is_none_or(|deal| DEALS.contains(&deal.as_str()));
        if self.terms.is_some() != self.deal.is_some() || !known {
            return Some(format!("terms = \"LABEL\" and deal belong together, which is one of: {}", DEALS.join(", ")));
        }
        if self.seen_by.is_some() && self.terms.is_none() {
            return Some("seen_by belongs to terms = \"LABEL\"".into());
        }
        let wrong = self.resource.is_some() && self.resource().is_none();
        if self.resource.is_some() != self.promised.is_some() || self.at.is_some() && self.resource.is_none() || wrong {
            return Some(
                "resource = \"GROUP/RESOURCE\" and promised = AMOUNT belong together, with at if need be".into(),
            );
        }
        None
    }

    pub(super) fn problem(&self) -> Option<String> {
        let about_proposal = self.outcome.is_some()
            || self.decided_by.is_some()
            || self.reason.is_some()
            || self.rule.is_some()
            || self.closed_after.is_some()
            || self.closed_before.is_some();
        if self.agreement.is_some() != self.state.is_some() {
            return Some("agreement = \"LABEL\" and state = \"…\" belong together".into());
        }
        let about_matter = self.standing.is_some() || self.level.is_some() || self.enacted_by.is_some();
        if self.matter.is_some() != about_matter {
            return Some("matter = \"LABEL\" belongs together with standing, level or enacted_by".into());
        }
        if let Some(problem) = self.problem_with_deals().or_else(|| self.problem_with_rounds()) {
            return Some(problem);
        }
        match (&self.proposal, self.converged) {
            (None, None) if (self.terms.is_some() || self.resource.is_some()) && !about_proposal => None,
            (None, None) if (about_matter || self.round.is_some()) && !about_proposal => None,
            (None, None) if self.agreement.is_some() && !about_proposal => None,
            (None, None) => Some("needs proposal = \"LABEL\" with an outcome, or converged = true".into()),
            (None, Some(_)) if about_proposal => Some("needs proposal = \"LABEL\"".into()),
            (Some(_), _) if !about_proposal => Some("says nothing about the proposal: give outcome = \"…\"".into()),
            _ => None,
        }
    }

    pub(super) fn scale_down(&mut self, scale: u64) {
        for span in [&mut self.closed_after, &mut self.closed_before].into_iter().flatten() {
            *span = span.scaled_down(scale);
        }
        self.at.iter_mut().for_each(|at| at.scale_down(scale));
    }
}
