//! `check` and `apply`: the one way into a replica.

use std::collections::BTreeSet;

use super::{
    Head, Replica, admit, close, digest, speaking,
    view::{Changes, View},
};
use crate::{
    decision::Decision,
    entry::{Entry, EntryAct, EntryContent},
    error::{Conflict, Forged, Malformed, Premature, Refusal, size},
    id::{BodyId, EntryId},
    limits::{CITES, STATEMENTS},
    time::Timestamp,
};

/// An entry that `check` found valid, with what it changes.
#[derive(Clone, Debug)]
pub struct Admitted {
    head: Head,
    previous: EntryId,
    changes: Changes,
    handed_in: BTreeSet<BodyId>,
}

impl Admitted {
    /// The decisions that the entry ends.
    pub fn decisions(&self) -> &[Decision] {
        &self.changes.decided
    }

    /// The bodies that the entry erases.
    pub fn erased(&self) -> &[BodyId] {
        &self.changes.erased
    }

    /// The bodies for which it took what was handed in about the time before the replay started.
    pub fn handed_in(&self) -> &BTreeSet<BodyId> {
        &self.handed_in
    }
}

impl Replica {
    /// Judges an entry against the log before it:
    /// - it follows the head: next number, previous id, a date that does not fall
    /// - it is signed by the log key in force; what it cites is sorted
    /// - after a move to another node the seal of that comes first
    /// - a digest is stated in time, and is the one that replay gives
    /// - each statement inside is by a member, next in its key's chain, after what it has seen, and may do what it does
    /// - a close or an application is due
    ///
    /// # Errors
    /// The first of these that does not hold; nothing is changed either way.
    pub fn check(&self, entry: &Entry) -> Result<Admitted, Refusal> {
        let content = entry.content();
        self.check_place(entry)?;
        if entry.signer() != self.charter.host.log_key {
            return Err(Forged::NotTheLogKey {
                number: content.number,
                found: entry.signer(),
                expected: self.charter.host.log_key,
            }
            .into());
        }
        let inside = entry.inside().map_err(|e| Forged::Inside { number: content.number, source: e.clone() })?;
        let statements = &inside.statements;
        let mut view = View::new(self, content.number, content.time);
        let moving = self.moving(content.time).is_some();
        match &content.act {
            EntryAct::Found { .. } => return Err(Malformed::NotAFirstEntry.into()),
            EntryAct::Cite { evidence } if moving => speaking::cite(&mut view, content, evidence, &inside.proofs)?,
            _ if moving => return Err(Conflict::Moving(content.number).into()),
            EntryAct::Digest { digest } => {
                let expected = self.digest();
                if *digest != expected {
                    return Err(Conflict::Digest { number: content.number, found: *digest, expected }.into());
                }
                view.changes.states_digest = true;
            }
            _ if self.digest_is_due() => return Err(Conflict::DigestDue(content.number).into()),
            EntryAct::Speak(voice) => speaking::speak(&mut view, entry, voice)?,
            _ if self.voice_due().is_some() => return Err(Conflict::VoiceDue(content.number).into()),
            EntryAct::Cite { evidence } => speaking::cite(&mut view, content, evidence, &inside.proofs)?,
            EntryAct::Admit { .. } => {
                size("the list of statements", statements.len(), 1, STATEMENTS)?;
                for statement in statements {
                    admit::statement(&mut view, statement)?;
                }
            }
            EntryAct::Close { proposal } => close::close(&mut view, proposal)?,
            EntryAct::Apply { proposal } => close::apply(&mut view, proposal)?,
        }
        view.settle();
        let head = Head { number: content.number, id: entry.id(), time: content.time };
        let View { changes, handed_in, .. } = view;
        Ok(Admitted { head, previous: self.head.id, changes, handed_in: handed_in.into_inner() })
    }

