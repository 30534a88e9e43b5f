//! How matters between groups look to people.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    charter::{FEDERATION, Role},
    effect::Effect,
    entry::{Entry, EntryAct},
    federation::FederationAgreement,
    id::{LogId, MatterId, ProposalId},
    machine::Machine,
    matter::{ASSEMBLY, Followed, LEVELS, Matter, Mediator, Part, Standing},
    replay::Replica,
    time::Timestamp,
    voice::{Says, Voice},
    witness::Quorums,
};

use super::{
    amendments,
    matter_late::{DOES_NOT_COUNT, is_late, way_out},
    matter_view::{
        CertificateView, EnactedView, MatterDecisionView, MatterLevelView, MatterRefView, MatterView, OpenStanceView,
        StanceView,
    },
    views::Views,
    words,
};

impl Views<'_> {
    /// A matter with all that is known of it here.
    pub(super) fn matter(&self, followed: &Followed, now: Timestamp) -> MatterView {
        let (agreement, matter) = (&followed.agreement, &followed.matter);
        let mut stances: Vec<StanceView> = agreement.logs().map(|log| self.stance(followed, &log, now)).collect();
        stances.sort_by(|a, b| (!a.affected, &a.group).cmp(&(!b.affected, &b.group)));
        let (state, level) = state(followed.standing);
        let is_open = matches!(followed.standing, Standing::Open { .. }) && !is_late(followed);
        let opening = self.voices(&followed.sponsor, followed).find(|(entry, _)| entry.number() == followed.number);
        let decision = opening.and_then(|(_, voice)| self.decision_behind(&followed.sponsor, voice.decision));
        MatterView {
            matter: followed.id.to_string(),
            title: matter.title.clone(),
            text: matter.text.clone(),
            changes: amendments::matter_changes(agreement, matter),
            federation: matter.federation.to_string(),
            federation_name: agreement.name.to_string(),
            version: agreement.number(),
            sponsor: called(followed, &followed.sponsor),
            sponsor_group: followed.sponsor.to_string(),
            opened: followed.opened.to_string(),
            entry: followed.number,
            sealed_at: followed.sealed.map(|at| at.to_string()),
            counts: followed.counts(),
            way_out: way_out(followed, now),
            decision,
            state: state.into(),
            level,
            until: level.filter(|_| is_open).map(|level| matter.by[usize::from(level) - 1].to_string()),
            counted_until: counted_until(followed, now).map(|(_, end)| end.to_string()),
            levels: (1..=LEVELS).map(|level| level_view(followed, level)).collect(),
            waits_for: stances
                .iter()
                .filter(|stance| stance.affected && stance.waits_until.is_some() && stance.stance == "silent")
                .map(|stance| stance.group.clone())
                .collect(),
            breaches: followed.breaches().iter().map(|log| called(followed, log)).collect(),
            certificate: self.certificate(followed),
            stances,
            about: matter.about.map(|id| id.to_string()),
            settles: matter.settles.as_ref().map(|terms| terms.id().to_string()),
            mediator: matter.mediator.as_ref().map(|mediator| mediates(self.machine, agreement, mediator, now)),
            replaces: matter.replaces.map(|id| self.other(&id)),
            overrides: matter.overrides.iter().map(|id| self.other(id)).collect(),
            taken_up_by: self.others(|other| {
                other.matter.replaces == Some(followed.id) || other.matter.overrides.contains(&followed.id)
            }),
            rivals: self.others(|other| followed.rivals(other)),
        }
    }

    /// What a matter means for a group, and what the group said.
    fn stance(&self, followed: &Followed, log: &LogId, now: Timestamp) -> StanceView {
        let (replica, part) = (self.machine.log(log), followed.matter.part(log));
        let said = self.voices(log, followed).filter(|(_, voice)| !matches!(voice.says, Says::Enact { .. })).last();
        let slot = followed.slots.get(log);
        let consents = followed.consents.contains_key(log);
        let stance = match consents {
            true => "consents",
            false if followed.declined.contains(log) => "declines",
            false => "silent",
        };
        let said = said.filter(|_| stance != "silent");
        let counts = |level: &u8| {
            slot.is_some_and(|slot| slot.counts(&followed.matter, log, *level, followed.agreement.timing.news))
        };
        let source = self.machine.source(log);
        let sealed = said.and_then(|(entry, _)| source?.sealed_by(&followed.agreement, entry.number()));
        let breach = followed.breaches().contains(log);
        StanceView {
            group: called(followed, log),
            group_id: log.to_string(),
            held: replica.is_some(),
            affected: part.is_some(),
            domains: decides_in(part, replica),
            ceded: part.is_some_and(|part| part.ceded),
            linked: part.is_some_and(|part| part.linked),
            after: part.iter().flat_map(|part| &part.after).map(|log| called(followed, log)).collect(),
            due: part.and_then(|part| part.due).map(|due| due.to_string()),
            effects: part.map(|part| part_words(&followed.matter, part)).unwrap_or_default(),
            stance: stance.into(),
            entry: said.map(|(entry, _)| entry.number()),
            entry_id: said.map(|(entry, _)| entry.id().to_string()),
            at: said.map(|(entry, _)| entry.content().time.to_string()),
            sealed_at: sealed.map(|at| at.to_string()),
            counts_at: (1..=LEVELS).filter(counts).collect(),
            silent_at: slot.into_iter().flat_map(|slot| &slot.dead).copied().collect(),
            decision: said.and_then(|(_, voice)| self.decision_behind(log, voice.decision)),
            open: replica.and_then(|replica| open_stance(replica, &followed.id)),
            waits_until: waits_until(followed, log, now).map(|at| at.to_string()),
            enacted: self.enacted(followed, log),
            not_enacted: part.and_then(|part| self.not_enacted(followed, part, now)),
            breach,
        }
    }

    /// The decision behind a voice.
    pub(super) fn decision_behind(&self, log: &LogId, proposal: Option<ProposalId>) -> Option<MatterDecisionView> {
        let replica = self.machine.log(log)?;
        let decision = replica.decision(&proposal?)?;
        let proposal = &decision.proposal;
        let rules = proposal.polls.iter().zip(&decision.standings);
        Some(MatterDecisionView {
            proposal: proposal.id.to_string(),
            title: proposal.content.title.clone(),
            author: proposal.author.to_string(),
            why: self.text(replica, Some(&proposal.content.why)),
            state: decision.outcome.word().into(),
            closed: decision.closed.to_string(),
            rules: rules
                .map(|(poll, standing)| format!("{} ({}): {}", poll.domain, poll.rule.rung(), standing.reason))
                .collect(),
        })
    }

    fn enacted(&self, followed: &Followed, log: &LogId) -> Option<EnactedView> {
        let (number, level) = followed.enacted.get(log).copied()?;
        let entry = self.machine.source(log)?.voices.get(&number);
        Some(EnactedView {
            entry: number,
            entry_id: entry.map(|entry| entry.id().to_string()),
            at: entry.map(|entry| entry.content().time.to_string()),
            level,
            sealed: self.machine.seal(log).and_then(|seal| seal.up_to) >= Some(number),
        })
    }

    /// Why a group has not enacted its part of an adopted matter.
    fn not_enacted(&self, followed: &Followed, part: &Part, now: Timestamp) -> Option<String> {
        let (Standing::Adopted { .. }, false) = (followed.standing, followed.enacted.contains_key(&part.group)) else {
            return None;
        };
        if !followed.matter.changes(part) {
            return Some("nothing is to change there: its part is advice".into());
        }
        Some(match self.machine.enactment(&part.group, &followed.id, now) {
            Err(reason) => reason,
            Ok(_) => "its evidence is complete, and its node has not written it: it is about to, or it is away".into(),
        })
    }

    /// The entries that prove a result: the consents that count, or who was silent at each level.
    fn certificate(&self, followed: &Followed) -> Vec<CertificateView> {
        let silent = |level: u8| {
            let dead = followed.slots.iter().filter(move |(_, slot)| slot.dead.contains(&level));
            dead.filter(move |(log, _)| level == ASSEMBLY || followed.matter.part(log).is_some()).map(|(log, _)| *log)
        };
        match followed.standing {
            Standing::Adopted { level } => {
                let needed = |log: &LogId| level == ASSEMBLY || followed.matter.part(log).is_some();
                let groups = followed.agreement.logs().filter(needed);
                groups.filter_map(|log| self.consent(followed, &log, level)).collect()
            }
            Standing::NotAdopted => (1..=LEVELS)
                .flat_map(|level| silent(level).map(move |log| (level, log)))
                .map(|(level, log)| silence(followed, &log, level))
                .collect(),
            Standing::Open { .. } | Standing::InDoubt => Vec::new(),
        }
    }

    fn consent(&self, followed: &Followed, log: &LogId, level: u8) -> Option<CertificateView> {
        let news = followed.agreement.timing.news;
        let slot = followed.slots.get(log).filter(|slot| slot.counts(&followed.matter, log, level, news))?;
        let ((number, at), (_, sealed)) = (followed.consents.get(log)?, slot.consent?);
        let entry = self.machine.source(log)?.voices.get(number);
        let quorums = quorums(followed, log);
        Some(CertificateView {
            group: called(followed, log),
            says: "consent".into(),
            level,
            entry: Some(*number),
            entry_id: entry.map(|entry| entry.id().to_string()),
            at: at.to_string(),
            sealed_at: Some(sealed.to_string()),
            needed: quorums.seal,
            witnesses: quorums.witnesses,
        })
    }

    /// What a group said about a matter, in the order of its log.
    fn voices(&self, log: &LogId, followed: &Followed) -> impl Iterator<Item = (&Entry, &Voice)> {
        let (id, sponsor, number) = (followed.id, followed.sponsor, followed.number);
        let own = sponsor == *log;
        let voices = self.machine.source(log).map(|source| source.voices);
        voices.into_iter().flatten().filter_map(move |(at, entry)| match &entry.content().act {
            EntryAct::Speak(voice) => {
                let about = voice.says.matter() == Some(id) || own && *at == number;
                about.then_some((entry, voice))
            }
            _ => None,
        })
    }

    fn other(&self, id: &MatterId) -> MatterRefView {
        let unknown = || MatterRefView { matter: id.to_string(), title: None, state: None };
        self.machine.matter(id).map_or_else(unknown, reference)
    }

    fn others(&self, is: impl Fn(&Followed) -> bool) -> Vec<MatterRefView> {
        self.machine.matters().filter(|other| is(other)).map(reference).collect()
    }

    /// The matters that a proposal opens or answers.
    pub(super) fn matters_of(&self, log: &Replica, id: &ProposalId, effects: &[Effect]) -> Vec<String> {
        let answered = effects.iter().filter_map(|effect| match effect {
            Effect::Stance { matter, .. } => Some(*matter),
            _ => None,
        });
        let opens = effects.iter().any(|effect| matches!(effect, Effect::OpenMatter { .. }));
        let source = self.machine.source(&log.log()).filter(|_| opens);
        let voices = source.map(|source| source.voices).into_iter().flatten();
        let opened = voices.filter_map(|(_, entry)| match &entry.content().act {
            EntryAct::Speak(voice) if voice.decision == Some(*id) && matches!(voice.says, Says::Open(_)) => {
                Some(entry.id().into())
            }
            _ => None,
        });
        answered.chain(opened).map(|id: MatterId| id.to_string()).collect()
    }
}

