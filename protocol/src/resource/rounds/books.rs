//! What rounds hold and give in the steward's ledgers.

use super::{
    super::{Books, Ledger, Promise, division::Share},
    KnownRound, Round,
};
use crate::{
    charter::Charter,
    id::{LogId, RoundId, TermsId},
    limits::{ROUNDS_OF_ONE, TERMS_KEPT},
    time::Timestamp,
};

impl Books {
    /// Holds what a round offers, until it is divided or over.
    ///
    /// # Errors
    /// If a resource is not there, cannot be promised so at `now`, or there is not enough; then something has changed,
    /// and the caller drops it.
    pub fn hold_round(&mut self, charter: &Charter, round: &Round, now: Timestamp) -> Result<(), String> {
        for (name, portions) in round.portions(&round.amounts()) {
            let resource = charter.resources.find(name);
            let resource = resource.ok_or_else(|| format!("the group has no resource '{name}'"))?;
            for portion in &portions {
                resource.admits(portion, now).map_err(|error| error.to_string())?;
            }
            let ledger = self.ledgers.entry(name.clone()).or_insert_with(|| Ledger::new(resource.capacity));
            let hold = Promise::hold(portions, round.divides_by);
            ledger.promise(round.id().into(), hold).map_err(|error| format!("of '{name}' {error}"))?;
        }
        Ok(())
    }

    /// Notes when the voice was spoken that opens a round of this group.
    pub fn note_opened(&mut self, id: &RoundId, now: Timestamp) {
        if let Some(known) = self.rounds.get_mut(id) {
            known.opened = now;
        }
    }

    /// Says whether what a round offers is held.
    pub fn holds_round(&self, id: &RoundId) -> bool {
        self.held_until(&TermsId::from(*id)).is_some()
    }

    /// Says whether a promise is what a round that is known here offers, and not what terms hold.
    pub fn is_round(&self, promise: &TermsId) -> bool {
        self.rounds.contains_key(&RoundId(promise.0))
    }

    /// Divides a round: each share becomes an allocation, the rest of what was held goes free.
    pub fn divide_round(&mut self, id: &RoundId, now: Timestamp) {
        let Some(known) = self.rounds.get_mut(id) else { return };
        known.divided = Some(now);
        let round = known.round.clone();
        // A round that was opened can stand, and claims were taken that fit it: they can be divided.
        let shares = known.result(*id).map(|result| result.divided.shares).unwrap_or_default();
        self.let_go(Some(&TermsId::from(*id)));
        for share in shares {
            for (name, portions) in round.portions(&share.amounts) {
                let ledger = self.ledgers.get_mut(name);
                // Shares come to no more than was held.
                let _ = ledger.map(|ledger| ledger.promise(Round::share(id, &share.id), Promise::allocation(portions)));
            }
        }
    }

    /// Says whether a group's share of a round is promised here.
    pub fn has_share(&self, id: &RoundId, group: &LogId) -> bool {
        let share = Round::share(id, group);
        self.ledgers.values().any(|ledger| ledger.find(&share).is_some())
    }

    /// Says whether a group gave up its share of a round that was divided here: it got something whose window is not over
    /// at `now`, and nothing of that is promised any more.
    pub fn gave_up(&self, id: &RoundId, share: &Share<LogId>, now: Timestamp) -> bool {
        let Some(known) = self.rounds.get(id).filter(|known| known.divided.is_some()) else { return false };
        let mut offers = known.round.offers.iter().zip(&share.amounts);
        offers.any(|(offer, amount)| *amount > 0 && offer.window.until() > now) && !self.has_share(id, &share.id)
    }

    /// Lets a group's share of a round that the log of `own` divided go, and says whether there was one.
    pub fn release_share(&mut self, own: &LogId, id: &RoundId, group: &LogId) -> bool {
        let divides = self.rounds.get(id).is_some_and(|known| known.round.steward == *own && known.divided.is_some());
        let had = divides && self.has_share(id, group);
        if had {
            self.let_go(Some(&Round::share(id, group)));
        }
        had
    }

    /// Says whether the log of `own` takes in a round of another group's that it does not know: it may claim in it, and not
    /// too many are here of that steward in which it has not claimed.
    pub fn takes_in(&self, own: &LogId, round: &Round, now: Timestamp) -> bool {
        let may_claim = round.claimant(own).is_some() && now <= round.claims_by;
        may_claim && !self.rounds.contains_key(&round.id()) && self.room_for_rounds(&round.steward, now) > 0
    }

    /// How many more rounds of a steward may be taken in.
    fn room_for_rounds(&self, steward: &LogId, now: Timestamp) -> usize {
        let waits = |(id, known): &(&RoundId, &KnownRound)| {
            known.round.steward == *steward && known.claimed.is_none() && !self.is_round_over(id, known, now)
        };
        ROUNDS_OF_ONE.saturating_sub(self.rounds.iter().filter(waits).count())
    }

    /// Forgets rounds that are over. They cannot come back: a round is opened and taken in up to its last date of claims.
    pub fn forget_rounds(&mut self, now: Timestamp) {
        let over = self.rounds.iter().filter(|(id, known)| self.is_round_over(id, known, now));
        let over: Vec<RoundId> = over.map(|(id, _)| *id).collect();
        for id in over {
            self.rounds.remove(&id);
        }
    }

    /// Says whether a round is long over, and nothing is promised under it here.
    fn is_round_over(&self, id: &RoundId, known: &KnownRound, now: Timestamp) -> bool {
        let shares = || known.slots.keys().any(|group| self.has_share(id, group));
        known.round.divides_by + TERMS_KEPT < now && !self.holds_round(id) && !shares()
    }

    /// The round and the group whose share a promise of that id is.
    pub fn share_of(&self, promise: &TermsId) -> Option<(&RoundId, LogId)> {
        let groups = |(id, round): (&RoundId, &Round)| {
            round.claimants.iter().map(|claimant| claimant.group).find(|group| Round::share(id, group) == *promise)
        };
        self.rounds.iter().find_map(|(id, known)| Some((id, groups((id, &known.round))?)))
    }
}
