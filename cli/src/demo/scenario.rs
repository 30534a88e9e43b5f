//! A scenario file on real nodes, with its time scaled: the same file that `moot simulate` runs in virtual time.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::{Duration, Instant},
};

use folkmoot_node::{
    clock,
    control::view::{LogKeyView, ProposalView},
};
use folkmoot_protocol::{
    cbor,
    charter::{CHARTER, Host, Owner, RawCharter, Rule},
    effect::Effect,
    federation::FederationAgreement,
    id::{FederationId, StatementId, hex_encode},
    key::PublicKey,
    name::Name,
    time::{Span, Timestamp},
};
use folkmoot_sim::{
    Scenario, load,
    scenario::{Action, Expectation, ScenarioEffect, Step, Trouble},
    script::{Labels, Place, Setting},
};
use serde_json::json;
use tokio::time::sleep_until;

use super::{
    between,
    fleet::{Fleet, until},
    people::{Group, trial_key},
    teller::Teller,
    verify,
};
use crate::{
    client::Client,
    cmd::{CliError, Ctx},
};

/// Something that happens at a time after the start.
enum Moment {
    Step(usize),
    Crash(Name),
    Restart(Name),
}

struct Run {
    teller: Teller,
    fleet: Fleet,
    scenario: Scenario,
    groups: BTreeMap<Name, Group>,
    labels: Labels,
    unexpected: Vec<String>,
}

/// Runs a scenario on real nodes.
///
/// # Errors
/// If it cannot be read or set up, or ends other than it says.
pub(super) async fn run(file: &Path, within: Span, ctx: &Ctx) -> Result<(), CliError> {
    let mut scenario = load(file).map_err(|error| CliError::Input(error.to_string()))?;
    let scale = scenario.duration.millis().div_ceil(within.millis().max(1)).max(1);
    scenario.scale_down(scale);
    let teller = Teller(ctx.out);
    teller.chapter(&format!("{}: {} times faster, on {} real nodes", scenario.name, scale, scenario.nodes.len()))?;
    let mut run = Run {
        teller,
        fleet: Fleet::new()?,
        scenario,
        groups: BTreeMap::new(),
        labels: Labels::default(),
        unexpected: Vec::new(),
    };
    run.found().await?;
    run.federate().await?;
    run.play().await?;
    run.finish().await
}

impl Run {
    async fn found(&mut self) -> Result<(), CliError> {
        for node in self.scenario.nodes.keys() {
            self.fleet.start(node.as_str()).await?;
        }
        for (name, group) in &self.scenario.groups {
            let founded = Group::found(&self.fleet.client(group.node.as_str())?, &group.charter).await?;
            self.teller.tell("group", json!({"group": founded.log, "name": name}), &format!("{name} is founded"))?;
            self.groups.insert(name.clone(), founded);
        }
        Ok(())
    }

    async fn federate(&mut self) -> Result<(), CliError> {
        let Some(federation) = self.scenario.federation.clone() else { return Ok(()) };
        let agreement = self.agreement()?;
        for (name, node) in &self.scenario.nodes {
            if node.witness_only {
                let request = folkmoot_node::control::view::FederationRequest {
                    agreement: hex_encode(&cbor::encode(&agreement)),
                    comes: false,
                };
                let client = self.fleet.client(name.as_str())?;
                let _: folkmoot_node::control::view::Taken = client.post("/v1/federations", &request).await?;
            }
        }
        for (name, group) in self.groups.iter_mut().filter(|(name, _)| federation.has_group(name)) {
            let charter = &self.scenario.groups[name].charter;
            let people: Vec<Name> = charter
                .members
                .iter()
                .filter(|(_, member)| member.agent.is_none())
                .map(|(name, _)| name.clone())
                .collect();
            let title = format!("Found the federation '{}'", federation.name);
            let effect = Effect::Federate(agreement.clone());
            let id = group.propose(people[0].as_str(), &title, &federation.purpose, vec![effect]).await?;
            group.agree(&people[1..], id, 1).await?;
            let view = group.ended(id).await?;
            if view.state != "passed" {
                let rule = charter.domains.keys().find(|name| name.as_str() == CHARTER).map(ToString::to_string);
                return Err(CliError::Failed(format!("{name} did not found the federation by its rule ({rule:?})")));
            }
        }
        let facts = json!({"federation": agreement.id()});
        self.teller.tell("federation", facts, &format!("the federation '{}' is founded by all", federation.name))
    }