/// Who mediates: the group, its role, and who holds that now.
pub(super) fn mediates(
    machine: &Machine,
    agreement: &FederationAgreement,
    mediator: &Mediator,
    now: Timestamp,
) -> String {
    let role = machine.log(&mediator.group).and_then(|log| log.charter().roles.find(&mediator.role));
    let running = |role: &Role| -> Vec<String> {
        let holders = role.holders.iter().filter(|holder| holder.from <= now && now < holder.until);
        holders.map(|holder| holder.member.to_string()).collect()
    };
    let holders = role.map(running).unwrap_or_default();
    let who = if holders.is_empty() { "nobody holds it now".into() } else { holders.join(", ") };
    let group = agreement.group(&mediator.group).map_or_else(|| mediator.group.short(), |group| group.name.to_string());
    format!("{} of {group} ({who})", mediator.role)
}

/// A matter by its title and how it stands.
pub(super) fn reference(other: &Followed) -> MatterRefView {
    MatterRefView {
        matter: other.id.to_string(),
        title: Some(other.matter.title.clone()),
        state: Some(if is_late(other) { DOES_NOT_COUNT } else { state(other.standing).0 }.into()),
    }
}

/// What changes in the group of a part, in words.
pub(super) fn part_words(matter: &Matter, part: &Part) -> Vec<String> {
    let settles = matter.settled_with(&part.group).map(|terms| words::settled(terms, &part.group));
    part.effects.iter().map(words::effect).chain(settles).collect()
}

