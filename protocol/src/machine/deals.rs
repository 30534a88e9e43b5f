//! Negotiations: what the groups of this node need of others, and what follows in their logs without a decision.

use super::{Effect, Machine};
use crate::{
    entry::{Entry, EntryAct},
    evidence::Evidence,
    id::{Hash, LogId},
    replay::Replica,
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
        let learns = |own: &Replica, says| own.dealings().books.is_news(&own.log(), id, says, None, own.head().time);
        own.map(|own| &own.replica).any(|own| said().any(|says| learns(own, says)))
    }

    /// The evidence that a group needs about terms and does not hold: everything that another party said.
    pub(super) fn needed_for_terms(&self, id: &LogId, now: Timestamp) -> Vec<Evidence> {
        let Some(log) = self.logs.get(id) else { return Vec::new() };
        let now = now.max(log.replica.head().time);
        self.logs.keys().flat_map(|party| self.said_about_terms(&log.replica, party, now)).collect()
    }

    /// What a party said that is news for a group: in one piece, after one that ends with a commit, because a commit
    /// counts by the notes that cover it first.
    fn said_about_terms(&self, own: &Replica, party: &LogId, now: Timestamp) -> Vec<Evidence> {
        let Some(other) = self.logs.get(party) else { return Vec::new() };
        let said = other.voices.iter();
        let mut news =
            said.filter_map(|(number, entry)| Some((*number, self.news(own, party, entry, now)?))).peekable();
        let Some((first, (version, _))) = news.peek().copied() else { return Vec::new() };
        let Some(held) = own.ties().consent_to(&version) else { return Vec::new() };
        let news: Vec<(u64, bool)> = news.filter(|(_, (of, _))| *of == version).map(|(at, (_, is))| (at, is)).collect();
        let show = |last: u64| Some((last, self.source(party)?.said(&held.agreement, first, last)?));
        let mut shown: Vec<(u64, Evidence)> =
            news.iter().filter(|(_, commits)| *commits).filter_map(|(number, _)| show(*number)).collect();
        // One piece shows all that is sealed of the rest: what shows nothing new is refused.
        let known = shown.last().map(|(number, _)| *number);
        let rest = news.iter().rev().map(|(number, _)| *number).take_while(|number| Some(*number) > known);
        shown.extend(rest.into_iter().find_map(show));
        // Of two voices that the same notes cover first, one piece shows both: a second one would show nothing new.
        shown.dedup_by(|(_, next), (_, before)| next == before);
        shown.into_iter().map(|(_, evidence)| evidence).collect()
    }

    /// The version of the terms that a voice is about, if it is news for a group, and whether it commits.
    fn news(&self, own: &Replica, party: &LogId, entry: &Entry, now: Timestamp) -> Option<(Hash, bool)> {
        let EntryAct::Speak(voice) = &entry.content().act else { return None };
        let books = &own.dealings().books;
        if !books.is_news(&own.log(), party, &voice.says, None, now) {
            return None;
        }
        if let Says::Terms { terms, .. } = &voice.says {
            return Some((terms.version, false));
        }
        let deal = books.deals.get(&voice.says.terms()?)?;
        let commits = matches!(voice.says, Says::Commit { .. });
        if let Some(closing) = deal.closing.filter(|_| commits) {
            let agreement = &own.ties().consent_to(&deal.terms.version)?.agreement;
            let end = deal.terms.by + agreement.timing.news;
            let sealed = self.source(party)?.sealed_by(agreement, entry.number())?;
            let helps = closing.sealed.is_some_and(|before| before > end) && sealed <= end;
            return helps.then_some((deal.terms.version, true));
        }
        Some((deal.terms.version, commits))
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
