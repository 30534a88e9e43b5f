//! Evidence: voices of a log with the notes that seal them, from which anybody can tell what the group said by a date,
//! and what it did not say.

mod awaited;
mod dormancy;
mod make;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::{awaited::Awaited, dormancy::asleep_until, make::Source};
use crate::{
    entry::{EntryAct, EntryContent, Raw},
    envelope::{EnvelopeError, Kind, Signed},
    federation::FederationAgreement,
    id::{EntryId, Hash, LogId},
    key::PublicKey,
    note::{Note, NoteContent},
    time::Timestamp,
    voice::Voice,
    witness::Quorums,
};

/// What an entry cites of another log, or of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The log that it is about.
    pub log: LogId,
    /// The version of the agreement whose panel sealed it; the citing log must hold it.
    pub version: Hash,
    /// Entries by which the group spoke, each the one before the next; the oldest first.
    pub voices: Vec<Raw>,
    /// Notes of witnesses, sorted by witness and date: one of each, or two in a row.
    pub notes: Vec<Raw>,
    /// What it shows that the group did not say in time: the matter and the level, or the round and the stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<(Hash, u8)>,
    /// Whether it shows that the log has had no entry for long, by two notes of each witness about one entry.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asleep: bool,
}

/// The records of a piece of evidence, decoded and verified each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    voices: Vec<Signed<EntryContent>>,
    notes: Vec<Note>,
}

/// Something that a group said, and by when that was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<'a> {
    /// The entry.
    pub entry: EntryId,
    /// Its number.
    pub number: u64,
    /// Its date.
    pub at: Timestamp,
    /// By when w witnesses had noted it.
    pub sealed: Timestamp,
    /// What.
    pub voice: &'a Voice,
}

impl Proof {
    /// The notes.
    pub(crate) fn notes(&self) -> &[Note] {
        &self.notes
    }
}

impl Evidence {
    /// Decodes its records, each with `entry` and `note`.
    pub(crate) fn open(
        &self,
        entry: fn(Kind, &[u8]) -> Result<Signed<EntryContent>, EnvelopeError>,
        note: fn(Kind, &[u8]) -> Result<Signed<NoteContent>, EnvelopeError>,
    ) -> Result<Proof, EnvelopeError> {
        let voices = self.voices.iter().map(|raw| entry(Kind::Entry, &raw.0)).collect::<Result<_, _>>()?;
        let notes = self.notes.iter().map(|raw| note(Kind::Note, &raw.0)).collect::<Result<_, _>>()?;
        Ok(Proof { voices, notes })
    }
}

/// A verified proof about one log, under one panel.
#[derive(Debug)]
pub struct Heard<'a> {
    voices: Vec<(EntryId, Timestamp, &'a Voice)>,
    /// The numbers of the voices, in their order.
    numbers: Vec<u64>,
    /// Per witness its notes in order: date and how many of the voices it covers.
    notes: BTreeMap<PublicKey, Vec<(Timestamp, usize)>>,
    quorums: Quorums,
}

