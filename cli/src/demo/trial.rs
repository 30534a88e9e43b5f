//! A whole imported federation on a handful of nodes: founded, federated, and a decision taken in every group.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use folkmoot_node::control::view::{FederationView, GroupView, ProposalView};
use folkmoot_protocol::{
    charter::{Owner, RawCharter, Rule},
    effect::Effect,
    federation::{FederationAgreement, RawAgreement, RawGroup, RawSeat, Timing},
    id::ProposalId,
    name::Name,
    statement::Answer,
    time::Span,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{
    fleet::{Fleet, until},
    people::{Group, name},
    teller::Teller,
    verify,
};
use crate::cmd::{CliError, Ctx, read_toml};

/// Times run this much faster than the charters say: ten days become twenty seconds, a day two.
const FASTER: u64 = 43_200;

/// How many may be outstanding where teams sign off.
const MOST_OUTSTANDING: usize = 2;

struct Trial {
    teller: Teller,
    fleet: Fleet,
    nodes: Vec<String>,
    groups: Vec<(RawCharter, Group)>,
    started: Instant,
}

/// Runs the trial.
///
/// # Errors
/// If the import cannot be read or founded, or the digests differ at the end.
pub(super) async fn run(dir: &Path, nodes: usize, ctx: &Ctx) -> Result<(), CliError> {
    let raw: RawAgreement = read_toml(&dir.join("federation.toml"))?;
    let mut charters = Vec::new();
    for group in raw.groups.keys() {
        let mut charter: RawCharter = read_toml(&dir.join("charters").join(format!("{group}.toml")))?;
        charter.scale_down(FASTER);
        keep_terms(&mut charter);
        charters.push(charter);
    }
    let mut trial = Trial {
        teller: Teller(ctx.out),
        fleet: Fleet::new()?,
        nodes: (1..=nodes).map(|number| format!("node-{number}")).collect(),
        groups: Vec::new(),
        started: Instant::now(),
    };
    trial.found(charters).await?;
    let agreement = trial.agreement(raw)?;
    trial.federate(&agreement).await?;
    trial.decide().await?;
    trial.sign_off().await?;
    trial.finish().await
}

/// A year's term would be over in minutes: terms of a trial last as long as they say.
fn keep_terms(charter: &mut RawCharter) {
    let year = || folkmoot_protocol::time::RawDate("+365d".into());
    for holder in charter.roles.values_mut().flat_map(|role| &mut role.holders) {
        holder.until = year();
    }
}

impl Trial {
    async fn found(&mut self, charters: Vec<RawCharter>) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter(&format!("{} nodes start, all of them on the panel.", self.nodes.len()))?;
        for name in self.nodes.clone() {
            let node = self.fleet.start(&name).await?;
            teller.tell("node", json!({"node": name, "key": node.key}), &format!("{name} runs"))?;
        }
        teller.chapter(&format!("{} groups are founded, with throwaway keys made for this trial.", charters.len()))?;
        let bar = bar(&self.teller, charters.len());
        for (at, raw) in charters.into_iter().enumerate() {
            let client = self.fleet.client(&self.nodes[at % self.nodes.len()])?;
            let group = Group::found(&client, &raw).await?;
            self.groups.push((raw, group));
            bar.inc(1);
        }
        bar.finish_and_clear();
        let members: usize = self.groups.iter().map(|(raw, _)| raw.members.len()).sum();
        let people: std::collections::BTreeSet<&Name> =
            self.groups.iter().flat_map(|(raw, _)| raw.members.keys()).collect();
        let words =
            format!("{} groups, {} people in {members} memberships; {}", self.groups.len(), people.len(), self.clock());
        teller.tell(
            "founded",
            json!({"groups": self.groups.len(), "people": people.len(), "memberships": members}),
            &words,
        )
    }

    /// The import's agreement with the logs and nodes of this trial.
    fn agreement(&self, mut raw: RawAgreement) -> Result<FederationAgreement, CliError> {
        for (at, (charter, group)) in self.groups.iter().enumerate() {
            let node = self.fleet.node(&self.nodes[at % self.nodes.len()])?.key;
            let known = raw.groups.remove(&charter.name).unwrap_or_default();
            raw.groups.insert(charter.name.clone(), RawGroup { log: Some(group.log), node: Some(node), ..known });
        }
        raw.panel = BTreeMap::new();
        for node in &self.nodes {
            let process = self.fleet.node(node)?;
            raw.panel.insert(name(node)?, RawSeat { node: Some(process.key), addresses: process.listening.clone() });
        }
        raw.timing = Timing {
            news: Span::from_secs(60),
            skew: Span::from_secs(2),
            notes: Span::from_millis(500),
            ..Timing::default()
        };
        raw.resolve().map_err(|error| CliError::Failed(error.to_string()))
    }

    async fn federate(&mut self, agreement: &FederationAgreement) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter("Every group decides to found the federation.")?;
        let bar = bar(&self.teller, 2 * self.groups.len());
        let mut opened = Vec::new();
        for (raw, group) in &mut self.groups {
            let people: Vec<Name> = raw.members.keys().cloned().collect();
            let effect = Effect::Federate(agreement.clone());
            let id = group
                .propose(people[0].as_str(), "Found the federation", "A trial of deciding together.", vec![effect])
                .await?;
            group.agree(&people[1..], id, 1).await?;
            opened.push(id);
            bar.inc(1);
        }
        for (id, (_, group)) in opened.into_iter().zip(&self.groups) {
            passed(group, id).await?;
            bar.inc(1);
        }
        let federation = agreement.id().to_string();
        for node in self.fleet.running() {
            until(&node.client(), "the federation to exist", async |client| {
                let all: Vec<FederationView> = client.get("/v1/federations").await?;
                Ok(all.iter().any(|found| found.federation == federation && found.exists))
            })
            .await?;
        }
        bar.finish_and_clear();
        let words = format!(
            "the federation {} exists for every node: all consents are sealed; {}",
            agreement.id().short(),
            self.clock()
        );
        teller.tell("federation", json!({"federation": federation}), &words)
    }

    async fn decide(&mut self) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter("Every group takes a decision in its everyday domain.")?;
        let bar = bar(&self.teller, 2 * self.groups.len());
        let mut opened = Vec::new();
        for (raw, group) in &mut self.groups {
            let (domain, who) = everyday(raw)?;
            let title = format!("{} meets on Thursdays", raw.name);
            let why = "Most of us can then.";
            let effect = Effect::Text { domain, text: "We meet on Thursdays at 16:00 UTC.".into(), replaces: None };
            match who {
                Some(lead) => {
                    let id = group.propose(lead.as_str(), &title, why, vec![effect]).await?;
                    group.respond(lead.as_str(), (id, 1), Answer::Agree, Some(why)).await?;
                    opened.push(id);
                }
                None => {
                    let people: Vec<Name> = raw.members.keys().cloned().collect();
                    let id = group.propose(people[0].as_str(), &title, why, vec![effect]).await?;
                    group.agree(&people[1..], id, 1).await?;
                    opened.push(id);
                }
            }
            bar.inc(1);
        }
        for (id, (_, group)) in opened.into_iter().zip(&self.groups) {
            passed(group, id).await?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        let words = format!("{} groups have decided; {}", self.groups.len(), self.clock());
        teller.tell("decided", json!({"groups": self.groups.len()}), &words)
    }

    /// Every domain with a floor and a final period takes a decision with as few approvals as the floor asks for.
    async fn sign_off(&mut self) -> Result<(), CliError> {
        let teller = self.teller;
        let mut opened = Vec::new();
        for (at, (raw, group)) in self.groups.iter_mut().enumerate() {
            for (domain, holders) in signing_off(raw) {
                let title = format!("{} makes a promise", raw.name);
                let effect = Effect::Text { domain, text: "What works today works tomorrow.".into(), replaces: None };
                let why = "Others build on it.";
                let id = group.propose(holders[0].as_str(), &title, why, vec![effect]).await?;
                let enough = (holders.len() / 2 + 1).max(holders.len().saturating_sub(MOST_OUTSTANDING));
                group.agree(&holders[1..enough], id, 1).await?;
                opened.push((at, id));
            }
        }
        if opened.is_empty() {
            return Ok(());
        }
        teller.chapter("Those who sign off decide: a majority, at most two outstanding, then the final period.")?;
        let bar = bar(&self.teller, opened.len());
        for (at, id) in &opened {
            passed(&self.groups[*at].1, *id).await?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        let words = format!("{} promises are signed off; {}", opened.len(), self.clock());
        teller.tell("signed_off", json!({"decisions": opened.len()}), &words)
    }

    async fn finish(mut self) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter("At the end: do all nodes hold the same, and does every decision come out again?")?;
        let ids: Vec<String> = self.groups.iter().map(|(_, group)| group.log.to_string()).collect();
        let equal = verify::digests_equal(&self.fleet, &ids).await?;
        let words = if equal { "the digests of all groups are equal on all nodes" } else { "the digests DIFFER" };
        teller.tell("digests", json!({"equal": equal}), &format!("{words}; {}", self.clock()))?;
        for node in self.fleet.running() {
            until(&node.client(), "everything to be sealed", async |client| {
                let views: Vec<GroupView> = client.get("/v1/groups").await?;
                Ok(views.iter().all(|view| view.seal.up_to >= Some(view.number)))
            })
            .await?;
        }
        teller.tell("sealed", json!({}), &format!("every log is sealed to its end on every node; {}", self.clock()))?;
        let (mut decisions, mut verified) = (0, 0);
        let bar = bar(&self.teller, ids.len());
        for (at, id) in ids.iter().enumerate() {
            // From another node than the group's own.
            let client = self.fleet.client(&self.nodes[(at + 1) % self.nodes.len()])?;
            let (all, same) = verify::recompute(&client, id).await?;
            decisions += all;
            verified += same;
            bar.inc(1);
        }
        bar.finish_and_clear();
        let words = format!(
            "{verified} of {decisions} decisions recomputed from the exported logs by a fresh replica; {}",
            self.clock()
        );
        teller.tell("recomputed", json!({"decisions": decisions, "verified": verified}), &words)?;
        let memory = self.fleet.memory();
        let most = memory.values().max().copied().unwrap_or(0);
        let words = format!("a node used at most {} MiB of memory", most / 1024);
        teller.tell("memory", json!({"peak_kib": memory}), &words)?;
        let nodes = self.fleet.running().count();
        let seconds = self.started.elapsed().as_secs();
        self.fleet.stop_all().await?;
        let done = json!({
            "nodes": nodes, "groups": ids.len(), "decisions": decisions, "digests_equal": equal, "verified": verified,
            "seconds": seconds,
        });
        teller.tell("done", done, &format!("Done in {seconds} s."))?;
        if equal && verified == decisions && decisions >= 2 * ids.len() {
            return Ok(());
        }
        Err(CliError::Failed("the trial ended with different digests or decisions that do not come out again".into()))
    }

    fn clock(&self) -> String {
        format!("{} s", self.started.elapsed().as_secs())
    }
}

