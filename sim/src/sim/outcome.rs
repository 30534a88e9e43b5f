//! From the world at its end to a report.

use folkmoot_protocol::{
    decision::{AgreementEnd, Decision, Outcome},
    ladder::{Reason, Standing},
    name::Name,
    proposal::OpenProposal,
    replay::Replica,
    time::Timestamp,
};

use super::{
    clients::{End, Task},
    matters, rounds,
    world::World,
};
use crate::{
    report::{ExpectationReport, Moment, ProposalReport, RefusedStep, Report},
    scenario::{Action, AgreementState, Expectation},
    script::is_expected,
};

impl World<'_> {
    /// The report of a run that has ended.
    pub(crate) fn report(self, differences: Vec<String>) -> Report {
        let proposals = self.proposals();
        let matters = self.matters();
        let deals = self.deals();
        let rounds = self.rounds();
        let happened = self.happened(&deals, &rounds);
        let refused = self.refused_steps();
        let fired = self.fired();
        let converged = differences.is_empty();
        let mut expectations: Vec<_> =
            self.scenario.expect.iter().flat_map(|e| expectations(e, &proposals, converged)).collect();
        expectations.extend(self.scenario.expect.iter().flat_map(|e| matters::expectations(e, &matters)));
        expectations.extend(self.scenario.expect.iter().flat_map(|e| self.expected_deals(e, &deals)));
        expectations.extend(self.scenario.expect.iter().flat_map(|e| rounds::expectations(e, &rounds)));
        expectations.extend(self.expected_refusals(&refused));
        let digests = self
            .groups
            .iter()
            .filter_map(|(name, hosted)| {
                let machine = self.nodes[hosted.node].machine.as_ref()?;
                Some((name.clone(), machine.log(&hosted.log)?.digest()))
            })
            .collect();
        Report {
            scenario: self.scenario.name.clone(),
            seed: self.seed,
            proposals,
            matters,
            deals,
            rounds,
            happened,
            refused,
            fired,
            faults: self.network.counts.by_word(),
            digests,
            converged,
            differences,
            expectations,
            trace_hash: self.trace.hash(),
            virtual_time: self.trace.passed(self.now),
            events: self.count,
            lost_records: self.lost_records,
            trace: self.trace.into_lines(),
        }
    }

    fn proposals(&self) -> Vec<ProposalReport> {
        let steps = self.scenario.steps_in_order().into_iter().map(|at| &self.scenario.steps[at]);
        let proposes = steps.filter(|step| step.action == Action::Propose);
        proposes
            .filter_map(|step| {
                let label = step.proposal.clone()?;
                let title = step.title.clone().unwrap_or_default();
                Some(self.proposal(label, step.group.clone(), title))
            })
            .collect()
    }

    fn proposal(&self, label: String, group: Name, title: String) -> ProposalReport {
        let mut report = ProposalReport {
            label,
            group,
            title,
            outcome: "refused",
            closed: None,
            final_period: None,
            reasons: Vec::new(),
            rules: Vec::new(),
            decided_by: Vec::new(),
            agreement: None,
        };
        let Some((id, group)) = self.clients.labels.find(&report.label) else { return report };
        let Some(replica) = self.replica(group) else { return report };
        let end = self.zero + self.scenario.duration;
        report.agreement = self.agreement_state(replica, &report.label, end).map(AgreementState::word);
        if let Some(decision) = replica.decision(&id).filter(|decision| decision.closed <= end) {
            self.fill_decided(&mut report, decision);
            return report;
        }
        report.outcome = "open";
        let open = replica.proposal(&id).or_else(|| replica.decision(&id).map(|decision| &decision.proposal));
        if let Some(open) = open {
            report.title.clone_from(&open.content.title);
            report.final_period = self.final_period(open);
            let standings = open.standings(replica.charter());
            report.reasons = reasons(open.polls.iter().map(|poll| &poll.domain), &standings);
            report.rules = rules(open);
        }
        report
    }

    /// How the agreement that a proposal made stands at `end`; nothing if the proposal is about none.
    fn agreement_state(&self, replica: &Replica, label: &str, end: Timestamp) -> Option<AgreementState> {
        let id = self.clients.labels.agreement(label, None)?;
        Some(match (replica.agreement(&id), replica.agreement_end(&id)) {
            (Some(agreement), _) if agreement.review.is_some_and(|review| review <= end) => AgreementState::Due,
            (Some(_), _) => AgreementState::InForce,
            (None, Some(AgreementEnd::Superseded { .. })) => AgreementState::Superseded,
            (None, Some(AgreementEnd::Retired { .. })) => AgreementState::Retired,
            (None, None) => AgreementState::Nothing,
        })
    }

    fn final_period(&self, proposal: &OpenProposal) -> Option<Moment> {
        let begun = proposal.polls.iter().filter_map(|poll| poll.final_period.as_ref()).map(|run| run.first).max();
        begun.map(|at| Moment::after(since(self.zero, at)))
    }

    fn fill_decided(&self, report: &mut ProposalReport, decision: &Decision) {
        report.outcome = decision.outcome.word();
        report.closed = Some(Moment::after(since(self.zero, decision.closed)));
        report.title.clone_from(&decision.proposal.content.title);
        report.final_period = self.final_period(&decision.proposal);
        report.rules = rules(&decision.proposal);
        let domains = decision.proposal.polls.iter().map(|poll| &poll.domain);
        report.reasons = match &decision.outcome {
            Outcome::Void { reason } => vec![reason.clone()],
            _ => reasons(domains, &decision.standings),
        };
        report.decided_by = decision.standings.iter().filter_map(|standing| decider(&standing.reason)).collect();
    }

    pub(crate) fn replica(&self, group: &Name) -> Option<&Replica> {
        let hosted = self.groups.get(group)?;
        self.nodes[hosted.node].machine.as_ref()?.log(&hosted.log)
    }

    fn refused_steps(&self) -> Vec<RefusedStep> {
        let mut refused = Vec::new();
        for op in &self.clients.ops {
            let Task::Step(at) = &op.task else { continue };
            let step = &self.scenario.steps[*at];
            let expects = step.refused.as_deref();
            let (reason, expected) = match &op.end {
                Some(End::Taken(_)) => continue,
                None => ("the node did not answer before the end".to_owned(), false),
                Some(End::Refused(refusal)) => {
                    (refusal.to_string(), expects.is_some_and(|expects| is_expected(expects, refusal)))
                }
                Some(End::Impossible(error)) => (error.to_string(), false),
            };
            let (member, action) = (step.member.clone(), step.action.word());
            refused.push(RefusedStep { step: *at, at: step.at, member, action, reason, expected });
        }
        refused
    }

    /// Steps are expected to be taken unless they say that they are refused.
    fn expected_refusals(&self, refused: &[RefusedStep]) -> Vec<ExpectationReport> {
        let mut reports = Vec::new();
        for (at, step) in self.scenario.steps.iter().enumerate() {
            let found = refused.iter().find(|refusal| refusal.step == at);
            let name = format!("steps[{at}] ({} {} at {})", step.member, step.action.word(), step.at);
            match (&step.refused, found) {
                (Some(expects), found) => reports.push(ExpectationReport {
                    expected: format!("{name} is refused: {expects}"),
                    met: found.is_some_and(|refusal| refusal.expected),
                    found: Some(found.map_or("it was taken".to_owned(), |refusal| refusal.reason.clone()))
                        .filter(|_| !found.is_some_and(|refusal| refusal.expected)),
                }),
                (None, Some(refusal)) if !self.scenario.lenient => reports.push(ExpectationReport {
                    expected: format!("{name} is taken"),
                    met: false,
                    found: Some(refusal.reason.clone()),
                }),
                (None, _) => {}
            }
        }
        reports
    }
}

