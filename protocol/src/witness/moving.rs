//! A log that changes its witnesses: what comes after rests on the seal of those before.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Quorums;
use crate::{
    federation::FederationAgreement,
    id::{EntryId, Hash, LogId},
    key::PublicKey,
    note::Note,
};

/// A change of the node that hosts a log, or of its panel, as long as the log does not show that its witnesses before
/// sealed it.
///
/// Until then these go on witnessing, a new host among them if it has a seat. Otherwise a host could show the change to
/// some only, let the new witnesses seal one branch, and the ones before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moving {
    /// The entry that changed it.
    pub entry: u64,
    /// The host before; that of now, if the panel alone changed.
    pub host: PublicKey,
    /// The version of the agreement by which it was witnessed.
    pub version: Hash,
}

impl Moving {
    /// Who witnesses the log meanwhile; `agreement` is the version.
    pub fn witnesses(&self, agreement: &FederationAgreement) -> BTreeSet<PublicKey> {
        agreement.panel.iter().map(|seat| seat.node).filter(|node| *node != self.host).collect()
    }

    /// Checks that notes, sorted by witness, seal the entry that moved the log; `head` is its id.
    ///
    /// # Errors
    /// The first note that says something else, or that there are too few.
    pub fn check_sealed(
        &self,
        (log, head): (LogId, EntryId),
        agreement: &FederationAgreement,
        notes: &[Note],
    ) -> Result<(), String> {
        let witnesses = self.witnesses(agreement);
        if !notes.is_sorted_by(|a, b| a.signer() < b.signer()) {
            return Err("the notes must be sorted by witness, one of each".into());
        }
        for note in notes {
            let content = note.content();
            if content.log != log || content.number != self.entry || content.entry != head {
                return Err(format!(
                    "the note of {} is not about the entry that changed its witnesses",
                    note.signer().short()
                ));
            }
            if !witnesses.contains(&note.signer()) {
                return Err(format!("{} did not witness the log before that", note.signer().short()));
            }
        }
        let needed = Quorums::of(witnesses.len() as u32).seal;
        match notes.len() >= needed as usize {
            true => Ok(()),
            false => {
                Err(format!("{} notes are shown, {needed} seal the entry that changed its witnesses", notes.len()))
            }
        }
    }
}
