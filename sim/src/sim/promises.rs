//! What a group has promised, counted anew from the entries of its log by a sum of its own: not by the books that the
//! rules keep.

use std::collections::{BTreeMap, BTreeSet};

use folkmoot_protocol::{
    decision::Outcome,
    effect::Effect,
    entry::{Entry, EntryAct},
    evidence::Evidence,
    id::{LogId, TermsId},
    name::Name,
    replay::Replica,
    resource::{Portion, Round, Terms},
    time::Timestamp,
    voice::Says,
};

use super::shares::Shares;

/// All terms that anybody stated, by their ids.
pub(crate) type Texts = BTreeMap<TermsId, Terms>;

/// What a log has promised up to an entry.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    capacity: BTreeMap<Name, u64>,
    of: BTreeMap<TermsId, Promised>,
    /// The terms that the log knows by then.
    known: BTreeSet<TermsId>,
    shares: Shares,
}

/// What is promised under terms, held for a round, or a share of one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Promised {
    portions: BTreeMap<Name, Vec<Portion>>,
    /// When a hold ends; an allocation does not.
    held_until: Option<Timestamp>,
}

impl Promises {
    /// Counts a whole log, entry by entry; `replica` says which capacities its decisions set, and nothing else.
    ///
    /// # Errors
    /// What the log promises beyond what it has, or allocates without holding it.
    pub(crate) fn count(entries: &[Entry], replica: &Replica, texts: &Texts) -> Result<Self, String> {
        let changes = changes(replica);
        let mut promises = Self::default();
        for entry in entries {
            let (number, now) = (entry.content().number, entry.content().time);
            if let EntryAct::Found { charter, .. } = &entry.content().act {
                let resources = charter.resources.iter();
                promises.capacity.extend(resources.map(|resource| (resource.name.clone(), resource.capacity)));
            }
            let told = match &entry.content().act {
                EntryAct::Speak(voice) if voice.says.round().is_some() => {
                    promises.divide(&replica.log(), &voice.says, now)
                }
                EntryAct::Speak(voice) => promises.hear(&replica.log(), &voice.says, now, texts),
                _ => Ok(()),
            };
            told.map_err(|what| format!("entry {number}: {what}"))?;
            if let EntryAct::Cite { evidence } = &entry.content().act {
                for piece in evidence {
                    let deals = &replica.dealings().books.deals;
                    promises.known.extend(stated(piece).filter(|id| deals.contains_key(id)));
                    let held = replica.ties().consent_to(&piece.version);
                    let Some(held) = held else { continue };
                    for round in promises.shares.hear(piece, &held.agreement) {
                        // Before the round is divided it says nothing: there is no share.
                        promises.of.remove(&Round::share(&round, &piece.log));
                    }
                }
            }
            for effect in changes.get(&number).into_iter().flatten() {
                promises.change(effect);
            }
            promises.fit(now).map_err(|what| format!("entry {number}: {what}"))?;
        }
        Ok(promises)
    }

    fn hear(&mut self, own: &LogId, says: &Says, now: Timestamp, texts: &Texts) -> Result<(), String> {
        let Some(id) = says.terms() else { return Ok(()) };
        let text = texts.get(&id).ok_or_else(|| format!("{} were never stated", id.short()))?;
        match says {
            Says::Terms { until, .. } | Says::AcceptTerms { until, .. } => {
                self.known.insert(id);
                let beginning = self.beginning(id, texts);
                let beside: Vec<TermsId> =
                    self.of.keys().copied().filter(|other| self.beginning(*other, texts) == beginning).collect();
                for other in beside {
                    if self.of.remove(&other).is_some_and(|promised| promised.held_until.is_none()) {
                        return Err(format!("{} are held beside {}, which are allocated", id.short(), other.short()));
                    }
                }
                let mut portions: BTreeMap<Name, Vec<Portion>> = BTreeMap::new();
                for line in text.lines_of(own) {
                    portions.entry(line.resource.clone()).or_default().extend(&line.portions);
                }
                if let Some(until) = until {
                    self.of.insert(id, Promised { portions, held_until: Some(*until) });
                }
            }
            Says::Commit { .. } | Says::Take { .. } => {
                let held = self.of.get_mut(&id).filter(|promised| promised.stands(now));
                let promised = held.ok_or_else(|| format!("{} are allocated and not held", id.short()))?;
                if promised.held_until.take().is_none() {
                    return Err(format!("{} are allocated twice", id.short()));
                }
            }
            Says::DeclineTerms { .. } | Says::Lapse { .. } | Says::ReleaseTerms { .. } => drop(self.of.remove(&id)),
            _ => {}
        }
        Ok(())
    }

