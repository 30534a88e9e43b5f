//! Checks that the parts of a scenario fit together.

use std::collections::{BTreeMap, BTreeSet};

use folkmoot_protocol::{
    charter::Host,
    decision::AgreementId,
    federation::{FederationAgreement, Timing},
    id::{BodyId, FederationId, ProposalId},
    key::PublicKey,
    name::Name,
    table::Table,
};

use super::{Action, Fault, Federation, Find, Group, Scenario, Step, Trouble};

/// The place of what is wrong, and what is wrong.
type Problem = (String, String);

impl Scenario {
    /// Checks that the parts fit:
    /// - groups, faults and the panel name nodes that there are; a witness-only node hosts no group
    /// - the federation's groups exist, and so do those that they turn to
    /// - each step has what it needs, is by a member, and names labels that an earlier step gives
    /// - steps and faults lie within the duration; expectations name labels
    ///
    /// # Errors
    /// The first that does not, as its place and what is wrong with it.
    pub(super) fn check(&self) -> Result<(), Problem> {
        for (name, group) in &self.groups {
            self.check_group(name, group)?;
        }
        if let Some(federation) = &self.federation {
            self.check_federation(federation)?;
        }
        let mut labels = Labels::default();
        for at in self.steps_in_order() {
            let step = &self.steps[at];
            let place = format!("steps[{at}] ({} {} at {})", step.member, step.action.word(), step.at);
            self.check_step(step, &mut labels).map_err(|problem| (place, problem))?;
        }
        for (at, fault) in self.faults.iter().enumerate() {
            let place = format!("faults[{at}] ({} at {})", fault.kind.word(), fault.at);
            self.check_fault(fault).map_err(|problem| (place, problem))?;
        }
        for (at, expectation) in self.expect.iter().enumerate() {
            let named = [&expectation.proposal, &expectation.agreement, &expectation.matter, &expectation.terms];
            let mut named = named.into_iter().chain([&expectation.round]).flatten();
            let group = expectation.resource().map(|(group, _)| group).or(expectation.seen_by.clone());
            let sharers = expectation.shares.iter().flat_map(|shares| shares.keys().cloned());
            if let Some(group) = group.into_iter().chain(sharers).find(|group| !self.groups.contains_key(group)) {
                return Err((format!("expect[{at}]"), format!("'{group}' is not one of [groups]")));
            }
            let unknown = named.find(|label| !labels.proposals.contains_key(label.as_str()));
            let unknown = unknown.map(|label| format!("no step proposes '{label}'"));
            if let Some(problem) = expectation.problem().or(unknown) {
                return Err((format!("expect[{at}]"), problem));
            }
        }
        Ok(())
    }

    /// The numbers of the steps in the order of their times; those of one time in the order of the file.
    pub fn steps_in_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.steps.len()).collect();
        order.sort_by_key(|at| self.steps[*at].at);
        order
    }

    fn check_group(&self, name: &Name, group: &Group) -> Result<(), Problem> {
        let place = format!("groups.{name}");
        match self.nodes.get(&group.node) {
            None => Err((place, format!("its node '{}' is not one of [nodes]", group.node))),
            Some(node) if node.witness_only => {
                Err((place, format!("its node '{}' is witness_only: it hosts no group", group.node)))
            }
            Some(_) => Ok(()),
        }
    }

    fn check_federation(&self, federation: &Federation) -> Result<(), Problem> {
        let problem = |part: &str, text: String| Err((format!("federation.{part}"), text));
        if let Some(node) = federation.panel.iter().find(|node| !self.nodes.contains_key(*node)) {
            return problem("panel", format!("'{node}' is not one of [nodes]"));
        }
        if let Some(group) = federation.groups.iter().find(|group| !self.groups.contains_key(*group)) {
            return problem("groups", format!("'{group}' is not one of [groups]"));
        }
        let other = |name: &&Name| !self.groups.contains_key(*name) || !federation.has_group(name);
        let ends = federation.escalates_to.iter().flat_map(|(from, to)| [from, to]).find(other);
        let weighed = federation.weights.keys().find(other);
        match ends.map(|name| ("escalates_to", name)).or(weighed.map(|name| ("weights", name))) {
            Some((part, name)) => problem(part, format!("'{name}' is not one of the federation's groups")),
            None => Ok(()),
        }
    }

    fn check_step<'a>(&'a self, step: &'a Step, labels: &mut Labels<'a>) -> Result<(), String> {
        let group = self.groups.get(&step.group).ok_or(format!("'{}' is not one of [groups]", step.group))?;
        let joins = self.steps.iter().flat_map(|other| &other.effects).filter_map(|effect| effect.adds_member());
        let known: BTreeSet<&str> = group.charter.members.keys().map(Name::as_str).chain(joins).collect();
        if !known.contains(step.member.as_str()) && step.refused.is_none() {
            return Err(format!("'{}' is no member of '{}' and nobody adds one", step.member, step.group));
        }
        if step.at > self.duration {
            return Err(format!("comes after the end of the scenario (duration = \"{}\")", self.duration));
        }
        if let Some(problem) = step.problem() {
            return Err(problem);
        }
        for (at, effect) in step.all_effects().enumerate() {
            self.check_names(effect).map_err(|problem| format!("effects[{at}]: {problem}"))?;
            effect.check(labels).map_err(|problem| format!("effects[{at}]: {problem}"))?;
        }
        labels.take(step)
    }

    fn check_names(&self, effect: &super::ScenarioEffect) -> Result<(), String> {
        if let Some(node) = effect.moves_to().flatten()
            && !self.nodes.keys().any(|name| name.as_str() == node)
            && !node.starts_with("did:key:")
        {
            return Err(format!("'{node}' is not one of [nodes]"));
        }
        if let Some(group) = effect.touches().find(|group| !self.groups.keys().any(|name| name.as_str() == *group)) {
            return Err(format!("'{group}' is not one of [groups]"));
        }
        match effect.admits() {
            Some(group) if !self.groups.keys().any(|name| name.as_str() == group) => {
                Err(format!("'{group}' is not one of [groups]"))
            }
            _ => Ok(()),
        }
    }

    fn check_fault(&self, fault: &Fault) -> Result<(), String> {
        if fault.end() > self.duration {
            return Err(format!("ends after the scenario (duration = \"{}\")", self.duration));
        }
        let named: Vec<Name> = match fault.trouble()? {
            Trouble::Partition(sides) => sides.into_iter().flatten().collect(),
            Trouble::Crash { node, .. } => vec![node],
            Trouble::TwoFaces { node, see, .. } => see.into_iter().chain([node]).collect(),
            _ => Vec::new(),
        };
        match named.iter().find(|node| !self.nodes.contains_key(*node)) {
            Some(node) => Err(format!("'{node}' is not one of [nodes]")),
            None => Ok(()),
        }
    }
}

