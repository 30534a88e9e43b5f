//! The books of a group: what is promised of its resources, and the negotiations that its log knows.
//!
//! The steward's log is the one place where its capacity is counted: holds and allocations never exceed it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Deal, DealState, KnownRound, Ledger, Promise, Resource, Terms};
use crate::{
    charter::Charter,
    id::{LogId, RoundId, TermsId},
    limits::{HOLD_MARGIN, LONGEST_HOLD},
    name::Name,
    table::pairs,
    time::{Span, Timestamp},
    voice::Says,
};

/// The resources of a group, and the negotiations that it knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Books {
    /// What is promised of each resource, sorted by name.
    pub ledgers: BTreeMap<Name, Ledger<TermsId>>,
    /// The negotiations, by the id of their terms.
    #[serde(with = "pairs")]
    pub deals: BTreeMap<TermsId, Deal>,
    /// Until when a group gets no other hold, after one that it let end for nothing.
    #[serde(with = "pairs")]
    pub pauses: BTreeMap<LogId, Timestamp>,
    /// The rounds that it opened or may claim in, by the id of their text.
    #[serde(default, with = "pairs", skip_serializing_if = "BTreeMap::is_empty")]
    pub rounds: BTreeMap<RoundId, KnownRound>,
}

impl Books {
    /// Ledgers for the resources of a charter, with nothing promised.
    pub fn open(charter: &Charter) -> Self {
        let mut books = Self::default();
        charter.resources.iter().for_each(|resource| books.keep(resource));
        books
    }

    /// Takes a resource in, or its other capacity, which [`Books::may_keep`] found possible.
    pub fn keep(&mut self, resource: &Resource) {
        let ledger = self.ledgers.entry(resource.name.clone()).or_insert_with(|| Ledger::new(resource.capacity));
        // `may_keep` has said that it can be.
        let _ = ledger.set_capacity(resource.capacity);
    }

    /// Checks that a resource may be set so at `now`: its capacity does not fall below what is promised.
    pub fn may_keep(&self, resource: &Resource, now: Timestamp) -> Result<(), String> {
        let Some(ledger) = self.ledgers.get(&resource.name) else { return Ok(()) };
        let mut ledger = ledger.clone();
        ledger.lapse(now);
        ledger.forget(now);
        ledger.set_capacity(resource.capacity).map_err(|low| format!("of '{}' {low}", resource.name))
    }

    /// Checks that a resource may end at `now`: nothing of it is promised.
    pub fn may_drop(&self, resource: &Name, now: Timestamp) -> Result<(), String> {
        let Some(ledger) = self.ledgers.get(resource) else { return Ok(()) };
        let mut ledger = ledger.clone();
        ledger.lapse(now);
        ledger.forget(now);
        match ledger.iter().next() {
            Some((terms, _)) => Err(format!("something of '{resource}' is promised under the terms {}", terms.short())),
            None => Ok(()),
        }
    }

    /// Says whether the log of `own` would learn something at `now` from what `party` said about terms, sealed by that
    /// date; without one, whether there is a date by which it would.
    pub fn is_news(&self, own: &LogId, party: &LogId, says: &Says, sealed: Option<Timestamp>, now: Timestamp) -> bool {
        if party == own {
            return false;
        }
        if let Says::Terms { terms, .. } = says {
            let parties = terms.parties();
            let concerns = parties.contains(own) && parties.contains(party) && !terms.by_matter;
            return concerns
                && match self.deals.get(&terms.id()) {
                    // Who states what others stated as well accepts it.
                    Some(deal) => !deal.is_accepted_by(party, own),
                    None => now <= terms.by && self.has_room_for(own, party, now),
                };
        }
        let Some(deal) = says.terms().and_then(|id| self.deals.get(&id)) else { return false };
        let closer = deal.terms.closer == *party;
        deal.terms.parties().contains(party)
            && match says {
                Says::AcceptTerms { .. } => !deal.is_accepted_by(party, own),
                Says::DeclineTerms { .. } => !deal.declined.contains(party),
                Says::ReleaseTerms { .. } => !deal.released.contains(party),
                Says::BreachTerms { .. } => !deal.breaches.contains(party),
                Says::UseTerms { steward, resource, amount, .. } => deal.may_use(party, steward, resource, *amount),
                Says::Commit { .. } => closer && deal.learns_commit(sealed),
                Says::Lapse { .. } if closer => deal.closing.is_none(),
                Says::Lapse { .. } => !deal.lapses.contains(party),
                _ => false,
            }
    }

