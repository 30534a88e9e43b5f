//! The demo's story: three groups and a friend on four real nodes, and a fourth group that joins; a file for each part.
//!
//! # Parts, in their order
//! - `founding`: nodes, groups, the federation
//! - `logistics`, `finance`, `assembly`: what the groups decide, at the same time
//! - `joining`: the fourth group
//! - `clash`, `sharing`: what goes between groups: a matter up to the assembly, and resources of two stewards
//! - `trouble`: a node is killed, and one turns dishonest
//! - `ending`: equal digests, every decision proven by a file, what to type next

mod assembly;
mod clash;
mod ending;
mod finance;
mod founding;
mod joining;
mod logistics;
mod sharing;
mod trouble;

use std::path::Path;

use folkmoot_node::control::view::ProposalView;
use folkmoot_protocol::{
    effect::Effect,
    federation::FederationAgreement,
    id::{ProposalId, StatementId},
    name::Name,
};
use serde_json::json;

use super::{
    fleet::{Fleet, until},
    people::{Group, name},
    teller::{Teller, track},
};
use crate::{
    client::Client,
    cmd::{CliError, Ctx},
    output::short,
};

/// The nodes: three that host a group, and a friend's that only witnesses.
const NODES: [&str; 4] = ["finance-node", "logistics-node", "assembly-node", "friend-node"];

struct Story {
    teller: Teller,
    fleet: Fleet,
    finance: Group,
    logistics: Group,
    assembly: Group,
    agreement: FederationAgreement,
}

/// Runs the story; logs and proofs are left in a folder, if one is given.
///
/// # Errors
/// If something cannot be done, or the digests differ at the end, or the file of a decision does not prove it.
pub(super) async fn run(keep: Option<&Path>, ctx: &Ctx) -> Result<(), CliError> {
    let mut story = founding::found(Teller(ctx.out)).await?;
    story.federate().await?;
    let integrated = story.decide().await?;
    let mut workshop = story.join().await?;
    story.clash(&mut workshop).await?;
    story.share(&mut workshop).await?;
    story.crash().await?;
    story.dishonest().await?;
    if let Some(dir) = keep {
        story.save(&workshop, dir).await?;
    }
    story.finish(&workshop, integrated, keep, ctx).await
}

impl Story {
    /// Lets the groups decide at the same time; gives back the proposal whose objection was integrated.
    async fn decide(&mut self) -> Result<ProposalId, CliError> {
        let teller = self.teller;
        teller.chapter("The groups now decide, each in its own log, at the same time; told one after the other.")?;
        let ((one, alone), (two, consent), (three, vote)) = (track(), track(), track());
        let ((), (), integrated, ()) = tokio::try_join!(
            teller.in_turn([alone, consent, vote]),
            logistics::run(&mut self.logistics, one),
            finance::run(&mut self.finance, two),
            assembly::run(&mut self.assembly, three),
        )?;
        Ok(integrated)
    }
}

/// Lets a group decide with everybody's agreement: the first of its people proposes.
async fn carried(group: &mut Group, title: &str, why: &str, effects: Vec<Effect>) -> Result<ProposalView, CliError> {
    let people = group.people.clone();
    let id = group.propose(people[0].as_str(), title, why, effects).await?;
    group.agree(&people[1..], id, 1).await?;
    passed(group, id).await
}

/// Waits for a decision that must have passed.
async fn passed(group: &Group, id: ProposalId) -> Result<ProposalView, CliError> {
    let view = group.ended(id).await?;
    if view.state != "passed" {
        return Err(CliError::Failed(format!("{} in {} ended {}", id.short(), group.name, view.state)));
    }
    Ok(view)
}

/// Waits until a decision is sealed for a node.
async fn sealed(client: &Client, id: &str) -> Result<ProposalView, CliError> {
    // The node may not even have heard of it yet.
    until(client, &format!("the seal of {}", short(id)), async |client| {
        Ok(client.proposal(id).await.is_ok_and(|view| view.sealed))
    })
    .await?;
    Ok(client.proposal(id).await?)
}

/// What the node said when it refused, as it must; the refusal is of this kind and speaks of this.
fn refusal(said: Result<StatementId, CliError>, kind: &str, of: &str) -> Result<String, CliError> {
    match said {
        Err(error) if error.kind() == kind && error.to_string().contains(of) => Ok(error.to_string()),
        Err(error) => Err(error),
        Ok(_) => Err(CliError::Failed(format!("a node took what it must refuse ({of})"))),
    }
}

fn outcome(view: &ProposalView) -> String {
    format!("{} {}", short(&view.proposal), view.state)
}

fn decision(view: &ProposalView) -> serde_json::Value {
    json!({
        "proposal": short(&view.proposal), "group": view.group_name, "title": view.title, "outcome": view.state,
        "sealed": view.sealed,
    })
}

fn text(domain: &str, text: &str) -> Result<Effect, CliError> {
    Ok(Effect::Text { domain: name(domain)?, text: text.into(), replaces: None })
}

fn names(handles: &[&str]) -> Result<Vec<Name>, CliError> {
    handles.iter().map(|handle| name(handle)).collect()
}
