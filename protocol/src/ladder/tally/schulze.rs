//! Schulze's method with winning votes; several seats go from the top of the ranking down.

use super::{Ballots, Count, Pair, pairs::Pairs, seats::Seats, ties::Ties};
use crate::charter::Counting;

/// Counts by strongest paths: an option precedes another if its path to that one is stronger than the path back.
///
/// That relation is transitive, so that the unbeaten are never none; the ranking takes them off, rank by rank.
pub(super) fn count(counting: &Counting, ballots: &Ballots) -> Count {
    let options = ballots.options().len();
    let pairs = Pairs::of(ballots, counting.unranked);
    let paths = pairs.strongest_paths();
    let path = |a: usize, b: usize| paths[a * options + b];
    let mut ranking = Vec::new();
    let mut left: Vec<usize> = (0..options).collect();
    while !left.is_empty() {
        let unbeaten = |option: &usize| left.iter().all(|other| path(*other, *option) <= path(*option, *other));
        let (group, rest) = left.iter().partition(|option| unbeaten(option));
        ranking.push(group);
        left = rest;
    }
    let mut ties = Ties::new(counting, ballots);
    let mut seats = Seats::new(counting, ballots);
    for group in &ranking {
        if seats.fill(group, &mut ties, &[], 0).is_err() {
            break;
        }
    }
    let compared = (0..options).flat_map(|a| (a + 1..options).map(move |b| (a, b)));
    let compare = |(a, b)| Pair {
        options: [a, b],
        votes: [pairs.votes(a, b), pairs.votes(b, a)],
        paths: [path(a, b), path(b, a)],
    };
    Count {
        pairs: compared.map(compare).collect(),
        elected: seats.elected,
        ranking,
        ties: ties.met,
        ..Count::default()
    }
}
