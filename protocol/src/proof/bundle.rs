//! The file: what proves a decision, or how a matter stands, in its one encoding.

use serde::{Deserialize, Serialize};

use super::subject::{MatterAt, Subject};
use crate::{
    cbor::{self, CborError},
    entry::Raw,
    federation::FederationAgreement,
    id::{LogId, ProposalId},
    limits::{BUNDLE_BYTES, BUNDLE_ITEMS},
    replay::{PastEntry, PastNaming},
};

/// What proves a decision, or how a matter stands; nothing in it may be left out or added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// The version of this form.
    pub bundle: u32,
    /// The group.
    pub log: LogId,
    /// The proposal that was decided; left out, it is about a matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<ProposalId>,
    /// The matter, and after which entry it is shown; left out, it is about a proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<MatterAt>,
    /// The snapshot that the first entry states the digest of; left out, the first entry is that of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Raw>,
    /// The entries before the start that statements have seen, by number.
    pub past_entries: Vec<PastEntry>,
    /// Who named the bodies before the start that are erased after it, by body.
    pub past_namings: Vec<PastNaming>,
    /// The entries from the start on, without gaps, to the first that seals the one that decides, or after which the
    /// matter is shown; if nothing seals that, to it.
    pub entries: Vec<Raw>,
    /// The notes that seal it, by witness: exactly as many as it takes.
    pub notes: Vec<Raw>,
    /// The versions of the agreement before the one whose panel seals that the group has not consented to, by number.
    pub agreements: Vec<FederationAgreement>,
    /// The texts that statements name about the proposal, or the group's own about the matter, by the id of the body; null for one that is not there.
    pub texts: Vec<Option<Raw>>,
}

impl Bundle {
    /// The version of the form that this program knows.
    pub const VERSION: u32 = 1;

    /// What it is about; nothing if it does not say, or says two things.
    pub fn subject(&self) -> Option<Subject> {
        match (self.proposal, self.matter) {
            (Some(proposal), None) => Some(proposal.into()),
            (None, Some(matter)) => Some(matter.into()),
            (None, None) | (Some(_), Some(_)) => None,
        }
    }

    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads a bundle.
    ///
    /// # Errors
    /// Unless the bytes are the one encoding of a bundle within the limits.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode_large(bytes, BUNDLE_BYTES, BUNDLE_ITEMS)
    }
}
