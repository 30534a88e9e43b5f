//! The rounds of a count that moves ballots: who is still in it, what has happened, what is last.

use super::{
    Ballots, Because, Count, Over, Round, Step, Tie,
    piles::{Piles, Votes},
    seats::Seats,
    ties::Ties,
};
use crate::charter::Counting;

/// A count under way.
pub(super) struct Tabulation<'a> {
    pub(super) piles: Piles,
    pub(super) seats: Seats<'a>,
    ties: Ties<'a>,
    /// Options that have neither won nor left.
    pub(super) hopeful: Vec<usize>,
    /// Who has won, in groups of equals.
    won: Vec<Vec<usize>>,
    /// Who has left, in groups of equals, the first to leave first.
    out: Vec<Vec<usize>>,
    /// The votes of all options in the rounds before this one.
    earlier: Vec<Vec<Votes>>,
    rounds: Vec<Round>,
}

impl<'a> Tabulation<'a> {
    pub(super) fn new(counting: &'a Counting, ballots: &'a Ballots) -> Self {
        Self {
            piles: Piles::deal(counting, ballots),
            seats: Seats::new(counting, ballots),
            ties: Ties::new(counting, ballots),
            hopeful: (0..ballots.options().len()).collect(),
            won: Vec::new(),
            out: Vec::new(),
            earlier: Vec::new(),
            rounds: Vec::new(),
        }
    }

    /// Starts a round: records the votes.
    pub(super) fn round(&mut self, quota: &Votes) {
        let mut named: Vec<usize> = self.hopeful.iter().chain(self.won.iter().flatten()).copied().collect();
        named.sort_unstable();
        let words = |votes: &Votes| self.piles.words(votes);
        let round = Round {
            votes: named.into_iter().map(|option| (option, words(self.piles.votes(option)))).collect(),
            quota: words(quota),
            exhausted: words(self.piles.exhausted()),
            lost: self.piles.lost().map(|lost| words(&lost)),
            steps: Vec::new(),
        };
        self.rounds.push(round);
    }

    /// Ends a round: its votes are those of an earlier one from now on.
    pub(super) fn end_round(&mut self, votes: Vec<Votes>) {
        self.earlier.push(votes);
    }

    /// Gives seats to options, those with more votes first; says who won, or that a tie for a seat stays.
    pub(super) fn elect(&mut self, options: &[usize], because: Because) -> Option<Vec<usize>> {
        let before = self.seats.elected.len();
        let mut tied = false;
        for group in self.by_votes(options) {
            if self.seats.fill(&group, &mut self.ties, &self.earlier, self.rounds.len()).is_err() {
                tied = true;
                break;
            }
        }
        let new = self.seats.elected[before..].to_vec();
        self.won.extend(self.by_votes(&new));
        self.hopeful.retain(|option| !new.contains(option));
        self.piles.stop(&new);
        if !new.is_empty() {
            self.note(Step::Elected(new.clone(), because));
        }
        (!tied).then_some(new)
    }

    /// Takes options out and passes their votes on.
    pub(super) fn eliminate(&mut self, options: Vec<usize>, because: Because) {
        self.hopeful.retain(|option| !options.contains(option));
        self.piles.eliminate(&options);
        self.note(Step::Eliminated(options.clone(), because));
        self.out.push(options);
    }

    /// Passes surpluses on.
    pub(super) fn pass_surplus(&mut self, options: Vec<usize>, quota: &Votes) {
        let surplus = options.first().map(|option| self.piles.votes(*option) - quota);
        let words = surplus.map(|surplus| self.piles.words(&surplus)).unwrap_or_default();
        self.piles.pass_surplus(&options, quota);
        self.note(Step::Surplus(options, words));
    }

    /// Who leaves next: the last of the hopeful, or several who can leave together because nothing depends on their
    /// order; `None` if a tie stays.
    pub(super) fn last(&mut self) -> Option<Vec<usize>> {
        let mut ranks = self.by_votes(&self.hopeful);
        let last = ranks.pop()?;
        if last.len() == 1 {
            return Some(last);
        }
        let together: Votes = last.iter().map(|option| self.piles.votes(*option)).sum();
        let next = ranks.last().and_then(|rank| rank.first()).map(|option| self.piles.votes(*option));
        let rest = self.hopeful.len() - last.len();
        if rest >= self.seats.left() && next.is_some_and(|next| together < *next) {
            return Some(last);
        }
        let (left, by) = self.ties.narrow(Over::Elimination, &last, &self.earlier);
        let open = left.len() > 1;
        let over = if rest == 0 && open { Over::Seat } else { Over::Elimination };
        self.ties.met.push(Tie { round: self.rounds.len(), over, among: last, left: left.clone(), by, open });
        (!open).then_some(left)
    }

    /// Options in groups of equal votes, the most first.
    pub(super) fn by_votes(&self, options: &[usize]) -> Vec<Vec<usize>> {
        let mut sorted = options.to_vec();
        sorted.sort_by(|a, b| self.piles.votes(*b).cmp(self.piles.votes(*a)).then(a.cmp(b)));
        sorted.chunk_by(|a, b| self.piles.votes(*a) == self.piles.votes(*b)).map(<[usize]>::to_vec).collect()
    }

    /// What it came to: the winners, then the hopeful by their votes, then who left, the last to leave first.
    pub(super) fn finish(mut self) -> Count {
        let hopeful = self.by_votes(&self.hopeful);
        let mut ranking = std::mem::take(&mut self.won);
        ranking.extend(hopeful);
        ranking.extend(self.out.into_iter().rev());
        Count { elected: self.seats.elected, ranking, rounds: self.rounds, ties: self.ties.met, pairs: Vec::new() }
    }

    fn note(&mut self, step: Step) {
        if let Some(round) = self.rounds.last_mut() {
            round.steps.push(step);
        }
    }
}