fn rules(proposal: &OpenProposal) -> Vec<String> {
    proposal.polls.iter().map(|poll| format!("{}: {}", poll.domain, poll.rule)).collect()
}

fn since(zero: Timestamp, at: Timestamp) -> folkmoot_protocol::time::Span {
    at.since(zero)
}

fn decider(reason: &Reason) -> Option<Name> {
    match reason {
        Reason::Decided { by } | Reason::DecidedAfterAdvice { by, .. } | Reason::Declined { by } => Some(by.clone()),
        _ => None,
    }
}

fn reasons<'a>(domains: impl Iterator<Item = &'a Name>, standings: &[Standing]) -> Vec<String> {
    domains.zip(standings).map(|(domain, standing)| format!("{domain}: {}", standing.reason)).collect()
}

/// What an expectation says, part by part.
fn expectations(expectation: &Expectation, proposals: &[ProposalReport], converged: bool) -> Vec<ExpectationReport> {
    let mut reports = Vec::new();
    let mut expect = |expected: String, met: bool, found: String| {
        reports.push(ExpectationReport { expected, met, found: (!met).then_some(found) });
    };
    if let Some(wanted) = expectation.converged {
        let text = if wanted { "all nodes hold the same" } else { "nodes differ" };
        expect(text.into(), converged == wanted, format!("converged = {converged}"));
    }
    if let (Some(label), Some(state)) = (&expectation.agreement, expectation.state) {
        let found = proposals.iter().find(|proposal| proposal.label == *label).and_then(|found| found.agreement);
        let found = found.unwrap_or(AgreementState::Nothing.word());
        expect(format!("the agreement '{label}' is {}", state.word()), found == state.word(), found.to_owned());
    }
    let Some(label) = &expectation.proposal else { return reports };
    let Some(proposal) = proposals.iter().find(|proposal| proposal.label == *label) else { return reports };
    let closed = proposal.closed.map(|moment| moment.after);
    let ended = closed.map_or("it has not ended".to_owned(), |closed| format!("it ended at {closed}"));
    if let Some(outcome) = expectation.outcome {
        let met = proposal.outcome == outcome.word();
        let found = format!("{} ({})", proposal.outcome, proposal.reasons.join("; "));
        expect(format!("'{label}' is {}", outcome.word()), met, found);
    }
    if let Some(by) = &expectation.decided_by {
        let found = format!("decided by {:?}", proposal.decided_by.iter().map(Name::as_str).collect::<Vec<_>>());
        expect(format!("'{label}' is decided by {by}"), proposal.decided_by.contains(by), found);
    }
    for (part, what, found) in
        [(&expectation.reason, "because", &proposal.reasons), (&expectation.rule, "by the rule", &proposal.rules)]
    {
        let Some(part) = part else { continue };
        let met = found.iter().any(|text| text.contains(part.as_str()));
        expect(format!("'{label}' {what}: {part}"), met, found.join("; "));
    }
    if let Some(least) = expectation.closed_after {
        expect(format!("'{label}' ends after {least}"), closed.is_some_and(|at| at >= least), ended.clone());
    }
    if let Some(most) = expectation.closed_before {
        expect(format!("'{label}' ends by {most}"), closed.is_some_and(|at| at <= most), ended);
    }
    reports
}