/// Waits for a decision that must have passed.
async fn passed(group: &Group, id: ProposalId) -> Result<ProposalView, CliError> {
    let view = group.ended(id).await?;
    if view.state != "passed" {
        return Err(CliError::Failed(format!("{} in {} ended {}", id.short(), group.name, view.state)));
    }
    Ok(view)
}

/// The everyday domain of a group, and who decides in it alone, if somebody does.
fn everyday(raw: &RawCharter) -> Result<(Name, Option<Name>), CliError> {
    let work = name("work")?;
    let domain =
        raw.domains.get(&work).ok_or_else(|| CliError::Failed(format!("{} has no domain 'work'", raw.name)))?;
    let lead = match (&domain.owner, &domain.rule) {
        (Owner::Role(role), Rule::Delegate(_)) => raw.roles.get(role).and_then(|role| role.holders.first()),
        _ => None,
    };
    Ok((work, lead.map(|holder| holder.member.clone())))
}

/// The domains of a group that ask for approval and a final period, with those who hold the role that owns each.
fn signing_off(raw: &RawCharter) -> Vec<(Name, Vec<Name>)> {
    let mut found = Vec::new();
    for (name, domain) in &raw.domains {
        let (Owner::Role(role), Rule::Consent(rule)) = (&domain.owner, &domain.rule) else { continue };
        let Some(role) = raw.roles.get(role).filter(|_| rule.approval.is_some() && rule.final_period.is_some()) else {
            continue;
        };
        let holders: Vec<Name> = role.holders.iter().map(|holder| holder.member.clone()).collect();
        if !holders.is_empty() {
            found.push((name.clone(), holders));
        }
    }
    found
}

/// A bar on a terminal; nothing where there is none.
fn bar(teller: &Teller, len: usize) -> ProgressBar {
    if teller.0.json {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(len as u64);
    if let Ok(style) = ProgressStyle::with_template("  {bar:40} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
