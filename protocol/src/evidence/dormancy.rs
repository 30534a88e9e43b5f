//! Dormancy: that a group's log had no new entry for a long time, shown by its witnesses.

use std::collections::BTreeMap;

use super::{Evidence, Proof, Source};
use crate::{
    federation::FederationAgreement,
    key::PublicKey,
    note::Note,
    time::{Span, Timestamp},
    witness::Quorums,
};

/// Until when a group is shown to be asleep: s of its witnesses noted one entry twice, that long apart.
///
/// Of each witness there are two notes, the first and a last one of its place. What it noted between them cannot lie
/// elsewhere, because places never fall.
///
/// # Errors
/// What does not hold.
pub fn asleep_until(evidence: &Evidence, proof: &Proof, agreement: &FederationAgreement) -> Result<Timestamp, String> {
    let witnesses = agreement.witnesses_of(&evidence.log).filter(|witnesses| !witnesses.is_empty());
    let witnesses = witnesses.ok_or("the version that it names has nobody to witness that log")?;
    if !evidence.voices.is_empty() || evidence.silent.is_some() {
        return Err("what shows that a group is asleep shows nothing else".into());
    }
    let pairs: Vec<(&Note, &Note)> = proof.notes.chunks(2).filter_map(|two| Some((&two[0], two.get(1)?))).collect();
    let sorted = pairs.is_sorted_by(|(a, _), (b, _)| a.signer() < b.signer());
    if !sorted || 2 * pairs.len() != proof.notes.len() {
        return Err("it takes two notes of each witness, sorted by witness".into());
    }
    let mut until: Option<Timestamp> = None;
    for (first, last) in &pairs {
        let (before, after) = (first.content(), last.content());
        let of_it = before.log == evidence.log && after.log == evidence.log;
        if !of_it || first.signer() != last.signer() || !witnesses.contains(&first.signer()) {
            return Err(format!("{} is no witness of that log, or the notes are of another", first.signer().short()));
        }
        if before.entry != after.entry || after.time < before.time + agreement.timing.dormant() {
            return Err(format!("the notes of {} do not show one entry for long enough", first.signer().short()));
        }
        until = Some(until.map_or(after.time, |until| until.min(after.time)));
    }
    let needed = Quorums::of(witnesses.len() as u32).settle as usize;
    match until.filter(|_| pairs.len() >= needed) {
        Some(until) => Ok(until),
        None => Err(format!("{needed} witnesses have to show it, and {} do", pairs.len())),
    }
}

impl Source<'_> {
    /// Shows that the group has been asleep for as long as its federation says, if enough notes here show it.
    pub fn asleep(&self, agreement: &FederationAgreement) -> Option<Evidence> {
        let witnesses = agreement.witnesses_of(&self.log)?;
        let long = agreement.timing.dormant();
        let mut shown: BTreeMap<PublicKey, (&Note, &Note)> = BTreeMap::new();
        for witness in &witnesses {
            let chain = self.notes.chain(witness);
            let Some(last) = chain.last() else { continue };
            let one_entry = |note: &&Note| note.content().entry == last.content().entry;
            if let Some(first) = chain.iter().find(one_entry).filter(|first| is_apart(first, last, long)) {
                shown.insert(*witness, (first, last));
            }
        }
        let needed = Quorums::of(witnesses.len() as u32).settle as usize;
        // Those that were seen last show it for the longest.
        let mut pairs: Vec<(&Note, &Note)> = shown.into_values().collect();
        pairs.sort_by_key(|(_, last)| std::cmp::Reverse(last.content().time));
        pairs.truncate(needed);
        pairs.sort_by_key(|(first, _)| first.signer());
        let notes = pairs.iter().flat_map(|(first, last)| [first, last]);
        let notes = notes.map(|note| crate::entry::Raw(note.bytes().to_vec())).collect();
        let (log, version) = (self.log, agreement.hash());
        let evidence = Evidence { log, version, voices: Vec::new(), notes, silent: None, asleep: true };
        (needed > 0 && pairs.len() == needed).then_some(evidence)
    }
}

fn is_apart(first: &Note, last: &Note, long: Span) -> bool {
    last.content().time >= first.content().time + long
}
