//! Two runs of a history beside each other, proposal by proposal.

use folkmoot_protocol::{
    decision::{Decision, Outcome},
    proposal::{OpenProposal, Stage},
    replay::Replica,
};

use super::{Compared, Difference, Ending, OtherAct, life::Life};

/// Compares all proposals of a history.
pub(super) fn all(real: &Replica, control: &Life, other: &Life, notes: &mut Vec<String>) -> Vec<Compared> {
    let open = real.proposals();
    let mut proposals: Vec<&OpenProposal> = real.decisions().map(|decision| &decision.proposal).chain(open).collect();
    proposals.sort_by_key(|proposal| (proposal.opened, proposal.versions.first().map(|version| version.entry)));
    for act in control.strays().iter().chain(other.strays()) {
        notes.push(format!("{}, {} at {}: {}", act.member, act.act, act.at, act.becomes));
    }
    proposals.into_iter().map(|proposal| one(proposal, real, control, other, notes)).collect()
}

fn one(proposal: &OpenProposal, real: &Replica, control: &Life, other: &Life, notes: &mut Vec<String>) -> Compared {
    let was = ending(real.decision(&proposal.id), Some(proposal));
    let due = of(control, proposal);
    let would_be = of(other, proposal);
    if was.at.is_some() && due.outcome != was.outcome {
        // The acts alone do not lead to what the log says, so what they lead to under other rules says little.
        notes.push(format!(
            "'{}' {} in the log, and {} when its acts are done again under the log's own charter: do not rely on it here",
            proposal.content.title, was.outcome, due.outcome
        ));
    }
    for act in control.others(&proposal.id) {
        let OtherAct { member, act, at, becomes } = act;
        notes.push(format!("{member}, {act} at {at}: {becomes}, even under the log's own charter"));
    }
    let differs = match () {
        () if due.outcome != would_be.outcome => Difference::Outcome,
        // Compared is when things were due: a host closes a little later.
        () if due.at != would_be.at => Difference::Date,
        () => Difference::Nothing,
    };
    Compared {
        proposal: proposal.id,
        title: proposal.content.title.clone(),
        author: proposal.author.clone(),
        opened: proposal.opened,
        differs,
        was,
        would_be,
        acts: other.others(&proposal.id).to_vec(),
    }
}

/// How a proposal of the history ends in a run.
fn of(life: &Life, proposal: &OpenProposal) -> Ending {
    let Some(id) = life.proposal(&proposal.id) else {
        let refused = life.others(&proposal.id).first();
        let why = refused.map(|act| act.becomes.clone()).into_iter().collect();
        return Ending { outcome: "never opened".into(), at: None, why };
    };
    let replica = life.replica();
    ending(replica.decision(&id), replica.proposal(&id))
}

fn ending(decision: Option<&Decision>, open: Option<&OpenProposal>) -> Ending {
    let Some(decision) = decision else {
        let passed = open.is_some_and(|open| matches!(open.stage, Stage::Passed { .. }));
        let why = if passed { vec!["it passed and waits for a call-in".into()] } else { Vec::new() };
        return Ending { outcome: "open".into(), at: None, why };
    };
    let polls = decision.proposal.polls.iter().zip(&decision.standings);
    let mut why: Vec<String> = polls.map(|(poll, standing)| format!("{}: {}", poll.domain, standing.reason)).collect();
    if let Outcome::Void { reason } = &decision.outcome {
        why.push(reason.clone());
    }
    Ending { outcome: decision.outcome.word().into(), at: Some(decision.closed), why }
}
