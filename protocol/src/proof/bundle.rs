//! The file: what proves a decision, in its one encoding.

use serde::{Deserialize, Serialize};

use crate::{
    cbor::{self, CborError},
    entry::Raw,
    federation::FederationAgreement,
    id::{LogId, ProposalId},
    limits::{BUNDLE_BYTES, BUNDLE_ITEMS},
    replay::{PastEntry, PastNaming},
};

/// What proves a decision; nothing in it may be left out or added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// The version of this form.
    pub bundle: u32,
    /// The group.
    pub log: LogId,
    /// The proposal that was decided.
    pub proposal: ProposalId,
    /// The snapshot that the first entry states the digest of; left out, the first entry is that of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Raw>,
    /// The entries before the start that statements have seen, by number.
    pub past_entries: Vec<PastEntry>,
    /// Who named the bodies before the start that are erased after it, by body.
    pub past_namings: Vec<PastNaming>,
    /// The entries from the start on, without gaps, to the first that seals the decision; if nothing seals it, to the
    /// one that decides.
    pub entries: Vec<Raw>,
    /// The notes that seal it, by witness: exactly as many as it takes.
    pub notes: Vec<Raw>,
    /// The versions of the agreement before the one whose panel seals that the group has not consented to, by number.
    pub agreements: Vec<FederationAgreement>,
    /// The texts that statements about the proposal name, by the id of the body; null for one that is not there.
    pub texts: Vec<Option<Raw>>,
}

impl Bundle {
    /// The version of the form that this program knows.
    pub const VERSION: u32 = 1;

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
