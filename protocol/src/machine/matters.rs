//! Matters as this node sees them, and what its groups need of others: it cites for them and enacts what binds them.

use std::collections::BTreeMap;

use super::{Effect, InputError, Machine, Reply, rounds::just_after};
use crate::{
    entry::{Entry, EntryAct},
    evidence::{Evidence, Source},
    federation::FederationAgreement,
    id::{Hash, LogId, MatterId},
    limits::{ENTRY_BYTES, EVIDENCE},
    matter::{ASSEMBLY, Followed, Known, LEVELS, Standing},
    time::{Span, Timestamp},
    voice::{Says, Voice},
};

/// After how many seconds a group that could not write what it has to tries again.
const AGAIN_S: u64 = 60;
/// Room in an entry for what is not evidence.
const AROUND: usize = 4096;

impl Machine {
    /// The matters of all logs that are here, by id.
    pub fn matters(&self) -> impl Iterator<Item = &Followed> {
        self.matters.values()
    }

    /// A matter that a log here opened.
    pub fn matter(&self, id: &MatterId) -> Option<&Followed> {
        self.matters.get(id)
    }

    /// What a log that is here says to others, with the notes that show it.
    pub fn source(&self, id: &LogId) -> Option<Source<'_>> {
        self.logs.get(id).map(|log| Source { log: *id, voices: &log.voices, notes: &log.notes })
    }

    /// Looks again at the matters that are not settled, and does for the groups of this node what they need.
    pub(super) fn deal(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        if !self.voices_moved && self.next_matter.is_none_or(|at| at > now) {
            return;
        }
        // What a group says may be what another one waits for.
        while std::mem::take(&mut self.voices_moved) || self.next_matter.is_some_and(|at| at <= now) {
            self.read_matters(now);
            let own = self.logs.values().filter(|log| self.hosts(log));
            let own: Vec<(LogId, bool)> = own.map(|log| (log.replica.log(), self.may_write(log))).collect();
            for (id, may_write) in own {
                let done = may_write && self.deal_for(id, now, out);
                if !done && self.logs.values().any(|log| !log.voices.is_empty()) {
                    // Nothing else may happen that makes the group look again.
                    let again = now + Span::from_secs(AGAIN_S);
                    self.next_matter = Some(self.next_matter.map_or(again, |next| next.min(again)));
                }
            }
            self.wake_for_terms(now);
        }
    }

    /// When something about matters changes by the clock alone.
    pub(super) fn next_matter(&self) -> Option<Timestamp> {
        self.next_matter
    }

    /// A date of a matter or a round after which a note of this log says something new, if none was signed since.
    pub(super) fn matter_passed(&self, since: Timestamp, now: Timestamp) -> bool {
        let open = self.matters.values().filter(|followed| !followed.is_settled());
        let rounds = self.round_dates.iter().copied();
        open.flat_map(Followed::dates).chain(rounds).any(|date| since <= date && date < now)
    }

    fn read_matters(&mut self, now: Timestamp) {
        let openings = self
            .logs
            .values()
            .flat_map(|log| log.voices.values())
            .filter(|entry| matches!(&entry.content().act, EntryAct::Speak(Voice { says: Says::Open(_), .. })));
        let unsettled = openings.filter(|entry| {
            self.matters
                .get(&entry.id().into())
                .is_none_or(|followed| !followed.is_settled() || !followed.breaches().is_empty())
        });
        let read: Vec<Followed> = unsettled.filter_map(|entry| self.read(entry, now)).collect();
        // Its witnesses have seats for its sake.
        self.ties_moved |= read.iter().any(|followed| !self.matters.contains_key(&followed.id));
        self.matters.extend(read.into_iter().map(|followed| (followed.id, followed)));
        let open = self.matters.values().filter(|followed| !followed.is_settled());
        self.round_dates = self.round_dates();
        let dates = open.flat_map(Followed::dates).chain(self.round_dates.iter().copied()).map(just_after);
        self.next_matter = dates.filter(|at| *at > now).min();
    }

    /// Looks again when something follows in an own log by the clock alone: what was just cited may have a deadline.
    fn wake_for_terms(&mut self, now: Timestamp) {
        let own = self.logs.values().filter(|log| self.may_write(log));
        let next = own.filter_map(|log| log.replica.follows_at(now)).min();
        self.next_matter = self.next_matter.into_iter().chain(next).min();
    }

    fn read(&self, opening: &Entry, now: Timestamp) -> Option<Followed> {
        let EntryAct::Speak(Voice { says: Says::Open(matter), .. }) = &opening.content().act else { return None };
        let agreement = self.version(&matter.version)?;
        Followed::read(opening, agreement, |log| self.source(log), now)
    }

    /// The text of a version that is in force here, or that a group here has consented to.
    pub(super) fn version(&self, version: &Hash) -> Option<FederationAgreement> {
        let in_force = self.agreements().find(|agreement| agreement.hash() == *version).cloned();
        let held = || self.logs.values().find_map(|log| log.replica.ties().consent_to(version));
        in_force.or_else(|| held().map(|consent| consent.agreement.clone()))
    }

    /// Cites for a group what it needs to know, and does what follows from it; says whether all of that was written.
    fn deal_for(&mut self, id: LogId, now: Timestamp, out: &mut Vec<Effect>) -> bool {
        let mut done = self.cite(id, self.seal_of_move(&id, now).into_iter().collect(), now, out);
        done &= self.hear_liaisons(id, now, out);
        done &= self.cite(id, self.needed_for_terms(&id, now), now, out);
        done &= self.follow_terms(id, now, out);
        done &= self.deal_in_rounds(id, now, out);
        // What was decided first is enacted first.
        let mut ids: Vec<MatterId> = self.matters.keys().copied().collect();
        ids.sort_by_key(|id| self.matters.get(id).map(|followed| followed.opened));
        for matter in ids {
            done &= self.cite(id, self.needed(&id, &matter, now), now, out);
            if let Some(level) = self.may_enact(&id, &matter, now) {
                done &= self.speak(id, Says::Enact { matter, level }, now, out);
                self.write_due(id, now, out);
            }
        }
        done
    }

    /// Says something in a group's name that no decision calls for; says whether it was written.
    pub(super) fn speak(&mut self, id: LogId, says: Says, now: Timestamp, out: &mut Vec<Effect>) -> bool {
        let Some(log) = self.logs.get(&id) else { return false };
        let (previous, host) = (log.replica.dealings().spoke, log.replica.charter().host.node);
        let act = EntryAct::Speak(Voice { previous, host, decision: None, says });
        self.append(id, act, Vec::new(), now, out).is_ok()
    }

    /// Lets a log cite what shows that groups are asleep, as far as it does not hold that.
    pub(super) fn show_asleep(
        &mut self,
        id: LogId,
        version: Hash,
        groups: &[LogId],
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<Reply, InputError> {
        let log = self.logs.get(&id).filter(|log| self.hosts(log)).ok_or(InputError::NotHosted(id))?;
        let held = log.replica.ties().consent_to(&version).map(|consent| consent.agreement.clone());
        let agreement = held.ok_or(InputError::NotHosted(id))?;
        let known = log.replica.dealings().asleep.clone();
        // What was shown lately will do until the decision that it is for has passed.
        let half = Span::from_millis(agreement.timing.dormant().millis() / 2);
        let missing = groups.iter().filter(|group| known.get(*group).is_none_or(|until| *until + half < now));
        let mut evidence = Vec::new();
        for group in missing {
            let shows = self.source(group).and_then(|source| source.asleep(&agreement));
            evidence.push(shows.ok_or(InputError::Awake(*group))?);
        }
        match evidence.is_empty() || self.cite(id, evidence, now, out) {
            true => Ok(Reply::Shown(id)),
            false => Err(InputError::NotHosted(id)),
        }
    }

    /// Writes evidence into a group's log; says whether all of it was written.
    pub(super) fn cite(&mut self, id: LogId, evidence: Vec<Evidence>, now: Timestamp, out: &mut Vec<Effect>) -> bool {
        let mut done = true;
        for some in batches(evidence) {
            // A digest that is due stands before whatever comes next.
            self.write_due(id, now, out);
            let Some(content) = self.log(&id).and_then(|replica| replica.citing(some, now).ok()) else { continue };
            done &= self.write(id, content, Vec::new(), out).is_ok();
        }
        self.write_due(id, now, out);
        done
    }

    /// The notes that seal the entry by which the log moved here.
    fn seal_of_move(&self, id: &LogId, now: Timestamp) -> Option<Evidence> {
        let replica = self.log(id)?;
        let moving = replica.moving(now.max(replica.head().time))?;
        let agreement = &replica.ties().consent_to(&moving.version)?.agreement;
        self.source(id)?.move_of(moving, agreement)
    }

    /// The evidence that a group needs about a matter and does not hold:
    /// - the opening, if it affects the group; for all others once the first level is over
    /// - consents to what was adopted, and of the stages before its own
    /// - silences, where it consented and the matter was not adopted, or stands in the way of a rival
    fn needed(&self, id: &LogId, matter: &MatterId, now: Timestamp) -> Vec<Evidence> {
        let (Some(followed), Some(log)) = (self.matters.get(matter), self.logs.get(id)) else { return Vec::new() };
        let agreement = &followed.agreement;
        let in_electorate =
            agreement.group(id).is_some() && log.replica.ties().consent_to(&followed.matter.version).is_some();
        if !in_electorate {
            return Vec::new();
        }
        let Some(known) = log.replica.dealings().matter(matter) else {
            let affected = followed.matter.part(id).is_some();
            let open = !followed.is_settled() && now <= followed.matter.by[2];
            // Who has no say in an amendment, or comes late, learns what became of the agreement all the same.
            let amends = followed.matter.amends.is_some();
            let asked = affected || amends || open && now > followed.matter.by[0];
            // What was opened too late counts for nothing. Only the log that opened it knows it, and learns how it ends.
            let asked = asked && followed.counts();
            let opening = || self.source(&followed.sponsor)?.said(agreement, followed.number, followed.number);
            return if asked { opening().into_iter().collect() } else { Vec::new() };
        };
        let mut needed = self.consents_for(id, followed, known, now);
        needed.extend(self.silences_for(followed, known, now));
        needed
    }

    fn consents_for(&self, id: &LogId, followed: &Followed, known: &Known, now: Timestamp) -> Vec<Evidence> {
        let part = followed.matter.part(id);
        let changes = part.is_some_and(|part| followed.matter.changes(part)) || followed.matter.amends.is_some();
        let waits = changes || known.consented.is_some();
        let stands = known.stands(&followed.agreement, now);
        let adopted = matches!(followed.standing, Standing::Adopted { .. }) && stands != followed.standing;
        let stages = part.filter(|_| known.consented.is_none()).map(|part| part.after.clone()).unwrap_or_default();
        let wanted = followed.consents.iter().filter(|(group, _)| {
            !known.has_consent(group)
                && followed.slots.get(*group).is_some_and(|slot| slot.consent.is_some())
                && (adopted && waits && known.enacted.is_none() || stages.contains(group))
        });
        let shows = |(group, (number, _)): (&LogId, &(u64, Timestamp))| {
            self.source(group)?.said(&followed.agreement, *number, *number)
        };
        wanted.filter_map(shows).collect()
    }

    fn silences_for(&self, followed: &Followed, known: &Known, now: Timestamp) -> Vec<Evidence> {
        if known.consented.is_none() || known.enacted.is_some() {
            return Vec::new();
        }
        let stands = known.stands(&followed.agreement, now);
        let settles = followed.standing == Standing::NotAdopted && stands != Standing::NotAdopted;
        let mut evidence = Vec::new();
        for level in 1..=LEVELS {
            let failed = level < ASSEMBLY && known.failed_at(level);
            // That it failed at the second level lets the result of a rival's last level in.
            if failed || !settles && level != ASSEMBLY - 1 {
                continue;
            }
            let dead = followed.slots.iter().filter(|(_, slot)| slot.dead.contains(&level)).map(|(group, _)| group);
            let dead = dead.filter(|group| {
                !known.is_dead(group, level) && (level == ASSEMBLY || known.matter.part(group).is_some())
            });
            let most = if level == ASSEMBLY { usize::MAX } else { 1 };
            let shows = |group: &LogId| {
                let source = self.source(group)?;
                let news = followed.agreement.timing.news;
                source.silent(&followed.agreement, &known.matter.awaited(known.id, known.opened, (group, level), news))
            };
            evidence.extend(dead.filter_map(shows).take(most));
        }
        evidence
    }

    fn may_enact(&self, id: &LogId, matter: &MatterId, now: Timestamp) -> Option<u8> {
        let known = self.log(id)?.dealings().matter(matter)?;
        known.enacted.is_none().then(|| self.enactment(id, matter, now).ok()).flatten()
    }

    /// The level at whose result a group may enact a matter at `now`, by what its own log holds.
    ///
    /// # Errors
    /// Why it may not, or not yet.
    pub fn enactment(&self, id: &LogId, matter: &MatterId, now: Timestamp) -> Result<u8, String> {
        let replica = self.log(id).ok_or("its log is not here")?;
        let known = replica.dealings().matter(matter).ok_or("its log does not hold the evidence that it was opened")?;
        let agreement = self.version(&known.matter.version).ok_or("the version that it names is not here")?;
        let now = now.max(replica.head().time);
        let Standing::Adopted { level } = known.stands(&agreement, now) else {
            return Err("its log does not hold the evidence that it was adopted".into());
        };
        let next = (replica.head().number + 1, now);
        replica.dealings().may_enact(known, id, replica.ties(), level, next)?;
        let applies = replica.may_enact(matter, level, now);
        applies.map_err(|refusal| format!("what it changes does not fit the group any more: {refusal}"))?;
        Ok(level)
    }
}

/// Evidence in as many lots as fit into an entry each.
fn batches(evidence: Vec<Evidence>) -> Vec<Vec<Evidence>> {
    let mut lots: Vec<(usize, Vec<Evidence>)> = Vec::new();
    for evidence in evidence {
        let raw = evidence.voices.iter().chain(&evidence.notes).map(|raw| raw.0.len() + 8);
        let bytes = 128 + raw.sum::<usize>();
        match lots.last_mut() {
            Some((used, lot)) if *used + bytes + AROUND <= ENTRY_BYTES && lot.len() < EVIDENCE => {
                *used += bytes;
                lot.push(evidence);
            }
            _ => lots.push((bytes, vec![evidence])),
        }
    }
    lots.into_iter().map(|(_, lot)| lot).collect()
}

/// What is known of matters here.
pub(super) type Matters = BTreeMap<MatterId, Followed>;
