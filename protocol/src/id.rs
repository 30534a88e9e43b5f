//! Ids: SHA-256 hashes, each kind a type of its own, shown with a kind letter.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// Says why a text is no id.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("'{text}' is not a whole {kind} id: write '{letter}' and 64 hexadecimal digits")]
pub struct IdError {
    text: String,
    kind: &'static str,
    letter: char,
}

/// A plain SHA-256 hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Hashes `bytes` with SHA-256.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Chains `bytes` onto this hash: SHA-256 of both.
    #[must_use]
    pub fn chain(&self, bytes: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(self.0);
        hasher.update(bytes);
        Self(hasher.finalize().into())
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $letter:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The letter before its hexadecimal digits.
            pub const LETTER: char = $letter;

            /// The kind letter and the first eight digits: enough for a person to tell most apart.
            pub fn short(&self) -> String {
                self.to_string()[..9].to_owned()
            }
        }

        impl From<Hash> for $name {
            fn from(hash: Hash) -> Self {
                Self(hash.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix($letter)
                    .and_then(hex_decode)
                    .map(Self)
                    .ok_or_else(|| IdError { text: text.to_owned(), kind: $kind, letter: $letter })
            }
        }

        bytes_serde!($name, $letter, $kind);
    };
}

/// Serialises a 32-byte newtype as a byte string on the wire and as a text for people.
macro_rules! bytes_serde {
    ($name:ident, $letter:literal, $kind:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", $letter)?;
                hex_fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $letter, hex_encode(&self.0[..4]))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_bytes(&self.0)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
                } else {
                    deserializer.deserialize_bytes(Bytes32($kind)).map(Self)
                }
            }
        }
    };
}

id!(
    /// A group, which is its log: the id of the log's first entry.
    LogId, 'g', "group"
);
id!(
    /// An entry of a log.
    EntryId, 'e', "entry"
);
id!(
    /// A statement of a member.
    StatementId, 's', "statement"
);
id!(
    /// A proposal: the id of the statement that opened it.
    ProposalId, 'p', "proposal"
);
id!(
    /// A witness's note.
    NoteId, 'n', "note"
);
id!(
    /// A federation: the hash of its founding agreement.
    FederationId, 'f', "federation"
);
id!(
    /// A body: the salted hash by which a record names a free text.
    BodyId, 'b', "body"
);
id!(
    /// A matter: the id of the entry that opened it.
    MatterId, 'm', "matter"
);
id!(
    /// Terms about resources: the hash of their text.
    TermsId, 't', "terms"
);
id!(
    /// A round that divides what is scarce: the hash of its text.
    RoundId, 'r', "round"
);
id!(
    /// A digest of a group's state.
    StateDigest, 'd', "digest"
);

bytes_serde!(Hash, 'h', "hash");

impl FromStr for Hash {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.strip_prefix('h').and_then(hex_decode).map(Self).ok_or_else(|| IdError {
            text: text.to_owned(),
            kind: "hash",
            letter: 'h',
        })
    }
}

impl From<StatementId> for ProposalId {
    fn from(id: StatementId) -> Self {
        Self(id.0)
    }
}

impl From<ProposalId> for StatementId {
    fn from(id: ProposalId) -> Self {
        Self(id.0)
    }
}

impl From<EntryId> for LogId {
    fn from(id: EntryId) -> Self {
        Self(id.0)
    }
}

impl From<EntryId> for MatterId {
    fn from(id: EntryId) -> Self {
        Self(id.0)
    }
}

impl From<RoundId> for TermsId {
    /// What a round offers is held in a ledger under its id, as what terms promise is under theirs.
    fn from(id: RoundId) -> Self {
        Self(id.0)
    }
}

impl From<MatterId> for ProposalId {
    /// What a matter leaves in force is named by it, as what a decision leaves is named by its proposal.
    fn from(id: MatterId) -> Self {
        Self(id.0)
    }
}

/// Reads exactly 32 bytes from a byte string.
pub(crate) struct Bytes32(pub(crate) &'static str);

impl de::Visitor<'_> for Bytes32 {
    type Value = [u8; 32];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the 32 bytes of a {}", self.0)
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<[u8; 32], E> {
        bytes.try_into().map_err(|_| E::invalid_length(bytes.len(), &self))
    }
}

/// Writes bytes as lower-case hexadecimal digits.
pub fn hex_encode(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads exactly `N` bytes from hexadecimal digits.
pub fn hex_decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    hex_decode_vec(text)?.try_into().ok()
}

/// Reads bytes from hexadecimal digits.
pub fn hex_decode_vec(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| (byte as char).to_digit(16);
    digits.chunks(2).map(|pair| Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8)).collect()
}

fn hex_fmt(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_what_they_write() {
        let id = LogId::from(Hash::of(b"x"));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.to_string().parse::<EntryId>().is_err());
        assert!("g12".parse::<LogId>().is_err());
        assert_eq!(id.short().len(), 9);
    }
}
