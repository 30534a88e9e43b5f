//! Soaks: years of a federation's life in virtual time, all from one seed.
//!
//! Members come and go, fall silent and come back; their keys, the holders of roles and the log keys rotate; agreements
//! take each other's place; nodes fail. After each year the state that a digest covers is measured: what follows from
//! the present must not grow with the past.

mod life;

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;

use crate::{
    report::{Report, Violation},
    scenario::{Scenario, ScenarioError, parse},
    sim::soaked,
};

/// Most years of one life: spans of time end at ten.
pub const LONGEST_LIFE: u64 = 9;
/// Days of a year here: twelve months of thirty days, so that every year ends in the same phase of its last month.
pub const YEAR_DAYS: u64 = 360;
/// How much the state of the present may exceed the most that its first two years had, in percent.
const SLACK_PERCENT: usize = 50;
/// States smaller than this are not compared, in bytes: a proposal more or less is no growth.
const SMALL: usize = 4096;

/// A federation's life of some years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Soak {
    /// The seed: the same one gives the same life.
    pub seed: u64,
    /// How many years, from 1 to [`LONGEST_LIFE`].
    pub years: u64,
}

/// How a life went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SoakReport {
    /// The seed that shows it again.
    pub seed: u64,
    /// What each year left.
    pub years: Vec<YearReport>,
    /// How often each rule fired that did.
    pub fired: BTreeMap<&'static str, u64>,
    /// How many proposals ended how.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// How often each kind of fault fired.
    pub faults: BTreeMap<&'static str, u64>,
    /// How many steps were refused.
    pub refused: u64,
}

/// What there is at the end of a year, of all groups together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct YearReport {
    /// Which year, from 1.
    pub year: u64,
    /// Entries in the logs.
    pub entries: u64,
    /// Decisions.
    pub decisions: u64,
    /// Members in the charters.
    pub members: u64,
    /// Bytes of the charters.
    pub charters: usize,
    /// Bytes of the state that digests cover, part by part.
    pub state: BTreeMap<&'static str, usize>,
    /// Bytes on the disk of the node that holds most.
    pub disk: usize,
    /// Events since the start.
    pub events: u64,
}

/// The parts of the state that follow from the present: what is open, what holds, who belongs.
const PRESENT: [&str; 2] = ["open", "agreements"];

impl YearReport {
    /// Bytes of what follows from the present.
    pub fn present(&self) -> usize {
        self.charters + PRESENT.iter().filter_map(|part| self.state.get(part)).sum::<usize>()
    }

    /// Bytes of what grows with the past: chains of keys, who was heard when, what was erased.
    pub fn past(&self) -> usize {
        self.state.iter().filter(|(part, _)| !PRESENT.contains(part)).map(|(_, bytes)| bytes).sum()
    }
}

impl Soak {
    /// The life as a scenario.
    ///
    /// # Errors
    /// If what was made up is no scenario: a bug here.
    pub fn scenario(&self) -> Result<Scenario, ScenarioError> {
        parse(&self.toml(), Path::new("soak.toml"))
    }

    /// The life as a scenario's file.
    pub fn toml(&self) -> String {
        life::write(self.seed, self.years.clamp(1, LONGEST_LIFE))
    }

    /// Lives it, and measures after each year.
    ///
    /// # Errors
    /// The first thing that must never happen; that nodes do not come together; or that state grows which should not.
    pub fn run(&self) -> Result<SoakReport, String> {
        let scenario = self.scenario().map_err(|error| error.to_string())?;
        let lived = soaked(&scenario, self.seed, self.years.clamp(1, LONGEST_LIFE));
        let (report, years) = lived.map_err(|violation: Violation| violation.to_string())?;
        if !report.converged {
            return Err(format!("soak with seed {}: {}", self.seed, report.differences.join("; ")));
        }
        if let Some(grown) = grown(&years) {
            return Err(format!("soak with seed {}: {grown}", self.seed));
        }
        Ok(self.report(&report, years))
    }

    fn report(&self, report: &Report, years: Vec<YearReport>) -> SoakReport {
        let mut outcomes = BTreeMap::new();
        for proposal in &report.proposals {
            *outcomes.entry(proposal.outcome).or_default() += 1;
        }
        let fired = report.fired.iter().filter(|(_, count)| **count > 0).map(|(rule, count)| (*rule, *count)).collect();
        let faults = report.faults.clone();
        SoakReport { seed: self.seed, years, fired, outcomes, faults, refused: report.refused.len() as u64 }
    }
}

/// Says if the state of the present has grown with the past.
fn grown(years: &[YearReport]) -> Option<String> {
    let first = years.iter().take(2).map(YearReport::present).max()?.max(SMALL);
    let most = first + first * SLACK_PERCENT / 100;
    let year = years.iter().find(|year| year.present() > most)?;
    let (number, bytes) = (year.year, year.present());
    let (charters, state) = (year.charters, &year.state);
    Some(format!(
        "after year {number} what is open and in force takes {bytes} bytes, {first} in the first two years (charters \
         {charters}, {state:?})"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year(year: u64, open: usize, chains: usize) -> YearReport {
        YearReport { year, state: BTreeMap::from([("open", open), ("chains", chains)]), ..YearReport::default() }
    }

    #[test]
    fn growth_of_the_present_is_found_and_growth_of_the_past_is_not() {
        assert_eq!(grown(&[year(1, 5_000, 10), year(2, 6_000, 1_000), year(3, 7_000, 99_000)]), None);
        let found = grown(&[year(1, 5_000, 10), year(2, 6_000, 10), year(3, 9_001, 10)]).unwrap();
        assert!(found.contains("after year 3"), "{found}");
    }
}
