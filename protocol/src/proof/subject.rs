//! What a bundle is about: a decision of the group, or how a matter between groups stands in its log.

use serde::{Deserialize, Serialize};

use crate::id::{MatterId, ProposalId};

/// What a bundle is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A proposal that has ended.
    Proposal(ProposalId),
    /// How a matter stands after an entry.
    Matter(MatterAt),
}

/// A matter, as the log shows it after one of its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatterAt {
    /// The matter.
    pub id: MatterId,
    /// The number of the entry.
    pub entry: u64,
}

impl From<ProposalId> for Subject {
    fn from(proposal: ProposalId) -> Self {
        Self::Proposal(proposal)
    }
}

impl From<MatterAt> for Subject {
    fn from(matter: MatterAt) -> Self {
        Self::Matter(matter)
    }
}
