//! Participation: what each member may hold open at a time, and who counts as silent.

use serde::{Deserialize, Serialize};

use super::CharterError;
use crate::{limits::OPEN_PROPOSALS, time::Span};

/// What each member may hold open, and who counts as silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Participation {
    /// Most open proposals of one member.
    #[serde(default = "default_open")]
    pub open_proposals: u32,
    /// Most proposals, still open, that one member has called in.
    #[serde(default = "default_call_ins")]
    pub call_ins: u32,
    /// A member who says nothing for this long, while a full window ran, is left out until heard again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent_after: Option<Span>,
}

impl Default for Participation {
    fn default() -> Self {
        Self { open_proposals: default_open(), call_ins: default_call_ins(), silent_after: None }
    }
}

impl Participation {
    /// Checks that members may do something at all, and not more than the log can hold.
    ///
    /// # Errors
    /// The first number that cannot stand.
    pub(super) fn check(&self) -> Result<(), CharterError> {
        let most = OPEN_PROPOSALS as u32;
        if !(1..=most).contains(&self.open_proposals) {
            return Err(super::error("participation.open_proposals", &format!("must be from 1 to {most}")));
        }
        if self.call_ins > most {
            return Err(super::error("participation.call_ins", &format!("must be at most {most}")));
        }
        if self.silent_after == Some(Span::ZERO) {
            return Err(super::error(
                "participation.silent_after",
                "must be longer than nothing; leave it out for never",
            ));
        }
        Ok(())
    }

    pub(super) fn scale_down(&mut self, scale: u64) {
        self.silent_after = self.silent_after.map(|span| span.scaled_down(scale));
    }
}

fn default_open() -> u32 {
    64
}

fn default_call_ins() -> u32 {
    4
}
