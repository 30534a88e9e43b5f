//! The file of decision threads, as it is written.

use std::{fmt, fs, path::Path};

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, de};

use crate::import::ImportError;

/// The whole file; what else stands in it is for people.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    pub(super) threads: Vec<Thread>,
}

/// A thread in which a decision was taken.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Thread {
    pub(super) url: String,
    pub(super) team: String,
    pub(super) title: String,
    pub(super) outcome: String,
    pub(super) reviewers: Option<Vec<String>>,
    #[serde(rename = "checked_in_stored_copy")]
    pub(super) checked: Option<Checked>,
    pub(super) events: Vec<Event>,
    pub(super) rule: Option<String>,
    pub(super) note: Option<String>,
    pub(super) ledger: Option<String>,
    #[serde(default)]
    pub(super) partial: bool,
}

/// Whose approval is known without its day.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Checked {
    /// These.
    Some(Vec<String>),
    /// `ALL`: every reviewer's.
    Word(String),
}

/// What somebody did on a day.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Event {
    pub(super) at: Day,
    pub(super) by: Option<String>,
    #[serde(rename = "do")]
    pub(super) what: What,
    pub(super) text: Option<String>,
    pub(super) note: Option<String>,
    pub(super) rule: Option<String>,
    #[serde(default)]
    pub(super) who: Vec<String>,
}

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum What {
    Open,
    Propose,
    Approve,
    Concern,
    Resolve,
    Ping,
    Argue,
    Question,
    Answer,
    EnterFcp,
    FcpComplete,
    Cancel,
    MergeDecision,
    CloseAsAccepted,
    Merged,
}

/// A day; the data know no times of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(pub(super) Date);

impl Day {
    /// So many days later; earlier, if negative.
    pub(super) fn plus(self, days: i64) -> Self {
        let later = self.0.checked_add(jiff::Span::new().days(days));
        Self(later.unwrap_or(self.0))
    }

    /// How many days after `earlier` it is.
    pub(super) fn since(self, earlier: Self) -> i64 {
        self.0.duration_since(earlier.0).as_hours() / 24
    }

    /// The first day that a text names as `2025-01-31`.
    pub(super) fn named_in(text: &str) -> Option<Self> {
        let words = text.split(|c: char| !(c.is_ascii_digit() || c == '-'));
        words.filter(|word| word.len() == 10).find_map(|word| word.parse().ok().map(Self))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| de::Error::custom(format!("'{text}' is no day like 2025-01-31")))
    }
}

impl File {
    /// Reads the file.
    ///
    /// # Errors
    /// If it cannot be read, or is not written as it must be.
    pub(super) fn read(path: &Path) -> Result<Self, ImportError> {
        let todo = "name the file with the threads";
        let error = |source| ImportError::File { file: path.to_owned(), todo, source };
        let text = fs::read_to_string(path).map_err(error)?;
        serde_json::from_str(&text).map_err(|source| ImportError::Threads { file: path.to_owned(), source })
    }
}

impl Thread {
    /// The first event of a kind.
    pub(super) fn first(&self, what: What) -> Option<&Event> {
        self.events.iter().find(|event| event.what == what)
    }

    /// The short name of its place: `rust-lang/compiler-team#1001`.
    pub(super) fn place(&self) -> String {
        let path: Vec<&str> = self.url.trim_end_matches('/').rsplit('/').collect();
        match path.as_slice() {
            [number, _, repository, owner, ..] => format!("{owner}/{repository}#{number}"),
            _ => self.url.clone(),
        }
    }

    /// The team without what is said about it, by which threads of one team are found.
    pub(super) fn team_word(&self) -> &str {
        self.team.split(" (").next().unwrap_or(&self.team)
    }
}
