//! Counterfactuals: a group's history under another charter, to see which decisions would have come out otherwise.
//!
//! The acts of the members (their proposals, responses and withdrawals, with their dates) are done again by whole
//! replicas under the new rules; what follows from acts and rules (closes, applications, digests) follows anew. Signatures
//! cannot be made again, so every key has a stand-in that is derived from it.
//!
//! The history runs twice: under its own charter, which shows when things were due and that the acts were understood, and
//! under the new one. [Decision 14](../../../docs/decisions/0014-counterfactuals.md) says what that can tell and what not.
//!
//! # Layout
//! - [`driver`]: a group with stand-ins for keys and its clock; `rules`: the new charter put over the history's
//! - `translate`: an act of the history in the other log's ids; `life`: one run of all acts; `compare`: the two beside
//!   each other

mod compare;
pub mod driver;
mod life;
mod rules;
#[cfg(test)]
mod tests;
mod translate;

use folkmoot_protocol::{
    charter::RawCharter,
    entry::Entry,
    id::{LogId, ProposalId},
    name::Name,
    replay::Replica,
    time::Timestamp,
};
use serde::Serialize;
use thiserror::Error;

/// What would have been.
#[derive(Clone, Debug, Serialize)]
pub struct Counterfactual {
    /// The group's log.
    pub log: LogId,
    /// What the group is called.
    pub group: Name,
    /// When its log starts.
    pub from: Timestamp,
    /// When its log ends; what would close later closes as if nobody had said anything more.
    pub until: Timestamp,
    /// What of the new charter could not be taken as it stands, and of the history.
    pub notes: Vec<String>,
    /// Every proposal of the history, in the order in which they opened.
    pub decisions: Vec<Compared>,
}

/// A proposal of the history, as it ended and as it would have.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// Its id in the history.
    pub proposal: ProposalId,
    /// Its title in its last version.
    pub title: String,
    /// Who filed it.
    pub author: Name,
    /// When.
    pub opened: Timestamp,
    /// How it differs.
    pub differs: Difference,
    /// How it ended.
    pub was: Ending,
    /// How it would have ended.
    pub would_be: Ending,
    /// The acts of the history that the new rules take otherwise.
    pub acts: Vec<OtherAct>,
}

/// How two endings differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// Not at all.
    Nothing,
    /// It would have ended at another time.
    Date,
    /// It would have ended otherwise.
    Outcome,
}

/// How a proposal ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ending {
    /// `passed`, `not passed`, `withdrawn`, `void`, `open` at the end of the log, or `never opened`.
    pub outcome: String,
    /// When, if it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Why, domain by domain.
    pub why: Vec<String>,
}

/// An act of the history that the new rules take otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OtherAct {
    /// When it was done.
    pub at: Timestamp,
    /// By whom.
    pub member: Name,
    /// What it was.
    pub act: String,
    /// What becomes of it.
    pub becomes: String,
}

/// Says why a history cannot be run again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CounterfactualError {
    /// The log is no log.
    #[error("the history, entry {number}: {problem}")]
    History {
        /// The number of the entry.
        number: usize,
        /// What is wrong.
        problem: String,
    },
    /// The new charter cannot stand in the history's place.
    #[error("the new charter cannot take the place of the one that '{group}' was founded with: {problem}")]
    Charter {
        /// The group.
        group: Name,
        /// What is wrong.
        problem: String,
    },
}

/// Runs a history, as its verified entries, under another charter.
///
/// # Errors
/// If the history is no valid log, or the charter cannot stand with the members of the history.
pub fn run(history: &[Entry], charter: &RawCharter) -> Result<Counterfactual, CounterfactualError> {
    let real = life::replay(history)?;
    let founding = life::founding_charter(history)?;
    let mut notes = Vec::new();
    let rules = rules::NewRules::of(charter, &founding, history[0].content().time, &mut notes)?;
    let control = life::live(history, &real, None)?;
    let other = life::live(history, &real, Some(rules))?;
    let decisions = compare::all(&real, &control, &other, &mut notes);
    let charter = Replica::charter(&real);
    let (from, until) = (history[0].content().time, real.head().time);
    Ok(Counterfactual { log: real.log(), group: charter.name.clone(), from, until, notes, decisions })
}
