//! What nodes sign: the entries of a group's log, and receipts.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    charter::Charter,
    envelope::{EnvelopeError, Kind, Signed},
    evidence::{Evidence, Proof},
    id::{BodyId, EntryId, LogId, ProposalId, StateDigest, StatementId},
    key::{PublicKey, SecretKey, SignError},
    note::NoteContent,
    statement::{Founding, FoundingContent, Statement, StatementContent},
    time::Timestamp,
    voice::Voice,
};

/// A verified receipt: the log key's promise that the log holds the statement.
pub type Receipt = Signed<ReceiptContent>;

/// The payload of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptContent {
    /// The log.
    pub log: LogId,
    /// The epoch of the log: how many successions came before.
    pub epoch: u64,
    /// The statement.
    pub statement: StatementId,
    /// When the node took it.
    pub time: Timestamp,
    /// The log holds it, or an entry that names the rule refusing it, by then.
    pub by: Timestamp,
}

/// The payload of an entry; on the wire an array whose first three items have one form in every rules version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "EntryWire", into = "EntryWire")]
pub struct EntryContent {
    /// The log; the first entry has none, because its own id is the log's.
    pub log: Option<LogId>,
    /// 0 for the first entry, then one more each.
    pub number: u64,
    /// The entry before.
    pub previous: Option<EntryId>,
    /// The node's clock; it never falls within a log.
    pub time: Timestamp,
    /// Entries of other logs that it relies on, sorted.
    pub cites: Vec<EntryId>,
    /// What it does.
    pub act: EntryAct,
}

#[derive(Serialize, Deserialize)]
struct EntryWire(Option<LogId>, u64, Option<EntryId>, Timestamp, Vec<EntryId>, EntryAct);

impl From<EntryWire> for EntryContent {
    fn from(EntryWire(log, number, previous, time, cites, act): EntryWire) -> Self {
        Self { log, number, previous, time, cites, act }
    }
}

impl From<EntryContent> for EntryWire {
    fn from(content: EntryContent) -> Self {
        Self(content.log, content.number, content.previous, content.time, content.cites, content.act)
    }
}

/// What an entry does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryAct {
    /// Starts the log with a charter that founders signed.
    Found {
        /// The charter.
        charter: Box<Charter>,
        /// Foundings by people of the charter.
        foundings: Vec<Raw>,
    },
    /// Takes statements into the log.
    Admit {
        /// The statements, in order.
        statements: Vec<Raw>,
    },
    /// Closes a proposal: its outcome follows from the log so far.
    Close {
        /// The proposal.
        proposal: ProposalId,
    },
    /// Carries out a decision whose effects waited for its call-in window.
    Apply {
        /// The proposal.
        proposal: ProposalId,
    },
    /// States the digest of the state before this entry, for every replica to compare.
    Digest {
        /// The digest.
        digest: StateDigest,
    },
    /// Says something to other groups.
    Speak(Voice),
    /// Takes for known what other groups said, or did not.
    Cite {
        /// What shows it.
        evidence: Vec<Evidence>,
    },
}

/// The bytes of a signed record inside another.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw(pub Vec<u8>);

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Raw;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the bytes of a signed record")
            }
            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Raw, E> {
                Ok(Raw(bytes.to_vec()))
            }
            fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Raw, E> {
                Ok(Raw(bytes))
            }
        }
        deserializer.deserialize_byte_buf(Visitor)
    }
}

/// A verified entry: its own signature holds, and the records inside were decoded and verified too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    signed: Signed<EntryContent>,
    inside: Result<Inside, EnvelopeError>,
}

/// The records inside an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    /// Statements that it admits, in order.
    pub statements: Vec<Statement>,
    /// Foundings of a first entry.
    pub foundings: Vec<Founding>,
    /// The records of the evidence that it cites, in order.
    pub proofs: Vec<Proof>,
}

impl EntryAct {
    /// One word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Found { .. } => "found",
            Self::Admit { .. } => "admit",
            Self::Close { .. } => "close",
            Self::Apply { .. } => "apply",
            Self::Digest { .. } => "digest",
            Self::Speak(_) => "speak",
            Self::Cite { .. } => "cite",
        }
    }
}

