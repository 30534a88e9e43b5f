//! One branch of a steward's log: what it says of each terms, what is promised by that, and what it may say next.

use super::{Capacity, Mistake, Until, WINDOWS};

/// The last date there is.
pub(super) const LAST: u8 = 5;

/// How terms stand in a branch. What others say is cited in the entry that needs it: before, it could only forbid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Stand {
    Unknown,
    /// The request is cited.
    Known,
    Held(Until),
    /// The hold ended by itself.
    Ended,
    /// The hold, which would have lasted until then, went for one of other terms of the negotiation.
    Countered(Until),
    /// It never accepted.
    Declined,
    /// It accepted, and declined when its hold was over.
    Withdrew,
    /// Committed, of the closer.
    Taken,
    /// Of a holder: by itself.
    Lapsed,
    /// Of the closer; of a holder: citing that.
    LetGo,
    Released,
}

impl Stand {
    /// Whether the branch says that it accepts.
    pub(super) fn accepted(self) -> bool {
        !matches!(self, Self::Unknown | Self::Known | Self::Declined)
    }

    /// Whether something is promised, as long as no entry comes.
    pub(super) fn promises(self) -> bool {
        matches!(self, Self::Held(_) | Self::Taken)
    }

    /// Whether they may still come into force, as far as the branch knows.
    fn is_open(self) -> bool {
        !matches!(self, Self::Taken | Self::Released | Self::Declined | Self::Withdrew | Self::LetGo)
    }

    /// Whether the hold is over, and the branch has not said so.
    pub(super) fn is_over(self, now: u8) -> bool {
        matches!(self, Self::Ended | Self::Countered(_)) || matches!(self, Self::Held(until) if until <= now)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Books {
    /// The date of its next entry.
    pub(super) now: u8,
    pub(super) capacity: i8,
    /// What the ledger has promised of each window, changed with each entry.
    pub(super) ledger: [i8; WINDOWS],
    pub(super) stands: Vec<Stand>,
}

/// The rules for one log.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) model: &'a Capacity,
    pub(super) log: usize,
}

impl Rules<'_> {
    fn is_closer(self, terms: usize) -> bool {
        self.model.terms[terms].closer == self.log
    }

    fn is(self, mistake: Mistake) -> bool {
        self.model.mistake == mistake
    }

    fn charge(self, books: &mut Books, terms: usize, sign: i8) {
        for (window, amount) in self.model.terms[terms].amounts.into_iter().enumerate() {
            books.ledger[window] += sign * amount;
        }
    }

    /// What an entry does first: holds end whose end has come.
    pub(super) fn expire(self, books: &Books) -> Books {
        let mut after = books.clone();
        for terms in 0..books.stands.len() {
            if matches!(books.stands[terms], Stand::Held(until) if until <= books.now) {
                after.stands[terms] = Stand::Ended;
                self.charge(&mut after, terms, -1);
            }
        }
        after
    }

    /// A date later. What is over ends at once here, as each entry would do it first; where nothing can come of the terms any
    /// more by a date of this log, its dates count no further.
    pub(super) fn tick(self, books: &Books) -> Option<Books> {
        let later = Books { now: books.now + 1, ..books.clone() };
        let mut after = if self.is(Mistake::StaleCheck) { later } else { self.expire(&later) };
        for (stand, text) in after.stands.iter_mut().zip(&self.model.terms) {
            if matches!(stand, Stand::Unknown | Stand::Known) && after.now > text.by {
                *stand = Stand::Declined;
            }
        }
        let waits = |stand: &Stand| matches!(stand, Stand::Unknown | Stand::Known | Stand::Held(_));
        if !after.stands.iter().any(waits) {
            after.now = LAST;
        }
        (books.now < LAST).then_some(after)
    }

    /// What the stands come to, in a window.
    pub(super) fn promised(self, books: &Books, window: usize) -> i8 {
        let promises = |(stand, _): &(&Stand, &super::Terms)| stand.promises();
        let each = books.stands.iter().zip(&self.model.terms).filter(promises);
        each.map(|(_, terms)| terms.amounts[window]).sum()
    }

    /// The books as the entries of the branch give them, after a restart.
    pub(super) fn restart(self, books: &Books) -> Books {
        let mut after = books.clone();
        after.ledger = [0; WINDOWS];
        for terms in 0..books.stands.len() {
            let held = matches!(books.stands[terms], Stand::Held(_)) && !self.is(Mistake::RestartForgetsHolds);
            if held || books.stands[terms] == Stand::Taken {
                self.charge(&mut after, terms, 1);
            }
        }
        after
    }

    /// Cites a request, or terms that the other steward states.
    pub(super) fn know(self, books: &Books, terms: usize) -> Option<Books> {
        let mut after = books.clone();
        if books.stands[terms] != Stand::Unknown || books.now > self.model.terms[terms].by {
            return None;
        }
        after.stands[terms] = Stand::Known;
        if self.is(Mistake::RequestHolds) {
            self.charge(&mut after, terms, 1);
        }
        Some(after)
    }

