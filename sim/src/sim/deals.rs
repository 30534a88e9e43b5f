//! Negotiations about resources at the end of a run: how they stand, what is promised, and whether that is what was
//! expected.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    id::LogId,
    name::Name,
    replay::Replica,
    resource::{Books, Terms},
    time::Timestamp,
};

use super::world::World;
use crate::{
    report::{DealReport, ExpectationReport},
    scenario::{Action, Expectation, Step},
};

impl World<'_> {
    /// The terms that steps stated, in the order of the steps.
    pub(crate) fn deals(&self) -> Vec<DealReport> {
        let steps = self.scenario.steps_in_order().into_iter().map(|at| &self.scenario.steps[at]);
        steps.filter(|step| step.action == Action::Propose).filter_map(|step| self.deal(step)).collect()
    }

    fn deal(&self, step: &Step) -> Option<DealReport> {
        let label = step.proposal.clone()?;
        let terms = self.clients.labels.terms(&label)?;
        let (group, title) = (step.group.clone(), terms.title.clone());
        let state = |log: &LogId| {
            let name = self.groups.iter().find(|(_, hosted)| hosted.log == *log)?.0;
            let replica = self.replica(name)?;
            let state = replica.dealings().books.state_at(log, &terms.id(), self.now);
            Some((name.clone(), state.map_or("none", |state| state.word())))
        };
        let states = terms.parties().iter().filter_map(state).collect();
        Some(DealReport { label, group, title, states, closed: self.closing_word(terms) })
    }

    /// What the closer said, in its own log.
    fn closing_word(&self, terms: &Terms) -> &'static str {
        let name = self.groups.iter().find(|(_, hosted)| hosted.log == terms.closer).map(|(name, _)| name);
        let deal = name.and_then(|name| self.replica(name)?.dealings().books.deals.get(&terms.id()));
        match deal.map(|deal| deal.closing) {
            None => "unknown",
            Some(None) => "open",
            Some(Some(closing)) if closing.commits => "commits",
            Some(Some(_)) => "lapses",
        }
    }

    /// What an expectation says of terms and of resources, part by part.
    pub(crate) fn expected_deals(&self, expectation: &Expectation, deals: &[DealReport]) -> Vec<ExpectationReport> {
        let mut reports = Vec::new();
        if let (Some(label), Some(wanted)) = (&expectation.terms, &expectation.deal) {
            let none = BTreeMap::new();
            let found = deals.iter().find(|deal| deal.label == *label).map_or(&none, |deal| &deal.states);
            let by = |group: &Name| expectation.seen_by.as_ref().is_none_or(|by| by == group);
            let seen: BTreeMap<&Name, &str> = found.iter().filter(|(name, _)| by(name)).map(|(n, s)| (n, *s)).collect();
            let met = !seen.is_empty() && seen.values().all(|state| state == wanted);
            let place = expectation.seen_by.as_ref().map_or("every party".to_owned(), ToString::to_string);
            let expected = format!("the terms '{label}' are {wanted} in the log of {place}");
            reports.push(ExpectationReport { expected, met, found: (!met).then(|| format!("{seen:?}")) });
        }
        if let (Some((group, resource)), Some(amount)) = (expectation.resource(), expectation.promised) {
            let at = expectation.at.as_ref().and_then(|at| at.resolve(self.zero).ok()).unwrap_or(self.now);
            let found = self.replica(&group).and_then(|replica| promised(replica, &resource, at, self.now));
            let met = found == Some(amount);
            let expected = format!("of {group}/{resource} {amount} is promised at {at}");
            reports.push(ExpectationReport { expected, met, found: (!met).then(|| format!("{found:?}")) });
        }
        reports
    }
}

/// How much of a resource is promised at a moment, as it is known `now`.
fn promised(replica: &Replica, resource: &Name, at: Timestamp, now: Timestamp) -> Option<u64> {
    let mut books: Books = replica.dealings().books.clone();
    books.expire(&replica.log(), now);
    Some(books.ledgers.get(resource)?.promised_at(at))
}
