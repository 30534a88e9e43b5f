//! Matters that settle a negotiation: they carry terms, and who enacts its part accepts these.
//!
//! What follows is as in any negotiation: one log closes, the others take. Only the acceptance is the matter's.

use super::Matter;
use crate::{
    effect::Effect, federation::FederationAgreement, id::LogId, limits::HOLD_MARGIN, resource::Terms, time::Timestamp,
};

impl Matter {
    /// The terms that a group accepts when it enacts its part: those of which it is a party.
    pub fn settled_with(&self, group: &LogId) -> Option<&Terms> {
        self.settles.as_deref().filter(|terms| terms.parties().contains(group))
    }

    /// The earliest deadline of terms that it settles: after its last date a consent may take so long to come, what binds
    /// by it to be enacted, and that to reach the closer.
    pub fn settles_from(&self, agreement: &FederationAgreement) -> Timestamp {
        self.by[2] + agreement.timing.news.times(HOLD_MARGIN)
    }

    /// Checks the terms that it settles, opened at `now`:
    /// - they are of its version, can stand, are the matter's own and counter nothing
    /// - each party has a part, which does not change resources besides
    /// - their deadline leaves time after the last date
    pub(super) fn check_settles(&self, agreement: &FederationAgreement, now: Timestamp) -> Result<(), String> {
        let Some(terms) = self.settles.as_deref() else { return Ok(()) };
        if self.amends.is_some() {
            return Err("what amends the agreement settles no terms: open another matter for them".into());
        }
        if (terms.federation, terms.version) != (self.federation, self.version) {
            return Err("the terms that it settles name another version of the agreement than it does".into());
        }
        if !terms.by_matter || terms.counters.is_some() {
            return Err("the terms that it settles are to be its own (by_matter), and to counter none".into());
        }
        terms.check(agreement, now).map_err(|problem| format!("of the terms that it settles: {problem}"))?;
        let earliest = self.settles_from(agreement);
        if terms.by < earliest {
            return Err(format!(
                "the terms that it settles must leave time to enact them after its last date: until {earliest} at least, not {}",
                terms.by
            ));
        }
        self.check_parties(terms)
    }

    fn check_parties(&self, terms: &Terms) -> Result<(), String> {
        for party in terms.parties() {
            let part = self.part(&party);
            let part =
                part.ok_or_else(|| format!("it settles terms with {}, and has no part for it", party.short()))?;
            let resources = |effect: &&Effect| matches!(effect, Effect::SetResource(_) | Effect::DropResource { .. });
            if let Some(effect) = part.effects.iter().find(resources) {
                return Err(format!(
                    "its part for {}: no {} beside terms that it accepts",
                    party.short(),
                    effect.name()
                ));
            }
        }
        Ok(())
    }
}