    /// The ends that a hold may choose: the earliest possible, and those after it.
    pub(super) fn ends(self, terms: usize) -> impl Iterator<Item = Until> {
        let least = self.model.terms[terms].by + if self.is_closer(terms) { 1 } else { 2 };
        least..least + self.model.ends
    }

    /// Accepts terms that are known, or states its own, and holds.
    pub(super) fn accept(self, books: &Books, terms: usize, until: Until) -> Option<Books> {
        let text = &self.model.terms[terms];
        let mut after = if self.is(Mistake::StaleCheck) { books.clone() } else { self.expire(books) };
        let stated = books.stands[terms] == Stand::Unknown && text.stated_by == Some(self.log);
        if !stated && books.stands[terms] != Stand::Known || books.now > text.by {
            return None;
        }
        if text.counters.is_some_and(|countered| !after.stands[countered].is_open()) {
            return None;
        }
        let only = text.counters.filter(|_| self.is(Mistake::OriginalBesideCounter));
        let all = !self.is(Mistake::OriginalBesideCounter);
        for beside in self.model.beside(terms).filter(|beside| all || only == Some(*beside)) {
            match after.stands[beside] {
                Stand::Held(end) if until > end && !self.is(Mistake::CounterExtends) => return None,
                Stand::Held(end) => {
                    after.stands[beside] = Stand::Countered(end);
                    self.charge(&mut after, beside, -1);
                }
                Stand::Taken | Stand::Released => return None,
                _ => {}
            }
        }
        self.charge(&mut after, terms, 1);
        if after.ledger.iter().any(|promised| *promised > books.capacity) {
            return None;
        }
        if self.is(Mistake::HoldNotCounted) {
            self.charge(&mut after, terms, -1);
        }
        after.stands[terms] = Stand::Held(until);
        Some(after)
    }

    /// Declines, holding nothing.
    pub(super) fn decline(self, books: &Books, terms: usize) -> Option<Books> {
        let mut after = self.expire(books);
        after.stands[terms] = match after.stands[terms] {
            Stand::Known if self.model.whole => Stand::Declined,
            Stand::Ended | Stand::Countered(_) if self.model.withdraws => Stand::Withdrew,
            _ => return None,
        };
        Some(after)
    }

    /// The closer's commit, or a holder's taking, of what is held; the caller knows that what it cites is sealed.
    pub(super) fn take(self, books: &Books, terms: usize) -> Option<Books> {
        let mut after = self.expire(books);
        if self.is_closer(terms) && books.now > self.model.terms[terms].by {
            return None;
        }
        match after.stands[terms] {
            Stand::Held(_) => {}
            Stand::Ended if self.is(Mistake::TakesPastEnd) => self.charge(&mut after, terms, 1),
            _ => return None,
        }
        after.stands[terms] = Stand::Taken;
        Some(after)
    }

    /// The closer lets go: after the deadline, or as a party has declined, which whoever asked may do at any time.
    pub(super) fn let_go(self, books: &Books, terms: usize) -> Option<Books> {
        let after = self.expire(books);
        let closed = matches!(after.stands[terms], Stand::Unknown | Stand::Taken | Stand::LetGo | Stand::Released);
        (self.is_closer(terms) && !closed).then(|| self.leave(after, terms, Stand::LetGo))
    }

    /// A holder says that its hold is over; or gives it up, where the closer `lets_go`.
    pub(super) fn lapse(self, books: &Books, terms: usize, lets_go: bool) -> Option<Books> {
        let after = self.expire(books);
        let ended = matches!(after.stands[terms], Stand::Ended | Stand::Countered(_));
        let held = matches!(after.stands[terms], Stand::Held(_));
        let alone = ended && !self.is(Mistake::NoOwnEnd);
        if self.is_closer(terms) || !(alone || lets_go && (ended || held)) {
            return None;
        }
        let stand = if lets_go { Stand::LetGo } else { Stand::Lapsed };
        Some(self.leave(after, terms, stand))
    }

    /// Releases what came into force.
    pub(super) fn release(self, books: &Books, terms: usize, committed: bool) -> Option<Books> {
        let after = self.expire(books);
        let held = matches!(after.stands[terms], Stand::Held(_)) && committed;
        let taken = after.stands[terms] == Stand::Taken && !self.is(Mistake::NoRelease);
        (held || taken).then(|| self.leave(after, terms, Stand::Released))
    }

    fn leave(self, mut books: Books, terms: usize, stand: Stand) -> Books {
        let promised = books.stands[terms].promises();
        if promised || self.is(Mistake::GivenBackTwice) && books.stands[terms].accepted() {
            self.charge(&mut books, terms, -1);
        }
        books.stands[terms] = stand;
        books
    }

    /// Sets the capacity.
    pub(super) fn resize(self, books: &Books, capacity: i8) -> Option<Books> {
        let mut after = self.expire(books);
        let fits = after.ledger.iter().all(|promised| *promised <= capacity);
        after.capacity = capacity;
        (capacity >= 0 && (fits || self.is(Mistake::CapacityFalls))).then_some(after)
    }
}
