//! Campaigns: many scenarios made up from as many seeds.

use std::{collections::BTreeMap, ops::Range};

use serde::Serialize;

use crate::{
    random::Random,
    report::{MatterReport, Report},
    sim::{Planted, run_planted},
};

/// How a campaign went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CampaignReport {
    /// How many scenarios ran.
    pub runs: u64,
    /// Those that failed.
    pub failures: Vec<Failure>,
    /// How often each kind of fault fired.
    pub faults: BTreeMap<&'static str, u64>,
    /// How many records were lost by crashes before they were synced.
    pub lost_records: u64,
    /// How many events there were.
    pub events: u64,
    /// How many proposals ended how.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// How often each rule fired, those that did not among them.
    pub fired: BTreeMap<&'static str, u64>,
    /// How many steps were refused.
    pub refused: u64,
    /// How matters between groups ended, if there were any.
    #[serde(skip_serializing_if = "MatterFigures::are_none")]
    pub matters: MatterFigures,
    /// How often each thing happened in negotiations about resources, if there were any.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub negotiations: BTreeMap<&'static str, u64>,
}

/// How many matters some node saw in doubt, if only until others came back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Doubted {
    /// All of them.
    pub matters: u64,
    /// Those in doubt.
    pub in_doubt: u64,
}

/// How the matters of a campaign ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MatterFigures {
    /// How many were opened.
    pub opened: u64,
    /// How many were adopted, by level.
    pub adopted: BTreeMap<u8, u64>,
    /// How many groups enacted their part of one.
    pub enacted: u64,
    /// How many were shown not to be adopted.
    pub not_adopted: u64,
    /// Those where no host lied, by how many witnesses of one log were away about the dates of their levels.
    pub by_away: BTreeMap<u32, Doubted>,
    /// How many some node saw in doubt where a host had signed two branches of its log.
    pub in_doubt_by_lies: u64,
    /// How many were in doubt in the end.
    pub left_in_doubt: u64,
    /// The longest time to a result, in hundredths of a matter's time.
    pub longest: u64,
}

impl MatterFigures {
    fn are_none(&self) -> bool {
        self.opened == 0
    }

    fn join(&mut self, other: Self) {
        self.opened += other.opened;
        sum(&mut self.adopted, other.adopted);
        self.enacted += other.enacted;
        self.not_adopted += other.not_adopted;
        for (away, figures) in other.by_away {
            let own = self.by_away.entry(away).or_default();
            own.matters += figures.matters;
            own.in_doubt += figures.in_doubt;
        }
        self.in_doubt_by_lies += other.in_doubt_by_lies;
        self.left_in_doubt += other.left_in_doubt;
        self.longest = self.longest.max(other.longest);
    }

    fn add(&mut self, matter: &MatterReport) {
        let count = |figures: &mut u64| *figures += 1;
        match (matter.standing, matter.level) {
            ("none", _) => return,
            ("adopted", Some(level)) => count(self.adopted.entry(level).or_default()),
            ("not adopted", _) => count(&mut self.not_adopted),
            _ => count(&mut self.left_in_doubt),
        }
        match matter.away {
            Some(away) => {
                let figures = self.by_away.entry(away).or_default();
                figures.matters += 1;
                figures.in_doubt += u64::from(matter.doubted);
            }
            None => self.in_doubt_by_lies += u64::from(matter.doubted),
        }
        self.opened += 1;
        self.enacted += matter.enacted_by.len() as u64;
        self.longest = self.longest.max(matter.settled.unwrap_or(0));
    }
}

/// A scenario that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The seed that shows it again.
    pub seed: u64,
    /// What happened that must not, or what did not happen that must.
    pub what: String,
}

/// A campaign gives up after so many failures: they mostly have one cause.
const MOST_FAILURES: usize = 10;

