//! Tells what happens: in words, or as one JSON object a line.

use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{cmd::CliError, output::Output};

/// Tells what happens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Teller(pub(super) Output);

impl Teller {
    /// A part of the story begins.
    pub(super) fn chapter(self, title: &str) -> Result<(), CliError> {
        if !self.0.json {
            self.0.line(&format!("\n{}", self.0.bold(title)))?;
        }
        Ok(())
    }

    /// Something happened.
    pub(super) fn tell(self, event: &str, facts: Value, words: &str) -> Result<(), CliError> {
        if self.0.json {
            let mut line = json!({"event": event});
            if let (Value::Object(line), Value::Object(facts)) = (&mut line, facts) {
                line.extend(facts);
            }
            self.0.json_line(&line)?;
            return Ok(());
        }
        self.note(words)
    }

    /// Something to know, for people.
    pub(super) fn note(self, words: &str) -> Result<(), CliError> {
        if !self.0.json {
            self.0.line(&format!("  {words}"))?;
        }
        Ok(())
    }
}

/// Tells what happens in one place while other things happen in others.
///
/// What it says waits until its turn comes: [`Teller::in_turn`] says whose it is.
#[derive(Debug)]
pub(super) struct Track(mpsc::UnboundedSender<Line>);

/// What a track says.
#[derive(Debug)]
pub(super) struct Told(mpsc::UnboundedReceiver<Line>);

#[derive(Debug)]
enum Line {
    Chapter(&'static str),
    Event(&'static str, Value, String),
}

/// Makes a track; it ends when it is dropped. What it tells is bounded by the story, not by anybody outside.
pub(super) fn track() -> (Track, Told) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Track(sender), Told(receiver))
}

impl Track {
    /// A part of the story begins.
    pub(super) fn chapter(&self, title: &'static str) {
        self.send(Line::Chapter(title));
    }

    /// Something happened.
    pub(super) fn tell(&self, event: &'static str, facts: Value, words: impl Into<String>) {
        self.send(Line::Event(event, facts, words.into()));
    }

    fn send(&self, line: Line) {
        // Nobody listens only where telling has failed, and the story ends with that failure.
        let _ = self.0.send(line);
    }
}

impl Teller {
    /// Tells tracks in their order: the first one as it happens, each other once those before it have ended.
    pub(super) async fn in_turn(self, tracks: impl IntoIterator<Item = Told>) -> Result<(), CliError> {
        for mut told in tracks {
            while let Some(line) = told.0.recv().await {
                match line {
                    Line::Chapter(title) => self.chapter(title)?,
                    Line::Event(event, facts, words) => self.tell(event, facts, &words)?,
                }
            }
        }
        Ok(())
    }
}