    /// The first terms of a negotiation, as far as the log knows those between.
    fn beginning(&self, mut id: TermsId, texts: &Texts) -> TermsId {
        while let Some(before) = texts.get(&id).filter(|_| self.known.contains(&id)).and_then(|text| text.counters) {
            id = before;
        }
        id
    }

    /// A round holds what it offers until it is divided into shares by what the log shows.
    fn divide(&mut self, own: &LogId, says: &Says, now: Timestamp) -> Result<(), String> {
        match says {
            Says::Round(round) if round.steward == *own => {
                let amounts: Vec<u64> = round.offers.iter().map(|offer| offer.amount).collect();
                let promised = Promised { portions: portions(round, &amounts), held_until: Some(round.divides_by) };
                self.of.insert(TermsId::from(round.id()), promised);
                self.shares.open(round, now);
            }
            Says::Divide { round: id } => {
                let held = self.of.remove(&TermsId::from(*id)).filter(|held| held.stands(now));
                held.ok_or_else(|| format!("the round {} is divided and not held", id.short()))?;
                let (round, shares) = self.shares.divide(id)?;
                let shares = shares.into_iter().map(|(group, amounts)| {
                    (Round::share(id, &group), Promised { portions: portions(round, &amounts), held_until: None })
                });
                self.of.extend(shares.filter(|(_, share)| !share.portions.is_empty()));
            }
            _ => {}
        }
        Ok(())
    }

    fn change(&mut self, effect: &Effect) {
        match effect {
            Effect::SetResource(resource) => drop(self.capacity.insert(resource.name.clone(), resource.capacity)),
            Effect::DropResource { resource } => drop(self.capacity.remove(resource)),
            _ => {}
        }
    }

    /// In no instant from now on more is promised than there is.
    fn fit(&self, now: Timestamp) -> Result<(), String> {
        let all = || {
            let standing = self.of.values().filter(|promised| promised.stands(now));
            standing
                .flat_map(|promised| &promised.portions)
                .flat_map(|(name, all)| all.iter().map(move |one| (name, one)))
        };
        for (resource, portion) in all() {
            let at = portion.window.from().max(now);
            let here = all().filter(|(name, other)| *name == resource && other.window.contains(at));
            let sum: u128 = here.map(|(_, other)| u128::from(other.amount)).sum();
            let capacity = self.capacity.get(resource).copied().unwrap_or(0);
            if portion.window.contains(at) && sum > u128::from(capacity) {
                return Err(format!("{sum} of '{resource}' are promised at {at}, and there are {capacity}"));
            }
        }
        Ok(())
    }

    /// Holds the books of a replica against what was counted.
    ///
    /// # Errors
    /// What differs.
    pub(crate) fn compare(&self, replica: &Replica, now: Timestamp) -> Result<(), String> {
        let mut books = replica.dealings().books.clone();
        books.expire(&replica.log(), now);
        let mut kept: BTreeMap<TermsId, Promised> = BTreeMap::new();
        for (name, ledger) in &books.ledgers {
            if self.capacity.get(name) != Some(&ledger.capacity()) {
                return Err(format!(
                    "of '{name}' the books have {}, not {:?}",
                    ledger.capacity(),
                    self.capacity.get(name)
                ));
            }
            for (id, promise) in ledger.iter() {
                let held_until = promise.held_until;
                let entry = kept.entry(*id).or_insert(Promised { portions: BTreeMap::new(), held_until });
                entry.portions.insert(name.clone(), promise.portions.clone());
            }
        }
        let standing = self.of.iter().filter(|(_, promised)| promised.stands(now));
        let counted: BTreeMap<TermsId, Promised> = standing.map(|(id, promised)| (*id, promised.from(now))).collect();
        if kept == counted { Ok(()) } else { Err(format!("the books have {kept:?}, counted were {counted:?}")) }
    }
}

