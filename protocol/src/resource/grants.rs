//! What a steward grants without a decision: so much to each group that asks, by a rule of its charter.

use serde::{Deserialize, Serialize};

use super::{
    Books, Deal, Portion, Resource, Terms,
    levels::{Change, Levels},
};
use crate::{
    charter::{Charter, CharterError, Fraction},
    id::LogId,
    limits::{GRANTS, TERMS_KEPT},
    time::{Span, Timestamp},
};

/// How much of a resource each other group gets without a decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grants {
    /// At most this share of the capacity, rounded down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Fraction>,
    /// At most so much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<u64>,
    /// Counted is what was granted in that time; left out, what is promised in any one instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<Span>,
}

impl Grants {
    /// The most that one group gets.
    pub fn most(&self, capacity: u64) -> u64 {
        let share = self.share.map(|share| share.floor_of(capacity));
        share.into_iter().chain(self.amount).min().unwrap_or(0)
    }

    /// Checks that they can stand: a share or an amount is named, and a time that the log can look back over.
    ///
    /// # Errors
    /// What does not hold.
    pub(super) fn check(&self, place: &str) -> Result<(), CharterError> {
        let fails = |problem: String| Err(CharterError { place: place.to_owned(), problem });
        if self.share.is_none() && self.amount.is_none() {
            return fails("names neither a share, as share = \"1/10\", nor an amount".into());
        }
        match self.per.filter(|per| *per == Span::ZERO || *per > TERMS_KEPT) {
            Some(per) => fails(format!("counts what was granted in {per}: name a time of up to {TERMS_KEPT}")),
            None => Ok(()),
        }
    }
}

impl Books {
    /// Checks that the rules of a charter grant terms, known to the log of `own`, at `now` without a decision:
    /// - another group asks, and has accepted; they counter nothing, and nothing counters them
    /// - each resource of the group in them has such a rule, which leaves enough for that group
    /// - that group was not granted too many terms lately
    ///
    /// # Errors
    /// What does not hold.
    pub fn may_grant(&self, own: &LogId, charter: &Charter, deal: &Deal, now: Timestamp) -> Result<(), String> {
        let requester = deal.terms.requester;
        if requester == *own || !deal.is_asked() || deal.terms.counters.is_some() {
            return Err("only what another group itself asks for is granted without a decision".into());
        }
        if let Some((other, _)) = self.beside(&deal.terms).next() {
            return Err(format!("they are negotiated ({}): what comes of that is decided", other.short()));
        }
        let lately = |deal: &&Deal| self.is_granted(deal, &requester, TERMS_KEPT, now);
        if self.deals.values().filter(lately).count() >= GRANTS {
            return Err(format!("{} was granted {GRANTS} terms without a decision lately", requester.short()));
        }
        for line in deal.terms.lines_of(own) {
            let resource = charter.resources.find(&line.resource);
            let grants = resource.and_then(|resource| Some((resource, resource.grants?)));
            let Some((resource, grants)) = grants else {
                return Err(format!("'{}' is granted by decision only", line.resource));
            };
            let most = grants.most(resource.capacity);
            let wanted = match grants.per {
                Some(per) => self.granted(own, resource, &deal.terms, per, now) + sum(&line.portions),
                None => self.at_once(resource, &deal.terms, &line.portions),
            };
            if wanted > u128::from(most) {
                return Err(format!("it would be {wanted} of '{}', and {most} are granted to a group", line.resource));
            }
        }
        Ok(())
    }

    /// What a requester was granted of a resource in a time.
    fn granted(&self, own: &LogId, resource: &Resource, terms: &Terms, per: Span, now: Timestamp) -> u128 {
        let granted = self.deals.values().filter(|deal| self.is_granted(deal, &terms.requester, per, now));
        let lines = granted.flat_map(|deal| deal.terms.lines_of(own));
        lines.filter(|line| line.resource == resource.name).map(|line| sum(&line.portions)).sum()
    }

    fn is_granted(&self, deal: &Deal, requester: &LogId, per: Span, now: Timestamp) -> bool {
        deal.granted && deal.terms.requester == *requester && deal.accepted.is_some_and(|(at, _)| at + per > now)
    }

    /// The most that a requester would be promised of a resource in an instant of these portions.
    fn at_once(&self, resource: &Resource, terms: &Terms, portions: &[Portion]) -> u128 {
        let mut levels = Levels::default();
        levels.apply(&Change::default().plus(portions));
        for (id, promise) in self.ledgers.get(&resource.name).into_iter().flat_map(|ledger| ledger.iter()) {
            if self.deals.get(id).is_some_and(|deal| deal.terms.requester == terms.requester) {
                levels.apply(&Change::default().plus(&promise.portions));
            }
        }
        let within = portions.iter().flat_map(|portion| levels.within(portion.window));
        within.map(|(_, level)| level.unsigned_abs()).max().unwrap_or(0)
    }
}

fn sum(portions: &[Portion]) -> u128 {
    portions.iter().map(|portion| u128::from(portion.amount)).sum()
}
