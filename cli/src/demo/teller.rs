//! Tells what happens: in words, or as one JSON object a line.

use serde_json::{Value, json};

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
        } else {
            self.0.line(&format!("  {words}"))?;
        }
        Ok(())
    }
}