impl Promised {
    /// Whether any of it is promised at a moment or later.
    fn stands(&self, now: Timestamp) -> bool {
        self.held_until.is_none_or(|until| until > now) && !self.from(now).portions.is_empty()
    }

    /// Without the windows that are over.
    fn from(&self, now: Timestamp) -> Self {
        let mut left = self.clone();
        left.portions.values_mut().for_each(|portions| portions.retain(|portion| portion.window.until() > now));
        left.portions.retain(|_, portions| !portions.is_empty());
        left
    }
}

/// What amounts of the offers of a round come to, by resource.
fn portions(round: &Round, amounts: &[u64]) -> BTreeMap<Name, Vec<Portion>> {
    let mut portions: BTreeMap<Name, Vec<Portion>> = BTreeMap::new();
    for (offer, amount) in round.offers.iter().zip(amounts).filter(|(_, amount)| **amount > 0) {
        let portion = Portion { window: offer.window, amount: *amount };
        portions.entry(offer.resource.clone()).or_default().push(portion);
    }
    portions
}

/// The terms that a piece of evidence states.
fn stated(evidence: &Evidence) -> impl Iterator<Item = TermsId> {
    let voices = evidence.voices.iter().filter_map(|raw| Entry::decode(&raw.0).ok());
    voices.filter_map(|entry| match &entry.content().act {
        EntryAct::Speak(voice) => match &voice.says {
            Says::Terms { terms, .. } => Some(terms.id()),
            _ => None,
        },
        _ => None,
    })
}

/// What the decisions of a log changed about resources, by the entry.
fn changes(replica: &Replica) -> BTreeMap<u64, Vec<Effect>> {
    let applied = replica.decisions().filter(|decision| decision.outcome == Outcome::Applied);
    let about = |effect: &&Effect| matches!(effect, Effect::SetResource(_) | Effect::DropResource { .. });
    let mut changes: BTreeMap<u64, Vec<Effect>> = BTreeMap::new();
    for decision in applied {
        let effects = decision.proposal.content.effects.iter().filter(about).cloned();
        changes.entry(decision.entry).or_default().extend(effects);
    }
    changes
}

#[cfg(test)]
mod tests {
    use folkmoot_protocol::resource::Window;

    use super::*;

    fn held(amount: u64, from: u64, until: u64, held_until: Option<u64>) -> Promised {
        let at = Timestamp::from_millis;
        let portion = Portion { window: Window::new(at(from), at(until)).unwrap(), amount };
        Promised {
            portions: BTreeMap::from([("room".parse().unwrap(), vec![portion])]),
            held_until: held_until.map(at),
        }
    }

    fn of(promised: Vec<Promised>) -> Promises {
        let id = |at: usize| folkmoot_protocol::id::Hash::of(&[at as u8]).into();
        let of = promised.into_iter().enumerate().map(|(at, promised)| (id(at), promised)).collect();
        Promises { capacity: BTreeMap::from([("room".parse().unwrap(), 3)]), of, ..Promises::default() }
    }

    #[test]
    fn what_overlaps_is_summed_in_every_instant() {
        let now = Timestamp::from_millis(5);
        assert_eq!(of(vec![held(2, 0, 10, None), held(1, 9, 20, Some(6)), held(2, 10, 20, Some(6))]).fit(now), Ok(()));
        assert!(of(vec![held(2, 0, 10, None), held(2, 9, 20, Some(6))]).fit(now).is_err());
    }

    #[test]
    fn what_is_over_is_not_summed() {
        let now = Timestamp::from_millis(9);
        assert_eq!(of(vec![held(2, 0, 20, None), held(2, 0, 20, Some(9))]).fit(now), Ok(()), "a hold that has ended");
        assert_eq!(of(vec![held(3, 0, 9, None), held(3, 0, 20, None)]).fit(now), Ok(()), "a window that is over");
    }
}
