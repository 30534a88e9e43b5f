//! Liaisons: what the groups of this node need to know of who represents others in them.

use super::Machine;
use crate::{
    entry::{Entry, EntryAct},
    evidence::Evidence,
    id::LogId,
    voice::Says,
};

impl Machine {
    /// Says whether a note of a log may show a group of this node something about a liaison.
    pub(super) fn represents(&self, id: &LogId) -> bool {
        let Some(log) = self.logs.get(id) else { return false };
        let own = self.logs.values().filter(|log| self.hosts(log)).map(|log| &log.replica);
        own.into_iter().any(|own| {
            log.voices.iter().any(|(number, entry)| says(entry).is_some_and(|says| own.hears(id, *number, says)))
        })
    }

    /// The evidence about liaisons that a group needs and does not hold: of each group that somebody represents there one
    /// piece, with all that is news, as far as it is sealed.
    pub(super) fn needed_for_liaisons(&self, id: &LogId) -> Vec<Evidence> {
        let Some(own) = self.log(id) else { return Vec::new() };
        let mut groups: Vec<LogId> = own.charter().liaisons().map(|(_, liaison)| liaison.group).collect();
        groups.sort_unstable();
        groups.dedup();
        let shows = |group: LogId| {
            let (log, version) = (self.logs.get(&group)?, own.version_about(&group)?);
            let is_news =
                |(number, entry): &(&u64, &Entry)| says(entry).is_some_and(|says| own.hears(&group, **number, says));
            let news: Vec<u64> = log.voices.iter().filter(is_news).map(|(number, _)| *number).collect();
            let (first, source) = (*news.first()?, self.source(&group)?);
            news.iter().rev().find_map(|last| source.said(version, first, *last))
        };
        groups.into_iter().filter_map(shows).collect()
    }
}

fn says(entry: &Entry) -> Option<&Says> {
    match &entry.content().act {
        EntryAct::Speak(voice) => Some(&voice.says),
        _ => None,
    }
}