impl Entry {
    /// Decodes an entry and verifies its signature and those inside.
    ///
    /// A bad record inside is no error here: the log key signed for it, so it is a fault that the entry itself proves.
    ///
    /// # Errors
    /// As [`Signed::decode`], about the entry's own bytes and signature.
    pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let signed = Signed::decode(Kind::Entry, bytes)?;
        let inside = inside(&signed, Signed::decode, Signed::decode, Signed::decode, Signed::decode);
        Ok(Self { signed, inside })
    }

    /// Decodes an entry that this node verified before it stored it and that its store has checked by hash.
    ///
    /// # Errors
    /// As [`Signed::decode_stored`].
    pub fn decode_stored(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let signed = Signed::decode_stored(Kind::Entry, bytes)?;
        let stored = (Signed::decode_stored, Signed::decode_stored);
        let inside = inside(&signed, stored.0, stored.1, Signed::decode_stored, Signed::decode_stored);
        Ok(Self { signed, inside })
    }

    /// Signs an entry.
    ///
    /// # Panics
    /// If the content is over the limits of an entry; use [`Entry::try_sign`] where a member chose it.
    pub fn sign(content: EntryContent, key: &SecretKey) -> Self {
        Self::try_sign(content, key).expect("a key in memory signs what is within the limits")
    }

    /// Signs an entry.
    ///
    /// # Errors
    /// If the content is over the limits of an entry.
    pub fn try_sign(content: EntryContent, key: &SecretKey) -> Result<Self, SignError> {
        let signed = Signed::try_sign(Kind::Entry, content, key)?;
        let stored = (Signed::decode_stored, Signed::decode_stored);
        let inside = inside(&signed, stored.0, stored.1, Signed::decode_stored, Signed::decode_stored);
        Ok(Self { signed, inside })
    }

    /// Its id.
    pub fn id(&self) -> EntryId {
        self.signed.hash().into()
    }

    /// The log that it belongs to.
    pub fn log(&self) -> LogId {
        self.content().log.unwrap_or_else(|| self.id().into())
    }

    /// Its number.
    pub fn number(&self) -> u64 {
        self.content().number
    }

    /// The log key that signed it.
    pub fn signer(&self) -> PublicKey {
        self.signed.signer()
    }

    /// Its payload.
    pub fn content(&self) -> &EntryContent {
        self.signed.content()
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        self.signed.bytes()
    }

    /// The records inside, or why one of them is no record.
    ///
    /// # Errors
    /// About the first record inside that is malformed or forged.
    pub fn inside(&self) -> Result<&Inside, &EnvelopeError> {
        self.inside.as_ref()
    }

    /// The bodies that its statements name.
    pub fn bodies(&self) -> Vec<BodyId> {
        let statements = self.inside.iter().flat_map(|inside| &inside.statements);
        statements.flat_map(|statement| statement.content().act.bodies()).collect()
    }
}

type Decode<T> = fn(Kind, &[u8]) -> Result<Signed<T>, EnvelopeError>;

fn inside(
    entry: &Signed<EntryContent>,
    statement: Decode<StatementContent>,
    founding: Decode<FoundingContent>,
    voice: Decode<EntryContent>,
    note: Decode<NoteContent>,
) -> Result<Inside, EnvelopeError> {
    let mut inside = Inside::default();
    match &entry.content().act {
        EntryAct::Found { foundings, .. } => {
            for raw in foundings {
                inside.foundings.push(founding(Kind::Founding, &raw.0)?);
            }
        }
        EntryAct::Admit { statements } => {
            for raw in statements {
                inside.statements.push(statement(Kind::Statement, &raw.0)?);
            }
        }
        EntryAct::Cite { evidence } => {
            for evidence in evidence {
                inside.proofs.push(evidence.open(voice, note)?);
            }
        }
        EntryAct::Close { .. } | EntryAct::Apply { .. } | EntryAct::Digest { .. } | EntryAct::Speak(_) => {}
    }
    Ok(inside)
}
