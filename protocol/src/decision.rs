//! Decisions: proposals that have ended, and the agreements that they left in force.

use std::fmt;

use serde::{Deserialize, Serialize};

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

/// Names a text agreement: the decision behind it, and which of its effects it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AgreementId(pub ProposalId, pub u32);

impl fmt::Display for AgreementId {
    /// The decision's short id; where it made several agreements, a dot and the number of the effect, from 0.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            0 => f.write_str(&self.0.short()),
            effect => write!(f, "{}.{effect}", self.0.short()),
        }
    }
}

/// A text agreement that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// What names it.
    pub id: AgreementId,
    /// The domain in which it holds.
    pub domain: Name,
    /// What is agreed.
    pub text: String,
    /// Since when.
    pub since: Timestamp,
    /// When it is due for review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Timestamp>,
}

/// How an agreement ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AgreementEnd {
    /// Another took its place.
    Superseded {
        /// Which.
        by: AgreementId,
        /// When.
        at: Timestamp,
    },
    /// A decision ended it.
    Retired {
        /// Which.
        by: ProposalId,
        /// When.
        at: Timestamp,
    },
}
