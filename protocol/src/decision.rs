//! Decisions: proposals that have ended, and the agreements that they left in force.

use serde::Serialize;

use crate::{id::ProposalId, ladder::Standing, name::Name, proposal::OpenProposal, time::Timestamp};

/// How a proposal ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It passed and its effects were carried out.
    Applied,
    /// It did not pass.
    NotPassed,
    /// Its author withdrew it.
    Withdrawn,
    /// It passed, but its effects no longer applied; none was carried out.
    Void {
        /// Why.
        reason: String,
    },
}

impl Outcome {
    /// Its word on screens and in scenarios.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Applied => "passed",
            Self::NotPassed => "not passed",
            Self::Withdrawn => "withdrawn",
            Self::Void { .. } => "void",
        }
    }
}

/// A proposal that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The proposal as it stood.
    pub proposal: OpenProposal,
    /// How it ended.
    pub outcome: Outcome,
    /// How each of its domains stood, in the order of its polls.
    pub standings: Vec<Standing>,
    /// When it ended.
    pub closed: Timestamp,
    /// The entry that ended it.
    pub entry: u64,
    /// When to review it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Timestamp>,
}

/// A text agreement that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Agreement {
    /// The decision behind it.
    pub decision: ProposalId,
    /// Which of the decision's effects it is.
    pub effect: u32,
    /// The domain in which it holds.
    pub domain: Name,
    /// What is agreed.
    pub text: String,
    /// Since when.
    pub since: Timestamp,
    /// When it is due for review.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Timestamp>,
}
