//! Negotiations as one log knows them, and what the group has promised in them.
//!
//! The steward's log is the one place where its capacity is counted: holds and allocations never exceed it. One log, the
//! closer's, says whether the terms come into force; everybody else holds until then, and never beyond the own end.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{KnownRound, Ledger, Promise, Resource, Terms};
use crate::{
    charter::Charter,
    id::{LogId, RoundId, TermsId},
    limits::{HOLD_MARGIN, HOLDS, LONGEST_HOLD},
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
    /// Until when a group that let holds end for nothing gets no other.
    #[serde(with = "pairs")]
    pub pauses: BTreeMap<LogId, Timestamp>,
    /// The rounds that it opened or may claim in, by the id of their text.
    #[serde(default, with = "pairs", skip_serializing_if = "BTreeMap::is_empty")]
    pub rounds: BTreeMap<RoundId, KnownRound>,
}

/// A negotiation step as one log knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deal {
    /// The terms.
    pub terms: Terms,
    /// Who stated them, which accepts them.
    pub stated_by: LogId,
    /// When.
    pub stated: Timestamp,
    /// When this group accepted them, and until when it holds what it promises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<(Timestamp, Option<Timestamp>)>,
    /// The acceptances of others that are cited: when.
    #[serde(with = "pairs")]
    pub accepts: BTreeMap<LogId, Timestamp>,
    /// Parties that declined, this group among them.
    pub declined: BTreeSet<LogId>,
    /// What the closer said, by its own log or by what is cited: when, and by when that was sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<Closing>,
    /// Whether what this group promises is allocated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allocated: bool,
    /// Whether this group has said that its hold is over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lapsed: bool,
    /// Other parties whose hold lapsed.
    pub lapses: BTreeSet<LogId>,
    /// Parties that gave it up.
    pub released: BTreeSet<LogId>,
}

/// How a negotiation closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// Whether it came into force.
    pub commits: bool,
    /// When the closer said so.
    pub at: Timestamp,
    /// By when that was sealed; in the closer's own log it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Timestamp>,
}

/// How a negotiation stands, as one log knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DealState {
    /// The requester has asked.
    Requested,
    /// A steward has stated or accepted the terms, and holds.
    Offered,
    /// Other terms came in their place.
    Countered,
    /// All parties have accepted, as far as the log knows.
    Accepted,
    /// The closer committed.
    InForce,
    /// The closer let it go, or the own hold ended by itself.
    Lapsed,
    /// A party declined.
    Declined,
    /// The closer committed and another steward's hold had lapsed: everybody may release without breach.
    Broken,
    /// A party gave it up.
    Ended,
}

impl DealState {
    /// Its word on screens and for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Offered => "offered",
            Self::Countered => "countered",
            Self::Accepted => "accepted",
            Self::InForce => "in force",
            Self::Lapsed => "lapsed",
            Self::Declined => "declined",
            Self::Broken => "broken",
            Self::Ended => "ended",
        }
    }

    /// Whether it may still come into force.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Offered | Self::Accepted)
    }
}

impl Deal {
    /// Terms of which nothing is known but that they were stated.
    pub fn new(terms: Terms, stated_by: LogId, stated: Timestamp) -> Self {
        Self {
            terms,
            stated_by,
            stated,
            accepted: None,
            accepts: BTreeMap::new(),
            declined: BTreeSet::new(),
            closing: None,
            allocated: false,
            lapsed: false,
            lapses: BTreeSet::new(),
            released: BTreeSet::new(),
        }
    }

    /// Whether the closer committed.
    pub fn is_committed(&self) -> bool {
        self.closing.is_some_and(|closing| closing.commits)
    }

    /// How it stands, as the log of `own` knows it; `is_countered` says whether other terms came in their place.
    ///
    /// What closed it goes before what led to it: who declines after a commit changes nothing.
    pub fn state(&self, own: &LogId, is_countered: bool) -> DealState {
        if self.is_committed() {
            return match (self.released.is_empty(), self.is_broken()) {
                (false, _) => DealState::Ended,
                (true, true) => DealState::Broken,
                (true, false) => DealState::InForce,
            };
        }
        if !self.declined.is_empty() {
            return DealState::Declined;
        }
        if self.closing.is_some() || self.lapsed {
            return DealState::Lapsed;
        }
        if is_countered {
            return DealState::Countered;
        }
        let holds = |steward: &LogId| self.is_accepted_by(steward, own);
        match self.is_accepted_by_all(own) {
            true => DealState::Accepted,
            false if self.terms.lines.iter().any(|line| holds(&line.steward)) => DealState::Offered,
            false => DealState::Requested,
        }
    }

    /// Whether it came into force in one log and lapsed in another.
    pub fn is_broken(&self) -> bool {
        self.is_committed() && (self.lapsed || !self.lapses.is_empty())
    }

    /// Whether every party has accepted, as far as the log of `own` knows.
    pub fn is_accepted_by_all(&self, own: &LogId) -> bool {
        self.terms.parties().iter().all(|party| self.is_accepted_by(party, own))
    }

    /// Whether a party has accepted, as far as the log of `own` knows.
    pub fn is_accepted_by(&self, party: &LogId, own: &LogId) -> bool {
        match party == own {
            true => self.accepted.is_some(),
            false => *party == self.stated_by || self.accepts.contains_key(party),
        }
    }
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