    /// Takes what [`Replica::check`] admitted against this very state.
    ///
    /// # Panics
    /// If the state has moved since: that is a bug of the caller, not of the log.
    pub fn apply(&mut self, admitted: Admitted) {
        let Admitted { head, previous, changes, .. } = admitted;
        assert_eq!(previous, self.head.id, "applied to the state that admitted it");
        self.head = head;
        self.entries.push(head.id);
        self.chains.extend(changes.chains);
        self.seen.extend(changes.seen);
        self.heard.extend(changes.heard);
        self.missed.extend(changes.missed);
        changes.namings.into_iter().for_each(|(body, by)| self.namings.push(body, by));
        self.open.extend(changes.open);
        if let Some((agreement, adopted)) = changes.federated {
            self.ties.consent((head.number, head.time), agreement, self.log, adopted);
        }
        for decision in changes.decided {
            self.open.remove(&decision.proposal.id);
            self.ties.take(&decision);
            self.decided_hash = self.decided_hash.chain(&digest::record(&decision));
            self.decided.insert(decision.proposal.id, decision);
        }
        for (id, end) in changes.ended {
            self.agreements.remove(&id);
            self.ended.insert(id, end);
        }
        for agreement in changes.agreements {
            self.agreements.insert(agreement.id, agreement);
        }
        self.erased.extend(changes.erased);
        if let Some(dealings) = changes.dealings {
            if let Some(moved) = self.dealings.moving.filter(|_| dealings.moving.is_none()) {
                self.moves.push((moved.entry, moved.version));
            }
            if dealings.spoke != self.dealings.spoke {
                self.voices.insert(head.number, head.id);
            }
            self.dealings = dealings;
        }
        if let Some(charter) = changes.charter {
            self.charter_hash = charter.hash();
            self.dealings.note_ceded(&charter, head.number, head.time);
            self.charter = charter;
        }
        if changes.states_digest {
            self.digest_at = head.number;
        }
    }

    /// Says whether statements would be admitted in an entry dated `now`, without an entry around them.
    ///
    /// # Errors
    /// The rule that the first bad one breaks.
    pub fn would_admit(&self, statements: &[crate::statement::Statement], now: Timestamp) -> Result<(), Refusal> {
        size("the list of statements", statements.len(), 1, STATEMENTS)?;
        let mut view = View::new(self, self.head.number + 1, now.max(self.head.time));
        statements.iter().try_for_each(|statement| admit::statement(&mut view, statement))
    }

    /// The payload of the entry that follows the head with `act`, dated `now` or with the head's date if that is later.
    pub fn next(&self, act: EntryAct, now: Timestamp) -> EntryContent {
        self.next_citing(act, Vec::new(), now)
    }

    /// The payload of the entry that follows the head with `act` and names voices, sorted.
    pub fn next_citing(&self, act: EntryAct, cites: Vec<EntryId>, now: Timestamp) -> EntryContent {
        EntryContent {
            log: Some(self.log),
            number: self.head.number + 1,
            previous: Some(self.head.id),
            time: now.max(self.head.time),
            cites,
            act,
        }
    }

    fn check_place(&self, entry: &Entry) -> Result<(), Refusal> {
        let content = entry.content();
        let number = content.number;
        if content.log != Some(self.log) {
            return Err(Conflict::OtherLog.into());
        }
        if number > self.head.number + 1 {
            return Err(Premature::Gap { number, head: self.head.number }.into());
        }
        if number <= self.head.number || content.previous != Some(self.head.id) {
            return Err(Conflict::NotNext { number }.into());
        }
        if content.time < self.head.time {
            return Err(Conflict::TimeFell { number, time: content.time, last: self.head.time }.into());
        }
        size("the list of cites", content.cites.len(), 0, CITES)?;
        if !content.cites.is_sorted_by(|a, b| a < b) {
            return Err(Malformed::NotSorted("cites").into());
        }
        if !content.cites.is_empty() && !matches!(content.act, EntryAct::Cite { .. }) {
            return Err(Malformed::Cites.into());
        }
        Ok(())
    }
}
