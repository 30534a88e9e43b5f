//! Scenarios for Folkmoot, and the simulator that runs them in virtual time.
//!
//! A scenario is a TOML file that a person can write and read: groups on nodes, who does what when, what goes wrong
//! meanwhile, and how it should end. The simulator runs it on whole replicas with simulated disks and a simulated
//! network; the same scenario and seed give the same run, byte for byte.
//!
//! # Layout
//! - [`scenario`]: the file and its checks; [`script`]: from a step to what its author signs; [`keys`]
//! - [`sim`]: the simulator; [`report`]: what a run reports
//! - [`counterfactual`]: a group's history under another charter
//! - [`random`]: scenarios made up from a seed; [`mod@campaign`]: many of them; [`soak`]: years of one federation
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod campaign;
pub mod counterfactual;
pub mod keys;
pub mod random;
pub mod report;
pub mod scenario;
pub mod script;
pub mod sim;
pub mod soak;

pub use self::{
    campaign::{CampaignReport, campaign},
    random::Random,
    report::{Report, Violation},
    scenario::{Scenario, ScenarioError, load},
    sim::run,
    soak::{Soak, SoakReport},
};