    /// How terms stand, as the log of `own` knows them, whatever the time is: what is in force is not complete yet.
    pub fn state(&self, own: &LogId, id: &TermsId) -> Option<DealState> {
        self.state_at(own, id, Timestamp::default())
    }

    /// How terms stand at `now`, as the log of `own` knows them; nothing where it does not know them.
    pub fn state_at(&self, own: &LogId, id: &TermsId, now: Timestamp) -> Option<DealState> {
        let countered = || self.deals.values().any(|other| other.terms.counters == Some(*id));
        Some(self.deals.get(id)?.state(own, countered(), now))
    }

    /// The shortest hold that terms need of a steward: as long as the closer may still close, and for others as long as
    /// news of it take.
    pub fn least_hold(terms: &Terms, steward: &LogId, news: Span) -> Timestamp {
        if terms.closer == *steward { terms.by } else { terms.by + news.times(HOLD_MARGIN) }
    }

    /// When the next hold of the group, whose log is `own`, ends after `now`, or the next deadline that it closes.
    pub fn next_end(&self, own: &LogId, now: Timestamp) -> Option<Timestamp> {
        let after = Span::from_millis(1);
        let holds = self.deals.keys().filter_map(|id| self.held_until(id));
        let open = self.deals.values().filter(|deal| deal.terms.closer == *own && deal.closing.is_none());
        holds.chain(open.map(|deal| deal.terms.by + after)).filter(|at| *at > now).min()
    }

    /// Lets go what has ended by itself at `now` in the log of `own`: holds past their end, windows that are over, pauses;
    /// and forgets terms and rounds that are over.
    pub fn expire(&mut self, own: &LogId, now: Timestamp) {
        let mut ended: BTreeMap<TermsId, Timestamp> = BTreeMap::new();
        for ledger in self.ledgers.values_mut() {
            ended.extend(ledger.lapse(now).into_iter().filter_map(|(id, hold)| Some((id, hold.held_until?))));
            ledger.forget(now);
        }
        for (id, end) in ended {
            self.ended_for_nothing(own, &id, end);
        }
        self.pauses.retain(|_, until| *until > now);
        self.forget(own, now);
        self.forget_rounds(now);
    }

    /// Checks that the group, whose log is `own`, can hold its part of terms at `now`, until `until`:
    /// - its resources exist and admit the portions, and there is room beside all that is promised
    /// - the hold is neither longer than may be, nor shorter than the closer's deadline needs
    /// - a hold in the place of another one of the same negotiation keeps the end of that
    /// - a requester who asked for it has no pause and not too many holds
    pub fn may_hold(
        &self,
        own: &LogId,
        charter: &Charter,
        terms: &Terms,
        until: Option<Timestamp>,
        news: Span,
        now: Timestamp,
    ) -> Result<(), String> {
        let mut books = self.clone();
        books.expire(own, now);
        let steward = terms.lines_of(own).next().is_some();
        let Some(until) = until else {
            return if steward { Err("say until when the group holds what it promises".into()) } else { Ok(()) };
        };
        if !steward {
            return Err("the group promises nothing in them, so it holds nothing".into());
        }
        let least = Self::least_hold(terms, own, news);
        check_hold(until, least, terms.by, now)?;
        books.check_requester(own, terms, now)?;
        if let Some((id, end)) = books.held_beside(terms).filter(|(_, end)| until > *end) {
            return Err(format!("what takes the place of another hold keeps its end: of {} it is {end}", id.short()));
        }
        books.let_go_beside(terms);
        books.hold(own, charter, terms, until, now)
    }

    /// Checks that the group, whose log is `own`, can accept terms by a matter at `now`: its resources admit what it
    /// promises in them, and there is room beside all else. It holds it as short as may be.
    pub fn may_settle(
        &self,
        own: &LogId,
        charter: &Charter,
        terms: &Terms,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), String> {
        let mut books = self.clone();
        books.expire(own, now);
        books.hold(own, charter, terms, until, now)
    }

