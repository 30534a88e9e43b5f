//! Rounds: what the groups of this node need of others, and what follows in their logs without a decision.

use std::collections::BTreeSet;

use super::{Effect, Log, Machine};
use crate::{
    cbor,
    entry::{Entry, EntryAct},
    evidence::Evidence,
    federation::FederationAgreement,
    id::{Hash, LogId, RoundId},
    resource::{
        CLAIMS_STAGE, KnownRound, REVEALS_STAGE, Round,
        division::{Secret, commit},
    },
    time::{Span, Timestamp},
    voice::{Says, Voice},
};

impl Machine {
    /// What a group of this node commits to in a lot: nothing if this node does not hold its log key.
    pub fn commitment(&self, group: &LogId, round: &RoundId) -> Option<Hash> {
        Some(commit(&Hash(round.0), group, &self.secret(group, round)?))
    }

    /// The secret of a group in a lot. It follows from the log key alone, so it is there after a restart or a restore,
    /// and nobody else can tell it: the hash of the key's signature of something that is no record.
    fn secret(&self, group: &LogId, round: &RoundId) -> Option<Secret> {
        let key = self.keys.get(&self.log(group)?.charter().host.log_key)?;
        Some(Secret(Hash::of(&key.sign(&cbor::encode(&("folkmoot secret", round))))))
    }

    /// Says whether a note of a log may show a group of this node something about a round.
    pub(super) fn awaits(&self, id: &LogId) -> bool {
        let own = self.logs.values().filter(|log| log.replica.charter().host.node == self.node());
        own.into_iter().any(|own| {
            let group = own.replica.log();
            let open = own.replica.dealings().books.rounds.values().filter(|known| self.is_to_divide(&group, known));
            let waits = |known: &KnownRound| {
                !known.shown && *id == group
                    || [CLAIMS_STAGE, REVEALS_STAGE].iter().any(|stage| known.waits(id, *stage))
            };
            open.into_iter().any(waits)
                || self.openings_for(own).any(|(steward, ..)| steward == *id)
                || self.releases_for(own, id).next().is_some()
        })
    }

    /// The dates of open rounds after which a note of a log says something new, or a group may say something.
    pub(super) fn round_dates(&self) -> Vec<Timestamp> {
        let dates = |known: &KnownRound| {
            let news = self.version(&known.round.version)?.timing.news;
            Some([known.round.claims_by + news, known.round.last() + news, known.round.reveals_from(news)])
        };
        let rounds = self.logs.values().flat_map(|log| log.replica.dealings().books.rounds.values());
        let open = rounds.filter(|known| known.divided.is_none() && self.now < known.round.divides_by);
        open.filter_map(dates).flatten().collect()
    }

    /// Cites for a group what it needs to know about rounds, and does what follows; says whether all of that was
    /// written.
    pub(super) fn deal_in_rounds(&mut self, id: LogId, now: Timestamp, out: &mut Vec<Effect>) -> bool {
        let mut done = self.cite_rounds(id, |machine| machine.openings_needed(&id), now, out);
        // What was revealed says something only beside what was claimed.
        for stage in [CLAIMS_STAGE, REVEALS_STAGE] {
            done &= self.cite_rounds(id, |machine| machine.answers_needed(&id, stage), now, out);
        }
        done &= self.cite_rounds(id, |machine| machine.releases_needed(&id), now, out);
        loop {
            self.write_due(id, now, out);
            let Some(says) = self.follows_in_rounds(&id, now) else { return done };
            if !self.speak(id, says, now, out) {
                return false;
            }
        }
    }

