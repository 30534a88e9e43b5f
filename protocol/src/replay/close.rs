//! Closing proposals and carrying out decisions.

use super::{effects, view::View};
use crate::{
    decision::{Decision, Outcome},
    error::{Premature, Refusal},
    id::ProposalId,
    ladder::Standing,
    proposal::{OpenProposal, Stage},
    time::Timestamp,
};

/// Closes a proposal that is due:
/// - its time has come, or all of its domains may close early and the minimum time is over
/// - it passes if every domain passes; then its effects wait for the call-in window, if there is one
/// - where its last version does not pass, domains whose rule says so turn to a vote, if that can still save it
pub(super) fn close(view: &mut View<'_>, id: &ProposalId) -> Result<(), Refusal> {
    let mut proposal = view.proposal(id)?;
    let Some(closes) = proposal.may_close(view.charter()) else {
        return Err(crate::error::Conflict::Decided(*id).into());
    };
    if view.now < closes {
        return Err(Premature::StillOpen { proposal: *id, until: proposal.closes }.into());
    }
    let standings = proposal.standings(view.charter());
    let passes = standings.iter().all(|standing| standing.passes);
    if view.now >= proposal.closes && proposal.ran_in_full() {
        view.note_missed(&proposal);
    }
    if !passes && send_to_vote(&mut proposal, &standings, view.now) {
        view.put(proposal);
        return Ok(());
    }
    match proposal.call_in_window() {
        _ if !passes => end(view, proposal, standings, Outcome::NotPassed, None),
        Some(window) => {
            proposal.stage = Stage::Passed { at: view.now, until: view.now + window };
            view.put(proposal);
        }
        None => carry_out(view, proposal),
    }
    Ok(())
}

/// Turns the domains that do not pass to the votes that their rules name, when no version is left.
///
/// All of them or none: where one domain has no vote, the proposal cannot pass any more.
fn send_to_vote(proposal: &mut OpenProposal, standings: &[Standing], now: Timestamp) -> bool {
    if proposal.version() < proposal.most_versions() {
        return false;
    }
    let mut polls = proposal.polls.clone();
    let mut failing = polls.iter_mut().zip(standings).filter(|(_, standing)| !standing.passes);
    if !failing.all(|(poll, _)| poll.send_to_vote()) {
        return false;
    }
    proposal.polls = polls;
    proposal.to_vote = Some(now);
    proposal.start_window(now);
    true
}

/// Carries out a decision whose call-in window has passed.
pub(super) fn apply(view: &mut View<'_>, id: &ProposalId) -> Result<(), Refusal> {
    let proposal = view.proposal(id)?;
    match proposal.stage {
        Stage::Passed { until, .. } if view.now >= until => carry_out(view, proposal),
        Stage::Passed { until, .. } => return Err(Premature::CallInOpen { proposal: *id, until }.into()),
        Stage::Open => return Err(Premature::StillOpen { proposal: *id, until: proposal.closes }.into()),
    }
    Ok(())
}

/// Ends a proposal that its author withdrew.
pub(super) fn withdraw(view: &mut View<'_>, proposal: OpenProposal) {
    let standings = proposal.standings(view.charter());
    end(view, proposal, standings, Outcome::Withdrawn, None);
}

/// All effects or none: where one no longer applies, the decision is void with the reason.
fn carry_out(view: &mut View<'_>, proposal: OpenProposal) {
    // How it stood is told by the members who decided it, not by those whom its effects leave or bring.
    let standings = proposal.standings(view.charter());
    let carried = proposal.carried(&standings);
    let governed = effects::still_governed(view, &proposal, &carried);
    match governed.and_then(|()| effects::outcome(view, carried.iter().map(|(_, effect)| *effect))) {
        Err(reason) => end(view, proposal, standings, Outcome::Void { reason: reason.to_string() }, None),
        Ok(changed) => {
            let after = proposal.content.review.or_else(|| proposal.polls.iter().filter_map(|p| p.rule.review()).min());
            let review = after.map(|span| view.now + span);
            effects::take(view, proposal.id, &carried, changed, review);
            end(view, proposal, standings, Outcome::Applied, review);
        }
    }
}

fn end(
    view: &mut View<'_>,
    proposal: OpenProposal,
    standings: Vec<Standing>,
    outcome: Outcome,
    review: Option<Timestamp>,
) {
    view.end(Decision { proposal, outcome, standings, closed: view.now, entry: view.number, review });
}