    /// Holds the group's part of terms.
    ///
    /// # Errors
    /// As [`Books::may_hold`]; then it has changed something, and the caller drops it.
    pub fn hold(
        &mut self,
        own: &LogId,
        charter: &Charter,
        terms: &Terms,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), String> {
        for line in terms.lines_of(own) {
            let resource = charter.resources.find(&line.resource);
            let resource = resource.ok_or_else(|| format!("the group has no resource '{}'", line.resource))?;
            for portion in &line.portions {
                resource.admits(portion, now).map_err(|error| error.to_string())?;
            }
            let ledger = self.ledgers.entry(line.resource.clone()).or_insert_with(|| Ledger::new(resource.capacity));
            let hold = Promise::hold(line.portions.clone(), until);
            ledger.promise(terms.id(), hold).map_err(|error| format!("of '{}' {error}", line.resource))?;
        }
        Ok(())
    }

    /// Accepts terms that are known here: what the group holds under others of the negotiation goes, and its hold of these
    /// starts, which [`Books::may_hold`] found possible.
    pub fn accept(&mut self, own: &LogId, charter: &Charter, id: &TermsId, until: Option<Timestamp>, now: Timestamp) {
        let Some(deal) = self.deals.get(id) else { return };
        let text = deal.terms.clone();
        let since = self.held_beside(&text).and_then(|(id, _)| self.deals.get(&id)?.held_since());
        self.let_go_beside(&text);
        if let Some(deal) = self.deals.get_mut(id) {
            (deal.accepted, deal.since) = (Some((now, until)), since.filter(|_| until.is_some()));
        }
        until.and_then(|until| self.hold(own, charter, &text, until, now).ok());
    }

    /// Until when the group holds its part of terms.
    pub fn held_until(&self, id: &TermsId) -> Option<Timestamp> {
        self.ledgers.values().find_map(|ledger| ledger.find(id)?.held_until)
    }

    /// Makes allocations of all that is still held under terms.
    pub fn allocate(&mut self, own: &LogId, terms: &Terms) {
        let id = terms.id();
        for line in terms.lines_of(own) {
            if let Some(ledger) = self.ledgers.get_mut(&line.resource) {
                // Of a line whose window is over nothing is left.
                ledger.allocate(&id);
            }
        }
    }

    /// Takes away what is promised under terms.
    pub fn let_go(&mut self, id: Option<&TermsId>) {
        for ledger in self.ledgers.values_mut() {
            id.and_then(|id| ledger.release(id));
        }
    }
}

/// Checks that a hold ends between the shortest one, which terms with a deadline `by` need, and the longest.
fn check_hold(until: Timestamp, least: Timestamp, by: Timestamp, now: Timestamp) -> Result<(), String> {
    let longest = now + LONGEST_HOLD;
    if least > longest {
        let last = longest.before(least.since(by));
        return Err(format!(
            "no hold lasts over {LONGEST_HOLD}, and these terms need one until {least}: name --by before {last}"
        ));
    }
    if until < least || until > longest {
        return Err(format!("hold from {least} to {longest} for these terms, not until {until}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_that_no_end_could_suit_says_which_deadline_would() {
        let [now, by] = ["2026-11-22", "2026-12-12"].map(|date| date.parse().unwrap());
        let check = |until: &str, news: u64| {
            check_hold(until.parse().unwrap(), by + Span::from_secs(3600 * news), by, now).unwrap_err()
        };
        let too_late = "no hold lasts over 14d, and these terms need one until";
        let closer = check("2026-12-12", 0);
        assert_eq!(closer, format!("{too_late} 2026-12-12T00:00:00Z: name --by before 2026-12-06T00:00:00Z"));
        let other = check("2026-12-20", 3);
        assert_eq!(other, format!("{too_late} 2026-12-12T03:00:00Z: name --by before 2026-12-05T21:00:00Z"));
        let early = check_hold("2026-11-25".parse().unwrap(), "2026-11-29".parse().unwrap(), by, now).unwrap_err();
        assert!(early.starts_with("hold from 2026-11-29T00:00:00Z to 2026-12-06T00:00:00Z"), "{early}");
    }
}
