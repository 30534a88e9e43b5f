//! The decision ladder: one file per rung, from responses to an outcome.

mod consensus;
mod consent;
mod delegate;
mod poll;
mod ranked;
pub mod tally;
#[cfg(test)]
mod tests;
mod vote;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use self::tally::Over;
pub use self::{
    poll::{Appeal, FinalPeriodRun, Poll},
    ranked::Contest,
};
use crate::{name::Name, statement::Answer};

/// What a rung sees of a proposal.
#[derive(Clone, Debug)]
pub struct Tally<'a> {
    /// Those eligible in the domain, without members who were removed before they responded.
    pub eligible: BTreeSet<&'a Name>,
    /// Latest responses that count in the domain, advice not among them; a standing objection is its author's.
    pub answers: BTreeMap<&'a Name, Answer>,
    /// How many objections stand in the domain.
    pub objections: usize,
    /// How many were asked for advice.
    pub asked: u32,
    /// How many of them have advised.
    pub advised: u32,
    /// What is ranked, and how, where members rank options.
    pub contest: Option<Contest<'a>>,
}

impl Tally<'_> {
    /// How many are eligible.
    fn size(&self) -> u32 {
        self.eligible.len() as u32
    }

    /// How many of the eligible gave one of these answers.
    fn count(&self, answers: &[Answer]) -> u32 {
        let given = |(name, answer): &(&&Name, &Answer)| self.eligible.contains(**name) && answers.contains(answer);
        self.answers.iter().filter(given).count() as u32
    }

    /// How many of the eligible gave any answer.
    fn responded(&self) -> u32 {
        self.answers.keys().filter(|name| self.eligible.contains(**name)).count() as u32
    }
}

/// How a domain stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Would it pass if the proposal closed now?
    pub passes: bool,
    /// May it close before its time?
    pub settled: bool,
    /// Why, in numbers.
    pub reason: Reason,
}

impl Standing {
    /// The options that win by it.
    pub fn winners(&self) -> &[Name] {
        match &self.reason {
            Reason::Elected { winners, .. } => winners,
            _ => &[],
        }
    }
}

/// Why a domain passes or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A holder of the role decided for it.
    Decided {
        /// Who.
        by: Name,
    },
    /// A holder of the role decided for it, after asking for advice.
    DecidedAfterAdvice {
        /// Who.
        by: Name,
        /// How many were asked.
        asked: u32,
        /// How many of them advised.
        advised: u32,
    },
    /// A holder of the role decided against it.
    Declined {
        /// Who.
        by: Name,
    },
    /// No holder decided.
    NobodyDecided,
    /// Too few responded.
    QuorumMissed {
        /// How many did.
        responded: u32,
        /// How many were needed.
        quorum: u32,
    },
    /// Objections stand.
    ObjectionsStand {
        /// How many.
        count: usize,
    },
    /// Too few approve, or too many have not answered.
    ApprovalMissed {
        /// How many of the eligible approve.
        approve: u32,
        /// How many are eligible.
        eligible: u32,
        /// How many have not answered.
        outstanding: u32,
    },
    /// The floor is met and no objection stands.
    NoObjection {
        /// How many responded.
        responded: u32,
        /// How many were needed.
        quorum: u32,
    },
    /// Somebody neither agrees nor stands aside, or nobody agrees.
    NotAll {
        /// How many agree.
        agree: u32,
        /// How many stand aside.
        aside: u32,
        /// How many are eligible.
        eligible: u32,
    },
    /// More stand aside than may.
    TooManyAside {
        /// How many stand aside.
        aside: u32,
        /// How many may.
        most: u32,
    },
    /// Everybody agrees or stands aside.
    AllAgree {
        /// How many agree.
        agree: u32,
        /// How many stand aside.
        aside: u32,
    },
    /// The yes came to the bar or not.
    Voted {
        /// How many say yes.
        yes: u32,
        /// How many say no.
        no: u32,
        /// How many abstain.
        abstain: u32,
        /// Of how many the yes are a share.
        of: u32,
    },
    /// The count of the ballots has winners.
    Elected {
        /// Who won, in the order of winning.
        winners: Vec<Name>,
        /// All options from the first to the last; who stands together is equal.
        ranking: Vec<Vec<Name>>,
        /// How many voted.
        responded: u32,
        /// How many were needed.
        quorum: u32,
    },
    /// Nothing breaks a tie that matters.
    Tied {
        /// Between whom.
        among: Vec<Name>,
        /// What it is about.
        over: Over,
        /// Who has won without it.
        winners: Vec<Name>,
    },
    /// No ballot ranks an option that is still offered.
    NobodyElected,
}
