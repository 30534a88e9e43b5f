//! Making evidence from what a replica holds of a log: its voices and its notes.

use std::collections::BTreeMap;

use super::{Awaited, Evidence};
use crate::{
    entry::{Entry, EntryAct, Raw},
    federation::FederationAgreement,
    id::{EntryId, LogId},
    key::PublicKey,
    note::Note,
    time::Timestamp,
    voice::Voice,
    witness::{Moving, Notes, Quorums},
};

/// What a replica holds of a log that speaks.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The log.
    pub log: LogId,
    /// Its voices, by number.
    pub voices: &'a BTreeMap<u64, Entry>,
    /// Its notes.
    pub notes: &'a Notes,
}

impl Source<'_> {
    /// Shows what the group said in the voices from `first` to `last`, sealed as early as the notes here show.
    ///
    /// It gives nothing as long as too few witnesses have noted the last of them.
    pub fn said(&self, agreement: &FederationAgreement, first: u64, last: u64) -> Option<Evidence> {
        let (witnesses, quorums) = self.witnesses(agreement)?;
        let covers = |witness: &PublicKey| self.notes.chain(witness).iter().find(|note| note.content().number >= last);
        let mut notes: Vec<&Note> = witnesses.iter().filter_map(covers).collect();
        notes.sort_by_key(|note| (note.content().time, note.signer()));
        let needed = quorums.seal as usize;
        notes.truncate(needed);
        (notes.len() == needed).then(|| self.evidence(agreement, notes, first))
    }

    /// Shows that the witnesses before sealed the entry that moved the log.
    pub fn move_of(&self, moving: &Moving, agreement: &FederationAgreement) -> Option<Evidence> {
        let witnesses = moving.witnesses(agreement);
        let at = |witness: &PublicKey| self.notes.chain(witness).iter().find(|n| n.content().number == moving.entry);
        let needed = Quorums::of(witnesses.len() as u32).seal as usize;
        let notes: Vec<&Note> = witnesses.iter().filter_map(at).take(needed).collect();
        let notes_of = |notes: Vec<&Note>| notes.into_iter().map(|note| Raw(note.bytes().to_vec())).collect();
        (notes.len() == needed).then(|| Evidence {
            log: self.log,
            version: moving.version,
            voices: Vec::new(),
            notes: notes_of(notes),
            silent: None,
            asleep: false,
        })
    }

    /// By when a voice was sealed, as far as the notes here show.
    pub fn sealed_by(&self, agreement: &FederationAgreement, number: u64) -> Option<Timestamp> {
        let (witnesses, quorums) = self.witnesses(agreement)?;
        self.notes.sealed_by(number, &witnesses, quorums.seal)
    }

    /// Shows that the group said in time what was awaited, or that it did not, if enough notes here show either.
    pub fn answer(&self, agreement: &FederationAgreement, awaited: &Awaited<'_>) -> Option<Evidence> {
        let says = |(entry, voice): &(&Entry, &Voice)| {
            let at = entry.content().time;
            awaited.since <= at && awaited.is(entry.id(), at, voice)
        };
        let said = self.spoken().find(says).map(|(entry, _)| entry.number());
        let in_time = said.filter(|number| self.sealed_by(agreement, *number).is_some_and(|at| at <= awaited.end));
        match in_time {
            Some(number) => self.said(agreement, number, number),
            None => self.silent(agreement, awaited),
        }
    }

    /// Shows that the group did not say in time what was awaited, if enough notes here show it.
    pub fn silent(&self, agreement: &FederationAgreement, awaited: &Awaited<'_>) -> Option<Evidence> {
        let (witnesses, quorums) = self.witnesses(agreement)?;
        let said = |(entry, voice): &(&Entry, &Voice)| awaited.is(entry.id(), entry.content().time, voice);
        let said = self.spoken().find(said).map(|(entry, _)| entry.number());
        let misses = |note: &Note| said.is_none_or(|number| note.content().number < number);
        let shows = |witness: &PublicKey| -> Option<Vec<&Note>> {
            let chain = self.notes.chain(witness);
            let after = chain.iter().position(|note| note.content().time > awaited.end)?;
            if misses(&chain[after]) {
                return Some(vec![&chain[after]]);
            }
            let before = chain.get(after.checked_sub(1)?)?;
            (misses(before) && chain[after].content().previous == Some(before.id()))
                .then(|| vec![before, &chain[after]])
        };
        let shown: Vec<Vec<&Note>> = witnesses.iter().filter_map(shows).collect();
        let needed = quorums.settle as usize;
        if shown.len() < needed {
            return None;
        }
        let notes: Vec<&Note> = shown.into_iter().take(needed).flatten().collect();
        // Back to a voice from before: nothing that could be what was awaited may be missing.
        let older = self.spoken().take_while(|(entry, _)| entry.content().time < awaited.since).last();
        let first = older.or_else(|| self.spoken().next()).map_or(0, |(entry, _)| entry.number());
        let evidence = self.evidence(agreement, notes, first);
        Some(Evidence { silent: Some((awaited.about, awaited.step)), ..evidence })
    }

    /// Notes, with the voices from `first` up to the last that one of them names.
    fn evidence(&self, agreement: &FederationAgreement, mut notes: Vec<&Note>, first: u64) -> Evidence {
        notes.sort_by_key(|note| (note.signer(), note.content().time, note.content().number));
        let number = |id: EntryId| self.voices.values().find(|entry| entry.id() == id).map(Entry::number);
        let named: Vec<u64> = notes.iter().filter_map(|note| note.content().voice).filter_map(number).collect();
        let ends = named.iter().min().zip(named.iter().max());
        // A note may name a voice from before the first that is wanted.
        let range = ends.map(|(oldest, last)| self.voices.range(first.min(*oldest)..=*last));
        Evidence {
            log: self.log,
            version: agreement.hash(),
            voices: range.into_iter().flatten().map(|(_, entry)| Raw(entry.bytes().to_vec())).collect(),
            notes: notes.into_iter().map(|note| Raw(note.bytes().to_vec())).collect(),
            silent: None,
            asleep: false,
        }
    }

    fn spoken(&self) -> impl Iterator<Item = (&Entry, &Voice)> {
        self.voices.values().filter_map(|entry| match &entry.content().act {
            EntryAct::Speak(voice) => Some((entry, voice)),
            _ => None,
        })
    }

    /// The witnesses whose notes count, and how many there are by the version.
    fn witnesses(&self, agreement: &FederationAgreement) -> Option<(Vec<PublicKey>, Quorums)> {
        let named = agreement.witnesses_of(&self.log)?;
        let quorums = Quorums::of(named.len() as u32);
        let hosts: Vec<PublicKey> = self.spoken().map(|(_, voice)| voice.host).collect();
        let count: Vec<PublicKey> = named.into_iter().filter(|node| !hosts.contains(node)).collect();
        (!count.is_empty()).then_some((count, quorums))
    }
}
