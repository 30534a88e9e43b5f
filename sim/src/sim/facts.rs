//! What is known about records by their bytes: each signature is verified once in a run, whoever receives it.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    entry::Entry,
    envelope::EnvelopeError,
    id::{BodyId, EntryId, Hash, StatementId},
    note::Note,
    sync::{Answer, Arrival, Gossip, Parcel, VerifiedAnswer, VerifiedGossip},
};

/// What an entry's bytes say.
#[derive(Debug, Default)]
pub(crate) struct EntryFacts {
    pub(crate) id: Option<EntryId>,
    pub(crate) statements: Vec<StatementId>,
    pub(crate) bodies: Vec<BodyId>,
}

/// What is known about records by their bytes.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    entries: BTreeMap<Hash, EntryFacts>,
    arrivals: BTreeMap<Hash, Arrival>,
    notes: BTreeMap<Hash, Note>,
}

impl Facts {
    /// What an entry's bytes say; they were signed or verified here.
    pub(crate) fn entry(&mut self, bytes: &[u8]) -> &EntryFacts {
        self.entries.entry(Hash::of(bytes)).or_insert_with(|| facts_of(bytes))
    }

    pub(crate) fn gossip(&mut self, gossip: &Gossip) -> Result<VerifiedGossip, EnvelopeError> {
        Ok(match gossip {
            Gossip::Entry(parcel) => VerifiedGossip::Entry(self.parcel(parcel)?),
            Gossip::Note(raw) => VerifiedGossip::Note(self.note(&raw.0)?),
        })
    }

    pub(crate) fn answer(&mut self, answer: &Answer) -> Result<VerifiedAnswer, EnvelopeError> {
        Ok(match answer {
            Answer::Heads(_) => answer.verify()?,
            Answer::Entries { log, entries } => {
                let entries = entries.iter().map(|parcel| self.parcel(parcel)).collect::<Result<_, _>>()?;
                VerifiedAnswer::Entries(*log, entries)
            }
            Answer::Notes { log, notes } => {
                let notes = notes.iter().map(|raw| self.note(&raw.0)).collect::<Result<_, _>>()?;
                VerifiedAnswer::Notes(*log, notes)
            }
        })
    }

    fn parcel(&mut self, parcel: &Parcel) -> Result<Arrival, EnvelopeError> {
        let mut hash = Hash::of(&parcel.entry.0);
        for body in &parcel.bodies {
            hash = hash.chain(&body.0);
        }
        if let Some(arrival) = self.arrivals.get(&hash) {
            return Ok(arrival.clone());
        }
        let arrival = parcel.verify()?;
        self.arrivals.insert(hash, arrival.clone());
        Ok(arrival)
    }

    /// The note of these bytes.
    pub(crate) fn note(&mut self, bytes: &[u8]) -> Result<Note, EnvelopeError> {
        let hash = Hash::of(bytes);
        if let Some(note) = self.notes.get(&hash) {
            return Ok(note.clone());
        }
        let note = Note::from_bytes(bytes)?;
        self.notes.insert(hash, note.clone());
        Ok(note)
    }
}

fn facts_of(bytes: &[u8]) -> EntryFacts {
    let Ok(entry) = Entry::decode_stored(bytes) else { return EntryFacts::default() };
    let statements = entry.inside().iter().flat_map(|inside| &inside.statements).map(|s| s.id()).collect();
    EntryFacts { id: Some(entry.id()), statements, bodies: entry.bodies() }
}
