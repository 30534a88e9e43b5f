//! The single transferable vote by the weighted inclusive Gregory method: all ballots of who is elected pass on, each
//! at its share of the surplus.

use super::{
    Ballots, Because, Count,
    piles::{Votes, whole},
    tabulation::Tabulation,
};
use crate::charter::{Counting, Quota};

/// Counts in rounds. In each, one thing happens, the first of these that can:
/// - who has reached the quota is elected; who may not win any more by a limit leaves
/// - no more are left than seats: all of them are elected
/// - the largest surplus passes on; equal ones together, because elected options take no votes from each other
/// - the last leaves
pub(super) fn count(counting: &Counting, ballots: &Ballots) -> Count {
    let mut count = Tabulation::new(counting, ballots);
    let quota = count.piles.not_below(quota(counting, ballots));
    let mut surpluses: Vec<usize> = Vec::new();
    loop {
        count.round(&quota);
        let votes = count.piles.all_votes();
        let there: Vec<usize> =
            count.hopeful.iter().copied().filter(|option| *count.piles.votes(*option) >= quota).collect();
        let Some(elected) = count.elect(&there, Because::Quota) else { return count.finish() };
        surpluses.extend(elected);
        if count.seats.left() == 0 || count.hopeful.is_empty() {
            return count.finish();
        }
        let barred: Vec<usize> = count.hopeful.iter().copied().filter(|option| !count.seats.admit(*option)).collect();
        if !barred.is_empty() {
            count.eliminate(barred, Because::Limit);
        } else if count.hopeful.len() <= count.seats.left() {
            let hopeful = count.hopeful.clone();
            count.elect(&hopeful, Because::Remaining);
            return count.finish();
        } else if let Some(largest) = largest(&mut surpluses, &count, &quota) {
            count.pass_surplus(largest, &quota);
        } else {
            match count.last() {
                Some(last) => count.eliminate(last, Because::Fewest),
                None => return count.finish(),
            }
        }
        count.end_round(votes);
    }
}

/// The votes that a seat takes. In whole votes where the rule says Droop: the least number that only as many options as
/// there are seats can have.
fn quota(counting: &Counting, ballots: &Ballots) -> Votes {
    let (total, seats) = (whole(ballots.total()), whole(counting.seats.into()));
    match counting.quota.unwrap_or(Quota::Droop) {
        Quota::Droop => (total / (seats + whole(1))).floor() + whole(1),
        Quota::Hare => total / seats,
    }
}

/// Takes the elected options with the largest surplus, if there is one at all.
fn largest(surpluses: &mut Vec<usize>, count: &Tabulation<'_>, quota: &Votes) -> Option<Vec<usize>> {
    surpluses.retain(|option| count.piles.votes(*option) > quota);
    let largest = count.by_votes(surpluses).into_iter().next()?;
    surpluses.retain(|option| !largest.contains(option));
    Some(largest)
}
