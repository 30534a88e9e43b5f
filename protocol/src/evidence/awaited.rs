//! Something that a group may say by a date, so that it can be shown that it did not.

use std::fmt;

use super::Said;
use crate::{
    id::{EntryId, Hash},
    time::Timestamp,
    voice::Voice,
};

/// Something that a group may say from one date to another: a consent that counts at a level, a claim, a reveal.
pub struct Awaited<'a> {
    /// What it is about: a matter or a round.
    pub about: Hash,
    /// Which step of that: a level, or a stage.
    pub step: u8,
    /// What was said before this date is none.
    pub since: Timestamp,
    /// The last date at which it counts.
    pub last: Timestamp,
    /// By when it has to be sealed to count.
    pub end: Timestamp,
    /// Says whether a voice says it.
    pub says: Box<dyn Fn(EntryId, &Voice) -> bool + 'a>,
}

impl Awaited<'_> {
    /// Says whether something that is sealed says it in time.
    pub fn is_in_time(&self, said: &Said<'_>) -> bool {
        self.since <= said.at && said.sealed <= self.end && self.is(said.entry, said.at, said.voice)
    }

    /// Says whether a voice, dated `at`, says it in time.
    pub(super) fn is(&self, entry: EntryId, at: Timestamp, voice: &Voice) -> bool {
        at <= self.last && (self.says)(entry, voice)
    }
}

impl fmt::Debug for Awaited<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {} of {} by {}", self.step, self.about, self.last)
    }
}
