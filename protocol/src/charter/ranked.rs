//! The numbers of a ranked rule: who must vote, and how their ballots are counted.

use serde::{Deserialize, Serialize};

use super::{CharterError, Fraction, error};
use crate::{
    limits::{EXACT_SEATS, OPTIONS},
    name::Name,
    time::Span,
};

/// The numbers of a ranked rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranked {
    /// How long a version stays open.
    #[serde(default = "super::rule::default_closing")]
    pub closing: Span,
    /// How long it stays open even if everybody has voted.
    #[serde(default = "super::rule::default_minimum")]
    pub minimum: Span,
    /// The share of the eligible that must have voted; abstaining is voting.
    pub quorum: Fraction,
    /// How ballots are counted.
    pub count: Counting,
    /// Most versions of one proposal.
    #[serde(default = "super::rule::default_versions")]
    pub versions: u32,
    /// After which time a decision is due for review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Span>,
}

/// How ballots that rank options are counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counting {
    /// The method.
    pub method: Method,
    /// How many options win.
    #[serde(default = "one")]
    pub seats: u32,
    /// What a ballot says of options that it does not rank.
    pub unranked: Unranked,
    /// What breaks ties, in this order; what none of them breaks stays a tie.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ties: Vec<TieBreak>,
    /// How many winners may share a value of a tag, sorted by tag.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_most: Vec<AtMost>,
    /// The quota of STV; left out: droop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// Decimal places of votes in STV, cut off behind them; left out: exact fractions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u32>,
}

/// A method of counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Schulze's, by winning votes.
    Schulze,
    /// Instant runoff.
    Irv,
    /// The single transferable vote, by the weighted inclusive Gregory method.
    Stv,
}

impl Method {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Schulze => "schulze",
            Self::Irv => "irv",
            Self::Stv => "stv",
        }
    }
}

/// What a ballot says of options that it does not rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unranked {
    /// They are equally last.
    Last,
    /// Nothing.
    Ignore,
}

/// What breaks a tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TieBreak {
    /// The latest earlier round in which their votes differ.
    Earlier,
    /// Their own comparisons: who beats none of the others leaves, who loses to none of them wins.
    Pairwise,
    /// The order in which the proposal names them: who comes first wins.
    Order,
}

impl TieBreak {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Earlier => "earlier",
            Self::Pairwise => "pairwise",
            Self::Order => "order",
        }
    }
}

/// A limit on winners that share something: "at most two from one employer".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtMost {
    /// The tag, whose values are compared.
    pub tag: Name,
    /// How many winners may share one.
    pub count: u32,
}

/// How many votes a seat takes in STV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quota {
    /// The least whole number of votes that only as many options as there are seats can have.
    Droop,
    /// All votes by seats.
    Hare,
}

impl Counting {
    /// Checks that the count is defined:
    /// - 1 ≤ seats; instant runoff fills one
    /// - `quota` and `decimals` belong to STV, whose exact fractions bear few seats; at most 12 decimals
    /// - each breaker of ties once, and `earlier` only where there are rounds
    /// - limits are sorted by tag and let somebody win
    ///
    /// # Errors
    /// What is not.
    pub fn check(&self, place: &str) -> Result<(), CharterError> {
        let fails = |problem: &str| Err(error(place, problem));
        if self.seats == 0 || self.seats as usize > OPTIONS {
            return fails(&format!("seats must be from 1 to {OPTIONS}"));
        }
        match self.method {
            Method::Irv if self.seats != 1 => return fails("irv fills one seat: write method = \"stv\" for several"),
            Method::Schulze if self.ties.contains(&TieBreak::Earlier) => {
                return fails("ties: schulze has no earlier rounds: write pairwise or order");
            }
            Method::Stv if self.decimals.is_none() && self.seats > EXACT_SEATS => {
                return fails(&format!("with more than {EXACT_SEATS} seats fractions grow long: write decimals = 5"));
            }
            Method::Stv => {}
            _ if self.quota.is_some() || self.decimals.is_some() => return fails("quota and decimals belong to stv"),
            _ => {}
        }
        if self.decimals.is_some_and(|places| places > 12) {
            return fails("decimals must be at most 12");
        }
        if (1..self.ties.len()).any(|at| self.ties[..at].contains(&self.ties[at])) {
            return fails("ties: names one twice");
        }
        if !self.at_most.is_sorted_by(|a, b| a.tag < b.tag) || self.at_most.iter().any(|limit| limit.count == 0) {
            return fails("at_most must be sorted by tag, each once, with a count of 1 or more");
        }
        Ok(())
    }
}

fn one() -> u32 {
    1
}
