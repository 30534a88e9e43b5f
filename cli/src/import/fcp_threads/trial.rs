//! Runs the scenarios and holds what comes of them against what came of the threads.

use std::path::Path;

use folkmoot_sim::{
    report::ProposalReport,
    run,
    scenario::{ExpectedOutcome, parse},
};
use serde::Serialize;

use super::{
    data::Day,
    era::Era,
    reading::{Dated, Known, Source, Story},
};
use crate::import::ImportError;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A thread, how it ended, and how its scenario ends.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    /// Where it was.
    pub(crate) thread: String,
    /// What it was about.
    pub(crate) title: String,
    /// The rule of its days.
    pub(crate) rule: &'static str,
    /// How the thread ended.
    pub(crate) history: End,
    /// How the scenario ends.
    pub(crate) here: End,
    /// How the two compare: `same`, `fits`, `outcome`, `later` or `differs`.
    pub(crate) compared: Compared,
    /// The approvals by what the file knows of them.
    pub(crate) approvals: Approvals,
    /// Why it differs, what was assumed, and what was left out.
    pub(crate) notes: Vec<String>,
}

/// How and when something ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct End {
    /// `passed`, `withdrawn`, `open` and so on.
    pub(crate) outcome: &'static str,
    /// The day on which its final period began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) final_period: Option<String>,
    /// The day on which it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) day: Option<String>,
}

/// How the end of a scenario compares to that of its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Compared {
    /// The same outcome on the same day, or still open as it was.
    Same,
    /// The same outcome and day, but the rule, or the begin of the final period, was chosen so.
    Fits,
    /// The same outcome; the file has no day.
    Outcome,
    /// The same outcome; what the file dates is what a person did after the rule had ended it.
    Later,
    /// Otherwise.
    Differs,
}

impl Compared {
    /// What a table says.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Fits => "same, as assumed",
            Self::Outcome => "same, day not known",
            Self::Later => "same, other day",
            Self::Differs => "DIFFERS",
        }
    }
}

/// Approvals by what the file knows of them; proposing is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Approvals {
    /// How many could approve.
    pub(crate) of: usize,
    /// With their day.
    pub(crate) dated: usize,
    /// Without it.
    pub(crate) undated: usize,
    /// Which the file does not have.
    pub(crate) assumed: usize,
}

/// Runs the scenario of a story.
///
/// # Errors
/// If it is none, or something happens in it that must never happen.
pub(super) fn row(story: &Story, start: Day, text: &str, file: &Path) -> Result<Row, ImportError> {
    let scenario = parse(text, file).map_err(|source| ImportError::Scenario { source })?;
    let report = run(&scenario, scenario.seed).map_err(|violation| ImportError::Simulation(violation.to_string()))?;
    let problem = |problem: String| ImportError::Simulation(format!("{}: {problem}", file.display()));
    let proposal = report.proposals.first().ok_or_else(|| problem("it proposes nothing".to_owned()))?;
    let here = end(proposal, start);
    let history = End {
        outcome: story.outcome.word(),
        final_period: recorded(story.entered),
        day: story.ended.map(|ended| ended.day.to_string()),
    };
    let missed = report.expectations.iter().filter(|expectation| !expectation.met);
    let missed: Vec<String> =
        missed.map(|e| format!("{}, found {}", e.expected, e.found.as_deref().unwrap_or("otherwise"))).collect();
    let (compared, because) = compare(story, &history, &here, &missed);
    let notes = because.into_iter().chain(story.notes.iter().cloned()).collect();
    Ok(Row {
        thread: story.place.clone(),
        title: story.title.clone(),
        rule: story.era.word(),
        history,
        here,
        compared,
        approvals: approvals(story),
        notes,
    })
}

fn end(proposal: &ProposalReport, start: Day) -> End {
    let day = |ms: u64| start.plus((ms / DAY_MS) as i64).to_string();
    End {
        outcome: proposal.outcome,
        final_period: proposal.final_period.map(|moment| day(moment.ms)),
        day: proposal.closed.map(|moment| day(moment.ms)),
    }
}

fn recorded(dated: Option<Dated>) -> Option<String> {
    dated.filter(|dated| dated.source == Source::Recorded).map(|dated| dated.day.to_string())
}

fn compare(story: &Story, history: &End, here: &End, missed: &[String]) -> (Compared, Option<String>) {
    let begins = history.final_period.is_none() || history.final_period == here.final_period;
    if history.outcome != here.outcome || !begins || !missed.is_empty() {
        let found = format!("It ends otherwise: {}", missed.join("; "));
        return (Compared::Differs, Some(found));
    }
    let begin_assumed = story.entered.is_some_and(|entered| entered.source == Source::Assumed);
    let assumed = begin_assumed || story.era == Era::Merge;
    match story.ended {
        None if story.outcome == ExpectedOutcome::Open && assumed => (Compared::Fits, None),
        None if story.outcome == ExpectedOutcome::Open => (Compared::Same, None),
        None => (Compared::Outcome, None),
        Some(_) if history.day == here.day && assumed => (Compared::Fits, None),
        Some(_) if history.day == here.day => (Compared::Same, None),
        Some(Dated { day, source: Source::Afterwards(what) }) => {
            let by_rule = here.day.as_deref().unwrap_or("?");
            let because = format!("By its rule it ended on {by_rule}; what the file dates, {day}, is {what}.");
            (Compared::Later, Some(because))
        }
        Some(_) => (Compared::Differs, Some("It ends on another day.".into())),
    }
}

fn approvals(story: &Story) -> Approvals {
    let mut approvals = Approvals { of: story.reviewers.len(), ..Approvals::default() };
    let counts = |by| story.reviewers.contains(by);
    let approving = story.acts.iter().filter(|act| counts(&act.by) && act.approves());
    for act in approving {
        match act.known {
            Known::Day => approvals.dated += 1,
            Known::Fact => approvals.undated += 1,
            Known::Nothing => approvals.assumed += 1,
        }
    }
    approvals
}
