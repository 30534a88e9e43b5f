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
}

/// How many lines a violation shows.
const TAIL: usize = 40;

impl Trace {
    pub(crate) fn new(start: Timestamp) -> Self {
        Self { start, lines: Vec::new() }
    }

    pub(crate) fn line(&mut self, now: Timestamp, text: std::fmt::Arguments<'_>) {
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
