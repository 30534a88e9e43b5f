//! Windows of time, and amounts over them.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::time::Timestamp;

/// A half-open window of time in UTC, never empty: its first moment belongs to it, its end does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct Window {
    from: Timestamp,
    until: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    from: Timestamp,
    until: Timestamp,
}

/// Says why two moments are no window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the window ends ({until}) before or when it starts ({from}): name a later end")]
pub struct WindowError {
    from: Timestamp,
    until: Timestamp,
}

impl Window {
    /// All time that a record may name: the window of what is used up.
    pub const ALL: Self = Self { from: Timestamp::ZERO, until: Timestamp::MAX };

    /// Makes the window from `from` to before `until`.
    ///
    /// # Errors
    /// If it would be empty.
    pub fn new(from: Timestamp, until: Timestamp) -> Result<Self, WindowError> {
        if from < until { Ok(Self { from, until }) } else { Err(WindowError { from, until }) }
    }

    /// Its first moment.
    pub fn from(self) -> Timestamp {
        self.from
    }

    /// The first moment after it.
    pub fn until(self) -> Timestamp {
        self.until
    }

    /// Says whether a moment lies in it.
    pub fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// Says whether the two share a moment.
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ALL => f.write_str("at any time"),
            Self { from, until } => write!(f, "from {from} to {until}"),
        }
    }
}

impl TryFrom<Raw> for Window {
    type Error = WindowError;

    fn try_from(raw: Raw) -> Result<Self, WindowError> {
        Self::new(raw.from, raw.until)
    }
}

impl From<Window> for Raw {
    fn from(window: Window) -> Self {
        Self { from: window.from, until: window.until }
    }
}

/// An amount of a resource in every instant of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portion {
    /// When.
    pub window: Window,
    /// How much, in the resource's unit.
    pub amount: u64,
}
