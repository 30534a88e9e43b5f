//! Before time zero: nodes start, groups are founded, and each decides to federate.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    body::Body,
    charter::{Charter, FEDERATION, Host},
    effect::Effect,
    envelope::Kind,
    federation::FederationAgreement,
    id::{LogId, ProposalId},
    key::PublicKey,
    machine::{Input, Reply, Settings, Token},
    name::Name,
    statement::{Act, Answer, Founding, FoundingContent, Proposal, Response},
    time::Span,
};

use super::{
    Planted,
    clients::{End, Task},
    disk::Disk,
    network::NodeNo,
    node::Node,
    world::{Hosted, World},
};
use crate::{
    keys::{log_key, member_key, moved_log_key, node_key},
    scenario::ScenarioEffect,
};

/// Marks the tokens of the founding.
pub(crate) const SETUP: Token = 1 << 63;
/// How many people sign a founding.
const FOUNDERS: usize = 3;
/// How long founding a group or following a federation may take, in seconds.
const QUICK_S: u64 = 60;

impl World<'_> {
    /// Brings everything to time zero.
    pub(crate) fn set_up(&mut self) -> Result<(), String> {
        self.start_nodes()?;
        let scenario = self.scenario;
        for (at, name) in scenario.groups.keys().enumerate() {
            self.found(at as u64, name)?;
        }
        if scenario.federation.is_some() {
            self.federate()?;
        }
        self.settle()?;
        let differences = self.differences();
        if let Some(difference) = differences.first() {
            return Err(format!("the groups do not come together before the start: {difference}"));
        }
        self.zero = self.now;
        Ok(())
    }

    fn start_nodes(&mut self) -> Result<(), String> {
        let skew = self.scenario.federation.as_ref().map_or(Settings::default().skew, |f| f.timing.skew);
        let settings = Settings { sync_every: self.scenario.sync_every(), skew, ..Settings::default() };
        for (at, (name, node)) in self.scenario.nodes.iter().enumerate() {
            let key = node_key(self.seed, name);
            let disk = Disk::new(self.planted == Planted::DiskLies);
            let mut made = Node::new(name.clone(), key, node.clock_ahead, settings, disk);
            let hosted = self.scenario.groups.iter().filter(|(_, group)| group.node == *name);
            made.log_keys = hosted.map(|(group, _)| log_key(self.seed, group)).collect();
            let moving = self.scenario.groups.keys().filter(|group| self.moves(group));
            made.log_keys.extend(moving.map(|group| moved_log_key(self.seed, group, name)));
            // Log keys that steps put in force are made beforehand, on the node of the group.
            let steps = self.scenario.steps.iter();
            let on_it = steps.filter(|step| self.scenario.groups.get(&step.group).is_some_and(|g| g.node == *name));
            let later = on_it.flat_map(|step| &step.effects).filter_map(|effect| effect.names_log_key());
            made.log_keys.extend(later.map(|key| log_key(self.seed, &key)));
            made.start(self.now, &mut self.facts)?;
            self.by_key.insert(made.public(), at);
            self.nodes.push(made);
            self.pump(at)?;
            self.schedule_wake(at);
        }
        Ok(())
    }

    fn found(&mut self, number: u64, name: &Name) -> Result<(), String> {
        let group = &self.scenario.groups[name];
        let node = self.nodes.iter().position(|node| node.name == group.node).ok_or("a group has no node")?;
        let host = Host { log_key: log_key(self.seed, name).public(), node: self.nodes[node].public() };
        let key = |member: &Name| Some(member_key(self.seed, member).public());
        let now = self.nodes[node].clock(self.now);
        let charter = group.charter.resolve(now, host, &key).map_err(|e| format!("groups.{name}: {e}"))?;
        let foundings = self.foundings(&charter);
        let token = SETUP | number;
        self.input(node, Input::Found { charter: Box::new(charter), foundings, token })?;
        match self.setup_reply(token)? {
            Reply::Founded(log) => {
                self.groups.insert(name.clone(), Hosted { log, node });
                Ok(())
            }
            other => Err(format!("groups.{name}: founding gave {other:?}")),
        }
    }

    fn foundings(&self, charter: &Charter) -> Vec<Founding> {
        let people = charter.members.iter().filter(|member| member.is_person() && !member.keys.is_empty());
        let keys = people.map(|member| member_key(self.seed, &member.name));
        // A charter may give keys of its own, for which nobody can sign here.
        let known = keys.filter(|key| charter.member_of(&key.public()).is_some());
        let content = FoundingContent { charter: charter.hash() };
        known.take(FOUNDERS).map(|key| Founding::sign(Kind::Founding, content.clone(), &key)).collect()
    }

    fn setup_reply(&mut self, token: Token) -> Result<Reply, String> {
        let end = self.now + Span::from_secs(QUICK_S);
        while !self.setup_replies.contains_key(&token) && self.step(end)? {}
        let reply = self.setup_replies.remove(&token).ok_or("a node does not answer at its founding")?;
        reply.map_err(|refusal| refusal.to_string())
    }

    fn federate(&mut self) -> Result<(), String> {
        let agreement = self.agreement()?;
        let scenario = self.scenario;
        let members: Vec<Name> =
            self.groups.keys().filter(|name| scenario.federation.iter().any(|f| f.has_group(name))).cloned().collect();
        let hosts: Vec<PublicKey> = agreement.groups.iter().map(|group| group.node).collect();
        for at in 0..self.nodes.len() {
            let key = self.nodes[at].public();
            if agreement.has_seat(&key) && !hosts.contains(&key) {
                let token = SETUP | (1 << 32) | at as u64;
                self.input(at, Input::Follow { agreement: Box::new(agreement.clone()), comes: false, token })?;
                self.setup_reply(token)?;
            }
        }
        for at in self.coming(&agreement) {
            let token = SETUP | (1 << 33) | at as u64;
            self.input(at, Input::Follow { agreement: Box::new(agreement.clone()), comes: true, token })?;
            self.setup_reply(token)?;
        }
        for group in &members {
            self.decide_to_federate(group, &agreement)?;
        }
        for group in &members {
            self.wait_for_federation(group, &agreement)?;
        }
        Ok(())
    }

    /// The nodes outside that a step brings in: of a group that it takes in, or that it gives a group.
    fn coming(&self, agreement: &FederationAgreement) -> Vec<NodeNo> {
        let effects: Vec<&ScenarioEffect> = self.scenario.steps.iter().flat_map(|step| &step.effects).collect();
        let joins = |name: &Name| {
            let mut groups = effects.iter().filter_map(|effect| self.scenario.groups.get(effect.admits()?));
            groups.any(|group| group.node == *name)
        };
        let gets = |name: &Name| effects.iter().any(|effect| effect.moves_to() == Some(Some(name.as_str())));
        let comes = |node: &Node| !agreement.includes(&node.public()) && (joins(&node.name) || gets(&node.name));
        self.nodes.iter().enumerate().filter(|(_, node)| comes(node)).map(|(at, _)| at).collect()
    }

    /// Says whether a step gives the group another host.
    pub(crate) fn moves(&self, group: &Name) -> bool {
        let steps = self.scenario.steps.iter().filter(|step| step.group == *group);
        steps.flat_map(|step| &step.effects).any(|effect| effect.moves_to().is_some())
    }

    fn agreement(&self) -> Result<FederationAgreement, String> {
        let federation = self.scenario.federation.as_ref().ok_or("there is no federation")?;
        let group = |(name, hosted): (&Name, &Hosted)| (name.clone(), (hosted.log, self.nodes[hosted.node].public()));
        let groups: BTreeMap<Name, (LogId, PublicKey)> = self.groups.iter().map(group).collect();
        let nodes = self.nodes.iter().map(|node| (node.name.clone(), (node.public(), Vec::new()))).collect();
        federation.agreement(&groups, &nodes).map_err(|e| e.to_string())
    }

    /// Files the proposal to federate and lets all who are eligible agree.
    fn decide_to_federate(&mut self, group: &Name, agreement: &FederationAgreement) -> Result<(), String> {
        let why = Body::new(self.rng.salt(), "Deciding together.").map_err(|e| e.to_string())?;
        let eligible = self.eligible_to_federate(group)?;
        let first = eligible.first().ok_or_else(|| format!("groups.{group}: nobody may decide to federate"))?;
        let proposal = Proposal {
            title: format!("Join {}", agreement.name),
            why: why.id(),
            effects: vec![Effect::Federate(agreement.clone())],
            options: Vec::new(),
            review: None,
        };
        let id = self.done(Task::Act(Box::new(Act::Propose(proposal)), vec![why]), group, first)?;
        for member in &eligible {
            let reason = Body::new(self.rng.salt(), "It helps us.").map_err(|e| e.to_string())?;
            let reason_id = Some(reason.id());
            let response =
                Response { proposal: id, version: 1, answer: Answer::Agree, reason: reason_id, weighs: Vec::new() };
            self.want(Task::Act(Box::new(Act::Respond(response)), vec![reason]), group.clone(), member.clone())?;
        }
        Ok(())
    }

    fn eligible_to_federate(&self, group: &Name) -> Result<Vec<Name>, String> {
        let hosted = &self.groups[group];
        let replica = self.nodes[hosted.node].machine.as_ref().and_then(|machine| machine.log(&hosted.log));
        let charter = replica.ok_or("a group is gone after its founding")?.charter();
        let domain = charter.reserved_domain(FEDERATION).ok_or("a charter has no domain for federations")?;
        let now = self.nodes[hosted.node].clock(self.now);
        Ok(charter.eligible(domain, now).into_iter().collect())
    }

    /// Has something done and waits until the log holds it.
    fn done(&mut self, task: Task, group: &Name, member: &Name) -> Result<ProposalId, String> {
        let op = self.want(task, group.clone(), member.clone())?;
        let end = self.now + Span::from_secs(QUICK_S);
        while self.clients.ops[op].end.is_none() && self.step(end)? {}
        match &self.clients.ops[op].end {
            Some(End::Taken(statement)) => Ok(statement.id().into()),
            Some(End::Refused(refusal)) => {
                Err(format!("groups.{group}: {member} cannot propose to federate: {refusal}"))
            }
            other => Err(format!("groups.{group}: {member} cannot propose to federate: {other:?}")),
        }
    }

    fn wait_for_federation(&mut self, group: &Name, agreement: &FederationAgreement) -> Result<(), String> {
        let hosted = self.groups[group].clone();
        let id = agreement.id();
        loop {
            let replica = self.nodes[hosted.node].machine.as_ref().and_then(|machine| machine.log(&hosted.log));
            let replica = replica.ok_or("a group is gone after its founding")?;
            if replica.charter().federation == Some(id) {
                return Ok(());
            }
            if let Some(decision) = replica.decisions().find(|decision| decision.proposal.opened >= self.zero) {
                let text = format!("{:?}", decision.standings.iter().map(|s| &s.reason).collect::<Vec<_>>());
                return Err(format!("groups.{group} decides not to federate ({}): {text}", decision.outcome.word()));
            }
            let Some(due) = replica.proposals().map(|proposal| proposal.closes).max() else {
                return Err(format!("groups.{group}: the proposal to federate is gone"));
            };
            // Past its close there may be a call-in window; ten years are longer than any.
            let end = due + Span::from_days(3660);
            if !self.step(end)? {
                return Err(format!("groups.{group} does not decide to federate"));
            }
        }
    }
}
