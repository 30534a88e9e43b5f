//! Which rules fired in a run: read off the decisions, the logs and the refusals at its end.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    charter::{OnObjection, Rule},
    decision::{AgreementEnd, AgreementId, Decision, Outcome},
    effect::Effect,
    ladder::{Poll, Reason, Standing},
    proposal::Objection,
    replay::Replica,
    time::Timestamp,
};

use super::{
    clients::{End, Task},
    world::World,
};
use crate::script::names;

/// How often each rule fired.
pub(crate) type Fired = BTreeMap<&'static str, u64>;

/// Everything that can fire and is counted, so that what does not shows as nothing.
const RULES: [&str; 67] = [
    "agreement kept",
    "agreement retired",
    "agreement superseded",
    "amended",
    "approval missed",
    "called in",
    "consensus: all agree",
    "consensus: not all",
    "consensus: objection stands",
    "consensus: too many aside",
    "consent: no objection",
    "consent: objection stands",
    "consent: quorum missed",
    "consult: after all advice",
    "consult: past the advice window",
    "delegate: decided",
    "delegate: declined",
    "delegate: lapsed",
    "eligible: agent left out",
    "eligible: silent left out",
    "eligible: subject of a removal left out",
    "ended by another rule than today's",
    "extended for an objection",
    "final period: ended at its latest",
    "final period: held",
    "final period: ran in full",
    "final period: restarted",
    "key added",
    "key of a second device signed",
    "key revoked",
    "log key changed",
    "member joined",
    "member removed",
    "objection dismissed by its test",
    "objection integrated",
    "objection withdrawn",
    "participation set",
    "refused: advice-not-weighed",
    "refused: advice-open",
    "refused: agent-ended",
    "refused: closed",
    "refused: decided",
    "refused: effect",
    "refused: new-domain",
    "refused: no-body",
    "refused: no-call-in",
    "refused: no-more-versions",
    "refused: no-reason",
    "refused: no-target",
    "refused: no-test",
    "refused: nobody-eligible",
    "refused: not-a-member",
    "refused: not-author",
    "refused: not-eligible",
    "refused: other-version",
    "refused: out-of-scope",
    "refused: people-only",
    "refused: term-ended",
    "refused: tested",
    "refused: too-many",
    "refused: voting",
    "removed after an answer that stays",
    "several domains",
    "turned to a vote",
    "vote: not passed",
    "vote: passed",
    "vote: quorum missed",
];

impl World<'_> {
    /// How often each rule fired.
    pub(crate) fn fired(&self) -> Fired {
        let mut fired: Fired = RULES.iter().map(|rule| (*rule, 0)).collect();
        for name in self.groups.keys() {
            let Some(replica) = self.replica(name) else { continue };
            for decision in replica.decisions() {
                decided(&mut fired, replica, decision);
            }
        }
        self.statements(&mut fired);
        fired
    }

    fn statements(&self, fired: &mut Fired) {
        for op in &self.clients.ops {
            let Task::Step(at) = &op.task else { continue };
            let step = &self.scenario.steps[*at];
            match &op.end {
                Some(End::Refused(refusal)) => {
                    let rule = names(refusal).pop().map(|name| format!("refused: {name}")).unwrap_or_default();
                    if let Some(rule) = RULES.iter().find(|known| **known == rule) {
                        count(fired, rule);
                    }
                }
                Some(End::Taken(_)) if step.with.is_some() => count(fired, "key of a second device signed"),
                _ => {}
            }
        }
    }
}

fn count(fired: &mut Fired, rule: &'static str) {
    *fired.entry(rule).or_default() += 1;
}

