//! Witnessing: signing notes of the heads that this node holds.

use super::{Effect, Log, Machine};
use crate::{
    entry::Raw,
    federation::FederationAgreement,
    id::LogId,
    note::{Note, NoteContent},
    sync::Gossip,
    time::Timestamp,
};

impl Machine {
    /// Signs the notes that are due; called after every input, when what it covers is about to be stored first.
    pub(super) fn witness_all(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        let due: Vec<LogId> = self
            .logs
            .values()
            .filter(|log| self.note_at(log).is_some_and(|at| at <= now))
            .map(|log| log.replica.log())
            .collect();
        for id in due {
            self.witness(id, now, out);
        }
    }

    /// When the next note of a log is due:
    /// - only for a log of a federation in which this node has a seat by any version that counts there, not for one that it hosts and whose move to it is shown to be sealed,
    ///   not once it stopped
    /// - not while the store may have lost own notes of it, nor while the clock is off
    /// - soon after a change, but not more often than the agreement says; without a change every g
    pub(super) fn note_at(&self, log: &Log) -> Option<Timestamp> {
        let agreement = self.seat_for(log).filter(|_| self.is_complete(log) && self.clock_is_off(log).is_none())?;
        let Some(last) = log.notes.latest(&self.node.public()) else { return Some(Timestamp::ZERO) };
        let changed = log.replica.head().number > last.content().number;
        // Right after each date of a matter a note shows who was silent.
        let changed = changed || self.matter_passed(last.content().time, self.now);
        let after = if changed { agreement.timing.notes } else { agreement.timing.news };
        Some(last.content().time + after)
    }

    /// The federation in which this node witnesses the log.
    pub(super) fn seat_for(&self, log: &Log) -> Option<&FederationAgreement> {
        let me = self.node.public();
        let watches = log.stopped.is_none() && log.replica.unheard() != me;
        let federation = self.home_of(&log.replica).filter(|federation| watches && federation.has_seat(&me))?;
        Some(federation.agreement())
    }

    fn witness(&mut self, id: LogId, now: Timestamp, out: &mut Vec<Effect>) {
        let Some(log) = self.logs.get(&id) else { return };
        let Some(federation) = self.home(&log.replica).map(FederationAgreement::id) else { return };
        let last = log.notes.latest(&self.node.public());
        let head = log.replica.head();
        // The chain's dates never fall, even if the own clock was set back.
        let time = last.map_or(now, |last| now.max(last.content().time));
        let previous = last.map(Note::id);
        let voice = log.replica.voice_at(head.number);
        let content = NoteContent { log: id, number: head.number, previous, entry: head.id, time, voice };
        let note = Note::witness(content, &self.node);
        let raw = Raw(note.bytes().to_vec());
        self.keep_note(note, out);
        out.push(Effect::Publish(federation, Gossip::Note(raw)));
    }
}
