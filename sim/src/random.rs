//! Scenarios made up from a seed: a federation, what its members do, and what goes wrong.
//!
//! A scenario is written as its file, so that a seed that shows a fault can be read, cut down and kept.

mod acts;
mod changes;
mod charters;
mod decisions;
mod matters;
mod rounds;
mod rules;
mod sequels;
mod terms;
mod troubles;

use std::{fmt::Write as _, path::Path};

use self::{
    acts::Acts, charters::Charters, decisions::Decisions, matters::Matters, rounds::Rounds, terms::Negotiations,
};
use crate::{
    scenario::{Scenario, ScenarioError, parse},
    sim::rng::Rng,
};

/// What kind of scenario to make up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Random {
    /// The seed: the same one gives the same scenario.
    pub seed: u64,
    /// How many nodes; those that host no group only witness.
    pub nodes: usize,
    /// How many groups.
    pub groups: usize,
    /// How many members each group has.
    pub members: usize,
    /// How many steps there are.
    pub steps: usize,
    /// How many matters between groups are opened, besides those that take up another.
    pub matters: usize,
    /// How many negotiations about resources start, besides those that counter another.
    pub terms: usize,
    /// How many rounds are opened.
    pub rounds: usize,
}

impl Default for Random {
    fn default() -> Self {
        Self { seed: 0, nodes: 3, groups: 3, members: 4, steps: 40, matters: 0, terms: 0, rounds: 0 }
    }
}

/// How long a scenario runs, in seconds; faults end before that, and steps come earlier still.
const DURATION_S: u64 = 600;
const LAST_FAULT_S: u64 = 560;
const LAST_STEP_S: u64 = 480;

/// So many nodes make panels that bear a lying witness beside a lying host: seven seats besides the host's node.
const LARGE: usize = 8;
/// The same for scenarios with matters, whose levels take longer, and with negotiations.
const LONG_DURATION_S: u64 = 1_300;
const LAST_LONG_FAULT_S: u64 = 1_280;

impl Random {
    /// What campaigns of matters run.
    pub fn with_matters() -> Self {
        Self { seed: 0, nodes: 5, groups: 4, members: 3, steps: 12, matters: 3, terms: 0, rounds: 0 }
    }

    /// What campaigns of negotiations run.
    pub fn with_resources() -> Self {
        Self { matters: 0, terms: 7, ..Self::with_matters() }
    }

    /// What campaigns of matters that settle terms run: others are negotiated about the same resources.
    pub fn with_settling() -> Self {
        Self { terms: 4, ..Self::with_matters() }
    }

    /// What campaigns of rounds run: some negotiations are about the same resources.
    pub fn with_rounds() -> Self {
        Self { matters: 0, terms: 2, rounds: 6, ..Self::with_matters() }
    }

    /// The scenario.
    ///
    /// # Errors
    /// If what was made up is no scenario: a bug here.
    pub fn scenario(&self) -> Result<Scenario, ScenarioError> {
        parse(&self.toml(), Path::new("random.toml"))
    }

    /// The scenario's file.
    pub fn toml(&self) -> String {
        // A seed of its own: the run's choices must not repeat those of the story.
        let mut rng = Rng::new(self.seed ^ 0x5eed_0f5c_e7a1_0000);
        let mut file = String::new();
        let liar = self.liar(&mut rng);
        self.head(&mut file, liar, &mut rng);
        let mut charters = Charters::new(self.groups, self.members, &mut rng);
        if self.is_between_groups() {
            charters.share(&mut rng);
        }
        if self.terms > 0 || self.rounds > 0 {
            charters.steward(&mut rng);
        }
        charters.write(&mut file, &hosts(self.nodes, self.groups, &mut rng));
        Acts::new(&charters, LAST_STEP_S * 1000).write(&mut file, self.steps, &mut rng);
        if self.is_between_groups() {
            let mut dates =
                Matters::new(Decisions::new(&charters), self.terms > 0).write(&mut file, self.matters, &mut rng);
            dates.extend(Negotiations::new(Decisions::new(&charters)).write(&mut file, self.terms, &mut rng));
            dates.extend(Rounds::new(Decisions::new(&charters)).write(&mut file, self.rounds, &mut rng));
            let last_ms = LAST_LONG_FAULT_S * 1000;
            troubles::write(&mut file, self.nodes, &dates, last_ms, &mut rng);
            if let Some(liar) = liar {
                troubles::two_faces(&mut file, self.nodes, liar, &dates, &mut rng);
            }
            return file;
        }
        let faults = 3 + rng.below(5);
        for _ in 0..faults {
            troubles::any(&mut file, self.nodes, LAST_FAULT_S * 1000, &mut rng);
        }
        file
    }

