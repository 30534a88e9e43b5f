//! Decisions that made-up groups take: somebody proposes, and mostly all others agree soon.

use std::fmt::Write as _;

use super::charters::Charters;
use crate::sim::rng::Rng;

/// Decisions, each as the steps that take it.
pub(super) struct Decisions<'a> {
    pub(super) charters: &'a Charters,
    steps: Vec<(u64, String)>,
}

impl<'a> Decisions<'a> {
    pub(super) fn new(charters: &'a Charters) -> Self {
        Self { charters, steps: Vec::new() }
    }

    /// The name of a group.
    pub(super) fn name(&self, group: usize) -> &'a str {
        &self.charters.0[group].name
    }

    /// Somebody proposes it, and mostly all others agree soon.
    pub(super) fn decide(&mut self, group: usize, at: u64, label: &str, text: &str, rng: &mut Rng) {
        let people = &self.charters.0[group].people;
        let author = rng.below(people.len() as u64) as usize;
        let who = |name: &str| format!("as = \"{name}\"\ngroup = \"{}\"\n", self.charters.0[group].name);
        let propose = format!("{}do = \"propose\"\nproposal = \"{label}\"\nwhy = \"So\"\n{text}", who(&people[author]));
        let mut steps = vec![(at, propose)];
        for name in people.iter().enumerate().filter(|(no, _)| *no != author).map(|(_, name)| name) {
            if rng.chance(950_000) {
                let later = at + 500 + rng.below(8_000);
                steps.push((later, format!("{}do = \"agree\"\nproposal = \"{label}\"\n", who(name))));
            }
        }
        self.steps.extend(steps);
    }

    /// Writes the steps in the order of their times.
    pub(super) fn write(mut self, file: &mut String) {
        self.steps.sort_by_key(|(at, _)| *at);
        for (at, text) in &self.steps {
            let _ = writeln!(file, "[[steps]]\nat = \"{at}ms\"\n{text}");
        }
    }
}
