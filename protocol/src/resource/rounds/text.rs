//! The text of a round: what is divided among whom, by which rule and dates.

use serde::{Deserialize, Serialize};

use super::super::{Portion, Window, division::Division};
use crate::{
    cbor,
    federation::FederationAgreement,
    id::{FederationId, Hash, LogId, RoundId, TermsId},
    limits::{AMOUNT, CLAIMS, HOLD_MARGIN, LONGEST_HOLD, RESOURCES_PER_ROUND, TEXT_BYTES, TITLE_BYTES, WEIGHT},
    name::Name,
    time::{Span, Timestamp},
};

/// How many times g after the last date of claims reveals start: what is sealed later counts as no claim.
const SEALED: u64 = 2;

/// A steward's offer to divide what is scarce. It never changes; another text is another round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// The federation.
    pub federation: FederationId,
    /// The version of its agreement whose panel seals what is said about it.
    pub version: Hash,
    /// One line.
    pub title: String,
    /// What it is for.
    pub text: String,
    /// The group that offers, in whose log it is divided.
    pub steward: LogId,
    /// By which rule.
    pub division: Division,
    /// What is offered, sorted by resource and window, each once.
    pub offers: Vec<Offer>,
    /// The groups that may claim, sorted, each once.
    pub claimants: Vec<Claimant>,
    /// The last date of a claim.
    pub claims_by: Timestamp,
    /// Of a lot: the last date of a reveal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reveals_by: Option<Timestamp>,
    /// Before this date it is divided; what is offered is held until then.
    pub divides_by: Timestamp,
}

/// What is divided of one resource, over one window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The steward's resource.
    pub resource: Name,
    /// When.
    pub window: Window,
    /// How much of it.
    pub amount: u64,
}

/// A group that may claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claimant {
    /// The group.
    pub group: LogId,
    /// For how many it counts; 1 in a lot.
    pub weight: u32,
}

impl Round {
    /// Its id: the hash of the text.
    pub fn id(&self) -> RoundId {
        Hash::of(&cbor::encode(&("folkmoot", "round", self))).into()
    }

    /// The name under which a group's share of the round of that id stands in the ledger.
    pub fn share(id: &RoundId, group: &LogId) -> TermsId {
        Hash::of(&cbor::encode(&("folkmoot", "share", id, group))).into()
    }

    /// A group among those that may claim.
    pub fn claimant(&self, group: &LogId) -> Option<&Claimant> {
        self.claimants.binary_search_by(|claimant| claimant.group.cmp(group)).ok().map(|at| &self.claimants[at])
    }

    /// The last date of what a group says to it: of a reveal where there are reveals, else of a claim.
    pub fn last(&self) -> Timestamp {
        self.reveals_by.unwrap_or(self.claims_by)
    }

    /// From when on secrets may be revealed: by then no claim is sealed in time any more, by whatever clock.
    pub fn reveals_from(&self, news: Span) -> Timestamp {
        self.claims_by + news.times(SEALED)
    }

    /// The portions of each resource that some amounts of the offers come to.
    pub fn portions(&self, amounts: &[u64]) -> Vec<(&Name, Vec<Portion>)> {
        let mut found: Vec<(&Name, Vec<Portion>)> = Vec::new();
        for (offer, amount) in self.offers.iter().zip(amounts).filter(|(_, amount)| **amount > 0) {
            let portion = Portion { window: offer.window, amount: *amount };
            match found.last_mut().filter(|(name, _)| **name == offer.resource) {
                Some((_, portions)) => portions.push(portion),
                None => found.push((&offer.resource, vec![portion])),
            }
        }
        found
    }

    /// How much is offered, in the order of the offers.
    pub fn amounts(&self) -> Vec<u64> {
        self.offers.iter().map(|offer| offer.amount).collect()
    }

