//! Consent: passes unless an objection stands, if enough have responded.

use super::{Reason, Standing, Tally};
use crate::charter::Consent;

/// At close: passes when the quorum is met and no objection stands.
/// Early: when all eligible have responded and no objection stands.
///
/// A standing objection is a response, whatever else its author answered.
pub(super) fn standing(rule: &Consent, tally: &Tally<'_>) -> Standing {
    let eligible = tally.eligible.len() as u32;
    let responded = tally.answers.keys().filter(|name| tally.eligible.contains(**name)).count() as u32;
    let quorum = quorum(rule, eligible);
    let settled = responded == eligible && tally.objections == 0;
    if tally.objections > 0 {
        let reason = Reason::ObjectionsStand { count: tally.objections };
        return Standing { passes: false, settled, reason };
    }
    if responded < quorum {
        return Standing { passes: false, settled, reason: Reason::QuorumMissed { responded, quorum } };
    }
    Standing { passes: true, settled, reason: Reason::NoObjection { responded, quorum } }
}

/// ⌈fraction × eligible⌉, at least 1.
pub(super) fn quorum(rule: &Consent, eligible: u32) -> u32 {
    rule.quorum.ceil_of(eligible).max(1)
}
