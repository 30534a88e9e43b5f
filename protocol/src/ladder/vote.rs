//! Vote: passes by the share of yes, if enough have voted.

use super::{Reason, Standing, Tally};
use crate::{
    charter::{Base, Vote},
    statement::Answer,
};

/// At close: passes when the quorum is met and yes comes to the rule's bar.
/// Early: when all eligible have voted.
///
/// Agree and concern are yes, an objection is no, standing aside is abstaining, which counts for the quorum only. Of no
/// votes there is no share: nobody voting yes or no is no majority.
pub(super) fn standing(rule: &Vote, tally: &Tally<'_>) -> Standing {
    let (eligible, responded) = (tally.size(), tally.responded());
    let quorum = super::poll::quorum(rule.quorum, eligible);
    let settled = responded == eligible;
    if responded < quorum {
        return Standing { passes: false, settled, reason: Reason::QuorumMissed { responded, quorum } };
    }
    let yes = tally.count(&[Answer::Agree, Answer::Concern]);
    let no = tally.count(&[Answer::Object]);
    let of = match rule.of {
        Base::Votes => yes + no,
        Base::Eligible => eligible,
    };
    let reason = Reason::Voted { yes, no, abstain: responded - yes - no, of };
    Standing { passes: rule.yes.is_met_by(yes, of), settled, reason }
}