fn decided(fired: &mut Fired, replica: &Replica, decision: &Decision) {
    let proposal = &decision.proposal;
    let mut when = |condition: bool, rule| {
        if condition {
            count(fired, rule);
        }
    };
    when(proposal.polls.len() > 1, "several domains");
    when(proposal.extended, "extended for an objection");
    when(proposal.called_in.is_some(), "called in");
    when(proposal.to_vote.is_some(), "turned to a vote");
    when(proposal.version() > 1, "amended");
    when(proposal.polls.iter().any(|poll| !poll.silent.is_empty()), "eligible: silent left out");
    when(!proposal.content.removes().is_empty(), "eligible: subject of a removal left out");
    let member = |name| replica.charter().members.find(name);
    when(proposal.responses.keys().any(|name| member(name).is_none()), "removed after an answer that stays");
    let agents = || replica.charter().members.iter().filter(|member| !member.is_person());
    let left_out = |poll: &Poll| poll.people_only && agents().any(|agent| !poll.eligible.contains(&agent.name));
    when(proposal.polls.iter().any(left_out), "eligible: agent left out");
    for objection in &proposal.objections {
        let (withdrawn, dismissed, integrated) = ended(objection);
        when(withdrawn, "objection withdrawn");
        when(dismissed, "objection dismissed by its test");
        when(integrated, "objection integrated");
    }
    for (poll, standing) in proposal.polls.iter().zip(&decision.standings) {
        stood(fired, poll, standing, decision.closed);
        let now = replica.charter().domains.find(&poll.domain).map(|domain| &domain.rule);
        if now.is_none_or(|now| *now != poll.rule) && proposal.called_in.is_none() && proposal.to_vote.is_none() {
            count(fired, "ended by another rule than today's");
        }
    }
    if decision.outcome == Outcome::Applied {
        let effects = proposal.content.effects.iter().enumerate();
        effects.for_each(|(at, effect)| applied(fired, replica, AgreementId(proposal.id, at as u32), effect));
    }
}

/// Whether it was withdrawn, found not to qualify, or withdrawn after a version that followed it.
fn ended(objection: &Objection) -> (bool, bool, bool) {
    let withdrawn = objection.withdrawn.as_ref();
    let integrated = withdrawn.is_some_and(|withdrawn| withdrawn.version > objection.version);
    (withdrawn.is_some(), !objection.dismissed.is_empty(), integrated)
}

fn stood(fired: &mut Fired, poll: &Poll, standing: &Standing, closed: Timestamp) {
    let consensus = matches!(poll.rule, Rule::Consensus(_));
    let vote = matches!(poll.rule, Rule::Vote(_));
    let rule = match &standing.reason {
        Reason::Decided { .. } => "delegate: decided",
        Reason::DecidedAfterAdvice { asked, advised, .. } if asked == advised => "consult: after all advice",
        Reason::DecidedAfterAdvice { .. } => "consult: past the advice window",
        Reason::Declined { .. } => "delegate: declined",
        Reason::NobodyDecided => "delegate: lapsed",
        Reason::QuorumMissed { .. } if vote => "vote: quorum missed",
        Reason::QuorumMissed { .. } => "consent: quorum missed",
        Reason::ObjectionsStand { .. } if consensus => "consensus: objection stands",
        Reason::ObjectionsStand { .. } => "consent: objection stands",
        Reason::ApprovalMissed { .. } => "approval missed",
        Reason::NoObjection { .. } => "consent: no objection",
        Reason::NotAll { .. } => "consensus: not all",
        Reason::TooManyAside { .. } => "consensus: too many aside",
        Reason::AllAgree { .. } => "consensus: all agree",
        Reason::Voted { .. } if standing.passes => "vote: passed",
        Reason::Voted { .. } => "vote: not passed",
        Reason::Elected { .. } => "ranked: elected",
        Reason::Tied { .. } => "ranked: tied",
        Reason::NobodyElected => "ranked: nobody elected",
    };
    count(fired, rule);
    let (Some(rule), Some(run)) = (poll.final_rule(), &poll.final_period) else { return };
    let full = run.from + rule.length;
    if standing.passes && run.from == run.first && closed >= full {
        let held =
            rule.on_objection == OnObjection::Hold && closed > full + folkmoot_protocol::time::Span::from_secs(1);
        count(fired, if held { "final period: held" } else { "final period: ran in full" });
    }
    if run.from > run.first {
        count(fired, "final period: restarted");
    }
    if closed >= run.first + rule.latest {
        count(fired, "final period: ended at its latest");
    }
}

fn applied(fired: &mut Fired, replica: &Replica, id: AgreementId, effect: &Effect) {
    match replica.agreement_end(&id) {
        Some(AgreementEnd::Superseded { .. }) => count(fired, "agreement superseded"),
        Some(AgreementEnd::Retired { .. }) => count(fired, "agreement retired"),
        None => {}
    }
    let rule = match effect {
        Effect::Keep { .. } => "agreement kept",
        Effect::AddKey { .. } => "key added",
        Effect::DropKey { .. } => "key revoked",
        Effect::SetHost(_) => "log key changed",
        Effect::SetMember(_) => "member joined",
        Effect::DropMember { .. } => "member removed",
        Effect::SetParticipation(_) => "participation set",
        _ => return,
    };
    count(fired, rule);
}