    fn agreement(&self) -> Result<FederationAgreement, CliError> {
        let federation = self.scenario.federation.as_ref();
        let federation = federation.ok_or_else(|| CliError::Failed("the scenario has no federation".into()))?;
        let mut nodes = BTreeMap::new();
        for name in self.scenario.nodes.keys() {
            let node = self.fleet.node(name.as_str())?;
            nodes.insert(name.clone(), (node.key, node.listening.clone()));
        }
        let groups = self.groups.iter().map(|(name, group)| {
            let node = &self.scenario.groups[name].node;
            (name.clone(), (group.log, nodes[node].0))
        });
        federation.agreement(&groups.collect(), &nodes).map_err(|error| CliError::Input(error.to_string()))
    }

    /// The steps and faults, in the order of their times.
    fn moments(&self) -> Result<Vec<(Span, Moment)>, CliError> {
        let mut moments: Vec<(Span, Moment)> =
            self.scenario.steps.iter().enumerate().map(|(at, step)| (step.at, Moment::Step(at))).collect();
        for fault in &self.scenario.faults {
            match fault.trouble().map_err(CliError::Input)? {
                Trouble::Crash { node, .. } => {
                    moments.push((fault.at, Moment::Crash(node.clone())));
                    moments.push((fault.end(), Moment::Restart(node)));
                }
                _ => {
                    let words = format!("a fault of the network ({}) is left to moot simulate", fault.kind.word());
                    self.teller.tell("skipped", json!({"fault": fault.kind.word()}), &words)?;
                }
            }
        }
        moments.sort_by_key(|(at, _)| *at);
        Ok(moments)
    }

    async fn play(&mut self) -> Result<(), CliError> {
        let (start, wall) = (clock::now(), Instant::now());
        for (at, moment) in self.moments()? {
            // The scenario's own clock: this waits for a date, not for something to happen.
            sleep_until((wall + Duration::from_millis(at.millis())).into()).await;
            match moment {
                Moment::Step(at) => self.step(at, start).await?,
                Moment::Crash(node) => {
                    self.fleet.kill(node.as_str()).await?;
                    self.teller.tell("killed", json!({"node": node}), &format!("{node} is killed"))?;
                }
                Moment::Restart(node) => {
                    self.fleet.restart(node.as_str()).await?;
                    self.teller.tell("started", json!({"node": node}), &format!("{node} is started again"))?;
                }
            }
        }
        sleep_until((wall + Duration::from_millis(self.scenario.duration.millis())).into()).await;
        Ok(())
    }

    async fn step(&mut self, at: usize, start: Timestamp) -> Result<(), CliError> {
        let step = self.scenario.steps[at].clone();
        let result = self.act(&step, start).await;
        let words = format!("{} in {}: {}", step.member, step.group, step.action.word());
        let expected = step.refused.is_some();
        match result {
            Ok(()) if expected => self.unexpected.push(format!("{words} was taken, though it should be refused")),
            Ok(()) => return self.teller.tell("step", json!({"step": at}), &words),
            Err(CliError::Client(error)) if expected => {
                let facts = json!({"step": at, "message": error.to_string()});
                return self.teller.tell("refused", facts, &format!("{words}: refused as expected: {error}"));
            }
            Err(error) if self.scenario.lenient => {
                return self.teller.tell("refused", json!({"step": at}), &format!("{words}: {error}"));
            }
            Err(error) => self.unexpected.push(format!("{words}: {error}")),
        }
        Ok(())
    }

