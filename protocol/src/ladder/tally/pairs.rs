//! Comparisons of every option with every other.

use super::Ballots;
use crate::charter::Unranked;

/// How many votes prefer each option to each other one.
///
/// An equal rank prefers none; where unranked is no opinion, no pair with an unranked option is counted.
#[derive(Clone, Debug)]
pub(super) struct Pairs {
    options: usize,
    preferred: Vec<u64>,
}

impl Pairs {
    pub(super) fn of(ballots: &Ballots, unranked: Unranked) -> Self {
        let options = ballots.options().len();
        let mut pairs = Self { options, preferred: vec![0; options * options] };
        for (ranking, count) in ballots.read(unranked) {
            let mut later: Vec<usize> = ranking.iter().flatten().copied().collect();
            for group in &ranking {
                later.drain(..group.len());
                for winner in group {
                    let row = &mut pairs.preferred[winner * options..][..options];
                    later.iter().for_each(|loser| row[*loser] += count);
                }
            }
        }
        pairs
    }

    /// How many votes prefer `a` to `b`.
    pub(super) fn votes(&self, a: usize, b: usize) -> u64 {
        self.preferred[a * self.options + b]
    }

    /// Says whether more votes prefer `a` to `b` than the other way round.
    pub(super) fn beats(&self, a: usize, b: usize) -> bool {
        self.votes(a, b) > self.votes(b, a)
    }

    /// The strength of the strongest path from each option to each other one, by rows: of all chains of victories the
    /// one whose weakest victory has the most winning votes (Schulze 2011, section 2.3.1).
    pub(super) fn strongest_paths(&self) -> Vec<u64> {
        let n = self.options;
        let strength = |a: usize, b: usize| if self.beats(a, b) { self.votes(a, b) } else { 0 };
        let mut paths: Vec<u64> = (0..n * n).map(|at| strength(at / n, at % n)).collect();
        for via in 0..n {
            for from in (0..n).filter(|from| *from != via) {
                let first = paths[from * n + via];
                for to in (0..n).filter(|to| *to != via && *to != from) {
                    let path = first.min(paths[via * n + to]);
                    paths[from * n + to] = paths[from * n + to].max(path);
                }
            }
        }
        paths
    }
}
