//! Delegate and consult: a holder of the owning role decides, with a why; in consult after the advice.

use super::{Reason, Standing, Tally};
use crate::statement::Answer;

/// Passes when a holder agreed; is settled once a holder agreed or objected.
///
/// Where several hold the role, an objection of one outweighs the agreement of another: nobody was given the
/// power to decide against a fellow holder. It ends only by a withdrawal, as any objection.
///
/// That advice was heard first is a condition of the decision itself: the log takes none before.
pub(super) fn standing(tally: &Tally<'_>) -> Standing {
    let by = |answer| tally.answers.iter().find(|(_, given)| **given == answer).map(|(name, _)| (*name).clone());
    if let Some(by) = by(Answer::Object) {
        return Standing { passes: false, settled: true, reason: Reason::Declined { by } };
    }
    let (asked, advised) = (tally.asked, tally.advised);
    match by(Answer::Agree) {
        Some(by) if asked > 0 => {
            Standing { passes: true, settled: true, reason: Reason::DecidedAfterAdvice { by, asked, advised } }
        }
        Some(by) => Standing { passes: true, settled: true, reason: Reason::Decided { by } },
        None => Standing { passes: false, settled: false, reason: Reason::NobodyDecided },
    }
}