    async fn act(&mut self, step: &Step, start: Timestamp) -> Result<(), CliError> {
        let between = step.all_effects().any(ScenarioEffect::is_between_groups);
        let logs = if between { Some(between::Logs::of(step, &self.groups, &self.labels).await?) } else { None };
        let missing = || CliError::Input(format!("there is no group '{}'", step.group));
        let group = self.groups.get_mut(&step.group).ok_or_else(missing)?;
        let (mut version, mut weighs) = (0, Vec::new());
        if let Some(id) = self.labels.proposal_of(step).filter(|_| step.action != Action::Propose) {
            let view = group.proposal(id).await?;
            version = view.version;
            weighs = advice(&view, &self.scenario.groups[&step.group].charter)?;
        }
        let stays = |effect: &ScenarioEffect| effect.moves_to() == Some(None);
        let place = if step.effects.iter().any(stays) { Some(new_host(&group.client).await?) } else { None };
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| CliError::Failed(error.to_string()))?;
        let key = |name: &Name| Some(trial_key(name).public());
        let place = place.as_ref().map(|place| place as &dyn Place).or(logs.as_ref().map(|logs| logs as &dyn Place));
        let setting = Setting { start, version, weighs, key: &key, place };
        let acts = self.labels.act(step, &setting, salt);
        let (act, bodies) = acts.map_err(|error| CliError::Input(error.to_string()))?;
        // Keys of devices have names of their own, and chains of their own.
        let signer = step.with.as_ref().unwrap_or(&step.member);
        let taken = group.act(vec![(signer.clone(), act)], &bodies).await?;
        self.labels.taken(step, &taken[0]);
        Ok(())
    }

    async fn finish(mut self) -> Result<(), CliError> {
        let mut met = Vec::new();
        for expectation in self.scenario.expect.clone() {
            met.extend(self.check(&expectation).await?);
            met.extend(between::check(&expectation, &self.groups, &self.labels, clock::now).await?);
        }
        let groups: Vec<String> = self.groups.values().map(|group| group.log.to_string()).collect();
        let equal = match &self.scenario.federation {
            Some(_) => verify::digests_equal(&self.fleet, &groups).await?,
            // Without a federation each group has one node, and nothing to compare.
            None => true,
        };
        let nodes = self.fleet.running().count();
        self.fleet.stop_all().await?;
        self.unexpected.extend(met);
        let facts = json!({
            "nodes": nodes, "groups": groups.len(), "digests_equal": equal, "as_expected": self.unexpected.is_empty(),
        });
        let words = if equal { "all nodes hold the same" } else { "the nodes DIFFER" };
        self.teller.tell("done", facts, words)?;
        if equal && self.unexpected.is_empty() {
            return Ok(());
        }
        Err(CliError::Failed(format!("the scenario ended other than it says: {}", self.unexpected.join("; "))))
    }

    /// What is other than expected about a proposal.
    async fn check(&self, expectation: &Expectation) -> Result<Option<String>, CliError> {
        let (Some(label), Some(outcome)) = (&expectation.proposal, expectation.outcome) else { return Ok(None) };
        let Some((id, group)) = self.labels.find(label) else {
            return Ok(Some(format!("{label} was never taken")));
        };
        let group = &self.groups[group];
        let path = id.to_string();
        if outcome.word() != "open" {
            until(&group.client, &format!("the end of {label}"), async |client| {
                Ok(client.proposal(&path).await?.entry.is_some())
            })
            .await?;
        }
        let view = group.proposal(id).await?;
        let words = format!("{label} {}", view.state);
        self.teller.tell("proposal", json!({"label": label, "outcome": view.state}), &words)?;
        let same = view.state == outcome.word() || (outcome.word() == "open" && view.entry.is_none());
        Ok((!same).then(|| format!("{label} should be {}, is {}", outcome.word(), view.state)))
    }
}

/// A new log key of the group's node.
async fn new_host(client: &Client) -> Result<NewHost, CliError> {
    let made: LogKeyView = client.post("/v1/log-keys", &json!({})).await?;
    let key = |text: &str| text.parse::<PublicKey>().map_err(|error| CliError::Failed(error.to_string()));
    Ok(NewHost(Host { log_key: key(&made.log_key)?, node: key(&made.node)? }))
}

/// A log key that was made for a step; on real nodes steps take nobody in and move no group.
struct NewHost(Host);

impl Place for NewHost {
    fn host(&self, node: Option<&Name>, _: Option<&Name>) -> Option<Host> {
        node.is_none().then_some(self.0)
    }

    fn federation(&self) -> Option<FederationId> {
        None
    }

    fn admission(&self, _: &Name) -> Option<FederationAgreement> {
        None
    }
}

/// The advice that a decision after consultation must weigh: all that those on the list gave, who neither filed the
/// proposal nor decide it.
fn advice(view: &ProposalView, charter: &RawCharter) -> Result<Vec<StatementId>, CliError> {
    let mut weighs = BTreeSet::new();
    for poll in &view.domains {
        let rule =
            charter.domains.iter().find(|(name, _)| name.as_str() == poll.domain).map(|(_, domain)| &domain.rule);
        let Some(Rule::Consult(rule)) = rule.filter(|_| poll.rung == "consult") else { continue };
        let asked = |member: &str| {
            rule.ask.iter().any(|owner| match owner {
                Owner::Group => true,
                Owner::Role(role) => charter
                    .roles
                    .get(role)
                    .is_some_and(|role| role.holders.iter().any(|holder| holder.member.as_str() == member)),
            })
        };
        for given in view.responses.iter().filter(|given| given.answer == "advice" && asked(&given.member)) {
            if given.member != view.author && !poll.eligible.contains(&given.member) {
                let id = given.statement.parse::<StatementId>();
                weighs.insert(id.map_err(|error| CliError::Failed(error.to_string()))?);
            }
        }
    }
    Ok(weighs.into_iter().collect())
}
