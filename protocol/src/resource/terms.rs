//! Terms: what groups agree about resources, as one fixed text.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Portion;
use crate::{
    cbor,
    federation::FederationAgreement,
    id::{FederationId, Hash, LogId, TermsId},
    limits::{LINES, LONGEST_TERMS, PORTIONS, TEXT_BYTES, TITLE_BYTES},
    name::Name,
    time::Timestamp,
};

/// What groups agree about resources. Another text is another negotiation step, which counters this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The federation.
    pub federation: FederationId,
    /// The version of its agreement whose panel seals what is said about them.
    pub version: Hash,
    /// One line.
    pub title: String,
    /// What it is for, and what is given in return.
    pub text: String,
    /// The group that asks.
    pub requester: LogId,
    /// What each steward promises, sorted by steward and resource, each once.
    pub lines: Vec<Line>,
    /// The steward whose log alone closes the negotiation.
    pub closer: LogId,
    /// The last moment at which it commits.
    pub by: Timestamp,
    /// The terms in whose place they come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counters: Option<TermsId>,
    /// Whether a matter gives them: nobody states, declines or counters them then, and who enacts its part accepts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_matter: bool,
}

/// What one steward promises of one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The steward.
    pub steward: LogId,
    /// Its resource.
    pub resource: Name,
    /// How much of it, and when.
    pub portions: Vec<Portion>,
}

impl Terms {
    /// Its id: the hash of the text.
    pub fn id(&self) -> TermsId {
        Hash::of(&cbor::encode(&("folkmoot", "terms", self))).into()
    }

    /// All groups that must accept: who asks, and each steward.
    pub fn parties(&self) -> BTreeSet<LogId> {
        self.lines.iter().map(|line| line.steward).chain([self.requester]).collect()
    }

    /// What a steward promises.
    pub fn lines_of<'a>(&'a self, steward: &'a LogId) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.steward == *steward)
    }

    /// The end of the last window in which something is promised; of a stock there is none.
    pub fn ends(&self) -> Timestamp {
        let portions = self.lines.iter().flat_map(|line| &line.portions);
        portions.map(|portion| portion.window.until()).max().unwrap_or_default()
    }

    /// Checks that they can stand under the version that they name, stated at `now`:
    /// - title and text are within the limits
    /// - each line has a portion, and lines are sorted by steward and resource, each once
    /// - all parties belong to the version, with witnesses for their logs, and the closer is a steward
    /// - the deadline is to come, and not further away than answers may take
    ///
    /// # Errors
    /// What does not hold, and what would.
    pub fn check(&self, agreement: &FederationAgreement, now: Timestamp) -> Result<(), String> {
        if self.title.is_empty() || self.title.len() > TITLE_BYTES || self.text.len() > TEXT_BYTES {
            return Err(format!("they need a title of at most {TITLE_BYTES} bytes, and a text of {TEXT_BYTES}"));
        }
        if self.lines.is_empty() || self.lines.len() > LINES {
            return Err(format!("they need from 1 to {LINES} lines: what is asked of whom"));
        }
        let place = |line: &Line| (line.steward, line.resource.clone());
        if !self.lines.is_sorted_by(|a, b| place(a) < place(b)) {
            return Err("their lines must be sorted by steward and resource, each once".into());
        }
        if self.lines.iter().any(|line| line.portions.is_empty() || line.portions.len() > PORTIONS) {
            return Err(format!("each line needs from 1 to {PORTIONS} portions: how much, and when"));
        }
        agreement.check_heard(&self.parties())?;
        if self.lines_of(&self.closer).next().is_none() {
            return Err("the closer must be one of the stewards".into());
        }
        if self.by <= now {
            return Err(format!("their deadline {} is over: name a later one", self.by));
        }
        if self.by > now + LONGEST_TERMS {
            return Err(format!("their deadline {} is too far away: name one up to {}", self.by, now + LONGEST_TERMS));
        }
        Ok(())
    }
}
