//! What witnesses sign: notes of the heads they hold.

use serde::{Deserialize, Serialize};

use crate::{
    envelope::{EnvelopeError, Kind, Signed},
    id::{EntryId, LogId, NoteId},
    key::SecretKey,
    time::Timestamp,
};

/// A verified note.
pub type Note = Signed<NoteContent>;

/// The payload of a note: it covers the entry and everything before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "NoteWire", into = "NoteWire")]
pub struct NoteContent {
    /// The log.
    pub log: LogId,
    /// The number of the entry that it covers.
    pub number: u64,
    /// The witness's note of this log before; their chain's places and dates never fall.
    pub previous: Option<NoteId>,
    /// The entry.
    pub entry: EntryId,
    /// The witness's clock.
    pub time: Timestamp,
    /// The last entry up to there by which the group spoke to others, if it has.
    pub voice: Option<EntryId>,
}

#[derive(Serialize, Deserialize)]
struct NoteWire(LogId, u64, Option<NoteId>, EntryId, Timestamp, Option<EntryId>);

impl From<NoteWire> for NoteContent {
    fn from(NoteWire(log, number, previous, entry, time, voice): NoteWire) -> Self {
        Self { log, number, previous, entry, time, voice }
    }
}

impl From<NoteContent> for NoteWire {
    fn from(note: NoteContent) -> Self {
        Self(note.log, note.number, note.previous, note.entry, note.time, note.voice)
    }
}

impl Note {
    /// Its id.
    pub fn id(&self) -> NoteId {
        self.hash().into()
    }

    /// Decodes and verifies a note.
    ///
    /// # Errors
    /// As [`Signed::decode`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        Self::decode(Kind::Note, bytes)
    }

    /// Signs a note with a node key.
    pub fn witness(content: NoteContent, key: &SecretKey) -> Self {
        Self::sign(Kind::Note, content, key)
    }
}