impl<'a> Heard<'a> {
    /// Checks that the records are what they are said to be:
    /// - the group belongs to the version, and the voices are a chain of its log
    /// - the notes are by witnesses of the log, name the voices that are shown, and two of one witness follow each other
    ///
    /// # Errors
    /// What does not hold.
    pub fn of(evidence: &Evidence, proof: &'a Proof, agreement: &FederationAgreement) -> Result<Self, String> {
        let witnesses = agreement
            .witnesses_of(&evidence.log)
            .ok_or_else(|| format!("the version that it names has no group {}", evidence.log.short()))?;
        if witnesses.is_empty() {
            return Err("the version that it names has nobody to witness that log".into());
        }
        let voices = chain(evidence.log, &proof.voices)?;
        // A log that has moved onto the panel is not witnessed by its own node; the quorums stay those of the version.
        let hosts: Vec<PublicKey> = voices.iter().map(|(.., voice)| voice.host).collect();
        let mut notes: BTreeMap<PublicKey, Vec<(Timestamp, usize)>> = BTreeMap::new();
        let mut last: Option<&Note> = None;
        for note in &proof.notes {
            let (content, witness) = (note.content(), note.signer());
            if content.log != evidence.log || !witnesses.contains(&witness) {
                return Err(format!("{} is no witness of that log, or the note is of another", witness.short()));
            }
            let follows = last.is_none_or(|last| match last.signer().cmp(&witness) {
                std::cmp::Ordering::Less => true,
                std::cmp::Ordering::Equal => content.previous == Some(last.id()),
                std::cmp::Ordering::Greater => false,
            });
            if !follows {
                return Err("its notes must be sorted by witness, and those of one witness follow each other".into());
            }
            let covers = match content.voice {
                None => 0,
                Some(voice) => {
                    1 + voices
                        .iter()
                        .position(|(id, ..)| *id == voice)
                        .ok_or_else(|| format!("the note of {} names a voice that is not shown", witness.short()))?
                }
            };
            if !hosts.contains(&witness) {
                notes.entry(witness).or_default().push((content.time, covers));
            }
            last = Some(note);
        }
        let numbers = proof.voices.iter().map(|signed| signed.content().number).collect();
        Ok(Self { voices, numbers, notes, quorums: Quorums::of(witnesses.len() as u32) })
    }

    /// What the group said, as far as it is sealed here.
    pub fn said(&self) -> impl Iterator<Item = Said<'a>> + '_ {
        self.voices.iter().enumerate().filter_map(|(place, (entry, at, voice))| {
            let sealed = self.sealed(place)?;
            Some(Said { entry: *entry, number: self.numbers[place], at: *at, sealed, voice })
        })
    }

    /// Says whether enough witnesses were silent, when it had to be sealed, on what was awaited.
    pub fn is_silent(&self, awaited: &Awaited<'_>) -> bool {
        // What was said before is none; what is not shown in between might be.
        let reaches = match self.voices.first() {
            None => true,
            Some((_, at, voice)) => voice.previous.is_none() || *at < awaited.since,
        };
        let place = self.voices.iter().position(|(entry, at, voice)| awaited.is(*entry, *at, voice));
        let misses = |covers: usize| place.is_none_or(|place| covers <= place);
        let silent = self.notes.values().filter(|notes| {
            let after = notes.iter().position(|(time, _)| *time > awaited.end);
            let before = |at: usize| at.checked_sub(1).and_then(|at| notes.get(at));
            after.is_some_and(|at| misses(notes[at].1) || before(at).is_some_and(|(_, covers)| misses(*covers)))
        });
        reaches && silent.count() >= self.quorums.settle as usize
    }

    fn sealed(&self, place: usize) -> Option<Timestamp> {
        let first =
            |notes: &Vec<(Timestamp, usize)>| notes.iter().find(|(_, covers)| *covers > place).map(|(at, _)| *at);
        let mut dates: Vec<Timestamp> = self.notes.values().filter_map(first).collect();
        dates.sort_unstable();
        dates.get((self.quorums.seal as usize).checked_sub(1)?).copied()
    }
}

fn chain(log: LogId, voices: &[Signed<EntryContent>]) -> Result<Vec<(EntryId, Timestamp, &Voice)>, String> {
    let mut found: Vec<(EntryId, Timestamp, &Voice)> = Vec::new();
    for signed in voices {
        let content = signed.content();
        let EntryAct::Speak(voice) = &content.act else {
            return Err("one of its entries is no voice".into());
        };
        if content.log != Some(log) {
            return Err("one of its voices is of another log".into());
        }
        if found.last().is_some_and(|(before, ..)| voice.previous != Some(*before)) {
            return Err("its voices do not follow each other".into());
        }
        found.push((signed.hash().into(), content.time, voice));
    }
    Ok(found)
}
