//! One negotiation as a log knows it: who said what, and how it stands.
//!
//! One log, the closer's, says whether the terms come into force; everybody else holds until then, and never beyond the
//! own end.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::{id::LogId, table::pairs, time::Timestamp};

/// A negotiation step as one log knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deal {
    /// The terms.
    pub terms: Terms,
    /// Who stated them, which accepts them.
    pub stated_by: LogId,
    /// When.
    pub stated: Timestamp,
    /// When this group accepted them, and until when it holds what it promises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<(Timestamp, Option<Timestamp>)>,
    /// Whether it accepted by a rule of its charter, without a decision.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub granted: bool,
    /// Since when it holds for the negotiation, where its hold took the place of another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Until when its hold, which ended for nothing though the requester is not to blame, counts as one of the
    /// requester's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Timestamp>,
    /// The acceptances of others that are cited: when.
    #[serde(with = "pairs")]
    pub accepts: BTreeMap<LogId, Timestamp>,
    /// Parties that declined, this group among them.
    pub declined: BTreeSet<LogId>,
    /// What the closer said, by its own log or by what is cited: when, and by when that was sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<Closing>,
    /// Whether what this group promises is allocated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allocated: bool,
    /// Whether this group has said that its hold is over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lapsed: bool,
    /// Other parties whose hold lapsed.
    pub lapses: BTreeSet<LogId>,
    /// Parties that gave it up.
    pub released: BTreeSet<LogId>,
}

/// How a negotiation closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// Whether it came into force.
    pub commits: bool,
    /// When the closer said so.
    pub at: Timestamp,
    /// By when that was sealed; in the closer's own log it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Timestamp>,
}

/// How a negotiation stands, as one log knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DealState {
    /// The requester has asked.
    Requested,
    /// A steward has stated or accepted the terms, and holds.
    Offered,
    /// Other terms came in their place.
    Countered,
    /// All parties have accepted, as far as the log knows.
    Accepted,
    /// The closer committed.
    InForce,
    /// It was in force, and all that was promised is over.
    Complete,
    /// The closer let it go, or the own hold ended by itself.
    Lapsed,
    /// A party declined.
    Declined,
    /// The closer committed and another steward's hold had lapsed: everybody may release without breach.
    Broken,
    /// A party gave it up.
    Ended,
}

impl DealState {
    /// Its word on screens and for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Offered => "offered",
            Self::Countered => "countered",
            Self::Accepted => "accepted",
            Self::InForce => "in force",
            Self::Complete => "complete",
            Self::Lapsed => "lapsed",
            Self::Declined => "declined",
            Self::Broken => "broken",
            Self::Ended => "ended",
        }
    }

    /// Whether it may still come into force.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Offered | Self::Accepted)
    }
}

impl Deal {
    /// Terms of which nothing is known but that they were stated.
    pub fn new(terms: Terms, stated_by: LogId, stated: Timestamp) -> Self {
        Self {
            terms,
            stated_by,
            stated,
            accepted: None,
            granted: false,
            since: None,
            spent: None,
            accepts: BTreeMap::new(),
            declined: BTreeSet::new(),
            closing: None,
            allocated: false,
            lapsed: false,
            lapses: BTreeSet::new(),
            released: BTreeSet::new(),
        }
    }

    /// Whether the closer committed.
    pub fn is_committed(&self) -> bool {
        self.closing.is_some_and(|closing| closing.commits)
    }

    /// How it stands at `now`, as the log of `own` knows it; `is_countered` says whether other terms came in their place.
    ///
    /// What closed it goes before what led to it: who declines after a commit changes nothing.
    pub fn state(&self, own: &LogId, is_countered: bool, now: Timestamp) -> DealState {
        if self.is_committed() {
            return match (self.released.is_empty(), self.is_broken()) {
                (false, _) => DealState::Ended,
                (true, true) => DealState::Broken,
                (true, false) if self.terms.ends() <= now => DealState::Complete,
                (true, false) => DealState::InForce,
            };
        }
        if !self.declined.is_empty() {
            return DealState::Declined;
        }
        if self.closing.is_some() || self.lapsed {
            return DealState::Lapsed;
        }
        if is_countered {
            return DealState::Countered;
        }
        let holds = |steward: &LogId| self.is_accepted_by(steward, own);
        match self.is_accepted_by_all(own) {
            true => DealState::Accepted,
            false if self.terms.lines.iter().any(|line| holds(&line.steward)) => DealState::Offered,
            false => DealState::Requested,
        }
    }

    /// Whether it came into force in one log and lapsed in another.
    pub fn is_broken(&self) -> bool {
        self.is_committed() && (self.lapsed || !self.lapses.is_empty())
    }

    /// Whether every party has accepted, as far as the log of `own` knows.
    pub fn is_accepted_by_all(&self, own: &LogId) -> bool {
        self.terms.parties().iter().all(|party| self.is_accepted_by(party, own))
    }

    /// Whether a party has accepted, as far as the log of `own` knows.
    pub fn is_accepted_by(&self, party: &LogId, own: &LogId) -> bool {
        match party == own {
            true => self.accepted.is_some(),
            false => *party == self.stated_by || self.accepts.contains_key(party),
        }
    }
}