/// How a matter stands in words, with its level.
pub fn state(standing: Standing) -> (&'static str, Option<u8>) {
    match standing {
        Standing::Open { level } => ("open", Some(level)),
        Standing::Adopted { level } => ("adopted", Some(level)),
        Standing::NotAdopted => ("not adopted", None),
        Standing::InDoubt => ("in doubt", None),
    }
}

/// The level whose last moment is over, while what was said in time is still to come in, and by when that is known: then
/// the next level begins, or after the last one it has a result or is in doubt.
pub(super) fn counted_until(followed: &Followed, now: Timestamp) -> Option<(u8, Timestamp)> {
    let Standing::Open { level } = followed.standing else { return None };
    let (matter, news) = (&followed.matter, followed.agreement.timing.news);
    let end = if level == LEVELS { matter.doubtful_from(news) } else { matter.end(level, news) };
    (now > matter.by[usize::from(level) - 1] && !is_late(followed)).then_some((level, end))
}

/// Until when a group's consent counts at the next level that it can still reach, if it has not consented.
pub(super) fn waits_until(followed: &Followed, log: &LogId, now: Timestamp) -> Option<Timestamp> {
    let open = matches!(followed.standing, Standing::Open { .. }) && !is_late(followed);
    let open = open && !followed.consents.contains_key(log);
    // Who is not affected has a say at the last level only.
    let first = match followed.matter.part(log) {
        Some(_) => 1,
        // An amendment asks nobody else.
        None if followed.matter.amends.is_some() => return None,
        None => ASSEMBLY,
    };
    let dates = (first..=LEVELS).map(|level| followed.matter.last(log, level));
    dates.filter(|_| open).find(|date| now <= *date)
}

