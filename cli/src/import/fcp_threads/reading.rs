//! What a thread says, and what has to be assumed to make a story of it that runs.

use std::{collections::BTreeSet, path::Path};

use folkmoot_protocol::name::Name;
use folkmoot_sim::scenario::ExpectedOutcome;

use super::{
    acts,
    data::{Day, Thread, What},
    era::Era,
};
use crate::import::ImportError;

/// How many stand in where nobody is known who reviewed.
const STAND_INS: usize = 3;
/// Stands in for somebody whom the file does not name.
const UNNAMED: &str = "unnamed";

/// A thread that can run: who is there, who does what on which day, and how it ended.
#[derive(Debug)]
pub(super) struct Story {
    /// Where it was: `rust-lang/compiler-team#1001`.
    pub(super) place: String,
    pub(super) url: String,
    pub(super) title: String,
    pub(super) team: String,
    pub(super) era: Era,
    /// Those whose approval counts.
    pub(super) reviewers: Vec<Name>,
    /// Who is there besides.
    pub(super) others: BTreeSet<Name>,
    pub(super) author: Name,
    /// What they do, in order.
    pub(super) acts: Vec<Act>,
    pub(super) outcome: ExpectedOutcome,
    /// When the file says that it ended.
    pub(super) ended: Option<Dated>,
    /// When its final period began.
    pub(super) entered: Option<Dated>,
    /// What was assumed, and what was left out.
    pub(super) notes: Vec<String>,
}

/// A day, and how it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dated {
    pub(super) day: Day,
    pub(super) source: Source,
}

/// How a day is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The file has it.
    Recorded,
    /// The file has the day of what a person did afterwards.
    Afterwards(&'static str),
    /// It was chosen so that the rest fits.
    Assumed,
}

/// What somebody does on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Act {
    pub(super) day: Day,
    pub(super) by: Name,
    pub(super) does: Does,
    /// What is said with it.
    pub(super) text: Option<String>,
    pub(super) known: Known,
}

/// What somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Propose,
    Agree,
    Advise,
    /// Objects; the label of the objection.
    Object(String),
    /// Withdraws the objection with this label.
    Resolve(String),
    Cancel,
}

impl Act {
    /// Says whether it approves, as proposing does.
    pub(super) fn approves(&self) -> bool {
        matches!(self.does, Does::Propose | Does::Agree)
    }
}

/// What of an act the file knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// That it happened, and the day.
    Day,
    /// That it happened.
    Fact,
    /// Nothing: the outcome shows that somebody must have done it.
    Nothing,
}

impl Story {
    /// Makes a story of a thread; `all` are those of the file, `file` is its path.
    ///
    /// # Errors
    /// If it has no events, an outcome that is not understood, or a handle that is no name.
    pub(super) fn of(thread: &Thread, all: &[Thread], file: &Path) -> Result<Self, ImportError> {
        let place = thread.place();
        let problem = |problem: String| ImportError::Data { file: file.to_owned(), place: place.clone(), problem };
        let last = thread.events.last().ok_or_else(|| problem("has no events: give one at least".to_owned()))?.at;
        let outcome = outcome(&thread.outcome).ok_or_else(|| {
            let known = "accepted, merged, cancelled, pending, in FCP, blocked";
            problem(format!("the outcome '{}' is not understood: give one of {known}", thread.outcome))
        })?;
        let era = Era::of(thread);
        let mut notes = told(thread);
        notes.extend(era.assumed(thread));
        let reviewers = names(&reviewers(thread, all, era, &mut notes), file, &place)?;
        let ended = ended(thread, outcome);
        let entered = entered(thread, era, outcome, ended, &mut notes);
        let proposed = proposed(thread, entered, last, &mut notes);
        let proposal = thread.first(What::Propose).or_else(|| thread.first(What::Open));
        let by = proposal.and_then(|event| event.by.as_deref()).unwrap_or(UNNAMED);
        let mut story = Self {
            author: name(by, file, &place)?,
            place: place.clone(),
            url: thread.url.clone(),
            title: thread.title.clone(),
            team: thread.team.clone(),
            era,
            reviewers,
            others: BTreeSet::new(),
            acts: Vec::new(),
            outcome,
            ended,
            entered,
            notes,
        };
        acts::add(&mut story, thread, proposed, file)?;
        story.others.extend(story.acts.iter().map(|act| act.by.clone()));
        story.others.retain(|member| !story.reviewers.contains(member));
        Ok(story)
    }

    /// The day on which it starts.
    pub(super) fn start(&self) -> Option<Day> {
        self.acts.iter().map(|act| act.day).min()
    }

    /// The day on which the rule ends it, if it passes and nothing holds it up.
    pub(super) fn due(&self) -> Option<Day> {
        let days = i64::from(self.era.days()?);
        self.entered.filter(|_| self.outcome == ExpectedOutcome::Passed).map(|entered| entered.day.plus(days))
    }
}

/// A handle as a name.
pub(super) fn name(handle: &str, file: &Path, place: &str) -> Result<Name, ImportError> {
    let error = |source| ImportError::Name { file: file.to_owned(), place: place.to_owned(), source };
    handle.to_lowercase().parse().map_err(error)
}

fn names(handles: &[String], file: &Path, place: &str) -> Result<Vec<Name>, ImportError> {
    handles.iter().map(|handle| name(handle, file, place)).collect()
}