    /// Checks that it can stand under the version that it names, opened at `now`:
    /// - title and text are within the limits
    /// - from 1 to 8 offers, sorted by resource and window, each once, none of nothing or over before it is divided
    /// - steward and claimants belong to the version, with witnesses for their logs; claimants are
    ///   sorted, each once, and weigh 1 in a lot
    /// - there is time for the news before the last claim, between claims and reveals, and after them
    /// - the hold is not longer after that than a hold may be
    ///
    /// # Errors
    /// What does not hold, and what would.
    pub fn check(&self, agreement: &FederationAgreement, now: Timestamp) -> Result<(), String> {
        if self.title.is_empty() || self.title.len() > TITLE_BYTES || self.text.len() > TEXT_BYTES {
            return Err(format!("it needs a title of at most {TITLE_BYTES} bytes, and a text of {TEXT_BYTES}"));
        }
        self.check_offers()?;
        self.check_claimants(agreement)?;
        self.check_dates(agreement.timing.news, now)
    }

    /// Says whether what a group said, dated `at`, opens it: the group is its steward, that was sealed in time, and it
    /// can stand.
    pub fn counts(&self, by: &LogId, agreement: &FederationAgreement, at: Timestamp, sealed: Timestamp) -> bool {
        self.steward == *by && sealed <= at + agreement.timing.news && self.check(agreement, at).is_ok()
    }

    fn check_offers(&self) -> Result<(), String> {
        if self.offers.is_empty() || self.offers.len() > RESOURCES_PER_ROUND {
            return Err(format!("it needs from 1 to {RESOURCES_PER_ROUND} offers: what is divided, and when"));
        }
        if !self.offers.is_sorted_by(|a, b| (&a.resource, a.window) < (&b.resource, b.window)) {
            return Err("its offers must be sorted by resource and window, each once".into());
        }
        if let Some(offer) = self.offers.iter().find(|offer| offer.amount == 0 || offer.amount > AMOUNT) {
            return Err(format!("it offers {} of '{}': name from 1 to {AMOUNT}", offer.amount, offer.resource));
        }
        match self.offers.iter().find(|offer| offer.window.until() <= self.divides_by) {
            Some(offer) => {
                Err(format!("'{}' {} is over before it is divided: name a later window", offer.resource, offer.window))
            }
            None => Ok(()),
        }
    }

    fn check_claimants(&self, agreement: &FederationAgreement) -> Result<(), String> {
        if self.claimants.is_empty() || self.claimants.len() > CLAIMS {
            return Err(format!("from 1 to {CLAIMS} groups may claim"));
        }
        if !self.claimants.is_sorted_by(|a, b| a.group < b.group) {
            return Err("the groups that may claim must be sorted, each once".into());
        }
        agreement.check_heard(self.claimants.iter().map(|claimant| &claimant.group).chain([&self.steward]))?;
        let most = if self.division.needs_seed() { 1 } else { WEIGHT };
        match self.claimants.iter().find(|claimant| claimant.weight == 0 || claimant.weight > most) {
            Some(claimant) => {
                let (group, weight) = (claimant.group.short(), claimant.weight);
                let lot = if most == 1 { ", because a lot knows none" } else { "" };
                Err(format!("the weight of {group} is {weight}: name one from 1 to {most}{lot}"))
            }
            None => Ok(()),
        }
    }

    fn check_dates(&self, news: Span, now: Timestamp) -> Result<(), String> {
        let first = now + news.times(SEALED);
        if self.claims_by < first {
            return Err(format!("others hear of it first: let them claim until {first} at least"));
        }
        match self.reveals_by {
            None if self.division.needs_seed() => return Err("a lot needs a last date of reveals: name one".into()),
            Some(_) if !self.division.needs_seed() => {
                return Err("nothing is revealed where there is no lot: leave the last date of reveals out".into());
            }
            Some(by) if by < self.reveals_from(news) + news => {
                let least = self.reveals_from(news) + news;
                return Err(format!("claims are sealed before secrets are revealed: until {least} at least"));
            }
            _ => {}
        }
        let (least, most) = (self.last() + news.times(HOLD_MARGIN), self.last() + LONGEST_HOLD);
        match (least..=most).contains(&self.divides_by) {
            true => Ok(()),
            false => Err(format!("divide it between {least} and {most}, not by {}", self.divides_by)),
        }
    }
}
