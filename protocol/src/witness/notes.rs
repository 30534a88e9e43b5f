//! The notes that are known of one log, and what they seal.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::{id::Hash, key::PublicKey, note::Note, time::Timestamp};

/// Says why a note is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoteError {
    /// The note falls behind one of the same witness: its place or date went back.
    #[error("note {id} of witness {witness} goes back in place or date", id = .0.short(), witness = .1.short())]
    GoesBack(crate::id::NoteId, PublicKey),
    /// It is known already, or says nothing new.
    #[error("known already")]
    Known,
}

/// The notes that are known of one log: per witness those that moved forward, and the latest.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    by_witness: BTreeMap<PublicKey, Vec<Note>>,
}

impl Notes {
    /// Takes a note whose witness and place the caller has checked; gives back the note that it makes needless.
    ///
    /// # Errors
    /// - [`NoteError::Known`] if it is known or older than what is known without contradicting it
    /// - [`NoteError::GoesBack`] if place and date disagree about which of two notes came first
    pub fn take(&mut self, note: Note) -> Result<Option<Note>, NoteError> {
        let chain = self.by_witness.entry(note.signer()).or_default();
        let (number, time) = (note.content().number, note.content().time);
        let Some(last) = chain.last() else {
            chain.push(note);
            return Ok(None);
        };
        let (last_number, last_time) = (last.content().number, last.content().time);
        if number >= last_number && time >= last_time && note.id() != last.id() {
            // A note that only says "still here" replaces one that said the same of the same place.
            let still_here = chain.len() > 1 && chain[chain.len() - 2].content().number == last_number;
            let needless = (still_here && number == last_number).then(|| chain.pop()).flatten();
            chain.push(note);
            return Ok(needless);
        }
        if number <= last_number && time <= last_time {
            return Err(NoteError::Known);
        }
        Err(NoteError::GoesBack(note.id(), note.signer()))
    }

    /// The latest note of a witness.
    pub fn latest(&self, witness: &PublicKey) -> Option<&Note> {
        self.by_witness.get(witness).and_then(|chain| chain.last())
    }

    /// The notes of a witness that are known, in their order.
    pub fn chain(&self, witness: &PublicKey) -> &[Note] {
        self.by_witness.get(witness).map_or(&[], Vec::as_slice)
    }

    /// The highest entry that a witness covers.
    pub fn covers(&self, witness: &PublicKey) -> Option<u64> {
        self.latest(witness).map(|note| note.content().number)
    }

    /// The highest number that at least `seal` of `witnesses` cover.
    pub fn sealed_up_to<'a>(&self, witnesses: impl IntoIterator<Item = &'a PublicKey>, seal: u32) -> Option<u64> {
        let mut covered: Vec<u64> = witnesses.into_iter().filter_map(|witness| self.covers(witness)).collect();
        covered.sort_unstable_by(|a, b| b.cmp(a));
        covered.get(seal.checked_sub(1)? as usize).copied()
    }

    /// The date by which `seal` of `witnesses` covered `number`, by the notes that are known here.
    pub fn sealed_by<'a>(
        &self,
        number: u64,
        witnesses: impl IntoIterator<Item = &'a PublicKey>,
        seal: u32,
    ) -> Option<Timestamp> {
        let first_cover = |witness: &PublicKey| {
            let chain = self.by_witness.get(witness)?;
            chain.iter().find(|note| note.content().number >= number).map(|note| note.content().time)
        };
        let mut dates: Vec<Timestamp> = witnesses.into_iter().filter_map(first_cover).collect();
        dates.sort_unstable();
        dates.get(seal.checked_sub(1)? as usize).copied()
    }

    /// All notes, per witness in the order of their chain.
    pub fn iter(&self) -> impl Iterator<Item = &Note> {
        self.by_witness.values().flatten()
    }

    /// A hash of the latest notes of `witnesses`: two replicas that have the same need not exchange any. Notes of those
    /// who witness the log no more count for nothing, and who comes late does not take them.
    pub fn fingerprint(&self, witnesses: &[PublicKey]) -> Hash {
        let current = self.by_witness.iter().filter(|(witness, _)| witnesses.contains(witness));
        let latest = current.filter_map(|(_, chain)| chain.last());
        latest.fold(Hash::of(b"notes"), |hash, note| hash.chain(&note.id().0))
    }
}
