//! Instant runoff: the last leaves and passes votes on, until somebody has more than half of those that still count.

use super::{Ballots, Because, Count, piles::whole, tabulation::Tabulation};
use crate::charter::Counting;

/// Counts in rounds. The quota of a round is half of the votes that are not exhausted: a winner has more.
pub(super) fn count(counting: &Counting, ballots: &Ballots) -> Count {
    let mut count = Tabulation::new(counting, ballots);
    loop {
        let half = (count.piles.total() - count.piles.exhausted()) / whole(2);
        count.round(&half);
        let majority: Vec<usize> =
            count.hopeful.iter().copied().filter(|option| *count.piles.votes(*option) > half).collect();
        if !majority.is_empty() {
            count.elect(&majority, Because::Majority);
            return count.finish();
        }
        if let [only] = count.hopeful[..] {
            count.elect(&[only], Because::Remaining);
            return count.finish();
        }
        let votes = count.piles.all_votes();
        match count.last() {
            Some(last) => count.eliminate(last, Because::Fewest),
            None => return count.finish(),
        }
        count.end_round(votes);
    }
}
