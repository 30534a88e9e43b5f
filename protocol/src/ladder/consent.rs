//! Consent: passes unless an objection stands, if enough have responded and approve.

use super::{Reason, Standing, Tally};
use crate::{charter::Consent, statement::Answer};

/// At close: passes when the floor is met (quorum, approval if the rule asks for it) and no objection stands.
/// Early: when all eligible have responded and no objection stands.
///
/// A standing objection is a response, whatever else its author answered.
pub(super) fn standing(rule: &Consent, tally: &Tally<'_>) -> Standing {
    let (eligible, responded) = (tally.size(), tally.responded());
    let quorum = super::poll::quorum(rule.quorum, eligible);
    let settled = responded == eligible && tally.objections == 0;
    let fails = |reason| Standing { passes: false, settled, reason };
    if tally.objections > 0 {
        return fails(Reason::ObjectionsStand { count: tally.objections });
    }
    if responded < quorum {
        return fails(Reason::QuorumMissed { responded, quorum });
    }
    if let Some(approval) = &rule.approval {
        let approve = tally.count(&[Answer::Agree, Answer::Concern]);
        let outstanding = eligible - responded;
        if !approval.bar.is_met_by(approve, eligible) || approval.outstanding.is_some_and(|most| outstanding > most) {
            return fails(Reason::ApprovalMissed { approve, eligible, outstanding });
        }
    }
    Standing { passes: true, settled, reason: Reason::NoObjection { responded, quorum } }
}
