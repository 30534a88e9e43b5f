//! Counting ballots that rank options: Schulze, instant runoff, STV; pure, exact, with every round and tie on record.
//!
//! One library for decisions and for ballots from elsewhere. Why it counts as it does: decision 12.
//!
//! # Layout
//! - what is counted: [`Ballots`]; what comes out: [`Count`], and with labels [`Report`]
//! - a file per method: `schulze`, `irv`, `stv`; the last two move ballots between `piles` in a `tabulation`
//! - `ties`: what breaks them; `seats`: who may still win, with limits per tag

mod ballots;
mod irv;
mod pairs;
mod piles;
mod report;
mod schulze;
mod seats;
mod stv;
mod tabulation;
#[cfg(test)]
mod tests;
mod ties;

use serde::{Deserialize, Serialize};

pub use self::{
    ballots::{BallotError, Ballots, Choice, Ranking},
    report::{PairReport, Report, RoundReport, StepReport, TieReport},
};
use crate::charter::{Counting, Method, TieBreak};

/// What a count of ballots came to; options are named by their place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Who won, in the order of winning.
    pub elected: Vec<usize>,
    /// All options from the first to the last; who stands together is equal.
    pub ranking: Vec<Vec<usize>>,
    /// What happened, round by round; Schulze's method has none.
    pub rounds: Vec<Round>,
    /// Every tie that mattered, in the order in which they came up.
    pub ties: Vec<Tie>,
    /// What Schulze's method compared.
    pub pairs: Vec<Pair>,
}

impl Count {
    /// The tie that nothing broke, at which the count ended.
    pub fn unbroken(&self) -> Option<&Tie> {
        self.ties.iter().find(|tie| !tie.is_broken())
    }
}

/// One round of a count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// The votes of each option that was elected before or still is in the count, in the order of the options.
    pub votes: Vec<(usize, String)>,
    /// The votes that a seat takes: the quota, or what more than half is reckoned of.
    pub quota: String,
    /// The votes of ballots that rank nobody any more who is in the count.
    pub exhausted: String,
    /// The votes that cutting off decimals has cost; nothing where fractions are exact.
    pub lost: Option<String>,
    /// What followed from it.
    pub steps: Vec<Step>,
}

/// What a round led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Options won.
    Elected(Vec<usize>, Because),
    /// Options left the count and passed their votes on.
    Eliminated(Vec<usize>, Because),
    /// Elected options passed on what they had beyond the quota: so much each.
    Surplus(Vec<usize>, String),
}

/// Why an option won or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// It reached the quota.
    Quota,
    /// It has more than half of the votes that still count.
    Majority,
    /// No more options were left than seats.
    Remaining,
    /// It had the fewest votes.
    Fewest,
    /// As many winners as may share one of its tags.
    Limit,
}

/// A tie that mattered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The round, from 1; 0 where there are none.
    pub round: usize,
    /// What it was about.
    pub over: Over,
    /// Who was tied.
    pub among: Vec<usize>,
    /// Who won the seat or left the count by it; several only if nothing broke it.
    pub left: Vec<usize>,
    /// What broke it.
    pub by: Vec<TieBreak>,
    /// Whether there were more in `left` than there was room for.
    pub open: bool,
}

impl Tie {
    /// Says whether something broke it.
    pub fn is_broken(&self) -> bool {
        !self.open
    }
}

/// What a tie was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// Who wins.
    Seat,
    /// Who leaves the count.
    Elimination,
}

/// How two options compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The two.
    pub options: [usize; 2],
    /// How many votes prefer the first to the second, and the second to the first.
    pub votes: [u64; 2],
    /// The strength of the strongest path from the first to the second, and back.
    pub paths: [u64; 2],
}

/// Counts ballots by a rule that can stand ([`Counting::check`]).
///
/// Where no ballot ranks anything nobody wins: that is no tie.
pub fn count(counting: &Counting, ballots: &Ballots) -> Count {
    if ballots.total() == 0 {
        let all: Vec<usize> = (0..ballots.options().len()).collect();
        return Count { ranking: if all.is_empty() { Vec::new() } else { vec![all] }, ..Count::default() };
    }
    match counting.method {
        Method::Schulze => schulze::count(counting, ballots),
        Method::Irv => irv::count(counting, ballots),
        Method::Stv => stv::count(counting, ballots),
    }
}