    fn is_between_groups(&self) -> bool {
        self.matters > 0 || self.terms > 0 || self.rounds > 0
    }

    /// The node that shows two faces, if one does: the first one, which hosts a group and has no seat.
    fn liar(&self, rng: &mut Rng) -> Option<usize> {
        (self.is_between_groups() && self.nodes > 1 && rng.chance(300_000)).then_some(0)
    }

    fn head(&self, file: &mut String, liar: Option<usize>, rng: &mut Rng) {
        let (duration, sync_s) = if self.is_between_groups() { (LONG_DURATION_S, 12) } else { (DURATION_S, 5) };
        let panel: Vec<String> =
            (0..self.nodes).filter(|at| rng.chance(800_000) && liar != Some(*at)).map(node).collect();
        // A panel that bears a liar has all seats that it can have.
        let many = liar.is_some() && self.nodes >= LARGE;
        let panel = if many { (1..self.nodes).map(node).collect() } else { panel };
        let panel = if panel.is_empty() { vec![node(usize::from(liar.is_some()))] } else { panel };
        let _ = writeln!(file, "name = \"random-{}\"\ndescription = \"Made up from a seed.\"", self.seed);
        let _ = writeln!(
            file,
            "seed = {}\nduration = \"{duration}s\"\nsync_every = \"{sync_s}s\"\nlenient = true",
            self.seed
        );
        let notes = 500 + rng.below(4_000);
        let _ = writeln!(file, "[federation]\nname = \"all\"\npurpose = \"Being tested.\"\npanel = {panel:?}");
        // Now and then a group stays outside; the nodes of the federation keep its log as a guest's.
        let groups: Vec<String> = (0..self.groups).filter(|at| *at == 0 || rng.chance(850_000)).map(group).collect();
        let _ = writeln!(file, "groups = {groups:?}");
        if self.matters > 0 {
            self.weights(file, &groups);
        }
        let _ = writeln!(file, "timing = {{ news = \"60s\", skew = \"10s\", notes = \"{notes}ms\" }}");
        for at in 0..self.nodes {
            // Now and then a clock is further ahead than the others put up with.
            let most = if rng.chance(100_000) { 14_000 } else { 3_000 };
            let _ = writeln!(file, "[nodes.{}]\nclock_ahead = \"{}ms\"", node(at), rng.below(most));
        }
    }

    /// Weighs the groups of every other federation in campaigns with matters, each by a draw of its own: up to 2, 3 or 9.
    fn weights(&self, file: &mut String, members: &[String]) {
        // Of their own, so that the rest of a story is what it was.
        let mut rng = Rng::new(self.seed ^ 0x3e16_4751_0000_0000);
        if rng.chance(500_000) {
            let most = *rng.pick(&[2, 3, 9]).unwrap_or(&3);
            // Those that stay outside are drawn for, too: they weigh nothing here.
            let drawn: Vec<(String, u64)> = (0..self.groups).map(|at| (group(at), 1 + rng.below(most))).collect();
            let inside = drawn.iter().filter(|(name, _)| members.contains(name));
            let weights: Vec<String> = inside.map(|(name, weight)| format!("{name} = {weight}")).collect();
            let _ = writeln!(file, "weights = {{ {} }}", weights.join(", "));
        }
    }
}

fn node(at: usize) -> String {
    format!("node{at}")
}

fn group(at: usize) -> String {
    format!("group{at}")
}

/// The node of each group: nearly always a node of its own.
fn hosts(nodes: usize, groups: usize, rng: &mut Rng) -> Vec<String> {
    let place = |at: usize| if rng.chance(850_000) { at % nodes } else { rng.below(nodes as u64) as usize };
    (0..groups).map(place).map(node).collect()
}
