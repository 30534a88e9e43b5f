//! One negotiation: terms, what counters them, and so on. A group holds for one of them at a time, and one of them comes
//! into force.

use super::{Books, Deal, Ledger, Terms};
use crate::{id::TermsId, name::Name, time::Timestamp};

impl Books {
    /// Says whether two terms are of one negotiation, as far as the log knows the terms between them.
    pub fn is_one_negotiation(&self, one: &Terms, other: &Terms) -> bool {
        self.beginning(one) == self.beginning(other)
    }

    /// The first hold that ends of those for other terms of the negotiation.
    pub fn held_beside(&self, terms: &Terms) -> Option<(TermsId, Timestamp)> {
        let held = self.beside(terms).filter_map(|(id, _)| Some((*id, self.held_until(id)?)));
        held.min_by_key(|(_, until)| *until)
    }

    /// Lets go what is held for other terms of the negotiation.
    pub fn let_go_beside(&mut self, terms: &Terms) {
        let beside = self.beside(terms).map(|(id, _)| *id);
        let held: Vec<TermsId> = beside.filter(|id| self.held_until(id).is_some()).collect();
        for id in held {
            self.let_go(Some(&id));
        }
    }

    /// The ledger of a resource as it is at `now`, without what is held beside these terms: they may take its place.
    pub fn ledger_for<'a>(
        &self,
        resource: &Name,
        terms: impl IntoIterator<Item = &'a Terms>,
        now: Timestamp,
    ) -> Option<Ledger<TermsId>> {
        let mut ledger = self.ledgers.get(resource)?.clone();
        ledger.lapse(now);
        ledger.forget(now);
        let beside: Vec<TermsId> = terms.into_iter().flat_map(|terms| self.beside(terms)).map(|(id, _)| *id).collect();
        for id in beside {
            if ledger.find(&id).is_some_and(|promise| promise.held_until.is_some()) {
                ledger.release(&id);
            }
        }
        Some(ledger)
    }

    /// Checks that no other terms of the negotiation are known to have come into force.
    ///
    /// # Errors
    /// Which have.
    pub fn check_beside(&self, terms: &Terms) -> Result<(), String> {
        match self.beside(terms).find(|(_, deal)| deal.is_committed()) {
            Some((id, _)) => Err(format!("of this negotiation {} came into force: ask anew for more", id.short())),
            None => Ok(()),
        }
    }

    /// Other terms of the negotiation that are known here.
    pub(super) fn beside(&self, terms: &Terms) -> impl Iterator<Item = (&TermsId, &Deal)> {
        let (own, beginning) = (terms.id(), self.beginning(terms));
        self.deals.iter().filter(move |(id, _)| **id != own && self.first(**id) == beginning)
    }

    /// What began the negotiation.
    fn beginning(&self, terms: &Terms) -> TermsId {
        self.first(terms.counters.unwrap_or_else(|| terms.id()))
    }

    /// What terms counter, what that counters, and so on, where it is known.
    fn first(&self, mut at: TermsId) -> TermsId {
        while let Some(before) = self.deals.get(&at).and_then(|deal| deal.terms.counters) {
            at = before;
        }
        at
    }
}
