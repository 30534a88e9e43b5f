//! What rounds hold and give in the steward's ledgers.

use super::{
    super::{Books, Ledger, Promise},
    Round,
};
use crate::{
    charter::Charter,
    id::{LogId, RoundId, TermsId},
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

    /// The round and the group whose share a promise of that id is.
    pub fn share_of(&self, promise: &TermsId) -> Option<(&RoundId, LogId)> {
        let groups = |(id, round): (&RoundId, &Round)| {
            round.claimants.iter().map(|claimant| claimant.group).find(|group| Round::share(id, group) == *promise)
        };
        self.rounds.iter().find_map(|(id, known)| Some((id, groups((id, &known.round))?)))
    }
}
