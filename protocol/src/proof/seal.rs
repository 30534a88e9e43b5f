//! What seals a decision at the head of a replay: notes of the panel to which the group consented, or its own people.

use std::collections::BTreeSet;

use crate::{federation::FederationAgreement, key::PublicKey, note::Note, replay::Replica, witness::Quorums};

/// Who seals the entries of a log, as things stand at its head.
pub(super) enum Sealers<'a> {
    /// The witnesses of an agreement.
    Panel { agreement: &'a FederationAgreement, witnesses: BTreeSet<PublicKey>, quorums: Quorums },
    /// More than half of the group's people, who have seen them.
    People,
}

/// A seal.
pub(super) enum Seal {
    /// These notes, by witness.
    Notes(Vec<Note>),
    /// More than half of the people have seen it.
    Seen,
}

/// Who seals: the panel of the text of its federation to which the group consented last, without the node that hosts
/// the group, or that did before until the move is shown to be sealed; without such witnesses its people.
pub(super) fn sealers(replica: &Replica) -> Sealers<'_> {
    let federation = replica.federation_at(replica.head().time);
    let ties = replica.ties();
    let moving = replica.moving(replica.head().time).and_then(|moving| ties.consent_to(&moving.version));
    let Some(consent) = moving.or_else(|| ties.latest(&federation?)) else {
        return Sealers::People;
    };
    let host = replica.unheard();
    let seats = consent.agreement.panel.iter().map(|seat| seat.node);
    let witnesses: BTreeSet<PublicKey> = seats.filter(|node| *node != host).collect();
    match witnesses.len() as u32 {
        0 => Sealers::People,
        m => Sealers::Panel { agreement: &consent.agreement, witnesses, quorums: Quorums::of(m) },
    }
}

/// What seals entry `number` at the head of the replay, given these notes: of the witnesses those whose first notes
/// from `number` on are about the lowest entries, as many as it takes.
pub(super) fn seal(replica: &Replica, number: u64, notes: &[Note]) -> Option<Seal> {
    let Sealers::Panel { witnesses, quorums, .. } = sealers(replica) else {
        return (replica.seen_by_most() >= Some(number)).then_some(Seal::Seen);
    };
    let head = replica.head().number;
    let covers = |note: &&Note| {
        let content = note.content();
        witnesses.contains(&note.signer())
            && (number..=head).contains(&content.number)
            && content.log == replica.log()
            && replica.entry(content.number) == Some(content.entry)
    };
    let mut covering: Vec<&Note> = notes.iter().filter(covers).collect();
    covering.sort_by_key(|note| (note.content().number, note.content().time, note.id()));
    let mut signed = BTreeSet::new();
    covering.retain(|note| signed.insert(note.signer()));
    let mut first: Vec<Note> = covering.into_iter().take(quorums.seal as usize).cloned().collect();
    first.sort_by_key(Note::signer);
    (first.len() == quorums.seal as usize).then_some(Seal::Notes(first))
}