    /// Cites what a group needs to know, one piece about each log at a time: what the same notes show first is shown with the
    /// first of them, and another piece would show nothing new.
    fn cite_rounds(
        &mut self,
        id: LogId,
        needed: impl Fn(&Self) -> Vec<Evidence>,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> bool {
        loop {
            let head = self.log(&id).map(|replica| replica.head().number);
            let mut logs = BTreeSet::new();
            let some = needed(self).into_iter().filter(|piece| logs.insert(piece.log)).collect();
            let done = self.cite(id, some, now, out);
            if !done || self.log(&id).map(|replica| replica.head().number) == head {
                return done;
            }
        }
    }

    /// A reveal of the group, or a division, for which it is time.
    fn follows_in_rounds(&self, id: &LogId, now: Timestamp) -> Option<Says> {
        let replica = self.log(id)?;
        if let Some(round) = replica.divides(now) {
            return Some(Says::Divide { round });
        }
        let claimed = replica.dealings().books.rounds.iter().filter(|(_, known)| known.claimed.is_some());
        let reveal = |(round, _): (&RoundId, &KnownRound)| {
            let secret = self.secret(id, round)?;
            replica.may_reveal(round, &secret, now).then_some(Says::Reveal { round: *round, secret })
        };
        claimed.filter_map(reveal).next()
    }

    fn is_to_divide(&self, group: &LogId, known: &KnownRound) -> bool {
        known.round.steward == *group && known.divided.is_none() && self.now < known.round.divides_by
    }

    /// The rounds of others in which a group may claim and of which its log does not know.
    fn openings_for<'a>(
        &'a self,
        own: &'a Log,
    ) -> impl Iterator<Item = (LogId, &'a Entry, &'a Round, &'a FederationAgreement)> + 'a {
        let (group, books) = (own.replica.log(), &own.replica.dealings().books);
        let voices = self
            .logs
            .iter()
            .filter(move |(steward, _)| **steward != group)
            .flat_map(|(steward, log)| log.voices.values().map(|entry| (*steward, entry)));
        voices.filter_map(move |(steward, entry)| {
            let EntryAct::Speak(Voice { says: Says::Round(round), .. }) = &entry.content().act else { return None };
            let open = books.takes_in(&group, round, self.now);
            let held = own.replica.ties().consent_to(&round.version).filter(|_| open)?;
            Some((steward, entry, &**round, &held.agreement))
        })
    }

    /// The openings that a group needs: of others' rounds, and that of its own is sealed in time.
    fn openings_needed(&self, id: &LogId) -> Vec<Evidence> {
        let Some(own) = self.logs.get(id) else { return Vec::new() };
        let shows = |steward: &LogId, entry: &Entry, round: &Round, agreement: &FederationAgreement| {
            let (source, at) = (self.source(steward)?, entry.content().time);
            let counts = round.counts(steward, agreement, at, source.sealed_by(agreement, entry.number())?);
            counts.then(|| source.said(agreement, entry.number(), entry.number()))?
        };
        let others = self.openings_for(own);
        let mut needed: Vec<Evidence> =
            others.filter_map(|(steward, entry, round, agreement)| shows(&steward, entry, round, agreement)).collect();
        let rounds = own.replica.dealings().books.rounds.values();
        for known in rounds.filter(|known| self.is_to_divide(id, known) && !known.shown) {
            let opens = |entry: &&Entry| match &entry.content().act {
                EntryAct::Speak(Voice { says: Says::Round(round), .. }) => **round == known.round,
                _ => false,
            };
            let held = own.replica.ties().consent_to(&known.round.version);
            let opening = own.voices.values().find(opens);
            needed.extend(opening.zip(held).and_then(|(entry, held)| shows(id, entry, &known.round, &held.agreement)));
        }
        needed
    }

    /// What a group said, in its own log, of shares that it gives up and that a log here still promises.
    fn releases_for<'a>(
        &'a self,
        own: &'a Log,
        of: &'a LogId,
    ) -> impl Iterator<Item = (&'a Entry, &'a KnownRound)> + 'a {
        let (steward, books) = (own.replica.log(), &own.replica.dealings().books);
        let divided = move |round: &RoundId| {
            let known = books.rounds.get(round)?;
            (known.round.steward == steward && known.divided.is_some()).then_some(known)
        };
        let voices = self.logs.get(of).into_iter().flat_map(|log| log.voices.values());
        voices.filter_map(move |entry| {
            let EntryAct::Speak(Voice { says: Says::ReleaseShare { round }, .. }) = &entry.content().act else {
                return None;
            };
            Some((entry, divided(round).filter(|_| books.has_share(round, of))?))
        })
    }

    /// What a steward's log needs to know of shares that are given up.
    fn releases_needed(&self, id: &LogId) -> Vec<Evidence> {
        let Some(own) = self.logs.get(id) else { return Vec::new() };
        let shows = |of: &LogId, entry: &Entry, known: &KnownRound| {
            let held = own.replica.ties().consent_to(&known.round.version)?;
            self.source(of)?.said(&held.agreement, entry.number(), entry.number())
        };
        let all =
            self.logs.keys().flat_map(|of| self.releases_for(own, of).map(move |(entry, known)| (of, entry, known)));
        all.filter_map(|(of, entry, known)| shows(of, entry, known)).collect()
    }

    /// What a steward's log needs to know of a stage: what everybody said, or that they were silent.
    fn answers_needed(&self, id: &LogId, stage: u8) -> Vec<Evidence> {
        let Some(own) = self.logs.get(id) else { return Vec::new() };
        let rounds = own.replica.dealings().books.rounds.iter().filter(|(_, known)| self.is_to_divide(id, known));
        let mut needed = Vec::new();
        for (round, known) in rounds {
            let Some(held) = own.replica.ties().consent_to(&known.round.version) else { continue };
            let news = held.agreement.timing.news;
            let answer = |group: LogId| {
                let awaited = known.awaited(*round, group, stage, news)?;
                self.source(&group)?.answer(&held.agreement, &awaited)
            };
            needed.extend(known.missing(stage).filter_map(answer));
        }
        needed
    }
}

/// When somebody has to look at dates that have just passed.
pub(super) fn just_after(date: Timestamp) -> Timestamp {
    date + Span::from_millis(1)
}
