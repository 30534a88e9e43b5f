//! A matter as a whole replica sees it: from the voices and notes of all logs of its federation that are here.

use std::collections::{BTreeMap, BTreeSet};

use super::{LEVELS, Matter, Slot, Standing, levels::stand};
use crate::{
    entry::{Entry, EntryAct},
    evidence::Source,
    federation::FederationAgreement,
    id::{EntryId, LogId, MatterId},
    time::Timestamp,
    voice::Says,
};

/// A matter as a whole replica sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// The matter.
    pub id: MatterId,
    /// Its text.
    pub matter: Matter,
    /// The group that opened it.
    pub sponsor: LogId,
    /// The number of the opening in that group's log.
    pub number: u64,
    /// When.
    pub opened: Timestamp,
    /// By when the opening was sealed, if it is.
    pub sealed: Option<Timestamp>,
    /// The version of the agreement that it names.
    pub agreement: FederationAgreement,
    /// The stances that are sealed, and the silences that are shown.
    pub slots: BTreeMap<LogId, Slot>,
    /// All consents, sealed or not yet: in which entry, and when.
    pub consents: BTreeMap<LogId, (u64, Timestamp)>,
    /// Groups that said no, and have not consented since.
    pub declined: BTreeSet<LogId>,
    /// Groups that have enacted it: in which entry, and by which level's result.
    pub enacted: BTreeMap<LogId, (u64, u8)>,
    /// How it stands.
    pub standing: Standing,
}

impl Followed {
    /// Reads a matter from the logs of its federation, as they are at `now`.
    ///
    /// `opening` is the entry that opened it in the log that `sponsor` gives; nothing comes of another entry.
    pub fn read<'a>(
        opening: &Entry,
        agreement: FederationAgreement,
        source: impl Fn(&LogId) -> Option<Source<'a>>,
        now: Timestamp,
    ) -> Option<Self> {
        let EntryAct::Speak(voice) = &opening.content().act else { return None };
        let Says::Open(matter) = &voice.says else { return None };
        let (sponsor, number, opened) = (opening.log(), opening.number(), opening.content().time);
        let sealed = source(&sponsor).and_then(|source| source.sealed_by(&agreement, number));
        let mut this = Self {
            id: MatterId::from(opening.id()),
            matter: (**matter).clone(),
            sponsor,
            number,
            opened,
            sealed,
            agreement,
            slots: BTreeMap::new(),
            consents: BTreeMap::new(),
            declined: BTreeSet::new(),
            enacted: BTreeMap::new(),
            standing: Standing::Open { level: 1 },
        };
        for group in this.agreement.logs().collect::<Vec<_>>() {
            if let Some(source) = source(&group) {
                this.listen(group, &source, now);
            }
        }
        this.standing = stand(&this.matter, &this.agreement, &this.slots, now);
        Some(this)
    }

    /// Says whether it counts: it was sealed in time, and can stand under the version that it names.
    pub fn counts(&self) -> bool {
        self.sealed.is_some_and(|at| self.counts_if_sealed(at))
    }

    /// Says whether it counts, or may still count at `now`, when its opening is not sealed yet.
    pub fn may_count(&self, now: Timestamp) -> bool {
        self.counts_if_sealed(self.sealed.unwrap_or(now))
    }

    fn counts_if_sealed(&self, at: Timestamp) -> bool {
        at <= self.opened + self.agreement.timing.news
            && self.agreement.group(&self.sponsor).is_some()
            && self.matter.reaches_others(&self.sponsor, &self.agreement)
            && self.matter.check(&self.agreement, self.opened).is_ok()
    }

    /// The last dates of consents, the ends of the levels, and from when on it is in doubt.
    pub fn dates(&self) -> impl Iterator<Item = Timestamp> + '_ {
        let news = self.agreement.timing.news;
        let ends = (1..=LEVELS).map(move |level| self.matter.end(level, news));
        self.matter.by.into_iter().chain(ends).chain([self.matter.doubtful_from(news)])
    }

    /// Says whether nothing that comes can change how it stands.
    pub fn is_settled(&self) -> bool {
        matches!(self.standing, Standing::Adopted { .. } | Standing::NotAdopted)
    }

    /// Says whether another note of a group's log may change how it stands.
    pub fn waits_for(&self, group: &LogId) -> bool {
        (!self.is_settled() || self.sealed.is_none()) && self.agreement.group(group).is_some()
    }

    /// Says whether both are open at the same time, touch one domain of one group or replace one text, and neither takes
    /// up the other at once.
    pub fn rivals(&self, other: &Self) -> bool {
        let takes_up = |a: &Self, b: &Self| a.matter.replaces == Some(b.id) || a.matter.overrides.contains(&b.id);
        let meets = self.matter.meets(self.opened, &other.matter, other.opened);
        self.id != other.id && meets && !takes_up(self, other) && !takes_up(other, self)
    }

    /// Groups that are bound to change something and have not.
    pub fn breaches(&self) -> Vec<LogId> {
        let Standing::Adopted { level } = self.standing else { return Vec::new() };
        let bound = |group: &LogId, ceded: bool| self.consents.contains_key(group) || level == LEVELS && ceded;
        let parts = self.matter.parts.iter().filter(|part| self.matter.changes(part) && bound(&part.group, part.ceded));
        parts.map(|part| part.group).filter(|group| !self.enacted.contains_key(group)).collect()
    }

    fn listen(&mut self, group: LogId, source: &Source<'_>, now: Timestamp) {
        for (number, entry) in source.voices {
            let EntryAct::Speak(voice) = &entry.content().act else { continue };
            let at = entry.content().time;
            let in_time = (self.opened..=self.matter.by[2]).contains(&at);
            let opens = EntryId(self.id.0) == entry.id() && self.matter.part(&group).is_some();
            match &voice.says {
                // What is dated outside of its time consents to nothing.
                Says::Consent { matter, .. } if *matter == self.id && in_time => self.consent(group, *number, at),
                Says::Open(_) if opens && in_time => self.consent(group, *number, at),
                Says::Decline { matter } if *matter == self.id => drop(self.declined.insert(group)),
                Says::Enact { matter, level } if *matter == self.id => {
                    self.enacted.insert(group, (*number, *level));
                }
                _ => {}
            }
        }
        let sealed = |number: u64| source.sealed_by(&self.agreement, number);
        let consent = self.consents.get(&group).and_then(|(number, at)| Some((*at, sealed(*number)?)));
        let mut slot = Slot { consent, ..Slot::default() };
        let news = self.agreement.timing.news;
        let ended = (1..=LEVELS).filter(|level| now > self.matter.end(*level, news));
        let awaited = |level: u8| self.matter.awaited(self.id, self.opened, (&group, level), news);
        slot.dead = ended.filter(|level| source.silent(&self.agreement, &awaited(*level)).is_some()).collect();
        if slot != Slot::default() {
            self.slots.insert(group, slot);
        }
    }

    fn consent(&mut self, group: LogId, number: u64, at: Timestamp) {
        self.consents.insert(group, (number, at));
        self.declined.remove(&group);
    }
}
