//! Holds that ended for nothing, and negotiations that are over: what they cost whom, and when they are forgotten.
//!
//! Only who asked pays, and only with what it can ask for: whoever is named by others owes nothing.

use std::collections::BTreeSet;

use super::{Books, Deal, Terms};
use crate::{
    id::{LogId, TermsId},
    limits::{HOLDS, TERMS_KEPT, TERMS_OF_ONE},
    time::Timestamp,
};

impl Deal {
    /// Says whether its requester has stated or accepted it, as far as a log of another group knows.
    pub fn is_asked(&self) -> bool {
        let requester = &self.terms.requester;
        self.stated_by == *requester || self.accepts.contains_key(requester)
    }

    /// Says whether it is on the requester that nothing came of it: it declined, or did not answer.
    fn is_left_by_requester(&self) -> bool {
        !self.is_asked() || self.declined.contains(&self.terms.requester)
    }

    /// Since when the group holds for it, or held: since the hold whose place that one took.
    pub(super) fn held_since(&self) -> Option<Timestamp> {
        let (at, until) = self.accepted?;
        until.map(|_| self.since.unwrap_or(at))
    }

    /// Says whether a commit sealed by that date would be news; without one, whether an earlier seal may let the group take
    /// what it holds.
    pub(super) fn learns_commit(&self, sealed: Option<Timestamp>) -> bool {
        let Some(closing) = self.closing else { return true };
        let earlier = match sealed {
            Some(sealed) => closing.sealed.is_some_and(|before| sealed < before),
            None => self.held_since().is_some() && !self.allocated && !self.lapsed,
        };
        closing.commits && earlier
    }

    /// Says whether the log of `own` has nothing to say about it any more.
    fn is_settled(&self, own: &LogId) -> bool {
        let left = || self.lapsed || self.released.contains(own) || self.declined.contains(own);
        match self.accepted {
            _ if self.terms.closer == *own => self.closing.is_some(),
            None | Some((_, None)) => true,
            Some((_, Some(_))) => self.allocated || left(),
        }
    }

    /// The last moment that matters to it in the log of `own`: its deadline, or the end of what is promised.
    fn last(&self, own: &LogId) -> Timestamp {
        let holds = self.accepted.is_some_and(|(_, until)| until.is_some());
        // Who asked may hear of the commit late; who holds has lapsed by then.
        let may_be_in_force = self.is_committed() || self.closing.is_none() && !holds;
        match self.accepted.is_some() && may_be_in_force && !self.released.contains(own) {
            true => self.terms.by.max(self.terms.ends()),
            false => self.terms.by,
        }
    }
}

impl Books {
    /// Says whether the requester of terms has asked for them: it stated or accepted them, or what they counter, and so on.
    /// For terms by a matter nobody has.
    pub fn has_asked(&self, terms: &Terms) -> bool {
        if terms.by_matter {
            return false;
        }
        let said = |deal: &&Deal| deal.terms.requester == terms.requester && deal.is_asked();
        let mut next = Some(terms.id());
        while let Some(id) = next {
            let known = self.deals.get(&id);
            if known.filter(said).is_some() {
                return true;
            }
            next = known.map_or_else(|| terms.counters.filter(|_| id == terms.id()), |deal| deal.terms.counters);
        }
        false
    }

    /// Checks that a requester who asked for terms may have another hold at `now`: it has no pause, and fewer than
    /// [`HOLDS`] others are open for it, those counted that ended for nothing, as long again as they lasted.
    pub(super) fn check_requester(&self, own: &LogId, terms: &Terms, now: Timestamp) -> Result<(), String> {
        let requester = terms.requester;
        if requester == *own || !self.has_asked(terms) {
            return Ok(());
        }
        if let Some(until) = self.pauses.get(&requester).filter(|until| **until > now) {
            return Err(format!("a hold for {} ended for nothing: no other before {until}", requester.short()));
        }
        let beside: BTreeSet<&TermsId> = self.beside(terms).map(|(id, _)| id).collect();
        let counts = |(id, deal): &(&TermsId, &Deal)| {
            let held = self.held_until(id).is_some() && !beside.contains(id);
            let spent = deal.spent.is_some_and(|until| until > now);
            deal.terms.requester == requester && (spent || held && self.has_asked(&deal.terms))
        };
        match self.deals.iter().filter(counts).count() {
            open if open >= HOLDS => {
                let who = requester.short();
                Err(format!("{who} has {HOLDS} holds open here, or that ended for nothing not long ago: wait for one"))
            }
            _ => Ok(()),
        }
    }

    /// Notes that what the group held for terms ended for nothing at `end`. Who asked for it and did not answer, or
    /// declined, gets no other hold for as long again; where it is not to blame, one hold less.
    pub fn ended_for_nothing(&mut self, own: &LogId, id: &TermsId, end: Timestamp) {
        let Some(deal) = self.deals.get(id) else { return };
        let requester = deal.terms.requester;
        let Some(since) = deal.held_since().filter(|_| requester != *own && self.has_asked(&deal.terms)) else {
            return;
        };
        let until = end + end.since(since);
        if deal.is_left_by_requester() {
            let pause = self.pauses.entry(requester).or_insert(until);
            *pause = (*pause).max(until);
        } else if let Some(deal) = self.deals.get_mut(id) {
            deal.spent = Some(until);
        }
    }

    /// Says whether terms that a party states may be taken in: not too many of its are here that the group has not accepted.
    pub(super) fn has_room_for(&self, own: &LogId, party: &LogId, now: Timestamp) -> bool {
        let countered = self.countered();
        let waits = |(id, deal): &(&TermsId, &Deal)| {
            deal.stated_by == *party && deal.accepted.is_none() && !self.is_over(own, id, deal, &countered, now)
        };
        self.deals.iter().filter(waits).count() < TERMS_OF_ONE
    }

    /// Forgets terms that are over. Their id cannot come back: terms are stated and taken in up to their deadline only.
    pub fn forget(&mut self, own: &LogId, now: Timestamp) {
        let countered = self.countered();
        let over = self.deals.iter().filter(|(id, deal)| self.is_over(own, id, deal, &countered, now));
        let over: Vec<TermsId> = over.map(|(id, _)| *id).collect();
        for id in over {
            self.deals.remove(&id);
        }
    }

    /// Says whether nothing can come of terms any more, and nothing of them counts.
    fn is_over(&self, own: &LogId, id: &TermsId, deal: &Deal, countered: &BTreeSet<TermsId>, now: Timestamp) -> bool {
        deal.last(own) + TERMS_KEPT < now
            && deal.is_settled(own)
            && deal.spent.is_none_or(|until| until <= now)
            && !countered.contains(id)
            && !self.ledgers.values().any(|ledger| ledger.find(id).is_some())
    }

    fn countered(&self) -> BTreeSet<TermsId> {
        self.deals.values().filter_map(|deal| deal.terms.counters).collect()
    }
}
