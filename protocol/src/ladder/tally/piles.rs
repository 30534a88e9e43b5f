//! Piles of ballots: each is worth something, which belongs to the first options on it that still take votes.

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

/// Ballots by what each of them is worth.
type Parcels = BTreeMap<Votes, Vec<usize>>;

/// The votes of a count.
///
/// A ballot belongs to those of its first rank with somebody in the count who are in the count. Where that is one option
/// it lies in its pile until the option leaves; where several share it, shares are worked out anew after each change,
/// once for each ballot, so that equal ranks cost no more than others. What an option held when it won is out of the
/// count; a surplus comes back.
///
/// Invariant: what options have, what is exhausted and what cutting off has cost are together all votes.
pub(super) struct Piles {
    ballots: Vec<(Ranking, u64)>,
    /// By ballot: its first rank with somebody in the count; those before it are done with.
    ranks: Vec<usize>,
    /// By option: ballots that are its alone.
    own: Vec<Parcels>,
    /// By option: the votes of these.
    own_votes: Vec<Votes>,
    /// Ballots that several options share.
    shared: Parcels,
    /// By option: what it held when it won.
    held: Vec<Parcels>,
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
        let read = ballots.read(counting.unranked);
        let all = (0..read.len()).collect();
        let mut piles = Self {
            ranks: vec![0; read.len()],
            own: vec![Parcels::new(); options],
            own_votes: vec![whole(0); options],
            shared: Parcels::new(),
            ballots: read,
            held: vec![Parcels::new(); options],
            votes: vec![whole(0); options],
            continuing: vec![true; options],
            exhausted: whole(0),
            total: whole(ballots.total()),
            places: counting.decimals.map(|places| BigInt::from(10).pow(places)),
        };
        piles.pass(&whole(1), all);
        piles.recount();
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

    /// Takes no more votes for options that have won; what they hold leaves the count.
    pub(super) fn stop(&mut self, options: &[usize]) {
        for option in options {
            self.held[*option] = std::mem::take(&mut self.own[*option]);
        }
        for (worth, ballots) in std::mem::take(&mut self.shared) {
            for ballot in ballots {
                let (all, won) = (self.heirs(ballot).count(), self.heirs(ballot).filter(|heir| options.contains(heir)));
                let won: Vec<usize> = won.collect();
                if won.is_empty() {
                    self.shared.entry(worth.clone()).or_default().push(ballot);
                    continue;
                }
                let part = self.cut(&worth / whole(all as u64));
                let rest = &part * whole((all - won.len()) as u64);
                won.into_iter().for_each(|heir| self.held[heir].entry(part.clone()).or_default().push(ballot));
                if rest > whole(0) {
                    self.shared.entry(rest).or_default().push(ballot);
                }
            }
        }
        options.iter().for_each(|option| self.continuing[*option] = false);
        self.recount();
    }

    /// Takes options out of the count together: their votes pass on.
    pub(super) fn eliminate(&mut self, options: &[usize]) {
        options.iter().for_each(|option| self.continuing[*option] = false);
        for option in options {
            (self.votes[*option], self.own_votes[*option]) = (whole(0), whole(0));
            for (worth, ballots) in std::mem::take(&mut self.own[*option]) {
                self.pass(&worth, ballots);
            }
        }
        self.recount();
    }

    /// Passes on what options that won have beyond the quota: all ballots that they hold, each at surplus by votes of
    /// its worth.
    pub(super) fn pass_surplus(&mut self, options: &[usize], quota: &Votes) {
        for option in options {
            let votes = std::mem::replace(&mut self.votes[*option], quota.clone());
            let share = (&votes - quota) / &votes;
            for (worth, ballots) in std::mem::take(&mut self.held[*option]) {
                let worth = self.cut(worth * &share);
                self.pass(&worth, ballots);
            }
        }
        self.recount();
    }

    /// Gives ballots to those whose they are now; those that rank nobody any more are exhausted.
    fn pass(&mut self, worth: &Votes, ballots: Vec<usize>) {
        let mut heirs: Vec<Vec<usize>> = vec![Vec::new(); self.continuing.len()];
        let (mut shared, mut exhausted) = (Vec::new(), 0);
        for ballot in ballots {
            self.advance(ballot);
            let mut several = self.heirs(ballot);
            match (several.next(), several.next()) {
                (None, _) => exhausted += self.ballots[ballot].1,
                (Some(heir), None) => heirs[heir].push(ballot),
                (Some(_), Some(_)) => shared.push(ballot),
            }
        }
        self.exhausted += worth * whole(exhausted);
        for (heir, mut ballots) in heirs.into_iter().enumerate().filter(|(_, ballots)| !ballots.is_empty()) {
            let count = ballots.iter().map(|ballot| self.ballots[*ballot].1).sum();
            self.own_votes[heir] += worth * whole(count);
            self.own[heir].entry(worth.clone()).or_default().append(&mut ballots);
        }
        if !shared.is_empty() {
            self.shared.entry(worth.clone()).or_default().append(&mut shared);
        }
    }

    /// Works out anew who shares what, and what each option that takes votes has.
    fn recount(&mut self) {
        let options = self.continuing.len();
        for (worth, ballots) in std::mem::take(&mut self.shared) {
            self.pass(&worth, ballots);
        }
        for option in (0..options).filter(|option| self.continuing[*option]) {
            self.votes[option] = self.own_votes[option].clone();
        }
        for (worth, ballots) in &self.shared {
            // By the number of those who share: how many ballots each option shares in.
            let mut counts: Vec<Vec<u64>> = vec![Vec::new(); options + 1];
            for ballot in ballots {
                let counts = &mut counts[self.heirs(*ballot).count()];
                counts.resize(options, 0);
                self.heirs(*ballot).for_each(|heir| counts[heir] += self.ballots[*ballot].1);
            }
            for (share, counts) in counts.into_iter().enumerate().filter(|(_, counts)| !counts.is_empty()) {
                let part = self.cut(worth / whole(share as u64));
                let some = counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
                some.for_each(|(option, count)| self.votes[option] += &part * whole(count));
            }
        }
    }

    /// Leaves ranks behind in which nobody is in the count any more.
    fn advance(&mut self, ballot: usize) {
        let (ranking, rank) = (&self.ballots[ballot].0, &mut self.ranks[ballot]);
        while ranking.get(*rank).is_some_and(|group| !group.iter().any(|option| self.continuing[*option])) {
            *rank += 1;
        }
    }

    /// Those whose a ballot is: of its rank all who are in the count.
    fn heirs(&self, ballot: usize) -> impl Iterator<Item = usize> {
        let group = self.ballots[ballot].0.get(self.ranks[ballot]).map(Vec::as_slice).unwrap_or_default();
        group.iter().copied().filter(|option| self.continuing[*option])
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
