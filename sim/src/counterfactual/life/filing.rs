//! Filing that decides: a holder's own proposal where the new rules let the holder decide alone.
//!
//! Where the group decides, filing is the author's agree; a delegate's decision is always a response of its own. Who
//! filed and so agreed in the history had no reason to say it twice, so under the new rules it is said here.

use std::collections::BTreeSet;

use folkmoot_protocol::{
    charter::Owner,
    error::{Premature, Refusal},
    id::ProposalId,
    ladder::Poll,
    name::Name,
    replay::Replica,
    statement::{Act, Answer, Response, Statement},
    time::Timestamp,
};

use super::{Attempt, Early, Life, advice_for};
use crate::counterfactual::translate::NO_WORDS;

/// The domains of proposals in which a history took the filing as its author's agree.
pub(super) fn counted(real: &Replica) -> BTreeSet<(ProposalId, Name)> {
    let ended = real.decisions().map(|decision| &decision.proposal);
    let mut counted = BTreeSet::new();
    // What was called in was a delegate's when it was filed.
    for proposal in ended.chain(real.proposals()).filter(|proposal| proposal.called_in.is_none()) {
        let agreed = |poll: &&Poll| !poll.is_delegate() && poll.eligible.contains(&proposal.author);
        counted.extend(proposal.polls.iter().filter(agreed).map(|poll| (proposal.id, poll.domain.clone())));
    }
    counted
}

impl Life {
    /// Says for the author of a proposal or version, just filed, what the history took from the filing.
    pub(super) fn decide_by_filing(&mut self, statement: &Statement, at: Timestamp) {
        match self.file(statement) {
            Ok(true) => self.other(statement, at, "is the decision as well: its author holds the role".into()),
            Err(Attempt::Early(until)) => {
                self.early.push(Early { until, statement: statement.clone(), at, filing: true });
            }
            // Whatever refuses it leaves the proposal open, as it would have been.
            Ok(false) | Err(Attempt::Refused(_)) => {}
        }
    }

    /// Decides for the author, where that is the author's to decide; says whether it was.
    pub(super) fn file(&mut self, statement: &Statement) -> Result<bool, Attempt> {
        let about = self.about.get(&statement.id()).copied();
        let Some((was, name)) = about.zip(self.names.get(&statement.signer()).cloned()) else { return Ok(false) };
        let Some(id) = self.translation.proposal(&was) else { return Ok(false) };
        let replica = self.driver.replica();
        let Some(open) = replica.proposal(&id) else { return Ok(false) };
        let holds = |owner: &Owner| match owner {
            Owner::Role(role) => {
                let role = replica.charter().roles.find(role);
                role.is_some_and(|role| role.is_held_by(&name, self.driver.now()))
            }
            Owner::Group => false,
        };
        let decides =
            |poll: &Poll| poll.is_delegate() && holds(&poll.owner) && self.filed.contains(&(was, poll.domain.clone()));
        if !open.polls.iter().any(decides) {
            return Ok(false);
        }
        let weighs = advice_for(replica, &id, &name, self.driver.now());
        let (version, reason) = (open.version(), Some(NO_WORDS));
        let act = Act::Respond(Response { proposal: id, version, answer: Answer::Agree, reason, weighs });
        let key = self.driver.keys.of(&statement.signer());
        match self.driver.act(&key, act) {
            Ok(_) => Ok(true),
            Err(Refusal::Premature(Premature::AdviceOpen { until, .. })) => Err(Attempt::Early(until)),
            Err(refusal) => Err(Attempt::Refused(refusal.to_string())),
        }
    }
}
