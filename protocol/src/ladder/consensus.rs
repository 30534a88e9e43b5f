//! Consensus: every eligible member agrees or stands aside.

use super::{Reason, Standing, Tally};
use crate::{charter::Consensus, statement::Answer};

/// At close: passes when every eligible member agrees (a concern is recorded, and agrees) or stands aside, at least one
/// agrees, and no more stand aside than the rule allows.
/// Early: when all eligible have responded and no objection stands.
pub(super) fn standing(rule: &Consensus, tally: &Tally<'_>) -> Standing {
    let eligible = tally.size();
    let settled = tally.responded() == eligible && tally.objections == 0;
    let agree = tally.count(&[Answer::Agree, Answer::Concern]);
    let aside = tally.count(&[Answer::Aside]);
    let fails = |reason| Standing { passes: false, settled, reason };
    if tally.objections > 0 {
        return fails(Reason::ObjectionsStand { count: tally.objections });
    }
    if agree == 0 || agree + aside < eligible {
        return fails(Reason::NotAll { agree, aside, eligible });
    }
    if aside > rule.asides {
        return fails(Reason::TooManyAside { aside, most: rule.asides });
    }
    Standing { passes: true, settled, reason: Reason::AllAgree { agree, aside } }
}