    /// Says whether the log of `own` would learn something from what `party` said about terms.
    pub fn is_news(&self, own: &LogId, party: &LogId, says: &Says) -> bool {
        if party == own {
            return false;
        }
        if let Says::Terms { terms, .. } = says {
            let parties = terms.parties();
            return parties.contains(own) && parties.contains(party) && !self.deals.contains_key(&terms.id());
        }
        let Some(deal) = says.terms().and_then(|id| self.deals.get(&id)) else { return false };
        let closer = deal.terms.closer == *party;
        deal.terms.parties().contains(party)
            && match says {
                Says::AcceptTerms { .. } => !deal.accepts.contains_key(party),
                Says::DeclineTerms { .. } => !deal.declined.contains(party),
                Says::ReleaseTerms { .. } => !deal.released.contains(party),
                Says::Commit { .. } => closer && deal.closing.is_none(),
                Says::Lapse { .. } if closer => deal.closing.is_none(),
                Says::Lapse { .. } => !deal.lapses.contains(party),
                _ => false,
            }
    }

    /// How terms stand, as the log of `own` knows them; nothing where it does not know them.
    pub fn state(&self, own: &LogId, id: &TermsId) -> Option<DealState> {
        let countered = || self.deals.values().any(|other| other.terms.counters == Some(*id));
        Some(self.deals.get(id)?.state(own, countered()))
    }

    /// The shortest hold that terms need of a steward: as long as the closer may still close, and for others as long as
    /// news of it take.
    pub fn least_hold(terms: &Terms, steward: &LogId, news: Span) -> Timestamp {
        if terms.closer == *steward { terms.by } else { terms.by + news.times(HOLD_MARGIN) }
    }

    /// When the next hold of the group, whose log is `own`, ends, or the next deadline that it closes.
    pub fn next_end(&self, own: &LogId) -> Option<Timestamp> {
        let after = Span::from_millis(1);
        let holds = self.ledgers.values().filter_map(Ledger::lapses_at);
        let open = self.deals.values().filter(|deal| deal.terms.closer == *own && deal.closing.is_none());
        holds.chain(open.map(|deal| deal.terms.by + after)).min()
    }

    /// Lets go what has ended by itself at `now`: holds past their end, windows that are over.
    pub fn expire(&mut self, now: Timestamp) {
        for ledger in self.ledgers.values_mut() {
            for (id, _) in ledger.lapse(now) {
                let Some(deal) = self.deals.get(&id) else { continue };
                let (since, until) = deal.accepted.map_or((now, now), |(at, until)| (at, until.unwrap_or(now)));
                pause(&mut self.pauses, deal.terms.requester, since, until);
            }
            ledger.forget(now);
        }
    }

    /// Checks that the group, whose log is `own`, can hold its part of terms at `now`, until `until`:
    /// - its resources exist and admit the portions, and there is room beside all that is promised
    /// - the hold is neither longer than may be, nor shorter than the closer's deadline needs
    /// - terms that counter others keep the end of the hold that they replace
    /// - the requester has no pause and not too many holds
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
        books.expire(now);
        let steward = terms.lines_of(own).next().is_some();
        let Some(until) = until else {
            return if steward { Err("say until when the group holds what it promises".into()) } else { Ok(()) };
        };
        if !steward {
            return Err("the group promises nothing in them, so it holds nothing".into());
        }
        let least = Self::least_hold(terms, own, news);
        if until < least || until > now + LONGEST_HOLD {
            return Err(format!("hold from {least} to {} for these terms, not until {until}", now + LONGEST_HOLD));
        }
        books.check_requester(own, terms, now)?;
        let replaced = terms.counters.as_ref().and_then(|id| books.held_until(id));
        if replaced.is_some_and(|end| until > end) {
            return Err("terms that counter others keep the end of the hold that they replace".into());
        }
        books.let_go(terms.counters.as_ref());
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

    /// Notes that a hold ended for nothing: the requester gets no other for as long again.
    pub fn pause(&mut self, deal: &Deal, now: Timestamp) {
        if let Some((since, _)) = deal.accepted {
            pause(&mut self.pauses, deal.terms.requester, since, now);
        }
    }

    fn check_requester(&self, own: &LogId, terms: &Terms, now: Timestamp) -> Result<(), String> {
        if terms.requester == *own {
            return Ok(());
        }
        if let Some(until) = self.pauses.get(&terms.requester).filter(|until| **until > now) {
            return Err(format!("a hold for {} ended for nothing: no other before {until}", terms.requester.short()));
        }
        let held = |(id, deal): &(&TermsId, &Deal)| {
            deal.terms.requester == terms.requester && self.held_until(id).is_some() && terms.counters != Some(**id)
        };
        match self.deals.iter().filter(held).count() {
            open if open >= HOLDS => {
                Err(format!("{} has {HOLDS} holds open here: end one first", terms.requester.short()))
            }
            _ => Ok(()),
        }
    }
}

fn pause(pauses: &mut BTreeMap<LogId, Timestamp>, requester: LogId, since: Timestamp, end: Timestamp) {
    let until = end + end.since(since);
    let pause = pauses.entry(requester).or_insert(until);
    *pause = (*pause).max(until);
}
