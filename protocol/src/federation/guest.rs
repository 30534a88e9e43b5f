//! What a guest may ask: the agreement, and to join. Everything else takes belonging.

use serde::{Deserialize, Serialize};

use super::FederationAgreement;
use crate::{
    cbor::{self, CborError},
    entry::Raw,
    id::{FederationId, Hash, LogId},
    key::PublicKey,
    name::Name,
    time::Timestamp,
};

/// Longest request of a guest in bytes: a first entry with what is around it.
pub const GUEST_BYTES: usize = 128 * 1024;

/// What somebody asks who does not belong. The connection proves which node it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum GuestRequest {
    /// The agreement in force.
    Look {
        /// The secret of a ticket.
        secret: Hash,
    },
    /// To be taken in.
    Join {
        /// The secret of a ticket.
        secret: Hash,
        /// The name that the group wants to have in the federation.
        name: Name,
        /// The first entry of its log, which holds its charter.
        entry: Raw,
    },
}

/// What a guest is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum GuestAnswer {
    /// The agreement in force. Of a group that asks to join, it is noted here; its groups will see it.
    Agreement(FederationAgreement),
    /// No, and why.
    Refused {
        /// In words for people.
        reason: String,
    },
}

/// What a node keeps of a ticket that it made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// The hash of its secret.
    pub secret: Hash,
    /// The federation.
    pub federation: FederationId,
    /// It is good until then.
    pub expires: Timestamp,
    /// The only node that it is good for, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<PublicKey>,
    /// What it was used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<JoinRequest>,
}

/// A group that asks to join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// The name that it wants to have in the federation.
    pub name: Name,
    /// Its log.
    pub log: LogId,
    /// The node that asked.
    pub node: PublicKey,
    /// What the group is there for, by the charter that it was founded with.
    pub purpose: String,
    /// How many people founded it.
    pub people: u32,
    /// When it asked.
    pub at: Timestamp,
}

impl GuestRequest {
    /// The secret that it shows.
    pub fn secret(&self) -> &Hash {
        match self {
            Self::Look { secret } | Self::Join { secret, .. } => secret,
        }
    }

    /// Decodes a request.
    ///
    /// # Errors
    /// Unless the bytes are the one encoding of a request within the limit.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(bytes, GUEST_BYTES)
    }
}

impl GuestAnswer {
    /// Decodes an answer.
    ///
    /// # Errors
    /// Unless the bytes are the one encoding of an answer within the limit.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(bytes, GUEST_BYTES)
    }
}