/// Runs a scenario made up like `shape` for each seed.
pub fn campaign(seeds: Range<u64>, shape: &Random) -> CampaignReport {
    campaign_planted(seeds, shape, Planted::Nothing)
}

/// Runs a campaign with a planted bug, on all cores.
pub fn campaign_planted(seeds: Range<u64>, shape: &Random, planted: Planted) -> CampaignReport {
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let share = seeds.end.saturating_sub(seeds.start).div_ceil(threads).max(1);
    let starts: Vec<u64> = seeds.clone().step_by(usize::try_from(share).unwrap_or(usize::MAX)).collect();
    let mut report = CampaignReport::default();
    std::thread::scope(|scope| {
        let parts = starts.into_iter().map(|start| start..(start + share).min(seeds.end));
        let running: Vec<_> = parts.map(|part| scope.spawn(move || in_turn(part, shape, planted))).collect();
        for part in running {
            match part.join() {
                Ok(part) => report.join(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    report
}

/// Runs one scenario after the other.
fn in_turn(seeds: Range<u64>, shape: &Random, planted: Planted) -> CampaignReport {
    let mut report = CampaignReport::default();
    for seed in seeds {
        report.runs += 1;
        match one(&Random { seed, ..*shape }, planted) {
            Ok(run) => report.add(&run),
            Err(what) => report.failures.push(Failure { seed, what }),
        }
        if report.failures.len() >= MOST_FAILURES {
            break;
        }
    }
    report
}

/// Runs one scenario; one that does not converge has failed as well.
fn one(random: &Random, planted: Planted) -> Result<Report, String> {
    let scenario = random.scenario().map_err(|error| error.to_string())?;
    let run = run_planted(&scenario, random.seed, planted).map_err(|violation| violation.to_string())?;
    if run.converged {
        return Ok(run);
    }
    let tail = &run.trace[run.trace.len().saturating_sub(40)..];
    Err(format!("does not converge after all faults: {}\n  {}", run.differences.join("; "), tail.join("\n  ")))
}

/// Adds counts to counts.
fn sum<K: Ord>(counts: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    more.into_iter().for_each(|(key, count)| *counts.entry(key).or_default() += count);
}

impl CampaignReport {
    /// Adds what another part of a campaign found.
    fn join(&mut self, other: Self) {
        self.runs += other.runs;
        self.failures.extend(other.failures);
        sum(&mut self.faults, other.faults);
        self.lost_records += other.lost_records;
        self.events += other.events;
        sum(&mut self.outcomes, other.outcomes);
        sum(&mut self.fired, other.fired);
        self.refused += other.refused;
        self.matters.join(other.matters);
        sum(&mut self.negotiations, other.negotiations);
    }

    fn add(&mut self, run: &Report) {
        for (kind, count) in &run.faults {
            *self.faults.entry(kind).or_default() += count;
        }
        for (rule, count) in &run.fired {
            *self.fired.entry(rule).or_default() += count;
        }
        for proposal in &run.proposals {
            *self.outcomes.entry(proposal.outcome).or_default() += 1;
        }
        run.matters.iter().for_each(|matter| self.matters.add(matter));
        sum(&mut self.negotiations, run.happened.clone());
        self.refused += run.refused.len() as u64;
        self.lost_records += run.lost_records;
        self.events += run.events;
    }

    /// The rules that did not fire.
    pub fn silent_rules(&self) -> Vec<&'static str> {
        self.fired.iter().filter(|(_, count)| **count == 0).map(|(rule, _)| *rule).collect()
    }

    /// What did not happen in negotiations.
    pub fn silent_negotiations(&self) -> Vec<&'static str> {
        self.negotiations.iter().filter(|(_, count)| **count == 0).map(|(what, _)| *what).collect()
    }

    /// The kinds of fault that did not fire.
    pub fn silent_faults(&self) -> Vec<&'static str> {
        self.faults.iter().filter(|(_, count)| **count == 0).map(|(kind, _)| *kind).collect()
    }
}