/// Any key that is one: the base point of the curve (RFC 8032 §5.1).
const SOME_KEY: [u8; 32] = {
    let mut bytes = [0x66; 32];
    bytes[0] = 0x58;
    bytes
};

/// Labels given so far, with the group that each belongs to.
#[derive(Default)]
struct Labels<'a> {
    proposals: BTreeMap<&'a str, &'a Name>,
    objections: BTreeMap<&'a str, &'a Name>,
    advice: BTreeMap<&'a str, &'a Name>,
}

impl<'a> Labels<'a> {
    fn take(&mut self, step: &'a Step) -> Result<(), String> {
        if let (Action::Propose, Some(label)) = (step.action, &step.proposal) {
            return match self.proposals.insert(label, &step.group) {
                Some(_) => Err(format!("an earlier step proposes '{label}' already: take another label")),
                None => Ok(()),
            };
        }
        let find = |labels: &BTreeMap<&str, &Name>, label: &str, what: &str| match labels.get(label) {
            None => Err(format!("no earlier step {what} '{label}'")),
            Some(group) if **group != step.group => Err(format!("'{label}' belongs to the group '{group}'")),
            Some(_) => Ok(()),
        };
        if let Some(label) = &step.proposal {
            find(&self.proposals, label, "proposes")?;
        }
        for label in &step.integrates {
            find(&self.objections, label, "objects with the label")?;
        }
        for label in step.weighs.iter().flatten() {
            find(&self.advice, label, "advises with the label")?;
        }
        if let Some(label) = &step.advice {
            self.advice.insert(label, &step.group);
        }
        match (&step.objection, step.action) {
            (Some(label), Action::Object) => drop(self.objections.insert(label, &step.group)),
            (Some(label), _) => find(&self.objections, label, "objects with the label")?,
            (None, _) => {}
        }
        Ok(())
    }
}

/// Stands in for what will be found once the scenario runs.
impl Find for Labels<'_> {
    fn key(&self, _: &Name) -> Option<PublicKey> {
        PublicKey::from_bytes(SOME_KEY).ok()
    }

    fn why(&self, proposal: &str) -> Option<BodyId> {
        self.proposals.contains_key(proposal).then_some(BodyId([0; 32]))
    }

    fn reason(&self, objection: &str) -> Option<BodyId> {
        self.objections.contains_key(objection).then_some(BodyId([0; 32]))
    }

    fn agreement(&self, proposal: &str, effect: Option<u32>) -> Option<AgreementId> {
        self.proposals.contains_key(proposal).then_some(AgreementId(ProposalId([0; 32]), effect.unwrap_or(0)))
    }

    fn host(&self, _: Option<&Name>, _: Option<&Name>) -> Option<Host> {
        PublicKey::from_bytes(SOME_KEY).ok().map(|key| Host { log_key: key, node: key })
    }

    fn federation(&self) -> Option<FederationId> {
        Some(FederationId([0; 32]))
    }

    fn admission(&self, group: &Name) -> Option<FederationAgreement> {
        let (name, purpose, timing) = (group.clone(), String::new(), Timing::default());
        Some(FederationAgreement {
            name,
            purpose,
            groups: Table::default(),
            panel: Table::default(),
            timing,
            amends: None,
        })
    }
}