/// The domains in which a group decides its stance.
fn decides_in(part: Option<&Part>, replica: Option<&Replica>) -> Vec<String> {
    let reserved = || replica?.charter().reserved_domain(FEDERATION).map(|domain| domain.name.to_string());
    match part {
        Some(part) => part.domains.iter().map(ToString::to_string).collect(),
        None => reserved().into_iter().collect(),
    }
}

/// A proposal of a group, not ended yet, that answers a matter.
pub(super) fn open_stance(replica: &Replica, id: &MatterId) -> Option<OpenStanceView> {
    replica.proposals().find_map(|proposal| {
        let answers = proposal.content.effects.iter().find_map(|effect| match effect {
            Effect::Stance { matter, consents, .. } if matter == id => Some(*consents),
            _ => None,
        });
        answers.map(|consents| OpenStanceView {
            proposal: proposal.id.to_string(),
            consents,
            closes: proposal.closes.to_string(),
        })
    })
}

/// Who decides at the last level, in words.
fn assembly(matter: &Matter, agreement: &FederationAgreement) -> &'static str {
    match (matter.amends.is_some(), agreement.has_weights()) {
        (true, false) => "two thirds of all groups, of those that have a say",
        (true, true) => "two thirds of all groups and of the weight, of those that have a say",
        (false, false) => "two thirds of all groups",
        (false, true) => "more than half of all groups, with two thirds of the weight",
    }
}

