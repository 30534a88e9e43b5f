//! The test of an objection: those who are neither its author nor the proposal's may find that it does not qualify.

use std::collections::BTreeSet;

use super::{
    admit::{in_reach, open, why_not},
    view::View,
};
use crate::{
    charter::{Charter, Fraction, Member, Rule},
    error::{Conflict, Malformed, Refusal},
    id::StatementId,
    ladder::Poll,
    name::Name,
    proposal::{Dismissed, Objection, OpenProposal, Tested},
    statement::Test,
    time::Timestamp,
};

/// Takes a member's word in the test of an objection:
/// - the proposal is open, at the version that was read, and the objection stands
/// - in a domain whose rule has a test and where the member is eligible, being neither objector nor proposer
/// - once per objection and version; to find that it does not qualify takes a reason
pub(super) fn test(view: &mut View<'_>, id: StatementId, member: &Member, test: &Test) -> Result<(), Refusal> {
    let found = view.proposal_of_objection(&test.objection).ok_or(Conflict::NoTarget(test.objection))?;
    let mut proposal = open(view, &found.id)?;
    let current = proposal.version();
    if test.version != current {
        return Err(Conflict::OtherVersion { proposal: proposal.id, current, found: test.version }.into());
    }
    if !test.qualifies && test.reason.is_none() {
        return Err(Malformed::NoReason("finding that an objection does not qualify").into());
    }
    let at = proposal.objections.iter().position(|objection| objection.given.statement == test.objection);
    let at = at.filter(|at| proposal.objections[*at].stands()).ok_or(Conflict::NoTarget(test.objection))?;
    check_tester(view, member, &proposal, &proposal.objections[at])?;
    let word = Tested { statement: id, at: view.now, qualifies: test.qualifies, reason: test.reason };
    if proposal.objections[at].tests.insert(member.name.clone(), word).is_some() {
        return Err(Conflict::Tested(test.objection).into());
    }
    view.put(proposal);
    Ok(())
}

/// Ends objections in the domains where those who find that they do not qualify reach the rule's share of all who could
/// say so, and are at least two.
pub(super) fn settle(proposal: &mut OpenProposal, charter: &Charter, now: Timestamp) {
    let version = proposal.version();
    for at in 0..proposal.objections.len() {
        for (domain, share, testers) in tests(proposal, &proposal.objections[at], charter) {
            let objection = &mut proposal.objections[at];
            let against = |name: &&Name| objection.tests.get(*name).is_some_and(|word| !word.qualifies);
            let (found, of) = (testers.iter().filter(against).count() as u32, testers.len() as u32);
            if found >= 2 && found >= share.ceil_of(of) {
                objection.dismissed.insert(domain, Dismissed { at: now, version, found, of });
            }
        }
    }
}

fn check_tester(
    view: &View<'_>,
    member: &Member,
    proposal: &OpenProposal,
    objection: &Objection,
) -> Result<(), Refusal> {
    let tests = tests(proposal, objection, view.charter());
    if tests.is_empty() {
        return Err(Conflict::NoTest(objection.given.statement).into());
    }
    let reaches = |domain: &Name| proposal.polls.iter().any(|poll| poll.domain == *domain && in_reach(member, poll));
    let may = tests.iter().any(|(domain, _, testers)| testers.contains(&member.name) && reaches(domain));
    let is_party = member.name == objection.author || member.name == proposal.author;
    match may {
        true => Ok(()),
        false if is_party => Err(Conflict::NoTest(objection.given.statement).into()),
        false => Err(why_not(view, member, proposal).into()),
    }
}

/// The domains in which an objection can be tested, each with the share that ends it and those who may say so, who are
/// at least two.
///
/// Who was removed keeps what was said, and without a word leaves.
fn tests(proposal: &OpenProposal, objection: &Objection, charter: &Charter) -> Vec<(Name, Fraction, BTreeSet<Name>)> {
    let test = |poll: &Poll| match &poll.rule {
        Rule::Consent(rule) if objection.stands_in(&poll.domain) => rule.objection_test,
        _ => None,
    };
    let testers = |poll: &Poll| -> BTreeSet<Name> {
        let is_party = |name: &Name| *name == objection.author || *name == proposal.author;
        let stays = |name: &Name| charter.members.find(name).is_some() || objection.tests.contains_key(name);
        let may = |name: &&Name| !is_party(name) && stays(name);
        poll.eligible.iter().filter(may).cloned().collect()
    };
    let polls = proposal.polls.iter().filter_map(|poll| Some((poll.domain.clone(), test(poll)?, testers(poll))));
    polls.filter(|(_, _, testers)| testers.len() >= 2).collect()
}
