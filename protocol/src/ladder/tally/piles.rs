//! Piles of ballots that move from option to option, each at what it is still worth.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_rational::BigRational;

use super::{Ballots, Ranking};
use crate::charter::Counting;

/// A number of votes, exactly.
pub(super) type Votes = BigRational;

/// The whole number of votes.
pub(super) fn whole(votes: u64) -> Votes {
    Votes::from_integer(votes.into())
}

/// Piles of ballots, one for each option.
///
/// Invariant: what is in the piles, what elected options keep, what is exhausted and what cutting off has cost are
/// together all votes.
pub(super) struct Piles {
    ballots: Vec<(Ranking, u64)>,
    /// By option: ballots by what each of them is worth.
    piles: Vec<BTreeMap<Votes, Vec<usize>>>,
    /// By option: the votes in its pile, or what it kept when it passed its surplus on.
    votes: Vec<Votes>,
    /// By option: whether it still takes votes.
    continuing: Vec<bool>,
    exhausted: Votes,
    total: Votes,
    /// 10 to the power of the decimal places, if votes have only so many.
    places: Option<BigInt>,
}

impl Piles {
    /// Deals all ballots to their first options.
    pub(super) fn deal(counting: &Counting, ballots: &Ballots) -> Self {
        let options = ballots.options().len();
        let mut piles = Self {
            ballots: ballots.read(counting.unranked),
            piles: vec![BTreeMap::new(); options],
            votes: vec![whole(0); options],
            continuing: vec![true; options],
            exhausted: whole(0),
            total: whole(ballots.total()),
            places: counting.decimals.map(|places| BigInt::from(10).pow(places)),
        };
        piles.pass(&whole(1), (0..piles.ballots.len()).collect());
        piles
    }

    /// The votes of an option.
    pub(super) fn votes(&self, option: usize) -> &Votes {
        &self.votes[option]
    }

    /// All votes, by option.
    pub(super) fn all_votes(&self) -> Vec<Votes> {
        self.votes.clone()
    }

    /// The votes of ballots that rank nobody any more who takes votes.
    pub(super) fn exhausted(&self) -> &Votes {
        &self.exhausted
    }

    /// All votes that were cast.
    pub(super) fn total(&self) -> &Votes {
        &self.total
    }

    /// The votes that cutting off decimals has cost.
    pub(super) fn lost(&self) -> Option<Votes> {
        self.places.as_ref()?;
        let there: Votes = self.votes.iter().sum();
        Some(&self.total - there - &self.exhausted)
    }

    /// Takes no more votes for options that have won; they keep theirs.
    pub(super) fn stop(&mut self, options: &[usize]) {
        options.iter().for_each(|option| self.continuing[*option] = false);
    }

    /// Takes options out of the count together: their ballots pass on at what they are worth.
    pub(super) fn eliminate(&mut self, options: &[usize]) {
        self.stop(options);
        for option in options {
            self.votes[*option] = whole(0);
            for (worth, ballots) in std::mem::take(&mut self.piles[*option]) {
                self.pass(&worth, ballots);
            }
        }
    }

    /// Passes on what elected options have beyond the quota: all their ballots, each at surplus by votes of its worth.
    pub(super) fn pass_surplus(&mut self, options: &[usize], quota: &Votes) {
        for option in options {
            let votes = std::mem::replace(&mut self.votes[*option], quota.clone());
            let share = (&votes - quota) / &votes;
            for (worth, ballots) in std::mem::take(&mut self.piles[*option]) {
                let worth = self.cut(worth * &share);
                self.pass(&worth, ballots);
            }
        }
    }

    /// Gives ballots to the first options on them that take votes; equal ranks share.
    fn pass(&mut self, worth: &Votes, ballots: Vec<usize>) {
        let mut heirs: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        let mut exhausted = 0;
        for ballot in ballots {
            let (ranking, count) = &self.ballots[ballot];
            let continues = |option: &&usize| self.continuing[**option];
            match ranking.iter().find(|group| group.iter().any(|option| self.continuing[*option])) {
                None => exhausted += count,
                Some(group) => {
                    let share = group.iter().filter(continues).count();
                    for option in group.iter().filter(continues) {
                        heirs.entry((share, *option)).or_default().push(ballot);
                    }
                }
            }
        }
        self.exhausted += worth * whole(exhausted);
        for ((share, option), mut ballots) in heirs {
            let worth = if share == 1 { worth.clone() } else { self.cut(worth / whole(share as u64)) };
            let count = ballots.iter().map(|ballot| self.ballots[*ballot].1).sum();
            self.votes[option] += &worth * whole(count);
            self.piles[option].entry(worth).or_default().append(&mut ballots);
        }
    }

    /// The least number of votes with the rule's decimals that is not below.
    pub(super) fn not_below(&self, votes: Votes) -> Votes {
        match &self.places {
            Some(places) => (votes * places).ceil() / places,
            None => votes,
        }
    }

    fn cut(&self, votes: Votes) -> Votes {
        match &self.places {
            Some(places) => (votes * places).floor() / places,
            None => votes,
        }
    }

    /// A number of votes as people read it: whole, a fraction, or with the rule's decimals.
    pub(super) fn words(&self, votes: &Votes) -> String {
        match &self.places {
            Some(places) if !votes.is_integer() => {
                let digits = places.to_string().len() - 1;
                let scaled = (votes * places).to_integer();
                format!("{}.{:0>digits$}", &scaled / places, (&scaled % places).to_string())
            }
            _ => votes.to_string(),
        }
    }
}
