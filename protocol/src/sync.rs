//! Have and want between replicas: what nodes say to each other. Gossip is a hint; this is the truth.

use serde::{Deserialize, Serialize};

use crate::{
    body::Body,
    cbor::{self, CborError},
    entry::{Entry, Raw},
    envelope::EnvelopeError,
    id::{EntryId, Hash, LogId},
    limits::ANSWER_BYTES,
    note::Note,
};

/// Longest message between nodes in bytes: one answer of the target size plus its largest record.
pub const MESSAGE_BYTES: usize = 2 * 1024 * 1024;

/// What a node asks of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// The heads of all logs that both may see.
    Heads {},
    /// Entries of a log from a number on, as many as fit.
    Entries {
        /// The log.
        log: LogId,
        /// The first number wanted.
        from: u64,
    },
    /// The notes of a log.
    Notes {
        /// The log.
        log: LogId,
    },
}

/// What a node answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Heads, by log.
    Heads(Vec<Have>),
    /// Entries in order; none when there are no more, or none that the asker may see.
    Entries {
        /// The log.
        log: LogId,
        /// Entries with their bodies.
        entries: Vec<Parcel>,
    },
    /// Notes of a log.
    Notes {
        /// The log.
        log: LogId,
        /// The notes, in the order of each witness's chain.
        notes: Vec<Raw>,
    },
}

/// What a node holds of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Have {
    /// The log.
    pub log: LogId,
    /// The number of its last entry here.
    pub number: u64,
    /// That entry.
    pub entry: EntryId,
    /// A hash of the latest notes here.
    pub notes: Hash,
}

/// What a node tells everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gossip {
    /// A new entry.
    Entry(Parcel),
    /// A new note.
    Note(Raw),
}

/// An entry with the bodies that it names, as bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parcel {
    /// The entry.
    pub entry: Raw,
    /// Bodies, without those that were erased.
    pub bodies: Vec<Raw>,
}

/// A verified entry with the bodies that it names.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The entry.
    pub entry: Entry,
    /// Bodies that it names.
    pub bodies: Vec<Body>,
}

/// An answer whose records were verified.
#[derive(Clone, Debug)]
pub enum VerifiedAnswer {
    /// Heads, by log.
    Heads(Vec<Have>),
    /// Entries in order.
    Entries(LogId, Vec<Arrival>),
    /// Notes of a log.
    Notes(LogId, Vec<Note>),
}

/// Gossip whose record was verified.
#[derive(Clone, Debug)]
pub enum VerifiedGossip {
    /// A new entry.
    Entry(Arrival),
    /// A new note.
    Note(Note),
}

impl Parcel {
    /// Packs an entry with bodies.
    pub fn new(entry: &[u8], bodies: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self { entry: Raw(entry.to_vec()), bodies: bodies.into_iter().map(Raw).collect() }
    }

    /// Its size in bytes, nearly.
    pub fn size(&self) -> usize {
        self.entry.0.len() + self.bodies.iter().map(|body| body.0.len() + 8).sum::<usize>() + 32
    }

    /// Verifies the entry, and keeps the bodies that it names, up to the size of an answer: entry and bodies are
    /// stored together.
    ///
    /// # Errors
    /// If the entry is malformed or forged; a body that is no body is left out, for nothing depends on it.
    pub fn verify(&self) -> Result<Arrival, EnvelopeError> {
        let entry = Entry::decode(&self.entry.0)?;
        let named = entry.bodies();
        let bodies = self.bodies.iter().filter_map(|raw| Body::decode(&raw.0).ok());
        let mut bytes = 0;
        let fits = bodies.take_while(|body| {
            bytes += body.bytes().len();
            bytes <= ANSWER_BYTES
        });
        let bodies = fits.filter(|body| named.contains(&body.id())).collect();
        Ok(Arrival { entry, bodies })
    }
}

impl Answer {
    /// Verifies all records in it: the expensive step, done once and off the loop that owns the state.
    ///
    /// # Errors
    /// The first record that is malformed or forged.
    pub fn verify(&self) -> Result<VerifiedAnswer, EnvelopeError> {
        Ok(match self {
            Self::Heads(heads) => VerifiedAnswer::Heads(heads.clone()),
            Self::Entries { log, entries } => {
                // A bad one ends the answer, but what came before it is good: another peer may have the rest.
                VerifiedAnswer::Entries(*log, entries.iter().map_while(|parcel| parcel.verify().ok()).collect())
            }
            Self::Notes { log, notes } => {
                VerifiedAnswer::Notes(*log, notes.iter().map(|raw| Note::from_bytes(&raw.0)).collect::<Result<_, _>>()?)
            }
        })
    }
}

impl Gossip {
    /// Verifies its record.
    ///
    /// # Errors
    /// If the record is malformed or forged.
    pub fn verify(&self) -> Result<VerifiedGossip, EnvelopeError> {
        Ok(match self {
            Self::Entry(parcel) => VerifiedGossip::Entry(parcel.verify()?),
            Self::Note(raw) => VerifiedGossip::Note(Note::from_bytes(&raw.0)?),
        })
    }
}

/// Encodes a message between nodes.
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    cbor::encode(message)
}

/// Decodes a message between nodes.
///
/// # Errors
/// Unless the bytes are the one encoding of a message within the limit.
pub fn decode<T: Serialize + for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, CborError> {
    cbor::decode(bytes, MESSAGE_BYTES)
}
