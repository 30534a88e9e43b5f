//! The trace: what happened, line by line, and its hash.

use folkmoot_protocol::{
    id::Hash,
    time::{Span, Timestamp},
};

/// What happened, line by line.
#[derive(Debug)]
pub(crate) struct Trace {
    start: Timestamp,
    lines: Vec<String>,
    /// Only the last lines are kept: a run of years has too many.
    last_only: bool,
}

/// How many lines a violation shows.
const TAIL: usize = 40;
/// How many lines are kept where only the last ones are.
const KEPT: usize = 10_000;

impl Trace {
    pub(crate) fn new(start: Timestamp) -> Self {
        Self { start, lines: Vec::new(), last_only: false }
    }

    /// Keeps only the last lines from now on.
    pub(crate) fn keep_the_last(&mut self) {
        self.last_only = true;
    }

    pub(crate) fn line(&mut self, now: Timestamp, text: std::fmt::Arguments<'_>) {
        if self.last_only && self.lines.len() >= KEPT {
            self.lines.drain(..KEPT / 2);
        }
        self.lines.push(format!("{:>10} {text}", now.since(self.start).millis()));
    }

    pub(crate) fn passed(&self, now: Timestamp) -> Span {
        now.since(self.start)
    }

    pub(crate) fn hash(&self) -> Hash {
        Hash::of(self.lines.join("\n").as_bytes())
    }

    pub(crate) fn tail(&self) -> Vec<String> {
        self.lines[self.lines.len().saturating_sub(TAIL)..].to_vec()
    }

    pub(crate) fn into_lines(self) -> Vec<String> {
        self.lines
    }
}
