//! The own clock against the witnesses': their notes are dated, and fresh ones show how far it is off.

use super::{Log, Machine};
use crate::{id::LogId, key::PublicKey, note::Note, time::Timestamp, witness::Quorums};

/// How long a fresh note may have been under way: by so much more a clock looks ahead that is not.
const UNDER_WAY_MS: u64 = 30_000;

/// By how many milliseconds a witness's clock is ahead of the own one; negative if it is behind.
type Offset = i64;

impl Machine {
    /// Takes the date of a note that was just given: one that comes by gossip, not by sync, and is dated later than
    /// every other by this witness. Anybody may send an old note again.
    pub(super) fn note_clock(&mut self, note: &Note, now: Timestamp) {
        let signer = note.signer();
        let known = self.witnesses_somewhere(&signer);
        if known && signer != self.node.public() && self.note_date(note) {
            self.offsets.insert(signer, offset(note.content().time, now));
        }
    }

    /// Takes the date of any note, of whatever log; says whether it is the latest of its witness.
    pub(super) fn note_date(&mut self, note: &Note) -> bool {
        let latest = self.dates.entry(note.signer()).or_default();
        let is_later = note.content().time > *latest;
        *latest = note.content().time.max(*latest);
        is_later
    }

    /// The own clock was set: the witnesses' clocks did not move with it.
    pub(super) fn clock_set(&mut self, ahead: i64) {
        for offset in self.offsets.values_mut() {
            *offset = offset.saturating_sub(ahead);
        }
    }

    /// By how many milliseconds the witnesses of a log are ahead of the own clock, by the median of their fresh notes.
    ///
    /// Nothing unless as many have given one as settle an absence, and two at least: one witness with a bad clock says
    /// nothing about ours, and must not stop everybody else.
    pub fn clock_offset(&self, id: &LogId) -> Option<i64> {
        let log = self.logs.get(id)?;
        let witnesses = self.witnesses(&log.replica);
        let needed = Quorums::of(witnesses.len() as u32).settle.max(2);
        median(witnesses.iter().filter_map(|witness| self.offsets.get(witness)).copied().collect(), needed)
    }

    /// By how many milliseconds the last fresh note of each witness was ahead of the own clock.
    pub fn clock_offsets(&self) -> impl Iterator<Item = (&PublicKey, i64)> {
        self.offsets.iter().map(|(witness, offset)| (witness, *offset))
    }

    /// By how many milliseconds the witnesses of a log are ahead, if that is too much for this node to sign for it.
    pub fn clock_refuses(&self, id: &LogId) -> Option<i64> {
        self.clock_is_off(self.logs.get(id)?)
    }

    /// How far the own clock is off, if that is too far to sign for the log.
    pub(super) fn clock_is_off(&self, log: &Log) -> Option<i64> {
        // Asked for every log after every input: with good clocks it costs next to nothing.
        let skew = self.settings.skew.millis();
        if self.offsets.values().all(|offset| offset.unsigned_abs() <= skew) {
            return None;
        }
        let offset = self.clock_offset(&log.replica.log())?;
        let under_way = if offset < 0 { UNDER_WAY_MS } else { 0 };
        (offset.unsigned_abs() > skew + under_way).then_some(offset)
    }
}

fn offset(theirs: Timestamp, own: Timestamp) -> Offset {
    let millis = |at: Timestamp| i64::try_from(at.millis()).unwrap_or(i64::MAX);
    millis(theirs).saturating_sub(millis(own))
}

/// The median; of the two in the middle the one that is less off.
fn median(mut offsets: Vec<Offset>, needed: u32) -> Option<Offset> {
    if offsets.is_empty() || offsets.len() < needed as usize {
        return None;
    }
    offsets.sort_unstable();
    let middle = &offsets[(offsets.len() - 1) / 2..=offsets.len() / 2];
    middle.iter().copied().min_by_key(|offset| offset.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_needs_enough_and_favours_the_own_clock() {
        assert_eq!(median(vec![], 0), None);
        assert_eq!(median(vec![900], 2), None);
        assert_eq!(median(vec![900, -10], 2), Some(-10));
        assert_eq!(median(vec![900, 800], 2), Some(800));
        assert_eq!(median(vec![-900, 3, 5], 2), Some(3));
    }
}