/// What the file itself notes.
fn told(thread: &Thread) -> Vec<String> {
    let notes = thread.note.iter().chain(thread.events.iter().filter_map(|event| event.note.as_ref()));
    let mut told: Vec<String> = notes.map(|note| format!("The file notes: {note}.")).collect();
    if thread.partial {
        told.push("The file says that it does not know the whole sequence.".into());
    }
    told
}

fn outcome(text: &str) -> Option<ExpectedOutcome> {
    let starts = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    if starts(&["accepted", "merged", "finished FCP, disposition merge"]) {
        Some(ExpectedOutcome::Passed)
    } else if starts(&["cancelled"]) {
        Some(ExpectedOutcome::Withdrawn)
    } else if starts(&["pending", "in FCP", "blocked"]) {
        Some(ExpectedOutcome::Open)
    } else {
        None
    }
}

fn reviewers(thread: &Thread, all: &[Thread], era: Era, notes: &mut Vec<String>) -> Vec<String> {
    if let Some(reviewers) = &thread.reviewers {
        return reviewers.clone();
    }
    if era == Era::Merge {
        let merged = thread.first(What::Merged).and_then(|event| event.by.clone());
        if merged.is_none() {
            notes.push(format!("The file does not name who merged it: '{UNNAMED}' stands in."));
        }
        return vec![merged.unwrap_or_else(|| UNNAMED.into())];
    }
    let day = |thread: &Thread| thread.events.first().map(|event| event.at);
    let apart = |other: &&Thread| day(other).zip(day(thread)).map_or(i64::MAX, |(a, b)| a.since(b).abs());
    let same = all.iter().filter(|other| other.team_word() == thread.team_word());
    if let Some(other) = same.filter(|other| other.reviewers.is_some()).min_by_key(apart) {
        notes.push(format!("The file does not name its reviewers: those of {} stand in.", other.place()));
        return other.reviewers.clone().unwrap_or_default();
    }
    notes.push(format!("The file does not name its reviewers: {STAND_INS} made-up ones stand in."));
    (1..=STAND_INS).map(|number| format!("reviewer-{number}")).collect()
}

fn ended(thread: &Thread, outcome: ExpectedOutcome) -> Option<Dated> {
    let event = |what| thread.first(what).map(|event| event.at);
    let bot = [What::FcpComplete, What::Cancel, What::Merged].into_iter().find_map(event);
    let person = [(What::MergeDecision, "the decision to merge"), (What::CloseAsAccepted, "the closing of the thread")]
        .into_iter()
        .find_map(|(what, word)| Some((event(what)?, word)));
    let in_text = |text: Option<&str>, word| text.and_then(Day::named_in).map(|day| (day, word));
    let afterwards = person
        .or_else(|| in_text(Some(&thread.outcome), "what the outcome names"))
        .or_else(|| in_text(thread.ledger.as_deref(), "the line in the ledger"));
    let ended = bot.map(|day| Dated { day, source: Source::Recorded });
    let ended = ended.or(afterwards.map(|(day, word)| Dated { day, source: Source::Afterwards(word) }));
    ended.filter(|_| outcome != ExpectedOutcome::Open)
}

fn entered(
    thread: &Thread,
    era: Era,
    outcome: ExpectedOutcome,
    ended: Option<Dated>,
    notes: &mut Vec<String>,
) -> Option<Dated> {
    let days = i64::from(era.days()?);
    if outcome == ExpectedOutcome::Withdrawn {
        return None;
    }
    if let Some(event) = thread.first(What::EnterFcp) {
        return Some(Dated { day: event.at, source: Source::Recorded });
    }
    if let Some(day) = counted_back(thread) {
        notes.push(format!("The final period began on {day}, by the day that the file's note counts."));
        notes.push("What else that note tells has no date and is left out.".into());
        return Some(Dated { day, source: Source::Recorded });
    }
    let before = thread.events.iter().rev().find(|event| matches!(event.what, What::Propose | What::Approve));
    let spoken = before.or(thread.events.first()).map(|event| event.at)?;
    let day = match ended {
        None => spoken,
        // What stands in the file may be the end itself.
        Some(end) => end.day.plus(-days).max(before.map_or(end.day.plus(-days), |event| event.at)),
    };
    let from = if ended.is_some() { format!("{days} days before the end") } else { "what is known last".to_owned() };
    notes.push(format!("The file does not say when the final period began: {day}, {from}, was assumed."));
    Some(Dated { day, source: Source::Assumed })
}

/// The begin of the final period where a note says which day of it the decision was: `day 12 of the original FCP`.
fn counted_back(thread: &Thread) -> Option<Day> {
    let event = thread
        .events
        .iter()
        .find(|event| event.note.as_ref().is_some_and(|note| note.contains(" of the original FCP")))?;
    let (before, _) = event.note.as_ref()?.split_once(" of the original FCP")?;
    let count: i64 = before.rsplit_once("day ")?.1.parse().ok()?;
    Some(event.at.plus(-count))
}

fn proposed(thread: &Thread, entered: Option<Dated>, last: Day, notes: &mut Vec<String>) -> Day {
    if let Some(event) = thread.first(What::Propose).or_else(|| thread.first(What::Open)) {
        return event.at;
    }
    let first = thread.events.first().map_or(last, |event| event.at);
    let day = entered.map_or(first, |entered| entered.day.min(first));
    notes.push(format!("The file does not say who proposed it when: '{UNNAMED}' does so on {day}."));
    day
}
