//! Negotiations: what the groups of this node need of others, and what follows in their logs without a decision.

use super::{Effect, Machine};
use crate::{
    entry::{Entry, EntryAct},
    evidence::Evidence,
    id::{Hash, LogId},
    time::Timestamp,
    voice::Says,
};

impl Machine {
    /// Says whether a note of a log may show a group of this node something about terms: a voice that was not sealed.
    pub(super) fn negotiates(&self, id: &LogId) -> bool {
        let Some(log) = self.logs.get(id) else { return false };
        let own = self.logs.values().filter(|log| log.replica.charter().host.node == self.node());
        let said = || {
            log.voices.values().filter_map(|entry| match &entry.content().act {
                EntryAct::Speak(voice) if voice.says.terms().is_some() => Some(&voice.says),
                _ => None,
            })
        };
        own.map(|own| &own.replica).any(|own| said().any(|says| own.dealings().books.is_news(&own.log(), id, says)))
    }

    /// The evidence that a group needs about terms and does not hold: everything that another party said.
    pub(super) fn needed_for_terms(&self, id: &LogId) -> Vec<Evidence> {
        let Some(log) = self.logs.get(id) else { return Vec::new() };
        let books = &log.replica.dealings().books;
        let news = |party: &LogId, entry: &Entry| -> Option<Hash> {
            let EntryAct::Speak(voice) = &entry.content().act else { return None };
            let version = match &voice.says {
                Says::Terms { terms, .. } => terms.version,
                says => books.deals.get(&says.terms()?)?.terms.version,
            };
            books.is_news(id, party, &voice.says).then_some(version)
        };
        let mut needed = Vec::new();
        for (party, other) in &self.logs {
            let mut wanted = other.voices.iter().filter_map(|(number, entry)| Some((*number, news(party, entry)?)));
            let Some((first, version)) = wanted.next() else { continue };
            let Some(held) = log.replica.ties().consent_to(&version) else { continue };
            // One piece shows all that is sealed of it: what shows nothing new is refused.
            let last = wanted.filter(|(_, other)| *other == version).map(|(number, _)| number);
            let numbers: Vec<u64> = [first].into_iter().chain(last).collect();
            let said = |last: &u64| self.source(party)?.said(&held.agreement, first, *last);
            needed.extend(numbers.iter().rev().find_map(said));
        }
        needed
    }

    /// Says in a group's name what follows by itself: commits, takes, lapses; says whether all of it was written.
    pub(super) fn follow_terms(&mut self, id: LogId, now: Timestamp, out: &mut Vec<Effect>) -> bool {
        loop {
            self.write_due(id, now, out);
            let Some(log) = self.logs.get(&id) else { return true };
            let Some(says) = log.replica.follows(now) else { return true };
            if !self.speak(id, says, now, out) {
                return false;
            }
        }
    }
}
