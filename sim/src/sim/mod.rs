//! The simulator: nodes, disks, a network and members in virtual time, all from one seed.
//!
//! ```text
//!  clients ─► Submit ─► Machine ─► effects ─► disk ─► sync ─► network ─► Gossip · Request · Answer ─► Machine
//! ```

mod arrivals;
mod checks;
mod clients;
mod coverage;
mod deals;
mod disk;
mod effects;
mod faces;
mod facts;
mod matters;
mod negotiations;
mod network;
mod node;
mod order;
mod outcome;
mod place;
mod promises;
pub(crate) mod rng;
mod rounds;
mod setup;
mod shares;
mod standings;
mod trace;
mod troubles;
mod world;
mod years;

use std::collections::BTreeMap;

use folkmoot_protocol::{entry::Entry, name::Name, time::Span};

use self::world::{Event, Hosted, World};
use crate::{
    report::{Report, Violation},
    scenario::Scenario,
    soak::YearReport,
};

/// How many rounds negotiations get to settle once nothing differs any more.
const NEGOTIATION_ROUNDS: usize = 5;

/// A bug that is planted on purpose, to see that the checks find it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Planted {
    /// None.
    #[default]
    Nothing,
    /// Disks say that they have synced when they have not.
    DiskLies,
    /// Nodes go on before what they wrote is durable.
    GoesOnBeforeSync,
    /// Nodes sleep through the ends of proposals.
    Oversleeps,
    /// A replica loses notes on the way to a standing.
    LosesNotes,
}

/// Runs a scenario with a seed in virtual time.
///
/// # Errors
/// If something happens that must never happen, or the scenario cannot be set up.
pub fn run(scenario: &Scenario, seed: u64) -> Result<Report, Violation> {
    run_planted(scenario, seed, Planted::Nothing)
}

/// Runs a scenario with a planted bug.
///
/// # Errors
/// As [`run`]: here it should.
pub fn run_planted(scenario: &Scenario, seed: u64, planted: Planted) -> Result<Report, Violation> {
    let mut world = World::new(scenario, seed, planted);
    match world.play() {
        Ok(differences) => Ok(world.report(differences)),
        Err(what) => Err(world.violation(what)),
    }
}

/// Runs a scenario, and gives back the log of each of its groups as its host has it in the end.
///
/// # Errors
/// As [`run`].
pub fn histories(scenario: &Scenario, seed: u64) -> Result<BTreeMap<Name, Vec<Entry>>, Violation> {
    let mut world = World::new(scenario, seed, Planted::Nothing);
    world.play().map_err(|what| world.violation(what))?;
    let log = |hosted: &Hosted| {
        let store = &world.nodes[hosted.node].disk.store;
        let entries = store.entries.range((hosted.log, 0)..=(hosted.log, u64::MAX));
        entries.map(|(_, bytes)| Entry::decode_stored(bytes)).collect::<Result<Vec<_>, _>>()
    };
    let read = |(name, hosted): (&Name, &Hosted)| log(hosted).map(|entries| (name.clone(), entries));
    let found: Result<_, _> = world.groups.iter().map(read).collect();
    found.map_err(|error| world.violation(format!("a disk holds an entry that is none: {error}")))
}

/// Runs a scenario of years, and measures after each.
///
/// # Errors
/// As [`run`].
pub(crate) fn soaked(scenario: &Scenario, seed: u64, years: u64) -> Result<(Report, Vec<YearReport>), Violation> {
    let mut world = World::new(scenario, seed, Planted::Nothing);
    match world.play_years(years) {
        Ok((differences, years)) => Ok((world.report(differences), years)),
        Err(what) => Err(world.violation(what)),
    }
}

impl World<'_> {
    /// Plays the scenario from its founding to its end, and says what still differs then.
    fn play(&mut self) -> Result<Vec<String>, String> {
        self.set_up()?;
        self.schedule_scenario();
        self.run_until(self.zero + self.scenario.duration)?;
        self.settle()?;
        self.settle_negotiations()?;
        self.check_end()?;
        self.check_order()?;
        Ok(self.differences())
    }

    fn violation(&self, what: String) -> Violation {
        let at = self.trace.passed(self.now);
        Violation { scenario: self.scenario.name.clone(), seed: self.seed, at, what, tail: self.trace.tail() }
    }

    /// Puts steps and faults into their places after time zero.
    pub(crate) fn schedule_scenario(&mut self) {
        self.trace.line(self.now, format_args!("time zero"));
        for at in self.scenario.steps_in_order() {
            self.at(self.zero + self.scenario.steps[at].at, Event::Step(at));
        }
        for (at, fault) in self.scenario.faults.iter().enumerate() {
            self.at(self.zero + fault.at, Event::FaultStart(at));
            self.at(self.zero + fault.end(), Event::FaultEnd(at));
        }
    }

    /// Lets time pass until nothing differs any more, or for as long as that may take.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        let end = self.now + self.settling_time();
        while self.now < end && !self.differences().is_empty() {
            self.run_until(self.now + Span::from_secs(1))?;
        }
        Ok(())
    }

    /// What ends by the clock alone, and what others have to hear of it, may take a few rounds more.
    fn settle_negotiations(&mut self) -> Result<(), String> {
        for _ in 0..NEGOTIATION_ROUNDS {
            if self.unsettled().is_empty() {
                break;
            }
            self.run_until(self.now + Span::from_secs(60))?;
            self.settle()?;
        }
        Ok(())
    }

    /// Several rounds of comparing heads with everybody, and of notes.
    fn settling_time(&self) -> Span {
        let nodes = self.nodes.len() as u64;
        let sync = self.scenario.sync_every().millis() * nodes * 6;
        let notes = self.scenario.federation.as_ref().map_or(0, |f| f.timing.notes.millis() * 4);
        let ahead = self.nodes.iter().map(|node| node.ahead.millis()).max().unwrap_or(0);
        Span::from_millis(sync + notes + ahead + 120_000)
    }
}
