//! Rounds of a run: how they end, whether that is what was expected, and what must hold of them whatever goes wrong:
//! nobody who claimed in time is left out, and where nothing goes wrong they are divided.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    entry::EntryAct,
    id::{LogId, RoundId},
    name::Name,
    replay::Replica,
    resource::{CLAIMS_STAGE, KnownRound, Ledger, REVEALS_STAGE, Round, RoundState},
    time::{Span, Timestamp},
    voice::Says,
};

use super::{
    negotiations::{ABOUT_MS, AHEAD_MS, Happened},
    world::World,
};
use crate::{
    report::{ExpectationReport, RoundReport},
    scenario::{Action, Expectation, Fault, Step},
};

/// What can happen in rounds and is counted, so that what does not shows as nothing.
const HAPPENS: [&str; 10] = [
    "round: claimed",
    "round: divided",
    "round: divided by lot",
    "round: lapsed",
    "round: opened",
    "round: revealed",
    "round: secret lost",
    "round: share given up",
    "round: shown silent",
    "round: nobody claimed",
];

/// What a group said about a round in its log: in which entry, and when.
struct Told {
    number: u64,
    at: Timestamp,
    says: Says,
}

impl World<'_> {
    /// The rounds that steps opened, in the order of the steps.
    pub(crate) fn rounds(&self) -> Vec<RoundReport> {
        let steps = self.scenario.steps_in_order().into_iter().map(|at| &self.scenario.steps[at]);
        steps.filter(|step| step.action == Action::Propose).filter_map(|step| self.round(step)).collect()
    }

    fn round(&self, step: &Step) -> Option<RoundReport> {
        let label = step.proposal.clone()?;
        let round = self.clients.labels.round(&label)?;
        let (id, group, title) = (round.id(), step.group.clone(), round.title.clone());
        let replica = self.replica(&group)?;
        let known = replica.dealings().books.rounds.get(&id);
        let state = known.map_or("none", |known| known.state(self.now).word());
        let shares = known.map(|known| self.shares(replica, &id, known)).unwrap_or_default();
        Some(RoundReport { label, group, title, state, shares })
    }

    /// What is allocated to each claimant of a round, by offer.
    fn shares(&self, replica: &Replica, id: &RoundId, known: &KnownRound) -> BTreeMap<Name, Vec<u64>> {
        let of = |group: &LogId| -> Vec<u64> {
            let share = Round::share(id, group);
            let offers = known.round.offers.iter();
            let amount = |ledger: Option<&Ledger<_>>, window| {
                let portions = ledger.and_then(|ledger| ledger.find(&share)).into_iter().flat_map(|p| &p.portions);
                portions.filter(|portion| portion.window == window).map(|portion| portion.amount).sum()
            };
            offers.map(|o| amount(replica.dealings().books.ledgers.get(&o.resource), o.window)).collect()
        };
        let all = known.round.claimants.iter().map(|claimant| (&claimant.group, of(&claimant.group)));
        let some = all.filter(|(_, amounts)| amounts.iter().any(|amount| *amount > 0));
        some.filter_map(|(log, amounts)| Some((self.name_of(log)?.clone(), amounts))).collect()
    }

    fn name_of(&self, log: &LogId) -> Option<&Name> {
        self.groups.iter().find(|(_, hosted)| hosted.log == *log).map(|(name, _)| name)
    }

    /// The rounds of stewards whose hosts are honest, as their own logs know them.
    pub(super) fn known_rounds(&self) -> impl Iterator<Item = (&Replica, &RoundId, &KnownRound)> {
        let honest = self.groups.iter().filter(|(_, hosted)| !self.hostile.contains(&hosted.log));
        let replicas = honest.filter_map(|(name, _)| self.replica(name));
        replicas.flat_map(|replica| {
            let own = replica.dealings().books.rounds.iter();
            own.filter(|(_, known)| known.round.steward == replica.log()).map(move |(id, known)| (replica, id, known))
        })
    }

    /// The checks of the end: every round is over, nobody was left out, and nothing kept it from being divided for no
    /// reason.
    pub(crate) fn check_rounds_end(&self) -> Result<(), String> {
        for (replica, id, known) in self.known_rounds() {
            let group = self.group_of(&replica.log());
            let problem = |what: String| format!("the round {} of {group} {what}", id.short());
            self.check_division(id, known).map_err(problem)?;
            self.check_answers(replica, id, known).map_err(problem)?;
            if known.divided.is_none() && self.should_be_divided(replica, known) {
                let missing: Vec<String> = [CLAIMS_STAGE, REVEALS_STAGE]
                    .iter()
                    .flat_map(|stage| known.missing(*stage).map(move |log| (log, stage)))
                    .map(|(log, stage)| format!("{} at {stage}", self.group_of(&log)))
                    .collect();
                return Err(problem(format!(
                    "was not divided, and nothing was in its way: shown {}, missing {missing:?}, opened {}, {:?}",
                    known.shown, known.opened, known.round
                )));
            }
        }
        Ok(())
    }

    /// It is divided after everybody could speak and before its last date, and open no more after that.
    fn check_division(&self, id: &RoundId, known: &KnownRound) -> Result<(), String> {
        let news = self.scenario.federation.as_ref().map_or(Span::ZERO, |federation| federation.timing.news);
        if let Some(at) = known.divided.filter(|at| *at <= known.round.last() + news || *at >= known.round.divides_by) {
            return Err(format!("was divided at {at}, out of its time: {:?}", known.round));
        }
        if self.now > known.round.divides_by && known.state(self.now).is_open() {
            return Err(format!("is still {}", known.state(self.now).word()));
        }
        let claimed = known.slots.values().filter_map(|slot| slot.claim.as_ref());
        let result = known.result(*id).map_err(|error| format!("cannot be divided: {error}"))?;
        for (at, offer) in known.round.offers.iter().enumerate() {
            let given: u64 = result.divided.shares.iter().map(|share| share.amounts[at]).sum();
            let wanted: u64 = claimed.clone().map(|claim| claim.amounts[at]).sum();
            if given > offer.amount || given > wanted {
                return Err(format!("gives {given} of {} offered and {wanted} claimed", offer.amount));
            }
        }
        Ok(())
    }

    /// Who said in time what counts, by its own log and by the notes on all disks, is neither shown to have been silent nor
    /// left out where it was divided.
    fn check_answers(&self, replica: &Replica, id: &RoundId, known: &KnownRound) -> Result<(), String> {
        let Some(held) = replica.ties().consent_to(&known.round.version) else { return Ok(()) };
        let news = held.agreement.timing.news;
        for group in known.round.claimants.iter().map(|claimant| claimant.group) {
            if self.hostile.contains(&group) {
                continue;
            }
            let told = self.told_about(&group, id);
            for stage in [CLAIMS_STAGE, REVEALS_STAGE] {
                let (since, last) = match stage {
                    CLAIMS_STAGE => (known.opened, known.round.claims_by),
                    _ => (known.round.reveals_from(news), known.round.last()),
                };
                let answers = |told: &&Told| match (&told.says, stage) {
                    (Says::Claim(_), CLAIMS_STAGE) | (Says::Reveal { .. }, REVEALS_STAGE) => {
                        since <= told.at && told.at <= last
                    }
                    _ => false,
                };
                let said = told.iter().find(answers);
                let sealed = said.is_some_and(|told| {
                    let (covered, needed) = self.covered(&group, told.number, last + news);
                    needed > 0 && covered >= needed
                });
                let slot = known.slots.get(&group).cloned().unwrap_or_default();
                let name = self.group_of(&group);
                if sealed && slot.silent.contains(&stage) {
                    return Err(format!("shows {name} silent at the stage {stage}, and it was not"));
                }
                if said.is_none()
                    && (stage == CLAIMS_STAGE && slot.claim.is_some()
                        || slot.secret.is_some() && stage == REVEALS_STAGE)
                {
                    return Err(format!("knows what {name} has not said at the stage {stage}"));
                }
                // Who claimed too late may reveal, and nobody asks for that.
                let asked = stage == CLAIMS_STAGE || slot.claim.is_some();
                if sealed && asked && known.divided.is_some() && !slot.knows(stage) {
                    return Err(format!("leaves {name} out, which had answered at the stage {stage}"));
                }
            }
        }
        Ok(())
    }

    /// What the log of a group says about a round, on its host's disk.
    fn told_about(&self, group: &LogId, id: &RoundId) -> Vec<Told> {
        let host = self.groups.values().find(|hosted| hosted.log == *group).map(|hosted| &self.nodes[hosted.node]);
        let entries = host.and_then(|node| node.disk.store.log(group).ok()).unwrap_or_default();
        let told = |entry: &folkmoot_protocol::entry::Entry| {
            let content = entry.content();
            let EntryAct::Speak(voice) = &content.act else { return None };
            let says = voice.says.clone();
            (says.round() == Some(*id)).then_some(Told { number: content.number, at: content.time, says })
        };
        entries.iter().filter_map(told).collect()
    }

    /// Whether the round had all its time while nothing went wrong, and everybody's log has witnesses.
    fn should_be_divided(&self, replica: &Replica, known: &KnownRound) -> bool {
        let Some(held) = replica.ties().consent_to(&known.round.version) else { return false };
        let (from, until) = (known.opened.before(Span::from_millis(ABOUT_MS)), known.round.divides_by);
        let fault = |fault: &Fault| self.zero + fault.at <= until && from <= self.zero + fault.end();
        let ahead = self.nodes.iter().any(|node| node.ahead > Span::from_millis(AHEAD_MS));
        let groups = known.round.claimants.iter().map(|claimant| claimant.group).chain([replica.log()]);
        let mut witnesses = groups.map(|group| held.agreement.witnesses_of(&group).map_or(0, |all| all.len()));
        let quiet = !ahead && self.hostile.is_empty() && !self.scenario.faults.iter().any(fault);
        quiet && self.now > until && witnesses.all(|count| count > 0)
    }

    /// What happened in rounds; nothing where there were none.
    pub(crate) fn happened_in_rounds(&self, rounds: &[RoundReport]) -> Happened {
        if rounds.is_empty() {
            return Happened::new();
        }
        let mut happened: Happened = HAPPENS.iter().map(|what| (*what, 0)).collect();
        let mut count = |what: &'static str, more: usize| *happened.entry(what).or_default() += more as u64;
        for (replica, id, known) in self.known_rounds() {
            let slots = || known.slots.values();
            count("round: opened", 1);
            count("round: claimed", slots().filter(|slot| slot.claim.is_some()).count());
            count("round: revealed", slots().filter(|slot| slot.secret.is_some()).count());
            count("round: shown silent", slots().filter(|slot| slot.silent.contains(&CLAIMS_STAGE)).count());
            let divided = known.state(self.now) == RoundState::Divided;
            count("round: lapsed", usize::from(known.state(self.now) == RoundState::Lapsed));
            count("round: divided", usize::from(divided));
            count("round: divided by lot", usize::from(divided && known.round.division.needs_seed()));
            count("round: nobody claimed", usize::from(divided && slots().all(|slot| slot.claim.is_none())));
            let result = known.result(*id).ok().filter(|_| divided);
            let shares = result.iter().flat_map(|result| &result.divided.shares);
            let given_up = shares.filter(|share| replica.dealings().books.gave_up(id, share, self.now));
            count("round: share given up", given_up.count());
            let lost = known.result(*id).map_or(0, |result| result.lost.len());
            count("round: secret lost", if divided { lost } else { 0 });
        }
        happened
    }
}

/// What an expectation says of a round, part by part.
pub(crate) fn expectations(expectation: &Expectation, rounds: &[RoundReport]) -> Vec<ExpectationReport> {
    let Some(label) = &expectation.round else { return Vec::new() };
    let found = rounds.iter().find(|round| round.label == *label);
    let mut reports = Vec::new();
    if let Some(wanted) = &expectation.divided {
        let state = found.map_or("none", |round| round.state);
        let (expected, met) = (format!("the round '{label}' is {wanted}"), state == wanted);
        reports.push(ExpectationReport { expected, met, found: (!met).then(|| state.to_owned()) });
    }
    if let Some(wanted) = &expectation.shares {
        let none = BTreeMap::new();
        let shares = found.map_or(&none, |round| &round.shares);
        let (expected, met) = (format!("of the round '{label}' the shares are {wanted:?}"), shares == wanted);
        reports.push(ExpectationReport { expected, met, found: (!met).then(|| format!("{shares:?}")) });
    }
    reports
}
