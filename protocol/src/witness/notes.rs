//! The notes that are known of one log, and what they seal.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::{id::Hash, key::PublicKey, limits::NOTES_COMPARED, note::Note, time::Timestamp};

/// Says why a note is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoteError {
    /// The note contradicts one of the same witness: its place or date went back.
    #[error("note {id} of witness {witness} goes back in place or date", id = .0.short(), witness = .1.short())]
    GoesBack(crate::id::NoteId, PublicKey),
    /// It is known already, or says nothing new.
    #[error("known already")]
    Known,
}

/// The notes that are known of one log: per witness the first and the last of each place, whatever the order in which
/// they came. The first dates what was said, the last shows what was not.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    by_witness: BTreeMap<PublicKey, Vec<Note>>,
}

impl Notes {
    /// Takes a note whose witness and place the caller has checked; gives back the note that it makes needless.
    ///
    /// Which notes are kept does not depend on the order in which they come, as long as a witness does not contradict
    /// itself: replicas that heard the same count the same.
    ///
    /// # Errors
    /// - [`NoteError::Known`] if it is known, or stands between two notes of the same place
    /// - [`NoteError::GoesBack`] if place and date disagree about which of two notes came first
    pub fn take(&mut self, note: Note) -> Result<Option<Note>, NoteError> {
        let chain = self.by_witness.entry(note.signer()).or_default();
        let order = |note: &Note| (note.content().time, note.content().number, note.id());
        let Err(at) = chain.binary_search_by_key(&order(&note), order) else { return Err(NoteError::Known) };
        let number = note.content().number;
        let place = |note: &Note| note.content().number;
        let goes_back = chain[..at].last().is_some_and(|before| place(before) > number)
            || chain.get(at).is_some_and(|after| place(after) < number);
        if goes_back {
            return Err(NoteError::GoesBack(note.id(), note.signer()));
        }
        // A note that only says "still here" is needless between two of the same place.
        let before = chain[..at].iter().rev().take(2).take_while(|before| place(before) == number).count();
        let after = chain[at..].iter().take(2).take_while(|after| place(after) == number).count();
        if before > 0 && after > 0 {
            return Err(NoteError::Known);
        }
        chain.insert(at, note);
        Ok(match (before, after) {
            (2, _) => Some(chain.remove(at - 1)),
            (_, 2) => Some(chain.remove(at + 1)),
            _ => None,
        })
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

    /// A hash of the last notes of `witnesses`: two replicas that have the same need not exchange any. Notes of those
    /// who witness the log no more count for nothing, and who comes late does not take them.
    ///
    /// The latest alone would not do: a replica that missed one before it would never hear of it, and could not say when
    /// something was sealed, or that somebody was silent.
    pub fn fingerprint(&self, witnesses: &BTreeSet<PublicKey>) -> Hash {
        let current = self.by_witness.iter().filter(|(witness, _)| witnesses.contains(witness));
        let last = current.flat_map(|(_, chain)| &chain[chain.len().saturating_sub(NOTES_COMPARED)..]);
        last.fold(Hash::of(b"notes"), |hash, note| hash.chain(&note.id().0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixture::key, id::LogId, note::NoteContent, time::Timestamp};

    /// Notes of one witness at these places and dates, each after the one before.
    fn chain(places: &[(u64, u64)]) -> Vec<Note> {
        let log: LogId = Hash::of(b"log").into();
        let mut previous = None;
        let note = |(number, time): &(u64, u64)| {
            let (entry, time) = (Hash::of(&number.to_be_bytes()).into(), Timestamp::from_millis(*time));
            let content = NoteContent { log, number: *number, previous, entry, time, voice: None };
            let note = Note::witness(content, &key("witness"));
            previous = Some(note.id());
            note
        };
        places.iter().map(note).collect()
    }

    fn all(notes: &[Note]) -> Notes {
        let mut known = Notes::default();
        for note in notes {
            let _ = known.take(note.clone());
        }
        known
    }

    fn kept(notes: &Notes) -> Vec<(u64, u64)> {
        notes.chain(&key("witness").public()).iter().map(|n| (n.content().number, n.content().time.millis())).collect()
    }

    #[test]
    fn which_notes_are_kept_does_not_depend_on_their_order() {
        let notes = chain(&[(0, 1), (0, 2), (0, 3), (0, 4), (2, 5), (5, 6), (5, 7), (5, 8)]);
        let wanted = vec![(0, 1), (0, 4), (2, 5), (5, 6), (5, 8)];
        let witness = BTreeSet::from([key("witness").public()]);
        let first = all(&notes);
        assert_eq!(kept(&first), wanted);
        for turn in 0..64_usize {
            let mut mixed = notes.clone();
            mixed.rotate_left(turn % notes.len());
            mixed.swap(turn % 3, 3 + turn % 5);
            if turn.is_multiple_of(2) {
                mixed.reverse();
            }
            let known = all(&mixed);
            assert_eq!(kept(&known), wanted, "turn {turn}");
            assert_eq!(known.fingerprint(&witness), first.fingerprint(&witness), "turn {turn}");
        }
    }

    #[test]
    fn a_note_that_was_missed_shows_in_the_fingerprint() {
        let notes = chain(&[(0, 1), (1, 2), (2, 3)]);
        let mut missed = notes.clone();
        missed.remove(1);
        let witness = BTreeSet::from([key("witness").public()]);
        let mut known = all(&missed);
        assert_ne!(known.fingerprint(&witness), all(&notes).fingerprint(&witness));
        assert_eq!(known.sealed_by(1, &witness, 1), Some(Timestamp::from_millis(3)), "as far as is known");
        known.take(notes[1].clone()).unwrap();
        assert_eq!(known.sealed_by(1, &witness, 1), Some(Timestamp::from_millis(2)));
        assert_eq!(known.fingerprint(&witness), all(&notes).fingerprint(&witness));
    }

    #[test]
    fn a_witness_that_goes_back_is_not_believed() {
        let mut known = all(&chain(&[(0, 1), (4, 5)]));
        for (number, time) in [(3, 6), (5, 4)] {
            assert!(matches!(known.take(chain(&[(number, time)]).remove(0)), Err(NoteError::GoesBack(..))));
        }
        assert_eq!(kept(&known), [(0, 1), (4, 5)]);
    }
}
