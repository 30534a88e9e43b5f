//! Seats: how many are left, and who may still have one, where winners may share a tag only so often.

use super::{Ballots, Over, Tie, piles::Votes, ties::Ties};
use crate::charter::Counting;

/// The seats of a count.
pub(super) struct Seats<'a> {
    counting: &'a Counting,
    ballots: &'a Ballots,
    pub(super) elected: Vec<usize>,
}

/// Says that a tie for a seat stays.
pub(super) struct Tied;

impl<'a> Seats<'a> {
    pub(super) fn new(counting: &'a Counting, ballots: &'a Ballots) -> Self {
        Self { counting, ballots, elected: Vec::new() }
    }

    /// How many are left.
    pub(super) fn left(&self) -> usize {
        self.counting.seats as usize - self.elected.len()
    }

    /// Says whether an option may win: a seat is left, and no limit is reached by those who have won.
    pub(super) fn admit(&self, option: usize) -> bool {
        self.admit_all(&[option])
    }

    fn admit_all(&self, group: &[usize]) -> bool {
        let tag = |option: usize, tag: &str| self.ballots.options()[option].tags.get(tag);
        let within = |name: &str, most: u32| {
            group.iter().all(|option| {
                let Some(value) = tag(*option, name) else { return true };
                let sharing = self.elected.iter().chain(group).filter(|other| tag(**other, name) == Some(value));
                sharing.count() <= most as usize
            })
        };
        group.len() <= self.left() && self.counting.at_most.iter().all(|limit| within(limit.tag.as_str(), limit.count))
    }

    /// Seats a group of equals: all of them, or where there is no room for all, those whom the breakers of ties prefer.
    ///
    /// # Errors
    /// If nothing decides who of them wins.
    pub(super) fn fill(
        &mut self,
        group: &[usize],
        ties: &mut Ties<'_>,
        earlier: &[Vec<Votes>],
        round: usize,
    ) -> Result<(), Tied> {
        let mut among: Vec<usize> = group.to_vec();
        loop {
            among.retain(|option| self.admit(*option));
            if among.is_empty() {
                return Ok(());
            }
            if self.admit_all(&among) {
                self.elected.append(&mut among);
                return Ok(());
            }
            let (left, by) = ties.narrow(Over::Seat, &among, earlier);
            let open = left.len() == among.len() || !self.admit_all(&left);
            ties.met.push(Tie { round, over: Over::Seat, among: among.clone(), left: left.clone(), by, open });
            if open {
                return Err(Tied);
            }
            among.retain(|option| !left.contains(option));
            self.elected.extend(left);
        }
    }
}
