//! Ties: what breaks them, and a record of each.

use std::cell::OnceCell;

use super::{Ballots, Over, Tie, pairs::Pairs, piles::Votes};
use crate::charter::{Counting, TieBreak};

/// The breakers that a rule names, and the ties that came up.
pub(super) struct Ties<'a> {
    counting: &'a Counting,
    ballots: &'a Ballots,
    /// Compared when first asked for: most counts have no tie.
    pairs: OnceCell<Pairs>,
    pub(super) met: Vec<Tie>,
}

impl<'a> Ties<'a> {
    pub(super) fn new(counting: &'a Counting, ballots: &'a Ballots) -> Self {
        Self { counting, ballots, pairs: OnceCell::new(), met: Vec::new() }
    }

    /// Who of the tied wins the seat or leaves the count: narrowed by one breaker after the other until one is left.
    ///
    /// `earlier` holds the votes of all options in the rounds before, the latest last.
    pub(super) fn narrow(&self, over: Over, among: &[usize], earlier: &[Vec<Votes>]) -> (Vec<usize>, Vec<TieBreak>) {
        let (mut left, mut by) = (among.to_vec(), Vec::new());
        for breaker in &self.counting.ties {
            if left.len() < 2 {
                break;
            }
            let narrowed = match breaker {
                TieBreak::Earlier => by_votes(over, &left, earlier),
                TieBreak::Pairwise => self.by_pairs(over, &left),
                TieBreak::Order => by_order(over, &left),
            };
            if narrowed.len() < left.len() {
                by.push(*breaker);
                left = narrowed;
            }
        }
        (left, by)
    }

    fn by_pairs(&self, over: Over, left: &[usize]) -> Vec<usize> {
        let pairs = self.pairs.get_or_init(|| Pairs::of(self.ballots, self.counting.unranked));
        let stays = |option: &usize| match over {
            Over::Seat => !left.iter().any(|other| pairs.beats(*other, *option)),
            Over::Elimination => !left.iter().any(|other| pairs.beats(*option, *other)),
        };
        let found: Vec<usize> = left.iter().copied().filter(stays).collect();
        // Around a circle everybody beats somebody: that says nothing.
        if found.is_empty() { left.to_vec() } else { found }
    }
}

/// The most or the fewest votes in the latest earlier round in which there is a difference, and so on before it.
fn by_votes(over: Over, left: &[usize], earlier: &[Vec<Votes>]) -> Vec<usize> {
    let mut left = left.to_vec();
    for votes in earlier.iter().rev() {
        let of = |option: &usize| &votes[*option];
        let extreme = match over {
            Over::Seat => left.iter().map(of).max(),
            Over::Elimination => left.iter().map(of).min(),
        };
        let Some(extreme) = extreme.cloned() else { break };
        left.retain(|option| *of(option) == extreme);
    }
    left
}

fn by_order(over: Over, left: &[usize]) -> Vec<usize> {
    let found = match over {
        Over::Seat => left.iter().min(),
        Over::Elimination => left.iter().max(),
    };
    found.copied().into_iter().collect()
}
