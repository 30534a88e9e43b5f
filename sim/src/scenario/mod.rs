//! Scenarios: stories that a person can write and read, and that a program runs.

mod check;
mod dates;
mod effect;
mod error;
mod expect;
mod fault;
mod federation;
mod group;
mod load;
mod matter;
mod rounds;
mod step;
mod terms;

use std::collections::BTreeMap;

use folkmoot_protocol::{name::Name, time::Span};
use serde::Deserialize;

pub(crate) use self::matter::known;
pub use self::{
    effect::{Find, ScenarioEffect},
    error::ScenarioError,
    expect::{AgreementState, Expectation, ExpectedOutcome, MatterStanding},
    fault::{Fault, FaultKind, Trouble},
    federation::Federation,
    group::Group,
    load::{load, parse},
    step::{Action, Step, StepOption},
};

/// A story of groups on nodes: who does what when, what goes wrong meanwhile, and how it should end.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// What it shows.
    pub description: String,
    /// The seed to run it with unless told otherwise.
    #[serde(default)]
    pub seed: u64,
    /// How long it runs after its start.
    pub duration: Span,
    /// How often a node compares heads with a peer; left out, it follows from the duration.
    #[serde(default)]
    pub sync_every: Option<Span>,
    /// Whether steps may be refused without saying so: for stories that a program made up.
    #[serde(default)]
    pub lenient: bool,
    /// The nodes by name.
    pub nodes: BTreeMap<Name, Node>,
    /// The groups by name.
    #[serde(default)]
    pub groups: BTreeMap<Name, Group>,
    /// The federation that they found before the start.
    #[serde(default)]
    pub federation: Option<Federation>,
    /// What members do.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What goes wrong.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// How it should end.
    #[serde(default)]
    pub expect: Vec<Expectation>,
}

/// A node of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// It hosts no group and only witnesses.
    #[serde(default)]
    pub witness_only: bool,
    /// How far its clock runs ahead.
    #[serde(default)]
    pub clock_ahead: Span,
}

impl Scenario {
    /// How often a node compares heads with a peer: as the scenario says, or often enough for its length.
    pub fn sync_every(&self) -> Span {
        let by_length = Span::from_millis((self.duration.millis() / 1000).max(10_000));
        self.sync_every.unwrap_or(by_length)
    }

    /// Divides every span by `scale`, so that a story of weeks runs in seconds.
    pub fn scale_down(&mut self, scale: u64) {
        self.duration = self.duration.scaled_down(scale);
        self.sync_every = self.sync_every.map(|span| span.scaled_down(scale));
        self.nodes.values_mut().for_each(|node| node.clock_ahead = node.clock_ahead.scaled_down(scale));
        self.groups.values_mut().for_each(|group| group.charter.scale_down(scale));
        self.federation.iter_mut().for_each(|federation| federation.scale_down(scale));
        self.steps.iter_mut().for_each(|step| step.scale_down(scale));
        self.faults.iter_mut().for_each(|fault| fault.scale_down(scale));
        self.expect.iter_mut().for_each(|expectation| expectation.scale_down(scale));
    }
}
