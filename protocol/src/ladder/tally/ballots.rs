//! What is counted: options, and ballots that rank them.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::charter::Unranked;

/// Options in the order of preference, by their places; those that stand together rank equally.
pub type Ranking = Vec<Vec<usize>>;

/// An option.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What ballots call it.
    pub label: String,
    /// What it shares with others, by the tag's name: `employer` → `acme`.
    pub tags: BTreeMap<String, String>,
}

/// Options, and ballots that rank them; equal ballots are one with their number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ballots {
    options: Vec<Choice>,
    ballots: BTreeMap<Ranking, u64>,
}

/// Says why a ballot is none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BallotError {
    /// It ranks something that is no option.
    #[error("it ranks option {0}, and there is none of that number")]
    NoOption(usize),
    /// It ranks an option twice.
    #[error("it ranks '{0}' twice")]
    Twice(String),
}

impl Ballots {
    /// Starts without ballots.
    pub fn new(options: Vec<Choice>) -> Self {
        Self { options, ballots: BTreeMap::new() }
    }

    /// Adds `count` ballots that rank alike; one that ranks nothing says nothing and is left out.
    ///
    /// # Errors
    /// If it ranks what is no option, or an option twice.
    pub fn add(&mut self, count: u64, mut ranking: Ranking) -> Result<(), BallotError> {
        let mut seen = BTreeSet::new();
        for option in ranking.iter().flatten() {
            let choice = self.options.get(*option).ok_or(BallotError::NoOption(*option))?;
            if !seen.insert(*option) {
                return Err(BallotError::Twice(choice.label.clone()));
            }
        }
        ranking.retain(|group| !group.is_empty());
        ranking.iter_mut().for_each(|group| group.sort_unstable());
        if !ranking.is_empty() && count > 0 {
            *self.ballots.entry(ranking).or_default() += count;
        }
        Ok(())
    }

    /// The options.
    pub fn options(&self) -> &[Choice] {
        &self.options
    }

    /// The different ballots, each with its number.
    pub fn iter(&self) -> impl Iterator<Item = (&Ranking, u64)> {
        self.ballots.iter().map(|(ranking, count)| (ranking, *count))
    }

    /// How many ballots rank something.
    pub fn total(&self) -> u64 {
        self.ballots.values().sum()
    }

    /// The ballots as the rule reads them: with what they leave out as their last rank, or without it.
    pub(super) fn read(&self, unranked: Unranked) -> Vec<(Ranking, u64)> {
        let all = 0..self.options.len();
        let complete = |ranking: &Ranking| {
            let ranked: BTreeSet<usize> = ranking.iter().flatten().copied().collect();
            let rest: Vec<usize> = all.clone().filter(|option| !ranked.contains(option)).collect();
            let mut ranking = ranking.clone();
            ranking.extend((!rest.is_empty()).then_some(rest));
            ranking
        };
        let read = |(ranking, count): (&Ranking, u64)| match unranked {
            Unranked::Last => (complete(ranking), count),
            Unranked::Ignore => (ranking.clone(), count),
        };
        self.iter().map(read).collect()
    }
}
