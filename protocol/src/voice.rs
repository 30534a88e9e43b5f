//! Voices: what a group says to other groups, each in an entry of its own.

use serde::{Deserialize, Serialize};

use crate::{
    id::{EntryId, MatterId, ProposalId},
    key::PublicKey,
    matter::Matter,
};

/// What a group says to others; it follows from the log and stands in an entry of its own.
///
/// The voices of a log are a chain, and notes name its last link: who has a note and the voices from there back to a
/// date knows all that the group said since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voice {
    /// The voice before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<EntryId>,
    /// The node that hosts the log: its own notes of it count for nothing.
    pub host: PublicKey,
    /// The decision behind it; an enactment may have none of the group's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<ProposalId>,
    /// What it says.
    pub says: Says,
}

/// What a voice says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// Opens a matter; where the group is affected, it consents with that.
    Open(Box<Matter>),
    /// Consents to a matter, for good.
    Consent {
        /// The matter.
        matter: MatterId,
    },
    /// Says no to a matter, as silence does, but with a reason; a consent may follow.
    Decline {
        /// The matter.
        matter: MatterId,
    },
    /// Carries out its part of an adopted matter.
    Enact {
        /// The matter.
        matter: MatterId,
        /// The level at which it was adopted.
        level: u8,
    },
}

impl Says {
    /// The matter that it is about, unless it opens one.
    pub fn matter(&self) -> Option<MatterId> {
        match self {
            Self::Open(_) => None,
            Self::Consent { matter } | Self::Decline { matter } | Self::Enact { matter, .. } => Some(*matter),
        }
    }
}