fn level_view(followed: &Followed, level: u8) -> MatterLevelView {
    let (agreement, matter) = (&followed.agreement, &followed.matter);
    let least = matter.needed(agreement);
    let (who, needed) = match level {
        1 => ("all affected groups", matter.parts.len()),
        2 => ("all affected groups, with a mediator", matter.parts.len()),
        _ => (assembly(matter, agreement), least.groups as usize),
    };
    let has_a_say = |log: &LogId| level == ASSEMBLY || matter.part(log).is_some();
    let mut stood = BTreeMap::from([(true, Vec::new()), (false, Vec::new())]);
    for (log, slot) in followed.slots.iter().filter(|(log, _)| has_a_say(log)) {
        let counts = slot.counts(matter, log, level, agreement.timing.news);
        if counts || slot.dead.contains(&level) {
            stood.entry(counts).or_default().push(called(followed, log));
        }
    }
    let electorate = matter.electorate(agreement).into_iter();
    let counts = |log: &LogId| {
        followed.slots.get(log).is_some_and(|slot| slot.counts(matter, log, level, agreement.timing.news))
    };
    let consents = agreement.share(electorate.filter(counts));
    MatterLevelView {
        level,
        who: who.into(),
        by: matter.by[usize::from(level) - 1].to_string(),
        ends: matter.end(level, agreement.timing.news).to_string(),
        needed,
        weight: amendments::weight(agreement, consents, least).filter(|_| level == ASSEMBLY),
        consents: stood.remove(&true).unwrap_or_default(),
        silent: stood.remove(&false).unwrap_or_default(),
    }
}

fn silence(followed: &Followed, log: &LogId, level: u8) -> CertificateView {
    let quorums = quorums(followed, log);
    CertificateView {
        group: called(followed, log),
        says: "silent".into(),
        level,
        entry: None,
        entry_id: None,
        at: followed.matter.end(level, followed.agreement.timing.news).to_string(),
        sealed_at: None,
        needed: quorums.settle,
        witnesses: quorums.witnesses,
    }
}

fn quorums(followed: &Followed, log: &LogId) -> Quorums {
    Quorums::of(followed.agreement.witnesses_of(log).map_or(0, |witnesses| witnesses.len() as u32))
}

/// A group's name in the federation.
pub(super) fn called(followed: &Followed, log: &LogId) -> String {
    followed.agreement.group(log).map_or_else(|| log.short(), |group| group.name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::matter_late::tests::{followed, hours};

    #[test]
    fn between_the_last_moment_of_a_level_and_its_end_what_was_said_is_counted() {
        let at = |level: u8, now: u64, sealed: u64| {
            let open = Followed { standing: Standing::Open { level }, ..followed(&[1, 2], Some(sealed)) };
            counted_until(&open, hours(now) + folkmoot_protocol::time::Span::from_millis(1))
        };
        assert_eq!([at(1, 9, 1), at(1, 10, 1)], [None, Some((1, hours(11)))]);
        assert_eq!([at(2, 19, 1), at(2, 20, 1)], [None, Some((2, hours(21)))]);
        // The notes that show who was silent at the last level are dated after its end.
        assert_eq!([at(3, 29, 1), at(3, 31, 1)], [None, Some((3, hours(32)))]);
        assert_eq!(at(1, 10, 2), None, "it does not count");
        let over = Followed { standing: Standing::InDoubt, ..followed(&[1, 2], Some(1)) };
        assert_eq!(counted_until(&over, hours(40)), None);
    }
}
