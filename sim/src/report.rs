//! What a run reports.

use std::{collections::BTreeMap, fmt};

use folkmoot_protocol::{
    id::{Hash, StateDigest},
    name::Name,
    time::Span,
};
use serde::Serialize;
use thiserror::Error;

use crate::scenario::FaultKind;

/// How a run went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The scenario.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The proposals of its steps, in their order.
    pub proposals: Vec<ProposalReport>,
    /// The matters that its steps opened, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub matters: Vec<MatterReport>,
    /// The terms that its steps stated, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deals: Vec<DealReport>,
    /// The rounds that its steps opened, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<RoundReport>,
    /// How often each thing happened in negotiations and rounds, those that did not among them; nothing where there were none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub happened: BTreeMap<&'static str, u64>,
    /// The steps that were refused or could not be done, in the order of their times.
    pub refused: Vec<RefusedStep>,
    /// How often each rule fired, those that did not among them.
    pub fired: BTreeMap<&'static str, u64>,
    /// How often each kind of fault fired: messages lost, delayed and so on; nodes crashed.
    pub faults: BTreeMap<&'static str, u64>,
    /// Per group the digest of its state at the end, on its host.
    pub digests: BTreeMap<Name, StateDigest>,
    /// Whether all nodes hold the same in the end.
    pub converged: bool,
    /// What is still different, if anything.
    pub differences: Vec<String>,
    /// The expectations and whether they were met.
    pub expectations: Vec<ExpectationReport>,
    /// A hash over the trace: the same scenario and seed give the same.
    pub trace_hash: Hash,
    /// How much time passed in the run, founding and settling included.
    pub virtual_time: Span,
    /// How many events it took.
    pub events: u64,
    /// How many records were lost by crashes before they were synced.
    pub lost_records: u64,
    /// What happened, line by line.
    #[serde(skip)]
    pub trace: Vec<String>,
}

/// How a proposal of a scenario ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProposalReport {
    /// Its label.
    pub label: String,
    /// Its group.
    pub group: Name,
    /// Its title.
    pub title: String,
    /// How it ended: `passed`, `not passed`, `withdrawn`, `void`, `open`, or `refused` if it was not taken.
    pub outcome: &'static str,
    /// When it ended, after the start.
    pub closed: Option<Moment>,
    /// When the first final period of its domains began; of several domains the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_period: Option<Moment>,
    /// Per domain why it passed or not; of a void decision what no longer applied.
    pub reasons: Vec<String>,
    /// Per domain the rule by which it was decided, or is to be.
    pub rules: Vec<String>,
    /// Who decided, where a delegate decided.
    pub decided_by: Vec<Name>,
    /// How the agreement in words that it made stands in the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<&'static str>,
}

/// How a matter between groups stands in the end, as the node of the group sees it that opened it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MatterReport {
    /// The label of the proposal that opened it.
    pub label: String,
    /// The group that opened it.
    pub group: Name,
    /// Its title.
    pub title: String,
    /// How it stands: `adopted`, `not adopted`, `in doubt`, `open`, or `none` if it was not opened.
    pub standing: &'static str,
    /// The level at which it was adopted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// The groups that consented.
    pub consents: Vec<Name>,
    /// The groups that enacted it.
    pub enacted_by: Vec<Name>,
    /// How many witnesses of one log were away about the dates of its levels; nothing where a host lied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub away: Option<u32>,
    /// Whether some node saw it in doubt, if only for a while.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub doubted: bool,
    /// Whether a host lied.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lies: bool,
    /// After how many hundredths of its time, from the opening to the end of the last level, the first node had a result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<u64>,
}

/// How terms about resources stand in the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DealReport {
    /// The label of the proposal that stated them.
    pub label: String,
    /// The group that stated them.
    pub group: Name,
    /// Their title.
    pub title: String,
    /// How they stand in the log of each party; `none` where it does not know them.
    pub states: BTreeMap<Name, &'static str>,
    /// What the closer said in its own log: `commits`, `lapses`, `open`, or `unknown` where it does not know them.
    pub closed: &'static str,
}

/// How a round stands in the end, in its steward's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoundReport {
    /// The label of the proposal that opened it.
    pub label: String,
    /// The group that divides.
    pub group: Name,
    /// Its title.
    pub title: String,
    /// How it stands, as screens say it; `none` where it was not opened.
    pub state: &'static str,
    /// What each group got of each offer, those that got nothing left out.
    pub shares: BTreeMap<Name, Vec<u64>>,
}

/// A time after the start of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// For people.
    pub after: Span,
    /// For programs.
    pub ms: u64,
}

impl Moment {
    /// A time so long after the start.
    pub fn after(span: Span) -> Self {
        Self { after: span, ms: span.millis() }
    }
}

/// A step that was refused or could not be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedStep {
    /// Its number in the file, from 0.
    pub step: usize,
    /// When it was to be done, after the start.
    pub at: Span,
    /// Who.
    pub member: Name,
    /// What.
    pub action: &'static str,
    /// Why not.
    pub reason: String,
    /// Whether the scenario says so.
    pub expected: bool,
}

/// An expectation and whether it was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExpectationReport {
    /// What was expected.
    pub expected: String,
    /// Whether it was met.
    pub met: bool,
    /// What was found, if it was not met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

impl Report {
    /// Says whether everything that the scenario expects came true.
    pub fn is_as_expected(&self) -> bool {
        self.expectations.iter().all(|expectation| expectation.met)
    }
}

/// Something that must never happen has happened, or a run could not be set up.
#[derive(Clone, Debug, Error)]
pub struct Violation {
    /// The scenario.
    pub scenario: String,
    /// The seed that shows it again.
    pub seed: u64,
    /// When, from the start of the run.
    pub at: Span,
    /// What.
    pub what: String,
    /// The last lines of the trace.
    pub tail: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "scenario '{}' with seed {}, {} into the run: {}", self.scenario, self.seed, self.at, self.what)?;
        self.tail.iter().try_for_each(|line| writeln!(f, "  {line}"))
    }
}

/// Counts of faults by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FaultCounts(BTreeMap<FaultKind, u64>);

impl FaultCounts {
    pub(crate) fn count(&mut self, kind: FaultKind) {
        *self.0.entry(kind).or_default() += 1;
    }

    pub(crate) fn by_word(&self) -> BTreeMap<&'static str, u64> {
        let honest = FaultKind::ALL.iter().map(|kind| (kind.word(), 0));
        let mut counts: BTreeMap<&'static str, u64> = honest.collect();
        counts.extend(self.0.iter().map(|(kind, count)| (kind.word(), *count)));
        counts
    }
}
